//! One box of the panel: it takes a drop, a file that is chosen, or pasted text.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Event, HtmlInputElement};

use super::Panel;
use super::form::{BoxText, Slot};
use super::given::Given;
use crate::dom::{El, el, live, parts, value_of};
use crate::language::{named, said};
use crate::signal::RwSignal;
use crate::ui::{ButtonKind, button, untrusted};

/// Typing into the paste field counts as done when it has paused for this long.
const TYPED_MS: u32 = 400;

/// The box with its files.
pub(super) fn file_box(panel: Panel, text: BoxText) -> El {
    let BoxText { slot, label, hint } = text;
    let over = RwSignal::new(false);
    let empty = move || panel.files.with(|files| files.iter().all(|(other, _)| *other != slot));
    // With the current key re-used there is no use for another one.
    let idle = move || slot == Slot::PrivateKey && panel.reuse_key.get();
    let files = move || {
        panel.files.with(|files| {
            let mine = files.iter().filter(|(other, _)| *other == slot);
            parts().children(mine.map(|(_, given)| given_row(panel, given)))
        })
    };
    let says = move || match (idle(), empty()) {
        (true, _) => "The current private key is re-used. Drop a key here to use that one instead.".to_owned(),
        (false, true) => format!("Drop a file here, browse, or paste. {hint}"),
        (false, false) => String::new(),
    };
    el("div")
        .class("file-box")
        .live_class("over", move || over.get())
        .live_class("filled", move || !empty())
        .live_class("idle", idle)
        .attr("role", "group")
        .attr("aria-label", label)
        .attr("data-box", label)
        .on("dragover", move |_| over.set(true))
        .on("dragleave", move |_| over.set(false))
        .on("drop", move |_| over.set(false))
        .child(el("p").class("box-label").text(label))
        .child(live(files))
        .child(el("p").class("muted").live_text(says))
        .child(el("div").class("box-actions").child(browse(panel, slot, label)).child(paste_field(panel, slot, label)))
}

fn given_row(panel: Panel, given: &Given) -> El {
    let number = given.number;
    let remove = button(ButtonKind::Quiet, move || panel.remove(number))
        .child(el("span").attr("aria-hidden", "true").text("Remove"))
        .child(el("span").class("sr-only").text(format!("Remove {}", named(&given.name))));
    el("p")
        .class("given")
        .child(el("strong").child(untrusted(&given.name)))
        .child(el("span").class("muted").text(size_text(given.bytes.length())))
        .child(remove)
}

fn browse(panel: Panel, into: Slot, label: &str) -> El {
    let chosen = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(files) = input.files() {
            super::read_files(panel, &files, Some(into));
        }
        // Choosing the same file again, after it was changed, must be an event too.
        input.set_value("");
    };
    el("label").class("button small").child(el("span").attr("aria-hidden", "true").text("Browse")).child(
        el("input")
            .attr("type", "file")
            .class("sr-only")
            .attr("aria-label", &format!("{}: browse", said(label)))
            .flag("multiple", into.takes_several())
            .on("change", chosen),
    )
}

/// Takes pasted text. The text goes to the judge and never stays in the document.
fn paste_field(panel: Panel, into: Slot, label: &str) -> El {
    let typing = StoredValue::new_local(None::<Timeout>);
    let typed = move |event: Event| {
        let take: Box<dyn FnOnce()> = Box::new(move || {
            let text = value_of(&event);
            if let Some(field) = event.target() {
                // Text areas have the property as well.
                field.unchecked_into::<HtmlInputElement>().set_value("");
            }
            if !text.trim().is_empty() {
                panel.put(Given::pasted(&text), Some(into));
            }
        });
        typing.set_value(Some(Timeout::new(TYPED_MS, take)));
    };
    el("textarea")
        .class(if into == Slot::PrivateKey { "paste-field secret" } else { "paste-field" })
        .attr("rows", "1")
        .attr("placeholder", "Paste here")
        .attr("aria-label", &format!("{}: paste", said(label)))
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .on("input", typed)
}

fn size_text(bytes: u32) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}
