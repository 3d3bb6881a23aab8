//! Parsed material to what people read.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::chain::revocation::is_signed_by;
use crate::chain::{Anchors, Fault, Outcome, Pool};
use crate::decoded::{self, LinkOrigin, PathLink};
use crate::der::{self, Reader};
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::extensions::{Extension, general_names};
use crate::parsed::general_name::GeneralName;
use crate::text::{hex, printable};
use crate::{oid, pem};

pub(crate) const CERTIFICATE_LABELS: &[&str] = &["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
pub(crate) const CRL_LABELS: &[&str] = &["X509 CRL", "CRL"];

/// SHA-256, lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The DER of every block with one of the labels; the file itself if it is DER.
pub(crate) fn ders(file: &[u8], labels: &[&str]) -> Vec<Vec<u8>> {
    if file.first() == Some(&der::SEQUENCE) {
        return alloc::vec![file.to_vec()];
    }
    let blocks = pem::split(file).blocks.into_iter();
    blocks
        .filter(|block| labels.contains(&block.label))
        .filter_map(|block| block.der.ok().map(|mut der| core::mem::take(&mut *der)))
        .collect()
}

/// The certificates of a file that is PEM or DER, each with its DER, skipping what is none.
#[must_use]
pub fn decode_certificates(file: &[u8]) -> Vec<(Vec<u8>, decoded::Certificate)> {
    let ders = ders(file, CERTIFICATE_LABELS).into_iter();
    ders.enumerate()
        .filter_map(|(index, der)| {
            let decoded = certificate(&Certificate::parse(&der).ok()?, u32::try_from(index).unwrap_or(u32::MAX), 0);
            Some((der, decoded))
        })
        .collect()
}

/// One revocation list, DER.
#[must_use]
pub fn decode_crl(der: &[u8]) -> Option<decoded::Crl> {
    Crl::parse(der).ok().map(|crl| crl.decoded())
}

/// Whether one of some CAs, each DER, signed a revocation list, DER, and may sign lists.
#[must_use]
pub fn is_recognised(crl: &[u8], cas: &[&[u8]]) -> bool {
    let Ok(crl) = Crl::parse(crl) else { return false };
    cas.iter().any(|ca| Certificate::parse(ca).is_ok_and(|ca| is_signed_by(&crl, &ca)))
}

/// One certificate.
pub(crate) fn certificate(certificate: &Certificate<'_>, block: u32, line: u32) -> decoded::Certificate {
    let extensions = &certificate.extensions;
    let access = extensions.find(oid::AUTHORITY_INFO_ACCESS).map(|extension| extension.value);
    decoded::Certificate {
        subject: certificate.subject.text(),
        issuer: certificate.issuer.text(),
        common_name: certificate.subject.common_name().map(|name| printable(&name)),
        alternative_names: extensions.alternative_names().map(|name| name.decoded()).collect(),
        serial: hex(certificate.serial),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        public_key: certificate.public_key.decoded(),
        signature_algorithm: oid::name(certificate.signature_algorithm.oid),
        is_ca: certificate.is_ca(),
        path_length: extensions.basic_constraints.and_then(|constraints| constraints.path_length),
        key_usage: extensions.key_usage.map(crate::parsed::extensions::KeyUsage::names),
        extended_key_usage: extensions.extended_key_usages().map(|usages| usages.map(oid::name).collect()),
        subject_key_id: extensions.subject_key_id.map(hex),
        authority_key_id: extensions.authority_key_id.map(hex),
        ocsp_urls: access_urls(access, oid::OCSP),
        ca_issuer_urls: access_urls(access, oid::CA_ISSUERS),
        crl_urls: crl_urls(extensions.find(oid::CRL_DISTRIBUTION_POINTS)),
        self_issued: certificate.is_self_issued(),
        extensions: extensions.all.iter().map(extension).collect(),
        fingerprint_sha256: sha256(certificate.der),
        fingerprint_sha1: hex(&Sha1::digest(certificate.der)),
        block,
        line,
    }
}

/// One extension; those that `decoded::Certificate` has fields for are not repeated in hexadecimal.
fn extension(extension: &Extension<'_>) -> decoded::Extension {
    let value = match extension.oid {
        oid::SUBJECT_ALT_NAME
        | oid::BASIC_CONSTRAINTS
        | oid::KEY_USAGE
        | oid::EXTENDED_KEY_USAGE
        | oid::SUBJECT_KEY_IDENTIFIER
        | oid::AUTHORITY_KEY_IDENTIFIER
        | oid::AUTHORITY_INFO_ACCESS
        | oid::CRL_DISTRIBUTION_POINTS => String::new(),
        oid::CERTIFICATE_POLICIES => policies(extension.value).unwrap_or_else(|| hex(extension.value)),
        _ => hex(extension.value),
    };
    decoded::Extension { name: oid::name(extension.oid), critical: extension.critical, value }
}

/// The policy OIDs of certificatePolicies (RFC 5280 section 4.2.1.4).
fn policies(value: &[u8]) -> Option<String> {
    let mut list = Reader::new(der::single(value, der::SEQUENCE).ok()?.value);
    let mut text = String::new();
    while !list.is_empty() {
        let oid = list.sequence().ok()?.expect(der::OID).ok()?.value;
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&oid::dotted(oid));
    }
    Some(text)
}

