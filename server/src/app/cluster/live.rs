//! Living in a cluster: what others have changed is taken over, how this node stands is said, how they stand is heard.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use certway_wire::cluster::PeerVerdict;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::super::error::Error;
use super::super::{App, alarms, blocking};
use super::{Live, OF_EVENTS, of_events};
use crate::clock;
use crate::cluster::etcd::{self, Changed, Pair};
use crate::cluster::{Alive, Records, SWEEP, lacks};
use crate::store::{self, Alarm};

/// How long a node counts as alive after it last said so.
const LEASE_SECONDS: u32 = 10;
/// How often it says so.
const SAY: Duration = Duration::from_secs(3);
/// How long it waits before it tries again to reach etcd.
const AGAIN: Duration = Duration::from_secs(1);

/// What is heard of etcd.
enum Heard {
    Documents(Vec<Pair>),
    /// A document was removed.
    Gone,
    Nodes(Vec<Changed>),
    Change,
    Failed(etcd::Error),
}

impl App {
    /// Takes part in the cluster as long as the node is in one; without etcd it serves on from its own copy.
    pub(crate) async fn take_part_again_and_again(self: Arc<Self>) {
        loop {
            let app = Arc::clone(&self);
            let outcome = match blocking(move || app.records()).await {
                Ok(Some(records)) => self.take_part(&records).await,
                Ok(None) => {
                    // What was heard while it left.
                    self.cluster.forget();
                    self.cluster.changed.notified().await;
                    continue;
                }
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                self.plane_is(false, Some(said(&error))).await;
                sleep(AGAIN).await;
            }
        }
    }

