//! Several different private keys in one file.

use super::{Finding, Place, Rule, Severity};
use crate::material::UploadedKey;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "ambiguous-key",
    severity: Severity::Error,
    alarm: false,
    remedy: "Upload a file that has only the private key of this certificate.",
    source: "Loading a Server Certificate and Private Key, step 3",
};

pub(crate) fn finding(keys: &[UploadedKey]) -> Finding {
    let place =
        keys.get(1).map_or(Place::file(Part::PrivateKey), |key| Place::block(Part::PrivateKey, key.block, key.line));
    Finding::new(&RULE, "The file has several different private keys", place)
        .found(alloc::format!("{} private keys", keys.len()))
        .wanted("one private key")
}
