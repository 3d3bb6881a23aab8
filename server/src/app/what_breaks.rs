//! What would break if CAs were deleted from the trusted CA list, looked at before it is done.

use std::collections::HashSet;
use std::sync::Arc;

use certway_core::{Context, Kind, Report, Upload, decode_certificates, decode_crl, decoded, judge, pem};
use certway_wire::PathLink;
use certway_wire::change::ChangeBreak;
use certway_wire::sign_in::SignInMode;
use certway_wire::trust::{Affected, Dependent, SameName, WhatBreaks};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::revocation_sources::Sources;
use super::sign_in_rules::settings_in;
use super::trust_list::TrustList;
use super::{Against, App, alarms, blocking};
use crate::clock;
use crate::store::{Identity, SeenPeer, Slots, Store, StoredCrl};

/// How many CAs of the list that depend on others are looked at: each is judged against the whole list.
const LISTED: usize = 50;

/// Something that may depend on the list.
struct Candidate {
    what: Dependent,
    name: String,
    kind: Kind,
    file: String,
}

/// Everything kept that may depend on the list.
struct Dependents {
    server: Slots,
    /// None if it is the same as the server's.
    client: Option<Slots>,
    peers: Vec<SeenPeer>,
    lists: Vec<StoredCrl>,
    notes: Vec<String>,
}

impl App {
    /// Looks what would happen if the certificates with these fingerprints were deleted, here and among the nodes of the cluster. Changes nothing.
    pub(crate) async fn what_breaks(self: &Arc<Self>, fingerprints: Vec<String>) -> Result<WhatBreaks, Error> {
        let (app, gone) = (Arc::clone(self), fingerprints.clone());
        let mut found = blocking(move || look(&app.against(), Dependents::of(&app.store())?, &gone)).await?;
        let (refused, notes) = self.nodes_refused_without(fingerprints).await?;
        found.affected.splice(0..0, refused);
        found.notes.extend(notes);
        Ok(found)
    }
}

/// What an administrator is told of the last step of a change before it begins.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Breaking {
    pub(super) breaks: Vec<ChangeBreak>,
    /// What was not looked at.
    pub(super) notes: Vec<String>,
}

impl Breaking {
    /// Adds what another node says; what breaks at several is told once.
    pub(super) fn take(&mut self, other: Self) {
        for one in other.breaks {
            let same = |known: &&mut ChangeBreak| {
                (known.what, &known.name, &known.consequence) == (one.what, &one.name, &one.consequence)
            };
            match self.breaks.iter_mut().find(same) {
                Some(known) => known.nodes.extend(one.nodes),
                None => self.breaks.push(one),
            }
        }
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

/// The CAs that a change deletes at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LastStep {
    /// What it appends before, PEM.
    pub(super) append: String,
    /// What it deletes, by fingerprints.
    pub(super) delete: Vec<String>,
    /// Whether the node that is asked serves its new certificate then.
    pub(super) changed: bool,
}

impl App {
    /// What would break here at the end of a change.
    pub(super) fn what_breaks_at_last(&self, last: &LastStep) -> Result<Breaking, Error> {
        let mut dependents = Dependents::of(&self.store())?;
        if last.changed {
            dependents.change();
        }
        let mut against = self.against();
        against.trust = Arc::new(against.trust.with(last.append.as_bytes()));
        let found = look(&against, dependents, &last.delete)?;
        let broken = found.affected.into_iter().filter(|affected| !affected.holds);
        let breaks = broken.map(|Affected { what, name, consequence, .. }| ChangeBreak {
            nodes: vec![self.name().to_owned()],
            what,
            name,
            consequence,
        });
        Ok(Breaking { breaks: breaks.collect(), notes: found.notes })
    }
}

/// As [`App::what_breaks`], for a node that only its store is known of.
pub(crate) fn what_breaks_in_store(
    store: &Store,
    against: &Against,
    fingerprints: &[String],
) -> Result<WhatBreaks, Error> {
    look(against, Dependents::of(store)?, fingerprints)
}

impl Dependents {
    fn of(store: &Store) -> Result<Self, Error> {
        Ok(Self {
            server: store.slots(Identity::Server)?,
            client: Some(store.slots(Identity::Client)?),
            peers: store.peers()?,
            lists: store.crls()?,
            notes: notes(store),
        })
    }

