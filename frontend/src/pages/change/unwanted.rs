//! The trusted CAs that are ticked for deletion at the end.

use certway_wire::node::TrustedCa;

use super::Page;
use crate::dom::{El, each, el, live_if};
use crate::signal::{Memo, RwSignal};
use crate::time_text;
use crate::ui::untrusted;

/// From so many on the list can be searched.
const MANY: usize = 8;

pub(super) fn unwanted(page: Page) -> El {
    let search = RwSignal::new(String::new());
    let shown = Memo::new(move || {
        let wanted = search.get().to_lowercase();
        let ticked = page.form.delete.get();
        let matches = |ca: &&TrustedCa| {
            ticked.contains(&ca.fingerprint)
                || ca.name.to_lowercase().contains(&wanted)
                || ca.subject.to_lowercase().contains(&wanted)
        };
        page.cas.with(|cas| cas.iter().filter(matches).cloned().collect::<Vec<_>>())
    });
    let field = move || {
        let input = el("input").attr("type", "search").attr("placeholder", "Search name, subject").bound(search);
        el("label").class("search").child(el("span").class("sr-only").text("Search the trusted CAs")).child(input)
    };
    let many = move || page.cas.with(|cas| cas.len() >= MANY);
    let count = move || match page.form.delete.with(Vec::len) {
        0 => "None is ticked: all stay.".to_owned(),
        1 => "1 is ticked.".to_owned(),
        many => format!("{many} are ticked."),
    };
    el("fieldset")
        .class("choices stack")
        .child(el("legend").text("CA certificates that are deleted at the end"))
        .child(el("p").class("muted").text("Tick those that are no longer required. One that a node still needs then stays, and the plan says for what."))
        .child(live_if(many, field))
        .child(
            el("ul")
                .class("names named")
                .attr("tabindex", "0")
                .attr("aria-label", "Trusted CA certificates")
                .child(each(move || shown.get(), |ca| ca.fingerprint.clone(), move |ca| row(page, &ca))),
        )
        .child(el("p").class("muted").live_text(count))
}

fn row(page: Page, ca: &TrustedCa) -> El {
    let (own, other) = (ca.fingerprint.clone(), ca.fingerprint.clone());
    let tick = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || page.form.delete.with(|ticked| ticked.contains(&own)).into())
        .on("change", move |_| page.form.toggle(page.form.delete, &other));
    let until = format!("until {}", time_text::written(&ca.not_after));
    el("li").child(
        el("label").class("tick").child(tick).child(untrusted(&ca.name)).child(el("span").class("muted").text(until)),
    )
}
