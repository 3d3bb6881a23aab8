//! Which alarms there should be, seen from what is served.

mod explained;

use std::sync::atomic::Ordering;

use certway_core::{Report, Severity, Time, decode_certificates, limits};
use certway_wire::alarms as wire;

use super::error::Error;
use super::sessions::Ending;
use super::{Against, App, Changing};
use crate::clock;
use crate::store::{self, Acknowledged, Alarm, Certificate, Entry, Identity, List, Origin, Raised};
use crate::tls::NotUsable;

/// The judge's rule for a chain that does not end in the trusted CA list.
const CA_NOT_RECOGNISED: &str = "ca-not-recognised";
/// The judge's rule for a certificate whose end is near. The node warns of that itself, on the days that are set.
const EXPIRES_SOON: &str = "expires-soon";
/// The alarm of a node that could not serve what was active. Loading anything clears it.
pub(super) const ACTIVE_DAMAGED: &str = "active-damaged";
/// The alarm of a node whose setting for signing in was edited. Setting it anew clears it.
pub(super) const SIGN_IN_DAMAGED: &str = "sign-in-damaged";
/// What is done about a list that all nodes of a cluster share.
const TAKEN_AGAIN: &str = "Find out who had access to the data directory. The node takes the cluster's copy again by itself as soon as it reaches etcd. If it reaches etcd and the alarm stays, bring a backup back: do not write the list anew, since all nodes would get that.";
/// The alarms that the appliance has too, with its numbers.
const NUMBERS: [(&str, u32); 11] = [
    ("crl-no-sources", 40001),
    ("crl-update-failed", 40002),
    ("crl-download-failed", 40006),
    ("cluster-permissive", 40049),
    ("cn-missing", 40052),
    ("acme-sign-failed", 40061),
    ("acme-deploy-failed", 40062),
    ("expired", 40068),
    ("expires-soon", 40069),
    ("client-expired", 40078),
    ("client-expires-soon", 40079),
];
/// The longest note of who takes note of an alarm, in characters.
const LONGEST_NOTE: usize = 500;

/// What stands against what was asked about alarms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlarmRefusal {
    /// It may have cleared meanwhile.
    #[error("there is no alarm '{0}' now; the list of alarms has those that are raised")]
    NotRaised(String),
    /// There is none, or too much of it.
    #[error(
        "an alarm is acknowledged with a note of 1 to 500 characters: what is done about it, for those who see it next"
    )]
    Note,
    /// Too many days, or none that are.
    #[error("the days of warning for the {0} are to be at most 20 numbers, each from 1 to 3653")]
    ExpiryWarnings(String),
    /// How alarms are to go out is not as it must be.
    #[error("the settings were not taken: {0}")]
    Delivery(String),
    /// A channel that is not set cannot be tried.
    #[error("alarms are not delivered by {0}, or its secret cannot be read: set it first")]
    ChannelOff(&'static str),
}

impl App {
    /// The alarms, oldest first.
    pub(crate) fn alarms(&self) -> Result<Vec<wire::Alarm>, Error> {
        let alarms = self.store().alarms()?;
        Ok(alarms.into_iter().map(show).collect())
    }

    /// Somebody takes note of an alarm. Gives all alarms.
    pub(crate) fn acknowledge_alarm(&self, actor: &str, id: &str, note: &str) -> Result<Vec<wire::Alarm>, Error> {
        let note: String = note.trim().chars().filter(|character| !character.is_control()).collect();
        if note.is_empty() || note.chars().count() > LONGEST_NOTE {
            return Err(AlarmRefusal::Note.into());
        }
        self.store().change(clock::now(), actor, |change| {
            if change.acknowledge_alarm(id, actor, &note)? {
                Ok(((), Entry::new("alarm-acknowledged", format!("{id}: {note}"))))
            } else {
                Err(Error::from(AlarmRefusal::NotRaised(id.chars().take(100).collect())))
            }
        })?;
        self.alarms()
    }

    /// Whether the temporary certificate is served, with `active` in its slot: as itself, or since that is damaged.
    pub(super) fn serves_temporary_now(&self, active: &Certificate) -> bool {
        active.origin == Origin::Temporary || self.found_at_start().iter().any(|alarm| alarm.id == ACTIVE_DAMAGED)
    }

    fn suspects(&self) -> Result<Vec<Alarm>, Error> {
        let (suspects, is_member) = {
            let store = self.store();
            (store.suspects()?, store.membership()?.is_some())
        };
        let alarms = suspects.into_iter().map(|list| {
            let alarm = list_changed(list);
            if is_member && store::is_shared(list.name()) {
                return Alarm { remedy: TAKEN_AGAIN.to_owned(), ..alarm };
            }
            alarm
        });
        Ok(alarms.collect())
    }

