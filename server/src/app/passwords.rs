//! Passwords: which are good enough, and how they are kept.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::error::Error;

/// Twelve is what OWASP's ASVS 5.0 asks of a chosen password without further rules on its composition.
const SHORTEST: usize = 12;
const LONGEST_BYTES: usize = 1024;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// argon2id with 19 MiB, two passes, one lane: OWASP's first choice for that memory.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// glibc gives memory back to the system at once only above 32 MiB; less stays with the thread, 19 MiB for each that has
/// ever hashed. What is reserved and never touched costs nothing.
const RESERVED_BYTES: usize = 33 * 1024 * 1024;

/// Passwords of twelve letters and more that are tried first by everyone who guesses.
const COMMON: &str = include_str!("passwords/common.txt");

/// A password that is good enough to be set. It cannot be printed by accident.
pub(crate) struct NewPassword(Zeroizing<String>);

/// Why a password cannot be set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unacceptable {
    /// It is too short or too long.
    #[error(
        "the password must have at least {SHORTEST} characters and at most {LONGEST_BYTES} bytes; it has {0} characters"
    )]
    Length(usize),
    /// It is among those that are tried first.
    #[error("the password is one of those that are tried first; choose another")]
    Common,
    /// It repeats a few characters.
    #[error("the password has fewer than five different characters; choose another")]
    Monotonous,
}

/// What a password is checked against.
pub(super) struct PasswordHash {
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) hash: [u8; HASH_BYTES],
}

impl NewPassword {
    /// A password chosen by a person.
    pub(crate) fn chosen(password: &str) -> Result<Self, Unacceptable> {
        let characters = password.chars().count();
        if characters < SHORTEST || password.len() > LONGEST_BYTES {
            return Err(Unacceptable::Length(characters));
        }
        let lower = Zeroizing::new(password.to_lowercase());
        if COMMON.lines().any(|common| common == lower.as_str()) {
            return Err(Unacceptable::Common);
        }
        let mut different: Vec<char> = password.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < 5 {
            return Err(Unacceptable::Monotonous);
        }
        Ok(Self(Zeroizing::new(password.to_owned())))
    }

    /// A password of 100 random bits, easy to read and to type.
    pub(crate) fn random() -> Result<Self, Error> {
        // 32 letters and digits, without those that are taken for each other.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut random = Zeroizing::new([0; 20]);
        aws_lc_rs::rand::fill(random.as_mut()).map_err(|_| Error::NoRandomness)?;
        let mut password = Zeroizing::new(String::new());
        for (index, byte) in random.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                password.push('-');
            }
            password.push(char::from(LETTERS[usize::from(byte & 31)]));
        }
        Ok(Self(password))
    }

    /// The password itself, to be shown once.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What to keep of it.
    pub(super) fn hash(&self) -> Result<PasswordHash, Error> {
        let mut salt = [0; SALT_BYTES];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| Error::NoRandomness)?;
        Ok(PasswordHash { salt, hash: hash(&self.0, &salt)? })
    }
}

/// Whether `password` is the one that was hashed. Without a hash to check against it takes as long and says no, so that
/// time does not tell which users there are.
pub(super) fn verify(password: &str, expected: Option<(&[u8], &[u8])>) -> Result<bool, Error> {
    let (salt, expected) = expected.unwrap_or((&[0; SALT_BYTES], &[]));
    let found = hash(password, salt)?;
    Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&found, expected).is_ok())
}

fn hash(password: &str, salt: &[u8]) -> Result<[u8; HASH_BYTES], Error> {
    let given_up = |error: argon2::Error| Error::GivenUp(format!("the password cannot be hashed: {error}"));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).map_err(given_up)?;
    let mut output = [0; HASH_BYTES];
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(RESERVED_BYTES / Block::SIZE);
    memory.resize(blocks, Block::default());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory)
        .map_err(given_up)?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_monotonous_passwords_are_refused() {
        for password in
            ["elevenchars", "password1234", "PassWord1234", "aaaaaaaaaaaaaaaa", "123123123123", "abababababab"]
        {
            assert!(NewPassword::chosen(password).is_err(), "{password}");
        }
        assert!(NewPassword::chosen("twelve chars").is_ok());
    }

    #[test]
    fn a_made_password_is_long_enough_and_verifies() {
        let password = NewPassword::random().unwrap();
        assert!(password.reveal().len() >= 20);
        assert!(NewPassword::chosen(password.reveal()).is_ok());
        let kept = password.hash().unwrap();
        assert!(verify(password.reveal(), Some((&kept.salt, &kept.hash))).unwrap());
        assert!(!verify("another one", Some((&kept.salt, &kept.hash))).unwrap());
        assert!(!verify(password.reveal(), None).unwrap());
    }
}
