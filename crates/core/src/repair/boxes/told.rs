//! What is said about the sorting: what changed its place, and what does not fit together.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Choice, Found, Missing};
use crate::parsed::certificate::Certificate;
use crate::parsed::public_key::{KeyKind, PublicKey};
use crate::repair::Log;
use crate::repair::stock::{Item, Key, Stock};

/// Tells, file by file, what the sorting changed.
pub(super) fn steps(stock: &Stock, choice: &Choice<'_, '_>, listed: &[Certificate<'_>], log: &mut Log) {
    for file in 0..log.names.len() {
        duplicates(stock, file, log);
        let held = held(&stock.certificates, choice.found, file);
        let has_leaf = choice.leaf.is_some_and(|leaf| held.iter().any(|found| found.der() == leaf.der()));
        if has_leaf {
            roots(&held, choice, listed, file, log);
        }
        // A PKCS#7 or PKCS#12 file is a set, without an order, and it was said already that it was taken apart.
        if !stock.bundles.contains(&file) {
            if has_leaf {
                order(&held, choice, file, log);
            }
            taken_apart(stock, &held, choice, file, log);
        }
    }
    completed(stock, choice, log);
}

/// The distinct certificates of a file, in its order.
fn held<'s, 'a>(items: &[Item], found: &'s [Found<'a>], file: usize) -> Vec<&'s Found<'a>> {
    let mut known = BTreeSet::new();
    let own = items.iter().filter(|item| item.file == file && known.insert(item.der.as_slice()));
    own.filter_map(|item| found.iter().find(|found| found.der() == item.der)).collect()
}

fn duplicates(stock: &Stock, file: usize, log: &mut Log) {
    let mut known = BTreeSet::new();
    let certificates = stock.certificates.iter().filter(|item| item.file == file).map(|item| item.der.as_slice());
    let keys = stock.keys.iter().filter(|key| key.file == file).map(|key| key.spki.as_slice());
    let (mut before, mut after) = (0, 0);
    for der in certificates.chain(keys) {
        before += 1;
        after += usize::from(known.insert(der));
    }
    if after < before {
        let message = "What was in the file more than once was kept once.";
        let (before, after) = (alloc::format!("{before} certificates and keys"), alloc::format!("{after}"));
        log.step("duplicates-removed", file, message, before, after);
    }
}

/// A handshake never sends the root: the other side has it or does not trust it (RFC 8446 section 4.4.2).
fn roots(held: &[&Found<'_>], choice: &Choice<'_, '_>, listed: &[Certificate<'_>], file: usize, log: &mut Log) {
    let is_root = |found: &&&Found<'_>| found.certificate.is_root() && !is_leaf(choice, found);
    for root in held.iter().filter(is_root) {
        let after = if listed.iter().any(|known| known.der == root.der()) {
            "it is in the trusted CA list already"
        } else {
            "it is among the trusted CA certificates"
        };
        let message = "The root was taken out of the server certificate's chain.";
        log.step("root-removed-from-chain", file, message, root.text(), after);
    }
}

