//! Who verifies whom: the certificates of a cluster's nodes, judged as nodes judge their peers under Enforce.

use std::collections::BTreeMap;

use certway_core::{PeerName, Purpose, Revocation, Time, VerifyRequest, decode_certificates, is_fqdn, verify};
use certway_rollout::{CaId, CredentialId, Presented, Reason, Verifier};

/// The certificates that nodes show and trust.
pub(crate) struct Peers {
    /// CA certificates, DER, and whether each is a root.
    pub(crate) cas: BTreeMap<CaId, (Vec<u8>, bool)>,
    /// Files of certificates, leaf first.
    pub(crate) credentials: BTreeMap<CredentialId, Vec<u8>>,
    /// What nodes show as clients, by their names, where that is not the same. Leaf first.
    pub(crate) clients: BTreeMap<String, Vec<u8>>,
    /// Files of revocation lists.
    pub(crate) crls: Vec<Vec<u8>>,
    /// When.
    pub(crate) at: Time,
}

impl Peers {
    /// Every CA certificate of a file, by its fingerprint.
    pub(crate) fn cas_of(file: &[u8]) -> Vec<(CaId, (Vec<u8>, bool))> {
        let decoded = decode_certificates(file).into_iter();
        decoded.map(|(der, ca)| (CaId(ca.fingerprint_sha256), (der, ca.self_issued))).collect()
    }

    fn reasons(&self, trusted: &[CaId], file: &[u8], purpose: Purpose, name: Option<&str>) -> Vec<Reason> {
        let known = || trusted.iter().filter_map(|ca| self.cas.get(ca));
        let roots: Vec<&[u8]> = known().filter(|(_, root)| *root).map(|(der, _)| der.as_slice()).collect();
        let others: Vec<&[u8]> = known().filter(|(_, root)| !*root).map(|(der, _)| der.as_slice()).collect();
        let crls: Vec<&[u8]> = self.crls.iter().map(Vec::as_slice).collect();
        let verification = verify(&VerifyRequest {
            untrusted: &others,
            crls: &crls,
            revocation: Some(Revocation::IfListed),
            purpose,
            name: name.map(PeerName::Dns),
            ..VerifyRequest::of(file, &roots, self.at)
        });
        let reasons = verification.reasons.into_iter();
        reasons.map(|problem| Reason(format!("{} ({})", problem.message, problem.certificate))).collect()
    }
}

impl Verifier for Peers {
    /// A node connects to its peers and is connected to by them.
    fn verifies(&self, trusted: &[CaId], _verifier: &str, presented: Presented<'_>) -> Result<(), Vec<Reason>> {
        let Some(file) = self.credentials.get(presented.credential) else {
            return Err(vec![Reason("it has no certificate".to_owned())]);
        };
        let mut reasons = self.reasons(trusted, file, Purpose::Server, Some(presented.node));
        if !is_fqdn(presented.node) {
            reasons.push(Reason(format!("its address '{}' is not a fully qualified domain name", presented.node)));
        }
        let client = self.clients.get(presented.node).unwrap_or(file);
        for reason in self.reasons(trusted, client, Purpose::Client, None) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }
}
