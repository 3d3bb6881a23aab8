//! What the service does by itself and when: looked at once a minute, said on the page before it happens.

use std::sync::Arc;

use certway_core::Time;
use certway_core::decoded::Certificate as Decoded;
use certway_wire::acme::{AcmeNext, AcmeObjection, Weekday};

use super::super::error::Error;
use super::super::revocation_sources::minutes;
use super::super::{App, Changing, blocking};
use super::AcmeRefusal;
use super::deploy::leaf;
use super::settings::Set;
use super::sign::Wish;
use super::state::{BETWEEN_ORDERS, RenewalWindow, State};
use crate::acme;
use crate::clock;
use crate::store::{AcmeOrder, Entry, Identity, Origin};

const DAY: i64 = 24 * 60 * 60;
/// How often a provider that says nothing about renewal is asked whether it does now.
const ASK_AGAIN: i64 = DAY;
/// The shortest and the longest time between two questions about renewal (RFC 9773 section 4.3.2).
const ASKS: (i64, i64) = (60 * 60, DAY);

const WEEK: [Weekday; 7] = [
    // 1970-01-01 was a Thursday.
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
];

/// What comes next.
pub(crate) struct NextSteps {
    pub(super) sign: Next,
    pub(super) deploy: Next,
}

/// One step, and when it is made without anybody's doing; never if nobody does it.
#[derive(Debug, PartialEq)]
pub(super) struct Next {
    at: Option<i64>,
    message: String,
}

impl Next {
    fn never(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into() }
    }

    fn at(at: i64, message: impl Into<String>) -> Self {
        Self { at: Some(at), message: message.into() }
    }

    fn is_due(&self, now: i64) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    pub(super) fn shown(self) -> AcmeNext {
        AcmeNext { at: self.at.map(|at| Time::from_unix(at).to_string()), message: self.message }
    }
}

/// What decides about it.
struct Standing<'a> {
    now: i64,
    set: &'a Set,
    state: &'a State,
    has_account: bool,
    order: Option<&'a AcmeOrder>,
    /// Whether the order is what would be asked for today.
    order_fits: bool,
    /// None if it is the temporary one.
    active: Option<Decoded>,
    signed: Option<Signed>,
}

/// A certificate that waits.
struct Signed {
    leaf: Decoded,
    at: i64,
    objections: Vec<AcmeObjection>,
}

impl App {
    /// What comes next.
    pub(crate) fn next_steps(&self) -> Result<NextSteps, Error> {
        let (set, state) = self.acme_set();
        let (account, order, csr, slots) = {
            let store = self.store();
            let account = set.directory().map(|directory| store.acme_account(&directory)).transpose()?.flatten();
            (account, store.acme_order()?, store.csr()?, store.slots(Identity::Server)?)
        };
        let signed = slots.signed.as_ref().and_then(|signed| {
            let objections = self.objections(&slots, signed).0;
            Some(Signed { leaf: leaf(signed)?, at: signed.stored_at.unix(), objections })
        });
        let active = (slots.active.origin != Origin::Temporary).then(|| leaf(&slots.active)).flatten();
        let standing = Standing {
            now: clock::now().unix(),
            set: &set,
            state: &state,
            has_account: account.is_some(),
            order: order.as_ref(),
            order_fits: order.as_ref().is_some_and(|order| self.order_fits(order, &set, csr.as_ref(), &slots)),
            active,
            signed,
        };
        Ok(NextSteps { sign: next_sign(&standing), deploy: next_deploy(&standing) })
    }

    /// Does what is due.
    pub(crate) async fn acme_if_due(self: &Arc<Self>) {
        if let Err(error) = self.look_at_acme().await {
            tracing::error!(%error, "the ACME certificate service could not do what is due; tried again in a minute");
        }
    }

