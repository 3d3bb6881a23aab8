//! What a provider's refusals mean, in words, and what to do about each.

use std::time::Duration;

use instant_acme::{Error, Problem};

use super::transport::Transport;
use crate::fetch::Fault;

/// How often one request is made anew because its nonce was refused, beside what instant-acme does by itself.
pub(super) const NONCES: usize = 12;

/// Makes a request again as long as nothing but its nonce is refused (RFC 8555 section 6.5): it has had no effect then.
macro_rules! again {
    ($request:expr) => {{
        let mut refused = 0;
        loop {
            match $request.await {
                Err(error) if refused < $crate::acme::words::NONCES && $crate::acme::words::is_bad_nonce(&error) => {
                    refused += 1;
                }
                outcome => break outcome,
            }
        }
    }};
}
pub(crate) use again;

/// Why something with a provider failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
    pub(crate) kind: Kind,
    /// How long the provider asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// What a failure means for what was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It may go on later from where it is.
    Passing,
    /// It is over, and has to begin anew.
    Final,
    /// The provider does not know the account.
    AccountUnknown,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into(), kind, retry_after: None }
    }

    /// Something on this side.
    pub(crate) fn of_ours(message: &str) -> Self {
        Self::new(Kind::Passing, message, "The node tries again by itself.")
    }

    /// The command that puts records into the DNS.
    pub(super) fn of_hook(message: &str) -> Self {
        Self::new(Kind::Passing, message, "Run the command by hand with the same arguments, and mend it.")
    }

    /// What the server said makes no sense.
    pub(super) fn of_server(message: &str, remedy: &str) -> Self {
        Self::new(Kind::Passing, format!("The provider cannot be used: {message}."), remedy)
    }

    /// As [`Failure::of`], where nothing but the account can be what is refused.
    pub(super) fn of_account(error: &Error, transport: &Transport) -> Self {
        let failure = Self::of(error, transport);
        match error {
            Error::Api(problem) if short(problem) == "unauthorized" => Self {
                message: format!(
                    "The provider refuses the account: it was given up there, or may not do this.{}",
                    said(problem)
                ),
                remedy: "Register anew.".to_owned(),
                ..failure
            },
            _ => failure,
        }
    }

    /// What instant-acme says, and what the server asked for beside it.
    pub(crate) fn of(error: &Error, transport: &Transport) -> Self {
        Self { retry_after: transport.retry_after(), ..Self::from(error) }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        match error {
            Error::Api(problem) => Self::from(problem),
            Error::Other(inner) => match inner.downcast_ref::<Fault>() {
                Some(fault) => Self::from(fault),
                None => Self::new(Kind::Passing, format!("The provider could not be asked: {inner}."), ASK_LATER),
            },
            Error::Json(_) => Self::new(
                Kind::Passing,
                "The provider answered with something that is not ACME: it may be down, or another server answers in its place.",
                "See whether the URL of the directory opens from the node's network. The node tries again by itself.",
            ),
            other => Self::new(Kind::Passing, format!("The provider could not be asked: {other}."), ASK_LATER),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

const ASK_LATER: &str = "The node tries again by itself. If it goes on, ask the provider.";

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Self {
        let said = fault.to_string();
        let remedy = if said.contains("certificate") || said.contains("UnknownIssuer") {
            "TLS to the provider is not trusted: give the CA of its server with the provider's settings, or append it to the trusted CA list."
        } else {
            "See whether the node's network reaches the provider: its name in the DNS, a firewall. The node tries again by itself."
        };
        Self::new(Kind::Passing, format!("The provider could not be reached: {}.", said.trim_end_matches('.')), remedy)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::from(&fault)
    }
}

pub(crate) fn is_bad_nonce(error: &Error) -> bool {
    matches!(error, Error::Api(problem) if short(problem) == "badNonce")
}

/// Whether a new order may be refused for the certificate that it is to replace (RFC 9773 section 5). Each provider has problems of
/// its own for that: one that is sure to be about something else is none of them.
pub(super) fn may_be_about_replacing(error: &Error) -> bool {
    match error {
        Error::Api(problem) => meaning(short(problem)).0 == Kind::Final,
        // The directory has no renewal information.
        Error::Unsupported(_) => true,
        // The order does not say what it replaces.
        Error::Other(inner) => !inner.is::<Fault>(),
        _ => false,
    }
}

/// The last part of a problem's type: `rateLimited`.
fn short(problem: &Problem) -> &str {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind)
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        let (kind, what, remedy) = meaning(short(problem));
        Self::new(kind, format!("{what}{}", said(problem)), remedy)
    }
}

