//! What was found to the boxes: the leaf by its key, its chain by issuer, the other CAs for the trusted CA list.

mod told;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::stock::{Item, Key, Stock};
use super::{Filled, Log};
use crate::chain::{self, Anchors, Fault, InitialPolicies, Pool, Problem, Profile, Revocation, Settings};
use crate::decoded::{LinkOrigin, PathLink};
use crate::judge::{Context, Kind, Upload};
use crate::material::{Inputs, Material};
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::public_key::PublicKey;
use crate::parsed::request::Request;
use crate::time::Time;
use crate::{decode, oid, pem};

/// A certificate and the file where it was found first.
#[derive(Clone, Debug)]
struct Found<'a> {
    certificate: Certificate<'a>,
    file: usize,
}

impl Found<'_> {
    fn der(&self) -> &[u8] {
        self.certificate.der
    }

    fn text(&self) -> String {
        self.certificate.subject.text()
    }
}

/// The certificate that a path lacks: the issuer, and the subject of what it issued.
struct Missing {
    issuer: PathLink,
    issued: String,
}

/// What was chosen.
struct Choice<'s, 'a> {
    /// Every certificate, once.
    found: &'s [Found<'a>],
    leaf: Option<&'s Found<'a>>,
    /// The intermediates of its path that were found, in the order of the path.
    intermediates: Vec<&'s Found<'a>>,
}

/// Fills the boxes.
pub(super) fn fill(stock: &Stock, context: &Context<'_>, log: &mut Log) {
    let upload = Upload::of(Kind::ServerCertificate, &[]);
    let inputs = Inputs::split(&upload, context);
    let material = Material::link(&inputs, &upload, context);
    let listed = material.trusted.as_deref().unwrap_or_default();

    let found = distinct(&stock.certificates);
    let keys = distinct_keys(&stock.keys);
    let leaf = choose_leaf(&found, &keys, &material, context.now);
    let key = choose_key(&keys, leaf, log);
    let (path, missing) = match leaf {
        Some(leaf) => path(leaf, &found, listed, context.now),
        None => (Vec::new(), None),
    };
    let intermediates: Vec<&Found<'_>> = path
        .iter()
        .skip(1)
        .filter_map(|der| found.iter().find(|found| found.der() == *der && !found.certificate.is_root()))
        .collect();
    let choice = Choice { found: &found, leaf, intermediates };

    told::steps(stock, &choice, listed, log);
    told::others(&choice, log);
    // While the list is not known, the issuer of a CA may well be in it.
    if let Some(missing) = missing.filter(|_| material.trusted.is_some() || path.len() == 1) {
        told::missing(&missing, log);
    }
    log.repair.certificate = leaf.map(|leaf| certificates(core::iter::once(leaf).chain(choice.intermediates.clone())));
    log.repair.private_key = key.and_then(private_key);
    log.repair.trusted_cas = trusted_cas(&choice, listed);
    log.repair.crl = crls(&stock.crls);
    log.repair.csr = request(&stock.requests);
}

/// Every certificate once, in the order in which they were found.
fn distinct(items: &[Item]) -> Vec<Found<'_>> {
    let mut known = BTreeSet::new();
    let new = items.iter().filter(|item| known.insert(item.der.as_slice()));
    // Only certificates that parse are in stock.
    new.filter_map(|item| Some(Found { certificate: Certificate::parse(&item.der).ok()?, file: item.file })).collect()
}

fn distinct_keys(keys: &[Key]) -> Vec<&Key> {
    let mut known = BTreeSet::new();
    keys.iter().filter(|key| known.insert(key.spki.as_slice())).collect()
}

/// The certificate of a key that was found; else of the key of the request in progress or of the key in use; else one
/// that is not a CA's. Among several the one that is valid now and the longest.
fn choose_leaf<'s, 'a>(
    found: &'s [Found<'a>],
    keys: &[&Key],
    material: &Material<'_>,
    now: Time,
) -> Option<&'s Found<'a>> {
    let rank = |found: &&Found<'a>| {
        let certificate = &found.certificate;
        let valid = certificate.not_before <= now && now <= certificate.not_after;
        (!certificate.is_ca(), valid, certificate.not_after, Reverse(found.der().to_vec()))
    };
    let best = |spki: &[u8]| {
        let key = PublicKey::parse(spki).ok()?;
        found.iter().filter(|found| key_fits(&key, found)).max_by_key(rank)
    };
    let own = keys.iter().filter_map(|key| best(&key.spki)).max_by_key(rank);
    let known = || [&material.keys.csr, &material.keys.current].into_iter().flatten().find_map(|spki| best(spki));
    own.or_else(known).or_else(|| found.iter().filter(|found| !found.certificate.is_ca()).max_by_key(rank))
}

fn key_fits(key: &PublicKey<'_>, found: &Found<'_>) -> bool {
    key.matches(&found.certificate.public_key)
}

