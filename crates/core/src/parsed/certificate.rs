//! X.509 certificates (RFC 5280 section 4.1).

use super::extensions::Extensions;
use super::name::Name;
use super::public_key::PublicKey;
use crate::der::{self, Fault, Reader, Result};
use crate::time::{Time, decimal};

/// A certificate, as a view over its DER.
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'a> {
    /// The whole certificate.
    pub(crate) der: &'a [u8],
    /// What the signature covers.
    pub(crate) tbs: &'a [u8],
    /// 1, 2 or 3; another number is that of a standard to come.
    pub(crate) version: u8,
    /// The serial number's contents octets.
    pub(crate) serial: &'a [u8],
    /// Who signed it.
    pub(crate) issuer: Name<'a>,
    /// Start of validity.
    pub(crate) not_before: Time,
    /// End of validity.
    pub(crate) not_after: Time,
    /// Whom it is about.
    pub(crate) subject: Name<'a>,
    /// The subject's key.
    pub(crate) public_key: PublicKey<'a>,
    /// The extensions.
    pub(crate) extensions: Extensions<'a>,
    /// How it is signed.
    pub(crate) signature_algorithm: Algorithm<'a>,
    /// The algorithm as the signed part repeats it; RFC 5280 4.1.1.2 wants both the same.
    pub(crate) inner_algorithm: &'a [u8],
    /// The signature.
    pub(crate) signature: &'a [u8],
}

/// An AlgorithmIdentifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm<'a> {
    /// The algorithm.
    pub(crate) oid: &'a [u8],
    /// Its parameters, with tag and length; empty if there are none.
    pub(crate) parameters: &'a [u8],
    /// The whole identifier.
    pub(crate) raw: &'a [u8],
}

impl<'a> Algorithm<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let element = reader.expect(der::SEQUENCE)?;
        let mut fields = Reader::new(element.value);
        let oid = fields.expect(der::OID)?.value;
        let parameters = if fields.is_empty() { &[][..] } else { fields.any()?.raw };
        fields.finish()?;
        Ok(Self { oid, parameters, raw: element.raw })
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate that is the whole of `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let certificate = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(certificate)
    }

    /// Reads a certificate and leaves what follows it (OpenSSL's `TRUSTED CERTIFICATE` has trust settings there).
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let outer = reader.expect(der::SEQUENCE)?;
        let mut fields = Reader::new(outer.value);
        let tbs = fields.expect(der::SEQUENCE)?;
        let signature_algorithm = Algorithm::read(&mut fields)?;
        let signature = fields.bit_string()?;
        fields.finish()?;

        let mut fields = Reader::new(tbs.value);
        // What may follow depends on the version, but is read either way.
        let version = match fields.optional(der::context(0))? {
            None => 1,
            Some(element) => match der::single(element.value, der::INTEGER)?.value {
                [number @ 0..=9] => number + 1,
                _ => return Err(Fault::Value),
            },
        };
        let serial = fields.expect(der::INTEGER)?.value;
        let inner_algorithm = Algorithm::read(&mut fields)?.raw;
        let issuer = Name::read(&mut fields)?;
        let mut validity = fields.sequence()?;
        let not_before = read_time(&mut validity)?;
        let not_after = read_time(&mut validity)?;
        validity.finish()?;
        let subject = Name::read(&mut fields)?;
        let public_key = PublicKey::read(&mut fields)?;
        // issuerUniqueID and subjectUniqueID: RFC 5280 4.1.2.8 forbids them to CAs and asks readers to cope.
        fields.optional(der::context_primitive(1))?;
        fields.optional(der::context_primitive(2))?;
        let extensions = match fields.optional(der::context(3))? {
            Some(element) => Extensions::parse(element.value)?,
            None => Extensions::default(),
        };
        fields.finish()?;
        Ok(Self {
            der: outer.raw,
            tbs: tbs.raw,
            version,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            public_key,
            extensions,
            signature_algorithm,
            inner_algorithm,
            signature,
        })
    }

    /// Whether subject and issuer are the same name (RFC 5280 section 3.2: self-issued).
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }

    /// Whether this is a root: self-issued, and its key identifiers (if any) name its own key. The signature is checked
    /// when a path ends here.
    pub(crate) fn is_root(&self) -> bool {
        let own_key = match (self.extensions.authority_key_id, self.extensions.subject_key_id) {
            (Some(authority), Some(subject)) => authority == subject,
            _ => true,
        };
        self.is_self_issued() && own_key
    }

    /// Whether it may sign certificates: basicConstraints says CA, or it is a root from before version 3.
    pub(crate) fn is_ca(&self) -> bool {
        match self.extensions.basic_constraints {
            Some(constraints) => constraints.ca,
            None => self.version < 3 && self.extensions.is_empty() && self.is_self_issued(),
        }
    }
}

/// UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5): seconds given, always `Z`.
pub(crate) fn read_time(reader: &mut Reader<'_>) -> Result<Time> {
    let element = reader.any()?;
    let digits = element.value.strip_suffix(b"Z").ok_or(Fault::Value)?;
    let (year, rest) = match element.tag {
        der::UTC_TIME if digits.len() == 12 => {
            let two = decimal(&digits[..2]).ok_or(Fault::Value)?;
            // Two digits of a year below 50 are in this century.
            (if two < 50 { 2000 + two } else { 1900 + two }, &digits[2..])
        }
        der::GENERALIZED_TIME if digits.len() == 14 => (decimal(&digits[..4]).ok_or(Fault::Value)?, &digits[4..]),
        der::UTC_TIME | der::GENERALIZED_TIME => return Err(Fault::Value),
        _ => return Err(Fault::UnexpectedTag),
    };
    let mut parts = [0u32; 5];
    for (part, pair) in parts.iter_mut().zip(rest.chunks(2)) {
        *part = decimal(pair).ok_or(Fault::Value)?;
    }
    let [month, day, hour, minute, second] = parts;
    Time::from_civil(i64::from(year), month, day, hour, minute, second).ok_or(Fault::Value)
}
