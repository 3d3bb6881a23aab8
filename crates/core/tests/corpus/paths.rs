//! Every case of `corpus/verify` gives the verdict and the reasons that it asks for, natively and in WebAssembly.

use std::fmt::Write as _;

use certway_core::{
    ChainFault, InitialPolicies, PeerName, Profile, Purpose, Time, Verification, VerifyRequest, verify,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::case::{Files, header_values, read_parts, split, value};
use crate::files::files;

const PARTS: [&str; 4] = ["leaf", "trusted", "untrusted", "crl"];

/// One question, and the answer that is wanted.
struct Case {
    name: String,
    at: Time,
    purpose: Purpose,
    peer: Option<String>,
    policies: Vec<String>,
    flags: Vec<String>,
    profile: Profile,
    maximum_intermediates: Option<usize>,
    valid: bool,
    rules: Vec<Rule>,
    parts: Vec<(String, Vec<u8>)>,
}

/// One reason that is wanted, and what its message must have in it.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    name: String,
    mentions: Vec<String>,
}

#[test]
fn every_case_of_a_path_gives_what_it_asks_for() {
    let cases = cases(&files());
    assert!(cases.len() >= 300, "the cases are not there: {}", cases.len());
    let disagreements: Vec<String> = cases.iter().filter_map(disagreement).collect();
    let count = disagreements.len();
    assert!(count == 0, "{count} of {} cases disagree:\n\n{}", cases.len(), disagreements.join("\n"));
}

#[test]
fn each_reason_has_a_case_that_trips_it_alone_and_a_near_miss() {
    let cases = cases(&files());
    let faults = [
        ChainFault::IssuerMissing,
        ChainFault::RootNotTrusted,
        ChainFault::SignatureInvalid,
        ChainFault::SignatureUnsupported,
        ChainFault::AlgorithmMismatch,
        ChainFault::Expired,
        ChainFault::NotYetValid,
        ChainFault::NotACa,
        ChainFault::KeyUsage,
        ChainFault::PathLength,
        ChainFault::UnknownCriticalExtension,
        ChainFault::NameConstraints,
        ChainFault::Policy,
        ChainFault::Profile,
        ChainFault::Purpose,
        ChainFault::Revoked,
        ChainFault::RevocationUnknown,
        ChainFault::NameMismatch,
        ChainFault::TooLong,
        ChainFault::BudgetExhausted,
        ChainFault::NotDecodable,
    ];
    for rule in faults.map(ChainFault::rule) {
        let trips = |case: &&Case| case.rules.len() == 1 && case.rules[0].name == rule;
        assert!(cases.iter().any(|case| trips(&case)), "no case trips {rule} alone");
        let near = format!("verify/{rule}-near-miss-");
        assert!(cases.iter().any(|case| case.valid && case.name.starts_with(&near)), "no near miss of {rule}");
    }
}

fn cases(files: &Files) -> Vec<Case> {
    let names = files.keys().filter(|name| name.starts_with("verify/"));
    names.map(|name| parse(name, files).unwrap_or_else(|fault| panic!("{name}: {fault}"))).collect()
}

