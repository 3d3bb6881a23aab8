//! For each fault a line for a terminal that shows the same.

use certway_wire::Part;

/// The command for a rule; `None` where openssl shows nothing of it.
///
/// `file` names the file of a part. It is quoted: a file's name may hold anything.
pub(super) fn command(rule: &str, part: Part, file: &dyn Fn(Part) -> String) -> Option<String> {
    let here = quoted(&file(part), default_name(part));
    let certificate = quoted(&file(Part::Certificate), default_name(Part::Certificate));
    let key = quoted(&file(Part::PrivateKey), default_name(Part::PrivateKey));
    let trusted = quoted(&file(Part::TrustedCa), default_name(Part::TrustedCa));
    Some(match rule {
        "san-not-fqdn" | "cn-not-in-san" | "wildcard" => {
            format!("openssl x509 -in {here} -noout -subject -ext subjectAltName")
        }
        "cn-not-fqdn" | "cn-missing" | "unknown-subject-attribute" => {
            format!("openssl x509 -in {here} -noout -subject -nameopt multiline,show_type")
        }
        "key-password-protected" => format!("openssl pkey -in {here} -out key-without-password.pem"),
        "key-mismatch" | "key-missing" | "key-while-csr-in-progress" => format!(
            "openssl x509 -in {certificate} -noout -pubkey | openssl sha256; openssl pkey -in {key} -pubout | openssl sha256"
        ),
        "bad-key" | "ambiguous-key" | "unsupported-key-type" | "no-private-key" => {
            format!("openssl pkey -in {here} -noout -text_pub -check")
        }
        "ca-not-recognised" => {
            format!("openssl verify -show_chain -CAfile {trusted} -untrusted {certificate} {certificate}")
        }
        "expired" | "not-yet-valid" | "expires-soon" | "not-after-beyond-2050" => {
            format!("openssl x509 -in {here} -noout -dates")
        }
        "weak-security" | "large-rsa-key" => {
            format!("openssl x509 -in {here} -noout -text | grep -E 'Signature Algorithm|Public-Key|ASN1 OID'")
        }
        "not-both-client-and-server" | "client-auth-missing" | "ca-as-server" | "key-usage" | "not-a-ca" => {
            format!("openssl x509 -in {here} -noout -ext basicConstraints,keyUsage,extendedKeyUsage")
        }
        "issued-against-the-rules" => format!("openssl x509 -in {here} -noout -text"),
        "unknown-critical-extension" => format!("openssl x509 -in {here} -noout -text | grep -A1 critical"),
        "crl-not-recognised" => format!("openssl crl -in {here} -noout -issuer -CAfile {trusted}"),
        "crl-expired" => format!("openssl crl -in {here} -noout -lastupdate -nextupdate"),
        "revoked" => format!("openssl x509 -in {certificate} -noout -serial"),
        "duplicate-ca-common-name"
        | "duplicate-ca"
        | "too-many-trusted-cas"
        | "chain-order"
        | "chain-in-file"
        | "duplicate-certificate"
        | "same-issuer-and-subject" => {
            format!("openssl storeutl -noout -text -certs {here} | grep -E 'Subject:|Issuer:'")
        }
        "bad-pem" | "bad-der" => format!("openssl storeutl -noout -text {here}"),
        "not-pem" | "empty" | "too-large" => format!("file {here}; wc -c {here}; openssl storeutl -noout -text {here}"),
        "no-certificate" | "no-crl" | "unused-block" | "private-key-in-certificate-file" => {
            format!("grep -n -e '-----BEGIN' {here}")
        }
        "no-final-newline" => format!("tail -c 1 {here} | od -c"),
        _ => return None,
    })
}

fn default_name(part: Part) -> &'static str {
    match part {
        Part::Certificate => "certificate.pem",
        Part::PrivateKey => "key.pem",
        Part::TrustedCa => "trusted-cas.pem",
        Part::Crl => "crl.pem",
        Part::Csr => "csr.pem",
    }
}

/// The name as one word for a POSIX shell; never one that is taken for an option.
fn quoted(name: &str, default: &str) -> String {
    let name = if name.is_empty() || name == "pasted text" { default } else { name };
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character));
    let name = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
    if plain { name } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::{command, quoted};
    use certway_wire::Part;

    #[test]
    fn a_hostile_file_name_is_one_word() {
        assert_eq!(quoted("a.pem", ""), "a.pem");
        assert_eq!(quoted("-out x", ""), "'./-out x'");
        assert_eq!(quoted("a'; rm -rf /", ""), r"'a'\''; rm -rf /'");
        assert_eq!(quoted("$(id)", ""), "'$(id)'");
    }

    #[test]
    fn a_command_names_the_file() {
        let command = command("san-not-fqdn", Part::Certificate, &|_| "server.pem".to_owned());
        assert_eq!(command.as_deref(), Some("openssl x509 -in server.pem -noout -subject -ext subjectAltName"));
    }
}
