//! Lists that open doors, each signed as a whole: who is trusted, who may sign in, by what programs call, what is served, what is
//! revoked.
//!
//! A list's signature has the number of the event by which it was written, which the signed head of the event log names as it
//! does for settings. So a row that was edited, added or deleted behind the node's back shows, and so do older rows that are
//! put back. A list that is not as the node wrote it is suspect. While it is, a suspect list of trusted CAs, users or tokens counts
//! as empty, and only what writes it anew as a whole may change it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::{Change, Error, Store, events};
use crate::seal::NodeKey;

/// A list that is signed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum List {
    /// The trusted CA list, with the node's temporary CA, which every default list has.
    TrustedCas,
    /// The certificate revocation lists.
    Crls,
    /// Who may sign in.
    Users,
    /// By what programs call in the name of a user.
    Tokens,
    /// What stands in which slot, with its sealed key; and the request in progress, with its own.
    Certificates,
}

impl List {
    const ALL: [Self; 5] = [Self::TrustedCas, Self::Crls, Self::Users, Self::Tokens, Self::Certificates];

    /// The list of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }

    /// In kebab case; what the nodes of a cluster share is called the same there.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TrustedCas => "trusted-cas",
            Self::Crls => "crls",
            Self::Users => "users",
            Self::Tokens => "tokens",
            Self::Certificates => "certificates",
        }
    }

    /// What gives its rows, in an order that is always the same.
    fn queries(self) -> &'static [&'static str] {
        match self {
            Self::TrustedCas => &["SELECT temporary_ca FROM node", "SELECT * FROM trusted_cas ORDER BY position"],
            Self::Crls => &["SELECT * FROM crls ORDER BY position"],
            Self::Users => &["SELECT * FROM users ORDER BY name"],
            Self::Tokens => &["SELECT * FROM tokens ORDER BY id"],
            Self::Certificates => &[
                "SELECT * FROM slots ORDER BY identity, slot",
                "SELECT * FROM certificates ORDER BY id",
                "SELECT * FROM csr ORDER BY id",
            ],
        }
    }

    /// Whether it opens doors, so that nothing may be added to it while it is suspect.
    fn lets_in(self) -> bool {
        matches!(self, Self::TrustedCas | Self::Users | Self::Tokens)
    }

    /// How the head of the event log calls it, as no setting is called.
    fn in_head(self) -> String {
        format!("list/{}", self.name())
    }

    /// SHA-256 over all of its values, each with its type and length.
    fn digest(self, connection: &Connection) -> Result<Vec<u8>, Error> {
        let mut digest = Context::new(&SHA256);
        for query in self.queries() {
            let mut statement = connection.prepare(query)?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    let value = row.get_ref(column)?;
                    let (kind, bytes) = match value {
                        ValueRef::Null => (0, &[][..]),
                        ValueRef::Integer(number) => (1, &number.to_be_bytes()[..]),
                        ValueRef::Real(number) => (2, &number.to_be_bytes()[..]),
                        ValueRef::Text(text) => (3, text),
                        ValueRef::Blob(blob) => (4, blob),
                    };
                    digest.update(&[kind]);
                    digest.update(&(bytes.len() as u64).to_be_bytes());
                    digest.update(bytes);
                }
            }
            digest.update(&[5]);
        }
        Ok(digest.finish().as_ref().to_vec())
    }

    fn seal(self, key: &NodeKey, number: i64, digest: &[u8]) -> Vec<u8> {
        key.sign(&[b"list", self.name().as_bytes(), &number.to_be_bytes(), digest])
    }

    /// Whether rows with this digest are what the node wrote last.
    fn is(self, connection: &Connection, key: &NodeKey, digest: &[u8]) -> Result<bool, Error> {
        let row = connection.query_row("SELECT number, seal FROM lists WHERE name = ?1", [self.name()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let Some((number, seal)) = row.optional()? else { return Ok(false) };
        let named = events::last_set(connection, key)?.events.get(&self.in_head()) == Some(&number);
        Ok(named && seal == self.seal(key, number, digest))
    }

    /// Signs the list as it stands, as written by the event of this number.
    fn sign(self, connection: &Connection, key: &NodeKey, number: i64) -> Result<(), Error> {
        let seal = self.seal(key, number, &self.digest(connection)?);
        connection.execute(
            "INSERT INTO lists (name, number, seal) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET number = excluded.number, seal = excluded.seal",
            (self.name(), number, seal),
        )?;
        let mut last_set = events::last_set(connection, key)?;
        last_set.events.insert(self.in_head(), number);
        let (last, link) = events::last(connection)?;
        events::write_head(connection, key, (last, &link), &last_set)
    }
}

/// The lists that are suspect, as of the last time that another process has written.
#[derive(Default)]
pub(super) struct Suspects(RefCell<(Option<i64>, Vec<List>)>);

impl Suspects {
    /// Which lists are suspect. They are looked at again only if somebody else has written to the file.
    pub(super) fn now(&self, connection: &Connection, key: &NodeKey) -> Result<Vec<List>, Error> {
        let version: i64 = connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let mut known = self.0.borrow_mut();
        if known.0 != Some(version) {
            *known = (Some(version), suspects(connection, key)?);
        }
        Ok(known.1.clone())
    }

    /// These were signed.
    pub(super) fn clear(&self, signed: &BTreeSet<List>) {
        self.0.borrow_mut().1.retain(|list| !signed.contains(list));
    }
}

fn suspects(connection: &Connection, key: &NodeKey) -> Result<Vec<List>, Error> {
    let founded = connection.query_row("SELECT EXISTS (SELECT 1 FROM node)", [], |row| row.get::<_, bool>(0))?;
    let mut suspects = Vec::new();
    for list in List::ALL {
        if founded && !list.is(connection, key, &list.digest(connection)?)? {
            suspects.push(list);
        }
    }
    Ok(suspects)
}

impl Store {
    /// The lists that are not as the node wrote them.
    pub(crate) fn suspects(&self) -> Result<Vec<List>, Error> {
        self.suspects.now(&self.connection, &self.key)
    }

    pub(super) fn is_suspect(&self, list: List) -> Result<bool, Error> {
        Ok(self.suspects()?.contains(&list))
    }
}

/// The lists that a change has touched, beside those that are shared; and those that it writes anew as a whole.
#[derive(Default)]
pub(super) struct Written {
    touched: RefCell<BTreeSet<List>>,
    anew: RefCell<BTreeSet<List>>,
}

impl Written {
    pub(super) fn touch_all(&self) {
        self.touched.borrow_mut().extend(List::ALL);
    }

    pub(super) fn touch(&self, list: List) {
        self.touched.borrow_mut().insert(list);
    }
}

impl Change<'_> {
    /// Whether a list is not as the node wrote it, nor written anew by this change.
    pub(super) fn is_suspect(&self, list: List) -> bool {
        self.suspects.contains(&list) && !self.written.anew.borrow().contains(&list)
    }

    /// Refuses to add to a list that is suspect.
    pub(super) fn refuse_if_suspect(&self, list: List) -> Result<(), Error> {
        if self.is_suspect(list) { Err(Error::Suspect(list)) } else { Ok(()) }
    }

    /// Empties a list if it is suspect, since what is in it now is nobody's.
    pub(super) fn begin_anew_if_suspect(&self, list: List) -> Result<(), Error> {
        if self.suspects.contains(&list) {
            self.writes_anew(list);
            let empty = match list {
                List::TrustedCas => "DELETE FROM trusted_cas; DELETE FROM deletions",
                List::Users => "DELETE FROM users",
                List::Tokens => "DELETE FROM tokens",
                List::Crls => "DELETE FROM crls",
                // What is served goes on being served.
                List::Certificates => "",
            };
            self.transaction.execute_batch(empty)?;
        }
        Ok(())
    }

    /// This change puts something else in the place of all that is in the list.
    pub(super) fn writes_anew(&self, list: List) {
        self.written.touch(list);
        self.written.anew.borrow_mut().insert(list);
    }

    /// Signs what this change has touched, by the event that it will record; gives the lists.
    pub(super) fn sign_lists(&self) -> Result<BTreeSet<List>, Error> {
        let mut touched = self.written.touched.take();
        touched.extend(List::ALL.into_iter().filter(|list| self.touched.has(list.name())));
        let (last, _) = events::last(&self.transaction)?;
        for list in &touched {
            if list.lets_in() {
                self.refuse_if_suspect(*list)?;
            }
            list.sign(&self.transaction, self.key, last + 1)?;
        }
        Ok(touched)
    }
}

