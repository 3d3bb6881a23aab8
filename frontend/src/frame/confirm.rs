//! The password once more, when the node asks for it before a dangerous call.

use futures_channel::oneshot;
use leptos::prelude::*;

use crate::api::{ApiError, SignedIn};
use crate::app::App;
use crate::dom::{El, effect, el};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, button, dialog};

/// The dialog, and who waits for it.
#[derive(Clone, Copy)]
pub(crate) struct Confirm {
    open: RwSignal<bool>,
    waiting: StoredValue<Option<oneshot::Sender<()>>, LocalStorage>,
}

impl Confirm {
    pub(crate) fn new() -> Self {
        Self { open: RwSignal::new(false), waiting: StoredValue::new_local(None) }
    }

    /// Opens the dialog and waits: `true` if the password was right, `false` if the dialog was closed.
    async fn ask(self) -> bool {
        let (sender, receiver) = oneshot::channel();
        self.waiting.set_value(Some(sender));
        self.open.set(true);
        receiver.await.is_ok()
    }
}

impl App {
    /// Makes a call, and makes it once more if the node wants the password first and gets it. An administrator who
    /// closes the dialog gets the node's refusal, which says that nothing was changed.
    pub(crate) async fn confirmed<T>(self, call: impl AsyncFn() -> Result<T, ApiError>) -> Result<T, ApiError> {
        match call().await {
            Err(error) if error.wants_confirmation() => {
                if self.confirm.ask().await {
                    call().await
                } else {
                    Err(error)
                }
            }
            answer => answer,
        }
    }
}

/// The dialog; one stands in the frame, for all pages.
pub(crate) fn confirm_dialog() -> El {
    let Confirm { open, waiting } = App::here().confirm;
    // The one who waits is on a page that goes when nobody is signed in.
    let signed_in = App::here().api.signed_in;
    effect(move || {
        if signed_in.with(|who| matches!(who, SignedIn::No(_))) {
            open.set(false);
        }
    });
    // Dropping the sender tells the one who waits that the dialog was closed.
    effect(move || {
        if !open.get() {
            waiting.set_value(None);
        }
    });
    dialog(open, || "Confirm that it is you".to_owned(), password_form)
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    password: RwSignal<String>,
    error: RwSignal<String>,
    busy: RwSignal<bool>,
}

impl Form {
    async fn send(self, app: App) {
        let Confirm { open, waiting } = app.confirm;
        match app.api.confirm(&self.password.get_untracked()).await {
            Ok(()) => {
                if let Some(sender) = waiting.try_update_value(Option::take).flatten() {
                    // It fails only if nobody waits any more.
                    let _ = sender.send(());
                }
                open.set(false);
            }
            Err(refusal) => self.error.set(refusal.to_string()),
        }
        self.password.set(String::new());
        self.busy.set(false);
    }
}

fn password_form() -> El {
    let app = App::here();
    let open = app.confirm.open;
    let form = Form {
        password: RwSignal::new(String::new()),
        error: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
    };
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.busy.set(true);
        spawn(form.send(app));
    };
    let field = el("input")
        .attr("type", "password")
        .attr("name", "password")
        .attr("autocomplete", "current-password")
        .flag("required", true)
        .flag("autofocus", true)
        .bound(form.password);
    let confirm = el("button")
        .attr("type", "submit")
        .class("button primary")
        .live_flag("disabled", move || form.busy.get())
        .text("Confirm");
    el("form")
        .class("stack")
        .on("submit", submit)
        .child(el("p").text("What you are about to do can cut connections or give private keys away, so the node asks for your password again. It asks once in five minutes."))
        .child(el("label").class("field").child(el("span").text("Password")).child(field))
        .child(el("p").class("field-error").attr("role", "alert").live_text(move || form.error.get()))
        .child(
            el("div")
                .class("dialog-buttons")
                .child(button(ButtonKind::Plain, move || open.set(false)).text("Cancel"))
                .child(confirm),
        )
}
