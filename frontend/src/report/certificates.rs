//! The certificates of a file with several.

use std::sync::Arc;

use certway_wire::Certificate;
use leptos::prelude::*;

use crate::time_text;
use crate::ui::{Button, ButtonKind, DecodedCertificate, Drawer, Untrusted};

/// How many are shown at once.
const SHOWN: usize = 100;

/// The list; a row opens the decoded view.
#[component]
pub(super) fn CertificateList(#[prop(into)] certificates: Signal<Vec<Arc<Certificate>>>) -> AnyView {
    let limit = RwSignal::new(SHOWN);
    let opened = RwSignal::new(None::<Arc<Certificate>>);
    let open = RwSignal::new(false);
    let count = move || certificates.with(Vec::len);
    let rows = move || {
        let shown =
            certificates.with(|certificates| certificates.iter().take(limit.get()).cloned().collect::<Vec<_>>());
        shown.into_iter().enumerate().collect::<Vec<_>>()
    };
    let more = move || count().saturating_sub(limit.get());
    let has_more = move || more() > 0;
    let several = move || count() > 1;
    let title = Signal::derive(move || {
        opened.get().map_or_else(String::new, |certificate| crate::ui::visible(&name(&certificate)))
    });
    view! {
        <Show when=several>
            <section class="report-part">
                <h3>{move || format!("{} certificates in the file", count())}</h3>
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
                        <For each=rows key=|(index, certificate)| (*index, certificate.fingerprint_sha256.clone()) let((_, certificate))>
                            <Row certificate=certificate opened=opened open=open/>
                        </For>
                    </tbody>
                </table>
                <Show when=has_more>
                    <Button on_press=move |()| limit.update(|limit| *limit += SHOWN)>
                        {move || format!("Show more: {} are not shown", more())}
                    </Button>
                </Show>
            </section>
        </Show>
        <Drawer open=open title=title>
            {move || opened.get().map(|certificate| view! { <DecodedCertificate certificate=(*certificate).clone()/> })}
        </Drawer>
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
