//! An ACME provider, seen from a client (RFC 8555): its directory, accounts, orders, what it says when it refuses. Knows
//! neither store nor judge; the messages are instant-acme's.

mod alpn;
mod challenges;
mod directory;
mod dns_hook;
mod order;
mod providers;
mod transport;
mod words;

pub(crate) use challenges::Challenges;
pub(crate) use directory::{
    connect, deactivate, look_up, new_key, read_hmac_key, register, register_bound, revoke, roll_over,
};
pub(crate) use dns_hook::DnsHook;
pub(crate) use order::{Issuing, renewal_id, renewal_window};
pub(crate) use providers::{Provider, providers, roots};
pub(crate) use transport::Transport;
pub(crate) use words::{Failure, Kind};
