//! A connection to a peer, from the first packet on.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::AlertDescription;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use super::super::last_word::LastWord;
use super::super::verifying::{NamedOnly, Purpose, Refusal};
use super::super::{Binding, End, HELLO, NAME, NOT_TAKEN, PROOF, is_proof, tls_error};
use super::{CallError, Channel};

/// How long connecting and shaking hands may take; and then, the first answer.
const GREETING: Duration = Duration::from_secs(5);
/// The longest answer.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A connection on which both ends have proven who they are.
pub(super) struct Open {
    sender: http1::SendRequest<Full<Bytes>>,
    /// This node's name and proof.
    mine: (HeaderValue, HeaderValue),
    /// The proof that each answer must bear.
    theirs: Zeroizing<String>,
    resting: Instant,
}

/// Why a request on an open connection brought no answer.
pub(super) enum Failure {
    /// The peer had none of it.
    NotSent,
    /// The connection broke off before the answer began.
    NotAnswered(String),
    /// Nothing can be done.
    Final(CallError),
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent => Self::Broken("the connection closed before the request was sent".to_owned()),
            Failure::NotAnswered(why) => Self::Broken(why),
            Failure::Final(error) => error,
        }
    }
}

/// Connects, shakes hands, and has both ends prove who they are.
pub(super) async fn greet(channel: &Channel, address: &str, verifier: &Arc<NamedOnly>) -> Result<Open, CallError> {
    let name = verifier.name();
    let stream = match timeout(GREETING, shake_hands(channel, address, verifier)).await {
        Ok(stream) => stream?,
        Err(_) => {
            return Err(CallError::Silent(format!("{address} did not finish a handshake within {} s", seconds())));
        }
    };
    let unfit = || CallError::Broken(format!("{address} is not the port on which a node answers its peers"));
    let binding = Binding::of(stream.get_ref().1).ok_or_else(unfit)?;
    let gate = &*channel.gate;
    let keyless = || CallError::Broken("this node has no key of a cluster to prove itself with".to_owned());
    let mine = binding.proof(gate, End::Calling, gate.name()).ok_or_else(keyless)?;
    let theirs = binding.proof(gate, End::Answering, name).ok_or_else(keyless)?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| CallError::Broken(error.to_string()));
    let mine = (value(gate.name())?, value(&mine)?);

    let (sender, connection) = http1::handshake(TokioIo::new(LastWord(stream)))
        .await
        .map_err(|error| CallError::Broken(format!("{address}: {error}")))?;
    // Whoever waits for an answer is told how it ended.
    tokio::spawn(connection);
    let mut open = Open { sender, mine, theirs, resting: Instant::now() };
    let hello = Request::get(HELLO).body(Bytes::new()).map_err(|error| CallError::Broken(error.to_string()))?;
    match timeout(GREETING, open.ask(name, address, hello)).await {
        Ok(Ok(answer)) if answer.status() == StatusCode::NO_CONTENT => {}
        Ok(Ok(answer)) => {
            return Err(CallError::Broken(format!("{address} answers a greeting with {}", answer.status())));
        }
        Ok(Err(Failure::Final(CallError::Refused(reasons)))) => {
            if verifier.purpose() == Purpose::Call {
                gate.refused(name, &reasons);
            }
            return Err(CallError::Refused(reasons));
        }
        Ok(Err(failure)) => return Err(failure.into()),
        Err(_) => {
            return Err(CallError::Silent(format!("{address} did not answer a greeting within {} s", seconds())));
        }
    }
    if verifier.purpose() == Purpose::Call {
        judge_again(channel, verifier)?;
    }
    Ok(open)
}

fn seconds() -> u64 {
    GREETING.as_secs()
}

async fn shake_hands(
    channel: &Channel,
    address: &str,
    verifier: &Arc<NamedOnly>,
) -> Result<TlsStream<TcpStream>, CallError> {
    let name = ServerName::try_from(verifier.name().to_owned())
        .map_err(|_| CallError::Broken(format!("'{}' is not the name of a node", verifier.name())))?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| CallError::Silent(format!("{address} cannot be reached: {error}")))?;
    // Requests are written whole; waiting to fill a segment only delays them.
    let _ = stream.set_nodelay(true);
    let connector = TlsConnector::from(Arc::new(channel.handshake(Arc::clone(verifier))));
    connector.connect(name, stream).await.map_err(|error| {
        let Some(said) = tls_error(&error) else {
            return CallError::Silent(format!("{address} broke the handshake off: {error}"));
        };
        if let Some(refusal) = Refusal::of(said) {
            channel.gate.refused(verifier.name(), &refusal.reasons);
            return CallError::Refused(refusal.reasons.clone());
        }
        refusal_of_us(address, said)
            .unwrap_or_else(|| CallError::Broken(format!("{address} does not shake hands as a peer does: {said}")))
    })
}

