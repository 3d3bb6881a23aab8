//! Certificate extensions (RFC 5280 section 4.2). Those that decide something are checked when they are read.

use alloc::vec::Vec;

use super::general_name::GeneralName;
use crate::der::{self, Fault, Reader, Result};
use crate::oid;

/// The extensions of a certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions<'a> {
    /// All of them, in order.
    pub(crate) all: Vec<Extension<'a>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) subject_key_id: Option<&'a [u8]>,
    pub(crate) authority_key_id: Option<&'a [u8]>,
    extended_key_usage: Option<&'a [u8]>,
    subject_alt_name: Option<&'a [u8]>,
    pub(crate) name_constraints: Option<NameConstraints<'a>>,
}

/// One extension as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension<'a> {
    pub(crate) oid: &'a [u8],
    pub(crate) critical: bool,
    pub(crate) value: &'a [u8],
}

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// keyUsage (RFC 5280 section 4.2.1.3): bit 0 is the highest of the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage(u16);

impl KeyUsage {
    pub(crate) const DIGITAL_SIGNATURE: usize = 0;
    pub(crate) const KEY_CERT_SIGN: usize = 5;
    pub(crate) const CRL_SIGN: usize = 6;
    const NAMES: [&'static str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    pub(crate) const fn has(self, bit: usize) -> bool {
        self.0 & (0x8000 >> bit) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the bits that are set.
    pub(crate) fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().enumerate().filter(|(bit, _)| self.has(*bit)).map(|(_, name)| *name).collect()
    }
}

/// nameConstraints (RFC 5280 section 4.2.1.10), as contents of the two lists of subtrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameConstraints<'a> {
    permitted: &'a [u8],
    excluded: &'a [u8],
}

impl<'a> NameConstraints<'a> {
    pub(crate) fn permitted(&self) -> impl Iterator<Item = GeneralName<'a>> + use<'a> {
        subtrees(self.permitted)
    }

    pub(crate) fn excluded(&self) -> impl Iterator<Item = GeneralName<'a>> + use<'a> {
        subtrees(self.excluded)
    }
}

/// The bases of GeneralSubtrees. `minimum` and `maximum` are not used in this profile (RFC 5280 4.2.1.10).
fn subtrees(list: &[u8]) -> impl Iterator<Item = GeneralName<'_>> {
    let mut reader = Reader::new(list);
    core::iter::from_fn(move || {
        let mut subtree = reader.sequence().ok()?;
        GeneralName::read(&mut subtree).ok()
    })
}

impl<'a> Extensions<'a> {
    /// Reads `Extensions`; a repeated extension (RFC 5280 4.2) and a malformed known one are faults.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut outer = Reader::new(bytes);
        let mut list = outer.sequence()?;
        outer.finish()?;
        let mut extensions = Self::default();
        while !list.is_empty() {
            let extension = read_extension(&mut list)?;
            if extensions.find(extension.oid).is_some() {
                return Err(Fault::Value);
            }
            extensions.take_in(extension)?;
            extensions.all.push(extension);
        }
        Ok(extensions)
    }

    fn take_in(&mut self, extension: Extension<'a>) -> Result<()> {
        let value = extension.value;
        match extension.oid {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(read_basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(read_key_usage(value)?),
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id = Some(der::single(value, der::OCTET_STRING)?.value);
            }
            oid::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id = read_authority_key_id(value)?,
            oid::EXTENDED_KEY_USAGE => {
                let list = der::single(value, der::SEQUENCE)?.value;
                check_each(list, |reader| reader.expect(der::OID).map(|_| ()))?;
                self.extended_key_usage = Some(list);
            }
            oid::SUBJECT_ALT_NAME => {
                let list = der::single(value, der::SEQUENCE)?.value;
                check_each(list, |reader| GeneralName::read(reader).map(|_| ()))?;
                self.subject_alt_name = Some(list);
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(read_name_constraints(value)?),
            _ => {}
        }
        Ok(())
    }

    /// Whether there is no extension.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The extension of a type.
    pub(crate) fn find(&self, oid: &[u8]) -> Option<Extension<'a>> {
        self.all.iter().copied().find(|extension| extension.oid == oid)
    }

    /// The subject alternative names, in order; none without the extension.
    pub(crate) fn alternative_names(&self) -> impl Iterator<Item = GeneralName<'a>> + use<'a> {
        general_names(self.subject_alt_name.unwrap_or_default())
    }

    /// The extended key usages, or `None` without the extension (which then allows all).
    pub(crate) fn extended_key_usages(&self) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let mut reader = Reader::new(self.extended_key_usage?);
        Some(core::iter::from_fn(move || reader.expect(der::OID).ok().map(|element| element.value)))
    }

    /// Whether the extended key usages allow one purpose: named, `anyExtendedKeyUsage`, or no extension at all.
    pub(crate) fn allows(&self, purpose: &[u8]) -> bool {
        self.extended_key_usages()
            .is_none_or(|mut usages| usages.any(|usage| usage == purpose || usage == oid::ANY_EXTENDED_KEY_USAGE))
    }
}

