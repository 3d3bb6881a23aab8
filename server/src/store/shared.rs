//! What the nodes of a cluster share: documents, of which each node keeps a copy in its own tables.
//!
//! A change that touches a document is kept for all nodes first, on the condition that it is still as this node knows it, and
//! only then here: so two nodes never change it past each other, and without the shared plane nothing that is shared changes.
//! A node that dies in between takes over its own change like everybody else.

mod restored;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use certway_core::Time;
use rusqlite::{Connection, OptionalExtension as _, Transaction};
use serde::{Deserialize, Serialize};

use super::settings::{Row as SettingRow, is_whole};
use super::trusted_cas::{TrustedCa, fingerprint};
use super::{Change, Entry, Error, List, Store, crls, second_factor, trusted_cas};
use crate::seal::NodeKey;

/// The trusted CA list.
const TRUSTED_CAS: &str = "trusted-cas";
/// The certificate revocation lists.
const CRLS: &str = "crls";
/// Who may sign in.
const USERS: &str = "users";
/// By what programs call in the name of a user.
const TOKENS: &str = "tokens";
/// What comes before the name of a setting.
const SETTING: &str = "setting/";
/// The settings that all nodes share; the others are each node's own.
const SETTINGS: &[&str] =
    &["nodes", "tls-verification-mode", "security-level", "tls-profile", "administrator-sign-in", "revocation-sources"];

/// What every cluster shares from its beginning.
pub(crate) const IN_EVERY_CLUSTER: [&str; 3] = [TRUSTED_CAS, USERS, "setting/nodes"];

/// Where documents are kept for all nodes.
pub(crate) trait Plane: Send {
    /// Keeps all of `documents`, if each is still as this node knows it, or none. Gives the revision under which they are kept.
    fn publish(&self, documents: &[Outgoing]) -> Result<i64, NotPublished>;
}

/// Why nothing was kept for all nodes.
#[derive(Debug)]
pub(crate) enum NotPublished {
    /// The plane does not answer, in words. Nothing was kept.
    Away(String),
    /// It did not answer to the end, in words: nobody knows whether all was kept, or will be yet.
    Unsure(String),
    /// Another node has changed it meanwhile.
    Overtaken,
}

/// A document as this node changes it.
pub(crate) struct Outgoing {
    pub(crate) name: String,
    /// The revision under which this node knows it; 0: there is none.
    pub(crate) revision: i64,
    /// How often it was changed, this time included.
    pub(crate) number: i64,
    /// Who changes it.
    pub(crate) actor: String,
    pub(crate) at: Time,
    /// JSON.
    pub(crate) body: Vec<u8>,
    /// What it names and did not name before: certificates and lists, DER, by their SHA-256.
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
}

/// A document as another node has changed it, authentic and whole.
pub(crate) struct Incoming {
    pub(crate) name: String,
    pub(crate) revision: i64,
    pub(crate) number: i64,
    /// Who changed it, on which node.
    pub(crate) by: String,
    pub(crate) body: Vec<u8>,
    /// What it names and this node has not: see [`Store::missing`].
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
}

/// The cluster that a node is in.
pub(crate) struct Membership {
    /// Random, hexadecimal.
    pub(crate) id: String,
    /// What its records are sealed with.
    pub(crate) key: NodeKey,
}

/// A certificate of the list, or a revocation list, in a document.
#[derive(Serialize, Deserialize)]
struct Named {
    fingerprint: String,
    /// `default` or `upload`; of revocation lists, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Of revocation lists: what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    this_update: Option<i64>,
    /// Seconds since 1970.
    since: i64,
}

/// How a document was when this node last saw it.
struct Version {
    revision: i64,
    number: i64,
    body: Vec<u8>,
}

/// The documents that a change has touched.
#[derive(Default)]
pub(super) struct Touched(RefCell<BTreeSet<String>>);

impl Touched {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.borrow().contains(name)
    }

    pub(super) fn trusted_cas(&self) {
        self.0.borrow_mut().insert(TRUSTED_CAS.to_owned());
    }

    pub(super) fn crls(&self) {
        self.0.borrow_mut().insert(CRLS.to_owned());
    }

    pub(super) fn users(&self) {
        self.0.borrow_mut().insert(USERS.to_owned());
    }

    pub(super) fn tokens(&self) {
        self.0.borrow_mut().insert(TOKENS.to_owned());
    }

    pub(super) fn setting(&self, name: &str) {
        if SETTINGS.contains(&name) {
            self.0.borrow_mut().insert(format!("{SETTING}{name}"));
        }
    }
}

