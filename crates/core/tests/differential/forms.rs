//! What is changed in the form of certificates: versions, numbers, extensions, signatures, bytes.

use super::chain::{ALTERNATIVE_NAMES, AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, Mutation, SUBJECT_KEY_ID, Signing, key_id};
use super::der::{oid, sequence, tlv};

const PRIVATE: &str = "1.3.6.1.4.1.99999.7";
const ISSUER_NAMES: &str = "2.5.29.18";

pub(crate) const MUTATIONS: &[Mutation] = &[
    ("version-1", |chain, random| chain.any(random).version = None),
    ("version-1-plain", |chain, random| {
        let plan = chain.any(random);
        plan.version = None;
        plan.extensions.clear();
    }),
    ("version-2", |chain, random| chain.any(random).version = Some(1)),
    ("version-4", |chain, random| chain.any(random).version = Some(3)),
    ("version-1-written", |chain, random| chain.any(random).version = Some(0)),
    ("serial-zero", |chain, random| chain.any(random).serial = vec![0]),
    ("serial-negative", |chain, random| chain.any(random).serial = vec![0x91, 1]),
    ("serial-empty", |chain, random| chain.any(random).serial.clear()),
    ("serial-21-octets", |chain, random| chain.any(random).serial = vec![0x11; 21]),
    ("serial-padded", |chain, random| chain.any(random).serial = vec![0, 0x11]),
    ("ski-missing", |chain, random| chain.any(random).remove(SUBJECT_KEY_ID)),
    ("ski-other", |chain, random| chain.any(random).set(SUBJECT_KEY_ID, false, tlv(4, &[7; 20]))),
    ("ski-critical", |chain, random| chain.any(random).edit(SUBJECT_KEY_ID, |found| found.critical = true)),
    ("ski-empty", |chain, random| chain.any(random).set(SUBJECT_KEY_ID, false, tlv(4, &[]))),
    ("aki-missing", |chain, random| chain.any(random).remove(AUTHORITY_KEY_ID)),
    ("aki-other", |chain, random| chain.any(random).set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &[7; 20])]))),
    ("aki-critical", |chain, random| chain.any(random).edit(AUTHORITY_KEY_ID, |found| found.critical = true)),
    ("aki-empty", |chain, random| chain.any(random).set(AUTHORITY_KEY_ID, false, sequence(&[]))),
    ("aki-own", |chain, random| {
        let plan = chain.any(random);
        plan.set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &key_id(plan.key))]));
    }),
    ("unknown-critical", |chain, random| chain.any(random).set(PRIVATE, true, vec![5, 0])),
    ("unknown", |chain, random| chain.any(random).set(PRIVATE, false, vec![5, 0])),
    ("issuer-names-critical", |chain, random| {
        chain.any(random).set(ISSUER_NAMES, true, sequence(&[tlv(0x82, b"ca.example.com")]));
    }),
    ("extension-twice", |chain, random| {
        let plan = chain.any(random);
        let again = plan.extensions.last().cloned();
        plan.extensions.extend(again);
    }),
    ("extensions-none", |chain, random| chain.any(random).extensions.clear()),
    ("bc-trailing-byte", |chain, random| chain.any(random).edit(BASIC_CONSTRAINTS, |found| found.value.push(0))),
    ("bc-garbage", |chain, random| chain.any(random).set(BASIC_CONSTRAINTS, true, vec![4, 1, 1])),
    ("san-garbage", |chain, _| chain.leaf().set(ALTERNATIVE_NAMES, false, vec![0x30, 3, 0x82])),
    ("unique-ids", |chain, random| chain.any(random).unique_ids = vec![0x81, 2, 0, 1, 0x82, 2, 0, 1]),
    ("signed-sha384", |chain, random| chain.any(random).signing = Signing::Sha384),
    ("signed-sha1", |chain, random| chain.any(random).signing = Signing::Sha1),
    ("signature-flipped", |chain, random| {
        let bit = random.below(8 * 72);
        chain.any(random).signing = Signing::Flipped(bit);
    }),
    ("signature-truncated", |chain, random| {
        let bytes = 1 + random.below(40);
        chain.any(random).signing = Signing::Truncated(bytes);
    }),
    ("signature-empty", |chain, random| chain.any(random).signing = Signing::Empty),
    ("signature-zero", |chain, random| chain.any(random).signing = Signing::Zero),
    ("signature-unused-bits", |chain, random| chain.any(random).signing = Signing::UnusedBits),
    ("inner-algorithm", |chain, random| {
        chain.any(random).inner_algorithm = Some(sequence(&[oid("1.2.840.10045.4.3.4")]));
    }),
    ("outer-algorithm", |chain, random| {
        chain.any(random).outer_algorithm = Some(sequence(&[oid("1.2.840.10045.4.3.4")]));
    }),
    ("both-algorithms-with-null", |chain, random| {
        let plan = chain.any(random);
        let with_null = sequence(&[oid("1.2.840.10045.4.3.2"), vec![5, 0]]);
        (plan.inner_algorithm, plan.outer_algorithm) = (Some(with_null.clone()), Some(with_null));
    }),
    ("both-algorithms-unknown", |chain, random| {
        let plan = chain.any(random);
        let unknown = sequence(&[oid(PRIVATE)]);
        (plan.inner_algorithm, plan.outer_algorithm) = (Some(unknown.clone()), Some(unknown));
    }),
    ("key-compressed", |chain, random| chain.any(random).compressed_key = true),
    ("key-ed25519", |chain, random| {
        let position = chain.any_position(random);
        chain.plans[position].key = 9 + position % 3;
        let id = key_id(chain.plans[position].key);
        chain.plans[position].set(SUBJECT_KEY_ID, false, tlv(4, &id));
        let below = position.checked_sub(1).or((chain.plans.len() == 1).then_some(0));
        if let Some(below) = below {
            chain.plans[below].set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &id)]));
        }
    }),
    ("bit-flipped", |chain, random| {
        let bit = random.below(8 * 900);
        chain.any(random).flipped = Some(bit);
    }),
    ("cut-off", |chain, random| {
        chain.any(random).damage = Some(|mut der| {
            der.truncate(der.len() - 5);
            der
        });
    }),
    ("trailing-bytes", |chain, random| {
        chain.any(random).damage = Some(|mut der| {
            der.extend([0, 0]);
            der
        });
    }),
    ("length-not-minimal", |chain, random| {
        chain.any(random).damage = Some(|der| [&[0x30, 0x83, 0], &der[2..]].concat());
    }),
];
