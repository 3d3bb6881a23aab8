//! The upload panel: boxes for the files, and what the judge says about them before any button is pressed.
//!
//! A page makes a [`Panel`], shows it with [`upload_panel`], and does the sending itself. Nothing leaves the browser
//! before that. What may be a private key is overwritten when the upload ends and when the page is left.

mod form;
mod given;
mod sniff;
mod panel;
mod file_box;
mod file_text;
mod text_view;
mod send_button;
mod mend;

pub(crate) use form::{Form, Slot};
pub(crate) use given::Given;
pub(crate) use mend::mend;
pub(crate) use panel::{Known, Panel, level_of, wildcards_of};

use certway_wire::users::Role;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Element, Event, FormData};

use crate::app::App;
use crate::deferred::{self, Part};
use crate::dom::{El, View, effect, el, live, live_if, on_window, parts};
use crate::judge::Judge;
use crate::report::{details_view, verdict_view};
use crate::task::spawn;
use crate::ui::{fields_for, spoken};
use file_box::file_box;
use send_button::send_button;
use text_view::text_view;

/// What sends the body of an upload; it ends with [`Panel::sent`] or [`Panel::refused`].
pub(crate) type Send = Box<dyn Fn(FormData)>;

/// The panel. Without `on_send` it only judges.
pub(crate) fn upload_panel(panel: Panel, on_send: Option<Send>) -> El {
    let judge = Judge::here();
    effect(move || match panel.question() {
        Some(question) => judge.ask(&question, panel.judgement),
        None => {
            judge.cancel();
            panel.judgement.clear();
        }
    });
    effect(move || match panel.pending_question() {
        Some(question) => judge.ask(&question, panel.pending),
        None => panel.pending.clear(),
    });
    // What is sent nowhere anyone may judge; what is not to be sent is judged on *Check*.
    let role = if on_send.is_some() { Role::Operator } else { Role::Auditor };
    take_files_from_the_window(panel, role);
    on_window("pagehide", move |_| panel.forget());
    on_cleanup(move || {
        judge.cancel();
        panel.forget();
    });
    let boxes = move || {
        let boxes = panel.form.with(|form| form.boxes);
        parts().children(boxes.iter().map(|text| file_box(panel, *text)))
    };
    let has_key_box = move || panel.form.with(|form| form.button.is_some() && form.has(Slot::PrivateKey));
    let fields: View = parts()
        .child(el("div").class("file-boxes").child(live(boxes)))
        .child(live_if(has_key_box, move || reuse_key(panel)));
    let note = move || panel.note.get().map(|note| spoken(&note));
    el("section")
        .class("upload-panel")
        .live_attr("aria-label", move || Some(panel.form.with(|form| form.label.to_owned())))
        .child(fields_for(role, fields))
        .child(el("p").class("panel-note").attr("role", "status").child(live(note)))
        .child(verdict_view(panel))
        .child(deferred::part(Part::Repair(panel)))
        .children(on_send.map(|on_send| send_button(panel, on_send)))
        .child(details_view(panel, text_view))
}

fn reuse_key(panel: Panel) -> El {
    let tick = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || panel.reuse_key.get().into())
        .live_flag("disabled", move || panel.known.with(|known| known.active.is_none()))
        .on("change", move |_| panel.set_reuse_key(!panel.reuse_key.get_untracked()));
    el("label")
        .class("tick")
        .child(tick)
        .child(el("span").text("Re-use current private key"))
        .child(el("span").class("muted").text("The new certificate is used with the key that the node has now."))
}

/// Takes what is dropped or pasted anywhere on the page. A file dropped beside the boxes would otherwise be opened by
/// the browser in place of the page, and it may be a private key.
fn take_files_from_the_window(panel: Panel, role: Role) {
    let app = App::here();
    on_window("dragover", |event| event.prevent_default());
    on_window("drop", move |event| {
        event.prevent_default();
        if !app.lacks(role)
            && let Some(data) = event.unchecked_ref::<DragEvent>().data_transfer()
        {
            take_files(panel, &data, slot_at(panel, &event));
        }
    });
    on_window("paste", move |event| {
        // Text for another field is not ours.
        if app.lacks(role) || in_other_field(&event) {
            return;
        }
        if let Some(data) = event.unchecked_ref::<ClipboardEvent>().clipboard_data() {
            event.prevent_default();
            take_files(panel, &data, slot_at(panel, &event));
        }
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
    spawn(async move {
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
