//! How it went, kept between starts.

use certway_core::{Time, decode_certificates};
use certway_wire::acme::AcmeOutcome;
use serde::{Deserialize, Serialize};

use super::super::alarms;
use crate::acme::Failure;
use crate::store::{Alarm, Certificate, Setting};

/// The first wait after a failure, and the longest that is not the provider's own.
const WAITS: (i64, i64) = (60 * 60, 12 * 60 * 60);
/// The first wait with an order that the provider has already: nothing new is asked for.
const WAIT_FOR_ORDER: i64 = 60;
/// At most one order in this time.
pub(super) const BETWEEN_ORDERS: i64 = 60 * 60;
/// The longest wait that a provider may ask for.
const LONGEST: i64 = 7 * 24 * 60 * 60;

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) last_sign: Option<AcmeOutcome>,
    pub(super) last_deploy: Option<AcmeOutcome>,
    /// How often in a row signing has failed.
    pub(super) failures: u32,
    /// When it last failed, and how long the node waits then, in seconds.
    pub(super) failed_at: Option<i64>,
    pub(super) wait: i64,
    /// When a provider was last asked for a new order.
    pub(super) ordered_at: Option<i64>,
    /// When the provider suggests to renew (RFC 9773).
    pub(super) window: Option<RenewalWindow>,
    /// The certificates that were revoked from here, by their fingerprints.
    pub(super) revoked: Vec<String>,
}

/// When a provider suggests to renew a certificate, seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RenewalWindow {
    /// Of which certificate.
    pub(super) fingerprint: String,
    /// Whose directory said so.
    #[serde(default)]
    pub(super) directory: String,
    /// Absent if the provider says nothing about it.
    pub(super) between: Option<(i64, i64)>,
    pub(super) explanation: Option<String>,
    /// When to ask again.
    pub(super) ask_again_at: i64,
}

impl Setting for State {
    const NAME: &'static str = "acme-state";
}

impl State {
    pub(super) fn signed(&mut self, now: Time, message: String) {
        self.last_sign = Some(worked(now, message));
        (self.failures, self.failed_at, self.wait) = (0, None, 0);
    }

    /// Signing has failed; `has_order` if the provider has an order that may go on. `chance` spreads the tries of many nodes:
    /// the wait is up to a tenth longer.
    pub(super) fn sign_failed(&mut self, now: Time, failure: &Failure, has_order: bool, chance: u8) {
        self.last_sign = Some(failed(now, &failure.message, &failure.remedy));
        let doubled = 1_i64 << self.failures.min(10);
        let wait = (if has_order { WAIT_FOR_ORDER } else { WAITS.0 } * doubled).min(WAITS.1);
        let asked = failure.retry_after.and_then(|wait| i64::try_from(wait.as_secs()).ok()).unwrap_or(0);
        let wait = wait.max(asked.min(LONGEST));
        self.wait = wait + wait * i64::from(chance) / 2560;
        self.failures += 1;
        self.failed_at = Some(now.unix());
    }

    /// Another provider is set, or none: what the former one said is of no use any more.
    pub(super) fn provider_changed(&mut self) {
        self.last_sign = self.last_sign.take().filter(|last| last.ok);
        (self.failures, self.failed_at, self.wait) = (0, None, 0);
        self.window = None;
    }

    /// What this directory said about this certificate.
    pub(super) fn window_of(&self, directory: &str, fingerprint: &str) -> Option<&RenewalWindow> {
        self.window.as_ref().filter(|window| window.directory == directory && window.fingerprint == fingerprint)
    }

    /// Whether a certificate was revoked from here.
    pub(super) fn has_revoked(&self, certificate: &Certificate) -> bool {
        let leaf = decode_certificates(certificate.chain_pem.as_bytes());
        leaf.first().is_some_and(|(_, leaf)| self.revoked.contains(&leaf.fingerprint_sha256))
    }

    /// Not before this does the node ask for a new order by itself.
    pub(super) fn next_order(&self) -> i64 {
        self.ordered_at.map_or(i64::MIN, |at| at.saturating_add(BETWEEN_ORDERS))
    }

    /// Puts what lies in the future right: the clock was put back.
    pub(super) fn mend_times(&mut self, now: i64) -> bool {
        let mut mended = false;
        for time in [&mut self.failed_at, &mut self.ordered_at].into_iter().flatten() {
            if *time > now {
                *time = now;
                mended = true;
            }
        }
        mended
    }

    /// Not before this does the node ask by itself.
    pub(super) fn not_before(&self) -> i64 {
        self.failed_at.map_or(i64::MIN, |at| at.saturating_add(self.wait))
    }

    pub(super) fn alarms(&self, active: &Certificate) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        for (id, what, outcome) in [
            ("acme-sign-failed", "No certificate was signed", &self.last_sign),
            ("acme-deploy-failed", "The signed certificate was not deployed", &self.last_deploy),
        ] {
            if let Some(outcome) = outcome.as_ref().filter(|outcome| !outcome.ok) {
                alarms.push(alarms::alarm(id, "warning", &format!("{what}: {}", outcome.message), &outcome.remedy));
            }
        }
        if self.has_revoked(active) {
            alarms.push(alarms::alarm(
                "acme-revoked",
                "critical",
                "The active server certificate was revoked from this node. Clients that look will refuse it.",
                "Sign and deploy another one, or upload one.",
            ));
        }
        alarms
    }
}

pub(super) fn worked(now: Time, message: String) -> AcmeOutcome {
    AcmeOutcome { at: now.to_string(), ok: true, message, remedy: String::new() }
}

pub(super) fn failed(now: Time, message: &str, remedy: &str) -> AcmeOutcome {
    AcmeOutcome { at: now.to_string(), ok: false, message: message.to_owned(), remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::acme::Kind;

    #[test]
    fn waits_double_up_to_half_a_day_and_are_never_shorter_than_the_provider_asks() {
        let failure = Failure::new(Kind::Passing, "it failed", "wait");
        let mut state = State::default();
        let waits: Vec<i64> = (0..6)
            .map(|_| {
                state.sign_failed(Time::from_unix(0), &failure, false, 0);
                state.wait / 3600
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 12, 12]);
        state.signed(Time::from_unix(0), String::new());
        let asked = Failure { retry_after: Some(Duration::from_secs(86_400)), ..failure.clone() };
        state.sign_failed(Time::from_unix(0), &asked, true, 0);
        assert_eq!(state.not_before(), 86_400);
        let for_ever = Failure { retry_after: Some(Duration::MAX), ..failure.clone() };
        state.sign_failed(Time::from_unix(0), &for_ever, true, 0);
        assert_eq!(state.wait, 120, "nonsense is no wish");
        let spread = State { failures: 4, ..State::default() };
        let mut latest = spread.clone();
        latest.sign_failed(Time::from_unix(0), &failure, false, 255);
        assert_eq!(latest.wait, 12 * 3600 + 12 * 3600 * 255 / 2560);
        state.failed_at = Some(5000);
        assert!(state.mend_times(1000) && !state.mend_times(1000));
        assert_eq!(state.not_before(), 1120);
    }
}
