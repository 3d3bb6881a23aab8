//! Where revocation lists come from by themselves: which sources are asked, when, and what came of each.

use std::sync::Arc;
use std::time::Duration;

use certway_core::{Accepted, AcceptedCrl, Kind, Time, limits};
use certway_wire::node::CrlsChanged;
use certway_wire::revocation::{RevocationSources, RevocationUpdates, SourceKind, SourceResult};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::certificates::broken_rules;
use super::error::Error;
use super::ocsp::{Answer, Asker};
use super::sessions::SignedIn;
use super::{App, alarms, blocking, crls};
use crate::clock;
use crate::fetch::{self, unpack};
use crate::store::{Alarm, Entry, Identity, Setting};

/// The most URLs, and the most hosts.
const MOST: usize = 20;
/// Sources asked at once: each may hold 16 MiB, packed and unpacked.
const AT_ONCE: usize = 3;
/// When a source that failed is asked again.
const RETRY_SECONDS: i64 = 60 * 60;
/// The same, for a run of which nothing could be kept.
const RETRY: Duration = Duration::from_secs(60 * 60);
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What is set.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Sources(pub(super) RevocationSources);

impl Setting for Sources {
    const NAME: &'static str = "revocation-sources";
}

/// What came of it the last time.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct LastRun {
    /// Seconds since 1970; none if there was no run yet.
    pub(super) at: Option<i64>,
    pub(super) results: Vec<SourceResult>,
    /// What responders said of certificates.
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
}

impl Setting for LastRun {
    const NAME: &'static str = "revocation-last-run";
}

impl Sources {
    /// What is set, checked and in one spelling.
    fn checked(settings: RevocationSources) -> Result<Self, Error> {
        if settings.urls.len() > MOST || settings.allowed_hosts.len() > MOST {
            return Err(Error::RevocationSources(format!("at most {MOST} URLs and {MOST} hosts are taken")));
        }
        if minutes(&settings.time).is_none() {
            return Err(Error::RevocationSources("the time is to be HH:MM, from 00:00 to 23:59, UTC".to_owned()));
        }
        let mut urls: Vec<String> = Vec::new();
        for text in &settings.urls {
            let url = fetch::url(text.trim()).map_err(|why| refused("URL", text, &why))?;
            if !urls.iter().any(|known| known == url.as_str()) {
                urls.push(url.into());
            }
        }
        let mut allowed_hosts = Vec::new();
        for text in &settings.allowed_hosts {
            let host = text.trim().to_ascii_lowercase();
            let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte));
            let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            match fetch::url(&format!("http://{bracketed}/")) {
                Ok(url) if plain && fetch::host(&url) == host && url.port().is_none() => allowed_hosts.push(host),
                _ => {
                    return Err(Error::RevocationSources(format!(
                        "'{}' is neither a host name nor an address",
                        shown(text)
                    )));
                }
            }
        }
        let responder = settings.ocsp_responder.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let ocsp_responder = match responder {
            Some(text) => Some(String::from(fetch::url(text).map_err(|why| refused("responder", text, &why))?)),
            None => None,
        };
        Ok(Self(RevocationSources { urls, allowed_hosts, ocsp_responder, ..settings }))
    }

    /// Whether anything is to be asked at all.
    fn ask_anything(&self) -> bool {
        !self.0.urls.is_empty() || self.0.follow_distribution_points || self.0.ocsp
    }

    /// A URL out of a certificate, if its host is one that such URLs may lead to.
    pub(super) fn allowed(&self, text: &str) -> Result<reqwest::Url, String> {
        let url = fetch::url(text).map_err(|why| why.to_string())?;
        let host = fetch::host(&url);
        if self.0.allowed_hosts.contains(&host) {
            Ok(url)
        } else {
            Err(format!("not asked: the host '{host}' is not among the allowed ones"))
        }
    }
}

impl Sources {
    /// Whether anybody is asked over TLS.
    pub(super) fn uses_tls(&self) -> bool {
        let urls = self.0.urls.iter().chain(&self.0.ocsp_responder);
        self.0.follow_distribution_points || urls.into_iter().any(|url| url.starts_with("https://"))
    }
}

impl LastRun {
    /// Forgets what came of sources that are no longer set.
    fn forget_gone(&mut self, sources: &Sources) {
        self.results.retain(|result| match result.kind {
            SourceKind::Url => sources.0.urls.contains(&result.url),
            SourceKind::DistributionPoint => sources.0.follow_distribution_points,
            SourceKind::Ocsp => sources.0.ocsp,
        });
    }