/// What each list is, before the store is brought to another format.
pub(super) fn digests(connection: &Connection) -> BTreeMap<List, Vec<u8>> {
    // A list that an old format does not have, or that cannot be read, has none.
    List::ALL.into_iter().filter_map(|list| Some((list, list.digest(connection).ok()?))).collect()
}

/// Signs the lists of a store from before they were signed, as they are; and those that were as the node wrote them `before`
/// the store was brought to another format.
pub(super) fn adopt(
    connection: &mut Connection,
    key: &NodeKey,
    before: Option<&BTreeMap<List, Vec<u8>>>,
) -> Result<(), Error> {
    let last_set = events::last_set(connection, key)?;
    // Another head than the node's own says nothing of what was.
    if !last_set.whole || last_set.lists && before.is_none() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut last_set = events::last_set(&transaction, key)?;
    let (number, link) = events::last(&transaction)?;
    let mut whole = Vec::new();
    for list in List::ALL {
        let was = before.and_then(|before| before.get(&list));
        if !last_set.lists || was.map_or(Ok(false), |was| list.is(&transaction, key, was))? {
            whole.push(list);
        }
    }
    last_set.lists = true;
    events::write_head(&transaction, key, (number, &link), &last_set)?;
    for list in whole {
        list.sign(&transaction, key, number)?;
    }
    Ok(transaction.commit()?)
}

