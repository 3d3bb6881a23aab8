//! From a question to its answers.

use std::mem;

use certway_core::{
    Context, InitialPolicies, Kind, PeerName, Profile, Purpose, RepairFile, Time, Upload, VerifyRequest,
};
use certway_wire::judge::{
    Answer, FieldFault, FieldsQuestion, Question, ROWS, RepairQuestion, SealQuestion, VerifyQuestion,
};
use certway_wire::{RepairReport, Report, Verification};
use zeroize::Zeroizing;

use crate::seal::seal;

/// How often progress is told at most; a bar that moves ten times a second looks smooth.
const PROGRESS_MS: f64 = 100.0;

/// Answers one question, given as JSON: judges or repairs, and posts the answers in order.
///
/// # Errors
/// The text is not a question, or names a file that did not come with it. Nothing has been posted then.
pub(crate) fn answer(
    json: &str,
    files: &[Zeroizing<Vec<u8>>],
    now_ms: &dyn Fn() -> f64,
    post: &mut dyn FnMut(&Answer),
) -> Result<(), String> {
    let started_ms = now_ms();
    // Each kind of question has a field that no other has.
    let id = if let Ok(question) = serde_json::from_str::<RepairQuestion>(json) {
        let repair = repair(&question, files)?;
        post(&Answer::Repaired { id: question.id, repair });
        question.id
    } else if let Ok(question) = serde_json::from_str::<SealQuestion>(json) {
        let sealed = seal(Files(files).at(question.seal)?, &question.node, &question.public_key);
        post(&Answer::Sealed { id: question.id, sealed });
        question.id
    } else if let Ok(question) = serde_json::from_str::<FieldsQuestion>(json) {
        post(&judge_fields(&question));
        question.id
    } else if let Ok(question) = serde_json::from_str::<VerifyQuestion>(json) {
        let verification = verify(&question, files)?;
        post(&Answer::Verified { id: question.id, verification });
        question.id
    } else {
        let question: Question = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let report = judge(&question, files, &mut Progress { id: question.id, told_ms: started_ms, now_ms, post })?;
        post_report(question.id, report, post);
        question.id
    };
    // Whole milliseconds are all that is shown; a clock that stands still gives 0.
    let elapsed_ms = (now_ms() - started_ms).round().max(0.0) as u32;
    post(&Answer::Done { id, elapsed_ms });
    Ok(())
}

/// The files of a message.
#[derive(Clone, Copy)]
struct Files<'a>(&'a [Zeroizing<Vec<u8>>]);

impl<'a> Files<'a> {
    fn at(self, position: u32) -> Result<&'a [u8], String> {
        let found = usize::try_from(position).ok().and_then(|position| self.0.get(position));
        found.map(|bytes| bytes.as_slice()).ok_or_else(|| format!("file {position} did not come with the question"))
    }

    fn all(self, positions: &[u32]) -> Result<Vec<&'a [u8]>, String> {
        positions.iter().map(|&position| self.at(position)).collect()
    }
}

fn time(text: &str) -> Result<Time, String> {
    text.parse::<Time>().map_err(|_| format!("'{text}' is not an RFC 3339 time"))
}

fn repair(question: &RepairQuestion, files: &[Zeroizing<Vec<u8>>]) -> Result<RepairReport, String> {
    let file = Files(files);
    let named = question.repair.iter().map(|(name, position)| Ok(RepairFile { name, bytes: file.at(*position)? }));
    let named = named.collect::<Result<Vec<_>, String>>()?;
    let passphrase = question.passphrase.map(|position| file.at(position)).transpose()?;
    let passphrase = passphrase.map(core::str::from_utf8).transpose().map_err(|_| "the passphrase is not UTF-8")?;
    let trusted_cas = question.trusted.as_deref().map(|positions| file.all(positions)).transpose()?;
    let context = Context {
        trusted_cas: trusted_cas.as_deref(),
        current_key: question.current_key.map(|position| file.at(position)).transpose()?,
        csr: question.csr.map(|position| file.at(position)).transpose()?,
        ..Context::at(time(&question.at)?)
    };
    Ok(RepairReport::from(&certway_core::repair(&named, passphrase, &context)))
}

