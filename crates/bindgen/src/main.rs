//! Writes the JavaScript that stands beside a WebAssembly module, by wasm-bindgen's own library.
//!
//! The program that wasm-bindgen offers has a web server and an HTTP client for tests in browsers, and takes minutes to
//! compile; what is needed here takes half a minute. `cargo xtask` builds and calls it.

mod tests;

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "\
certway-bindgen module INPUT.wasm FOLDER NAME   writes NAME.js, an ES module, and NAME_bg.wasm
certway-bindgen script INPUT.wasm FOLDER NAME   the same for a worker that loads scripts
certway-bindgen test INPUT.wasm                 runs the tests of a module under Node.js
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(status) => status,
        Err(error) => {
            let _closed = writeln!(std::io::stderr().lock(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut bindgen = Bindgen::new();
    match words[..] {
        ["module", input, folder, name] => write(bindgen.web(true)?, input, folder, name),
        ["script", input, folder, name] => write(bindgen.no_modules(true)?, input, folder, name),
        ["test", input] => tests::run(Path::new(input)),
        _ => Err(USAGE.into()),
    }
}

/// Names of functions stay as the linker has them: `frontend/tools/split.mjs` looks for them in what comes out.
fn write(bindgen: &mut Bindgen, input: &str, folder: &str, name: &str) -> Result<ExitCode, Box<dyn Error>> {
    bindgen.input_path(input).out_name(name).typescript(false).demangle(false).generate(folder)?;
    Ok(ExitCode::SUCCESS)
}
