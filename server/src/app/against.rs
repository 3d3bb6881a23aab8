//! What certificates are judged against: the lists as they stand, and how this node judges.

use std::sync::Arc;

use certway_core::{Context, Kind, Report, SecurityLevel, Time, Upload, Wildcards, judge, pem};
use certway_wire::alarms::ExpiryWarnings;
use zeroize::Zeroizing;

use super::crls::CrlList;
use super::error::Error;
use super::trust_list::TrustList;
use super::{App, expiry, security_level};
use crate::store::{Certificate, Identity, Store};

/// One state of it.
pub(crate) struct Against {
    pub(super) trust: Arc<TrustList>,
    pub(super) crls: Arc<CrlList>,
    pub(super) wildcards: Wildcards,
    pub(super) security_level: SecurityLevel,
    pub(super) expiry: Arc<ExpiryWarnings>,
}

impl App {
    /// What counts now.
    pub(super) fn against(&self) -> Against {
        Against {
            trust: self.trust.load_full(),
            crls: self.crls.load_full(),
            wildcards: self.wildcards,
            security_level: self.security_level(),
            expiry: self.expiry.load_full(),
        }
    }
}

impl Against {
    /// What counts for a node that only its store is known of.
    pub(crate) fn in_store(store: &Store, wildcards: Wildcards) -> Result<Self, Error> {
        let security_level = security_level::of(store, &mut Vec::new())?;
        Ok(Self {
            trust: Arc::new(TrustList::new(store.trusted_cas()?, security_level)),
            crls: Arc::new(CrlList::new(store.crls()?)),
            wildcards,
            security_level,
            expiry: Arc::new(expiry::of(store, &mut Vec::new())?),
        })
    }

    /// An upload, with the key now in use and the request in progress.
    pub(super) fn judge(
        &self,
        now: Time,
        upload: &Upload<'_>,
        current_key: Option<&[u8]>,
        csr: Option<&[u8]>,
    ) -> Report {
        let context = Context {
            trusted_cas: Some(&self.trust.files()),
            crls: &self.crls.files(),
            current_key,
            csr,
            wildcards: self.wildcards,
            security_level: self.security_level,
            ..Context::at(now)
        };
        judge(upload, &context)
    }

    /// A stored certificate with its key.
    pub(super) fn judge_stored(&self, now: Time, identity: Identity, certificate: &Certificate) -> Report {
        let key = certificate.key.as_ref().map(|key| Zeroizing::new(pem::encode("PRIVATE KEY", key)));
        let upload = Upload {
            private_key: key.as_ref().map(|key| key.as_bytes()),
            ..Upload::of(kind(identity), certificate.chain_pem.as_bytes())
        };
        self.judge(now, &upload, None, None)
    }
}

/// Into which box a certificate of an identity is dropped.
pub(super) fn kind(identity: Identity) -> Kind {
    match identity {
        Identity::Server => Kind::ServerCertificate,
        Identity::Client => Kind::ClientCertificate,
    }
}
