//! The event log: found, exported, verified.

use std::sync::Arc;

use certway_wire::node::{Event, EventLog};

use super::error::Error;
use super::{App, ClusterRefusal, blocking};
use crate::clock;
use crate::cluster::Head;
use crate::seal::to_hex;
use crate::store::{self, Entry, Wanted};

/// How many events an export reads at once.
const PORTION: u32 = 1000;

impl App {
    /// The latest `limit` of the events that are wanted, latest first.
    pub(crate) fn events(&self, wanted: &Wanted, limit: u32) -> Result<Vec<Event>, Error> {
        let events = self.store().events(wanted, limit)?;
        Ok(events.into_iter().map(shown).collect())
    }

    /// What is wanted, of what there is now: what happens during an export is not in it.
    pub(crate) fn until_now(&self, wanted: Wanted) -> Result<Wanted, Error> {
        let end = self.store().event_head()?.0.saturating_add(1);
        Ok(Wanted { before: Some(wanted.before.map_or(end, |before| before.min(end))), ..wanted })
    }

    /// The first of the events that are wanted, in their order: so many that the node does other things between two portions.
    pub(crate) fn portion_of_events(&self, wanted: &Wanted) -> Result<Vec<Event>, Error> {
        let events = self.store().first_events(wanted, PORTION)?;
        Ok(events.into_iter().map(shown).collect())
    }

    /// Whether the log is whole, and whether it is what the cluster knows of it.
    pub(crate) async fn verify_events(self: &Arc<Self>) -> Result<EventLog, Error> {
        let app = Arc::clone(self);
        let (mut log, records) = blocking(move || Ok((app.verify_own_events()?, app.records()?))).await?;
        let Some(records) = records else { return Ok(log) };
        match records.head(&self.name).await {
            Ok(head) => {
                let app = Arc::clone(self);
                let against = blocking(move || app.against_cluster(head)).await?;
                log.cluster = Some(against.clone().map_or("The cluster knows of no later event.".to_owned(), |what| {
                    format!("The cluster knows another log of this node: {what}.")
                }));
                if let (true, Some(what)) = (log.whole, against) {
                    log.whole = false;
                    log.message = format!("The log was put back to what it once was: {what}.");
                }
            }
            Err(error) => log.cluster = Some(format!("The cluster could not be asked: {error}.")),
        }
        Ok(log)
    }

    fn verify_own_events(&self) -> Result<EventLog, Error> {
        let checked = self.store().check_events()?;
        let log = |whole, message, first: i64, last: i64, digest: &[u8]| EventLog {
            whole,
            message,
            first: first.unsigned_abs(),
            last: last.unsigned_abs(),
            digest: to_hex(digest).to_string(),
            cluster: None,
        };
        Ok(match checked {
            Ok(kept) => {
                let message = format!("Events {} to {} are as the node wrote them.", kept.first, kept.last);
                log(true, message, kept.first, kept.last, &kept.digest)
            }
            Err(what) => {
                let (last, digest) = self.store().event_head()?;
                log(false, format!("The log was changed behind the node's back: {what}."), 0, last, &digest)
            }
        })
    }

    /// What stands against this node's log, if this is the head that the cluster knows.
    pub(super) fn against_cluster(&self, head: Option<Head>) -> Result<Option<String>, Error> {
        let joined_at = self.cluster.joined_at(&self.name);
        // A node that was removed and has joined again begins anew.
        let Some(head) = head.filter(|head| Some(head.joined_at) == joined_at) else { return Ok(None) };
        Ok(self.store().has_had(head.number, &head.digest)?.err())
    }

    /// Makes the log as it is the one that the cluster knows.
    pub(crate) async fn accept_events(self: &Arc<Self>, actor: String) -> Result<EventLog, Error> {
        let app = Arc::clone(self);
        let (records, head) = blocking(move || {
            let records = app.records()?.ok_or(ClusterRefusal::NotMember)?;
            app.store().record(clock::now(), &actor, Entry::new("event-log-accepted", "as it is"))?;
            Ok((records, app.own_head()?))
        })
        .await?;
        if let Some(head) = head {
            records.keep_head(&self.name, &head).await?;
        }
        self.cluster.own_log_is_known(&self.name);
        let app = Arc::clone(self);
        blocking(move || {
            app.look_again();
            Ok(())
        })
        .await?;
        self.verify_events().await
    }

    /// The head of this node's log, as the cluster is told of it.
    pub(super) fn own_head(&self) -> Result<Option<Head>, store::Error> {
        let Some(joined_at) = self.cluster.joined_at(&self.name) else { return Ok(None) };
        let (number, digest) = self.store().event_head()?;
        Ok(Some(Head { number, digest, joined_at }))
    }
}

fn shown(event: store::Event) -> Event {
    Event {
        number: event.number.unsigned_abs(),
        at: event.at.to_string(),
        actor: event.actor,
        action: event.action,
        details: event.details,
        address: event.address,
        digest: to_hex(&event.digest).to_string(),
    }
}
