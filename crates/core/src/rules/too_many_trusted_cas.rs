//! More CA certificates than the list takes: the file is refused whole.

use super::{Finding, Findings, Material, Place, Rule, Severity};
use crate::judge::Kind;
use crate::limits::TRUSTED_CAS;
use crate::report::Part;

pub(super) static RULE: Rule = Rule {
    id: "too-many-trusted-cas",
    severity: Severity::Error,
    alarm: false,
    remedy: "Delete CA certificates that are not needed, or append a smaller file. Nothing was changed.",
    source: "Managing the Trusted CA Certificate List, recommendation: at most 1000 CAs",
};

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    if material.kind != Kind::TrustedCa || material.added.len() <= material.room() {
        return;
    }
    let message = alloc::format!(
        "The trusted CA list takes at most {TRUSTED_CAS} CA certificates, and {} more would fit",
        material.room()
    );
    let found = alloc::format!("{} new CA certificates", material.added.len());
    let wanted = alloc::format!("at most {} new CA certificates", material.room());
    findings.push(Finding::new(&RULE, message, Place::file(Part::TrustedCa)).found(found).wanted(wanted));
}
