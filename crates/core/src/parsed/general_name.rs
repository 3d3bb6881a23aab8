//! GeneralName (RFC 5280 section 4.2.1.6).

use alloc::string::{String, ToString as _};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::name::Name;
use crate::der::{self, Fault, Reader, Result};
use crate::text::{hex, printable};
use crate::{decoded, oid};

/// One name of a certificate's subject or issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GeneralName<'a> {
    /// otherName: its type's OID and the rest.
    Other(&'a [u8], &'a [u8]),
    /// rfc822Name.
    Email(&'a [u8]),
    /// dNSName.
    Dns(&'a [u8]),
    /// x400Address or ediPartyName, which nobody uses.
    Unused(&'static str),
    /// directoryName.
    Directory(Name<'a>),
    /// uniformResourceIdentifier.
    Uri(&'a [u8]),
    /// iPAddress: 4 or 16 bytes; in constraints 8 or 32.
    Ip(&'a [u8]),
    /// registeredID.
    RegisteredId(&'a [u8]),
}

impl<'a> GeneralName<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let element = reader.any()?;
        let value = element.value;
        Ok(match element.tag {
            0xa0 => {
                let mut fields = Reader::new(value);
                let oid = fields.expect(der::OID)?.value;
                Self::Other(oid, fields.any()?.value)
            }
            0x81 => Self::Email(value),
            0x82 => Self::Dns(value),
            0xa3 => Self::Unused("x400Address"),
            0xa4 => Self::Directory(Name::read(&mut Reader::new(value))?),
            0xa5 => Self::Unused("ediPartyName"),
            0x86 => Self::Uri(value),
            0x87 => Self::Ip(value),
            0x88 => Self::RegisteredId(value),
            _ => return Err(Fault::UnexpectedTag),
        })
    }

    /// Whether both are the same name, as far as names of places and issuers need it.
    pub(crate) fn matches(&self, other: &GeneralName<'_>) -> bool {
        match (self, other) {
            (Self::Directory(own), GeneralName::Directory(other)) => own.matches(other),
            (Self::Dns(own), GeneralName::Dns(other)) | (Self::Email(own), GeneralName::Email(other)) => {
                own.eq_ignore_ascii_case(other)
            }
            (Self::Uri(own), GeneralName::Uri(other))
            | (Self::Ip(own), GeneralName::Ip(other))
            | (Self::RegisteredId(own), GeneralName::RegisteredId(other)) => own == other,
            (Self::Other(kind, own), GeneralName::Other(other_kind, other)) => kind == other_kind && own == other,
            _ => false,
        }
    }

    /// The choice's name in RFC 5280.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Other(..) => "otherName",
            Self::Email(_) => "rfc822Name",
            Self::Dns(_) => "dNSName",
            Self::Unused(kind) => kind,
            Self::Directory(_) => "directoryName",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Ip(_) => "iPAddress",
            Self::RegisteredId(_) => "registeredID",
        }
    }

    /// The value, printable.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Email(bytes) | Self::Dns(bytes) | Self::Uri(bytes) => latin(bytes),
            Self::Ip(bytes) => ip(bytes),
            Self::Directory(name) => name.text(),
            Self::RegisteredId(bytes) => oid::dotted(bytes),
            Self::Other(kind, bytes) => alloc::format!("{}: {}", oid::name(kind), hex(bytes)),
            Self::Unused(_) => String::from("(not shown)"),
        }
    }

    /// For a report.
    pub(crate) fn decoded(&self) -> decoded::AlternativeName {
        decoded::AlternativeName { kind: self.kind(), value: self.text() }
    }
}

/// IA5 text, printable; bytes outside ASCII are taken as UTF-8 if they are, else as Latin-1.
pub(crate) fn latin(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) => printable(text),
        Err(_) => printable(&bytes.iter().copied().map(char::from).collect::<String>()),
    }
}

/// An address, or an address and a mask.
fn ip(bytes: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(octets).to_string();
    }
    if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
        return Ipv6Addr::from(octets).to_string();
    }
    match bytes.len() {
        8 | 32 => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            alloc::format!("{}/{}", ip(address), ip(mask))
        }
        _ => hex(bytes),
    }
}
