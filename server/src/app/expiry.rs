//! What ends, and how it is warned of: from how many days before, as how severe, in which words.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::{Time, decode_certificates, decoded};
use certway_wire::alarms::ExpiryWarnings;
use serde::{Deserialize, Serialize};

use super::alarms::{self, AlarmRefusal, alarm};
use super::error::Error;
use super::{Against, App};
use crate::clock;
use crate::seal::to_hex;
use crate::store::{self, Alarm, Certificate, Entry, Origin, Setting, Store};

/// The most days of one kind.
const MOST: usize = 20;
/// Ten years.
const LONGEST_DAYS: u32 = 3653;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// From how many days before the end a warning is severe. Before it is a notice.
const WARNING_DAYS: i64 = 30;
const ALERT_DAYS: i64 = 7;
/// How many of those that end are named.
const NAMED: usize = 3;

/// Of a short life it is warned in its last third: a certificate of 90 days is renewed then, and not warned of before.
const OF_CERTIFICATES: i64 = 3;
/// A list is published shortly before the former one ends.
const OF_LISTS: i64 = 5;

/// What is set, as the store keeps it.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Set(ExpiryWarnings);

impl Setting for Set {
    const NAME: &'static str = "expiry-warnings";
}

/// What is set. What was changed behind the node's back does not count, and raises an alarm.
pub(super) fn of(store: &Store, found: &mut Vec<Alarm>) -> Result<ExpiryWarnings, Error> {
    match store.setting::<Set>() {
        Ok(set) => Ok(set.0),
        Err(store::Error::Damaged(what)) => {
            tracing::error!(what, "it is warned of expiry as if nothing was set");
            found.push(alarms::setting_changed(Set::NAME, "It is warned of expiry on the usual days."));
            Ok(ExpiryWarnings::default())
        }
        Err(error) => Err(error.into()),
    }
}

impl App {
    /// On which days it is warned.
    pub(crate) fn expiry_warnings(&self) -> ExpiryWarnings {
        ExpiryWarnings::clone(&self.expiry.load())
    }

    /// Sets on which days it is warned, from now on.
    pub(crate) fn set_expiry_warnings(&self, actor: &str, wanted: ExpiryWarnings) -> Result<ExpiryWarnings, Error> {
        let set = ExpiryWarnings {
            server_certificate: checked("server certificate", wanted.server_certificate)?,
            client_certificate: checked("client certificate", wanted.client_certificate)?,
            ca_certificates: checked("CA certificates", wanted.ca_certificates)?,
            crls: checked("revocation lists", wanted.crls)?,
        };
        let change = self.changing();
        self.store().change(clock::now(), actor, |change| {
            change.set(&Set(set.clone()))?;
            Ok::<_, Error>(((), Entry::new("expiry-warnings-set", described(&set))))
        })?;
        self.expiry.store(Arc::new(set));
        self.found_at_start().retain(|alarm| alarm.id != alarms::setting_changed_id(Set::NAME));
        self.refresh_or_log(&change);
        Ok(self.expiry_warnings())
    }
}

/// The days, the most first, each once.
fn checked(of: &str, mut days: Vec<u32>) -> Result<Vec<u32>, Error> {
    if days.len() > MOST || days.iter().any(|day| !(1..=LONGEST_DAYS).contains(day)) {
        return Err(AlarmRefusal::ExpiryWarnings(of.to_owned()).into());
    }
    days.sort_unstable_by(|one, other| other.cmp(one));
    days.dedup();
    Ok(days)
}

/// For the event log.
fn described(set: &ExpiryWarnings) -> String {
    let days = |days: &[u32]| match days {
        [] => "never".to_owned(),
        days => days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    format!(
        "server certificate: {}; client certificate: {}; CA certificates: {}; CRLs: {}",
        days(&set.server_certificate),
        days(&set.client_certificate),
        days(&set.ca_certificates),
        days(&set.crls)
    )
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) name: String,
    /// What tells it from others.
    pub(super) key: String,
    pub(super) begin: Time,
    pub(super) end: Time,
}

