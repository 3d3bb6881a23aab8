//! A chain that is good, what is changed in it, and the files that come of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use certway_core::pem;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use sha2::Digest as _;

use super::der::{bits, boolean, name, oid, sequence, tlv};
use super::random::Random;

/// The time of the judgement.
pub(crate) const NOW: &str = "2026-11-24T00:00:00Z";
/// The same in seconds since 1970.
pub(crate) const NOW_SECONDS: u64 = 1_795_478_400;

/// A change by its name.
pub(crate) type Mutation = (&'static str, fn(&mut Chain, &mut Random));
/// Attributes of a name: OID, tag of the value, value.
pub(crate) type Attributes = Vec<(&'static str, u8, String)>;

pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const ALTERNATIVE_NAMES: &str = "2.5.29.17";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// Keys above this number are Ed25519.
const P256_KEYS: usize = 9;

/// One extension.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) oid: &'static str,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// How the signature is made, or spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Sound,
    Sha384,
    Sha1,
    Flipped(usize),
    Truncated(usize),
    Empty,
    Zero,
    UnusedBits,
}

/// A certificate to be.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) subject: Attributes,
    /// Of the certificate above, if it is not said otherwise.
    pub(crate) issuer: Option<Attributes>,
    pub(crate) not_before: (u8, &'static str),
    pub(crate) not_after: (u8, &'static str),
    pub(crate) key: usize,
    pub(crate) compressed_key: bool,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) unique_ids: Vec<u8>,
    pub(crate) signing: Signing,
    /// The algorithm inside, or outside, if it is not that of the signature.
    pub(crate) inner_algorithm: Option<Vec<u8>>,
    pub(crate) outer_algorithm: Option<Vec<u8>>,
    /// A bit of the signed part that changes after the signature.
    pub(crate) flipped: Option<usize>,
    /// What becomes of the DER at last.
    pub(crate) damage: Option<fn(Vec<u8>) -> Vec<u8>>,
}

impl Plan {
    pub(crate) fn set(&mut self, oid: &'static str, critical: bool, value: Vec<u8>) {
        self.remove(oid);
        self.extensions.push(Extension { oid, critical, value });
    }

    pub(crate) fn remove(&mut self, oid: &'static str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn edit(&mut self, oid: &'static str, change: impl Fn(&mut Extension)) {
        self.extensions.iter_mut().filter(|extension| extension.oid == oid).for_each(change);
    }

    fn der(&self, issuer: &Attributes, signer: usize) -> Vec<u8> {
        let algorithm = algorithm(signer, self.signing);
        let version = self.version.map_or(Vec::new(), |number| tlv(0xa0, &[2, 1, number]));
        let extension = |extension: &Extension| {
            let critical = if extension.critical { boolean(true) } else { Vec::new() };
            sequence(&[oid(extension.oid), critical, tlv(4, &extension.value)])
        };
        let extensions: Vec<_> = self.extensions.iter().map(extension).collect();
        let time = |(tag, text): (u8, &str)| tlv(tag, text.as_bytes());
        let mut tbs = sequence(&[
            version,
            tlv(2, &self.serial),
            self.inner_algorithm.clone().unwrap_or_else(|| algorithm.clone()),
            name(issuer),
            sequence(&[time(self.not_before), time(self.not_after)]),
            name(&self.subject),
            public_key(self.key, self.compressed_key),
            self.unique_ids.clone(),
            if extensions.is_empty() { Vec::new() } else { tlv(0xa3, &sequence(&extensions)) },
        ]);
        let signature = spoil(sign(signer, self.signing, &tbs), self.signing);
        if let Some(bit) = self.flipped {
            let place = 4 + (bit / 8) % (tbs.len() - 4);
            tbs[place] ^= 1 << (bit % 8);
        }
        let unused = u8::from(self.signing == Signing::UnusedBits);
        let signature = tlv(3, &[&[unused], signature.as_slice()].concat());
        let whole = sequence(&[tbs, self.outer_algorithm.clone().unwrap_or(algorithm), signature]);
        self.damage.map_or(whole.clone(), |damage| damage(whole))
    }
}

/// A chain to be, and the question that is asked about it.
#[derive(Debug)]
pub(crate) struct Chain {
    /// Leaf first.
    pub(crate) plans: Vec<Plan>,
    /// Certificates beside it: the plan, and the position in `plans` of its issuer.
    pub(crate) others: Vec<(Plan, usize)>,
    /// Positions that are not handed in.
    pub(crate) missing: Vec<usize>,
    /// Positions that are trusted.
    pub(crate) trusted: Vec<usize>,
    pub(crate) for_servers: bool,
    pub(crate) requires_policy: bool,
    pub(crate) accepts_one_policy: bool,
    /// What was changed, and where: `@leaf`, `@ca`, `@root`, or `@only` in a chain of one.
    pub(crate) mutations: Vec<String>,
    /// The position that was changed last.
    pub(crate) changed: usize,
}

/// The files of a question, PEM.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) leaf: Vec<u8>,
    pub(crate) trusted: Vec<Vec<u8>>,
    pub(crate) untrusted: Vec<Vec<u8>>,
    /// The same as DER.
    pub(crate) ders: BTreeMap<&'static str, Vec<Vec<u8>>>,
}

