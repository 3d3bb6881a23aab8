//! The password once more, when the node asks for it before a dangerous call.

use futures_channel::oneshot;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::app::App;
use crate::ui::{Dialog, live_text};

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
#[component]
pub(crate) fn ConfirmDialog() -> impl IntoView {
    let app = App::here();
    let Confirm { open, waiting } = app.confirm;
    // Dropping the sender tells the one who waits that the dialog was closed.
    Effect::new(move |_| {
        if !open.get() {
            waiting.set_value(None);
        }
    });
    view! {
        <Dialog open=open title="Confirm that it is you">
            <PasswordForm open=open waiting=waiting/>
        </Dialog>
    }
}

#[component]
fn PasswordForm(
    open: RwSignal<bool>,
    waiting: StoredValue<Option<oneshot::Sender<()>>, LocalStorage>,
) -> impl IntoView {
    let api = App::here().api;
    let password = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        spawn_local(async move {
            match api.confirm(password.get_untracked()).await {
                Ok(()) => {
                    if let Some(sender) = waiting.try_update_value(Option::take).flatten() {
                        // It fails only if nobody waits any more.
                        let _ = sender.send(());
                    }
                    open.set(false);
                }
                Err(refusal) => error.set(Some(refusal.to_string())),
            }
            password.set(String::new());
            busy.set(false);
        });
    };
    view! {
        <form class="stack" on:submit=submit>
            <p>"What you are about to do can cut connections, so the node asks for your password again. It asks once in five minutes."</p>
            <label class="field">
                <span>"Password"</span>
                <input type="password" name="password" autocomplete="current-password" required=true autofocus=true bind:value=password/>
            </label>
            <p class="field-error" role="alert">{live_text(move || error.get().unwrap_or_default())}</p>
            <div class="dialog-buttons">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button type="submit" class="button primary" disabled=busy>"Confirm"</button>
            </div>
        </form>
    }
}
