//! Files to what they hold: every certificate, key, request and revocation list, out of whatever it is wrapped in.

mod unlock;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::lock::Budget;
use super::{Log, RepairFile, pkcs7, pkcs12, text};
use crate::der::{self, Fault, Reader};
use crate::limits;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::private_key::{KeyFault, PrivateKey};
use crate::parsed::public_key::PublicKey;
use crate::parsed::request::Request;
use crate::pem::form::{Form, recognise};
use crate::pem::{self, Block};
use crate::rules;
use crate::text::printable;

/// Something public, as DER, and the file it was in.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) der: Vec<u8>,
    pub(super) file: usize,
}

/// A private key.
pub(super) struct Key {
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    /// Its public half.
    pub(super) spki: Vec<u8>,
    pub(super) file: usize,
}

/// What the files hold, in the order in which it was found.
#[derive(Default)]
pub(super) struct Stock {
    pub(super) certificates: Vec<Item>,
    pub(super) keys: Vec<Key>,
    pub(super) requests: Vec<Item>,
    pub(super) crls: Vec<Item>,
    /// The files that were bundles of another kind than PEM, and so are known to have been taken apart.
    pub(super) bundles: Vec<usize>,
}

/// Where an object stands.
#[derive(Clone, Copy)]
struct At<'l> {
    file: usize,
    /// From 1; 0 where there are no lines.
    line: u32,
    /// The label of its PEM block.
    label: Option<&'l str>,
}

/// Reads files one after the other.
struct Reading<'r> {
    passphrase: Option<&'r str>,
    budget: Budget,
    log: &'r mut Log,
    stock: Stock,
}

