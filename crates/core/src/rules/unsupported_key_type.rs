//! A private key that TLS has no use for, or in a form that is not read here.

use super::{Finding, Place, Rule, Severity};
use crate::pem::Block;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "unsupported-key-type",
    severity: Severity::Error,
    alarm: false,
    remedy: "Make a new key and a certificate for it: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
             -keyout key.pem -out csr.pem",
    source: "RFC 8446 section 4.2.3",
};

const WANTED: &str = "RSA (2048 to 8192 bits), P-256, P-384, P-521 or Ed25519, as PKCS#8, PKCS#1 or SEC1";

pub(crate) fn finding(block: &Block<'_>, kind: &str) -> Finding {
    let message = alloc::format!("TLS cannot use this private key: it is of the kind {kind}");
    Finding::new(&RULE, message, place(block)).found(kind).wanted(WANTED)
}

pub(crate) fn openssh(block: &Block<'_>) -> Finding {
    Finding::new(&RULE, "The private key is in OpenSSH's own form, which TLS servers do not read", place(block))
        .found("an OpenSSH private key")
        .wanted(WANTED)
        .remedy("Work on a copy, for the file is changed in place: ssh-keygen -p -m PEM -f COPY")
}

fn place(block: &Block<'_>) -> Place {
    Place::block(Part::PrivateKey, block.index, block.line)
}
