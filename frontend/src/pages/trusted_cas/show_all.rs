//! The whole list to read: decoded, or as the PEM file.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::List;
use crate::judge::{Judge, Judgement, Question, State as Judging, trust_list};
use crate::time_text;
use crate::ui::{Button, CopyButton, DecodedCertificate, Dialog, DownloadButton, live, live_if, live_text};

/// How many certificates come at a time: a thousand at once would keep the page busy for a second.
const SLICE: usize = 20;

#[component]
pub(super) fn ShowAllDecoded(list: List) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <Button on_press=move || open.set(true)>"Show all (decoded)"</Button>
        <Dialog open=open title="Show all (decoded)"><Decoded list=list/></Dialog>
    }
    .into_any()
}

/// The node gives the file; the judge in this browser decodes it.
#[component]
fn Decoded(list: List) -> AnyView {
    let judge = Judge::here();
    let judgement = Judgement::new();
    let error = RwSignal::new(None::<String>);
    let slices = RwSignal::new(1_usize);
    spawn_local(async move {
        match trust_list::fetched(list.app.api).await {
            Ok(file) => judge.ask(
                &Question {
                    kind: "trusted-ca",
                    at: time_text::rfc3339(time_text::now()),
                    file,
                    key: None,
                    certificate: None,
                    trusted: Some(Vec::new()),
                    crls: Vec::new(),
                    csr: None,
                    current_key: None,
                },
                judgement,
            ),
            Err(refusal) => drop(error.try_set(Some(refusal.to_string()))),
        }
    });
    let total = move || judgement.certificates.with(Vec::len);
    let shown = Memo::new(move |_| (slices.get() * SLICE).min(total()));
    view! {
        <p role="status">
            {live_text(move || match (error.get(), judgement.state.get()) {
                (Some(error), _) | (None, Judging::Failed(error)) => error,
                (None, Judging::Idle | Judging::Working { .. }) => "Decoding the list in this browser.".to_owned(),
                (None, Judging::Reported | Judging::Done { .. } | Judging::ByNode) => format!("{} of {} certificates shown.", shown.get(), total()),
            })}
        </p>
        <For each=move || 0..shown.get() key=|index| *index let(index)>
            {judgement.certificates.with_untracked(|certificates| certificates.get(index).cloned()).map(|certificate| view! {
                <article class="panel"><DecodedCertificate certificate=(*certificate).clone()/></article>
            })}
        </For>
        {live_if(move || shown.get() < total(), move || more(slices))}
    }
    .into_any()
}

#[component]
pub(super) fn ShowAllPem(list: List) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <Button on_press=move || open.set(true)>"Show all (PEM file)"</Button>
        <Dialog open=open title="Show all (PEM file)"><PemFile list=list/></Dialog>
    }
    .into_any()
}

#[component]
fn PemFile(list: List) -> AnyView {
    let answer = RwSignal::new(None::<Result<String, String>>);
    spawn_local(async move {
        let pem = list.app.api.trusted_cas_pem().await.map_err(|error| error.to_string());
        let _ = answer.try_set(Some(pem));
    });
    let content = move || match answer.get() {
        None => view! { <p role="status">"Asking the node for the file."</p> }.into_any(),
        Some(Err(error)) => view! { <p class="field-error" role="alert">{error}</p> }.into_any(),
        Some(Ok(pem)) => pem_view(pem),
    };
    live(move || Some(content()))
}

fn pem_view(pem: String) -> AnyView {
    let blocks: Vec<String> = pem.split_inclusive("-----END CERTIFICATE-----\n").map(str::to_owned).collect();
    let total = blocks.len();
    let blocks = StoredValue::new(blocks);
    let slices = RwSignal::new(1_usize);
    let shown = Memo::new(move |_| (slices.get() * SLICE).min(total));
    view! {
        <p class="actions">
            <CopyButton what="the PEM file" text=pem.clone()/>
            <DownloadButton file_name="trusted-cas.pem" text=pem>"Download"</DownloadButton>
            <span class="muted" role="status">{live_text(move || format!("{} of {total} certificates shown.", shown.get()))}</span>
        </p>
        <div class="pem" tabindex="0" role="region" aria-label="PEM file">
            <For each=move || 0..shown.get() key=|index| *index let(index)>
                <pre>{blocks.with_value(|blocks| blocks.get(index).cloned())}</pre>
            </For>
        </div>
        {live_if(move || shown.get() < total, move || more(slices))}
    }
    .into_any()
}

fn more(slices: RwSignal<usize>) -> AnyView {
    view! { <Button on_press=move || slices.update(|slices| *slices += 1)>"Show more"</Button> }.into_any()
}
