//! Why the node did not do what was asked. Each sentence says what is the case; whether anything was changed and what
//! to do is said where it is shown.

use std::time::Duration;

use certway_core::FieldFault;
use certway_wire::Report;

use super::acme::AcmeRefusal;
use super::alarms::AlarmRefusal;
use super::change::ChangeRefusal;
use super::cluster::ClusterRefusal;
use super::passwords::Unacceptable;
use super::second_factor::SecondFactorRefusal;
use super::sign_in_rules::SignInRefusal;
use super::tokens::TokenRefusal;
use super::users::UserRefusal;
use crate::store;
use crate::tls::NotUsable;

/// Why the node did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The upload breaks a rule of refusal.
    #[error("the upload was refused")]
    Refused(Box<Report>),
    /// Everything was in order, but TLS cannot serve the pair.
    #[error("TLS cannot serve this certificate with this key: {reason}")]
    NotUsable {
        /// What rustls says.
        reason: String,
        /// The report, if this was an upload.
        report: Option<Box<Report>>,
    },
    /// The pending certificate is refused by now.
    #[error("the pending certificate would be refused today")]
    PendingRefused(Box<Report>),
    /// There is no pending certificate.
    #[error("there is no pending certificate")]
    NothingPending,
    /// There is no previous certificate.
    #[error("there is no previous certificate")]
    NothingPrevious,
    /// There is no certificate signing request in progress.
    #[error("there is no certificate signing request in progress")]
    NoCsr,
    /// There is one already.
    #[error("a certificate signing request is in progress; upload its certificate, or discard it first")]
    CsrInProgress,
    /// The fields of a request are not as they must be.
    #[error("the certificate signing request was not made: {}", in_words(.0))]
    CsrFields(Vec<FieldFault>),
    /// The temporary certificate's key is nothing to ask a CA's certificate for.
    #[error("the current private key is that of the temporary certificate; generate a new one")]
    TemporaryKey,
    /// The temporary certificate has names that no upload may have.
    #[error(
        "the server certificate is the temporary one, which is not copied: it names localhost, which no uploaded certificate may. Upload a server certificate that is for clients too and copy that, or upload a client certificate. To show the temporary certificate as a client, reset the client certificate to it"
    )]
    TemporaryNotCopied,
    /// The current key cannot be read.
    #[error("the current private key cannot be read")]
    NoCurrentKey,
    /// The configuration names no such service.
    #[error("there is no service of the name '{0}' in the node's configuration file")]
    UnknownService(String),
    /// Services get their files one after the other.
    #[error("a service is being given its files; wait until that is done")]
    Publishing,
    /// The temporary certificate is given to nobody.
    #[error(
        "the node has no certificate to give away: the active one is the temporary one. Upload a server certificate first"
    )]
    NothingToPublish,
    /// No fingerprint was given.
    #[error("no certificate was named")]
    NothingNamed,
    /// A fingerprint is not in the trusted CA list.
    #[error("the trusted CA list has no certificate with the fingerprint {0}")]
    UnknownTrustedCa(String),
    /// Nothing was deleted in the last ten minutes.
    #[error("nothing was deleted from the trusted CA list in the last ten minutes")]
    NothingToUndo,
    /// The list has grown meanwhile.
    #[error("the list has no room for what was deleted: others were appended meanwhile, and it holds at most 1000")]
    NoRoomToUndo,
    /// A fingerprint is none of a revocation list.
    #[error("there is no certificate revocation list with the fingerprint {0}")]
    UnknownCrl(String),
    /// More revocation lists than are kept.
    #[error(
        "a node keeps at most 200 certificate revocation lists with 16 MiB in all; remove some, or upload only those of your CAs"
    )]
    TooManyCrls,
    /// The sources of revocation are not as they must be.
    #[error("the settings were not taken: {0}")]
    RevocationSources(String),
    /// The ACME certificate service stands against it, or its provider.
    #[error(transparent)]
    Acme(#[from] AcmeRefusal),
    /// What was asked about alarms is not as it must be.
    #[error(transparent)]
    Alarm(#[from] AlarmRefusal),
    /// A change of the cluster's certificates stands against it, or is refused.
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
    /// The cluster stands against it.
    #[error(transparent)]
    Cluster(#[from] ClusterRefusal),
    /// The passphrase for a backup is not good enough.
    #[error("for a passphrase, {0}")]
    PoorPassphrase(Unacceptable),
    /// The backup could not be made.
    #[error(transparent)]
    Backup(#[from] crate::backup::Error),
    /// The default list of the configuration cannot be used.
    #[error("the file of default trusted CAs cannot be used: {0}")]
    DefaultTrustedCas(String),
    /// Name or password are wrong; which of them is not said.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
    /// The password of the one who is signed in is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// How administrators sign in stands against it.
    #[error(transparent)]
    SignIn(#[from] SignInRefusal),
    /// A user cannot be changed so.
    #[error(transparent)]
    User(#[from] UserRefusal),
    /// The second factor stands against it.
    #[error(transparent)]
    SecondFactor(#[from] SecondFactorRefusal),
    /// A token is not made so, or lets nobody in.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// Too many attempts to sign in.
    #[error("too many attempts to sign in")]
    TooManyAttempts(Duration),
    /// Too many uploads to be checked.
    #[error("too many uploads to be checked")]
    TooManyChecks(Duration),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The system gives no random numbers.
    #[error("no random numbers can be had from the system")]
    NoRandomness,
    /// The work was given up in its middle.
    #[error("the work was given up: {0}")]
    GivenUp(String),
}

impl From<NotUsable> for Error {
    fn from(reason: NotUsable) -> Self {
        Self::NotUsable { reason: reason.to_string(), report: None }
    }
}

impl From<store::UnknownTrustedCa> for Error {
    fn from(unknown: store::UnknownTrustedCa) -> Self {
        Self::UnknownTrustedCa(unknown.0)
    }
}

fn in_words(faults: &[FieldFault]) -> String {
    let each = faults.iter().map(|fault| match fault.index {
        Some(index) => format!("{}[{index}]: {}", fault.field, fault.message),
        None => format!("{}: {}", fault.field, fault.message),
    });
    each.collect::<Vec<_>>().join(". ")
}
