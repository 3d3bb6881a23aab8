//! The few pictures of the page, as paths of a 16 by 16 grid.

use crate::dom::{El, svg};

/// A picture beside a word; screen readers pass over it.
pub(crate) fn icon(name: &str) -> El {
    let path = match name {
        "refused" => "M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5m0-5-5 5",
        "warning" => "M8 1.5 15 14H1zM8 6v4m0 1.5v1",
        "advice" => "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM8 7v5M8 4v1",
        "loaded" => "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM4.5 8l2.5 2.5L11.5 6",
        "menu" => "M2 4h12M2 8h12M2 12h12",
        "bell" => "M3 12h10l-1.5-2V7a3.5 3.5 0 0 0-7 0v3zM6.5 14h3",
        "user" => "M8 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2.5 14.5c.5-3 2.5-4.5 5.5-4.5s5 1.5 5.5 4.5",
        "product" => "M8 1 14 3v5c0 4-3 6-6 7-3-1-6-3-6-7V3zM5 8l2.2 2.2L11 6",
        "close" => "M3 3l10 10M13 3 3 13",
        "up" => "M4 10l4-4 4 4",
        "down" => "M4 6l4 4 4-4",
        _ => "M4 8h8",
    };
    svg("svg")
        .class("icon")
        .attr("viewBox", "0 0 16 16")
        .attr("width", "16")
        .attr("height", "16")
        .attr("aria-hidden", "true")
        .child(
            svg("path")
                .attr("d", path)
                .attr("fill", "none")
                .attr("stroke", "currentColor")
                .attr("stroke-width", "1.5")
                .attr("stroke-linejoin", "round")
                .attr("stroke-linecap", "round"),
        )
}
