//! The cluster as its nodes run it: founded, joined, shown, changed.

mod ends;
mod live;
mod copy;
mod peers;
mod settings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use certway_core::{Time, decode_certificates};
use certway_wire::cluster as wire;
use tokio::sync::Notify;

use super::change::{ChangeRefusal, Permits};
use super::error::Error;
use super::{App, alarms, blocking};
use crate::clock;
use crate::cluster::{Alive, JoinError, Keeper, Records, Token, etcd, join};
use crate::command;
use crate::seal::{NodeKey, to_hex};
use crate::store::{self, Alarm, Certificate, Entry, Identity, Membership, Origin, Store};
pub(crate) use copy::take_again;
use peers::Peers;
pub(super) use settings::Member;
pub(crate) use settings::is_address;
use settings::{Mode, Nodes};

/// How often a node that joins tries again because another has changed something meanwhile.
const ATTEMPTS: usize = 5;

/// How long the command of a restart may take.
const RESTART: Duration = Duration::from_secs(600);

/// How a node takes part in a cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClusterSettings {
    /// Where what is shared is kept; none: the node is alone.
    pub(crate) etcd: Option<etcd::Settings>,
    /// `HOST:PORT`, where peers reach this node.
    pub(crate) address: String,
    /// Where HTTPS listens.
    pub(crate) https: SocketAddr,
    /// What is run when a change restarts this node: program and arguments. Without one, loading the certificate is all.
    pub(crate) restart: Vec<String>,
}

/// What the name of a log of events begins with, beside those of documents.
const OF_EVENTS: &str = "events of ";

fn of_events(node: &str) -> String {
    format!("{OF_EVENTS}{node}")
}

/// What there is beside the store.
pub(super) struct Cluster {
    settings: ClusterSettings,
    /// What is known of the other nodes, and of etcd.
    live: ArcSwap<Live>,
    /// Something to say, or another membership.
    changed: Notify,
    /// Documents that are not as nodes wrote them, and logs of events that were put back: what, by its name.
    forged: Mutex<BTreeMap<String, String>>,
    /// The latest event of each node, by its name and when it joined.
    heads: Mutex<BTreeMap<(String, i64), i64>>,
    let_through: AtomicU64,
    /// What is wrong with the latest restart of a change.
    restart: ArcSwapOption<String>,
    /// TLS verification mode, and who the nodes are: read in every handshake of a peer.
    rules: ArcSwap<Rules>,
    pub(super) peers: Peers,
}

/// What is known at this moment.
#[derive(Clone, Debug)]
struct Live {
    reachable: bool,
    since: Time,
    message: Option<String>,
    /// What this node knows of what is shared, and etcd does not keep any more.
    gone: Vec<String>,
    /// Those that are alive, by their names.
    nodes: BTreeMap<String, Alive>,
    /// How each of the others stood when it was last heard of, also if it is away now.
    last: BTreeMap<String, wire::NodeStatus>,
    /// What this node thinks of the others.
    verdicts: Vec<wire::PeerVerdict>,
    /// Those of them that failed twice in a row.
    refused: Vec<wire::PeerVerdict>,
}

/// What counts in a handshake of a peer.
#[derive(Default)]
struct Rules {
    mode: wire::VerificationMode,
    nodes: Nodes,
    /// Whether that is what the store says, and not what is left where it was edited.
    whole: bool,
    /// The cluster's key, if the node is in one.
    key: Option<NodeKey>,
}

