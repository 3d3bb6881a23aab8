//! The machine, explored and simulated: `docs/campaigns.md` has the figures of the long runs.

#![expect(clippy::print_stdout, reason = "how many states were seen, and how long it took, is for people to read")]

mod planning;
mod walk;
mod explore;
mod simulate;
mod planted;
mod fleet;
mod invariants;
mod world;
mod scenario;
mod pki;
mod random;