impl Ending {
    pub(super) fn of_certificate(certificate: &decoded::Certificate) -> Self {
        Self {
            name: certificate.common_name.clone().unwrap_or_else(|| certificate.subject.clone()),
            key: certificate.fingerprint_sha256.clone(),
            begin: certificate.not_before,
            end: certificate.not_after,
        }
    }

    /// When each warning is due, the first one first, with its day. In a life that is short they come late.
    fn warnings(&self, days: &[u32], share: i64) -> impl Iterator<Item = (Time, u32)> {
        let last = (self.end.unix() - self.begin.unix()) / share;
        let end = self.end.unix();
        days.iter().map(move |&day| (Time::from_unix(end - last.min(i64::from(day) * DAY_SECONDS)), day))
    }

    /// The latest warning that is due, by its day.
    fn reached(&self, now: Time, days: &[u32], share: i64) -> Option<u32> {
        let due = self.warnings(days, share).filter(|(at, _)| *at <= now && now <= self.end);
        due.map(|(_, day)| day).min()
    }

    fn left(&self, now: Time) -> i64 {
        self.end.unix() - now.unix()
    }
}

impl Against {
    /// The warnings there would be at a time.
    pub(super) fn expiring_at(&self, now: Time, server: &Certificate, client: &Certificate) -> Vec<Alarm> {
        let certificates = [
            ("expires-soon", "The server certificate", server, &self.expiry.server_certificate),
            ("client-expires-soon", "The client certificate", client, &self.expiry.client_certificate),
        ];
        let mut alarms = Vec::new();
        for (id, name, certificate, days) in certificates {
            let Some(ending) = leaf(certificate) else { continue };
            if let Some(day) = ending.reached(now, days, OF_CERTIFICATES) {
                let message = format!("{name} expires {}, at {}.", in_days(ending.left(now)), ending.end);
                let remedy = "Ask for the next certificate, and upload it before that.";
                alarms.push(Alarm { mark: day.to_string(), ..alarm(id, severity(ending.left(now)), &message, remedy) });
            }
        }
        let cas = self.cas(server, client);
        alarms.extend(ended(now, &cas));
        alarms.extend(together(
            now,
            &cas,
            (self.expiry.ca_certificates.as_slice(), OF_CERTIFICATES),
            ("ca-expires-soon", "CA certificate", "From then on no chain through it is valid"),
            "Append the CA's next certificate, and upload certificates that it has signed; delete this one if nothing needs it.",
        ));
        alarms.extend(together(
            now,
            &self.lists(),
            (self.expiry.crls.as_slice(), OF_LISTS),
            (
                "crl-expires-soon",
                "certificate revocation list (CRL)",
                "From then on all certificates of its CA count as revoked",
            ),
            "Get the current list from the CA and upload it.",
        ));
        alarms
    }

    /// The times at which a warning is raised, grows or ends.
    pub(super) fn warned_at(&self, server: &Certificate, client: &Certificate) -> Vec<Time> {
        let certificates =
            [(leaf(server), &self.expiry.server_certificate), (leaf(client), &self.expiry.client_certificate)];
        let certificates = certificates.iter().filter_map(|(ending, days)| Some((ending.as_ref()?, *days)));
        let certificates = certificates.flat_map(|(ending, days)| ending.warnings(days, OF_CERTIFICATES));
        let cas = self.cas(server, client);
        let cas =
            cas.iter().flat_map(|ending| ending.warnings(self.expiry.ca_certificates.as_slice(), OF_CERTIFICATES));
        let lists = self.lists();
        let lists = lists.iter().flat_map(|ending| ending.warnings(self.expiry.crls.as_slice(), OF_LISTS));
        certificates.chain(cas).chain(lists).map(|(at, _)| at).collect()
    }

