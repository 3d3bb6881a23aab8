//! No change runs: what is wanted of one.

use certway_wire::Decision;
use certway_wire::change::ChangeOffer;
use leptos::prelude::*;
use web_sys::Event;

use super::offer::offer;
use super::times::Times;
use super::unwanted::unwanted;
use super::{Page, panel};
use crate::dom::{El, View, el, live, parts};
use crate::json::{list, quoted};
use crate::judge::State as Judging;
use crate::route::{Route, page_link};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::untrusted;
use crate::upload::{self, Panel, Slot, upload_panel};

/// What is wanted of a change. It stays while the page is open, also if another one runs meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The file of new CAs.
    pub(super) panel: Panel,
    /// CAs to delete at the end, by their fingerprints.
    pub(super) delete: RwSignal<Vec<String>>,
    /// The node that restarts first among those after the canary; empty for the first of the cluster.
    primary: RwSignal<String>,
    /// Empty for the primary.
    canary: RwSignal<String>,
    leave_out: RwSignal<Vec<String>>,
    pub(super) times: Times,
    /// Whether Enforce is to stay all the time.
    pub(super) without_permissive: RwSignal<bool>,
    pub(super) planned: RwSignal<Option<Planned>>,
    busy: RwSignal<bool>,
    error: RwSignal<String>,
}

/// What was planned, and for what.
#[derive(Clone, PartialEq)]
pub(super) struct Planned {
    pub(super) offer: ChangeOffer,
    /// New CAs, PEM.
    append: String,
    /// What stood in the form.
    wanted: Wanted,
}

/// What stands in the form: which file, and the fields of `certway_wire::change::NewChange` that do not depend on it.
#[derive(Clone, PartialEq)]
struct Wanted {
    file: Option<u32>,
    fields: String,
}

impl Planned {
    /// The message that begins what was planned.
    pub(super) fn json(&self, without_permissive: bool) -> String {
        let Wanted { fields, .. } = &self.wanted;
        format!(r#"{{"append":{},"without_permissive":{without_permissive},{fields}}}"#, quoted(&self.append))
    }
}

impl Form {
    pub(super) fn new() -> Self {
        let (names, text) = (|| RwSignal::new(Vec::new()), || RwSignal::new(String::new()));
        Self {
            panel: Panel::new(upload::Form::TRUSTED_CAS),
            delete: names(),
            primary: text(),
            canary: text(),
            leave_out: names(),
            times: Times::new(),
            without_permissive: RwSignal::new(false),
            planned: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: text(),
        }
    }

    /// Ticks what is not ticked, and the other way round.
    pub(super) fn toggle(self, ticked: RwSignal<Vec<String>>, one: &str) {
        ticked.update(|ticked| match ticked.iter().position(|other| other == one) {
            Some(place) => drop(ticked.remove(place)),
            None => ticked.push(one.to_owned()),
        });
    }

    /// What stands in it now, or what is wrong with that.
    fn wanted(self) -> Result<Wanted, String> {
        let all = |names: Vec<String>| list(names.iter().map(|name| quoted(name)));
        let named = |name: String| if name.is_empty() { "null".to_owned() } else { quoted(&name) };
        let fields = format!(
            r#""delete":{},"primary":{},"leave_out":{},"settings":{{"canary":{},{}}}"#,
            all(self.delete.get()),
            named(self.primary.get()),
            all(self.leave_out.get()),
            named(self.canary.get()),
            self.times.fields()?,
        );
        Ok(Wanted { file: self.panel.given(Slot::File).map(|given| given.number), fields })
    }

    /// Whether the form says something else than what was planned.
    pub(super) fn is_other_than_planned(self) -> Memo<bool> {
        Memo::new(move || {
            let planned = self.planned.with(|planned| planned.as_ref().map(|planned| planned.wanted.clone()));
            planned.is_some_and(|planned| self.wanted().ok() != Some(planned))
        })
    }

    /// Empties it: its change has begun.
    pub(super) fn clear(self) {
        self.panel.forget();
        self.planned.set(None);
        self.delete.set(Vec::new());
        self.leave_out.set(Vec::new());
    }

    /// New CAs, PEM; or why the file cannot be used.
    fn append(self) -> Result<String, String> {
        let Some(file) = untrack(|| self.panel.given(Slot::File)) else { return Ok(String::new()) };
        let judgement = self.panel.judgement();
        let refused = judgement
            .report
            .with_untracked(|report| report.as_ref().is_none_or(|report| report.decision == Decision::Refuse));
        if !matches!(judgement.state.get_untracked(), Judging::Done { .. } | Judging::Reported) {
            return Err("The file of new CAs is still being judged. Plan again in a moment.".to_owned());
        }
        if refused {
            return Err("The file of new CAs would be refused. Give another one, or remove it.".to_owned());
        }
        Ok(String::from_utf8_lossy(&file.bytes.to_vec()).into_owned())
    }

