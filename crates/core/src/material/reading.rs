//! Blocks to certificates and revocation lists, with a finding for each block that is none.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Held, Source};
use crate::der::Reader;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::private_key::{KeyFault, PrivateKey};
use crate::pem::Block;
use crate::report::{Finding, Part};
use crate::rules;

/// The certificates of a file.
pub(super) fn certificates<'a>(source: &'a Source<'_>, faults: &mut Vec<Finding>) -> Vec<Held<Certificate<'a>>> {
    let mut certificates = Vec::new();
    let mut others: Vec<&Block<'_>> = Vec::new();
    let mut faulty = !is_pem(source, faults);
    for block in &source.file.blocks {
        if holds_private_key(block) {
            faults.push(rules::private_key_in_certificate_file::finding(source.part, block));
            faulty = true;
            continue;
        }
        let der = match &block.der {
            Ok(der) => der,
            Err(damage) => {
                faults.push(rules::bad_pem::finding(source.part, block, damage));
                faulty = true;
                continue;
            }
        };
        if !block.is_certificate() {
            others.push(block);
            continue;
        }
        // OpenSSL's trusted certificate is a certificate with trust settings after it.
        let parsed = match block.label {
            "TRUSTED CERTIFICATE" => Certificate::read(&mut Reader::new(der)),
            _ => Certificate::parse(der),
        };
        match parsed {
            Ok(value) => certificates.push(Held { value, block: block.index, line: block.line }),
            Err(fault) => {
                faults.push(rules::bad_der::finding(source.part, block, "certificate", fault));
                faulty = true;
            }
        }
    }
    if certificates.is_empty() && !faulty && !is_list(source) {
        faults.push(rules::no_certificate::finding(source.part, others.first().copied()));
    } else {
        // Revocation lists may sit among trusted CAs.
        let unused = others.into_iter().filter(|block| !(source.part == Part::TrustedCa && is_crl(block)));
        faults.extend(unused.map(|block| rules::unused_block::finding(source.part, block)));
    }
    certificates
}

/// The revocation lists of a file.
pub(super) fn crls<'a>(source: &'a Source<'_>, faults: &mut Vec<Finding>) -> Vec<Held<Crl<'a>>> {
    let mut crls = Vec::new();
    let mut faulty = !is_pem(source, faults);
    for block in &source.file.blocks {
        match &block.der {
            Err(damage) => {
                faults.push(rules::bad_pem::finding(source.part, block, damage));
                faulty = true;
            }
            Ok(der) if is_crl(block) => match crl(source, block, der, faults) {
                Some(crl) => crls.push(crl),
                None => faulty = true,
            },
            Ok(_) => faults.push(rules::unused_block::finding(source.part, block)),
        }
    }
    if crls.is_empty() && !faulty {
        faults.push(rules::no_crl::finding(source.part));
    }
    crls
}

/// The revocation lists that lie among trusted CA certificates. What is wrong with other blocks, the certificates say.
pub(super) fn crls_among<'a>(source: &'a Source<'_>, faults: &mut Vec<Finding>) -> Vec<Held<Crl<'a>>> {
    let mut crls = Vec::new();
    if source.is_too_large() {
        return crls;
    }
    for block in source.file.blocks.iter().filter(|block| is_crl(block)) {
        let Ok(der) = &block.der else { continue };
        crls.extend(crl(source, block, der, faults));
    }
    crls
}

/// The revocation list of a block; without one, what is wrong with it goes to `faults`.
fn crl<'a>(source: &Source<'_>, block: &Block<'_>, der: &'a [u8], faults: &mut Vec<Finding>) -> Option<Held<Crl<'a>>> {
    match Crl::parse(der) {
        Ok(value) => Some(Held { value, block: block.index, line: block.line }),
        Err(fault) => {
            faults.push(rules::bad_der::finding(source.part, block, "certificate revocation list", fault));
            None
        }
    }
}

/// Whether there is a block at all; if not, what the file is has been said.
pub(super) fn is_pem(source: &Source<'_>, faults: &mut Vec<Finding>) -> bool {
    if source.is_too_large() {
        faults.push(rules::too_large::finding(source));
        return false;
    }
    if source.file.blocks.is_empty() && !is_list(source) {
        faults.push(rules::not_pem::finding(source));
        return false;
    }
    true
}

/// A trusted CA list may be an empty file: nothing was trusted yet.
fn is_list(source: &Source<'_>) -> bool {
    source.is_context && source.bytes.trim_ascii().is_empty()
}

fn is_crl(block: &Block<'_>) -> bool {
    matches!(block.label, "X509 CRL" | "CRL")
}

/// By its label, or by what it holds: keys under a wrong label are keys all the same.
fn holds_private_key(block: &Block<'_>) -> bool {
    let is_key = |der: &Zeroizing<Vec<u8>>| matches!(PrivateKey::parse(der), Ok(_) | Err(KeyFault::PasswordProtected));
    block.is_private_key() || block.der.as_ref().is_ok_and(is_key)
}
