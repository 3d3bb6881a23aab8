//! Certway: the node and the command line in one binary.
//!
//! `http -> app -> {store, tls, fetch, acme, publish, deliver}`: a handler of `http` reads a request and writes an answer, `app` decides and orders the
//! steps, `store` keeps, `tls` serves. `http` never touches `store`; `store` takes only what `certway-core` has accepted.

mod cli;
mod node;
mod control;
mod config;
mod data_dir;
mod seal;
mod sealed_key;
mod passphrase;
mod totp;
mod signing;
mod csr;
mod csr_files;
mod temporary;
mod backup;
mod import;
mod clock;
#[cfg(test)]
mod draw;
mod command;
mod verification;
mod http;
mod app;
mod store;
mod tls;
mod fetch;
mod acme;
mod publish;
mod deliver;
mod peers;
mod cluster;

fn main() -> std::process::ExitCode {
    cli::run()
}
