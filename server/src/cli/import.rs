//! `certway import`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::local::Local;
use super::text::{Page, Tone};
use crate::import::{Found, Line};
use crate::node;

/// Take over the certificates of an appliance: the folder with persistent/certs of X8 or X7. The node must be stopped.
///
/// Everything is judged first. If anything would be refused, nothing is taken over.
/// Exit status: 0 taken over, 1 not done, 2 refused, 64 usage.
#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    node: Local,
    /// Print the plan and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The folder that holds persistent/certs, or that folder itself.
    dir: PathBuf,
}

impl Import {
    pub(super) fn run(self) -> ExitCode {
        match self.import() {
            Ok(code) => code,
            Err(error) => super::fail(&*error),
        }
    }

    fn import(&self) -> Result<ExitCode, Box<dyn std::error::Error>> {
        let config = self.node.config()?;
        let found = Found::look(&self.dir)?;
        let plan = node::plan_import(&config, &found)?;
        let refused = plan.iter().any(|line| line.refused);
        print(&found, &plan);
        let mut errors = std::io::stderr();
        if refused {
            let _ = writeln!(errors, "Refused. Nothing was taken over.");
            return Ok(ExitCode::from(2));
        }
        if self.dry_run {
            let _ = writeln!(errors, "This was a dry run: nothing was changed.");
            return Ok(ExitCode::SUCCESS);
        }
        node::import(&config, &found)?;
        let _ = writeln!(errors, "Taken over. Start the node with `certway serve`.");
        Ok(ExitCode::SUCCESS)
    }
}

fn print(found: &Found, plan: &[Line]) {
    let mut page = Page::new();
    page.line(found.folder.display().to_string());
    for line in plan {
        let word = if line.refused { page.paint(Tone::Bad, "refused") } else { page.paint(Tone::Good, "fine") };
        page.line(format!("  {:<14} {word}: {}", line.file, line.what));
    }
    page.print();
}
