//! Buttons.

use crate::dom::{El, el};

/// How much a button weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ButtonKind {
    /// What the page is for; one a panel.
    Primary,
    Plain,
    /// Takes something away.
    Danger,
    /// Looks like text until it is pointed at.
    Quiet,
}

/// A button that does something here; what leads elsewhere is a link.
pub(crate) fn button(kind: ButtonKind, on_press: impl Fn() + 'static) -> El {
    let class = match kind {
        ButtonKind::Primary => "button primary",
        ButtonKind::Plain => "button",
        ButtonKind::Danger => "button danger",
        ButtonKind::Quiet => "button quiet",
    };
    el("button").attr("type", "button").class(class).on_press(on_press)
}
