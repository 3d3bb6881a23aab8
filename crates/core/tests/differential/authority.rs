//! What is changed in who may issue, for what, and when.

use super::chain::{BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, Mutation, Plan};
use super::der::{boolean, integer, oid, sequence};

const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
const CODE: &str = "1.3.6.1.5.5.7.3.3";
const ANY: &str = "2.5.29.37.0";

pub(crate) const MUTATIONS: &[Mutation] = &[
    ("expired", |chain, random| chain.any(random).not_after = (0x17, "261123235959Z")),
    ("last-second", |chain, random| chain.any(random).not_after = (0x17, "261124000000Z")),
    ("not-yet", |chain, random| chain.any(random).not_before = (0x17, "261124000001Z")),
    ("first-second", |chain, random| chain.any(random).not_before = (0x17, "261124000000Z")),
    ("generalized-early", |chain, random| chain.any(random).not_after = (0x18, "20280101000000Z")),
    ("generalized-2050", |chain, random| chain.any(random).not_after = (0x18, "20500101000000Z")),
    ("end-9999", |chain, random| chain.any(random).not_after = (0x18, "99991231235959Z")),
    ("utc-50", |chain, random| chain.any(random).not_after = (0x17, "500101000000Z")),
    ("utc-49", |chain, random| chain.any(random).not_after = (0x17, "491231235959Z")),
    ("time-without-seconds", |chain, random| chain.any(random).not_after = (0x17, "2801010000Z")),
    ("time-with-offset", |chain, random| chain.any(random).not_after = (0x17, "280101000000+0000")),
    ("time-13th-month", |chain, random| chain.any(random).not_after = (0x17, "281301000000Z")),
    ("time-fraction", |chain, random| chain.any(random).not_after = (0x18, "20280101000000.5Z")),
    ("bc-missing", |chain, random| chain.ca(random).remove(BASIC_CONSTRAINTS)),
    ("bc-false", |chain, random| chain.ca(random).set(BASIC_CONSTRAINTS, true, sequence(&[]))),
    ("bc-explicit-false", |chain, random| chain.any(random).set(BASIC_CONSTRAINTS, true, sequence(&[boolean(false)]))),
    ("bc-not-critical", |chain, random| chain.ca(random).edit(BASIC_CONSTRAINTS, |found| found.critical = false)),
    ("bc-path-length-0", |chain, random| path_length(chain.ca(random), &integer(0))),
    ("bc-path-length-1", |chain, random| path_length(chain.ca(random), &integer(1))),
    ("bc-path-length-2", |chain, random| path_length(chain.ca(random), &integer(2))),
    ("bc-path-length-200", |chain, random| path_length(chain.ca(random), &integer(200))),
    ("bc-path-length-huge", |chain, random| path_length(chain.ca(random), &[2, 5, 1, 0, 0, 0, 0])),
    ("bc-path-length-negative", |chain, random| path_length(chain.ca(random), &[2, 1, 0xff])),
    ("bc-path-length-without-ca", |chain, _| chain.leaf().set(BASIC_CONSTRAINTS, true, sequence(&[integer(0)]))),
    ("bc-leaf-is-ca", |chain, _| chain.leaf().set(BASIC_CONSTRAINTS, true, sequence(&[boolean(true)]))),
    ("ku-missing", |chain, random| chain.any(random).remove(KEY_USAGE)),
    ("ku-not-critical", |chain, random| chain.any(random).edit(KEY_USAGE, |found| found.critical = false)),
    ("ku-crl-sign-only", |chain, random| chain.ca(random).set(KEY_USAGE, true, vec![3, 2, 1, 0x02])),
    ("ku-cert-sign-only", |chain, random| chain.ca(random).set(KEY_USAGE, true, vec![3, 2, 2, 0x04])),
    ("ku-empty", |chain, random| chain.any(random).set(KEY_USAGE, true, vec![3, 1, 0])),
    ("ku-leaf-cert-sign", |chain, _| chain.leaf().set(KEY_USAGE, true, vec![3, 2, 2, 0x84])),
    ("ku-leaf-encipherment", |chain, _| chain.leaf().set(KEY_USAGE, true, vec![3, 2, 5, 0x20])),
    ("eku-server", |chain, random| purposes(chain.any(random), &[SERVER])),
    ("eku-client", |chain, random| purposes(chain.any(random), &[CLIENT])),
    ("eku-both", |chain, random| purposes(chain.any(random), &[SERVER, CLIENT])),
    ("eku-code", |chain, random| purposes(chain.any(random), &[CODE])),
    ("eku-any", |chain, random| purposes(chain.any(random), &[ANY])),
    ("eku-missing", |chain, _| chain.leaf().remove(EXTENDED_KEY_USAGE)),
    ("eku-critical", |chain, _| chain.leaf().edit(EXTENDED_KEY_USAGE, |found| found.critical = true)),
    ("eku-empty", |chain, random| purposes(chain.any(random), &[])),
];

fn path_length(plan: &mut Plan, number: &[u8]) {
    plan.set(BASIC_CONSTRAINTS, true, sequence(&[boolean(true), number.to_vec()]));
}

fn purposes(plan: &mut Plan, listed: &[&str]) {
    plan.set(EXTENDED_KEY_USAGE, false, sequence(&listed.iter().map(|purpose| oid(purpose)).collect::<Vec<_>>()));
}
