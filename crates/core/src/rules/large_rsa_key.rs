//! An RSA key so large that handshakes are slow and some devices refuse it.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::parsed::public_key::KeyKind;

pub(super) static RULE: Rule = Rule {
    id: "large-rsa-key",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Use RSA with 2048 to 4096 bits, or P-256, which is stronger than RSA 3072 and many times faster.",
    source: "Known to break on the appliance: RSA with 8192 bits",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (position, held) in material.certificates.iter().enumerate() {
        let key = &held.value.public_key;
        if matches!(key.kind, KeyKind::Rsa { .. }) && key.bits() > 4096 {
            let place = material.place(position).field("subjectPublicKeyInfo");
            let message = "The RSA key has more than 4096 bits: handshakes are slow, and some devices refuse it";
            let found = alloc::format!("RSA with {} bits", key.bits());
            findings.push(Finding::new(&RULE, message, place).found(found).wanted("at most 4096 bits"));
        }
    }
}
