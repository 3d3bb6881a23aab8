//! PKCS#12 (RFC 7292; `.pfx`, `.p12`): the MAC is verified first, which tells a wrong passphrase from a damaged file;
//! then every bag is taken out. Bags and iterations are counted against the budget before anything is derived.

mod mac;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::ber;
use super::lock::{Budget, LockFault, Passphrase, Scheme};
use crate::der::{self, Element, Fault, Reader};
use crate::limits;
use crate::oid;
use crate::parsed::certificate::Algorithm;
use mac::Mac;

/// SafeContents nest in bags this deep at most.
const DEPTH: u32 = 4;

/// What a file holds.
#[derive(Default)]
pub(super) struct Store {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
    /// PKCS#8, decrypted.
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
    /// How it was protected, in words, each way once.
    pub(super) protection: Vec<String>,
}

/// Whether some DER or BER begins as a PFX does: version 3, then a SEQUENCE.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    let head = bytes.get(..16).unwrap_or(bytes);
    let start = [der::INTEGER, 1, 3, der::SEQUENCE];
    bytes.first() == Some(&der::SEQUENCE)
        && (2..=6).any(|at| head.get(at..).is_some_and(|rest| rest.starts_with(&start)))
}

/// Opens a file. Without a passphrase an empty one is tried, as programs write it and as none at all.
pub(super) fn open(bytes: &[u8], passphrase: Option<&str>, budget: &mut Budget) -> Result<Store, LockFault> {
    let whole = ber::to_der(bytes)?;
    let mut fields = Reader::new(&whole).sequence()?;
    fields.expect(der::INTEGER)?;
    let mut content_info = fields.sequence()?;
    if content_info.expect(der::OID)?.value != oid::PKCS7_DATA {
        return Err(LockFault::Unsupported(String::from("a signature instead of a passphrase")));
    }
    let safe = explicit_octets(&mut content_info)?;
    let mac = if fields.is_empty() { None } else { Some(Mac::read(&mut fields)?) };
    let typed = passphrase.filter(|text| !text.is_empty());
    let candidates = match typed {
        Some(text) => alloc::vec![Passphrase::new(text)],
        None => alloc::vec![Passphrase::new(""), Passphrase::absent()],
    };
    let wrong = || if passphrase.is_some() { LockFault::PassphraseWrong } else { LockFault::PassphraseNeeded };
    for candidate in &candidates {
        let Some(mac) = &mac else {
            match take_apart(&safe, candidate, budget) {
                Err(LockFault::PassphraseWrong) => continue,
                outcome => return outcome,
            }
        };
        if mac.fits(&safe, candidate, budget)? {
            let mut store = take_apart(&safe, candidate, budget).map_err(|fault| match fault {
                LockFault::PassphraseWrong => LockFault::Damaged("its parts do not open with the file's passphrase"),
                other => other,
            })?;
            store.protection.push(mac.name());
            return Ok(store);
        }
    }
    // The MAC does not fit. If the contents open all the same, the passphrase is right, and the file was changed.
    let mut opens = |candidate| is_opened(&safe, candidate, budget).unwrap_or(false);
    let opens = typed.is_some() && candidates.iter().any(&mut opens);
    Err(if opens { LockFault::Damaged("its message authentication code does not fit its contents") } else { wrong() })
}

