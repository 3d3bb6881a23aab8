//! Text: what came out of files, times, fingerprints.

use core::fmt::Write as _;

use super::copy_button;
use crate::dom::{El, data, el, live};
use crate::language::said;
use crate::signal::RwSignal;
use crate::time_text;

/// Text as it stands in a file: markup stays text, its direction stays inside, what cannot be seen is written out.
pub(crate) fn untrusted(text: &str) -> El {
    el("bdi").child(data(&visible(text)))
}

/// What node and judge say, in the language of the page; parts of it may have come out of a file.
pub(crate) fn spoken(text: &str) -> El {
    untrusted(&said(text))
}

/// What stands against what is above it, as node and judge say it.
pub(crate) fn error_line(error: RwSignal<String>) -> El {
    let says = move || Some(error.get()).filter(|text| !text.is_empty()).map(|text| spoken(&text));
    el("p").class("field-error").attr("role", "alert").child(live(says))
}

/// Text with controls and direction marks written as `\u{202e}`: they would hide or reorder what is read.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if hidden && character != '\n' && character != '\t' {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A time as people write it, and how far it is: '12 Mar 2027 09:00 UTC, in 108 days'.
pub(crate) fn time(at: &str) -> El {
    let written = el("time").attr("datetime", at).text(time_text::written(at));
    let element = el("span").class("time").child(written);
    match time_text::unix(at) {
        Some(unix) => element
            .child(el("span").class("comma").text(", "))
            .child(el("span").class("distance").text(time_text::distance(unix - time_text::now()))),
        None => element,
    }
}

/// A fingerprint in groups of four, selected as a whole, with a button that copies it without the gaps.
pub(crate) fn fingerprint(label: &str, hex: &str) -> El {
    let groups = hex.as_bytes().chunks(4).map(|group| el("span").text(String::from_utf8_lossy(group)));
    el("span")
        .class("fingerprint")
        .child(el("code").class("hex").attr("aria-label", label).children(groups))
        .child(copy_button(label, hex))
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible("a\u{0}b\u{202e}c"), "a\\u{0}b\\u{202e}c");
        assert_eq!(visible("<b>\n\u{e9}"), "<b>\n\u{e9}");
    }
}
