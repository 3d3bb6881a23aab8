//! What the node says of a client certificate: every reason against it, and whom it names.

use certway_wire::revocation::SourceResult;
use certway_wire::sign_in::{ClientCertificateTest, Group, UserName};
use certway_wire::{Reason, Verification};

use crate::dom::{El, View, el, parts};
use crate::ui::{State, badge, certificate_path, spoken, untrusted};

pub(super) fn verdict(test: &ClientCertificateTest) -> View {
    let against = test.verification.reasons.len();
    let (state, word, says) = match against {
        0 if test.against_sign_in.is_some() => {
            let why = test.against_sign_in.as_deref().unwrap_or_default();
            (State::Refused, "Not taken", format!("It is valid, but nobody signs in with it: {why}."))
        }
        0 => (State::Loaded, "Valid", "It chains to the trusted CA list, and nothing stands against it.".to_owned()),
        1 => (State::Refused, "Not valid", "One reason stands against it.".to_owned()),
        more => (State::Refused, "Not valid", format!("{more} reasons stand against it.")),
    };
    parts()
        .child(el("p").class("headline").child(badge(state, word)).child(el("span").child(spoken(&says))))
        .child(reasons(&test.verification.reasons))
        .children(test.ocsp.as_ref().map(responder))
        .children(
            test.user_name.as_ref().filter(|_| test.certificate.is_some()).map(|user| user_name(user, against == 0)),
        )
        .child(el("h3").text("Chain of trust"))
        .child(certificate_path(&test.verification.path))
        .children(test.certificate.is_some().then(|| matched(&test.text)))
}

/// What a responder says of a certificate.
pub(super) fn responder(said: &SourceResult) -> El {
    el("p").text("Its responder (OCSP) says: ").child(spoken(&said.message)).text(".")
}

/// What stands against a certificate, each with where that is said.
pub(super) fn reasons(reasons: &[Reason]) -> El {
    let row = |reason: &Reason| {
        let source = el("span").class("muted").text(format!(" ({})", reason.source));
        el("li").child(spoken(&reason.message)).child(source)
    };
    el("ul").class("reasons").children(reasons.iter().map(row))
}

/// A chain as a picture, with a word for the whole.
pub(super) fn chain(verification: &Verification, good: &str, bad: &str) -> View {
    let (state, word, says) =
        if verification.valid { (State::Loaded, "Trusted", good) } else { (State::Warning, "Not trusted", bad) };
    parts()
        .child(el("p").class("headline").child(badge(state, word)).child(el("span").text(says)))
        .child(reasons(&verification.reasons))
        .child(certificate_path(&verification.path))
}

fn user_name(user: &UserName, valid: bool) -> View {
    let (state, word) = match (&user.name, user.exists) {
        // Whoever is named by a certificate that is not valid is nobody's user.
        (Some(_), true) if !valid => (State::Plain, "Names"),
        (Some(_), true) => (State::Loaded, "User"),
        (Some(_), false) => (State::Warning, "No such user"),
        (None, _) => (State::Warning, "No user name"),
    };
    let says = match (&user.name, &user.reason) {
        (Some(name), _) => el("strong").child(untrusted(name)),
        // The complaint about an expression points into it, line under line.
        (None, Some(reason)) => el("pre").class("matched").text(reason),
        (None, None) => el("span"),
    };
    parts()
        .child(el("h3").text("User name"))
        .child(el("div").class("headline").child(badge(state, word)).child(says))
        .children((!user.groups.is_empty()).then(|| groups(&user.groups)))
}

fn groups(groups: &[Group]) -> El {
    let row = |group: &Group| {
        let value = match &group.value {
            Some(value) => el("dd").child(untrusted(value)),
            None => el("dd").class("muted").text("took no part"),
        };
        el("div").child(el("dt").child(el("code").text(format!("#{}#", group.name)))).child(value)
    };
    el("dl").class("facts").children(groups.iter().map(row))
}

fn matched(text: &str) -> El {
    el("details")
        .child(el("summary").text("What the expression is matched against"))
        .child(el("pre").class("matched").attr("tabindex", "0").child(untrusted(text)))
}
