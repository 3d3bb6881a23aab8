//! Files that are too large to be kept as samples, made of small ones.

use core::fmt::Write as _;

use leptos::prelude::window;

/// Before the eight octets of the serial number: the version, then its own tag and length.
const BEFORE_SERIAL: [u8; 7] = [0xa0, 3, 2, 1, 2, 2, 8];
/// The name of the certificate that is numbered; `Root` makes room for the number.
const NAME: &[u8] = b"Other Root CA";

/// What a text in base64 stands for; white space in it says nothing.
pub(super) fn decoded(base64: &str) -> Option<Vec<u8>> {
    let binary = window().atob(&base64.split_whitespace().collect::<String>()).ok()?;
    // `atob` gives one character, below 256, for each byte.
    Some(binary.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(0)).collect())
}

pub(super) fn filled(text: &str, size: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(size, b'\n');
    bytes
}

/// The certificate in a PEM file, `count` times. Its signature does not fit any more: nobody asks that of a root in a list.
pub(super) fn numbered(text: &str, count: u32) -> Option<String> {
    let body = text.split_once("-----BEGIN CERTIFICATE-----")?.1.split_once("-----END")?.0;
    let mut der = decoded(body)?;
    let serial = place(&der, &BEFORE_SERIAL)? + BEFORE_SERIAL.len() + 4;
    let names: Vec<usize> = (0..der.len()).filter(|&at| der[at..].starts_with(NAME)).map(|at| at + 6).collect();
    let mut pem = String::new();
    for number in 0..count {
        der[serial..serial + 4].copy_from_slice(&number.to_be_bytes());
        for &name in &names {
            der[name..name + 4].copy_from_slice(format!("{number:04}").as_bytes());
        }
        let binary: String = der.iter().map(|&byte| char::from(byte)).collect();
        let base64 = window().btoa(&binary).ok()?;
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in base64.as_bytes().chunks(64) {
            // Writing to a string cannot fail.
            let _ = writeln!(pem, "{}", String::from_utf8_lossy(line));
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    Some(pem)
}

fn place(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
