//! Appending a file of CA certificates: new ones join the list, known ones are left as they are.

use certway_wire::node::TrustedCasAppended;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::FormData;

use super::List;
use crate::upload::{Form, Panel, UploadPanel};

#[component]
pub(super) fn AppendPanel(list: List) -> AnyView {
    let panel = Panel::new(Form::TRUSTED_CAS);
    panel.learn(list.app);
    let send = move |body: FormData| {
        spawn_local(async move {
            let answer = list.app.confirmed(async || list.app.api.append_trusted_cas(body.clone()).await).await;
            match answer {
                Ok(appended) => {
                    panel.sent();
                    said(list, &appended);
                    list.changed();
                    panel.learn(list.app);
                }
                Err(error) => panel.refused(&error),
            }
        });
    };
    view! {
        <section class="panel" aria-labelledby="append">
            <h2 id="append">"Append CA certificate"</h2>
            <UploadPanel panel=panel on_send=send/>
        </section>
    }
    .into_any()
}

fn said(list: List, appended: &TrustedCasAppended) {
    let TrustedCasAppended { added, known, total, pending_loaded, report } = appended;
    let notices = list.app.notices;
    notices.done(format!("{added} added, {known} known already and left as they are. {total} in the list now."));
    if *pending_loaded {
        notices.done("The pending server certificate was loaded: every new connection gets it.");
    }
    for finding in &report.findings {
        if finding.rule == "duplicate-ca" || finding.rule == "duplicate-ca-common-name" {
            notices.warn(format!("{} {}", finding.message, finding.remedy));
        }
    }
}
