//! What depends on the trusted CA list: what a deletion would break, and how long it can be undone.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::decoded::PathLink;

/// A deletion that can still be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Undo {
    /// How many certificates would come back.
    pub count: u32,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dependent {
    /// The server certificate that is served.
    ServerActive,
    /// The server certificate that waits.
    ServerPending,
    /// The server certificate before the active one.
    ServerPrevious,
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