    pub(super) fn refresh_alarms(&self, change: &Changing<'_>) -> Result<(), Error> {
        let server = self.store().slots(Identity::Server)?.active;
        let client = self.store().slots(Identity::Client)?.active;
        self.serves_temporary.store(self.serves_temporary_now(&server), Ordering::Relaxed);
        let mut wanted = self.found_at_start().clone();
        wanted.extend(self.against().alarms_at(clock::now(), &server, &client));
        wanted.extend(self.suspects()?);
        wanted.extend(self.restart_due());
        wanted.extend(self.trial_alarm());
        wanted.extend(self.sources_damaged());
        wanted.extend(self.acme_alarms(change, &server)?);
        wanted.extend(self.service_alarms());
        wanted.extend(self.cluster_alarms());
        wanted.extend(self.change_alarms());
        wanted.extend(self.sessions.first_to_end().and_then(|ending| sign_in_ends(&ending, clock::now())));
        let (sources, last) = self.sources();
        wanted.extend(last.alarms());
        wanted.extend(self.no_sources(&sources)?);
        for (prefix, active) in [("", &server), ("client-", &client)] {
            let leaf = decode_certificates(active.chain_pem.as_bytes());
            let leaf = leaf.first().map_or("", |(_, leaf)| leaf.fingerprint_sha256.as_str());
            let revoked = last.revoked(&sources, prefix, leaf);
            // What a list says is told already.
            wanted.extend(revoked.filter(|alarm| wanted.iter().all(|known| known.id != alarm.id)).as_slice().to_vec());
        }
        wanted.extend(self.delivery_alarms()?);
        self.store().set_alarms(clock::now(), &wanted)?;
        self.queue_deliveries()
    }
}

impl Against {
    /// The alarms that there would be at a time if nothing but time changed.
    pub(super) fn alarms_at(&self, now: Time, server: &Certificate, client: &Certificate) -> Vec<Alarm> {
        let mut wanted = of_server(server, &self.judge_stored(now, Identity::Server, server));
        wanted.extend(of_client(client, &self.judge_stored(now, Identity::Client, client)));
        wanted.extend(self.expiring_at(now, server, client));
        wanted
    }
}

fn show(raised: Raised) -> wire::Alarm {
    let Raised { alarm, raised_at, acknowledged } = raised;
    wire::Alarm {
        number: number(&alarm.id),
        id: alarm.id,
        severity: alarm.severity,
        message: alarm.message,
        remedy: alarm.remedy,
        raised_at: raised_at.to_string(),
        acknowledged: acknowledged.map(acknowledgement),
    }
}

pub(super) fn acknowledgement(Acknowledged { by, at, note }: Acknowledged) -> wire::Acknowledgement {
    wire::Acknowledgement { by, at: at.to_string(), note }
}

/// The number under which the appliance's documentation has an alarm.
pub(super) fn number(id: &str) -> Option<u32> {
    NUMBERS.into_iter().find(|(known, _)| *known == id).map(|(_, number)| number)
}

/// Whether the chain of a judged certificate ends in the trusted CA list.
pub(super) fn is_trusted(report: &Report) -> bool {
    report.findings.iter().all(|finding| finding.rule.id != CA_NOT_RECOGNISED)
}

fn of_server(active: &Certificate, report: &Report) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    if active.origin == Origin::Temporary {
        alarms.push(alarm(
            "temporary-certificate",
            "warning",
            "The node serves its temporary certificate, which no client trusts by itself.",
            "Upload a server certificate from a certificate authority that your clients trust.",
        ));
    }
    if active.loaded_anyway {
        alarms.push(alarm(
            "loaded-anyway",
            "warning",
            "The active server certificate was loaded by 'Load anyway', against the warnings of its report.",
            "Append the missing CA certificates, then upload the certificate again.",
        ));
    }
    if !is_trusted(report) {
        alarms.push(alarm(
            "active-not-trusted",
            "alert",
            "The chain of the active server certificate does not end in the trusted CA list. It is served on.",
            "Append the CA certificates of its chain, or upload a certificate from a trusted CA.",
        ));
    }
    alarms.extend(of_findings("", "", report));
    alarms
}

/// The client certificate's end is as much an outage as the server's; that it is the temporary one is not.
fn of_client(active: &Certificate, report: &Report) -> Vec<Alarm> {
    if active.origin == Origin::Temporary { Vec::new() } else { of_findings("client-", "Client certificate: ", report) }
}

/// The findings that raise an alarm, each once.
fn of_findings(prefix: &str, subject: &str, report: &Report) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    for finding in &report.findings {
        let id = format!("{prefix}{}", finding.rule.id);
        let told =
            [CA_NOT_RECOGNISED, EXPIRES_SOON].contains(&finding.rule.id) || alarms.iter().any(|alarm| alarm.id == id);
        if finding.rule.alarm && finding.rule.severity != Severity::Error && !told {
            let is_over = matches!(finding.rule.id, "expired" | "revoked" | "crl-expired");
            let severity = if is_over { "critical" } else { "warning" };
            alarms.push(alarm(&id, severity, &format!("{subject}{}", finding.message), finding.rule.remedy));
        }
    }
    alarms
}

