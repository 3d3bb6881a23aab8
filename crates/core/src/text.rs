//! Text that is safe to show: certificates are written by strangers.

use alloc::string::String;
use core::fmt::Write as _;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The text with everything that does not print, or that reorders what is printed, written as `\u{202e}`.
///
/// A NUL cuts a name short in C programs (CVE-2009-2408); a right-to-left override makes `moc.live` of `evil.com`;
/// an escape character drives a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_printable(&mut out, text);
    out
}

/// Appends [`printable`] text.
pub(crate) fn push_printable(out: &mut String, text: &str) {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        if is_hostile(character) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
}

/// Whether a character is invisible, a control, or changes the direction of what follows.
pub(crate) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
