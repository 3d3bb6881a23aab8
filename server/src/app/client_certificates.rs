//! Client certificates of those who connect: judged against the trusted CA list and the revocation lists, asked about if
//! responders (OCSP) are, and read for whom they name. Nothing of them is kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use certway_core::{Purpose, Revocation, VerifyRequest, decode_certificates, verify};
use certway_wire::revocation::OcspFallback;
use certway_wire::sign_in::{ClientCertificateTest, RevocationCheck, SignInMode, SignInSettings, UserName};
use certway_wire::{Certificate, Reason, VERSION, Verification};
use zeroize::Zeroizing;

use super::crls::CrlList;
use super::error::Error;
use super::ocsp::{Asker, Question};
use super::responders::{answered, not_yet_asked, weigh};
use super::revocation_sources::Sources;
use super::sessions::SignedIn;
use super::sign_in_rules::{SignInRefusal, passes, settings_in};
use super::trust_list::TrustList;
use super::user_name::{UserNameRule, text_of};
use super::{Against, App, blocking};
use crate::clock;
use crate::store::{Change, Store};
use crate::tls::Shown;

/// Certificates whose judgement is remembered; more than any node has administrators.
const REMEMBERED: usize = 256;
/// For how long: what expires meanwhile is noticed then.
const LASTS: Duration = Duration::from_secs(10);

/// What was judged lately, so that not every request costs a path. A change of the trusted CA list, of the revocation lists
/// or of the settings begins another generation, in which nothing of the former one counts.
#[derive(Default)]
pub(super) struct Judged {
    generation: AtomicU64,
    by_fingerprint: Mutex<HashMap<[u8; 32], Judgement>>,
}

struct Judgement {
    generation: u64,
    made: Instant,
    test: Arc<ClientCertificateTest>,
}

impl Judged {
    fn find(&self, shown: &Shown, generation: u64) -> Option<Arc<ClientCertificateTest>> {
        let judged = self.by_fingerprint.lock().unwrap_or_else(PoisonError::into_inner);
        let judgement = judged.get(&shown.fingerprint)?;
        let counts = judgement.generation == generation && judgement.made.elapsed() < LASTS;
        counts.then(|| Arc::clone(&judgement.test))
    }

    fn remember(&self, shown: &Shown, generation: u64, test: &Arc<ClientCertificateTest>) {
        let mut judged = self.by_fingerprint.lock().unwrap_or_else(PoisonError::into_inner);
        if judged.len() >= REMEMBERED {
            judged.clear();
        }
        judged.insert(shown.fingerprint, Judgement { generation, made: Instant::now(), test: Arc::clone(test) });
    }
}

/// By what a certificate is tested.
pub(crate) struct TestRules {
    /// Empty: nobody asks for a user name.
    pub(crate) expression: String,
    pub(crate) template: String,
    pub(crate) revocation: RevocationCheck,
    /// What administrators need a client certificate for.
    pub(crate) mode: SignInMode,
}

impl TestRules {
    fn of(settings: &SignInSettings) -> Self {
        Self {
            expression: settings.expression.clone(),
            template: settings.template.clone(),
            revocation: settings.revocation,
            mode: settings.mode,
        }
    }
}

/// A certificate whose responder is to be heard before it counts.
struct Asked {
    question: Question,
    fallback: OcspFallback,
}

impl Asked {
    /// What is asked about a certificate that is valid as far as the lists say.
    fn about(
        file: &[u8],
        rules: &TestRules,
        test: &ClientCertificateTest,
        trust: &TrustList,
        sources: &Sources,
    ) -> Option<Self> {
        if !test.verification.valid || rules.revocation == RevocationCheck::Off {
            return None;
        }
        let question = Question::about(&decode_certificates(file), &test.verification, trust, sources)?;
        Some(Self { question, fallback: sources.0.ocsp_fallback })
    }
}

