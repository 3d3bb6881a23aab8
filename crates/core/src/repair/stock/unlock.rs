//! Private keys with a passphrase, and what is said when something does not open.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{At, DAMAGED, Reading};
use crate::parsed::private_key::{KeyFault, PrivateKey};
use crate::repair::lock::{LockFault, Passphrase, cipher_name, open_headers};
use crate::repair::pkcs12;

impl Reading<'_> {
    /// An EncryptedPrivateKeyInfo (RFC 5958 section 3).
    pub(super) fn unlock_pkcs8(&mut self, der: &[u8], at: At<'_>) {
        let opened = match self.passphrase {
            None => Err(LockFault::PassphraseNeeded),
            Some(text) => pkcs12::encrypted_key(der, &Passphrase::new(text), &mut self.budget),
        };
        match opened {
            Ok((key, scheme)) => self.unlocked(&key, &alloc::format!("an encrypted private key ({scheme})"), at),
            Err(fault) => self.locked(at, "private key", fault),
        }
    }

    /// A key under RFC 1421 headers.
    pub(super) fn unlock_headers(&mut self, dek_info: Option<&str>, ciphertext: &[u8], at: At<'_>) {
        let opened = match self.passphrase {
            None => Err(LockFault::PassphraseNeeded),
            Some(text) => open_headers(dek_info, ciphertext, &Passphrase::new(text)),
        };
        let before = alloc::format!("an encrypted private key (Proc-Type: 4,ENCRYPTED, {})", cipher_name(dek_info));
        match opened {
            Ok(key) => self.unlocked(&key, &before, at),
            Err(fault) => self.locked(at, "private key", fault),
        }
    }

    fn unlocked(&mut self, key: &Zeroizing<Vec<u8>>, before: &str, at: At<'_>) {
        // A padding fits by chance once in 256 times; then there is no key behind it.
        if matches!(PrivateKey::parse(key), Err(KeyFault::Der(_) | KeyFault::PasswordProtected)) {
            return self.locked(at, "private key", LockFault::PassphraseWrong);
        }
        let message = "The private key was decrypted with the passphrase.";
        self.log.step("key-decrypted", at.file, message, before, "the same key, not encrypted");
        self.read_key(key, At { label: None, ..at });
    }

    /// Says why something did not open.
    pub(super) fn locked(&mut self, at: At<'_>, what: &str, fault: LockFault) {
        let place = if at.line > 0 { alloc::format!(" in line {}", at.line) } else { String::new() };
        let what = alloc::format!("{what}{place}");
        let file = Some(at.file);
        let command = if what.starts_with("PKCS#12") {
            "openssl pkcs12 -legacy -in FILE -nodes -out FILE.pem"
        } else {
            "openssl pkey -in FILE -out key.pem"
        };
        match fault {
            LockFault::PassphraseNeeded => {
                self.log.repair.needs_passphrase = true;
                let message = alloc::format!("The {what} is protected with a passphrase");
                let remedy = "Give its passphrase. Whoever made the file chose it.";
                self.log.problem("passphrase-needed", file, message, remedy);
            }
            LockFault::PassphraseWrong => {
                self.log.repair.needs_passphrase = true;
                let message = alloc::format!("The passphrase is wrong: it does not open the {what}");
                let remedy = "Try again; upper and lower case count, and so does the layout of the keyboard. Whoever made the \
                              file chose the passphrase. If it is certainly right, the file is damaged. If it is lost, make a new key and ask for a new certificate.";
                self.log.problem("passphrase-wrong", file, message, remedy);
            }
            LockFault::Damaged(why) => {
                self.log.problem("damaged", file, alloc::format!("The {what} is damaged: {why}"), DAMAGED);
            }
            LockFault::Unsupported(name) => {
                let message = alloc::format!("The {what} is protected with {name}, which is not opened here");
                let remedy = alloc::format!("Open it on a machine that you trust: {command}");
                self.log.problem("unsupported-encryption", file, message, remedy);
            }
            LockFault::TooMuchWork(why) => {
                let message = alloc::format!("The {what} is refused, for the work it costs: {why}");
                let remedy = alloc::format!("If you know who made it, open it on a machine of your own: {command}");
                self.log.problem("too-much-work", file, message, remedy);
            }
        }
    }
}
