//! What the nodes of a cluster share of the cluster itself: who they are, and the TLS verification mode.

use std::sync::Arc;

use certway_core::is_fqdn;
use certway_wire::cluster as wire;
use serde::{Deserialize, Serialize};

use super::super::change::Permits;
use super::super::crls::CrlList;
use super::super::error::Error;
use super::super::{App, Changing, blocking, security_level, tls_profile};
use super::{ClusterRefusal, Rules};
use crate::clock;
use crate::store::{Entry, Setting};

pub(super) const NODES: &str = "nodes";
pub(super) const MODE: &str = "tls-verification-mode";

/// The nodes of the cluster, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Nodes(pub(super) Vec<Member>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Member {
    /// Its FQDN.
    pub(in super::super) name: String,
    /// `HOST:PORT`, where peers reach it.
    pub(in super::super) address: String,
    /// Seconds since 1970.
    pub(in super::super) joined_at: i64,
}

/// TLS verification mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Mode(pub(super) wire::VerificationMode);

impl Setting for Nodes {
    const NAME: &'static str = NODES;
}

impl Setting for Mode {
    const NAME: &'static str = MODE;
}

impl App {
    /// Sets the TLS verification mode of all nodes.
    pub(crate) fn set_verification_mode(
        &self,
        actor: &str,
        new: wire::NewVerificationMode,
    ) -> Result<wire::Cluster, Error> {
        self.no_change_runs()?;
        if new.mode == wire::VerificationMode::Enforce {
            let refused = if new.anyway { Vec::new() } else { self.would_be_refused()? };
            if !refused.is_empty() {
                return Err(ClusterRefusal::WouldBeRefused(refused).into());
            }
        }
        let change = self.changing();
        let (word, anyway) = match new.mode {
            wire::VerificationMode::Permissive => ("Permissive", ""),
            wire::VerificationMode::Enforce => ("Enforce", if new.anyway { ", anyway" } else { "" }),
        };
        self.store().change(clock::now(), actor, |change| {
            change.set(&Mode(new.mode))?;
            Ok::<_, Error>(((), Entry::new("tls-verification-mode-set", format!("{word}{anyway}"))))
        })?;
        self.cluster_changed(&change)?;
        drop(change);
        if new.mode == wire::VerificationMode::Enforce {
            self.close_permissive()?;
        }
        self.cluster()
    }

    /// Whom nodes would refuse under Enforce, in sentences; and what is not known yet.
    fn would_be_refused(&self) -> Result<Vec<String>, Error> {
        let verdicts = self.cluster()?.verdicts.into_iter();
        let refused = verdicts.filter_map(|verdict| {
            let (verifier, presented) = (&verdict.verifier, &verdict.presented);
            match verdict.verdict {
                wire::Verdict::Verified => None,
                wire::Verdict::Fails => {
                    Some(format!("{verifier} would refuse {presented} ({})", verdict.reasons.join("; ")))
                }
                wire::Verdict::Silent => Some(format!("{verifier} does not reach {presented}")),
                wire::Verdict::NotYet => Some(format!("{verifier} has not yet looked at {presented}")),
            }
        });
        Ok(refused.collect())
    }

    /// Says where peers reach a node: what the DNS does not say.
    pub(crate) fn set_node_address(&self, actor: &str, name: &str, address: &str) -> Result<wire::Cluster, Error> {
        let address = address.trim();
        if !is_address(address) {
            return Err(ClusterRefusal::Address(address.to_owned()).into());
        }
        self.change_nodes(actor, name, "node-address-set", address, |node| {
            node.address = address.to_owned();
            true
        })
    }

    /// Removes a node, which may be this one, from the cluster.
    pub(crate) fn remove_node(&self, actor: &str, name: &str) -> Result<wire::Cluster, Error> {
        self.change_nodes(actor, name, "node-removed", "", |_| false)
    }

