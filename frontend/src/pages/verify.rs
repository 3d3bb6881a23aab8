//! Verify a path: does a certificate chain to a trusted CA, with every path that was tried drawn.

use certway_wire::{Attempt, Reason, Verification};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use web_sys::{Event, HtmlInputElement};

use crate::dom::{El, View, el, live, parts, value_of};
use crate::judge::{Judge, Judgement, State as Judging, VerifyQuestion, trust_list};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{State, badge, certificate_path, spoken, untrusted};
use crate::upload::Given;

#[derive(Clone, Copy)]
struct Page {
    judge: Judge,
    judgement: Judgement,
    certificate: RwSignal<Vec<Uint8Array>>,
    trusted: RwSignal<Vec<Uint8Array>>,
    untrusted: RwSignal<Vec<Uint8Array>>,
    crls: RwSignal<Vec<Uint8Array>>,
    purpose: RwSignal<String>,
    name: RwSignal<String>,
    policies: RwSignal<String>,
    at: RwSignal<String>,
    error: RwSignal<String>,
}

pub(crate) fn verify() -> View {
    let files = || RwSignal::new(Vec::new());
    let page = Page {
        judge: Judge::here(),
        judgement: Judgement::new(),
        certificate: files(),
        trusted: files(),
        untrusted: files(),
        crls: files(),
        purpose: RwSignal::new("any".to_owned()),
        name: RwSignal::new(String::new()),
        policies: RwSignal::new(String::new()),
        at: RwSignal::new(String::new()),
        error: RwSignal::new(String::new()),
    };
    let says = move || match (page.judgement.state.get(), page.judgement.verified.get()) {
        (Judging::Failed(error), _) => el("p").class("field-error").text(error).into(),
        (_, Some(verification)) => outcome(&verification),
        (Judging::Working { .. }, None) => el("p").class("muted").text("Looking for a path.").into(),
        _ => parts(),
    };
    parts()
        .child(el("h1").text("Verify a path"))
        .child(el("p").text("Does a certificate chain to a trusted CA (RFC 5280)? Every path that was tried is drawn, with every reason against it. This browser looks; nothing is sent."))
        .child(page.form())
        .child(el("div").attr("role", "status").attr("aria-label", "Outcome").child(live(says)))
}

impl Page {
    fn form(self) -> El {
        let submit = move |event: Event| {
            event.prevent_default();
            spawn(self.ask());
        };
        let purposes = [("any", "Any"), ("server", "TLS server"), ("client", "TLS client")];
        let choices = purposes.map(|(value, label)| el("option").attr("value", value).text(label));
        let purpose = el("select")
            .children(choices)
            .live_prop("value", move || self.purpose.get().into())
            .on("change", move |event| self.purpose.set(value_of(&event)));
        let line = |signal| el("input").attr("autocapitalize", "none").attr("spellcheck", "false").bound(signal);
        el("form")
            .class("panel stack")
            .attr("aria-label", "What is verified")
            .on("submit", submit)
            .child(files("Certificate", "PEM or DER. Others in the file help to build the path.", self.certificate))
            .child(files("Trusted CAs", "Each anchors a path, self-signed or not. Without a file the node's list counts, as this browser last saw it.", self.trusted))
            .child(files("Other certificates", "They may help to build the path.", self.untrusted))
            .child(files("Revocation lists (CRL)", "With any, each certificate but the trusted one needs a list.", self.crls))
            .child(field("Purpose", purpose))
            .child(field("Name that it shall be for (DNS name, address, mail address; may be left out)", line(self.name)))
            .child(field("Policies of which one must be valid (OIDs, with blanks between; may be left out)", line(self.policies)))
            .child(field("Time (RFC 3339; now, if left out)", line(self.at)))
            .child(el("p").class("field-error").attr("role", "alert").live_text(move || self.error.get()))
            .child(el("p").class("actions").child(el("button").attr("type", "submit").class("button primary").text("Verify")))
    }

    async fn ask(self) {
        self.error.set(String::new());
        let Some(file) = self.certificate.get_untracked().into_iter().next() else {
            return self.error.set("Choose the certificate first.".to_owned());
        };
        let at = self.at.get_untracked().trim().to_owned();
        if !at.is_empty() && time_text::unix(&at).is_none() {
            return self.error.set(format!("'{at}' is not a time such as 2027-03-12T09:00:00Z."));
        }
        let mut trusted = self.trusted.get_untracked();
        if trusted.is_empty() {
            let kept = trust_list::kept().await.map(|lists| lists.trusted);
            match kept.filter(|list| list.length() > 0) {
                Some(list) => trusted.push(list),
                None => {
                    return self
                        .error
                        .set("Choose the trusted CAs: this browser does not know the node's list.".to_owned());
                }
            }
        }
        let question = VerifyQuestion {
            at: if at.is_empty() { time_text::rfc3339(time_text::now()) } else { at },
            file,
            trusted,
            untrusted: self.untrusted.get_untracked(),
            crls: self.crls.get_untracked(),
            purpose: self.purpose.get_untracked(),
            name: self.name.get_untracked(),
            policies: self.policies.get_untracked().split_whitespace().map(str::to_owned).collect(),
        };
        self.judge.ask_to_verify(&question, self.judgement);
    }
}

fn field(label: &str, control: El) -> El {
    el("label").class("field").child(el("span").text(label)).child(control)
}

/// The browser's own chooser: it takes drops too.
fn files(label: &'static str, hint: &str, into: RwSignal<Vec<Uint8Array>>) -> El {
    let take = move |event: Event| {
        let chosen = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(list) = chosen.and_then(|input| input.files()) else { return };
        spawn(async move {
            let mut bytes = Vec::new();
            for number in 0..list.length() {
                if let Some(file) = list.get(number)
                    && let Some(given) = Given::read(&file).await
                {
                    bytes.push(given.bytes);
                }
            }
            into.set(bytes);
        });
    };
    let input = el("input").attr("type", "file").flag("multiple", true).on("change", take);
    el("div").child(field(label, input)).child(el("p").class("muted").text(hint))
}

fn outcome(verification: &Verification) -> View {
    let (state, word, says) = if verification.valid {
        (State::Loaded, "Valid", "It chains to a trusted CA.")
    } else {
        (State::Refused, "Not valid", "What stands against it, on the best path that was found:")
    };
    let others: Vec<&Attempt> =
        verification.attempts.iter().filter(|attempt| attempt.path != verification.path).collect();
    let total = others.len();
    let tried = others.into_iter().enumerate().map(|(number, attempt)| {
        el("section")
            .class("panel")
            .attr("aria-label", &format!("Another path {}", number + 1))
            .child(el("h2").text(format!("Another path that was tried ({} of {total})", number + 1)))
            .child(certificate_path(&attempt.path))
            .child(reasons(&attempt.reasons))
    });
    parts()
        .child(
            el("section")
                .class("panel")
                .attr("aria-label", "Path")
                .child(el("p").class("headline").child(badge(state, word)).child(el("span").text(says)))
                .child(reasons(&verification.reasons))
                .child(certificate_path(&verification.path)),
        )
        .children(tried)
}

fn reasons(reasons: &[Reason]) -> El {
    let one = |reason: &Reason| {
        el("li").child(el("strong").child(spoken(&reason.message))).child(
            el("p")
                .class("muted")
                .text(format!("{}; ", reason.rule))
                .child(untrusted(&reason.certificate))
                .text(format!("; {}", reason.source)),
        )
    };
    el("ul").class("reasons").children(reasons.iter().map(one))
}