    async fn look_at_acme(self: &Arc<Self>) -> Result<(), Error> {
        let app = Arc::clone(self);
        let (sign, ask) = blocking(move || {
            let change = app.changing();
            let now = clock::now();
            let (set, mut state) = app.acme_set();
            if set.directory().is_none() {
                app.tell_objections(&change, &set, &state)?;
                return Ok((false, None));
            }
            if state.mend_times(now.unix()) {
                app.store().change(now, "node", |change| {
                    change.set(&state)?;
                    Ok::<_, Error>(((), Entry::new("acme-times-mended", "the clock was put back")))
                })?;
            }
            let next = app.next_steps()?;
            if next.deploy.is_due(now.unix()) {
                let deployed = app.deploy(&change, "node", false);
                drop(change);
                match deployed {
                    Ok(()) => app.copy_deployed("node"),
                    Err(error) => app.keep_deploy_failure(&app.changing(), "node", &error)?,
                }
            } else {
                app.tell_objections(&change, &set, &state)?;
            }
            Ok((next.sign.is_due(now.unix()), app.window_to_ask(&set, &state, now.unix())?))
        })
        .await?;
        if let Some((fingerprint, id)) = ask {
            self.ask_for_window(fingerprint, &id).await?;
        }
        if sign {
            match self.begin_to_sign("node", Wish::Node).await {
                Ok(()) | Err(Error::Acme(AcmeRefusal::Busy)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says once what stands against deploying the certificate that waits, if the node is to deploy it; and takes back what was
    /// said when nothing does any more.
    fn tell_objections(&self, change: &Changing<'_>, set: &Set, state: &State) -> Result<(), Error> {
        let slots = self.store().slots(Identity::Server)?;
        let objections = slots.signed.as_ref().map_or_else(Vec::new, |signed| self.objections(&slots, signed).0);
        if !objections.is_empty() {
            if !set.0.automatic || set.directory().is_none() {
                return Ok(());
            }
            return self.keep_deploy_failure(change, "node", &Error::Acme(AcmeRefusal::Objections(objections)));
        }
        if state.last_deploy.as_ref().is_none_or(|last| last.ok) {
            return Ok(());
        }
        let state = State { last_deploy: None, ..state.clone() };
        self.store().change(clock::now(), "node", |change| {
            change.set(&state)?;
            let details = "nothing stands against deploying a signed certificate any more";
            Ok::<_, Error>(((), Entry::new("acme-objections-gone", details)))
        })?;
        self.refresh_or_log(change);
        Ok(())
    }

    /// The active certificate's fingerprint and what its provider calls it, if it is time to ask when to renew it.
    fn window_to_ask(&self, set: &Set, state: &State, now: i64) -> Result<Option<(String, String)>, Error> {
        let active = self.store().slots(Identity::Server)?.active;
        let Some(leaf) = leaf(&active).filter(|_| active.origin == Origin::Acme && set.0.automatic) else {
            return Ok(None);
        };
        let directory = set.directory().unwrap_or_default();
        let known = state.window_of(&directory, &leaf.fingerprint_sha256);
        if known.is_some_and(|window| now < window.ask_again_at && window.ask_again_at <= now + ASKS.1) {
            return Ok(None);
        }
        let id = leaf.authority_key_id.as_deref().and_then(|authority| acme::renewal_id(authority, &leaf.serial));
        Ok(id.map(|id| (leaf.fingerprint_sha256, id)))
    }

    async fn ask_for_window(self: &Arc<Self>, fingerprint: String, id: &str) -> Result<(), Error> {
        let Ok((transport, account)) = self.acme_account_now() else { return Ok(()) };
        let asked = match super::connected(&transport, &account).await {
            Ok(account) => acme::renewal_window(&transport, &account, id).await,
            Err(Error::Acme(AcmeRefusal::Provider(failure))) => Err(failure),
            Err(other) => return Err(other),
        };
        let directory = transport.directory().to_string();
        let app = Arc::clone(self);
        blocking(move || {
            let _change = app.changing();
            let now = clock::now();
            let (_, mut state) = app.acme_set();
            let before = state.window_of(&directory, &fingerprint).cloned();
            let window = match asked {
                Ok(window) => {
                    let wait = i64::try_from(window.ask_again_after.as_secs()).unwrap_or(ASKS.1);
                    RenewalWindow {
                        fingerprint,
                        directory,
                        between: (window.start < window.end).then(|| (window.start.unix(), window.end.unix())),
                        explanation: window.explanation,
                        ask_again_at: now.unix() + wait.clamp(ASKS.0, ASKS.1),
                    }
                }
                // What was said before counts on.
                Err(_) => RenewalWindow {
                    fingerprint,
                    directory,
                    between: before.as_ref().and_then(|window| window.between),
                    explanation: before.and_then(|window| window.explanation),
                    ask_again_at: now.unix() + ASK_AGAIN,
                },
            };
            state.window = Some(window);
            app.store().change(now, "node", |change| {
                change.set(&state)?;
                Ok::<_, Error>(((), Entry::new("acme-renewal-asked", "when the provider suggests to renew")))
            })
        })
        .await
    }
}

fn next_sign(standing: &Standing<'_>) -> Next {
    let Standing { now, set, state, order, .. } = standing;
    if set.directory().is_none() {
        return Next::never("Nothing is signed: no provider is chosen.");
    }
    if !standing.has_account {
        return Next::never("Nothing is signed: register with the provider first.");
    }
    if let Some(order) = order {
        if !standing.order_fits && !set.0.automatic {
            return Next::at(*now, "The order that was begun is given up: it no longer fits what is set.");
        }
        if !standing.order_fits {
            let earliest = state.next_order().max(state.not_before()).max(*now);
            return Next::at(
                earliest,
                "Another order takes the place of the one that was begun, which no longer fits.",
            );
        }
        // Whether the provider has the order is known, or it counts as one that it has.
        let earliest = if order.url.is_some() { *now } else { order.begun_at.unix().min(*now) + BETWEEN_ORDERS };
        return Next::at(earliest.max(state.not_before()), "The node goes on with the order that was begun.");
    }
    if !set.0.automatic {
        return Next::never("The node signs nothing by itself: press Sign.");
    }
    let earliest = state.next_order().max(state.not_before());
    let (due, why) = match standing.signed.as_ref().map(|signed| &signed.leaf).or(standing.active.as_ref()) {
        None => (*now, "The node serves its temporary certificate, so it has one signed at once."),
        Some(leaf) => renewal(leaf, set, state),
    };
    let why = if state.failures > 0 && earliest > due { "It failed, and is tried again." } else { why };
    Next::at(due.max(earliest), why)
}

/// When a certificate is to be replaced: in the provider's window, else from two thirds of its lifetime. Where within that,
/// its fingerprint decides, so that not everyone comes at once.
fn renewal(leaf: &Decoded, set: &Set, state: &State) -> (i64, &'static str) {
    let digits = leaf.fingerprint_sha256.get(..8).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or(0);
    let part_of = |length: i64| ((i128::from(length) * i128::from(digits)) >> 32) as i64;
    let window = state.window_of(&set.directory().unwrap_or_default(), &leaf.fingerprint_sha256);
    if let Some((start, end)) = window.and_then(|window| window.between) {
        return (start + part_of(end - start), "The provider suggests to renew it then.");
    }
    let (start, end) = (leaf.not_before.unix(), leaf.not_after.unix());
    let lifetime = end - start;
    (start + lifetime / 3 * 2 + part_of(lifetime / 30), "Two thirds of its lifetime have passed then.")
}

fn next_deploy(standing: &Standing<'_>) -> Next {
    let set = &standing.set.0;
    let Some(signed) = &standing.signed else { return Next::never("No signed certificate waits.") };
    if !set.automatic {
        return Next::never("Look at the certificate that waits, and press Deploy.");
    }
    if let Some(objection) = signed.objections.first() {
        return Next::never(format!("It is not deployed by itself. {}", objection.message));
    }
    let Some(active) = &standing.active else {
        // A time that lies ahead is one of a clock that was put back.
        return Next::at(signed.at.min(standing.now), "At once, since the temporary certificate is served.");
    };
    let planned = next_time(signed.at, &set.deploy_days, minutes(&set.deploy_time).unwrap_or(0));
    let last = active.not_after.unix() - DAY;
    if last < planned {
        return Next::at(last, "Before the time that is set, since the active certificate ends.");
    }
    Next::at(planned, "At the time that is set.")
}

/// The first time from `from` on that is one of these days, at so many minutes of the day; of all days, if none is named.
fn next_time(from: i64, days: &[Weekday], minutes: i64) -> i64 {
    let midnight = from - from.rem_euclid(DAY);
    let times = (0..=7).map(|day| midnight + day * DAY + minutes * 60);
    let fits = |time: &i64| {
        let day = usize::try_from(time.div_euclid(DAY).rem_euclid(7)).unwrap_or(0);
        *time >= from && (days.is_empty() || days.contains(&WEEK[day]))
    };
    times.filter(fits).min().unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use certway_core::decode_certificates;
    use certway_wire::acme::AcmeSettings;

    use super::*;
    use crate::temporary::Temporary;

    const NOW: i64 = 1_795_521_600;

    fn certificate(from: i64) -> Decoded {
        let made = Temporary::make("node.example.com", Time::from_unix(from)).unwrap();
        decode_certificates(&made.certificate).remove(0).1
    }

    fn set(settings: AcmeSettings) -> Set {
        Set(AcmeSettings { provider: "lets-encrypt".to_owned(), automatic: true, ..settings })
    }

    fn standing<'a>(set: &'a Set, state: &'a State) -> Standing<'a> {
        Standing { now: NOW, set, state, has_account: true, order: None, order_fits: true, active: None, signed: None }
    }

    fn order(url: Option<&str>) -> AcmeOrder {
        AcmeOrder {
            directory: String::new(),
            url: url.map(ToOwned::to_owned),
            request_pem: String::new(),
            key: None,
            uses_csr: false,
            begun_at: Time::from_unix(NOW - 600),
        }
    }

    #[test]
    fn an_order_follows_another_after_an_hour_and_no_earlier() {
        let set = set(AcmeSettings::default());
        let state = State { ordered_at: Some(NOW - 10), ..State::default() };
        assert_eq!(next_sign(&standing(&set, &state)).at, Some(NOW - 10 + 3600));
        let state = State::default();
        assert_eq!(next_sign(&standing(&set, &state)).at, Some(NOW), "the temporary certificate is to be replaced");
        let (known, unknown) = (order(Some("https://ca/order/1")), order(None));
        assert_eq!(next_sign(&Standing { order: Some(&known), ..standing(&set, &state) }).at, Some(NOW));
        assert_eq!(next_sign(&Standing { order: Some(&unknown), ..standing(&set, &state) }).at, Some(NOW - 600 + 3600));
        let other = Standing { order: Some(&known), order_fits: false, ..standing(&set, &state) };
        assert_eq!(next_sign(&other).at, Some(NOW));
        let state = State { ordered_at: Some(NOW - 10), ..State::default() };
        assert_eq!(next_sign(&Standing { state: &state, ..other }).at, Some(NOW - 10 + 3600), "it is a new order");
        let waiting = State { failed_at: Some(NOW), wait: 7200, ..State::default() };
        assert_eq!(next_sign(&Standing { order: Some(&known), ..standing(&set, &waiting) }).at, Some(NOW + 7200));
    }

    #[test]
    fn nothing_is_done_by_itself_that_nobody_has_asked_for() {
        let state = State::default();
        let by_hand = Set(AcmeSettings { automatic: false, ..set(AcmeSettings::default()).0 });
        assert_eq!(next_sign(&standing(&by_hand, &state)).at, None);
        let nobody = Set(AcmeSettings { provider: String::new(), ..by_hand.0.clone() });
        assert_eq!(next_sign(&standing(&nobody, &state)).at, None);
        let set = set(AcmeSettings::default());
        assert_eq!(next_sign(&Standing { has_account: false, ..standing(&set, &state) }).at, None);
    }

    #[test]
    fn renewal_is_at_two_thirds_or_in_the_providers_window_and_spread() {
        let set = set(AcmeSettings::default());
        let active = certificate(NOW);
        let lifetime = active.not_after.unix() - active.not_before.unix();
        let state = State::default();
        let due = next_sign(&Standing { active: Some(active.clone()), ..standing(&set, &state) }).at.unwrap();
        let early = active.not_before.unix() + lifetime / 3 * 2;
        assert!((early..=early + lifetime / 30).contains(&due), "{due}");
        let window = RenewalWindow {
            fingerprint: active.fingerprint_sha256.clone(),
            directory: set.directory().unwrap(),
            between: Some((NOW + 1000, NOW + 2000)),
            explanation: None,
            ask_again_at: 0,
        };
        let state = State { window: Some(window), ..State::default() };
        let due = next_sign(&Standing { active: Some(active.clone()), ..standing(&set, &state) }).at.unwrap();
        assert!((NOW + 1000..NOW + 2000).contains(&due), "{due}");
        let elsewhere = Set(AcmeSettings { provider: "zerossl".to_owned(), ..set.0.clone() });
        let due = next_sign(&Standing { active: Some(active), ..standing(&elsewhere, &state) }).at.unwrap();
        assert!(due > NOW + 2000, "the window is another provider's");
        let due = next_sign(&Standing { active: Some(certificate(NOW)), ..standing(&set, &state) }).at.unwrap();
        assert!(due > NOW + 2000, "the window is another certificate's");
    }

    #[test]
    fn a_deployment_waits_for_its_time_but_not_beyond_the_end() {
        let set = set(AcmeSettings { deploy_days: vec![Weekday::Sunday], ..AcmeSettings::default() });
        let state = State::default();
        let signed = |objections| Some(Signed { leaf: certificate(NOW), at: NOW, objections });
        let active = Some(certificate(NOW - 600 * DAY));
        let next =
            next_deploy(&Standing { active: active.clone(), signed: signed(Vec::new()), ..standing(&set, &state) });
        assert_eq!(Time::from_unix(next.at.unwrap()).to_string(), "2026-11-29T03:00:00Z");
        let ends = Some(certificate(NOW - 823 * DAY));
        let next = next_deploy(&Standing { active: ends, signed: signed(Vec::new()), ..standing(&set, &state) });
        assert!(next.at.unwrap() < NOW + 2 * DAY, "{next:?}");
        let objection = AcmeObjection { message: "No.".to_owned(), remedy: String::new(), may_be_overruled: true };
        let next = next_deploy(&Standing { active, signed: signed(vec![objection]), ..standing(&set, &state) });
        assert_eq!(next, Next::never("It is not deployed by itself. No."));
        let ahead = Some(Signed { leaf: certificate(NOW), at: NOW + 9 * DAY, objections: Vec::new() });
        let next = next_deploy(&Standing { signed: ahead, ..standing(&set, &state) });
        assert_eq!(next.at, Some(NOW), "the clock was put back");
    }

    #[test]
    fn the_next_time_is_on_a_day_that_is_set() {
        // 2026-11-24 is a Tuesday; 12:00.
        let noon = 1_795_521_600;
        let at = |days: &[Weekday], minutes| Time::from_unix(next_time(noon, days, minutes)).to_string();
        assert_eq!(at(&[], 13 * 60), "2026-11-24T13:00:00Z");
        assert_eq!(at(&[], 11 * 60), "2026-11-25T11:00:00Z");
        assert_eq!(at(&[Weekday::Tuesday], 12 * 60), "2026-11-24T12:00:00Z");
        assert_eq!(at(&[Weekday::Tuesday], 11 * 60), "2026-12-01T11:00:00Z");
        assert_eq!(at(&[Weekday::Sunday, Weekday::Thursday], 0), "2026-11-26T00:00:00Z");
    }
}
