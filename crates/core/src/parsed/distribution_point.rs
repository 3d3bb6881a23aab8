//! Where a certificate's revocation is told, and what a list tells about (RFC 5280 sections 4.2.1.13 and 5.2.5).

use alloc::vec::Vec;

use super::extensions::general_names;
use super::general_name::GeneralName;
use super::name::Name;
use crate::der::{self, Fault, Reader, Result};

/// A set of ReasonFlags: bit 0 of the BIT STRING (unused) is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);
    /// keyCompromise to aACompromise: bits 1 to 8.
    pub(crate) const ALL: Self = Self(0x7f80);

    fn read(value: &[u8]) -> Result<Self> {
        match *value {
            [_, first] => Ok(Self(u16::from(first) << 8 & Self::ALL.0)),
            [_, first, second] => Ok(Self(u16::from_be_bytes([first, second]) & Self::ALL.0)),
            _ => Err(Fault::Value),
        }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of these are among others.
    pub(crate) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// DistributionPointName, as contents octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointName<'a> {
    /// fullName: GeneralNames.
    Full(&'a [u8]),
    /// nameRelativeToCRLIssuer: the attributes of one RDN.
    Relative(&'a [u8]),
}

impl<'a> PointName<'a> {
    /// Reads `[0] DistributionPointName`, whose tag is explicit since it is a choice.
    fn read(fields: &mut Reader<'a>) -> Result<Option<Self>> {
        let Some(outer) = fields.optional(der::context(0))? else { return Ok(None) };
        let mut choice = Reader::new(outer.value);
        let element = choice.any()?;
        choice.finish()?;
        match element.tag {
            0xa0 => Ok(Some(Self::Full(element.value))),
            0xa1 => Ok(Some(Self::Relative(element.value))),
            _ => Err(Fault::UnexpectedTag),
        }
    }

    /// Whether both name one place. `issuer` is the CRL issuer, which a relative name continues.
    pub(crate) fn meets(self, other: PointName<'_>, issuer: &Name<'_>) -> bool {
        match (self, other) {
            (Self::Full(own), PointName::Full(others)) => {
                general_names(own).any(|own| general_names(others).any(|other| own.matches(&other)))
            }
            (Self::Relative(own), PointName::Relative(other)) => Name::rdn_matches(own, other),
            (Self::Full(names), PointName::Relative(rdn)) => names_continuation(names, issuer, rdn),
            (Self::Relative(rdn), PointName::Full(names)) => names_continuation(names, issuer, rdn),
        }
    }
}

/// Whether one of some names is `issuer` with one more RDN.
fn names_continuation(names: &[u8], issuer: &Name<'_>, rdn: &[u8]) -> bool {
    general_names(names).any(|name| matches!(name, GeneralName::Directory(name) if name.continues(issuer, rdn)))
}

/// One DistributionPoint of a certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    pub(crate) reasons: Option<Reasons>,
    /// The names of the issuer of the list, if it is another than the certificate's.
    pub(crate) crl_issuer: Option<&'a [u8]>,
}

impl<'a> DistributionPoint<'a> {
    /// Reads cRLDistributionPoints or freshestCRL.
    pub(crate) fn read_all(value: &'a [u8]) -> Result<Vec<Self>> {
        let mut list = Reader::new(der::single(value, der::SEQUENCE)?.value);
        let mut points = Vec::new();
        while !list.is_empty() {
            let mut fields = list.sequence()?;
            let name = PointName::read(&mut fields)?;
            let reasons = fields.optional(der::context_primitive(1))?;
            let reasons = reasons.map(|element| Reasons::read(element.value)).transpose()?;
            let crl_issuer = fields.optional(der::context(2))?.map(|element| element.value);
            fields.finish()?;
            points.push(Self { name, reasons, crl_issuer });
        }
        Ok(points)
    }
}

/// issuingDistributionPoint of a list: what it tells about. Without the extension, everything of its issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IssuingDistributionPoint<'a> {
    pub(crate) name: Option<PointName<'a>>,
    pub(crate) only_user_certificates: bool,
    pub(crate) only_ca_certificates: bool,
    pub(crate) only_reasons: Option<Reasons>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute_certificates: bool,
}

impl<'a> IssuingDistributionPoint<'a> {
    pub(crate) fn read(value: &'a [u8]) -> Result<Self> {
        let mut fields = Reader::new(der::single(value, der::SEQUENCE)?.value);
        let name = PointName::read(&mut fields)?;
        let only_user_certificates = read_flag(&mut fields, 1)?;
        let only_ca_certificates = read_flag(&mut fields, 2)?;
        let only_reasons = fields.optional(der::context_primitive(3))?;
        let point = Self {
            name,
            only_user_certificates,
            only_ca_certificates,
            only_reasons: only_reasons.map(|element| Reasons::read(element.value)).transpose()?,
            indirect: read_flag(&mut fields, 4)?,
            only_attribute_certificates: read_flag(&mut fields, 5)?,
        };
        fields.finish()?;
        Ok(point)
    }
}

fn read_flag(fields: &mut Reader<'_>, tag: u8) -> Result<bool> {
    match fields.optional(der::context_primitive(tag))?.map(|element| element.value) {
        None | Some([0x00]) => Ok(false),
        Some([0xff]) => Ok(true),
        Some(_) => Err(Fault::Value),
    }
}
