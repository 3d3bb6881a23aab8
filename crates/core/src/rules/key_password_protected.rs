//! An encrypted private key, in any of its three dresses.

use super::{Finding, Place, Rule, Severity};
use crate::pem::Block;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "key-password-protected",
    severity: Severity::Error,
    alarm: false,
    remedy: "Decrypt it on a machine that you trust and upload the result: openssl pkey -in FILE -out key.pem (asks for the \
             password)",
    source: "Loading a Server Certificate and Private Key, step 3: the key must not be password protected",
};

pub(crate) fn finding(block: &Block<'_>) -> Finding {
    let found = if block.encrypted {
        "an encrypted private key (Proc-Type: 4,ENCRYPTED)"
    } else if block.label == "ENCRYPTED PRIVATE KEY" {
        "an encrypted private key (PKCS#8)"
    } else {
        "an encrypted private key (PKCS#8) under a label that does not say so"
    };
    let place = Place::block(Part::PrivateKey, block.index, block.line);
    Finding::new(&RULE, "The private key is password protected", place)
        .found(found)
        .wanted("an unencrypted private key")
}
