//! What is asked for, how the names are shown to be the node's, and what the node does by itself.

use certway_wire::users::Role;
use leptos::prelude::untrack;

use super::super::csr::{KEYS, chooser};
use super::draft::{DAYS, Draft, Field, fill, fill_text};
use super::{Service, Step, choose, hinted, part, said_button, tick};
use crate::dom::{El, el, live, parts, value_of};
use crate::signal::{Memo, RwSignal};
use crate::ui::{ButtonKind, error_line, fields_for};

/// Each challenge, with what must reach the node.
const CHALLENGES: [(&str, &str); 3] = [
    (
        "http-01",
        "The provider opens http:// at each name: port 80 there must lead to the node's plain HTTP port. The node answers only while it is asked.",
    ),
    (
        "tls-alpn-01",
        "The provider opens TLS at each name: port 443 there must lead to the node itself, and nothing on the way may end TLS.",
    ),
    (
        "dns-01",
        "The provider reads a record in the DNS: nothing must reach the node. A command of the configuration file (acme_dns_hook) puts the record there.",
    ),
];

/// What is filled in.
#[derive(Clone, Copy)]
pub(super) struct Form {
    names: RwSignal<String>,
    key: RwSignal<String>,
    rotate_key: RwSignal<bool>,
    challenge: RwSignal<String>,
    profile: RwSignal<String>,
    automatic: RwSignal<bool>,
    days: [RwSignal<bool>; DAYS.len()],
    time: RwSignal<String>,
    copy_to_client: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Form {
    pub(super) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        let flag = || RwSignal::new(false);
        Self {
            names: text(),
            key: RwSignal::new(KEYS[0].0.to_owned()),
            rotate_key: flag(),
            challenge: text(),
            profile: text(),
            automatic: flag(),
            days: DAYS.map(|_| flag()),
            time: text(),
            copy_to_client: flag(),
            error: text(),
        }
    }

    /// Fills in what is saved, but not where something else than `held` was typed.
    pub(super) fn fill(self, held: Option<&Draft>, saved: &Draft) {
        let names = self.names.with_untracked(|names| names_in(names));
        if held.is_none_or(|held| held.names != saved.names && names == held.names) {
            self.names.set(saved.names.join("\n"));
        }
        let texts: [Field<String>; 4] = [
            (self.key, |draft| &draft.key),
            (self.challenge, |draft| &draft.challenge),
            (self.profile, |draft| &draft.profile),
            (self.time, |draft| &draft.time),
        ];
        for (field, of) in texts {
            fill_text(field, held.map(of), of(saved));
        }
        let ticks: [Field<bool>; 3] = [
            (self.rotate_key, |draft| &draft.rotate_key),
            (self.automatic, |draft| &draft.automatic),
            (self.copy_to_client, |draft| &draft.copy_to_client),
        ];
        for (field, of) in ticks {
            fill(field, held.map(of), of(saved));
        }
        for (index, field) in self.days.into_iter().enumerate() {
            fill(field, held.map(|held| &held.days[index]), &saved.days[index]);
        }
    }

    /// What is saved, with what is filled in here.
    fn draft(self, saved: &Draft) -> Draft {
        Draft {
            names: self.names.with(|names| names_in(names)),
            key: self.key.get(),
            rotate_key: self.rotate_key.get(),
            challenge: self.challenge.get(),
            profile: self.profile.get(),
            automatic: self.automatic.get(),
            days: self.days.map(RwSignal::get),
            time: self.time.get().trim().to_owned(),
            copy_to_client: self.copy_to_client.get(),
            ..saved.clone()
        }
    }

    /// The names that the next order asks for, as it is saved.
    pub(super) fn names_text(self, service: Service) -> String {
        let saved = service.saved().map(|saved| saved.names).unwrap_or_default();
        names_by(service, &saved).1.join(", ")
    }
}

fn names_in(text: &str) -> Vec<String> {
    text.split_whitespace().map(ToOwned::to_owned).collect()
}

/// Whose names the next order asks for, and which.
fn names_by(service: Service, given: &[String]) -> (&'static str, Vec<String>) {
    let dns = |names: &[certway_wire::AlternativeName]| {
        names.iter().filter(|name| name.kind == "dNSName").map(|name| name.value.clone()).collect::<Vec<_>>()
    };
    let of_request = service.page.csr.with(|state| {
        state.as_ref().and_then(|state| state.csr.as_ref()).map(|csr| dns(&csr.decoded.alternative_names))
    });
    if let Some(names) = of_request {
        return ("A certificate signing request is in progress: its names are asked for, whatever stands here", names);
    }
    if !given.is_empty() {
        return ("The first is the common name", given.to_vec());
    }
    let of_active = service.page.slots.with(|slots| {
        let active = slots.as_ref()?.active.as_ref().filter(|active| active.origin != "temporary")?;
        Some(dns(&active.decoded.alternative_names))
    });
    if let Some(names) = of_active {
        return ("Empty: the names of the active certificate are asked for", names);
    }
    let node = service.app.node.with(|node| node.as_ref().map(|node| node.name.clone()));
    ("Empty: the node's own name is asked for", node.into_iter().collect())
}

