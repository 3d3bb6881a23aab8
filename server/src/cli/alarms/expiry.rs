//! `certway alarms expiry`: on which days it is warned of what ends.

use std::process::ExitCode;

use certway_wire::alarms::ExpiryWarnings;
use clap::Args;
use hyper::Method;

use super::super::answer;
use super::super::check::Format;
use super::super::text::Page;
use crate::control::{self, Control};

const EXPIRY: &str = "/api/v1/alarms/expiry-warnings";

#[derive(Args)]
pub(super) struct Expiry {
    /// Days before the end of the server certificate, separated by commas; `none` for no warning.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    server: Option<Days>,
    /// The same of the client certificate.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    client: Option<Days>,
    /// The same of CA certificates.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    ca: Option<Days>,
    /// The same of revocation lists.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    crl: Option<Days>,
}

/// Days before an end.
#[derive(Clone)]
struct Days(Vec<u32>);

fn days(text: &str) -> Result<Days, String> {
    if text == "none" {
        return Ok(Days(Vec::new()));
    }
    let days = text.split(',').map(|day| day.trim().parse()).collect::<Result<_, _>>();
    days.map(Days).map_err(|_| "give numbers of days separated by commas, such as 30,7,1, or none".to_owned())
}

impl Expiry {
    pub(super) fn apply(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        let answer = node.get(EXPIRY)?;
        if [&self.server, &self.client, &self.ca, &self.crl].iter().all(|days| days.is_none()) {
            return Ok(answer::say(&answer, format, expiry));
        }
        let mut set: ExpiryWarnings = match answer::read(&answer) {
            Ok(set) => set,
            Err(refusal) => return Ok(refusal.say(format)),
        };
        let fields = [
            (&mut set.server_certificate, self.server),
            (&mut set.client_certificate, self.client),
            (&mut set.ca_certificates, self.ca),
            (&mut set.crls, self.crl),
        ];
        for (field, wanted) in fields {
            if let Some(Days(days)) = wanted {
                *field = days;
            }
        }
        Ok(answer::say(&node.send(Method::PUT, EXPIRY, &set)?, format, expiry))
    }
}

fn expiry(page: &mut Page, set: &ExpiryWarnings) {
    page.line("Days before its end on which it is warned of what ends:");
    for (name, days) in [
        ("Server", &set.server_certificate),
        ("Client", &set.client_certificate),
        ("CAs", &set.ca_certificates),
        ("CRLs", &set.crls),
    ] {
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        page.field(name, if days.is_empty() { "never".to_owned() } else { days.join(", ") });
    }
}
