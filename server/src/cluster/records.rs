//! Records of the cluster in etcd: sealed, opened, published, fetched.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use certway_wire::cluster::{NodeStatus, PeerVerdict};
use serde::{Deserialize, Serialize};
use tokio::runtime;
use tokio::time::timeout;

use super::etcd::{Error, Etcd, Pair, Settings, Transacted, Write};
use super::join::Invitation;
use crate::clock;
use crate::seal::{NodeKey, to_hex};
use crate::store::{self, Incoming, Membership, NotPublished, Outgoing, Plane};

/// etcd takes no more than 1.5 MiB at once.
const PIECE_BYTES: usize = 512 * 1024;
/// Nor more writes than this.
const MOST_WRITES: usize = 100;

/// How long after the first piece of what it names a document may follow, in seconds: what nothing names for longer is removed.
pub(super) const PUBLISHED_WITHIN: i64 = 60;

/// How long all pieces of what documents name may take, while nothing else is read from the store or written: 16 MiB are 32 requests.
const PIECES_WITHIN: Duration = Duration::from_secs(20);

/// Which cluster etcd keeps.
const CLUSTER: &str = "certway/cluster";

/// The records of one cluster.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) etcd: Etcd,
    cluster: Arc<Membership>,
}

/// A document, sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    number: i64,
    /// Which node changed it.
    node: String,
    actor: String,
    /// Seconds since 1970.
    at: i64,
    body: String,
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alive {
    pub(crate) status: NodeStatus,
    /// What it thinks of each of the others.
    pub(crate) verdicts: Vec<PeerVerdict>,
}

/// The latest event of a node, which is kept while the node is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) number: i64,
    pub(crate) digest: Vec<u8>,
    /// When the node has joined, seconds since 1970: one that joins again begins anew.
    pub(crate) joined_at: i64,
}

/// How what is shared lies in etcd.
pub(crate) struct Kept {
    /// The revision of the cluster's own record; 0: it is not there.
    cluster: i64,
    /// Revision and number of each document; the number of one that a node did not write is 0.
    pub(crate) documents: BTreeMap<String, (i64, i64)>,
}

impl Kept {
    /// Whether all is there that every cluster shares from its beginning.
    pub(crate) fn is_whole(&self) -> bool {
        self.cluster > 0 && store::IN_EVERY_CLUSTER.iter().all(|name| self.documents.contains_key(*name))
    }
}

/// What to do about documents that are not in etcd any more.
pub(crate) fn lacks(documents: &[String]) -> String {
    format!(
        "etcd does not keep {} any more. If it was set up anew or has lost data, run `certway cluster restore-shared` at the node that has the latest state",
        documents.join(", ")
    )
}

impl Records {
    pub(crate) fn new(settings: &Settings, cluster: Membership) -> Result<Self, Error> {
        Ok(Self { etcd: Etcd::new(settings)?, cluster: Arc::new(cluster) })
    }

    pub(super) fn key(&self) -> &NodeKey {
        &self.cluster.key
    }

    pub(crate) fn id(&self) -> &str {
        &self.cluster.id
    }

    /// What the keys of all documents begin with.
    pub(crate) fn documents(&self) -> String {
        self.place("doc/")
    }

    /// What the keys of all nodes that are alive begin with.
    pub(crate) fn alive(&self) -> String {
        self.place("alive/")
    }

    /// What all keys of the cluster begin with.
    pub(crate) fn place(&self, rest: &str) -> String {
        format!("certway/{}/{rest}", self.cluster.id)
    }

    /// A document as it lies there, without the blobs that it names; nothing if it is not one that this cluster has sealed for that place.
    pub(crate) fn document(&self, pair: &Pair) -> Option<Incoming> {
        let name = pair.key.strip_prefix(&self.documents())?;
        let plain = self.cluster.key.open(pair.key.as_bytes(), &pair.value).ok()?;
        let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
        Some(Incoming {
            name: name.to_owned(),
            revision: pair.revision,
            number: sealed.number,
            by: format!("{} on the node {}", sealed.actor, sealed.node),
            body: sealed.body.into_bytes(),
            blobs: BTreeMap::new(),
        })
    }