impl Chain {
    /// The chain of a number: good, and then changed up to three times.
    pub(crate) fn random(seed: u64, mutations: &[&[Mutation]]) -> Self {
        let mut random = Random::of(seed);
        let length = 1 + random.below(5);
        let plans: Vec<Plan> = (0..length).map(|position| good(position, length)).collect();
        let mut chain = Self {
            plans,
            others: Vec::new(),
            missing: Vec::new(),
            trusted: vec![length - 1],
            for_servers: random.one_in(2),
            requires_policy: false,
            accepts_one_policy: false,
            mutations: Vec::new(),
            changed: 0,
        };
        for _ in 0..*random.pick(&[0, 1, 1, 1, 1, 2, 2, 3]) {
            let (name, change) = *random.pick(random_group(mutations, seed, chain.mutations.len()));
            change(&mut chain, &mut random);
            let role = match chain.changed {
                0 if length == 1 => "only",
                0 => "leaf",
                position if position + 1 == length => "root",
                _ => "ca",
            };
            chain.mutations.push(format!("{name}@{role}"));
        }
        chain
    }

    pub(crate) fn leaf(&mut self) -> &mut Plan {
        self.changed = 0;
        &mut self.plans[0]
    }

    pub(crate) fn any(&mut self, random: &mut Random) -> &mut Plan {
        let position = self.any_position(random);
        &mut self.plans[position]
    }

    pub(crate) fn any_position(&mut self, random: &mut Random) -> usize {
        self.changed = random.below(self.plans.len());
        self.changed
    }

    /// A certificate that issued another; in a chain of one, that one.
    pub(crate) fn ca(&mut self, random: &mut Random) -> &mut Plan {
        let position = self.ca_position(random);
        &mut self.plans[position]
    }

    pub(crate) fn ca_position(&mut self, random: &mut Random) -> usize {
        self.changed = if self.plans.len() == 1 { 0 } else { 1 + random.below(self.plans.len() - 1) };
        self.changed
    }

    pub(crate) fn files(&self) -> Files {
        let above = |position: usize| &self.plans[(position + 1).min(self.plans.len() - 1)];
        let der = |plan: &Plan, issuer: &Plan| plan.der(plan.issuer.as_ref().unwrap_or(&issuer.subject), issuer.key);
        let chain: Vec<Vec<u8>> =
            self.plans.iter().enumerate().map(|(position, plan)| der(plan, above(position))).collect();
        let present = |position: &usize| !self.missing.contains(position);
        let of = |positions: &mut dyn Iterator<Item = usize>| positions.map(|at| chain[at].clone()).collect::<Vec<_>>();
        let trusted = of(&mut self.trusted.iter().copied().filter(present));
        let mut untrusted = of(&mut (1..chain.len()).filter(present));
        untrusted.splice(0..0, self.others.iter().map(|(plan, issuer)| der(plan, &self.plans[*issuer])));
        let leaf = chain[0].clone();
        let text = |der: &Vec<u8>| pem::encode("CERTIFICATE", der).into_bytes();
        Files {
            leaf: text(&leaf),
            trusted: trusted.iter().map(text).collect(),
            untrusted: untrusted.iter().map(text).collect(),
            ders: BTreeMap::from([("leaf", vec![leaf]), ("trusted", trusted), ("untrusted", untrusted)]),
        }
    }
}

/// Each group of changes has the same chance, however many it has.
fn random_group<'a>(groups: &[&'a [Mutation]], seed: u64, nth: usize) -> &'a [Mutation] {
    groups[Random::of(seed ^ 0xd1ff ^ ((nth as u64 + 1) << 48)).below(groups.len())]
}

pub(crate) fn subject(text: &str) -> Attributes {
    vec![("2.5.4.6", 0x13, "GB".into()), ("2.5.4.10", 0x0c, "Example Ltd".into()), ("2.5.4.3", 0x0c, text.into())]
}

