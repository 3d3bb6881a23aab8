//! Typed calls to the node.
//!
//! Every error says whether anything was changed. What a call teaches about the session and about whether the node
//! answers at all goes into two signals, so that no page has to look for it.

mod error;
mod users;

use core::pin::Pin;
use core::task::{Context, Poll};

use certway_wire::acme::{Acme, AcmeDirectory};
use certway_wire::alarms::{Alarm, ExpiryWarnings};
use certway_wire::change::{ChangeOffer, Changes};
use certway_wire::cluster::{Cluster, NewJoinToken};
use certway_wire::delivery::{Delivery, DeliveryRecord, DeliveryTest};
use certway_wire::node::{
    CertificateStored, Certificates, Crls, CrlsChanged, CsrInProgress, Event, EventLog, Node, Problem, Reception,
    SealingKey, Session, TrustedCaDetails, TrustedCas, TrustedCasAppended, TrustedCasChanged,
};
use certway_wire::revocation::RevocationUpdates;
use certway_wire::security::{SecurityLevel, SecurityLevels};
use certway_wire::services::Services;
use certway_wire::sign_in::{ClientCertificateTest, SignInRules};
use certway_wire::tls::{TlsProfile, TlsProfiles};
use certway_wire::trust::{CalendarFeed, Forecast, NewCalendarFeed, WhatBreaks};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FormData, Response};

use crate::dom::set_if_new;
use crate::fetch::{Request, text_of};
use crate::json::{self, FromJson};
use crate::judge::level_name;

use crate::signal::RwSignal;
pub(crate) use error::ApiError;

/// How long a question may take. Judging 1000 CAs on a slow node takes a second or two.
const READ_TIMEOUT_MS: u32 = 15_000;
const CHANGE_TIMEOUT_MS: u32 = 60_000;

/// Below this another node is asked, through the one that answers here.
const OTHER_NODES: &str = "/api/v1/nodes/";

/// Said to who was signed in: after signing in the page is built anew.
pub(crate) const SESSION_ENDED: &str = "Your session has ended. Sign in again: this page then shows what the node has. What was typed and not saved is gone.";

/// Who is signed in, as far as the page knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum SignedIn {
    /// The node has not said yet.
    Unknown,
    /// Nobody; the text says why, if there is something to say.
    No(Option<&'static str>),
    /// Somebody.
    Yes(Session),
}

/// Whether the node can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// It answers.
    Here,
    /// It did not answer the last call, although the browser has a network.
    NodeAway,
    /// The browser has no network.
    BrowserOffline,
}

/// As what the node shows a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Identity {
    /// To those who connect to it.
    Server,
    /// To those it connects to.
    Client,
}

impl Identity {
    fn path(self) -> &'static str {
        match self {
            Self::Server => "/server-certificate",
            Self::Client => "/client-certificate",
        }
    }
}

/// The node, as the page speaks to it.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    /// Who is signed in.
    pub(crate) signed_in: RwSignal<SignedIn>,
    /// Whether the node answers.
    pub(crate) reach: RwSignal<Reach>,
    /// The node of the cluster that is asked, through the one that answers here; `None` is that one itself.
    pub(crate) other_node: RwSignal<Option<String>>,
}

impl Api {
    pub(crate) fn new(other_node: Option<String>) -> Self {
        Self {
            signed_in: RwSignal::new(SignedIn::Unknown),
            reach: RwSignal::new(Reach::Here),
            other_node: RwSignal::new(other_node),
        }
    }

    /// Where a resource is asked. Who signs in does so here.
    pub(crate) fn address(self, path: &str) -> String {
        match self.asked_through_here() {
            Some(node) if !path.starts_with("/session") => format!("{OTHER_NODES}{node}{path}"),
            _ => format!("/api/v1{path}"),
        }
    }

    /// The other node that is asked through the one that answers here: only for who is signed in.
    pub(crate) fn asked_through_here(self) -> Option<String> {
        let signed_in = matches!(self.signed_in.get_untracked(), SignedIn::Yes(_));
        self.other_node.get_untracked().filter(|_| signed_in)
    }