/// Tells of a peer that does not verify, now that it is known to be a node; or refuses it, if the mode has changed meanwhile.
fn judge_again(channel: &Channel, verifier: &NamedOnly) -> Result<(), CallError> {
    let reasons = verifier.shown().reasons;
    if reasons.is_empty() {
        return Ok(());
    }
    if channel.gate.enforces() {
        channel.gate.refused(verifier.name(), &reasons);
        return Err(CallError::Refused(reasons));
    }
    channel.gate.let_through(verifier.name(), &reasons);
    Ok(())
}

impl Open {
    /// Whether it can bear another request.
    pub(super) fn is_fit(&self, longest: Duration) -> bool {
        !self.sender.is_closed() && self.resting.elapsed() < longest
    }

    /// Waits for the next request from now on.
    pub(super) fn rest(&mut self) {
        self.resting = Instant::now();
    }

    /// Sends a request and gives the answer.
    pub(super) async fn send(
        &mut self,
        channel: &Channel,
        name: &str,
        address: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let outcome = self.ask(name, address, request).await;
        if let Err(Failure::Final(CallError::Refused(reasons))) = &outcome {
            channel.gate.refused(name, reasons);
        }
        outcome
    }

    async fn ask(&mut self, name: &str, address: &str, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        self.sender.ready().await.map_err(|_| Failure::NotSent)?;
        let mut request = request.map(Full::new);
        let headers = request.headers_mut();
        let host = HeaderValue::from_str(name).map_err(|error| broken(&error.to_string()))?;
        headers.insert(header::HOST, host);
        headers.insert(NAME, self.mine.0.clone());
        headers.insert(PROOF, self.mine.1.clone());
        let answer = self.sender.try_send_request(request).await.map_err(|failure| {
            let sent = failure.message().is_none();
            let error = failure.error();
            match tls_error_within(error).and_then(|said| refusal_of_us(address, said)) {
                Some(refusal) => Failure::Final(refusal),
                None if sent => {
                    Failure::NotAnswered(format!("{address} closed the connection before it had answered: {error}"))
                }
                None => Failure::NotSent,
            }
        })?;
        if !is_proof(&self.theirs, answer.headers().get(PROOF)) {
            let reason =
                format!("what answers at {address} does not prove that it is {name} and has the cluster's key");
            return Err(Failure::Final(CallError::Refused(vec![reason])));
        }
        let mut answer = whole(answer).await.map_err(|why| broken(&format!("the answer of {address} {why}")))?;
        answer.headers_mut().remove(PROOF);
        match not_taken(&answer) {
            Some(why) => Err(Failure::Final(CallError::RefusedUs(why))),
            None => Ok(answer),
        }
    }
}

fn broken(why: &str) -> Failure {
    Failure::Final(CallError::Broken(why.to_owned()))
}

async fn whole(answer: Response<Incoming>) -> Result<Response<Bytes>, String> {
    let (head, body) = answer.into_parts();
    match Limited::new(body, ANSWER_BYTES).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(format!("has more than {ANSWER_BYTES} bytes")),
        Err(error) => Err(format!("broke off: {error}")),
    }
}

/// What a peer says that does not take this node for one of its cluster.
fn not_taken(answer: &Response<Bytes>) -> Option<String> {
    if answer.status() != StatusCode::FORBIDDEN {
        return None;
    }
    let problem: serde_json::Value = serde_json::from_slice(answer.body()).ok()?;
    let detail = problem.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default();
    (problem.get("type")? == NOT_TAKEN).then(|| detail.to_owned())
}

/// What TLS has to say, however deep it lies.
fn tls_error_within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(said) = error.downcast_ref::<io::Error>().and_then(tls_error) {
            return Some(said);
        }
        next = error.source();
    }
    None
}

/// Whether an alert says that this node's certificate is refused.
fn refusal_of_us(address: &str, said: &rustls::Error) -> Option<CallError> {
    let rustls::Error::AlertReceived(alert) = said else {
        return None;
    };
    let why = match alert {
        AlertDescription::CertificateRequired => "and was shown none",
        AlertDescription::CertificateUnknown => "and refuses the one that this node shows; its log says why",
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => "and refuses the one that this node shows",
        _ => return None,
    };
    Some(CallError::RefusedUs(format!("{address} asks for the certificate of a node, {why} ({alert:?})")))
}