fn verify(question: &VerifyQuestion, files: &[Zeroizing<Vec<u8>>]) -> Result<Verification, String> {
    let files = Files(files);
    let (trusted, untrusted, crls) =
        (files.all(&question.trusted)?, files.all(&question.untrusted)?, files.all(&question.crls)?);
    let policies: Vec<&str> = question.policies.iter().map(String::as_str).collect();
    let purpose = match question.purpose.as_str() {
        "server" => Purpose::Server,
        "client" => Purpose::Client,
        _ => Purpose::Any,
    };
    let name = match question.name.trim() {
        "" => None,
        name => Some(match name.parse() {
            Ok(address) => PeerName::Ip(address),
            Err(_) if name.contains('@') => PeerName::Email(name),
            Err(_) => PeerName::Dns(name),
        }),
    };
    Ok(Verification::from(&certway_core::verify(&VerifyRequest {
        untrusted: &untrusted,
        crls: &crls,
        purpose,
        name,
        profile: Profile::of(purpose),
        policies: InitialPolicies { accepted: &policies, require_explicit: !policies.is_empty(), ..Default::default() },
        ..VerifyRequest::of(files.at(question.verify)?, &trusted, time(&question.at)?)
    })))
}

fn judge_fields(question: &FieldsQuestion) -> Answer {
    let judged = certway_core::judge_fields(&question.request.fields(), question.wildcards.into());
    let faults = judged.faults.into_iter().map(|fault| FieldFault {
        field: fault.field.to_owned(),
        index: fault.index,
        message: fault.message,
    });
    Answer::Fields { id: question.id, faults: faults.collect(), alternative_names: judged.alternative_names }
}

struct Progress<'a> {
    id: u32,
    told_ms: f64,
    now_ms: &'a dyn Fn() -> f64,
    post: &'a mut dyn FnMut(&Answer),
}

impl Progress<'_> {
    fn tell(&mut self, done: u32, total: u32) {
        let now_ms = (self.now_ms)();
        if now_ms - self.told_ms >= PROGRESS_MS {
            self.told_ms = now_ms;
            (self.post)(&Answer::Progress { id: self.id, done, total });
        }
    }
}

fn judge(question: &Question, files: &[Zeroizing<Vec<u8>>], progress: &mut Progress<'_>) -> Result<Report, String> {
    let (file, all) = (|position| Files(files).at(position), |positions: &[u32]| Files(files).all(positions));
    let trusted_cas = question.trusted.as_deref().map(all).transpose()?;
    let crls = all(&question.crls)?;
    let upload = Upload {
        kind: Kind::from_name(&question.kind).ok_or_else(|| format!("there is no kind '{}'", question.kind))?,
        file: file(question.file)?,
        private_key: question.key.map(file).transpose()?,
        certificate: question.certificate.map(file).transpose()?,
    };
    let context = Context {
        now: time(&question.at)?,
        trusted_cas: trusted_cas.as_deref(),
        crls: &crls,
        current_key: question.current_key.map(file).transpose()?,
        csr: question.csr.map(file).transpose()?,
        wildcards: question.wildcards.into(),
        security_level: question.security_level.into(),
    };
    let report = certway_core::judge_with_progress(&upload, &context, &mut |done, total| progress.tell(done, total));
    Ok(Report::from(&report))
}

