//! `certway forecast`: what time will bring.

use std::process::ExitCode;

use certway_wire::trust::{Forecast, Turn};
use clap::Args;

use super::answer;
use super::check::Format;
use super::local::Local;
use super::text::Page;

const FORECAST: &str = "/api/v1/forecast";

/// Say which certificate, CA, revocation list or alarm of the node turns when, if nothing else changes; and, while it runs in a cluster, when the
/// certificates of the other nodes end.
///
/// Works on the node itself only, running or not. Exit status: 0 done, 1 not done, 64 usage.
#[derive(Args)]
pub(super) struct ForecastCommand {
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    node: Local,
}

impl ForecastCommand {
    pub(super) fn run(self) -> ExitCode {
        let format = self.format;
        self.node.ask(|node| Ok(answer::say(&node.get(FORECAST)?, format, print)))
    }
}

fn print(page: &mut Page, forecast: &Forecast) {
    let mut turns: Vec<&Turn> = forecast.turns.iter().collect();
    turns.extend(forecast.others.iter().flat_map(|other| &other.turns));
    // RFC 3339 in UTC sorts as text.
    turns.sort_by(|one, other| one.at.cmp(&other.at));
    if forecast.turns.is_empty() {
        page.line("Nothing turns: the node shows its temporary certificate, which it renews by itself.");
    }
    for turn in turns {
        page.line(format!("{}  {}", turn.at, turn.message));
    }
    for note in forecast.others.iter().filter_map(|other| other.note.as_deref()) {
        page.line(note);
    }
}
