//! What administrators need for signing in: the password, a client certificate, or both. Nobody locks himself out: who
//! could not sign in under new settings can only try them for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use certway_core::Time;
use certway_wire::sign_in::{ClientCertificateTest, NewSignInSettings, SignInMode, SignInRules, SignInSettings, Trial};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::error::Error;
use super::sessions::SignedIn;
use super::user_name::UserNameRule;
use super::{App, Changing, alarms, blocking};
use crate::clock;
use crate::store::{self, Change, Entry, Setting, Store};
use crate::tls::{ClientCertificates, Handshakes, NotUsable, Served};
use certway_wire::tls::TlsProfile;

/// For how long settings can be tried, in minutes.
const TRIED: std::ops::RangeInclusive<u32> = 1..=60;

/// What is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignInSetting {
    settings: SignInSettings,
    trial: Option<StoredTrial>,
}

/// That it is a trial, kept so that a restart does not make it permanent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredTrial {
    ends_at: i64,
    minutes: u32,
    former: SignInSettings,
}

impl Setting for SignInSetting {
    const NAME: &'static str = "administrator-sign-in";
}

/// What is set in a store.
pub(super) fn settings_in(store: &Store) -> Result<SignInSettings, Error> {
    Ok(store.setting::<SignInSetting>()?.settings)
}

/// Why a session, or a change of these settings, was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInRefusal {
    /// The client certificate does not do.
    #[error("this node asks administrators for a client certificate: {}", against(.0))]
    Certificate(Box<ClientCertificateTest>),
    /// Passwords are not taken.
    #[error("this node signs administrators in by their client certificate alone")]
    ByCertificate,
    /// Certificates alone are not taken.
    #[error("this node signs administrators in by their password")]
    ByPassword,
    /// Expression and template give no user name.
    #[error("expression and template cannot be used: {0}")]
    Rule(String),
    /// Too short or too long a trial.
    #[error("settings can be tried for 1 to 60 minutes")]
    Minutes,
    /// Who asks for it could not sign in again.
    #[error(
        "you could not sign in again, since {}. Try the settings for some minutes (`try_for_minutes`): they return by themselves unless you keep them",
        against(.0)
    )]
    LockOut(Box<ClientCertificateTest>),
    /// A change of trust after which who asks for it could not sign in again.
    #[error("after that you could not sign in again, since {}. Let another administrator do it, or set client certificates to NotRequired first", against(.0))]
    TrustLockOut(Box<ClientCertificateTest>),
    /// There is nothing to keep.
    #[error("no settings are being tried")]
    NoTrial,
    /// The session says nothing about the settings that are tried.
    #[error("this session was begun before the settings were tried; sign in anew, then keep them")]
    NotUnderTrial,
}

/// What stands against a certificate, in words.
fn against(test: &ClientCertificateTest) -> String {
    let Some(certificate) = &test.certificate else {
        return "the connection showed no client certificate that can be read".to_owned();
    };
    let reasons: Vec<&str> = test.verification.reasons.iter().map(|reason| reason.message.as_str()).collect();
    if !reasons.is_empty() {
        return format!("'{}' is not taken: {}", certificate.subject, reasons.join("; "));
    }
    let named = test.user_name.as_ref().map(|user| (user.name.as_deref(), user.reason.as_deref()));
    match named {
        Some((Some(name), _)) => format!("'{}' names the user '{name}'", certificate.subject),
        Some((None, Some(reason))) => format!("'{}' names no user: {reason}", certificate.subject),
        _ => format!("'{}' names no user", certificate.subject),
    }
}

/// What is in force.
#[derive(Debug)]
pub(super) struct Rules {
    stored: SignInSetting,
    settings: SignInSettings,
    trial_ends: Option<Instant>,
    /// Sessions that were begun under other rules have another number.
    pub(super) revision: u64,
}

