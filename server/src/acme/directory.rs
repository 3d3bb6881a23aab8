//! A provider's directory and the accounts with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use certway_wire::acme::{AcmeDirectory, AcmeProfile, RevocationReason};
use instant_acme::{Account, ExternalAccountKey, Key, NewAccount, RevocationRequest};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::transport::Transport;
use super::words::{Failure, again};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    // Without these it is no directory.
    new_nonce: String,
    new_account: String,
    new_order: String,
    renewal_info: Option<String>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    terms_of_service: Option<String>,
    website: Option<String>,
    #[serde(default)]
    external_account_required: bool,
    #[serde(default)]
    profiles: BTreeMap<String, String>,
}

/// Asks a provider about itself.
pub(crate) async fn look_up(transport: &Transport) -> Result<AcmeDirectory, Failure> {
    let bytes = transport.look_up().await?;
    let read: Read = serde_json::from_slice(&bytes).map_err(|_| {
        Failure::of_server(
            "its answer is no ACME directory",
            "Check the URL of the directory: it is the provider's, word for word.",
        )
    })?;
    if [&read.new_nonce, &read.new_account, &read.new_order].iter().any(|url| !url.starts_with("https://")) {
        return Err(Failure::of_server("its directory names URLs that are not https://", "Ask the provider."));
    }
    let terms = read.meta.terms_of_service.filter(|terms| !terms.is_empty());
    if terms.as_ref().is_some_and(|terms| terms.chars().any(char::is_control)) {
        return Err(Failure::of_server(
            "the terms of service that its directory names are no URL",
            "Ask the provider.",
        ));
    }
    let link = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    Ok(AcmeDirectory {
        // They are accepted as they are named, whatever that is.
        terms_of_service: terms,
        website: read.meta.website.filter(link),
        external_account_required: read.meta.external_account_required,
        renewal_information: read.renewal_info.is_some(),
        profiles: read.meta.profiles.into_iter().map(|(name, description)| AcmeProfile { name, description }).collect(),
    })
}

/// A key for an account, PKCS#8 DER.
pub(crate) fn new_key() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (_, key) = Key::generate_pkcs8()?;
    Ok(Zeroizing::new(key.secret_pkcs8_der().to_vec()))
}

fn both(key: &[u8]) -> Result<(Key, PrivateKeyDer<'static>), Failure> {
    let der = PrivatePkcs8KeyDer::from(key.to_vec());
    Ok((Key::from_pkcs8_der(der.clone_key())?, PrivateKeyDer::Pkcs8(der)))
}

/// An account for a key, made unless there is one already: safe to repeat. Gives its URL.
pub(crate) async fn register(transport: &Transport, key: &[u8], email: &str) -> Result<String, Failure> {
    let directory = transport.directory().as_str();
    let made = again!(
        Account::builder_with_http(Box::new(transport.clone())).create_from_key(both(key)?, directory.to_owned())
    );
    let (account, _) = made.map_err(|error| Failure::of(&error, transport))?;
    if !email.is_empty() {
        let contact = format!("mailto:{email}");
        let told = again!(account.update_contacts(&[&contact]));
        told.map_err(|error| Failure::of(&error, transport))?;
    }
    Ok(account.id().to_owned())
}

/// An account bound to one that the provider gave out (RFC 8555 section 7.3.4). Gives its URL and its key, PKCS#8 DER.
pub(crate) async fn register_bound(
    transport: &Transport,
    email: &str,
    key_id: &str,
    hmac_key: &[u8],
) -> Result<(String, Zeroizing<Vec<u8>>), Failure> {
    let bound = ExternalAccountKey::new(key_id.to_owned(), hmac_key);
    let contact = format!("mailto:{email}");
    let contact = [contact.as_str()];
    let new = NewAccount {
        contact: if email.is_empty() { &[] } else { &contact },
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let directory = transport.directory().as_str();
    let made = again!(Account::builder_with_http(Box::new(transport.clone())).create(
        &new,
        directory.to_owned(),
        Some(&bound)
    ));
    let (account, credentials) = made.map_err(|error| Failure::of(&error, transport))?;
    let key = credentials.private_key().secret_pkcs8_der().to_vec();
    Ok((account.id().to_owned(), Zeroizing::new(key)))
}

/// The key of an external account as people write it: base64url, with or without padding.
pub(crate) fn read_hmac_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text: String = text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|key| key.len() >= 16).map(Zeroizing::new)
}

/// An account that there is.
pub(crate) async fn connect(transport: &Transport, url: &str, key: &[u8]) -> Result<Account, Failure> {
    let directory = transport.directory().as_str();
    let key = PrivatePkcs8KeyDer::from(key);
    let account = Account::builder_with_http(Box::new(transport.clone()))
        .from_parts(url.to_owned(), key, directory.to_owned())
        .await;
    account.map_err(|error| Failure::of(&error, transport))
}

/// Another key for an account (RFC 8555 section 7.3.5), PKCS#8 DER.
pub(crate) async fn roll_over(transport: &Transport, account: &mut Account) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let credentials = again!(account.update_key()).map_err(|error| Failure::of_account(&error, transport))?;
    Ok(Zeroizing::new(credentials.private_key().secret_pkcs8_der().to_vec()))
}

/// Gives an account up (RFC 8555 section 7.3.6).
pub(crate) async fn deactivate(transport: &Transport, account: Account) -> Result<(), Failure> {
    account.deactivate().await.map_err(|error| Failure::of(&error, transport))
}

/// Has a certificate revoked (RFC 8555 section 7.6). One that is revoked already is as it should be.
pub(crate) async fn revoke(
    transport: &Transport,
    account: &Account,
    certificate: &[u8],
    reason: RevocationReason,
) -> Result<(), Failure> {
    let reason = match reason {
        RevocationReason::Unspecified => None,
        RevocationReason::KeyCompromise => Some(instant_acme::RevocationReason::KeyCompromise),
        RevocationReason::AffiliationChanged => Some(instant_acme::RevocationReason::AffiliationChanged),
        RevocationReason::Superseded => Some(instant_acme::RevocationReason::Superseded),
        RevocationReason::CessationOfOperation => Some(instant_acme::RevocationReason::CessationOfOperation),
    };
    let request = RevocationRequest { certificate: &CertificateDer::from(certificate), reason };
    again!(account.revoke(&request)).map_err(|error| Failure::of_account(&error, transport))
}
