//! Who signs: *Provider*, and what it says about itself.

use certway_wire::acme::{AcmeDirectory, AcmeProvider};
use certway_wire::users::Role;
use leptos::prelude::untrack;
use wasm_bindgen::JsCast as _;
use web_sys::{Event, HtmlInputElement};

use super::draft::{Draft, Field, fill_text};
use super::terms::terms;
use super::{Service, Step, choose, fact, field, hinted, link, part, said_button};
use crate::dom::{El, el, live, live_if, parts, text, value_of};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::{ButtonKind, error_line, fields_for, untrusted};
use crate::upload::Given;

const OTHER: &str = "other";

/// What is filled in.
#[derive(Clone, Copy)]
pub(super) struct Form {
    provider: RwSignal<String>,
    directory: RwSignal<String>,
    ca_pem: RwSignal<String>,
    error: RwSignal<String>,
}

impl Form {
    pub(super) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self { provider: text(), directory: text(), ca_pem: text(), error: text() }
    }

    /// Fills in what is saved, but not where something else than `held` was typed.
    pub(super) fn fill(self, held: Option<&Draft>, saved: &Draft) {
        let fields: [Field<String>; 3] = [
            (self.provider, |draft| &draft.provider),
            (self.directory, |draft| &draft.directory),
            (self.ca_pem, |draft| &draft.ca_pem),
        ];
        for (field, of) in fields {
            fill_text(field, held.map(of), of(saved));
        }
    }

    /// What is saved, with the provider that is filled in.
    fn typed(self, saved: &Draft) -> Draft {
        let other = self.provider.with(|provider| provider == OTHER);
        let given = |text: RwSignal<String>| if other { text.get().trim().to_owned() } else { String::new() };
        Draft {
            provider: self.provider.get(),
            directory: given(self.directory),
            ca_pem: given(self.ca_pem),
            ..saved.clone()
        }
    }

    /// What is to be saved. Another provider's profiles are others.
    fn draft(self, saved: &Draft) -> Draft {
        let draft = self.typed(saved);
        let stays = (&draft.provider, &draft.directory) == (&saved.provider, &saved.directory);
        Draft { profile: if stays { draft.profile } else { String::new() }, ..draft }
    }
}

pub(super) fn provider(service: Service) -> El {
    let form = service.provider;
    let providers = untrack(|| service.acme.with(|acme| acme.as_ref().map(|acme| acme.providers.clone())));
    let providers = providers.unwrap_or_default();
    let options = providers.iter().map(|one| el("option").attr("value", &one.id).text(&one.name));
    let select = el("select")
        .child(el("option").attr("value", "").text("None"))
        .children(options)
        .child(el("option").attr("value", OTHER).text("Other"))
        .bound(form.provider);
    let known = move || {
        let id = form.provider.get();
        providers.iter().find(|one| one.id == id).map(about)
    };
    let is_other = move || form.provider.with(|provider| provider == OTHER);
    let draft = move || service.saved().map(|saved| form.draft(&saved));
    let found = Memo::new(move || service.found_of(&draft()?));
    let fields =
        parts().child(choose("Provider", select)).child(live(known)).child(live_if(is_other, move || other(form)));
    part("acme-provider", "Who signs")
        .child(fields_for(Role::Operator, fields))
        .child(error_line(form.error))
        .child(look_up(service))
        .child(el("div").attr("role", "status").child(live(move || found.with(|found| found.as_ref().map(said)))))
        .child(save(service))
}

/// What is known of a provider of the list.
fn about(provider: &AcmeProvider) -> El {
    let account = if provider.external_account { " It wants an account of its own first." } else { "" };
    el("p")
        .class("muted")
        .child(link(&provider.website))
        .text(format!(". Its directory: {}.{account}", provider.directory))
}

/// The fields for a provider that is not in the list.
fn other(form: Form) -> El {
    let area = el("textarea")
        .class("code")
        .attr("rows", "4")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_prop("value", move || form.ca_pem.get().into())
        .on("input", move |event| form.ca_pem.set(value_of(&event)));
    el("div")
        .class("stack")
        .child(el("p").class("muted").text("For private ones, such as step-ca, pebble or caddy."))
        .child(field("Directory URL (https://)", form.directory))
        .child(hinted("acme-ca-hint", "CA certificates of its server, PEM (optional)", area, || {
            "Without them TLS to it is verified against the trusted CA list and the roots of the providers above."
                .to_owned()
        }))
        .child(el("p").class("box-actions").child(browse(form)))
}

