//! `certway verify`: one question, answered with every reason against it.

use certway_core::{PeerName, Purpose, Revocation, Verification, VerifyRequest, decode_certificates, verify};

use crate::case::cases;
use crate::files::files;

/// The first part of a name in a case.
fn part(case: &str, name: &str) -> Vec<u8> {
    let found = cases(&files()).into_iter().find(|found| found.name == case);
    found.as_ref().and_then(|found| found.part(name)).unwrap_or_else(|| panic!("{case} has no {name}")).to_vec()
}

fn shared(name: &str) -> Vec<u8> {
    files().remove(&format!("shared/{name}")).unwrap_or_else(|| panic!("no {name}"))
}

fn leaf() -> Vec<u8> {
    part("accept-leaf-and-list.case", "file")
}

fn request<'a>(file: &'a [u8], trusted: &'a [&'a [u8]]) -> VerifyRequest<'a> {
    VerifyRequest::of(file, trusted, "2026-11-24T00:00:00Z".parse().expect("a time"))
}

#[track_caller]
fn check(answer: &Verification, rules: &[&str]) {
    let found: Vec<&str> = answer.reasons.iter().map(|reason| reason.fault.rule()).collect();
    assert_eq!(found, rules, "{answer:#?}");
}

#[test]
fn a_chain_to_a_trusted_root_is_valid() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    let answer = verify(&VerifyRequest { untrusted: &[&issuing], ..request(&leaf, &[&root]) });
    check(&answer, &[]);
    assert_eq!(answer.path.len(), 3);
}

#[test]
fn intermediates_may_be_untrusted() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    check(&verify(&VerifyRequest { untrusted: &[&issuing], ..request(&leaf, &[&root]) }), &[]);
    check(&verify(&request(&leaf, &[&root])), &["issuer-missing"]);
    check(&verify(&VerifyRequest { untrusted: &[&issuing, &root], ..request(&leaf, &[]) }), &["root-not-trusted"]);
}

#[test]
fn what_is_trusted_anchors_whether_self_signed_or_not() {
    let (leaf, issuing) = (leaf(), shared("issuing.pem"));
    let answer = verify(&request(&leaf, &[&issuing]));
    check(&answer, &[]);
    assert_eq!(answer.path.len(), 2);
}

#[test]
fn a_certificate_that_is_itself_trusted_is_valid() {
    let leaf = leaf();
    check(&verify(&request(&leaf, &[&leaf])), &[]);
}

#[test]
fn every_input_may_be_der() {
    let der = |pem: &[u8]| decode_certificates(pem).remove(0).0;
    let (leaf, root, issuing) = (der(&leaf()), der(&shared("root.pem")), der(&shared("issuing.pem")));
    check(&verify(&VerifyRequest { untrusted: &[&issuing], ..request(&leaf, &[&root]) }), &[]);
}

#[test]
fn the_time_decides() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    let (trusted, untrusted) = ([root.as_slice()], [issuing.as_slice()]);
    let at = |time: &str| VerifyRequest {
        at: time.parse().expect("a time"),
        untrusted: &untrusted,
        ..request(&leaf, &trusted)
    };
    check(&verify(&at("2027-06-01T00:00:00Z")), &[]);
    check(&verify(&at("2027-06-01T00:00:01Z")), &["expired"]);
    check(&verify(&at("2026-05-31T23:59:59Z")), &["not-yet-valid"]);
    check(&verify(&at("2045-01-01T00:00:00Z")), &["expired", "expired", "expired"]);
}

#[test]
fn the_purpose_decides() {
    let list = shared("list.pem");
    let trusted = [list.as_slice()];
    let server_only = part("not-both-client-and-server-server-only.case", "file");
    let asked = |purpose| VerifyRequest { purpose, ..request(&server_only, &trusted) };
    check(&verify(&asked(Purpose::Any)), &[]);
    check(&verify(&asked(Purpose::Server)), &[]);
    check(&verify(&asked(Purpose::Client)), &["purpose"]);
}

