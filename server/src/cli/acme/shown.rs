//! The service in words.

use certway_wire::acme::{
    AcmeAccount, AcmeCa, AcmeDifference, AcmeNext, AcmeObjection, AcmeOutcome, AcmeProvider, AcmeSettings, AcmeStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::answer;
use crate::cli::text::{Page, Tone};

/// What `GET /acme` answers, as far as it is shown.
#[derive(Deserialize)]
pub(super) struct Service {
    providers: Vec<AcmeProvider>,
    pub(super) settings: AcmeSettings,
    pub(super) account: Option<AcmeAccount>,
    pub(super) status: AcmeStatus,
    pub(super) pending: Option<Pending>,
}

/// A certificate that waits.
#[derive(Deserialize)]
pub(super) struct Pending {
    certificate: Value,
    differences: Vec<AcmeDifference>,
    pub(super) objections: Vec<AcmeObjection>,
    cas_at_hand: Vec<AcmeCa>,
}

impl Pending {
    /// Whether nothing stands against it, or nothing that is not overruled.
    pub(super) fn may_be_deployed(&self, anyway: bool) -> bool {
        self.objections.iter().all(|objection| anyway && objection.may_be_overruled)
    }
}

pub(super) fn service(page: &mut Page, service: &Service) {
    heading(page, "ACME certificate service");
    page.field("Provider", provider(service));
    page.field(
        "Account",
        match &service.account {
            Some(account) => account.url.as_deref().unwrap_or("registration not finished"),
            None if service.settings.provider.is_empty() => "",
            None => "none; `certway acme accounts register` makes one",
        },
    );
    page.field("By itself", by_itself(&service.settings));
    page.field("Now", service.status.running.as_deref().unwrap_or_default());
    outcome(page, "Last sign", service.status.last_sign.as_ref());
    page.field("Next sign", next(&service.status.next_sign));
    outcome(page, "Last deploy", service.status.last_deploy.as_ref());
    page.field("Next deploy", next(&service.status.next_deploy));
    if let Some(waiting) = &service.pending {
        pending(page, waiting);
    }
}

pub(super) fn signed(page: &mut Page, service: &Service) {
    outcome(page, "Signing", service.status.last_sign.as_ref());
    if let Some(waiting) = service.pending.as_ref().filter(|_| is_ok(service.status.last_sign.as_ref())) {
        pending(page, waiting);
        page.field("Next deploy", next(&service.status.next_deploy));
    }
}

pub(super) fn deployed(page: &mut Page, service: &Service) {
    outcome(page, "Deployment", service.status.last_deploy.as_ref());
}

/// What became of the CAs that were at hand.
pub(super) fn appended(page: &mut Page, appended: &Value) {
    let number = |name: &str| appended[name].as_u64().unwrap_or_default();
    page.line(format!(
        "{} new, {} there already; the trusted CA list has {}.",
        number("added"),
        number("known"),
        number("total")
    ));
    for finding in appended["report"]["findings"].as_array().into_iter().flatten() {
        answer::finding(page, finding);
    }
}

pub(super) fn settings(page: &mut Page, service: &Service) {
    let set = &service.settings;
    heading(page, "What is set for the ACME certificate service");
    page.field("Provider", provider(service));
    page.field("CAs", if set.ca_pem.is_some() { "those of the file that was given" } else { "the trusted CA list" });
    page.field(
        "Names",
        if set.names.is_empty() { "those of the request or the certificate".to_owned() } else { set.names.join(", ") },
    );
    let rotated = if set.rotate_key { "a new one each time" } else { "the current one again" };
    page.field("Key", format!("{}, {rotated}", word(&set.key)));
    page.field("Challenge", word(&set.challenge));
    page.field("Profile", set.profile.as_deref().unwrap_or("the provider's default"));
    page.field("By itself", by_itself(set));
    let days: Vec<String> = set.deploy_days.iter().map(word).collect();
    let days = if days.is_empty() { "any day".to_owned() } else { days.join(", ") };
    page.field("Deploys", format!("{days}, {} UTC", set.deploy_time));
    page.field("As client", if set.copy_to_client { "copied as the client certificate too" } else { "not copied" });
    heading(page, "Providers to choose from");
    for known in &service.providers {
        let bound = if known.external_account { ", wants an account of its own first" } else { "" };
        page.line(format!("    {}: {}{bound}", known.id, known.name));
    }
    page.line("    other: the provider whose directory is given");
}

/// Old against new, and what stands against it.
pub(super) fn pending(page: &mut Page, pending: &Pending) {
    heading(page, "A signed certificate waits to be deployed");
    let decoded = &pending.certificate["decoded"];
    let text = |name: &str| decoded[name].as_str().unwrap_or_default();
    let names = decoded["alternative_names"].as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(|name| name["value"].as_str()).collect();
    page.field("Subject", text("subject"));
    page.field("Names", names.join(", "));
    page.field("Issuer", text("issuer"));
    page.field("Valid", format!("{} to {}", text("not_before"), text("not_after")));
    page.field("SHA-256", text("fingerprint_sha256"));
    for AcmeDifference { what, active, pending } in &pending.differences {
        page.line(format!("    {what}: now {active}; then {pending}"));
    }
    for objection in &pending.objections {
        let tone = if objection.may_be_overruled { Tone::Warning } else { Tone::Bad };
        let against = page.paint(tone, "against it");
        let anyway = if objection.may_be_overruled { " (--anyway overrules this)" } else { "" };
        page.line(format!("{against}: {}{anyway}", objection.message));
        page.field("Remedy", &objection.remedy);
    }
    if !pending.cas_at_hand.is_empty() {
        page.line("CAs of its chain that are not trusted yet; `certway acme trust` appends them:");
    }
    for ca in &pending.cas_at_hand {
        page.field(if ca.is_root { "Root" } else { "CA" }, &ca.subject);
        page.field("SHA-256", &ca.fingerprint_sha256);
    }
}

fn heading(page: &mut Page, words: &str) {
    let words = page.paint(Tone::Heading, words);
    page.line(words);
}

fn provider(service: &Service) -> String {
    let set = &service.settings;
    if set.provider.is_empty() {
        return "none; `certway acme settings --provider` chooses one".to_owned();
    }
    match service.providers.iter().find(|provider| provider.id == set.provider) {
        Some(known) => format!("{} ({})", known.name, known.directory),
        None => set.directory.clone().unwrap_or_default(),
    }
}

fn by_itself(set: &AcmeSettings) -> &'static str {
    if set.automatic { "the node signs and deploys" } else { "nothing; an administrator signs and deploys" }
}

fn is_ok(outcome: Option<&AcmeOutcome>) -> bool {
    outcome.is_some_and(|outcome| outcome.ok)
}

fn outcome(page: &mut Page, name: &str, outcome: Option<&AcmeOutcome>) {
    let Some(AcmeOutcome { at, ok, message, remedy }) = outcome else { return page.field(name, "never") };
    let word = if *ok { page.paint(Tone::Good, "done") } else { page.paint(Tone::Bad, "failed") };
    page.field(name, format!("{word} at {at}. {message}"));
    page.field("Remedy", remedy);
}

fn next(next: &AcmeNext) -> String {
    match &next.at {
        Some(at) => format!("{at}. {}", next.message),
        None => next.message.clone(),
    }
}

/// What JSON calls a value.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