impl App {
    /// Whether the first certificate of `file` would be taken, with every reason against it, and whom it names. `room` is
    /// given back before a responder is waited for.
    pub(crate) async fn test_client_certificate(
        self: &Arc<Self>,
        file: Zeroizing<Vec<u8>>,
        rules: TestRules,
        room: impl Send + 'static,
    ) -> Result<ClientCertificateTest, Error> {
        let app = Arc::clone(self);
        let generation = self.judged.generation.load(Ordering::SeqCst);
        let (mut test, asked) = blocking(move || {
            let against = app.against();
            let test = test(&file, &rules, &against.trust, &against.crls);
            let asked = Asked::about(&file, &rules, &test, &against.trust, &app.sources().0);
            drop(room);
            Ok((known_to(&app.store(), rules.mode, test)?, asked))
        })
        .await?;
        let Some(Asked { question, fallback }) = asked else { return Ok(test) };
        let heard = match self.responders.known(&question, generation) {
            Some(known) => known,
            None => {
                let app = Arc::clone(self);
                let asker = blocking(move || Asker::new(&app.against())).await?;
                self.responders.ask(&asker, &question, fallback, generation).await
            }
        };
        weigh(&mut test, &question, heard);
        Ok(test)
    }

    /// Refuses settings of responders by whose answers, or silence, whoever makes them could not sign in again.
    pub(super) async fn keep_in_under(self: &Arc<Self>, session: &SignedIn, sources: &Sources) -> Result<(), Error> {
        if session.is_at_terminal() {
            return Ok(());
        }
        let file = session.shown.as_deref().map_or(String::new(), |shown| shown.pem.clone());
        for settings in self.asking() {
            let (app, sources, file, rules) =
                (Arc::clone(self), sources.clone(), file.clone(), TestRules::of(&settings));
            let (mut test, asked) = blocking(move || {
                let against = app.against();
                let test = test(file.as_bytes(), &rules, &against.trust, &against.crls);
                let asked = Asked::about(file.as_bytes(), &rules, &test, &against.trust, &sources);
                Ok((test, asked.map(|asked| Ok::<_, Error>((asked, Asker::new(&against)?))).transpose()?))
            })
            .await?;
            let Some((Asked { question, fallback }, asker)) = asked else { continue };
            let (heard, _) = answered(&asker, &question, fallback).await;
            weigh(&mut test, &question, heard);
            if !passes(&settings, &test, &session.username) {
                let (app, session) = (Arc::clone(self), session.clone());
                let refused = Err(SignInRefusal::TrustLockOut(Box::new(test)).into());
                return blocking(move || app.record_lock_out(&session, "revocation-sources-set", refused)).await;
            }
        }
        Ok(())
    }

    /// The settings, in force or to return after a trial, under which a client certificate is needed.
    fn asking(&self) -> Vec<SignInSettings> {
        let rules = self.sign_in.rules.load();
        let settings = [Some(rules.settings()), rules.former()].into_iter().flatten();
        settings.filter(|settings| settings.mode != SignInMode::NotRequired).cloned().collect()
    }

    /// Refuses a change of trust after which whoever makes it could not sign in again. Called inside of the change, which
    /// the refusal undoes; it must not ask for the store.
    pub(super) fn keep_in(&self, session: &SignedIn, change: &Change<'_>) -> Result<(), Error> {
        if self.asking().is_empty() || session.is_at_terminal() {
            return Ok(());
        }
        let trust = TrustList::new(change.trusted_cas()?, self.security_level());
        self.keep_in_with(session, &trust, &CrlList::new(change.crls()?))
    }

    /// Refuses to go on where whoever is signed in could not sign in again with these lists.
    pub(super) fn keep_in_with(&self, session: &SignedIn, trust: &TrustList, crls: &CrlList) -> Result<(), Error> {
        if session.is_at_terminal() {
            return Ok(());
        }
        let file = session.shown.as_deref().map_or("", |shown| shown.pem.as_str());
        for settings in self.asking() {
            let test = test(file.as_bytes(), &TestRules::of(&settings), trust, crls);
            if !passes(&settings, &test, &session.username) {
                return Err(SignInRefusal::TrustLockOut(Box::new(test)).into());
            }
        }
        Ok(())
    }

