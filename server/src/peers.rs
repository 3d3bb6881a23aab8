//! Who verifies whom: the certificates of a cluster's nodes, judged as nodes judge their peers under Enforce.

use std::collections::BTreeMap;

use certway_core::{
    ChainFault, PeerName, Purpose, Revocation, Time, VerifyRequest, decode_certificates, is_fqdn, verify,
};
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

    fn against(&self, trusted: &[CaId], file: &[u8], called: Option<&str>) -> Vec<String> {
        let known = || trusted.iter().filter_map(|ca| self.cas.get(ca));
        let roots: Vec<&[u8]> = known().filter(|(_, root)| *root).map(|(der, _)| der.as_slice()).collect();
        let others: Vec<&[u8]> = known().filter(|(_, root)| !*root).map(|(der, _)| der.as_slice()).collect();
        let crls: Vec<&[u8]> = self.crls.iter().map(Vec::as_slice).collect();
        against(VerifyRequest { untrusted: &others, crls: &crls, ..VerifyRequest::of(file, &roots, self.at) }, called)
    }
}

impl Verifier for Peers {
    /// A node connects to its peers and is connected to by them.
    fn verifies(&self, trusted: &[CaId], _verifier: &str, presented: Presented<'_>) -> Result<(), Vec<Reason>> {
        let Some(file) = self.credentials.get(presented.credential) else {
            return Err(vec![Reason("it has no certificate".to_owned())]);
        };
        let mut reasons = self.against(trusted, file, Some(presented.node));
        let client = self.clients.get(presented.node).unwrap_or(file);
        let as_client = self.against(trusted, client, None).into_iter().chain(not_for(client, presented.node));
        for reason in as_client {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons.into_iter().map(Reason).collect()) }
    }
}

/// Every reason why a node would refuse under Enforce the chain of the peer that it calls by that name; or, without one, of whoever calls it.
pub(crate) fn against(request: VerifyRequest<'_>, called: Option<&str>) -> Vec<String> {
    let verification = verify(&VerifyRequest {
        revocation: Some(Revocation::IfListed),
        purpose: if called.is_some() { Purpose::Server } else { Purpose::Client },
        name: called.map(PeerName::Dns),
        ..request
    });
    // The specification takes a name that is the CN alone, too (RFC 9525 does not).
    let is_cn = called.is_some_and(|name| not_for(request.file, name).is_none());
    let reasons =
        verification.reasons.into_iter().filter(|problem| !(is_cn && problem.fault == ChainFault::NameMismatch));
    let reasons = reasons.map(|problem| format!("{} ({})", problem.message, problem.certificate));
    let address = called.filter(|name| !is_fqdn(name));
    reasons.chain(address.map(|name| format!("its address '{name}' is not a fully qualified domain name"))).collect()
}

/// What stands against a certificate that is to be a node's own.
pub(crate) fn not_for(file: &[u8], node: &str) -> Option<String> {
    (!names(file, |named| named.eq_ignore_ascii_case(node))).then(|| format!("its certificate is not for {node}"))
}

/// Whether the first certificate of a file has such a name, as CN or as a subject alternative name.
pub(crate) fn names(file: &[u8], is_wanted: impl Fn(&str) -> bool) -> bool {
    let decoded = decode_certificates(file);
    let Some((_, leaf)) = decoded.first() else { return false };
    let mut names = leaf.alternative_names.iter().filter(|name| name.kind == "dNSName");
    leaf.common_name.as_deref().is_some_and(&is_wanted) || names.any(|name| is_wanted(&name.value))
}
