//! Full TLS 1.3 handshakes for each second of the server's CPU, and memory after ten thousand of them.

use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use crate::client::Client;
use crate::data::KINDS;
use crate::figures::{load_average, median, say, table};
use crate::server::{NAMES, Server};
use crate::{Bench, Outcome};

const ROUNDS: usize = 5;
const SECONDS: f64 = 3.0;
const AT_ONCE: usize = 16;
const FOR_MEMORY: usize = 10_000;

/// Prints the tables.
///
/// # Errors
/// If a server does not start, or a handshake fails.
pub(crate) fn measure(bench: &Bench) -> Outcome<()> {
    on_cpu_1()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        rates(bench).await?;
        memory(bench).await
    })
}

/// Keeps this process, and the threads it will start, off the server's CPU.
///
/// # Errors
/// If the machine has no second CPU.
pub(crate) fn on_cpu_1() -> Outcome<()> {
    let mut cpus = CpuSet::new();
    cpus.set(1)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cpus)?)
}

async fn rates(bench: &Bench) -> Outcome<()> {
    let mut rows = Vec::new();
    for kind in KINDS {
        let mut rates = [const { Vec::new() }; NAMES.len()];
        for round in 0..ROUNDS {
            for turn in 0..NAMES.len() {
                let which = (round + turn) % NAMES.len();
                let server = Server::start(bench, NAMES[which], kind).await?;
                handshakes(&server, Limit::Seconds(0.3)).await?;
                let before = server.cpu_seconds();
                let count = handshakes(&server, Limit::Seconds(SECONDS)).await?;
                rates[which].push(count as f64 / (server.cpu_seconds() - before));
            }
        }
        let nginx = median(&rates[0]);
        for (name, rates) in NAMES.iter().zip(&rates) {
            let rate = median(rates);
            rows.push(vec![kind.into(), (*name).into(), format!("{rate:.0}"), format!("{:.2} x", rate / nginx)]);
        }
    }
    table(&["certificate", "server", "handshakes per CPU second", "of nginx"], &rows);
    say(&format!("Medians of {ROUNDS} runs of {SECONDS} s, taking turns; load average {}.", load_average()));
    Ok(())
}

async fn memory(bench: &Bench) -> Outcome<()> {
    let mut rows = Vec::new();
    for name in NAMES {
        let server = Server::start(bench, name, "p-256").await?;
        let before = server.resident_mib();
        handshakes(&server, Limit::Count(FOR_MEMORY)).await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        rows.push(vec![name.into(), format!("{before:.1}"), format!("{:.1}", server.resident_mib())]);
    }
    table(&["server", "MiB before", &format!("MiB idle after {FOR_MEMORY} handshakes")], &rows);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Seconds(f64),
    Count(usize),
}

/// Connects, asks for a small page and closes, again and again; gives how often.
async fn handshakes(server: &Server, limit: Limit) -> Outcome<usize> {
    let client = Client::new(server.port)?;
    let begin = Instant::now();
    let done = std::cell::Cell::new(0_usize);
    let going_on = || match limit {
        Limit::Seconds(seconds) => begin.elapsed().as_secs_f64() < seconds,
        Limit::Count(count) => done.get() < count,
    };
    let one = || async {
        while going_on() {
            client.connect().await?.get(server.page).await?;
            done.set(done.get() + 1);
        }
        Outcome::Ok(())
    };
    let workers: Vec<_> = (0..AT_ONCE).map(|_worker| one()).collect();
    for outcome in join_all(workers).await {
        outcome?;
    }
    Ok(done.get())
}

/// Polls all to their ends, on this one thread.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                outputs.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    outputs
}
