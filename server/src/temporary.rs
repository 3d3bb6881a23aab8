//! A node's first certificate: a CA of its own and a server certificate issued by it, until an administrator brings better.
//!
//! The CA's key is dropped as soon as it has signed: a browser that trusts this CA trusts this one certificate, and
//! nobody can make another.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr as _;
use std::time::{Duration, UNIX_EPOCH};

use certway_core::Time;
use certway_wire::node::KeyKind;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::{BitString, Ia5String, ObjectIdentifier};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::Validity;
use zeroize::Zeroizing;

use crate::signing::{NoKey, SigningKey};

const DAY: Duration = Duration::from_secs(86_400);
/// Some systems refuse server certificates that last longer, even from a CA that the user has added.
const SERVER_DAYS: u32 = 825;
/// Clocks of browsers are allowed to be that much behind.
const BACKDATED: Duration = Duration::from_secs(3600);

const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// A server certificate of the node's own making. Unlike an upload it names `localhost`, which is where a browser on
/// the same machine finds the node.
pub(crate) struct Temporary {
    /// The CA, DER.
    pub(crate) ca: Vec<u8>,
    /// The server certificate, DER.
    pub(crate) certificate: Vec<u8>,
    /// Its private key, PKCS#8 DER.
    pub(crate) key: Zeroizing<Vec<u8>>,
}

/// Why no temporary certificate could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The cryptographic library gave no key or no signature.
    #[error("the temporary certificate could not be made: no key or signature can be had")]
    Cryptography,
    /// The certificate could not be put together.
    #[error("the temporary certificate could not be made: {0}")]
    Builder(builder::Error),
}

impl From<aws_lc_rs::error::Unspecified> for Error {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Cryptography
    }
}

impl From<NoKey> for Error {
    fn from(_: NoKey) -> Self {
        Self::Cryptography
    }
}

impl From<builder::Error> for Error {
    fn from(error: builder::Error) -> Self {
        Self::Builder(error)
    }
}

impl From<x509_cert::der::Error> for Error {
    fn from(error: x509_cert::der::Error) -> Self {
        Self::Builder(error.into())
    }
}

impl Temporary {
    /// A new CA and a new certificate, valid from `now`, for the node that is called `fqdn`.
    pub(crate) fn make(fqdn: &str, now: Time) -> Result<Self, Error> {
        let ca_key = SigningKey::generate(KeyKind::EcdsaP256, None)?;
        let server_key = SigningKey::generate(KeyKind::EcdsaP256, None)?;
        // Two nodes of one name, or one node made anew, must not have CAs that are mistaken for each other.
        let ca_name = Name::from_str(&format!(
            "CN=Certway temporary CA {:08x} of {fqdn}",
            random::<4>()?.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte),)
        ))?;
        let authority = Role::Authority { name: ca_name.clone() };
        let server =
            Role::Server { issuer: ca_name, name: Name::from_str(&format!("CN={fqdn}"))?, fqdn: fqdn.to_owned() };
        Ok(Self {
            ca: issue(authority, &ca_key, &ca_key, now)?,
            certificate: issue(server, &server_key, &ca_key, now)?,
            key: server_key.pkcs8().clone(),
        })
    }
}

fn issue(role: Role, key: &SigningKey, issuer: &SigningKey, now: Time) -> Result<Vec<u8>, Error> {
    // No certificate begins before 1970, whatever a clock says.
    let from = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.unix()).unwrap_or(0)).saturating_sub(BACKDATED);
    let validity = Validity::new(from.try_into()?, (from + DAY * SERVER_DAYS).try_into()?);
    let serial = SerialNumber::new(&random::<16>()?)?;
    let mut builder = CertificateBuilder::new(role, serial, validity, key.public()?)?;
    let unsigned = builder.finalize(issuer)?;
    let signature = BitString::from_bytes(&issuer.sign(&unsigned)?)?;
    Ok(builder.assemble(signature, issuer)?.to_der()?)
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(bytes)
}

/// What a certificate is for.
enum Role {
    Authority { name: Name },
    Server { issuer: Name, name: Name, fqdn: String },
}

impl BuilderProfile for Role {
    fn get_issuer(&self, subject: &Name) -> Name {
        match self {
            Self::Authority { .. } => subject.clone(),
            Self::Server { issuer, .. } => issuer.clone(),
        }
    }

    fn get_subject(&self) -> Name {
        match self {
            Self::Authority { name } | Self::Server { name, .. } => name.clone(),
        }
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = tbs.subject();
        let mut extensions = vec![(&SubjectKeyIdentifier::try_from(key)?).to_extension(subject, &[])?];
        match self {
            Self::Authority { .. } => {
                let constraints = BasicConstraints { ca: true, path_len_constraint: Some(0) };
                extensions.push((&constraints).to_extension(subject, &extensions)?);
                extensions.push((&KeyUsage(KeyUsages::KeyCertSign.into())).to_extension(subject, &extensions)?);
            }
            Self::Server { fqdn, .. } => {
                let names = SubjectAltName(vec![
                    GeneralName::DnsName(Ia5String::new(fqdn)?),
                    GeneralName::DnsName(Ia5String::new("localhost")?),
                    GeneralName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)),
                    GeneralName::from(std::net::IpAddr::from(Ipv6Addr::LOCALHOST)),
                ]);
                let constraints = BasicConstraints { ca: false, path_len_constraint: None };
                extensions.push((&AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(subject, &extensions)?);
                extensions.push((&constraints).to_extension(subject, &extensions)?);
                extensions.push((&KeyUsage(KeyUsages::DigitalSignature.into())).to_extension(subject, &extensions)?);
                extensions
                    .push((&ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH])).to_extension(subject, &extensions)?);
                extensions.push((&names).to_extension(subject, &extensions)?);
            }
        }
        Ok(extensions)
    }
}
