//! Faults at a node's system calls, by strace.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Node;

/// What changes a file or makes the change last. `write` is not among them, since the node also writes to connections and its
/// log so: the few files that it writes with it are synced too.
pub(crate) const BOUNDARIES: &str = "fdatasync,fsync,pwrite64,rename,unlink,ftruncate";

/// A fault that comes at the node's calls, as long as it is not lifted.
pub(crate) struct Fault {
    strace: Child,
    log: std::path::PathBuf,
}

impl Fault {
    /// From now on, `what` comes of those of the node's `calls` that `when` names, all as strace takes them.
    pub(crate) fn inject(node: &Node, calls: &str, what: &str, when: &str) -> Self {
        let pid = node.pid().as_raw_nonzero().to_string();
        let log = node.folder.path().join("strace");
        let strace = Command::new("strace")
            .args(["--quiet=all", "-f", "-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:{what}:when={when}"), "-p", &pid, "-o"])
            .arg(&log)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut fault = Self { strace, log };
        let threads = || std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|task| task.unwrap().path());
        // Threads are attached one after the other; one that ends meanwhile needs none.
        let traced = |task: std::path::PathBuf| {
            let status = std::fs::read_to_string(task.join("status")).unwrap_or_default();
            !status.contains("TracerPid:\t0")
        };
        let begin = Instant::now();
        while !threads().all(traced) {
            let running = fault.strace.try_wait().unwrap().is_none();
            assert!(running && begin.elapsed() < Duration::from_secs(5), "strace does not trace");
            std::thread::sleep(Duration::from_millis(2));
        }
        fault
    }

    /// Ends it; gives how many calls were struck.
    pub(crate) fn lift(mut self) -> usize {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.strace),
            rustix::process::Signal::TERM,
        );
        self.strace.wait().unwrap();
        std::fs::read_to_string(&self.log).unwrap_or_default().matches("(INJECTED)").count()
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}
