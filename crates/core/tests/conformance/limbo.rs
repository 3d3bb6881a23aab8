//! C2SP's x509-limbo: we agree, or the ledger has the case and a reason. A reason that is out of date is a failure too.

use std::collections::BTreeMap;
use std::path::Path;

use certway_core::{PeerName, Profile, Purpose, Time, Verification, VerifyRequest, verify};
use serde_json::Value;

/// `id: accept|refuse reason`, what we say where the case says the opposite.
const LEDGER: &str = include_str!("../ledger/limbo.txt");

pub(crate) fn run(folder: &Path) {
    let mut ledger: BTreeMap<&str, &str> = LEDGER
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("id, blank, reason"))
        .collect();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in limbo_files(folder) {
        let json = std::fs::read_to_string(&file).expect("the file is there");
        let json: Value = serde_json::from_str(&json).expect("limbo is JSON");
        for case in json["testcases"].as_array().expect("it has cases") {
            count += 1;
            let id = case["id"].as_str().expect("an id");
            let known = ledger.remove(id);
            match (differs(case), known) {
                (Some(difference), None) => wrong.push(format!("{id}: {difference}")),
                (None, Some(_)) => wrong.push(format!("{id} is in the ledger, and we agree")),
                _ => {}
            }
        }
    }
    println!("limbo: {count} cases, {} of them differ without a reason.", wrong.len());
    assert!(count > 0, "no limbo*.json in {}", folder.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn limbo_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("limbo"))).collect()
}

fn differs(case: &Value) -> Option<String> {
    let answer = answer(case);
    let expected = case["expected_result"].as_str().expect("a result") == "SUCCESS";
    let reasons = answer.reasons.iter().map(|problem| format!("\n    {}: {}", problem.certificate, problem.message));
    let about = case["description"].as_str().unwrap_or_default().lines().collect::<Vec<_>>().join(" ");
    match (expected, answer.reasons.is_empty()) {
        (true, false) => Some(format!("refused, and it is good: {about}{}", reasons.collect::<String>())),
        (false, true) => Some(format!("accepted, and it is bad: {about}")),
        _ => None,
    }
}

fn answer(case: &Value) -> Verification {
    let pem = |value: &Value| value.as_str().unwrap_or_default().as_bytes().to_vec();
    let pems = |name: &str| case[name].as_array().expect("a list").iter().map(pem).collect::<Vec<_>>();
    let peer = pem(&case["peer_certificate"]);
    let (trusted, untrusted, crls) = (pems("trusted_certs"), pems("untrusted_intermediates"), pems("crls"));
    let at = match case["validation_time"].as_str() {
        Some(time) => time.parse::<Time>().expect("RFC 3339"),
        None => "2026-11-24T00:00:00Z".parse().expect("RFC 3339"),
    };
    let name = &case["expected_peer_name"];
    let value = name["value"].as_str().unwrap_or_default();
    let name = match name["kind"].as_str() {
        Some("DNS") => Some(PeerName::Dns(value)),
        Some("IP") => Some(PeerName::Ip(value.parse().expect("an address"))),
        Some("RFC822") => Some(PeerName::Email(value)),
        _ => None,
    };
    let purpose = match case["validation_kind"].as_str() {
        Some("CLIENT") => Purpose::Client,
        _ => Purpose::Server,
    };
    let depth = case["max_chain_depth"].as_u64().and_then(|depth| usize::try_from(depth).ok());
    verify(&VerifyRequest {
        untrusted: &slices(&untrusted),
        crls: &slices(&crls),
        purpose,
        name,
        maximum_intermediates: depth,
        profile: Profile::Strict,
        ..VerifyRequest::of(&peer, &slices(&trusted), at)
    })
}

fn slices(files: &[Vec<u8>]) -> Vec<&[u8]> {
    files.iter().map(Vec::as_slice).collect()
}
