//! A revocation list whose successor is due: what it does not say is unknown.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::judge::Kind;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "crl-expired",
    severity: Severity::Warning,
    alarm: true,
    remedy: "Get the current list from the CA and upload it.",
    source: "RFC 5280 section 5.1.2.5",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if !matches!(material.kind, Kind::ServerCertificate | Kind::ClientCertificate | Kind::Crl) {
        return;
    }
    let uploaded =
        material.uploaded_crls.iter().map(|held| (&held.value, Place::block(Part::Crl, held.block, held.line)));
    let installed = material.crls.iter().map(|crl| (crl, Place::file(Part::Crl)));
    for (crl, place) in uploaded.chain(installed) {
        if let Some(next) = crl.next_update.filter(|&next| next < material.now) {
            let message =
                alloc::format!("The certificate revocation list (CRL) of '{}' has expired", crl.issuer.text());
            let wanted = alloc::format!("a list whose next update is after {}", material.now);
            let place = place.field("nextUpdate");
            findings.push(Finding::new(&RULE, message, place).found(alloc::format!("{next}")).wanted(wanted));
        }
    }
}