    fn plan(self, page: Page) {
        self.error.set(String::new());
        let planned = untrack(|| self.wanted()).and_then(|wanted| Ok((wanted, self.append()?)));
        let (wanted, append) = match planned {
            Ok(planned) => planned,
            Err(fault) => return self.error.set(fault),
        };
        self.busy.set(true);
        spawn(async move {
            let asked = format!(r#"{{"append":{},{}}}"#, quoted(&append), wanted.fields);
            match page.app.api.plan_change(&asked).await {
                Ok(offer) => {
                    self.without_permissive.set(false);
                    self.planned.set(Some(Planned { offer, append, wanted }));
                }
                Err(error) => self.error.set(error.to_string()),
            }
            self.busy.set(false);
        });
    }
}

pub(super) fn form(page: Page) -> View {
    let form = page.form;
    let submit = move |event: Event| {
        event.prevent_default();
        form.plan(page);
    };
    let press = el("button")
        .attr("type", "submit")
        .class("button primary")
        .live_flag("disabled", move || form.busy.get())
        .text("Plan");
    let error = move || form.error.with(|text| (!text.is_empty()).then(|| untrusted(text)));
    let fields =
        el("form")
            .class("panel")
            .attr("aria-labelledby", "wanted")
            .on("submit", submit)
            .child(el("h2").attr("id", "wanted").text("What is changed"))
            .child(unwanted(page))
            .child(nodes(page))
            .child(form.times.view())
            .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
            .child(el("p").class("actions").child(press).child(el("span").class("muted").text(
                "Nothing is changed yet: the plan says what each step does, and who would refuse whom after it.",
            )));
    parts()
        .child(needed())
        .child(
            panel("new-cas", "New CA certificates")
                .child(el("p").class("muted").text("The CAs of the new certificates, if they are not in the trusted CA list yet. They are appended on all nodes before anything else. May be left empty."))
                .child(upload_panel(form.panel, None)),
        )
        .child(fields)
        .child(offer(page))
}

fn needed() -> El {
    panel("needed", "What is needed")
        .child(
            el("ol")
                .child(el("li").text("Each node that takes part has a new server certificate that waits for the change: generate a CSR on that node, and upload the signed certificate there, on its own page ").child(page_link(Route::ServerCertificate).text("Server certificate")).text(", with 'Keep it pending for the change of the cluster's certificates' ticked."))
                .child(el("li").text("The CAs of the new certificates are in the trusted CA list, or are given here.")),
        )
        .child(el("p").class("muted").text("Nodes whose certificates come from the ACME certificate service are left out: the procedure does not apply to them."))
}

/// Which node is first, and which keep their certificates.
fn nodes(page: Page) -> View {
    let names = Memo::new(move || {
        page.cluster.with(|cluster| {
            cluster.iter().flat_map(|cluster| cluster.nodes.iter().map(|node| node.name.clone())).collect::<Vec<_>>()
        })
    });
    live(move || {
        let names = names.get();
        untrack(|| chosen(page.form, &names))
    })
}

fn chosen(form: Form, names: &[String]) -> View {
    let select = |label: &str, hint: &str, none: &str, into: RwSignal<String>| {
        let option = |name: &String| el("option").attr("value", name).text(name);
        let select = el("select")
            .child(el("option").attr("value", "").text(none))
            .children(names.iter().map(option))
            .bound(into);
        el("label")
            .class("field")
            .child(el("span").text(label))
            .child(select)
            .child(el("span").class("muted").text(hint))
    };
    let first = names.first().map_or_else(String::new, |name| format!("{name}, the first"));
    let tick = |name: &String| {
        let (own, other) = (name.clone(), name.clone());
        let input = el("input")
            .attr("type", "checkbox")
            .live_prop("checked", move || form.leave_out.with(|left| left.contains(&own)).into())
            .on("change", move |_| form.toggle(form.leave_out, &other));
        el("li").child(el("label").class("tick").child(input).child(untrusted(name)))
    };
    parts()
        .child(
            el("div")
                .class("check-options")
                .child(select("Primary", "It restarts before the others.", &first, form.primary))
                .child(select("Canary", "It restarts first of all, and is observed.", "The primary", form.canary)),
        )
        .child(
            el("fieldset")
                .class("choices stack")
                .child(el("legend").text("Nodes left out"))
                .child(el("p").class("muted").text("A node that is ticked keeps its certificate and is not restarted."))
                .child(
                    el("ul")
                        .class("names named")
                        .attr("tabindex", "0")
                        .attr("aria-label", "Nodes")
                        .children(names.iter().map(tick)),
                ),
        )
}
