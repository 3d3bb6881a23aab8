//! The nodes: how each stands, where it is reached, and its removal.

use certway_wire::cluster::{Cluster, ClusterNode, NodeStatus, VerificationMode};
use certway_wire::users::Role;
use web_sys::Event;

use super::{Page, THIS_LEAVES, mode_name, panel};
use crate::app::App;
use crate::dom::{El, View, each, el, live, parts};
use crate::json::quoted;
use crate::route::{Route, address};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::ui::{ButtonKind, State, badge, button, choice, dialog, time, untrusted, validity_state};

/// What is served is valid already, and its beginning is not told.
const LONG_AGO: &str = "1970-01-01T00:00:00Z";
/// How much of a list's SHA-256 is shown: enough to tell a few lists apart.
const MARK: usize = 8;

/// The dialogs, and the node that they are about.
#[derive(Clone, Copy)]
struct Asked {
    page: Page,
    node: RwSignal<String>,
    address: RwSignal<String>,
    address_open: RwSignal<bool>,
    removal_open: RwSignal<bool>,
}

/// A row of the table.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    node: ClusterNode,
    /// Whether its trusted CA list is another one than that of the node that answers.
    has_other_cas: bool,
    /// The mode of the cluster.
    mode: VerificationMode,
}

pub(super) fn nodes(page: Page) -> View {
    let text = || RwSignal::new(String::new());
    let asked = Asked {
        page,
        node: text(),
        address: text(),
        address_open: RwSignal::new(false),
        removal_open: RwSignal::new(false),
    };
    let rows = page.part(rows);
    let head = ["Node", "State", "Server certificate", "Trusted CA list", "Address"];
    let head = head.map(|label| el("th").attr("scope", "col").text(label));
    // One that has changed in anything is drawn anew.
    let body = each(move || rows.get().unwrap_or_default(), |row| format!("{row:?}"), move |row| drawn(asked, &row));
    let table =
        el("table").class("cards").child(el("thead").child(el("tr").children(head))).child(el("tbody").child(body));
    let title = move |about: &str| asked.node.with(|node| format!("{about} {node}"));
    parts()
        .child(
            panel("nodes", "Nodes").child(
                el("div")
                    .class("scroll-x")
                    .attr("tabindex", "0")
                    .attr("role", "group")
                    .attr("aria-label", "Table of nodes")
                    .child(table),
            ),
        )
        .child(dialog(asked.address_open, move || title("Address of"), move || address_form(asked)))
        .child(dialog(asked.removal_open, move || title("Remove"), move || removal(asked)))
}

fn rows(cluster: &Cluster) -> Vec<Row> {
    let cas = |node: &ClusterNode| node.status.as_ref().map(|status| status.trusted_cas_sha256.clone());
    let own = cluster.nodes.iter().find(|node| node.this).and_then(cas);
    let row = |node: &ClusterNode| {
        let has_other_cas = cas(node).is_some_and(|cas| own.as_ref().is_some_and(|own| *own != cas));
        let mut node = node.clone();
        if let (true, Some(status)) = (node.alive, node.status.as_mut()) {
            // Not shown, and others every few seconds.
            (status.at, status.event, status.event_digest) = (String::new(), 0, String::new());
        }
        Row { node, has_other_cas, mode: cluster.mode }
    };
    cluster.nodes.iter().map(row).collect()
}

