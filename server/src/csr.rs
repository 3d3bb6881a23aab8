//! Certificate signing requests (PKCS#10): made here with a key that never leaves the node.

use certway_core::{JudgedFields, RequestFields, pem};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::{self, Builder as _};
use x509_cert::der::asn1::{BitString, Ia5String, ObjectIdentifier, PrintableStringRef, SetOfVec, Utf8StringRef};
use x509_cert::der::{self, Any, Decode as _, Encode as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::request::RequestBuilder;

use crate::signing::{NoKey, SigningKey};

const COMMON_NAME: &str = "2.5.4.3";
const COUNTRY: &str = "2.5.4.6";
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// Why no request could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The key gives no signature.
    #[error("the certificate signing request could not be signed")]
    Key(#[from] NoKey),
    /// The request could not be put together.
    #[error("the certificate signing request could not be made: {0}")]
    Builder(builder::Error),
}

impl From<builder::Error> for Error {
    fn from(error: builder::Error) -> Self {
        Self::Builder(error)
    }
}

impl From<der::Error> for Error {
    fn from(error: der::Error) -> Self {
        Self::Builder(error.into())
    }
}

/// A request for `key`, PEM. It asks for both usages, as the specification wants a certificate to have them.
pub(crate) fn make(fields: &RequestFields, judged: &JudgedFields, key: &SigningKey) -> Result<String, Error> {
    let mut request = RequestBuilder::new(subject(fields)?)?;
    // RSA keys also decrypt, in cipher suites of TLS 1.2 that peers may still want; the others only sign.
    let usages = if key.is_rsa() {
        KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment
    } else {
        KeyUsages::DigitalSignature.into()
    };
    request.add_extension(&KeyUsage(usages))?;
    request.add_extension(&ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]))?;
    let names = judged.alternative_names.iter().map(|name| Ok(GeneralName::DnsName(Ia5String::new(name)?)));
    request.add_extension(&SubjectAltName(names.collect::<Result<_, der::Error>>()?))?;
    let unsigned = request.finalize(key)?;
    let signature = BitString::from_bytes(&key.sign(&unsigned)?)?;
    Ok(pem::encode("CERTIFICATE REQUEST", &request.assemble(signature, key)?.to_der()?))
}

/// The distinguished name, from the country down to the common name.
fn subject(fields: &RequestFields) -> Result<Name, der::Error> {
    let parts = [
        (COUNTRY, &fields.country),
        ("2.5.4.8", &fields.state),
        ("2.5.4.7", &fields.locality),
        ("2.5.4.10", &fields.organization),
        ("2.5.4.11", &fields.organizational_unit),
        (COMMON_NAME, &fields.common_name),
    ];
    let filled = parts.into_iter().filter(|(_, text)| !text.is_empty());
    let names = filled.map(|(oid, text)| {
        // RFC 5280 appendix A.1: a country is a PrintableString.
        let value = if oid == COUNTRY {
            Any::from(PrintableStringRef::new(text)?)
        } else {
            Any::from(Utf8StringRef::new(text)?)
        };
        let attribute = AttributeTypeAndValue { oid: ObjectIdentifier::new_unwrap(oid), value };
        Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![attribute])?))
    });
    Name::from_der(&RdnSequence::from(names.collect::<Result<Vec<_>, der::Error>>()?).to_der()?)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use certway_core::{Wildcards, judge_fields};
    use certway_wire::node::{Digest, KeyKind};

    use super::*;

    /// What openssl says to a request.
    fn openssl(request: &str) -> String {
        let mut openssl = Command::new("openssl")
            .args(["req", "-verify", "-noout", "-text"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        openssl.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        let output = openssl.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn openssl_verifies_a_request_of_every_kind() {
        let fields = RequestFields {
            common_name: "expe1.example.com".into(),
            alternative_names: vec!["cluster.example.com".into()],
            country: "GB".into(),
            state: "Kent".into(),
            locality: "Dover".into(),
            organization: "Example, Ltd + Söhne".into(),
            organizational_unit: "Video".into(),
        };
        let judged = judge_fields(&fields, Wildcards::Refuse);
        let kinds = [KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::EcdsaP521];
        for kind in kinds {
            for digest in [None, Some(Digest::Sha256), Some(Digest::Sha384), Some(Digest::Sha512)] {
                let key = SigningKey::generate(kind, digest).unwrap();
                let text = openssl(&make(&fields, &judged, &key).unwrap());
                assert!(text.contains("verify OK"), "{kind:?} {digest:?}: {text}");
                assert!(text.contains("DNS:expe1.example.com, DNS:cluster.example.com"), "{text}");
                assert!(text.contains("TLS Web Server Authentication, TLS Web Client Authentication"), "{text}");
                assert!(text.contains("C = GB, ST = Kent, L = Dover"), "{text}");
            }
        }
    }
}