impl Stock {
    /// Takes everything out of the files.
    pub(super) fn read(files: &[RepairFile<'_>], passphrase: Option<&str>, log: &mut Log) -> Self {
        let total = files.iter().fold(0usize, |total, file| total.saturating_add(file.bytes.len()));
        if total > limits::CA_BUNDLE_BYTES || files.len() > limits::REPAIR_FILES {
            let message = alloc::format!("There are {} files with {total} bytes", files.len());
            let remedy = "Choose fewer files: at most 64, with 8 MiB in all.";
            log.problem("too-large", None, message, remedy);
            return Self::default();
        }
        let mut reading = Reading { passphrase, budget: Budget::new(), log, stock: Self::default() };
        for (number, file) in files.iter().enumerate() {
            reading.file(number, file.bytes);
        }
        let mut stock = reading.stock;
        if stock.certificates.len() > limits::REPAIR_CERTIFICATES {
            let message = alloc::format!("There are {} certificates in the files", stock.certificates.len());
            log.problem("too-large", None, message, "Choose fewer files: at most 2000 certificates in all.");
            stock.certificates.clear();
        }
        stock
    }

    /// Whether anything was found.
    pub(super) fn is_known(&self) -> bool {
        self.count() > 0
    }

    fn count(&self) -> usize {
        self.certificates.len() + self.keys.len() + self.requests.len() + self.crls.len()
    }
}

impl Reading<'_> {
    fn file(&mut self, file: usize, bytes: &[u8]) {
        if recognise(bytes) == Form::Utf16 && pem::split(bytes).blocks.is_empty() {
            match text::from_utf16(bytes) {
                Some(text) => {
                    let message = "Text in UTF-16 was written as UTF-8.";
                    self.log.step("utf16-to-utf8", file, message, Form::Utf16.as_str(), "text in UTF-8");
                    self.text(file, text.as_bytes());
                }
                None => self.unrecognised(file, Form::Binary),
            }
            return;
        }
        if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
            let message = "The byte order mark before the text was taken off.";
            self.log.step("byte-order-mark-removed", file, message, "a byte order mark (EF BB BF), then text", "text");
            return self.text(file, text);
        }
        if bytes.first() == Some(&der::SEQUENCE) && self.der_file(file, bytes) {
            return;
        }
        self.text(file, bytes);
    }

    /// A file that begins as DER does; `false` if it is none after all.
    fn der_file(&mut self, file: usize, bytes: &[u8]) -> bool {
        let form = recognise(bytes);
        let plain = matches!(form, Form::DerCertificate | Form::DerKey | Form::DerRequest | Form::DerCrl);
        if !plain && form != Form::DerEncryptedKey && !pkcs7::is_pkcs7(bytes) && !pkcs12::is_pkcs12(bytes) {
            return false;
        }
        let before = self.stock.count();
        self.object(Zeroizing::new(bytes.to_vec()), At { file, line: 0, label: None });
        if plain && self.stock.count() > before {
            self.log.step(
                "der-to-pem",
                file,
                "DER (binary) was written as PEM (text).",
                form.as_str(),
                "the same in PEM",
            );
        }
        true
    }

    fn text(&mut self, file: usize, bytes: &[u8]) {
        let split = pem::split(bytes);
        if split.blocks.is_empty() {
            return self.without_blocks(file, bytes);
        }
        let before = self.stock.count();
        for block in &split.blocks {
            self.block(file, block);
        }
        if !split.final_newline && self.stock.count() > before {
            let message = "The last line was ended.";
            self.log.step("final-newline-added", file, message, "a last line without its end", "a line end");
        }
    }

    fn without_blocks(&mut self, file: usize, bytes: &[u8]) {
        let form = recognise(bytes);
        let framed = (form == Form::BareBase64).then(|| text::bare_base64(bytes)).flatten();
        let Some(der) = framed.filter(|der| der.first() == Some(&der::SEQUENCE)) else {
            return self.unrecognised(file, form);
        };
        let before = (self.stock.count(), self.log.repair.problems.len());
        self.object(der, At { file, line: 1, label: None });
        if self.stock.count() > before.0 {
            let message = "The base64 was put between -----BEGIN and -----END lines.";
            self.log.step("frame-added", file, message, form.as_str(), "PEM");
        } else if self.log.repair.problems.len() == before.1 {
            self.unrecognised(file, form);
        }
    }

    fn unrecognised(&mut self, file: usize, form: Form) {
        let id = match form {
            Form::Empty => "empty-file",
            Form::Putty => "putty-key",
            Form::JavaKeyStore => "java-key-store",
            Form::OpenSshPublicKey => "ssh-public-key",
            _ => "not-recognised",
        };
        self.log.problem(id, Some(file), alloc::format!("The file is {}", form.as_str()), form.remedy());
    }

    fn block(&mut self, file: usize, block: &Block<'_>) {
        let at = At { file, line: block.line, label: Some(block.label) };
        if block.label == "OPENSSH PRIVATE KEY" {
            let finding = rules::unsupported_key_type::openssh(block);
            let remedy = "Work on a copy, for the file is changed in place: ssh-keygen -p -m PKCS8 -N '' -f COPY (asks for the \
                          old passphrase, if there is one), then repair COPY. An Ed25519 key stays in OpenSSH's form: make a new \
                          key and request with openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout \
                          key.pem -out csr.pem";
            return self.log.problem("openssh-key", Some(file), finding.message, remedy);
        }
        match &block.der {
            Err(damage) => {
                let message = alloc::format!(
                    "The block {} in line {} is damaged: line {} has {}; wanted is {}",
                    printable(block.label),
                    block.line,
                    damage.line,
                    damage.found,
                    damage.wanted
                );
                self.log.problem("damaged", Some(file), message, DAMAGED);
            }
            Ok(der) if block.encrypted => self.unlock_headers(block.dek_info, der, at),
            // RFC 5915 keys of OpenSSL's come with the name of their curve, which the key repeats.
            Ok(_) if block.label == "EC PARAMETERS" => {}
            Ok(der) => self.object(der.clone(), at),
        }
    }

    /// One value in DER (a bundle may be BER), by what it is, whatever its label says.
    fn object(&mut self, mut der: Zeroizing<Vec<u8>>, at: At<'_>) {
        if at.label == Some("TRUSTED CERTIFICATE") {
            // OpenSSL's trust settings follow the certificate, and nobody else reads them.
            let length =
                Certificate::read(&mut Reader::new(&der)).map_or(der.len(), |certificate| certificate.der.len());
            der.truncate(length);
        }
        if Certificate::parse(&der).is_ok() {
            self.relabel(at, "CERTIFICATE");
            self.stock.certificates.push(item(&mut der, at));
        } else if Crl::parse(&der).is_ok() {
            self.relabel(at, "X509 CRL");
            self.stock.crls.push(item(&mut der, at));
        } else if Request::parse(&der).is_ok() {
            self.relabel(at, "CERTIFICATE REQUEST");
            self.stock.requests.push(item(&mut der, at));
        } else if PublicKey::parse(&der).is_ok() {
            self.left_out(at, "a public key");
        } else if pkcs7::is_pkcs7(&der) {
            self.pkcs7(&der, at);
        } else if pkcs12::is_pkcs12(&der) {
            self.pkcs12(&der, at);
        } else {
            self.private_key(&der, at);
        }
    }

    fn relabel(&mut self, at: At<'_>, right: &str) {
        if let Some(label) = at.label.filter(|label| *label != right) {
            let before = alloc::format!("-----BEGIN {}----- in line {}", printable(label), at.line);
            let after = alloc::format!("-----BEGIN {right}-----");
            self.log.step("label-corrected", at.file, "The label was set to what the block holds.", before, after);
        }
    }

    fn left_out(&mut self, at: At<'_>, what: &str) {
        let before = if at.line > 0 { alloc::format!("{what} in line {}", at.line) } else { String::from(what) };
        self.log.step("left-out", at.file, "What a server certificate has no use for was left out.", before, "nothing");
    }

    fn pkcs7(&mut self, der: &[u8], at: At<'_>) {
        match pkcs7::open(der) {
            Ok(bundle) if bundle.certificates.is_empty() && bundle.crls.is_empty() => {
                let message = "The PKCS#7 bundle has no certificate in it";
                self.log.problem("not-recognised", Some(at.file), message, DAMAGED);
            }
            Ok(bundle) => {
                let after = contents(bundle.certificates.len(), 0, bundle.crls.len());
                self.log.step("pkcs7-opened", at.file, "The PKCS#7 bundle was taken apart.", "PKCS#7 (.p7b)", after);
                self.stock.bundles.push(at.file);
                self.bundle(bundle.certificates, bundle.crls, at.file);
            }
            Err(fault) => self.damaged(at, "PKCS#7 bundle", fault.as_str()),
        }
    }

    fn pkcs12(&mut self, der: &[u8], at: At<'_>) {
        match pkcs12::open(der, self.passphrase, &mut self.budget) {
            Ok(store) => {
                let after = contents(store.certificates.len(), store.keys.len(), store.crls.len());
                let before = alloc::format!("PKCS#12 ({})", store.protection.join("; "));
                self.log.step("pkcs12-opened", at.file, "The PKCS#12 file was opened and taken apart.", before, after);
                self.stock.bundles.push(at.file);
                self.bundle(store.certificates, store.crls, at.file);
                for key in &store.keys {
                    self.read_key(key, At { file: at.file, line: 0, label: None });
                }
            }
            Err(fault) => self.locked(at, "PKCS#12 file", fault),
        }
    }

    fn bundle(&mut self, certificates: Vec<Vec<u8>>, crls: Vec<Vec<u8>>, file: usize) {
        for der in certificates {
            match Certificate::parse(&der) {
                Ok(_) => self.stock.certificates.push(Item { der, file }),
                Err(fault) => {
                    self.damaged(At { file, line: 0, label: None }, "certificate in the bundle", fault.as_str())
                }
            }
        }
        self.stock.crls.extend(crls.into_iter().filter(|der| Crl::parse(der).is_ok()).map(|der| Item { der, file }));
    }

    fn private_key(&mut self, der: &[u8], at: At<'_>) {
        if let Err(fault) = self.budget.take_bags(1) {
            return self.locked(at, "private key", fault);
        }
        self.read_key(der, at);
    }

    /// A private key that is counted already.
    fn read_key(&mut self, der: &[u8], at: At<'_>) {
        match PrivateKey::parse(der) {
            Ok(key) => self.keep_key(key, der, at),
            Err(KeyFault::PasswordProtected) => self.unlock_pkcs8(der, at),
            Err(KeyFault::Unsupported(kind)) => {
                let message = alloc::format!("TLS cannot use this private key: it is of the kind {kind}");
                self.log.problem("unsupported-key-type", Some(at.file), message, NEW_KEY);
            }
            Err(KeyFault::Bad(why)) => {
                let message = alloc::format!("The private key is broken: {why}");
                self.log.problem("bad-key", Some(at.file), message, NEW_KEY);
            }
            Err(KeyFault::Der(fault)) => match at.label {
                Some(label) if label.ends_with("PRIVATE KEY") => self.damaged(at, "private key", fault.as_str()),
                Some(label) if label.contains("CERTIFICATE") => self.damaged(at, "certificate", certificate_fault(der)),
                Some(label) => self.left_out(at, &alloc::format!("a block labelled {}", printable(label))),
                None => self.damaged(at, "file", fault.as_str()),
            },
        }
    }

    fn keep_key(&mut self, key: PrivateKey, der: &[u8], at: At<'_>) {
        let spki = match key.public_key() {
            Ok(public) => public.raw.to_vec(),
            Err(fault) => return self.damaged(at, "private key", fault.as_str()),
        };
        let message = "The private key was written in PKCS#8.";
        let pkcs8 = match key.format {
            "PKCS#1" => {
                self.log.step("pkcs1-to-pkcs8", at.file, message, "an RSA key in PKCS#1", "the same key in PKCS#8");
                key.into_pkcs8()
            }
            "SEC1" => {
                self.log.step("sec1-to-pkcs8", at.file, message, "an EC key in SEC 1", "the same key in PKCS#8");
                key.into_pkcs8()
            }
            // Not written anew: what is right already stays as it is, byte for byte.
            _ => {
                self.relabel(at, "PRIVATE KEY");
                Zeroizing::new(der.to_vec())
            }
        };
        self.stock.keys.push(Key { pkcs8, spki, file: at.file });
    }

    fn damaged(&mut self, at: At<'_>, what: &str, why: &str) {
        let place = if at.line > 0 { alloc::format!(" in line {}", at.line) } else { String::new() };
        self.log.problem("damaged", Some(at.file), alloc::format!("The {what}{place} is damaged: {why}"), DAMAGED);
    }
}

const DAMAGED: &str = "Copy the file again from where it was made, in binary mode. If it is damaged there too, ask whoever sent \
                       it; the certificate authority can send certificates again, but nobody can restore a private key.";

const NEW_KEY: &str = "Make a new key and a request, and send the request to the certificate authority: openssl req -new -newkey \
                       ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem";

fn item(der: &mut Vec<u8>, at: At<'_>) -> Item {
    Item { der: core::mem::take(der), file: at.file }
}

fn certificate_fault(der: &[u8]) -> &'static str {
    Certificate::parse(der).err().map_or("", Fault::as_str)
}

/// `2 certificates, 1 private key`.
fn contents(certificates: usize, keys: usize, crls: usize) -> String {
    let counted = [(certificates, "certificate"), (keys, "private key"), (crls, "revocation list")];
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| alloc::format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { String::from("nothing of use") } else { parts.join(", ") }
}
