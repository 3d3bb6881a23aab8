//! Client certificate testing: a file or the browser's own certificate against the trusted CA list and the revocation
//! lists, whom it names, how administrators sign in, and how another server receives the node.

mod file;
mod verdict;
mod settings;
mod connection;

use certway_wire::sign_in::{ClientCertificateTest, RevocationCheck, SignInMode, SignInRules};
use js_sys::Array;
use leptos::prelude::*;
use web_sys::{Blob, FormData};

use crate::app::App;
use crate::dom::{El, View, effect, el, live, parts, set_if_new};
use crate::route::Route;
use crate::signal::RwSignal;
use crate::task::{later, spawn};
use crate::ui::spoken;
use crate::upload::Given;

/// Typing counts as done when it has paused for this long.
const TYPED_MS: u32 = 300;

/// What the page holds.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    given: RwSignal<Option<Given>>,
    expression: RwSignal<String>,
    template: RwSignal<String>,
    revocation: RwSignal<String>,
    mode: RwSignal<String>,
    /// What is in force; `None` until the node has answered.
    rules: RwSignal<Option<SignInRules>>,
    test: RwSignal<Option<ClientCertificateTest>>,
    /// Why there is no test, or no settings.
    error: RwSignal<Option<String>>,
    /// Counts what was asked: an answer to an older question is not shown.
    asked: RwSignal<u32>,
}

pub(crate) fn client_testing() -> View {
    let app = App::here();
    let page = Page {
        app,
        given: RwSignal::new(None),
        expression: RwSignal::new(String::new()),
        template: RwSignal::new(String::new()),
        revocation: RwSignal::new("if-listed".to_owned()),
        mode: RwSignal::new("not-required".to_owned()),
        rules: RwSignal::new(None),
        test: RwSignal::new(None),
        error: RwSignal::new(None),
        asked: RwSignal::new(0),
    };
    effect(move || {
        app.node_back.track();
        page.learn();
    });
    effect(move || {
        page.given.with(|_| ());
        page.expression.with(|_| ());
        page.template.with(|_| ());
        page.revocation.with(|_| ());
        page.ask_soon();
    });
    on_cleanup(move || page.forget());
    let error = move || page.error.get().map(|text| spoken(&text));
    parts()
        .child(el("p").class("path muted").text("Maintenance > Security"))
        .child(el("h1").text(Route::ClientTesting.label()))
        .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
        .child(file::file_test(page))
        .child(own_certificate(page))
        .child(settings::settings(page))
        .child(connection::connection_test())
}

impl Page {
    /// Asks what is set. What was typed since it was first known stays.
    fn learn(self) {
        spawn(async move {
            match self.app.api.sign_in_settings().await {
                Ok(rules) => self.learned(rules),
                Err(error) => set_if_new(self.error, Some(error.to_string())),
            }
        });
    }

    fn learned(self, rules: SignInRules) {
        set_if_new(self.error, None);
        // The page may have been left meanwhile.
        if self.rules.try_with_untracked(Option::is_none) == Some(true) {
            let settings = &rules.settings;
            self.expression.set(settings.expression.clone());
            self.template.set(settings.template.clone());
            self.revocation.set(revocation_value(settings.revocation).to_owned());
            self.mode.set(mode_value(settings.mode).to_owned());
        }
        self.rules.set(Some(rules));
    }

    /// A field that can be used once it shows what is in force: the node's answer must not take the place of what was chosen.
    fn once_known(self, field: El) -> El {
        field.live_flag("disabled", move || self.rules.with(Option::is_none))
    }

    /// Tests when nothing has changed for a moment.
    fn ask_soon(self) {
        let number = self.asked.get_untracked() + 1;
        self.asked.set(number);
        later(TYPED_MS, move || {
            if self.is_latest(number) {
                spawn(self.ask(number));
            }
        });
    }

