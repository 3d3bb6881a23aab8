//! The whole list to read: decoded, or as the PEM file.

use certway_wire::node::Wildcards;
use certway_wire::security::SecurityLevel;

use super::List;
use crate::dom::{View, each, el, live, live_if, parts};
use crate::judge::{Judge, Judgement, Question, State as Judging, trust_list};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, button, copy_button, decoded_certificate, dialog, download_button};
use crate::upload::level_of;

/// How many certificates come at a time: a thousand at once would keep the page busy for a second.
const SLICE: usize = 20;

pub(super) fn show_all_decoded(list: List) -> View {
    let open = RwSignal::new(false);
    parts().child(button(ButtonKind::Plain, move || open.set(true)).text("Show all (decoded)")).child(dialog(
        open,
        || "Show all (decoded)".to_owned(),
        move || decoded(list),
    ))
}

/// The node gives the file; the judge in this browser decodes it.
fn decoded(list: List) -> View {
    let judge = Judge::here();
    let judgement = Judgement::new();
    let error = RwSignal::new(None::<String>);
    spawn(async move {
        match trust_list::fetched(list.app.api).await {
            Ok(lists) => judge.ask(&question(lists.trusted, level_of(list.app)), judgement),
            Err(refusal) => error.set(Some(refusal.to_string())),
        }
    });
    let total = move || judgement.certificates.with(Vec::len);
    let slices = Slices::new(total);
    let says = move || match (error.get(), judgement.state.get()) {
        (Some(error), _) | (None, Judging::Failed(error)) => error,
        (None, Judging::Idle | Judging::Working { .. }) => "Decoding the list in this browser.".to_owned(),
        (None, Judging::Reported | Judging::Done { .. } | Judging::ByNode) => slices.says(),
    };
    let article = move |index: usize| {
        let certificate = judgement.certificates.with_untracked(|all| all.get(index).cloned());
        let decoded = certificate.map(|certificate| decoded_certificate(&certificate, None));
        el("article").class("panel").children(decoded)
    };
    parts()
        .child(el("p").attr("role", "status").live_text(says))
        .child(each(move || slices.shown(), usize::to_string, article))
        .child(slices.more())
}

fn question(file: js_sys::Uint8Array, security_level: SecurityLevel) -> Question {
    Question {
        kind: "trusted-ca",
        at: time_text::rfc3339(time_text::now()),
        file,
        key: None,
        certificate: None,
        trusted: Some(Vec::new()),
        crls: Vec::new(),
        csr: None,
        current_key: None,
        wildcards: Wildcards::Refuse,
        security_level,
    }
}

pub(super) fn show_all_pem(list: List) -> View {
    let open = RwSignal::new(false);
    parts().child(button(ButtonKind::Plain, move || open.set(true)).text("Show all (PEM file)")).child(dialog(
        open,
        || "Show all (PEM file)".to_owned(),
        move || pem_file(list),
    ))
}

fn pem_file(list: List) -> View {
    let answer = RwSignal::new(None::<Result<String, String>>);
    spawn(async move {
        let pem = list.app.api.pem("/trusted-cas.pem").await.map_err(|error| error.to_string());
        answer.set(Some(pem));
    });
    live(move || match answer.get() {
        None => el("p").attr("role", "status").text("Asking the node for the file.").into(),
        Some(Err(error)) => el("p").class("field-error").attr("role", "alert").text(error).into(),
        Some(Ok(pem)) => pem_view(&pem),
    })
}

fn pem_view(pem: &str) -> View {
    let blocks: Vec<String> = pem.split_inclusive("-----END CERTIFICATE-----\n").map(str::to_owned).collect();
    let total = blocks.len();
    let slices = Slices::new(move || total);
    let block = move |index: usize| el("pre").text(blocks.get(index).map_or("", String::as_str));
    parts()
        .child(
            el("p")
                .class("actions")
                .child(copy_button("the PEM file", pem))
                .child(download_button("trusted-cas.pem", pem).text("Download"))
                .child(el("span").class("muted").attr("role", "status").live_text(move || slices.says())),
        )
        .child(
            el("div")
                .class("pem")
                .attr("tabindex", "0")
                .attr("role", "region")
                .attr("aria-label", "PEM file")
                .child(each(move || slices.shown(), usize::to_string, block)),
        )
        .child(slices.more())
}

/// How much of a long list is shown.
#[derive(Clone, Copy)]
struct Slices {
    shown: RwSignal<usize>,
    total: Memo<usize>,
}

impl Slices {
    fn new(total: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        Self { shown: RwSignal::new(SLICE), total: Memo::new(total) }
    }

    fn shown(self) -> Vec<usize> {
        (0..self.shown.get().min(self.total.get())).collect()
    }

    fn says(self) -> String {
        let total = self.total.get();
        format!("{} of {total} certificates shown.", self.shown.get().min(total))
    }

    /// A button for more, while there is more.
    fn more(self) -> View {
        let Self { shown, total } = self;
        let grow = move || shown.update(|shown| *shown += SLICE);
        live_if(move || shown.get() < total.get(), move || button(ButtonKind::Plain, grow).text("Show more"))
    }
}
