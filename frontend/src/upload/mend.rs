//! Repair, in this browser: what is in the boxes becomes what the boxes take.

use certway_wire::{Decision, Filled, RepairReport, Report};
use js_sys::Uint8Array;
use web_sys::{Blob, FormData};

use super::Panel;
use super::form::Slot;
use super::given::Given;
use crate::app::App;
use crate::dom::{El, View, el, live, live_if, parts};
use crate::judge::{Judge, RepairQuestion, State as Judging};
use crate::report::counted;
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, State, badge, button, download_button, spoken, untrusted};

/// Rules whose faults a repair takes away although nothing is refused for them.
const UNTIDY: [&str; 5] = ["chain-order", "duplicate-certificate", "unused-block", "chain-in-file", "no-final-newline"];

/// The offer, and what came of it.
pub(crate) fn mend(panel: Panel) -> View {
    let judge = Judge::here();
    let passphrase = RwSignal::new(String::new());
    let offered = Memo::new(move || {
        let takes = panel.form.with(|form| form.kind.ends_with("certificate"));
        let judged = matches!(panel.judgement.state.get(), Judging::Done { .. } | Judging::ByNode);
        let faulty = panel.judgement.report.with(|report| report.as_ref().is_some_and(|report| is_faulty(report)));
        let untidy = panel
            .judgement
            .findings
            .with(|findings| findings.iter().any(|finding| UNTIDY.contains(&finding.rule.as_str())));
        let marked = panel.files.with(|files| files.iter().any(|(_, given)| given.has_byte_order_mark()));
        takes && judged && (faulty || untidy || marked)
    });
    let ask = move || {
        if let Some(question) = question(panel, &passphrase.get_untracked()) {
            judge.ask_for_repair(&question, panel.judgement);
        }
    };
    let offer = move || {
        el("p")
            .class("actions")
            .child(button(ButtonKind::Plain, ask).text("Repair in this browser"))
            .child(el("span").class("muted").text("Shows what would change. Nothing is sent."))
    };
    let result =
        move || {
            panel.judgement.repaired.with(|repaired| {
                repaired.as_ref().map(|report| {
                    el("section")
                        .class("panel repair")
                        .attr("aria-label", "Repair")
                        .child(el("h3").text("Repair"))
                        .children(report.steps.iter().map(|step| {
                            changed(&format!("{}: {}", step.file, step.message), &step.before, &step.after)
                        }))
                        .children(report.problems.iter().map(|problem| {
                            el("p")
                                .child(badge(State::Warning, "Remains"))
                                .text(" ")
                                .child(spoken(&format!("{} {}. {}", problem.file, problem.message, problem.remedy)))
                        }))
                        .children(report.needs_passphrase.then(|| passphrase_form(passphrase, ask)))
                        .children((!report.needs_passphrase).then(|| boxes(panel, report)))
                })
            })
        };
    parts().child(live_if(move || offered.get(), offer)).child(live(result))
}

/// Whether a repair could help what is refused, or better what is taken as it is: a key in an old form, a chain with a gap.
fn is_faulty(report: &Report) -> bool {
    let old_key = report.private_key.as_ref().is_some_and(|key| matches!(key.format.as_str(), "PKCS#1" | "SEC1"));
    let gap = report.path.iter().any(|link| link.fingerprint_sha256.is_none());
    report.decision == Decision::Refuse || old_key || gap
}

fn changed(what: &str, before: &str, after: &str) -> El {
    el("dl")
        .class("found-wanted")
        .child(el("div").child(el("dt").text("Done")).child(el("dd").child(spoken(what))))
        .child(el("div").child(el("dt").text("Before")).child(el("dd").child(spoken(before))))
        .child(el("div").child(el("dt").text("After")).child(el("dd").child(spoken(after))))
}

