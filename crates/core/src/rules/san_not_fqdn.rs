//! A host name or an address among the subject alternative names.

use super::{Finding, Findings, Material, Rule, Severity};
use crate::fqdn;
use crate::judge::Wildcards;
use crate::parsed::general_name::{GeneralName, latin};

pub(super) static RULE: Rule = Rule {
    id: "san-not-fqdn",
    severity: Severity::Error,
    alarm: false,
    remedy: "Ask for a certificate whose subject alternative names are all fully qualified domain names.",
    source: "Loading a Server Certificate and Private Key, step 2, note 1",
};

const MESSAGE: &str = "File upload failed.: Subject alternative name must be a valid FQDN";
pub(super) const WANTED: &str = "a fully qualified domain name, such as expe1.example.com";

pub(super) fn check(material: &Material<'_>, findings: &mut Findings) {
    let Some((leaf, place)) = material.leaf() else { return };
    let (mut dns_names, mut addresses) = (0, 0);
    for name in leaf.extensions.alternative_names() {
        let (offending, count) = match name {
            GeneralName::Dns(bytes) => (!passes(bytes, material.wildcards), &mut dns_names),
            GeneralName::Ip(_) => (true, &mut addresses),
            _ => continue,
        };
        if offending {
            let text = name.text();
            let why = match name {
                GeneralName::Dns(_) => fqdn::objection(&text),
                _ => "it is an IP address",
            };
            let place = place.clone().field(alloc::format!("subjectAltName.{}[{count}]", name.kind()));
            let wanted = alloc::format!("{WANTED}; {why}");
            findings.push(Finding::new(&RULE, MESSAGE, place).found(text).wanted(wanted));
        }
        *count += 1;
    }
}

fn passes(bytes: &[u8], wildcards: Wildcards) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    fqdn::is_fqdn(text) || (wildcards == Wildcards::Warn && fqdn::is_wildcard(&latin(bytes)))
}
