//! Signing in. It stands in place of the page that was asked for, which follows as soon as the session is there.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Reach, SignedIn};
use crate::app::App;
use crate::route::{PageLink, Route};
use crate::ui::{Badge, State, live, live_text};

#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let app = App::here();
    let username = RwSignal::new("admin".to_owned());
    let password = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let reason = move || match app.api.signed_in.get() {
        SignedIn::No(reason) => reason,
        SignedIn::Unknown | SignedIn::Yes(_) => None,
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = app.api.sign_in(username.get_untracked(), password.get_untracked()).await;
            // After success this form is gone, and its signals with it.
            let _ = password.try_set(String::new());
            let _ = busy.try_set(false);
            match answer {
                Ok(_) => app.refresh(),
                Err(refusal) => {
                    let _ = error.try_set(Some(refusal.to_string()));
                }
            }
        });
    };
    view! {
        <section class="sign-in">
            <h1>"Sign in"</h1>
            {live(move || reason().map(|reason| view! { <p class="banner plain">{reason}</p> }.into_any()))}
            <form class="stack panel" on:submit=submit>
                <label class="field">
                    <span>"User"</span>
                    <input name="username" autocomplete="username" required=true autocapitalize="none" spellcheck="false" bind:value=username/>
                </label>
                <label class="field">
                    <span>"Password"</span>
                    <input type="password" name="password" autocomplete="current-password" required=true bind:value=password/>
                </label>
                <div role="alert">
                    {live(move || error.get().map(|text| view! {
                        <p class="field-error"><Badge state=State::Refused word="Not signed in"/> {text}</p>
                    }.into_any()))}
                </div>
                <button type="submit" class="button primary" disabled=busy>
                    {live_text(move || if busy.get() { "Signing in" } else { "Sign in" }.to_owned())}
                </button>
            </form>
            <p class="muted">
                "The first password was printed on the node's terminal at its first start. "
                "If it is lost, run " <code>"certway reset-password"</code> " there."
            </p>
            <p>"To judge a file you need no sign-in: " <PageLink to=Route::Check>"Check"</PageLink></p>
        </section>
    }
}

/// What is shown until the node has said who is signed in.
#[component]
pub(crate) fn Waiting() -> impl IntoView {
    let app = App::here();
    live(move || {
        Some(if app.api.reach.get() == Reach::Here {
            view! { <p class="muted" role="status">"Asking the node who is signed in."</p> }.into_any()
        } else {
            view! {
                <h1>{app.router.current().label()}</h1>
                <p>"This page needs the node. It is shown as soon as the node answers."</p>
                <p>"Judging works meanwhile: " <PageLink to=Route::Check>"Check"</PageLink></p>
            }
            .into_any()
        })
    })
}
