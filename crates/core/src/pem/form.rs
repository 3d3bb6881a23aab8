//! What a file is when it is not PEM: named, so that the remedy can be.

use crate::der::{self, Reader};
use crate::oid;

/// The forms in which certificates and keys reach administrators, other than PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing, or only blanks.
    Empty,
    /// Text in UTF-16, as some Windows tools write it.
    Utf16,
    /// A certificate in DER.
    DerCertificate,
    /// A private key in DER.
    DerKey,
    /// A password-protected private key in DER.
    DerEncryptedKey,
    /// A request in DER.
    DerRequest,
    /// A revocation list in DER.
    DerCrl,
    /// PKCS#7 (`.p7b`) in DER.
    Pkcs7,
    /// PKCS#12 (`.pfx`, `.p12`).
    Pkcs12,
    /// A Java key store.
    JavaKeyStore,
    /// A PuTTY private key.
    Putty,
    /// An OpenSSH public key.
    OpenSshPublicKey,
    /// Base64 whose `-----BEGIN` and `-----END` lines are missing or damaged.
    BareBase64,
    /// Some DER value that is none of the above.
    Der,
    /// Text.
    Text,
    /// Anything else.
    Binary,
}

impl Form {
    /// The form in words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "an empty file",
            Self::Utf16 => "text in UTF-16",
            Self::DerCertificate => "a certificate in DER (binary)",
            Self::DerKey => "a private key in DER (binary)",
            Self::DerEncryptedKey => "a password-protected private key in DER (binary)",
            Self::DerRequest => "a certificate signing request in DER (binary)",
            Self::DerCrl => "a certificate revocation list in DER (binary)",
            Self::Pkcs7 => "a PKCS#7 bundle (.p7b) in DER",
            Self::Pkcs12 => "a PKCS#12 file (.pfx, .p12)",
            Self::JavaKeyStore => "a Java key store (.jks)",
            Self::Putty => "a PuTTY private key (.ppk)",
            Self::OpenSshPublicKey => "an OpenSSH public key",
            Self::BareBase64 => "base64 without sound -----BEGIN and -----END lines",
            Self::Der => "DER data of an unknown kind",
            Self::Text => "text without a PEM block",
            Self::Binary => "binary data",
        }
    }

    /// How to make PEM of it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Empty => "Choose the file again; it may not have been written or copied completely.",
            Self::Utf16 => "Save the file as UTF-8 or ASCII text: iconv -f UTF-16 -t UTF-8 FILE > FILE.pem",
            Self::DerCertificate => "Convert it to PEM: openssl x509 -inform DER -in FILE -out FILE.pem",
            Self::DerKey => "Convert it to PEM: openssl pkey -inform DER -in FILE -out FILE.pem",
            Self::DerEncryptedKey => {
                "Decrypt it and convert it to PEM: openssl pkcs8 -inform DER -in FILE -out FILE.pem (asks for the password)"
            }
            Self::DerRequest => {
                "This is the request, not the certificate: send it to the certificate authority and upload what comes back."
            }
            Self::DerCrl => "Convert it to PEM: openssl crl -inform DER -in FILE -out FILE.pem",
            Self::Pkcs7 => "Take the certificates out: openssl pkcs7 -inform DER -in FILE -print_certs -out FILE.pem",
            Self::Pkcs12 => {
                "Take it apart: openssl pkcs12 -in FILE -clcerts -nokeys -out certificate.pem, then openssl pkcs12 -in FILE \
                 -nocerts -nodes -out key.pem (old files also need -legacy)"
            }
            Self::JavaKeyStore => {
                "Convert it: keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12, then take \
                 the PKCS#12 file apart with openssl pkcs12."
            }
            Self::Putty => "Convert it: puttygen FILE -O private-openssh-new -o key, then ssh-keygen -p -m PEM -f key",
            Self::OpenSshPublicKey => "This is a public key for SSH; a certificate or private key in PEM is needed.",
            Self::BareBase64 => {
                "Put -----BEGIN CERTIFICATE----- on a line of its own before the base64 and -----END CERTIFICATE----- after it, \
                 with five hyphens on each side (for a private key: PRIVATE KEY)."
            }
            Self::Der | Self::Text | Self::Binary => {
                "Choose a PEM file: text that has a line -----BEGIN CERTIFICATE----- (for a private key: -----BEGIN PRIVATE KEY-----)."
            }
        }
    }
}

