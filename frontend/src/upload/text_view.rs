//! The files as numbered lines, beside what is said about them.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use zeroize::Zeroizing;

use super::file_text::Lines;
use super::given::Given;
use super::sniff::Content;
use super::{Panel, Slot};
use crate::ui::{live, live_text, visible};

/// Height of a line in pixels, as in the style.
const LINE_PX: usize = 20;
/// Lines kept in the document beyond those that are seen.
const SPARE: usize = 8;
/// How much is read in one task: a few milliseconds, also on a slow machine.
const PIECE_BYTES: u32 = 64 * 1024;
/// Longer lines are cut; PEM has 64 characters.
const LINE_BYTES: u32 = 400;

/// The file that is marked or chosen, and a way to the others.
#[component]
pub(super) fn TextView(panel: Panel) -> AnyView {
    let chosen = RwSignal::new(None::<u32>);
    // A mark says which file is meant.
    Effect::new(move |_| {
        if let Some((slot, _)) = panel.marked.get() {
            chosen.set(panel.files.with_untracked(|files| first_of(files, slot)));
        }
    });
    let shown = Memo::new(move |_| {
        panel.files.with(|files| {
            let there = |number: &u32| files.iter().any(|(_, given)| given.number == *number);
            chosen
                .get()
                .filter(there)
                .or_else(|| first_of(files, Slot::File))
                .or_else(|| files.first().map(|(_, given)| given.number))
        })
    });
    let tabs = move || {
        panel.files.with(|files| {
            let tabs = files
                .iter()
                .map(|(slot, given)| {
                    let number = given.number;
                    let label = panel.form.with(|form| form.label_of(*slot));
                    view! {
                        <button
                            type="button"
                            class="text-tab"
                            aria-pressed=Signal::derive(move || (shown.get() == Some(number)).to_string())
                            on:click=move |_| chosen.set(Some(number))
                        >
                            {label}
                        </button>
                    }
                })
                .collect_view();
            Some(tabs.into_any())
        })
    };
    let text = move || {
        let number = shown.get()?;
        let (slot, given) =
            panel.files.with_untracked(|files| files.iter().find(|(_, given)| given.number == number).cloned())?;
        let marked =
            Signal::derive(move || panel.marked.get().filter(|(other, _)| *other == slot).map(|(_, line)| line));
        Some(view! { <FileText given=given marked=marked/> }.into_any())
    };
    view! {
        <div class="text-view">
            <div class="text-tabs" role="group" aria-label="Text of">{live(tabs)}</div>
            {live(text)}
        </div>
    }
    .into_any()
}

fn first_of(files: &[(Slot, Given)], slot: Slot) -> Option<u32> {
    files.iter().find(|(other, _)| *other == slot).map(|(_, given)| given.number)
}

#[component]
fn FileText(given: Given, #[prop(into)] marked: Signal<Option<u32>>) -> AnyView {
    let not_shown = match given.content {
        Content::PrivateKey => Some("A private key is never shown."),
        Content::Mixed if given.bytes.index_of(0, 0) >= 0 => Some("This file is not text, so it has no lines to show."),
        Content::Public | Content::Crl | Content::Mixed => None,
    };
    if let Some(reason) = not_shown {
        let says = move || match marked.get() {
            Some(line) => format!("{reason} The finding is about line {line}."),
            None => reason.to_owned(),
        };
        return view! { <p class="muted not-shown">{live_text(says)}</p> }.into_any();
    }
    let lines = RwSignal::new_local(None::<Rc<Lines>>);
    read_in_pieces(given.bytes.clone(), lines);
    view! { <LineList bytes=given.bytes lines=lines marked=marked name=given.name/> }.into_any()
}

/// Finds where the lines begin, a piece a task, so that a large file does not hold up the page.
fn read_in_pieces(bytes: Uint8Array, into: RwSignal<Option<Rc<Lines>>, LocalStorage>) {
    spawn_local(async move {
        let mut lines = Lines::default();
        let mut piece = Zeroizing::new(vec![0; PIECE_BYTES as usize]);
        for from in (0..bytes.length()).step_by(PIECE_BYTES as usize) {
            let part = bytes.subarray(from, bytes.length().min(from + PIECE_BYTES));
            let length = part.length() as usize;
            part.copy_to(&mut piece[..length]);
            lines.read(&piece[..length]);
            TimeoutFuture::new(0).await;
        }
        lines.finish();
        // The view may be gone by now.
        let _ = into.try_set(Some(Rc::new(lines)));
    });
}

/// The lines; only those that can be seen are in the document.
#[component]
fn LineList(
    bytes: Uint8Array,
    lines: RwSignal<Option<Rc<Lines>>, LocalStorage>,
    marked: Signal<Option<u32>>,
    name: String,
) -> AnyView {
    let element = NodeRef::<leptos::html::Div>::new();
    let top = RwSignal::new(0_usize);
    let height = RwSignal::new(400_usize);
    let measure = move || {
        if let Some(element) = element.get_untracked() {
            top.set(usize::try_from(element.scroll_top()).unwrap_or(0));
            height.set(usize::try_from(element.client_height()).unwrap_or(0));
        }
    };
    let count = move || lines.with(|lines| lines.as_ref().map_or(0, |lines| lines.len()));
    // The marked line is brought into the middle.
    Effect::new(move |_| {
        let (Some(line), Some(element)) = (marked.get(), element.get()) else { return };
        let middle =
            (line as usize * LINE_PX).saturating_sub(usize::try_from(element.client_height()).unwrap_or(0) / 2);
        if count() > 0 {
            element.set_scroll_top(i32::try_from(middle).unwrap_or(i32::MAX));
            measure();
            // The focus brings the text onto the screen, and keyboard and screen reader along.
            let _ = element.focus();
        }
    });
    let window = Memo::new(move |_| {
        let first = (top.get() / LINE_PX).saturating_sub(SPARE) / SPARE * SPARE;
        (first.min(count()), (first + height.get() / LINE_PX + 3 * SPARE).min(count()))
    });
    let rows = move || {
        let (first, last) = window.get();
        let lines = lines.get()?;
        Some((first..last).map(|index| line_view(&bytes, &lines, index, marked)).collect_view().into_any())
    };
    view! {
        <div class="lines" tabindex="0" role="region" aria-label=format!("Text of {}", visible(&name)) node_ref=element on:scroll=move |_| measure()>
            <div
                style:padding-top=Signal::derive(move || format!("{}px", window.get().0 * LINE_PX))
                style:padding-bottom=Signal::derive(move || format!("{}px", (count() - window.get().1.min(count())) * LINE_PX))
            >
                {live(rows)}
            </div>
        </div>
    }
    .into_any()
}

fn line_view(bytes: &Uint8Array, lines: &Lines, index: usize, marked: Signal<Option<u32>>) -> AnyView {
    let text = lines.shown(index).map(|(from, to)| {
        let line = bytes.subarray(from, to.min(from + LINE_BYTES)).to_vec();
        visible(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']))
    });
    let number = index + 1;
    let is_marked = Signal::derive(move || marked.get().is_some_and(|line| line as usize == number));
    let current = Signal::derive(move || is_marked.get().then(|| "true".to_owned()));
    let content = match text {
        Some(text) => view! { <bdi>{text}</bdi> }.into_any(),
        None => view! { <span class="muted">"not shown: it may be part of a private key"</span> }.into_any(),
    };
    view! {
        <div class="line" class:marked=is_marked aria-current=current>
            <span class="number">{number}</span>
            {content}
        </div>
    }
    .into_any()
}
