//! Terms of service as providers name them: mostly a link, sometimes a text in a `data:` URL (RFC 2397), at times neither.

use super::link;
use crate::dom::{View, el};
use crate::ui::{spoken, untrusted};

/// A link if it is one, else the text.
pub(super) fn terms(given: &str) -> View {
    if is_link(given) {
        return link(given).into();
    }
    match text_in(given) {
        Some(text) => el("p").class("matched").child(spoken(&text)).into(),
        None => untrusted(given).into(),
    }
}

fn is_link(given: &str) -> bool {
    let begins = |scheme: &str| given.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// The text in a `data:` URL of plain text. What is not as simple stays as it is.
fn text_in(url: &str) -> Option<String> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    if !["", "text/plain", "text/plain;charset=utf-8", "text/plain;charset=us-ascii"]
        .contains(&kind.to_ascii_lowercase().as_str())
    {
        return None;
    }
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, after) = match after {
            [high, low, after @ ..] if first == b'%' => (hex(*high)? * 16 + hex(*low)?, after),
            _ if first == b'%' => return None,
            _ => (first, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::{is_link, text_in};

    #[test]
    fn only_what_a_browser_opens_is_a_link() {
        for link in ["https://example.com/terms", "HTTP://example.com"] {
            assert!(is_link(link), "{link}");
        }
        for text in [
            "data:text/plain,a",
            "javascript:alert(1)",
            "https:",
            "ask us",
            " https://example.com",
            "\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert!(!is_link(text), "{text}");
        }
    }

    #[test]
    fn plain_text_in_a_url_is_read() {
        assert_eq!(text_in("data:text/plain,Do%20what%20thou%20wilt").as_deref(), Some("Do what thou wilt"));
        assert_eq!(text_in("data:,a,b%C3%A9").as_deref(), Some("a,b\u{e9}"));
        assert_eq!(text_in("data:text/plain;charset=UTF-8,<b>").as_deref(), Some("<b>"));
        for other in [
            "data:text/plain;base64,QQ==",
            "data:text/html,a",
            "data:text/plain,%4",
            "data:,%zz",
            "data:,%ff",
            "data:a",
            "ask us",
        ] {
            assert_eq!(text_in(other), None, "{other}");
        }
    }
}
