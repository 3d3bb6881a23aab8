//! This node's copy of what is shared: taken over from etcd as others change it, and again if somebody edits it here; given back if etcd
//! has lost it.

use std::sync::Arc;

use certway_core::{VerifyRequest, decode_certificates, verify};
use certway_wire::cluster as wire;

use super::super::error::Error;
use super::super::{App, blocking};
use super::{ATTEMPTS, ClusterRefusal};
use crate::clock;
use crate::cluster::etcd::{self, Pair};
use crate::cluster::{Keeper, Kept, Records};
use crate::store::{self, Identity, Incoming, List, Store};

impl App {
    /// Takes over documents that are newer than this node's, and those that were edited here.
    pub(super) async fn take(self: &Arc<Self>, records: &Records, pairs: Vec<Pair>) -> Result<(), Error> {
        let (mut documents, mut lacks) = (Vec::new(), None);
        for pair in pairs {
            let Some(document) = records.document(&pair) else {
                let name = pair.key.strip_prefix(&records.documents()).unwrap_or(&pair.key).to_owned();
                // Under another name there is nothing that could count.
                if store::is_shared(&name) {
                    let app = Arc::clone(self);
                    blocking(move || app.found_forged(name, pair.revision)).await?;
                }
                continue;
            };
            let app = Arc::clone(self);
            let (document, missing) = blocking(move || app.look_at_document(document)).await?;
            let Some(missing) = missing else { continue };
            let blobs = records.blobs(&missing).await?;
            match missing.into_iter().find(|name| !blobs.contains_key(name)) {
                Some(name) => lacks = Some(format!("what etcd keeps lacks {name}")),
                None => documents.push(Incoming { blobs, ..document }),
            }
        }
        if !documents.is_empty() {
            let (app, cluster) = (Arc::clone(self), records.id().to_owned());
            blocking(move || app.take_documents(&cluster, &documents)).await?;
        }
        lacks.map_or(Ok(()), |lacks| Err(store::Error::ClusterAway(lacks).into()))
    }

    /// What this node lacks of what a document names, if it is to be taken over.
    fn look_at_document(&self, document: Incoming) -> Result<(Incoming, Option<Vec<String>>), Error> {
        let missing = wanted(&self.store(), &document)?;
        if missing.is_none() && self.store().has(&document)? {
            self.is_as_nodes_wrote_it(&document.name);
        }
        Ok((document, missing))
    }

    /// A document is not one that a node wrote: this node's copy counts.
    fn found_forged(&self, name: String, revision: i64) -> Result<(), Error> {
        self.store().write_over(&name, revision)?;
        let what = "it was written by somebody who is no node".to_owned();
        if self.cluster.forged().insert(name.clone(), what).is_none() {
            tracing::error!(name, "a record of the cluster was written by somebody else");
            self.refresh_or_log(&self.changing());
        }
        Ok(())
    }

    fn is_as_nodes_wrote_it(&self, name: &str) {
        let forged = self.cluster.forged().remove(name);
        if forged.is_some() {
            self.refresh_or_log(&self.changing());
        }
    }

    /// Takes over what other nodes of a cluster have changed, unless this one has left it since it asked. What was taken is in force whatever
    /// becomes of the rest.
    fn take_documents(&self, cluster: &str, documents: &[Incoming]) -> Result<(), Error> {
        let change = self.changing();
        if !Self::is_in(&self.store(), cluster)? {
            return Ok(());
        }
        let mut taken = Ok(());
        for document in documents {
            let name = document.name.as_str();
            let outcome = self.store().take_shared(clock::now(), document);
            match outcome {
                Ok(true) => {
                    self.cluster.forged().remove(name);
                }
                Ok(false) => {
                    self.cluster.forged().insert(name.to_owned(), "an older one was put back".to_owned());
                }
                Err(error) => taken = Err(error.into()),
            }
        }
        self.shared_changed(&change)?;
        taken
    }