/// The node started without being able to serve what was active.
pub(super) fn active_damaged(reason: &NotUsable) -> Alarm {
    alarm(
        ACTIVE_DAMAGED,
        "critical",
        &format!(
            "The active server certificate could not be served when the node started ({reason}). The temporary one is served."
        ),
        "Upload the certificate and its private key again.",
    )
}

/// The id of the alarm of a setting that was changed behind the node's back. Setting it anew clears it.
pub(super) fn setting_changed_id(name: &str) -> String {
    format!("setting-changed-{name}")
}

/// A setting is not as the node wrote it, so another counts.
pub(super) fn setting_changed(name: &str, instead: &str) -> Alarm {
    alarm(
        &setting_changed_id(name),
        "critical",
        &format!("The setting '{name}' was changed behind the node's back. {instead}"),
        "Find out who had access to the data directory, and set it anew.",
    )
}

/// The node started with an event log that it did not write like that.
pub(super) fn events_changed(what: &str) -> Alarm {
    alarm(
        "events-changed",
        "critical",
        &format!("The event log was changed behind the node's back: {what}."),
        "Find out who had access to the data directory. The alarm stays until the node starts with a whole log.",
    )
}

/// A list is not as the node wrote it.
fn list_changed(list: List) -> Alarm {
    let (id, what, remedy) = match list {
        List::TrustedCas => (
            "trusted-cas-changed",
            "The trusted CA list was changed behind the node's back. The node trusts none of it.",
            "Find out who had access to the data directory. Reset the list, then append your CA certificates again; or bring a backup back.",
        ),
        List::Users => (
            "users-changed",
            "The users were changed behind the node's back. None of them can sign in.",
            "Find out who had access to the data directory. `certway reset-password` makes the administrator anew, and nobody else.",
        ),
        List::Tokens => (
            "tokens-changed",
            "The tokens were changed behind the node's back. None of them lets a program in.",
            "Find out who had access to the data directory. `certway reset-password` forgets all tokens; then make those anew that are needed.",
        ),
        List::Crls => (
            "crls-changed",
            "The certificate revocation lists were changed behind the node's back.",
            "Find out who had access to the data directory. Compare the lists with those of your CAs, and upload them again.",
        ),
        List::Certificates => (
            "certificates-changed",
            "The certificates, their keys, which of them is active, or the request in progress, were changed behind the node's back.",
            "Find out who had access to the data directory. Look at every certificate and at the request, and upload or generate again what is not yours.",
        ),
    };
    alarm(id, "critical", what, remedy)
}

/// Private keys that do not unseal. What is in a slot has an alarm of its own.
pub(super) fn keys_damaged(whose: &[&str]) -> Alarm {
    alarm(
        "keys-damaged",
        "critical",
        &format!("The node's key does not unseal the private key of {}.", whose.join(", ")),
        "Find out who had access to the data directory. Bring a backup back, or begin what it belongs to anew. The alarm stays until the next start.",
    )
}

/// How administrators sign in was changed behind the node's back.
pub(super) fn sign_in_damaged() -> Alarm {
    alarm(
        SIGN_IN_DAMAGED,
        "critical",
        "How administrators sign in was changed behind the node's back. A client certificate is needed beside the password.",
        "Find out who had access to the data directory. `certway reset-password` sets it anew.",
    )
}

/// Settings for signing in are tried.
pub(super) fn sign_in_trial(tried: &str, former: &str, ends_at: Time) -> Alarm {
    alarm(
        "sign-in-trial",
        "notice",
        &format!("Client certificates of administrators are tried as {tried}. {former} returns at {ends_at}."),
        "Sign in anew with the client certificate, and keep the settings on Client certificate testing; or wait.",
    )
}

/// Somebody is signed in with a client certificate that ends soon. The node keeps none, so it knows only while he is.
fn sign_in_ends(ending: &Ending, now: Time) -> Option<Alarm> {
    let Ending { not_after, subject } = ending;
    (now.plus_days(limits::EXPIRES_SOON_DAYS) > *not_after).then(|| {
        alarm(
            "sign-in-certificate-expires-soon",
            "warning",
            &format!(
                "An administrator is signed in with the client certificate '{subject}', which expires at {not_after}."
            ),
            "Get a new client certificate for signing in, and test it on Client certificate testing.",
        )
    })
}

/// An alarm. The page leads from it to its section of the handbook, which there must be.
pub(super) fn alarm(id: &str, severity: &str, message: &str, remedy: &str) -> Alarm {
    debug_assert!(explained::is_explained(id), "docs/handbook/alarms.md lacks the alarm {id}");
    Alarm {
        id: id.to_owned(),
        severity: severity.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
        mark: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handbook_has_every_number_and_no_other() {
        let chapter = include_str!("../../../docs/handbook/alarms-out.md");
        let (_, list) = chapter.split_once("**Number**").unwrap();
        let (list, _) = list.split_once("**Acknowledged**").unwrap();
        let words = list.split(|character: char| !character.is_ascii_digit());
        let told: Vec<u32> = words.filter_map(|word| word.parse().ok()).collect();
        assert_eq!(told, NUMBERS.map(|(_, number)| number));
    }
}
