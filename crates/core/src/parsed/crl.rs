//! Certificate revocation lists (RFC 5280 section 5).

use alloc::vec::Vec;

use super::certificate::{Algorithm, read_time};
use super::distribution_point::IssuingDistributionPoint;
use super::extensions::{Extension, general_names, read_authority_key_id, read_extension};
use super::general_name::GeneralName;
use super::name::Name;
use crate::decision::AcceptedCrl;
use crate::der::{self, Fault, Reader, Result};
use crate::text::hex;
use crate::time::Time;
use crate::{decoded, oid};

/// A revocation list, as a view over its DER.
#[derive(Clone, Debug)]
pub(crate) struct Crl<'a> {
    /// The whole list.
    pub(crate) der: &'a [u8],
    /// What the signature covers.
    pub(crate) tbs: &'a [u8],
    /// Who made it.
    pub(crate) issuer: Name<'a>,
    /// When.
    pub(crate) this_update: Time,
    /// When the next one is due.
    pub(crate) next_update: Option<Time>,
    /// The list's extensions.
    pub(crate) extensions: Vec<Extension<'a>>,
    /// What it tells about.
    pub(crate) scope: IssuingDistributionPoint<'a>,
    /// For a delta: the number of the list that it is to be read together with, or a later one.
    pub(crate) base_number: Option<&'a [u8]>,
    /// The key that signed it, by its identifier.
    pub(crate) authority_key_id: Option<&'a [u8]>,
    /// Whether list or entries have critical extensions that are not understood: then nothing can be concluded from it.
    pub(crate) has_unknown_critical: bool,
    /// How it is signed.
    pub(crate) signature_algorithm: Algorithm<'a>,
    /// The algorithm as the signed part repeats it; RFC 5280 5.1.1.2 wants both the same.
    pub(crate) inner_algorithm: &'a [u8],
    /// The signature.
    pub(crate) signature: &'a [u8],
    revoked: &'a [u8],
}

impl<'a> Crl<'a> {
    /// Reads a revocation list that is the whole of `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut outer = reader.sequence()?;
        reader.finish()?;
        let tbs = outer.expect(der::SEQUENCE)?;
        let signature_algorithm = Algorithm::read(&mut outer)?;
        let signature = outer.bit_string()?;
        outer.finish()?;

        let mut fields = Reader::new(tbs.value);
        fields.optional(der::INTEGER)?;
        let inner_algorithm = Algorithm::read(&mut fields)?.raw;
        let issuer = Name::read(&mut fields)?;
        let this_update = read_time(&mut fields)?;
        let next_update = match fields.peek() {
            Some(der::UTC_TIME | der::GENERALIZED_TIME) => Some(read_time(&mut fields)?),
            _ => None,
        };
        let revoked = fields.optional(der::SEQUENCE)?.map_or(&[][..], |element| element.value);
        let mut extensions = Vec::new();
        if let Some(element) = fields.optional(der::context(0))? {
            let mut list = Reader::new(der::single(element.value, der::SEQUENCE)?.value);
            while !list.is_empty() {
                let extension = read_extension(&mut list)?;
                if extensions.iter().any(|known: &Extension<'a>| known.oid == extension.oid) {
                    return Err(Fault::Value);
                }
                extensions.push(extension);
            }
        }
        fields.finish()?;
        let value = |oid: &[u8]| extensions.iter().find(|found| found.oid == oid).map(|found| found.value);
        let scope = value(oid::ISSUING_DISTRIBUTION_POINT).map(IssuingDistributionPoint::read).transpose()?;
        let base_number = value(oid::DELTA_CRL_INDICATOR).map(number).transpose()?;
        let authority_key_id = value(oid::AUTHORITY_KEY_IDENTIFIER).map(read_authority_key_id).transpose()?.flatten();
        let mut has_unknown_critical =
            extensions.iter().any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid));
        let mut entries = Reader::new(revoked);
        while !entries.is_empty() {
            has_unknown_critical |= read_entry(&mut entries)?.has_unknown_critical;
        }
        Ok(Self {
            der: bytes,
            tbs: tbs.raw,
            issuer,
            this_update,
            next_update,
            extensions,
            scope: scope.unwrap_or_default(),
            base_number,
            authority_key_id,
            has_unknown_critical,
            signature_algorithm,
            inner_algorithm,
            signature,
            revoked,
        })
    }

    /// Its number, which grows from list to list of one issuer and scope.
    pub(crate) fn number(&self) -> Option<&'a [u8]> {
        let extension = self.extensions.iter().find(|extension| extension.oid == oid::CRL_NUMBER)?;
        number(extension.value).ok()
    }

    /// How long it is, in bytes.
    pub(crate) const fn size(&self) -> usize {
        self.tbs.len()
    }

    /// What it says of the certificate with this issuer and serial number.
    pub(crate) fn entry(&self, issuer: &Name<'_>, serial: &[u8]) -> Option<Entry<'a>> {
        let mut entries = Reader::new(self.revoked);
        // RFC 5280 5.3.3: in an indirect list, an entry without certificateIssuer has that of the entry before it.
        let mut of_issuer = self.issuer.matches(issuer);
        let mut found = None;
        while let Ok(entry) = read_entry(&mut entries) {
            if let Some(names) = entry.certificate_issuer {
                of_issuer = general_names(names)
                    .any(|name| matches!(name, GeneralName::Directory(name) if name.matches(issuer)));
            }
            if of_issuer && entry.serial == serial {
                found = Some(entry);
            }
        }
        found
    }

    /// The serial numbers it revokes.
    pub(crate) fn revoked_serials(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut entries = Reader::new(self.revoked);
        core::iter::from_fn(move || read_entry(&mut entries).ok().map(|entry| entry.serial))
    }

    /// As it may be stored.
    pub(crate) fn accepted(&self, recognised: bool) -> AcceptedCrl {
        let point = self.extensions.iter().find(|extension| extension.oid == oid::ISSUING_DISTRIBUTION_POINT);
        let point = point.map_or(&[][..], |extension| extension.value);
        let scope = [self.issuer.raw, point, &[u8::from(self.base_number.is_some())]].concat();
        AcceptedCrl { der: self.der.to_vec(), scope, this_update: self.this_update, recognised }
    }

    /// For a report.
    pub(crate) fn decoded(&self) -> decoded::Crl {
        decoded::Crl {
            issuer: self.issuer.text(),
            this_update: self.this_update,
            next_update: self.next_update,
            revoked: u32::try_from(self.revoked_serials().count()).unwrap_or(u32::MAX),
            number: self.number().map(hex),
            signature_algorithm: oid::name(self.signature_algorithm.oid),
        }
    }
}