    /// Is in no cluster any more, without a word to the others: for a node whose cluster is gone from etcd, or that never reaches it again. The
    /// others have it among their nodes until it is removed at one of them.
    pub(crate) async fn leave_cluster(self: &Arc<Self>, actor: &str) -> Result<wire::Cluster, Error> {
        let app = Arc::clone(self);
        let records = match blocking(move || app.records()).await {
            Ok(records) => Some(records.ok_or(ClusterRefusal::NotMember)?),
            Err(Error::Cluster(ClusterRefusal::NotConfigured)) => None,
            Err(error) => return Err(error),
        };
        if let Some(records) = records {
            let is_kept = match records.kept().await {
                Ok(kept) => kept.is_some_and(|kept| kept.is_whole()),
                // It has answered until now.
                Err(_) => self.cluster.live.load().reachable,
            };
            if is_kept {
                return Err(ClusterRefusal::CanBeRemoved(self.name.clone()).into());
            }
        }
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || {
            let change = app.changing();
            app.forget_cluster(&actor, "this node left it; the other nodes were not told")?;
            app.cluster_changed(&change)?;
            app.cluster()
        })
        .await
    }

    /// Forgets the other nodes, and the change that they are in.
    fn forget_cluster(&self, actor: &str, details: &str) -> Result<(), Error> {
        let mut store = self.store();
        let permits = Permits::of(&store)?.of_no_change();
        store.leave_cluster(clock::now(), actor, details, |change| {
            change.set(&Nodes::default())?;
            change.set(&permits)
        })?;
        self.saw_change(None);
        self.cluster.forget();
        Ok(())
    }

    /// Changes one node of the cluster; it goes if `keep` says no.
    fn change_nodes(
        &self,
        actor: &str,
        name: &str,
        action: &str,
        details: &str,
        mut keep: impl FnMut(&mut Member) -> bool,
    ) -> Result<wire::Cluster, Error> {
        let change = self.changing();
        if self.cluster.rules.load().key.is_none() {
            return Err(ClusterRefusal::NotMember.into());
        }
        self.store().change(clock::now(), actor, |change| {
            let mut nodes: Nodes = change.setting()?;
            if nodes.0.iter().all(|node| node.name != name) {
                return Err(Error::from(ClusterRefusal::UnknownNode(name.to_owned())));
            }
            nodes.0.retain_mut(|node| node.name != name || keep(node));
            change.set(&nodes)?;
            Ok(((), Entry::new(action, format!("{name} {details}").trim_end())))
        })?;
        self.cluster_changed(&change)?;
        self.cluster()
    }

    /// Puts into force what the store has of all that is shared.
    pub(super) fn shared_changed(&self, change: &Changing<'_>) -> Result<(), Error> {
        self.crls.store(Arc::new(CrlList::new(self.store().crls()?)));
        let level = security_level::of(&self.store(), &mut self.found_at_start())?;
        self.security_level.store(Arc::new(level));
        let profile = tls_profile::of(&self.store(), &mut self.found_at_start())?;
        self.handshakes().take(profile)?;
        self.settle(change)?;
        self.reload_trust(change)?;
        self.cluster_changed(change)
    }

    /// Puts into force what the store says of the cluster.
    pub(in super::super) fn cluster_changed(&self, change: &Changing<'_>) -> Result<(), Error> {
        let mut rules = Rules::of(&self.store(), &mut self.found_at_start())?;
        let removed = rules.key.is_some() && rules.whole && rules.nodes.0.iter().all(|node| node.name != self.name);
        if removed {
            self.forget_cluster("cluster", "this node was removed from it")?;
            rules = Rules::of(&self.store(), &mut self.found_at_start())?;
        }
        self.cluster.rules.store(Arc::new(rules));
        self.cluster.changed.notify_one();
        self.peers_changed();
        self.refresh_or_log(change);
        Ok(())
    }
}

/// `HOST:PORT`, with a name, an IPv4 address, or an IPv6 address in brackets.
pub(crate) fn is_address(text: &str) -> bool {
    if text.parse::<std::net::SocketAddr>().is_ok() {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let named = is_fqdn(host) || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    named && !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
}
