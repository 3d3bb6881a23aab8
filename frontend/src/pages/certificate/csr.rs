//! 'Generate CSR', and the certificate signing request in progress.

use certway_wire::node::{Csr, CsrInProgress, KeyKind, NewCsr};
use certway_wire::users::Role;

use super::Page;
use crate::app::App;
use crate::dom::{El, View, each, effect, el, live, parts, value_of};
use crate::json;
use crate::judge::{Judge, Judgement};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, button, copy_button, dialog, download_button, fields_for, fingerprint, time, untrusted};
use crate::upload::wildcards_of;

/// The text fields, by their names in the HTTP interface.
const FIELDS: [(&str, &str); 7] = [
    ("common_name", "Common name"),
    ("alternative_names", "Alternative names, one a line"),
    ("country", "Country (two letters)"),
    ("state", "State or province"),
    ("locality", "Locality"),
    ("organization", "Organisation"),
    ("organizational_unit", "Organisational unit"),
];
pub(super) const KEYS: [(&str, &str); 6] = [
    ("rsa-2048", "RSA 2048"),
    ("rsa-3072", "RSA 3072"),
    ("rsa-4096", "RSA 4096"),
    ("ecdsa-p256", "ECDSA P-256"),
    ("ecdsa-p384", "ECDSA P-384"),
    ("ecdsa-p521", "ECDSA P-521"),
];
const DIGESTS: [(&str, &str); 3] = [("sha256", "SHA-256"), ("sha384", "SHA-384"), ("sha512", "SHA-512")];

/// As `certway_wire::node::KeyKind` is written.
pub(super) fn key_word(kind: KeyKind) -> &'static str {
    let index = match kind {
        KeyKind::Rsa2048 => 0,
        KeyKind::Rsa3072 => 1,
        KeyKind::Rsa4096 => 2,
        KeyKind::EcdsaP256 => 3,
        KeyKind::EcdsaP384 => 4,
        KeyKind::EcdsaP521 => 5,
    };
    KEYS[index].0
}

/// What is filled in.
#[derive(Clone, Copy)]
struct Form {
    app: App,
    texts: [RwSignal<String>; FIELDS.len()],
    key: RwSignal<String>,
    digest: RwSignal<String>,
    reuse: RwSignal<bool>,
    judged: Judgement,
    error: RwSignal<String>,
    busy: RwSignal<bool>,
}

impl Form {
    fn new(app: App) -> Self {
        Self {
            app,
            texts: FIELDS.map(|_| RwSignal::new(String::new())),
            key: RwSignal::new(KEYS[0].0.to_owned()),
            digest: RwSignal::new(DIGESTS[0].0.to_owned()),
            reuse: RwSignal::new(false),
            judged: Judgement::new(),
            error: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
        }
    }

    fn fill(self, from: &NewCsr) {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let texts = [
            from.common_name.clone(),
            from.alternative_names.join("\n"),
            optional(&from.country),
            optional(&from.state),
            optional(&from.locality),
            optional(&from.organization),
            optional(&from.organizational_unit),
        ];
        for (signal, text) in self.texts.into_iter().zip(texts) {
            signal.set(text);
        }
    }