/// What a file without a PEM block is.
pub(crate) fn recognise(bytes: &[u8]) -> Form {
    let trimmed = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if trimmed.is_empty() {
        return Form::Empty;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || has_utf16_marker(bytes) {
        return Form::Utf16;
    }
    if bytes.first() == Some(&der::SEQUENCE)
        && let Some(form) = recognise_der(bytes)
    {
        return form;
    }
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        return Form::JavaKeyStore;
    }
    if trimmed.starts_with(b"PuTTY-User-Key-File-") {
        return Form::Putty;
    }
    if trimmed.starts_with(b"ssh-") || trimmed.starts_with(b"ecdsa-sha2-") {
        return Form::OpenSshPublicKey;
    }
    if has_bare_base64(trimmed) {
        return Form::BareBase64;
    }
    let texty = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    if trimmed.iter().all(texty) && core::str::from_utf8(trimmed).is_ok() { Form::Text } else { Form::Binary }
}

/// `-` and NUL in turn: UTF-16 without a byte order mark.
fn has_utf16_marker(bytes: &[u8]) -> bool {
    bytes.starts_with(b"-\0-\0-\0") || bytes.starts_with(b"\0-\0-\0-")
}

/// A long run of base64 in a line, or a damaged marker, tells that PEM was meant.
fn has_bare_base64(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    lines.any(|line| {
        let marker = line.starts_with(b"-") && (contains(line, b"BEGIN ") || contains(line, b"END "));
        let base64 = line.len() >= 48 && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
        marker || base64
    })
}

fn contains(line: &[u8], wanted: &[u8]) -> bool {
    line.windows(wanted.len()).any(|window| window == wanted)
}

fn recognise_der(bytes: &[u8]) -> Option<Form> {
    let mut outer = Reader::new(bytes);
    let body = outer.sequence().ok()?;
    let mut reader = body;
    let first = reader.any().ok()?;
    let second = reader.any().ok();
    let form = match (first.tag, second) {
        (der::OID, _) if first.value == oid::PKCS7_SIGNED_DATA => Form::Pkcs7,
        (der::INTEGER, Some(second)) if first.value == [3] && second.tag == der::SEQUENCE => Form::Pkcs12,
        (der::INTEGER, Some(second)) if second.tag == der::SEQUENCE || second.tag == der::INTEGER => Form::DerKey,
        (der::INTEGER, Some(second)) if second.tag == der::OCTET_STRING => Form::DerKey,
        (der::SEQUENCE, Some(second)) if second.tag == der::OCTET_STRING => Form::DerEncryptedKey,
        (der::SEQUENCE, Some(second)) if second.tag == der::SEQUENCE => recognise_signed(first.value),
        _ => Form::Der,
    };
    Some(form)
}

/// A certificate, a request and a CRL are all signed sequences; their first fields tell them apart.
fn recognise_signed(tbs: &[u8]) -> Form {
    let mut reader = Reader::new(tbs);
    let mut tags = [0u8; 6];
    for tag in &mut tags {
        *tag = reader.any().map_or(0, |element| element.tag);
    }
    match tags {
        [0xa0, der::INTEGER, ..] | [der::INTEGER, der::SEQUENCE, der::SEQUENCE, der::SEQUENCE, ..] => {
            Form::DerCertificate
        }
        [der::INTEGER, der::SEQUENCE, der::SEQUENCE, 0xa0 | 0, ..] => Form::DerRequest,
        [der::INTEGER, der::SEQUENCE, der::SEQUENCE, der::UTC_TIME | der::GENERALIZED_TIME, ..]
        | [der::SEQUENCE, der::SEQUENCE, ..] => Form::DerCrl,
        _ => Form::Der,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_marker_at_either_end_tells_that_pem_was_meant() {
        for text in ["-BEGIN CERTIFICATE-\nshort\n", "short\n-END CERTIFICATE-\n"] {
            assert!(matches!(recognise(text.as_bytes()), Form::BareBase64), "{text}");
        }
    }
}