impl Store {
    /// Keeps what is shared by `plane` from now on.
    pub(crate) fn share(&mut self, plane: Option<Box<dyn Plane>>) {
        self.plane = plane;
    }

    /// The cluster that this node is in.
    pub(crate) fn membership(&self) -> Result<Option<Membership>, Error> {
        membership(&self.connection, &self.key)
    }

    /// Begins a cluster with what this node has. The plane must be that of the new cluster. `work` adds this node to it.
    pub(crate) fn found_cluster(
        &mut self,
        now: Time,
        actor: &str,
        cluster: &Membership,
        work: impl FnOnce(&Change<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.change(now, actor, |change| {
            change.enter(cluster)?;
            change.touched.trusted_cas();
            change.touched.crls();
            change.touched.users();
            change.touched.tokens();
            // Those that are the defaults are so at every node.
            for setting in SettingRow::all(&change.transaction)? {
                change.touched.setting(&setting.name);
            }
            work(change)?;
            Ok(((), Entry::new("cluster-founded", cluster.id.clone())))
        })
    }

    /// Enters a cluster: what is shared there takes the place of what this node has. `work` adds this node to it.
    pub(crate) fn join_cluster(
        &mut self,
        now: Time,
        actor: &str,
        cluster: &Membership,
        documents: &[Incoming],
        work: impl FnOnce(&Change<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.change(now, actor, |change| {
            change.enter(cluster)?;
            // They name users of this node, and a cluster from before there were tokens has no document to take their place.
            change.replace_tokens(&[])?;
            change.writes_anew(List::Tokens);
            for document in documents {
                change.take(document)?;
            }
            work(change)?;
            Ok(((), Entry::new("cluster-joined", cluster.id.clone())))
        })
    }

    /// Is in no cluster any more. What was shared stays as it is; `work` forgets the other nodes.
    pub(crate) fn leave_cluster(
        &mut self,
        now: Time,
        actor: &str,
        details: &str,
        work: impl FnOnce(&Change<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.change(now, actor, |change| {
            let cluster = membership(&change.transaction, change.key)?;
            // Users who are suspect stay so, until they are begun anew.
            if let Some(cluster) = cluster.filter(|_| !change.is_suspect(List::Users)) {
                second_factor::seal_anew(&change.transaction, &cluster.key, change.key)?;
                change.written.touch(List::Users);
            }
            change.transaction.execute("DELETE FROM cluster", [])?;
            change.transaction.execute("DELETE FROM shared", [])?;
            work(change)?;
            Ok::<_, Error>(((), Entry::new("cluster-left", details)))
        })?;
        self.plane = None;
        Ok(())
    }

    /// The documents that this node knows and that are not here as the node wrote them: they were changed behind its back.
    pub(crate) fn edited(&self) -> Result<Vec<String>, Error> {
        let mut edited = Vec::new();
        let mut statement = self.connection.prepare("SELECT document FROM shared WHERE number > 0")?;
        for name in statement.query_map([], |row| row.get::<_, String>(0))? {
            let name = name?;
            if self.is_edited(&name)? {
                edited.push(name);
            }
        }
        Ok(edited)
    }

    /// The revision under which this node knows each document.
    pub(crate) fn known_revisions(&self) -> Result<BTreeMap<String, i64>, Error> {
        let mut statement = self.connection.prepare("SELECT document, revision FROM shared WHERE number > 0")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let known = rows.collect::<Result<BTreeMap<_, _>, _>>()?;
        Ok(known.into_iter().filter(|(name, _)| is_shared(name)).collect())
    }

    fn is_edited(&self, name: &str) -> Result<bool, Error> {
        match (List::named(name), name.strip_prefix(SETTING)) {
            (Some(list), _) => self.is_suspect(list),
            (None, Some(setting)) => Ok(!is_whole(&self.connection, &self.key, setting)?),
            (None, None) => Ok(false),
        }
    }

    /// Whether a document is to be taken over: it is newer than what this node knows, or the same and was edited here.
    pub(crate) fn wants(&self, document: &Incoming) -> Result<bool, Error> {
        let known = version(&self.connection, &document.name)?.map_or(0, |known| known.revision);
        Ok(known < document.revision || known == document.revision && self.is_edited(&document.name)?)
    }

    /// Whether a document is what this node knows.
    pub(crate) fn has(&self, document: &Incoming) -> Result<bool, Error> {
        Ok(version(&self.connection, &document.name)?.is_some_and(|known| known.is(document)))
    }

    /// The certificates and lists that a document names and this node has not, by their SHA-256.
    pub(crate) fn missing(&self, name: &str, body: &[u8]) -> Result<Vec<String>, Error> {
        let mut named = names(name, body);
        if !named.is_empty() {
            let known = known_blobs(&self.connection, name)?;
            named.retain(|name| !known.contains_key(name));
        }
        Ok(named.into_iter().collect())
    }

    /// Knows a document under a revision at which it is not as a node wrote it, so that it can be written anew over that.
    pub(crate) fn write_over(&self, name: &str, revision: i64) -> Result<(), Error> {
        let known = "INSERT INTO shared (document, revision, number, body) VALUES (?1, ?2, 0, x'')
             ON CONFLICT (document) DO UPDATE SET revision = excluded.revision WHERE revision < excluded.revision";
        self.connection.execute(known, (name, revision))?;
        Ok(())
    }

    /// Takes over what another node has changed, or what was edited here. Says no of a document that is older than what this node knows,
    /// which is not taken: somebody has put it back behind the cluster's back.
    pub(crate) fn take_shared(&mut self, now: Time, document: &Incoming) -> Result<bool, Error> {
        let edited = self.is_edited(&document.name)?;
        match version(&self.connection, &document.name)? {
            Some(known) if known.revision > document.revision => {}
            Some(known) if known.is(document) && !edited => {
                let kept = Version { revision: document.revision, ..known };
                kept.write(&self.connection, &document.name)?;
            }
            Some(known) if known.number >= document.number && !known.is(document) => {
                self.write_over(&document.name, document.revision)?;
                return Ok(false);
            }
            _ => self.change(now, "cluster", |change| {
                change.take(document)?;
                let mut details = format!("{}, as changed by {}", document.name, document.by);
                if edited {
                    details.push_str(", in the place of what was changed behind the node's back");
                }
                Ok::<_, Error>(((), Entry::new("shared-state-taken", details)))
            })?,
        }
        Ok(true)
    }
}

pub(super) fn membership(connection: &Connection, key: &NodeKey) -> Result<Option<Membership>, Error> {
    let row = connection.query_row("SELECT id, sealed_key FROM cluster", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    let Some((id, sealed)) = row.optional()? else { return Ok(None) };
    let damaged = || Error::Damaged("the cluster's key cannot be unsealed".to_owned());
    let secret = key.open(&place(&id), &sealed).map_err(|_| damaged())?;
    let key = NodeKey::from_secret(&secret).ok_or_else(damaged)?;
    Ok(Some(Membership { id, key }))
}

/// The sealed key opens only beside its own cluster.
fn place(id: &str) -> Vec<u8> {
    [b"cluster\n", id.as_bytes()].concat()
}

/// Seals the cluster's key with another key of the node; and second factors, unless the cluster's key seals them.
pub(super) fn seal_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    if let Some(cluster) = membership(transaction, old)? {
        let sealed = new.seal(&place(&cluster.id), cluster.key.secret());
        transaction.execute("UPDATE cluster SET sealed_key = ?1", [sealed])?;
        return Ok(());
    }
    second_factor::seal_anew(transaction, old, new)
}

impl Change<'_> {
    fn enter(&self, cluster: &Membership) -> Result<(), Error> {
        let sealed = self.key.seal(&place(&cluster.id), cluster.key.secret());
        self.transaction.execute("DELETE FROM cluster", [])?;
        self.transaction.execute("DELETE FROM shared", [])?;
        self.transaction.execute("INSERT INTO cluster (id, sealed_key) VALUES (?1, ?2)", (&cluster.id, sealed))?;
        self.written.touch(List::Users);
        second_factor::seal_anew(&self.transaction, self.key, &cluster.key)
    }

    /// Whether the node is in a cluster.
    pub(super) fn is_member(&self) -> Result<bool, Error> {
        Ok(self.transaction.query_row("SELECT EXISTS (SELECT 1 FROM cluster)", [], |row| row.get(0))?)
    }

    /// Keeps for all nodes what this change has touched of what is shared.
    pub(super) fn publish(&self, plane: Option<&dyn Plane>, actor: &str) -> Result<(), Error> {
        let touched = self.touched.0.take();
        if touched.is_empty() || !self.is_member()? {
            return Ok(());
        }
        let mut outgoing = Vec::new();
        for name in touched {
            let body = self.document(&name)?;
            let known = version(&self.transaction, &name)?;
            let (revision, number, former) =
                known.map_or((0, 0, Vec::new()), |known| (known.revision, known.number, known.body));
            if former == body {
                continue;
            }
            let before = names(&name, &former);
            let new = names(&name, &body).into_iter().filter(|named| !before.contains(named)).collect();
            let blobs = self.blobs(&name, &new)?;
            let (actor, at) = (actor.to_owned(), self.now);
            outgoing.push(Outgoing { name, revision, number: number + 1, actor, at, body, blobs });
        }
        if outgoing.is_empty() {
            return Ok(());
        }
        let nowhere = "the node is in a cluster, and its configuration does not say where that keeps what is shared: name etcd with --cluster";
        let plane = plane.ok_or_else(|| Error::ClusterAway(nowhere.to_owned()))?;
        let revision = plane.publish(&outgoing).map_err(|reason| match reason {
            NotPublished::Away(why) => Error::ClusterAway(why),
            NotPublished::Unsure(why) => Error::ClusterUnsure(why),
            NotPublished::Overtaken => Error::Overtaken,
        })?;
        for document in outgoing {
            let kept = Version { revision, number: document.number, body: document.body };
            kept.write(&self.transaction, &document.name)?;
        }
        Ok(())
    }

    fn document(&self, name: &str) -> Result<Vec<u8>, Error> {
        match name {
            TRUSTED_CAS => json(&self.trusted_cas()?.iter().map(Named::ca).collect::<Vec<_>>()),
            CRLS => json(&self.named_crls()?),
            USERS => json(&self.users()?),
            TOKENS => json(&self.tokens()?),
            _ => {
                let setting = name.strip_prefix(SETTING).unwrap_or(name);
                let rows = SettingRow::all(&self.transaction)?;
                let row = rows.into_iter().find(|row| row.name == setting);
                Ok(row.map(|row| row.value.into_bytes()).unwrap_or_default())
            }
        }
    }

    fn named_crls(&self) -> Result<Vec<Named>, Error> {
        let mut statement = self
            .transaction
            .prepare("SELECT fingerprint, scope, this_update, stored_at FROM crls ORDER BY position")?;
        let rows = statement.query_map([], |row| {
            Ok(Named {
                fingerprint: row.get(0)?,
                origin: None,
                scope: row.get(1)?,
                this_update: row.get(2)?,
                since: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn blobs(&self, name: &str, wanted: &BTreeSet<String>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let all = match name {
            TRUSTED_CAS => self.trusted_cas()?.into_iter().map(|ca| (ca.fingerprint, ca.der)).collect(),
            CRLS => self.crls()?.into_iter().map(|list| (list.fingerprint, list.der)).collect(),
            _ => Vec::new(),
        };
        Ok(all.into_iter().filter(|(fingerprint, _)| wanted.contains(fingerprint)).collect())
    }

    /// Puts a document in the place of this node's copy.
    fn take(&self, document: &Incoming) -> Result<(), Error> {
        match document.name.as_str() {
            TRUSTED_CAS => self.take_trusted_cas(document)?,
            CRLS => self.take_crls(document)?,
            USERS => self.replace_users(&read::<Vec<_>>(document)?)?,
            TOKENS => self.replace_tokens(&read::<Vec<_>>(document)?)?,
            name => match name.strip_prefix(SETTING) {
                Some(setting) => self.set_value(setting, String::from_utf8_lossy(&document.body).into_owned())?,
                None => return Err(Error::Damaged(format!("the cluster shares no '{name}'"))),
            },
        }
        if let Some(list) = List::named(&document.name) {
            self.writes_anew(list);
        }
        // What was taken is not to be published again.
        self.touched.0.borrow_mut().remove(&document.name);
        let kept = Version { revision: document.revision, number: document.number, body: document.body.clone() };
        kept.write(&self.transaction, &document.name)
    }

    fn take_trusted_cas(&self, document: &Incoming) -> Result<(), Error> {
        let rows: Vec<Named> = read(document)?;
        let known = known_blobs(&self.transaction, TRUSTED_CAS)?;
        self.transaction.execute("DELETE FROM trusted_cas", [])?;
        let mut insert = self.transaction.prepare(trusted_cas::INSERT)?;
        for row in rows {
            let der = blob(document, &known, &row.fingerprint)?;
            let origin = row.origin.as_deref().unwrap_or("upload");
            insert.execute((&row.fingerprint, der, origin, row.since))?;
        }
        Ok(())
    }

    fn take_crls(&self, document: &Incoming) -> Result<(), Error> {
        let rows: Vec<Named> = read(document)?;
        let known = known_blobs(&self.transaction, CRLS)?;
        self.transaction.execute("DELETE FROM crls", [])?;
        let mut insert = self.transaction.prepare(crls::INSERT)?;
        for row in rows {
            let der = blob(document, &known, &row.fingerprint)?;
            insert.execute((&row.fingerprint, row.scope, der, row.this_update, row.since))?;
        }
        Ok(())
    }
}

impl Named {
    fn ca(ca: &TrustedCa) -> Self {
        Self {
            fingerprint: ca.fingerprint.clone(),
            origin: Some(ca.origin.clone()),
            scope: None,
            this_update: None,
            since: ca.added_at.unix(),
        }
    }
}

impl Version {
    fn is(&self, document: &Incoming) -> bool {
        self.number == document.number && self.body == document.body
    }

    fn write(&self, connection: &Connection, name: &str) -> Result<(), Error> {
        connection.execute(
            "INSERT INTO shared (document, revision, number, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (document) DO UPDATE SET revision = excluded.revision, number = excluded.number, body = excluded.body",
            (name, self.revision, self.number, &self.body),
        )?;
        Ok(())
    }
}

fn version(connection: &Connection, name: &str) -> Result<Option<Version>, Error> {
    let row = connection.query_row("SELECT revision, number, body FROM shared WHERE document = ?1", [name], |row| {
        Ok(Version { revision: row.get(0)?, number: row.get(1)?, body: row.get(2)? })
    });
    Ok(row.optional()?)
}

/// Whether a document of that name is shared; a later version may share others.
pub(crate) fn is_shared(name: &str) -> bool {
    [TRUSTED_CAS, CRLS, USERS, TOKENS].contains(&name)
        || name.strip_prefix(SETTING).is_some_and(|setting| SETTINGS.contains(&setting))
}

/// The certificates and lists that a document names, by their SHA-256.
pub(crate) fn named(name: &str, body: &[u8]) -> Vec<String> {
    names(name, body).into_iter().collect()
}

fn names(name: &str, body: &[u8]) -> BTreeSet<String> {
    if name != TRUSTED_CAS && name != CRLS {
        return BTreeSet::new();
    }
    let rows: Vec<Named> = serde_json::from_slice(body).unwrap_or_default();
    rows.into_iter().map(|row| row.fingerprint).collect()
}

/// What this node has of what a document may name, DER, by its SHA-256. A row that was damaged is nothing that it has.
fn known_blobs(connection: &Connection, name: &str) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let all = if name == CRLS { "SELECT der FROM crls" } else { "SELECT der FROM trusted_cas" };
    let mut statement = connection.prepare(all)?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|der| der.map(|der| (fingerprint(&der), der)).map_err(Error::from)).collect()
}

fn blob(document: &Incoming, known: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<u8>, Error> {
    let der = document.blobs.get(name).or_else(|| known.get(name)).filter(|der| fingerprint(der) == name);
    der.cloned().ok_or_else(|| Error::ClusterAway(format!("the cluster's copy of {name} is missing or damaged")))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Damaged(format!("what is shared cannot be written: {error}")))
}

fn read<T: for<'a> Deserialize<'a>>(document: &Incoming) -> Result<T, Error> {
    serde_json::from_slice(&document.body).map_err(|error| {
        Error::Damaged(format!("the cluster's document '{}' is not understood: {error}", document.name))
    })
}
