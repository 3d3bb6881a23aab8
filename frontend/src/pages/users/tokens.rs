//! Tokens, by which programs call the node in the name of a user.

use certway_wire::tokens::{MadeToken, Token, Tokens};
use certway_wire::users::Role;
use leptos::prelude::Track as _;
use web_sys::Event;

use super::{error_line, field, panel, role_choice, submit};
use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, each, effect, el, live, parts};
use crate::json::quoted;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, copy_button, time, untrusted};

#[derive(Clone, Copy)]
struct List {
    app: App,
    tokens: RwSignal<Vec<Token>>,
    made: RwSignal<Option<MadeToken>>,
    error: RwSignal<String>,
    busy: RwSignal<bool>,
}

pub(super) fn tokens(app: App) -> El {
    let list = List {
        app,
        tokens: RwSignal::new(Vec::new()),
        made: RwSignal::new(None),
        error: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
    };
    effect(move || {
        app.node_back.track();
        spawn(async move { list.take(app.api.tokens().await) });
    });
    let head = ["Token", "User", "Scope", "Ends"].map(|label| el("th").attr("scope", "col").text(label));
    let body = each(move || list.tokens.get(), |token| format!("{token:?}"), move |token| list.row(&token));
    let table =
        el("table").class("cards").child(el("thead").child(el("tr").children(head))).child(el("tbody").child(body));
    let none = move || if list.tokens.with(Vec::is_empty) { "There are no tokens." } else { "" }.to_owned();
    panel("tokens", "API tokens")
        .child(el("p").text("A program calls the interface with a token in the header Authorization: Bearer. It does what its scope and its user may, and events name it."))
        .child(
            el("div")
                .class("scroll-x")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", "Table of tokens")
                .child(table),
        )
        .child(el("p").class("muted").live_text(none))
        .child(live(move || list.made.with(|made| made.as_ref().map(|made| list.shown(made)))))
        .child(list.form())
}

impl List {
    fn take(self, answer: Result<Tokens, ApiError>) {
        match answer {
            Ok(Tokens { tokens }) => self.tokens.set(tokens),
            Err(error) => self.error.set(error.to_string()),
        }
    }

    fn row(self, token: &Token) -> El {
        let cell = |label: &str| el("td").attr("data-label", label);
        let id = token.id.clone();
        let revoke = move || {
            let id = id.clone();
            spawn(async move { self.take(self.app.api.revoke_token(&id).await) });
        };
        let revoke = button(ButtonKind::Plain, revoke).class("button small");
        let revoke = revoke.attr("aria-label", &format!("Revoke {}", token.name)).text("Revoke");
        let ended = token.expired.then(|| badge(State::Refused, "Ended"));
        el("tr")
            .child(el("th").attr("scope", "row").child(untrusted(&token.name)))
            .child(cell("User").child(untrusted(&token.username)))
            .child(cell("Scope").text(token.scope.word()))
            .child(
                cell("Ends")
                    .child(el("div").class("chips").child(time(&token.expires_at)).children(ended).child(revoke)),
            )
    }

    fn form(self) -> El {
        let text = |text: &str| RwSignal::new(text.to_owned());
        let (name, scope, days) = (text(""), text(Role::Auditor.word()), text("90"));
        let send = move |event: Event| {
            event.prevent_default();
            let days: u16 = days.with_untracked(|days| days.trim().parse().unwrap_or_default());
            // The fields are those of `certway_wire::tokens::NewToken`.
            let json = format!(
                r#"{{"name":{},"scope":{},"expires_in_days":{days}}}"#,
                quoted(name.get_untracked().trim()),
                quoted(&scope.get_untracked())
            );
            spawn(self.make(json));
        };
        let most = self.app.role();
        let named = el("input").attr("autocomplete", "off").attr("spellcheck", "false").flag("required", true);
        let lasts = el("input").attr("type", "number").attr("min", "1").attr("max", "365").flag("required", true);
        el("form")
            .class("stack")
            .attr("aria-label", "New token")
            .on("submit", send)
            .child(field("Name of the token", named.bound(name)))
            .child(field("Scope", role_choice(scope, most)))
            .child(field("Ends after days, at most 365", lasts.bound(days)))
            .child(error_line(self.error))
            .child(el("p").class("actions").child(submit("Make a token", self.busy)))
    }

    async fn make(self, json: String) {
        self.busy.set(true);
        self.error.set(String::new());
        match self.app.confirmed(async || self.app.api.make_token(&json).await).await {
            Ok(made) => {
                self.made.set(Some(made));
                self.take(self.app.api.tokens().await);
            }
            Err(refusal) => self.error.set(refusal.to_string()),
        }
        self.busy.set(false);
    }

    fn shown(self, made: &MadeToken) -> View {
        let code = el("code").class("hex").attr("aria-label", "Token").text(&made.secret);
        parts()
            .child(el("p").class("fingerprint").child(code).child(copy_button("the token", &made.secret)))
            .child(el("p").attr("role", "status").text("It is shown this once: the node keeps only its hash."))
            .child(
                el("p")
                    .class("actions")
                    .child(button(ButtonKind::Plain, move || self.made.set(None)).text("Put it away")),
            )
    }
}