    /// The CAs of the list and of the chains, but for the temporary one as long as the node renews it by itself.
    pub(super) fn cas(&self, server: &Certificate, client: &Certificate) -> Vec<Ending> {
        let temporary = (server.origin == Origin::Temporary).then(|| decode_certificates(server.chain_pem.as_bytes()));
        let temporary = temporary.as_ref().and_then(|chain| chain.first()).map(|(_, leaf)| leaf.issuer.as_str());
        let listed = self.trust.validities().iter().filter(|(subject, _)| Some(subject.as_str()) != temporary);
        let mut cas: Vec<Ending> = listed.map(|(_, ending)| ending.clone()).collect();
        for certificate in [server, client].into_iter().filter(|one| one.origin != Origin::Temporary) {
            for (_, ca) in decode_certificates(certificate.chain_pem.as_bytes()).iter().skip(1) {
                if cas.iter().all(|known| known.key != ca.fingerprint_sha256) {
                    cas.push(Ending::of_certificate(ca));
                }
            }
        }
        cas
    }

    /// The revocation lists that end.
    pub(super) fn lists(&self) -> Vec<Ending> {
        let ending = |list: decoded::Crl| {
            let end = list.next_update?;
            Some(Ending { key: format!("{} {end}", list.issuer), name: list.issuer, begin: list.this_update, end })
        };
        self.crls.decoded().filter_map(ending).collect()
    }
}

/// A certificate's end. The temporary one is renewed by the node itself.
fn leaf(certificate: &Certificate) -> Option<Ending> {
    let chain = decode_certificates(certificate.chain_pem.as_bytes());
    let leaf = chain.first().filter(|_| certificate.origin != Origin::Temporary)?;
    Some(Ending::of_certificate(&leaf.1))
}

/// One alarm of all that end soon, the first to end first.
fn together(
    now: Time,
    endings: &[Ending],
    (days, share): (&[u32], i64),
    (id, what, then): (&str, &str, &str),
    remedy: &str,
) -> Option<Alarm> {
    let mut ending: Vec<(u32, &Ending)> =
        endings.iter().filter_map(|ending| Some((ending.reached(now, days, share)?, ending))).collect();
    ending.sort_by(|(_, one), (_, other)| (one.end, &one.name).cmp(&(other.end, &other.name)));
    let (_, first) = ending.first()?;
    let mut message =
        format!("The {what} of '{}' expires {}, at {}. {then}.", first.name, in_days(first.left(now)), first.end);
    let others = ending.iter().skip(1).map(|(_, other)| format!("'{}' {}", other.name, in_days(other.left(now))));
    let named: Vec<String> = others.take(NAMED - 1).collect();
    if !named.is_empty() {
        message += &format!(" So do {}", named.join(", "));
        message += &and_more(ending.len() - 1 - named.len());
    }
    let mark = mark_of(ending.iter().map(|(day, ending)| format!("{} {day}", ending.key)));
    Some(Alarm { mark, ..alarm(id, severity(first.left(now)), &message, remedy) })
}

/// One alarm of all CAs that have ended, the latest to end first.
fn ended(now: Time, cas: &[Ending]) -> Option<Alarm> {
    let mut ended: Vec<&Ending> = cas.iter().filter(|ca| ca.end < now).collect();
    ended.sort_by(|one, other| (other.end, &one.name).cmp(&(one.end, &other.name)));
    let first = ended.first()?;
    let mut message =
        format!("The CA certificate of '{}' has expired, at {}. No chain through it is valid.", first.name, first.end);
    let others: Vec<String> = ended.iter().skip(1).take(NAMED - 1).map(|other| format!("'{}'", other.name)).collect();
    if !others.is_empty() {
        message += &format!(" Expired too: {}", others.join(", "));
        message += &and_more(ended.len() - 1 - others.len());
    }
    let remedy = "Append the CA's next certificate, and upload certificates that it has signed; delete this one if nothing needs it.";
    let mark = mark_of(ended.iter().map(|ca| ca.key.clone()));
    Some(Alarm { mark, ..alarm("ca-expired", "alert", &message, remedy) })
}

/// The end of a list of those that are named.
fn and_more(more: usize) -> String {
    if more == 0 { ".".to_owned() } else { format!(", and {more} more.") }
}

