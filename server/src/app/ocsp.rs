//! What responders say of the node's own certificates (RFC 6960). The judge knows nothing of it: it is offline, and this is
//! the node's extra knowledge, told as an alarm.

use std::sync::Arc;
use std::time::Duration;

use certway_core::{OcspFault, OcspHash, OcspStatus, decode_certificates, decoded, ocsp_request, ocsp_response};
use certway_wire::Verification;
use certway_wire::revocation::{OcspFallback, SourceKind, SourceResult};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::revocation_sources::{LastRun, Sources};
use super::{App, alarms, blocking};
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
enum Standing {
    Good,
    Revoked,
    /// Nobody answers, or the responder does not know the certificate.
    Open,
}

/// A certificate to ask about.
struct Question {
    fingerprint: String,
    subject: String,
    certificate: Vec<u8>,
    issuer: Vec<u8>,
    url: String,
    /// Where it leads, or why it is not asked.
    target: Result<reqwest::Url, String>,
}

impl App {
    /// Asks about the certificates in the slots, if that is switched on. What was learnt of a revocation stays until a
    /// responder says otherwise.
    pub(super) async fn ask_responders(
        self: &Arc<Self>,
        fetcher: &Fetcher,
    ) -> Result<Vec<(SourceResult, Answer)>, Error> {
        let app = Arc::clone(self);
        let questions = blocking(move || app.questions()).await?;
        let mut answers = Vec::new();
        for question in questions {
            let outcome = ask(fetcher, &question).await;
            let (standing, result) = result(&question, &outcome);
            let message = told(&outcome);
            answers.push((result, Answer { fingerprint: question.fingerprint, standing, message }));
        }
        Ok(answers)
    }

    /// Asks about what was just uploaded, which is stored whatever comes of this. A responder that takes long is heard
    /// later: its answer becomes an alarm.
    pub(crate) async fn ask_about_upload(self: &Arc<Self>) -> Vec<SourceResult> {
        let app = Arc::clone(self);
        let asking = tokio::spawn(async move {
            let asked = app.ask_about_certificates().await;
            asked.inspect_err(|error| tracing::error!(%error, "responders could not be asked")).unwrap_or_default()
        });
        tokio::time::timeout(PATIENCE, asking).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn ask_about_certificates(self: &Arc<Self>) -> Result<Vec<SourceResult>, Error> {
        let _one_at_a_time = self.updating.lock().await;
        let app = Arc::clone(self);
        let fetcher = blocking(move || app.sources().0.0.ocsp.then(|| app.fetcher()).transpose()).await?;
        let Some(fetcher) = fetcher else { return Ok(Vec::new()) };
        let answers = self.ask_responders(&fetcher).await?;
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
        let issuer = verification.path.get(1).and_then(|link| link.fingerprint_sha256.clone());
        let app = Arc::clone(self);
        let asked = blocking(move || {
            let (sources, _) = app.sources();
            let (true, Some(issuer)) = (sources.0.ocsp, issuer) else { return Ok(None) };
            let trust = app.trust.load();
            let shown = chain.iter().flat_map(|der| decode_certificates(der));
            let listed = trust.find(&issuer).map(decode_certificates).into_iter().flatten();
            let issuer = shown.chain(listed).find(|(_, ca)| ca.fingerprint_sha256 == issuer);
            let leaf = chain.first().and_then(|der| decode_certificates(der).into_iter().next());
            let question = leaf.zip(issuer).map(|(leaf, (issuer, _))| Question::of(leaf, issuer, &sources));
            Ok(Some((question, app.fetcher()?, sources.0.ocsp_fallback)))
        })
        .await?;
        let Some((Some(question), fetcher, fallback)) = asked else { return Ok(None) };
        let outcome = ask(&fetcher, &question).await;
        let (standing, mut result) = result(&question, &outcome);
        if standing == Standing::Open && fallback == OcspFallback::Revoked {
            result.message += "; it counts as revoked";
        }
        Ok(Some(result))
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
async fn ask(fetcher: &Fetcher, question: &Question) -> Result<OcspStatus, String> {
    let url = question.target.clone()?;
    let first = ask_with(fetcher, &url, question, OcspHash::Sha256).await;
    match first {
        Ok(Ok(OcspStatus::Unknown) | Err(OcspFault::Refused(_) | OcspFault::OtherCertificate)) => {
            match ask_with(fetcher, &url, question, OcspHash::Sha1).await? {
                Ok(status) => Ok(status),
                Err(fault) => Err(fault.as_str().to_owned()),
            }
        }
        Ok(answer) => answer.map_err(|fault| fault.as_str().to_owned()),
        Err(why) => Err(why),
    }
}

async fn ask_with(
    fetcher: &Fetcher,
    url: &reqwest::Url,
    question: &Question,
    hash: OcspHash,
) -> Result<Result<OcspStatus, OcspFault>, String> {
    let mut nonce = [0; NONCE_BYTES];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| "no random numbers can be had from the system".to_owned())?;
    let request = ocsp_request(&question.certificate, &question.issuer, &nonce, hash)
        .ok_or_else(|| "the certificate cannot be asked about".to_owned())?;
    let answer = fetcher.ask_responder(url.clone(), request.der().to_vec()).await.map_err(|why| why.to_string())?;
    Ok(ocsp_response(&answer, &request, &question.issuer, clock::now()))
}

/// What came of a question, for its row.
fn result(question: &Question, outcome: &Result<OcspStatus, String>) -> (Standing, SourceResult) {
    let standing = match outcome {
        Ok(OcspStatus::Good) => Standing::Good,
        Ok(OcspStatus::Revoked { .. }) => Standing::Revoked,
        Ok(OcspStatus::Unknown) | Err(_) => Standing::Open,
    };
    let message = format!("{}: {}", question.subject, told(outcome));
    // That there is nobody to ask is how it is set, and asking again is no use.
    let ok = standing != Standing::Open || question.target.is_err();
    (standing, SourceResult { url: question.url.clone(), kind: SourceKind::Ocsp, ok, message })
}

fn told(outcome: &Result<OcspStatus, String>) -> String {
    match outcome {
        Ok(OcspStatus::Good) => "it is not revoked".to_owned(),
        Ok(OcspStatus::Revoked { at, reason }) => format!("it was revoked at {at} ({reason})"),
        Ok(OcspStatus::Unknown) => "the responder does not know it".to_owned(),
        Err(why) => why.clone(),
    }
}
