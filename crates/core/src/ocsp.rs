//! Asking a responder about one certificate, and what its answer says (RFC 6960). Sending is for others.

use alloc::vec::Vec;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::chain::{Fault, Revocation};
use crate::der::{self, Reader};
use crate::parsed::certificate::{Algorithm, Certificate, read_time};
use crate::parsed::crl::reason_name;
use crate::parsed::extensions::{Extension, KeyUsage, read_extension};
use crate::time::Time;
use crate::verify::{VerifyRequest, verify};
use crate::{oid, signature};

/// By how much the clocks of node and responder may differ.
const SKEW_SECONDS: i64 = 5 * 60;
/// How old an answer may be that does not say how long it is good.
const FRESH_SECONDS: i64 = 24 * 60 * 60;

/// What the issuer is named by in a request. SHA-256 unless a responder does not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspHash {
    /// SHA-256.
    Sha256,
    /// SHA-1, which RFC 5019 responders know alone. It only names the issuer; nothing rests on it.
    Sha1,
}

/// A question about one certificate.
#[derive(Clone, Debug)]
pub struct OcspRequest {
    der: Vec<u8>,
    nonce: Vec<u8>,
    hash: &'static [u8],
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
}

impl OcspRequest {
    /// The request as it is sent, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// What a responder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// It was not revoked.
    Good,
    /// It was.
    Revoked {
        /// When.
        at: Time,
        /// Why, in RFC 5280's words.
        reason: &'static str,
    },
    /// The responder does not know it.
    Unknown,
}

/// An answer that is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspAnswer {
    /// What it says.
    pub status: OcspStatus,
    /// How long it is good: until then there is nothing newer, or a day after it was made if it does not say so.
    pub until: Time,
}

/// Why an answer says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspFault {
    /// It is no answer that RFC 6960 describes.
    Malformed,
    /// The responder does not answer: `unauthorized`, `tryLater`, ...
    Refused(&'static str),
    /// It says nothing about the certificate that was asked for.
    OtherCertificate,
    /// Neither the issuer nor anyone whom it lets answer has signed it.
    NotSigned,
    /// It answers another question: its nonce is another one.
    OtherNonce,
    /// It is of another time.
    NotCurrent,
}

impl OcspFault {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "the answer is no OCSP response",
            Self::Refused(status) => status,
            Self::OtherCertificate => "the answer is about another certificate",
            Self::NotSigned => {
                "the answer is signed neither by the certificate's issuer nor by a responder of it that is in force"
            }
            Self::OtherNonce => "the answer is that to another question",
            Self::NotCurrent => "the answer is too old, or of the future",
        }
    }
}

impl From<der::Fault> for OcspFault {
    fn from(_: der::Fault) -> Self {
        Self::Malformed
    }
}

/// A question about `certificate`, issued by `issuer`, both DER; `None` if one of them cannot be read. The nonce makes the
/// answer one to this question; RFC 8954 takes up to 32 bytes.
#[must_use]
pub fn ocsp_request(certificate: &[u8], issuer: &[u8], nonce: &[u8], hash: OcspHash) -> Option<OcspRequest> {
    let certificate = Certificate::parse(certificate).ok()?;
    let issuer = Certificate::parse(issuer).ok()?;
    let mut key = Reader::new(der::single(issuer.public_key.raw, der::SEQUENCE).ok()?.value);
    Algorithm::read(&mut key).ok()?;
    let key = key.bit_string().ok()?;
    let digest = |bytes: &[u8]| match hash {
        OcspHash::Sha256 => Sha256::digest(bytes).to_vec(),
        OcspHash::Sha1 => Sha1::digest(bytes).to_vec(),
    };
    let oid = match hash {
        OcspHash::Sha256 => oid::SHA256,
        OcspHash::Sha1 => oid::SHA1,
    };
    let (issuer_name, issuer_key) = (digest(issuer.subject.raw), digest(key));
    let sequence = |parts: &[Vec<u8>]| der::write(der::SEQUENCE, &parts.concat());
    let id = sequence(&[
        sequence(&[der::write(der::OID, oid), der::write(der::NULL, &[])]),
        der::write(der::OCTET_STRING, &issuer_name),
        der::write(der::OCTET_STRING, &issuer_key),
        der::write(der::INTEGER, certificate.serial),
    ]);
    let list = sequence(&[sequence(&[id])]);
    let value = der::write(der::OCTET_STRING, &der::write(der::OCTET_STRING, nonce));
    let extensions = sequence(&[sequence(&[der::write(der::OID, oid::OCSP_NONCE), value])]);
    let der = sequence(&[sequence(&[list, der::write(der::context(2), &extensions)])]);
    let serial = certificate.serial.to_vec();
    Some(OcspRequest { der, nonce: nonce.to_vec(), hash: oid, issuer_name, issuer_key, serial })
}