    pub(crate) fn node(self) -> Call<Node> {
        self.read("/node")
    }

    /// Asks who is signed in, and remembers the answer.
    pub(crate) async fn session(self) -> Result<(), ApiError> {
        let session: Session = self.read("/session").await?;
        self.signed_in.set(SignedIn::Yes(session));
        Ok(())
    }

    /// `code` is empty unless the node has asked for it.
    pub(crate) async fn sign_in(self, username: &str, password: &str, code: &str) -> Result<(), ApiError> {
        // The fields are those of `certway_wire::node::Credentials`.
        let [username, password, code] = [username, password, code].map(json::quoted);
        let body = format!(r#"{{"username":{username},"password":{password},"code":{code}}}"#);
        self.json("POST", "/session", &body).await?;
        // Asking again shows at once if the browser did not keep the cookie.
        self.session().await
    }

    /// Signs in by the client certificate that the browser shows.
    pub(crate) async fn sign_in_by_certificate(self) -> Result<(), ApiError> {
        self.change("POST", "/session/client-certificate").await?;
        self.session().await
    }

    pub(crate) async fn sign_out(self, reason: Option<&'static str>) -> Result<(), ApiError> {
        let answer = self.change("DELETE", "/session").await;
        self.signed_in.set(SignedIn::No(reason));
        answer
    }

    pub(crate) fn confirm(self, password: &str) -> Call<()> {
        // The field is that of `certway_wire::node::Confirmation`.
        done(self.json("POST", "/session/confirm", &format!(r#"{{"password":{}}}"#, json::quoted(password))))
    }

    pub(crate) fn certificates(self, identity: Identity) -> Call<Certificates> {
        self.read(identity.path())
    }

    /// Parts: `certificate` and, optionally, `private_key`.
    pub(crate) fn upload_certificate(self, identity: Identity, form: FormData) -> Call<CertificateStored> {
        changed(self.text("PUT", identity.path(), form.into(), None))
    }

    /// What a private key is sealed with that goes through another node.
    pub(crate) fn sealing_key(self) -> Call<SealingKey> {
        self.read("/sealing-key")
    }

    /// A server certificate that stays pending until the change of the cluster's certificates loads it; parts as above.
    pub(crate) fn upload_for_change(self, form: FormData) -> Call<CertificateStored> {
        changed(self.text("PUT", "/server-certificate?wait=true", form.into(), None))
    }

    /// 'Copy server certificate as client certificate'.
    pub(crate) fn copy_to_client(self) -> Call<CertificateStored> {
        changed(self.text("POST", "/client-certificate/copy", JsValue::UNDEFINED, None))
    }

    /// Connects to a server as a client, and says how it received the node.
    pub(crate) fn try_connection(self, host: &str, port: u16, verify_name: &str) -> Call<Reception> {
        // The fields are those of `certway_wire::node::Peer`; an empty name is none.
        let (host, name) = (json::quoted(host), json::quoted(verify_name));
        let body = format!(r#"{{"host":{host},"port":{port},"verify_name":{name}}}"#);
        changed(self.json("POST", "/client-certificate/try", &body))
    }

    /// Parts: `file`, `expression`, `template`, `revocation`.
    pub(crate) fn test_client_certificate(self, form: FormData) -> Call<ClientCertificateTest> {
        asked(self.text("POST", "/client-certificate-test", form.into(), None))
    }

    /// How administrators sign in.
    pub(crate) fn sign_in_settings(self) -> Call<SignInRules> {
        self.read("/client-certificate-test/settings")
    }

    /// 'Make these settings permanent', or tries them; the fields are those of `certway_wire::sign_in::NewSignInSettings`.
    pub(crate) fn set_sign_in_settings(self, json: &str) -> Call<SignInRules> {
        changed(self.json("PUT", "/client-certificate-test/settings", json))
    }

    pub(crate) fn keep_sign_in_settings(self) -> Call<SignInRules> {
        changed(self.text("POST", "/client-certificate-test/settings/keep", JsValue::UNDEFINED, None))
    }

    /// 'Load anyway'.
    pub(crate) fn load_pending(self, identity: Identity) -> Call<Certificates> {
        changed(self.text("POST", &format!("{}/pending/load", identity.path()), JsValue::UNDEFINED, None))
    }

    pub(crate) fn discard_pending(self, identity: Identity) -> Call<()> {
        self.change("DELETE", &format!("{}/pending", identity.path()))
    }

    pub(crate) fn load_previous(self, identity: Identity) -> Call<Certificates> {
        changed(self.text("POST", &format!("{}/previous/load", identity.path()), JsValue::UNDEFINED, None))
    }

    /// Goes back to the temporary certificate.
    pub(crate) fn reset_certificate(self, identity: Identity) -> Call<()> {
        self.change("DELETE", identity.path())
    }

    pub(crate) fn csr(self) -> Call<CsrInProgress> {
        self.read("/csr")
    }

    /// Generates a request; its fields are those of `certway_wire::node::NewCsr`.
    pub(crate) fn make_csr(self, json: &str) -> Call<()> {
        done(self.json("POST", "/csr", json))
    }

    pub(crate) fn discard_csr(self) -> Call<()> {
        self.change("DELETE", "/csr")
    }

    pub(crate) fn acme(self) -> Call<Acme> {
        self.read("/acme")
    }

    /// What changes the service, and is answered by how it stands then: `method` and path below `/acme`. Without fields
    /// `json` is empty; with them they are those of the messages in `certway_wire::acme`.
    pub(crate) fn change_acme(self, method: &'static str, path: &str, json: &str) -> Call<Acme> {
        changed(self.with_fields(method, &format!("/acme{path}"), json))
    }

    /// Asks a provider about itself; the fields are those of `certway_wire::acme::AcmeDirectoryQuestion`.
    pub(crate) fn acme_directory(self, json: &str) -> Call<AcmeDirectory> {
        asked(self.json("POST", "/acme/directory", json))
    }

    /// Appends the CAs at hand for the signed certificate that waits.
    pub(crate) fn append_acme_cas(self) -> Call<TrustedCasAppended> {
        changed(self.text("POST", "/acme/pending/trusted-cas", JsValue::UNDEFINED, None))
    }

    pub(crate) fn trusted_cas(self) -> Call<TrustedCas> {
        self.read("/trusted-cas")
    }

    /// A list as PEM: `/trusted-cas.pem`, `/crls.pem`.
    pub(crate) fn pem(self, path: &str) -> Call<String> {
        Call { text: self.text("GET", path, JsValue::UNDEFINED, None), read: Ok }
    }

    pub(crate) fn trusted_ca(self, fingerprint: &str) -> Call<TrustedCaDetails> {
        self.read(&format!("/trusted-cas/{fingerprint}"))
    }

    /// Part: `file`.
    pub(crate) fn append_trusted_cas(self, form: FormData) -> Call<TrustedCasAppended> {
        changed(self.text("POST", "/trusted-cas", form.into(), None))
    }

    pub(crate) fn delete_trusted_cas(self, fingerprints: &[String]) -> Call<TrustedCasChanged> {
        changed(self.json("DELETE", "/trusted-cas", &named(fingerprints)))
    }

    pub(crate) fn crls(self) -> Call<Crls> {
        self.read("/crls")
    }

    /// Part: `file`.
    pub(crate) fn upload_crls(self, form: FormData) -> Call<CrlsChanged> {
        changed(self.text("POST", "/crls", form.into(), None))
    }

    pub(crate) fn remove_crl(self, fingerprint: &str) -> Call<CrlsChanged> {
        // The field is that of `certway_wire::node::RemoveCrls`.
        changed(self.json("DELETE", "/crls", &format!(r#"{{"fingerprints":[{}]}}"#, json::quoted(fingerprint))))
    }

    /// What would break if these were deleted. Nothing is changed.
    pub(crate) fn what_breaks(self, fingerprints: &[String]) -> Call<WhatBreaks> {
        asked(self.json("POST", "/trusted-cas/what-breaks", &named(fingerprints)))
    }

    /// Brings back what was deleted in the last ten minutes.
    pub(crate) fn undo_deletions(self) -> Call<TrustedCasChanged> {
        changed(self.text("POST", "/trusted-cas/undo", JsValue::UNDEFINED, None))
    }

    pub(crate) fn forecast(self) -> Call<Forecast> {
        self.read("/forecast")
    }

    pub(crate) fn calendar_feed(self) -> Call<CalendarFeed> {
        self.read("/forecast/feed")
    }

    pub(crate) fn make_calendar_feed(self) -> Call<NewCalendarFeed> {
        changed(self.text("POST", "/forecast/feed", JsValue::UNDEFINED, None))
    }

    pub(crate) fn withdraw_calendar_feed(self) -> Call<CalendarFeed> {
        changed(self.text("DELETE", "/forecast/feed", JsValue::UNDEFINED, None))
    }

    pub(crate) fn security_levels(self) -> Call<SecurityLevels> {
        self.read("/security-level")
    }

    pub(crate) fn set_security_level(self, level: SecurityLevel) -> Call<SecurityLevels> {
        // The field is that of `certway_wire::security::SetSecurityLevel`.
        changed(self.json("PUT", "/security-level", &format!(r#"{{"level":"{}"}}"#, level_name(level))))
    }

    pub(crate) fn tls_profiles(self) -> Call<TlsProfiles> {
        self.read("/tls-profile")
    }

    pub(crate) fn set_tls_profile(self, profile: TlsProfile) -> Call<TlsProfiles> {
        // The field is that of `certway_wire::tls::SetTlsProfile`.
        changed(self.json("PUT", "/tls-profile", &format!(r#"{{"profile":"{}"}}"#, profile.name())))
    }

    pub(crate) fn services(self) -> Call<Services> {
        self.read("/services")
    }

    /// A service's name needs no escaping: the node takes letters, digits, and - _ . only.
    pub(crate) fn publish_service(self, name: &str) -> Call<Services> {
        changed(self.text("POST", &format!("/services/{name}/publish"), JsValue::UNDEFINED, None))
    }

    pub(crate) fn cluster(self) -> Call<Cluster> {
        self.read("/cluster")
    }

    /// What changes the cluster, and is answered by how it stands then: `method` and path below `/cluster`. Without fields
    /// `json` is empty; with them they are those of the messages in `certway_wire::cluster`.
    pub(crate) fn change_cluster(self, method: &'static str, path: &str, json: &str) -> Call<Cluster> {
        changed(self.with_fields(method, &format!("/cluster{path}"), json))
    }

    pub(crate) fn new_join_token(self) -> Call<NewJoinToken> {
        changed(self.text("POST", "/cluster/tokens", JsValue::UNDEFINED, None))
    }

    /// The latest change of the cluster's certificates.
    pub(crate) fn changes(self) -> Call<Changes> {
        self.read("/changes")
    }

    /// What each step of a change would do. Nothing is changed; the fields are those of `certway_wire::change::NewChange`.
    pub(crate) fn plan_change(self, json: &str) -> Call<ChangeOffer> {
        asked(self.json("POST", "/changes/plan", json))
    }

    /// Begins a change; the fields are those of [`Api::plan_change`].
    pub(crate) fn begin_change(self, json: &str) -> Call<Changes> {
        changed(self.json("POST", "/changes", json))
    }

    /// One of the choices of the change that runs.
    pub(crate) fn decide_in_change(self, choice: &str) -> Call<Changes> {
        // The field is that of `certway_wire::change::ChangeDecision`.
        changed(self.json("POST", "/changes/decision", &format!(r#"{{"choice":{}}}"#, json::quoted(choice))))
    }

    pub(crate) fn revocation_updates(self) -> Call<RevocationUpdates> {
        self.read("/crls/settings")
    }

    /// The fields are those of `certway_wire::revocation::RevocationSources`.
    pub(crate) fn set_revocation_sources(self, json: &str) -> Call<RevocationUpdates> {
        changed(self.json("PUT", "/crls/settings", json))
    }

    /// Asks all sources of revocation at once.
    pub(crate) fn download_crls(self) -> Call<RevocationUpdates> {
        changed(self.text("POST", "/crls/download", JsValue::UNDEFINED, None))
    }

    pub(crate) fn reset_trusted_cas(self) -> Call<TrustedCasChanged> {
        changed(self.text("POST", "/trusted-cas/reset", JsValue::UNDEFINED, None))
    }

    pub(crate) fn alarms(self) -> Call<Vec<Alarm>> {
        self.read("/alarms")
    }

    /// The fields are those of `certway_wire::alarms::Acknowledge`. An alarm's id needs no escaping.
    pub(crate) fn acknowledge_alarm(self, id: &str, json: &str) -> Call<Vec<Alarm>> {
        changed(self.json("POST", &format!("/alarms/{id}/acknowledge"), json))
    }

    pub(crate) fn expiry_warnings(self) -> Call<ExpiryWarnings> {
        self.read("/alarms/expiry-warnings")
    }

    pub(crate) fn set_expiry_warnings(self, json: &str) -> Call<ExpiryWarnings> {
        changed(self.json("PUT", "/alarms/expiry-warnings", json))
    }

    pub(crate) fn delivery(self) -> Call<Delivery> {
        self.read("/alarms/delivery")
    }

    /// The fields are those of `certway_wire::delivery::NewDelivery`.
    pub(crate) fn set_delivery(self, json: &str) -> Call<Delivery> {
        changed(self.json("PUT", "/alarms/delivery", json))
    }

    /// Sends a message by a channel: `smtp`, `webhook`, `syslog`.
    pub(crate) fn test_delivery(self, channel: &str) -> Call<DeliveryTest> {
        // The field is that of `certway_wire::delivery::TestDelivery`.
        changed(self.json("POST", "/alarms/delivery/test", &format!(r#"{{"channel":"{channel}"}}"#)))
    }

    pub(crate) fn deliveries(self) -> Call<Vec<DeliveryRecord>> {
        self.read("/alarms/deliveries")
    }

    /// The latest `count` events, latest first.
    pub(crate) fn events(self, count: usize) -> Call<Vec<Event>> {
        self.read(&format!("/events?limit={count}"))
    }

    /// The latest `count` events of a query, before a number, latest first.
    pub(crate) fn events_matching(self, query: &str, count: usize, before: Option<u64>) -> Call<Vec<Event>> {
        let before = before.map_or(String::new(), |number| format!("&before={number}"));
        self.read(&format!("/events?{query}&limit={count}{before}"))
    }

    /// Whether the event log is whole.
    pub(crate) fn event_log(self) -> Call<EventLog> {
        self.read("/events/verify")
    }

    /// The node as one encrypted file.
    pub(crate) async fn backup(self, passphrase: &str) -> Result<Blob, ApiError> {
        // The field is that of `certway_wire::node::NewBackup`.
        let body = format!(r#"{{"passphrase":{}}}"#, json::quoted(passphrase));
        let answer = self.answer("POST", self.address("/backup"), body.into(), Some("application/json")).await?;
        let whole = async { JsFuture::from(answer.blob().ok()?).await.ok() };
        whole.await.map(Blob::from).ok_or_else(|| self.away(true))
    }

    fn read<T: FromJson>(self, path: &str) -> Call<T> {
        asked(self.text("GET", path, JsValue::UNDEFINED, None))
    }

    fn change(self, method: &'static str, path: &str) -> Call<()> {
        done(self.text(method, path, JsValue::UNDEFINED, None))
    }

    /// A call whose fields may be none: then `json` is empty.
    fn with_fields(self, method: &'static str, path: &str, json: &str) -> Text {
        if json.is_empty() { self.text(method, path, JsValue::UNDEFINED, None) } else { self.json(method, path, json) }
    }

    fn json(self, method: &'static str, path: &str, body: &str) -> Text {
        self.text(method, path, body.into(), Some("application/json"))
    }

    /// One call, as text. All others go through here. Boxed, it is compiled once and not into each of them.
    fn text(self, method: &'static str, path: &str, body: JsValue, content_type: Option<&'static str>) -> Text {
        let path = self.address(path);
        Box::pin(async move {
            let answer = self.answer(method, path, body, content_type).await?;
            text_of(&answer).await.ok_or_else(|| self.away(method != "GET"))
        })
    }

    async fn answer(
        self,
        method: &'static str,
        path: String,
        body: JsValue,
        content_type: Option<&'static str>,
    ) -> Result<Response, ApiError> {
        let change = method != "GET";
        let Some(request) = Request::new(method, path.clone()) else { return Err(self.away(change)) };
        let mut request = request.give_up_after(if change { CHANGE_TIMEOUT_MS } else { READ_TIMEOUT_MS });
        if change {
            request = request.header("X-Certway-CSRF", "1");
        }
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let Some(answer) = request.body(&body).response().await else { return Err(self.away(change)) };
        if answer.ok() {
            self.answers(&path);
            return Ok(answer);
        }
        let Some(text) = text_of(&answer).await else { return Err(self.away(change)) };
        let Some(problem) = json::read::<Problem>(&text) else {
            // Something before the node says in its own words that there is no node.
            if matches!(answer.status(), 502..=504) {
                return Err(self.away(change));
            }
            self.answers(&path);
            return Err(ApiError::Unreadable { change });
        };
        if path.starts_with(OTHER_NODES) && problem.r#type.ends_with("/node-away") {
            set_if_new(self.reach, Reach::NodeAway);
        } else {
            self.answers(&path);
        }
        if problem.r#type.ends_with("/sign-in") && !path.ends_with("/session") {
            self.ended(SESSION_ENDED);
        } else if problem.r#type.ends_with("/client-certificate") && !path.contains("/session") {
            self.ended("This node asks administrators for a client certificate, and yours is missing or not taken.");
        }
        Err(ApiError::Problem(Box::new(problem)))
    }

    /// An answer says that the session is over. Where that is known already, its reason is the one that counts: the answer
    /// may be to a question from before.
    fn ended(self, reason: &'static str) {
        if !matches!(self.signed_in.get_untracked(), SignedIn::No(_)) {
            self.signed_in.set(SignedIn::No(Some(reason)));
        }
    }

    /// An answer has come. That of the node here says nothing of another one whose pages these are.
    fn answers(self, path: &str) {
        if path.starts_with(OTHER_NODES) || self.asked_through_here().is_none() {
            set_if_new(self.reach, Reach::Here);
        }
    }

    fn away(self, change: bool) -> ApiError {
        let online = window().navigator().on_line();
        set_if_new(self.reach, if online { Reach::NodeAway } else { Reach::BrowserOffline });
        ApiError::NodeAway { change }
    }
}

/// An answer as text, when it has come.
type Text = Pin<Box<dyn Future<Output = Result<String, ApiError>>>>;

/// A call that is under way. All calls wait in the same way and differ in how their answer is read.
pub(crate) struct Call<T> {
    text: Text,
    read: fn(String) -> Result<T, ApiError>,
}

impl<T> Future for Call<T> {
    type Output = Result<T, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.text.as_mut().poll(context);
        answer.map(|text| text.and_then(self.read))
    }
}

/// The field is that of `certway_wire::node::DeleteTrustedCas`.
fn named(fingerprints: &[String]) -> String {
    format!(r#"{{"fingerprints":{}}}"#, json::list(fingerprints.iter().map(|one| json::quoted(one))))
}

/// A question: whatever becomes of it, nothing was changed.
fn asked<T: FromJson>(text: Text) -> Call<T> {
    let text = Box::pin(async move { text.await.map_err(ApiError::of_question) });
    Call { text, read: |text| json::read(&text).ok_or(ApiError::Unreadable { change: false }) }
}

fn changed<T: FromJson>(text: Text) -> Call<T> {
    Call { text, read: |text| json::read(&text).ok_or(ApiError::Unreadable { change: true }) }
}

fn done(text: Text) -> Call<()> {
    Call { text, read: |_| Ok(()) }
}
