//! The handbook's chapter about findings is made of the rules, and of what the judge says of the corpus.
//!
//! `CERTWAY_REWRITE=1 cargo test --workspace --test corpus handbook` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use certway_core::{Finding, Rule, Severity, catalogue};

use crate::case::cases;
use crate::files::files;

/// Set to anything, the chapter is written in place of being compared.
const REWRITE: &str = "CERTWAY_REWRITE";
/// So many of the judge's words are shown for a rule.
const EXAMPLES: usize = 3;

const BEGINNING: &str = "\
<!-- Made of the rules in crates/core/src/rules: CERTWAY_REWRITE=1 cargo test --workspace --test corpus handbook -->

# What each finding means

Whatever is uploaded is judged by the same rules in the browser, on the node and by `certway check`. Each finding says where in the file it is, what was found, what is
wanted and what to do. The heaviest one decides:

| weight | what becomes of the upload |
| --- | --- |
| error | it is refused, and nothing is changed |
| warning | it is stored. Whether it is also served, the first line of the report says |
| advice | nothing is wrong for TLS; it could be tidier or safer |

";

#[test]
fn the_chapter_about_findings_is_that_of_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/handbook/findings.md");
    let made = chapter();
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, &made).expect("the handbook can be written");
    }
    let kept = std::fs::read_to_string(&path).expect("the handbook is in the repository");
    let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(made == kept, "docs/handbook/findings.md is not of today: write it with {REWRITE}=1. {differs:?}");
}

fn chapter() -> String {
    let examples = examples();
    let mut text = BEGINNING.to_owned();
    text.push_str("| finding | weight | what it is about |\n| --- | --- | --- |\n");
    for rule in catalogue() {
        let (id, weight) = (rule.id, rule.severity.as_str());
        // Writing into a String cannot fail, here and below.
        let _ = writeln!(text, "| [`{id}`](#{id}) | {weight} | {} |", meaning(rule));
    }
    for rule in catalogue() {
        let _ = write!(text, "\n## `{}`\n\n{}\n\n", rule.id, meaning(rule));
        let _ = writeln!(text, "**Weight**: {}.\n", weight(rule));
        let said = examples.get(rule.id).map_or(&[][..], Vec::as_slice);
        if !said.is_empty() {
            text.push_str("**It says**, for example:\n\n");
        }
        for finding in said {
            text.push_str(&example(rule, finding));
        }
        if !said.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "**What to do**: {}\n\n**Source**: {}.", escaped(rule.remedy), escaped(rule.source));
    }
    text
}

/// The first line of the rule's own file.
fn meaning(rule: &Rule) -> String {
    let file = format!("src/rules/{}.rs", rule.id.replace('-', "_"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let line = text.lines().next().and_then(|line| line.strip_prefix("//! "));
    line.unwrap_or_else(|| panic!("{file} does not begin with what it is about")).to_owned()
}

fn weight(rule: &Rule) -> &'static str {
    match (rule.severity, rule.alarm) {
        (Severity::Error, _) => "error. The upload is refused, and nothing is changed",
        (Severity::Warning, false) => "warning. The upload is stored",
        (Severity::Warning, true) => {
            "warning. The upload is stored, and the node raises an [alarm](alarms.md) as long as it serves it"
        }
        (Severity::Advice, _) => "advice. Nothing is wrong for TLS",
    }
}

fn example(rule: &Rule, finding: &Finding) -> String {
    let mut text = format!("- {}", code(&finding.message));
    if let Some(found) = &finding.found {
        let _ = write!(text, "  \n  Found: {}", code(found));
    }
    if let Some(wanted) = &finding.wanted {
        let _ = write!(text, "  \n  Wanted: {}", escaped(wanted));
    }
    if finding.remedy != rule.remedy {
        let _ = write!(text, "  \n  What to do: {}", escaped(&finding.remedy));
    }
    text + "\n"
}

/// For each rule what the judge says most often in the corpus.
fn examples() -> BTreeMap<&'static str, Vec<Finding>> {
    let mut all = BTreeMap::<&str, Vec<(String, usize, Finding)>>::new();
    for case in cases(&files()) {
        for finding in case.judge().findings {
            let (said, shape) = (all.entry(finding.rule.id).or_default(), shape(&finding));
            match said.iter_mut().find(|(known, ..)| *known == shape) {
                Some((_, times, _)) => *times += 1,
                None => said.push((shape, 1, finding)),
            }
        }
    }
    let often = |mut said: Vec<(String, usize, Finding)>| {
        said.sort_by_key(|(_, times, _)| std::cmp::Reverse(*times));
        said.into_iter().take(EXAMPLES).map(|(.., finding)| finding).collect()
    };
    all.into_iter().map(|(rule, said)| (rule, often(said))).collect()
}

/// What findings have in common that say the same of different names and numbers.
fn shape(finding: &Finding) -> String {
    let wanted = finding.wanted.as_deref().unwrap_or_default();
    let words = [finding.message.as_ref(), wanted, finding.remedy.as_ref()].join(" ");
    let plain = |word: &&str| word.trim_end_matches([',', ';', ':', '.']).chars().all(char::is_alphabetic);
    words.split_whitespace().filter(plain).collect()
}

/// A text as code of Markdown, whatever is in it.
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('\n', " "))
}

/// A text as text of Markdown, whatever is in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '|') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
