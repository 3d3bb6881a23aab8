//! The rail: the menu, with the appliance's own paths. Below 800 px it is a drawer.

use leptos::prelude::*;

use crate::route::{PageLink, Route};

#[component]
pub(super) fn Rail(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="rail-shade" class:open=open on:click=move |_| open.set(false)></div>
        <nav class="rail" class:open=open id="rail" aria-label="Pages">
            <ul>
                <li><PageLink to=Route::Overview>{Route::Overview.label()}</PageLink></li>
            </ul>
            <h2>"Maintenance" <span aria-hidden="true">" › "</span> "Security"</h2>
            <ul>
                <li><PageLink to=Route::ServerCertificate>{Route::ServerCertificate.label()}</PageLink></li>
                <li><PageLink to=Route::TrustedCas>{Route::TrustedCas.label()}</PageLink></li>
            </ul>
            <h2>"Tools"</h2>
            <ul>
                <li><PageLink to=Route::Check>{Route::Check.label()}</PageLink></li>
            </ul>
        </nav>
    }
}