/// Why the cluster stands against something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterRefusal {
    /// The configuration names no etcd.
    #[error(
        "the node's configuration does not say where a cluster keeps what it shares: start the node with --cluster etcd=URL, or write [cluster] into the configuration file"
    )]
    NotConfigured,
    /// It is in one already.
    #[error(
        "the node is in a cluster already; remove it from that one first, or let it leave (`certway cluster leave`) if etcd has lost that one"
    )]
    Member,
    /// It is in none.
    #[error("the node is in no cluster; found one, or join one with a token")]
    NotMember,
    /// There is a cluster.
    #[error(
        "etcd keeps a cluster already: join it, with a token that one of its nodes makes. If no node is in it any more, make room with `etcdctl del --prefix certway/`"
    )]
    Founded,
    /// There may be one that no node is in.
    #[error(
        "it is not known whether the cluster was founded: {0}. Found it once more when etcd answers again. If etcd then keeps a cluster already, no node has its key: make room with `etcdctl del --prefix certway/`"
    )]
    FoundingUnsure(String),
    /// Another cluster has taken the place of this node's in etcd.
    #[error(
        "etcd keeps another cluster in the place of this node's: its nodes would lose what they share. To belong to that one, let this node leave its own (`certway cluster leave`), then join"
    )]
    AnotherCluster,
    /// It is to leave a cluster that it can be removed from.
    #[error(
        "etcd answers and keeps the cluster, so the other nodes can be told: remove this node with `certway cluster remove {0}`, or on System > Clustering"
    )]
    CanBeRemoved(String),
    /// What is shared was edited here.
    #[error(
        "what this node has of {} was changed behind its back, so no other node is to get it: run this at another node", .0.join(", ")
    )]
    Edited(Vec<String>),
    /// Another node of that name is in it.
    #[error(
        "the cluster has a node of the name '{0}' already; give this one another name in its configuration, or remove that one first"
    )]
    NameTaken(String),
    /// There is no such node.
    #[error("the cluster has no node of the name '{0}'")]
    UnknownNode(String),
    /// An address is none.
    #[error("'{0}' is not an address of the form HOST:PORT")]
    Address(String),
    /// Under Enforce nodes would refuse each other: who whom, and why.
    #[error("under Enforce nodes would refuse each other")]
    WouldBeRefused(Vec<String>),
    /// A node cannot be asked.
    #[error("{0} cannot be asked: {1}")]
    NodeAway(String, String),
    /// It did not work out.
    #[error(transparent)]
    Join(#[from] JoinError),
}

impl From<etcd::Error> for Error {
    fn from(error: etcd::Error) -> Self {
        Self::Store(store::Error::ClusterAway(error.to_string()))
    }
}

impl Cluster {
    pub(super) fn open(settings: ClusterSettings, store: &Store, found: &mut Vec<Alarm>) -> Result<Self, Error> {
        Ok(Self {
            settings,
            live: ArcSwap::default(),
            changed: Notify::new(),
            forged: Mutex::default(),
            heads: Mutex::default(),
            let_through: AtomicU64::new(0),
            restart: ArcSwapOption::empty(),
            rules: ArcSwap::from_pointee(Rules::of(store, found)?),
            peers: Peers::default(),
        })
    }

