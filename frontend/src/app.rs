//! What all pages share, and which page is shown.

use certway_wire::alarms::Alarm;
use certway_wire::node::Node;
use certway_wire::users::Role;
use leptos::prelude::*;

use crate::api::{Api, Identity, Reach, SESSION_ENDED, SignedIn};
use crate::deferred::{self, Deferred, Part};
use crate::dom::{View, effect, live, set_if_new};
use crate::frame::confirm::Confirm;
use crate::frame::notices::Notices;
use crate::frame::{activity, frame};
use crate::pages::{certificate, check, overview, sign_in};
use crate::route::{Route, Router};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;

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
    /// What anyone may know of the node whose pages these are; `None` until it has answered.
    pub(crate) node: RwSignal<Option<Node>>,
    /// The same of the node that answers here; another one may be asked through it.
    pub(crate) asked: RwSignal<Option<Node>>,
    pub(crate) alarms: RwSignal<Vec<Alarm>>,
    pub(crate) offline_use: RwSignal<OfflineUse>,
    /// Notified when the node has come back: what is on the screen may be old, or was never there.
    pub(crate) node_back: Trigger,
    /// The parts of the page that come later.
    pub(crate) deferred: Deferred,
    pub(crate) notices: Notices,
    pub(crate) confirm: Confirm,
}

impl App {
    fn new() -> Self {
        let router = Router::new();
        Self {
            api: Api::new(router.other_node()),
            router,
            node: RwSignal::new(None),
            asked: RwSignal::new(None),
            alarms: RwSignal::new(Vec::new()),
            offline_use: RwSignal::new(OfflineUse::Unknown),
            node_back: Trigger::new(),
            deferred: Deferred::new(),
            notices: Notices::new(),
            confirm: Confirm::new(),
        }
    }

    /// The state, while a part of the page is being built. Closures and futures take a copy along.
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// The role of who is signed in; that which may do least, as long as it is not known.
    pub(crate) fn role(self) -> Role {
        self.api.signed_in.with(|who| match who {
            SignedIn::Yes(session) => session.role,
            SignedIn::No(_) | SignedIn::Unknown => Role::Auditor,
        })
    }

    /// Whether who is signed in may do what this role may.
    pub(crate) fn may(self, role: Role) -> bool {
        self.role() >= role
    }

    /// Whether it is known that who is signed in may not do what this role may. Where nobody is, the page of before still stands.
    pub(crate) fn lacks(self, role: Role) -> bool {
        self.api.signed_in.with(|who| matches!(who, SignedIn::Yes(session) if session.role < role))
    }

    /// Asks anew for what the frame shows: the node's facts and the alarms. To be called after every change.
    pub(crate) fn refresh(self) {
        spawn(async move {
            self.learn().await;
            if matches!(self.api.signed_in.get_untracked(), SignedIn::Yes(_))
                && let Ok(alarms) = self.api.alarms().await
            {
                set_if_new(self.alarms, alarms);
            }
        });
    }

    /// Asks what anyone may know: of the node whose pages these are, or, before anybody is signed in, of the one that
    /// answers here.
    async fn learn(self) {
        let other = self.api.asked_through_here();
        let Ok(node) = self.api.node().await else { return };
        if other.is_none() {
            set_if_new(self.asked, Some(node.clone()));
        }
        if other == self.router.other_node() {
            set_if_new(self.node, Some(node));
        }
    }

    /// Asks who is signed in. Only the node's own word counts: after any other answer it is asked again. Nobody is told that a
    /// session has ended who has not begun one.
    pub(crate) fn start(self) {
        spawn(async move {
            self.learn().await;
            match self.api.session().await {
                Ok(()) => self.refresh(),
                Err(error) if error.is_of_nobody() => self.api.signed_in.update(|who| match who {
                    SignedIn::Unknown => *who = SignedIn::No(None),
                    SignedIn::Yes(_) => *who = SignedIn::No(Some(SESSION_ENDED)),
                    SignedIn::No(_) => {}
                }),
                Err(_) => {}
            }
        });
    }

    /// The name of the node whose pages these are, as far as it is known.
    pub(crate) fn node_name(self) -> Option<String> {
        self.node.with(|node| node.as_ref().map(|node| node.name.clone())).or_else(|| self.router.other_node())
    }
}

/// The whole page.
pub(crate) fn page() -> View {
    let app = App::new();
    provide_context(app);
    activity::watch(app);
    app.start();
    let mut before = None;
    effect(move || {
        let reach = app.api.reach.get();
        if reach == Reach::Here && before.is_some_and(|before| before != Reach::Here) {
            app.start();
            app.deferred.fetch();
            app.node_back.notify();
        }
        before = Some(reach);
    });
    crate::judge::start(app);
    app.deferred.fetch_when_idle();
    frame(current_page())
}

fn current_page() -> View {
    let app = App::here();
    // A page is built anew only when it, or whether one may see it, changes: not whenever the session is refreshed.
    let shown = Memo::new(move || {
        let access = match app.api.signed_in.get() {
            SignedIn::Yes(_) => Access::Open,
            SignedIn::No(_) => Access::SignIn,
            SignedIn::Unknown => Access::Waiting,
        };
        let route = app.router.current();
        (route, if route.needs_session() { access } else { Access::Open })
    });
    live(move || {
        let shown = shown.get();
        untrack(|| match shown {
            (_, Access::SignIn) => sign_in::sign_in(),
            (_, Access::Waiting) => sign_in::waiting(),
            (Route::Overview, Access::Open) => overview::overview(),
            (Route::Alarms, Access::Open) => deferred::part(Part::Alarms),
            (Route::ServerCertificate, Access::Open) => certificate::page(Identity::Server),
            (Route::ClientCertificate, Access::Open) => certificate::page(Identity::Client),
            (Route::TrustedCas, Access::Open) => deferred::part(Part::TrustedCas),
            (Route::Crls, Access::Open) => deferred::part(Part::Crls),
            (Route::SecurityLevel, Access::Open) => deferred::part(Part::SecurityLevel),
            (Route::TlsProfile, Access::Open) => deferred::part(Part::TlsProfile),
            (Route::Forecast, Access::Open) => deferred::part(Part::Forecast),
            (Route::Verify, Access::Open) => deferred::part(Part::Verify),
            (Route::ClientTesting, Access::Open) => deferred::part(Part::ClientTesting),
            (Route::Backup, Access::Open) => deferred::part(Part::Backup),
            (Route::Services, Access::Open) => deferred::part(Part::Services),
            (Route::EventLog, Access::Open) => deferred::part(Part::EventLog),
            (Route::Clustering, Access::Open) => deferred::part(Part::Clustering),
            (Route::Change, Access::Open) => deferred::part(Part::Change),
            (Route::Users, Access::Open) => deferred::part(Part::Users),
            (Route::Check, Access::Open) => check::check(),
            (Route::Help, Access::Open) => deferred::part(Part::Help),
            (Route::Unknown, Access::Open) => crate::pages::no_such_page(),
        })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Open,
    SignIn,
    Waiting,
}
