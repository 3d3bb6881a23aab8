//! What time will bring: which certificate, CA, revocation list or alarm turns when, if nothing else changes.
//!
//! Alarms are not guessed: everything that is shown is judged, by the one judge, at each time at which something may turn.

use std::collections::BTreeSet;

use certway_core::{Accepted, Time, decode_certificates};
use certway_wire::trust::{Forecast, Turn, Turning};

use super::error::Error;
use super::{Against, App};
use crate::clock;
use crate::store::{Alarm, Certificate, Identity, Origin, Slots};

/// At how many times the alarms are worked out at most, the next ones first: each costs two judgements.
const JUDGED_TIMES: usize = 100;

impl App {
    /// The turns that are to come at this node, the next one first, and what ends at the others.
    pub(crate) fn forecast(&self) -> Result<Forecast, Error> {
        let (server, client) = {
            let store = self.store();
            (store.slots(Identity::Server)?, store.slots(Identity::Client)?)
        };
        let now = clock::now();
        let turns = turns(now, &self.against(), &server, &client);
        Ok(Forecast { now: now.to_string(), turns, others: self.ends_of_others(now) })
    }
}

fn turns(now: Time, against: &Against, server: &Slots, client: &Slots) -> Vec<Turn> {
    let mut coming = Coming { now, turns: Vec::new(), times: BTreeSet::new() };
    coming.slots(&SERVER_CERTIFICATES, server);
    coming.slots(&CLIENT_CERTIFICATES, client);
    // The node renews its temporary certificate by itself, and the CA of that with it.
    let temporary = decode_certificates(server.temporary.chain_pem.as_bytes()).into_iter().next();
    let temporary_ca = temporary.map(|(_, temporary)| temporary.issuer);
    for (_, ca) in decode_certificates(against.trust.pem().as_bytes()) {
        if server.active.origin == Origin::Temporary && temporary_ca.as_ref() == Some(&ca.subject) {
            continue;
        }
        let name = ca.common_name.as_deref().unwrap_or(&ca.subject);
        coming.turn(
            ca.not_before,
            Turning::TrustedCa,
            &ca.subject,
            true,
            format!("The trusted CA certificate '{name}' becomes valid."),
        );
        let message = format!("The trusted CA certificate '{name}' expires: no chain ends in it any more.");
        coming.turn(ca.not_after, Turning::TrustedCa, &ca.subject, false, message);
    }
    for list in against.crls.decoded() {
        if let Some(next) = list.next_update {
            let message = format!(
                "The revocation list of '{}' expires: the certificates of this CA count as revoked.",
                list.issuer
            );
            coming.turn(next, Turning::Crl, &list.issuer, false, message);
            coming.looked_at(after(next));
        }
    }
    if server.active.origin != Origin::Temporary {
        coming.alarms(against, server, &client.active);
    }
    let mut turns = coming.turns;
    turns.sort_by_key(|(at, _)| *at);
    turns.into_iter().map(|(_, turn)| turn).collect()
}

/// The active, pending, previous and signed one.
const SERVER_CERTIFICATES: [&str; 4] = [
    "active server certificate",
    "pending server certificate",
    "previous server certificate",
    "signed server certificate",
];
const CLIENT_CERTIFICATES: [&str; 4] = [
    "active client certificate",
    "pending client certificate",
    "previous client certificate",
    "signed client certificate",
];

/// What has been found so far.
struct Coming {
    now: Time,
    turns: Vec<(Time, Turn)>,
    /// When an alarm may be raised or cleared.
    times: BTreeSet<Time>,
}

impl Coming {
    fn slots(&mut self, names: &[&str; 4], slots: &Slots) {
        let certificates =
            [Some(&slots.active), slots.pending.as_ref(), slots.previous.as_ref(), slots.signed.as_ref()];
        for (name, certificate) in names.iter().zip(certificates) {
            self.certificate(name, certificate);
        }
    }

    /// The temporary certificate is left out: the node renews it by itself.
    fn certificate(&mut self, name: &str, certificate: Option<&Certificate>) {
        let Some(certificate) = certificate.filter(|certificate| certificate.origin != Origin::Temporary) else {
            return;
        };
        for (position, (_, one)) in decode_certificates(certificate.chain_pem.as_bytes()).into_iter().enumerate() {
            let (begins, ends) = if position == 0 {
                (format!("The {name} becomes valid."), format!("The {name} expires."))
            } else {
                (
                    format!("A CA certificate of the {name}'s chain becomes valid."),
                    format!("A CA certificate of the {name}'s chain expires."),
                )
            };
            let what = Turning::Certificate;
            self.turn(one.not_before, what, &one.subject, true, begins);
            self.turn(one.not_after, what, &one.subject, false, ends);
            self.looked_at(one.not_before);
            self.looked_at(after(one.not_after));
        }
    }

    fn turn(&mut self, at: Time, what: Turning, name: &str, begins: bool, message: String) {
        if at > self.now {
            self.turns.push((at, Turn { at: at.to_string(), what, name: name.to_owned(), begins, message }));
        }
    }

    fn looked_at(&mut self, at: Time) {
        if at > self.now {
            self.times.insert(at);
        }
    }

    fn alarms(&mut self, against: &Against, server: &Slots, client: &Certificate) {
        // The ends of the CAs that a chain runs through are among these: those of the list are turns already.
        let ends: Vec<Time> =
            self.turns.iter().filter(|(_, turn)| turn.what == Turning::TrustedCa).map(|(at, _)| *at).collect();
        let room = JUDGED_TIMES.saturating_sub(self.times.len());
        let mut ends: Vec<Time> = ends.into_iter().map(after).collect();
        let served = server.pending.iter().chain([&server.active]);
        ends.extend(served.flat_map(|one| against.warned_at(one, client)).filter(|at| *at > self.now));
        ends.sort();
        ends.dedup();
        self.times.extend(ends.into_iter().take(room));
        let mut active = &server.active;
        let mut before = against.alarms_at(self.now, &server.active, client);
        for at in std::mem::take(&mut self.times).into_iter().take(JUDGED_TIMES) {
            // One that waits loads by itself as soon as nothing stands against it.
            let loads = |pending: &&Certificate| {
                let judged = against.judge_stored(at, Identity::Server, pending).into_accepted();
                matches!(judged, Some(Accepted::Certificate(accepted)) if accepted.loadable())
            };
            active = server.pending.as_ref().filter(loads).unwrap_or(active);
            let then = against.alarms_at(at, active, client);
            let is_in = |alarms: &[Alarm], id: &str| alarms.iter().any(|alarm| alarm.id == id);
            // A warning that grows is one that is raised anew.
            let was = |alarm: &Alarm| {
                before
                    .iter()
                    .any(|old| (&old.id, &old.severity, &old.mark) == (&alarm.id, &alarm.severity, &alarm.mark))
            };
            for raised in then.iter().filter(|alarm| !was(alarm)) {
                self.turn(at, Turning::Alarm, &raised.id, true, format!("Alarm: {}", raised.message));
            }
            for cleared in before.iter().filter(|alarm| !is_in(&then, &alarm.id)) {
                self.turn(at, Turning::Alarm, &cleared.id, false, format!("No longer an alarm: {}", cleared.message));
            }
            before = then;
        }
    }
}

/// The end of a validity belongs to it (RFC 5280 section 4.1.2.5).
fn after(end: Time) -> Time {
    Time::from_unix(end.unix().saturating_add(1))
}
