//! Peers: judged in the handshake, looked at again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use certway_core::{VerifyRequest, pem};
use certway_wire::cluster::{PeerVerdict, Verdict, VerificationMode};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::super::error::Error;
use super::super::{App, blocking};
use super::Member;
use crate::clock;
use crate::peers::{against, names, not_for};
use crate::tls::connections::Transport;
use crate::tls::peers::{Channel, Gate, Port};

/// How often peers are looked at if nothing has changed.
const LOOK: Duration = Duration::from_secs(10);

/// How soon one is looked at again that has fallen silent.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The ways to and from peers; there are none in a command.
#[derive(Default)]
pub(in super::super) struct Peers {
    ways: OnceLock<(Arc<Channel>, Port)>,
    look: Notify,
    /// What stands against those that have called, as they show themselves then: by name.
    callers: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Peers {
    /// They are looked at at once.
    pub(super) fn look(&self) {
        self.look.notify_one();
    }

    /// Who has called is forgotten.
    pub(super) fn forget_callers(&self) {
        self.callers().clear();
    }

    fn callers(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        // A map is whole whatever happened to its holder.
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A verdict on a peer, with what it shows where it calls: both have to verify.
    fn both_ways(&self, mut verdict: PeerVerdict) -> PeerVerdict {
        let callers = self.callers();
        let against = callers.get(&verdict.presented).filter(|reasons| !reasons.is_empty());
        if let (Some(reasons), Verdict::Verified | Verdict::Fails) = (against, verdict.verdict) {
            verdict.verdict = Verdict::Fails;
            verdict.reasons.extend(reasons.iter().map(|reason| format!("as a client: {reason}")));
        }
        verdict
    }
}

/// The node as its peers meet it.
struct Door(Weak<App>, String);

impl App {
    /// Opens the ways to and from peers; gives what their port speaks, and who decides who is one.
    pub(crate) fn meet_peers(self: &Arc<Self>) -> Result<(Transport, Arc<dyn Gate>), Error> {
        let gate: Arc<dyn Gate> = Arc::new(Door(Arc::downgrade(self), self.name.clone()));
        let channel = Channel::new(Arc::clone(&gate), Arc::clone(&self.presented))?;
        let port = Port::new(Arc::clone(&gate), &self.tls)?;
        let (_, port) = self.cluster.peers.ways.get_or_init(|| (channel, port));
        Ok((port.transport(), gate))
    }

    /// What peers are judged by has changed, or what they are shown: connections from before end.
    pub(in super::super) fn peers_changed(&self) {
        if let Some((channel, port)) = self.cluster.peers.ways.get() {
            channel.forget();
            port.renew();
        }
        self.cluster.peers.look();
    }

    /// Looks at every peer, now and again.
    pub(crate) async fn look_at_peers_again_and_again(self: Arc<Self>) {
        loop {
            let wait = if self.look_at_peers().await { LOOK_AGAIN } else { LOOK };
            let _ = timeout(wait, self.cluster.peers.look.notified()).await;
        }
    }

    /// The way to the peers; there is none in a command.
    pub(in super::super) fn channel(&self) -> Option<&Arc<Channel>> {
        self.cluster.peers.ways.get().map(|(channel, _)| channel)
    }

    /// Whether this node verifies a peer, looked at now; and the chain that it showed.
    pub(in super::super) async fn look_at_chain(&self, peer: &Member) -> (Option<PeerVerdict>, Vec<Vec<u8>>) {
        let Some(channel) = self.channel() else { return (None, Vec::new()) };
        let (verdict, chain) = look_at(Arc::clone(channel), self.name.clone(), peer.clone()).await;
        (Some(self.cluster.peers.both_ways(verdict)), chain)
    }

    /// The same by its name.
    pub(in super::super) async fn look_at_one(&self, name: &str) -> Option<PeerVerdict> {
        let peer = self.members().into_iter().find(|member| member.name == name)?;
        self.look_at_chain(&peer).await.0
    }

    /// Says whether a peer is silent or fails as it did not before: the same change that is looked at here may not be there yet.
    async fn look_at_peers(self: &Arc<Self>) -> bool {
        let Some((channel, _)) = self.cluster.peers.ways.get() else { return false };
        let rules = self.cluster.rules.load_full();
        let mut looks = tokio::task::JoinSet::new();
        for peer in rules.nodes.0.iter().filter(|peer| peer.name != self.name) {
            looks.spawn(look_at(Arc::clone(channel), self.name.clone(), peer.clone()));
        }
        let mut verdicts: Vec<PeerVerdict> =
            looks.join_all().await.into_iter().map(|(verdict, _)| self.cluster.peers.both_ways(verdict)).collect();
        verdicts.sort_by(|one, other| one.presented.cmp(&other.presented));
        let told = |verdicts: &[PeerVerdict]| -> Vec<_> {
            let without_time = verdicts.iter().map(|verdict| PeerVerdict { at: None, ..verdict.clone() });
            without_time.collect()
        };
        let before = told(&self.cluster.live.load().verdicts);
        let new = before != told(&verdicts);
        let bad = told(&verdicts).into_iter().filter(|verdict| verdict.verdict != Verdict::Verified);
        let fallen = bad.into_iter().any(|verdict| !before.contains(&verdict));
        let fails = |verdicts: Vec<PeerVerdict>| verdicts.into_iter().filter(|one| one.verdict == Verdict::Fails);
        // At first it may be a change that is not everywhere yet.
        let refused: Vec<PeerVerdict> = fails(told(&verdicts)).filter(|verdict| before.contains(verdict)).collect();
        let other = refused != self.cluster.live.load().refused;
        self.cluster.change_live(|live| {
            live.verdicts.clone_from(&verdicts);
            live.refused.clone_from(&refused);
        });
        if other {
            let app = Arc::clone(self);
            let _ = blocking(move || {
                app.refresh_or_log(&app.changing());
                Ok(())
            })
            .await;
        }
        if new {
            self.cluster.changed.notify_one();
        }
        fallen
    }

    /// Every reason why this node would refuse a chain under Enforce.
    fn against_peer(&self, chain: &[Vec<u8>], name: Option<&str>) -> Vec<String> {
        if chain.is_empty() {
            return vec!["it showed no certificate".to_owned()];
        }
        let file: String = chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        let (trust, crls) = (self.trust.load(), self.crls.load());
        let (roots, untrusted, crls) = (trust.roots(), trust.files(), crls.files());
        let request = VerifyRequest {
            untrusted: &untrusted,
            crls: &crls,
            ..VerifyRequest::of(file.as_bytes(), &roots, clock::now())
        };
        let mut reasons = against(request, name);
        if name.is_none() && !self.names_a_node(&chain[0]) {
            reasons.push(
                "its certificate names no node of the cluster, neither as CN nor as a subject alternative name"
                    .to_owned(),
            );
        }
        reasons
    }

    fn names_a_node(&self, leaf: &[u8]) -> bool {
        let rules = self.cluster.rules.load();
        names(leaf, |name| rules.nodes.0.iter().any(|node| node.name.eq_ignore_ascii_case(name)))
    }
}

async fn look_at(channel: Arc<Channel>, verifier: String, peer: Member) -> (PeerVerdict, Vec<Vec<u8>>) {
    let looked = channel.look(&peer.name, &peer.address).await;
    let (verdict, reasons) = if let Some(silent) = looked.silent {
        (Verdict::Silent, vec![silent])
    } else {
        let refused_us = looked.refused_us.map(|why| format!("it refuses this node: {why}"));
        let reasons: Vec<String> = looked.reasons.into_iter().chain(refused_us).collect();
        (if reasons.is_empty() { Verdict::Verified } else { Verdict::Fails }, reasons)
    };
    let at = Some(clock::now().to_string());
    (PeerVerdict { verifier, presented: peer.name, verdict, at, reasons }, looked.chain)
}

impl Door {
    fn ask<T>(&self, none: T, question: impl FnOnce(&App) -> T) -> T {
        self.0.upgrade().map_or(none, |app| question(&app))
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Door").field(&self.1).finish()
    }
}

impl Gate for Door {
    fn enforces(&self) -> bool {
        self.ask(true, |app| app.cluster.rules.load().mode == VerificationMode::Enforce)
    }

    fn against(&self, chain: &[Vec<u8>], name: Option<&str>) -> Vec<String> {
        self.ask(vec!["the node is stopping".to_owned()], |app| app.against_peer(chain, name))
    }

    fn against_caller(&self, chain: &[Vec<u8>], name: &str) -> Vec<String> {
        self.ask(vec!["the node is stopping".to_owned()], |app| {
            let mut reasons = app.against_peer(chain, None);
            reasons.extend(chain.first().and_then(|leaf| not_for(leaf, name)));
            reasons
        })
    }

    fn was_called_by(&self, name: &str, reasons: &[String]) {
        self.ask((), |app| {
            let before = app.cluster.peers.callers().insert(name.to_owned(), reasons.to_vec());
            if before.unwrap_or_default() != reasons {
                app.cluster.peers.look();
            }
        });
    }

    fn let_through(&self, whom: &str, reasons: &[String]) {
        tracing::warn!(whom, reasons = reasons.join("; "), "a peer that does not verify was let through");
        self.ask((), |app| {
            app.cluster.let_through.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
    }

    fn refused(&self, whom: &str, reasons: &[String]) {
        tracing::warn!(whom, reasons = reasons.join("; "), "a peer that does not verify was refused");
    }

    fn proof(&self, name: &str, binding: &[u8]) -> Vec<u8> {
        self.ask(Vec::new(), |app| {
            let rules = app.cluster.rules.load();
            rules.key.as_ref().map(|key| key.sign(&[b"peer", name.as_bytes(), binding])).unwrap_or_default()
        })
    }

    fn name(&self) -> &str {
        &self.1
    }

    fn knows(&self, name: &str) -> bool {
        self.ask(false, |app| app.cluster.rules.load().nodes.0.iter().any(|node| node.name == name))
    }
}
