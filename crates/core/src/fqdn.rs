//! What a fully qualified domain name is here (the appliance's grammar, RFC 1035 lengths).

/// Whether a text is an FQDN: at least two levels of letters, digits and hyphens; none begins or ends with a hyphen;
/// the last begins with a letter; 63 characters a level, 253 in all; no dot at the end. IDNs are written as A-labels.
#[must_use]
pub fn is_fqdn(text: &str) -> bool {
    let mut levels = 0;
    let mut last = "";
    for level in text.split('.') {
        let characters = level.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if level.is_empty() || level.len() > 63 || !characters || level.starts_with('-') || level.ends_with('-') {
            return false;
        }
        levels += 1;
        last = level;
    }
    levels >= 2 && text.len() <= 253 && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Whether a text is a wildcard: `*.` and an FQDN.
pub(crate) fn is_wildcard(text: &str) -> bool {
    text.strip_prefix("*.").is_some_and(is_fqdn)
}

/// What stands against a text being an FQDN, in words.
pub(crate) fn objection(text: &str) -> &'static str {
    if text.parse::<core::net::IpAddr>().is_ok() {
        return "it is an IP address";
    }
    if is_wildcard(text) {
        return "it is a wildcard";
    }
    if text.ends_with('.') {
        return "it ends with a dot";
    }
    if !text.contains('.') {
        return "it is a host name without a domain";
    }
    if text.len() > 253 || text.split('.').any(|level| level.len() > 63) {
        return "it is too long (63 characters a level, 253 in all)";
    }
    if text.split('.').any(|level| level.starts_with('-') || level.ends_with('-')) {
        return "a level begins or ends with a hyphen";
    }
    if text.split('.').any(str::is_empty) {
        return "a level is empty";
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return "it has characters other than letters, digits and hyphens";
    }
    "its last level does not begin with a letter"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_the_appliance() {
        let good = ["expe1.example.com", "a.b", "xn--bcher-kva.example", "1.2.com", "A-B.Example.c0m"];
        for name in good {
            assert!(is_fqdn(name), "{name}");
        }
        let bad = [
            ("expe1", "it is a host name without a domain"),
            ("192.0.2.1", "it is an IP address"),
            ("2001:db8::1", "it is an IP address"),
            ("*.example.com", "it is a wildcard"),
            ("example.com.", "it ends with a dot"),
            ("-a.example.com", "a level begins or ends with a hyphen"),
            ("a-.example.com", "a level begins or ends with a hyphen"),
            ("_sip.example.com", "it has characters other than letters, digits and hyphens"),
            ("a..com", "a level is empty"),
            ("example.1com", "its last level does not begin with a letter"),
            ("", "it is a host name without a domain"),
            ("bücher.example", "it has characters other than letters, digits and hyphens"),
            ("a\0.example.com", "it has characters other than letters, digits and hyphens"),
        ];
        for (name, why) in bad {
            assert!(!is_fqdn(name), "{name}");
            assert_eq!(objection(name), why, "{name}");
        }
    }
}