    /// The request, as the node takes it.
    fn json(self) -> String {
        let mut fields = Vec::new();
        for ((name, _), signal) in FIELDS.into_iter().zip(self.texts) {
            let text = signal.get();
            let value = if name == "alternative_names" {
                json::list(text.split_whitespace().map(json::quoted))
            } else {
                json::quoted(text.trim())
            };
            fields.push(format!("{}:{value}", json::quoted(name)));
        }
        let reuse = self.reuse.get();
        fields.push(format!(r#""reuse_current_key":{reuse},"digest":{}"#, json::quoted(&self.digest.get())));
        if !reuse {
            fields.push(format!(r#""key":{}"#, json::quoted(&self.key.get())));
        }
        format!("{{{}}}", fields.join(","))
    }
}

/// The section: the request in progress, or the form for one.
pub(crate) fn csr(page: Page) -> View {
    let form = Form::new(page.app);
    let judge = Judge::here();
    // A form that nobody has touched is no question.
    let touched = RwSignal::new(false);
    effect(move || {
        let json = form.json();
        if touched.get() {
            judge.ask_about_fields(&json, wildcards_of(form.app), form.judged);
        }
    });
    let content = move || {
        page.csr.with(|state| {
            let state = state.as_ref()?;
            Some(match &state.csr {
                Some(csr) => {
                    touched.set(false);
                    in_progress(page, csr)
                }
                None => {
                    // What was typed outlives another active certificate.
                    if !touched.get_untracked() {
                        form.fill(&state.proposed);
                    }
                    folded_form(page, form, touched, state)
                }
            })
        })
    };
    live(content)
}

fn in_progress(page: Page, csr: &Csr) -> El {
    let open = RwSignal::new(false);
    let question = move || {
        parts()
            .child(el("p").text("The request and its private key are removed from the node. A certificate that is issued for it can then never be loaded."))
            .child(
                el("div")
                    .class("dialog-buttons")
                    .child(button(ButtonKind::Plain, move || open.set(false)).text("Cancel"))
                    .child(button(ButtonKind::Danger, move || discard(page, open)).text("Discard")),
            )
    };
    let key = &csr.decoded.public_key;
    let reused = if csr.reuses_current_key { ", the key now in use" } else { "" };
    let names: Vec<String> = csr.decoded.alternative_names.iter().map(|name| name.value.clone()).collect();
    section("Certificate signing request in progress")
        .child(el("p").text("Send it to a certificate authority. Upload the certificate that comes back without a private key: the node has it, and keeps it to itself."))
        .child(
            el("dl")
                .class("facts")
                .children(fact("Subject", untrusted(&csr.decoded.subject)))
                .children(fact("Alternative names", untrusted(&names.join(", "))))
                .children(fact("Key", el("span").text(format!("{}, {} bits{reused}", key.algorithm, key.bits))))
                .children(fact("Key fingerprint", fingerprint("Public key SHA-256", &key.fingerprint_sha256)))
                .children(fact("Made", time(&csr.created_at))),
        )
        .child(
            el("p")
                .class("actions")
                .child(download_button("csr.pem", &csr.pem).text("Download"))
                .child(copy_button("the certificate signing request", &csr.pem))
                .child(button(ButtonKind::Quiet, move || open.set(true)).needs(Role::Operator).text("Discard CSR")),
        )
        .child(el("details").child(el("summary").text("PEM file")).child(el("pre").class("pem").text(&csr.pem)))
        .child(dialog(open, || "Discard the certificate signing request".to_owned(), question))
}

fn section(title: &str) -> El {
    el("section").class("panel").attr("aria-label", title).child(el("h2").text(title))
}

fn fact(name: &str, value: El) -> [El; 2] {
    [el("dt").text(name), el("dd").child(value)]
}

fn discard(page: Page, open: RwSignal<bool>) {
    open.set(false);
    spawn(async move {
        match page.app.api.discard_csr().await {
            Ok(()) => page.app.notices.done("The certificate signing request and its key are discarded."),
            Err(error) => page.app.notices.failed(error),
        }
        page.changed();
    });
}

fn folded_form(page: Page, form: Form, touched: RwSignal<bool>, state: &CsrInProgress) -> El {
    let current = state.from_certificate.clone();
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.busy.set(true);
        form.error.set(String::new());
        spawn(send(page, form));
    };
    let fill = button(ButtonKind::Plain, move || {
        touched.set(true);
        form.fill(&current);
    });
    let texts = FIELDS.into_iter().zip(form.texts).map(|((name, label), text)| field(form, name, label, text));
    let reuse = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || form.reuse.get().into())
        .on("change", move |_| form.reuse.set(!form.reuse.get_untracked()));
    let faulty = move || form.judged.fields.with(|(faults, _)| !faults.is_empty());
    let names = move || form.judged.fields.with(|(_, names)| names.clone());
    let fields = parts()
        .child(el("p").class("actions").child(fill.text("Fill in from the certificate in use")))
        .children(texts)
        .child(el("p").class("muted").text("Alternative name as it will appear:"))
        .child(el("ul").child(each(names, String::clone, |name| el("li").child(untrusted(&name)))))
        .child(chooser("Key", &KEYS, form.key).live_flag("hidden", move || form.reuse.get()))
        .child(chooser("Digest", &DIGESTS, form.digest))
        .child(el("label").class("tick").child(reuse).child(el("span").text("Re-use current private key")));
    let generate = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Operator)
        .live_flag("disabled", move || form.busy.get() || faulty())
        .text("Generate CSR");
    section("Certificate signing request").child(
        el("details").flag("open", touched.get_untracked()).child(el("summary").text("Generate CSR")).child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .on("input", move |_| touched.set(true))
                .child(
                    el("p").text("The node makes a key and a request for it. The active certificate stays as it is."),
                )
                .child(fields_for(Role::Operator, fields))
                .child(el("p").class("field-error").attr("role", "alert").live_text(move || form.error.get()))
                .child(el("p").class("actions").child(generate)),
        ),
    )
}

async fn send(page: Page, form: Form) {
    match page.app.api.make_csr(&form.json()).await {
        Ok(()) => {
            page.app.notices.done("The certificate signing request is made.");
            page.changed();
        }
        Err(error) => form.error.set(error.to_string()),
    }
    form.busy.set(false);
}

/// One field, with what stands against it.
fn field(form: Form, name: &'static str, label: &str, text: RwSignal<String>) -> El {
    let tag = if name == "alternative_names" { "textarea" } else { "input" };
    let against = move || {
        form.judged.fields.with(|(faults, _)| {
            let of_field = faults.iter().filter(|fault| fault.field == name);
            let said = of_field.map(|fault| match fault.index {
                Some(index) => format!("Line {}: {}", index + 1, fault.message),
                None => fault.message.clone(),
            });
            said.collect::<Vec<_>>().join(". ")
        })
    };
    let input = el(tag).attr("name", name).attr("autocomplete", "off").attr("spellcheck", "false");
    let input = if tag == "textarea" {
        input
            .attr("rows", "3")
            .live_prop("value", move || text.get().into())
            .on("input", move |event| text.set(value_of(&event)))
    } else {
        input.bound(text)
    };
    el("label")
        .class("field")
        .child(el("span").text(label))
        .child(input)
        .child(el("span").class("field-error").attr("role", "alert").live_text(against))
}

pub(super) fn chooser(label: &str, options: &'static [(&'static str, &'static str)], chosen: RwSignal<String>) -> El {
    let options = options.iter().map(|(value, text)| el("option").attr("value", value).text(text));
    let select = el("select").attr("aria-label", label).children(options).bound(chosen);
    el("label").class("field").child(el("span").text(label)).child(select)
}