pub(super) fn order(service: Service) -> El {
    let form = service.order;
    let key = chooser("Kind of a new private key", &KEYS, form.key);
    let days = DAYS.into_iter().zip(form.days).map(|((_, name), on)| tick(name, on));
    let at = el("input").attr("autocomplete", "off").attr("spellcheck", "false").bound(form.time);
    let by_itself = move || !form.automatic.get();
    let fields = parts()
        .child(names(service))
        .child(key)
        .child(tick("Make a new private key each time", form.rotate_key))
        .child(challenges(service))
        .child(live(move || profile(service)))
        .child(tick("Sign and deploy by itself", form.automatic))
        .child(
            el("div")
                .class("stack")
                .live_flag("hidden", by_itself)
                .child(el("p").class("muted").text("The node signs after two thirds of a certificate's lifetime, or when the provider suggests it, and deploys at the next time set here if nothing stands against it."))
                .child(
                    el("fieldset")
                        .class("choices")
                        .child(el("legend").text("Deploy on (none: on any day)"))
                        .children(days),
                )
                .child(hinted("acme-time-hint", "Deploy at, HH:MM, UTC", at, move || local(&form.time.get()))),
        )
        .child(tick("Copy as client certificate", form.copy_to_client))
        .child(el("p").class("muted").text("A deployed certificate then becomes the client certificate too, if it is for clients (clientAuth) and no other was put there."));
    part("acme-order", "The certificate, and when")
        .child(fields_for(Role::Operator, fields))
        .child(error_line(form.error))
        .child(save(service))
}

fn names(service: Service) -> El {
    let form = service.order;
    let area = el("textarea")
        .attr("rows", "3")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .live_prop("value", move || form.names.get().into())
        .on("input", move |event| form.names.set(value_of(&event)));
    let hint = move || {
        let (whose, names) = names_by(service, &form.names.with(|names| names_in(names)));
        format!("{whose}: {}.", names.join(", "))
    };
    hinted("acme-names-hint", "Names of the certificate, one a line", area, hint)
}

fn challenges(service: Service) -> El {
    let form = service.order;
    let has_hook = untrack(|| service.acme.with(|acme| acme.as_ref().is_some_and(|acme| acme.has_dns_hook)));
    let rows = CHALLENGES.map(|(word, says)| {
        let id = format!("acme-{word}");
        let lacks = word == "dns-01" && !has_hook;
        let input = el("input")
            .attr("type", "radio")
            .attr("name", "acme-challenge")
            .attr("value", word)
            .attr("aria-describedby", &id)
            .live_prop("checked", move || form.challenge.with(|chosen| chosen == word).into())
            .on("change", move |_| form.challenge.set(word.to_owned()));
        let lack = lacks.then(|| el("strong").text(" It names none now."));
        el("div")
            .child(el("label").class("tick").child(input).child(el("span").text(word)))
            .child(el("p").attr("id", &id).class("muted").text(says).children(lack))
    });
    el("fieldset")
        .class("acme-challenges")
        .child(el("legend").text("Challenge: how the provider sees that the names are the node's"))
        .children(rows)
}

/// The provider's profiles, if it has some.
fn profile(service: Service) -> Option<El> {
    let form = service.order;
    let saved = service.saved()?;
    let found = service.found_of(&saved).map(|found| found.profiles);
    let mut profiles: Vec<(String, String)> = found
        .iter()
        .flatten()
        .map(|profile| (profile.name.clone(), format!("{}: {}", profile.name, profile.description)))
        .collect();
    if !saved.profile.is_empty() && profiles.iter().all(|(name, _)| *name != saved.profile) {
        profiles.push((saved.profile.clone(), saved.profile));
    }
    if profiles.is_empty() {
        let says = match (&found, saved.provider.is_empty()) {
            (_, true) => return None,
            (Some(_), _) => "Profile: the provider has none to choose from.",
            (None, _) => "Profile: the provider's default. Look the provider up to see whether it has others.",
        };
        return Some(el("p").class("muted").text(says));
    }
    let options = profiles.iter().map(|(name, says)| el("option").attr("value", name).text(says));
    let default = el("option").attr("value", "").text("The provider's default");
    let select = el("select").child(default).children(options).bound(form.profile);
    Some(choose("Profile", select))
}

/// A time of day in UTC, as it is where the browser is; empty if that is the same.
fn local(time: &str) -> String {
    let minutes = || {
        let (hour, minute) = time.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    // In minutes, positive to the west.
    let offset = js_sys::Date::new_0().get_timezone_offset();
    match minutes() {
        Some(utc) if offset != 0.0 => {
            let there = (f64::from(utc) - offset).rem_euclid(1440.0);
            format!("Now that is {:02}:{:02} in this browser's time zone.", (there / 60.0).floor(), there % 60.0)
        }
        _ => String::new(),
    }
}

/// Saves, and says before what that changes.
fn save(service: Service) -> El {
    let form = service.order;
    let draft = move || service.saved().map(|saved| (form.draft(&saved), saved));
    let changes = Memo::new(move || draft().map(|(draft, saved)| draft.changes(&saved)).unwrap_or_default());
    let off = move || match (changes.with(Vec::is_empty), service.busy.get()) {
        (true, _) => Some("Nothing is changed here.".to_owned()),
        (_, true) => Some("The node is at work.".to_owned()),
        _ => None,
    };
    let says = move || {
        let begins = form.automatic.get() && service.saved().is_some_and(|saved| !saved.automatic);
        let then = if begins { " From then on the node does by itself what is due." } else { " Saving signs nothing." };
        format!("Changes {}.{then}", changes.get().join("; "))
    };
    let press = move || {
        if let Some((draft, _)) = untrack(draft) {
            service.take(Step::Set { json: draft.json(), typed: Box::new(draft) }, form.error);
        }
    };
    said_button("acme-save-says", ButtonKind::Primary, "Save", off, says, press)
}
