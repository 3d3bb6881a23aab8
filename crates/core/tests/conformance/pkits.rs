//! The Public Key Interoperability Test Suite of NIST: every entry must come out as the suite says.

use std::path::Path;

use certway_core::{InitialPolicies, Time, VerifyRequest, verify};
use serde_json::Value;

pub(crate) fn run(folder: &Path) {
    let json = std::fs::read_to_string(folder.join("pkits.json")).expect("the folder has PKITS");
    let json: Value = serde_json::from_str(&json).expect("PKITS' list is JSON");
    let tests = json["tests"].as_array().expect("it has tests");
    let wrong: Vec<String> = tests.iter().filter_map(|test| judge(folder, test)).collect();
    println!("PKITS: {} of {} entries are right.", tests.len() - wrong.len(), tests.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with our answer, if anything.
fn judge(folder: &Path, test: &Value) -> Option<String> {
    let read = |name: &Value| std::fs::read(folder.join(name.as_str().expect("a path"))).expect("the file is there");
    let read_all = |names: &Value| names.as_array().expect("a list").iter().map(read).collect::<Vec<_>>();
    let settings = &test["settings"];
    let at: Time = settings["validation_time"].as_str().expect("a time").parse().expect("RFC 3339");
    let accepted = settings["initial_policy_set"].as_array().expect("a list");
    let accepted: Vec<&str> = accepted.iter().map(|oid| oid.as_str().expect("an OID")).collect();
    let (target, trusted) = (read(&test["target"]), read(&test["trust_anchor"]));
    let (untrusted, crls) = (read_all(&test["pool"]), read_all(&test["crls"]));
    let flag = |name: &str| settings[name].as_bool().expect("a truth value");
    let answer = verify(&VerifyRequest {
        untrusted: &untrusted.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        crls: &crls.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        policies: InitialPolicies {
            accepted: &accepted,
            require_explicit: flag("initial_explicit_policy"),
            inhibit_mapping: flag("initial_policy_mapping_inhibit"),
            inhibit_any: flag("initial_inhibit_any_policy"),
        },
        ..VerifyRequest::of(&target, &[&trusted], at)
    });
    let expected = test["expected"].as_str().expect("a word");
    let found = if answer.reasons.is_empty() { "valid" } else { "invalid" };
    let (id, title) = (test["id"].as_str().unwrap_or_default(), test["title"].as_str().unwrap_or_default());
    (found != expected).then(|| {
        let reasons =
            answer.reasons.iter().map(|problem| format!("\n    {}: {}", problem.certificate, problem.message));
        format!("{id} ({title}) is {expected}, we say {found}{}", reasons.collect::<String>())
    })
}