    fn failed(&self) -> bool {
        self.results.iter().any(|result| !result.ok)
    }

    /// The alarms for lists that could not be downloaded, and for what was downloaded and is no list that can be used.
    pub(super) fn alarms(&self) -> Vec<Alarm> {
        let failed = |downloaded: bool| {
            let failed = self
                .results
                .iter()
                .filter(move |result| !result.ok && result.kind != SourceKind::Ocsp && result.downloaded == downloaded);
            let named = failed.map(|result| format!("{} ({})", result.url, result.message.trim_end_matches('.')));
            named.collect::<Vec<_>>().join("; ")
        };
        let raised = |id: &str, failures: String, message: String, remedy: &str| {
            (!failures.is_empty()).then(|| alarms::alarm(id, "warning", &message, remedy))
        };
        let (missing, useless) = (failed(false), failed(true));
        let not_downloaded = format!("Revocation lists could not be downloaded: {missing}.");
        let not_taken = format!("What was downloaded was not taken as a revocation list: {useless}.");
        let download = raised(
            "crl-download-failed",
            missing,
            not_downloaded,
            "See on CRL management what each source answered. The node asks again every hour.",
        );
        let update = raised(
            "crl-update-failed",
            useless,
            not_taken,
            "See on CRL management what each source gave, and whether its URL is that of a list. The lists that the node has stay in force until they expire. The node asks again every hour.",
        );
        download.into_iter().chain(update).collect()
    }
}

/// Whether it is time to ask: daily at the time that is set, also after it was missed; an hour after a failure; and after
/// the clock was put back.
fn is_due(now: Time, minutes: i64, last: &LastRun) -> bool {
    let (now, Some(at)) = (now.unix(), last.at) else { return true };
    let scheduled = now - (now - minutes * 60).rem_euclid(DAY_SECONDS);
    at > now || at < scheduled || (last.failed() && now - at >= RETRY_SECONDS)
}

/// `HH:MM` as minutes of the day.
pub(super) fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, below: i64| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|&number| plain && number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn refused(what: &str, text: &str, why: &fetch::Fault) -> Error {
    Error::RevocationSources(format!("the {what} '{}': {why}", shown(text)))
}

fn shown(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_default).collect()
}

/// One list to fetch.
struct Source {
    url: String,
    kind: SourceKind,
    /// Where it leads, or why it is not asked.
    target: Result<reqwest::Url, String>,
}

impl App {
    /// What is set, and what came of it.
    pub(crate) fn revocation_updates(&self) -> Result<RevocationUpdates, Error> {
        let (sources, last) = self.sources();
        Ok(RevocationUpdates {
            settings: sources.0,
            updated_at: last.at.map(|at| Time::from_unix(at).to_string()),
            results: last.results,
            not_yet_asked: self.not_yet_asked()?,
        })
    }

    /// What is set and what came of it. What was changed behind the node's back counts as not set: nobody is asked.
    pub(super) fn sources(&self) -> (Sources, LastRun) {
        fn or_default<S: Setting>(read: Result<S, crate::store::Error>) -> S {
            read.unwrap_or_else(|error| {
                tracing::error!(%error, "the settings of revocation cannot be read; nobody is asked");
                S::default()
            })
        }
        let store = self.store();
        (or_default(store.setting()), or_default(store.setting()))
    }

    /// The alarm for settings that were changed behind the node's back.
    pub(super) fn sources_damaged(&self) -> Option<Alarm> {
        let read = self.store().setting::<Sources>();
        matches!(read, Err(crate::store::Error::Damaged(_)))
            .then(|| alarms::setting_changed(Sources::NAME, "Nobody is asked about revocation."))
    }

    /// Sets who is asked and when; refused if whoever sets it could not sign in again by what responders say.
    pub(crate) async fn set_revocation_sources(
        self: &Arc<Self>,
        session: SignedIn,
        settings: RevocationSources,
    ) -> Result<RevocationUpdates, Error> {
        let sources = Sources::checked(settings)?;
        self.keep_in_under(&session, &sources).await?;
        let app = Arc::clone(self);
        blocking(move || app.store_revocation_sources(&session.actor, &sources)).await
    }

