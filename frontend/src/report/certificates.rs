//! The certificates of a file with several.

use std::sync::Arc;

use certway_wire::Certificate;
use leptos::prelude::*;

use super::unfolding::{SHOWN, key, unfolding};
use crate::time_text;
use crate::ui::{Button, ButtonKind, DecodedCertificate, Drawer, Untrusted, live, live_if, live_text};

/// The list; a row opens the decoded view.
#[component]
pub(super) fn CertificateList(#[prop(into)] certificates: Signal<Vec<Arc<Certificate>>>) -> AnyView {
    let limit = RwSignal::new(SHOWN);
    let opened = RwSignal::new(None::<Arc<Certificate>>);
    let open = RwSignal::new(false);
    let count = move || certificates.with(Vec::len);
    let rows = unfolding(certificates, limit);
    let more = move || count().saturating_sub(limit.get());
    let title = Signal::derive(move || {
        opened.get().map_or_else(String::new, |certificate| crate::ui::visible(&name(&certificate)))
    });
    let says_more = move || format!("Show more: {} are not shown", more());
    let button = move || {
        view! { <Button on_press=move |()| limit.update(|limit| *limit += SHOWN)>{live_text(says_more)}</Button> }
            .into_any()
    };
    let table = move || {
        view! {
            <section class="report-part">
                <h3>{live_text(move || format!("{} certificates in the file", count()))}</h3>
                <table class="certificate-rows">
                    <thead>
                        <tr>
                            <th scope="col">"Certificate"</th>
                            <th scope="col">"Issuer"</th>
                            <th scope="col">"Valid until"</th>
                            <th scope="col">"Key"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || rows.get() key=key let(certificate)>
                            <Row certificate=certificate opened=opened open=open/>
                        </For>
                    </tbody>
                </table>
                {live_if(move || more() > 0, button)}
            </section>
        }
        .into_any()
    };
    let decoded = move || {
        opened.get().map(|certificate| view! { <DecodedCertificate certificate=(*certificate).clone()/> }.into_any())
    };
    view! {
        {live_if(move || count() > 1, table)}
        <Drawer open=open title=title>{live(decoded)}</Drawer>
    }
    .into_any()
}

#[component]
fn Row(certificate: Arc<Certificate>, opened: RwSignal<Option<Arc<Certificate>>>, open: RwSignal<bool>) -> AnyView {
    let key = format!("{} {}", certificate.public_key.algorithm, certificate.public_key.bits);
    let until = time_text::written(&certificate.not_after);
    let (shown, issuer) = (name(&certificate), certificate.issuer.clone());
    view! {
        <tr>
            <td>
                <Button
                    kind=ButtonKind::Quiet
                    on_press=move |()| {
                        opened.set(Some(certificate.clone()));
                        open.set(true);
                    }
                >
                    <Untrusted text=shown/>
                </Button>
            </td>
            <td><Untrusted text=issuer/></td>
            <td>{until}</td>
            <td>{key}</td>
        </tr>
    }
    .into_any()
}

fn name(certificate: &Certificate) -> String {
    certificate.common_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| certificate.subject.clone())
}
