//! Text that is not as PEM should be: UTF-16, and base64 that lost its frame.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

/// UTF-16 of either order as UTF-8, with or without a byte order mark; `None` if it is not text.
pub(super) fn from_utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let big = bytes.starts_with(&[0xfe, 0xff]) || bytes.first() == Some(&0);
    let (pairs, rest) = bytes.as_chunks::<2>();
    // A tool that appends the line end of another encoding leaves one byte.
    if rest.len() > 1 {
        return None;
    }
    let units = pairs.iter().map(|&pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    // Exactly as long as it gets: a text that grows leaves copies of a key behind.
    let mut text = Zeroizing::new(String::with_capacity(3 * pairs.len()));
    for character in char::decode_utf16(units) {
        text.push(character.ok()?);
    }
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Some(text)
}

/// The bytes of a file that is base64 alone, or whose `-----BEGIN` and `-----END` lines are damaged.
pub(super) fn bare_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii) {
        let is_marker = line.contains(&b'-') || line.contains(&b':');
        if !is_marker {
            base64.extend(line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }
    base64_simd::STANDARD.decode_to_vec(base64.as_slice()).ok().map(Zeroizing::new)
}