    fn store_revocation_sources(&self, actor: &str, sources: &Sources) -> Result<RevocationUpdates, Error> {
        let change = self.changing();
        let mut last = self.sources().1;
        last.forget_gone(sources);
        self.store().change(clock::now(), actor, |change| {
            change.set(sources)?;
            change.set(&last)?;
            Ok::<_, Error>(((), Entry::new("revocation-sources-set", described(&sources.0))))
        })?;
        self.trust_changed();
        self.refresh_or_log(&change);
        self.revocation_updates()
    }

    /// Asks, if it is time; and at any time about a certificate that nobody was asked about yet.
    pub(crate) async fn update_revocation_if_due(self: &Arc<Self>) {
        let app = Arc::clone(self);
        let due = blocking(move || {
            let (sources, last) = app.sources();
            let minutes = minutes(&sources.0.time).unwrap_or_default();
            let due = sources.ask_anything() && is_due(clock::now(), minutes, &last);
            Ok((due, !due && !app.not_yet_asked()?.is_empty()))
        });
        let outcome = match due.await {
            Ok((true, _)) => self.update_revocation("node").await.map(drop),
            Ok((false, true)) => self.ask_about_certificates().await.map(drop),
            Ok((false, false)) | Err(_) => return,
        };
        if let Err(error) = outcome {
            tracing::error!(%error, "the sources of revocation could not be asked; tried again in an hour");
            // What came of it could not be kept, so it would be due again at once.
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Asks all sources now, and says what came of each. Goes on to its end also when nobody waits for the answer any more.
    pub(crate) async fn update_revocation(self: &Arc<Self>, actor: &str) -> Result<RevocationUpdates, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        let run = tokio::spawn(async move { app.run_update(&actor).await });
        run.await.map_err(|error| Error::GivenUp(error.to_string()))?
    }

    async fn run_update(self: Arc<Self>, actor: &str) -> Result<RevocationUpdates, Error> {
        let _one_at_a_time = self.updating.lock().await;
        let app = Arc::clone(&self);
        let (asker, sources) =
            blocking(move || Ok((Arc::new(Asker::new(&app.against())?), app.lists_to_fetch()?))).await?;
        let mut results = Vec::new();
        for (source, fetched) in fetch_all(&asker, sources).await {
            let (app, actor) = (Arc::clone(&self), actor.to_owned());
            results.push(blocking(move || Ok(app.take_lists(&actor, source, fetched))).await?);
        }
        let answers = self.ask_responders(&asker).await?;
        let (app, actor) = (Arc::clone(&self), actor.to_owned());
        blocking(move || app.finish_update(&actor, results, answers)).await
    }

    /// The URLs that are set, and the distribution points of the certificates in use.
    fn lists_to_fetch(&self) -> Result<Vec<Source>, Error> {
        let (sources, _) = self.sources();
        let given = |url: &String| Source {
            url: url.clone(),
            kind: SourceKind::Url,
            target: fetch::url(url).map_err(|why| why.to_string()),
        };
        let mut all: Vec<Source> = sources.0.urls.iter().map(given).collect();
        if sources.0.follow_distribution_points {
            for url in self.distribution_points()? {
                if all.len() < 2 * MOST && all.iter().all(|known| known.url != url) {
                    all.push(Source { target: sources.allowed(&url), kind: SourceKind::DistributionPoint, url });
                }
            }
        }
        Ok(all)
    }

    /// The alarm for lists that are to come by themselves, and of which none ever will.
    pub(super) fn no_sources(&self, sources: &Sources) -> Result<Option<Alarm>, Error> {
        if !sources.0.follow_distribution_points || !sources.0.urls.is_empty() {
            return Ok(None);
        }
        let points = self.distribution_points()?;
        if points.iter().any(|url| sources.allowed(url).is_ok()) {
            return Ok(None);
        }
        let (message, remedy) = if points.is_empty() {
            (
                "Revocation lists are to be downloaded from the distribution points of the node's certificates, and these name none.".to_owned(),
                "Give the URL of your CA's list on CRL management, or switch off that distribution points are followed.",
            )
        } else {
            let mut hosts: Vec<String> =
                points.iter().filter_map(|url| Some(fetch::host(&fetch::url(url).ok()?))).collect();
            hosts.sort();
            hosts.dedup();
            (
                format!(
                    "Revocation lists are to be downloaded from the distribution points of the node's certificates, and none of their hosts is allowed: {}.",
                    hosts.join(", ")
                ),
                "Allow the host on CRL management, give the URL of the list there, or switch off that distribution points are followed.",
            )
        };
        Ok(Some(alarms::alarm("crl-no-sources", "warning", &message, remedy)))
    }

    /// What the node's own certificates and the CAs of their paths name.
    fn distribution_points(&self) -> Result<Vec<String>, Error> {
        let mut urls = Vec::new();
        for identity in [Identity::Server, Identity::Client] {
            let slots = self.store().slots(identity)?;
            for certificate in [Some(slots.active), slots.pending].into_iter().flatten() {
                urls.extend(self.path_of(identity, &certificate).into_iter().flat_map(|(_, ca)| ca.crl_urls));
            }
        }
        urls.retain(|url| url.starts_with("http://") || url.starts_with("https://"));
        Ok(urls)
    }

    /// Judges what was fetched, and keeps what is better than what is there.
    fn take_lists(&self, actor: &str, source: Source, fetched: Result<Vec<u8>, String>) -> SourceResult {
        let downloaded = fetched.is_ok();
        let unpacked = fetched.and_then(|bytes| unpack::unpack(&bytes));
        let taken = unpacked.and_then(|unpacked| {
            let said = self.take_file(actor, &source.url, &unpacked.lists)?;
            Ok(unpacked.note.map_or(said.clone(), |note| format!("{said}. {note}")))
        });
        // A host that is not allowed is the administrator's will, and no failure.
        let ok = taken.is_ok() || (source.kind == SourceKind::DistributionPoint && source.target.is_err());
        let message = taken.unwrap_or_else(|why| why);
        SourceResult { url: source.url, kind: source.kind, ok, downloaded, revoked: false, message }
    }

    fn take_file(&self, actor: &str, url: &str, file: &[u8]) -> Result<String, String> {
        let change = self.changing();
        let (report, accepted) = self.judge_list(actor, Kind::Crl, "crl-download-refused", file).map_err(|error| {
            let rules = if let Error::Refused(report) = &error { broken_rules(report) } else { String::new() };
            format!("the list is refused: {rules}")
        })?;
        let Accepted::Crls(accepted) = accepted else { return Err("it is no revocation list".to_owned()) };
        let trust = self.trust.load();
        let accepted = self.with_room(accepted)?;
        let kept = self.store().change(clock::now(), actor, |change| {
            let changed = crls::keep(change, &accepted, &trust.ders())?;
            if changed.added + changed.replaced == 0 {
                return Err(Halt::Unchanged(Box::new(changed)));
            }
            Ok((changed.clone(), Entry::new("crls-downloaded", format!("{url}: {}", crls::in_words(&changed)))))
        });
        let changed = match kept {
            Ok(changed) => {
                self.crls_changed(&change).map_err(|error| error.to_string())?;
                changed
            }
            Err(Halt::Unchanged(changed)) => *changed,
            Err(Halt::Failed(error)) => return Err(error.to_string()),
        };
        let unrecognised = report.findings.iter().any(|finding| finding.rule == "crl-not-recognised");
        let warning =
            if unrecognised { ". Warning: CRL not recognised, its issuer is not in the trusted CA list" } else { "" };
        Ok(format!("{}{warning}", crls::in_words(&changed)))
    }

    /// Lists that no trusted CA signed are kept while there is room to spare: whoever answers a source could fill the store
    /// with them.
    fn with_room(&self, accepted: Vec<AcceptedCrl>) -> Result<Vec<AcceptedCrl>, String> {
        let held = self.store().crls().map_err(|error| error.to_string())?;
        let strange = accepted.iter().filter(|list| !list.is_recognised()).count();
        let bytes = held.iter().map(|list| list.der.len()).sum::<usize>()
            + accepted.iter().map(|list| list.der().len()).sum::<usize>();
        if held.len() + strange <= limits::CRLS / 2 && bytes <= limits::CRLS_BYTES / 2 {
            return Ok(accepted);
        }
        Ok(accepted.into_iter().filter(AcceptedCrl::is_recognised).collect())
    }

    fn finish_update(
        &self,
        actor: &str,
        mut results: Vec<SourceResult>,
        answers: Vec<(SourceResult, Answer)>,
    ) -> Result<RevocationUpdates, Error> {
        let change = self.changing();
        let now = clock::now();
        let (sources, mut last) = self.sources();
        results.extend(last.take_answers(answers));
        let failed = results.iter().filter(|result| !result.ok).count();
        let details = format!("{} asked, {failed} failed", results.len());
        last = LastRun { at: Some(now.unix()), results, ..last };
        // They may have been changed while the sources were asked.
        last.forget_gone(&sources);
        self.store().change(now, actor, |change| {
            change.set(&last)?;
            Ok::<_, Error>(((), Entry::new("revocation-sources-asked", details)))
        })?;
        self.refresh_or_log(&change);
        self.revocation_updates()
    }
}

/// Why a change of the lists was not made: there was nothing to change, or it failed.
enum Halt {
    Unchanged(Box<CrlsChanged>),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<crate::store::Error> for Halt {
    fn from(error: crate::store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// All sources, in their order, each with what was fetched.
async fn fetch_all(asker: &Arc<Asker>, sources: Vec<Source>) -> Vec<(Source, Result<Vec<u8>, String>)> {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let mut fetched = Vec::new();
    for (position, source) in sources.into_iter().enumerate() {
        let (asker, room) = (Arc::clone(asker), Arc::clone(&room));
        running.spawn(async move {
            let _room = room.acquire_owned().await;
            let answer = match source.target.clone() {
                Ok(url) => asker.fetcher.get(url).await.map_err(|why| why.to_string()),
                Err(why) => Err(why),
            };
            (position, source, answer)
        });
    }
    while let Some(done) = running.join_next().await {
        // A task that panicked is in the log; its source has no result.
        fetched.extend(done);
    }
    fetched.sort_by_key(|(position, ..)| *position);
    fetched.into_iter().map(|(_, source, answer)| (source, answer)).collect()
}

/// The settings, as the event log names them.
fn described(settings: &RevocationSources) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    format!(
        "{} URLs, daily at {} UTC; distribution points {}; OCSP {}; allowed hosts: {}",
        settings.urls.len(),
        settings.time,
        on(settings.follow_distribution_points),
        on(settings.ocsp),
        settings.allowed_hosts.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(at: i64, ok: bool) -> LastRun {
        let (kind, url, message) = (SourceKind::Url, String::new(), String::new());
        let result = SourceResult { url, kind, ok, downloaded: ok, revoked: false, message };
        LastRun { at: Some(at), results: vec![result], answers: Vec::new() }
    }

    #[test]
    fn a_run_is_due_daily_after_a_miss_after_a_failure_and_after_the_clock_was_put_back() {
        let three = 3 * 3600;
        let day = 20_000 * DAY_SECONDS;
        let due = |now: i64, last: &LastRun| is_due(Time::from_unix(now), 180, last);
        assert!(due(day, &LastRun::default()));
        assert!(!due(day + three - 1, &last(day - DAY_SECONDS + three, true)));
        assert!(due(day + three, &last(day - DAY_SECONDS + three, true)));
        assert!(!due(day + three + 60, &last(day + three, true)));
        assert!(due(day + 5 * 3600, &last(day - 3 * DAY_SECONDS, true)));
        assert!(!due(day + three + 3599, &last(day + three, false)));
        assert!(due(day + three + 3600, &last(day + three, false)));
        assert!(due(day, &last(day + 1, true)));
    }

    #[test]
    fn times_and_hosts_are_in_one_spelling() {
        assert_eq!([minutes("00:00"), minutes("23:59"), minutes("24:00")], [Some(0), Some(1439), None]);
        assert_eq!([minutes("3:00"), minutes("+3:00"), minutes("03-00")], [None; 3]);
        let set = |hosts: &[&str]| {
            let allowed_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
            Sources::checked(RevocationSources { allowed_hosts, ..RevocationSources::default() })
        };
        let sources = set(&["CRL.example.com ", "127.0.0.1"]).unwrap_or_default();
        sources.allowed("http://crl.EXAMPLE.com:8080/a").unwrap();
        sources.allowed("http://crl.example.com.evil.example/a").unwrap_err();
        sources.allowed("http://evil.example/crl.example.com").unwrap_err();
        for bad in [
            "https://crl.example.com",
            "crl.example.com/x",
            "crl.example.com:80",
            "",
            "*.example.com/",
            "169.254.169.254",
        ] {
            assert!(set(&[bad]).is_err(), "{bad}");
        }
    }
}
