//! Measures Certway beside what one would use instead; `cargo xtask bench` builds and starts it.
//!
//! Contestants take turns within one run, and medians are compared: on a machine that is shared, only such ratios say
//! something. CPU time counts before wall time. Servers listen on 127.0.0.1 only, loads are bounded in time and count,
//! and every process that is started is ended by its own id.

mod data;
mod process;
mod decode;
mod verify;
mod handshake;
mod load;
mod server;
mod nginx;
mod certway;
mod client;
#[path = "../../server/tests/node/any_chain.rs"]
mod any_chain;
mod figures;

use std::path::PathBuf;
use std::process::ExitCode;

/// What went wrong, in words; a measurement either is whole or is none.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What every measurement needs to know.
#[derive(Debug)]
struct Bench {
    /// The release binary.
    certway: PathBuf,
    /// Where generated data and short-lived servers' files are.
    data: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [figure, certway, data] => run(figure, &Bench { certway: certway.into(), data: data.into() }),
        _ => Err("usage: certway-bench data|decode|verify|handshake|load CERTWAY DATA-FOLDER".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            figures::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(figure: &str, bench: &Bench) -> Outcome<()> {
    data::generate(&bench.data)?;
    match figure {
        "data" => Ok(()),
        "decode" => decode::measure(bench),
        "verify" => verify::measure(bench),
        "handshake" => handshake::measure(bench),
        "load" => load::measure(bench),
        other => Err(format!("there is no figure '{other}'").into()),
    }
}
