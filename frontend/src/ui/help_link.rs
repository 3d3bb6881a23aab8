//! The way from what the page says to what the handbook says of it.

use crate::app::App;
use crate::dom::{El, el};
use crate::route::help_address;

/// A link to a section of the handbook. It opens beside the page: what is in the boxes here stays.
pub(crate) fn help_link(chapter: &str, section: &str) -> El {
    el("a")
        .class("nowrap")
        .attr("href", &help_address(chapter, section, App::here().router.other_node().as_deref()))
        .attr("target", "_blank")
        .attr("rel", "noopener")
        .text("What does this mean?")
        .child(el("span").class("sr-only").text(format!(" {section}, in a new tab")))
}
