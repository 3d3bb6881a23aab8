//! A last line without its end, over which some programs stumble when files are joined.

use super::{Finding, Findings, Inputs, Place, Rule, Severity};
use crate::judge::Kind;

pub(super) static RULE: Rule = Rule {
    id: "no-final-newline",
    severity: Severity::Advice,
    alarm: false,
    remedy: "Nothing need be done here. For other programs, end the file with a newline: echo >> FILE",
    source: "Known to break on the appliance: a key file without a final newline",
};

pub(super) fn check(inputs: &Inputs<'_>, kind: Kind, findings: &mut Findings) {
    let main = (kind != Kind::Crl).then_some(&inputs.main);
    for source in main.into_iter().chain(inputs.private_key.as_ref()) {
        if !source.file.blocks.is_empty() && !source.file.final_newline {
            let message = "The file does not end with a newline";
            let finding = Finding::new(&RULE, message, Place::file(source.part));
            findings.push(finding.wanted("a newline after the last -----END line"));
        }
    }
}
