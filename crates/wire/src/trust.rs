//! What depends on the trusted CA list: what a deletion would break, how long it can be undone, and what time
//! will bring.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::decoded::PathLink;

/// The latest deletion, or reset, that can still be undone. Others may follow once it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Undo {
    /// The names of the first three that would come back.
    pub names: Vec<String>,
    /// How many certificates would come back.
    pub count: u32,
    /// How many that a reset has added would go.
    pub goes: u32,
    /// Until when, RFC 3339.
    pub until: String,
}

/// What would happen if certificates were deleted from the trusted CA list. Nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhatBreaks {
    /// Everything whose path runs through one of them: first what breaks, then what holds by another path.
    pub affected: Vec<Affected>,
    /// Certificates of the list that bear the name of one of them.
    pub same_name: Vec<SameName>,
    /// How many other things were looked at and do not depend on them.
    pub unaffected: u32,
    /// What cannot be looked at and may depend on them as well, in sentences.
    pub notes: Vec<String>,
}

/// One thing whose path runs through a certificate that would be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Affected {
    /// What it is.
    pub what: Dependent,
    /// Its name: a subject distinguished name, the issuer of a revocation list, a server's host and port.
    pub name: String,
    /// Whether it still ends in the list afterwards, by another path.
    pub holds: bool,
    /// Its path now; empty for a revocation list.
    pub before: Vec<PathLink>,
    /// Its path afterwards; its last link is a missing one if it breaks. Empty for a revocation list.
    pub after: Vec<PathLink>,
    /// What becomes of it, in one sentence.
    pub consequence: String,
}

/// What depends on the trusted CA list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dependent {
    /// The server certificate that is served.
    ServerActive,
    /// The server certificate that waits.
    ServerPending,
    /// The server certificate before the active one.
    ServerPrevious,
    /// The server certificate that an ACME provider has signed and that is not deployed.
    ServerSigned,
    /// The client certificate that is shown.
    ClientActive,
    /// The client certificate that waits.
    ClientPending,
    /// The client certificate before the active one.
    ClientPrevious,
    /// A revocation list.
    Crl,
    /// A CA certificate that stays in the list.
    TrustedCa,
    /// A server that the node has connected to.
    Peer,
    /// A node of the cluster, as the others verify it.
    Node,
}

/// A certificate of the list that bears the name of one that would be deleted: a chain may end in it afterwards, if it has the
/// same key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SameName {
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub fingerprint: String,
    /// The subject that both bear.
    pub subject: String,
    /// Whether it has the same key, so that it can stand in.
    pub same_key: bool,
}

/// What time will bring if nothing else changes: which certificate, CA, revocation list or alarm turns when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// The time from which it looks ahead, RFC 3339.
    pub now: String,
    /// The turns, the next one first.
    pub turns: Vec<Turn>,
    /// The other nodes of the cluster, by their names; none if the node is in none. What nodes share is among the turns above.
    pub others: Vec<OtherNode>,
}

/// What ends at another node of the cluster, as it last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherNode {
    /// Its FQDN.
    pub name: String,
    /// When it said so, RFC 3339; null if it was not heard of since the node that answers was started.
    pub said_at: Option<String>,
    /// Why that may be out of date, or is missing; null while the node is heard of.
    pub note: Option<String>,
    /// The ends of its server and its client certificate, the next one first.
    pub turns: Vec<Turn>,
}

/// Something begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Turn {
    /// When, RFC 3339.
    pub at: String,
    /// What turns.
    pub what: Turning,
    /// Its name: a subject or issuer distinguished name, the id of an alarm.
    pub name: String,
    /// Whether its validity begins, or the alarm is raised; else that ends.
    pub begins: bool,
    /// What happens, in one sentence.
    pub message: String,
}

/// What may turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Turning {
    /// A certificate that the node keeps, or one of its chain.
    Certificate,
    /// A certificate of the trusted CA list.
    TrustedCa,
    /// A revocation list.
    Crl,
    /// An alarm.
    Alarm,
}

/// The feed by which calendar programs read the same, `/calendar.ics`, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarFeed {
    /// Where it is, at the node's address.
    pub path: String,
    /// The user name that goes with its password.
    pub user: String,
    /// When its password was made, RFC 3339; null if there is none.
    pub made_at: Option<String>,
    /// By whom.
    pub made_by: Option<String>,
}

/// A new password of the feed. It is told this once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCalendarFeed {
    /// Where the feed is, at the node's address.
    pub path: String,
    /// The user name.
    pub user: String,
    /// The password, which allows nothing but to read the feed.
    pub password: String,
}

impl core::fmt::Debug for NewCalendarFeed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NewCalendarFeed").field("path", &self.path).finish_non_exhaustive()
    }
}