fn order(held: &[&Found<'_>], choice: &Choice<'_, '_>, file: usize, log: &mut Log) {
    let chain: Vec<&Found<'_>> = choice.leaf.into_iter().chain(choice.intermediates.iter().copied()).collect();
    let of_chain = |found: &&&Found<'_>| chain.iter().any(|link| link.der() == found.der());
    let before: Vec<String> = held.iter().filter(of_chain).map(|found| found.text()).collect();
    let in_file = |link: &&&Found<'_>| held.iter().any(|found| found.der() == link.der());
    let after: Vec<String> = chain.iter().filter(in_file).map(|found| found.text()).collect();
    if before != after {
        let message = "The chain was put in order: the server certificate first, then each one's issuer.";
        log.step("chain-reordered", file, message, before.join(" | "), after.join(" | "));
    }
}

/// A file whose contents go into more than one box.
fn taken_apart(stock: &Stock, held: &[&Found<'_>], choice: &Choice<'_, '_>, file: usize, log: &mut Log) {
    let of_chain = |found: &&Found<'_>| {
        is_leaf(choice, found) || choice.intermediates.iter().any(|link| link.der() == found.der())
    };
    let has_leaf = held.iter().any(|found| is_leaf(choice, found));
    // In a file without the server certificate, all of its CAs go to the list.
    let chain = if has_leaf { held.iter().filter(|found| of_chain(found)).count() } else { 0 };
    let cas = held.iter().filter(|found| found.certificate.is_ca() && !(has_leaf && of_chain(found)));
    // The root of a chain has a step of its own.
    let cas = cas.filter(|found| !(has_leaf && found.certificate.is_root())).count();
    let keys = stock.keys.iter().filter(|key| key.file == file).count();
    let of_file = |items: &[Item]| items.iter().filter(|item| item.file == file).count();
    let parts: Vec<String> = [
        (chain, "for the server certificate"),
        (keys, "for the private key"),
        (cas, "for the trusted CA list"),
        (of_file(&stock.crls), "for the revocation lists"),
        (of_file(&stock.requests), "for the certificate signing request"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, part)| alloc::format!("{count} {part}"))
    .collect();
    if parts.len() > 1 {
        log.step("taken-apart", file, "The file was taken apart by key and issuer.", "one file", parts.join(", "));
    }
}

/// Intermediates that came in other files than the leaf.
fn completed(stock: &Stock, choice: &Choice<'_, '_>, log: &mut Log) {
    let Some(leaf) = choice.leaf else { return };
    let files = |der: &[u8]| stock.certificates.iter().filter(|item| item.der == der).map(|item| item.file).collect();
    let beside: BTreeSet<usize> = files(leaf.der());
    let is_elsewhere = |link: &&&Found<'_>| files(link.der()).is_disjoint(&beside);
    let added: Vec<String> = choice.intermediates.iter().filter(is_elsewhere).map(|link| link.text()).collect();
    if !added.is_empty() {
        let message = "Intermediate CA certificates of the other files were put after the server certificate.";
        log.step("chain-completed", leaf.file, message, leaf.text(), added.join(" | "));
    }
}

/// Certificates that are neither a CA's nor the chosen one.
pub(super) fn others(choice: &Choice<'_, '_>, log: &mut Log) {
    let Some(leaf) = choice.leaf else { return };
    let others = choice.found.iter().filter(|found| !found.certificate.is_ca() && !is_leaf(choice, found));
    for other in others.filter(|found| !choice.intermediates.iter().any(|link| link.der() == found.der())) {
        let message = alloc::format!(
            "There is more than one server certificate: '{}' was taken and '{}' left out (SHA-256 {})",
            leaf.text(),
            other.text(),
            crate::decode::sha256(other.der())
        );
        let remedy =
            "If the other one is meant, leave the first one's file out, or give only the private key of the other.";
        log.problem("several-server-certificates", Some(other.file), message, remedy);
    }
}

/// The certificate that a chain lacks. Its address is shown; nobody asks there.
pub(super) fn missing(missing: &Missing, log: &mut Log) {
    let issuer = &missing.issuer;
    let key_id = issuer.key_id.as_ref().map_or_else(String::new, |id| alloc::format!(" (key identifier {id})"));
    let (subject, issued) = (&issuer.subject, &missing.issued);
    let message = alloc::format!("The certificate of '{subject}'{key_id} is missing; it issued '{issued}'");
    let remedy = match issuer.ca_issuer_urls.as_slice() {
        [] => String::from("Ask the certificate authority for it, and repair it together with these files."),
        urls => alloc::format!(
            "The certificate authority publishes it at {} (not fetched from here). Download it there, and repair it together \
             with these files.",
            urls.join(" and ")
        ),
    };
    log.problem("issuer-missing", None, message, remedy);
}

/// A key that is not the certificate's.
pub(super) fn mismatch(key: &Key, leaf: &Certificate<'_>, log: &mut Log) {
    let Ok(public) = PublicKey::parse(&key.spki) else { return };
    let message = alloc::format!(
        "The private key does not belong to '{}': the key is {}, the certificate's is {}",
        leaf.subject.text(),
        describe(&public),
        describe(&leaf.public_key)
    );
    let remedy = "Look for the key on the machine where the request for this certificate was made, or ask whoever made the \
                  request. If the key is lost, make a new key and request and ask the certificate authority for a new certificate.";
    log.problem("key-mismatch", Some(key.file), message, remedy);
}

/// Keys beside the one that belongs to the certificate.
pub(super) fn other_keys(keys: &[&Key], chosen: &Key, log: &mut Log) {
    for key in keys.iter().filter(|key| key.spki != chosen.spki) {
        let Ok(public) = PublicKey::parse(&key.spki) else { continue };
        let message = "A private key that belongs to another certificate was left out.";
        log.step("left-out", key.file, message, describe(&public), "nothing");
    }
}

/// Keys, and no certificate that says which.
pub(super) fn several_keys(keys: &[&Key], log: &mut Log) {
    let described: Vec<String> =
        keys.iter().filter_map(|key| PublicKey::parse(&key.spki).ok()).map(|public| describe(&public)).collect();
    let message =
        alloc::format!("There are {} private keys and no certificate of one: {}", keys.len(), described.join("; "));
    log.problem("several-keys", None, message, "Choose the certificate too; it says which key is meant.");
}

/// A public key in words: `RSA 2048 bits, SHA-256 ...`.
pub(super) fn describe(key: &PublicKey<'_>) -> String {
    let size = match key.kind {
        KeyKind::Rsa { .. } => alloc::format!(" {} bits", key.bits()),
        _ => String::new(),
    };
    alloc::format!("{}{size}, SHA-256 {}", key.algorithm(), key.fingerprint())
}

fn is_leaf(choice: &Choice<'_, '_>, found: &Found<'_>) -> bool {
    choice.leaf.is_some_and(|leaf| leaf.der() == found.der())
}
