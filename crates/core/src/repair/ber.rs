//! BER to DER, as far as PKCS#7 and PKCS#12 files need it: some programs write lengths that are not definite, and octet
//! strings in pieces (X.690 sections 8.1.3.6 and 8.7.3).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::der::{self, Fault, Reader};

/// Values nest this deep at most; a PKCS#12 file needs ten levels.
const DEPTH: u32 = 24;
/// An OCTET STRING in pieces.
const OCTET_STRINGS: u8 = der::OCTET_STRING | CONSTRUCTED;
const CONSTRUCTED: u8 = 0x20;

/// The value that begins `bytes`, in DER. It may hold a key, so it is overwritten when it is dropped.
pub(super) fn to_der(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if is_der(bytes, DEPTH) {
        return Ok(Zeroizing::new(Reader::new(bytes).any()?.raw.to_vec()));
    }
    // DER is never longer than BER by more than a few bytes for each value.
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    copy(bytes, DEPTH, &mut out)?;
    Ok(out)
}

/// Whether every length is definite and no octet string is in pieces.
fn is_der(bytes: &[u8], depth: u32) -> bool {
    let Ok(element) = Reader::new(bytes).any() else { return false };
    if element.tag & CONSTRUCTED == 0 {
        return true;
    }
    let Some(depth) = depth.checked_sub(1).filter(|_| element.tag != OCTET_STRINGS) else { return false };
    let mut rest = element.value;
    while !rest.is_empty() {
        if !is_der(rest, depth) {
            return false;
        }
        // It was read a moment ago.
        let Ok(child) = Reader::new(rest).any() else { return false };
        rest = rest.get(child.raw.len()..).unwrap_or_default();
    }
    true
}

/// Appends the DER of the value that begins `bytes`; gives what follows it.
fn copy<'a>(bytes: &'a [u8], depth: u32, out: &mut Vec<u8>) -> Result<&'a [u8], Fault> {
    let depth = depth.checked_sub(1).ok_or(Fault::Value)?;
    let (tag, length, body) = header(bytes)?;
    let (mut contents, after) = match length {
        None => (body, None),
        Some(length) => {
            let (contents, after) = body.split_at_checked(length).ok_or(Fault::Truncated)?;
            (contents, Some(after))
        }
    };
    if tag & CONSTRUCTED == 0 {
        out.extend_from_slice(&Zeroizing::new(der::write(tag, contents)));
        return after.ok_or(Fault::Length);
    }
    let mut inner = Zeroizing::new(Vec::new());
    loop {
        match (contents, after) {
            ([], Some(after)) => {
                finish(tag, &inner, out)?;
                return Ok(after);
            }
            ([0, 0, rest @ ..], None) => {
                finish(tag, &inner, out)?;
                return Ok(rest);
            }
            _ => contents = copy(contents, depth, &mut inner)?,
        }
    }
}

/// Writes a constructed value; an octet string's pieces are joined.
fn finish(tag: u8, inner: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let value =
        if tag == OCTET_STRINGS { der::write(der::OCTET_STRING, &joined(inner)?) } else { der::write(tag, inner) };
    out.extend_from_slice(&Zeroizing::new(value));
    Ok(())
}

/// The contents of octet strings, one after the other.
pub(super) fn joined(strings: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut reader = Reader::new(strings);
    let mut whole = Zeroizing::new(Vec::with_capacity(strings.len()));
    while !reader.is_empty() {
        whole.extend_from_slice(reader.expect(der::OCTET_STRING)?.value);
    }
    Ok(whole)
}

/// Tag, length (`None` if indefinite), and what follows both.
fn header(bytes: &[u8]) -> Result<(u8, Option<usize>, &[u8]), Fault> {
    let (&tag, rest) = bytes.split_first().ok_or(Fault::Truncated)?;
    let (&first, rest) = rest.split_first().ok_or(Fault::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(Fault::UnexpectedTag);
    }
    match first {
        0x80 => Ok((tag, None, rest)),
        0..0x80 => Ok((tag, Some(usize::from(first)), rest)),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(Fault::Truncated)?;
            let significant = digits.iter().position(|&digit| digit != 0).map_or(&[][..], |at| &digits[at..]);
            if significant.len() > 4 {
                return Err(Fault::Length);
            }
            let length = significant.iter().fold(0usize, |length, &digit| (length << 8) | usize::from(digit));
            Ok((tag, Some(length), rest))
        }
    }
}
