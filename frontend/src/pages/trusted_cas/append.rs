//! Appending a file of CA certificates: new ones join the list, known ones are left as they are.

use certway_wire::node::{CrlsChanged, TrustedCasAppended};
use web_sys::FormData;

use super::List;
use crate::api::Identity;
use crate::dom::{El, el};
use crate::task::spawn;
use crate::upload::{Form, Panel, upload_panel};

pub(super) fn append_panel(list: List) -> El {
    let panel = Panel::new(Form::TRUSTED_CAS);
    panel.learn(list.app, Identity::Server);
    el("section")
        .class("panel")
        .attr("aria-labelledby", "append")
        .child(el("h2").attr("id", "append").text("Append CA certificate"))
        .child(upload_panel(panel, Some(Box::new(move |body| spawn(send(list, panel, body))))))
}

async fn send(list: List, panel: Panel, body: FormData) {
    match list.app.confirmed(async || list.app.api.append_trusted_cas(body.clone()).await).await {
        Ok(appended) => {
            panel.sent();
            said(list, &appended);
            list.changed();
            panel.learn(list.app, Identity::Server);
        }
        Err(error) => panel.refused(&error),
    }
}

fn said(list: List, appended: &TrustedCasAppended) {
    let TrustedCasAppended { added, known, total, pending_loaded, crls, report } = appended;
    let notices = list.app.notices;
    notices.done(format!("{added} added, {known} known already and left as they are. {total} in the list now."));
    if let Some(crls) = crls {
        let CrlsChanged { added, replaced, total, .. } = crls;
        notices.done(format!("Revocation lists in the file: {added} new, {replaced} replaced. {total} kept now."));
    }
    if *pending_loaded {
        notices.done("The pending server certificate was loaded: every new connection gets it.");
    }
    for finding in &report.findings {
        if finding.rule == "duplicate-ca" || finding.rule == "duplicate-ca-common-name" {
            let end = if finding.message.ends_with('.') { "" } else { "." };
            notices.warn(format!("{}{end} {}", finding.message, finding.remedy));
        }
    }
}