/// What an answer to `request` says at `now`. `issuer` is the issuer of the certificate that was asked for, DER. A responder
/// that one of `crls`, files PEM or DER, revokes does not speak for its CA.
///
/// # Errors
///
/// If the answer is not one to be believed: [`OcspFault`] says why.
pub fn ocsp_response(
    bytes: &[u8],
    request: &OcspRequest,
    issuer: &[u8],
    crls: &[&[u8]],
    now: Time,
) -> Result<OcspAnswer, OcspFault> {
    let issuer = Certificate::parse(issuer)?;
    let basic = Basic::read(successful(bytes)?)?;
    if !basic.is_signed_for(&issuer, crls, now) {
        return Err(OcspFault::NotSigned);
    }
    let nonce = basic.extensions.iter().find(|extension| extension.oid == oid::OCSP_NONCE);
    if let Some(nonce) = nonce
        && der::single(nonce.value, der::OCTET_STRING)?.value != request.nonce
    {
        return Err(OcspFault::OtherNonce);
    }
    let mut list = Reader::new(basic.responses);
    while !list.is_empty() {
        let single = Single::read(&mut list.sequence()?)?;
        if !single.is_about(request) {
            continue;
        }
        let (early, late) = (now.unix() - SKEW_SECONDS, now.unix() + SKEW_SECONDS);
        let until = single.next_update.map_or(single.this_update.unix().saturating_add(FRESH_SECONDS), Time::unix);
        if single.this_update.unix() > late || until < early {
            return Err(OcspFault::NotCurrent);
        }
        return Ok(OcspAnswer { status: single.status, until: Time::from_unix(until) });
    }
    Err(OcspFault::OtherCertificate)
}

/// The basic response inside a successful one.
fn successful(bytes: &[u8]) -> Result<&[u8], OcspFault> {
    let mut outer = Reader::new(der::single(bytes, der::SEQUENCE)?.value);
    match outer.expect(der::ENUMERATED)?.value {
        [0] => {}
        [1] => return Err(OcspFault::Refused("the responder answers 'malformedRequest'")),
        [2] => return Err(OcspFault::Refused("the responder answers 'internalError'")),
        [3] => return Err(OcspFault::Refused("the responder answers 'tryLater'")),
        [5] => return Err(OcspFault::Refused("the responder answers 'sigRequired'")),
        [6] => return Err(OcspFault::Refused("the responder answers 'unauthorized'")),
        _ => return Err(OcspFault::Malformed),
    }
    let mut response = Reader::new(der::single(outer.expect(der::context(0))?.value, der::SEQUENCE)?.value);
    outer.finish()?;
    if response.expect(der::OID)?.value != oid::OCSP_BASIC {
        return Err(OcspFault::Malformed);
    }
    let basic = response.expect(der::OCTET_STRING)?.value;
    response.finish()?;
    Ok(basic)
}

/// BasicOCSPResponse, as a view over its DER.
struct Basic<'a> {
    tbs: &'a [u8],
    responses: &'a [u8],
    extensions: Vec<Extension<'a>>,
    algorithm: Algorithm<'a>,
    signature: &'a [u8],
    certificates: &'a [u8],
}

impl<'a> Basic<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, OcspFault> {
        let mut outer = Reader::new(der::single(bytes, der::SEQUENCE)?.value);
        let tbs = outer.expect(der::SEQUENCE)?;
        let algorithm = Algorithm::read(&mut outer)?;
        let signature = outer.bit_string()?;
        let certificates = match outer.optional(der::context(0))? {
            Some(element) => der::single(element.value, der::SEQUENCE)?.value,
            None => &[],
        };
        outer.finish()?;
        let mut fields = Reader::new(tbs.value);
        fields.optional(der::context(0))?;
        // Who it says it is from does not matter: whose signature it is does.
        if !matches!(fields.any()?.tag, 0xa1 | 0xa2) {
            return Err(OcspFault::Malformed);
        }
        read_time(&mut fields)?;
        let responses = fields.expect(der::SEQUENCE)?.value;
        let extensions = match fields.optional(der::context(1))? {
            Some(element) => read_extensions(element.value, &[oid::OCSP_NONCE])?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self { tbs: tbs.raw, responses, extensions, algorithm, signature, certificates })
    }

    /// Whether the issuer signed it, or one whom the issuer lets answer (RFC 6960 section 4.2.2.2).
    fn is_signed_for(&self, issuer: &Certificate<'_>, crls: &[&[u8]], now: Time) -> bool {
        let signed_by = |signer: &Certificate<'_>| {
            signature::verify(&signer.public_key, &self.algorithm, self.tbs, self.signature).is_ok()
        };
        if signed_by(issuer) {
            return true;
        }
        let mut list = Reader::new(self.certificates);
        // One is common; each costs two signatures.
        for _ in 0..4 {
            let Ok(certificate) = Certificate::read(&mut list) else { return false };
            if may_answer(&certificate, issuer, now) && signed_by(&certificate) {
                return !is_revoked(&certificate, issuer, crls, now);
            }
        }
        false
    }
}