fn browse(form: Form) -> El {
    let chosen = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            spawn(async move {
                match Given::read(&file).await {
                    Some(given) => form.ca_pem.set(String::from_utf8_lossy(&given.bytes.to_vec()).into_owned()),
                    None => form.error.set(format!("'{}' cannot be read.", file.name())),
                }
            });
        }
        // Choosing the same file again, after it was changed, must be an event too.
        input.set_value("");
    };
    el("label").class("button small").child(el("span").attr("aria-hidden", "true").text("Browse")).child(
        el("input")
            .attr("type", "file")
            .class("sr-only")
            .attr("aria-label", "CA certificates of its server: browse")
            .on("change", chosen),
    )
}

fn look_up(service: Service) -> El {
    let form = service.provider;
    let off = move || {
        let none = form.provider.with(String::is_empty);
        match (none, service.busy.get()) {
            (true, _) => Some("Choose a provider to see what it says about itself.".to_owned()),
            (_, true) => Some("The node is at work.".to_owned()),
            _ => None,
        }
    };
    let press = move || {
        if let Some(draft) = untrack(|| service.saved().map(|saved| form.draft(&saved))) {
            service.look_up(draft, form.error);
        }
    };
    let says = || "Asks the provider about its terms, accounts and profiles. Nothing is saved.".to_owned();
    said_button("acme-look-up-says", ButtonKind::Plain, "Look up", off, says, press)
}

/// What a provider says about itself.
fn said(found: &AcmeDirectory) -> El {
    let or_none = |given: &Option<String>| given.as_deref().map_or_else(|| text("None"), terms);
    let account = if found.external_account_required {
        "Wanted: register with the key identifier and the HMAC key that it gives out"
    } else {
        "Not wanted"
    };
    let renewal = if found.renewal_information {
        "It says when a certificate should be renewed"
    } else {
        "It does not say when to renew: the node does so after two thirds of the lifetime"
    };
    let profiles = found.profiles.iter().map(|profile| {
        el("p").child(el("strong").child(untrusted(&profile.name))).text(" ").child(untrusted(&profile.description))
    });
    let profiles = if found.profiles.is_empty() { text("None") } else { parts().children(profiles) };
    el("dl")
        .class("facts")
        .child(fact("Terms of service", or_none(&found.terms_of_service)))
        .child(fact("Website", or_none(&found.website)))
        .child(fact("External account", text(account)))
        .child(fact("Renewal", text(renewal)))
        .child(fact("Profiles", profiles))
}

/// Saves the provider, and says what that changes.
fn save(service: Service) -> El {
    let form = service.provider;
    let both = move || service.saved().map(|saved| (form.draft(&saved), saved));
    let off = move || {
        let (draft, saved) = both()?;
        match (draft == saved, service.busy.get()) {
            (true, _) => Some("Nothing is changed here.".to_owned()),
            (_, true) => Some("The node is at work.".to_owned()),
            _ => None,
        }
    };
    let says = move || {
        let Some((draft, saved)) = both() else { return String::new() };
        let whom = |draft: &Draft| match draft.provider.as_str() {
            "" => "no provider".to_owned(),
            OTHER => draft.directory.clone(),
            id => id.to_owned(),
        };
        let mut text = match (whom(&draft), whom(&saved)) {
            (new, old) if new == old => "Changes the CA certificates of its server.".to_owned(),
            (new, old) => format!("Changes {old} to {new}. The account with each stays its own."),
        };
        if draft.profile != saved.profile {
            text.push_str(" The profile goes back to the provider's default.");
        }
        text
    };
    let press = move || {
        if let Some((draft, saved)) = untrack(both) {
            let typed = untrack(|| form.typed(&saved));
            service.take(Step::Set { json: draft.json(), typed: Box::new(typed) }, form.error);
        }
    };
    said_button("acme-provider-says", ButtonKind::Primary, "Save provider", off, says, press)
}
