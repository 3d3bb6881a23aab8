//! Fields of this page's forms.

use crate::dom::{El, el, value_of};
use crate::signal::RwSignal;

pub(super) fn text(label: &str, value: RwSignal<String>) -> El {
    labelled(label, el("input").attr("autocomplete", "off").attr("spellcheck", "false").bound(value))
}

pub(super) fn number(label: &str, value: RwSignal<String>) -> El {
    labelled(label, el("input").attr("inputmode", "numeric").attr("autocomplete", "off").bound(value))
}

/// What is typed is not shown, and no password manager offers the administrator's own.
pub(super) fn secret(label: &str, value: RwSignal<String>) -> El {
    labelled(label, el("input").attr("type", "password").attr("autocomplete", "new-password").bound(value))
}

pub(super) fn lines(label: &str, value: RwSignal<String>) -> El {
    let area = el("textarea")
        .attr("rows", "2")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_prop("value", move || value.get().into())
        .on("input", move |event| value.set(value_of(&event)));
    labelled(label, area)
}

/// A choice of words of the interface, each with what people read.
pub(super) fn choice(label: &str, options: &[(&str, &str)], value: RwSignal<String>) -> El {
    let options = options.iter().map(|(word, says)| el("option").attr("value", word).text(says));
    labelled(label, el("select").children(options).bound(value))
}

pub(super) fn tick(label: &str, on: RwSignal<bool>) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || on.get().into())
        .on("change", move |_| on.set(!on.get_untracked()));
    el("label").class("tick").child(input).child(el("span").text(label))
}

fn labelled(label: &str, field: El) -> El {
    el("label").class("field").child(el("span").text(label)).child(field)
}