impl Rules {
    fn of(stored: SignInSetting, now: Time) -> Self {
        let left = stored.trial.as_ref().map(|trial| {
            // A clock that was set back must not make a trial longer than it was meant to be.
            (trial.ends_at - now.unix()).clamp(0, i64::from(trial.minutes) * 60).unsigned_abs()
        });
        let ends = left.map(|left| Instant::now() + Duration::from_secs(left));
        if left == Some(0) { Self::returned(stored) } else { Self::new(stored.settings.clone(), stored, ends) }
    }

    /// The former settings, after a trial.
    fn returned(stored: SignInSetting) -> Self {
        let settings = stored.trial.as_ref().map_or(&stored.settings, |trial| &trial.former).clone();
        Self::new(settings, stored, None)
    }

    fn new(settings: SignInSettings, stored: SignInSetting, trial_ends: Option<Instant>) -> Self {
        // 0 is that of callers who have no session.
        static REVISIONS: AtomicU64 = AtomicU64::new(1);
        Self { stored, settings, trial_ends, revision: REVISIONS.fetch_add(1, Ordering::Relaxed) }
    }

    pub(super) fn settings(&self) -> &SignInSettings {
        &self.settings
    }

    /// What returns when the trial that runs is over.
    pub(super) fn former(&self) -> Option<&SignInSettings> {
        self.stored.trial.as_ref().filter(|_| self.trial_ends.is_some()).map(|trial| &trial.former)
    }
}

/// How administrators sign in, with everything that depends on it.
pub(super) struct SignIn {
    pub(super) rules: ArcSwap<Rules>,
    pub(super) handshakes: Handshakes,
    trial_ends: watch::Sender<Option<Instant>>,
    own_certificate_port: u16,
}

