//! An etcd that has lost what is shared, or has an older state of it: a node gives back what it has.
//!
//! Revisions of two lives of an etcd say nothing about each other, so numbers decide then; and what is given back has numbers that no
//! node has seen.

use std::collections::{BTreeMap, BTreeSet};

use certway_core::Time;

use super::super::settings::Row as SettingRow;
use super::super::{Change, Entry, Error, List, Store};
use super::{CRLS, SETTING, SETTINGS, TOKENS, TRUSTED_CAS, USERS, Version, is_shared, version};

/// How far the numbers of what is given back are ahead of all that this node and etcd know: more changes than another node can have seen
/// that neither of them has.
const AHEAD: i64 = 1000;

impl Store {
    /// Forgets under which revisions it knows these documents: etcd has begun another life since.
    pub(crate) fn forget_revisions(&self, documents: &[String]) -> Result<(), Error> {
        let mut forget = self.connection.prepare("UPDATE shared SET revision = 0 WHERE document = ?1")?;
        documents.iter().try_for_each(|name| forget.execute([name]).map(drop))?;
        Ok(())
    }

    /// What is shared and is not here as the node wrote it, so that nobody else should get it.
    pub(crate) fn not_to_be_given(&self) -> Result<BTreeSet<String>, Error> {
        let lists = self.suspects()?.into_iter().map(List::name).filter(|name| is_shared(name)).map(str::to_owned);
        Ok(lists.chain(self.edited()?).collect())
    }

    /// Keeps all that this node has of what is shared for all nodes, whatever lies there: of that, revision and number by document.
    /// The plane must be one that restores.
    pub(crate) fn restore_shared(
        &mut self,
        now: Time,
        actor: &str,
        kept: &BTreeMap<String, (i64, i64)>,
    ) -> Result<(), Error> {
        self.change(now, actor, |change| {
            let documents = change.documents()?;
            for name in &documents {
                let (revision, number) = kept.get(name).copied().unwrap_or_default();
                let known = version(&change.transaction, name)?.map_or(0, |known| known.number);
                // Without what it was before, everything that it names goes again.
                let before = Version { revision, number: known.max(number) + AHEAD - 1, body: Vec::new() };
                before.write(&change.transaction, name)?;
                change.touched.0.borrow_mut().insert(name.clone());
            }
            Ok(((), Entry::new("shared-state-restored", documents.join(", "))))
        })
    }
}

impl Change<'_> {
    /// The names of all that this node has of what is shared.
    fn documents(&self) -> Result<Vec<String>, Error> {
        let lists = [TRUSTED_CAS, CRLS, USERS, TOKENS].map(str::to_owned);
        let settings = SettingRow::all(&self.transaction)?.into_iter().map(|row| row.name);
        let settings = settings.filter(|name| SETTINGS.contains(&name.as_str()));
        Ok(lists.into_iter().chain(settings.map(|name| format!("{SETTING}{name}"))).collect())
    }
}
