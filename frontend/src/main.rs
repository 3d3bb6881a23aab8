//! Certway's page, a single-page application.
//!
//! It draws what the judge in its worker and the node say, and never judges itself. Everything an administrator sees
//! passes through here; a private key is only ever in the memory of an upload panel.
//!
//! The way through: `app` holds what all pages share, `route` names the pages, `frame` is what stands around them,
//! `pages` are they, `deferred` are the parts of them that come later, `ui` is what they are made of, `dom` draws and `signal` holds
//! what is drawn, `language` says it, `api` asks the node, `judge` asks the judge.

mod app;
mod api;
mod route;
mod time_text;
mod task;
mod fetch;
mod json;
mod signal;
mod language;
mod dom;
mod frame;
mod pages;
mod deferred;
mod ui;
mod judge;
mod upload;
mod report;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

fn main() {
    let Some(element) = document().get_element_by_id("page") else { return };
    task::spawn(async move {
        language::prepare().await;
        element.set_text_content(None);
        let body = element.clone();
        // Leptos holds the signals and follows them; the page draws itself.
        mount_to(body.unchecked_into(), move || app::page().show_in(&element)).forget();
    });
}
