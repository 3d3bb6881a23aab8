//! What a role may not do is not offered to it. The node decides all the same.

use certway_wire::users::Role;

use crate::app::App;
use crate::dom::El;

impl El {
    /// Shows it only to who has at least this role.
    pub(crate) fn needs(self, role: Role) -> Self {
        let app = App::here();
        self.live_flag("hidden", move || !app.may(role))
    }
}
