//! Distinguished names (RFC 5280 section 4.1.2.4), compared and written out (RFC 4514).

use alloc::string::String;
use alloc::vec::Vec;

use crate::der::{self, Reader, Result};
use crate::oid;
use crate::text::push_printable;

/// A distinguished name, as a view over its DER.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    /// The name with tag and length.
    pub(crate) raw: &'a [u8],
    value: &'a [u8],
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute<'a> {
    /// Its type.
    pub(crate) oid: &'a [u8],
    /// The tag of its value.
    pub(crate) tag: u8,
    /// Its value's contents octets.
    pub(crate) value: &'a [u8],
    /// Whether it belongs to the same RDN as the attribute before it.
    pub(crate) joined: bool,
}

impl<'a> Name<'a> {
    /// Reads a name and checks that every attribute of it can be read.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let element = reader.expect(der::SEQUENCE)?;
        let name = Self { raw: element.raw, value: element.value };
        let mut sets = Reader::new(element.value);
        while !sets.is_empty() {
            let mut attributes = Reader::new(sets.expect(der::SET)?.value);
            while !attributes.is_empty() {
                read_attribute(&mut attributes)?;
            }
        }
        Ok(name)
    }

    /// Whether the name has no attribute at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// The attributes, in the order of the DER.
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes { sets: Reader::new(self.value), set: Reader::new(&[]), joined: false }
    }

    /// The values of all attributes of one type.
    pub(crate) fn values(&self, oid: &'static [u8]) -> impl Iterator<Item = Attribute<'a>> {
        self.attributes().filter(move |attribute| attribute.oid == oid)
    }

    /// The first common name, as it is written.
    pub(crate) fn common_name(&self) -> Option<String> {
        self.values(oid::COMMON_NAME).next().map(|attribute| attribute.text())
    }

    /// Whether two names are the same (RFC 5280 section 7.1): byte for byte, or attribute for attribute with case and
    /// runs of blanks set aside.
    pub(crate) fn matches(&self, other: &Name<'_>) -> bool {
        if self.raw == other.raw {
            return true;
        }
        same(self.attributes(), other.attributes())
    }

    /// Whether the attributes of two RDNs are the same.
    pub(crate) fn rdn_matches(left: &[u8], right: &[u8]) -> bool {
        same(rdn(left), rdn(right))
    }

    /// Whether this is `front` with one more RDN, given as its attributes.
    pub(crate) fn continues(&self, front: &Name<'_>, last: &[u8]) -> bool {
        same(self.attributes(), front.attributes().chain(rdn(last)))
    }

    /// The name as RFC 4514 writes it, the most specific attribute first, every character printable.
    pub(crate) fn text(&self) -> String {
        let mut attributes: Vec<Attribute<'a>> = self.attributes().collect();
        if attributes.is_empty() {
            return String::from("(empty name)");
        }
        // RFC 4514 2.1: the RDNs in reverse. Attributes of one RDN stay together.
        attributes.reverse();
        let mut out = String::with_capacity(self.value.len());
        let mut joined_to_next = false;
        for (position, attribute) in attributes.iter().enumerate() {
            if position > 0 {
                out.push(if joined_to_next { '+' } else { ',' });
            }
            joined_to_next = attribute.joined;
            match oid::known(attribute.oid) {
                Some(name) => out.push_str(name),
                None => out.push_str(&oid::dotted(attribute.oid)),
            }
            out.push('=');
            push_escaped(&mut out, &attribute.text());
        }
        out
    }
}

impl Attribute<'_> {
    /// The value as text. What is no string type is shown in hexadecimal, as RFC 4514 does.
    pub(crate) fn text(&self) -> String {
        decode_string(self.tag, self.value).unwrap_or_else(|| alloc::format!("#{}", crate::text::hex(self.value)))
    }

    pub(crate) fn matches(&self, other: &Attribute<'_>) -> bool {
        if self.oid != other.oid || self.joined != other.joined {
            return false;
        }
        if self.value == other.value {
            return true;
        }
        match (decode_string(self.tag, self.value), decode_string(other.tag, other.value)) {
            (Some(a), Some(b)) => normalised(&a).eq(normalised(&b)),
            _ => false,
        }
    }
}

/// Lower case, blanks trimmed and folded: what RFC 5280 7.1 asks of RFC 4518, as far as names in use need it.
fn normalised(text: &str) -> impl Iterator<Item = char> + '_ {
    text.split_whitespace().enumerate().flat_map(|(position, word)| {
        let blank = (position > 0).then_some(' ');
        blank.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}

/// Walks over the attributes of a name that was checked when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    sets: Reader<'a>,
    set: Reader<'a>,
    joined: bool,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        while self.set.is_empty() {
            self.set = Reader::new(self.sets.expect(der::SET).ok()?.value);
            self.joined = false;
        }
        let attribute = read_attribute(&mut self.set).ok()?;
        let joined = core::mem::replace(&mut self.joined, true);
        Some(Attribute { joined, ..attribute })
    }
}

/// Whether both have the same attributes, in the same order.
fn same<'l, 'r>(mut left: impl Iterator<Item = Attribute<'l>>, mut right: impl Iterator<Item = Attribute<'r>>) -> bool {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.matches(&b) => {}
            _ => return false,
        }
    }
}

/// The attributes of one RDN.
fn rdn(set: &[u8]) -> Attributes<'_> {
    Attributes { sets: Reader::new(&[]), set: Reader::new(set), joined: false }
}

fn read_attribute<'a>(reader: &mut Reader<'a>) -> Result<Attribute<'a>> {
    let mut fields = reader.sequence()?;
    let oid = fields.expect(der::OID)?.value;
    let value = fields.any()?;
    fields.finish()?;
    Ok(Attribute { oid, tag: value.tag, value: value.value, joined: false })
}

/// The text of an ASN.1 string; `None` for another type or bytes that its encoding does not allow.
pub(crate) fn decode_string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString. ASCII types hold Latin-1 in old CAs.
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => match core::str::from_utf8(value) {
            Ok(text) => Some(String::from(text)),
            Err(_) if tag != 0x0c => Some(value.iter().copied().map(char::from).collect()),
            Err(_) => None,
        },
        // TeletexString: read as Latin-1, as every implementation does.
        0x14 => Some(value.iter().copied().map(char::from).collect()),
        // BMPString.
        0x1e if value.len().is_multiple_of(2) => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<core::result::Result<String, _>>().ok()
        }
        // UniversalString.
        0x1c if value.len().is_multiple_of(4) => value
            .chunks_exact(4)
            .map(|quad| char::from_u32(u32::from_be_bytes([quad[0], quad[1], quad[2], quad[3]])))
            .collect(),
        _ => None,
    }
}

/// RFC 4514 section 2.4: what has a meaning in the text form is escaped.
fn push_escaped(out: &mut String, text: &str) {
    let special = |byte: u8| matches!(byte, b'"' | b'+' | b',' | b';' | b'<' | b'>' | b'\\');
    if !text.bytes().any(special) && !text.starts_with([' ', '#']) && !text.ends_with(' ') {
        push_printable(out, text);
        return;
    }
    let last = text.chars().count().saturating_sub(1);
    for (position, character) in text.chars().enumerate() {
        let edge = (position == 0 && matches!(character, ' ' | '#')) || (position == last && character == ' ');
        if edge || u8::try_from(character).is_ok_and(special) {
            out.push('\\');
        }
        push_printable(out, character.encode_utf8(&mut [0; 4]));
    }
}
