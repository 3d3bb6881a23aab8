//! AlgorithmIdentifiers of password-based encryption (RFC 8018 appendix A, RFC 7292 appendix C, RFC 7914 section 7).

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derivation::Derivation;
use super::{Budget, Hash, LockFault, Passphrase};
use crate::der::{self, Reader};
use crate::oid;
use crate::parsed::certificate::Algorithm;

/// How something is encrypted with a passphrase.
#[derive(Clone, Debug)]
pub(in crate::repair) struct Scheme<'a> {
    family: &'static str,
    derivation: Derivation<'a>,
    cipher: Cipher,
    /// Where the derivation does not give it.
    iv: Option<&'a [u8]>,
}

impl<'a> Scheme<'a> {
    /// Reads the algorithm of some encrypted data.
    pub(in crate::repair) fn read(algorithm: &Algorithm<'a>) -> Result<Self, LockFault> {
        const RC2_64: Cipher = Cipher::Rc2 { key_bytes: 8, effective_bits: 64 };
        const RC2_40: Cipher = Cipher::Rc2 { key_bytes: 5, effective_bits: 40 };
        const RC2_128: Cipher = Cipher::Rc2 { key_bytes: 16, effective_bits: 128 };
        let parameters = algorithm.parameters;
        match algorithm.oid {
            oid::PBES2 => Self::pbes2(parameters),
            oid::PBE_MD5_DES => Self::pbes1(Hash::Md5, Cipher::Des, parameters),
            oid::PBE_MD5_RC2 => Self::pbes1(Hash::Md5, RC2_64, parameters),
            oid::PBE_SHA1_DES => Self::pbes1(Hash::Sha1, Cipher::Des, parameters),
            oid::PBE_SHA1_RC2 => Self::pbes1(Hash::Sha1, RC2_64, parameters),
            oid::PBE_SHA1_3DES => Self::pkcs12(Cipher::TripleDes, parameters),
            oid::PBE_SHA1_2DES => Self::pkcs12(Cipher::TwoKeyTripleDes, parameters),
            oid::PBE_SHA1_RC2_128 => Self::pkcs12(RC2_128, parameters),
            oid::PBE_SHA1_RC2_40 => Self::pkcs12(RC2_40, parameters),
            other => Err(LockFault::Unsupported(oid::name(other))),
        }
    }

