//! Maintenance > Backup and restore: the node as one encrypted file, and the way back.

use certway_wire::users::Role;

use crate::app::App;
use crate::dom::{El, View, el, live, parts};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;
use crate::ui::{fields_for, save, spoken};

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    app: App,
    passphrase: RwSignal<String>,
    again: RwSignal<String>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn submit(self) {
        if self.passphrase.with_untracked(|one| self.again.with_untracked(|other| one != other)) {
            self.error.set(Some("The two passphrases are not the same. No backup was made.".to_owned()));
            return;
        }
        self.error.set(None);
        self.busy.set(true);
        spawn(self.make());
    }

    async fn make(self) {
        let app = self.app;
        let passphrase = self.passphrase.get_untracked();
        let name = self.file_name();
        let answer = app.confirmed(async || app.api.backup(&passphrase).await).await;
        // The page may have been left meanwhile; a backup that was made is saved all the same.
        self.busy.set(false);
        match answer {
            Ok(file) if save(&name, &file).is_ok() => {
                self.passphrase.set(String::new());
                self.again.set(String::new());
                app.notices.done(format!(
                    "The backup is made: {name}. Keep it and its passphrase apart, and neither on this node."
                ));
            }
            Ok(_) => self.error.set(Some("The browser does not allow the download.".to_owned())),
            Err(error) => self.error.set(Some(error.to_string())),
        }
    }

    fn file_name(self) -> String {
        let node =
            self.app.node.with_untracked(|node| node.as_ref().map_or_else(String::new, |node| node.name.clone()));
        let today = time_text::rfc3339(time_text::now());
        format!("{node}-{}.age", today.get(..10).unwrap_or_default())
    }
}

pub(crate) fn backup() -> View {
    let form = Form {
        app: App::here(),
        passphrase: RwSignal::new(String::new()),
        again: RwSignal::new(String::new()),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    parts()
        .child(el("p").class("path muted").text("Maintenance"))
        .child(el("h1").text("Backup and restore"))
        .child(making(form))
        .child(restoring())
}

fn making(form: Form) -> El {
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        form.submit();
    };
    let error = move || form.error.get().map(|text| spoken(&text));
    panel("make-backup", "Make a backup")
        .child(el("p").text("One encrypted file with everything that makes this node: its certificates and their private keys, the certificate signing request in progress, the trusted CA list, users, events, and the node's own key, which opens the rest."))
        .child(
            el("form")
                .class("stack")
                .on("submit", submit)
                .child(fields_for(
                    Role::Administrator,
                    parts()
                        .child(passphrase("Passphrase", form.passphrase))
                        .child(passphrase("Passphrase, once more", form.again)),
                ))
                .child(el("p").class("muted").text("At least twelve characters. Without it nobody can open the backup, and the node does not keep it."))
                .child(el("p").class("field-error").attr("role", "alert").child(live(error)))
                .child(
                    el("p").class("actions").child(
                        el("button")
                            .attr("type", "submit")
                            .class("button primary")
                            .needs(Role::Administrator)
                            .live_flag("disabled", move || form.busy.get())
                            .live_text(move || if form.busy.get() { "Making the backup" } else { "Make a backup" }.to_owned()),
                    ),
                )
                .child(el("p").class("muted").text("The file is downloaded here, and an event is recorded. The node asks for your password first.")),
        )
}

fn passphrase(label: &str, value: RwSignal<String>) -> El {
    let field = el("input").attr("type", "password").attr("autocomplete", "new-password").flag("required", true);
    el("label").class("field").child(el("span").text(label)).child(field.bound(value))
}

fn restoring() -> El {
    panel("restore-backup", "Restore one")
        .child(el("p").text("A backup is restored on the terminal of a bare machine, one with Certway and no node yet. It asks for the passphrase:"))
        .child(command("certway restore --data-dir certway-data BACKUP.age"))
        .child(command("certway serve --data-dir certway-data"))
        .child(el("p").text("That node is then this one: it serves the same certificates and knows the same users. Stop this one first."))
        .child(el("p").text("The file is in the format of age, so it can be opened without Certway too:"))
        .child(command("age -d BACKUP.age | tar -x"))
}

fn command(line: &str) -> El {
    el("pre").class("pem").child(el("code").text(line))
}

fn panel(id: &str, title: &str) -> El {
    el("section").class("panel").attr("aria-labelledby", id).child(el("h2").attr("id", id).text(title))
}
