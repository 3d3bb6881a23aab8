//! A revocation list whose issuer is not in the trusted CA list.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::parsed::crl::Crl;

pub(super) static RULE: Rule = Rule {
    id: "crl-not-recognised",
    severity: Severity::Warning,
    alarm: false,
    remedy: "Append the CA that issued the list to the trusted CA list, or remove the revocation list.",
    source: "Warning messages that may be displayed, third case",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    for (crl, place) in material.judged_crls() {
        if material.recognises(crl) == Some(false) {
            findings.push(finding(crl, place));
        }
    }
}

fn finding(crl: &Crl<'_>, place: Place) -> Finding {
    let issuer = crl.issuer.text();
    let message = alloc::format!(
        "The certificate revocation list (CRL) is not recognized: its issuer '{issuer}' is not in the trusted CA list"
    );
    Finding::new(&RULE, message, place).found(issuer).wanted("a list signed by a CA of the trusted CA list")
}
