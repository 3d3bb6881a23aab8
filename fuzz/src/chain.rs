//! Certificates and lists with whatever extensions, signed by test keys.

use std::sync::LazyLock;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

/// ecdsa-with-SHA256.
const ALGORITHM: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// An elliptic curve key, P-256.
const KEY: &[u8] = &[0x30, 19, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// A chain, leaf first; each certificate has the contents of one of these as its list of extensions.
#[must_use]
pub fn certificates(extensions: &[&[u8]]) -> Vec<Vec<u8>> {
    let last = extensions.len().saturating_sub(1);
    let certificate = |(level, extensions): (usize, &&[u8])| {
        let above = (level + 1).min(last);
        let validity = [tlv(0x17, b"200101000000Z"), tlv(0x17, b"400101000000Z")].concat();
        let key =
            [KEY.to_vec(), tlv(3, &[&[0], key(level).verifying_key().to_sec1_bytes().as_ref()].concat())].concat();
        let fields = [
            tlv(0xa0, &[2, 1, 2]),
            tlv(2, &[u8::try_from(level + 1).expect("few levels")]),
            ALGORITHM.to_vec(),
            name(above),
            tlv(0x30, &validity),
            name(level),
            tlv(0x30, &key),
            tlv(0xa3, &tlv(0x30, extensions)),
        ];
        signed(&fields.concat(), above)
    };
    extensions.iter().enumerate().map(certificate).collect()
}

/// A list: the input's first byte says whose, the next two how long its entries are; the rest is its extensions.
#[must_use]
pub fn list(input: &[u8]) -> Vec<u8> {
    let [level, high, low, rest @ ..] = input else { return Vec::new() };
    let level = usize::from(*level % 3);
    let (entries, extensions) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(rest.len()));
    let fields = [
        vec![2, 1, 1],
        ALGORITHM.to_vec(),
        name(level),
        tlv(0x17, b"261101000000Z"),
        tlv(0x17, b"270101000000Z"),
        if entries.is_empty() { Vec::new() } else { tlv(0x30, entries) },
        tlv(0xa0, &tlv(0x30, extensions)),
    ];
    signed(&fields.concat(), level)
}

fn signed(fields: &[u8], level: usize) -> Vec<u8> {
    let tbs = tlv(0x30, fields);
    let signature: Signature = key(level).sign(&tbs);
    let signature = tlv(3, &[&[0], signature.to_der().as_bytes()].concat());
    tlv(0x30, &[tbs, ALGORITHM.to_vec(), signature].concat())
}

/// The keys are made once: that takes longer than what is looked at.
fn key(level: usize) -> &'static SigningKey {
    static KEYS: LazyLock<[SigningKey; 3]> =
        LazyLock::new(|| [1, 2, 3].map(|byte| SigningKey::from_slice(&[byte; 32]).expect("a small number is a key")));
    &KEYS[level]
}

fn name(level: usize) -> Vec<u8> {
    let text = tlv(0x0c, format!("Level {level}").as_bytes());
    tlv(0x30, &tlv(0x31, &tlv(0x30, &[vec![6, 3, 0x55, 4, 3], text].concat())))
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let header = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        Ok(short) => vec![tag, 0x81, short],
        Err(_) => [vec![tag, 0x83], length.to_be_bytes()[5..].to_vec()].concat(),
    };
    // Three bytes are more than a length below 65,536 needs, and DER takes the fewest.
    let header =
        if header.get(1) == Some(&0x83) && header[2] == 0 { vec![tag, 0x82, header[3], header[4]] } else { header };
    [header, contents.to_vec()].concat()
}
