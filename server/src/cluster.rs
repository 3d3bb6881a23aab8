//! The cluster: what its nodes share, kept in etcd.
//!
//! ```text
//! certway/ID/doc/NAME      a shared document, sealed         (store/shared.rs says which there are)
//! certway/ID/blob/SHA256/N a piece of a certificate or revocation list that documents name
//! certway/ID/alive/NODE    how a node stands, sealed, gone when the node is
//! certway/ID/head/NODE     the latest event of its log, sealed, kept while the node is away
//! certway/cluster          which cluster etcd keeps: one
//! certway/ID/change/plan   the latest change of the cluster's certificates, sealed
//! certway/ID/change/standing  where it stands, and its log, sealed
//! certway/ID/leader        who leads it, gone when that node is
//! certway/join/TOKEN       with which a node joins, sealed for who has the token, gone when it was used or is too old
//! ```
//!
//! Everything sealed opens only with the cluster's key and at its own place, so who can only write to etcd changes nothing. That an
//! old document is put back shows by its number. Private keys are never here.

pub(crate) mod etcd;
mod records;
mod changes;
mod join;
mod sweep;

pub(crate) use changes::{LatestChange, Planned, Standing};
pub(crate) use join::{JoinError, Joined, Token, join};
pub(crate) use records::{Alive, Head, Keeper, Kept, Records, lacks};
pub(crate) use sweep::SWEEP;
