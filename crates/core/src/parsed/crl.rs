//! Certificate revocation lists (RFC 5280 section 5).

use alloc::vec::Vec;

use super::certificate::{Algorithm, read_time};
use super::extensions::{Extension, read_extension};
use super::name::Name;
use crate::der::{self, Reader, Result};
use crate::text::hex;
use crate::time::Time;
use crate::{decoded, oid};

/// A revocation list, as a view over its DER.
#[derive(Clone, Debug)]
pub(crate) struct Crl<'a> {
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
    /// How it is signed.
    pub(crate) signature_algorithm: Algorithm<'a>,
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
        Algorithm::read(&mut fields)?;
        let issuer = Name::read(&mut fields)?;
        let this_update = read_time(&mut fields)?;
        let next_update = match fields.peek() {
            Some(der::UTC_TIME | der::GENERALIZED_TIME) => Some(read_time(&mut fields)?),
            _ => None,
        };
        let revoked = fields.optional(der::SEQUENCE)?.map_or(&[][..], |element| element.value);
        let mut entries = Reader::new(revoked);
        while !entries.is_empty() {
            read_entry(&mut entries)?;
        }
        let mut extensions = Vec::new();
        if let Some(element) = fields.optional(der::context(0))? {
            let mut list = Reader::new(der::single(element.value, der::SEQUENCE)?.value);
            while !list.is_empty() {
                extensions.push(read_extension(&mut list)?);
            }
        }
        fields.finish()?;
        Ok(Self { tbs: tbs.raw, issuer, this_update, next_update, extensions, signature_algorithm, signature, revoked })
    }

    /// The serial numbers it revokes.
    pub(crate) fn revoked_serials(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut entries = Reader::new(self.revoked);
        core::iter::from_fn(move || read_entry(&mut entries).ok())
    }

    /// For a report.
    pub(crate) fn decoded(&self) -> decoded::Crl {
        let number = self.extensions.iter().find(|extension| extension.oid == oid::CRL_NUMBER);
        let number = number.and_then(|extension| der::single(extension.value, der::INTEGER).ok());
        decoded::Crl {
            issuer: self.issuer.text(),
            this_update: self.this_update,
            next_update: self.next_update,
            revoked: u32::try_from(self.revoked_serials().count()).unwrap_or(u32::MAX),
            number: number.map(|element| hex(element.value)),
            signature_algorithm: oid::name(self.signature_algorithm.oid),
        }
    }
}

/// The serial number of the next entry.
fn read_entry<'a>(entries: &mut Reader<'a>) -> Result<&'a [u8]> {
    let mut entry = entries.sequence()?;
    let serial = entry.expect(der::INTEGER)?.value;
    read_time(&mut entry)?;
    entry.optional(der::SEQUENCE)?;
    entry.finish()?;
    Ok(serial)
}
