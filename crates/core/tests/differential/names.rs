//! What is changed in names and in what constrains them.

use super::chain::{ALTERNATIVE_NAMES, Chain, Mutation, Plan, ca_subject, subject};
use super::der::{integer, name, oid, sequence, tlv};
use super::random::Random;

const NAME_CONSTRAINTS: &str = "2.5.29.30";
const DNS: u8 = 0x82;
const EMAIL: u8 = 0x81;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const DIRECTORY: u8 = 0xa4;

pub(crate) const MUTATIONS: &[Mutation] = &[
    ("nc-dns-permitted", |chain, random| permit(chain, random, DNS, b"example.com")),
    ("nc-dns-permitted-dot", |chain, random| permit(chain, random, DNS, b".example.com")),
    ("nc-dns-permitted-itself", |chain, random| permit(chain, random, DNS, b"expe1.example.com")),
    ("nc-dns-permitted-other", |chain, random| permit(chain, random, DNS, b"example.org")),
    ("nc-dns-permitted-all", |chain, random| permit(chain, random, DNS, b"")),
    ("nc-dns-excluded", |chain, random| exclude(chain, random, DNS, b"www.example.com")),
    ("nc-dns-excluded-other", |chain, random| exclude(chain, random, DNS, b"example.org")),
    ("nc-dns-excluded-level", |chain, random| exclude(chain, random, DNS, b"ww.example.com")),
    ("nc-dns-excluded-all", |chain, random| exclude(chain, random, DNS, b"")),
    ("nc-dns-odd", |chain, random| permit(chain, random, DNS, b"*.example.com")),
    ("nc-ip-permitted", |chain, random| permit(chain, random, IP, &[192, 0, 2, 0, 255, 255, 255, 0])),
    ("nc-ip-permitted-other", |chain, random| permit(chain, random, IP, &[198, 51, 100, 0, 255, 255, 255, 0])),
    ("nc-ip-excluded", |chain, random| exclude(chain, random, IP, &[192, 0, 2, 0, 255, 255, 255, 0])),
    ("nc-ip-mask-with-holes", |chain, random| permit(chain, random, IP, &[192, 0, 2, 0, 255, 255, 0, 255])),
    ("nc-ip-v6", |chain, random| permit(chain, random, IP, &[[0x20; 16], [0xff; 16]].concat())),
    ("nc-ip-odd-length", |chain, random| permit(chain, random, IP, &[192, 0, 2, 0])),
    ("nc-directory-permitted", |chain, random| permit(chain, random, DIRECTORY, &name(&subject("x")[..2]))),
    ("nc-directory-other", |chain, random| permit(chain, random, DIRECTORY, &name(&subject("x")[2..]))),
    ("nc-directory-excluded", |chain, random| exclude(chain, random, DIRECTORY, &name(&subject("x")[..2]))),
    ("nc-directory-empty", |chain, random| permit(chain, random, DIRECTORY, &name(&[]))),
    ("nc-email", |chain, random| permit(chain, random, EMAIL, b"example.com")),
    ("nc-uri", |chain, random| permit(chain, random, URI, b".example.com")),
    ("nc-not-critical", |chain, random| {
        permit(chain, random, DNS, b"example.com");
        chain.plans.iter_mut().for_each(|plan| plan.edit(NAME_CONSTRAINTS, |found| found.critical = false));
    }),
    ("nc-empty", |chain, random| chain.ca(random).set(NAME_CONSTRAINTS, true, sequence(&[]))),
    ("nc-minimum", |chain, random| {
        let subtree = sequence(&[tlv(DNS, b"example.com"), tlv(0x80, &integer(1)[2..])]);
        chain.ca(random).set(NAME_CONSTRAINTS, true, sequence(&[tlv(0xa0, &subtree)]));
    }),
    ("nc-of-leaf", |chain, _| constrain(chain.leaf(), 0xa0, DNS, b"example.com")),
    ("san-missing", |chain, _| chain.leaf().remove(ALTERNATIVE_NAMES)),
    ("san-critical", |chain, _| chain.leaf().edit(ALTERNATIVE_NAMES, |found| found.critical = true)),
    ("san-empty", |chain, _| names(chain, &[])),
    ("san-wildcard", |chain, _| names(chain, &[tlv(DNS, b"*.example.com")])),
    ("san-case", |chain, _| names(chain, &[tlv(DNS, b"EXPE1.Example.COM")])),
    ("san-no-dns-name", |chain, _| names(chain, &[tlv(DNS, b"not a name")])),
    ("san-ipv6", |chain, _| names(chain, &[tlv(IP, &[0x20; 16])])),
    ("san-ip-5-bytes", |chain, _| names(chain, &[tlv(IP, &[192, 0, 2, 10, 1])])),
    ("san-email", |chain, _| names(chain, &[tlv(EMAIL, b"admin@example.com")])),
    ("san-email-other", |chain, _| names(chain, &[tlv(EMAIL, b"admin@example.org")])),
    ("san-uri", |chain, _| names(chain, &[tlv(URI, b"https://www.example.com/")])),
    ("san-uri-urn", |chain, _| names(chain, &[tlv(URI, b"urn:example:com")])),
    ("san-directory", |chain, _| names(chain, &[tlv(DIRECTORY, &name(&subject("other")[2..]))])),
    ("san-other-name", |chain, _| {
        let other = [oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, &tlv(0x0c, b"admin@example.com"))].concat();
        names(chain, &[tlv(0xa0, &other)]);
    }),
    ("san-registered-id", |chain, _| names(chain, &[tlv(0x88, &[0x2a, 3, 4])])),
    ("san-unknown-kind", |chain, _| names(chain, &[tlv(0x89, b"x")])),
    ("subject-empty", |chain, random| chain.any(random).subject.clear()),
    ("subject-printable", |chain, random| chain.any(random).subject[1..].iter_mut().for_each(|part| part.1 = 0x13)),
    ("issuer-printable", |chain, random| issuer(chain, random, |part| part.1 = 0x13)),
    ("issuer-upper-case", |chain, random| issuer(chain, random, |part| part.2 = part.2.to_uppercase())),
    ("issuer-blanks", |chain, random| {
        issuer(chain, random, |part| part.2 = format!(" {} ", part.2.replace(' ', "  ")))
    }),
    ("issuer-other", |chain, random| issuer(chain, random, |part| part.2.push('x'))),
    ("self-issued", |chain, random| {
        let position = chain.ca_position(random);
        let above = (position + 1).min(chain.plans.len() - 1);
        chain.plans[position].subject = chain.plans[above].subject.clone();
    }),
    ("subject-of-ca", |chain, _| chain.leaf().subject = ca_subject(1)),
];

fn constrain(plan: &mut Plan, list: u8, kind: u8, base: &[u8]) {
    plan.set(NAME_CONSTRAINTS, true, sequence(&[tlv(list, &sequence(&[tlv(kind, base)]))]));
}

fn permit(chain: &mut Chain, random: &mut Random, kind: u8, base: &[u8]) {
    constrain(chain.ca(random), 0xa0, kind, base);
}

fn exclude(chain: &mut Chain, random: &mut Random, kind: u8, base: &[u8]) {
    constrain(chain.ca(random), 0xa1, kind, base);
}

fn names(chain: &mut Chain, listed: &[Vec<u8>]) {
    chain.leaf().set(ALTERNATIVE_NAMES, false, sequence(listed));
}

/// Writes the issuer of a certificate in another way than its subject is written.
fn issuer(chain: &mut Chain, random: &mut Random, change: fn(&mut (&'static str, u8, String))) {
    let position = chain.any_position(random);
    let above = (position + 1).min(chain.plans.len() - 1);
    let mut issuer = chain.plans[above].subject.clone();
    issuer.iter_mut().skip(1).for_each(change);
    chain.plans[position].issuer = Some(issuer);
}
