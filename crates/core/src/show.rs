//! Decoding whatever a file holds, without judging it (`certway show`).

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::der;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::private_key::{KeyFault, PrivateKey};
use crate::parsed::public_key::PublicKey;
use crate::parsed::request::Request;
use crate::pem::form::recognise;
use crate::text::printable;
use crate::{decode, decoded, limits, pem};

/// One thing that a file holds.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub object: Object,
    /// The label of its PEM block; empty for DER.
    pub label: String,
    /// Its DER, for writing it out as PEM; empty for a private key, which is never written out.
    pub der: Vec<u8>,
    /// The line of its `-----BEGIN`, from 1; 0 for DER.
    pub line: u32,
}

/// What can be decoded.
#[derive(Clone, Debug)]
pub enum Object {
    /// A certificate.
    Certificate(alloc::boxed::Box<decoded::Certificate>),
    /// A private key: public facts only.
    PrivateKey(decoded::PrivateKey),
    /// A public key.
    PublicKey(decoded::PublicKey),
    /// A certificate signing request.
    Request(decoded::Request),
    /// A certificate revocation list.
    Crl(decoded::Crl),
    /// A block that cannot be decoded, and why.
    Unreadable(String),
}

/// What a file holds, in order; an error names what the file is if nothing in it can be taken for an object.
///
/// # Errors
/// The file is too large (8 MiB), or neither PEM nor DER of a known kind; the text says which.
pub fn show(file: &[u8]) -> Result<Vec<Item>, String> {
    if file.len() > limits::CA_BUNDLE_BYTES {
        return Err(String::from("the file is larger than 8 MiB"));
    }
    if file.first() == Some(&der::SEQUENCE) {
        let object =
            decode_der(file, 0, 0).ok_or_else(|| alloc::format!("the file is {}", recognise(file).as_str()))?;
        let der = if matches!(object, Object::PrivateKey(_)) { Vec::new() } else { file.to_vec() };
        return Ok(alloc::vec![Item { object, label: String::new(), der, line: 0 }]);
    }
    let blocks = pem::split(file).blocks;
    if blocks.is_empty() {
        let form = recognise(file);
        return Err(alloc::format!("the file is {}. {}", form.as_str(), form.remedy()));
    }
    Ok(blocks.iter().map(item).collect())
}

fn item(block: &pem::Block<'_>) -> Item {
    let object = match &block.der {
        _ if block.encrypted || block.label == "ENCRYPTED PRIVATE KEY" => {
            Object::Unreadable("a password-protected private key".to_string())
        }
        Err(damage) => Object::Unreadable(alloc::format!(
            "damaged PEM: line {} has {}, wanted is {}",
            damage.line,
            damage.found,
            damage.wanted
        )),
        Ok(der) => decode_labelled(block, der),
    };
    let public = matches!(object, Object::Certificate(_) | Object::PublicKey(_) | Object::Request(_) | Object::Crl(_));
    let der = block.der.as_ref().ok().filter(|_| public).map(|der| der.to_vec()).unwrap_or_default();
    Item { object, label: printable(block.label), der, line: block.line }
}

fn decode_labelled(block: &pem::Block<'_>, der: &[u8]) -> Object {
    // OpenSSL's trusted certificate is a certificate with trust settings after it.
    if block.label == "TRUSTED CERTIFICATE"
        && let Ok(certificate) = Certificate::read(&mut der::Reader::new(der))
    {
        return Object::Certificate(decode::certificate(&certificate, block.index, block.line).into());
    }
    decode_der(der, block.index, block.line).unwrap_or_else(|| {
        let fault = match block.label {
            _ if block.is_certificate() => Certificate::parse(der).err().map(der::Fault::as_str),
            "X509 CRL" => Crl::parse(der).err().map(der::Fault::as_str),
            _ => None,
        };
        let label = printable(block.label);
        match fault {
            Some(fault) => Object::Unreadable(alloc::format!("a block labelled {label} that cannot be read: {fault}")),
            None => Object::Unreadable(alloc::format!("a block labelled {label}, which is not decoded here")),
        }
    })
}

/// Tries each kind; their first fields differ, so that no two of them fit.
fn decode_der(bytes: &[u8], block: u32, line: u32) -> Option<Object> {
    if let Ok(certificate) = Certificate::parse(bytes) {
        return Some(Object::Certificate(decode::certificate(&certificate, block, line).into()));
    }
    if let Ok(crl) = Crl::parse(bytes) {
        return Some(Object::Crl(crl.decoded()));
    }
    if let Ok(request) = Request::parse(bytes) {
        return Some(Object::Request(request.decoded()));
    }
    if let Ok(key) = PublicKey::parse(bytes) {
        return Some(Object::PublicKey(key.decoded()));
    }
    match PrivateKey::parse(bytes) {
        Ok(key) => {
            let public_key = key.public_key().ok()?.decoded();
            let origin = decoded::KeyOrigin::Uploaded;
            Some(Object::PrivateKey(decoded::PrivateKey { public_key, format: key.format, origin }))
        }
        Err(KeyFault::PasswordProtected) => Some(Object::Unreadable("a password-protected private key".to_string())),
        Err(KeyFault::Unsupported(kind)) => {
            Some(Object::Unreadable(alloc::format!("a private key of the kind {kind}")))
        }
        Err(KeyFault::Bad(why)) => Some(Object::Unreadable(alloc::format!("a broken private key: {why}"))),
        Err(KeyFault::Der(_)) => None,
    }
}
