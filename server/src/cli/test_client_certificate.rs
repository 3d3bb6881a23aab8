//! `certway test-client-certificate`: would the node take it, and whom does it name.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::sign_in::ClientCertificateTest;
use clap::Args;

use super::check::Format;
use super::input::read;
use super::local::Local;
use super::text::{Page, Tone, path, print_json};
use super::verify::reasons;
use crate::node;

/// Test a client certificate against the node's trusted CA list and revocation lists. Nothing of it is kept.
///
/// Works while the node runs, on the node itself only. Exit status: 0 it would be taken, 1 the node is not there, 2 it would not be
/// taken, names nobody, or names no user of the node where certificates alone sign administrators in, 64 usage, 66 the file cannot be read.
#[derive(Args)]
pub(super) struct TestClientCertificate {
    /// A regular expression with named groups, in place of the one that is set; empty, nobody asks for a user name.
    #[arg(long)]
    expression: Option<String>,
    /// What the user name is put together from, in place of what is set: `#group#` stands for what a named group caught.
    #[arg(long)]
    template: Option<String>,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The certificate, PEM or DER; - is standard input. Others in the file help to build its path.
    file: PathBuf,
    #[command(flatten)]
    node: Local,
}

impl TestClientCertificate {
    pub(super) fn run(self) -> ExitCode {
        let file = match read(&self.file) {
            Ok(file) => file,
            Err(unreadable) => return unreadable.report(),
        };
        let config = match self.node.config() {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        let test = match node::test_client_certificate(&config, &file, self.expression, self.template) {
            Ok(test) => test,
            Err(error) => return super::fail(&error),
        };
        match self.format {
            Format::Json => print_json(&test),
            Format::Text => print(&test),
        }
        let names_nobody = test.user_name.as_ref().is_some_and(|user| user.name.is_none());
        if test.verification.valid && !names_nobody && test.against_sign_in.is_none() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        }
    }
}

fn print(test: &ClientCertificateTest) {
    let mut page = Page::new();
    let verdict = match &test.against_sign_in {
        _ if !test.verification.valid => page.paint(Tone::Bad, "It would not be taken."),
        Some(why) => {
            let why = why.escape_debug();
            page.paint(Tone::Bad, &format!("It would not be taken: it is valid, but {why}."))
        }
        None => page.paint(Tone::Good, "It would be taken."),
    };
    page.line(verdict);
    path(&mut page, &test.verification.path);
    reasons(&mut page, &test.verification.reasons);
    if let Some(said) = &test.ocsp {
        page.line(format!("Its responder (OCSP) says: {}.", said.message));
    }
    if let Some(user) = &test.user_name {
        page.line("");
        match (&user.name, &user.reason) {
            (Some(name), _) if user.exists => page.line(format!("It names the user '{}'.", name.escape_debug())),
            (Some(name), _) => page.line(format!("It names '{}', and there is no such user.", name.escape_debug())),
            (None, reason) => page.line(format!("It names nobody: {}", reason.as_deref().unwrap_or_default())),
        }
        for group in &user.groups {
            page.field(&group.name, group.value.as_deref().unwrap_or_default().escape_debug().to_string());
        }
        page.line("");
        page.line("The expression is matched against:");
        // Names are a stranger's: what a terminal would act on is written out.
        for line in test.text.lines() {
            page.line(line.escape_debug().to_string());
        }
    }
    page.print();
}
