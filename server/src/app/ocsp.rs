//! What responders say of certificates (RFC 6960). The judge knows nothing of it: it is offline, and this is the node's extra
//! knowledge. Of the node's own certificates it is told as an alarm; of those that clients show it is a reason against them.

use std::sync::Arc;
use std::time::Duration;

use certway_core::{
    OcspAnswer, OcspFault, OcspHash, OcspStatus, decode_certificates, decoded, ocsp_request, ocsp_response,
};
use certway_wire::Verification;
use certway_wire::revocation::{OcspFallback, SourceKind, SourceResult};
use serde::{Deserialize, Serialize};

use super::crls::CrlList;
use super::error::Error;
use super::responders::answered;
use super::revocation_sources::{LastRun, Sources};
use super::trust_list::TrustList;
use super::{Against, App, alarms, blocking};
use crate::clock;
use crate::fetch::{self, Fetcher};
use crate::store::{Alarm, Certificate, Entry, Identity, Origin};

/// RFC 9654 wants 32 bytes.
const NONCE_BYTES: usize = 32;
/// How many revocations of certificates that are no longer asked about are remembered.
const REVOKED_KEPT: usize = 20;
/// How long the answer to an upload waits for responders.
const PATIENCE: Duration = Duration::from_secs(10);

/// The latest that is known of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// SHA-256 of the certificate.
    fingerprint: String,
    standing: Standing,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Good,
    Revoked,
    /// Nobody answers, or the responder does not know the certificate.
    Open,
}

/// A certificate to ask about.
pub(super) struct Question {
    /// SHA-256 of the certificate.
    pub(super) fingerprint: String,
    pub(super) subject: String,
    certificate: Vec<u8>,
    issuer: Vec<u8>,
    pub(super) url: String,
    /// Where it leads, or why it is not asked.
    target: Result<reqwest::Url, String>,
}

/// Asks, and judges the answers.
pub(super) struct Asker {
    pub(super) fetcher: Fetcher,
    /// What may revoke a responder.
    crls: Arc<CrlList>,
}

impl Asker {
    /// One that trusts the roots of the trusted CA list as it is now.
    pub(super) fn new(against: &Against) -> Result<Self, Error> {
        let fetcher = Fetcher::new(&against.trust.roots()).map_err(|error| Error::GivenUp(error.to_string()))?;
        Ok(Self { fetcher, crls: Arc::clone(&against.crls) })
    }
}

impl App {
    /// Asks about the certificates in the slots, if that is switched on. What was learnt of a revocation stays until a
    /// responder says otherwise.
    pub(super) async fn ask_responders(self: &Arc<Self>, asker: &Asker) -> Result<Vec<(SourceResult, Answer)>, Error> {
        let app = Arc::clone(self);
        let (questions, fallback) = blocking(move || Ok((app.questions()?, app.sources().0.0.ocsp_fallback))).await?;
        let mut answers = Vec::new();
        for question in questions {
            let outcome = ask(asker, &question).await;
            let (standing, result) = result(&question, &outcome, fallback);
            let message = told(&outcome);
            answers.push((result, Answer { fingerprint: question.fingerprint, standing, message }));
        }
        Ok(answers)
    }

    /// Asks about what was just loaded, or stored, whatever comes of this. A responder that takes long is heard later: its
    /// answer becomes an alarm, and what is known by then is told.
    pub(crate) async fn ask_about_own(self: &Arc<Self>) -> Vec<SourceResult> {
        let app = Arc::clone(self);
        let asking = tokio::spawn(async move { app.ask_about_certificates().await });
        let asked = match tokio::time::timeout(PATIENCE, asking).await {
            Ok(Ok(asked)) => asked,
            Ok(Err(error)) => Err(Error::GivenUp(error.to_string())),
            Err(_) => {
                let app = Arc::clone(self);
                blocking(move || app.said()).await
            }
        };
        asked.inspect_err(|error| tracing::error!(%error, "responders could not be asked")).unwrap_or_default()
    }

    /// What is known of the certificates in the slots without asking.
    fn said(&self) -> Result<Vec<SourceResult>, Error> {
        let (sources, last) = self.sources();
        let said = |question: Question| {
            let known = last.answers.iter().find(|answer| answer.fingerprint == question.fingerprint);
            let (standing, words) = match known {
                Some(answer) => (answer.standing, answer.message.as_str()),
                None => (Standing::Open, "no answer yet; one that comes later becomes an alarm"),
            };
            row(&question, standing, words, sources.0.ocsp_fallback)
        };
        Ok(self.questions()?.into_iter().map(said).collect())
    }

    /// The subjects of the certificates in the slots that no responder was asked about yet.
    pub(super) fn not_yet_asked(&self) -> Result<Vec<String>, Error> {
        let last = self.sources().1;
        let unknown = |question: &Question| last.answers.iter().all(|known| known.fingerprint != question.fingerprint);
        Ok(self.questions()?.into_iter().filter(unknown).map(|question| question.subject).collect())
    }

