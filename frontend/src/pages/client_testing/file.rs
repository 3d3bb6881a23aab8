//! A client certificate from a file, tested while expression and template are typed.

use wasm_bindgen::JsCast as _;
use web_sys::{DragEvent, Event, File, HtmlInputElement, HtmlTextAreaElement};

use super::verdict::verdict;
use super::{Page, chooser, field};
use crate::dom::{El, View, el, live};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, button, untrusted};
use crate::upload::Given;

const REVOCATION: &[(&str, &str)] = &[
    ("if-listed", "What a list of the node revokes is revoked"),
    ("required", "Every certificate but the root needs a list that is valid now"),
    ("off", "Revocation is not looked at"),
];

pub(super) fn file_test(page: Page) -> El {
    let expression = page.once_known(el("input").class("code").attr("name", "expression").bound(page.expression));
    let template = page.once_known(el("input").class("code").attr("name", "template").bound(page.template));
    let says = move || {
        page.test.with(|test| match test {
            Some(test) => verdict(test),
            None => View::from(
                el("p").class("muted").text("Give a certificate to see what stands against it, and whom it names."),
            ),
        })
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "test-file")
        .child(el("h2").attr("id", "test-file").text("Test a client certificate"))
        .child(
            el("p").class("muted").text(
                "It is sent to the node, held against the trusted CA list and the revocation lists, and not kept.",
            ),
        )
        .child(certificate_box(page))
        .child(
            el("div")
                .class("stack")
                .child(field(
                    "Regular expression",
                    "With a named group, such as (?<user>[a-z]+); ^ and $ stand for the ends of lines.",
                    expression,
                ))
                .child(field("Template", "#user# stands for what the group named user caught.", template))
                .child(chooser(page, "Revocation lists", REVOCATION, page.revocation)),
        )
        .child(el("div").class("stack").attr("role", "status").attr("aria-label", "Result").child(live(says)))
}

/// The box: a drop, a file that is chosen, or pasted text.
fn certificate_box(page: Page) -> El {
    let over = RwSignal::new(false);
    let dropped = move |event: Event| {
        event.prevent_default();
        over.set(false);
        let data = event.unchecked_ref::<DragEvent>().data_transfer();
        if let Some(file) = data.and_then(|data| data.files()).and_then(|files| files.get(0)) {
            read(page, file);
        }
    };
    let hovering = move |event: Event| {
        event.prevent_default();
        over.set(true);
    };
    let given = move || {
        page.given.with(|given| match given {
            Some(given) => View::from(
                el("p")
                    .class("given")
                    .child(el("strong").child(untrusted(&given.name)))
                    .child(button(ButtonKind::Quiet, move || page.remove()).text("Remove")),
            ),
            None => el("p").class("muted").text("Drop a file here, browse, or paste. PEM or DER.").into(),
        })
    };
    el("div")
        .class("file-box")
        .live_class("over", move || over.get())
        .live_class("filled", move || page.given.with(Option::is_some))
        .attr("role", "group")
        .attr("aria-label", "Client certificate")
        .on("dragover", hovering)
        .on("dragleave", move |_| over.set(false))
        .on("drop", dropped)
        .child(el("p").class("box-label").text("Client certificate"))
        .child(live(given))
        .child(el("div").class("box-actions").child(browse(page)).child(paste(page)))
}

fn browse(page: Page) -> El {
    let chosen = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(page, file);
        }
        // Choosing the same file again, after it was changed, must be an event too.
        input.set_value("");
    };
    el("label").class("button small").child(el("span").attr("aria-hidden", "true").text("Browse")).child(
        el("input")
            .attr("type", "file")
            .class("sr-only")
            .attr("aria-label", "Client certificate: browse")
            .on("change", chosen),
    )
}

fn paste(page: Page) -> El {
    let typed = move |event: Event| {
        let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) else {
            return;
        };
        let text = field.value();
        // What is typed letter by letter is no certificate until its last line is there.
        if text.contains("-----END") {
            field.set_value("");
            page.give(Given::pasted(&text));
        }
    };
    el("textarea")
        .class("paste-field")
        .attr("rows", "1")
        .attr("placeholder", "Paste here")
        .attr("aria-label", "Client certificate: paste")
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .on("input", typed)
}

fn read(page: Page, file: File) {
    spawn(async move {
        match Given::read(&file).await {
            Some(given) => page.give(given),
            None => page.error.set(Some(format!("'{}' cannot be read.", file.name()))),
        }
    });
}
