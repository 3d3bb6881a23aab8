//! Deleting chosen CAs, and going back to the default list. Both name what goes before they do it.

use certway_wire::node::TrustedCasChanged;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::List;
use crate::ui::{Badge, Button, ButtonKind, Dialog, State, Untrusted};

/// How many names the dialog lists.
const NAMED: usize = 20;

#[component]
pub(super) fn DeleteButton(list: List) -> AnyView {
    let open = RwSignal::new(false);
    let count = move || list.chosen.with(|chosen| chosen.len());
    let title = Signal::derive(move || match count() {
        1 => "Delete 1 trusted CA certificate".to_owned(),
        many => format!("Delete {many} trusted CA certificates"),
    });
    view! {
        <Button kind=ButtonKind::Danger disabled=Signal::derive(move || count() == 0) on_press=move || open.set(true)>"Delete"</Button>
        <Dialog open=open title=title>
            <DeleteQuestion list=list open=open/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn DeleteQuestion(list: List, open: RwSignal<bool>) -> AnyView {
    let busy = RwSignal::new(false);
    let chosen: Vec<String> = list.chosen.get_untracked().into_iter().collect();
    let rows: Vec<_> = chosen.iter().filter_map(|fingerprint| untrack(|| list.row(fingerprint))).collect();
    let in_use = rows.iter().any(|row| row.ca.in_use);
    let more = rows.len().saturating_sub(NAMED);
    let names = rows
        .into_iter()
        .take(NAMED)
        .map(|row| {
            view! {
                <li>
                    <Untrusted text=row.ca.name/> " "
                    <code class="hex short">{row.ca.fingerprint.get(..16).unwrap_or_default().to_owned()}</code>
                    {row.ca.in_use.then(|| view! { <Badge state=State::Warning word="In use"/> })}
                </li>
            }
        })
        .collect_view();
    let press = move || {
        busy.set(true);
        let chosen = chosen.clone();
        spawn_local(async move {
            let answer = list.app.confirmed(async || list.app.api.delete_trusted_cas(chosen.clone()).await).await;
            let _ = open.try_set(false);
            match answer {
                Ok(changed) => said(list, &changed, format!("{} deleted.", certificates(changed.removed))),
                Err(error) => list.app.notices.failed(error),
            }
        });
    };
    view! {
        <div class="stack">
            <ul class="named">{names}</ul>
            {(more > 0).then(|| view! { <p>{format!("and {more} more")}</p> })}
            {in_use.then(|| view! {
                <p class="banner warning">
                    <Badge state=State::Warning/>
                    "The chain of the active server certificate runs through this list. It is served on, with an alarm."
                </p>
            })}
            <p>"Connections that these CAs vouch for are no longer verified. Append the files again to bring them back."</p>
            <div class="dialog-buttons">
                <button type="button" class="button" autofocus=true on:click=move |_| open.set(false)>"Cancel"</button>
                <Button kind=ButtonKind::Danger disabled=busy on_press=press>"Delete"</Button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
pub(super) fn ResetButton(list: List) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <Button on_press=move || open.set(true)>"Reset to default CA certificate"</Button>
        <Dialog open=open title="Reset to default CA certificate">
            <ResetQuestion list=list open=open/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn ResetQuestion(list: List, open: RwSignal<bool>) -> AnyView {
    let busy = RwSignal::new(false);
    let uploaded = list.rows.with_untracked(|rows| {
        rows.as_ref().map_or(0, |rows| rows.iter().filter(|row| row.ca.origin != "default").count())
    });
    let uploaded = u32::try_from(uploaded).unwrap_or(u32::MAX);
    let press = move || {
        busy.set(true);
        spawn_local(async move {
            let answer = list.app.confirmed(async || list.app.api.reset_trusted_cas().await).await;
            let _ = open.try_set(false);
            match answer {
                Ok(changed) => said(
                    list,
                    &changed,
                    format!("The list is the default one again: {} removed, {} added.", changed.removed, changed.added),
                ),
                Err(error) => list.app.notices.failed(error),
            }
        });
    };
    view! {
        <div class="stack">
            <p>
                {format!("This replaces the list with the default one. {} that were appended go. ", certificates(uploaded))}
                "The active server certificate is served on; if its CA goes, with an alarm."
            </p>
            <div class="dialog-buttons">
                <button type="button" class="button" autofocus=true on:click=move |_| open.set(false)>"Cancel"</button>
                <Button kind=ButtonKind::Danger disabled=busy on_press=press>"Reset to default CA certificate"</Button>
            </div>
        </div>
    }
    .into_any()
}

/// Says what a change has done.
fn said(list: List, changed: &TrustedCasChanged, done: String) {
    let text = format!("{done} {} in the list now.", certificates(changed.total));
    if changed.active_trusted {
        list.app.notices.done(text);
    } else {
        list.app.notices.warn(format!(
            "{text} The chain of the active server certificate no longer ends in the list. It is served on; an alarm says so."
        ));
    }
    list.changed();
}

fn certificates(count: u32) -> String {
    if count == 1 { "1 CA certificate".to_owned() } else { format!("{count} CA certificates") }
}