/// The passphrase goes to the worker and nowhere else.
fn passphrase_form(passphrase: RwSignal<String>, ask: impl Fn() + 'static) -> El {
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        ask();
        passphrase.set(String::new());
    };
    let field = el("input").attr("type", "password").attr("autocomplete", "off").bound(passphrase);
    el("form")
        .class("stack")
        .on("submit", submit)
        .child(el("label").class("field").child(el("span").text("Passphrase of the file")).child(field))
        .child(el("p").class("actions").child(el("button").attr("type", "submit").class("button").text("Open")))
}

/// What came out, in the order in which the specification wants it loaded: CA certificates first.
fn boxes(panel: Panel, report: &RepairReport) -> El {
    let actions = el("div").class("actions");
    let actions = match &report.trusted_cas {
        Some(cas) => {
            let found = counted(cas.contents.len(), "1 CA certificate", "{} CA certificates");
            let actions = actions.child(
                el("p")
                    .text(format!("{found} for the trusted CA list, which come first: "))
                    .child(untrusted(&cas.contents.join("; "))),
            );
            actions.child(cas_button(panel, cas)).child(download_button("trusted-cas.pem", &cas.pem).text("Download"))
        }
        None => actions,
    };
    let filled: Vec<(Slot, &'static str, Filled)> = [
        (Slot::File, "repaired certificate", &report.certificate),
        (Slot::PrivateKey, "repaired private key", &report.private_key),
    ]
    .into_iter()
    .filter_map(|(slot, name, filled)| filled.clone().map(|filled| (slot, name, filled)))
    .collect();
    if filled.is_empty() {
        return actions;
    }
    actions.child(
        button(ButtonKind::Primary, move || {
            panel.judgement.repaired.set(None);
            panel.take_out(&[Slot::File, Slot::PrivateKey]);
            for (slot, name, filled) in &filled {
                panel.put_into(Given::new((*name).to_owned(), Uint8Array::from(filled.pem.as_bytes())), *slot);
            }
        })
        .text("Put the repaired files into the boxes"),
    )
}

/// On a page of the node they are appended; *Check* takes them as its list.
fn cas_button(panel: Panel, cas: &Filled) -> El {
    let app = App::here();
    let bytes = Uint8Array::from(cas.pem.as_bytes());
    if panel.form.with_untracked(|form| form.button.is_none()) {
        let put = move || {
            panel.put_into(
                Given::new("CA certificates of the file".to_owned(), bytes.slice(0, bytes.length())),
                Slot::TrustedCas,
            )
        };
        return button(ButtonKind::Plain, put).text("Put them into the box of the trusted CA list");
    }
    let append = move || {
        let Some(body) = body(&bytes) else { return };
        spawn(async move {
            match app.api.append_trusted_cas(body).await {
                Ok(appended) => {
                    app.notices.done(counted(
                        appended.added as usize,
                        "1 CA certificate appended.",
                        "{} CA certificates appended.",
                    ));
                    app.refresh();
                    panel.learn_again(app);
                }
                Err(error) => app.notices.failed(error),
            }
        });
    };
    button(ButtonKind::Plain, append).text("Append CA certificate")
}

fn body(bytes: &Uint8Array) -> Option<FormData> {
    let body = FormData::new().ok()?;
    let blob = Blob::new_with_u8_array_sequence(&js_sys::Array::of1(bytes)).ok()?;
    body.append_with_blob("file", &blob).ok()?;
    Some(body)
}

fn question(panel: Panel, passphrase: &str) -> Option<RepairQuestion> {
    let files: Vec<(String, Uint8Array)> = panel.files.with_untracked(|files| {
        let own = files.iter().filter(|(slot, _)| matches!(slot, Slot::File | Slot::PrivateKey));
        own.map(|(_, given)| (given.name.clone(), given.bytes.clone())).collect()
    });
    if files.is_empty() {
        return None;
    }
    let known = panel.known.get_untracked();
    Some(RepairQuestion {
        at: panel.at.get_untracked().unwrap_or_else(|| time_text::rfc3339(time_text::now())),
        files,
        passphrase: (!passphrase.is_empty()).then(|| Uint8Array::from(passphrase.as_bytes())),
        trusted: panel.trusted_list(),
        csr: known.csr,
        current_key: known.current_key,
    })
}