/// Whether the first encrypted part of the file opens to a value that fills it, which chance would give once in some
/// millions of times.
fn is_opened(safe: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<bool, LockFault> {
    let safe = ber::to_der(safe)?;
    let mut contents = Reader::new(&safe).sequence()?;
    while !contents.is_empty() {
        let mut info = contents.sequence()?;
        if info.expect(der::OID)?.value == oid::PKCS7_ENCRYPTED_DATA {
            let (plain, _) = decrypt(&mut info, passphrase, budget)?;
            return Ok(ber::to_der(&plain).is_ok());
        }
    }
    Ok(false)
}

fn take_apart(safe: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Store, LockFault> {
    let safe = ber::to_der(safe)?;
    let mut contents = Reader::new(&safe).sequence()?;
    let mut store = Store::default();
    let mut parts = 0;
    while !contents.is_empty() {
        parts += 1;
        if parts > limits::BAGS {
            let most = limits::BAGS;
            return Err(LockFault::TooMuchWork(alloc::format!(
                "it has more than {most} parts; at most {most} are opened"
            )));
        }
        let mut info = contents.sequence()?;
        let kind = info.expect(der::OID)?.value;
        match kind {
            oid::PKCS7_DATA => bags(&explicit_octets(&mut info)?, passphrase, budget, DEPTH, &mut store)?,
            oid::PKCS7_ENCRYPTED_DATA => {
                let (plain, scheme) = decrypt(&mut info, passphrase, budget)?;
                store.note(scheme);
                bags(&plain, passphrase, budget, DEPTH, &mut store)?;
            }
            _ => return Err(LockFault::Unsupported(String::from("a public key instead of a passphrase"))),
        }
    }
    Ok(store)
}

/// `[0] EXPLICIT OCTET STRING`.
fn explicit_octets(info: &mut Reader<'_>) -> Result<Zeroizing<Vec<u8>>, LockFault> {
    let content = info.expect(der::context(0))?.value;
    Ok(Zeroizing::new(der::single(content, der::OCTET_STRING)?.value.to_vec()))
}

/// EncryptedData (RFC 2315 section 13): the contents, and how they were encrypted.
fn decrypt(
    info: &mut Reader<'_>,
    passphrase: &Passphrase,
    budget: &mut Budget,
) -> Result<(Zeroizing<Vec<u8>>, String), LockFault> {
    let mut content = Reader::new(info.expect(der::context(0))?.value);
    let mut fields = content.sequence()?;
    fields.expect(der::INTEGER)?;
    let mut encrypted = fields.sequence()?;
    encrypted.expect(der::OID)?;
    let scheme = Scheme::read(&Algorithm::read(&mut encrypted)?)?;
    let ciphertext = encrypted.any()?;
    let plain = if ciphertext.tag == der::context(0) {
        scheme.decrypt(&ber::joined(ciphertext.value)?, passphrase, budget)?
    } else {
        scheme.decrypt(ciphertext.value, passphrase, budget)?
    };
    Ok((plain, scheme.name()))
}

/// SafeContents (RFC 7292 section 4.2).
fn bags(
    contents: &[u8],
    passphrase: &Passphrase,
    budget: &mut Budget,
    depth: u32,
    store: &mut Store,
) -> Result<(), LockFault> {
    let depth = depth.checked_sub(1).ok_or(LockFault::Damaged("its bags are nested too deep"))?;
    let contents = ber::to_der(contents)?;
    let list = Reader::new(&contents).sequence()?;
    let (mut counted, mut count) = (list, 0);
    while !counted.is_empty() {
        counted.any()?;
        count += 1;
    }
    budget.take_bags(count)?;
    let mut list = list;
    while !list.is_empty() {
        let mut bag = list.sequence()?;
        let kind = bag.expect(der::OID)?.value;
        let value = bag.expect(der::context(0))?;
        let inner = kind.strip_prefix(oid::BAG_PREFIX).unwrap_or_default();
        match inner {
            [1] => store.keys.push(Zeroizing::new(value.value.to_vec())),
            [2] => {
                let (key, scheme) = encrypted_key(value.value, passphrase, budget)?;
                store.note(scheme);
                store.keys.push(key);
            }
            [3] => store.certificates.extend(typed(&value, oid::X509_CERTIFICATE)?),
            [4] => store.crls.extend(typed(&value, oid::X509_CRL)?),
            [6] => bags(value.value, passphrase, budget, depth, store)?,
            // A secret of another kind; no server certificate has one.
            _ => {}
        }
    }
    Ok(())
}

/// CertBag and CRLBag (RFC 7292 sections 4.2.3 and 4.2.4): an OID for the type, then the value.
fn typed(value: &Element<'_>, wanted: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let mut fields = Reader::new(value.value).sequence()?;
    let kind = fields.expect(der::OID)?.value;
    let octets = fields.expect(der::context(0))?.value;
    let der = der::single(octets, der::OCTET_STRING)?.value;
    Ok((kind == wanted).then(|| der.to_vec()))
}

/// EncryptedPrivateKeyInfo (RFC 5958 section 3): the PKCS#8 in it, and how it was encrypted.
pub(super) fn encrypted_key(
    bytes: &[u8],
    passphrase: &Passphrase,
    budget: &mut Budget,
) -> Result<(Zeroizing<Vec<u8>>, String), LockFault> {
    let mut fields = Reader::new(bytes).sequence()?;
    let scheme = Scheme::read(&Algorithm::read(&mut fields)?)?;
    let ciphertext = fields.expect(der::OCTET_STRING)?.value;
    fields.finish()?;
    let plain = scheme.decrypt(ciphertext, passphrase, budget)?;
    // A padding fits by chance; what a wrong passphrase gives is no SEQUENCE that fills the rest.
    der::single(&plain, der::SEQUENCE).map_err(|_| LockFault::PassphraseWrong)?;
    Ok((plain, scheme.name()))
}

impl Store {
    fn note(&mut self, scheme: String) {
        if !self.protection.contains(&scheme) {
            self.protection.push(scheme);
        }
    }
}
