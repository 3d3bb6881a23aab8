//! The pages' addresses, and the way from one to the other without loading anything.
//!
//! A few fixed addresses need no router library, and the page's download is counted.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::MouseEvent;

use crate::dom::{El, el, on_window};
use crate::signal::RwSignal;

/// A page, as the rail names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Route {
    Overview,
    ServerCertificate,
    ClientCertificate,
    TrustedCas,
    Crls,
    SecurityLevel,
    Forecast,
    Verify,
    ClientTesting,
    Backup,
    Services,
    EventLog,
    Clustering,
    Change,
    Check,
    Unknown,
}

impl Route {
    pub(crate) fn from_path(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::Overview,
            "/maintenance/security/server-certificate" => Self::ServerCertificate,
            "/maintenance/security/client-certificate" => Self::ClientCertificate,
            "/maintenance/security/trusted-ca-certificate" => Self::TrustedCas,
            "/maintenance/security/crl-management" => Self::Crls,
            "/maintenance/security/security-level" => Self::SecurityLevel,
            "/tools/what-happens-when" => Self::Forecast,
            "/tools/verify" => Self::Verify,
            "/maintenance/security/client-certificate-testing" => Self::ClientTesting,
            "/maintenance/backup-and-restore" => Self::Backup,
            "/maintenance/services" => Self::Services,
            "/status/logs/event-log" => Self::EventLog,
            "/system/clustering" => Self::Clustering,
            "/system/change" => Self::Change,
            "/check" => Self::Check,
            _ => Self::Unknown,
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Overview | Self::Unknown => "/",
            Self::ServerCertificate => "/maintenance/security/server-certificate",
            Self::ClientCertificate => "/maintenance/security/client-certificate",
            Self::TrustedCas => "/maintenance/security/trusted-ca-certificate",
            Self::Crls => "/maintenance/security/crl-management",
            Self::SecurityLevel => "/maintenance/security/security-level",
            Self::Forecast => "/tools/what-happens-when",
            Self::Verify => "/tools/verify",
            Self::ClientTesting => "/maintenance/security/client-certificate-testing",
            Self::Backup => "/maintenance/backup-and-restore",
            Self::Services => "/maintenance/services",
            Self::EventLog => "/status/logs/event-log",
            Self::Clustering => "/system/clustering",
            Self::Change => "/system/change",
            Self::Check => "/check",
        }
    }

    /// The menu's label.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::ServerCertificate => "Server certificate",
            Self::ClientCertificate => "Client certificate",
            Self::TrustedCas => "Trusted CA certificate",
            Self::Crls => "CRL management",
            Self::SecurityLevel => "Security level",
            Self::Forecast => "What happens when",
            Self::Verify => "Verify a path",
            Self::ClientTesting => "Client certificate testing",
            Self::Backup => "Backup and restore",
            Self::Services => "Services",
            Self::EventLog => "Event log",
            Self::Clustering => "Clustering",
            Self::Change => "Change of certificates",
            Self::Check => "Check",
            Self::Unknown => "No such page",
        }
    }

    /// Whether the page shows what only an administrator may see.
    pub(crate) fn needs_session(self) -> bool {
        !matches!(self, Self::Check | Self::Verify | Self::Unknown)
    }
}

/// Where the page is.
#[derive(Clone, Copy)]
pub(crate) struct Router {
    current: RwSignal<Route>,
}

impl Router {
    pub(crate) fn new() -> Self {
        let here = || Route::from_path(&location().pathname().unwrap_or_default());
        let current = RwSignal::new(here());
        on_window("popstate", move |_| current.set(here()));
        Self { current }
    }

    pub(crate) fn current(self) -> Route {
        self.current.get()
    }

    /// Shows another page and puts its address into the browser's history.
    pub(crate) fn go(self, route: Route) {
        if self.current.get_untracked() == route {
            return;
        }
        if let Ok(history) = window().history() {
            // It fails only when called hundreds of times a second; then the address stays behind, the page does not.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(route.path()));
        }
        self.current.set(route);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// A link to a page of ours. It is a real link: it can be copied and opened in a new tab.
pub(crate) fn page_link(to: Route) -> El {
    let router = expect_context::<crate::app::App>().router;
    el("a")
        .attr("href", to.path())
        .live_attr("aria-current", move || (router.current() == to).then(|| "page".to_owned()))
        .on("click", move |event| {
            let press: &MouseEvent = event.unchecked_ref();
            if press.button() == 0 && !(press.meta_key() || press.ctrl_key() || press.shift_key() || press.alt_key()) {
                event.prevent_default();
                router.go(to);
            }
        })
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn every_page_is_found_at_its_own_address() {
        for route in [
            Route::Overview,
            Route::ServerCertificate,
            Route::ClientCertificate,
            Route::TrustedCas,
            Route::Crls,
            Route::ClientTesting,
            Route::Backup,
            Route::EventLog,
            Route::Clustering,
            Route::Change,
            Route::Check,
        ] {
            assert_eq!(Route::from_path(route.path()), route);
        }
        assert_eq!(Route::from_path("/check/"), Route::Check);
        assert_eq!(Route::from_path("/nothing"), Route::Unknown);
    }
}
