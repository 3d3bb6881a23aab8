//! What is set for the ACME certificate service, checked.

use certway_core::{RequestFields, Wildcards, decode_certificates, judge_fields, pem};
use certway_wire::acme::{AcmeChallenge, AcmeSettings};
use serde::{Deserialize, Serialize};

use super::super::error::Error;
use super::super::revocation_sources::minutes;
use super::AcmeRefusal;
use crate::acme;
use crate::fetch;
use crate::store::Setting;

/// The provider that is none of the list.
pub(super) const OTHER: &str = "other";
/// The most CAs of a provider's server.
const MOST_CAS: usize = 20;
/// The longest name of a profile, in characters.
const LONGEST_PROFILE: usize = 64;

/// What is set.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Set(pub(super) AcmeSettings);

impl Setting for Set {
    const NAME: &'static str = "acme";
}

impl Set {
    /// What is set, checked and in one spelling.
    pub(super) fn checked(settings: AcmeSettings, wildcards: Wildcards, has_hook: bool) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::Acme(AcmeRefusal::Settings(why.to_owned())));
        let known = acme::providers().iter().any(|provider| provider.id == settings.provider);
        let mut settings = settings;
        if settings.provider == OTHER {
            let text = settings.directory.as_deref().unwrap_or_default().trim();
            if text.is_empty() {
                return refused("for another provider, give the URL of its directory");
            }
            let url =
                fetch::url(text).map_err(|why| Error::Acme(AcmeRefusal::Settings(format!("the directory: {why}"))))?;
            if url.scheme() != "https" {
                return refused("the directory: a directory is only reached over https:// (RFC 8555 section 6.1)");
            }
            settings.directory = Some(url.into());
            let given = settings.ca_pem.as_deref().map(str::trim).filter(|text| !text.is_empty());
            let cas = given.map(|text| decode_certificates(text.as_bytes()));
            if cas.as_ref().is_some_and(Vec::is_empty) {
                return refused("the CA file of the provider's server has no certificate in PEM");
            }
            if cas.as_ref().is_some_and(|cas| cas.len() > MOST_CAS) {
                return refused("the CA file of the provider's server has more than 20 certificates");
            }
            // Certificates and nothing else: what is beside them in a file may be a private key.
            settings.ca_pem = cas.map(|cas| cas.iter().map(|(der, _)| pem::encode("CERTIFICATE", der)).collect());
        } else if known || settings.provider.is_empty() {
            (settings.directory, settings.ca_pem) = (None, None);
        } else {
            return refused("there is no provider of this name; see the list of providers, or choose 'other'");
        }
        if minutes(&settings.deploy_time).is_none() {
            return refused("the time is to be HH:MM, from 00:00 to 23:59, UTC");
        }
        if settings.challenge == AcmeChallenge::Dns01 && !has_hook {
            return refused(
                "for dns-01 the node needs a command that puts records into the DNS: name it in the configuration file as acme_dns_hook, and start the node anew",
            );
        }
        settings.names =
            settings.names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        if let Some((first, rest)) = settings.names.split_first() {
            let fields = RequestFields {
                common_name: first.clone(),
                alternative_names: rest.to_vec(),
                ..RequestFields::default()
            };
            let judged = judge_fields(&fields, wildcards);
            if !judged.faults.is_empty() {
                return Err(Error::CsrFields(judged.faults));
            }
            settings.names = judged.alternative_names;
        }
        settings.profile = settings.profile.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if settings.profile.as_ref().is_some_and(|name| name.chars().count() > LONGEST_PROFILE) {
            return refused(
                "the name of the profile is longer than 64 characters; the provider's directory names its profiles",
            );
        }
        settings.deploy_days.sort_unstable();
        settings.deploy_days.dedup();
        Ok(Self(settings))
    }

    /// The directory of the provider that is set.
    pub(super) fn directory(&self) -> Option<String> {
        match self.0.provider.as_str() {
            OTHER => self.0.directory.clone(),
            id => acme::providers().iter().find(|provider| provider.id == id).map(|found| found.directory.clone()),
        }
    }

    /// What people call the provider.
    pub(super) fn provider_name(&self) -> String {
        let known = acme::providers().iter().find(|provider| provider.id == self.0.provider);
        known.map_or_else(|| self.directory().unwrap_or_default(), |provider| provider.name.clone())
    }

    /// The CAs of another provider's server, DER.
    pub(super) fn cas(&self) -> Vec<Vec<u8>> {
        let pem = self.0.ca_pem.as_deref().unwrap_or_default();
        decode_certificates(pem.as_bytes()).into_iter().map(|(der, _)| der).collect()
    }

    /// For the event log.
    pub(super) fn described(&self) -> String {
        let provider = if self.0.provider.is_empty() { "no provider".to_owned() } else { self.provider_name() };
        let by_itself = if self.0.automatic { "automatic" } else { "by hand" };
        format!("{provider}, {by_itself}")
    }
}
