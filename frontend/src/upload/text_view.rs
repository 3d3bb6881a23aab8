//! The files as numbered lines, beside what is said about them.

use std::sync::Arc;

use js_sys::Uint8Array;
use leptos::prelude::*;
use web_sys::Element;
use zeroize::Zeroizing;

use super::file_text::Lines;
use super::given::Given;
use super::sniff::Content;
use super::{Panel, Slot};
use crate::dom::{El, each, effect, el, live, parts};
use crate::language::named;
use crate::signal::{Memo, RwSignal};
use crate::task::{pause, spawn};
use crate::ui::visible;

/// Height of a line in pixels, as in the style.
const LINE_PX: usize = 20;
/// Lines kept in the document beyond those that are seen.
const SPARE: usize = 8;
/// How much is read in one task: a few milliseconds, also on a slow machine.
const PIECE_BYTES: u32 = 64 * 1024;
/// Longer lines are cut; PEM has 64 characters.
const LINE_BYTES: u32 = 400;

/// The file that is marked or chosen, and a way to the others.
pub(super) fn text_view(panel: Panel) -> El {
    let chosen = RwSignal::new(None::<u32>);
    // A mark says which file is meant.
    effect(move || {
        if let Some((slot, _)) = panel.marked.get() {
            chosen.set(panel.files.with_untracked(|files| first_of(files, slot)));
        }
    });
    let shown = Memo::new(move || {
        panel.files.with(|files| {
            let there = |number: &u32| files.iter().any(|(_, given)| given.number == *number);
            chosen
                .get()
                .filter(there)
                .or_else(|| first_of(files, Slot::File))
                .or_else(|| files.first().map(|(_, given)| given.number))
        })
    });
    let tab = move |slot: Slot, number: u32| {
        el("button")
            .attr("type", "button")
            .class("text-tab")
            .live_bool("aria-pressed", move || shown.get() == Some(number))
            .on_press(move || chosen.set(Some(number)))
            .text(panel.form.with(|form| form.label_of(slot)))
    };
    let tabs =
        move || panel.files.with(|files| parts().children(files.iter().map(|(slot, given)| tab(*slot, given.number))));
    let text = move || {
        let number = shown.get()?;
        panel.files.with_untracked(|files| {
            let (slot, given) = files.iter().find(|(_, given)| given.number == number)?;
            let slot = *slot;
            let marked =
                Memo::new(move || panel.marked.get().filter(|(other, _)| *other == slot).map(|(_, line)| line));
            Some(file_text(given, marked))
        })
    };
    el("div")
        .class("text-view")
        .child(el("div").class("text-tabs").attr("role", "group").attr("aria-label", "Text of").child(live(tabs)))
        .child(live(text))
}

fn first_of(files: &[(Slot, Given)], slot: Slot) -> Option<u32> {
    files.iter().find(|(other, _)| *other == slot).map(|(_, given)| given.number)
}

fn file_text(given: &Given, marked: Memo<Option<u32>>) -> El {
    let not_shown = match given.content {
        Content::PrivateKey => Some("A private key is never shown."),
        Content::Mixed if given.bytes.index_of(0, 0) >= 0 => Some("This file is not text, so it has no lines to show."),
        Content::Public | Content::Crl | Content::Mixed => None,
    };
    if let Some(reason) = not_shown {
        return el("p").class("muted not-shown").live_text(move || match marked.get() {
            Some(line) => format!("{reason} The finding is about line {line}."),
            None => reason.to_owned(),
        });
    }
    let lines = RwSignal::new(None::<Arc<Lines>>);
    read_in_pieces(given.bytes.clone(), lines);
    let list = LineList { bytes: StoredValue::new_local(given.bytes.clone()), lines, marked };
    list.view(&format!("Text of {}", named(&given.name)))
}

/// Finds where the lines begin, a piece a task, so that a large file does not hold up the page.
fn read_in_pieces(bytes: Uint8Array, into: RwSignal<Option<Arc<Lines>>>) {
    spawn(async move {
        let mut lines = Lines::default();
        let mut piece = Zeroizing::new(vec![0; PIECE_BYTES as usize]);
        for from in (0..bytes.length()).step_by(PIECE_BYTES as usize) {
            let part = bytes.subarray(from, bytes.length().min(from + PIECE_BYTES));
            let length = part.length() as usize;
            part.copy_to(&mut piece[..length]);
            lines.read(&piece[..length]);
            pause(0).await;
        }
        lines.finish();
        // The view may be gone by now.
        into.set(Some(Arc::new(lines)));
    });
}

/// The lines; only those that can be seen are in the document.
#[derive(Clone, Copy)]
struct LineList {
    bytes: StoredValue<Uint8Array, LocalStorage>,
    lines: RwSignal<Option<Arc<Lines>>>,
    marked: Memo<Option<u32>>,
}

impl LineList {
    fn view(self, label: &str) -> El {
        let top = RwSignal::new(0_usize);
        let height = RwSignal::new(400_usize);
        let measure = move |element: &Element| {
            top.set(usize::try_from(element.scroll_top()).unwrap_or(0));
            height.set(usize::try_from(element.client_height()).unwrap_or(0));
        };
        let frame = el("div");
        let (scrolled, to_show) = (frame.element(), frame.html());
        // The marked line is brought into the middle.
        effect(move || {
            let Some(line) = self.marked.get() else { return };
            let half = usize::try_from(to_show.client_height()).unwrap_or(0) / 2;
            let middle = (line as usize * LINE_PX).saturating_sub(half);
            if self.count() > 0 {
                to_show.set_scroll_top(i32::try_from(middle).unwrap_or(i32::MAX));
                measure(&to_show);
                // The focus brings the text onto the screen, and keyboard and screen reader along.
                let _ = to_show.focus();
            }
        });
        let window = Memo::new(move || {
            let first = (top.get() / LINE_PX).saturating_sub(SPARE) / SPARE * SPARE;
            (first.min(self.count()), (first + height.get() / LINE_PX + 3 * SPARE).min(self.count()))
        });
        let seen = move || {
            let (first, last) = window.get();
            (first..last).collect()
        };
        let below = move || (self.count() - window.get().1.min(self.count())) * LINE_PX;
        frame
            .class("lines")
            .attr("tabindex", "0")
            .attr("role", "region")
            .attr("aria-label", label)
            .on("scroll", move |_| measure(&scrolled))
            .child(
                el("div")
                    .live_style("padding-top", move || format!("{}px", window.get().0 * LINE_PX))
                    .live_style("padding-bottom", move || format!("{}px", below()))
                    .child(each(seen, usize::to_string, move |index| self.line(index))),
            )
    }

    fn count(self) -> usize {
        self.lines.with(|lines| lines.as_ref().map_or(0, |lines| lines.len()))
    }

    fn line(self, index: usize) -> El {
        let number = index + 1;
        let is_marked = move || self.marked.get().is_some_and(|line| line as usize == number);
        el("div")
            .class("line")
            .live_class("marked", is_marked)
            .live_attr("aria-current", move || is_marked().then(|| "true".to_owned()))
            .child(el("span").class("number").text(number.to_string()))
            .child(match self.text(index) {
                Some(text) => el("bdi").text(text),
                None => el("span").class("muted").text("not shown: it may be part of a private key"),
            })
    }

    fn text(self, index: usize) -> Option<String> {
        let (from, to) = self.lines.with_untracked(|lines| lines.as_ref().and_then(|lines| lines.shown(index)))?;
        let line = self.bytes.with_value(|bytes| bytes.subarray(from, to.min(from + LINE_BYTES)).to_vec());
        Some(visible(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])))
    }
}
