//! Old against new: what changes when the new certificate takes the old one's place.

use certway_wire::Certificate;
use leptos::prelude::*;

use crate::time_text;
use crate::ui::{Badge, Fingerprint, State, TimeText, Untrusted};

/// The two certificates side by side.
#[component]
pub(super) fn Comparison(old: Certificate, new: Certificate) -> AnyView {
    let same = old.fingerprint_sha256 == new.fingerprint_sha256;
    let rows = [
        row("Subject", text(&old.subject), text(&new.subject), old.subject != new.subject),
        row("Names", names(&old, &new, "Lost"), names(&new, &old, "New"), names_of(&old) != names_of(&new)),
        row("Issuer", text(&old.issuer), text(&new.issuer), old.issuer != new.issuer),
        row("Valid from", time(&old.not_before), time(&new.not_before), old.not_before != new.not_before),
        row("Valid until", time(&old.not_after), time(&new.not_after), old.not_after != new.not_after),
        row("Key", text(&key(&old)), text(&key(&new)), old.public_key != new.public_key),
        row(
            "Extended key usage",
            text(&usages(&old)),
            text(&usages(&new)),
            old.extended_key_usage != new.extended_key_usage,
        ),
        row("Fingerprint (SHA-256)", fingerprint("old", &old), fingerprint("new", &new), !same),
    ];
    view! {
        <section class="report-part">
            <h3>"Old against new"</h3>
            {same.then(|| view! { <p class="muted">"It is the certificate that is served now."</p> })}
            <table class="comparison">
                <thead>
                    <tr><td></td><th scope="col">"Served now"</th><th scope="col">"New"</th></tr>
                </thead>
                <tbody>{rows.into_iter().collect_view()}</tbody>
            </table>
            <ValidityAxis old=old new=new/>
        </section>
    }
    .into_any()
}

fn row(label: &'static str, old: AnyView, new: AnyView, changed: bool) -> AnyView {
    let mark = changed.then(|| view! { <span class="changed">"changed"</span> });
    view! {
        <tr>
            <th scope="row">{label} {mark}</th>
            <td data-column="Served now">{old}</td>
            <td data-column="New">{new}</td>
        </tr>
    }
    .into_any()
}

fn text(value: &str) -> AnyView {
    view! { <Untrusted text=value.to_owned()/> }.into_any()
}

fn time(at: &str) -> AnyView {
    view! { <TimeText at=at.to_owned()/> }.into_any()
}

fn fingerprint(which: &str, certificate: &Certificate) -> AnyView {
    let label =
        if which == "old" { "fingerprint of the certificate served now" } else { "fingerprint of the new certificate" };
    view! { <Fingerprint label=label hex=certificate.fingerprint_sha256.clone()/> }.into_any()
}

fn key(certificate: &Certificate) -> String {
    let key = &certificate.public_key;
    let short: String = key.fingerprint_sha256.chars().take(16).collect();
    format!("{}, {} bits, {short}…", key.algorithm, key.bits)
}

fn usages(certificate: &Certificate) -> String {
    certificate.extended_key_usage.as_ref().map_or_else(|| "Not restricted".to_owned(), |names| names.join(", "))
}

/// The names that a client may have asked for: the alternative names, and the common name if it is not one of them.
fn names_of(certificate: &Certificate) -> Vec<String> {
    let mut names: Vec<_> = certificate.alternative_names.iter().map(|name| name.value.clone()).collect();
    if let Some(name) = &certificate.common_name
        && !names.contains(name)
    {
        names.push(name.clone());
    }
    names
}

/// The names of one, those marked that the other has not.
fn names(of: &Certificate, other: &Certificate, word: &'static str) -> AnyView {
    let there = names_of(other);
    let state = if word == "Lost" { State::Warning } else { State::Advice };
    let items = names_of(of).into_iter().map(|name| {
        let mark = (!there.contains(&name)).then(|| view! { <Badge state=state word=word/> });
        view! { <li><Untrusted text=name/> {mark}</li> }
    });
    view! { <ul class="names">{items.collect_view()}</ul> }.into_any()
}

/// Both validities as bars on one axis, with a mark for now. The times stand in the table, so the picture has one
/// name only.
#[component]
fn ValidityAxis(old: Certificate, new: Certificate) -> AnyView {
    let span = |certificate: &Certificate| {
        Some((time_text::unix(&certificate.not_before)?, time_text::unix(&certificate.not_after)?))
    };
    let (Some(old_span), Some(new_span)) = (span(&old), span(&new)) else { return ().into_any() };
    let now = time_text::now();
    let from = old_span.0.min(new_span.0).min(now);
    let length = (old_span.1.max(new_span.1).max(now) - from).max(1);
    let place = |time: i64| ((time - from) * 1000 / length).clamp(0, 1000);
    let bar = |class: &'static str, y: &'static str, span: (i64, i64)| {
        let (begin, end) = (place(span.0), place(span.1));
        view! { <rect class=class x=begin.to_string() y=y width=(end - begin).max(2).to_string() height="12"></rect> }
    };
    let now_x = place(now).to_string();
    view! {
        <div class="validity-axis">
            <p class="axis-labels" aria-hidden="true"><span>"Served now"</span><span>"New"</span></p>
            <svg viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label="Validity of both on one time axis, with a mark for now">
                {bar("old", "4", old_span)}
                {bar("new", "24", new_span)}
                <line class="now" x1=now_x.clone() x2=now_x y1="0" y2="40" vector-effect="non-scaling-stroke"></line>
            </svg>
            <p class="axis-ends muted" aria-hidden="true">
                <span>{time_text::written(&time_text::rfc3339(from))}</span>
                <span>{time_text::written(&time_text::rfc3339(from + length))}</span>
            </p>
        </div>
    }
    .into_any()
}
