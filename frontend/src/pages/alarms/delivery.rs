//! How alarms go out to people: by e-mail, by webhook, by syslog; and a test of each.

use certway_wire::delivery::{AlarmSeverity, Channel, Delivery, Roots, SmtpTls, SyslogTransport};
use certway_wire::users::Role;

use super::fields::{choice, lines, number, secret, text, tick};
use super::log::Log;
use crate::app::App;
use crate::dom::{El, el, live, live_if, parts};
use crate::json::{list, quoted};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, fields_for, spoken};

const ROOTS: [(&str, &str); 2] =
    [("trusted-cas", "The node's trusted CA list"), ("system", "The CAs of its operating system")];
const LEAST: [(&str, &str); 4] = [
    ("notice", "All alarms"),
    ("warning", "Warnings and above"),
    ("alert", "Alerts and critical ones"),
    ("critical", "Critical ones only"),
];
const SMTP_TLS: [(&str, &str); 3] =
    [("starttls", "STARTTLS"), ("implicit", "TLS from the first byte"), ("none", "None, on the node's own machine")];
const TRANSPORTS: [(&str, &str); 3] = [("tls", "TLS"), ("tcp", "TCP"), ("udp", "UDP")];

/// What a channel has in the form, whichever it is.
#[derive(Clone, Copy)]
struct Fields {
    on: RwSignal<bool>,
    /// Host, or URL.
    place: RwSignal<String>,
    port: RwSignal<String>,
    /// How the connection is secured.
    way: RwSignal<String>,
    roots: RwSignal<String>,
    least: RwSignal<String>,
    secret: RwSignal<String>,
    /// Whether the node keeps a secret already.
    kept: RwSignal<bool>,
    /// Whether the node has the channel, so that it can be tried.
    saved: RwSignal<bool>,
    /// What came of the last test.
    tried: RwSignal<Option<(bool, String)>>,
}

