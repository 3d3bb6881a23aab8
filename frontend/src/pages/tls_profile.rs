//! TLS settings: which handshakes the node takes.

use certway_wire::tls::{TlsProfile, TlsProfileDetails, TlsProfiles};
use certway_wire::users::Role;
use leptos::prelude::Track as _;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, data, each, effect, el, live, parts, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, needed, spoken};

#[derive(Clone, Copy)]
struct Page {
    app: App,
    profiles: RwSignal<Option<TlsProfiles>>,
    error: RwSignal<Option<String>>,
}

pub(crate) fn tls_profile() -> View {
    let page = Page { app: App::here(), profiles: RwSignal::new(None), error: RwSignal::new(None) };
    effect(move || {
        page.app.node_back.track();
        spawn(async move { page.take(page.app.api.tls_profiles().await) });
    });
    // A row is drawn anew when it comes into force or goes out of it.
    let rows = move || {
        page.profiles.with(|profiles| {
            let Some(TlsProfiles { profile, profiles }) = profiles else { return Vec::new() };
            profiles.iter().map(|row| (row.clone(), row.profile == *profile)).collect()
        })
    };
    let key = |(row, in_force): &(TlsProfileDetails, bool)| format!("{} {in_force}", row.profile.name());
    let error = move || page.error.get().map(|text| spoken(&text));
    parts()
        .child(el("p").class("path").text("Maintenance › Security"))
        .child(el("h1").text("TLS settings"))
        .child(el("p").text("Which handshakes the node takes from browsers and programs, on its HTTPS port and on the one that asks for client certificates. A change is in force at once, without a restart: connections from before end with the requests that are under way. Between the nodes of a cluster it is always TLS 1.3."))
        .child(needed(Role::Administrator))
        .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
        .child(each(rows, key, move |(row, in_force)| page.profile(&row, in_force)))
}

impl Page {
    fn take(self, answer: Result<TlsProfiles, ApiError>) {
        match answer {
            Ok(profiles) => {
                set_if_new(self.error, None);
                set_if_new(self.profiles, Some(profiles));
            }
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    fn profile(self, row: &TlsProfileDetails, in_force: bool) -> El {
        let profile = row.profile;
        let said = |name: &str, value: El| el("div").child(el("dt").text(name)).child(value);
        let listed = |names: &[String]| {
            // On a narrow page a name goes on in another line after one of its words.
            let broken = |name: &str| {
                let words = name.split_inclusive('_');
                words.fold(el("code").class("hex"), |code, word| code.child(data(word)).child(el("wbr")))
            };
            let items = names.iter().map(|name| el("li").child(broken(name)));
            el("dd").child(el("ul").children(items))
        };
        let choose = move || spawn(self.set(profile));
        el("section")
            .class("panel")
            .attr("aria-labelledby", profile.name())
            .child(el("h2").attr("id", profile.name()).text(title(profile)))
            .children(in_force.then(|| el("p").child(badge(State::Loaded, "In force"))))
            .child(el("p").child(spoken(&row.purpose)))
            .child(
                el("dl")
                    .class("facts")
                    .child(said("Lowest version", el("dd").text(&row.minimum_version)))
                    .child(said("Cipher suites", listed(&row.cipher_suites)))
                    .child(said("Key exchange", listed(&row.groups)))
                    .child(said("Source", el("dd").text(&row.source))),
            )
            .children((!in_force).then(|| {
                el("p")
                    .class("actions")
                    .child(button(ButtonKind::Plain, choose).needs(Role::Administrator).text("Take this profile"))
            }))
    }

    async fn set(self, profile: TlsProfile) {
        match self.app.confirmed(async || self.app.api.set_tls_profile(profile).await).await {
            Ok(profiles) => {
                self.app.notices.done(format!("The profile '{}' is in force.", title(profile)));
                self.take(Ok(profiles));
            }
            Err(error) => self.app.notices.failed(error),
        }
    }
}

fn title(profile: TlsProfile) -> &'static str {
    match profile {
        TlsProfile::Intermediate => "Intermediate: TLS 1.2 and 1.3",
        TlsProfile::Modern => "Modern: TLS 1.3 only",
        TlsProfile::High => "High: TLS 1.3, AES-256",
    }
}