    /// How a node stands; its name comes with it. Nothing if it was not sealed by a node of this cluster.
    pub(crate) fn standing(&self, pair: &Pair) -> Option<(String, Alive)> {
        let name = pair.key.strip_prefix(&self.alive())?;
        let plain = self.cluster.key.open(pair.key.as_bytes(), &pair.value).ok()?;
        Some((name.to_owned(), serde_json::from_slice(&plain).ok()?))
    }

    /// The heads of all nodes' logs, by the nodes' names.
    pub(crate) async fn heads(&self) -> Result<BTreeMap<String, Head>, Error> {
        let pairs = self.etcd.range(&self.place("head/")).await?.pairs;
        Ok(pairs.iter().filter_map(|pair| self.head_in(pair)).collect())
    }

    /// The head of a node's log.
    pub(crate) async fn head(&self, node: &str) -> Result<Option<Head>, Error> {
        let pair = self.etcd.get(&self.place(&format!("head/{node}"))).await?;
        Ok(pair.and_then(|pair| self.head_in(&pair)).map(|(_, head)| head))
    }

    fn head_in(&self, pair: &Pair) -> Option<(String, Head)> {
        let node = pair.key.strip_prefix(&self.place("head/"))?;
        let plain = self.cluster.key.open(pair.key.as_bytes(), &pair.value).ok()?;
        Some((node.to_owned(), serde_json::from_slice(&plain).ok()?))
    }

    /// Keeps the head of a node's log.
    pub(crate) async fn keep_head(&self, node: &str, head: &Head) -> Result<(), Error> {
        let key = self.place(&format!("head/{node}"));
        let value = self.cluster.key.seal(key.as_bytes(), &serde_json::to_vec(head).unwrap_or_default());
        self.etcd.transact(&[], &[Write::Put { key, value, lease: None }]).await.map(|_| ())
    }

    /// Says how a node stands, for as long as its lease lasts.
    pub(crate) async fn stand(&self, name: &str, lease: i64, alive: &Alive) -> Result<(), Error> {
        let key = format!("{}{name}", self.alive());
        let value = self.cluster.key.seal(key.as_bytes(), &serde_json::to_vec(alive).unwrap_or_default());
        self.etcd.transact(&[], &[Write::Put { key, value, lease: Some(lease) }]).await.map(|_| ())
    }

