//! What the node says about itself.

use certway_core::{decode_certificates, pem};
use certway_wire::node::{Node, SealingKey};
use zeroize::Zeroizing;

use super::App;
use super::error::Error;
use super::metrics::Gauges;
use crate::store::{Certificate, Identity};

/// The most severe first.
const SEVERITIES: [&str; 4] = ["critical", "alert", "warning", "notice"];

impl App {
    /// What anyone may know.
    pub(crate) fn node(&self) -> Node {
        let temporary_ca = self.temporary_ca.load();
        let decoded = decode_certificates(&temporary_ca);
        Node {
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            temporary_certificate: self.serves_temporary(),
            temporary_ca_fingerprint: decoded
                .first()
                .map(|(_, certificate)| certificate.fingerprint_sha256.clone())
                .unwrap_or_default(),
            wildcards: self.wildcards.into(),
            security_level: self.security_level().into(),
            client_certificates: self.sign_in_settings().mode,
            temporary_ca_pem: pem::encode("CERTIFICATE", &temporary_ca),
        }
    }

    /// What a private key that comes through another node is sealed with.
    pub(crate) fn sealing_key(&self) -> SealingKey {
        self.sealing.public(&self.name)
    }

    /// Opens a private key that was sealed for this node since it started; `None` if it was not.
    pub(crate) fn open_sealed_key(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.sealing.open(&self.name, sealed)
    }

    /// Whether the store answers.
    pub(crate) fn ready(&self) -> Result<(), Error> {
        Ok(self.store().answers()?)
    }

    /// Everything that is counted, in Prometheus' text format.
    pub(crate) fn metrics_text(&self) -> Result<String, Error> {
        let slots = self.store().slots(Identity::Server)?;
        let client = self.store().slots(Identity::Client)?.active;
        let alarms = self.store().alarms()?;
        let end = |certificate: &Certificate| {
            let chain = decode_certificates(certificate.chain_pem.as_bytes());
            chain.first().map_or(0, |(_, certificate)| certificate.not_after.unix())
        };
        let against = self.against();
        let gauges = Gauges {
            active_not_after: end(&slots.active),
            client_not_after: end(&client),
            first_ca_not_after: against.cas(&slots.active, &client).iter().map(|ca| ca.end.unix()).min(),
            first_crl_next_update: against.lists().iter().map(|list| list.end.unix()).min(),
            alarms: SEVERITIES
                .map(|severity| (severity, alarms.iter().filter(|raised| raised.alarm.severity == severity).count())),
            alarms_open: alarms.iter().filter(|raised| raised.acknowledged.is_none()).count(),
            deliveries_waiting: self.store().waiting_deliveries()?,
            trusted_cas: self.trust.load().len(),
            pending: slots.pending.is_some(),
        };
        Ok(self.metrics.text(&gauges))
    }
}
