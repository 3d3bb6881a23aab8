//! One node: put together, started, stopped.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use certway_core::pem;
use certway_wire::node::{Csr, NewCsr};
use certway_wire::sign_in::ClientCertificateTest;
use certway_wire::trust::WhatBreaks;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::MissedTickBehavior;
use tracing_subscriber::filter::LevelFilter;
use zeroize::Zeroizing;

use crate::app::{
    self, ADMINISTRATOR, Against, App, ClusterSettings, FirstBoot, Identity, NewPassword, Settings, TERMINAL,
};
use crate::backup;
use crate::clock;
use crate::cluster::Keeper;
use crate::config::{Config, machine_name};
use crate::control;
use crate::csr_files::CsrFiles;
use crate::data_dir::{self, DataDir};
use crate::http;
use crate::import::{Found, Line};
use crate::seal::{self, KeySource, NodeKey};
use crate::store::{self, Store};
use crate::tls::NotUsable;
use crate::tls::connections::{self, Transport};

/// How often the node looks whether time has changed anything.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// More threads cost memory and gain nothing: TLS and judging are the work, and both are short.
const MOST_THREADS: usize = 8;
/// Threads for what waits for the disk or judges.
const BLOCKING_THREADS: usize = 16;

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Its directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] data_dir::Error),
    /// Its key cannot be used.
    #[error(transparent)]
    Key(#[from] seal::Error),
    /// Its store cannot be used.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Its backup could not be made.
    #[error(transparent)]
    Backup(#[from] backup::Error),
    /// Its state cannot be used.
    #[error(transparent)]
    App(#[from] app::error::Error),
    /// It has no certificate to serve.
    #[error("TLS cannot be served: {0}")]
    Tls(#[from] NotUsable),
    /// A port is taken, or not allowed.
    #[error("{0} cannot be listened on. Is another program there? Name another with --{1}")]
    Listen(SocketAddr, &'static str, #[source] io::Error),
    /// The password file cannot be read.
    #[error("the administrator's password is to come from {}, which cannot be read", .0.display())]
    PasswordFile(PathBuf, #[source] io::Error),
    /// The password in the file is not good enough.
    #[error("the password in {} cannot be used", .0.display())]
    Password(PathBuf, #[source] app::Unacceptable),
    /// The system gives no threads or signals.
    #[error("the node cannot run here")]
    System(#[from] io::Error),
}

/// Runs a node until it is told to stop.
pub(crate) fn run(config: Config) -> Result<(), Error> {
    start_logging(config.log);
    let directory = DataDir::create(&config.data_dir)?;
    let _lock = directory.lock()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let result = runtime.block_on(serve(config, &directory));
    // Connections that did not end in time are cut; the store's transactions are whole in any case.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn serve(mut config: Config, directory: &DataDir) -> Result<(), Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Before anything is written: a node that cannot listen leaves no trace.
    let https = listen(config.https, "https").await?;
    let http = listen(config.http, "http").await?;
    let own_certificate = listen(config.client_certificate, "client-certificate").await?;
    let peers = match &config.etcd {
        Some(_) => Some(listen(config.peers, "peers").await?),
        None => None,
    };
    if let Some(peers) = &peers {
        config.peers = peers.local_addr()?;
    }
    let terminal = control::listen(directory)?;
    let addresses = (https.local_addr()?, http.local_addr()?, own_certificate.local_addr()?);
    config.client_certificate = addresses.2;
    config.https = addresses.0;

    let app = Arc::new(open(config, directory)?);
    let (stop, stopped) = watch::channel(());
    let room = Arc::new(Semaphore::new(connections::room_for_connections()));
    let port = |listener, transport, router| {
        connections::serve(listener, transport, router, Arc::clone(&room), Arc::clone(&app.metrics), stopped.clone())
    };
    let handshakes = Transport::Tls(app.handshakes().watch());
    let secure = tokio::spawn(port(https, handshakes, http::router(Arc::clone(&app))));
    let asks = Transport::Tls(app.handshakes().watch_asking_always());
    let asked = tokio::spawn(port(own_certificate, asks, http::own_certificate_router(Arc::clone(&app))));
    let redirecting = http::redirect_router(Arc::clone(&app), addresses.0.port());
    let plain = tokio::spawn(port(http, Transport::Plain, redirecting));
    let controlled = tokio::spawn(control::serve(terminal, http::terminal_router(Arc::clone(&app)), stopped.clone()));
    let ticking = tokio::spawn(look_again_and_again(Arc::clone(&app)));
    let returning = tokio::spawn(end_trials(Arc::clone(&app)));
    let updating = tokio::spawn(update_revocation_again_and_again(Arc::clone(&app)));
    let signing = tokio::spawn(look_at_acme_again_and_again(Arc::clone(&app)));
    let publishing = tokio::spawn(Arc::clone(&app).publish_again_and_again());
    let delivering = tokio::spawn(Arc::clone(&app).deliver_again_and_again());
    let mut meeting = tokio::task::JoinSet::new();
    if let Some(listener) = peers {
        let (transport, gate) = app.meet_peers()?;
        meeting.spawn(port(listener, transport, http::peers_router(Arc::clone(&app), gate)));
        meeting.spawn(Arc::clone(&app).take_part_again_and_again());
        meeting.spawn(Arc::clone(&app).look_at_peers_again_and_again());
        meeting.spawn(Arc::clone(&app).lead_again_and_again());
        meeting.spawn(Arc::clone(&app).watch_dead_man_again_and_again());
    }

    say(&format!(
        "Certway is at https://{}/\nPlain HTTP at http://{}/ redirects there\n\
         What it thinks of a browser's own certificate is told at https://{}/",
        as_seen_from_here(addresses.0),
        as_seen_from_here(addresses.1),
        as_seen_from_here(addresses.2)
    ));
    tracing::info!(https = %addresses.0, http = %addresses.1, version = env!("CARGO_PKG_VERSION"), "started");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    ticking.abort();
    returning.abort();
    updating.abort();
    signing.abort();
    publishing.abort();
    delivering.abort();
    meeting.abort_all();
    let _ = stop.send(());
    let _ = tokio::join!(secure, plain, asked, controlled);
    // One that is left is in nobody's way: the next start replaces it.
    let _ = std::fs::remove_file(directory.socket());
    tracing::info!("stopped");
    Ok(())
}

/// The node's state, founded if this is its first boot.
fn open(config: Config, directory: &DataDir) -> Result<App, Error> {
    let mut store = open_store(directory, &config)?;
    share(&mut store, &config)?;
    let password_file = config.admin_password_file.clone();
    let settings = settings(config, directory);
    if store.is_new()? {
        directory.check_new()?;
        let (password, shown) = first_password(password_file)?;
        let founding = FirstBoot::prepare(&settings, &password)?;
        if shown {
            // Shown before it is kept: a node that stops in between makes another one and shows that.
            say(&announcement(&password));
        }
        founding.write(&mut store)?;
    }
    if let Err(error) = directory.remember_founding() {
        tracing::warn!(%error, "that a node was founded here could not be written down; tried again at the next start");
    }
    Ok(App::open(settings, store)?)
}

/// The state of a node that is stopped and has been through its first boot.
pub(crate) fn open_stopped(config: &Config) -> Result<App, Error> {
    let (directory, store) = open_existing(config)?;
    Ok(App::open(settings(config.clone(), &directory), store)?)
}

/// What is shared is kept where the cluster has it, if the node is in one.
fn share(store: &mut Store, config: &Config) -> Result<(), Error> {
    if let (Some(etcd), Some(cluster)) = (&config.etcd, store.membership()?) {
        let name = config.name.clone().unwrap_or_else(machine_name);
        store.share(Some(Box::new(Keeper::new(etcd.clone(), cluster, name))));
    }
    Ok(())
}

fn settings(config: Config, directory: &DataDir) -> Settings {
    let name = config.name.unwrap_or_else(machine_name);
    let address = config.peers_address.unwrap_or_else(|| {
        // A port that listens to one address only is there and nowhere else.
        let everywhere = config.peers.ip().is_unspecified();
        if everywhere { format!("{name}:{}", config.peers.port()) } else { config.peers.to_string() }
    });
    Settings {
        cluster: ClusterSettings { etcd: config.etcd, address, https: config.https, restart: config.restart },
        name,
        wildcards: config.wildcards,
        default_trusted_cas: config.default_trusted_cas,
        csr_folder: directory.generated_csr(),
        scratch: directory.scratch(),
        own_certificate_port: config.client_certificate.port(),
        acme_dns_hook: config.acme_dns_hook,
        services: config.services,
        config_file: config.file,
    }
}

/// Sets the administrator's password anew; gives what to tell the person at the terminal.
pub(crate) fn reset_password(config: &Config) -> Result<String, Error> {
    let (_, mut store) = open_existing(config)?;
    if let Some(etcd) = &config.etcd {
        app::take_again(&mut store, etcd)?;
    }
    let (password, shown) = first_password(config.admin_password_file.clone())?;
    let reset = app::set_password(&mut store, &password)?;
    let mut answer = "Every session of everybody has ended.".to_owned();
    if reset.tokens > 0 {
        answer.push_str(" API tokens stay good: `certway tokens list` shows them, `certway tokens revoke` ends one.");
    }
    if reset.had_factor {
        answer.push_str("\nThe second factor is switched off: the password alone does until another one is set up.");
    }
    answer.push('\n');
    match &config.admin_password_file {
        Some(file) if !shown => {
            let file = file.display();
            answer
                .push_str(&format!("The password of {ADMINISTRATOR} is what {file} has in it (admin_password_file)."));
        }
        _ => answer.push_str(&announcement(&password)),
    }
    Ok(answer)
}

/// Makes a certificate signing request in the node's store.
pub(crate) fn make_csr(config: &Config, new: &NewCsr) -> Result<Csr, Error> {
    let (directory, mut store) = open_existing(config)?;
    app::make_csr(&mut store, TERMINAL, new, config.wildcards)?;
    app::refresh_csr_files(&store, &CsrFiles::new(directory.generated_csr()))?;
    csr_in(&store)?.ok_or_else(|| app::error::Error::NoCsr.into())
}

/// The request in progress.
pub(crate) fn csr(config: &Config) -> Result<Option<Csr>, Error> {
    csr_in(&open_existing(config)?.1)
}

fn csr_in(store: &Store) -> Result<Option<Csr>, Error> {
    Ok(store.csr()?.as_ref().and_then(app::show_csr))
}

/// Discards the request in progress and its key.
pub(crate) fn discard_csr(config: &Config) -> Result<(), Error> {
    let (directory, mut store) = open_existing(config)?;
    app::discard_csr(&mut store, TERMINAL)?;
    Ok(app::refresh_csr_files(&store, &CsrFiles::new(directory.generated_csr()))?)
}

/// Whether the node would take a client certificate, and whom it names.
pub(crate) fn test_client_certificate(
    config: &Config,
    file: &[u8],
    expression: Option<String>,
    template: Option<String>,
) -> Result<ClientCertificateTest, Error> {
    let (_, store) = open_existing(config)?;
    let against = Against::in_store(&store, config.wildcards)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let test = app::test_client_certificate_in_store(&store, &against, file, expression, template);
    Ok(runtime.block_on(test)?)
}

/// What would break if these were deleted from the node's trusted CA list.
pub(crate) fn what_breaks(config: &Config, fingerprints: &[String]) -> Result<WhatBreaks, Error> {
    let (_, store) = open_existing(config)?;
    Ok(app::what_breaks_in_store(&store, &Against::in_store(&store, config.wildcards)?, fingerprints)?)
}

/// What an import into this node would do. A node that there is not yet is one with an empty trusted CA list.
pub(crate) fn plan_import(config: &Config, found: &Found) -> Result<Vec<Line>, Error> {
    let (trusted, has_request) = if config.data_dir.join("certway.db").exists() {
        let (_, store) = open_existing(config)?;
        let trusted: String = store.trusted_cas()?.iter().map(|ca| pem::encode("CERTIFICATE", &ca.der)).collect();
        (trusted, store.csr()?.is_some())
    } else {
        (String::new(), false)
    };
    let files: &[&[u8]] = if trusted.is_empty() { &[] } else { &[trusted.as_bytes()] };
    Ok(found.plan(files, has_request, config.wildcards))
}

/// Takes over what was found, into a node that is stopped or that there is not yet.
pub(crate) fn import(config: &Config, found: &Found) -> Result<(), Error> {
    let directory = DataDir::create(&config.data_dir)?;
    let _lock = directory.lock()?;
    let app = open(config.clone(), &directory)?;
    // In the specification's order: first the CA certificates, then what depends on them.
    if let Some(file) = &found.trusted_cas {
        app.append_trusted_cas(TERMINAL, None, file)?;
    }
    if let Some(file) = &found.certificate {
        let key = found.private_key.as_ref().map(|key| key.as_slice());
        app.upload_certificate(TERMINAL, Identity::Server, file, key, false)?;
    }
    if let Some(request) = &found.request {
        app.adopt_csr(TERMINAL, &request.pem, &request.key)?;
    }
    Ok(())
}

/// The store of a node that has been through its first boot, running or not.
fn open_existing(config: &Config) -> Result<(DataDir, Store), Error> {
    let directory = DataDir::existing(&config.data_dir)?;
    let mut store = open_store(&directory, config)?;
    share(&mut store, config)?;
    if store.is_new()? { Err(data_dir::Error::Missing(config.data_dir.clone()).into()) } else { Ok((directory, store)) }
}

/// The store, with the key that its source gives. A change of the key file that was cut short is brought to its end.
fn open_store(directory: &DataDir, config: &Config) -> Result<Store, Error> {
    let (file, next) = (directory.node_key(), directory.next_node_key());
    let store = Store::open(&directory.store(), |salt, is_new| {
        let source = config.node_key;
        let key = NodeKey::obtain(source, &file, config.node_passphrase_file.as_deref(), salt, is_new)?;
        let next = (source == KeySource::File && next.exists()).then(|| NodeKey::read(&next)).transpose()?;
        Ok::<_, Error>([Some(key), next].into_iter().flatten().collect())
    })?;
    if next.exists() {
        let settled = if NodeKey::read(&next)?.to_text() == store.key_text() {
            std::fs::rename(&next, &file)
        } else {
            std::fs::remove_file(&next)
        };
        settled.map_err(|error| data_dir::Error::Io(next, error))?;
    }
    Ok(store)
}

/// Seals the store of a node that is stopped with another key.
pub(crate) fn change_node_key(config: &Config, to: KeySource, given: Option<NodeKey>) -> Result<(), Error> {
    let directory = DataDir::existing(&config.data_dir)?;
    let _lock = directory.lock()?;
    let mut store = open_store(&directory, config)?;
    let key = match given {
        Some(key) => key,
        None => NodeKey::random()?,
    };
    let (file, next) = (directory.node_key(), directory.next_node_key());
    if to == KeySource::File {
        key.write(&next)?;
    }
    store.change_key(clock::now(), TERMINAL, key)?;
    let settled = if to == KeySource::File {
        std::fs::rename(&next, &file)
    } else if file.exists() {
        std::fs::remove_file(&file)
    } else {
        Ok(())
    };
    settled.map_err(|error| data_dir::Error::Io(file, error))?;
    Ok(app::refresh_csr_files(&store, &CsrFiles::new(directory.generated_csr()))?)
}

/// The password that a file gives, or one that is made and must be shown.
fn first_password(file: Option<PathBuf>) -> Result<(NewPassword, bool), Error> {
    let Some(path) = file else {
        return Ok((NewPassword::random()?, true));
    };
    let text = std::fs::read_to_string(&path).map_err(|error| Error::PasswordFile(path.clone(), error))?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let password = NewPassword::chosen(line).map_err(|error| Error::Password(path, error))?;
    Ok((password, false))
}

fn announcement(password: &NewPassword) -> String {
    format!("Sign in as {ADMINISTRATOR} with this password, which is not shown again: {}", password.reveal())
}

async fn listen(address: SocketAddr, option: &'static str) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| Error::Listen(address, option, error))
}

async fn look_again_and_again(app: Arc<App>) {
    let mut minutes = tokio::time::interval(LOOK_AGAIN);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once, and the node has looked when it started.
    minutes.tick().await;
    loop {
        minutes.tick().await;
        let looking = Arc::clone(&app);
        // A panic in there is in the log; the next minute tries again.
        let _ = tokio::task::spawn_blocking(move || looking.look_again()).await;
    }
}

/// Not in the loop above: a source that does not answer must not keep alarms waiting.
async fn update_revocation_again_and_again(app: Arc<App>) {
    let mut minutes = tokio::time::interval(LOOK_AGAIN);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // At once after the start too: what was missed while the node was down is made up for.
        minutes.tick().await;
        app.update_revocation_if_due().await;
    }
}

/// Not in the loops above: a provider may take minutes.
async fn look_at_acme_again_and_again(app: Arc<App>) {
    let mut minutes = tokio::time::interval(LOOK_AGAIN);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // At once after the start too: an order that was cut short goes on.
        minutes.tick().await;
        app.acme_if_due().await;
    }
}

/// Brings the former settings for signing in back when a trial ends.
async fn end_trials(app: Arc<App>) {
    let mut ends = app.trial_ends();
    loop {
        let at = *ends.borrow_and_update();
        let over = async {
            match at {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {
                let app = Arc::clone(&app);
                // What goes wrong in there is in the log, and is tried again in a second.
                let _ = tokio::task::spawn_blocking(move || app.settle_sign_in()).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            changed = ends.changed() => if changed.is_err() { return },
        }
    }
}

fn as_seen_from_here(address: SocketAddr) -> String {
    if address.ip().is_unspecified() || address.ip().is_loopback() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}

fn say(text: &str) {
    let mut output = io::stdout();
    // Nobody listening is no reason not to serve.
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

/// Structured logs on standard error: for people on a terminal, else JSON, one object a line.
fn start_logging(level: LevelFilter) {
    use std::io::IsTerminal as _;

    let builder = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    if io::stderr().is_terminal() { builder.init() } else { builder.json().init() }
}