/// The lists that are as the node wrote them.
pub(super) fn whole(connection: &Connection, key: &NodeKey) -> Result<Vec<List>, Error> {
    let suspects = suspects(connection, key)?;
    Ok(List::ALL.into_iter().filter(|list| !suspects.contains(list)).collect())
}

/// Signs lists with another key of the node, once everything else is sealed with it.
pub(super) fn sign_anew(transaction: &Transaction<'_>, new: &NodeKey, whole: &[List]) -> Result<(), Error> {
    let (last, _) = events::last(transaction)?;
    whole.iter().try_for_each(|list| list.sign(transaction, new, last))
}

#[cfg(test)]
impl Store {
    /// An edit that is signed as if the node had made it: what nobody can who has not the node's key.
    pub(crate) fn danger_change_unseen(&mut self, edit: &str) -> Result<(), Error> {
        self.change(certway_core::Time::from_unix(0), "nobody", |change| {
            change.transaction.execute_batch(edit)?;
            change.written.touch_all();
            Ok(((), super::Entry::new("nothing", "")))
        })
    }
}

#[cfg(test)]
mod tests {
    use certway_core::Time;
    use certway_wire::users::Role;

    use super::*;
    use crate::store::events::LastSet;
    use crate::store::{Entry, Token};

    const NOW: Time = Time::from_unix(0);

    fn open(folder: &tempfile::TempDir) -> Store {
        let key = NodeKey::read_or_create(&folder.path().join("node.key")).unwrap();
        Store::open::<Error>(&folder.path().join("certway.db"), |_, _| Ok(vec![key])).unwrap()
    }

