//! The upload panel: boxes for the files, and what the judge says about them before any button is pressed.
//!
//! A page makes a [`Panel`], shows it with [`UploadPanel`], and does the sending itself. Nothing leaves the browser
//! before that. What may be a private key is overwritten when the upload ends and when the page is left.

mod form;
mod given;
mod sniff;
mod panel;
mod file_box;
mod file_text;
mod text_view;
mod send_button;

pub(crate) use form::{Form, Slot};
pub(crate) use given::Given;
pub(crate) use panel::{Known, Panel};

use leptos::ev::{ClipboardEvent, DragEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use web_sys::{DataTransfer, Element, Event, FormData};

use crate::judge::Judge;
use crate::report::{DetailsView, VerdictView};
use crate::ui::{Untrusted, live, live_if};
use file_box::FileBox;
use send_button::SendButton;
use text_view::TextView;

/// The panel. `on_send` gets the body of the upload; it ends with [`Panel::sent`] or [`Panel::refused`].
#[component]
pub(crate) fn UploadPanel(panel: Panel, #[prop(into, optional)] on_send: Option<Callback<FormData>>) -> AnyView {
    let judge = Judge::here();
    Effect::new(move |_| match panel.question() {
        Some(question) => judge.ask(&question, panel.judgement),
        None => {
            judge.cancel();
            panel.judgement.clear();
        }
    });
    Effect::new(move |_| match panel.pending_question() {
        Some(question) => judge.ask(&question, panel.pending),
        None => panel.pending.clear(),
    });
    take_files_from_the_window(panel);
    let left = window_event_listener_untyped("pagehide", move |_| panel.forget());
    on_cleanup(move || {
        left.remove();
        judge.cancel();
        panel.forget();
    });

    let boxes = move || {
        let boxes = panel.form.with(|form| form.boxes);
        Some(boxes.iter().map(|text| view! { <FileBox panel=panel text=*text/> }).collect_view().into_any())
    };
    let has_key_box = move || panel.form.with(|form| form.button.is_some() && form.has(Slot::PrivateKey));
    let note = move || panel.note.get().map(|note| view! { <Untrusted text=note/> }.into_any());
    view! {
        <section class="upload-panel" aria-label=Signal::derive(move || panel.form.with(|form| form.label.to_owned()))>
            <div class="file-boxes">{live(boxes)}</div>
            {live_if(has_key_box, move || view! { <ReuseKey panel=panel/> }.into_any())}
            <p class="panel-note" role="status">{live(note)}</p>
            <VerdictView panel=panel/>
            {on_send.map(|on_send| view! { <SendButton panel=panel on_send=on_send/> })}
            <DetailsView panel=panel text_view=move || view! { <TextView panel=panel/> }.into_any()/>
        </section>
    }
    .into_any()
}

#[component]
fn ReuseKey(panel: Panel) -> AnyView {
    let no_key = Signal::derive_local(move || panel.known.with(|known| known.active.is_none()));
    view! {
        <label class="tick">
            <input
                type="checkbox"
                prop:checked=panel.reuse_key
                disabled=no_key
                on:change=move |event| panel.set_reuse_key(event_target_checked(&event))
            />
            <span>"Re-use current private key"</span>
            <span class="muted">"The new certificate is used with the key that the node has now."</span>
        </label>
    }
    .into_any()
}

/// Takes what is dropped or pasted anywhere on the page. A file dropped beside the boxes would otherwise be opened by
/// the browser in place of the page, and it may be a private key.
fn take_files_from_the_window(panel: Panel) {
    let over = window_event_listener(leptos::ev::dragover, |event: DragEvent| event.prevent_default());
    let drop = window_event_listener(leptos::ev::drop, move |event: DragEvent| {
        event.prevent_default();
        if let Some(data) = event.data_transfer() {
            take_files(panel, &data, slot_at(panel, &event));
        }
    });
    let paste = window_event_listener(leptos::ev::paste, move |event: ClipboardEvent| {
        // Text for another field is not ours.
        if in_other_field(&event) {
            return;
        }
        if let Some(data) = event.clipboard_data() {
            event.prevent_default();
            take_files(panel, &data, slot_at(panel, &event));
        }
    });
    on_cleanup(move || {
        over.remove();
        drop.remove();
        paste.remove();
    });
}

fn take_files(panel: Panel, data: &DataTransfer, wanted: Option<Slot>) {
    let files = data.files().filter(|files| files.length() > 0);
    if let Some(files) = files {
        read_files(panel, &files, wanted);
    } else if let Ok(text) = data.get_data("text/plain")
        && !text.is_empty()
    {
        panel.put(Given::pasted(&text), wanted);
    }
}

/// Reads files one after the other and puts each into its box.
fn read_files(panel: Panel, files: &web_sys::FileList, wanted: Option<Slot>) {
    let files: Vec<_> = (0..files.length()).filter_map(|index| files.get(index)).collect();
    spawn_local(async move {
        for file in files {
            match Given::read(&file).await {
                Some(given) => panel.put(given, wanted),
                None => panel.note.set(Some(format!(
                    "'{}' cannot be read. A folder cannot be judged; a file may have been moved or be locked.",
                    file.name()
                ))),
            }
        }
    });
}

/// The box under the event, if it is under one.
fn slot_at(panel: Panel, event: &Event) -> Option<Slot> {
    let element: Element = event.target()?.dyn_into().ok()?;
    let label = element.closest("[data-box]").ok()??.get_attribute("data-box")?;
    panel.form.with_untracked(|form| form.boxes.iter().find(|text| text.label == label).map(|text| text.slot))
}

fn in_other_field(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(element) = element else { return false };
    let field = element.closest("input, textarea, select, dialog").ok().flatten();
    field.is_some() && element.closest("[data-box]").ok().flatten().is_none()
}
