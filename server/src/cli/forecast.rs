//! `certway forecast`: what time will bring.

use std::process::ExitCode;

use clap::Args;

use super::check::Format;
use super::local::Local;
use super::text::{Page, print_json};
use crate::node;

/// Say which certificate, CA, revocation list or alarm of the node turns when, if nothing else changes.
///
/// Works while the node runs, on the node itself only. Exit status: 0 done, 1 not done, 64 usage.
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
        let config = match self.node.config() {
            Ok(config) => config,
            Err(error) => return super::fail(&error),
        };
        let forecast = match node::forecast(&config) {
            Ok(forecast) => forecast,
            Err(error) => return super::fail(&error),
        };
        match self.format {
            Format::Json => print_json(&forecast),
            Format::Text => {
                let mut page = Page::new();
                if forecast.turns.is_empty() {
                    page.line("Nothing turns: the node shows its temporary certificate, which it renews by itself.");
                }
                for turn in &forecast.turns {
                    page.line(format!("{}  {}", turn.at, turn.message));
                }
                page.print();
            }
        }
        ExitCode::SUCCESS
    }
}
