//! Client certificates of administrators: tested, and asked for at signing in.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::decoded::Certificate;
use crate::revocation::SourceResult;
use crate::verify::Verification;

/// Whether a client certificate would be taken, and whom it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientCertificateTest {
    /// The version of this message.
    pub version: u32,
    /// The certificate; null if there is none.
    pub certificate: Option<Certificate>,
    /// Whether it chains to a root in the trusted CA list, may be a TLS client's, and is not revoked.
    pub verification: Verification,
    /// What the expression is matched against: one fact a line.
    pub text: String,
    /// Whom it names; null without an expression.
    pub user_name: Option<UserName>,
    /// Where certificates sign administrators in by themselves: why it does not, although it may be valid. It names nobody, or
    /// nobody who is a user of the node.
    pub against_sign_in: Option<String>,
    /// What its responder says of it, if responders (OCSP) are asked and it is valid as far as the lists say.
    pub ocsp: Option<SourceResult>,
}

/// What an expression and a template make of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserName {
    /// The user name, if there is one.
    pub name: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Whether the node has a user of that name.
    pub exists: bool,
    /// The named groups, in the order of the expression.
    pub groups: Vec<Group>,
}

/// One named group of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What it caught; null if it took no part.
    pub value: Option<String>,
}

/// What administrators need a client certificate for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignInMode {
    /// For nothing; the password is enough.
    #[default]
    NotRequired,
    /// Beside the password.
    Validation,
    /// In place of the password: the certificate names the user.
    Authentication,
}

/// How revocation counts for client certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RevocationCheck {
    /// It is not looked at.
    Off,
    /// What a list of the node revokes is revoked.
    #[default]
    IfListed,
    /// Every certificate but the root needs a list that is valid now.
    Required,
}

/// How administrators sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInSettings {
    /// What they need a client certificate for.
    pub mode: SignInMode,
    /// A regular expression with named groups, matched against the certificate's text; `^` and `$` stand for line ends.
    pub expression: String,
    /// What the user name is put together from: `#group#` stands for what a named group caught.
    pub template: String,
    /// How revocation counts.
    #[serde(default)]
    pub revocation: RevocationCheck,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            mode: SignInMode::default(),
            expression: String::from("^Common name: (?<captureCommonName>.+)$"),
            template: String::from("#captureCommonName#"),
            revocation: RevocationCheck::default(),
        }
    }
}

/// Settings to make permanent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSignInSettings {
    /// The settings.
    #[serde(flatten)]
    pub settings: SignInSettings,
    /// For how many minutes they are tried, 1 to 60: then the former ones return, unless the new ones are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub try_for_minutes: Option<u32>,
}

/// How administrators sign in now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInRules {
    /// What is in force.
    pub settings: SignInSettings,
    /// If that is only a trial: when it ends.
    pub trial: Option<Trial>,
    /// The port at which the node asks any browser for its certificate and tells what it thinks of it.
    pub own_certificate_port: u16,
}

/// Settings that are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    /// When the former settings return, RFC 3339.
    pub ends_at: String,
    /// What returns.
    pub former: SignInSettings,
    /// Whether this session was begun under the settings that are tried, and so can keep them.
    pub can_keep: bool,
}
