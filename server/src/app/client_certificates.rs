//! Client certificates of those who connect: judged against the trusted CA list and the revocation lists, and read for
//! whom they name. Nothing of them is kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use certway_core::{Purpose, Revocation, VerifyRequest, decode_certificates, verify};
use certway_wire::sign_in::{ClientCertificateTest, RevocationCheck, SignInMode, SignInSettings, UserName};
use certway_wire::{Certificate, Reason, VERSION, Verification};

use super::crls::CrlList;
use super::error::Error;
use super::sessions::SignedIn;
use super::sign_in_rules::{SignInRefusal, passes, settings_in};
use super::trust_list::TrustList;
use super::user_name::{UserNameRule, text_of};
use super::{Against, App};
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
}

impl TestRules {
    fn of(settings: &SignInSettings) -> Self {
        Self {
            expression: settings.expression.clone(),
            template: settings.template.clone(),
            revocation: settings.revocation,
        }
    }
}

impl App {
    /// Whether the first certificate of `file` would be taken, with every reason against it, and whom it names.
    pub(crate) fn test_client_certificate(
        &self,
        file: &[u8],
        rules: &TestRules,
    ) -> Result<ClientCertificateTest, Error> {
        let against = self.against();
        let judged = test(file, rules, &against.trust, &against.crls);
        known_to(&self.store(), judged)
    }

    /// Refuses a change of trust after which whoever makes it could not sign in again. Called inside of the change, which
    /// the refusal undoes; it must not ask for the store.
    pub(super) fn keep_in(&self, session: &SignedIn, change: &Change<'_>) -> Result<(), Error> {
        let rules = self.sign_in.rules.load();
        // After a trial the former settings return.
        let asking = |settings: &&SignInSettings| settings.mode != SignInMode::NotRequired;
        let asking: Vec<&SignInSettings> =
            [Some(rules.settings()), rules.former()].into_iter().flatten().filter(asking).collect();
        if asking.is_empty() || session.is_at_terminal() {
            return Ok(());
        }
        let (trust, crls) =
            (TrustList::new(change.trusted_cas()?, self.security_level()), CrlList::new(change.crls()?));
        let file = session.shown.as_deref().map_or("", |shown| shown.pem.as_str());
        for settings in asking {
            let test = test(file.as_bytes(), &TestRules::of(settings), &trust, &crls);
            if !passes(settings, &test, &session.username) {
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
            self.record_refusal(&session.username, "lock-out-refused", action);
        }
        outcome
    }

    /// The certificate of a connection, tested by settings that are, or are to be, in force.
    pub(super) fn judge_shown(
        &self,
        shown: Option<&Shown>,
        settings: &SignInSettings,
    ) -> Result<ClientCertificateTest, Error> {
        let Some(shown) = shown else { return Ok(nothing_shown()) };
        self.test_client_certificate(shown.pem.as_bytes(), &TestRules::of(settings))
    }

    /// As [`App::judge_shown`], by what is in force, remembered for a while.
    pub(crate) fn judgement(&self, shown: Option<&Shown>) -> Result<Arc<ClientCertificateTest>, Error> {
        let Some(shown) = shown else { return Ok(Arc::new(nothing_shown())) };
        // Read before anything that it stands for: what is judged while that changes is forgotten at once.
        let generation = self.judged.generation.load(Ordering::SeqCst);
        if let Some(test) = self.judged.find(shown, generation) {
            return Ok(test);
        }
        let test = Arc::new(self.judge_shown(Some(shown), &self.sign_in_settings())?);
        self.judged.remember(shown, generation, &test);
        Ok(test)
    }

    /// Whether sessions need a client certificate.
    pub(crate) fn wants_certificates(&self) -> bool {
        self.sign_in.rules.load().settings().mode != SignInMode::NotRequired
    }

    /// Whether a connection's certificate lets the session of a user go on.
    pub(crate) fn admit(&self, shown: Option<&Shown>, username: &str) -> Result<(), Error> {
        let rules = self.sign_in.rules.load();
        if rules.settings().mode == SignInMode::NotRequired {
            return Ok(());
        }
        let test = self.judgement(shown)?;
        if passes(rules.settings(), &test, username) {
            return Ok(());
        }
        Err(SignInRefusal::Certificate(Box::new(ClientCertificateTest::clone(&test))).into())
    }

    /// Forgets everything that was judged, and lets no session resume: called after each change of trust.
    pub(super) fn trust_changed(&self) {
        self.judged.generation.fetch_add(1, Ordering::SeqCst);
        self.tls.renew_tickets();
    }
}

fn test(file: &[u8], rules: &TestRules, trust: &TrustList, crls: &CrlList) -> ClientCertificateTest {
    let certificate = decode_certificates(file).first().map(|(_, decoded)| Certificate::from(decoded));
    let text = certificate.as_ref().map(text_of).unwrap_or_default();
    let asked = !rules.expression.is_empty();
    let user_name = asked.then(|| user_name(UserNameRule::new(&rules.expression, &rules.template), &text));
    let verification = verify_client(file, rules.revocation, trust, crls);
    ClientCertificateTest { version: VERSION, certificate, verification, text, user_name }
}

/// As [`App::test_client_certificate`], by the settings in force, for a node that only its store is known of.
pub(crate) fn test_client_certificate_in_store(
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
    };
    known_to(store, test(file, &rules, &against.trust, &against.crls))
}

/// Whether the node has the user whom a certificate names.
fn known_to(store: &Store, mut test: ClientCertificateTest) -> Result<ClientCertificateTest, Error> {
    if let Some(user) = &mut test.user_name
        && let Some(name) = &user.name
    {
        user.exists = store.user(name)?.is_some();
    }
    Ok(test)
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
    ClientCertificateTest { version: VERSION, certificate: None, verification, text: String::new(), user_name: None }
}
