//! Who verifies whom: each node against each other one.

use certway_wire::cluster::{Cluster, PeerVerdict, Verdict, VerificationMode};

use super::{Page, failing, panel};
use crate::dom::{El, View, each, el, live, parts};
use crate::signal::RwSignal;
use crate::ui::{State, badge, drawer, spoken, time, untrusted};

/// The pair whose reasons are shown at the side: who verifies, and who is presented.
#[derive(Clone, Copy)]
struct Asked {
    page: Page,
    open: RwSignal<bool>,
    pair: RwSignal<(String, String)>,
}

/// A row of the table: all that one node thinks of the others, in their order; nothing of itself.
#[derive(Clone, PartialEq, Debug)]
struct Row {
    verifier: String,
    cells: Vec<Cell>,
    mode: VerificationMode,
}

#[derive(Clone, PartialEq, Debug)]
struct Cell {
    presented: String,
    verdict: Option<Verdict>,
    has_reasons: bool,
}

pub(super) fn matrix(page: Page) -> View {
    let pair = RwSignal::new((String::new(), String::new()));
    let asked = Asked { page, open: RwSignal::new(false), pair };
    let names = page.part(|cluster| cluster.nodes.iter().map(|node| node.name.clone()).collect::<Vec<_>>());
    let rows = page.part(rows);
    let column = |name: &String| el("th").attr("scope", "col").child(untrusted(name));
    let corner = || el("th").attr("scope", "col").text("Verifies ↓, presented →");
    let head = move || el("tr").child(corner()).children(names.get().unwrap_or_default().iter().map(column));
    // A row is drawn anew when a verdict in it changes, so that what is focused stays focused.
    let body = each(move || rows.get().unwrap_or_default(), |row| format!("{row:?}"), move |row| drawn(asked, &row));
    let table = el("table")
        .class("matrix")
        .child(el("caption").class("sr-only").text("Rows verify, columns are presented."))
        .child(el("thead").child(live(head)))
        .child(el("tbody").child(body));
    let title = move || asked.pair.with(|(verifier, presented)| format!("{verifier} looks at {presented}"));
    parts()
        .child(
            panel("matrix", "Who verifies whom")
                .child(el("p").text("Each node looks at each other one every ten seconds and after each change, with its own trusted CA list, revocation lists and clock, by the name of the other."))
                .child(el("p").child(live(move || summary(page))))
                .child(
                    el("div")
                        .class("scroll-x")
                        .attr("tabindex", "0")
                        .attr("role", "group")
                        .attr("aria-label", "Table of verdicts")
                        .child(table),
                ),
        )
        .child(drawer(asked.open, title, move || live(move || details(asked))))
}

fn rows(cluster: &Cluster) -> Vec<Row> {
    let row = |verifier: &str| {
        let cell = |presented: &str| {
            let found = found(cluster, verifier, presented);
            Cell {
                presented: presented.to_owned(),
                verdict: found.map(|found| found.verdict),
                has_reasons: found.is_some_and(|found| !found.reasons.is_empty()),
            }
        };
        let cells = cluster.nodes.iter().map(|node| cell(&node.name)).collect();
        Row { verifier: verifier.to_owned(), cells, mode: cluster.mode }
    };
    cluster.nodes.iter().map(|node| row(&node.name)).collect()
}

fn found<'a>(cluster: &'a Cluster, verifier: &str, presented: &str) -> Option<&'a PeerVerdict> {
    cluster.verdicts.iter().find(|one| one.verifier == verifier && one.presented == presented)
}

fn drawn(asked: Asked, row: &Row) -> El {
    let verifier = &row.verifier;
    let cell = |cell: &Cell| {
        if cell.presented == *verifier {
            return el("td").child(el("span").class("muted").text("itself"));
        }
        let (state, word) = in_words(cell.verdict.unwrap_or(Verdict::NotYet));
        let fails = cell.verdict == Some(Verdict::Fails);
        let consequence = fails.then(|| el("div").class("muted").text(consequence(row.mode)));
        if !fails && !cell.has_reasons {
            return el("td").child(badge(state, word));
        }
        let pair = (verifier.clone(), cell.presented.clone());
        let press = el("button")
            .attr("type", "button")
            .class("link")
            .attr("aria-label", &format!("Reasons: {verifier} looks at {}", cell.presented))
            .on_press(move || {
                asked.pair.set(pair.clone());
                asked.open.set(true);
            });
        el("td").child(badge(state, word)).child(press.text("Reasons")).children(consequence)
    };
    el("tr").child(el("th").attr("scope", "row").child(untrusted(verifier))).children(row.cells.iter().map(cell))
}

fn in_words(verdict: Verdict) -> (State, &'static str) {
    match verdict {
        Verdict::Verified => (State::Loaded, "Verified"),
        Verdict::Fails => (State::Refused, "Fails"),
        Verdict::Silent => (State::Warning, "Silent"),
        Verdict::NotYet => (State::Advice, "Not yet looked"),
    }
}

fn consequence(mode: VerificationMode) -> &'static str {
    match mode {
        VerificationMode::Permissive => "would be refused under Enforce",
        VerificationMode::Enforce => "refused",
    }
}

fn summary(page: Page) -> View {
    page.cluster.with(|cluster| {
        let verdicts = cluster.as_ref().map_or(&[] as &[_], |cluster| &cluster.verdicts);
        let all = verdicts.len();
        let verified = verdicts.iter().filter(|one| one.verdict == Verdict::Verified).count();
        let failing = failing(verdicts);
        let (state, word, says) = match (all, failing) {
            (0, _) => (State::Plain, "One node", "There is no other node to verify yet.".to_owned()),
            (_, 0) if verified == all => (State::Loaded, "All verify", format!("{all} of {all} pairs.")),
            (_, 0) => (State::Advice, "Not known of all", format!("{verified} of {all} pairs verify, none fails.")),
            _ => (State::Refused, "Not all verify", format!("{failing} of {all} pairs fail.")),
        };
        parts().child(badge(state, word)).text(" ").text(&says)
    })
}

/// The reasons of the pair that was pressed, as they are now.
fn details(asked: Asked) -> View {
    let (verifier, presented) = asked.pair.get();
    asked.page.cluster.with(|cluster| {
        let cluster = cluster.as_ref();
        let Some((cluster, found)) = cluster.and_then(|all| Some((all, found(all, &verifier, &presented)?))) else {
            return el("p").text("One of the two is no longer in the cluster.").into();
        };
        let (state, word) = in_words(found.verdict);
        let consequence = match (found.verdict, cluster.mode) {
            (Verdict::Fails, VerificationMode::Permissive) => {
                "Under Permissive it is let through and counted. It would be refused under Enforce."
            }
            (Verdict::Fails, VerificationMode::Enforce) => "Under Enforce it is refused.",
            (Verdict::Silent, _) => "It could not be reached, so whether it would verify is not known.",
            (Verdict::Verified, _) => "It verifies.",
            (Verdict::NotYet, _) => "It was not looked at yet.",
        };
        let reasons = found.reasons.iter().map(|reason| el("li").child(spoken(reason)));
        parts()
            .child(el("p").child(badge(state, word)).text(" ").text(consequence))
            .children((!found.reasons.is_empty()).then(|| el("ul").children(reasons)))
            .children(found.at.as_ref().map(|at| el("p").class("muted").text("Last looked: ").child(time(at))))
    })
}
