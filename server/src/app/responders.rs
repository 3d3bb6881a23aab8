//! What responders (OCSP) say of certificates that clients show: asked outside of every lock, and kept in memory for as long as
//! it is good, so that no request waits for what is known.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use certway_core::OcspAnswer;
use certway_wire::Reason;
use certway_wire::revocation::{OcspFallback, SourceResult};
use certway_wire::sign_in::ClientCertificateTest;
use tokio::time::timeout;

use super::ocsp::{Asker, Question, Standing, ask, result, row};
use crate::clock;

/// How long an answer is kept at most, whatever it says of itself.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// For how long nobody is asked again who did not answer.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a request waits for its turn, and then for a responder.
const PATIENCE: Duration = Duration::from_secs(5);
/// Certificates whose answers are kept; more than any node has administrators.
const REMEMBERED: usize = 256;
/// Questions asked at once.
const TURNS: usize = 8;

/// What was answered lately. A change of trust, or of who is asked, begins another generation: then everybody is asked anew,
/// and of the former one only what was revoked counts until there is an answer.
#[derive(Default)]
pub(super) struct Responders {
    answers: Mutex<HashMap<String, Known>>,
    /// A certificate is asked about by one request, for which the others wait.
    turns: [tokio::sync::Mutex<()>; TURNS],
}

/// The latest that is known of a certificate.
#[derive(Clone)]
struct Known {
    generation: u64,
    until: Instant,
    standing: Standing,
    result: SourceResult,
}

/// What a responder says of a certificate now.
pub(super) struct Heard {
    standing: Standing,
    pub(super) result: SourceResult,
}

impl Responders {
    /// What is known of a certificate and need not be asked.
    pub(super) fn known(&self, question: &Question, generation: u64) -> Option<Heard> {
        let known = self.lock().get(&question.fingerprint).cloned()?;
        let fresh = known.generation == generation && Instant::now() < known.until;
        fresh.then_some(Heard { standing: known.standing, result: known.result })
    }

    /// What is known, or else what a responder answers.
    pub(super) async fn ask(
        &self,
        asker: &Asker,
        question: &Question,
        fallback: OcspFallback,
        generation: u64,
    ) -> Heard {
        let turn = question.fingerprint.bytes().map(usize::from).sum::<usize>() % TURNS;
        let Ok(_turn) = timeout(PATIENCE, self.turns[turn].lock()).await else {
            return heard(question, &unanswered(), fallback);
        };
        if let Some(known) = self.known(question, generation) {
            return known;
        }
        let (heard, kept) = answered(asker, question, fallback).await;
        self.keep(question, generation, heard, kept)
    }

    /// A revocation that was told stays until a responder says otherwise.
    fn keep(&self, question: &Question, generation: u64, heard: Heard, kept: Duration) -> Heard {
        let mut answers = self.lock();
        let before = answers.get(&question.fingerprint).filter(|_| heard.standing == Standing::Open);
        let Heard { standing, result } = match before.filter(|before| before.standing == Standing::Revoked) {
            Some(before) => Heard { standing: before.standing, result: before.result.clone() },
            None => heard,
        };
        if answers.len() >= REMEMBERED {
            answers.retain(|_, known| known.standing == Standing::Revoked);
        }
        if answers.len() >= REMEMBERED {
            answers.clear();
        }
        let known = Known { generation, until: Instant::now() + kept, standing, result: result.clone() };
        answers.insert(question.fingerprint.clone(), known);
        Heard { standing, result }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        // Every step above leaves the map whole.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a responder answers in time, and for how long that is good.
pub(super) async fn answered(asker: &Asker, question: &Question, fallback: OcspFallback) -> (Heard, Duration) {
    let outcome = timeout(PATIENCE, ask(asker, question)).await.unwrap_or_else(|_| unanswered());
    let kept = outcome.as_ref().map_or(SILENCE, |answer| {
        let left = answer.until.unix().saturating_sub(clock::now().unix());
        Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(KEPT)
    });
    let heard = heard(question, &outcome, fallback);
    let kept = if heard.standing == Standing::Open { SILENCE } else { kept };
    (heard, kept)
}

fn unanswered() -> Result<OcspAnswer, String> {
    Err(format!("the responder did not answer within {} seconds", PATIENCE.as_secs()))
}

fn heard(question: &Question, outcome: &Result<OcspAnswer, String>, fallback: OcspFallback) -> Heard {
    let (standing, result) = result(question, outcome, fallback);
    Heard { standing, result }
}

/// Nobody was asked yet.
pub(super) fn not_yet_asked(question: &Question, fallback: OcspFallback) -> Heard {
    let standing = Standing::Open;
    Heard { standing, result: row(question, standing, "not yet asked", fallback) }
}

/// Puts what a responder says into the answer to a test.
pub(super) fn weigh(test: &mut ClientCertificateTest, question: &Question, heard: Heard) {
    let Heard { standing, result } = heard;
    if result.revoked {
        let (rule, why) = match standing {
            Standing::Revoked => ("revoked", "it is revoked, says its responder (OCSP)"),
            _ => ("revocation-unknown", "it counts as revoked, as it is set for when no responder (OCSP) answers"),
        };
        let message = format!("{why}: {}", result.message);
        let verification = &mut test.verification;
        verification.valid = false;
        if let Some(leaf) = verification.path.first_mut() {
            leaf.problems.push(message.clone());
        }
        verification.reasons.push(Reason {
            rule: rule.to_owned(),
            message,
            certificate: question.subject.clone(),
            source: "RFC 6960 2.2".to_owned(),
        });
    }
    test.ocsp = Some(result);
}
