//! `certway alarms delivery|test|deliveries`: alarms out to people.

use std::path::PathBuf;
use std::process::ExitCode;

use certway_wire::delivery::{
    Channel, Delivery as Set, DeliveryRecord, DeliveryState, DeliveryTest, NewDelivery, SyslogTransport, TestDelivery,
};
use clap::{Args, ValueEnum};
use hyper::Method;

use super::super::answer::{self, Refusal};
use super::super::check::Format;
use super::super::input::read;
use super::super::text::{Page, Tone};
use crate::control::{self, Control};

const DELIVERY: &str = "/api/v1/alarms/delivery";
const TEST: &str = "/api/v1/alarms/delivery/test";
const LOG: &str = "/api/v1/alarms/deliveries";

#[derive(Args)]
pub(super) struct Delivery {
    /// JSON with `smtp`, `webhook`, `syslog`, `smtp_password`, `webhook_secret` (docs/handbook/alarms-out.md); - is standard input. A channel that is left out
    /// is switched off, a secret that is left out is kept.
    file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Test {
    /// Which one.
    channel: Which,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Smtp,
    Webhook,
    Syslog,
}

impl Delivery {
    pub(super) fn apply(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        let Some(file) = &self.file else {
            return Ok(answer::say(&node.get(DELIVERY)?, format, show));
        };
        let text = match read(file) {
            Ok(text) => text,
            Err(unreadable) => return Ok(unreadable.report()),
        };
        match serde_json::from_slice::<NewDelivery>(&text) {
            Ok(wanted) => Ok(answer::say(&node.send(Method::PUT, DELIVERY, &wanted)?, format, show)),
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                let detail = format!(
                    "The file is not the JSON that docs/handbook/alarms-out.md describes ({place}). Nothing was changed."
                );
                Ok(Refusal::new(detail).say(format))
            }
        }
    }
}

impl Test {
    pub(super) fn send(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        let channel = match self.channel {
            Which::Smtp => Channel::Smtp,
            Which::Webhook => Channel::Webhook,
            Which::Syslog => Channel::Syslog,
        };
        let answer = node.send(Method::POST, TEST, &TestDelivery { channel })?;
        let taken = answer::read::<DeliveryTest>(&answer).is_ok_and(|test| test.ok);
        let said = answer::say(&answer, format, |page: &mut Page, test: &DeliveryTest| {
            let (tone, word) = if test.ok { (Tone::Good, "taken") } else { (Tone::Bad, "not taken") };
            let word = page.paint(tone, word);
            page.line(format!("{word}: {}", test.message));
        });
        Ok(if taken { said } else { ExitCode::from(answer::REFUSED) })
    }
}

pub(super) fn log(node: &Control, format: Format) -> Result<ExitCode, control::Error> {
    Ok(answer::say(&node.get(LOG)?, format, |page: &mut Page, log: &Vec<DeliveryRecord>| {
        if log.is_empty() {
            page.line("No message was sent yet.");
        }
        for record in log {
            let (tone, word) = match record.state {
                DeliveryState::Waiting => (Tone::Warning, "waiting"),
                DeliveryState::Sent => (Tone::Good, "sent"),
                DeliveryState::Failed => (Tone::Bad, "not delivered"),
                DeliveryState::Dropped => (Tone::Bad, "dropped"),
            };
            let word = page.paint(tone, word);
            page.line(format!(
                "{} {}  {word}: {} {}",
                record.made_at,
                record.channel.name(),
                record.what,
                record.alarm
            ));
            page.field("Outcome", &record.outcome);
            page.field("Tried", if record.attempts > 1 { format!("{} times", record.attempts) } else { String::new() });
            page.field("Next", record.next_at.clone().unwrap_or_default());
        }
    }))
}

fn show(page: &mut Page, set: &Set) {
    if set.smtp.is_none() && set.webhook.is_none() && set.syslog.is_none() {
        page.line("Alarms are delivered to nobody.");
    }
    if let Some(smtp) = &set.smtp {
        page.line(format!("smtp: {}:{}", smtp.host, smtp.port));
        page.field("From", &smtp.from);
        page.field("To", smtp.to.join(", "));
        page.field("User", smtp.user.clone().unwrap_or_default());
        page.field("Password", if set.has_smtp_password { "kept" } else { "" });
    }
    if let Some(webhook) = &set.webhook {
        page.line(format!("webhook: {}", webhook.url));
        page.field("Secret", if set.has_webhook_secret { "kept" } else { "missing; nothing is sent" });
    }
    if let Some(syslog) = &set.syslog {
        let transport = match syslog.transport {
            SyslogTransport::Tls => "TLS",
            SyslogTransport::Tcp => "TCP",
            SyslogTransport::Udp => "UDP",
        };
        page.line(format!("syslog: {}:{} over {transport}", syslog.host, syslog.port));
    }
}
