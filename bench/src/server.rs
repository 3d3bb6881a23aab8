//! A server under measurement: a process with children, its CPU time and its memory.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::{Bench, Outcome, certway, nginx};

/// The servers compared.
pub(crate) const NAMES: [&str; 2] = ["nginx", "certway"];

/// A running server; ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    /// A small page.
    pub(crate) page: &'static str,
}

impl Server {
    /// Starts a server on CPU 0 with the certificate `a` of a kind.
    ///
    /// # Errors
    /// If it does not start or does not take the certificate.
    pub(crate) async fn start(bench: &Bench, name: &str, kind: &str) -> Outcome<Self> {
        let folder = bench.data.join(format!("run-{name}-{}", std::process::id()));
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        if name == "nginx" {
            nginx::start(bench, kind, folder).await
        } else {
            certway::start(bench, kind, folder).await
        }
    }

    /// CPU seconds of the process and its children, all threads.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let nanoseconds: u64 = self.processes().iter().map(|id| threads_nanoseconds(*id)).sum();
        nanoseconds as f64 / 1e9
    }

    /// Resident memory of the process and its children, MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        let kib = |id: u32| -> Option<f64> {
            let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            status.split("VmRSS:").nth(1)?.split_whitespace().next()?.parse().ok()
        };
        self.processes().into_iter().filter_map(kib).sum::<f64>() / 1024.0
    }

    /// The process and its children.
    fn processes(&self) -> Vec<u32> {
        let own = self.child.id();
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        [own].into_iter().chain(children.split_whitespace().filter_map(|id| id.parse().ok())).collect()
    }

    /// Waits until the server answers.
    ///
    /// # Errors
    /// If it does not within ten seconds.
    pub(crate) async fn answering(&self) -> Outcome<()> {
        let client = Client::new(self.port)?;
        let begin = Instant::now();
        loop {
            match client.connect().await {
                Ok(_connection) => return Ok(()),
                Err(error) if begin.elapsed() > Duration::from_secs(10) => return Err(error),
                Err(_not_yet) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The first process ends its children when it is asked; a killed one would leave them.
        let _asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(3) {
            if matches!(self.child.try_wait(), Ok(Some(_status))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
        let _left = fs::remove_dir_all(&self.folder);
    }
}

/// A command whose process runs on CPU 0 only.
pub(crate) fn pinned(program: &std::path::Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(program);
    command
}

fn threads_nanoseconds(id: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return 0 };
    let nanoseconds = |thread: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    threads.flatten().filter_map(nanoseconds).sum()
}
