//! The rail: the menu, with the appliance's own paths. Below 800 px it is a drawer.

use crate::dom::{El, View, data, el, parts, value_of};
use crate::language::{self, LANGUAGES};
use crate::route::{Route, page_link};
use crate::signal::RwSignal;

pub(super) fn rail(open: RwSignal<bool>) -> View {
    let shade = el("div").class("rail-shade").live_class("open", move || open.get());
    parts().child(shade.on_press(move || open.set(false))).child(
        el("nav")
            .class("rail")
            .live_class("open", move || open.get())
            .attr("id", "rail")
            .attr("aria-label", "Pages")
            .child(links(&[Route::Overview]))
            .child(el("h2").text("Status"))
            .child(links(&[Route::Alarms, Route::EventLog]))
            .child(
                el("h2").text("Maintenance").child(el("span").attr("aria-hidden", "true").text(" › ")).text("Security"),
            )
            .child(links(&[
                Route::ServerCertificate,
                Route::ClientCertificate,
                Route::TrustedCas,
                Route::Crls,
                Route::SecurityLevel,
                Route::TlsProfile,
                Route::ClientTesting,
            ]))
            .child(el("h2").text("Maintenance"))
            .child(links(&[Route::Services, Route::Backup]))
            .child(el("h2").text("System"))
            .child(links(&[Route::Clustering, Route::Change]))
            .child(el("h2").text("Users"))
            .child(links(&[Route::Users]))
            .child(el("h2").text("Tools"))
            .child(links(&[Route::Check, Route::Verify, Route::Forecast, Route::Help]))
            .child(languages()),
    )
}

/// The language of the page; each is called by its own name.
fn languages() -> El {
    let chosen = language::chosen();
    let options = LANGUAGES.map(|(code, name)| el("option").attr("value", code).child(data(name)));
    el("select")
        .class("language")
        .attr("aria-label", "Language")
        .children(options)
        .live_prop("value", move || chosen.into())
        .on("change", |event| language::choose(&value_of(&event)))
}

fn links(routes: &[Route]) -> El {
    el("ul").children(routes.iter().map(|route| el("li").child(page_link(*route).text(route.label()))))
}
