//! Text: what came out of files, times, fingerprints.

use core::fmt::Write as _;

use leptos::prelude::*;

use super::CopyButton;
use crate::time_text;

/// Text as it stands in a file: markup stays text, its direction stays inside, what cannot be seen is written out.
#[component]
pub(crate) fn Untrusted(#[prop(into)] text: String) -> AnyView {
    view! { <bdi>{visible(&text)}</bdi> }.into_any()
}

/// The same text with controls and direction marks written as `\u{202e}`: they would hide or reorder what is read.
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
#[component]
pub(crate) fn TimeText(#[prop(into)] at: String) -> AnyView {
    let distance = time_text::unix(&at).map(|unix| time_text::distance(unix - time_text::now()));
    let written = time_text::written(&at);
    view! { <span class="time"><time datetime=at>{written}</time>{distance.map(|text| view! { <span class="comma">", "</span><span class="distance">{text}</span> })}</span> }.into_any()
}

/// A fingerprint in groups of four, selected as a whole, with a button that copies it without the gaps.
#[component]
pub(crate) fn Fingerprint(label: &'static str, #[prop(into)] hex: String) -> AnyView {
    let groups = hex
        .as_bytes()
        .chunks(4)
        .map(|group| view! { <span>{String::from_utf8_lossy(group).into_owned()}</span> })
        .collect_view();
    view! {
        <span class="fingerprint">
            <code class="hex" aria-label=label>{groups}</code>
            <CopyButton what=label text=hex/>
        </span>
    }
    .into_any()
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
