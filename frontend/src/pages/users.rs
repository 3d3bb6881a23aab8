//! Users > Administrator accounts: who may sign in and do what; the own password and second factor; tokens of programs.

mod accounts;
mod own;
mod tokens;

use certway_wire::users::{Role, User, Users};
use leptos::prelude::Track as _;

use crate::api::ApiError;
use crate::app::App;
use crate::dom::{El, View, effect, el, live, parts, set_if_new};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::untrusted;

/// The users as the node last told them.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    users: RwSignal<Vec<User>>,
    error: RwSignal<Option<String>>,
}

pub(crate) fn users() -> View {
    let page = Page { app: App::here(), users: RwSignal::new(Vec::new()), error: RwSignal::new(None) };
    effect(move || {
        page.app.node_back.track();
        spawn(async move { page.take(page.app.api.users().await) });
    });
    parts()
        .child(el("p").class("path").text("Users"))
        .child(el("h1").text("Administrator accounts"))
        .child(el("p").text("An auditor looks at everything and changes nothing. An operator works with certificates, trusted CAs, revocation lists, ACME, services and the change across a cluster. An administrator does everything. In a cluster all nodes have the same users."))
        .child(el("p").attr("role", "alert").live_text(move || page.error.get().unwrap_or_default()))
        .child(accounts::accounts(page))
        .child(own::password(page.app))
        .child(own::second_factor(page.app))
        .child(tokens::tokens(page.app))
}

impl Page {
    fn take(self, answer: Result<Users, ApiError>) {
        match answer {
            Ok(Users { users }) => {
                set_if_new(self.error, None);
                set_if_new(self.users, users);
            }
            Err(error) => set_if_new(self.error, Some(error.to_string())),
        }
    }

    /// Makes a change: `method` and path below `/users`, with the fields as JSON.
    async fn change(self, method: &'static str, path: &str, json: &str) -> Result<(), ApiError> {
        let api = self.app.api;
        let answer = self.app.confirmed(async || api.change_users(method, path, json).await).await;
        answer.map(|users| self.take(Ok(users)))
    }
}

fn panel(id: &str, title: &str) -> El {
    el("section").class("panel").attr("aria-labelledby", id).child(el("h2").attr("id", id).text(title))
}

fn field(label: &str, input: El) -> El {
    el("label").class("field").child(el("span").text(label)).child(input)
}

fn new_password(value: RwSignal<String>) -> El {
    el("input").attr("type", "password").attr("autocomplete", "new-password").flag("required", true).bound(value)
}

/// The choice of a role, of those up to `most`.
fn role_choice(value: RwSignal<String>, most: Role) -> El {
    let roles = Role::ALL.into_iter().filter(|role| *role <= most);
    el("select").children(roles.map(|role| el("option").attr("value", role.word()).text(role.word()))).bound(value)
}

fn submit(label: &'static str, busy: RwSignal<bool>) -> El {
    el("button").attr("type", "submit").class("button primary").live_flag("disabled", move || busy.get()).text(label)
}

fn error_line(error: RwSignal<String>) -> El {
    let says = move || error.with(|text| (!text.is_empty()).then(|| untrusted(text)));
    el("p").class("field-error").attr("role", "alert").child(live(says))
}