pub(crate) fn ca_subject(position: usize) -> Attributes {
    subject(&format!("CA {position}"))
}

fn good(position: usize, length: usize) -> Plan {
    let is_leaf = position == 0;
    let above = (position + 1).min(length - 1);
    let mut plan = Plan {
        version: Some(2),
        serial: vec![0x11, u8::try_from(position).expect("short")],
        subject: if is_leaf { subject("expe1.example.com") } else { ca_subject(position) },
        issuer: None,
        not_before: (0x17, "260101000000Z"),
        not_after: (0x17, "280101000000Z"),
        key: position,
        compressed_key: false,
        extensions: Vec::new(),
        unique_ids: Vec::new(),
        signing: Signing::Sound,
        inner_algorithm: None,
        outer_algorithm: None,
        flipped: None,
        damage: None,
    };
    if is_leaf {
        plan.set(KEY_USAGE, true, vec![3, 2, 7, 0x80]);
        plan.set(EXTENDED_KEY_USAGE, false, sequence(&[oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2")]));
        let names = [tlv(0x82, b"expe1.example.com"), tlv(0x82, b"www.example.com"), tlv(0x87, &[192, 0, 2, 10])];
        plan.set(ALTERNATIVE_NAMES, false, sequence(&names));
    } else {
        plan.set(BASIC_CONSTRAINTS, true, sequence(&[boolean(true)]));
        plan.set(KEY_USAGE, true, vec![3, 2, 1, 0x06]);
    }
    plan.set(SUBJECT_KEY_ID, false, tlv(4, &key_id(position)));
    plan.set(AUTHORITY_KEY_ID, false, sequence(&[tlv(0x80, &key_id(above))]));
    plan
}

/// P-256 keys, and Ed25519 keys.
static P256: LazyLock<Vec<p256::ecdsa::SigningKey>> = LazyLock::new(|| {
    let key = |byte| p256::ecdsa::SigningKey::from_slice(&[byte; 32]).expect("a small number is a key");
    (1..=u8::try_from(P256_KEYS).expect("few")).map(key).collect()
});

fn ed25519(key: usize) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[u8::try_from(key).expect("few"); 32])
}

pub(crate) fn is_ed25519(key: usize) -> bool {
    key >= P256_KEYS
}

pub(crate) fn public_key(key: usize, compressed: bool) -> Vec<u8> {
    if is_ed25519(key) {
        return sequence(&[sequence(&[oid("1.3.101.112")]), bits(ed25519(key).verifying_key().as_bytes())]);
    }
    let algorithm = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
    let point = P256[key].verifying_key().to_sec1_point(compressed);
    sequence(&[algorithm, bits(point.as_bytes())])
}

pub(crate) fn key_id(key: usize) -> Vec<u8> {
    sha2::Sha256::digest(public_key(key, false))[..20].to_vec()
}

fn algorithm(key: usize, signing: Signing) -> Vec<u8> {
    sequence(&[oid(match signing {
        _ if is_ed25519(key) => "1.3.101.112",
        Signing::Sha384 => "1.2.840.10045.4.3.3",
        Signing::Sha1 => "1.2.840.10045.4.1",
        _ => "1.2.840.10045.4.3.2",
    })])
}

fn sign(key: usize, signing: Signing, message: &[u8]) -> Vec<u8> {
    if is_ed25519(key) {
        return ed25519(key).sign(message).to_bytes().to_vec();
    }
    let digest = match signing {
        Signing::Sha384 => sha2::Sha384::digest(message).to_vec(),
        Signing::Sha1 => sha1::Sha1::digest(message).to_vec(),
        _ => sha2::Sha256::digest(message).to_vec(),
    };
    let signature: p256::ecdsa::Signature = P256[key].sign_prehash(&digest).expect("a digest is long enough");
    signature.to_der().as_bytes().to_vec()
}

fn spoil(mut signature: Vec<u8>, signing: Signing) -> Vec<u8> {
    match signing {
        Signing::Flipped(bit) => {
            let place = (bit / 8) % signature.len();
            signature[place] ^= 1 << (bit % 8);
        }
        Signing::Truncated(bytes) => signature.truncate(signature.len().saturating_sub(bytes)),
        Signing::Empty => signature.clear(),
        Signing::Zero => signature = vec![0x30, 6, 2, 1, 0, 2, 1, 0],
        Signing::Sound | Signing::Sha384 | Signing::Sha1 | Signing::UnusedBits => {}
    }
    signature
}
