//! Connection test: how another server receives the node as a client, both chains side by side.

use certway_wire::node::Reception;

use super::field;
use super::verdict::{chain, responder};
use crate::app::App;
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{State, badge, spoken, untrusted};

/// What the form holds, and what came of it.
#[derive(Clone, Copy)]
struct Form {
    app: App,
    host: RwSignal<String>,
    port: RwSignal<String>,
    verify_name: RwSignal<String>,
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
        let verify_name = self.verify_name.get_untracked().trim().to_owned();
        self.busy.set(true);
        spawn(async move {
            let answer = self.app.api.try_connection(&host, port, &verify_name).await;
            // The page may have been left before the answer comes.
            self.busy.set(false);
            match answer {
                Ok(reception) => self.reception.set(Some(reception)),
                Err(error) => self.error.set(Some(error.to_string())),
            }
        });
    }
}

pub(super) fn connection_test() -> El {
    let form = Form {
        app: App::here(),
        host: RwSignal::new(String::new()),
        port: RwSignal::new("443".to_owned()),
        verify_name: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        reception: RwSignal::new(None),
    };
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.submit();
    };
    let host = el("input").flag("required", true).bound(form.host);
    let port = el("input").attr("inputmode", "numeric").flag("required", true).bound(form.port);
    let verify_name = el("input").bound(form.verify_name);
    let error = move || form.error.get().map(|text| spoken(&text));
    let says = move || {
        if form.busy.get() {
            return el("p").text("Connecting. A server that does not answer is given up after ten seconds, and its responder (OCSP) after another five.").into();
        }
        form.reception.with(|reception| View::from(reception.as_ref().map(received)))
    };
    el("section")
        .class("panel")
        .attr("aria-labelledby", "connection-test")
        .child(el("h2").attr("id", "connection-test").text("Connection test"))
        .child(el("p").text("The node connects to a server as a client, shows the active client certificate if it is asked for one, sends nothing, and ends the connection."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(field("Host", "A name or an address.", host))
                .child(field("Port", "A number from 1 to 65535.", port))
                .child(field(
                    "TLS verify name",
                    "What the server is asked for and what its certificate must name; the host, if left out.",
                    verify_name,
                ))
                .child(
                    el("p").class("actions").child(
                        el("button")
                            .attr("type", "submit")
                            .class("button")
                            .live_flag("disabled", move || form.busy.get())
                            .text("Test the connection"),
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
    let theirs = reception.server.as_ref().map(|chain_of| {
        let good = "It has this name and chains to the trusted CA list.";
        side("Their chain, as the node judges it", chain(chain_of, good, "What stands against it:"))
    });
    let ours = reception.own.as_ref().map(|chain_of| {
        let good = "It chains to the trusted CA list.";
        let title = if reception.certificate_shown {
            "Our chain, as they were shown it"
        } else {
            "Our chain, which they were not shown"
        };
        let accepted = el("p").child(accepted(reception));
        side(title, parts().child(accepted).child(chain(chain_of, good, "What stands against it in our own list:")))
    });
    parts()
        .child(el("p").class("headline").child(badge(state, word)).child(el("span").text(how)))
        .child(el("p").text(shown))
        .children(failure)
        .child(el("div").class("side-by-side").children(theirs).children(ours))
        .children(reception.ocsp.as_ref().map(responder))
}

fn side(title: &str, content: View) -> El {
    el("section").class("stack").attr("aria-label", title).child(el("h3").text(title)).child(content)
}

/// Whether they took our certificate.
fn accepted(reception: &Reception) -> El {
    match (reception.certificate_shown, reception.connected) {
        (true, true) => badge(State::Loaded, "Accepted by them"),
        (true, false) => badge(State::Refused, "Not accepted by them"),
        (false, _) => badge(State::Plain, "They did not see it"),
    }
}
