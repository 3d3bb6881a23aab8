//! What a role may not do is not offered to it: buttons are not shown, fields are off, and a line says which role may. The node decides all
//! the same.

use certway_wire::users::Role;

use crate::app::App;
use crate::dom::{El, View, el, live_if};

impl El {
    /// Shows it only to who has at least this role.
    pub(crate) fn needs(self, role: Role) -> Self {
        let app = App::here();
        self.live_flag("hidden", move || !app.may(role))
    }
}

/// Fields that are of use only to who has at least this role: the others see what is in them.
pub(crate) fn fields_for(role: Role, fields: impl Into<View>) -> El {
    let app = App::here();
    el("fieldset")
        .class("fields stack")
        .live_flag("disabled", move || app.lacks(role))
        .child(needed(role))
        .child(fields)
}

/// Which role is needed, told to who lacks it.
pub(crate) fn needed(role: Role) -> View {
    let app = App::here();
    let says = match role {
        Role::Auditor | Role::Operator => "To change something here you need the role operator.",
        Role::Administrator => "To change something here you need the role administrator.",
    };
    live_if(move || app.lacks(role), move || el("p").class("muted").text(says))
}
