//! A new certificate under load, a hundred times: what breaks, and how long the old one is still seen.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{LocalSet, spawn_local};

use crate::certway::{Administrator, sign_in};
use crate::client::Client;
use crate::figures::{load_average, median, say, table};
use crate::server::{NAMES, Server};
use crate::{Bench, Outcome, handshake, nginx};

const KIND: &str = "p-256";
const LOADS: usize = 100;
const BETWEEN_LOADS: Duration = Duration::from_millis(300);
/// 200 new connections a second.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(5);
const KEPT: usize = 50;
const BETWEEN_REQUESTS: Duration = Duration::from_millis(100);

/// Everything that was seen.
#[derive(Default)]
struct Seen {
    /// When each handshake began, and which certificate it got.
    handshakes: Vec<(Instant, Which)>,
    failed: usize,
    broken: usize,
    requests: usize,
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    A,
    B,
    Other,
}

/// One load: when it was asked for, when the server said that it was done, and what it brought.
#[derive(Debug)]
struct Load {
    asked: Instant,
    answered: Instant,
    new: Which,
}

/// Prints the table.
///
/// # Errors
/// If a server does not start or refuses a certificate.
pub(crate) fn measure(bench: &Bench) -> Outcome<()> {
    handshake::on_cpu_1()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = Vec::new();
    for name in NAMES {
        rows.push(LocalSet::new().block_on(&runtime, run(bench, name))?);
    }
    let head = [
        "server",
        "handshakes",
        "failed",
        "broken keep-alives",
        "old and new alternating, a load",
        "ms until the last old one, median (most)",
        "old ones begun after the answer",
    ];
    table(&head, &rows);
    say(&format!("{LOADS} loads, 200 new connections a second, {KEPT} kept open; load average {}.", load_average()));
    Ok(())
}

async fn run(bench: &Bench, name: &str) -> Outcome<Vec<String>> {
    let server = Server::start(bench, name, KIND).await?;
    let client = Client::new(server.port)?;
    let leaves = [read_leaf(bench, "a")?, read_leaf(bench, "b")?];
    let seen = Rc::new(RefCell::new(Seen::default()));
    for _connection in 0..KEPT {
        spawn_local(keep(client.clone(), server.page, Rc::clone(&seen)));
    }
    spawn_local(connect_steadily(client, leaves, Rc::clone(&seen)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut administrator = if name == "certway" { Some(sign_in(&server).await?) } else { None };
    let mut loads = Vec::new();
    for number in 0..LOADS {
        loads.push(load(bench, &server, administrator.as_mut(), number).await?);
        tokio::time::sleep(BETWEEN_LOADS).await;
    }
    seen.borrow_mut().over = true;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = seen.borrow();
    Ok(row(name, &loads, &seen))
}

async fn load(bench: &Bench, server: &Server, by: Option<&mut Administrator>, number: usize) -> Outcome<Load> {
    let (file, new) = if number.is_multiple_of(2) { ("b", Which::B) } else { ("a", Which::A) };
    let asked = Instant::now();
    match by {
        Some(administrator) => administrator.load(bench, KIND, file).await?,
        None => nginx::load(bench, server, KIND, file)?,
    }
    Ok(Load { asked, answered: Instant::now(), new })
}

fn read_leaf(bench: &Bench, which: &str) -> Outcome<Vec<u8>> {
    Ok(fs::read(bench.data.join(KIND).join(format!("{which}.der")))?)
}

/// A new connection every few milliseconds, whatever became of those before.
async fn connect_steadily(client: Client, leaves: [Vec<u8>; 2], seen: Rc<RefCell<Seen>>) {
    let leaves = Rc::new(leaves);
    let mut clock = tokio::time::interval(BETWEEN_CONNECTIONS);
    while !seen.borrow().over {
        clock.tick().await;
        let (client, leaves, seen) = (client.clone(), Rc::clone(&leaves), Rc::clone(&seen));
        spawn_local(async move {
            let begun = Instant::now();
            let outcome = client.connect().await;
            let mut seen = seen.borrow_mut();
            match outcome {
                Ok(connection) => {
                    let which = match connection.leaf() {
                        Some(leaf) if leaf.as_ref() == leaves[0] => Which::A,
                        Some(leaf) if leaf.as_ref() == leaves[1] => Which::B,
                        _ => Which::Other,
                    };
                    seen.handshakes.push((begun, which));
                }
                Err(_refused) => seen.failed += 1,
            }
        });
    }
}

/// One connection that is kept open and used; a break is counted, and it is opened again.
async fn keep(client: Client, page: &'static str, seen: Rc<RefCell<Seen>>) {
    while !seen.borrow().over {
        let Ok(mut connection) = client.connect().await else {
            seen.borrow_mut().failed += 1;
            tokio::time::sleep(BETWEEN_CONNECTIONS).await;
            continue;
        };
        while !seen.borrow().over {
            if connection.get(page).await.is_err() {
                seen.borrow_mut().broken += 1;
                break;
            }
            seen.borrow_mut().requests += 1;
            tokio::time::sleep(BETWEEN_REQUESTS).await;
        }
    }
}

fn row(name: &str, loads: &[Load], seen: &Seen) -> Vec<String> {
    let mut flips = 0_usize;
    let mut until_last_old = Vec::new();
    let mut late = 0_usize;
    for (number, load) in loads.iter().enumerate() {
        let end = loads.get(number + 1).map(|next| next.asked);
        let mut window: Vec<_> = seen
            .handshakes
            .iter()
            .filter(|(begun, _which)| *begun >= load.asked && end.is_none_or(|end| *begun < end))
            .collect();
        window.sort_by_key(|(begun, _which)| *begun);
        let old = |which: Which| which != load.new;
        // The old certificate is what came before; every change of what is served is one flip.
        flips += window.windows(2).filter(|pair| old(pair[0].1) != old(pair[1].1)).count();
        flips += usize::from(window.first().is_some_and(|(_begun, which)| !old(*which)));
        let last_old = window.iter().rfind(|(_begun, which)| old(*which));
        until_last_old.push(last_old.map_or(0.0, |(begun, _which)| (*begun - load.asked).as_secs_f64() * 1e3));
        late += window.iter().filter(|(begun, which)| old(*which) && *begun > load.answered).count();
    }
    let most = until_last_old.iter().copied().fold(0.0, f64::max);
    vec![
        name.into(),
        seen.handshakes.len().to_string(),
        seen.failed.to_string(),
        format!("{} (of {} requests)", seen.broken, seen.requests),
        format!("{:.2}", flips as f64 / loads.len() as f64),
        format!("{:.0} ({most:.0})", median(&until_last_old)),
        // A signal has no answer that could be waited for.
        if name == "nginx" { "-".into() } else { late.to_string() },
    ]
}
