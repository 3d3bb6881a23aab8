//! 'Try a connection': how another server receives the node as a client.

use certway_wire::Verification;
use certway_wire::node::Reception;

use crate::app::App;
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge, untrusted};

/// What the form holds, and what came of it.
#[derive(Clone, Copy)]
struct Form {
    app: App,
    host: RwSignal<String>,
    port: RwSignal<String>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    reception: RwSignal<Option<Reception>>,
}

impl Form {
    fn submit(self) {
        self.error.set(None);
        self.reception.set(None);
        let host = self.host.get_untracked();
        let (host, Ok(port)) = (host.trim().to_owned(), self.port.get_untracked().trim().parse::<u16>()) else {
            self.error.set(Some("A port is a number from 1 to 65535.".to_owned()));
            return;
        };
        self.busy.set(true);
        spawn(async move {
            let answer = self.app.api.try_connection(&host, port).await;
            // The page may have been left before the answer comes.
            self.busy.set(false);
            match answer {
                Ok(reception) => self.reception.set(Some(reception)),
                Err(error) => self.error.set(Some(error.to_string())),
            }
        });
    }
}

pub(crate) fn try_connection() -> El {
    let form = Form {
        app: App::here(),
        host: RwSignal::new(String::new()),
        port: RwSignal::new("443".to_owned()),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        reception: RwSignal::new(None),
    };
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.submit();
    };
    let host = el("input").attr("autocapitalize", "none").attr("spellcheck", "false").flag("required", true);
    let port = el("input").attr("inputmode", "numeric").attr("size", "6").flag("required", true);
    let error = move || form.error.get().map(|text| untrusted(&text));
    let says = move || {
        if form.busy.get() {
            return el("p").text("Connecting. It takes ten seconds at most.").into();
        }
        form.reception.with(|reception| View::from(reception.as_ref().map(received)))
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "try-connection")
        .child(el("h2").attr("id", "try-connection").text("Try a connection"))
        .child(el("p").text("The node connects to a server as a client, shows the active client certificate if it is asked for one, sends nothing, and ends the connection."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(el("label").class("field").child(el("span").text("Host")).child(host.bound(form.host)))
                .child(el("label").class("field").child(el("span").text("Port")).child(port.bound(form.port)))
                .child(
                    el("p").class("actions").child(
                        el("button")
                            .attr("type", "submit")
                            .class("button")
                            .live_flag("disabled", move || form.busy.get())
                            .text("Try a connection"),
                    ),
                ),
        )
        .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
        .child(el("div").class("stack").attr("role", "status").child(live(says)))
}

fn received(reception: &Reception) -> View {
    let (state, word) =
        if reception.connected { (State::Loaded, "Connected") } else { (State::Refused, "Not connected") };
    let how = match (&reception.protocol, reception.connected) {
        (Some(protocol), true) => format!("The server took the connection ({protocol})."),
        _ => "The server did not take the connection.".to_owned(),
    };
    let shown = match (reception.asked_for_certificate, reception.certificate_shown) {
        (true, true) => "It asked for a certificate, and was shown the active client certificate.",
        (true, false) => {
            "It asked for a certificate, and was shown none: there is none, or TLS cannot sign with its key."
        }
        (false, _) => "It did not ask for a certificate.",
    };
    let failure = reception.failure.as_ref().map(|text| el("p").text("What went wrong: ").child(untrusted(text)));
    parts()
        .child(el("p").class("headline").child(badge(state, word)).child(el("span").text(how)))
        .child(el("p").text(shown))
        .children(failure)
        .children(reception.server.as_ref().map(server))
        .children(
            reception
                .ocsp
                .as_ref()
                .map(|said| el("p").text("Its responder (OCSP) says: ").child(untrusted(&said.message)).text(".")),
        )
}

/// The server's own certificate, as the node judges it.
fn server(verification: &Verification) -> View {
    if verification.valid {
        return el("p")
            .child(badge(State::Loaded, "Trusted"))
            .text(" Its own certificate has this name and chains to the trusted CA list.")
            .into();
    }
    let reasons = verification.reasons.iter().map(|reason| el("li").child(untrusted(&reason.message)));
    parts()
        .child(el("p").child(badge(State::Warning, "Not trusted")).text(" What stands against its own certificate:"))
        .child(el("ul").class("reasons").children(reasons))
}
