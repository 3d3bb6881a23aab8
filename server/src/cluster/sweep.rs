//! What no document names any more is removed from etcd: certificates and lists of former ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::etcd::{Error, Write};
use super::records::Records;
use crate::store;

/// How often it is looked for. Whoever publishes a document writes what it names first, and has far less time than that
/// ([`super::records::PUBLISHED_WITHIN`]) until the document follows.
pub(crate) const SWEEP: Duration = Duration::from_secs(600);

impl Records {
    /// Removes the pieces that no document named at the last look, and none names now; gives those that none names now, with the
    /// revision at which each was written, for the next look.
    pub(crate) async fn sweep(&self, unnamed: &BTreeMap<String, i64>) -> Result<BTreeMap<String, i64>, Error> {
        let place = self.place("blob/");
        let pieces = self.etcd.keys(&place).await?;
        let mut named = BTreeSet::new();
        for pair in self.etcd.range(&self.documents()).await?.pairs {
            let Some(document) = self.document(&pair) else {
                // One that does not open says nothing about what it names; under another name there is nothing that could count.
                if pair.key.strip_prefix(&self.documents()).is_some_and(store::is_shared) {
                    return Ok(BTreeMap::new());
                }
                continue;
            };
            named.extend(store::named(&document.name, &document.body));
        }
        let is_named = |key: &str| {
            let name = key.strip_prefix(&place).and_then(|rest| rest.split('/').next());
            name.is_some_and(|name| named.contains(name))
        };
        let (mut left, mut removed) = (BTreeMap::new(), 0);
        for (key, revision) in pieces.into_iter().filter(|(key, _)| !is_named(key)) {
            if unnamed.get(&key) == Some(&revision) {
                // If somebody has written it again since then, it stays.
                self.etcd.transact(&[(key.clone(), revision)], &[Write::Delete { key }]).await?;
                removed += 1;
            } else {
                left.insert(key, revision);
            }
        }
        if removed > 0 {
            tracing::info!(removed, "pieces that nothing names any more were removed from etcd");
        }
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use super::super::etcd::tests::{EtcdServers, plain};
    use super::super::records::Keeper;
    use super::*;
    use crate::clock;
    use crate::seal::NodeKey;
    use crate::store::{Membership, Outgoing, Plane as _};

    #[tokio::test]
    async fn what_nothing_names_is_removed_at_the_second_look_and_what_was_written_again_is_not() {
        let servers = EtcdServers::start(1, None);
        let (settings, key) = (plain(servers.endpoints()), NodeKey::random().unwrap());
        let cluster = || Membership { id: "c0ffee".to_owned(), key: NodeKey::from_secret(key.secret()).unwrap() };
        let records = Records::new(&settings, cluster()).unwrap();
        let keeper = Keeper::new(settings.clone(), cluster(), "expe1.example.com".to_owned());
        let mut revision = 0;
        let mut publish = |number: i64, names: &[&str], new: &[&str]| {
            let rows: Vec<_> =
                names.iter().map(|name| serde_json::json!({ "fingerprint": name, "since": 0 })).collect();
            let document = Outgoing {
                name: "crls".to_owned(),
                revision,
                number,
                actor: "admin".to_owned(),
                at: clock::now(),
                body: serde_json::to_vec(&rows).unwrap(),
                // Two pieces each.
                blobs: new.iter().map(|name| ((*name).to_owned(), vec![7; 700_000])).collect(),
            };
            revision = keeper.publish(&[document]).ok().unwrap();
        };
        publish(1, &["aa", "bb"], &["aa", "bb"]);
        let looked = records.sweep(&BTreeMap::new()).await.unwrap();
        assert_eq!(looked, BTreeMap::new());
        publish(2, &["bb"], &[]);
        let looked = records.sweep(&looked).await.unwrap();
        assert_eq!(looked.len(), 2, "{looked:?}");
        // It came back and went again between two looks.
        publish(3, &["aa", "bb"], &["aa"]);
        publish(4, &["bb"], &[]);
        let looked = records.sweep(&looked).await.unwrap();
        assert_eq!(looked.len(), 2, "seen for the first time since then: {looked:?}");
        assert_eq!(records.sweep(&looked).await.unwrap(), BTreeMap::new());
        let left = records.etcd.keys(&records.place("blob/")).await.unwrap();
        assert!(left.len() == 2 && left.iter().all(|(key, _)| key.contains("/bb/")), "{left:?}");
    }
}