    fn forged(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // A map is whole whatever happened to its holder.
        self.forged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the latest event of a node. Says whether the node has had a later one: then its log was put back.
    fn heard_of_event(&self, node: &str, number: i64) -> bool {
        let rules = self.rules.load();
        let Some(member) = rules.nodes.0.iter().find(|member| member.name == node) else { return false };
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let head = heads.entry((member.name.clone(), member.joined_at)).or_insert(number);
        let put_back = number < *head;
        *head = number.max(*head);
        put_back
    }

    /// When a node has joined, if it is in the cluster.
    pub(super) fn joined_at(&self, node: &str) -> Option<i64> {
        let rules = self.rules.load();
        rules.nodes.0.iter().find(|member| member.name == node).map(|member| member.joined_at)
    }

    /// This node's log is another one than the cluster knows.
    fn own_log_is_not_known(&self, node: &str, what: String) {
        self.forged().insert(of_events(node), what);
    }

    /// This node's log is the one that the cluster knows.
    pub(super) fn own_log_is_known(&self, node: &str) {
        self.forged().remove(&of_events(node));
    }

    /// Knows nothing of the other nodes and of etcd, as when the node starts.
    fn forget(&self) {
        self.live.store(Arc::new(Live::default()));
        self.forged().clear();
        self.peers.forget_callers();
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn change_live(&self, change: impl Fn(&mut Live)) {
        self.live.rcu(|live| {
            let mut live = Live::clone(live);
            change(&mut live);
            live
        });
    }
}

impl Default for Live {
    fn default() -> Self {
        Self {
            reachable: false,
            since: clock::now(),
            message: Some("it was not asked yet".to_owned()),
            gone: Vec::new(),
            nodes: BTreeMap::new(),
            last: BTreeMap::new(),
            verdicts: Vec::new(),
            refused: Vec::new(),
        }
    }
}

impl Live {
    fn hear(&mut self, nodes: impl IntoIterator<Item = (String, Alive)>) {
        for (name, alive) in nodes {
            self.last.insert(name.clone(), alive.status.clone());
            self.nodes.insert(name, alive);
        }
    }
}

impl Rules {
    fn of(store: &Store, found: &mut Vec<Alarm>) -> Result<Self, Error> {
        let of_these = [settings::MODE, settings::NODES].map(alarms::setting_changed_id);
        found.retain(|alarm| !of_these.contains(&alarm.id));
        let mode = match store.setting::<Mode>() {
            Ok(Mode(mode)) => mode,
            // Whoever edits it opens no door.
            Err(store::Error::Damaged(_)) => {
                found.push(alarms::setting_changed(settings::MODE, "TLS verification mode is Enforce."));
                wire::VerificationMode::Enforce
            }
            Err(error) => return Err(error.into()),
        };
        let (nodes, whole) = match store.setting::<Nodes>() {
            Ok(nodes) => (nodes, true),
            Err(store::Error::Damaged(_)) => {
                let instead = "No peer is known. The node stays in the cluster, and takes the cluster's copy again by itself as soon as it reaches etcd.";
                found.push(alarms::setting_changed(settings::NODES, instead));
                (Nodes::default(), false)
            }
            Err(error) => return Err(error.into()),
        };
        // A change opens Permissive at each node by itself, and closes it there.
        let mode = if Permits::of(store)?.permissive { wire::VerificationMode::Permissive } else { mode };
        Ok(Self { mode, nodes, whole, key: store.membership()?.map(|cluster| cluster.key) })
    }
}

impl App {
    /// The cluster as this node sees it.
    pub(crate) fn cluster(&self) -> Result<wire::Cluster, Error> {
        let live = self.cluster.live.load_full();
        let rules = self.cluster.rules.load_full();
        let member = rules.key.is_some();
        let membership = match &self.cluster.settings.etcd {
            _ if member => wire::Membership::Member,
            None => wire::Membership::NotConfigured,
            Some(_) => wire::Membership::Alone,
        };
        let plane = self.cluster.settings.etcd.as_ref().filter(|_| member).map(|etcd| wire::Plane {
            endpoints: etcd.endpoints.clone(),
            reachable: live.reachable,
            since: live.since.to_string(),
            message: live.message.clone(),
        });
        let own = self.own_standing()?;
        let mut nodes: Vec<wire::ClusterNode> =
            rules.nodes.0.iter().map(|node| self.shown(node, &live, &own)).collect();
        if nodes.is_empty() {
            nodes.push(self.shown(&self.as_member(clock::now()), &live, &own));
        }
        let verdicts = self.verdicts(&nodes, &live);
        let let_through = self.cluster.let_through.load(Ordering::Relaxed);
        Ok(wire::Cluster { membership, plane, mode: rules.mode, nodes, verdicts, let_through })
    }

    fn shown(&self, member: &Member, live: &Live, own: &wire::NodeStatus) -> wire::ClusterNode {
        let this = member.name == self.name;
        let status = live.nodes.get(&member.name).map(|alive| alive.status.clone());
        wire::ClusterNode {
            name: member.name.clone(),
            address: member.address.clone(),
            this,
            // Without etcd nobody hears of anybody.
            alive: this || live.reachable && status.is_some(),
            joined_at: Time::from_unix(member.joined_at).to_string(),
            status: if this { Some(own.clone()) } else { status },
        }
    }

    /// Who verifies whom, as each of them last said.
    fn verdicts(&self, nodes: &[wire::ClusterNode], live: &Live) -> Vec<wire::PeerVerdict> {
        let row = |verifier: &wire::ClusterNode| match live.nodes.get(&verifier.name) {
            _ if verifier.this => live.verdicts.clone(),
            Some(alive) => alive.verdicts.clone(),
            None => Vec::new(),
        };
        let mut verdicts = Vec::new();
        for verifier in nodes {
            let row = row(verifier);
            for presented in nodes.iter().filter(|node| node.name != verifier.name) {
                let known = row.iter().find(|verdict| verdict.presented == presented.name).cloned();
                verdicts.push(known.unwrap_or_else(|| wire::PeerVerdict {
                    verifier: verifier.name.clone(),
                    presented: presented.name.clone(),
                    verdict: wire::Verdict::NotYet,
                    at: None,
                    reasons: Vec::new(),
                }));
            }
        }
        verdicts
    }

    /// How this node stands.
    fn own_standing(&self) -> Result<wire::NodeStatus, Error> {
        let (slots, client, csr, alarms, (event, digest)) = {
            let store = self.store();
            let (server, client) = (store.slots(Identity::Server)?, store.slots(Identity::Client)?.active);
            (server, client, store.csr()?.is_some(), store.alarms()?.len(), store.event_head()?)
        };
        Ok(wire::NodeStatus {
            at: clock::now().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            certificate: leaf(&slots.active),
            client_certificate: leaf(&client),
            csr,
            pending: slots.pending.is_some(),
            acme: slots.active.origin == Origin::Acme,
            alarms: u32::try_from(alarms).unwrap_or(u32::MAX),
            trusted_cas_sha256: self.trust.load().sha256(),
            mode: self.cluster.rules.load().mode,
            event,
            event_digest: to_hex(&digest).to_string(),
        })
    }

    fn as_member(&self, now: Time) -> Member {
        Member { name: self.name.clone(), address: self.cluster.settings.address.clone(), joined_at: now.unix() }
    }

    fn etcd(&self) -> Result<etcd::Settings, ClusterRefusal> {
        self.cluster.settings.etcd.clone().ok_or(ClusterRefusal::NotConfigured)
    }

    /// Whether the node is in this cluster, as of its store.
    pub(super) fn is_in(store: &Store, cluster: &str) -> Result<bool, store::Error> {
        Ok(store.membership()?.is_some_and(|membership| membership.id == cluster))
    }

    pub(super) fn records(&self) -> Result<Option<Records>, Error> {
        let Some(cluster) = self.store().membership()? else { return Ok(None) };
        Ok(Some(Records::new(&self.etcd()?, cluster)?))
    }

    /// The nodes of the cluster.
    pub(super) fn members(&self) -> Vec<Member> {
        self.cluster.rules.load().nodes.0.clone()
    }

    /// The names of those that are alive.
    pub(super) fn alive(&self) -> Vec<String> {
        self.cluster.live.load().nodes.keys().cloned().collect()
    }

    /// The mode that all nodes share, whatever a change has opened here.
    pub(super) fn shared_mode(&self) -> Result<wire::VerificationMode, Error> {
        Ok(self.store().setting::<Mode>()?.0)
    }

    /// Where this node's own HTTPS is reached.
    pub(super) fn own_https(&self) -> (String, u16) {
        let listens = self.cluster.settings.https;
        let host = if listens.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listens.ip().to_string() };
        (host, listens.port())
    }

    /// Runs what the configuration names for the restart of a node in a change. It may end this node, so nobody waits for it; how it goes is told
    /// by [`App::restart_trouble`].
    pub(super) fn restart(self: &Arc<Self>) {
        let Some((program, arguments)) = self.cluster.settings.restart.split_first() else { return };
        let (app, program, arguments) = (Arc::clone(self), program.clone(), arguments.to_vec());
        self.cluster.restart.store(Some(Arc::new("the restart that its configuration names is not over".to_owned())));
        tokio::spawn(async move {
            let failed = command::run(&program, &arguments, RESTART).await.err();
            if let Some(why) = &failed {
                tracing::error!(why, "the restart of the change failed");
            }
            let told = failed.map(|why| Arc::new(format!("the restart that its configuration names failed: {why}")));
            app.cluster.restart.store(told);
        });
    }

    /// What is wrong with the latest restart of a change, if this node has lived through it.
    pub(super) fn restart_trouble(&self) -> Option<String> {
        self.cluster.restart.load().as_deref().cloned()
    }

    /// A change under way stands against what would move its ground.
    pub(super) fn no_change_runs(&self) -> Result<(), Error> {
        if self.change_runs() { Err(ChangeRefusal::Runs.into()) } else { Ok(()) }
    }

    /// Passes a request on to another node; gives its answer.
    pub(crate) async fn pass_on(
        &self,
        name: &str,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, Error> {
        let member = self.members().into_iter().find(|member| member.name == name && name != self.name);
        let member = member.ok_or_else(|| ClusterRefusal::UnknownNode(name.to_owned()))?;
        let away = |why: String| ClusterRefusal::NodeAway(name.to_owned(), why);
        let channel = self.channel().ok_or_else(|| away("this node has no way to its peers".to_owned()))?;
        let answer = channel.call(&member.name, &member.address, request).await;
        Ok(answer.map_err(|error| away(error.to_string()))?)
    }

    /// Begins a cluster with this node and what it has.
    pub(crate) fn found_cluster(&self, actor: &str) -> Result<wire::Cluster, Error> {
        let change = self.changing();
        let etcd = self.etcd()?;
        if self.store().membership()?.is_some() {
            return Err(ClusterRefusal::Member.into());
        }
        let key = NodeKey::random().map_err(|_| Error::NoRandomness)?;
        let id = to_hex(&key.sign(&[b"the cluster's name"])[..8]).to_string();
        let cluster = || {
            let key = NodeKey::from_secret(key.secret()).ok_or(Error::NoRandomness)?;
            Ok::<_, Error>(Membership { id: id.clone(), key })
        };
        let keeper = Keeper::founding(etcd.clone(), cluster()?, self.name.clone());
        let now = clock::now();
        let nodes = Nodes(vec![self.as_member(now)]);
        let mut store = self.store();
        store.share(Some(Box::new(keeper)));
        let founded = store.found_cluster(now, actor, &cluster()?, |change| {
            change.set(&nodes)?;
            // The mode is shared from the beginning, the default one too.
            change.set(&Mode::default())
        });
        let keeper = Keeper::new(etcd, cluster()?, self.name.clone());
        store.share(founded.is_ok().then(|| Box::new(keeper) as Box<dyn store::Plane>));
        drop(store);
        match founded {
            Err(store::Error::Overtaken) => return Err(ClusterRefusal::Founded.into()),
            Err(store::Error::ClusterUnsure(why)) => return Err(ClusterRefusal::FoundingUnsure(why).into()),
            founded => founded?,
        }
        self.cluster_changed(&change)?;
        self.cluster()
    }

    /// Makes a token with which one node can join.
    pub(crate) async fn make_join_token(self: &Arc<Self>, actor: &str) -> Result<wire::NewJoinToken, Error> {
        let app = Arc::clone(self);
        let records = blocking(move || {
            app.no_change_runs()?;
            app.records()?.ok_or_else(|| ClusterRefusal::NotMember.into())
        })
        .await?;
        let (token, until) = Token::make(&records, clock::now()).await.map_err(refused)?;
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || {
            Ok(app.store().record(clock::now(), &actor, Entry::new("join-token-made", format!("until {until}")))?)
        })
        .await?;
        Ok(wire::NewJoinToken { token: token.reveal().to_owned(), expires_at: until.to_string() })
    }

    /// Joins a cluster: what that shares takes the place of what this node has.
    pub(crate) async fn join_cluster(self: &Arc<Self>, actor: &str, token: &Token) -> Result<wire::Cluster, Error> {
        let etcd = self.etcd()?;
        for attempt in 1.. {
            let joined = join(&etcd, token, &self.name, clock::now()).await.map_err(refused)?;
            let (app, actor, etcd) = (Arc::clone(self), actor.to_owned(), etcd.clone());
            match blocking(move || app.enter(&actor, joined, etcd)).await {
                // Somebody has changed what is shared between the look and the entry.
                Err(Error::Store(store::Error::Overtaken)) if attempt < ATTEMPTS => {}
                done => return done,
            }
        }
        Err(store::Error::Overtaken.into())
    }

    fn enter(&self, actor: &str, joined: crate::cluster::Joined, etcd: etcd::Settings) -> Result<wire::Cluster, Error> {
        let change = self.changing();
        let now = clock::now();
        let own = self.as_member(now);
        {
            let mut store = self.store();
            if store.membership()?.is_some() {
                return Err(ClusterRefusal::Member.into());
            }
            let mut taken = None;
            store.share(Some(Box::new(joined.keeper)));
            let entered = store.join_cluster(now, actor, &joined.cluster, &joined.documents, |change| {
                let mut nodes: Nodes = change.setting()?;
                if nodes.0.iter().any(|node| node.name == own.name) {
                    taken = Some(own.name.clone());
                    return Err(store::Error::Overtaken);
                }
                nodes.0.push(own.clone());
                nodes.0.sort_by(|one, other| one.name.cmp(&other.name));
                change.set(&nodes)
            });
            if let Some(name) = taken {
                store.share(None);
                return Err(ClusterRefusal::NameTaken(name).into());
            }
            let keeper = Keeper::new(etcd, joined.cluster, self.name.clone());
            store.share(entered.is_ok().then(|| Box::new(keeper) as Box<dyn store::Plane>));
            entered?;
        }
        self.shared_changed(&change)?;
        self.cluster()
    }
}

fn leaf(active: &Certificate) -> Option<wire::NodeCertificate> {
    let (_, leaf) = decode_certificates(active.served_pem.as_bytes()).into_iter().next()?;
    Some(wire::NodeCertificate {
        subject: leaf.subject,
        serial: leaf.serial,
        not_after: leaf.not_after.to_string(),
        fingerprint_sha256: leaf.fingerprint_sha256,
        temporary: active.origin == Origin::Temporary,
    })
}

fn refused(error: JoinError) -> Error {
    match error {
        JoinError::Etcd(error) => error.into(),
        JoinError::NoRandomness => Error::NoRandomness,
        error => ClusterRefusal::Join(error).into(),
    }
}