    /// Decrypts with a passphrase.
    pub(in crate::repair) fn decrypt(
        &self,
        ciphertext: &[u8],
        passphrase: &Passphrase,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, LockFault> {
        let (key_bytes, block_bytes) = (self.cipher.key_bytes(), self.cipher.block_bytes());
        let derived = self.derivation.derive(passphrase, key_bytes, block_bytes, budget)?;
        self.cipher.decrypt(&derived.key, self.iv.unwrap_or(&derived.iv), ciphertext)
    }

    /// The scheme in words: `PBES2: PBKDF2 with HMAC-SHA-256, 2048 iterations, AES-256`.
    pub(in crate::repair) fn name(&self) -> String {
        alloc::format!("{}: {}, {}", self.family, self.derivation.name(), self.cipher.name())
    }

    fn pbes1(hash: Hash, cipher: Cipher, parameters: &'a [u8]) -> Result<Self, LockFault> {
        let (salt, iterations) = salt_and_iterations(parameters)?;
        Ok(Self { family: "PBES1", derivation: Derivation::Pbkdf1 { hash, salt, iterations }, cipher, iv: None })
    }

    fn pkcs12(cipher: Cipher, parameters: &'a [u8]) -> Result<Self, LockFault> {
        let (salt, iterations) = salt_and_iterations(parameters)?;
        Ok(Self { family: "PBES1", derivation: Derivation::Pkcs12 { salt, iterations }, cipher, iv: None })
    }

    fn pbes2(parameters: &'a [u8]) -> Result<Self, LockFault> {
        let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
        let kdf = Algorithm::read(&mut fields)?;
        let encryption = Algorithm::read(&mut fields)?;
        fields.finish()?;
        let (derivation, stated_bytes) = match kdf.oid {
            oid::PBKDF2 => pbkdf2(kdf.parameters)?,
            oid::SCRYPT => scrypt(kdf.parameters)?,
            other => return Err(LockFault::Unsupported(oid::name(other))),
        };
        let (cipher, iv) = match encryption.oid {
            oid::AES_128_CBC => (Cipher::Aes128, octets(encryption.parameters)?),
            oid::AES_192_CBC => (Cipher::Aes192, octets(encryption.parameters)?),
            oid::AES_256_CBC => (Cipher::Aes256, octets(encryption.parameters)?),
            oid::DES_EDE3_CBC => (Cipher::TripleDes, octets(encryption.parameters)?),
            oid::DES_CBC => (Cipher::Des, octets(encryption.parameters)?),
            oid::RC2_CBC => rc2(encryption.parameters, stated_bytes)?,
            other => return Err(LockFault::Unsupported(oid::name(other))),
        };
        Ok(Self { family: "PBES2", derivation, cipher, iv: Some(iv) })
    }
}

fn octets(parameters: &[u8]) -> Result<&[u8], LockFault> {
    Ok(der::single(parameters, der::OCTET_STRING)?.value)
}

/// RC2-CBC-Parameter (RFC 8018 B.2.3): the version is a number that stands for the bits that take effect.
fn rc2(parameters: &[u8], stated_bytes: Option<u32>) -> Result<(Cipher, &[u8]), LockFault> {
    let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
    let effective_bits = match fields.optional(der::INTEGER)?.map(|version| der::unsigned(version.value)).transpose()? {
        None => 32,
        Some([160]) => 40,
        Some([120]) => 64,
        Some([58]) => 128,
        Some(_) => return Err(LockFault::Unsupported(String::from("RC2 with an unusual key"))),
    };
    let iv = fields.expect(der::OCTET_STRING)?.value;
    // Without a stated length the key is as long as it takes effect.
    let key_bytes = stated_bytes.map_or(effective_bits / 8, |bytes| bytes as usize);
    if !(1..=128).contains(&key_bytes) {
        return Err(LockFault::Damaged("the key of RC2 has the wrong length"));
    }
    Ok((Cipher::Rc2 { key_bytes, effective_bits }, iv))
}

/// PBEParameter (RFC 8018 A.3), and pkcs-12PbeParams, which is the same.
fn salt_and_iterations(parameters: &[u8]) -> Result<(&[u8], u32), LockFault> {
    let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
    let salt = fields.expect(der::OCTET_STRING)?.value;
    let iterations = iterations(fields.unsigned()?)?;
    fields.finish()?;
    Ok((salt, iterations))
}

/// PBKDF2-params (RFC 8018 A.2), with the length of the key if it is stated.
fn pbkdf2(parameters: &[u8]) -> Result<(Derivation<'_>, Option<u32>), LockFault> {
    let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
    let salt = fields.expect(der::OCTET_STRING)?.value;
    let iterations = iterations(fields.unsigned()?)?;
    let stated = fields.optional(der::INTEGER)?.map(|length| der::unsigned(length.value)).transpose()?;
    let stated = stated.map(|length| number(length, "bytes of key")).transpose()?;
    let hash = if fields.is_empty() {
        Hash::Sha1
    } else {
        let prf = Algorithm::read(&mut fields)?;
        Hash::from_hmac_oid(prf.oid).ok_or_else(|| LockFault::Unsupported(oid::name(prf.oid)))?
    };
    Ok((Derivation::Pbkdf2 { hash, salt, iterations }, stated))
}

/// scrypt-params (RFC 7914 section 7), with the length of the key if it is stated.
fn scrypt(parameters: &[u8]) -> Result<(Derivation<'_>, Option<u32>), LockFault> {
    let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
    let salt = fields.expect(der::OCTET_STRING)?.value;
    let cost = fields.unsigned()?;
    let r = number(fields.unsigned()?, "blocks of scrypt")?;
    let p = number(fields.unsigned()?, "parallel runs of scrypt")?;
    let stated = fields.optional(der::INTEGER)?.map(|length| der::unsigned(length.value)).transpose()?;
    let stated = stated.map(|length| number(length, "bytes of key")).transpose()?;
    // N is a power of two: one bit, and nothing but zeros below it.
    let log_n = crate::parsed::public_key::bit_length(cost).saturating_sub(1);
    let ones: u32 = cost.iter().map(|byte| byte.count_ones()).sum();
    match u8::try_from(log_n) {
        Ok(log_n) if ones == 1 && log_n > 0 => Ok((Derivation::Scrypt { salt, log_n, r, p }, stated)),
        Ok(_) => Err(LockFault::Damaged("the cost of scrypt is not a power of two")),
        Err(_) => Err(LockFault::TooMuchWork(alloc::format!("it asks scrypt for a cost of 2^{log_n}"))),
    }
}

/// A key derived as the parameters of PBKDF2 say.
pub(in crate::repair) fn pbkdf2_key(
    parameters: &[u8],
    passphrase: &Passphrase,
    key_bytes: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, LockFault> {
    let (derivation, _) = pbkdf2(parameters)?;
    Ok(derivation.derive(passphrase, key_bytes, 0, budget)?.key)
}

/// An iteration count: at least 1.
pub(in crate::repair) fn iterations(digits: &[u8]) -> Result<u32, LockFault> {
    match number(digits, "iterations of key derivation")? {
        0 => Err(LockFault::Damaged("the number of iterations is 0")),
        iterations => Ok(iterations),
    }
}

fn number(digits: &[u8], what: &str) -> Result<u32, LockFault> {
    if digits.len() > 4 {
        return Err(LockFault::TooMuchWork(alloc::format!("it asks for more than 4294967295 {what}")));
    }
    Ok(digits.iter().fold(0, |number, &digit| (number << 8) | u32::from(digit)))
}
