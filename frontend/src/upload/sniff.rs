//! What a file looks like: enough to see which box it belongs in, and whether it may be shown. Judging is the judge's.

/// What a file looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// Nothing but blocks of public material, or none that is recognised.
    Public,
    /// Revocation lists and no certificate.
    Crl,
    /// A private key and no certificate.
    PrivateKey,
    /// Certificates and a private key, or bytes that are not PEM and so may be a key.
    Mixed,
}

/// Looks at the start of a file. UTF-16 is looked at as well, by leaving out the zero bytes.
pub(crate) fn content(start: &[u8]) -> Content {
    let zeros = start.contains(&0);
    let without_zeros: zeroize::Zeroizing<Vec<u8>>;
    let text = if zeros {
        without_zeros = zeroize::Zeroizing::new(start.iter().copied().filter(|&byte| byte != 0).collect());
        without_zeros.as_slice()
    } else {
        start
    };
    let has = |label: &[u8]| text.windows(label.len()).any(|window| window == label);
    let key = has(b"PRIVATE KEY-") || has(b"PRIVATE KEY -") || has(b"PuTTY-User-Key-File");
    let certificate =
        has(b"-BEGIN CERTIFICATE-") || has(b"-BEGIN X509 CERTIFICATE-") || has(b"-BEGIN TRUSTED CERTIFICATE-");
    match (key, certificate) {
        (true, false) => Content::PrivateKey,
        (true, true) => Content::Mixed,
        (false, true) => Content::Public,
        (false, false) if has(b"-BEGIN X509 CRL-") => Content::Crl,
        (false, false) if has(b"-BEGIN ") => Content::Public,
        (false, false) => Content::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, content};

    #[test]
    fn a_file_is_known_by_its_labels() {
        let pem =
            |label: &str| format!("Bag Attributes\r\n-----BEGIN {label}-----\r\nAAAA\r\n-----END {label}-----\r\n");
        let of = |text: &str| content(text.as_bytes());
        assert_eq!(of(&pem("CERTIFICATE")), Content::Public);
        assert_eq!(of(&pem("ENCRYPTED PRIVATE KEY")), Content::PrivateKey);
        assert_eq!(of(&(pem("EC PARAMETERS") + &pem("EC PRIVATE KEY"))), Content::PrivateKey);
        assert_eq!(of(&(pem("CERTIFICATE") + &pem("RSA PRIVATE KEY"))), Content::Mixed);
        assert_eq!(of(&pem("X509 CRL")), Content::Crl);
        assert_eq!(of("PuTTY-User-Key-File-3: ssh-rsa\n"), Content::PrivateKey);
        assert_eq!(of("\u{30}\u{82}"), Content::Mixed);
        let utf16: Vec<u8> = pem("PRIVATE KEY").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(content(&utf16), Content::PrivateKey);
    }
}
