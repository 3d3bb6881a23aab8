//! One case of the corpus, as far as the page needs it: its files and the time to judge at.

/// A case. Its form is described beside the corpus.
pub(super) struct Case<'a> {
    pub(super) why: &'a str,
    pub(super) kind: &'a str,
    pub(super) at: &'a str,
    pub(super) parts: Vec<Part<'a>>,
}

/// One file of a case.
pub(super) struct Part<'a> {
    /// The option of `certway check` that takes it.
    pub(super) name: &'a str,
    pub(super) form: Form,
    pub(super) text: &'a str,
}

/// What the text of a part stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Itself.
    Text,
    /// The bytes that it encodes.
    Base64,
    /// Itself, filled up with empty lines to this number of bytes.
    Filled(usize),
    /// The certificate in it so many times, each with a serial number and a name of its own.
    Numbered(u32),
}

impl<'a> Case<'a> {
    /// `None` if it is not a case, or one that refers to other files.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (header, mut rest) = text.split_once("\n=== ")?;
        let value = |key: &str| header.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let mut parts = Vec::new();
        loop {
            let (part, next) = match rest.split_once("\n=== ") {
                // The line feed before a marker belongs to the part.
                Some((part, next)) => (&rest[..=part.len()], Some(next)),
                None => (rest, None),
            };
            let (marker, text) = part.split_once('\n').unwrap_or((part, ""));
            let mut words = marker.split(' ');
            let name = words.next()?;
            let form = match (words.next(), words.next()) {
                (None, _) => Form::Text,
                (Some("base64"), _) => Form::Base64,
                (Some("filled"), Some(size)) => Form::Filled(size.parse().ok()?),
                (Some("numbered"), Some(count)) => Form::Numbered(count.parse().ok()?),
                _ => return None,
            };
            parts.push(Part { name, form, text });
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        Some(Self { why: value("why")?, kind: value("kind")?, at: value("at")?, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Form};

    #[test]
    fn a_case_is_read() {
        let text = "why: A reason.\nsource: spec\nkind: crl\nat: 2026-11-24T00:00:00Z\nfindings:\n  error empty\n\
                    === file\nline 1\nline 2\n=== key base64\nAAEC\n=== trusted filled 9\n=== crl numbered 3\nend\n";
        let case = Case::read(text).expect("it is one");
        assert_eq!((case.why, case.kind, case.at), ("A reason.", "crl", "2026-11-24T00:00:00Z"));
        let parts: Vec<_> = case.parts.iter().map(|part| (part.name, part.form, part.text)).collect();
        let expected = [
            ("file", Form::Text, "line 1\nline 2\n"),
            ("key", Form::Base64, "AAEC\n"),
            ("trusted", Form::Filled(9), ""),
            ("crl", Form::Numbered(3), "end\n"),
        ];
        assert_eq!(parts, expected);
        assert!(Case::read("why: x\n=== file from shared/a.pem\n").is_none());
    }
}
