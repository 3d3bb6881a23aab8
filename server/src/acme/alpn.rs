//! The certificate that answers a challenge over TLS (RFC 8737 section 3).

use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand;
use certway_wire::node::KeyKind;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString};
use x509_cert::der::{self, Encode as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::Validity;

use crate::signing::{NoKey, SigningKey};
use crate::tls::{NotUsable, Usable};

/// id-pe-acmeIdentifier.
const ACME_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.31");
const HOUR: Duration = Duration::from_secs(3600);

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("no key or signature can be had")]
    Key,
    #[error(transparent)]
    Builder(#[from] builder::Error),
    #[error(transparent)]
    Der(#[from] der::Error),
    #[error(transparent)]
    NotUsable(#[from] NotUsable),
}

impl From<NoKey> for Error {
    fn from(_: NoKey) -> Self {
        Self::Key
    }
}

struct Challenge {
    subject: Name,
    name: Ia5String,
    digest: OctetString,
}

/// A self-signed certificate for `name` that says `digest`, SHA-256 of the key authorisation, with a key of its own.
pub(super) fn certificate(name: &str, digest: &[u8]) -> Result<Usable, Error> {
    let key = SigningKey::generate(KeyKind::EcdsaP256, None)?;
    let now = SystemTime::now();
    let validity = Validity::new((now - HOUR).try_into()?, (now + 24 * HOUR).try_into()?);
    let mut serial = [0; 16];
    rand::fill(&mut serial).map_err(|_| Error::Key)?;
    let challenge = Challenge {
        subject: Name::from_str("CN=ACME challenge")?,
        name: Ia5String::new(name)?,
        digest: OctetString::new(digest)?,
    };
    let mut builder = CertificateBuilder::new(challenge, SerialNumber::new(&serial)?, validity, key.public()?)?;
    let unsigned = builder.finalize(&key)?;
    let signature = BitString::from_bytes(&key.sign(&unsigned)?)?;
    let certificate = builder.assemble(signature, &key)?.to_der()?;
    Ok(Usable::for_challenge(certificate, key.pkcs8())?)
}

impl BuilderProfile for Challenge {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let names = SubjectAltName(vec![GeneralName::DnsName(self.name.clone())]);
        let identifier = Extension {
            extn_id: ACME_IDENTIFIER,
            critical: true,
            extn_value: OctetString::new(self.digest.to_der()?)?,
        };
        Ok(vec![(&names).to_extension(tbs.subject(), &[])?, identifier])
    }
}