fn drawn(asked: Asked, row: &Row) -> El {
    let node = &row.node;
    // On a narrow page there is no head, so each cell says what it is of.
    let cell = |label: &str| el("td").attr("data-label", label);
    let unknown = || el("span").class("muted").text("Not known while it is away").into();
    let status = node.status.as_ref();
    let (name, address) = (node.name.clone(), node.address.clone());
    let change = move || {
        asked.node.set(name.clone());
        asked.address.set(address.clone());
        asked.address_open.set(true);
    };
    let name = node.name.clone();
    let remove = move || {
        asked.node.set(name.clone());
        asked.removal_open.set(true);
    };
    let small =
        |press: El, label: &str| press.class("button small").needs(Role::Administrator).attr("aria-label", label);
    let buttons = el("div")
        .class("chips")
        .child(small(button(ButtonKind::Plain, change), &format!("Change address of {}", node.name)).text("Change"))
        .child(small(button(ButtonKind::Plain, remove), &format!("Remove {}", node.name)).text("Remove"));
    el("tr")
        .child(
            el("th")
                .attr("scope", "row")
                .child(name_of(asked.page.app, node))
                .children(node.this.then(|| badge(State::Plain, "This node"))),
        )
        .child(cell("State").child(state(row)))
        .child(cell("Server certificate").child(status.map_or_else(unknown, certificate)))
        .child(cell("Trusted CA list").child(status.map_or_else(unknown, |status| trusted_cas(row, status))))
        .child(cell("Address").child(el("code").child(untrusted(&node.address).class("hex"))).child(buttons))
}

/// Its name, which leads to its own pages, through the node that answers here.
fn name_of(app: App, node: &ClusterNode) -> El {
    let is_here =
        app.asked.with_untracked(|here| here.as_ref().is_some_and(|here| here.name.eq_ignore_ascii_case(&node.name)));
    let link = el("a").attr("href", &address(Route::Overview, (!is_here).then_some(node.name.as_str())));
    link.attr("title", "Open this node's pages").child(untrusted(&node.name))
}

fn state(row: &Row) -> El {
    let Row { node, mode, .. } = row;
    let said = el("div").class("chips");
    let Some(status) = &node.status else { return said.child(badge(State::Refused, "Away")) };
    if !node.alive {
        let heard = el("span").class("muted").text("last heard ").child(time(&status.at));
        return said.child(badge(State::Refused, "Away")).child(heard);
    }
    let alarms = match status.alarms {
        0 => None,
        1 => Some("1 alarm".to_owned()),
        many => Some(format!("{many} alarms")),
    };
    let late = (status.mode != *mode).then(|| format!("Still {}", mode_name(status.mode)));
    let version = el("span").class("muted").text("Certway ").child(untrusted(&status.version));
    said.child(badge(State::Loaded, "Alive"))
        .children(alarms.map(|alarms| badge(State::Warning, &alarms)))
        .children(late.map(|late| badge(State::Warning, &late)))
        .children(status.pending.then(|| badge(State::Warning, "Certificate pending")))
        .children(status.csr.then(|| badge(State::Advice, "CSR in progress")))
        .children(status.acme.then(|| badge(State::Plain, "ACME")))
        .child(version)
}

fn certificate(status: &NodeStatus) -> View {
    let Some(served) = &status.certificate else {
        return el("span").class("muted").text("None").into();
    };
    let (state, word) = validity_state(LONG_AGO, &served.not_after);
    parts()
        .child(el("div").child(untrusted(&served.subject).class("hex")))
        .child(
            el("div")
                .class("chips")
                .child(badge(state, word))
                .children(served.temporary.then(|| badge(State::Warning, "Temporary"))),
        )
        .child(el("div").class("muted").text("until ").child(time(&served.not_after)))
}

fn trusted_cas(row: &Row, status: &NodeStatus) -> View {
    let mark = status.trusted_cas_sha256.get(..MARK).unwrap_or_default();
    let compared = (!row.node.this).then(|| {
        let (state, word, with) = if row.has_other_cas {
            (State::Warning, "Differs", "from this node's")
        } else {
            (State::Loaded, "Same", "as this node's")
        };
        el("div").child(badge(state, word)).text(" ").text(with)
    });
    parts().child(el("code").class("hex").attr("title", "The beginning of its SHA-256").text(mark)).children(compared)
}

