//! Path validation held against cases from outside: NIST's PKITS and C2SP's x509-limbo.
//!
//! They are no part of this project: `CERTWAY_CONFORMANCE` names the folder that has them (`pkits/pkits.json`,
//! `limbo*.json`). Without it these tests say that they were not run. Where we knowingly differ, `ledger/limbo.txt` says why.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::print_stdout, reason = "how many cases were right, or that none was run, is for people to read")]

mod conformance {
    pub(crate) mod limbo;
    pub(crate) mod pkits;
}

use std::path::PathBuf;

/// The folder of cases, or a line that says that there is none.
fn cases() -> Option<PathBuf> {
    let folder = std::env::var_os("CERTWAY_CONFORMANCE").map(PathBuf::from);
    if folder.is_none() {
        println!("NOT RUN: CERTWAY_CONFORMANCE does not name a folder of cases.");
    }
    folder
}

#[test]
fn pkits_gets_every_entry_right() {
    if let Some(folder) = cases() {
        conformance::pkits::run(&folder.join("pkits"));
    }
}

#[test]
fn limbo_differs_only_where_the_ledger_says_why() {
    if let Some(folder) = cases() {
        conformance::limbo::run(&folder);
    }
}
