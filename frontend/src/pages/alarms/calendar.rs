//! The expiry calendar: whether calendar programs read what ends when, and with which password.

use certway_wire::trust::{CalendarFeed, NewCalendarFeed};
use certway_wire::users::Role;
use leptos::prelude::window;

use crate::app::App;
use crate::dom::{El, View, el, live, parts, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, copy_button, needed, time, untrusted};

#[derive(Clone, Copy)]
pub(super) struct Calendar {
    app: App,
    /// `None` until the node has answered.
    feed: RwSignal<Option<CalendarFeed>>,
    /// The password that was made last, until it is put away.
    made: RwSignal<Option<NewCalendarFeed>>,
    busy: RwSignal<bool>,
    error: RwSignal<String>,
}

impl Calendar {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            feed: RwSignal::new(None),
            made: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(String::new()),
        }
    }

    /// Asks whether there is one.
    pub(super) fn ask(self) {
        spawn(self.look());
    }

    async fn look(self) {
        match self.app.api.calendar_feed().await {
            Ok(feed) => set_if_new(self.feed, Some(feed)),
            Err(error) => self.error.set(error.to_string()),
        }
    }

    async fn make(self) {
        self.busy.set(true);
        self.error.set(String::new());
        match self.app.confirmed(async || self.app.api.make_calendar_feed().await).await {
            Ok(made) => {
                self.made.set(Some(made));
                self.look().await;
            }
            Err(error) => self.error.set(error.to_string()),
        }
        self.busy.set(false);
    }

    async fn withdraw(self) {
        self.busy.set(true);
        self.error.set(String::new());
        match self.app.api.withdraw_calendar_feed().await {
            Ok(feed) => {
                self.made.set(None);
                self.feed.set(Some(feed));
                self.app.notices.done("The calendar's password is withdrawn.");
            }
            Err(error) => self.error.set(error.to_string()),
        }
        self.busy.set(false);
    }

    fn state(self, feed: &CalendarFeed) -> View {
        let made = feed.made_at.as_ref().map(|at| (at, feed.made_by.as_deref().unwrap_or_default()));
        let says = match made {
            Some((at, by)) => el("p")
                .child(badge(State::Loaded, "Read by password"))
                .text(" made by ")
                .child(untrusted(by))
                .text(", ")
                .child(time(at)),
            None => el("p").child(badge(State::Plain, "No password")).text(" Nobody reads the calendar."),
        };
        let press =
            |kind, act: fn(Self)| button(kind, move || act(self)).live_flag("disabled", move || self.busy.get());
        let make = press(ButtonKind::Primary, |calendar| spawn(calendar.make()));
        let buttons = el("p").class("actions").needs(Role::Administrator);
        let buttons = match made {
            Some(_) => buttons
                .child(make.text("Make another password"))
                .child(press(ButtonKind::Plain, |calendar| spawn(calendar.withdraw())).text("Withdraw the password"))
                .child(el("span").class("muted").text("Programs that have the present one stop reading at once.")),
            None => buttons
                .child(make.text("Make a password"))
                .child(el("span").class("muted").text("The node asks for your password first.")),
        };
        parts().child(says).child(buttons)
    }

    fn shown(self, made: &NewCalendarFeed) -> El {
        let line = |label: &str, what: &str, text: &str| {
            el("p")
                .class("fingerprint")
                .child(el("span").text(label))
                .text(" ")
                .child(el("code").class("hex").attr("aria-label", label).text(text))
                .child(copy_button(what, text))
        };
        el("div")
            .class("stack")
            .child(line("Address", "the address", &self.address(&made.path)))
            .child(line("User name", "the user name", &made.user))
            .child(line("Password of the calendar", "the password of the calendar", &made.password))
            .child(el("p").attr("role", "status").text("It is shown this once: the node keeps only its hash."))
            .child(
                el("p")
                    .class("actions")
                    .child(button(ButtonKind::Plain, move || self.made.set(None)).text("Put it away")),
            )
    }

    /// Where a node's calendar is: another one's under its own name.
    fn address(self, path: &str) -> String {
        match self.app.api.other_node.get_untracked() {
            Some(node) => format!("https://{node}{path}"),
            None => format!("{}{path}", window().location().origin().unwrap_or_default()),
        }
    }
}

pub(super) fn section(calendar: Calendar) -> El {
    let state = move || calendar.feed.with(|feed| feed.as_ref().map(|feed| calendar.state(feed)));
    let made = move || calendar.made.with(|made| made.as_ref().map(|made| calendar.shown(made)));
    el("section")
        .class("panel")
        .attr("aria-labelledby", "calendar")
        .child(el("h2").attr("id", "calendar").text("Expiry calendar"))
        .child(el("p").text("Calendar programs subscribe to an address of the node and show what ends when, with a reminder a week before. They sign in with a password for nothing else: whoever has it sees the names and the ends of certificates, CAs and revocation lists, and the alarms to come."))
        .child(needed(Role::Administrator))
        .child(live(state))
        .child(live(made))
        .child(el("p").class("field-error").attr("role", "alert").live_text(move || calendar.error.get()))
}