fn address_form(asked: Asked) -> El {
    let (busy, error) = (RwSignal::new(false), RwSignal::new(String::new()));
    let submit = move |event: Event| {
        event.prevent_default();
        busy.set(true);
        let path = format!("/nodes/{}/address", asked.node.get_untracked());
        // The field is that of `certway_wire::cluster::NodeAddress`.
        let json = format!(r#"{{"address":{}}}"#, quoted(asked.address.get_untracked().trim()));
        spawn(async move {
            match asked.page.change("PUT", &path, &json).await {
                Ok(()) => {
                    asked.address_open.set(false);
                    asked.page.app.notices.done("The address is changed: peers look for the node there.");
                }
                Err(refusal) => error.set(refusal.to_string()),
            }
            busy.set(false);
        });
    };
    let field = el("input").attr("autocomplete", "off").attr("spellcheck", "false").flag("required", true);
    let says = move || error.with(|text| (!text.is_empty()).then(|| untrusted(text)));
    let save = el("button")
        .attr("type", "submit")
        .class("button primary")
        .live_flag("disabled", move || busy.get())
        .text("Save");
    el("form")
        .class("stack")
        .on("submit", submit)
        .child(el("p").text("Where the other nodes reach it, if the DNS does not say so (address mapping). They verify it by its name all the same."))
        .child(
            el("label")
                .class("field")
                .child(el("span").text("Address, HOST:PORT"))
                .child(field.flag("autofocus", true).bound(asked.address)),
        )
        .child(el("p").class("field-error").attr("role", "alert").child(live(says)))
        .child(
            el("div")
                .class("dialog-buttons")
                .child(button(ButtonKind::Plain, move || asked.address_open.set(false)).text("Cancel"))
                .child(save),
        )
}

fn removal(asked: Asked) -> View {
    let node = asked.node.get_untracked();
    let is_this = asked.page.cluster.with_untracked(|cluster| {
        let nodes = cluster.as_ref().map_or(&[] as &[_], |cluster| &cluster.nodes);
        nodes.iter().any(|other| other.this && other.name == node)
    });
    let what = if is_this {
        THIS_LEAVES
    } else {
        "It is no longer a node of the cluster: it is not verified by the others any more, and what is changed later does not reach it. It keeps its certificates and its private keys. To come back it needs another join token."
    };
    let name = node.clone();
    let act = move || {
        let node = name.clone();
        spawn(async move {
            let answer = asked.page.change("DELETE", &format!("/nodes/{node}"), "").await;
            asked.removal_open.set(false);
            let notices = asked.page.app.notices;
            match answer {
                Ok(()) => notices.done(format!("{node} is removed from the cluster.")),
                Err(error) => notices.failed(error),
            }
        });
    };
    parts().child(el("p").child(el("strong").child(untrusted(&node)))).child(el("p").text(what)).child(choice(
        "Remove",
        asked.removal_open,
        act,
    ))
}

#[cfg(test)]
mod tests {
    use certway_wire::cluster::Cluster;

    use super::rows;

    /// A cluster of two nodes, of which the other one has these events.
    fn cluster(at: &str, event: i64, event_digest: &str, alarms: u32) -> Cluster {
        let node = |name: &str, this: bool| {
            serde_json::json!({
                "name": name, "address": "192.0.2.1:8445", "this": this, "alive": true, "joined_at": "",
                "status": {
                    "at": at, "version": "1", "certificate": null, "csr": false, "pending": false, "acme": false,
                    "alarms": alarms,
                    "trusted_cas_sha256": "00", "mode": "permissive", "event": event, "event_digest": event_digest,
                },
            })
        };
        let nodes = [node("expe1.example.com", true), node("expe2.example.com", false)];
        let cluster = serde_json::json!({
            "membership": "member", "plane": null, "mode": "permissive", "nodes": nodes, "verdicts": [], "let_through": 0,
        });
        serde_json::from_value(cluster).unwrap()
    }

    #[test]
    fn an_event_that_is_not_shown_draws_no_row_anew() {
        let before = rows(&cluster("2026-01-01T00:00:00Z", 7, "aa", 1));
        assert_eq!(rows(&cluster("2026-01-01T00:00:10Z", 8, "bb", 1)), before);
        assert_ne!(rows(&cluster("2026-01-01T00:00:10Z", 8, "bb", 2)), before);
    }
}
