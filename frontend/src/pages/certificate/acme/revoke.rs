//! Revoking what a provider has signed.

use certway_wire::users::Role;

use super::{Service, Step, act_button, choose};
use crate::dom::{El, View, el, live, live_if, parts, value_of};
use crate::json::quoted;
use crate::signal::{Memo, RwSignal};
use crate::ui::{ButtonKind, choice, dialog, error_line, fields_for, spoken};

/// The reasons of `certway_wire::acme::RevocationReason`.
const REASONS: [(&str, &str); 5] = [
    ("unspecified", "None is given"),
    ("key_compromise", "The private key is known to others"),
    ("affiliation_changed", "The names belong to another organisation now"),
    ("superseded", "Another certificate is in its place"),
    ("cessation_of_operation", "The node is given up"),
];

/// A certificate that can be revoked: the word of `certway_wire::acme::AcmeRevoked`, and its name and serial number.
type Revocable = (&'static str, String);

pub(super) fn revoke(service: Service) -> View {
    let revocable = Memo::new(move || of(service));
    let (which, reason) = (RwSignal::new(String::new()), RwSignal::new(REASONS[0].0.to_owned()));
    let (open, error) = (RwSignal::new(false), RwSignal::new(String::new()));
    let chosen = move || {
        let wanted = which.get();
        revocable.with(|all| all.iter().find(|(word, _)| *word == wanted).or(all.first()).cloned())
    };
    let certificates = move || {
        let options = revocable.with(|all| {
            all.iter().map(|(word, name)| option(word, &format!("{}: {name}", title(word)))).collect::<Vec<_>>()
        });
        let word = move || chosen().map_or("", |(word, _)| word);
        let select = el("select")
            .children(options)
            .live_prop("value", move || word().into())
            .on("input", move |event| which.set(value_of(&event)));
        choose("Certificate", select)
    };
    let question = move || {
        let (word, name) = chosen().unwrap_or_default();
        let then = match word {
            "pending" => "It is removed from the node with its key. What is served does not change.",
            "active" => "The node serves it on until another one is deployed or uploaded, and raises an alarm.",
            _ => "It cannot be used again by those who look. What is served does not change.",
        };
        let act = move || {
            open.set(false);
            let json = format!(r#"{{"certificate":{},"reason":{}}}"#, quoted(word), quoted(&reason.get_untracked()));
            service.take(Step::Revoke(json), error);
        };
        parts()
            .child(
                el("p")
                    .text(format!(
                        "{} revokes the {} certificate: ",
                        service.provider_name(),
                        title(word).to_lowercase()
                    ))
                    .child(spoken(&name))
                    .text("."),
            )
            .child(
                el("p").child(el("strong").text("It cannot be taken back.")).text(" Clients that look will refuse it."),
            )
            .child(el("p").text(then))
            .child(choice("Revoke", open, act))
    };
    let content = move || {
        el("details").child(el("summary").text("Revoke a certificate")).child(
            el("div")
                .class("stack")
                .child(el("p").text("The provider tells everybody who asks that the certificate is not to be trusted any more. It cannot be taken back."))
                .child(fields_for(
                    Role::Operator,
                    parts().child(live(certificates)).child(choose(
                        "Reason",
                        el("select").children(REASONS.map(|(word, text)| option(word, text))).bound(reason),
                    )),
                ))
                .child(error_line(error))
                .child(
                    el("p")
                        .class("actions")
                        .child(act_button(service, ButtonKind::Danger, "Revoke", move || open.set(true))),
                ),
        )
    };
    parts()
        .child(live_if(
            move || revocable.with(|all| !all.is_empty()),
            move || {
                el("section").class("slot acme-part stack").attr("aria-label", "Revoke a certificate").child(content())
            },
        ))
        .child(dialog(open, || "Revoke the certificate".to_owned(), question))
}

fn option(value: &str, text: &str) -> El {
    el("option").attr("value", value).text(text)
}

fn title(word: &str) -> &'static str {
    match word {
        "pending" => "Signed",
        "active" => "Active",
        _ => "Previous",
    }
}

/// What came from a provider and is on the node.
fn of(service: Service) -> Vec<Revocable> {
    let named = |decoded: &certway_wire::Certificate| {
        let name = decoded.common_name.clone().or(decoded.alternative_names.first().map(|name| name.value.clone()));
        format!("{}, serial number {}", crate::language::named(&name.unwrap_or_default()), decoded.serial)
    };
    let pending = service.acme.with(|acme| {
        let pending = acme.as_ref()?.pending.as_ref()?;
        Some(("pending", named(&pending.certificate.decoded)))
    });
    let stored = service.page.slots.with(|slots| {
        let Some(slots) = slots else { return Vec::new() };
        [("active", &slots.active), ("previous", &slots.previous)]
            .into_iter()
            .filter_map(|(word, slot)| {
                let slot = slot.as_ref().filter(|slot| slot.origin == "acme")?;
                Some((word, named(&slot.decoded)))
            })
            .collect()
    });
    pending.into_iter().chain(stored).collect()
}