/// The key of the leaf; without a leaf the only key there is.
fn choose_key<'s>(keys: &[&'s Key], leaf: Option<&Found<'_>>, log: &mut Log) -> Option<&'s Key> {
    let fits = |key: &&&Key| {
        let public = PublicKey::parse(&key.spki);
        leaf.is_some_and(|leaf| public.is_ok_and(|public| key_fits(&public, leaf)))
    };
    let chosen = match (leaf, keys) {
        (Some(_), _) => keys.iter().find(fits).copied(),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    match (leaf, chosen, keys) {
        (Some(leaf), None, [first, ..]) => told::mismatch(first, &leaf.certificate, log),
        (_, Some(chosen), [_, _, ..]) => told::other_keys(keys, chosen, log),
        (None, None, [_, _, ..]) => told::several_keys(keys, log),
        _ => {}
    }
    chosen
}

/// The path of the leaf as it will be when the CAs that were found are in the trusted CA list: the DER of each of its
/// certificates, and what stands against it.
fn path<'s>(
    leaf: &'s Found<'_>,
    found: &'s [Found<'_>],
    listed: &'s [Certificate<'s>],
    now: Time,
) -> (Vec<&'s [u8]>, Option<Missing>) {
    let others = || found.iter().filter(|found| found.der() != leaf.der());
    let cas = others().filter(|found| found.certificate.is_ca()).map(|found| found.certificate.clone());
    let trusted: Vec<Certificate<'_>> = listed.iter().cloned().chain(cas).collect();
    let beside = others().filter(|found| !found.certificate.is_ca()).map(|found| &found.certificate).collect();
    let pool = Pool { leaf: &leaf.certificate, beside, trusted: &trusted };
    let outcome = chain::build(
        &pool,
        &Settings {
            now,
            anchors: Anchors::Roots,
            purpose: Some(oid::SERVER_AUTH),
            maximum_intermediates: None,
            profile: Profile::Path,
            policies: InitialPolicies::default(),
            crls: &[],
            revocation: Revocation::IfListed,
        },
    );
    let ders = outcome.path.iter().map(|&index| pool.get(index).der).collect();
    let mut links = decode::path(&pool, &outcome, Anchors::Roots);
    let issuer = links.pop().filter(|link| link.origin == LinkOrigin::Missing);
    // Where the search was given up, something else is wrong than that a certificate is not there.
    let given_up = |problem: &Problem| matches!(problem.fault, Fault::BudgetExhausted | Fault::TooLong);
    let issuer = issuer.filter(|_| !outcome.problems.iter().any(given_up));
    let missing = issuer.zip(links.pop()).map(|(issuer, last)| Missing { issuer, issued: last.subject });
    (ders, missing)
}

fn certificates<'s, 'a: 's>(chosen: impl Iterator<Item = &'s Found<'a>>) -> Filled {
    let mut filled = Filled::default();
    for found in chosen {
        filled.pem.push_str(&pem::encode("CERTIFICATE", found.der()));
        filled.contents.push(found.text());
    }
    filled
}

fn private_key(key: &Key) -> Option<Filled> {
    let public = PublicKey::parse(&key.spki).ok()?;
    let pem = pem::encode_secret("PRIVATE KEY", &key.pkcs8);
    Some(Filled { pem, contents: alloc::vec![told::describe(&public)] })
}

/// The CAs that are not in the list yet. The order depends on nothing but them, so that a second repair changes nothing.
fn trusted_cas(choice: &Choice<'_, '_>, listed: &[Certificate<'_>]) -> Option<Filled> {
    let known: BTreeSet<&[u8]> = listed.iter().map(|certificate| certificate.der).collect();
    let is_new = |found: &&Found<'_>| {
        let is_leaf = choice.leaf.is_some_and(|leaf| leaf.der() == found.der());
        found.certificate.is_ca() && !is_leaf && !known.contains(found.der())
    };
    let mut cas: Vec<&Found<'_>> = choice.found.iter().filter(is_new).collect();
    cas.sort_by_cached_key(|found| (!found.certificate.is_root(), found.text(), found.der().to_vec()));
    (!cas.is_empty()).then(|| certificates(cas.into_iter()))
}

fn crls(items: &[Item]) -> Option<Filled> {
    let mut filled = Filled::default();
    let mut known = BTreeSet::new();
    for item in items.iter().filter(|item| known.insert(item.der.as_slice())) {
        filled.pem.push_str(&pem::encode("X509 CRL", &item.der));
        filled.contents.extend(Crl::parse(&item.der).map(|crl| crl.issuer.text()));
    }
    (!items.is_empty()).then_some(filled)
}

/// There is one request at a time: the first that was found.
fn request(items: &[Item]) -> Option<Filled> {
    let first = items.first()?;
    let contents = Request::parse(&first.der).map(|request| request.subject.text()).into_iter().collect();
    Some(Filled { pem: pem::encode("CERTIFICATE REQUEST", &first.der).into(), contents })
}
