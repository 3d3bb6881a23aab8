//! From a question to its answers.

use std::mem;

use certway_core::{Context, Kind, Time, Upload, Wildcards};
use certway_wire::Report;
use certway_wire::judge::{Answer, Question, ROWS};
use zeroize::Zeroizing;

/// How often progress is told at most; a bar that moves ten times a second looks smooth.
const PROGRESS_MS: f64 = 100.0;

/// Judges one question, given as JSON, and posts its answers in order.
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
    let question: Question = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let report = judge(&question, files, &mut Progress { id: question.id, told_ms: started_ms, now_ms, post })?;
    post_report(question.id, report, post);
    // Whole milliseconds are all that is shown; a clock that stands still gives 0.
    let elapsed_ms = (now_ms() - started_ms).round().max(0.0) as u32;
    post(&Answer::Done { id: question.id, elapsed_ms });
    Ok(())
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
    let file = |position: u32| {
        let found = usize::try_from(position).ok().and_then(|position| files.get(position));
        found.map(|bytes| bytes.as_slice()).ok_or_else(|| format!("file {position} did not come with the question"))
    };
    let all = |positions: &[u32]| positions.iter().map(|&position| file(position)).collect::<Result<Vec<_>, _>>();

    let trusted_cas = question.trusted.as_deref().map(all).transpose()?;
    let crls = all(&question.crls)?;
    let upload = Upload {
        kind: Kind::from_name(&question.kind).ok_or_else(|| format!("there is no kind '{}'", question.kind))?,
        file: file(question.file)?,
        private_key: question.key.map(file).transpose()?,
        certificate: question.certificate.map(file).transpose()?,
    };
    let context = Context {
        now: question.at.parse::<Time>().map_err(|_| format!("'{}' is not an RFC 3339 time", question.at))?,
        trusted_cas: trusted_cas.as_deref(),
        crls: &crls,
        current_key: question.current_key.map(file).transpose()?,
        csr: question.csr.map(file).transpose()?,
        wildcards: Wildcards::Refuse,
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
