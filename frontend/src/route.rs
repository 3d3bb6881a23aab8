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
    Alarms,
    ServerCertificate,
    ClientCertificate,
    TrustedCas,
    Crls,
    SecurityLevel,
    TlsProfile,
    Forecast,
    Verify,
    ClientTesting,
    Backup,
    Services,
    EventLog,
    Clustering,
    Change,
    Users,
    Check,
    Help,
    Unknown,
}

impl Route {
    pub(crate) fn from_path(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::Overview,
            "/status/alarms" => Self::Alarms,
            "/maintenance/security/server-certificate" => Self::ServerCertificate,
            "/maintenance/security/client-certificate" => Self::ClientCertificate,
            "/maintenance/security/trusted-ca-certificate" => Self::TrustedCas,
            "/maintenance/security/crl-management" => Self::Crls,
            "/maintenance/security/security-level" => Self::SecurityLevel,
            "/maintenance/security/tls-settings" => Self::TlsProfile,
            "/tools/what-happens-when" => Self::Forecast,
            "/tools/verify" => Self::Verify,
            "/maintenance/security/client-certificate-testing" => Self::ClientTesting,
            "/maintenance/backup-and-restore" => Self::Backup,
            "/maintenance/services" => Self::Services,
            "/status/logs/event-log" => Self::EventLog,
            "/system/clustering" => Self::Clustering,
            "/system/change" => Self::Change,
            "/users/administrator-accounts" => Self::Users,
            "/check" => Self::Check,
            path if path == "/help" || path.starts_with("/help/") => Self::Help,
            _ => Self::Unknown,
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Overview | Self::Unknown => "/",
            Self::Alarms => "/status/alarms",
            Self::ServerCertificate => "/maintenance/security/server-certificate",
            Self::ClientCertificate => "/maintenance/security/client-certificate",
            Self::TrustedCas => "/maintenance/security/trusted-ca-certificate",
            Self::Crls => "/maintenance/security/crl-management",
            Self::SecurityLevel => "/maintenance/security/security-level",
            Self::TlsProfile => "/maintenance/security/tls-settings",
            Self::Forecast => "/tools/what-happens-when",
            Self::Verify => "/tools/verify",
            Self::ClientTesting => "/maintenance/security/client-certificate-testing",
            Self::Backup => "/maintenance/backup-and-restore",
            Self::Services => "/maintenance/services",
            Self::EventLog => "/status/logs/event-log",
            Self::Clustering => "/system/clustering",
            Self::Change => "/system/change",
            Self::Users => "/users/administrator-accounts",
            Self::Check => "/check",
            Self::Help => "/help",
        }
    }

    /// The menu's label.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Alarms => "Alarms",
            Self::ServerCertificate => "Server certificate",
            Self::ClientCertificate => "Client certificate",
            Self::TrustedCas => "Trusted CA certificate",
            Self::Crls => "CRL management",
            Self::SecurityLevel => "Security level",
            Self::TlsProfile => "TLS settings",
            Self::Forecast => "What happens when",
            Self::Verify => "Verify a path",
            Self::ClientTesting => "Client certificate testing",
            Self::Backup => "Backup and restore",
            Self::Services => "Services",
            Self::EventLog => "Event log",
            Self::Clustering => "Clustering",
            Self::Change => "Change of certificates",
            Self::Users => "Administrator accounts",
            Self::Check => "Check",
            Self::Help => "Help",
            Self::Unknown => "No such page",
        }
    }

    /// Whether the page shows what only an administrator may see.
    pub(crate) fn needs_session(self) -> bool {
        !matches!(self, Self::Check | Self::Verify | Self::Help | Self::Unknown)
    }
}

/// How an address says that it is of another node.
const OTHER_NODE: &str = "?node=";

/// Where the page is.
#[derive(Clone, Copy)]
pub(crate) struct Router {
    current: RwSignal<Route>,
    /// The other node of the cluster whose pages these are, if they are another's. To change it the page is loaded anew.
    other_node: RwSignal<Option<String>>,
}

impl Router {
    pub(crate) fn new() -> Self {
        let here = || Route::from_path(&location().pathname().unwrap_or_default());
        let current = RwSignal::new(here());
        on_window("popstate", move |_| current.set(here()));
        let search = location().search().unwrap_or_default();
        Self { current, other_node: RwSignal::new(other_node(&search).map(ToOwned::to_owned)) }
    }

    /// The other node of the cluster whose pages these are.
    pub(crate) fn other_node(self) -> Option<String> {
        self.other_node.get_untracked()
    }

    fn address(self, to: Route) -> String {
        self.other_node.with_untracked(|node| address(to, node.as_deref()))
    }

    pub(crate) fn current(self) -> Route {
        self.current.get()
    }

    /// Shows another page and puts its address into the browser's history.
    pub(crate) fn go(self, route: Route) {
        // A page may have places of its own below its address.
        if self.current.get_untracked() == route && location().pathname().is_ok_and(|path| path == route.path()) {
            return;
        }
        if let Ok(history) = window().history() {
            // It fails only when called hundreds of times a second; then the address stays behind, the page does not.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&self.address(route)));
        }
        self.current.set(route);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// The address of a page; of another node of the cluster, if one is named.
pub(crate) fn address(to: Route, node: Option<&str>) -> String {
    format!("{}{}", to.path(), node_query(node))
}

/// The address of a chapter of the handbook, and of a section in it, unless they are empty.
pub(crate) fn help_address(chapter: &str, section: &str, node: Option<&str>) -> String {
    let after = |sign: &str, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
    format!("{}{}{}{}", Route::Help.path(), after("/", chapter), node_query(node), after("#", section))
}

/// What an address has after its path, if the page is of another node.
fn node_query(node: Option<&str>) -> String {
    node.map_or_else(String::new, |node| format!("{OTHER_NODE}{node}"))
}

/// The node that a query names; what is no host name is nobody's.
fn other_node(search: &str) -> Option<&str> {
    let name = search.strip_prefix(OTHER_NODE)?;
    let is_in_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(is_in_names)).then_some(name)
}

/// A link to a page of ours. It is a real link: it can be copied and opened in a new tab.
pub(crate) fn page_link(to: Route) -> El {
    let router = expect_context::<crate::app::App>().router;
    el("a")
        .attr("href", &router.address(to))
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
    use super::{Route, address, other_node};

    #[test]
    fn every_page_is_found_at_its_own_address() {
        for route in [
            Route::Overview,
            Route::Alarms,
            Route::ServerCertificate,
            Route::ClientCertificate,
            Route::TrustedCas,
            Route::Crls,
            Route::TlsProfile,
            Route::ClientTesting,
            Route::Backup,
            Route::EventLog,
            Route::Clustering,
            Route::Change,
            Route::Users,
            Route::Check,
            Route::Help,
        ] {
            assert_eq!(Route::from_path(route.path()), route);
        }
        assert_eq!(address(Route::Crls, None), Route::Crls.path());
        let at = address(Route::Crls, Some("expe2.example.com"));
        assert_eq!(other_node(at.strip_prefix(Route::Crls.path()).unwrap()), Some("expe2.example.com"));
        for nobody in ["", "?", "?node=", "?node=a/b", "?node=a%2fb", "?node=a&b", "?x=a"] {
            assert_eq!(other_node(nobody), None, "{nobody}");
        }
        assert_eq!(Route::from_path("/check/"), Route::Check);
        assert_eq!(Route::from_path("/help/findings"), Route::Help);
        assert_eq!(Route::from_path("/helpless"), Route::Unknown);
        assert_eq!(Route::from_path("/nothing"), Route::Unknown);
    }
}