    /// Whether nothing was asked since; also `false` when the page was left.
    fn is_latest(self, number: u32) -> bool {
        self.asked.try_with_untracked(|asked| *asked == number) == Some(true)
    }

    async fn ask(self, number: u32) {
        let Some(body) = self.body() else { return };
        let answer = self.app.api.test_client_certificate(body).await;
        if !self.is_latest(number) {
            return;
        }
        match answer {
            Ok(test) => {
                set_if_new(self.error, None);
                self.test.set(Some(test));
            }
            Err(error) => {
                self.test.set(None);
                self.error.set(Some(error.to_string()));
            }
        }
    }

    fn body(self) -> Option<FormData> {
        let body = FormData::new().ok()?;
        let blob = self.given.with_untracked(|given| {
            let given = given.as_ref()?;
            Blob::new_with_u8_array_sequence(&Array::of1(&given.bytes)).ok()
        })?;
        body.append_with_blob("file", &blob).ok()?;
        body.append_with_str("expression", &self.expression.get_untracked()).ok()?;
        body.append_with_str("template", &self.template.get_untracked()).ok()?;
        body.append_with_str("revocation", &self.revocation.get_untracked()).ok()?;
        Some(body)
    }

    fn give(self, given: Given) {
        self.forget();
        self.given.set(Some(given));
    }

    fn remove(self) {
        self.forget();
        self.given.set(None);
        self.test.set(None);
    }

    /// A file with a certificate may have its key beside it.
    fn forget(self) {
        self.given.with_untracked(|given| given.iter().for_each(Given::forget));
    }
}

/// 'The browser's own': another port asks for it.
fn own_certificate(page: Page) -> El {
    let other_node = App::here().api.other_node;
    let link = move || {
        let port = page.rules.with(|rules| rules.as_ref().map(|rules| rules.own_certificate_port))?;
        // The browser's certificate does not pass through another node.
        let host = other_node.get_untracked().or_else(|| window().location().hostname().ok())?;
        let link = el("a")
            .class("button")
            .attr("href", &format!("https://{host}:{port}/"))
            .attr("target", "_blank")
            .attr("rel", "noreferrer")
            .text("Test this browser's certificate");
        Some(el("p").class("actions").child(link))
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "own-certificate")
        .child(el("h2").attr("id", "own-certificate").text("This browser's own certificate"))
        .child(el("p").text("Another port of the node asks the browser for a certificate, which the browser lets you choose, and tells in a new window what stands against it by the settings that are in force. Nothing of it is kept."))
        .child(live(link))
}

/// As `certway_wire::sign_in::SignInMode` is written.
fn mode_value(mode: SignInMode) -> &'static str {
    match mode {
        SignInMode::NotRequired => "not-required",
        SignInMode::Validation => "validation",
        SignInMode::Authentication => "authentication",
    }
}

/// As `certway_wire::sign_in::RevocationCheck` is written.
fn revocation_value(check: RevocationCheck) -> &'static str {
    match check {
        RevocationCheck::Off => "off",
        RevocationCheck::IfListed => "if-listed",
        RevocationCheck::Required => "required",
    }
}

/// A field with a label, and what it is for.
fn field(label: &str, hint: &str, input: El) -> El {
    let id = format!("hint-{}", label.to_lowercase().replace(' ', "-"));
    let input = input
        .attr("aria-label", label)
        .attr("aria-describedby", &id)
        .attr("autocapitalize", "none")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false");
    el("label")
        .class("field")
        .child(el("span").text(label))
        .child(input)
        .child(el("span").class("muted").attr("id", &id).text(hint))
}

fn chooser(page: Page, label: &str, options: &'static [(&'static str, &'static str)], chosen: RwSignal<String>) -> El {
    let options = options.iter().map(|(value, text)| el("option").attr("value", value).text(text));
    let select = page.once_known(el("select").children(options).bound(chosen));
    el("label").class("field").child(el("span").text(label)).child(select)
}