    /// Asks about the certificates in the slots, if that is switched on, and keeps what came of it.
    pub(super) async fn ask_about_certificates(self: &Arc<Self>) -> Result<Vec<SourceResult>, Error> {
        let _one_at_a_time = self.updating.lock().await;
        let app = Arc::clone(self);
        let asker = blocking(move || app.sources().0.0.ocsp.then(|| Asker::new(&app.against())).transpose()).await?;
        let Some(asker) = asker else { return Ok(Vec::new()) };
        let answers = self.ask_responders(&asker).await?;
        let app = Arc::clone(self);
        blocking(move || {
            let change = app.changing();
            let mut last = app.sources().1;
            let results = last.take_answers(answers);
            last.results.retain(|result| result.kind != SourceKind::Ocsp);
            last.results.extend(results.clone());
            let messages: Vec<&str> = results.iter().map(|result| result.message.as_str()).collect();
            let entry = Entry::new("ocsp-asked", messages.join("; "));
            app.store().change(clock::now(), "node", |change| Ok::<_, Error>((change.set(&last)?, entry)))?;
            app.refresh_or_log(&change);
            Ok(results)
        })
        .await
    }

    /// What the responder of a server says that the node has connected to: `chain` is what it showed, leaf first.
    pub(super) async fn ask_about_peer(
        self: &Arc<Self>,
        chain: Vec<Vec<u8>>,
        verification: &Verification,
    ) -> Result<Option<SourceResult>, Error> {
        let app = Arc::clone(self);
        let verification = verification.clone();
        let asked = blocking(move || {
            let (sources, _) = app.sources();
            let shown: Vec<_> = chain.iter().flat_map(|der| decode_certificates(der)).collect();
            let against = app.against();
            let question = Question::about(&shown, &verification, &against.trust, &sources);
            question.map(|question| Ok((question, Asker::new(&against)?, sources.0.ocsp_fallback))).transpose()
        })
        .await?;
        let Some((question, asker, fallback)) = asked else { return Ok(None) };
        Ok(Some(answered(&asker, &question, fallback).await.0.result))
    }

    fn questions(&self) -> Result<Vec<Question>, Error> {
        let (sources, _) = self.sources();
        let mut questions = Vec::new();
        if !sources.0.ocsp {
            return Ok(questions);
        }
        for identity in [Identity::Server, Identity::Client] {
            let slots = self.store().slots(identity)?;
            for certificate in [Some(slots.active), slots.pending].into_iter().flatten() {
                let question = self.question(identity, &certificate, &sources);
                // The client certificate may be the server's.
                questions.extend(question.filter(|new: &Question| {
                    questions.iter().all(|known: &Question| known.fingerprint != new.fingerprint)
                }));
            }
        }
        Ok(questions)
    }

    fn question(&self, identity: Identity, certificate: &Certificate, sources: &Sources) -> Option<Question> {
        if certificate.origin == Origin::Temporary {
            return None;
        }
        let mut path = self.path_of(identity, certificate).into_iter();
        let (certificate, leaf) = path.next()?;
        let (issuer, _) = path.next()?;
        Some(Question::of((certificate, leaf), issuer, sources))
    }
}

impl Question {
    /// About what somebody has shown, leaf first, if responders are asked and its path has an issuer.
    pub(super) fn about(
        shown: &[(Vec<u8>, decoded::Certificate)],
        verification: &Verification,
        trust: &TrustList,
        sources: &Sources,
    ) -> Option<Self> {
        let issuer = verification.path.get(1).filter(|_| sources.0.ocsp)?.fingerprint_sha256.as_deref()?;
        let listed = trust.find(issuer).map(decode_certificates).unwrap_or_default();
        let issuer = shown.iter().chain(&listed).find(|(_, ca)| ca.fingerprint_sha256 == issuer)?;
        Some(Self::of(shown.first()?.clone(), issuer.0.clone(), sources))
    }

    /// About a certificate, DER and decoded, by an issuer, DER.
    fn of((certificate, leaf): (Vec<u8>, decoded::Certificate), issuer: Vec<u8>, sources: &Sources) -> Self {
        let (url, target) = match &sources.0.ocsp_responder {
            Some(url) => (url.clone(), fetch::url(url).map_err(|why| why.to_string())),
            None => match leaf.ocsp_urls.iter().find(|url| url.starts_with("http://")) {
                Some(url) => (url.clone(), sources.allowed(url)),
                None => (String::new(), Err("the certificate names no responder".to_owned())),
            },
        };
        let (fingerprint, subject) = (leaf.fingerprint_sha256, leaf.subject);
        Self { fingerprint, subject, certificate, issuer, url, target }
    }
}

