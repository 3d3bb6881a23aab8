//! The keys of a judgement: the one uploaded, the one in use, the one of the request in progress.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{Held, Inputs, Source, reading};
use crate::decoded::KeyOrigin;
use crate::judge::{Kind, Upload};
use crate::parsed::certificate::Certificate;
use crate::parsed::private_key::{KeyFault, PrivateKey};
use crate::parsed::public_key::PublicKey;
use crate::parsed::request::Request;
use crate::pem::Block;
use crate::report::{Finding, Part};
use crate::rules;

/// A private key that was uploaded and can be used.
pub(crate) struct UploadedKey {
    pub(crate) pkcs8: Zeroizing<Vec<u8>>,
    pub(crate) spki: Vec<u8>,
    pub(crate) format: &'static str,
    pub(crate) block: u32,
    pub(crate) line: u32,
}

impl fmt::Debug for UploadedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedKey").field("format", &self.format).field("block", &self.block).finish_non_exhaustive()
    }
}

impl UploadedKey {
    pub(crate) fn is_tls_capable(&self) -> bool {
        PublicKey::parse(&self.spki).is_ok_and(|key| key.is_tls_capable())
    }
}

/// The keys, each as far as it is there. Public halves are SubjectPublicKeyInfo.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) uploaded: Option<UploadedKey>,
    /// Whether a key file was uploaded, whatever was in it.
    pub(crate) is_uploaded: bool,
    pub(crate) current: Option<Vec<u8>>,
    /// The key of the certificate that an uploaded key must match.
    pub(crate) certificate: Option<Vec<u8>>,
    pub(crate) csr: Option<Vec<u8>>,
    /// Whether a request is in progress, whatever its file holds.
    pub(crate) is_csr_in_progress: bool,
    /// Whether the upload goes on with the key in use although a request is in progress.
    passes_over_csr: bool,
}

impl Keys {
    pub(super) fn read(inputs: &Inputs<'_>, upload: &Upload<'_>, faults: &mut Vec<Finding>) -> Self {
        let source = inputs.key_source(upload.kind);
        let certificate = inputs.certificate.as_ref().filter(|_| upload.kind == Kind::PrivateKey);
        Self {
            uploaded: source.and_then(|source| read_uploaded(source, faults)),
            is_uploaded: source.is_some(),
            current: inputs.current_key.as_ref().and_then(|source| read_current(source, faults)),
            certificate: certificate.and_then(|source| {
                let certificates = reading::certificates(source, faults);
                certificates.first().map(|held| held.value.public_key.raw.to_vec())
            }),
            csr: inputs.csr.as_ref().and_then(|source| read_request(source, faults)),
            is_csr_in_progress: inputs.csr.is_some(),
            passes_over_csr: false,
        }
    }