    /// As they are once the server certificate that waits is served, and shown as a client too if the former one is.
    fn change(&mut self) {
        self.client.take_if(|client| client.active.chain_pem == self.server.active.chain_pem);
        if let Some(new) = self.server.pending.take() {
            self.server.previous = Some(std::mem::replace(&mut self.server.active, new));
        }
    }
}

/// Others connect with certificates that the node does not keep, and it connects to others.
fn notes(store: &Store) -> Vec<String> {
    let mut notes = Vec::new();
    // What cannot be read is told of as if it were set.
    if settings_in(store).map_or(true, |settings| settings.mode != SignInMode::NotRequired) {
        notes.push("Administrators need a client certificate: those whose certificates chain through it can no longer sign in.");
    }
    if store.setting::<Sources>().map_or(true, |sources| sources.uses_tls()) {
        notes.push("Revocation lists or responders are asked over HTTPS: a server whose certificate chains through it is no longer trusted.");
    }
    notes.into_iter().map(str::to_owned).collect()
}

fn look(against: &Against, dependents: Dependents, fingerprints: &[String]) -> Result<WhatBreaks, Error> {
    if fingerprints.is_empty() {
        return Err(Error::NothingNamed);
    }
    let trust = &against.trust;
    if let Some(unknown) = fingerprints.iter().find(|fingerprint| trust.find(fingerprint).is_none()) {
        return Err(Error::UnknownTrustedCa(unknown.clone()));
    }
    let gone: HashSet<&str> = fingerprints.iter().map(String::as_str).collect();
    let listed = decode_certificates(trust.pem().as_bytes());
    let (deleted, kept): (Vec<_>, Vec<_>) =
        listed.iter().partition(|(_, ca)| gone.contains(ca.fingerprint_sha256.as_str()));
    let after: String = kept.iter().map(|(der, _)| pem::encode("CERTIFICATE", der)).collect();
    let mut affected = Vec::new();
    let mut unaffected = 0;
    let notes = dependents.notes.clone();
    for candidate in candidates(trust, dependents, &deleted, &kept) {
        let before = judge_with(against, &candidate, trust.pem());
        let path = path(&before);
        let runs_through_it =
            |link: &PathLink| link.fingerprint_sha256.as_deref().is_some_and(|one| gone.contains(one));
        let depends = candidate.kind == Kind::Crl || path.iter().any(runs_through_it);
        if !depends || !is_recognised(&before) {
            unaffected += 1;
            continue;
        }
        let then = judge_with(against, &candidate, &after);
        affected.push(outcome(candidate, path, &then));
    }
    affected.sort_by_key(|affected| affected.holds);
    let same_name = kept.iter().filter_map(|(_, ca)| shares_a_name(ca, &deleted)).collect();
    Ok(WhatBreaks { affected, same_name, unaffected, notes })
}

fn candidates(
    trust: &TrustList,
    dependents: Dependents,
    deleted: &[&(Vec<u8>, decoded::Certificate)],
    kept: &[&(Vec<u8>, decoded::Certificate)],
) -> Vec<Candidate> {
    let Dependents { server, client, peers, lists, .. } = dependents;
    let mut candidates = of_slots(Kind::ServerCertificate, server);
    candidates.extend(client.into_iter().flat_map(|client| of_slots(Kind::ClientCertificate, client)));
    candidates.extend(peers.into_iter().map(|peer| Candidate {
        what: Dependent::Peer,
        name: format!("{}:{}", peer.host, peer.port),
        kind: Kind::ServerCertificate,
        file: peer.chain_pem,
    }));
    let subjects: HashSet<&str> = deleted.iter().map(|(_, ca)| ca.subject.as_str()).collect();
    let of_deleted = |der: &[u8]| decode_crl(der).filter(|list| subjects.contains(list.issuer.as_str()));
    candidates.extend(lists.iter().filter_map(|list| {
        let decoded = of_deleted(&list.der)?;
        let file = pem::encode("X509 CRL", &list.der);
        Some(Candidate { what: Dependent::Crl, name: decoded.issuer, kind: Kind::Crl, file })
    }));
    candidates.extend(below(&subjects, kept).into_iter().take(LISTED).filter_map(|(fingerprint, subject)| {
        let file = pem::encode("CERTIFICATE", trust.find(&fingerprint)?);
        Some(Candidate { what: Dependent::TrustedCa, name: subject, kind: Kind::ServerCertificate, file })
    }));
    candidates
}

fn judge_with(against: &Against, candidate: &Candidate, trusted: &str) -> Report {
    let files: &[&[u8]] = if trusted.is_empty() { &[] } else { &[trusted.as_bytes()] };
    judge(
        &Upload::of(candidate.kind, candidate.file.as_bytes()),
        &Context { trusted_cas: Some(files), wildcards: against.wildcards, ..Context::at(clock::now()) },
    )
}

fn of_slots(kind: Kind, slots: Slots) -> Vec<Candidate> {
    let [active, pending, previous] = if kind == Kind::ServerCertificate {
        [Dependent::ServerActive, Dependent::ServerPending, Dependent::ServerPrevious]
    } else {
        [Dependent::ClientActive, Dependent::ClientPending, Dependent::ClientPrevious]
    };
    [
        (active, Some(slots.active)),
        (pending, slots.pending),
        (previous, slots.previous),
        (Dependent::ServerSigned, slots.signed),
    ]
    .into_iter()
    .filter_map(|(what, certificate)| {
        let file = certificate?.chain_pem;
        let name = decode_certificates(file.as_bytes()).first()?.1.subject.clone();
        Some(Candidate { what, name, kind, file })
    })
    .collect()
}

/// The intermediates of the list that were issued, directly or not, under one of the names.
fn below(names: &HashSet<&str>, kept: &[&(Vec<u8>, decoded::Certificate)]) -> Vec<(String, String)> {
    let mut names: HashSet<&str> = names.clone();
    let mut found = Vec::new();
    let mut left: Vec<&decoded::Certificate> = kept.iter().map(|(_, ca)| ca).filter(|ca| !ca.self_issued).collect();
    loop {
        let (below, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|ca| names.contains(ca.issuer.as_str()));
        if below.is_empty() {
            return found;
        }
        for ca in below {
            names.insert(&ca.subject);
            found.push((ca.fingerprint_sha256.clone(), ca.subject.clone()));
        }
        left = others;
    }
}

fn is_recognised(report: &Report) -> bool {
    alarms::is_trusted(report) && report.findings.iter().all(|finding| finding.rule.id != "crl-not-recognised")
}

fn path(report: &Report) -> Vec<PathLink> {
    report.path.iter().map(PathLink::from).collect()
}

fn outcome(candidate: Candidate, before: Vec<PathLink>, then: &Report) -> Affected {
    let holds = is_recognised(then);
    let consequence = match (candidate.what, holds) {
        (Dependent::Crl, true) => "It is still recognised: another CA of the list has the same name and key.",
        (_, true) => "It still ends in the list, by another path.",
        (Dependent::ServerActive, _) => "It is served on, with an alarm. Clients that get it are not told.",
        (Dependent::ClientActive, _) => "It is shown on, with an alarm.",
        (Dependent::ServerPending | Dependent::ClientPending, _) => "It goes on waiting, and cannot load by itself.",
        (Dependent::ServerSigned, _) => "It cannot be deployed.",
        (Dependent::ServerPrevious | Dependent::ClientPrevious, _) => {
            "It can be brought back, and its chain does not end in the list then."
        }
        (Dependent::Crl, _) => "It is no longer recognised: what it revokes no longer counts as revoked.",
        (Dependent::TrustedCa, _) => {
            "It stays in the list and no longer leads to a root: nothing that it issued is verified."
        }
        (Dependent::Peer | Dependent::Node, _) => "The node no longer verifies this server.",
    };
    Affected {
        what: candidate.what,
        name: candidate.name,
        holds,
        before,
        after: path(then),
        consequence: consequence.to_owned(),
    }
}

fn shares_a_name(ca: &decoded::Certificate, deleted: &[&(Vec<u8>, decoded::Certificate)]) -> Option<SameName> {
    let mut alike = deleted.iter().filter(|(_, gone)| gone.subject == ca.subject).peekable();
    alike.peek()?;
    Some(SameName {
        fingerprint: ca.fingerprint_sha256.clone(),
        subject: ca.subject.clone(),
        same_key: alike.any(|(_, gone)| gone.public_key.fingerprint_sha256 == ca.public_key.fingerprint_sha256),
    })
}
