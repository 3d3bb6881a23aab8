//! A simple model of path validation: a certificate has a root, and flags.

use std::cell::Cell;
use std::collections::BTreeMap;

use certway_rollout::{CaId, Cluster, CredentialId, Mode, Node, Presented, Reason, Settings, Verifier, Wanted};

/// What is wrong with one certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flaw {
    pub(crate) wrong_name: bool,
    pub(crate) revoked: bool,
    pub(crate) expired: bool,
    /// Refused only by verifiers of this kind: their clock or their revocation lists are behind.
    pub(crate) only_by: Option<u32>,
}

/// Certificates are called `root/name`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pki {
    pub(crate) flaws: BTreeMap<CredentialId, Flaw>,
    /// With the first CA in the list, what chains to the second is refused: CAs of the same name.
    pub(crate) clash: Option<(CaId, CaId)>,
    pub(crate) kinds: BTreeMap<String, u32>,
    pub(crate) asked: Cell<u64>,
}

impl Pki {
    pub(crate) fn flawed(credential: &str, flaw: Flaw) -> Self {
        Self { flaws: [(credential.into(), flaw)].into(), ..Self::default() }
    }
}

impl Verifier for Pki {
    fn verifies(&self, trusted: &[CaId], verifier: &str, shown: Presented<'_>) -> Result<(), Vec<Reason>> {
        self.asked.set(self.asked.get() + 1);
        let mut reasons = Vec::new();
        let root = shown.credential.0.split('/').next().expect("the first part of a text");
        if !trusted.contains(&root.into()) {
            reasons.push(Reason(format!("{root} is not in the trusted CA list")));
        }
        if let Some((appended, broken)) = &self.clash
            && trusted.contains(appended)
            && broken.0 == root
        {
            reasons.push(Reason(format!("{} has the same name as {root}", appended.0)));
        }
        if let Some(flaw) = self.flaws.get(shown.credential)
            && flaw.only_by.is_none_or(|kind| kind == self.alike(verifier))
        {
            let flaws = [(flaw.wrong_name, "wrong name"), (flaw.revoked, "revoked"), (flaw.expired, "expired")];
            reasons.extend(flaws.iter().filter(|(is, _)| *is).map(|(_, reason)| Reason((*reason).to_owned())));
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    fn alike(&self, verifier: &str) -> u32 {
        self.kinds.get(verifier).copied().unwrap_or(0)
    }
}

pub(crate) fn node(name: &str) -> Node {
    Node {
        name: name.to_owned(),
        answers: true,
        left_out: None,
        serves: CredentialId(format!("old/{name}")),
        csr: true,
        waits: Some(CredentialId(format!("new/{name}"))),
    }
}

/// Nodes `n0`, `n1` and so on, under Enforce, which trust `old`; the first is the primary.
pub(crate) fn cluster(nodes: usize) -> Cluster {
    Cluster {
        nodes: (0..nodes).map(|index| node(&format!("n{index}"))).collect(),
        primary: "n0".to_owned(),
        trusted: vec!["old".into()],
        mode: Mode::Enforce,
    }
}

/// From the root `old` to the root `new`.
pub(crate) fn wanted(settings: Settings) -> Wanted {
    Wanted { change: 7, append: vec!["new".into()], delete: vec!["old".into()], settings }
}