    /// Until etcd does not answer, or the node is in another cluster or in none.
    async fn take_part(self: &Arc<Self>, records: &Records) -> Result<(), Error> {
        let app = Arc::clone(self);
        let known = blocking(move || Ok(app.store().known_revisions()?)).await?;
        let documents = records.etcd.range(&records.documents()).await?;
        let gone = self.compare_lives(records, &known, &documents.pairs).await?;
        self.take(records, documents.pairs).await?;
        if self.cluster.rules.load().key.is_none() {
            // It was removed while it was away.
            return Ok(());
        }
        if !gone.is_empty() {
            // A change that is gone with them is over.
            self.look_at_change(records).await?;
            return Err(store::Error::ClusterAway(lacks(&gone)).into());
        }
        let nodes = records.etcd.range(&records.alive()).await?;
        self.cluster.change_live(|live| {
            live.nodes.clear();
            live.hear(nodes.pairs.iter().filter_map(|pair| records.standing(pair)));
        });
        let known = self.compare_logs(records).await?;
        self.look_at_change(records).await?;
        let (heard, mut hear) = mpsc::channel(16);
        // Both end with this function.
        let mut listening = JoinSet::new();
        listening.spawn(listen_for_documents(records.clone(), documents.revision + 1, heard.clone()));
        listening.spawn(listen_for_nodes(records.clone(), nodes.revision + 1, heard.clone()));
        listening.spawn(listen_for_changes(records.clone(), nodes.revision + 1, heard));
        let mut lease = records.etcd.grant(LEASE_SECONDS).await?;
        let id = records.id().to_owned();
        let mut kept = None;
        let mut say = interval(SAY);
        say.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut sweep, mut unnamed) = (interval(SWEEP), BTreeMap::new());
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = hear.recv() => match heard {
                    Some(Heard::Documents(pairs)) => self.take(records, pairs).await?,
                    Some(Heard::Gone) => return Ok(()),
                    Some(Heard::Nodes(changes)) => {
                        self.hear_of_nodes(records, &changes);
                        continue;
                    }
                    Some(Heard::Change) => {
                        self.look_at_change(records).await?;
                        // Nothing of this node has changed by that.
                        continue;
                    }
                    Some(Heard::Failed(error)) => return Err(error.into()),
                    None => return Ok(()),
                },
                _ = sweep.tick() => {
                    unnamed = records.sweep(&unnamed).await?;
                    continue;
                }
                _ = say.tick() => {}
                () = self.cluster.changed.notified() => {}
            }
            let app = Arc::clone(self);
            let (cluster, edited, standing, head) = blocking(move || {
                let (cluster, edited) = {
                    let store = app.store();
                    (store.membership()?.map(|cluster| cluster.id), !store.edited()?.is_empty())
                };
                let verdicts = app.cluster.live.load().verdicts.clone();
                let head = app.own_head()?;
                Ok((cluster, edited, Alive { status: app.own_standing()?, verdicts }, head))
            })
            .await?;
            if cluster.as_deref() != Some(id.as_str()) {
                records.etcd.revoke(lease).await?;
                return Ok(());
            }
            if edited {
                self.take(records, records.etcd.range(&records.documents()).await?.pairs).await?;
            }
            if !records.etcd.keep_alive(lease).await? {
                lease = records.etcd.grant(LEASE_SECONDS).await?;
            }
            records.stand(&self.name, lease, &standing).await?;
            // An etcd that has no room answers, and takes nothing.
            self.plane_is(true, None).await;
            // What the cluster knows of a log that was put back is kept.
            if let Some(head) = head.filter(|head| known && kept.as_ref() != Some(head)) {
                records.keep_head(&self.name, &head).await?;
                kept = Some(head);
            }
        }
    }

    /// Compares what etcd keeps with what this node knew before it was asked. An older revision is that of another life of etcd: it was set up anew,
    /// or an older state of it was put back. Gives what is not there any more.
    async fn compare_lives(
        self: &Arc<Self>,
        records: &Records,
        known: &BTreeMap<String, i64>,
        pairs: &[Pair],
    ) -> Result<Vec<String>, Error> {
        let place = records.documents();
        let revision = |pair: &Pair| Some((pair.key.strip_prefix(&place)?.to_owned(), pair.revision));
        let there: BTreeMap<String, i64> = pairs.iter().filter_map(revision).collect();
        let older = known.iter().filter(|(name, known)| there.get(*name).is_some_and(|revision| revision < *known));
        let older: Vec<String> = older.map(|(name, _)| name.clone()).collect();
        let gone: Vec<String> = known.keys().filter(|name| !there.contains_key(*name)).cloned().collect();
        let new = self.cluster.live.load().gone != gone;
        self.cluster.change_live(|live| live.gone.clone_from(&gone));
        let app = Arc::clone(self);
        blocking(move || {
            if !older.is_empty() {
                tracing::warn!(documents = older.join(", "), "etcd has an older state than this node has seen");
                app.store().forget_revisions(&older)?;
            }
            if new {
                app.refresh_or_log(&app.changing());
            }
            Ok(())
        })
        .await?;
        Ok(gone)
    }

    /// Compares this node's log of events with what the cluster knows of it, and learns how far the others were. Says whether it is the one
    /// that the cluster knows.
    async fn compare_logs(self: &Arc<Self>, records: &Records) -> Result<bool, Error> {
        let mut heads = records.heads().await?;
        let own = heads.remove(&self.name);
        for (node, head) in
            heads.into_iter().filter(|(node, head)| self.cluster.joined_at(node) == Some(head.joined_at))
        {
            self.cluster.heard_of_event(&node, head.number);
        }
        let app = Arc::clone(self);
        let against = blocking(move || app.against_cluster(own)).await?;
        let known = against.is_none();
        match against {
            Some(what) => {
                tracing::error!(what, "this node's event log was put back");
                self.cluster.own_log_is_not_known(&self.name, what);
            }
            None => self.cluster.own_log_is_known(&self.name),
        }
        Ok(known)
    }

    fn hear_of_nodes(&self, records: &Records, changes: &[Changed]) {
        let served = |live: &Live| -> Vec<_> {
            let nodes = live.nodes.iter().map(|(name, alive)| (name.clone(), alive.status.certificate.clone()));
            nodes.collect()
        };
        let before = served(&self.cluster.live.load());
        self.cluster.change_live(|live| {
            for change in changes {
                match change {
                    Changed::Put(pair) => live.hear(records.standing(pair)),
                    Changed::Deleted { key, .. } => {
                        key.strip_prefix(&records.alive()).map(|name| live.nodes.remove(name));
                    }
                }
            }
        });
        for change in changes {
            let Changed::Put(pair) = change else { continue };
            let Some((name, alive)) = records.standing(pair) else { continue };
            if self.cluster.heard_of_event(&name, alive.status.event) {
                tracing::error!(node = name, event = alive.status.event, "the event log of a node was put back");
                self.cluster.forged().insert(of_events(&name), "the node has had later events".to_owned());
            }
        }
        if served(&self.cluster.live.load()) != before {
            // Who shows another certificate, or is there again, is looked at now.
            self.cluster.peers.look();
        }
    }

    async fn plane_is(self: &Arc<Self>, reachable: bool, message: Option<String>) {
        let before = self.cluster.live.load().reachable;
        self.cluster.change_live(|live| {
            if live.reachable != reachable {
                live.since = clock::now();
            }
            live.reachable = reachable;
            live.message = message.clone();
        });
        if before != reachable {
            tracing::info!(reachable, message, "etcd");
            let app = Arc::clone(self);
            let _ = blocking(move || {
                app.refresh_or_log(&app.changing());
                Ok(())
            })
            .await;
        }
    }

    /// What is wrong with the cluster.
    pub(in super::super) fn cluster_alarms(&self) -> Vec<Alarm> {
        let mut found = Vec::new();
        let rules = self.cluster.rules.load();
        if rules.key.is_none() {
            return found;
        }
        let live = self.cluster.live.load();
        if !live.gone.is_empty() {
            found.push(alarms::alarm(
                "cluster-records-gone",
                "critical",
                &format!("etcd does not keep any more what the cluster shares: {}. The node serves on from its own copy. What the cluster shares cannot be changed.", live.gone.join(", ")),
                "Bring etcd back with its data. If that is lost, run `certway cluster restore-shared` at the node that has the latest state: it gives etcd what it has, and every node takes that. A node that is to go on without the cluster leaves it: `certway cluster leave`.",
            ));
        } else if !live.reachable {
            found.push(alarms::alarm(
                "cluster-away",
                "warning",
                &format!(
                    "The node does not reach etcd since {}, and serves on from its own copy{}. What the cluster shares cannot be changed.",
                    live.since,
                    live.message.as_ref().map_or(String::new(), |why| format!(" ({why})"))
                ),
                "Look after etcd and the network to it. The node catches up by itself. An etcd without room (database space exceeded) wants its former revisions compacted, `etcdctl defrag` and `etcdctl alarm disarm`. If etcd is gone for good, the node leaves the cluster with `certway cluster leave`.",
            ));
        }
        if rules.mode == certway_wire::cluster::VerificationMode::Permissive {
            found.push(alarms::alarm(
                "cluster-permissive",
                "notice",
                "TLS verification mode is Permissive: nodes let peers through whose certificates they do not verify.",
                "When every node verifies every other, set the mode to Enforce on System > Clustering.",
            ));
        }
        if rules.mode == certway_wire::cluster::VerificationMode::Enforce && !live.refused.is_empty() {
            let why = |one: &PeerVerdict| format!("{} ({})", one.presented, one.reasons.join("; "));
            let refused: Vec<String> = live.refused.iter().map(why).collect();
            found.push(alarms::alarm(
                "cluster-peers-refused",
                "error",
                &format!("Under Enforce the node does not verify: {}.", refused.join(", ")),
                "Give those nodes certificates that verify, or the CAs back that were deleted. System > Clustering shows who verifies whom. Until then Permissive lets them through.",
            ));
        }
        for (name, what) in self.cluster.forged().iter() {
            if let Some(node) = name.strip_prefix(OF_EVENTS) {
                found.push(alarms::alarm(
                    &format!("cluster-events-{node}"),
                    "critical",
                    &format!("The event log of {node} was put back to what it once was: {what}."),
                    "Find out who had access to its data directory. A backup that was brought back there does this too: then say so with `certway events accept` on that node.",
                ));
                continue;
            }
            found.push(alarms::alarm(
                &format!("cluster-record-{name}"),
                "critical",
                &format!("A record of the cluster in etcd, '{name}', does not count: {what}."),
                "Find out who can write to etcd. What the nodes have counts; the next change of the same kind writes it anew.",
            ));
        }
        found
    }
}

