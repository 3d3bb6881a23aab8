//! Keys encrypted as OpenSSL did before PKCS#8: RFC 1421 headers, `Proc-Type: 4,ENCRYPTED` and `DEK-Info: CIPHER,IV`.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derivation::openssl_key;
use super::{LockFault, Passphrase};
use crate::text::printable;

/// The cipher that a `DEK-Info` names, for people.
pub(in crate::repair) fn cipher_name(dek_info: Option<&str>) -> String {
    let name = dek_info.and_then(|info| info.split(',').next()).unwrap_or("an unnamed cipher");
    printable(name.trim())
}

/// Decrypts the contents of such a block. No iterations are counted: this derivation has none.
pub(in crate::repair) fn open(
    dek_info: Option<&str>,
    ciphertext: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, LockFault> {
    let info = dek_info.ok_or(LockFault::Damaged("the DEK-Info header is missing"))?;
    let (name, iv) = info.split_once(',').ok_or(LockFault::Damaged("the DEK-Info header has no vector"))?;
    let cipher = match name.trim() {
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "DES-CBC" => Cipher::Des,
        other => return Err(LockFault::Unsupported(printable(other))),
    };
    let iv =
        hexadecimal(iv.trim()).ok_or(LockFault::Damaged("the vector of the DEK-Info header is not hexadecimal"))?;
    let salt = iv.get(..8).ok_or(LockFault::Damaged("the vector of the DEK-Info header is too short"))?;
    let key = openssl_key(passphrase, salt, cipher.key_bytes());
    cipher.decrypt(&key, &iv, ciphertext)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?)).collect()
}