    /// Records that [`App::keep_in`] has refused a change, once that is undone.
    pub(super) fn record_lock_out<T>(
        &self,
        session: &SignedIn,
        action: &str,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error::SignIn(SignInRefusal::TrustLockOut(_))) = &outcome {
            self.record_refusal(&session.actor, "lock-out-refused", action);
        }
        outcome
    }

    /// The certificate of a connection, tested by settings that are to be in force. Nobody is asked: what responders have
    /// not said yet counts as it is set for their silence.
    pub(super) fn judge_shown(
        &self,
        shown: Option<&Shown>,
        settings: &SignInSettings,
    ) -> Result<ClientCertificateTest, Error> {
        let Some(shown) = shown else { return Ok(nothing_shown()) };
        let generation = self.judged.generation.load(Ordering::SeqCst);
        let (against, rules, file) = (self.against(), TestRules::of(settings), shown.pem.as_bytes());
        let mut test = test(file, &rules, &against.trust, &against.crls);
        if let Some(Asked { question, fallback }) = Asked::about(file, &rules, &test, &against.trust, &self.sources().0)
        {
            let known = self.responders.known(&question, generation);
            weigh(&mut test, &question, known.unwrap_or_else(|| not_yet_asked(&question, fallback)));
        }
        known_to(&self.store(), settings.mode, test)
    }

    /// As [`App::judge_shown`], but whoever is to be asked is asked.
    pub(super) async fn test_shown(
        self: &Arc<Self>,
        shown: Option<&Shown>,
        settings: &SignInSettings,
        room: impl Send + 'static,
    ) -> Result<ClientCertificateTest, Error> {
        let Some(shown) = shown else { return Ok(nothing_shown()) };
        let file = Zeroizing::new(shown.pem.clone().into_bytes());
        self.test_client_certificate(file, TestRules::of(settings), room).await
    }

    /// The certificate of a connection, tested by what is in force, remembered for a while. `room` is given back before a
    /// responder is waited for.
    pub(crate) async fn judgement(
        self: &Arc<Self>,
        shown: Option<&Shown>,
        room: impl Send + 'static,
    ) -> Result<Arc<ClientCertificateTest>, Error> {
        let Some(shown) = shown else { return Ok(Arc::new(nothing_shown())) };
        // Read before anything that it stands for: what is judged while that changes is forgotten at once.
        let generation = self.judged.generation.load(Ordering::SeqCst);
        if let Some(test) = self.judged.find(shown, generation) {
            return Ok(test);
        }
        let test = self.test_shown(Some(shown), &self.sign_in_settings(), room).await?;
        let test = Arc::new(for_strangers(test));
        self.judged.remember(shown, generation, &test);
        Ok(test)
    }

    /// Whether sessions need a client certificate.
    pub(crate) fn wants_certificates(&self) -> bool {
        self.sign_in.rules.load().settings().mode != SignInMode::NotRequired
    }

    /// Whether a connection's certificate lets the session of a user go on.
    pub(crate) async fn admit(self: &Arc<Self>, shown: Option<&Shown>, username: &str) -> Result<(), Error> {
        let rules = self.sign_in.rules.load_full();
        if rules.settings().mode == SignInMode::NotRequired {
            return Ok(());
        }
        let test = self.judgement(shown, ()).await?;
        if passes(rules.settings(), &test, username) {
            return Ok(());
        }
        Err(SignInRefusal::Certificate(Box::new(ClientCertificateTest::clone(&test))).into())
    }

    /// Forgets everything that was judged, and lets no session resume: called after each change of trust.
    pub(super) fn trust_changed(&self) {
        self.judged.generation.fetch_add(1, Ordering::SeqCst);
        self.tls.renew_tickets();
        self.peers_changed();
    }
}

fn test(file: &[u8], rules: &TestRules, trust: &TrustList, crls: &CrlList) -> ClientCertificateTest {
    let certificate = decode_certificates(file).first().map(|(_, decoded)| Certificate::from(decoded));
    let text = certificate.as_ref().map(text_of).unwrap_or_default();
    let asked = !rules.expression.is_empty();
    let user_name = asked.then(|| user_name(UserNameRule::new(&rules.expression, &rules.template), &text));
    let verification = verify_client(file, rules.revocation, trust, crls);
    ClientCertificateTest {
        version: VERSION,
        certificate,
        verification,
        text,
        user_name,
        against_sign_in: None,
        ocsp: None,
    }
}

