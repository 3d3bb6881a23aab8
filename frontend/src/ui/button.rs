//! Buttons.

use leptos::prelude::*;

/// How much a button weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ButtonKind {
    /// What the page is for; one a panel.
    Primary,
    #[default]
    Plain,
    /// Takes something away.
    Danger,
    /// Looks like text until it is pointed at.
    Quiet,
}

/// A button that does something here; what leads elsewhere is a link.
#[component]
pub(crate) fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(into, optional)] disabled: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
    children: Children,
) -> AnyView {
    let class = match kind {
        ButtonKind::Primary => "button primary",
        ButtonKind::Plain => "button",
        ButtonKind::Danger => "button danger",
        ButtonKind::Quiet => "button quiet",
    };
    view! { <button type="button" class=class disabled=disabled on:click=move |_| on_press.run(())>{children()}</button> }
        .into_any()
}