    /// Certificates and lists, by their SHA-256. What is not there, or not what its name says, is left out.
    pub(crate) async fn blobs(&self, names: &[String]) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let first: Vec<String> = names.iter().map(|name| self.piece(name, 0)).collect();
        let mut blobs = BTreeMap::new();
        for pair in self.etcd.get_all(&first).await? {
            let Some(name) = names.iter().find(|name| self.piece(name, 0) == pair.key) else { continue };
            let mut blob = pair.value;
            if blob.len() == PIECE_BYTES {
                let pieces = self.etcd.range(&self.place(&format!("blob/{name}/"))).await?.pairs;
                blob = pieces.into_iter().flat_map(|piece| piece.value).collect();
            }
            if *to_hex(digest(&SHA256, &blob).as_ref()) == *name {
                blobs.insert(name.clone(), blob);
            }
        }
        Ok(blobs)
    }

    /// The key of a piece: they are in the order of their numbers.
    fn piece(&self, name: &str, number: usize) -> String {
        self.place(&format!("blob/{name}/{number:06}"))
    }

    async fn put_blobs<'a>(&self, blobs: impl Iterator<Item = &'a (String, Vec<u8>)>) -> Result<(), Error> {
        let pieces = blobs.flat_map(|(name, blob)| {
            let pieces = blob.chunks(PIECE_BYTES).enumerate();
            pieces.map(|(number, piece)| (self.piece(name, number), piece.to_vec()))
        });
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for (key, value) in pieces {
            bytes += value.len();
            if !batch.is_empty() && (bytes > PIECE_BYTES || batch.len() == MOST_WRITES) {
                self.etcd.transact(&[], &std::mem::take(&mut batch)).await?;
                bytes = value.len();
            }
            batch.push(Write::Put { key, value, lease: None });
        }
        if !batch.is_empty() {
            self.etcd.transact(&[], &batch).await?;
        }
        Ok(())
    }

    /// How what is shared lies in etcd now; nothing if etcd keeps another cluster.
    pub(crate) async fn kept(&self) -> Result<Option<Kept>, Error> {
        let cluster = self.etcd.get(CLUSTER).await?;
        if cluster.as_ref().is_some_and(|cluster| cluster.value != self.cluster.id.as_bytes()) {
            return Ok(None);
        }
        let pairs = self.etcd.range(&self.documents()).await?.pairs;
        let documents = pairs.iter().filter_map(|pair| {
            let name = pair.key.strip_prefix(&self.documents())?.to_owned();
            let number = self.document(pair).map_or(0, |document| document.number);
            Some((name, (pair.revision, number)))
        });
        Ok(Some(Kept { cluster: cluster.map_or(0, |cluster| cluster.revision), documents: documents.collect() }))
    }

    /// Keeps documents for all nodes, if each is still as `node` knows it. Gives the revision.
    async fn publish(&self, node: &str, documents: &[Outgoing], entrance: &Entrance) -> Result<i64, NotPublished> {
        let away = |error: Error| NotPublished::Away(error.to_string());
        // Harmless to repeat, as not every write is: whoever answers this is asked for the rest.
        self.etcd.get(CLUSTER).await.map_err(away)?;
        // What documents name is there before they are.
        let begun = clock::now();
        let pieces = self.put_blobs(documents.iter().flat_map(|document| &document.blobs));
        let late = || NotPublished::Away("etcd takes too long for the certificates and lists".to_owned());
        timeout(PIECES_WITHIN, pieces).await.map_err(|_| late())?.map_err(away)?;
        let mut unchanged = Vec::new();
        let mut writes = Vec::new();
        for document in documents {
            let key = format!("{}{}", self.documents(), document.name);
            let sealed = Sealed {
                number: document.number,
                node: node.to_owned(),
                actor: document.actor.clone(),
                at: document.at.unix(),
                body: String::from_utf8_lossy(&document.body).into_owned(),
            };
            let plain = serde_json::to_vec(&sealed).unwrap_or_default();
            let value = self.cluster.key.seal(key.as_bytes(), &plain);
            unchanged.push((key.clone(), document.revision));
            writes.push(Write::Put { key, value, lease: None });
        }
        match entrance {
            Entrance::Inside => {}
            Entrance::Founds => {
                let value = self.cluster.id.clone().into_bytes();
                unchanged.push((CLUSTER.to_owned(), 0));
                writes.push(Write::Put { key: CLUSTER.to_owned(), value, lease: None });
            }
            Entrance::Restores(revision) => {
                let value = self.cluster.id.clone().into_bytes();
                unchanged.push((CLUSTER.to_owned(), *revision));
                writes.push(Write::Put { key: CLUSTER.to_owned(), value, lease: None });
            }
            Entrance::Joins(invitation) => {
                unchanged.push((invitation.key.clone(), invitation.revision));
                writes.push(Write::Delete { key: invitation.key.clone() });
            }
        }
        if clock::now().unix() - begun.unix() > PUBLISHED_WITHIN {
            return Err(NotPublished::Away("this node was stopped in between".to_owned()));
        }
        match self.etcd.transact(&unchanged, &writes).await {
            Ok(Transacted::Done(revision)) => Ok(revision),
            Ok(Transacted::Conflict) => self.look(documents, &writes, None).await,
            Err(Error::Away(why)) => self.look(documents, &writes, Some(why)).await,
            Err(error) => Err(away(error)),
        }
    }

    /// What became of documents if the answer does not say it: all were written together, so one that is ours byte for byte speaks for all.
    /// `unsure` is why there was no answer.
    async fn look(
        &self,
        documents: &[Outgoing],
        writes: &[Write],
        unsure: Option<String>,
    ) -> Result<i64, NotPublished> {
        let place = self.documents();
        let keys: Vec<String> = documents.iter().map(|document| format!("{place}{}", document.name)).collect();
        let pairs = match self.etcd.get_all(&keys).await {
            Ok(pairs) => pairs,
            Err(error) => return Err(NotPublished::Unsure(unsure.unwrap_or_else(|| error.to_string()))),
        };
        let there = |key: &String| pairs.iter().find(|pair| pair.key == *key);
        let ours = writes.iter().find_map(|write| match write {
            Write::Put { key, value, .. } => there(key).filter(|pair| pair.value == *value),
            Write::Delete { .. } => None,
        });
        if let Some(pair) = ours {
            return Ok(pair.revision);
        }
        let known = || documents.iter().zip(&keys);
        let gone = known().filter(|(document, key)| document.revision != 0 && there(key).is_none());
        let gone: Vec<String> = gone.map(|(document, _)| document.name.clone()).collect();
        if !gone.is_empty() {
            return Err(NotPublished::Away(lacks(&gone)));
        }
        let moved = known().any(|(document, key)| there(key).map_or(0, |pair| pair.revision) != document.revision);
        match unsure {
            // It may still be done.
            Some(why) if !moved => Err(NotPublished::Unsure(why)),
            _ => Err(NotPublished::Overtaken),
        }
    }
}