/// A problem's own words, as a sentence; nothing if it has none.
fn said(problem: &Problem) -> String {
    let mut said: Vec<String> = problem.detail.iter().cloned().collect();
    for part in &problem.subproblems {
        let whose = part.identifier.as_ref().map(|name| format!("{}: ", name.authorized(false)));
        said.push(format!("{}{}", whose.unwrap_or_default(), part.detail.as_deref().unwrap_or_default()));
    }
    let said: String = said.join("; ").chars().filter(|character| !character.is_control()).take(600).collect();
    if said.is_empty() { said } else { format!(" It said: {}.", said.trim_end_matches('.')) }
}

/// The problems of RFC 8555 section 6.7.
fn meaning(problem: &str) -> (Kind, &'static str, &'static str) {
    match problem {
        "connection" => (
            Kind::Final,
            "The provider could not connect to the node to see that the name is its own.",
            "Let the provider reach the node from outside: for http-01 port 80 of every name must lead to the node's plain HTTP port, for tls-alpn-01 port 443 to its HTTPS port. Look at the firewall, at address translation, and at where the name leads in the DNS.",
        ),
        "dns" => (
            Kind::Final,
            "The provider did not find the name in the DNS.",
            "See that every name of the certificate is in the public DNS, and that the DNS servers answer. For dns-01 see that the command has put the record there.",
        ),
        "unauthorized" | "incorrectResponse" => (
            Kind::Final,
            "The provider asked at the name and got another answer than this node's.",
            "See that the name leads to this node and to no other: another web server, a proxy, or a load balancer may answer in its place.",
        ),
        "tls" => (
            Kind::Final,
            "The provider could connect to the name, but TLS failed there.",
            "See that port 443 of the name leads to this node itself: what ends TLS before it cannot pass tls-alpn-01. Use http-01 then.",
        ),
        "caa" => (
            Kind::Final,
            "The DNS forbids this provider to issue for the name (a CAA record).",
            "Add the provider to the CAA record of the domain, or choose the provider that it names.",
        ),
        "rejectedIdentifier" | "unsupportedIdentifier" => (
            Kind::Final,
            "The provider does not issue for one of the names.",
            "Take the name out of the certificate's names, or choose another provider.",
        ),
        "rateLimited" => (
            Kind::Passing,
            "The provider has had too many requests for these names or from this account.",
            "Wait: the node asks again when the provider allows it. Do not press Sign again before.",
        ),
        "accountDoesNotExist" => (
            Kind::AccountUnknown,
            "The provider does not know the account.",
            "Register anew. The node does so by itself if the terms of service are still the ones that were accepted.",
        ),
        "userActionRequired" => (
            Kind::Final,
            "The provider wants something to be done first, most likely that its new terms of service are accepted.",
            "Read the terms and accept them by registering again.",
        ),
        "externalAccountRequired" => (
            Kind::Final,
            "The provider wants an account of its own first (external account binding).",
            "Get the key identifier and the HMAC key from the provider's website and register with them.",
        ),
        "badCSR" => (
            Kind::Final,
            "The provider does not take the certificate signing request.",
            "See what it said: often it is a kind of key or a name. Change that, and sign again.",
        ),
        "invalidContact" | "unsupportedContact" => {
            (Kind::Final, "The provider does not take the e-mail address.", "Give another address, or none.")
        }
        "alreadyRevoked" => (Kind::Final, "The certificate is revoked already.", "Nothing is to be done."),
        "badRevocationReason" => {
            (Kind::Final, "The provider does not take this reason for a revocation.", "Give another reason, or none.")
        }
        "badPublicKey" => {
            (Kind::Final, "The provider does not take the public key.", "Choose another kind of key, and sign again.")
        }
        "orderNotReady" => (Kind::Passing, "The order is not ready yet.", ASK_LATER),
        "badNonce" => (Kind::Passing, "The provider went on refusing the requests' nonces.", ASK_LATER),
        "serverInternal" => (Kind::Passing, "The provider has a fault of its own.", ASK_LATER),
        _ => (Kind::Final, "The provider refused.", "See what it said."),
    }
}
