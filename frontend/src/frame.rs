//! What stands around every page: the top bar, the rail, banners and messages.

pub(crate) mod activity;
mod banners;
pub(crate) mod confirm;
pub(crate) mod notices;
mod rail;
mod top_bar;

use leptos::prelude::*;

use crate::app::App;
use crate::route::Route;

/// The frame with the page in it.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let app = App::here();
    let rail_open = RwSignal::new(false);
    let main = NodeRef::<leptos::html::Main>::new();
    Effect::new(move |_| {
        let node = app.node.get().map_or_else(String::new, |node| format!(" - {}", node.name));
        document().set_title(&format!("{} - Certway{node}", app.router.current().label()));
    });
    // A screen reader is told of a new page by the focus on it. The first page comes by itself.
    Effect::new(move |before: Option<Route>| {
        let route = app.router.current();
        rail_open.set(false);
        if before.is_some_and(|before| before != route) {
            app.notices.clear();
            if let Some(main) = main.get_untracked() {
                // It fails only if the element is not on the page, and then there is nothing to focus.
                let _ = main.focus();
            }
        }
        route
    });
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        <top_bar::TopBar rail_open=rail_open/>
        <div class="body">
            <rail::Rail open=rail_open/>
            <main id="main" tabindex="-1" node_ref=main>
                <banners::Banners/>
                <notices::NoticeList/>
                {children()}
            </main>
        </div>
        <confirm::ConfirmDialog/>
    }
}
