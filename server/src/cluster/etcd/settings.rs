//! The HTTP client that the settings ask for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Error, Settings};
use crate::fetch;

/// A host that drops packets is known as such before the next one is asked.
const CONNECT: Duration = Duration::from_secs(1);
/// A watch is silent for as long as nothing changes: the kernel asks whether its connection is still there, and gives it up after
/// 5 + 3 * 2 seconds.
const IDLE: Duration = Duration::from_secs(5);
const PROBE: Duration = Duration::from_secs(2);
const PROBES: u32 = 3;

/// A client, and where it finds etcd.
pub(super) fn client(settings: &Settings) -> Result<(Client, Vec<Url>), Error> {
    if settings.endpoints.is_empty() {
        return Err(Error::Settings("etcd has no endpoint".to_owned()));
    }
    let urls = settings.endpoints.iter().map(|text| url(text)).collect::<Result<Vec<_>, _>>()?;
    let files = [&settings.ca, &settings.certificate, &settings.key];
    let over_tls = urls.iter().any(|url| url.scheme() == "https");
    if over_tls && settings.ca.is_none() {
        return Err(Error::Settings("an etcd at https:// needs a file with its CA".to_owned()));
    }
    if !over_tls && files.iter().any(|file| file.is_some()) {
        return Err(Error::Settings("a CA, a certificate or a key for etcd is of no use at http://".to_owned()));
    }
    let client = Client::builder()
        .tls_backend_preconfigured(tls(settings)?)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .tcp_keepalive(IDLE)
        .tcp_keepalive_interval(PROBE)
        .tcp_keepalive_retries(PROBES)
        .user_agent(concat!("certway/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::Settings(fetch::cause(error)))?;
    Ok((client, urls))
}

fn url(text: &str) -> Result<Url, Error> {
    let refused = |why: &str| Error::Settings(format!("the etcd endpoint {text} {why}"));
    let url = Url::parse(text).map_err(|_| Error::Settings("an etcd endpoint is no URL".to_owned()))?;
    // A secret must not be shown.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Settings("an etcd endpoint has a user name or a password in it".to_owned()));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(refused("is not http://HOST:PORT or https://HOST:PORT"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("must end after its port"));
    }
    Ok(url)
}

fn tls(settings: &Settings) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &settings.ca {
        for ca in certificates(file)? {
            roots.add(ca).map_err(|error| unusable(file, &error))?;
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Settings(error.to_string()))?
        .with_root_certificates(roots);
    match (&settings.certificate, &settings.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => with_certificate(builder, certificate, key),
        (Some(_), None) => Err(Error::Settings("the certificate for etcd has no key".to_owned())),
        (None, Some(_)) => Err(Error::Settings("the key for etcd has no certificate".to_owned())),
    }
}

fn with_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    certificate: &Path,
    key: &Path,
) -> Result<ClientConfig, Error> {
    let pem = Zeroizing::new(read(key)?);
    let mut der = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(key, &error))?;
    let signing = aws_lc_rs::sign::any_supported_type(&der);
    der.zeroize();
    let certified = CertifiedKey::new(certificates(certificate)?, signing.map_err(|error| unusable(key, &error))?);
    certified.keys_match().map_err(|error| unusable(certificate, &error))?;
    Ok(builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified))))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = CertificateDer::pem_slice_iter(&read(file)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(file, &error))?;
    if found.is_empty() { Err(unusable(file, &"there is no certificate in it")) } else { Ok(found) }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|error| unusable(file, &error))
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::Settings(format!("{} cannot be used for etcd: {why}", file.display()))
}
