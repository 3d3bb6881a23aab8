//! PKCS#7 (RFC 2315) and CMS (RFC 5652) SignedData, of which only the certificates and revocation lists are of use: a
//! `.p7b` file is one with nothing signed.

use alloc::vec::Vec;

use super::ber;
use crate::der::{self, Fault, Reader};
use crate::oid;

/// What a bundle holds, each as DER.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
}

/// Whether some DER or BER begins as SignedData does.
pub(super) fn is_pkcs7(bytes: &[u8]) -> bool {
    // The OID follows tag and length of the outer SEQUENCE, which are two to six bytes.
    let head = bytes.get(..32).unwrap_or(bytes);
    let oid = der::write(der::OID, oid::PKCS7_SIGNED_DATA);
    bytes.first() == Some(&der::SEQUENCE) && (2..=6).any(|at| head.get(at..).is_some_and(|rest| rest.starts_with(&oid)))
}

/// Takes a bundle apart.
pub(super) fn open(bytes: &[u8]) -> Result<Bundle, Fault> {
    let whole = ber::to_der(bytes)?;
    let mut content_info = Reader::new(&whole).sequence()?;
    content_info.expect(der::OID)?;
    let mut content = Reader::new(content_info.expect(der::context(0))?.value);
    let mut fields = content.sequence()?;
    fields.expect(der::INTEGER)?;
    fields.expect(der::SET)?;
    fields.expect(der::SEQUENCE)?;
    let mut bundle = Bundle::default();
    if let Some(certificates) = fields.optional(der::context(0))? {
        bundle.certificates = sequences(certificates.value)?;
    }
    if let Some(crls) = fields.optional(der::context(1))? {
        bundle.crls = sequences(crls.value)?;
    }
    Ok(bundle)
}

/// The SEQUENCEs of a set; its other choices (attribute certificates, other lists) are tagged and of no use here.
fn sequences(set: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut reader = Reader::new(set);
    let mut found = Vec::new();
    while !reader.is_empty() {
        let element = reader.any()?;
        if element.tag == der::SEQUENCE {
            found.push(element.raw.to_vec());
        }
    }
    Ok(found)
}
