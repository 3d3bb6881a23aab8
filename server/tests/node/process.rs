//! Programs of Debian that a test needs beside the node.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end when it is asked to.
const GOODBYE: Duration = Duration::from_secs(2);

/// A process that ends with its owner.
pub(crate) struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program of Debian with its output in `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let output = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let spawned = command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output).spawn();
        let process = spawned.unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => {
                panic!("{} is missing: install the Debian package of it", command.get_program().display())
            }
            _ => panic!("{}: {error}", command.get_program().display()),
        });
        Self { process, log: log.to_owned() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until `answers`.
    pub(crate) fn until(&mut self, answers: impl Fn() -> bool) {
        let begun = Instant::now();
        while !answers() {
            let log = || std::fs::read_to_string(&self.log).unwrap();
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("it ended with {status}: {}", log());
            }
            assert!(begun.elapsed() < START, "it does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that it ends its own children.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.process), Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < GOODBYE && self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of loopback that nobody listens on, and nobody gets who takes any: the system gives away those from 32768 on. Each is given once, and the
/// tests that run at one moment have each their own range.
pub(crate) fn free_port() -> u16 {
    const RANGE: u32 = 4_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let range = std::env::var("NEXTEST_TEST_GLOBAL_SLOT").map_or(0, |slot| slot.parse::<u32>().unwrap() % 5);
    loop {
        let nth = std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % RANGE;
        let port = u16::try_from(10_000 + range * RANGE + nth).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