/// The extensions of lists that revocation takes into account.
const UNDERSTOOD: &[&[u8]] = &[
    oid::ISSUING_DISTRIBUTION_POINT,
    oid::DELTA_CRL_INDICATOR,
    oid::CRL_NUMBER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::FRESHEST_CRL,
];

/// One revoked certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) serial: &'a [u8],
    /// When it was revoked.
    pub(crate) at: Time,
    reason: Option<u8>,
    certificate_issuer: Option<&'a [u8]>,
    has_unknown_critical: bool,
}

impl Entry<'_> {
    /// Whether a delta takes the certificate off the list again (`removeFromCRL`).
    pub(crate) fn is_removal(&self) -> bool {
        self.reason == Some(8)
    }

    /// The reason in RFC 5280's words (section 5.3.1).
    pub(crate) fn reason(&self) -> &'static str {
        reason_name(self.reason)
    }
}

/// A CRLReason in RFC 5280's words (section 5.3.1).
pub(crate) fn reason_name(reason: Option<u8>) -> &'static str {
    match reason {
        Some(1) => "keyCompromise",
        Some(2) => "cACompromise",
        Some(3) => "affiliationChanged",
        Some(4) => "superseded",
        Some(5) => "cessationOfOperation",
        Some(6) => "certificateHold",
        Some(8) => "removeFromCRL",
        Some(9) => "privilegeWithdrawn",
        Some(10) => "aACompromise",
        _ => "unspecified",
    }
}

fn read_entry<'a>(entries: &mut Reader<'a>) -> Result<Entry<'a>> {
    let mut fields = entries.sequence()?;
    let serial = fields.expect(der::INTEGER)?.value;
    let at = read_time(&mut fields)?;
    let mut entry = Entry { serial, at, reason: None, certificate_issuer: None, has_unknown_critical: false };
    if let Some(element) = fields.optional(der::SEQUENCE)? {
        let mut list = Reader::new(element.value);
        while !list.is_empty() {
            let extension = read_extension(&mut list)?;
            match extension.oid {
                oid::REASON_CODE => {
                    entry.reason = der::single(extension.value, der::ENUMERATED)?.value.first().copied()
                }
                oid::CERTIFICATE_ISSUER => {
                    entry.certificate_issuer = Some(der::single(extension.value, der::SEQUENCE)?.value);
                }
                _ => entry.has_unknown_critical |= extension.critical,
            }
        }
    }
    fields.finish()?;
    Ok(entry)
}

/// A CRL number: at most 20 octets, compared by its size (RFC 5280 section 5.2.3).
fn number(value: &[u8]) -> Result<&[u8]> {
    der::unsigned(der::single(value, der::INTEGER)?.value)
}
