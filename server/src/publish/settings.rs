//! Services as the node's configuration describes them (`config/services.rs`).

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Between two looks at a service.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// What a file holds, PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The server certificate alone.
    Certificate,
    /// The intermediate certificates.
    Chain,
    /// The server certificate and the intermediates.
    FullChain,
    /// The private key, PKCS#8.
    Key,
    /// The full chain and the private key, as HAProxy takes them.
    FullChainAndKey,
    /// The trusted CA list.
    CaBundle,
}

impl Content {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Certificate, Self::Chain, Self::FullChain, Self::Key, Self::FullChainAndKey, Self::CaBundle];

    /// As the configuration spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Chain => "chain",
            Self::FullChain => "full-chain",
            Self::Key => "key",
            Self::FullChainAndKey => "full-chain-and-key",
            Self::CaBundle => "ca-bundle",
        }
    }

    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Key | Self::FullChainAndKey)
    }
}

/// One file of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Content,
    /// `USER`, `USER:GROUP` or `:GROUP`, names or numbers; the node's own if absent.
    pub(crate) owner: Option<String>,
    pub(crate) mode: u32,
}

/// Where it can be seen what a service serves.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name that is asked for (SNI).
    pub(crate) server_name: String,
    /// How long until the certificate must be served.
    pub(crate) limit: Duration,
}

/// A server beside the node.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) files: Vec<ServiceFile>,
    /// Program and arguments; empty if it reads its files by itself.
    pub(crate) reload: Vec<OsString>,
    pub(crate) reload_limit: Duration,
    pub(crate) probe: Option<Probe>,
}
