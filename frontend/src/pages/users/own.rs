//! What who is signed in changes of oneself: the password, and the second factor.

use certway_wire::users::SecondFactorOffer;
use qrcodegen::{QrCode, QrCodeEcc};
use web_sys::Event;

use super::{error_line, field, new_password, panel, submit};
use crate::api::SignedIn;
use crate::app::App;
use crate::dom::{El, View, el, live, parts, svg};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, copy_button};

pub(super) fn password(app: App) -> El {
    let text = || RwSignal::new(String::new());
    let (current, new, again, error, busy) = (text(), text(), text(), text(), RwSignal::new(false));
    let send = move |event: Event| {
        event.prevent_default();
        if new.with_untracked(|one| again.with_untracked(|other| one != other)) {
            error.set("The two new passwords are not the same. Nothing was changed.".to_owned());
            return;
        }
        busy.set(true);
        error.set(String::new());
        spawn(async move {
            match app.api.set_own_password(&current.get_untracked(), &new.get_untracked()).await {
                Ok(()) => {
                    app.notices.done("Your password is another one. Your other sessions have ended.");
                    [current, new, again].into_iter().for_each(|text| text.set(String::new()));
                }
                Err(refusal) => error.set(refusal.to_string()),
            }
            busy.set(false);
        });
    };
    let present = el("input").attr("type", "password").attr("autocomplete", "current-password").flag("required", true);
    panel("own-password", "Your password").child(
        el("form")
            .class("stack")
            .on("submit", send)
            .child(field("Present password", present.bound(current)))
            .child(field("New password, at least 12 characters", new_password(new)))
            .child(field("The same again", new_password(again)))
            .child(error_line(error))
            .child(el("p").class("actions").child(submit("Change your password", busy))),
    )
}

/// What is under way with the second factor.
#[derive(Clone, PartialEq)]
enum Step {
    Nothing,
    /// The app is given the secret.
    Offered(String, String),
    /// It is on, and these are shown this once.
    Recovery(Vec<String>),
}

#[derive(Clone, Copy)]
struct Factor {
    app: App,
    step: RwSignal<Step>,
    code: RwSignal<String>,
    error: RwSignal<String>,
    busy: RwSignal<bool>,
}

pub(super) fn second_factor(app: App) -> El {
    let text = || RwSignal::new(String::new());
    let factor =
        Factor { app, step: RwSignal::new(Step::Nothing), code: text(), error: text(), busy: RwSignal::new(false) };
    let on =
        Memo::new(move || app.api.signed_in.with(|who| matches!(who, SignedIn::Yes(session) if session.second_factor)));
    panel("second-factor", "Your second factor")
        .child(el("p").text("Beside the password an app on your telephone gives a code of six digits (TOTP, RFC 6238). Who only knows your password does not get in then. Where a client certificate signs you in by itself no code is asked for."))
        .child(live(move || match factor.step.get() {
            Step::Offered(secret, uri) => factor.offered(&secret, &uri),
            Step::Recovery(codes) => factor.recovery(&codes),
            Step::Nothing => factor.state(on.get()),
        }))
        .child(error_line(factor.error))
}

impl Factor {
    fn state(self, on: bool) -> View {
        let (state, word) = if on { (State::Loaded, "On") } else { (State::Plain, "Off") };
        let press = if on {
            button(ButtonKind::Plain, move || spawn(self.end())).text("Switch it off")
        } else {
            button(ButtonKind::Plain, move || spawn(self.begin())).text("Set it up")
        };
        let press = press.live_flag("disabled", move || self.busy.get());
        parts().child(el("p").child(badge(state, word))).child(el("p").class("actions").child(press))
    }

    fn offered(self, secret: &str, uri: &str) -> View {
        let send = move |event: Event| {
            event.prevent_default();
            spawn(self.confirm());
        };
        let shown = |label: &str, text: &str| {
            let code = el("code").class("hex").attr("aria-label", label).text(text);
            el("p").class("fingerprint").child(code).child(copy_button(label, text))
        };
        let field_of = el("input").attr("autocomplete", "one-time-code").attr("inputmode", "numeric");
        parts()
            .child(el("p").text(
                "Let the app read this picture, or type the secret into it, by time (TOTP). It is shown this once.",
            ))
            .children(picture(uri))
            .child(shown("Secret", secret))
            .child(shown("Address", uri))
            .child(
                el("form")
                    .class("stack")
                    .on("submit", send)
                    .child(field("Code that the app shows now", field_of.flag("required", true).bound(self.code)))
                    .child(
                        el("p")
                            .class("actions")
                            .child(submit("Switch it on", self.busy))
                            .child(button(ButtonKind::Plain, move || self.step.set(Step::Nothing)).text("Cancel")),
                    ),
            )
    }

    fn recovery(self, codes: &[String]) -> View {
        parts()
            .child(el("p").child(badge(State::Loaded, "On")))
            .child(el("p").text("Who has lost the app signs in with one of these recovery codes in place of a code. Each counts once. They are shown this once: print them, or keep them where you keep passwords."))
            .child(el("ul").class("hex").children(codes.iter().map(|code| el("li").child(el("code").text(code)))))
            .child(
                el("p")
                    .class("actions")
                    .child(copy_button("the recovery codes", &codes.join("\n")))
                    .child(button(ButtonKind::Plain, move || self.step.set(Step::Nothing)).text("Put them away")),
            )
    }

    async fn begin(self) {
        self.start();
        let answer = self.app.confirmed(async || self.app.api.offer_second_factor().await).await;
        self.end_with(answer, |SecondFactorOffer { secret, uri }| Step::Offered(secret, uri)).await;
    }

    async fn confirm(self) {
        self.start();
        let code = self.code.get_untracked();
        let answer = self.app.confirmed(async || self.app.api.begin_second_factor(code.trim()).await).await;
        self.code.set(String::new());
        self.end_with(answer, |answer| Step::Recovery(answer.codes)).await;
    }

    async fn end(self) {
        self.start();
        let answer = self.app.confirmed(async || self.app.api.end_second_factor().await).await;
        self.end_with(answer, |()| Step::Nothing).await;
    }

    fn start(self) {
        self.busy.set(true);
        self.error.set(String::new());
    }

    async fn end_with<T>(self, answer: Result<T, crate::api::ApiError>, step: impl FnOnce(T) -> Step) {
        match answer {
            Ok(answer) => {
                // Whether there is one now is told by the session. If that does not come, the next one does.
                let _ = self.app.api.session().await;
                self.step.set(step(answer));
            }
            Err(refusal) => self.error.set(refusal.to_string()),
        }
        self.busy.set(false);
    }
}

/// A text as a picture that cameras read (ISO/IEC 18004), with the margin of four that it needs. None, if it is too long for one.
fn picture(text: &str) -> Option<El> {
    const MARGIN: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let places = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark = places.filter(|(x, y)| code.get_module(*x, *y));
    let path: String = dark.map(|(x, y)| format!("M{},{}h1v1h-1z", x + MARGIN, y + MARGIN)).collect();
    let side = (code.size() + 2 * MARGIN).to_string();
    // Dark on light in a dark theme too: not every app reads it the other way round.
    let ground = svg("rect").attr("width", &side).attr("height", &side).attr("fill", "white");
    Some(
        svg("svg")
            .attr("viewBox", &format!("0 0 {side} {side}"))
            .attr("width", "232")
            .attr("height", "232")
            .attr("role", "img")
            .attr("aria-label", "The secret, for the app's camera")
            .child(ground)
            .child(svg("path").attr("d", &path).attr("fill", "black")),
    )
}