/// What tells one state of an alarm about several things from another.
fn mark_of(parts: impl Iterator<Item = String>) -> String {
    to_hex(&digest(&SHA256, parts.collect::<Vec<_>>().join(",").as_bytes()).as_ref()[..16]).to_string()
}

fn severity(left: i64) -> &'static str {
    match left {
        left if left <= ALERT_DAYS * DAY_SECONDS => "alert",
        left if left <= WARNING_DAYS * DAY_SECONDS => "warning",
        _ => "notice",
    }
}

fn in_days(left: i64) -> String {
    match left / DAY_SECONDS {
        0 => "in less than a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: &[u32] = &[60, 30, 21, 7, 1];

    fn ending(life_days: i64) -> Ending {
        let begin = Time::from_unix(0);
        Ending { name: "n".into(), key: "k".into(), begin, end: begin.plus_days(life_days) }
    }

    /// The latest warning when so many days are left.
    fn reached(life_days: i64, share: i64, left: i64) -> Option<u32> {
        let ending = ending(life_days);
        ending.reached(ending.end.plus_days(-left), DAYS, share)
    }

    #[test]
    fn warnings_come_on_their_days_and_late_in_a_short_life() {
        assert_eq!(
            [61, 60, 31, 30, 7, 0].map(|left| reached(398, 3, left)),
            [None, Some(60), Some(60), Some(30), Some(7), Some(1)]
        );
        assert_eq!([31, 30, 21, 8].map(|left| reached(90, 3, left)), [None, Some(30), Some(21), Some(21)]);
        assert_eq!([3, 2, 1].map(|left| reached(10, 5, left)), [None, Some(7), Some(1)]);
        assert_eq!(ending(90).reached(Time::from_unix(0).plus_days(91), DAYS, 3), None, "what has ended is no warning");
        assert_eq!(ending(90).reached(Time::from_unix(0).plus_days(89), &[], 3), None);
    }

    #[test]
    fn cas_that_have_ended_are_one_alarm() {
        let named = |name: &str, life: i64| Ending { name: name.into(), key: name.into(), ..ending(life) };
        let cas = [named("a", 10), named("b", 20), named("c", 30)];
        let at = |days: i64| ended(Time::from_unix(0).plus_days(days), &cas);
        assert_eq!((at(9), at(10)), (None, None), "it is valid up to its end");
        let two = at(25).unwrap();
        assert_eq!(
            two.message,
            "The CA certificate of 'b' has expired, at 1970-01-21T00:00:00Z. No chain through it is valid. Expired too: 'a'."
        );
        assert_ne!(two.mark, at(31).unwrap().mark);
    }

    #[test]
    fn severity_grows_and_several_are_one_alarm() {
        let left = |days: i64| severity(days * DAY_SECONDS);
        assert_eq!([60, 31, 30, 8, 7, 0].map(left), ["notice", "notice", "warning", "warning", "alert", "alert"]);
        let named = |name: &str, life: i64| Ending { name: name.into(), key: name.into(), ..ending(life) };
        let endings = [named("c", 400), named("a", 380), named("b", 390), named("d", 410), named("far", 900)];
        let told_of = |endings: &[Ending]| {
            let words = ("expires-soon", "list", "Then it ends");
            together(Time::from_unix(0).plus_days(360), endings, (DAYS, 3), words, "r").unwrap()
        };
        let told = told_of(&endings);
        assert_eq!(
            told.message,
            "The list of 'a' expires in 20 days, at 1971-01-16T00:00:00Z. Then it ends. So do 'b' in 30 days, 'c' in 40 days, and 1 more."
        );
        assert_eq!(told.severity, "warning");
        // Whoever comes besides is told, though three are named.
        let more: Vec<Ending> = endings.iter().cloned().chain([named("e", 420)]).collect();
        assert_ne!(told_of(&more).mark, told.mark);
        assert_eq!(told_of(&endings).mark, told.mark);
        assert_eq!(together(Time::from_unix(0), &endings, (DAYS, 3), ("expires-soon", "list", "t"), "r"), None);
    }
}