fn said(error: &Error) -> String {
    match error {
        Error::Store(store::Error::ClusterAway(why)) => why.clone(),
        error => error.to_string(),
    }
}

async fn listen_for_documents(records: Records, from: i64, heard: mpsc::Sender<Heard>) {
    let place = records.documents();
    let tell = |changes: Vec<Changed>| {
        let put = |change| if let Changed::Put(pair) = change { Ok(pair) } else { Err(()) };
        changes.into_iter().map(put).collect::<Result<_, _>>().map_or(Heard::Gone, Heard::Documents)
    };
    listen(records, place, from, heard, tell).await;
}

async fn listen_for_nodes(records: Records, from: i64, heard: mpsc::Sender<Heard>) {
    let place = records.alive();
    listen(records, place, from, heard, Heard::Nodes).await;
}

async fn listen_for_changes(records: Records, from: i64, heard: mpsc::Sender<Heard>) {
    let place = records.changes();
    listen(records, place, from, heard, |_| Heard::Change).await;
}

async fn listen(
    records: Records,
    place: String,
    from: i64,
    heard: mpsc::Sender<Heard>,
    tell: impl Fn(Vec<Changed>) -> Heard,
) {
    let mut watch = match records.etcd.watch(&place, from).await {
        Ok(watch) => watch,
        Err(error) => {
            let _ = heard.send(Heard::Failed(error)).await;
            return;
        }
    };
    loop {
        let told = match watch.next().await {
            Ok(changes) => tell(changes),
            Err(error) => Heard::Failed(error),
        };
        let failed = matches!(told, Heard::Failed(_));
        if heard.send(told).await.is_err() || failed {
            return;
        }
    }
}
