//! How administrators sign in: made permanent, tried for a while, kept.

use certway_wire::sign_in::{SignInMode, SignInRules, Trial};
use certway_wire::users::Role;

use super::{Page, chooser};
use crate::dom::{El, View, el, live, live_if, parts};
use crate::json::quoted;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, fields_for, spoken, time};

/// How long settings are tried from the page.
const TRIED_MINUTES: u32 = 10;

const MODES: &[(&str, &str)] = &[
    ("not-required", "NotRequired: the password is enough"),
    ("validation", "Validation: a valid client certificate beside the password"),
    ("authentication", "Authentication: the client certificate in place of the password"),
];

pub(super) fn settings(page: Page) -> El {
    let busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<String>);
    let set = move |minutes: Option<u32>| {
        refused.set(None);
        busy.set(true);
        spawn(async move {
            let body = page.settings_json(minutes);
            let answer = page.app.confirmed(async || page.app.api.set_sign_in_settings(&body).await).await;
            busy.set(false);
            match answer {
                Ok(rules) => page.set(rules, minutes),
                Err(error) => refused.set(Some(error.to_string())),
            }
        });
    };
    let asks = move || page.mode.with(|mode| mode != "not-required");
    let refusal = move || {
        let text = refused.get()?;
        Some(el("p").child(badge(State::Refused, "Not set")).text(" ").child(spoken(&text)))
    };
    let trial = move || page.rules.with(|rules| rules.as_ref().and_then(|rules| in_trial(page, rules)));
    let off = move || busy.get() || page.rules.with(Option::is_none);
    el("section")
        .class("panel")
        .attr("aria-labelledby", "sign-in-settings")
        .child(el("h2").attr("id", "sign-in-settings").text("Client certificates of administrators"))
        .child(live(trial))
        .child(el("p").text("Expression, template and revocation lists are those from above."))
        .child(fields_for(Role::Administrator, chooser(page, "HTTPS client certificates", MODES, page.mode)))
        .child(live_if(asks, || {
            parts()
                .child(el("p").text("Every CA in the trusted CA list can then issue certificates that administrators sign in with. Remove those that should not."))
                .child(el("p").text("Settings under which you could not sign in again are only tried, and the former ones return by themselves. What comes later can still end your sign-in: a revocation list that is downloaded or that expires, a responder (OCSP), the end of your certificate. On the node's terminal certway reset-password sets NotRequired."))
        }))
        .child(el("div").class("field-error").attr("role", "alert").child(live(refusal)))
        .child(
            el("p")
                .class("actions")
                .child(
                    button(ButtonKind::Primary, move || set(None))
                        .needs(Role::Administrator)
                        .live_flag("disabled", off)
                        .text("Make these settings permanent"),
                )
                .child(
                    button(ButtonKind::Plain, move || set(Some(TRIED_MINUTES)))
                        .needs(Role::Administrator)
                        .live_flag("disabled", off)
                        .text("Try them for ten minutes"),
                ),
        )
}

impl Page {
    /// The fields are those of `certway_wire::sign_in::NewSignInSettings`.
    fn settings_json(self, minutes: Option<u32>) -> String {
        let minutes = minutes.map_or(String::new(), |minutes| format!(r#","try_for_minutes":{minutes}"#));
        format!(
            r#"{{"mode":{},"expression":{},"template":{},"revocation":{}{minutes}}}"#,
            quoted(&self.mode.get_untracked()),
            quoted(&self.expression.get_untracked()),
            quoted(&self.template.get_untracked()),
            quoted(&self.revocation.get_untracked()),
        )
    }

    fn set(self, rules: SignInRules, minutes: Option<u32>) {
        self.app.notices.done(match minutes {
            None => "The settings are permanent.".to_owned(),
            Some(minutes) => format!(
                "The settings are tried for {minutes} minutes. Sign in anew with your certificate, and keep them."
            ),
        });
        self.rules.set(Some(rules));
        self.app.refresh();
    }
}

/// What stands above the settings while some are tried.
fn in_trial(page: Page, rules: &SignInRules) -> Option<View> {
    let Trial { ends_at, former, can_keep } = rules.trial.as_ref()?;
    let keep = move || {
        spawn(async move {
            match page.app.api.keep_sign_in_settings().await {
                Ok(rules) => page.set(rules, None),
                Err(error) => page.app.notices.failed(error),
            }
        });
    };
    let what = el("p")
        .text(format!("{} is being tried. {} returns at ", word(rules.settings.mode), word(former.mode)))
        .child(time(ends_at))
        .text(".");
    let how = if *can_keep {
        el("p")
            .class("actions")
            .child(button(ButtonKind::Primary, keep).needs(Role::Administrator).text("Keep these settings"))
    } else {
        el("p").text("To keep it, sign out and sign in anew: that shows that you can.")
    };
    Some(el("div").class("stack").attr("role", "group").attr("aria-label", "Trial").child(what).child(how).into())
}

/// The appliance's words.
fn word(mode: SignInMode) -> &'static str {
    match mode {
        SignInMode::NotRequired => "NotRequired",
        SignInMode::Validation => "Validation",
        SignInMode::Authentication => "Authentication",
    }
}
