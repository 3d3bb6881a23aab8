//! All users; an administrator adds and changes them.

use certway_wire::users::{Role, User};
use web_sys::Event;

use super::{Page, error_line, field, new_password, panel, role_choice, submit};
use crate::dom::{El, View, each, el, parts};
use crate::json::quoted;
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, dialog, fields_for, untrusted};

/// The dialog, and the user whom it is about.
#[derive(Clone, Copy)]
struct Asked {
    page: Page,
    open: RwSignal<bool>,
    user: RwSignal<Option<User>>,
    busy: RwSignal<bool>,
    error: RwSignal<String>,
}

pub(super) fn accounts(page: Page) -> View {
    let asked = Asked {
        page,
        open: RwSignal::new(false),
        user: RwSignal::new(None),
        busy: RwSignal::new(false),
        error: RwSignal::new(String::new()),
    };
    let head = ["User", "Role", "State"].map(|label| el("th").attr("scope", "col").text(label));
    let body = each(move || page.users.get(), |user| format!("{user:?}"), move |user| row(asked, user));
    let table =
        el("table").class("cards").child(el("thead").child(el("tr").children(head))).child(el("tbody").child(body));
    let title = move || asked.user.with(|user| user.as_ref().map_or(String::new(), |user| user.username.clone()));
    parts()
        .child(
            panel("accounts", "Users").child(
                el("div")
                    .class("scroll-x")
                    .attr("tabindex", "0")
                    .attr("role", "group")
                    .attr("aria-label", "Table of users")
                    .child(table),
            ),
        )
        .child(addition(page))
        .child(dialog(asked.open, title, move || changes(asked)))
}

fn row(asked: Asked, user: User) -> El {
    let cell = |label: &str| el("td").attr("data-label", label);
    let name = el("th").attr("scope", "row").child(untrusted(&user.username));
    let state = el("div")
        .class("chips")
        .child(if user.disabled { badge(State::Refused, "Disabled") } else { badge(State::Loaded, "May sign in") })
        .children(user.second_factor.then(|| badge(State::Plain, "Second factor")));
    let (role, label) = (user.role.word(), format!("Change {}", user.username));
    let change = move || {
        asked.user.set(Some(user.clone()));
        asked.error.set(String::new());
        asked.open.set(true);
    };
    let press = button(ButtonKind::Plain, change).class("button small").attr("aria-label", &label).text("Change");
    el("tr")
        .child(name)
        .child(cell("Role").text(role))
        .child(cell("State").child(state.child(press.needs(Role::Administrator))))
}

fn addition(page: Page) -> El {
    let text = || RwSignal::new(String::new());
    let (name, password, error, busy) = (text(), text(), text(), RwSignal::new(false));
    let role = RwSignal::new(Role::Operator.word().to_owned());
    let send = move |event: Event| {
        event.prevent_default();
        busy.set(true);
        error.set(String::new());
        let username = name.get_untracked().trim().to_owned();
        // The fields are those of `certway_wire::users::NewUser`.
        let json = format!(
            r#"{{"username":{},"role":{},"password":{}}}"#,
            quoted(&username),
            quoted(&role.get_untracked()),
            quoted(&password.get_untracked())
        );
        spawn(async move {
            match page.change("POST", "", &json).await {
                Ok(()) => {
                    page.app.notices.done(format!("{username} is added, and can sign in."));
                    name.set(String::new());
                    password.set(String::new());
                }
                Err(refusal) => error.set(refusal.to_string()),
            }
            busy.set(false);
        });
    };
    let name =
        el("input").attr("autocomplete", "off").attr("autocapitalize", "none").attr("spellcheck", "false").bound(name);
    let fields = parts()
        .child(field("Name", name.flag("required", true)))
        .child(field("Role", role_choice(role, Role::Administrator)))
        .child(field("First password, at least 12 characters", new_password(password)));
    panel("add-user", "Add a user").child(
        el("form")
            .class("stack")
            .on("submit", send)
            .child(fields_for(Role::Administrator, fields))
            .child(error_line(error))
            .child(el("p").class("actions").needs(Role::Administrator).child(submit("Add the user", busy))),
    )
}

impl Asked {
    /// Makes a change of the user, says that it is made, and closes the dialog.
    fn change(self, method: &'static str, below: &'static str, json: String, says: &'static str) {
        let Some(user) = self.user.get_untracked() else { return };
        self.busy.set(true);
        self.error.set(String::new());
        spawn(async move {
            match self.page.change(method, &format!("/{}{below}", user.username), &json).await {
                Ok(()) => {
                    self.open.set(false);
                    self.page.app.notices.done(format!("{} {says}", user.username));
                }
                Err(refusal) => self.error.set(refusal.to_string()),
            }
            self.busy.set(false);
        });
    }
}

/// Everything that is changed of a user, in one dialog.
fn changes(asked: Asked) -> View {
    let Some(user) = asked.user.get_untracked() else { return parts() };
    let (role, password) = (RwSignal::new(user.role.word().to_owned()), RwSignal::new(String::new()));
    let set_role = move |event: Event| {
        event.prevent_default();
        // The field is that of `certway_wire::users::UserChange`.
        let json = format!(r#"{{"role":{}}}"#, quoted(&role.get_untracked()));
        asked.change("PUT", "", json, "has another role from now on.");
    };
    let set_password = move |event: Event| {
        event.prevent_default();
        // The field is that of `certway_wire::users::UserPassword`.
        let json = format!(r#"{{"password":{}}}"#, quoted(&password.get_untracked()));
        asked.change("PUT", "/password", json, "has another password; every session with the former one has ended.");
    };
    let press = |kind: ButtonKind, label: &str, act: Box<dyn Fn()>| {
        button(kind, act).live_flag("disabled", move || asked.busy.get()).text(label)
    };
    let disable = if user.disabled {
        let act = move || asked.change("PUT", "", r#"{"disabled":false}"#.to_owned(), "may sign in again.");
        press(ButtonKind::Plain, "Let sign in again", Box::new(act))
    } else {
        let says = "is disabled; every session has ended, and its tokens let nobody in as long as it is.";
        let act = move || asked.change("PUT", "", r#"{"disabled":true}"#.to_owned(), says);
        press(ButtonKind::Plain, "Disable", Box::new(act))
    };
    let factor = user.second_factor.then(|| {
        let act =
            move || asked.change("DELETE", "/second-factor", String::new(), "signs in by the password alone now.");
        press(ButtonKind::Plain, "Switch the second factor off", Box::new(act))
    });
    let remove = move || asked.change("DELETE", "", String::new(), "is removed, with every token.");
    parts()
        .child(
            el("form")
                .class("stack")
                .on("submit", set_role)
                .child(field("Role", role_choice(role, Role::Administrator)))
                .child(el("p").class("actions").child(submit("Set the role", asked.busy))),
        )
        .child(
            el("form")
                .class("stack")
                .on("submit", set_password)
                .child(field("New password, at least 12 characters", new_password(password)))
                .child(el("p").class("actions").child(submit("Set the password", asked.busy))),
        )
        .child(error_line(asked.error))
        .child(el("div").class("dialog-buttons").child(disable).children(factor).child(press(
            ButtonKind::Danger,
            "Remove",
            Box::new(remove),
        )))
}
