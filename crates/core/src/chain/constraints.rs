//! Name constraints (RFC 5280 section 4.2.1.10): a name against permitted and excluded subtrees.

use alloc::string::String;
use core::net::Ipv4Addr;

use crate::limits::NAME_COMPARISONS;
use crate::oid;
use crate::parsed::certificate::Certificate;
use crate::parsed::extensions::NameConstraints;
use crate::parsed::general_name::GeneralName;
use crate::parsed::name::Name;

/// Why a certificate does not pass.
pub(super) enum Breach {
    /// A name that is excluded, or not permitted.
    Name(String),
    /// Too many comparisons.
    Budget,
}

/// Holds every name of a certificate against one CA's constraints.
pub(super) fn check(
    certificate: &Certificate<'_>,
    subtrees: NameConstraints<'_>,
    comparisons: &mut u32,
) -> Result<(), Breach> {
    let subject = (!certificate.subject.is_empty()).then_some(GeneralName::Directory(certificate.subject));
    for name in certificate.extensions.alternative_names().chain(subject) {
        check_name(&name, subtrees, comparisons)?;
    }
    // RFC 5280 4.2.1.10: without a subject alternative name, e-mail addresses in the subject count.
    if certificate.extensions.find(oid::SUBJECT_ALT_NAME).is_none() {
        for attribute in certificate.subject.values(oid::EMAIL_ADDRESS) {
            check_name(&GeneralName::Email(attribute.value), subtrees, comparisons)?;
        }
    }
    Ok(())
}

fn check_name(name: &GeneralName<'_>, subtrees: NameConstraints<'_>, comparisons: &mut u32) -> Result<(), Breach> {
    let breach = || Err(Breach::Name(alloc::format!("{} ({})", name.text(), name.kind())));
    for base in subtrees.excluded() {
        count(comparisons)?;
        if within(name, &base) == Some(true) || stands_for_some_of(name, &base) || is_unprocessed(name, &base) {
            return breach();
        }
    }
    let mut of_this_kind = false;
    for base in subtrees.permitted() {
        count(comparisons)?;
        if is_unprocessed(name, &base) {
            return breach();
        }
        match within(name, &base) {
            Some(true) => return Ok(()),
            Some(false) => of_this_kind = true,
            None => {}
        }
    }
    if of_this_kind { breach() } else { Ok(()) }
}

fn count(comparisons: &mut u32) -> Result<(), Breach> {
    *comparisons = comparisons.saturating_add(1);
    if *comparisons > NAME_COMPARISONS { Err(Breach::Budget) } else { Ok(()) }
}

/// Whether a name lies in a subtree; `None` if they are of different kinds.
fn within(name: &GeneralName<'_>, base: &GeneralName<'_>) -> Option<bool> {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => Some(dns_within(name, base)),
        (GeneralName::Email(name), GeneralName::Email(base)) => Some(email_within(name, base)),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => Some(uri_within(name, base)),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => Some(ip_within(name, base)),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Some(directory_within(name, base)),
        _ => None,
    }
}

/// Whether a constraint is of the name's kind and of one that is not processed here: RFC 5280 4.2.1.10 then wants the
/// certificate refused.
fn is_unprocessed(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    match (name, base) {
        (GeneralName::Other(kind, _), GeneralName::Other(base_kind, _)) => kind == base_kind,
        (GeneralName::RegisteredId(_), GeneralName::RegisteredId(_)) => true,
        (GeneralName::Unused(kind), GeneralName::Unused(base_kind)) => kind == base_kind,
        // The same section wants URIs refused whose host is no name, where a constraint applies to URIs at all.
        (GeneralName::Uri(name), GeneralName::Uri(_)) => uri_host(name).is_none(),
        _ => false,
    }
}

/// Whether a wildcard stands for a host that a constraint is about: excluding `test.example.com` would be no use if
/// `*.example.com` were issued all the same (CVE-2025-61727).
fn stands_for_some_of(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    let (GeneralName::Dns(name), GeneralName::Dns(base)) = (name, base) else { return false };
    let Some(parent) = name.strip_prefix(b"*.") else { return false };
    let base = base.strip_prefix(b".").unwrap_or(base);
    let first_dot = base.iter().position(|&byte| byte == b'.');
    first_dot.is_some_and(|dot| base[dot + 1..].eq_ignore_ascii_case(parent))
}

fn dns_within(name: &[u8], base: &[u8]) -> bool {
    // A leading dot is not of RFC 5280's form, but in use: it means the same.
    let base = base.strip_prefix(b".").unwrap_or(base);
    // A name with an empty level is no DNS name, so it lies nowhere.
    let is_name = base.is_empty() || name.split(|&byte| byte == b'.').all(|level| !level.is_empty());
    is_name && ends_with_levels(name, base)
}

/// Whether `name` is `base` or ends in `.base`, letters of either case.
fn ends_with_levels(name: &[u8], base: &[u8]) -> bool {
    let Some(start) = name.len().checked_sub(base.len()) else { return false };
    let (front, end) = name.split_at(start);
    end.eq_ignore_ascii_case(base) && (base.is_empty() || front.is_empty() || front.ends_with(b"."))
}

fn email_within(name: &[u8], base: &[u8]) -> bool {
    let at = |address: &[u8]| address.iter().rposition(|&byte| byte == b'@');
    let Some(name_at) = at(name) else { return false };
    let (local, host) = (&name[..name_at], &name[name_at + 1..]);
    match at(base) {
        // RFC 5280 7.5: the part before the at sign is exact.
        Some(base_at) => local == &base[..base_at] && host.eq_ignore_ascii_case(&base[base_at + 1..]),
        None => host_within(host, base),
    }
}

/// A host constraint for mail and URIs: `.example.com` is every host below, `example.com` that host.
fn host_within(host: &[u8], base: &[u8]) -> bool {
    match base.strip_prefix(b".") {
        Some(domain) => host.len() > domain.len() && ends_with_levels(host, domain),
        None => host.eq_ignore_ascii_case(base),
    }
}

fn uri_within(name: &[u8], base: &[u8]) -> bool {
    uri_host(name).is_some_and(|host| host_within(host.as_bytes(), base))
}

/// The host of a URI, if that is a name and no address.
fn uri_host(name: &[u8]) -> Option<&str> {
    let (_, rest) = core::str::from_utf8(name).ok()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let is_address = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
    (!host.is_empty() && !is_address).then_some(host)
}

fn ip_within(name: &[u8], base: &[u8]) -> bool {
    if base.len() != name.len() * 2 {
        return false;
    }
    let (network, mask) = base.split_at(name.len());
    name.iter().zip(network).zip(mask).all(|((address, network), mask)| address & mask == network & mask)
}

/// The base is an initial part of the name, RDN by RDN.
fn directory_within(name: &Name<'_>, base: &Name<'_>) -> bool {
    let mut attributes = name.attributes();
    base.attributes().all(|wanted| attributes.next().is_some_and(|found| found.matches(&wanted)))
        && attributes.next().is_none_or(|following| !following.joined)
}
