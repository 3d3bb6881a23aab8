//! How much work the files of one repair may cost together. Work is asked for before it is done.

use alloc::string::String;

use super::LockFault;
use crate::limits;

/// What is left of the limits.
#[derive(Debug)]
pub(in crate::repair) struct Budget {
    iterations: u64,
    scrypt_bytes: u64,
    bags: usize,
}

impl Budget {
    pub(in crate::repair) const fn new() -> Self {
        Self { iterations: limits::DERIVATION_ITERATIONS, scrypt_bytes: limits::SCRYPT_BYTES, bags: limits::BAGS }
    }

    /// Takes iterations of key derivation.
    pub(in crate::repair) fn take_iterations(&mut self, asked: u64) -> Result<(), LockFault> {
        self.iterations = self.iterations.checked_sub(asked).ok_or_else(|| {
            let (left, limit) = (self.iterations, limits::DERIVATION_ITERATIONS);
            too_much(asked, "iterations of key derivation", left, limit)
        })?;
        Ok(())
    }

    /// Takes the memory that scrypt passes over.
    pub(in crate::repair) fn take_scrypt_bytes(&mut self, asked: u64) -> Result<(), LockFault> {
        self.scrypt_bytes = self
            .scrypt_bytes
            .checked_sub(asked)
            .ok_or_else(|| too_much(asked, "bytes of memory for scrypt", self.scrypt_bytes, limits::SCRYPT_BYTES))?;
        Ok(())
    }

    /// Takes bags of a PKCS#12 file, or private keys.
    pub(in crate::repair) fn take_bags(&mut self, asked: usize) -> Result<(), LockFault> {
        self.bags = self
            .bags
            .checked_sub(asked)
            .ok_or_else(|| too_much(asked as u64, "keys and bags", self.bags as u64, limits::BAGS as u64))?;
        Ok(())
    }
}

fn too_much(asked: u64, what: &str, left: u64, limit: u64) -> LockFault {
    let spent = if left < limit { alloc::format!(", of which {left} are left") } else { String::new() };
    LockFault::TooMuchWork(alloc::format!("it asks for {asked} {what}; at most {limit} are allowed{spent}"))
}