    fn founded() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(&folder);
        let found = |change: &Change<'_>| {
            change.found_node(b"a temporary CA")?;
            change.set_administrator("admin", b"salt", b"hash")?;
            Ok::<_, Error>(((), Entry::new("node-founded", "for the tests")))
        };
        store.change(NOW, "node", found).unwrap();
        (folder, store)
    }

    /// Another process that writes into the file.
    fn edit(folder: &tempfile::TempDir, sql: &str) {
        Connection::open(folder.path().join("certway.db")).unwrap().execute_batch(sql).unwrap();
    }

    const NEW_HASH: &str = "UPDATE users SET hash = x'00'";

    #[test]
    fn an_edit_shows_before_the_next_change_could_sign_it_and_until_the_list_is_written_anew() {
        let (folder, mut store) = founded();
        assert_eq!(store.suspects().unwrap(), []);
        edit(&folder, NEW_HASH);
        let set = |change: &Change<'_>| {
            change.set_administrator("admin", b"salt", b"another")?;
            Ok::<_, Error>(((), Entry::new("set", "")))
        };
        assert!(matches!(store.change(NOW, "admin", set), Err(Error::Suspect(List::Users))));
        assert!(store.user("admin").unwrap().is_none());
        store.record(NOW, "admin", Entry::new("something", "else")).unwrap();
        assert_eq!(store.suspects().unwrap(), [List::Users]);
        let anew = |change: &Change<'_>| {
            change.forget_suspect_users()?;
            set(change)
        };
        store.change(NOW, "admin", anew).unwrap();
        assert_eq!(store.suspects().unwrap(), []);
        assert_eq!(store.user("admin").unwrap().unwrap().hash, b"another");
        assert_eq!(open(&folder).suspects().unwrap(), []);
    }

    #[test]
    fn tokens_that_were_changed_let_nobody_in_until_all_are_forgotten() {
        let (folder, mut store) = founded();
        let token = |name: &str, hash: &[u8]| {
            let named = (name.to_owned(), hash.to_vec());
            Token::new(named, "admin", name.to_owned(), Role::Operator, (NOW, NOW))
        };
        let make = |token: Token| {
            move |change: &Change<'_>| {
                change.add_token(&token)?;
                Ok::<_, Error>(((), Entry::new("made", "")))
            }
        };
        store.change(NOW, "admin", make(token("one", b"1"))).unwrap();
        assert!(store.token(b"1").unwrap().is_some());
        edit(&folder, "UPDATE tokens SET scope = 'administrator'");
        assert_eq!(store.suspects().unwrap(), [List::Tokens]);
        assert!(store.token(b"1").unwrap().is_none() && store.tokens().unwrap().is_empty());
        assert!(store.user("admin").unwrap().is_some());
        let refused = store.change(NOW, "admin", make(token("two", b"2")));
        assert!(matches!(refused, Err(Error::Suspect(List::Tokens))));
        let forget = |change: &Change<'_>| {
            change.forget_suspect_users()?;
            Ok::<_, Error>(((), Entry::new("forgotten", "")))
        };
        store.change(NOW, "admin", forget).unwrap();
        assert_eq!(store.suspects().unwrap(), []);
        assert!(store.token(b"1").unwrap().is_none());
        store.change(NOW, "admin", make(token("two", b"2"))).unwrap();
        // They name users, so they go with them.
        edit(&folder, NEW_HASH);
        store.change(NOW, "admin", forget).unwrap();
        assert!(store.user("admin").unwrap().is_none() && store.token(b"2").unwrap().is_none());
        assert_eq!(store.suspects().unwrap(), []);
    }

    #[test]
    fn another_key_signs_what_is_whole_and_nothing_else() {
        let (folder, mut store) = founded();
        edit(&folder, NEW_HASH);
        let key = NodeKey::random().unwrap();
        store.change_key(NOW, "admin", NodeKey::from_secret(key.secret()).unwrap()).unwrap();
        assert_eq!(suspects(&store.connection, &key).unwrap(), [List::Users]);
        assert!(store.check_events().unwrap().is_ok());
    }

    #[test]
    fn lists_of_a_store_from_before_are_signed_as_they_are() {
        let (folder, store) = founded();
        let (last, link) = events::last(&store.connection).unwrap();
        let before = LastSet { whole: true, ..LastSet::default() };
        events::write_head(&store.connection, &store.key, (last, &link), &before).unwrap();
        store.connection.execute_batch("DELETE FROM lists").unwrap();
        drop(store);
        edit(&folder, NEW_HASH);
        let store = open(&folder);
        assert_eq!(store.suspects().unwrap(), []);
        edit(&folder, "DELETE FROM users");
        assert_eq!(store.suspects().unwrap(), [List::Users]);
        drop(store);
        assert_eq!(open(&folder).suspects().unwrap(), [List::Users], "what is signed once is not adopted again");
    }

    #[test]
    fn another_format_takes_over_what_was_whole_and_nothing_else() {
        for (tampering, suspect) in [("", vec![]), (NEW_HASH, vec![List::Users])] {
            let (_folder, mut store) = founded();
            store.connection.execute_batch(tampering).unwrap();
            let before = digests(&store.connection);
            let step = "ALTER TABLE users ADD COLUMN more INTEGER NOT NULL DEFAULT 0;
                 ALTER TABLE crls ADD COLUMN more INTEGER NOT NULL DEFAULT 0";
            store.connection.execute_batch(step).unwrap();
            adopt(&mut store.connection, &store.key, Some(&before)).unwrap();
            assert_eq!(suspects(&store.connection, &store.key).unwrap(), suspect, "{tampering}");
        }
    }
}
