//! Signing in. It stands in place of the page that was asked for, which follows as soon as the session is there.

use certway_wire::sign_in::SignInMode;
use leptos::prelude::untrack;

use crate::api::{Reach, SignedIn};
use crate::app::App;
use crate::dom::{El, View, el, live, live_if, parts};
use crate::route::{Route, page_link};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge};

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    app: App,
    username: RwSignal<String>,
    password: RwSignal<String>,
    /// Beside the password, once the node has asked for it.
    code: RwSignal<String>,
    wants_code: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    async fn send(self) {
        let api = self.app.api;
        let answer = if untrack(|| asked(self.app)) == SignInMode::Authentication {
            api.sign_in_by_certificate().await
        } else {
            let fields = [self.username, self.password, self.code].map(|field| field.get_untracked());
            api.sign_in(&fields[0], &fields[1], &fields[2]).await
        };
        // After success this form is gone, and its signals with it.
        self.code.set(String::new());
        self.busy.set(false);
        if let Err(refusal) = &answer
            && refusal.is_about_code()
        {
            // Not an error where it is asked for the first time. The page may have been left meanwhile.
            let asked_before = self.wants_code.try_get_untracked() == Some(true);
            self.error.set(asked_before.then(|| refusal.to_string()));
            self.wants_code.set(true);
            return;
        }
        self.password.set(String::new());
        match answer {
            Ok(()) => self.app.refresh(),
            Err(refusal) => {
                self.error.set(Some(refusal.to_string()));
                // The node may ask for something else by now.
                self.app.refresh();
            }
        }
    }
}

/// What the node that answers here needs a client certificate for, as far as it has said so.
fn asked(app: App) -> SignInMode {
    app.asked.with(|node| node.as_ref().map(|node| node.client_certificates).unwrap_or_default())
}

pub(crate) fn sign_in() -> View {
    let app = App::here();
    let reason = move || match app.api.signed_in.get() {
        SignedIn::No(reason) => reason.map(|reason| el("p").class("banner plain").text(reason)),
        SignedIn::Unknown | SignedIn::Yes(_) => None,
    };
    el("section")
        .class("sign-in")
        .child(el("h1").text("Sign in"))
        .child(live(reason))
        .child(form(app))
        .child(
            el("p")
                .class("muted")
                .text("The first password was printed on the node's terminal at its first start. If it is lost, run ")
                .child(el("code").text("certway reset-password"))
                .text(" there."),
        )
        .child(el("p").text("To judge a file you need no sign-in: ").child(page_link(Route::Check).text("Check")))
        .into()
}

fn form(app: App) -> El {
    let form = Form {
        app,
        username: RwSignal::new("admin".to_owned()),
        password: RwSignal::new(String::new()),
        code: RwSignal::new(String::new()),
        wants_code: RwSignal::new(false),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.busy.set(true);
        form.error.set(None);
        spawn(form.send());
    };
    let error = move || {
        let text = form.error.get()?;
        Some(el("p").class("field-error").child(badge(State::Refused, "Not signed in")).text(" ").text(text))
    };
    el("form")
        .class("stack panel")
        .on("submit", submit)
        .child(live_if(
            move || asked(app) != SignInMode::NotRequired,
            || el("p").text("This node asks your browser for a client certificate."),
        ))
        .child(live_if(move || asked(app) != SignInMode::Authentication, move || fields(form)))
        .child(el("div").attr("role", "alert").child(live(error)))
        .child(
            el("button")
                .attr("type", "submit")
                .class("button primary")
                .live_flag("disabled", move || form.busy.get())
                .live_text(move || if form.busy.get() { "Signing in" } else { "Sign in" }.to_owned()),
        )
}

fn fields(form: Form) -> View {
    let username = el("input")
        .attr("name", "username")
        .attr("autocomplete", "username")
        .flag("required", true)
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .bound(form.username);
    let password = el("input")
        .attr("type", "password")
        .attr("name", "password")
        .attr("autocomplete", "current-password")
        .flag("required", true)
        .bound(form.password);
    parts()
        .child(el("label").class("field").child(el("span").text("User")).child(username))
        .child(el("label").class("field").child(el("span").text("Password")).child(password))
        .child(live_if(move || form.wants_code.get(), move || code(form)))
}

fn code(form: Form) -> El {
    let field = el("input")
        .attr("autocomplete", "one-time-code")
        .attr("spellcheck", "false")
        .flag("required", true)
        .flag("autofocus", true)
        .bound(form.code);
    el("label").class("field").child(el("span").text("Code that your app shows, or a recovery code")).child(field)
}

/// What is shown until the node has said who is signed in.
pub(crate) fn waiting() -> View {
    let app = App::here();
    live(move || {
        if app.api.reach.get() == Reach::Here {
            let says = "Asking the node who is signed in. Until it says so it is asked every 10 seconds.";
            return el("p").class("muted").attr("role", "status").text(says).into();
        }
        parts()
            .child(el("h1").text(app.router.current().label()))
            .child(el("p").text("This page needs the node. It is shown as soon as the node answers."))
            .child(el("p").text("Judging works meanwhile: ").child(page_link(Route::Check).text("Check")))
    })
}