/// The URLs of one access method of authorityInfoAccess (RFC 5280 section 4.2.2.1).
pub(crate) fn access_urls(access: Option<&[u8]>, method: &[u8]) -> Vec<String> {
    let mut urls = Vec::new();
    let Some(list) = access.and_then(|value| der::single(value, der::SEQUENCE).ok()) else { return urls };
    let mut list = Reader::new(list.value);
    while let Ok(mut description) = list.sequence() {
        let found = description.expect(der::OID).is_ok_and(|oid| oid.value == method);
        if found && let Ok(name @ GeneralName::Uri(_)) = GeneralName::read(&mut description) {
            urls.push(name.text());
        }
    }
    urls
}

/// The URLs of cRLDistributionPoints (RFC 5280 section 4.2.1.13).
fn crl_urls(extension: Option<Extension<'_>>) -> Vec<String> {
    let mut urls = Vec::new();
    let Some(list) = extension.and_then(|extension| der::single(extension.value, der::SEQUENCE).ok()) else {
        return urls;
    };
    let mut points = Reader::new(list.value);
    while let Ok(mut point) = points.sequence() {
        let Ok(Some(name)) = point.optional(der::context(0)) else { continue };
        let Ok(Some(full_name)) = Reader::new(name.value).optional(der::context(0)) else { continue };
        let names = general_names(full_name.value).filter(|name| matches!(name, GeneralName::Uri(_)));
        urls.extend(names.map(|name| name.text()));
    }
    urls
}

/// The path as a picture needs it: every link with what stands against it, and the link that is missing.
pub(crate) fn path(pool: &Pool<'_, '_>, outcome: &Outcome, anchors: Anchors) -> Vec<PathLink> {
    let mut links: Vec<PathLink> = outcome
        .path
        .iter()
        .map(|&index| {
            let certificate = pool.get(index);
            let problems = outcome.problems.iter().filter(|problem| problem.index == Some(index));
            let problems = problems.filter(|problem| problem.fault != Fault::IssuerMissing);
            PathLink {
                subject: certificate.subject.text(),
                fingerprint_sha256: Some(sha256(certificate.der)),
                origin: pool.origin(index, anchors),
                problems: problems.map(|problem| problem.message.to_owned()).collect(),
                ca_issuer_urls: Vec::new(),
                key_id: None,
            }
        })
        .collect();
    let missing = outcome.path.last().filter(|_| !outcome.anchored).map(|&index| pool.get(index));
    if let Some(last) = missing.filter(|last| !last.is_root()) {
        let access = last.extensions.find(oid::AUTHORITY_INFO_ACCESS).map(|extension| extension.value);
        links.push(PathLink {
            subject: last.issuer.text(),
            fingerprint_sha256: None,
            origin: LinkOrigin::Missing,
            problems: Vec::new(),
            ca_issuer_urls: access_urls(access, oid::CA_ISSUERS),
            key_id: last.extensions.authority_key_id.map(hex),
        });
    }
    links
}