/// Walks over GeneralNames that were checked when they were read.
pub(crate) fn general_names(list: &[u8]) -> impl Iterator<Item = GeneralName<'_>> {
    let mut reader = Reader::new(list);
    core::iter::from_fn(move || GeneralName::read(&mut reader).ok())
}

/// Reads one `Extension`.
pub(crate) fn read_extension<'a>(list: &mut Reader<'a>) -> Result<Extension<'a>> {
    let mut fields = list.sequence()?;
    let oid = fields.expect(der::OID)?.value;
    let critical = fields.default_false()?;
    let value = fields.expect(der::OCTET_STRING)?.value;
    fields.finish()?;
    Ok(Extension { oid, critical, value })
}

fn check_each<'a>(list: &'a [u8], mut read: impl FnMut(&mut Reader<'a>) -> Result<()>) -> Result<()> {
    let mut reader = Reader::new(list);
    while !reader.is_empty() {
        read(&mut reader)?;
    }
    Ok(())
}

fn read_basic_constraints(value: &[u8]) -> Result<BasicConstraints> {
    let mut fields = Reader::new(der::single(value, der::SEQUENCE)?.value);
    let ca = fields.default_false()?;
    let path_length = match fields.optional(der::INTEGER)? {
        None => None,
        Some(element) => {
            let digits = der::unsigned(element.value)?;
            // A longer path than four thousand million certificates is no limit at all.
            let small = digits.len() <= 4;
            small.then(|| digits.iter().fold(0u32, |value, &digit| (value << 8) | u32::from(digit)))
        }
    };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_length })
}

fn read_key_usage(value: &[u8]) -> Result<KeyUsage> {
    match *der::single(value, der::BIT_STRING)?.value {
        [_] => Ok(KeyUsage(0)),
        [_, first] => Ok(KeyUsage(u16::from(first) << 8)),
        [_, first, second] => Ok(KeyUsage(u16::from_be_bytes([first, second]))),
        _ => Err(Fault::Value),
    }
}

pub(crate) fn read_authority_key_id(value: &[u8]) -> Result<Option<&[u8]>> {
    let mut fields = Reader::new(der::single(value, der::SEQUENCE)?.value);
    Ok(fields.optional(der::context_primitive(0))?.map(|element| element.value))
}

fn read_name_constraints(value: &[u8]) -> Result<NameConstraints<'_>> {
    let mut fields = Reader::new(der::single(value, der::SEQUENCE)?.value);
    let permitted = fields.optional(der::context(0))?.map_or(&[][..], |element| element.value);
    let excluded = fields.optional(der::context(1))?.map_or(&[][..], |element| element.value);
    fields.finish()?;
    for list in [permitted, excluded] {
        check_each(list, |reader| {
            let mut subtree = reader.sequence()?;
            GeneralName::read(&mut subtree)?;
            // They are to be processed or refused; nobody uses them, so a minimum may only be its default.
            match subtree.optional(der::context_primitive(0))?.map(|minimum| minimum.value) {
                None | Some([0]) => subtree.finish(),
                Some(_) => Err(Fault::Value),
            }
        })?;
    }
    Ok(NameConstraints { permitted, excluded })
}
