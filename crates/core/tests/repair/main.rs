//! Repair against files that real programs wrote (`corpus/repair`): what comes out, and what must hold for all of them,
//! natively and in WebAssembly.

mod case;
mod files;
#[cfg(not(target_arch = "wasm32"))]
mod hostile;

use case::{Case, cases};
use certway_core::{Context, Filled, Repair, RepairFile, RepairOutcome, repair};
#[cfg(not(target_arch = "wasm32"))]
use certway_core::{Kind, Upload, judge};
use files::file;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_case_is_repaired_as_it_says() {
    let cases = cases();
    assert!(cases.len() > 100, "the corpus is there");
    for case in &cases {
        check(case);
    }
}

#[track_caller]
fn check(case: &Case) {
    let repair = repaired_in_time(case);
    let ids: Vec<&str> = repair.steps.iter().map(|step| step.id).collect();
    let problems: Vec<&str> = repair.problems.iter().map(|problem| problem.id).collect();
    assert_eq!((ids, problems), (case.steps(), case.problems()), "{}: {repair:#?}", case.name);
    assert_eq!(outcome(repair.outcome()), case.outcome, "{}", case.name);
    assert_eq!(pem(&repair.certificate), joined(&case.certificate), "{}", case.name);
    assert_eq!(pem(&repair.private_key), joined(case.private_key.as_slice()), "{}", case.name);
    assert_eq!(pem(&repair.trusted_cas), joined(&case.trusted_cas), "{}", case.name);
    assert_eq!(pem(&repair.csr), joined(case.csr.as_slice()), "{}", case.name);
    let asks = problems_of(&repair, "passphrase-needed") + problems_of(&repair, "passphrase-wrong");
    assert_eq!(repair.needs_passphrase, asks > 0, "{}", case.name);
    let said: String =
        repair.problems.iter().map(|problem| format!("{} {} ", problem.message, problem.remedy)).collect();
    for mention in &case.mentions {
        assert!(said.contains(mention), "{}: '{mention}' is not in {said}", case.name);
    }
    for step in &repair.steps {
        assert!(!step.before.is_empty() && !step.after.is_empty() && !step.file.is_empty(), "{}: {step:?}", case.name);
    }
}

/// A second, as a browser's worker may take; without optimisation the derivations are many times slower.
#[cfg(not(target_arch = "wasm32"))]
fn repaired_in_time(case: &Case) -> Repair {
    use std::time::{Duration, Instant};
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 1 });
    let begin = Instant::now();
    let repair = case.repair();
    assert!(begin.elapsed() < limit, "{}: {:?}", case.name, begin.elapsed());
    repair
}

/// This target has no clock.
#[cfg(target_arch = "wasm32")]
fn repaired_in_time(case: &Case) -> Repair {
    case.repair()
}

fn problems_of(repair: &Repair, id: &str) -> usize {
    repair.problems.iter().filter(|problem| problem.id == id).count()
}

fn outcome(outcome: RepairOutcome) -> &'static str {
    match outcome {
        RepairOutcome::NothingToDo => "nothing-to-do",
        RepairOutcome::Repaired => "repaired",
        RepairOutcome::SomethingRemains => "something-remains",
        RepairOutcome::CannotBeRepaired => "cannot-be-repaired",
    }
}

fn pem(filled: &Option<Filled>) -> String {
    filled.as_ref().map(|filled| filled.pem.to_string()).unwrap_or_default()
}

/// OpenSSL's own PEM of the same things.
fn joined(names: &[String]) -> String {
    names.iter().map(|name| String::from_utf8(file(name)).expect("PEM is text")).collect()
}

// This and the next repair all again, for seconds in wasm; what they look at is the same there if the boxes are.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn what_came_out_of_a_repair_needs_none() {
    for case in cases() {
        let first = case.repair();
        let boxes = [&first.certificate, &first.private_key, &first.trusted_cas, &first.crl, &first.csr];
        let files: Vec<RepairFile<'_>> = boxes
            .into_iter()
            .flatten()
            .map(|filled| RepairFile { name: "box", bytes: filled.pem.as_bytes() })
            .collect();
        let second = case.with_context(|context| repair(&files, None, context));
        assert_eq!(second.steps, vec![], "{}", case.name);
        assert!(second.certificate == first.certificate && second.private_key == first.private_key, "{}", case.name);
        assert!(second.trusted_cas == first.trusted_cas && second.csr == first.csr, "{}", case.name);
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn what_came_out_of_a_repair_is_judged_without_an_error() {
    for case in cases() {
        let repaired = case.repair();
        let (Some(certificate), Some(key)) = (&repaired.certificate, &repaired.private_key) else { continue };
        let upload = Upload {
            private_key: Some(key.pem.as_bytes()),
            ..Upload::of(Kind::ServerCertificate, certificate.pem.as_bytes())
        };
        let cas = pem(&repaired.trusted_cas);
        let report = case.with_context(|context| {
            let mut trusted = context.trusted_cas.unwrap_or_default().to_vec();
            trusted.push(cas.as_bytes());
            judge(&upload, &Context { trusted_cas: Some(&trusted), ..*context })
        });
        let missing = problems_of(&repaired, "issuer-missing") > 0;
        assert!(report.loadable || missing, "{}: {:?}", case.name, report.findings);
    }
}

#[test]
fn a_repaired_key_is_not_in_what_is_shown_for_debugging() {
    let case = cases().into_iter().find(|case| case.name == "one file with everything").expect("the case is there");
    let repair = case.repair();
    let key = repair.private_key.as_ref().expect("the key was found").pem.to_string();
    let shown = format!("{repair:?}");
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    assert!(lines.into_iter().all(|line| !shown.contains(line)), "{shown}");
    assert!(shown.contains("Filled"));
}

#[test]
fn without_a_key_file_the_key_in_use_and_the_request_say_which_certificate_is_meant() {
    let [rsa, ec, issuing, request] = ["rsa.crt", "ec.crt", "intermediate.crt", "request.pem"].map(file);
    let files = [RepairFile { name: "rsa.crt", bytes: &rsa }, RepairFile { name: "ec.crt", bytes: &ec }];
    let chosen = |context: &Context<'_>| repair(&files, None, context).certificate.map(|filled| filled.pem.to_string());
    let context =
        Context { trusted_cas: Some(&[&issuing]), ..Context::at("2026-12-01T00:00:00Z".parse().expect("a time")) };
    let wanted = |der: &[u8]| Some(String::from_utf8_lossy(der).into_owned());
    assert_eq!(chosen(&Context { current_key: Some(&ec), ..context }), wanted(&ec));
    assert_eq!(chosen(&Context { current_key: Some(&rsa), ..context }), wanted(&rsa));
    assert_eq!(chosen(&Context { csr: Some(&request), current_key: Some(&rsa), ..context }), wanted(&ec));
}

#[test]
fn an_unknown_trusted_ca_list_may_have_the_root_but_not_the_missing_intermediate() {
    let [leaf, chain] = ["rsa.crt", "chain.pem"].map(file);
    let now = "2026-12-01T00:00:00Z".parse().expect("a time");
    let unknown = Context { trusted_cas: None, ..Context::at(now) };
    let missing = |bytes: &[u8], context: &Context<'_>| {
        problems_of(&repair(&[RepairFile { name: "file", bytes }], None, context), "issuer-missing")
    };
    assert_eq!((missing(&leaf, &unknown), missing(&chain, &unknown), missing(&chain, &Context::at(now))), (1, 0, 1));
}