    /// Gives etcd all that this node has of what is shared, in the place of what it has lost or has older: every node takes that.
    pub(crate) async fn restore_shared(self: &Arc<Self>, actor: &str) -> Result<wire::Cluster, Error> {
        for attempt in 1.. {
            let app = Arc::clone(self);
            let records = blocking(move || {
                app.no_change_runs()?;
                app.records()?.ok_or_else(|| ClusterRefusal::NotMember.into())
            })
            .await?;
            let kept = records.kept().await?.ok_or(ClusterRefusal::AnotherCluster)?;
            let (app, actor) = (Arc::clone(self), actor.to_owned());
            match blocking(move || app.give_back(&actor, &kept)).await {
                // Somebody has written there between the look and this.
                Err(Error::Store(store::Error::Overtaken)) if attempt < ATTEMPTS => {}
                done => return done,
            }
        }
        Err(store::Error::Overtaken.into())
    }

    fn give_back(&self, actor: &str, kept: &Kept) -> Result<wire::Cluster, Error> {
        let change = self.changing();
        let etcd = self.etcd()?;
        {
            let mut store = self.store();
            let edited = store.not_to_be_given()?;
            if !edited.is_empty() {
                return Err(ClusterRefusal::Edited(edited.into_iter().collect()).into());
            }
            let cluster = |store: &Store| store.membership()?.ok_or_else(|| Error::from(ClusterRefusal::NotMember));
            let restoring = Keeper::restoring(etcd.clone(), cluster(&store)?, self.name.clone(), kept);
            let inside = Keeper::new(etcd, cluster(&store)?, self.name.clone());
            store.share(Some(Box::new(restoring)));
            let restored = store.restore_shared(clock::now(), actor, &kept.documents);
            store.share(Some(Box::new(inside)));
            restored?;
        }
        self.cluster_changed(&change)?;
        self.cluster()
    }
}

/// What a store lacks of what a document names, if it is to be taken over.
fn wanted(store: &Store, document: &Incoming) -> Result<Option<Vec<String>>, Error> {
    if !store::is_shared(&document.name) || !store.wants(document)? {
        return Ok(None);
    }
    if document.name == List::TrustedCas.name() && store.suspects()?.contains(&List::TrustedCas) && !has_own_ca(store)?
    {
        tracing::error!("the node's temporary CA was changed too, so the trusted CA list is not taken again");
        return Ok(None);
    }
    Ok(Some(store.missing(&document.name, &document.body)?))
}

/// Whether the node's temporary CA has signed its temporary certificate. It is signed together with the trusted CA list, and no other node has
/// a copy of it.
fn has_own_ca(store: &Store) -> Result<bool, Error> {
    let (ca, temporary) = (store.temporary_ca()?, store.slots(Identity::Server)?.temporary.chain_pem);
    let Some((_, leaf)) = decode_certificates(temporary.as_bytes()).into_iter().next() else { return Ok(false) };
    Ok(verify(&VerifyRequest::of(temporary.as_bytes(), &[ca.as_slice()], leaf.not_before)).reasons.is_empty())
}

/// Takes the cluster's copy again of what was edited in a store: for a command that changes it, whether the node runs or not.
pub(crate) fn take_again(store: &mut Store, settings: &etcd::Settings) -> Result<(), Error> {
    let Some(cluster) = store.membership()? else { return Ok(()) };
    let edited = store.edited()?;
    if edited.is_empty() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::GivenUp(error.to_string()))?;
    runtime.block_on(async {
        let records = Records::new(settings, cluster)?;
        let pairs = records.etcd.range(&records.documents()).await?.pairs;
        for document in pairs.iter().filter_map(|pair| records.document(pair)) {
            if edited.contains(&document.name)
                && let Some(missing) = wanted(store, &document)?
            {
                let blobs = records.blobs(&missing).await?;
                store.take_shared(clock::now(), &Incoming { blobs, ..document })?;
            }
        }
        Ok(())
    })
}
