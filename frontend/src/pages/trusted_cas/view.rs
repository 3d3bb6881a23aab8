//! One trusted CA, decoded, in a drawer.

use certway_wire::node::TrustedCaDetails;

use super::List;
use crate::api::ApiError;
use crate::dom::{El, View, effect, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge, decoded_certificate, drawer, time};

type Answer = RwSignal<Option<Result<TrustedCaDetails, ApiError>>>;

pub(super) fn view_drawer(list: List) -> El {
    let open = RwSignal::new(false);
    let details: Answer = RwSignal::new(None);
    effect(move || {
        let Some(fingerprint) = list.viewed.get() else { return };
        details.set(None);
        open.set(true);
        spawn(ask(list, fingerprint, details));
    });
    // The same row can be opened again after it was closed.
    effect(move || {
        if !open.get() {
            list.viewed.set(None);
        }
    });
    let title = move || {
        let row = list.viewed.get().and_then(|fingerprint| list.row(&fingerprint));
        row.map_or_else(|| "Trusted CA certificate".to_owned(), |row| crate::ui::visible(&row.ca.name))
    };
    let content = move || {
        details.with(|answer| match answer {
            None => el("p").class("muted").attr("role", "status").text("Asking the node.").into(),
            Some(Err(error)) => el("p").class("field-error").attr("role", "alert").text(error.to_string()).into(),
            Some(Ok(details)) => decoded(details),
        })
    };
    drawer(open, title, move || live(content))
}

async fn ask(list: List, fingerprint: String, details: Answer) {
    let answer = list.app.api.trusted_ca(&fingerprint).await;
    // Another row may have been opened meanwhile.
    if list.viewed.try_get_untracked().flatten().as_ref() == Some(&fingerprint) {
        details.set(Some(answer));
    }
}

fn decoded(details: &TrustedCaDetails) -> View {
    let TrustedCaDetails { summary, decoded, pem } = details;
    let since = if summary.origin == "default" { "Default CA certificate, since " } else { "Appended " };
    parts()
        .child(
            el("p")
                .class("headline")
                .children(summary.in_use.then(|| badge(State::Loaded, "In use")))
                .children(summary.weak.then(|| badge(State::Warning, "Weak")))
                .child(el("span").class("muted").text(since).child(time(&summary.added_at))),
        )
        .child(decoded_certificate(decoded, Some(pem)))
}
