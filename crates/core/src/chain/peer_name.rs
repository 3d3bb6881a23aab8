//! Whether a certificate is for a name (RFC 9525 for hosts and addresses, RFC 5280 for mail).

use alloc::string::String;

use crate::parsed::certificate::Certificate;
use crate::parsed::general_name::GeneralName;
use crate::verify::PeerName;

/// Whether one of the subject alternative names is the name asked for. The common name does not count (RFC 9525 2).
pub(crate) fn check_peer_name(certificate: &Certificate<'_>, wanted: &PeerName<'_>) -> Result<(), String> {
    let found = certificate.extensions.alternative_names().any(|name| match (name, wanted) {
        (GeneralName::Dns(found), PeerName::Dns(wanted)) => dns_matches(found, wanted),
        (GeneralName::Ip(found), PeerName::Ip(wanted)) => match wanted {
            core::net::IpAddr::V4(address) => found == address.octets(),
            core::net::IpAddr::V6(address) => found == address.octets(),
        },
        (GeneralName::Email(found), PeerName::Email(wanted)) => email_matches(found, wanted),
        _ => false,
    });
    if found {
        return Ok(());
    }
    let mut names = String::new();
    for name in certificate.extensions.alternative_names() {
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&name.text());
    }
    if names.is_empty() {
        names.push_str("no subject alternative name");
    }
    Err(alloc::format!("it is not for {wanted}, but for: {names}"))
}

/// RFC 9525 6.3: a wildcard is the whole first level and stands for exactly one; case does not matter.
fn dns_matches(found: &[u8], wanted: &str) -> bool {
    let wanted = wanted.strip_suffix('.').unwrap_or(wanted);
    match found.strip_prefix(b"*.") {
        None => found.eq_ignore_ascii_case(wanted.as_bytes()),
        Some(parent) => {
            let Some((level, rest)) = wanted.split_once('.') else { return false };
            // A wildcard right below a top-level domain would match everybody's.
            !level.is_empty() && parent.contains(&b'.') && parent.eq_ignore_ascii_case(rest.as_bytes())
        }
    }
}

/// The part before the at sign is exact, the host is not case-sensitive (RFC 5280 section 7.5).
fn email_matches(found: &[u8], wanted: &str) -> bool {
    let split =
        |address: &str| address.rsplit_once('@').map(|(local, host)| (String::from(local), host.to_ascii_lowercase()));
    let found = core::str::from_utf8(found).ok().and_then(split);
    found.is_some() && found == split(wanted)
}
