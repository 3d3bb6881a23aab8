//! OCSP requests and responses, compared with OpenSSL's: the files beside this one are its own.

use certway_core::{OcspFault, OcspHash, OcspRequest, OcspStatus, Time, ocsp_request, ocsp_response};

const CA: &[u8] = include_bytes!("ca.der");
const LEAF: &[u8] = include_bytes!("leaf.der");
const REQUEST: &[u8] = include_bytes!("request.der");
const REQUEST_SHA1: &[u8] = include_bytes!("request-sha1.der");
const GOOD: &[u8] = include_bytes!("good.der");
const GOOD_SHA1: &[u8] = include_bytes!("good-sha1.der");
const REVOKED: &[u8] = include_bytes!("revoked.der");
const UNKNOWN: &[u8] = include_bytes!("unknown.der");
const NOT_A_RESPONDER: &[u8] = include_bytes!("not-a-responder.der");

/// The question that a file of OpenSSL's asks: its nonce is what it ends with.
fn asked(file: &[u8], hash: OcspHash) -> OcspRequest {
    ocsp_request(LEAF, CA, &file[file.len() - 16..], hash).unwrap()
}

fn at(time: &str) -> Time {
    time.parse().unwrap()
}

/// When the answers were made: 24 November 2026, good for thirty days.
fn now() -> Time {
    at("2026-11-25T00:00:00Z")
}

/// What a file says, with no list at hand.
fn told(file: &[u8], request: &OcspRequest, now: Time) -> Result<OcspStatus, OcspFault> {
    ocsp_response(file, request, CA, &[], now).map(|answer| answer.status)
}

fn answer(file: &[u8]) -> Result<OcspStatus, OcspFault> {
    told(file, &asked(REQUEST, OcspHash::Sha256), now())
}

#[test]
fn a_request_is_byte_for_byte_what_openssl_asks() {
    assert_eq!(asked(REQUEST, OcspHash::Sha256).der(), REQUEST);
    assert_eq!(asked(REQUEST_SHA1, OcspHash::Sha1).der(), REQUEST_SHA1);
}

#[test]
fn answers_of_the_issuer_and_of_its_responder_are_believed() {
    assert_eq!(answer(GOOD), Ok(OcspStatus::Good));
    assert_eq!(answer(UNKNOWN), Ok(OcspStatus::Unknown));
    let revoked = OcspStatus::Revoked { at: at("2026-11-01T00:00:00Z"), reason: "keyCompromise" };
    assert_eq!(answer(REVOKED), Ok(revoked));
    let sha1 = asked(REQUEST_SHA1, OcspHash::Sha1);
    assert_eq!(told(GOOD_SHA1, &sha1, now()), Ok(OcspStatus::Good));
}

#[test]
fn an_answer_says_how_long_it_is_good() {
    let answer = ocsp_response(GOOD, &asked(REQUEST, OcspHash::Sha256), CA, &[], now()).unwrap();
    assert_eq!(answer.until, at("2026-12-24T16:19:27Z"));
}

/// RFC 6960 section 4.2.2.2.1. The list revokes both responders of this CA.
#[test]
fn a_responder_that_a_list_revokes_is_not_believed_unless_its_ca_waives_that() {
    const CA: &[u8] = include_bytes!("delegating-ca.der");
    const LEAF: &[u8] = include_bytes!("delegating-leaf.der");
    const REQUEST: &[u8] = include_bytes!("delegating-request.der");
    const LIST: &[u8] = include_bytes!("delegates-revoked.crl");
    let request = ocsp_request(LEAF, CA, &REQUEST[REQUEST.len() - 16..], OcspHash::Sha256).unwrap();
    let told = |file: &[u8], lists: &[&[u8]]| ocsp_response(file, &request, CA, lists, now()).map(|told| told.status);
    let (delegated, without_check) = (include_bytes!("delegated.der"), include_bytes!("delegated-nocheck.der"));
    assert_eq!(told(delegated, &[]), Ok(OcspStatus::Good));
    assert_eq!(told(delegated, &[LIST]), Err(OcspFault::NotSigned));
    assert_eq!(told(without_check, &[LIST]), Ok(OcspStatus::Good));
}

#[test]
fn other_answers_are_not() {
    assert_eq!(answer(NOT_A_RESPONDER), Err(OcspFault::NotSigned));
    assert_eq!(answer(GOOD_SHA1), Err(OcspFault::OtherNonce));
    let other = ocsp_request(LEAF, CA, &[7; 16], OcspHash::Sha256).unwrap();
    assert_eq!(told(GOOD, &other, now()), Err(OcspFault::OtherNonce));
    let about_the_ca = ocsp_request(CA, CA, &REQUEST[REQUEST.len() - 16..], OcspHash::Sha256).unwrap();
    assert_eq!(told(GOOD, &about_the_ca, now()), Err(OcspFault::OtherCertificate));
    for time in ["2026-11-24T16:00:00Z", "2026-12-24T16:30:00Z"] {
        let request = asked(REQUEST, OcspHash::Sha256);
        assert_eq!(told(GOOD, &request, at(time)), Err(OcspFault::NotCurrent));
    }
    for (file, word) in [(&[0x30, 3, 0x0a, 1, 6][..], "unauthorized"), (&[0x30, 3, 0x0a, 1, 3], "tryLater")] {
        assert!(answer(file).unwrap_err().as_str().contains(word));
    }
    assert_eq!(answer(b""), Err(OcspFault::Malformed));
}

#[test]
fn no_changed_or_shortened_answer_says_anything_else() {
    for file in [GOOD, REVOKED] {
        let honest = answer(file);
        for position in 0..file.len() {
            assert!(answer(&file[..position]).is_err());
            // Each byte in two ways would take long, and one finds what two find.
            let mut changed = file.to_vec();
            changed[position] ^= 1;
            let told = answer(&changed);
            assert!(told.is_err() || told == honest, "byte {position}: {told:?}");
        }
    }
}
