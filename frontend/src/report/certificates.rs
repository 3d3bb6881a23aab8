//! The certificates of a file with several.

use std::sync::Arc;

use certway_wire::Certificate;

use super::unfolding::{Unfolding, key};
use crate::dom::{El, View, each, el, live, live_if, parts};
use crate::signal::RwSignal;
use crate::time_text;
use crate::ui::{ButtonKind, button, decoded_certificate, drawer, untrusted};

type All = RwSignal<Vec<Arc<Certificate>>>;

/// The certificate whose decoded view is open.
#[derive(Clone, Copy)]
struct Opened {
    certificate: RwSignal<Option<Arc<Certificate>>>,
    open: RwSignal<bool>,
}

/// The list; a row opens the decoded view.
pub(super) fn certificate_list(certificates: All) -> View {
    let opened = Opened { certificate: RwSignal::new(None), open: RwSignal::new(false) };
    let unfolding = Unfolding::of(certificates);
    let count = move || certificates.with(Vec::len);
    let title = move || opened.certificate.get().map_or_else(String::new, |one| crate::ui::visible(name(&one)));
    let decoded = move || opened.certificate.get().map(|one| decoded_certificate(&one, None));
    parts().child(live_if(move || count() > 1, move || table(certificates, unfolding, opened))).child(drawer(
        opened.open,
        title,
        move || live(decoded),
    ))
}

fn table(certificates: All, unfolding: Unfolding, opened: Opened) -> El {
    let count = move || certificates.with(Vec::len);
    let head = ["Certificate", "Issuer", "Valid until", "Key"].map(|label| el("th").attr("scope", "col").text(label));
    let rows = each(move || unfolding.rows(certificates), key, move |certificate| row(certificate, opened));
    el("section")
        .class("report-part")
        .child(el("h3").live_text(move || format!("{} certificates in the file", count())))
        .child(
            el("table")
                .class("certificate-rows")
                .child(el("thead").child(el("tr").children(head)))
                .child(el("tbody").child(rows)),
        )
        .child(unfolding.more(count))
}

fn row(certificate: Arc<Certificate>, opened: Opened) -> El {
    let key = format!("{} {}", certificate.public_key.algorithm, certificate.public_key.bits);
    let until = time_text::written(&certificate.not_after);
    let (shown, issuer) = (untrusted(name(&certificate)), untrusted(&certificate.issuer));
    let press = move || {
        opened.certificate.set(Some(certificate.clone()));
        opened.open.set(true);
    };
    el("tr")
        .child(el("td").child(button(ButtonKind::Quiet, press).child(shown)))
        .child(el("td").child(issuer))
        .child(el("td").text(until))
        .child(el("td").text(key))
}

fn name(certificate: &Certificate) -> &str {
    certificate.common_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&certificate.subject)
}
