//! The pages, named as in the rail.

pub(crate) mod sign_in;
pub(crate) mod overview;
pub(crate) mod alarms;
pub(crate) mod certificate;
pub(crate) mod trusted_cas;
pub(crate) mod crls;
pub(crate) mod security_level;
pub(crate) mod tls_profile;
pub(crate) mod services;
pub(crate) mod event_log;
pub(crate) mod clustering;
pub(crate) mod change;
pub(crate) mod users;
pub(crate) mod forecast;
pub(crate) mod verify;
pub(crate) mod client_testing;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod help;

use crate::dom::{View, el, parts};
use crate::route::{Route, page_link};

/// What stands at an address of no page.
pub(crate) fn no_such_page() -> View {
    parts().child(el("h1").text(Route::Unknown.label())).child(
        el("p").text("There is no page at this address. ").child(page_link(Route::Overview).text("Go to the overview")),
    )
}