    /// A certificate that is not for the request in progress may be a renewal with the key in use.
    pub(super) fn settle(&mut self, certificates: &[Held<Certificate<'_>>]) {
        let fits = |spki: &Option<Vec<u8>>| {
            let key = spki.as_deref().and_then(|spki| PublicKey::parse(spki).ok());
            key.is_some_and(|key| certificates.iter().any(|held| key.matches(&held.value.public_key)))
        };
        self.passes_over_csr = !fits(&self.csr) && fits(&self.current);
    }

    /// Where the key of the upload comes from: the uploaded one, else that of the request, else the one in use.
    pub(crate) fn origin(&self) -> Option<KeyOrigin> {
        if self.is_uploaded {
            return self.uploaded.as_ref().map(|_| KeyOrigin::Uploaded);
        }
        let csr = self.csr.as_ref().filter(|_| !self.passes_over_csr).map(|_| KeyOrigin::Csr);
        csr.or(self.current.as_ref().map(|_| KeyOrigin::Current))
    }

    /// The public half of that key.
    pub(crate) fn relevant(&self) -> Option<&[u8]> {
        match self.origin()? {
            KeyOrigin::Uploaded => self.uploaded.as_ref().map(|key| key.spki.as_slice()),
            KeyOrigin::Csr => self.csr.as_deref(),
            KeyOrigin::Current => self.current.as_deref(),
        }
    }
}

fn read_uploaded(source: &Source<'_>, faults: &mut Vec<Finding>) -> Option<UploadedKey> {
    if !reading::is_pem(source, faults) {
        return None;
    }
    let mut keys: Vec<UploadedKey> = Vec::new();
    let mut others: Vec<&Block<'_>> = Vec::new();
    let before = faults.len();
    for block in &source.file.blocks {
        match read_block(block) {
            Ok(Some(key)) if keys.iter().any(|known| known.spki == key.spki) => {}
            Ok(Some(key)) => keys.push(key),
            Ok(None) => others.push(block),
            Err(finding) => faults.push(*finding),
        }
    }
    if keys.len() > 1 {
        faults.push(rules::ambiguous_key::finding(&keys));
        return None;
    }
    if keys.is_empty() && faults.len() == before {
        faults.push(rules::no_private_key::finding(others.first().copied()));
        return None;
    }
    let unused = others.into_iter().filter(|block| block.label != "EC PARAMETERS");
    faults.extend(unused.map(|block| rules::unused_block::finding(Part::PrivateKey, block)));
    keys.pop()
}

/// The key of a block, or `None` if the block holds something else.
fn read_block(block: &Block<'_>) -> Result<Option<UploadedKey>, alloc::boxed::Box<Finding>> {
    if block.encrypted || block.label == "ENCRYPTED PRIVATE KEY" {
        return Err(rules::key_password_protected::finding(block).into());
    }
    if block.label == "OPENSSH PRIVATE KEY" {
        return Err(rules::unsupported_key_type::openssh(block).into());
    }
    let labelled = block.is_private_key();
    let der = match &block.der {
        Ok(der) => der,
        Err(damage) if labelled => return Err(rules::bad_pem::finding(Part::PrivateKey, block, damage).into()),
        Err(_) => return Ok(None),
    };
    match PrivateKey::parse(der) {
        Ok(key) => match key.public_key() {
            Ok(public) => {
                let spki = public.raw.to_vec();
                let format = key.format;
                Ok(Some(UploadedKey { pkcs8: key.into_pkcs8(), spki, format, block: block.index, line: block.line }))
            }
            Err(fault) => Err(rules::bad_der::finding(Part::PrivateKey, block, "private key", fault).into()),
        },
        Err(KeyFault::PasswordProtected) => Err(rules::key_password_protected::finding(block).into()),
        Err(_) if !labelled => Ok(None),
        Err(KeyFault::Unsupported(kind)) => Err(rules::unsupported_key_type::finding(block, &kind).into()),
        Err(KeyFault::Bad(why)) => Err(rules::bad_key::finding(block, why).into()),
        Err(KeyFault::Der(fault)) => Err(rules::bad_der::finding(Part::PrivateKey, block, "private key", fault).into()),
    }
}

/// The public half of the key in use, from whatever form it is given in.
fn read_current(source: &Source<'_>, faults: &mut Vec<Finding>) -> Option<Vec<u8>> {
    if !reading::is_pem(source, faults) {
        return None;
    }
    let found = source.file.blocks.iter().find_map(|block| {
        let der = block.der.as_ref().ok()?;
        if let Ok(certificate) = Certificate::parse(der) {
            return Some(certificate.public_key.raw.to_vec());
        }
        if let Ok(key) = PublicKey::parse(der) {
            return Some(key.raw.to_vec());
        }
        let key = PrivateKey::parse(der).ok()?;
        key.public_key().ok().map(|public| public.raw.to_vec())
    });
    if found.is_none() {
        faults.push(rules::no_private_key::finding(source.file.blocks.first()));
    }
    found
}

fn read_request(source: &Source<'_>, faults: &mut Vec<Finding>) -> Option<Vec<u8>> {
    if !reading::is_pem(source, faults) {
        return None;
    }
    let block = source.file.blocks.iter().find(|block| block.label.ends_with("CERTIFICATE REQUEST"))?;
    match &block.der {
        Err(damage) => {
            faults.push(rules::bad_pem::finding(Part::Csr, block, damage));
            None
        }
        Ok(der) => match Request::parse(der) {
            Ok(request) => Some(request.public_key.raw.to_vec()),
            Err(fault) => {
                faults.push(rules::bad_der::finding(Part::Csr, block, "certificate signing request", fault));
                None
            }
        },
    }
}
