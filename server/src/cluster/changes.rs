//! The change of the cluster's certificates in etcd: the plan, where it stands, and who leads it.

use std::collections::BTreeMap;

use certway_rollout::{CaId, CredentialId, Entry, Plan, State};
use serde::{Deserialize, Serialize};

use super::etcd::{Error, Pair, Transacted, Write};
use super::records::Records;

/// A change, and all that nodes need to judge each other in it. It does not move once the change has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    /// What nodes serve, PEM, leaf first.
    pub(crate) credentials: BTreeMap<CredentialId, String>,
    /// What nodes show as clients, by their names, where that is not what they serve. PEM.
    pub(crate) clients: BTreeMap<String, String>,
    /// The CAs that are appended or deleted, PEM.
    pub(crate) cas: BTreeMap<CaId, String>,
    /// Who began it.
    pub(crate) by: String,
    /// When: seconds since 1970.
    pub(crate) at: i64,
}

/// Where a change stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Number of the change.
    pub(crate) change: u64,
    pub(crate) state: State,
    pub(crate) log: Vec<Entry>,
}

/// The latest change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LatestChange {
    pub(crate) planned: Planned,
    pub(crate) standing: Standing,
    /// Under which plan and standing are kept.
    revisions: (i64, i64),
}

impl Records {
    /// What the keys of the change begin with.
    pub(crate) fn changes(&self) -> String {
        self.place("change/")
    }

    fn plan_key(&self) -> String {
        self.place("change/plan")
    }

    fn standing_key(&self) -> String {
        self.place("change/standing")
    }

    fn leader_key(&self) -> String {
        self.place("leader")
    }

    /// The latest change, if there was one, as the cluster's nodes wrote it.
    pub(crate) async fn latest_change(&self) -> Result<Option<LatestChange>, Error> {
        let pairs = self.etcd.get_all(&[self.plan_key(), self.standing_key()]).await?;
        let [plan, standing] = pairs.as_slice() else { return Ok(None) };
        let read = || {
            let planned: Planned = serde_json::from_slice(&self.open(plan)?).ok()?;
            let standing_now: Standing = serde_json::from_slice(&self.open(standing)?).ok()?;
            // Between the two reads another change may have begun.
            let of_one = planned.plan.change == standing_now.change;
            of_one.then_some(LatestChange {
                planned,
                standing: standing_now,
                revisions: (plan.revision, standing.revision),
            })
        };
        Ok(read())
    }

    fn open(&self, pair: &Pair) -> Option<Vec<u8>> {
        self.key().open(pair.key.as_bytes(), &pair.value).ok().map(|plain| plain.to_vec())
    }

    fn put(&self, key: String, value: &impl Serialize) -> Write {
        let plain = serde_json::to_vec(value).unwrap_or_default();
        Write::Put { value: self.key().seal(key.as_bytes(), &plain), key, lease: None }
    }

    /// Begins a change, if `latest` is still the latest one.
    pub(crate) async fn begin_change(
        &self,
        latest: Option<&LatestChange>,
        planned: &Planned,
        standing: &Standing,
    ) -> Result<Transacted, Error> {
        let (plan, state) = latest.map_or((0, 0), |latest| latest.revisions);
        let unchanged = [(self.plan_key(), plan), (self.standing_key(), state)];
        let writes = [self.put(self.plan_key(), planned), self.put(self.standing_key(), standing)];
        self.etcd.transact(&unchanged, &writes).await
    }

    /// Moves a change on, if nobody else has moved it since.
    pub(crate) async fn move_change(&self, latest: &LatestChange, standing: &Standing) -> Result<Transacted, Error> {
        let unchanged = [(self.plan_key(), latest.revisions.0), (self.standing_key(), latest.revisions.1)];
        self.etcd.transact(&unchanged, &[self.put(self.standing_key(), standing)]).await
    }

    /// Who leads the change, as far as the record is whole.
    pub(crate) async fn leader(&self) -> Result<Option<String>, Error> {
        let pair = self.etcd.get(&self.leader_key()).await?;
        Ok(pair.and_then(|pair| String::from_utf8(self.open(&pair)?).ok()))
    }

    /// Leads from now on as long as the lease lasts, unless somebody leads.
    pub(crate) async fn lead(&self, node: &str, lease: i64) -> Result<bool, Error> {
        let key = self.leader_key();
        let value = self.key().seal(key.as_bytes(), node.as_bytes());
        let put = Write::Put { key: key.clone(), value, lease: Some(lease) };
        Ok(matches!(self.etcd.transact(&[(key, 0)], &[put]).await?, Transacted::Done(_)))
    }
}