#[test]
fn the_name_decides() {
    let (leaf, list) = (leaf(), shared("list.pem"));
    let trusted = [list.as_slice()];
    let asked = |name| VerifyRequest { name: Some(name), ..request(&leaf, &trusted) };
    check(&verify(&asked(PeerName::Dns("expe1.example.com"))), &[]);
    check(&verify(&asked(PeerName::Dns("EXPE1.Example.COM"))), &[]);
    for other in ["expe2.example.com", "example.com", "sub.expe1.example.com", "expe1.example.com.evil.org", ""] {
        check(&verify(&asked(PeerName::Dns(other))), &["name-mismatch"]);
    }
    check(&verify(&asked(PeerName::Ip([192, 0, 2, 10].into()))), &["name-mismatch"]);
    check(&verify(&asked(PeerName::Email("admin@example.com"))), &["name-mismatch"]);
    let address = part("san-not-fqdn-ip-address.case", "file");
    let asked = |ip: [u8; 4]| VerifyRequest { name: Some(PeerName::Ip(ip.into())), ..request(&address, &trusted) };
    check(&verify(&asked([192, 0, 2, 10])), &[]);
    check(&verify(&asked([192, 0, 2, 11])), &["name-mismatch"]);
    let wildcard = part("san-not-fqdn-wildcard.case", "file");
    let asked = |name| VerifyRequest { name: Some(PeerName::Dns(name)), ..request(&wildcard, &trusted) };
    check(&verify(&asked("any.example.com")), &[]);
    check(&verify(&asked("a.b.example.com")), &["name-mismatch"]);
    check(&verify(&asked("example.com")), &["name-mismatch"]);
}

#[test]
fn with_lists_every_certificate_needs_one() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    let (trusted, untrusted) = ([root.as_slice()], [issuing.as_slice()]);
    let own_list = part("accept-crl-empty.case", "crl");
    let both =
        cases(&files()).into_iter().find(|case| case.name == "accept-crl-of-root-and-issuing.case").expect("a case");
    let asked = |crls: &[&[u8]]| verify(&VerifyRequest { crls, untrusted: &untrusted, ..request(&leaf, &trusted) });
    check(&asked(&both.every("crl")), &[]);
    check(&asked(&[&own_list]), &["revocation-unknown"]);
    let revoking = part("revoked-leaf.case", "crl");
    check(&asked(&[both.every("crl")[0], &revoking]), &["revoked"]);
    let expired = part("crl-expired.case", "crl");
    check(&asked(&[both.every("crl")[0], &expired]), &["revocation-unknown"]);
}

#[test]
fn how_lists_count_can_be_said() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    let (trusted, untrusted) = ([root.as_slice()], [issuing.as_slice()]);
    let asked = |revocation, crls: &[&[u8]]| {
        let revocation = Some(revocation);
        verify(&VerifyRequest { crls, revocation, untrusted: &untrusted, ..request(&leaf, &trusted) })
    };
    let (own_list, revoking) = (part("accept-crl-empty.case", "crl"), part("revoked-leaf.case", "crl"));
    check(&asked(Revocation::IfListed, &[&own_list]), &[]);
    check(&asked(Revocation::IfListed, &[&revoking]), &["revoked"]);
    let expired = part("crl-expired.case", "crl");
    check(&asked(Revocation::IfListed, &[&expired]), &["revoked"]);
    // Without any list, only who demands one is disappointed: for the leaf, and for its issuer.
    check(&asked(Revocation::IfListed, &[]), &[]);
    check(&asked(Revocation::Required, &[]), &["revocation-unknown", "revocation-unknown"]);
}

#[test]
fn the_number_of_intermediates_is_bounded_when_asked() {
    let (leaf, root, issuing) = (leaf(), shared("root.pem"), shared("issuing.pem"));
    let (trusted, untrusted) = ([root.as_slice()], [issuing.as_slice()]);
    let asked =
        |most| VerifyRequest { maximum_intermediates: Some(most), untrusted: &untrusted, ..request(&leaf, &trusted) };
    check(&verify(&asked(1)), &[]);
    check(&verify(&asked(0)), &["path-too-long"]);
}

#[test]
fn what_is_no_certificate_is_not_decodable() {
    let list = shared("list.pem");
    for file in [&b""[..], b"no certificate", &[0x30, 3, 2, 1]] {
        check(&verify(&request(file, &[&list])), &["not-decodable"]);
    }
}

#[test]
fn forged_links_are_not_believed() {
    let list = shared("list.pem");
    let forged = part("ca-not-recognised-forged-signature.case", "file");
    assert!(!verify(&request(&forged, &[&list])).reasons.is_empty());
    let broken = part("ca-not-recognised-broken-signature.case", "file");
    check(&verify(&request(&broken, &[&list])), &["signature-invalid"]);
}
