//! The command line: one subcommand, one file of `cli/`.

mod serve;
mod config;
mod reset_password;
mod csr;
mod crls;
mod acme;
mod alarms;
mod security_level;
mod tls_profile;
mod users;
mod tokens;
mod change;
mod cluster;
mod services;
mod events;
mod change_node_key;
mod backup;
mod import;
mod restore;
mod check;
mod verify;
mod what_breaks;
mod connect;
mod test_client_certificate;
mod forecast;
mod show;
mod repair;
mod reference;
mod local;
mod options;
mod answer;
mod agreement;
mod input;
mod text;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit status of a command line that cannot be understood (`EX_USAGE`).
const USAGE: u8 = 64;

/// Judges server certificates, private keys and trusted CA lists, keeps them, and serves TLS with them.
#[derive(Parser)]
#[command(name = "certway", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Config(config::ConfigCommand),
    ResetPassword(reset_password::ResetPassword),
    Csr(csr::Csr),
    Crls(crls::Crls),
    Acme(acme::Acme),
    Alarms(alarms::Alarms),
    SecurityLevel(security_level::SecurityLevelCommand),
    TlsProfile(tls_profile::TlsProfileCommand),
    Users(users::Users),
    Tokens(tokens::Tokens),
    Services(services::Services),
    Events(events::Events),
    Cluster(cluster::Cluster),
    Change(change::Change),
    ChangeNodeKey(change_node_key::ChangeNodeKey),
    Import(import::Import),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Check(check::Check),
    Verify(verify::Verify),
    TestClientCertificate(test_client_certificate::TestClientCertificate),
    Connect(connect::Connect),
    WhatBreaks(what_breaks::WhatBreaksCommand),
    Forecast(forecast::ForecastCommand),
    Show(show::Show),
    Repair(repair::Repair),
    Completions(reference::Completions),
    Man(reference::Man),
}

/// Does what the command line asks for.
pub(crate) fn run() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // A closed terminal is no reason to say anything more.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match line.command {
        Command::Serve(serve) => serve.run(),
        Command::Config(config) => config.run(),
        Command::ResetPassword(reset) => reset.run(),
        Command::Csr(csr) => csr.run(),
        Command::Crls(crls) => crls.run(),
        Command::Acme(acme) => acme.run(),
        Command::Alarms(alarms) => alarms.run(),
        Command::SecurityLevel(level) => level.run(),
        Command::TlsProfile(profile) => profile.run(),
        Command::Users(users) => users.run(),
        Command::Tokens(tokens) => tokens.run(),
        Command::Services(services) => services.run(),
        Command::Events(events) => events.run(),
        Command::Cluster(cluster) => cluster.run(),
        Command::Change(change) => change.run(),
        Command::ChangeNodeKey(change) => change.run(),
        Command::Import(import) => import.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Check(check) => check.run(),
        Command::Verify(verify) => verify.run(),
        Command::TestClientCertificate(test) => test.run(),
        Command::Connect(connect) => connect.run(),
        Command::WhatBreaks(what_breaks) => what_breaks.run(),
        Command::Forecast(forecast) => forecast.run(),
        Command::Show(show) => show.run(),
        Command::Repair(repair) => repair.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

/// Says on standard error why a command could not do its work.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut message = format!("certway: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        message.push_str(": ");
        message.push_str(&next.to_string());
        cause = next.source();
    }
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod documented;
