//! Every case of the corpus gives the decision and the findings that it asks for, natively and in WebAssembly.

use std::fmt::Write as _;

use crate::case::{Case, cases};
use crate::files::files;
use certway_core::{Finding, Kind, Report, Severity};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_case_gives_what_it_asks_for() {
    let cases = cases(&files());
    assert!(cases.len() >= 300, "the corpus is not there: {} cases", cases.len());
    let disagreements: Vec<String> = cases.iter().filter_map(disagreement).collect();
    let count = disagreements.len();
    assert!(count == 0, "{count} of {} cases disagree:\n\n{}", cases.len(), disagreements.join("\n"));
}

#[test]
fn each_rule_has_a_case_and_is_known() {
    let cases = cases(&files());
    let asked = |id: &str| cases.iter().any(|case| case.findings.iter().any(|finding| finding.rule == id));
    // These need a file too large to keep, or a setting that no case can say: `limits.rs` and `names.rs` have them.
    let elsewhere = ["too-large", "too-many-trusted-cas", "wildcard"];
    let without: Vec<&str> = certway_core::catalogue()
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !asked(id) && !elsewhere.contains(id))
        .collect();
    assert!(without.is_empty(), "rules without a case: {without:?}");
}

/// What is asked for and not given, and the other way round.
fn disagreement(case: &Case) -> Option<String> {
    let report = case.judge();
    let mut text = String::new();
    if report.decision.as_str() != case.decision {
        writeln!(text, "  decision: wanted {}, got {}", case.decision, report.decision.as_str()).ok();
    }
    if report.loadable != case.loadable {
        writeln!(text, "  loadable: wanted {}, got {}", case.loadable, report.loadable).ok();
    }
    let counts = report.trusted_cas.map(|change| [change.added, change.known, change.total]);
    if case.trusted_cas.is_some() && counts != case.trusted_cas {
        writeln!(text, "  trusted CAs: wanted {:?}, got {counts:?}", case.trusted_cas).ok();
    }
    let mut surplus: Vec<&Finding> = report.findings.iter().collect();
    for expected in &case.findings {
        match surplus.iter().position(|finding| expected.fits(finding)) {
            Some(at) => drop(surplus.remove(at)),
            None => drop(writeln!(text, "  - {expected:?}")),
        }
    }
    for finding in surplus {
        let Finding { rule, message, place, found, wanted, .. } = finding;
        writeln!(
            text,
            "  + {} {} {place:?} {message:?} found {found:?} wanted {wanted:?}",
            rule.severity.as_str(),
            rule.id
        )
        .ok();
    }
    text.push_str(&unsound(report, case.kind));
    (!text.is_empty()).then(|| format!("{}\n{text}", case.name))
}

/// What holds for every report, whatever was uploaded.
fn unsound(report: Report, kind: Kind) -> String {
    let mut text = String::new();
    let place =
        |finding: &Finding| (finding.rule.severity, finding.place.part, finding.place.block, finding.place.line);
    if !report.findings.is_sorted_by_key(place) {
        text.push_str("  the findings are not in order\n");
    }
    let refused = report.findings.iter().any(|finding| finding.rule.severity == Severity::Error);
    if report.loadable && refused {
        text.push_str("  refused and yet loadable\n");
    }
    for shown in texts(&report).into_iter().filter(|shown| shown.chars().any(is_hostile)) {
        writeln!(text, "  hostile characters are shown raw: {shown:?}").ok();
    }
    text.push_str(&unsound_acceptance(report, kind, refused));
    text
}

/// Only what is not refused may be stored, and it is what was judged.
fn unsound_acceptance(report: Report, kind: Kind, refused: bool) -> String {
    let stored = kind != Kind::PrivateKey;
    match report.into_accepted() {
        None if stored && !refused => "  accepted, and nothing to store\n".into(),
        Some(_) if refused || !stored => "  something to store that was not accepted\n".into(),
        _ => String::new(),
    }
}

/// Every text of a report that comes from an upload.
fn texts(report: &Report) -> Vec<&str> {
    let mut texts = Vec::new();
    for Finding { message, found, wanted, place, .. } in &report.findings {
        texts.push(message.as_ref());
        texts.extend(found.as_deref());
        texts.extend(wanted.as_deref());
        texts.extend(place.field.as_deref());
    }
    for certificate in &report.certificates {
        texts.extend([
            certificate.subject.as_str(),
            &certificate.issuer,
            &certificate.serial,
            &certificate.signature_algorithm,
        ]);
        texts.extend(certificate.common_name.as_deref());
        texts.extend(certificate.alternative_names.iter().map(|name| name.value.as_str()));
        texts.extend(certificate.extensions.iter().flat_map(|extension| [extension.name.as_str(), &extension.value]));
        let urls = [&certificate.ocsp_urls, &certificate.ca_issuer_urls, &certificate.crl_urls];
        texts.extend(urls.into_iter().flatten().map(String::as_str));
    }
    for link in &report.path {
        texts.push(&link.subject);
        texts.extend(link.problems.iter().map(String::as_str));
    }
    texts.extend(report.crls.iter().map(|crl| crl.issuer.as_str()));
    texts
}

/// Control characters, and those that turn the direction of text or take no room.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}
