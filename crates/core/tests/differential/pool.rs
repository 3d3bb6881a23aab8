//! What is changed in the certificates at hand and in what is trusted.

use super::chain::{AUTHORITY_KEY_ID, Mutation, SUBJECT_KEY_ID, key_id};
use super::der::{sequence, tlv};

pub(crate) const MUTATIONS: &[Mutation] = &[
    ("missing", |chain, random| {
        let position = chain.ca_position(random);
        chain.missing.push(position);
    }),
    ("anchor-is-intermediate", |chain, random| {
        let position = chain.ca_position(random);
        chain.trusted = vec![position];
    }),
    ("anchor-is-intermediate-alone", |chain, random| {
        let position = chain.ca_position(random);
        chain.trusted = vec![position];
        chain.missing.extend(position + 1..chain.plans.len());
    }),
    ("anchor-is-leaf", |chain, _| chain.trusted = vec![0]),
    ("anchors-all", |chain, _| chain.trusted = (0..chain.plans.len()).collect()),
    ("anchor-none", |chain, _| chain.trusted = Vec::new()),
    ("wrong-key", |chain, random| chain.any(random).key = 8),
    ("wrong-key-same-id", |chain, random| {
        let plan = chain.any(random);
        plan.set(SUBJECT_KEY_ID, false, tlv(4, &key_id(plan.key)));
        plan.key = 8;
    }),
    ("twin-with-other-key", |chain, random| {
        let position = chain.ca_position(random);
        let mut twin = chain.plans[position].clone();
        twin.key = 7;
        twin.set(SUBJECT_KEY_ID, false, tlv(4, &key_id(7)));
        chain.others.push((twin, (position + 1).min(chain.plans.len() - 1)));
    }),
    ("twin-with-other-key-same-id", |chain, random| {
        let position = chain.ca_position(random);
        let mut twin = chain.plans[position].clone();
        twin.key = 7;
        chain.others.push((twin, (position + 1).min(chain.plans.len() - 1)));
    }),
    ("twin-expired", |chain, random| {
        let position = chain.ca_position(random);
        let mut twin = chain.plans[position].clone();
        twin.not_after = (0x17, "260601000000Z");
        twin.serial = vec![0x12, 1];
        chain.others.push((twin, (position + 1).min(chain.plans.len() - 1)));
    }),
    ("twin-valid-of-expired", |chain, random| {
        let position = chain.ca_position(random);
        let mut twin = chain.plans[position].clone();
        twin.serial = vec![0x12, 1];
        chain.others.push((twin, (position + 1).min(chain.plans.len() - 1)));
        if position + 1 < chain.plans.len() {
            chain.plans[position].not_after = (0x17, "260601000000Z");
        }
    }),
    ("twin-not-a-ca", |chain, random| {
        let position = chain.ca_position(random);
        let mut twin = chain.plans[position].clone();
        twin.set("2.5.29.19", true, sequence(&[]));
        twin.serial = vec![0x12, 1];
        chain.others.push((twin, (position + 1).min(chain.plans.len() - 1)));
    }),
    ("twice", |chain, random| {
        let position = chain.any_position(random);
        let again = chain.plans[position].clone();
        chain.others.push((again, (position + 1).min(chain.plans.len() - 1)));
    }),
    ("cycle", |chain, random| {
        let position = chain.ca_position(random);
        let below = 1.min(position);
        let mut other = chain.plans[position].clone();
        other.set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &key_id(chain.plans[below].key))]));
        other.serial = vec![0x12, 2];
        chain.others.push((other, below));
    }),
    ("root-of-the-same-name", |chain, _| {
        let position = chain.plans.len() - 1;
        chain.changed = position;
        let mut other = chain.plans[position].clone();
        other.signing = super::chain::Signing::Flipped(300);
        other.key = 6;
        other.set(SUBJECT_KEY_ID, false, tlv(4, &key_id(6)));
        other.set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &key_id(6))]));
        chain.others.push((other, position));
    }),
];
