//! Joining: a token is shown once, opens the cluster's key once, and expires.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certway_core::Time;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::etcd::{Error, Etcd, Settings, Write};
use super::records::{Keeper, Records, lacks};
use crate::seal::{NodeKey, to_hex};
use crate::store::{self, Incoming, Membership};

/// How long a token lasts: fifteen minutes.
const LASTS_SECONDS: u32 = 15 * 60;
const BEGINS: &str = "certway-join-";

/// With which a node joins. It cannot be printed.
pub(crate) struct Token(Zeroizing<String>);

/// Where the cluster's key lies for who has the token.
pub(super) struct Invitation {
    pub(super) key: String,
    pub(super) revision: i64,
}

/// What an invitation holds.
#[derive(Serialize, Deserialize)]
struct Invited {
    cluster: String,
    /// Hexadecimal.
    key: String,
    /// Seconds since 1970.
    until: i64,
}

impl Drop for Invited {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Why a node cannot join.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// The token is none, was used, or is too old.
    #[error(
        "the token is not one that can be used: it is mistyped, was used before, or is older than fifteen minutes. Make a new one on a node of the cluster, with `certway cluster token` or on its page *Clustering*"
    )]
    Token,
    /// What the cluster shares is not whole.
    #[error("what the cluster keeps in etcd is not as its nodes wrote it: {0} cannot be opened")]
    Forged(String),
    /// What the cluster shares is not all there.
    #[error("what the cluster shares is not whole: {0}")]
    Gone(String),
    /// The certificates of the cluster are being changed.
    #[error("a change of the cluster's certificates is under way; join when it has ended")]
    ChangeRuns,
    /// etcd does not answer.
    #[error(transparent)]
    Etcd(#[from] Error),
    /// The system gives no random numbers.
    #[error("no random numbers can be had from the system")]
    NoRandomness,
}

/// A cluster that a node is about to join.
pub(crate) struct Joined {
    /// The cluster.
    pub(crate) cluster: Membership,
    /// All that it shares.
    pub(crate) documents: Vec<Incoming>,
    /// Publishes that the node is in it, and uses the token up.
    pub(crate) keeper: Keeper,
}

impl Token {
    /// A token that someone has typed.
    pub(crate) fn typed(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The token, to be shown once.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Makes one for a cluster, and until when it can be used.
    pub(crate) async fn make(records: &Records, now: Time) -> Result<(Self, Time), JoinError> {
        let secret = NodeKey::random().map_err(|_| JoinError::NoRandomness)?;
        let token = Self(Zeroizing::new(format!("{BEGINS}{}", URL_SAFE_NO_PAD.encode(secret.secret()))));
        let until = Time::from_unix(now.unix() + i64::from(LASTS_SECONDS));
        let key = place(&secret);
        let invited = Invited {
            cluster: records.id().to_owned(),
            key: to_hex(records.key().secret()).to_string(),
            until: until.unix(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&invited).unwrap_or_default());
        let value = secret.seal(key.as_bytes(), &plain);
        let lease = Some(records.etcd.grant(LASTS_SECONDS).await?);
        records.etcd.transact(&[], &[Write::Put { key, value, lease }]).await?;
        Ok((token, until))
    }

    fn secret(&self) -> Option<NodeKey> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(self.0.strip_prefix(BEGINS)?).ok()?);
        NodeKey::from_secret(&bytes)
    }
}

/// Where an invitation lies tells nothing of its token.
fn place(secret: &NodeKey) -> String {
    let mark = to_hex(&secret.sign(&[b"where the invitation lies"]));
    format!("certway/join/{}", &mark[..32])
}

/// Opens what a token opens, and fetches all that the cluster shares.
pub(crate) async fn join(settings: &Settings, token: &Token, node: &str, now: Time) -> Result<Joined, JoinError> {
    let secret = token.secret().ok_or(JoinError::Token)?;
    let etcd = Etcd::new(settings)?;
    let key = place(&secret);
    let pair = etcd.get(&key).await?.ok_or(JoinError::Token)?;
    let plain = secret.open(key.as_bytes(), &pair.value).map_err(|_| JoinError::Token)?;
    let invited: Invited = serde_json::from_slice(&plain).map_err(|_| JoinError::Token)?;
    if invited.until < now.unix() {
        return Err(JoinError::Token);
    }
    let cluster = || {
        let key = NodeKey::from_text(&invited.key).ok_or(JoinError::Token)?;
        Ok::<_, JoinError>(Membership { id: invited.cluster.clone(), key })
    };
    let records = Records::new(settings, cluster()?)?;
    let latest = records.latest_change().await?;
    if latest.is_some_and(|latest| latest.standing.state.end.is_none()) {
        return Err(JoinError::ChangeRuns);
    }
    let mut documents = Vec::new();
    let place = records.documents();
    for pair in etcd.range(&place).await?.pairs {
        // A later version may share what this one does not know.
        if !pair.key.strip_prefix(&place).is_some_and(store::is_shared) {
            continue;
        }
        let document = records.document(&pair).ok_or(JoinError::Forged(pair.key))?;
        let blobs = records.blobs(&store::named(&document.name, &document.body)).await?;
        documents.push(Incoming { blobs, ..document });
    }
    let there = |name: &str| documents.iter().any(|document| document.name == name);
    let gone: Vec<String> =
        store::IN_EVERY_CLUSTER.into_iter().filter(|name| !there(name)).map(str::to_owned).collect();
    if !gone.is_empty() {
        // Its own list of nodes would be all that the node brought in, and everybody's.
        return Err(JoinError::Gone(lacks(&gone)));
    }
    let invitation = Invitation { key, revision: pair.revision };
    let keeper = Keeper::joining(settings.clone(), cluster()?, node.to_owned(), invitation);
    Ok(Joined { cluster: cluster()?, documents, keeper })
}
