//! How alarms reach people: by e-mail, by webhook, by syslog.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A way in which alarms go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Channel {
    /// E-mail, over SMTP (RFC 5321).
    Smtp,
    /// A signed message to a web server.
    Webhook,
    /// Syslog (RFC 5424).
    Syslog,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Smtp, Self::Webhook, Self::Syslog];

    /// Its name: `smtp`, `webhook`, `syslog`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Webhook => "webhook",
            Self::Syslog => "syslog",
        }
    }
}

/// How severe an alarm is, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AlarmSeverity {
    /// It wants to be known.
    #[default]
    Notice,
    /// It wants to be mended.
    Warning,
    /// It will be an outage.
    Alert,
    /// It is an outage, or an intrusion.
    Critical,
}

impl AlarmSeverity {
    /// The severity of a word; of one that is none, the mildest.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "critical" => Self::Critical,
            "alert" => Self::Alert,
            "warning" => Self::Warning,
            _ => Self::Notice,
        }
    }
}

/// What a server's certificate is verified against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Roots {
    /// The node's trusted CA list.
    #[default]
    TrustedCas,
    /// The CAs that the machine's operating system trusts.
    System,
}

/// How a connection to a mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SmtpTls {
    /// By STARTTLS (RFC 3207), usually at port 587; without it nothing is sent.
    #[default]
    Starttls,
    /// From the first byte (RFC 8314), usually at port 465.
    Implicit,
    /// Not at all: only to the node's own machine.
    None,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    #[serde(default)]
    pub tls: SmtpTls,
    /// What its certificate is verified against.
    #[serde(default)]
    pub roots: Roots,
    /// Who signs in there; null if nobody does.
    #[serde(default)]
    pub user: Option<String>,
    /// The sender's address.
    pub from: String,
    /// Who gets the messages: 1 to 20 addresses.
    pub to: Vec<String>,
    /// Milder alarms are not sent.
    #[serde(default)]
    pub least: AlarmSeverity,
}

/// A web server that takes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Where messages are posted to: https, or http to the node's own machine. No secret may be in it.
    pub url: String,
    /// What its certificate is verified against.
    #[serde(default)]
    pub roots: Roots,
    /// Milder alarms are not sent.
    #[serde(default)]
    pub least: AlarmSeverity,
}

/// How messages get to a syslog server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SyslogTransport {
    /// TLS (RFC 5425), usually at port 6514.
    #[default]
    Tls,
    /// TCP, each message with its length (RFC 6587).
    Tcp,
    /// UDP (RFC 5426), usually at port 514: nobody learns that a message was lost.
    Udp,
}

/// A syslog server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Syslog {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How messages get there.
    #[serde(default)]
    pub transport: SyslogTransport,
    /// What its certificate is verified against.
    #[serde(default)]
    pub roots: Roots,
    /// Milder alarms are not sent.
    #[serde(default)]
    pub least: AlarmSeverity,
}

/// How alarms go out. Secrets are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// By e-mail; null: not at all.
    pub smtp: Option<Smtp>,
    /// By webhook; null: not at all.
    pub webhook: Option<Webhook>,
    /// By syslog; null: not at all.
    pub syslog: Option<Syslog>,
    /// Whether the node keeps a password for the mail server.
    pub has_smtp_password: bool,
    /// Whether the node keeps a secret to sign webhook messages with.
    pub has_webhook_secret: bool,
}

/// How alarms are to go out.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDelivery {
    /// By e-mail; null: not at all.
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// By webhook; null: not at all.
    #[serde(default)]
    pub webhook: Option<Webhook>,
    /// By syslog; null: not at all.
    #[serde(default)]
    pub syslog: Option<Syslog>,
    /// The password of `smtp.user`. Left out, the former one is kept, as long as server, port and user are the same.
    #[serde(default)]
    pub smtp_password: Option<String>,
    /// What webhook messages are signed with: `whsec_` and 24 to 64 bytes in base64, or 24 to 200 characters. Left out, the
    /// former one is kept.
    #[serde(default)]
    pub webhook_secret: Option<String>,
}

impl core::fmt::Debug for NewDelivery {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NewDelivery")
            .field("smtp", &self.smtp)
            .field("webhook", &self.webhook)
            .field("syslog", &self.syslog)
            .finish_non_exhaustive()
    }
}

/// A message to try a channel with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestDelivery {
    /// Which one.
    pub channel: Channel,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryTest {
    /// Whether the message was taken.
    pub ok: bool,
    /// What the server said, or why it was not reached.
    pub message: String,
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// It is to be sent, or to be sent again.
    Waiting,
    /// It was taken.
    Sent,
    /// It was given up.
    Failed,
    /// It was dropped: too many were waiting, or its channel was switched off.
    Dropped,
}

/// A message in the delivery log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryRecord {
    /// Counted upwards; the same in the message.
    pub number: u64,
    /// By which way.
    pub channel: Channel,
    /// What it tells: `raised`, `changed`, `cleared`, `test`.
    pub what: String,
    /// The alarm's id.
    pub alarm: String,
    /// Its severity.
    pub severity: String,
    /// What was the case.
    pub message: String,
    /// When it was to be told, RFC 3339.
    pub made_at: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last, RFC 3339.
    pub tried_at: Option<String>,
    /// When it is tried next, RFC 3339.
    pub next_at: Option<String>,
    /// What came of it.
    pub outcome: String,
}