/// The shared plane of a node's store.
pub(crate) struct Keeper {
    settings: Settings,
    cluster: Arc<Membership>,
    node: String,
    entrance: Entrance,
}

/// What is to happen together with the first publication.
enum Entrance {
    /// Nothing: the node is in the cluster.
    Inside,
    /// There must be no cluster yet.
    Founds,
    /// The record of the cluster is written again, if it is still at this revision.
    Restores(i64),
    /// An invitation is used up.
    Joins(Invitation),
}

impl Keeper {
    /// For a node that is in the cluster.
    pub(crate) fn new(settings: Settings, cluster: Membership, node: String) -> Self {
        Self { settings, cluster: Arc::new(cluster), node, entrance: Entrance::Inside }
    }

    /// For a node that begins the cluster: there must be none yet.
    pub(crate) fn founding(settings: Settings, cluster: Membership, node: String) -> Self {
        Self { entrance: Entrance::Founds, ..Self::new(settings, cluster, node) }
    }

    /// For a node that gives etcd back what that has lost.
    pub(crate) fn restoring(settings: Settings, cluster: Membership, node: String, kept: &Kept) -> Self {
        Self { entrance: Entrance::Restores(kept.cluster), ..Self::new(settings, cluster, node) }
    }

    /// For a node that joins: what it publishes uses the invitation up.
    pub(super) fn joining(settings: Settings, cluster: Membership, node: String, invitation: Invitation) -> Self {
        Self { entrance: Entrance::Joins(invitation), ..Self::new(settings, cluster, node) }
    }

    fn keep(&self, documents: &[Outgoing]) -> Result<i64, NotPublished> {
        let system = |error: std::io::Error| NotPublished::Away(error.to_string());
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        runtime.block_on(async {
            let etcd = Etcd::new(&self.settings).map_err(|error| NotPublished::Away(error.to_string()))?;
            let records = Records { etcd, cluster: self.cluster.clone() };
            records.publish(&self.node, documents, &self.entrance).await
        })
    }
}

impl Plane for Keeper {
    fn publish(&self, documents: &[Outgoing]) -> Result<i64, NotPublished> {
        // A thread of its own: who changes something waits for it in whatever way, also within another runtime.
        let kept = std::thread::scope(|scope| scope.spawn(|| self.keep(documents)).join());
        kept.unwrap_or_else(|_| Err(NotPublished::Unsure("it was given up".to_owned())))
    }
}

#[cfg(test)]
mod tests;
