//! Certificate signing requests (PKCS#10, RFC 2986).

use super::certificate::Algorithm;
use super::extensions::Extensions;
use super::name::Name;
use super::public_key::PublicKey;
use crate::der::{self, Reader, Result};
use crate::{decoded, oid};

/// A request, as a view over its DER.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// Whom the certificate shall be about.
    pub(crate) subject: Name<'a>,
    /// The key.
    pub(crate) public_key: PublicKey<'a>,
    /// The extensions asked for.
    pub(crate) extensions: Extensions<'a>,
    /// How it is signed.
    pub(crate) signature_algorithm: Algorithm<'a>,
}

impl<'a> Request<'a> {
    /// Reads a request that is the whole of `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut outer = reader.sequence()?;
        reader.finish()?;
        let mut fields = outer.sequence()?;
        let signature_algorithm = Algorithm::read(&mut outer)?;
        outer.bit_string()?;
        outer.finish()?;

        fields.expect(der::INTEGER)?;
        let subject = Name::read(&mut fields)?;
        let public_key = PublicKey::read(&mut fields)?;
        let mut extensions = Extensions::default();
        if let Some(attributes) = fields.optional(der::context(0))? {
            let mut attributes = Reader::new(attributes.value);
            while !attributes.is_empty() {
                let mut attribute = attributes.sequence()?;
                let kind = attribute.expect(der::OID)?.value;
                let values = attribute.expect(der::SET)?.value;
                if kind == oid::EXTENSION_REQUEST {
                    extensions = Extensions::parse(values)?;
                }
            }
        }
        Ok(Self { subject, public_key, extensions, signature_algorithm })
    }

    /// For showing.
    pub(crate) fn decoded(&self) -> decoded::Request {
        decoded::Request {
            subject: self.subject.text(),
            alternative_names: self.extensions.alternative_names().map(|name| name.decoded()).collect(),
            public_key: self.public_key.decoded(),
            signature_algorithm: oid::name(self.signature_algorithm.oid),
        }
    }
}
