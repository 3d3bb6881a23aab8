//! Alarms: what an administrator should mend.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Something that an administrator should mend. Alarms are raised and cleared by the node itself; there is one of a kind
/// at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alarm {
    /// What it is about: a rule's name, or `temporary-certificate`, `loaded-anyway`, `active-not-trusted`.
    pub id: String,
    /// The number that the appliance's documentation gives the same alarm; null where it has none.
    pub number: Option<u32>,
    /// `critical`, `alert`, `warning` or `notice`.
    pub severity: String,
    /// What is the case.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Since when, RFC 3339.
    pub raised_at: String,
    /// Who has taken note of it; null if nobody has. It ends when the alarm clears, or changes its severity.
    pub acknowledged: Option<Acknowledgement>,
}

/// Somebody has taken note of an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledgement {
    /// Who: a user's name, or `terminal`.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// What is done about it, in the words of who took note.
    pub note: String,
}

/// Taking note of an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledge {
    /// What is done about it: 1 to 500 characters.
    pub note: String,
}

/// How many days before the end of what ends it is warned, each time anew; none: it is not warned. Where a certificate's
/// life is short, it is warned in the last third of it, of a revocation list in the last fifth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryWarnings {
    /// Of the active server certificate.
    pub server_certificate: Vec<u32>,
    /// Of the active client certificate.
    pub client_certificate: Vec<u32>,
    /// Of the trusted CA certificates, and those in the chains of the active certificates.
    pub ca_certificates: Vec<u32>,
    /// Of the certificate revocation lists.
    pub crls: Vec<u32>,
}

impl Default for ExpiryWarnings {
    fn default() -> Self {
        let days = || vec![60, 30, 21, 7, 1];
        Self { server_certificate: days(), client_certificate: days(), ca_certificates: days(), crls: days() }
    }
}