impl SignInSetting {
    /// As it is set, and whether it is whole. What somebody has edited behind the node's back opens no door: then a client
    /// certificate is needed beside the password, until `certway reset-password` sets it anew.
    fn read(store: &Store) -> Result<(Self, bool), Error> {
        match store.setting() {
            Ok(setting) => Ok((setting, true)),
            Err(store::Error::Damaged(what)) => {
                tracing::error!(what, "how administrators sign in cannot be read");
                let settings = SignInSettings { mode: SignInMode::Validation, ..SignInSettings::default() };
                Ok((Self { settings, trial: None }, false))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl SignIn {
    /// As it is set, and whether that is whole.
    pub(super) fn open(
        store: &Store,
        tls: &Arc<Served>,
        profile: TlsProfile,
        own_certificate_port: u16,
    ) -> Result<(Self, bool), Error> {
        let (setting, whole) = SignInSetting::read(store)?;
        let rules = Rules::of(setting, clock::now());
        let handshakes =
            Handshakes::new(tls, asked(rules.settings.mode), profile).map_err(|error: NotUsable| Error::from(error))?;
        let trial_ends = watch::Sender::new(rules.trial_ends);
        Ok((Self { rules: ArcSwap::from_pointee(rules), handshakes, trial_ends, own_certificate_port }, whole))
    }
}

impl App {
    /// How the handshakes of HTTPS are made.
    pub(crate) fn handshakes(&self) -> &Handshakes {
        &self.sign_in.handshakes
    }

    /// When a trial ends, and each change of that.
    pub(crate) fn trial_ends(&self) -> watch::Receiver<Option<Instant>> {
        self.sign_in.trial_ends.subscribe()
    }

    /// What is in force.
    pub(crate) fn sign_in_settings(&self) -> SignInSettings {
        self.sign_in.rules.load().settings.clone()
    }

    /// What is in force, as this session sees it.
    pub(crate) fn sign_in_rules(&self, session: &SignedIn) -> SignInRules {
        let rules = self.sign_in.rules.load();
        let trial = rules.stored.trial.as_ref().filter(|_| rules.trial_ends.is_some());
        let trial = trial.map(|trial| Trial {
            ends_at: Time::from_unix(trial.ends_at).to_string(),
            former: trial.former.clone(),
            can_keep: session.revision == rules.revision,
        });
        let own_certificate_port = self.sign_in.own_certificate_port;
        SignInRules { settings: rules.settings.clone(), trial, own_certificate_port }
    }

    /// Sets how administrators sign in, for good or for a trial.
    pub(crate) async fn set_sign_in(
        self: &Arc<Self>,
        session: SignedIn,
        new: NewSignInSettings,
    ) -> Result<SignInRules, Error> {
        if new.try_for_minutes.is_none() && new.settings.mode != SignInMode::NotRequired {
            // Asks the responder, whose answer is known then where nobody can be waited for.
            self.test_shown(session.shown.as_deref(), &new.settings, ()).await?;
        }
        let app = Arc::clone(self);
        blocking(move || app.store_new_sign_in(&session, new)).await
    }

    fn store_new_sign_in(&self, session: &SignedIn, new: NewSignInSettings) -> Result<SignInRules, Error> {
        let NewSignInSettings { settings, try_for_minutes } = new;
        UserNameRule::new(&settings.expression, &settings.template).map_err(SignInRefusal::Rule)?;
        if try_for_minutes.is_some_and(|minutes| !TRIED.contains(&minutes)) {
            return Err(SignInRefusal::Minutes.into());
        }
        let change = self.changing();
        if try_for_minutes.is_none() {
            let test = self.judge_shown(session.shown.as_deref(), &settings)?;
            if !passes(&settings, &test, &session.username) {
                self.record_refusal(&session.actor, "sign-in-settings-refused", word(settings.mode));
                return Err(SignInRefusal::LockOut(Box::new(test)).into());
            }
        }
        let now = clock::now();
        let trial = try_for_minutes.map(|minutes| {
            let rules = self.sign_in.rules.load();
            // A trial of a trial returns to where the first one came from.
            let before = rules.stored.trial.as_ref().filter(|_| rules.trial_ends.is_some());
            let former = before.map_or(&rules.settings, |trial| &trial.former).clone();
            StoredTrial { ends_at: now.unix() + i64::from(minutes) * 60, minutes, former }
        });
        let tried = try_for_minutes.map_or(String::new(), |minutes| format!(", tried for {minutes} minutes"));
        let details = format!("{}{tried}", word(settings.mode));
        let entry = Entry::new("sign-in-settings-changed", details);
        self.store_sign_in(&change, &session.actor, SignInSetting { settings, trial }, entry)?;
        Ok(self.sign_in_rules(session))
    }

    /// Makes what is tried permanent, asked for by a session that was begun under it.
    pub(crate) fn keep_sign_in(&self, session: &SignedIn) -> Result<SignInRules, Error> {
        let change = self.changing();
        let rules = self.sign_in.rules.load_full();
        if rules.trial_ends.is_none() {
            return Err(SignInRefusal::NoTrial.into());
        }
        if session.revision != rules.revision {
            return Err(SignInRefusal::NotUnderTrial.into());
        }
        let setting = SignInSetting { settings: rules.settings.clone(), trial: None };
        let entry = Entry::new("sign-in-settings-kept", word(rules.settings.mode));
        self.store_sign_in(&change, &session.actor, setting, entry)?;
        Ok(self.sign_in_rules(session))
    }

    /// Brings the former settings back if a trial is over, and takes over what was set on the command line.
    pub(crate) fn settle_sign_in(&self) {
        let stored = self.store().setting::<SignInSetting>();
        let rules = self.sign_in.rules.load_full();
        if rules.stored.trial.is_none() && stored.is_ok_and(|stored| stored == rules.stored) {
            // Who signs in need not wait for a change that is under way.
            return;
        }
        let change = self.changing();
        if let Err(error) = self.settle(&change) {
            tracing::error!(%error, "how administrators sign in could not be looked at again");
        }
    }

    pub(super) fn settle(&self, change: &Changing<'_>) -> Result<(), Error> {
        let (stored, whole) = SignInSetting::read(&self.store())?;
        if stored != self.sign_in.rules.load().stored {
            self.apply_sign_in(Rules::of(stored, clock::now()));
        }
        self.found_at_start().retain(|alarm| alarm.id != alarms::SIGN_IN_DAMAGED);
        if !whole {
            self.found_at_start().push(alarms::sign_in_damaged());
        }
        let rules = self.sign_in.rules.load_full();
        let over = rules.trial_ends.is_none_or(|ends| ends <= Instant::now());
        let Some(trial) = rules.stored.trial.clone().filter(|_| over) else { return Ok(()) };
        // In force whether or not it can be written now: the next minute tries that again.
        self.apply_sign_in(Rules::returned(rules.stored.clone()));
        let entry = Entry::new("sign-in-trial-ended", word(trial.former.mode));
        self.store_sign_in(change, "node", SignInSetting { settings: trial.former, trial: None }, entry)
    }

    fn store_sign_in(
        &self,
        change: &Changing<'_>,
        actor: &str,
        setting: SignInSetting,
        entry: Entry,
    ) -> Result<(), Error> {
        self.store().change(clock::now(), actor, |change| {
            change.set(&setting)?;
            Ok::<_, Error>(((), entry))
        })?;
        self.apply_sign_in(Rules::of(setting, clock::now()));
        self.refresh_or_log(change);
        Ok(())
    }

    /// Puts settings into force. First the rules, so that nothing is let in by the former ones once handshakes have changed.
    fn apply_sign_in(&self, mut rules: Rules) {
        let before = self.sign_in.rules.load_full();
        if before.settings == rules.settings {
            rules.revision = before.revision;
        }
        let (mode, ends) = (rules.settings.mode, rules.trial_ends);
        self.sign_in.rules.store(Arc::new(rules));
        self.trust_changed();
        self.sign_in.handshakes.ask(asked(mode));
        self.sign_in.trial_ends.send_replace(ends);
    }

    /// The alarm that stands during a trial.
    pub(super) fn trial_alarm(&self) -> Option<store::Alarm> {
        let rules = self.sign_in.rules.load();
        let trial = rules.stored.trial.as_ref().filter(|_| rules.trial_ends.is_some())?;
        let ends_at = Time::from_unix(trial.ends_at);
        Some(alarms::sign_in_trial(word(rules.settings.mode), word(trial.former.mode), ends_at))
    }
}

/// Whether someone with this certificate can go on under these settings.
pub(super) fn passes(settings: &SignInSettings, test: &ClientCertificateTest, username: &str) -> bool {
    match settings.mode {
        SignInMode::NotRequired => true,
        SignInMode::Validation => test.verification.valid,
        SignInMode::Authentication => named(test) == Some(username),
    }
}

/// Whom a certificate that is valid names.
pub(super) fn named(test: &ClientCertificateTest) -> Option<&str> {
    let user = test.user_name.as_ref().filter(|_| test.verification.valid)?;
    user.name.as_deref()
}

/// Sets it back to where nobody is locked out, in the change of who resets the password.
pub(super) fn reset(store: &Store) -> Option<impl FnOnce(&Change<'_>) -> Result<(), store::Error> + use<>> {
    let settings = match store.setting::<SignInSetting>() {
        Ok(set) if set.settings.mode == SignInMode::NotRequired && set.trial.is_none() => return None,
        Ok(set) => SignInSettings { mode: SignInMode::NotRequired, ..set.settings },
        // Damaged: what was set is gone.
        Err(_) => SignInSettings::default(),
    };
    Some(move |change: &Change<'_>| change.set(&SignInSetting { settings, trial: None }))
}

fn asked(mode: SignInMode) -> ClientCertificates {
    if mode == SignInMode::NotRequired { ClientCertificates::NotAsked } else { ClientCertificates::Asked }
}

/// The appliance's words.
fn word(mode: SignInMode) -> &'static str {
    match mode {
        SignInMode::NotRequired => "NotRequired",
        SignInMode::Validation => "Validation",
        SignInMode::Authentication => "Authentication",
    }
}
