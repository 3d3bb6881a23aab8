//! One box of the panel: it takes a drop, a file that is chosen, or pasted text.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::Panel;
use super::form::{BoxText, Slot};
use super::given::Given;
use crate::ui::{Button, ButtonKind, Untrusted, live, live_text};

/// Typing into the paste field counts as done when it has paused for this long.
const TYPED_MS: u32 = 400;

/// The box with its files.
#[component]
pub(super) fn FileBox(panel: Panel, text: BoxText) -> AnyView {
    let BoxText { slot, label, hint } = text;
    let over = RwSignal::new(false);
    let empty = Signal::derive(move || panel.files.with(|files| files.iter().all(|(other, _)| *other != slot)));
    // With the current key re-used there is no use for another one.
    let idle = Signal::derive(move || slot == Slot::PrivateKey && panel.reuse_key.get());
    let files = move || {
        panel.files.with(|files| {
            let mine = files.iter().filter(|(other, _)| *other == slot).map(|(_, given)| given.clone());
            Some(mine.map(|given| view! { <GivenRow panel=panel given=given/> }).collect_view().into_any())
        })
    };
    let says = move || match (idle.get(), empty.get()) {
        (true, _) => "The current private key is re-used. Drop a key here to use that one instead.".to_owned(),
        (false, true) => format!("Drop a file here, browse, or paste. {hint}"),
        (false, false) => String::new(),
    };
    view! {
        <div
            class="file-box"
            class:over=Signal::from(over)
            class:filled=Signal::derive(move || !empty.get())
            class:idle=idle
            role="group"
            aria-label=label
            data-box=label
            on:dragover=move |_| over.set(true)
            on:dragleave=move |_| over.set(false)
            on:drop=move |_| over.set(false)
        >
            <p class="box-label">{label}</p>
            {live(files)}
            <p class="muted">{live_text(says)}</p>
            <div class="box-actions">
                <Browse panel=panel into=slot label=label/>
                <PasteField panel=panel into=slot label=label/>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn GivenRow(panel: Panel, given: Given) -> AnyView {
    let size = size_text(given.bytes.length());
    let remove = format!("Remove {}", given.name);
    view! {
        <p class="given">
            <strong><Untrusted text=given.name/></strong>
            <span class="muted">{size}</span>
            <Button kind=ButtonKind::Quiet on_press=move |()| panel.remove(given.number)>
                <span aria-hidden="true">"Remove"</span>
                <span class="sr-only">{remove}</span>
            </Button>
        </p>
    }
    .into_any()
}

#[component]
fn Browse(panel: Panel, into: Slot, label: &'static str) -> AnyView {
    let chosen = move |event: leptos::ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(files) = input.files() {
            super::read_files(panel, &files, Some(into));
        }
        // Choosing the same file again, after it was changed, must be an event too.
        input.set_value("");
    };
    view! {
        <label class="button small">
            <span aria-hidden="true">"Browse"</span>
            <input
                type="file"
                class="sr-only"
                aria-label=format!("{label}: browse")
                multiple=into.takes_several()
                on:change=chosen
            />
        </label>
    }
    .into_any()
}

/// Takes pasted text. The text goes to the judge and never stays in the document.
#[component]
fn PasteField(panel: Panel, into: Slot, label: &'static str) -> AnyView {
    let typing = StoredValue::new_local(None::<Timeout>);
    let typed = move |event: leptos::ev::Event| {
        let field: web_sys::HtmlTextAreaElement = event_target(&event);
        let take = Timeout::new(TYPED_MS, move || {
            let text = field.value();
            field.set_value("");
            if !text.trim().is_empty() {
                panel.put(Given::pasted(&text), Some(into));
            }
        });
        typing.set_value(Some(take));
    };
    view! {
        <textarea
            class="paste-field"
            class:secret=into == Slot::PrivateKey
            rows="1"
            placeholder="Paste here"
            aria-label=format!("{label}: paste")
            spellcheck="false"
            autocomplete="off"
            on:input=typed
        ></textarea>
    }
    .into_any()
}

fn size_text(bytes: u32) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}
