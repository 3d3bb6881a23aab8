//! `certway connect`: how another server receives the node.

use std::process::ExitCode;

use certway_wire::Verification;
use certway_wire::node::{Peer, Reception};
use clap::Args;
use hyper::Method;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::{Page, Tone, path};
use super::verify::reasons;

const TRY: &str = "/api/v1/client-certificate/try";

/// Connect to a server as the node does, show the client certificate if it asks for one, send nothing, and say how it went.
///
/// The server's chain is judged with the node's trusted CA list, and so is the node's own; if responders (OCSP) are asked, so is
/// the one of the server's certificate. Works while the node runs, on the node itself
/// only. Exit status: 0 connected, and its certificate is trusted; 1 the node is not there; 2 not connected or not trusted; 64 usage.
#[derive(Args)]
pub(super) struct Connect {
    /// The server: HOST:PORT, an address of IPv6 in brackets.
    #[arg(value_name = "HOST:PORT", value_parser = server)]
    server: (String, u16),
    /// What the server is asked for and what its certificate must name; the host, if left out.
    #[arg(long, value_name = "NAME")]
    verify_name: Option<String>,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

fn server(text: &str) -> Result<(String, u16), String> {
    let wanted = || "HOST:PORT is wanted, such as peer.example.com:5061".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(wanted)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port: u16 = port.parse().map_err(|_| wanted())?;
    // More than one address would be without brackets.
    if bare.is_empty() || (bare.contains(':') && bare.len() == host.len()) {
        Err(wanted())
    } else {
        Ok((bare.to_owned(), port))
    }
}

impl Connect {
    pub(super) fn run(self) -> ExitCode {
        let node = match self.node.control() {
            Ok(node) => node,
            Err(error) => return super::fail(&*error),
        };
        let (host, port) = self.server;
        let peer = Peer { host, port, verify_name: self.verify_name };
        let answer = match node.send(Method::POST, TRY, &peer) {
            Ok(answer) => answer,
            Err(error) => return super::fail(&error),
        };
        let said = answer::say(&answer, self.format, print);
        if answer::read(&answer).is_ok_and(|reception| is_fine(&reception)) { said } else { ExitCode::from(2) }
    }
}

/// A server that is revoked is as good as not trusted.
fn is_fine(reception: &Reception) -> bool {
    let trusted = reception.server.as_ref().is_some_and(|server| server.valid);
    reception.connected && trusted && reception.ocsp.as_ref().is_none_or(|ocsp| !ocsp.revoked)
}

fn print(page: &mut Page, reception: &Reception) {
    let verdict = if reception.connected {
        page.paint(Tone::Good, "Connected.")
    } else {
        page.paint(Tone::Bad, "Not connected.")
    };
    page.line(verdict);
    page.field("Protocol", reception.protocol.as_deref().unwrap_or_default());
    page.field("Failure", reception.failure.as_deref().unwrap_or_default());
    page.field("Asked for a certificate", if reception.asked_for_certificate { "yes" } else { "no" });
    page.field("Was shown one", if reception.certificate_shown { "yes" } else { "no" });
    for (title, chain) in [("Their chain", &reception.server), ("Our chain", &reception.own)] {
        let Some(chain) = chain else { continue };
        page.line("");
        print_chain(page, title, chain);
    }
    if let Some(ocsp) = &reception.ocsp {
        page.line("");
        let tone = if ocsp.ok && !ocsp.revoked { Tone::Good } else { Tone::Bad };
        let said = page.paint(tone, &ocsp.message);
        page.line(format!("Their responder (OCSP), {}: {said}", ocsp.url));
    }
}

fn print_chain(page: &mut Page, title: &str, chain: &Verification) {
    let verdict = if chain.valid { page.paint(Tone::Good, "trusted") } else { page.paint(Tone::Bad, "not trusted") };
    page.line(format!("{title}: {verdict}"));
    path(page, &chain.path);
    reasons(page, &chain.reasons);
}
