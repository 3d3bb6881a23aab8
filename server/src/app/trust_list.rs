//! The trusted CA list as the judge and the page see it, kept between changes.

use std::collections::HashMap;
use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::{Context, Kind, SecurityLevel, Upload, decode_certificates, decoded, judge, pem};
use certway_wire::node;

use super::expiry::Ending;
use crate::clock;
use crate::seal::to_hex;
use crate::store::TrustedCa;

/// One state of the list.
pub(super) struct TrustList {
    rows: Vec<TrustedCa>,
    pem: String,
    security_level: SecurityLevel,
    summaries: OnceLock<Vec<node::TrustedCa>>,
    validities: OnceLock<Vec<(String, Ending)>>,
}

impl TrustList {
    pub(super) fn new(rows: Vec<TrustedCa>, security_level: SecurityLevel) -> Self {
        let pem = rows.iter().map(|row| pem::encode("CERTIFICATE", &row.der)).collect();
        Self { rows, pem, security_level, summaries: OnceLock::new(), validities: OnceLock::new() }
    }

    /// The same with the certificates of a file at its end.
    pub(super) fn with(&self, file: &[u8]) -> Self {
        let added = decode_certificates(file).into_iter().map(|(der, ca)| TrustedCa {
            fingerprint: ca.fingerprint_sha256,
            der,
            origin: "upload".to_owned(),
            added_at: clock::now(),
        });
        let new = added.filter(|ca| self.find(&ca.fingerprint).is_none());
        Self::new(self.rows.iter().cloned().chain(new).collect(), self.security_level)
    }

    /// The same without some.
    pub(super) fn without(&self, fingerprints: &[String]) -> Self {
        let kept = self.rows.iter().filter(|row| !fingerprints.contains(&row.fingerprint));
        Self::new(kept.cloned().collect(), self.security_level)
    }

    /// How many certificates it has.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The fingerprints, in the list's order.
    pub(super) fn fingerprints(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.fingerprint.as_str())
    }

    /// SHA-256 over the fingerprints, whatever their order, hexadecimal.
    pub(super) fn sha256(&self) -> String {
        let mut fingerprints: Vec<&str> = self.fingerprints().collect();
        fingerprints.sort_unstable();
        to_hex(digest(&SHA256, fingerprints.join("\n").as_bytes()).as_ref()).to_string()
    }

    /// The list as one PEM file.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// The list as the judge takes it.
    pub(super) fn files(&self) -> Vec<&[u8]> {
        if self.rows.is_empty() { Vec::new() } else { vec![self.pem.as_bytes()] }
    }

    /// The self-signed CAs, DER: what anchors a path.
    pub(super) fn roots(&self) -> Vec<&[u8]> {
        let summaries = self.summaries().iter().filter(|summary| summary.root);
        summaries.filter_map(|summary| self.find(&summary.fingerprint)).collect()
    }

    /// When each certificate ends, with its subject.
    pub(super) fn validities(&self) -> &[(String, Ending)] {
        self.validities.get_or_init(|| {
            let decoded = decode_certificates(self.pem.as_bytes()).into_iter();
            decoded.map(|(_, ca)| (ca.subject.clone(), Ending::of_certificate(&ca))).collect()
        })
    }

    /// All certificates, DER.
    pub(super) fn ders(&self) -> Vec<&[u8]> {
        self.rows.iter().map(|row| row.der.as_slice()).collect()
    }

    /// One certificate, DER.
    pub(super) fn find(&self, fingerprint: &str) -> Option<&[u8]> {
        self.rows.iter().find(|row| row.fingerprint == fingerprint).map(|row| row.der.as_slice())
    }

    /// The rows as the page lists them; `in_use` is left for who knows the active certificate.
    pub(super) fn summaries(&self) -> &[node::TrustedCa] {
        self.summaries.get_or_init(|| self.summarise())
    }

    fn summarise(&self) -> Vec<node::TrustedCa> {
        let weak = self.weak_blocks();
        let decoded: HashMap<String, decoded::Certificate> = decode_certificates(self.pem.as_bytes())
            .into_iter()
            .map(|(_, certificate)| (certificate.fingerprint_sha256.clone(), certificate))
            .collect();
        let known = |row: &TrustedCa| decoded.get(&row.fingerprint).map(|certificate| summary(row, certificate, &weak));
        self.rows.iter().filter_map(known).collect()
    }

    /// Which certificates the judge finds too weak, by their place in the list.
    fn weak_blocks(&self) -> Vec<u32> {
        let context = Context { security_level: self.security_level, ..Context::at(clock::now()) };
        let report = judge(&Upload::of(Kind::TrustedCa, self.pem.as_bytes()), &context);
        let weak = report.findings.iter().filter(|finding| finding.rule.id == "weak-security");
        weak.filter_map(|finding| finding.place.block).collect()
    }
}

fn summary(row: &TrustedCa, certificate: &decoded::Certificate, weak: &[u32]) -> node::TrustedCa {
    let key = &certificate.public_key;
    node::TrustedCa {
        fingerprint: row.fingerprint.clone(),
        name: certificate.common_name.clone().unwrap_or_else(|| certificate.subject.clone()),
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        not_before: certificate.not_before.to_string(),
        not_after: certificate.not_after.to_string(),
        key: key.named(),
        root: certificate.self_issued,
        weak: weak.contains(&certificate.block),
        in_use: false,
        origin: row.origin.clone(),
        added_at: row.added_at.to_string(),
    }
}