/// As [`App::test_client_certificate`], by the settings in force, for a node that only its store is known of.
pub(crate) async fn test_client_certificate_in_store(
    store: &Store,
    against: &Against,
    file: &[u8],
    expression: Option<String>,
    template: Option<String>,
) -> Result<ClientCertificateTest, Error> {
    let set = settings_in(store)?;
    let rules = TestRules {
        expression: expression.unwrap_or(set.expression),
        template: template.unwrap_or(set.template),
        revocation: set.revocation,
        mode: set.mode,
    };
    let mut test = test(file, &rules, &against.trust, &against.crls);
    // As on the node: settings that were changed behind its back ask nobody.
    let sources = store.setting::<Sources>().unwrap_or_default();
    if let Some(Asked { question, fallback }) = Asked::about(file, &rules, &test, &against.trust, &sources) {
        let (heard, _) = answered(&Asker::new(against)?, &question, fallback).await;
        weigh(&mut test, &question, heard);
    }
    known_to(store, rules.mode, test)
}

/// Whether the node has the user whom a certificate names, and what that means for signing in.
fn known_to(store: &Store, mode: SignInMode, mut test: ClientCertificateTest) -> Result<ClientCertificateTest, Error> {
    let Some(user) = &mut test.user_name else { return Ok(test) };
    let mut disabled = false;
    if let Some(name) = &user.name {
        let found = store.user(name)?;
        user.exists = found.is_some();
        disabled = found.is_some_and(|user| user.disabled);
    }
    if mode == SignInMode::Authentication {
        test.against_sign_in = match &user.name {
            Some(name) if disabled => Some(format!("it names '{name}', who is disabled")),
            Some(_) if user.exists => None,
            Some(name) => Some(format!("it names '{name}', and this node has no such user")),
            None => Some("it names no user".to_owned()),
        };
    }
    Ok(test)
}

/// What a stranger may be told: anyone can make a certificate, and one that is not valid must not tell which users there are.
fn for_strangers(mut test: ClientCertificateTest) -> ClientCertificateTest {
    if !test.verification.valid {
        test.against_sign_in = None;
        test.user_name.iter_mut().for_each(|user| user.exists = false);
    }
    test
}

/// Clients are held to the roots of the trusted CA list; its intermediates only help. With an empty list nobody passes.
fn verify_client(file: &[u8], check: RevocationCheck, trust: &TrustList, crls: &CrlList) -> Verification {
    let lists = if check == RevocationCheck::Off { Vec::new() } else { crls.files() };
    let revocation = if check == RevocationCheck::Required { Revocation::Required } else { Revocation::IfListed };
    Verification::from(&verify(&VerifyRequest {
        untrusted: &trust.files(),
        crls: &lists,
        revocation: Some(revocation),
        purpose: Purpose::Client,
        ..VerifyRequest::of(file, &trust.roots(), clock::now())
    }))
}

fn user_name(rule: Result<UserNameRule, String>, text: &str) -> UserName {
    let (groups, name) = match rule {
        Ok(rule) if !text.is_empty() => rule.apply(text),
        Ok(_) => (Vec::new(), Err("There is no certificate to read a name from.".to_owned())),
        Err(reason) => (Vec::new(), Err(reason)),
    };
    let (name, reason) = match name {
        Ok(name) => (Some(name), None),
        Err(reason) => (None, Some(reason)),
    };
    UserName { name, reason, exists: false, groups }
}

fn nothing_shown() -> ClientCertificateTest {
    let reason = Reason {
        rule: "certificate-missing".to_owned(),
        message: "the client showed no certificate".to_owned(),
        certificate: String::new(),
        source: "RFC 8446 4.4.2.4".to_owned(),
    };
    let verification =
        Verification { version: VERSION, valid: false, path: Vec::new(), reasons: vec![reason], attempts: Vec::new() };
    ClientCertificateTest {
        version: VERSION,
        certificate: None,
        verification,
        text: String::new(),
        user_name: None,
        against_sign_in: None,
        ocsp: None,
    }
}
