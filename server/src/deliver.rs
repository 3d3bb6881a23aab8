//! Messages about alarms, out to people: one file a channel. Knows neither store nor app; who calls decides what is sent, and when again.

pub(crate) mod smtp;
pub(crate) mod syslog;
pub(crate) mod webhook;

use std::sync::Arc;
use std::time::Duration;

use certway_core::Time;
use certway_wire::alarms::Alarm;
use certway_wire::delivery::{Channel, Roots, Smtp, Syslog, Webhook};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::tls::Presented;

/// How long a message may take, from the first byte sent to the last one received.
const WHOLE: Duration = Duration::from_secs(45);

/// What is told.
#[derive(Clone)]
pub(crate) struct Message {
    /// Its number in the delivery log; 0 for one that tries a channel.
    pub(crate) number: i64,
    /// The node's name.
    pub(crate) node: String,
    /// `raised`, `changed`, `cleared`, `test`.
    pub(crate) what: String,
    /// When it came to be.
    pub(crate) at: Time,
    pub(crate) alarm: Alarm,
    /// Who is still to get it, if some have it already.
    pub(crate) owed: Option<Owed>,
    /// Who does not get it yet: an earlier message of the alarm comes first.
    pub(crate) behind: Vec<String>,
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// What the other side said.
    pub(crate) said: String,
    /// Who is still to get it, if the other side does not take it for all yet.
    pub(crate) owed: Option<Owed>,
}

impl Taken {
    fn by_all(said: String) -> Self {
        Self { said, owed: None }
    }
}

/// What is left of a message that the others have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owed {
    /// The addresses that are still to get it.
    pub(crate) to: Vec<String>,
    /// Who was refused for good, and why.
    pub(crate) refused: Vec<String>,
}

impl Message {
    /// One that tries a channel.
    pub(crate) fn test(node: &str, at: Time) -> Self {
        let alarm = Alarm {
            id: "test".to_owned(),
            number: None,
            severity: "notice".to_owned(),
            message: "This message tries how alarms of this node are delivered.".to_owned(),
            remedy: "Nothing is to be done.".to_owned(),
            raised_at: at.to_string(),
            acknowledged: None,
        };
        Self { number: 0, node: node.to_owned(), what: "test".to_owned(), at, alarm, owed: None, behind: Vec::new() }
    }

    /// The same for every attempt, and for no other message of any node: who gets it twice notices. It has no full stop, which
    /// divides what a webhook's signature covers.
    fn id(&self) -> String {
        format!("certway-{}-{}-{}", self.node.replace('.', "-"), self.at.unix(), self.number)
    }

    /// `Alarm raised, warning`, `Alarm cleared`, ...
    fn headline(&self) -> String {
        match self.what.as_str() {
            "test" => "Test".to_owned(),
            "cleared" => "Alarm cleared".to_owned(),
            what => format!("Alarm {what}, {}", self.alarm.severity),
        }
    }
}

/// A channel as it is set, with its secret.
pub(crate) enum Target {
    Smtp(Smtp, Option<Zeroizing<String>>),
    Webhook(Webhook, Zeroizing<Vec<u8>>),
    Syslog(Syslog),
}

impl Target {
    pub(crate) fn channel(&self) -> Channel {
        match self {
            Self::Smtp(..) => Channel::Smtp,
            Self::Webhook(..) => Channel::Webhook,
            Self::Syslog(_) => Channel::Syslog,
        }
    }

    pub(crate) fn roots(&self) -> Roots {
        match self {
            Self::Smtp(smtp, _) => smtp.roots,
            Self::Webhook(webhook, _) => webhook.roots,
            Self::Syslog(syslog) => syslog.roots,
        }
    }
}

/// The CAs that the machine trusts, DER. Reads files.
pub(crate) fn system_roots() -> Vec<Vec<u8>> {
    rustls_native_certs::load_native_certs().certs.into_iter().map(|root| root.to_vec()).collect()
}

/// Sends a message once; gives what the other side said, and who is still to get it.
///
/// # Errors
/// In words, why nobody has taken it.
pub(crate) async fn send(
    target: &Target,
    roots: &[Vec<u8>],
    presented: Arc<Presented>,
    message: &Message,
) -> Result<Taken, String> {
    let sending = async {
        match target {
            Target::Smtp(smtp, password) => {
                smtp::send(smtp, password.as_ref().map(|password| password.as_str()), roots, message).await
            }
            Target::Webhook(webhook, secret) => webhook::send(webhook, secret, roots, message).await.map(Taken::by_all),
            Target::Syslog(syslog) => syslog::send(syslog, roots, presented, message).await.map(Taken::by_all),
        }
    };
    timeout(WHOLE, sending).await.unwrap_or_else(|_| Err("it took longer than 45 seconds".to_owned()))
}

/// What TLS can read as roots.
fn usable(roots: &[Vec<u8>]) -> impl Iterator<Item = CertificateDer<'_>> {
    let roots = roots.iter().map(|root| CertificateDer::from(root.as_slice()));
    roots.filter(|root| RootCertStore::empty().add(root.clone()).is_ok())
}

/// A text in one line, as messages of a line want it.
fn in_one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