impl LastRun {
    /// Takes over what responders said, and gives the results to show.
    pub(super) fn take_answers(&mut self, answers: Vec<(SourceResult, Answer)>) -> Vec<SourceResult> {
        let before = std::mem::take(&mut self.answers);
        let mut results = Vec::new();
        for (result, answer) in answers {
            let known = before.iter().find(|known| known.fingerprint == answer.fingerprint);
            let stays = known.filter(|known| known.standing == Standing::Revoked && answer.standing == Standing::Open);
            self.answers.push(stays.cloned().unwrap_or(answer));
            results.push(result);
        }
        // A revocation that was told stays, also of a certificate that nobody was asked about this time: it may come back.
        let asked: Vec<String> = self.answers.iter().map(|answer| answer.fingerprint.clone()).collect();
        let others = before
            .into_iter()
            .filter(|known| known.standing == Standing::Revoked && !asked.contains(&known.fingerprint));
        self.answers.extend(others.take(REVOKED_KEPT));
        results
    }

    /// The alarm for a certificate that counts as revoked by what responders say, or do not say.
    pub(super) fn revoked(&self, sources: &Sources, prefix: &str, fingerprint: &str) -> Option<Alarm> {
        let answer = self.answers.iter().find(|answer| answer.fingerprint == fingerprint)?;
        let strict = sources.0.ocsp_fallback == OcspFallback::Revoked;
        let message = match answer.standing {
            Standing::Revoked => format!("The certificate is revoked, says its responder (OCSP): {}.", answer.message),
            Standing::Open if strict => format!(
                "The certificate counts as revoked, as it is set for when no responder (OCSP) answers: {}.",
                answer.message
            ),
            Standing::Good | Standing::Open => return None,
        };
        let (subject, id) =
            if prefix.is_empty() { ("", "revoked") } else { ("Client certificate: ", "client-revoked") };
        let remedy = "Ask for a new certificate with a new key, unless you know why it was revoked and that the key is safe. Or see on CRL management what the responder answered.";
        sources.0.ocsp.then(|| alarms::alarm(id, "critical", &format!("{subject}{message}"), remedy))
    }
}

/// Asks with SHA-256, and once more with SHA-1 if the responder knows nothing under that.
pub(super) async fn ask(asker: &Asker, question: &Question) -> Result<OcspAnswer, String> {
    let url = question.target.clone()?;
    let unknown = |answer: &OcspAnswer| answer.status == OcspStatus::Unknown;
    let answer = match ask_with(asker, &url, question, OcspHash::Sha256).await? {
        Ok(answer) if !unknown(&answer) => Ok(answer),
        Err(fault) if !matches!(fault, OcspFault::Refused(_) | OcspFault::OtherCertificate) => Err(fault),
        _ => ask_with(asker, &url, question, OcspHash::Sha1).await?,
    };
    answer.map_err(|fault| fault.as_str().to_owned())
}

async fn ask_with(
    asker: &Asker,
    url: &reqwest::Url,
    question: &Question,
    hash: OcspHash,
) -> Result<Result<OcspAnswer, OcspFault>, String> {
    let mut nonce = [0; NONCE_BYTES];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| "no random numbers can be had from the system".to_owned())?;
    let request = ocsp_request(&question.certificate, &question.issuer, &nonce, hash)
        .ok_or_else(|| "the certificate cannot be asked about".to_owned())?;
    let asked = asker.fetcher.ask_responder(url.clone(), request.der().to_vec()).await;
    let answer = asked.map_err(|why| why.to_string())?;
    let (crls, issuer) = (Arc::clone(&asker.crls), question.issuer.clone());
    let judged = blocking(move || Ok(ocsp_response(&answer, &request, &issuer, &crls.files(), clock::now())));
    judged.await.map_err(|error| error.to_string())
}

/// What came of a question, for its row.
pub(super) fn result(
    question: &Question,
    outcome: &Result<OcspAnswer, String>,
    fallback: OcspFallback,
) -> (Standing, SourceResult) {
    let standing = match outcome.as_ref().map(|answer| answer.status) {
        Ok(OcspStatus::Good) => Standing::Good,
        Ok(OcspStatus::Revoked { .. }) => Standing::Revoked,
        Ok(OcspStatus::Unknown) | Err(_) => Standing::Open,
    };
    (standing, row(question, standing, &told(outcome), fallback))
}

/// What is known of a certificate, in words.
pub(super) fn row(question: &Question, standing: Standing, words: &str, fallback: OcspFallback) -> SourceResult {
    let by_silence = standing == Standing::Open && fallback == OcspFallback::Revoked;
    let counts = if by_silence { "; it counts as revoked" } else { "" };
    SourceResult {
        url: question.url.clone(),
        kind: SourceKind::Ocsp,
        // That there is nobody to ask is how it is set, and asking again is no use.
        ok: standing != Standing::Open || question.target.is_err(),
        downloaded: false,
        revoked: standing == Standing::Revoked || by_silence,
        message: format!("{}: {words}{counts}", question.subject),
    }
}

fn told(outcome: &Result<OcspAnswer, String>) -> String {
    match outcome.as_ref().map(|answer| answer.status) {
        Ok(OcspStatus::Good) => "it is not revoked".to_owned(),
        Ok(OcspStatus::Revoked { at, reason }) => format!("it was revoked at {at} ({reason})"),
        Ok(OcspStatus::Unknown) => "the responder does not know it".to_owned(),
        Err(why) => why.clone(),
    }
}
