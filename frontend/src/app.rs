//! What all pages share, and which page is shown.

use certway_wire::node::{Alarm, Node};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Api, Reach, SignedIn};
use crate::frame::confirm::Confirm;
use crate::frame::notices::Notices;
use crate::frame::{Frame, activity};
use crate::pages::{check, overview, server_certificate, sign_in, trusted_cas};
use crate::route::{Route, Router};
use crate::ui::live;

/// Whether *Check* would work with the network cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum OfflineUse {
    /// The browser has not said yet.
    Unknown,
    /// The page and the judge are kept in this browser.
    Ready,
    /// They are not, and this is why.
    Unavailable(String),
}

/// The state of the whole page. A copy is a handle to the same state; take it with `App::here()`.
#[derive(Clone, Copy)]
pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) router: Router,
    /// What anyone may know of the node; `None` until it has answered.
    pub(crate) node: RwSignal<Option<Node>>,
    pub(crate) alarms: RwSignal<Vec<Alarm>>,
    pub(crate) offline_use: RwSignal<OfflineUse>,
    /// Notified when the node has come back: what is on the screen may be old, or was never there.
    pub(crate) node_back: Trigger,
    pub(crate) notices: Notices,
    pub(crate) confirm: Confirm,
}

impl App {
    fn new() -> Self {
        Self {
            api: Api::new(),
            router: Router::new(),
            node: RwSignal::new(None),
            alarms: RwSignal::new(Vec::new()),
            offline_use: RwSignal::new(OfflineUse::Unknown),
            node_back: Trigger::new(),
            notices: Notices::new(),
            confirm: Confirm::new(),
        }
    }

    /// The state, while a component is being built. Closures and futures take a copy along.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// Asks anew for what the frame shows: the node's facts and the alarms. To be called after every change.
    pub(crate) fn refresh(self) {
        spawn_local(async move {
            if let Ok(node) = self.api.node().await {
                self.node.set(Some(node));
            }
            if matches!(self.api.signed_in.get_untracked(), SignedIn::Yes(_))
                && let Ok(alarms) = self.api.alarms().await
            {
                self.alarms.set(alarms);
            }
        });
    }

    /// Asks who is signed in. Nobody is told that a session has ended who has not begun one.
    fn start(self) {
        spawn_local(async move {
            if let Ok(node) = self.api.node().await {
                self.node.set(Some(node));
            }
            match self.api.session().await {
                Ok(_) => self.refresh(),
                Err(error) if error.status() == 0 => {}
                Err(_) => self.api.signed_in.set(SignedIn::No(None)),
            }
        });
    }
}

/// The whole page.
#[component]
pub(crate) fn Page() -> impl IntoView {
    let app = App::new();
    provide_context(app);
    activity::watch(app);
    app.start();
    Effect::new(move |before: Option<Reach>| {
        let reach = app.api.reach.get();
        if reach == Reach::Here && before.is_some_and(|before| before != Reach::Here) {
            app.start();
            app.node_back.notify();
        }
        reach
    });
    crate::judge::start(app);
    view! { <Frame><CurrentPage/></Frame> }
}

#[component]
fn CurrentPage() -> impl IntoView {
    let app = App::here();
    // A page is built anew only when it, or whether one may see it, changes: not whenever the session is refreshed.
    let shown = Memo::new(move |_| {
        let access = match app.api.signed_in.get() {
            SignedIn::Yes(_) => Access::Open,
            SignedIn::No(_) => Access::SignIn,
            SignedIn::Unknown => Access::Waiting,
        };
        let route = app.router.current();
        (route, if route.needs_session() { access } else { Access::Open })
    });
    let page = move || match shown.get() {
        (_, Access::SignIn) => view! { <sign_in::SignIn/> }.into_any(),
        (_, Access::Waiting) => view! { <sign_in::Waiting/> }.into_any(),
        (Route::Overview, Access::Open) => view! { <overview::Overview/> }.into_any(),
        (Route::ServerCertificate, Access::Open) => view! { <server_certificate::ServerCertificatePage/> }.into_any(),
        (Route::TrustedCas, Access::Open) => view! { <trusted_cas::TrustedCasPage/> }.into_any(),
        (Route::Check, Access::Open) => view! { <check::CheckPage/> }.into_any(),
        (Route::Unknown, Access::Open) => view! { <crate::pages::NoSuchPage/> }.into_any(),
    };
    live(move || Some(page()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Open,
    SignIn,
    Waiting,
}