impl Fields {
    fn new(port: &str, way: &str) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self {
            on: RwSignal::new(false),
            place: text(""),
            port: text(port),
            way: text(way),
            roots: text("trusted-cas"),
            least: text("warning"),
            secret: text(""),
            kept: RwSignal::new(false),
            saved: RwSignal::new(false),
            tried: RwSignal::new(None),
        }
    }

    fn fill(self, place: &str, port: u16, (roots, least): (Roots, AlarmSeverity)) {
        self.place.set(place.to_owned());
        self.port.set(port.to_string());
        self.roots.set(ROOTS[usize::from(roots == Roots::System)].0.to_owned());
        let least = match least {
            AlarmSeverity::Notice => 0,
            AlarmSeverity::Warning => 1,
            AlarmSeverity::Alert => 2,
            AlarmSeverity::Critical => 3,
        };
        self.least.set(LEAST[least].0.to_owned());
    }

    /// What all channels have in JSON.
    fn common(self) -> String {
        format!(r#""roots":{},"least":{}"#, quoted(&self.roots.get_untracked()), quoted(&self.least.get_untracked()))
    }

    fn host_and_port(self) -> String {
        // What is no number is refused by the node, which says so.
        let port: u16 = self.port.get_untracked().trim().parse().unwrap_or(0);
        format!(r#""host":{},"port":{port}"#, quoted(self.place.get_untracked().trim()))
    }
}

#[derive(Clone, Copy)]
pub(super) struct Channels {
    app: App,
    log: Log,
    smtp: Fields,
    user: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
    webhook: Fields,
    syslog: Fields,
    busy: RwSignal<bool>,
    /// Whether the fields show what is set. Before that they are off: what was saved would be what nobody saw.
    known: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Channels {
    pub(super) fn new(app: App, log: Log) -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            app,
            log,
            smtp: Fields::new("587", "starttls"),
            user: text(),
            from: text(),
            to: text(),
            webhook: Fields::new("443", ""),
            syslog: Fields::new("6514", "tls"),
            busy: RwSignal::new(false),
            known: RwSignal::new(false),
            error: text(),
        }
    }

    /// Asks what is set. What was typed since it was first known stays.
    pub(super) fn ask(self) {
        spawn(async move {
            let answer = self.app.api.delivery().await;
            if self.known.try_get_untracked() == Some(false) {
                match answer {
                    Ok(set) => self.fill(&set),
                    Err(error) => self.error.set(error.to_string()),
                }
            } else if let Ok(set) = answer {
                self.show(&set);
            }
        });
    }

    fn fill(self, set: &Delivery) {
        if let Some(smtp) = &set.smtp {
            self.smtp.fill(&smtp.host, smtp.port, (smtp.roots, smtp.least));
            let way = match smtp.tls {
                SmtpTls::Starttls => 0,
                SmtpTls::Implicit => 1,
                SmtpTls::None => 2,
            };
            self.smtp.way.set(SMTP_TLS[way].0.to_owned());
            self.user.set(smtp.user.clone().unwrap_or_default());
            self.from.set(smtp.from.clone());
            self.to.set(smtp.to.join("\n"));
        }
        if let Some(webhook) = &set.webhook {
            self.webhook.fill(&webhook.url, 443, (webhook.roots, webhook.least));
        }
        if let Some(syslog) = &set.syslog {
            self.syslog.fill(&syslog.host, syslog.port, (syslog.roots, syslog.least));
            let way = match syslog.transport {
                SyslogTransport::Tls => 0,
                SyslogTransport::Tcp => 1,
                SyslogTransport::Udp => 2,
            };
            self.syslog.way.set(TRANSPORTS[way].0.to_owned());
        }
        for (fields, on) in self.show(set) {
            fields.on.set(on);
            fields.secret.set(String::new());
        }
        self.error.set(String::new());
        self.known.set(true);
    }

    /// Shows what the node has, which is not for editing; gives each channel, and whether it is on.
    fn show(self, set: &Delivery) -> [(Fields, bool); 3] {
        let channels = [
            (self.smtp, set.smtp.is_some(), set.has_smtp_password),
            (self.webhook, set.webhook.is_some(), set.has_webhook_secret),
            (self.syslog, set.syslog.is_some(), false),
        ];
        channels.map(|(fields, on, kept)| {
            fields.saved.set(on);
            fields.kept.set(kept);
            (fields, on)
        })
    }

    /// The settings, with the fields of `certway_wire::delivery::NewDelivery`. A secret that is not typed is kept.
    fn json(self) -> String {
        let text = |field: RwSignal<String>| quoted(field.get_untracked().trim());
        let to = self.to.get_untracked();
        let to = list(to.lines().map(str::trim).filter(|line| !line.is_empty()).map(quoted));
        let smtp = format!(
            r#"{{{},"tls":{},"user":{},"from":{},"to":{to},{}}}"#,
            self.smtp.host_and_port(),
            text(self.smtp.way),
            text(self.user),
            text(self.from),
            self.smtp.common()
        );
        let webhook = format!(r#"{{"url":{},{}}}"#, text(self.webhook.place), self.webhook.common());
        let syslog = format!(
            r#"{{{},"transport":{},{}}}"#,
            self.syslog.host_and_port(),
            text(self.syslog.way),
            self.syslog.common()
        );
        let member = |name: &str, fields: Fields, json: String| {
            let json = if fields.on.get_untracked() { json } else { "null".to_owned() };
            format!(r#""{name}":{json}"#)
        };
        let typed = |name: &str, fields: Fields| {
            let secret = fields.secret.get_untracked();
            (fields.on.get_untracked() && !secret.is_empty()).then(|| format!(r#""{name}":{}"#, quoted(&secret)))
        };
        let members = [
            Some(member("smtp", self.smtp, smtp)),
            Some(member("webhook", self.webhook, webhook)),
            Some(member("syslog", self.syslog, syslog)),
            typed("smtp_password", self.smtp),
            typed("webhook_secret", self.webhook),
        ];
        format!("{{{}}}", members.into_iter().flatten().collect::<Vec<_>>().join(","))
    }

    async fn save(self) {
        self.busy.set(true);
        let body = self.json();
        match self.app.confirmed(async || self.app.api.set_delivery(&body).await).await {
            Ok(set) => {
                self.fill(&set);
                self.app.notices.done("The settings are saved.");
                self.app.refresh();
                self.log.ask();
            }
            Err(error) => self.error.set(error.to_string()),
        }
        self.busy.set(false);
    }

    async fn test(self, channel: Channel, fields: Fields) {
        self.busy.set(true);
        fields.tried.set(None);
        match self.app.api.test_delivery(channel.name()).await {
            Ok(test) => fields.tried.set(Some((test.ok, test.message))),
            Err(error) => self.error.set(error.to_string()),
        }
        self.busy.set(false);
        self.log.ask();
    }
}

pub(super) fn section(channels: Channels) -> El {
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        spawn(channels.save());
    };
    let error = move || (!channels.error.get().is_empty()).then(|| spoken(&channels.error.get()));
    let save = el("button")
        .attr("type", "submit")
        .class("button primary")
        .needs(Role::Administrator)
        .live_flag("disabled", move || channels.busy.get() || !channels.known.get())
        .text("Save delivery");
    el("section")
        .class("panel")
        .attr("aria-labelledby", "delivery")
        .child(el("h2").attr("id", "delivery").text("Delivery"))
        .child(el("p").text("Alarms go out when they are raised, change their severity, and clear: the same once in an hour, and again and again until it is taken. A channel that is switched on is told what stands. Secrets go in and are never shown."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(fields_for(
                    Role::Administrator,
                    parts()
                        .child(channel(channels, Channel::Smtp, "E-mail", channels.smtp, smtp))
                        .child(channel(channels, Channel::Webhook, "Webhook", channels.webhook, webhook))
                        .child(channel(channels, Channel::Syslog, "Syslog", channels.syslog, syslog)),
                ))
                .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
                .child(el("p").class("actions").child(save)),
        )
}

fn channel(channels: Channels, which: Channel, name: &str, fields: Fields, inside: fn(Channels) -> El) -> El {
    let [deliver, try_it] = match which {
        Channel::Smtp => ["Deliver by e-mail", "Send a test message by e-mail"],
        Channel::Webhook => ["Deliver by webhook", "Send a test message by webhook"],
        Channel::Syslog => ["Deliver by syslog", "Send a test message by syslog"],
    };
    let test = move || {
        button(ButtonKind::Plain, move || spawn(channels.test(which, fields)))
            .needs(Role::Administrator)
            .live_flag("disabled", move || channels.busy.get())
            .text(try_it)
    };
    let tried = move || {
        fields.tried.get().map(|(ok, said)| {
            let badge = if ok { badge(State::Loaded, "Taken") } else { badge(State::Refused, "Not taken") };
            el("p").child(badge).text(" ").child(spoken(&said))
        })
    };
    el("fieldset")
        .class("stack framed")
        .live_flag("disabled", move || !channels.known.get())
        .child(el("legend").text(name))
        .child(tick(deliver, fields.on))
        .child(live_if(move || fields.on.get(), move || inside(channels)))
        .child(live_if(move || fields.saved.get(), move || el("p").class("actions").child(test())))
        .child(el("div").attr("role", "status").child(live(tried)))
}

fn kept(label: &str, fields: Fields) -> El {
    let field = secret(label, fields.secret);
    let says = move || {
        let kept = fields.kept.get();
        if kept { "The node keeps one. It stays unless another is typed.".to_owned() } else { String::new() }
    };
    el("div").child(field).child(el("p").class("muted").live_text(says))
}

fn smtp(channels: Channels) -> El {
    let fields = channels.smtp;
    el("div")
        .class("stack")
        .child(text("Mail server", fields.place))
        .child(number("Port", fields.port))
        .child(choice("Security of the connection", &SMTP_TLS, fields.way))
        .child(choice("Its certificate is verified against", &ROOTS, fields.roots))
        .child(text("User (optional)", channels.user))
        .child(kept("Password of the user", fields))
        .child(text("From", channels.from))
        .child(lines("To, one address a line", channels.to))
        .child(choice("What is sent", &LEAST, fields.least))
}

fn webhook(channels: Channels) -> El {
    let fields = channels.webhook;
    el("div")
        .class("stack")
        .child(text("URL", fields.place))
        .child(choice("Its certificate is verified against", &ROOTS, fields.roots))
        .child(kept("Secret that messages are signed with, 24 characters or more", fields))
        .child(choice("What is sent", &LEAST, fields.least))
}

fn syslog(channels: Channels) -> El {
    let fields = channels.syslog;
    el("div")
        .class("stack")
        .child(text("Syslog server", fields.place))
        .child(number("Port", fields.port))
        .child(choice("Transport", &TRANSPORTS, fields.way))
        .child(choice("Its certificate is verified against", &ROOTS, fields.roots))
        .child(choice("What is sent", &LEAST, fields.least))
}
