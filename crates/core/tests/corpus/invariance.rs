//! What must not change a judgement: line ends, a byte order mark, text around the blocks.

use crate::case::cases;
use crate::files::files;
use certway_core::{Part, Report};

#[test]
fn line_ends_do_not_matter() {
    each_case(|text| text.replace('\n', "\r\n"));
    each_case(|text| text.replace('\n', "\r"));
}

#[test]
fn a_byte_order_mark_does_not_matter() {
    each_case(|text| format!("\u{feff}{text}"));
}

#[test]
fn text_around_the_blocks_does_not_matter() {
    each_case(|text| format!("Subject: for you\n\n{text}\nRegards,\nyour CA\n"));
}

#[test]
fn trailing_blanks_do_not_matter() {
    each_case(|text| text.replace('\n', " \t\n"));
}

#[test]
fn judging_twice_gives_the_same() {
    for case in cases(&files()) {
        assert_eq!(format!("{:?}", case.judge()), format!("{:?}", case.judge()), "{}", case.name);
    }
}

/// Judges every case that has PEM blocks in plain lines, before and after a change to file and key.
#[track_caller]
fn each_case(change: impl Fn(&str) -> String) {
    let mut compared = 0;
    for case in cases(&files()) {
        let Some(file) = case.part("file").and_then(pem_text) else { continue };
        let key = case.part("key");
        let changed_key = match key.map(pem_text) {
            Some(None) => continue,
            Some(Some(text)) => Some(change(text)),
            None => None,
        };
        let before = essence(&case.judge());
        let after = essence(&case.judge_with(change(file).as_bytes(), changed_key.as_deref().map(str::as_bytes)));
        assert_eq!(before, after, "{}", case.name);
        compared += 1;
    }
    assert!(compared > 250, "only {compared} cases were compared");
}

/// The text of a file that has a whole block and ends in a line feed.
fn pem_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = text.is_ascii() && !text.contains('\r') && text.ends_with('\n');
    (plain && text.contains("\n-----END ") && text.contains("-----BEGIN ")).then_some(text)
}

type Essence = (String, bool, Vec<(&'static str, Part, Option<u32>, Option<String>)>, Vec<String>);

/// A report without its line numbers, and without the texts that quote lines.
fn essence(report: &Report) -> Essence {
    let findings = report.findings.iter();
    let findings = findings.map(|f| (f.rule.id, f.place.part, f.place.block, f.place.field.clone())).collect();
    let certificates = report.certificates.iter().map(|certificate| certificate.fingerprint_sha256.clone()).collect();
    (report.decision.as_str().into(), report.loadable, findings, certificates)
}