fn may_answer(responder: &Certificate<'_>, issuer: &Certificate<'_>, now: Time) -> bool {
    // anyExtendedKeyUsage does not let anyone answer: RFC 6960 wants the purpose itself.
    let purpose = responder.extensions.extended_key_usages();
    purpose.is_some_and(|mut usages| usages.any(|usage| usage == oid::OCSP_SIGNING))
        && responder.extensions.key_usage.is_none_or(|usage| usage.has(KeyUsage::DIGITAL_SIGNATURE))
        && responder.not_before <= now
        && now <= responder.not_after
        && responder.issuer.matches(&issuer.subject)
        && responder.inner_algorithm == responder.signature_algorithm.raw
        && signature::verify(&issuer.public_key, &responder.signature_algorithm, responder.tbs, responder.signature)
            .is_ok()
}

/// Whether a list revokes a responder (RFC 6960 section 4.2.2.2.1), unless its CA waives that.
fn is_revoked(responder: &Certificate<'_>, issuer: &Certificate<'_>, crls: &[&[u8]], now: Time) -> bool {
    let verification = || {
        verify(&VerifyRequest {
            crls,
            revocation: Some(Revocation::IfListed),
            ..VerifyRequest::of(responder.der, &[issuer.der], now)
        })
    };
    responder.extensions.find(oid::OCSP_NO_CHECK).is_none()
        && verification().reasons.iter().any(|problem| problem.fault == Fault::Revoked)
}

/// Extensions, none of which is critical and not among `understood`.
fn read_extensions<'a>(value: &'a [u8], understood: &[&[u8]]) -> Result<Vec<Extension<'a>>, OcspFault> {
    let mut list = Reader::new(der::single(value, der::SEQUENCE)?.value);
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let extension = read_extension(&mut list)?;
        if extension.critical && !understood.contains(&extension.oid) {
            return Err(OcspFault::Malformed);
        }
        extensions.push(extension);
    }
    Ok(extensions)
}

/// SingleResponse.
struct Single<'a> {
    hash: &'a [u8],
    issuer_name: &'a [u8],
    issuer_key: &'a [u8],
    serial: &'a [u8],
    status: OcspStatus,
    this_update: Time,
    next_update: Option<Time>,
}

impl<'a> Single<'a> {
    fn read(fields: &mut Reader<'a>) -> Result<Self, OcspFault> {
        let mut id = fields.sequence()?;
        let hash = Algorithm::read(&mut id)?.oid;
        let issuer_name = id.expect(der::OCTET_STRING)?.value;
        let issuer_key = id.expect(der::OCTET_STRING)?.value;
        let serial = id.expect(der::INTEGER)?.value;
        id.finish()?;
        let status = fields.any()?;
        let status = match status.tag {
            0x80 => OcspStatus::Good,
            0x82 => OcspStatus::Unknown,
            0xa1 => {
                let mut revoked = Reader::new(status.value);
                let at = read_time(&mut revoked)?;
                let reason = match revoked.optional(der::context(0))? {
                    Some(element) => der::single(element.value, der::ENUMERATED)?.value.first().copied(),
                    None => None,
                };
                revoked.finish()?;
                OcspStatus::Revoked { at, reason: reason_name(reason) }
            }
            _ => return Err(OcspFault::Malformed),
        };
        let this_update = read_time(fields)?;
        let next_update = match fields.optional(der::context(0))? {
            Some(element) => {
                let mut time = Reader::new(element.value);
                let next = read_time(&mut time)?;
                time.finish()?;
                Some(next)
            }
            None => None,
        };
        if let Some(element) = fields.optional(der::context(1))? {
            read_extensions(element.value, &[])?;
        }
        fields.finish()?;
        Ok(Self { hash, issuer_name, issuer_key, serial, status, this_update, next_update })
    }

    fn is_about(&self, request: &OcspRequest) -> bool {
        self.hash == request.hash
            && self.issuer_name == request.issuer_name
            && self.issuer_key == request.issuer_key
            && self.serial == request.serial
    }
}