/// Posts the report with its first rows, then the other rows in slices.
fn post_report(id: u32, mut report: Report, post: &mut dyn FnMut(&Answer)) {
    let mut certificates = mem::take(&mut report.certificates).into_iter();
    let mut findings = mem::take(&mut report.findings).into_iter();
    let (certificates_total, findings_total) = (certificates.len() as u32, findings.len() as u32);
    report.certificates = certificates.by_ref().take(ROWS).collect();
    report.findings = findings.by_ref().take(ROWS).collect();
    post(&Answer::Report { id, report, certificates: certificates_total, findings: findings_total });
    while certificates.len() > 0 || findings.len() > 0 {
        post(&Answer::Rows {
            id,
            certificates: certificates.by_ref().take(ROWS).collect(),
            findings: findings.by_ref().take(ROWS).collect(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_about_a_repair_is_answered_with_the_boxes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/repair/");
        let read = |name: &str| Zeroizing::new(std::fs::read(format!("{folder}{name}")).expect("the corpus is there"));
        let files = [read("modern.p12"), Zeroizing::new(b"correct horse".to_vec()), read("root.crt")];
        let question = RepairQuestion {
            id: 7,
            at: "2026-12-01T00:00:00Z".to_owned(),
            repair: vec![("modern.p12".to_owned(), 0)],
            passphrase: Some(1),
            trusted: Some(vec![2]),
            csr: None,
            current_key: None,
        };
        let json = serde_json::to_string(&question).expect("a question is JSON");
        let mut answers = Vec::new();
        let mut post = |answer: &Answer| answers.push(serde_json::to_string(answer).expect("an answer is JSON"));
        answer(&json, &files, &|| 0.0, &mut post).expect("it is a question");
        let answers: Vec<serde_json::Value> =
            answers.iter().map(|json| serde_json::from_str(json).expect("an answer is JSON")).collect();
        let [repaired, done] = answers.as_slice() else { panic!("{answers:?}") };
        let begun = |answer: &serde_json::Value| (answer["type"].clone(), answer["id"].clone());
        assert_eq!((begun(repaired), begun(done)), (("repaired".into(), 7.into()), ("done".into(), 7.into())));
        let repair = &repaired["repair"];
        assert_eq!(repair["private_key"]["pem"].as_str().map(str::as_bytes), Some(read("rsa.key").as_slice()));
        assert!(repair["certificate"].is_object() && repair["needs_passphrase"] == false, "{repair}");
    }

    #[test]
    fn a_path_is_verified_with_every_reason() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/repair/");
        let read = |name: &str| Zeroizing::new(std::fs::read(format!("{folder}{name}")).expect("the corpus is there"));
        let files = [read("chain.pem"), read("root.crt")];
        let ask = |name: &str, trusted: Vec<u32>| {
            let question = VerifyQuestion {
                id: 9,
                at: "2026-12-01T00:00:00Z".to_owned(),
                verify: 0,
                trusted,
                untrusted: Vec::new(),
                crls: Vec::new(),
                purpose: "server".to_owned(),
                name: name.to_owned(),
                policies: Vec::new(),
            };
            let json = serde_json::to_string(&question).expect("a question is JSON");
            let mut answers = Vec::new();
            answer(&json, &files, &|| 0.0, &mut |answer| answers.push(answer.clone())).expect("it is a question");
            match answers.swap_remove(0) {
                Answer::Verified { id: 9, verification } => verification,
                other => panic!("{other:?}"),
            }
        };
        assert!(ask("expe1.example.com", vec![1]).valid, "{:?}", ask("expe1.example.com", vec![1]));
        let rules = |verification: Verification| -> Vec<String> {
            verification.reasons.into_iter().map(|reason| reason.rule).collect()
        };
        assert_eq!(rules(ask("192.0.2.1", vec![1])), ["name-mismatch"]);
        assert_eq!(rules(ask("", Vec::new())), ["issuer-missing"]);
    }

    #[test]
    fn fields_are_judged_as_they_are_typed() {
        let json = r#"{"id":3,"request":{"common_name":"a.example.com","alternative_names":["b","*.example.com"]},"wildcards":"warn"}"#;
        let mut answers = Vec::new();
        answer(json, &[], &|| 0.0, &mut |answer| answers.push(answer.clone())).expect("it is a question");
        let Answer::Fields { id: 3, faults, alternative_names } = &answers[0] else { panic!("{answers:?}") };
        assert_eq!(
            faults.iter().map(|fault| (fault.field.as_str(), fault.index)).collect::<Vec<_>>(),
            [("alternative_names", Some(0))]
        );
        assert_eq!(alternative_names.len(), 3);
    }

    #[test]
    fn what_is_no_question_is_an_error() {
        for json in ["", "{}", r#"{"id":1,"repair":[]}"#] {
            assert!(answer(json, &[], &|| 0.0, &mut |_| panic!("nothing is posted")).is_err());
        }
    }
}
