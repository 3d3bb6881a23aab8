//! Check: judges files in this browser, with no sign-in and no network.

mod samples;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::App;
use crate::judge::trust_list;
use crate::time_text;
use crate::ui::{Button, ButtonKind, TimeText, live, live_text};
use crate::upload::{Form, Known, Panel, UploadPanel};
use samples::Samples;

#[component]
pub(crate) fn CheckPage() -> impl IntoView {
    let panel = Panel::new(Form::CHECKS[0]);
    let list_known = RwSignal::new(None::<bool>);
    spawn_local(async move {
        let trusted = trust_list::kept().await;
        // The page may be left before the browser has answered.
        let _ = list_known.try_set(Some(trusted.is_some()));
        let _ = panel.known.try_set(Known { trusted, ..Known::default() });
    });
    view! {
        <h1>"Check"</h1>
        <p>"Judges files in this browser: without signing in, without a network. Nothing is sent, nothing is stored."</p>
        <ListNote known=list_known/>
        <section class="panel" aria-labelledby="check-what">
            <h2 id="check-what">"What is judged"</h2>
            <KindChooser panel=panel/>
            <div class="check-options">
                <Samples panel=panel/>
                <AtTime panel=panel/>
            </div>
        </section>
        <section class="panel" aria-labelledby="check-files">
            <h2 id="check-files">"Files and report"</h2>
            <UploadPanel panel=panel/>
        </section>
    }
}

/// Says against which list is judged.
#[component]
fn ListNote(known: RwSignal<Option<bool>>) -> AnyView {
    let node = App::here().node;
    let name = move || node.get().map_or_else(|| "the node".to_owned(), |node| node.name);
    let text = move || {
        match known.get() {
        None => String::new(),
        Some(true) => format!(
            "Judged against the trusted CA list of {}, as this browser last saw it, unless you give a list of your own.",
            crate::ui::visible(&name())
        ),
        Some(false) => {
            "This browser has not seen a trusted CA list yet: give one, or sign in once. Without a list it is not said whether the CA is recognised.".to_owned()
        }
    }
    };
    view! { <p class="muted" role="status">{live_text(text)}</p> }.into_any()
}

impl Panel {
    /// Empties the panel, and goes back to what the node holds.
    fn start_over(self, form: Form) {
        self.forget();
        self.form.set(form);
        self.at.set(None);
        self.known.update(|known| (known.csr, known.current_key) = (None, None));
    }
}

#[component]
fn KindChooser(panel: Panel) -> AnyView {
    let choices = Form::CHECKS.into_iter().map(|form| {
        let chosen = Signal::derive(move || panel.form.with(|now| now.kind == form.kind));
        view! {
            <label class="choice">
                <input type="radio" name="kind" value=form.kind prop:checked=chosen on:change=move |_| panel.start_over(form)/>
                <span>{form.label}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"Judge it as"</legend>
            {choices.collect_view()}
        </fieldset>
    }
    .into_any()
}

/// The time to judge at: now, or any other.
#[component]
fn AtTime(panel: Panel) -> AnyView {
    let chosen = move |event: leptos::ev::Event| {
        // '2027-03-12T09:00', with seconds if they are not 0.
        let value = event_target_value(&event);
        let text = if value.len() == 16 { format!("{value}:00Z") } else { format!("{value}Z") };
        panel.at.set(time_text::unix(&text).map(time_text::rfc3339));
    };
    let value =
        Signal::derive(move || panel.at.get().map_or_else(String::new, |at| at.trim_end_matches('Z').to_owned()));
    let says = move || {
        Some(match panel.at.get() {
            None => view! { <p class="muted">"Empty: now."</p> }.into_any(),
            Some(at) => view! {
                <p class="muted"><TimeText at=at/></p>
                <Button kind=ButtonKind::Quiet on_press=move |()| panel.at.set(None)>"Judge as of now"</Button>
            }
            .into_any(),
        })
    };
    view! {
        <div class="at-time">
            <label class="field">
                <span>"At (UTC)"</span>
                <input type="datetime-local" step="1" prop:value=value on:change=chosen/>
            </label>
            {live(says)}
        </div>
    }
    .into_any()
}
