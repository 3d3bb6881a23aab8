//! The message authentication code of a PKCS#12 file (RFC 7292 section 4, RFC 9579 for PBMAC1).

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::der::{self, Reader};
use crate::oid;
use crate::parsed::certificate::Algorithm;
use crate::repair::lock::{Budget, Hash, LockFault, Passphrase, Use, iterations, pbkdf2_key, pkcs12_key};

/// MacData.
pub(super) struct Mac {
    hash: Hash,
    code: Vec<u8>,
    derivation: Derivation,
}

enum Derivation {
    /// RFC 7292 appendix B.
    Pkcs12 { salt: Vec<u8>, iterations: u32 },
    /// RFC 9579: the parameters of PBKDF2, and the length of the key.
    Pbmac1 { parameters: Vec<u8>, key_bytes: usize },
}

impl Mac {
    pub(super) fn read(fields: &mut Reader<'_>) -> Result<Self, LockFault> {
        let mut mac = fields.sequence()?;
        let mut digest = mac.sequence()?;
        let algorithm = Algorithm::read(&mut digest)?;
        let code = digest.expect(der::OCTET_STRING)?.value.to_vec();
        if algorithm.oid == oid::PBMAC1 {
            return Self::pbmac1(&algorithm, code);
        }
        let hash = Hash::from_oid(algorithm.oid).ok_or_else(|| LockFault::Unsupported(oid::name(algorithm.oid)))?;
        let salt = mac.expect(der::OCTET_STRING)?.value.to_vec();
        let iterations = if mac.is_empty() { 1 } else { iterations(mac.unsigned()?)? };
        Ok(Self { hash, code, derivation: Derivation::Pkcs12 { salt, iterations } })
    }

    fn pbmac1(algorithm: &Algorithm<'_>, code: Vec<u8>) -> Result<Self, LockFault> {
        let mut fields = Reader::new(der::single(algorithm.parameters, der::SEQUENCE)?.value);
        let kdf = Algorithm::read(&mut fields)?;
        let scheme = Algorithm::read(&mut fields)?;
        let hash = Hash::from_hmac_oid(scheme.oid).ok_or_else(|| LockFault::Unsupported(oid::name(scheme.oid)))?;
        if kdf.oid != oid::PBKDF2 {
            return Err(LockFault::Unsupported(oid::name(kdf.oid)));
        }
        let derivation = Derivation::Pbmac1 { parameters: kdf.parameters.to_vec(), key_bytes: hash.output_bytes() };
        Ok(Self { hash, code, derivation })
    }

    /// Whether the code is that of the contents under this passphrase.
    pub(super) fn fits(
        &self,
        contents: &[u8],
        passphrase: &Passphrase,
        budget: &mut Budget,
    ) -> Result<bool, LockFault> {
        let key = match &self.derivation {
            Derivation::Pkcs12 { salt, iterations } => {
                let mut key = Zeroizing::new(alloc::vec![0; self.hash.output_bytes()]);
                pkcs12_key(self.hash, Use::Mac, passphrase, salt, *iterations, &mut key, budget)?;
                key
            }
            Derivation::Pbmac1 { parameters, key_bytes } => pbkdf2_key(parameters, passphrase, *key_bytes, budget)?,
        };
        Ok(self.hash.is_hmac(&key, contents, &self.code))
    }

    pub(super) fn name(&self) -> String {
        alloc::format!("MAC with {}", self.hash.name())
    }
}
