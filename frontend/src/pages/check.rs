//! Check: judges files in this browser, with no sign-in and no network.

mod samples;

use crate::app::App;
use crate::deferred::{self, Part};
use crate::dom::{El, View, el, live, parts, value_of};
use crate::judge::trust_list;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{ButtonKind, button, time};
use crate::upload::{Form, Known, Panel, level_of, upload_panel};
pub(crate) use samples::samples;

pub(crate) fn check() -> View {
    let panel = Panel::new(Form::CHECKS[0]);
    let (app, list_known) = (App::here(), RwSignal::new(None::<bool>));
    spawn(async move {
        let lists = trust_list::kept().await;
        // The page may be left before the browser has answered.
        list_known.set(Some(lists.is_some()));
        let mut known = Known { security_level: level_of(app), ..Known::default() };
        known.take(lists);
        panel.known.set(known);
    });
    parts()
        .child(el("h1").text("Check"))
        .child(el("p").text(
            "Judges files in this browser: without signing in, without a network. Nothing is sent, nothing is stored.",
        ))
        .child(list_note(list_known))
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "check-what")
                .child(el("h2").attr("id", "check-what").text("What is judged"))
                .child(kind_chooser(panel))
                .child(
                    el("div").class("check-options").child(deferred::part(Part::Samples(panel))).child(at_time(panel)),
                ),
        )
        .child(
            el("section")
                .class("panel")
                .attr("aria-labelledby", "check-files")
                .child(el("h2").attr("id", "check-files").text("Files and report"))
                .child(upload_panel(panel, None)),
        )
}

/// Says against which list is judged.
fn list_note(known: RwSignal<Option<bool>>) -> El {
    let node = App::here().node;
    let text = move || {
        match known.get() {
        None => String::new(),
        Some(true) => format!(
            "Judged against the trusted CA list of {}, as this browser last saw it, unless you give a list of your own.",
            node.with(|node| node.as_ref().map_or_else(|| "the node".to_owned(), |node| crate::ui::visible(&node.name)))
        ),
        Some(false) => {
            "This browser has not seen a trusted CA list yet: give one, or sign in once. Without a list it is not said whether the CA is recognised.".to_owned()
        }
    }
    };
    el("p").class("muted").attr("role", "status").live_text(text)
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

fn kind_chooser(panel: Panel) -> El {
    let choice = |form: Form| {
        let input = el("input")
            .attr("type", "radio")
            .attr("name", "kind")
            .attr("value", form.kind)
            .live_prop("checked", move || panel.form.with(|now| now.kind == form.kind).into())
            .on("change", move |_| panel.start_over(form));
        el("label").class("choice").child(input).child(el("span").text(form.label))
    };
    el("fieldset").class("choices").child(el("legend").text("Judge it as")).children(Form::CHECKS.map(choice))
}

/// The time to judge at: now, or any other.
fn at_time(panel: Panel) -> El {
    let field = el("input")
        .attr("type", "datetime-local")
        .attr("step", "1")
        .live_prop("value", move || panel.at.get().unwrap_or_default().trim_end_matches('Z').into())
        .on("change", move |event| {
            // '2027-03-12T09:00', with seconds if they are not 0.
            let value = value_of(&event);
            let text = if value.len() == 16 { format!("{value}:00Z") } else { format!("{value}Z") };
            panel.at.set(time_text::unix(&text).map(time_text::rfc3339));
        });
    let says = move || match panel.at.get() {
        None => parts().child(el("p").class("muted").text("Empty: now.")),
        Some(at) => parts()
            .child(el("p").class("muted").child(time(&at)))
            .child(button(ButtonKind::Quiet, move || panel.at.set(None)).text("Judge as of now")),
    };
    el("div")
        .class("at-time")
        .child(el("label").class("field").child(el("span").text("At (UTC)")).child(field))
        .child(live(says))
}
