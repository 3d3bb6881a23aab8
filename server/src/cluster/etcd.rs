//! etcd v3, spoken to over its JSON gateway (`docs/decisions/0027`).
//!
//! Endpoints are asked in turn, the one that answered last first. A call takes at most three seconds a request, however many endpoints there
//! are, so that a node can say soon that the cluster's store is away. Reads are linearizable. Many keys are read in several requests.

mod settings;
mod endpoints;
mod message;
mod portion;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use watch::Watch;

use endpoints::{Endpoints, Fault, Repeat};
use message::{Lease, LeaseKept, Range, Transaction, base64, prefix_end};
use portion::Portion;

/// How often a read of many keys is begun again, since what it was reading has been compacted.
const READINGS: usize = 3;

/// Where etcd is and how it is reached. Its users and passwords are not: who may write is settled by client certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// URLs, `http://` or `https://`.
    pub(crate) endpoints: Vec<String>,
    /// The CAs of the servers, PEM: needed with `https://`, where these and no others are trusted.
    pub(crate) ca: Option<PathBuf>,
    /// The node's certificate for etcd, PEM, leaf first.
    pub(crate) certificate: Option<PathBuf>,
    /// Its private key, PEM.
    pub(crate) key: Option<PathBuf>,
}

/// Why etcd did not do it, in words for the administrator.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// No endpoint answers, or none that has a quorum behind it. What was to be written may have been written.
    #[error("etcd is away: {0}")]
    Away(String),
    /// A file or a URL of the settings cannot be used.
    #[error("{0}")]
    Settings(String),
    /// etcd answered that it will not.
    #[error("etcd refused: {0}")]
    Refused(String),
    /// What a watch was to begin with is compacted up to this revision: read anew, and watch from there.
    #[error("etcd has forgotten what was changed before revision {0}")]
    Compacted(i64),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: Vec<u8>,
    /// At which it was written last (etcd's `mod_revision`).
    pub(crate) revision: i64,
}

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Sets a key; with a lease it goes when that ends.
    Put { key: String, value: Vec<u8>, lease: Option<i64> },
    /// Removes a key, which need not be there.
    Delete { key: String },
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transacted {
    /// It is done, at this revision.
    Done(i64),
    /// A condition does not hold; nothing was written.
    Conflict,
}

/// What lies under a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// By key.
    pub(crate) pairs: Vec<Pair>,
    /// Of the store as it was read: a watch from the next one on misses nothing.
    pub(crate) revision: i64,
}

/// What of a range is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Whole,
    KeysOnly,
}

/// What a watch saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// A key was written.
    Put(Pair),
    /// A key was removed, or its lease ended.
    Deleted { key: String, revision: i64 },
}

/// A client of etcd. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Etcd(Arc<Endpoints>);

