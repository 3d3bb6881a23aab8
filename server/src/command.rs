//! Commands that the node's configuration names: an argument vector, no shell, a time limit. Nothing else is ever run.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// Where programs are looked for: the node's own environment is nobody's business.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// As much of what it says is shown.
const SHOWN: usize = 300;
/// What a command has said when it ends is read for as long: a child that it leaves behind may never close the pipe.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Runs a command until it ends, or ends it and its children after `limit`. Gives back what went wrong, in words.
pub(crate) async fn run<A: AsRef<OsStr>>(program: &A, arguments: &[A], limit: Duration) -> Result<(), String> {
    let shown = program.as_ref().to_string_lossy();
    let mut child = Command::new(program.as_ref())
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{shown} cannot be started: {error}"))?;
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let said = tokio::spawn(first_words(child.stderr.take()));
    let Ok(ended) = timeout(limit, child.wait()).await else {
        // It may have ended just now.
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        return Err(format!("{shown} took longer than {} seconds and was ended", limit.as_secs()));
    };
    let status = ended.map_err(|error| format!("{shown} failed: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let said = timeout(LAST_WORDS, said).await.ok().and_then(Result::ok).unwrap_or_default();
    let said = if said.is_empty() { "it said nothing".to_owned() } else { format!("it said: {said}") };
    Err(format!("{shown} failed ({status}); {said}"))
}

/// Reads to the end, so that nobody waits for a reader, and keeps the beginning.
async fn first_words(from: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut from) = from else { return String::new() };
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if kept.len() < 4 * SHOWN {
            kept.extend_from_slice(&buffer[..read]);
        }
    }
    let text = String::from_utf8_lossy(&kept);
    let plain = text.trim().chars().map(|character| if character.is_control() { ' ' } else { character });
    plain.take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    async fn sh(script: &str, limit: Duration) -> Result<(), String> {
        run(&"/bin/sh", &["-c", script], limit).await
    }

    #[tokio::test]
    async fn what_it_says_is_told_and_a_long_one_ends_with_its_children() {
        let limit = Duration::from_secs(10);
        assert_eq!(sh("exit 0", limit).await, Ok(()));
        let failed = sh("echo no such file >&2; exit 3", limit).await.unwrap_err();
        assert_eq!(failed, "/bin/sh failed (exit status: 3); it said: no such file");
        let missing = run(&"/no/such/program", &[], limit).await.unwrap_err();
        assert!(missing.starts_with("/no/such/program cannot be started"), "{missing}");

        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("(sleep 2; touch {}) & wait", alive.display());
        let long = sh(&script, Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(long, "/bin/sh took longer than 1 seconds and was ended");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!alive.exists(), "its children end with it");
    }

    #[tokio::test]
    async fn what_it_leaves_behind_is_not_waited_for() {
        let begun = Instant::now();
        assert_eq!(sh("sleep 5 & exit 0", Duration::from_secs(20)).await, Ok(()));
        assert!(sh("sleep 5 & exit 1", Duration::from_secs(20)).await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}
