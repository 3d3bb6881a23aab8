//! `cargo xtask test`: everything that must hold, the quick checks first.

mod rust;
mod wasm;
mod layout;
mod lengths;
mod download;
mod browser;
mod mutants;

use std::time::Instant;

use crate::failure::Failure;
use crate::project::Project;
use crate::terminal::{say, step};
use crate::{page, tools};

pub(crate) use browser::node_modules;

/// One step of the tests.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Project) -> Result<(), Failure>,
}

const STEPS: &[Step] = &[
    Step { name: "tools", what: "Tools and Debian packages", run: install },
    Step { name: "fmt", what: "Format", run: rust::format },
    Step { name: "lengths", what: "Lengths of files", run: lengths::check },
    Step { name: "layout", what: "Arrows between crates and modules", run: layout::check },
    Step { name: "samples", what: "The page's samples are those of the corpus", run: browser::samples },
    Step { name: "deny", what: "Licences, sources and advisories of the dependencies", run: rust::deny },
    Step { name: "bare", what: "Core and rollout compile where there is no world to reach", run: wasm::bare },
    Step { name: "clippy", what: "Lints, native", run: rust::clippy },
    Step { name: "clippy-wasm", what: "Lints, wasm", run: wasm::clippy },
    Step { name: "docs", what: "Documentation", run: rust::docs },
    // Before the node is compiled, which has the page inside it.
    Step { name: "page", what: "The page, as it is shipped", run: page::build },
    Step { name: "download", what: "What a browser downloads", run: download::check },
    Step { name: "unit", what: "Tests of all native crates", run: rust::tests },
    Step { name: "mutants", what: "Faults put into the core, which the corpus must find", run: mutants::check },
    Step { name: "conformance", what: "Path validation, by cases from outside", run: rust::conformance },
    Step { name: "differential", what: "Path validation, beside other validators", run: rust::differential },
    Step { name: "doctests", what: "Examples in the documentation", run: rust::doctests },
    Step { name: "corpus-wasm", what: "The corpus in wasm", run: wasm::corpus },
    Step { name: "e2e", what: "End to end, in Chromium", run: browser::end_to_end },
];

/// Runs all steps, or those named, and stops at the first that fails.
///
/// # Errors
/// If a step fails, or a name is none of a step.
pub(crate) fn run(project: &Project, names: &[String]) -> Result<(), Failure> {
    if let Some(stranger) = names.iter().find(|name| STEPS.iter().all(|step| step.name != name.as_str())) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::new(format!("There is no step '{stranger}'. The steps are {}.", known.join(", "))));
    }
    let begin = Instant::now();
    let chosen = STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name));
    let mut summary = Vec::new();
    for one in chosen {
        let step_begin = Instant::now();
        step(&format!("{}: {}", one.name, one.what), || (one.run)(project))
            .map_err(|failure| Failure::new(format!("The step '{}' failed. {failure}", one.name)))?;
        summary.push(format!("{} {:.0} s", one.name, step_begin.elapsed().as_secs_f64()));
    }
    say(&format!("All steps passed in {:.0} s: {}.", begin.elapsed().as_secs_f64(), summary.join(", ")));
    Ok(())
}

fn install(project: &Project) -> Result<(), Failure> {
    tools::packages(tools::FOR_TESTS)?;
    tools::rust_target(tools::BARE_TARGET)?;
    tools::for_page(project)?;
    tools::schemathesis(project)?;
    tools::CARGO_MUTANTS.get(project)?;
    tools::cargo_deny(project).map(|_program| ())
}
