//! `certway alarms calendar`: the feed by which calendar programs read what ends when.

use std::process::ExitCode;

use certway_wire::trust::{CalendarFeed, NewCalendarFeed};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;

use super::super::answer;
use super::super::check::Format;
use super::super::text::Page;
use crate::control::{self, Control};

const FEED: &str = "/api/v1/forecast/feed";

#[derive(Args)]
pub(super) struct Calendar {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Say whether calendar programs have a password, since when, and who made it.
    Show,
    /// Make a password, in place of the former one. It is printed this once; whoever has it sees names and ends, and nothing else.
    Make,
    /// Withdraw the password: no calendar program reads the feed any more.
    Withdraw,
}

impl Calendar {
    pub(super) fn apply(self, node: &Control, format: Format) -> Result<ExitCode, control::Error> {
        Ok(match self.action.unwrap_or(Action::Show) {
            Action::Show => answer::say(&node.get(FEED)?, format, show),
            Action::Make => answer::say(&node.send(Method::POST, FEED, &Value::Null)?, format, made),
            Action::Withdraw => answer::say(&node.send(Method::DELETE, FEED, &Value::Null)?, format, show),
        })
    }
}

fn show(page: &mut Page, feed: &CalendarFeed) {
    let Some(made_at) = &feed.made_at else {
        return page.line("No calendar program has a password: there is no feed.");
    };
    page.line("Calendar programs have a password for the feed.");
    address(page, &feed.path, &feed.user);
    page.field("Made", format!("{made_at} by {}", feed.made_by.as_deref().unwrap_or_default()));
}

fn made(page: &mut Page, feed: &NewCalendarFeed) {
    page.line(
        "Calendar programs read the feed with this password. It is shown this once: the node keeps only its hash.",
    );
    address(page, &feed.path, &feed.user);
    page.field("Password", &feed.password);
}

fn address(page: &mut Page, path: &str, user: &str) {
    page.field("Address", format!("{path}, at the address of the node's page"));
    page.field("User", user);
}
