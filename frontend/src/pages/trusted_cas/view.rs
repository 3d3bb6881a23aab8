//! One trusted CA, decoded, in a drawer.

use certway_wire::node::TrustedCaDetails;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::List;
use crate::api::ApiError;
use crate::ui::{Badge, DecodedCertificate, Drawer, State, TimeText, live};

#[component]
pub(super) fn ViewDrawer(list: List) -> AnyView {
    let open = RwSignal::new(false);
    let details = RwSignal::new(None::<Result<TrustedCaDetails, ApiError>>);
    Effect::new(move |_| {
        let Some(fingerprint) = list.viewed.get() else { return };
        details.set(None);
        open.set(true);
        spawn_local(async move {
            let answer = list.app.api.trusted_ca(&fingerprint).await;
            // Another row may have been opened meanwhile.
            if list.viewed.try_get_untracked().flatten().as_ref() == Some(&fingerprint) {
                let _ = details.try_set(Some(answer));
            }
        });
    });
    // The same row can be opened again after it was closed.
    Effect::new(move |_| {
        if !open.get() {
            list.viewed.set(None);
        }
    });
    let title = Signal::derive(move || {
        let name = list
            .viewed
            .get()
            .and_then(|fingerprint| list.row(&fingerprint))
            .map(|row| crate::ui::visible(&row.ca.name));
        name.unwrap_or_else(|| "Trusted CA certificate".to_owned())
    });
    view! {
        <Drawer open=open title=title>
            {live(move || Some(match details.get() {
                None => view! { <p class="muted" role="status">"Asking the node."</p> }.into_any(),
                Some(Err(error)) => view! { <p class="field-error" role="alert">{error.to_string()}</p> }.into_any(),
                Some(Ok(TrustedCaDetails { summary, decoded, pem })) => view! {
                    <p class="headline">
                        {summary.in_use.then(|| view! { <Badge state=State::Loaded word="In use"/> })}
                        {summary.weak.then(|| view! { <Badge state=State::Warning word="Weak"/> })}
                        <span class="muted">
                            {if summary.origin == "default" { "Default CA certificate, since " } else { "Appended " }}
                            <TimeText at=summary.added_at/>
                        </span>
                    </p>
                    <DecodedCertificate certificate=decoded pem=pem/>
                }.into_any(),
            }))}
        </Drawer>
    }
    .into_any()
}
