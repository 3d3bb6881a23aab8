//! Tests that are compiled to WebAssembly, run under Node.js.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

use wasm_bindgen_cli_support::Bindgen;

/// Calls the tests as wasm-bindgen-test wants them to be called.
const RUNNER: &str = include_str!("tests.cjs");

/// Writes module and runner into a folder beside the module, and becomes what the tests give.
///
/// # Errors
/// If the module is none, a file cannot be written, or Node.js cannot be started.
pub(crate) fn run(input: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let folder = input.with_extension("node");
    // The tests are plain exports of the module; `main` is not to be run before them.
    let mut bindgen = Bindgen::new();
    let bindgen = bindgen.nodejs(true)?.input_path(input).out_name("module").typescript(false);
    bindgen.debug(true).export_wasm(true).emit_start(false).generate(&folder)?;
    let runner = folder.join("run.cjs");
    std::fs::write(&runner, RUNNER)?;
    let status = Command::new("node").arg(&runner).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