fn parse(name: &str, files: &Files) -> Result<Case, String> {
    let text = std::str::from_utf8(&files[name]).map_err(|fault| fault.to_string())?;
    let (head, parts) = split(text)?;
    let (header, rules) = head.split_once("rules:\n").ok_or("no `rules:` line")?;
    let mut values = header_values(header)?;
    let mut take = |key: &str| values.remove(key);
    let words = |text: Option<&str>| text.unwrap_or_default().split_whitespace().map(String::from).collect();
    for described in ["why", "source"] {
        take(described).ok_or_else(|| format!("no `{described}`"))?;
    }
    let case = Case {
        name: name.into(),
        at: take("at").ok_or("no `at`")?.parse().map_err(|_| "`at` is no time")?,
        purpose: match take("purpose") {
            None => Purpose::Any,
            Some("server") => Purpose::Server,
            Some("client") => Purpose::Client,
            Some(other) => return Err(format!("no such purpose: {other}")),
        },
        peer: take("name").map(String::from),
        policies: words(take("policies")),
        flags: words(take("flags")),
        profile: match take("profile") {
            None => Profile::Path,
            Some("strict") => Profile::Strict,
            Some(other) => return Err(format!("no such profile: {other}")),
        },
        maximum_intermediates: take("max-intermediates").map(|number| number.parse().expect("a number")),
        valid: match take("verdict") {
            Some("valid") => true,
            Some("refused") => false,
            other => return Err(format!("no such verdict: {other:?}")),
        },
        rules: rules.lines().map(rule).collect::<Result<_, _>>()?,
        parts: read_parts(parts, &PARTS, files)?,
    };
    if let Some(key) = values.keys().next() {
        return Err(format!("unknown header `{key}`"));
    }
    if case.valid != case.rules.is_empty() {
        return Err("the verdict is not that of the rules".into());
    }
    Ok(case)
}

fn rule(line: &str) -> Result<Rule, String> {
    let fault = || format!("not a rule: {line}");
    let text = line.strip_prefix("  ").ok_or_else(fault)?;
    let (name, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut rule = Rule { name: name.into(), mentions: Vec::new() };
    while !rest.is_empty() {
        let (text, after) = rest.strip_prefix("mentions=").and_then(value).ok_or_else(fault)?;
        rule.mentions.push(text);
        rest = after;
    }
    Ok(rule)
}

impl Case {
    fn every(&self, name: &str) -> Vec<&[u8]> {
        self.parts.iter().filter(|(part, _)| part == name).map(|(_, bytes)| bytes.as_slice()).collect()
    }

    fn verify(&self) -> Verification {
        let accepted: Vec<&str> = self.policies.iter().map(String::as_str).collect();
        let flag = |name: &str| self.flags.iter().any(|flag| flag == name);
        let leaf = self.every("leaf");
        verify(&VerifyRequest {
            untrusted: &self.every("untrusted"),
            crls: &self.every("crl"),
            purpose: self.purpose,
            name: self.peer.as_deref().map(peer_name),
            maximum_intermediates: self.maximum_intermediates,
            profile: self.profile,
            policies: InitialPolicies {
                accepted: &accepted,
                require_explicit: flag("require-explicit-policy"),
                inhibit_mapping: flag("inhibit-policy-mapping"),
                inhibit_any: flag("inhibit-any-policy"),
            },
            ..VerifyRequest::of(leaf.first().expect("every case has a leaf"), &self.every("trusted"), self.at)
        })
    }
}

fn peer_name(text: &str) -> PeerName<'_> {
    match text.split_once(':').expect("a kind and a name") {
        ("dns", name) => PeerName::Dns(name),
        ("ip", address) => PeerName::Ip(address.parse().expect("an address")),
        ("email", address) => PeerName::Email(address),
        (kind, _) => panic!("no such kind of name: {kind}"),
    }
}

/// What is asked for and not given, and the other way round.
fn disagreement(case: &Case) -> Option<String> {
    let answer = case.verify();
    let mut surplus: Vec<_> = answer.reasons.iter().collect();
    let mut text = String::new();
    for wanted in &case.rules {
        let fits = |reason: &&certway_core::Problem| {
            reason.fault.rule() == wanted.name && wanted.mentions.iter().all(|text| reason.message.contains(text))
        };
        match surplus.iter().position(fits) {
            Some(at) => drop(surplus.remove(at)),
            None => drop(writeln!(text, "  - {wanted:?}")),
        }
    }
    for reason in surplus {
        writeln!(text, "  + {} {}: {}", reason.fault.rule(), reason.certificate, reason.message).ok();
    }
    (!text.is_empty()).then(|| format!("{}\n{text}", case.name))
}
