//! The change of server certificates across the nodes of a cluster, as a pure state machine.
//!
//! ```text
//! cluster + what is wanted --propose--> plan --begin--> state --apply(event)--> state + commands + log
//! ```
//!
//! The procedure is the specification's, 'Changing an existing server certificate': the new CA on all nodes, Permissive
//! if it was Enforce, the new certificate on every node, restarts one at a time, Enforce again, old CAs deleted.
//! [`propose`] computes who would verify whom after each step, and offers an order that never needs Permissive where
//! there is one. [`State::apply`] does the rest: a canary first, confirm or revert, the former certificate back where a
//! node does not recover, roll back and abort from any step, and Permissive closed again by itself, by the leader or by
//! each node's own [`Agent`].
//!
//! What holds, whoever crashes and whatever is lost, late or repeated (`tests/rollout` explores it):
//! - No node is in Enforce while it would refuse a live peer.
//! - Permissive ends: in Enforce, or in an alarm that says why not ([`State::alarm`], [`DeadMan::Held`]).
//! - No more nodes restart at once than a wave has.
//! - The state is all there is: who takes over sends [`State::outstanding`], and goes on.
//!
//! What it does not do: no input or output, no clock, no randomness, no JSON. It sends nothing, and it validates no path:
//! whether a peer is verified is asked of a [`Verifier`].
//!
//! ```
//! use certway_rollout::*;
//!
//! struct ByRoot;
//! impl Verifier for ByRoot {
//!     fn verifies(&self, trusted: &[CaId], _verifier: &str, shown: Presented<'_>) -> Result<(), Vec<Reason>> {
//!         let root = shown.credential.0.split('/').next().unwrap_or_default();
//!         if trusted.contains(&root.into()) { Ok(()) } else { Err(vec![Reason(format!("{root} is not trusted"))]) }
//!     }
//! }
//!
//! let node = |name: &str| Node {
//!     name: name.into(),
//!     answers: true,
//!     left_out: None,
//!     serves: CredentialId(format!("old/{name}")),
//!     csr: true,
//!     waits: Some(CredentialId(format!("new/{name}"))),
//! };
//! let cluster = Cluster {
//!     nodes: vec![node("a"), node("b"), node("c")],
//!     primary: "a".into(),
//!     trusted: vec!["old".into()],
//!     mode: Mode::Enforce,
//! };
//! let wanted =
//!     Wanted { change: 1, append: vec!["new".into()], delete: vec!["old".into()], settings: Settings::default() };
//! let offer = propose(&cluster, &wanted, &ByRoot).unwrap();
//! assert!(offer.without_permissive.is_some(), "with the new CA everywhere, old and new verify");
//!
//! let plan = offer.specification;
//! let mut state = plan.begin(None).unwrap();
//! let elected = Event::Elected { node: plan.node("a").unwrap() };
//! let effects = state.apply(&plan, &elected, Time::from_unix(0)).unwrap();
//! assert_eq!(effects.commands.len(), 3, "each node is told to append the CA");
//! ```

#![no_std]
#![deny(missing_docs, clippy::unwrap_used)]

extern crate alloc;

mod machine;
mod plan;
mod state;
mod event;
mod command;
mod agent;
mod matrix;
mod verifier;
mod cluster;
mod settings;
mod log;
mod time;

pub use agent::{Agent, DeadMan, Receipt, refuses};
pub use cluster::{CaId, Cluster, CredentialId, LeftOut, Mode, Node, NodeId};
pub use command::{Action, Command};
pub use event::{Choice, Event, NotNow, Probe};
pub use log::{Entry, What};
pub use machine::Effects;
pub use matrix::Matrix;
pub use plan::{Forced, KeptCa, Lack, Missing, NotBegun, Offer, Order, Plan, PlannedNode, PlannedStep, Step, propose};
pub use settings::{Confirm, Settings, Wanted};
pub use state::{Direction, End, Hold, NodeState, Outcome, State, Stop, Trouble, Why, Work};
pub use time::Time;
pub use verifier::{Presented, Reason, Refused, Serving, Trust, Verifier};
