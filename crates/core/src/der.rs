//! Reading DER (X.690) without copying, and writing the little that is needed.

use alloc::vec::Vec;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// The tag `[n]` of a constructed, context-specific value.
pub(crate) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// The tag `[n]` of a primitive, context-specific value.
pub(crate) const fn context_primitive(n: u8) -> u8 {
    0x80 | n
}

/// Why some bytes are not the DER that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end before the value does.
    Truncated,
    /// Bytes follow the value.
    Trailing,
    /// Another type was found than the one that belongs there.
    UnexpectedTag,
    /// The length is indefinite, or longer than it need be: BER, not DER.
    Length,
    /// The value breaks its type's rules.
    Value,
}

impl Fault {
    /// The fault in words, for a finding.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "the data ends too early",
            Self::Trailing => "data follows where nothing should",
            Self::UnexpectedTag => "a field is missing or of another type",
            Self::Length => "a length is not DER (indefinite, or longer than it need be)",
            Self::Value => "a value breaks the rules of its type",
        }
    }
}

pub(crate) type Result<T> = core::result::Result<T, Fault>;

/// One value with its tag, and the bytes of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// Walks over DER values one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next value, if there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>> {
        let (&tag, after_tag) = self.rest.split_first().ok_or(Fault::Truncated)?;
        // Tags above 30 take several bytes; nothing in X.509 uses them.
        if tag & 0x1f == 0x1f {
            return Err(Fault::UnexpectedTag);
        }
        let (&first, mut after_length) = after_tag.split_first().ok_or(Fault::Truncated)?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return Err(Fault::Length);
            }
            let (digits, rest) = after_length.split_at_checked(count).ok_or(Fault::Truncated)?;
            after_length = rest;
            let length = digits.iter().fold(0usize, |length, &digit| (length << 8) | usize::from(digit));
            if length < 0x80 || digits[0] == 0 {
                return Err(Fault::Length);
            }
            length
        };
        let (value, rest) = after_length.split_at_checked(length).ok_or(Fault::Truncated)?;
        let raw = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest;
        Ok(Element { tag, value, raw })
    }

    /// The next value, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(_) => Err(Fault::UnexpectedTag),
            None => Err(Fault::Truncated),
        }
    }

    /// The next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// A reader over the contents of the next SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Reader<'a>> {
        self.expect(SEQUENCE).map(|element| Reader::new(element.value))
    }

    /// Nothing may be left.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::Trailing) }
    }

    /// The bytes of a non-negative INTEGER, without leading zeros (zero is `[0]`).
    pub(crate) fn unsigned(&mut self) -> Result<&'a [u8]> {
        unsigned(self.expect(INTEGER)?.value)
    }

    /// A BIT STRING that is a whole number of bytes.
    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8]> {
        match self.expect(BIT_STRING)?.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(Fault::Value),
        }
    }

    /// A BOOLEAN with the default FALSE, as `critical` and `cA` have it.
    pub(crate) fn default_false(&mut self) -> Result<bool> {
        match self.optional(BOOLEAN)? {
            None => Ok(false),
            Some(element) => match element.value {
                [0xff] => Ok(true),
                [0x00] => Ok(false),
                _ => Err(Fault::Value),
            },
        }
    }
}

/// The bytes of a non-negative INTEGER's value, without leading zeros.
pub(crate) fn unsigned(value: &[u8]) -> Result<&[u8]> {
    match value {
        [] => Err(Fault::Value),
        [first, ..] if first & 0x80 != 0 => Err(Fault::Value),
        [0, rest @ ..] if !rest.is_empty() => Ok(rest),
        _ => Ok(value),
    }
}

/// The one value that some bytes are.
pub(crate) fn single(bytes: &[u8], tag: u8) -> Result<Element<'_>> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

/// A value with its tag and length.
pub(crate) fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 6);
    out.push(tag);
    let length = value.len();
    if length < 0x80 {
        // Below 128, so the cast keeps the value.
        #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
        out.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let digits = &digits[(length.leading_zeros() / 8) as usize..];
        #[expect(clippy::cast_possible_truncation, reason = "a usize has at most 8 bytes")]
        out.push(0x80 | digits.len() as u8);
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(value);
    out
}
