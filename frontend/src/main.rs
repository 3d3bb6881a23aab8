//! Certway's page, a single-page application.
//!
//! It draws what the judge in its worker and the node say, and never judges itself. Everything an administrator sees
//! passes through here; a private key is only ever in the memory of an upload panel.
//!
//! The way through: `app` holds what all pages share, `route` names the pages, `frame` is what stands around them,
//! `pages` are they, `ui` is what they are made of, `api` asks the node, `judge` asks the judge.

#![expect(unreachable_pub, reason = "the component macro makes public props of private components")]

mod app;
mod api;
mod route;
mod time_text;
mod frame;
mod pages;
mod ui;
mod judge;
mod upload;
mod report;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

fn main() {
    let Some(element) = document().get_element_by_id("page") else { return };
    element.set_text_content(None);
    if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
        mount_to(element, app::Page).forget();
    }
}