impl Etcd {
    /// One that asks nobody yet; files are read once, here.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let (client, urls) = settings::client(settings)?;
        Ok(Self(Arc::new(Endpoints::new(client, urls))))
    }

    /// Every key that begins with `prefix`, as of one revision, in as many requests as keep each answer small.
    ///
    /// Keys that are not UTF-8 are none of ours and left out.
    pub(crate) async fn range(&self, prefix: &str) -> Result<Seen, Error> {
        self.range_of(prefix, What::Whole).await
    }

    /// The keys alone, each with the revision at which it was written last.
    pub(crate) async fn keys(&self, prefix: &str) -> Result<Vec<(String, i64)>, Error> {
        let seen = self.range_of(prefix, What::KeysOnly).await?;
        Ok(seen.pairs.into_iter().map(|pair| (pair.key, pair.revision)).collect())
    }

    async fn range_of(&self, prefix: &str, what: What) -> Result<Seen, Error> {
        let mut readings = 1;
        loop {
            match self.read(prefix, what).await {
                Err(fault) if fault.is_compacted() && readings < READINGS => readings += 1,
                seen => return Ok(seen?),
            }
        }
    }

    async fn read(&self, prefix: &str, what: What) -> Result<Seen, Fault> {
        let end = base64(prefix_end(prefix));
        let (mut from, mut portion, mut seen) =
            (prefix.as_bytes().to_vec(), Portion::first(), Seen { pairs: Vec::new(), revision: 0 });
        if from.is_empty() {
            from.push(0);
        }
        loop {
            let request = json!({
                "key": base64(&from), "range_end": end, "limit": portion.keys().to_string(),
                "revision": seen.revision.to_string(), "keys_only": what == What::KeysOnly,
            });
            let answer: Range = match self.0.ask("v3/kv/range", &request, Repeat::Harmless).await {
                Err(Fault::TooLarge) if portion.shrink() => continue,
                answer => answer?,
            };
            if seen.revision == 0 {
                seen.revision = answer.header.revision;
            }
            portion.learn(&answer.kvs);
            if let Some(last) = answer.kvs.last().filter(|_| answer.more) {
                from.clone_from(&last.key);
                from.push(0);
            }
            seen.pairs.extend(answer.kvs.into_iter().filter_map(message::KeyValue::into_pair));
            if !answer.more {
                return Ok(seen);
            }
        }
    }

    /// One key, if it is there.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Pair>, Error> {
        let answer: Range = self.0.ask("v3/kv/range", &json!({ "key": base64(key) }), Repeat::Harmless).await?;
        Ok(answer.kvs.into_iter().next().and_then(message::KeyValue::into_pair))
    }

    /// Those of `keys` that are there, in their order. Not all are read at the same moment: for what never changes once it is written.
    pub(crate) async fn get_all(&self, keys: &[String]) -> Result<Vec<Pair>, Error> {
        let (mut left, mut portion, mut pairs) = (keys, Portion::first(), Vec::with_capacity(keys.len()));
        while !left.is_empty() {
            let (now, later) = left.split_at(portion.keys().min(left.len()));
            let reads: Vec<Value> = now.iter().map(|key| json!({ "request_range": { "key": base64(key) } })).collect();
            let request = json!({ "success": reads });
            let answer: Transaction = match self.0.ask("v3/kv/txn", &request, Repeat::Harmless).await {
                Err(Fault::TooLarge) if portion.shrink() => continue,
                answer => answer?,
            };
            let found: Vec<_> = answer.responses.into_iter().flat_map(|one| one.response_range.kvs).collect();
            portion.learn(&found);
            pairs.extend(found.into_iter().filter_map(message::KeyValue::into_pair));
            left = later;
        }
        Ok(pairs)
    }

    /// Does all `writes`, if each key of `unchanged` was last written at that revision (0: is absent), or none. At most 128 of each
    /// and 1.5 MiB, unless etcd is set up for more; no key twice.
    ///
    /// [`Error::Away`] says nothing about whether it is done, or will be yet. If a connection breaks halfway, another endpoint is asked only if
    /// a second time could do nothing: a key that is put is among `unchanged`. The answer is then [`Transacted::Conflict`] if the first was done
    /// after all. So after both, read again what there is before deciding what to do. A key that has to be absent is no such guard against
    /// whoever deletes it between the two.
    pub(crate) async fn transact(&self, unchanged: &[(String, i64)], writes: &[Write]) -> Result<Transacted, Error> {
        let compare: Vec<Value> = unchanged
            .iter()
            .map(|(key, revision)| {
                json!({ "key": base64(key), "target": "MOD", "result": "EQUAL", "mod_revision": revision.to_string() })
            })
            .collect();
        let success: Vec<Value> = writes
            .iter()
            .map(|write| match write {
                Write::Put { key, value, lease } => json!({ "request_put": {
                    "key": base64(key), "value": base64(value), "lease": lease.unwrap_or_default().to_string(),
                } }),
                Write::Delete { key } => json!({ "request_delete_range": { "key": base64(key) } }),
            })
            .collect();
        let guarded = writes.iter().any(
            |write| matches!(write, Write::Put { key, .. } if unchanged.iter().any(|(compared, _)| compared == key)),
        );
        let repeat = if guarded { Repeat::Harmless } else { Repeat::OnlyIfUnsent };
        let answer: Transaction =
            self.0.ask("v3/kv/txn", &json!({ "compare": compare, "success": success }), repeat).await?;
        Ok(if answer.succeeded { Transacted::Done(answer.header.revision) } else { Transacted::Conflict })
    }

    /// A new lease, which ends `ttl_s` seconds after it was kept alive last.
    pub(crate) async fn grant(&self, ttl_s: u32) -> Result<i64, Error> {
        // One that is granted and never heard of ends by itself.
        let request = json!({ "TTL": ttl_s.to_string() });
        let lease: Lease = self.0.ask("v3/lease/grant", &request, Repeat::Harmless).await?;
        Ok(lease.id)
    }

    /// Keeps a lease alive. Gives whether it is still there.
    pub(crate) async fn keep_alive(&self, lease: i64) -> Result<bool, Error> {
        let request = json!({ "ID": lease.to_string() });
        let kept: LeaseKept = self.0.ask("v3/lease/keepalive", &request, Repeat::Harmless).await?;
        Ok(kept.result.ttl > 0)
    }

    /// Ends a lease, if it is still there, and removes its keys.
    pub(crate) async fn revoke(&self, lease: i64) -> Result<(), Error> {
        let request = json!({ "ID": lease.to_string() });
        match self.0.ask::<Value>("v3/lease/revoke", &request, Repeat::Harmless).await {
            Err(fault) if !fault.is_not_found() => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// What changes under `prefix`, from a revision on; 0: from now on.
    pub(crate) async fn watch(&self, prefix: &str, from_revision: i64) -> Result<Watch, Error> {
        Ok(Watch::open(&self.0, prefix, from_revision).await?)
    }
}

#[cfg(test)]
pub(super) mod tests;
