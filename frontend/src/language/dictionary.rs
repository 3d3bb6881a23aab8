//! Texts, whole or with gaps, and how they are said in another language.

use std::cell::Cell;

/// How deep texts may be put into each other.
const DEPTH: u32 = 3;
/// How many patterns are tried that a text fits.
const TRIED: usize = 3;
/// Texts of more bytes are lists: whatever fits them first is taken.
const LONG: usize = 400;
/// How many patterns are filled for one text. Strangers' words are among the texts, and no words take longer than that.
const FILLED: u32 = 300;

/// A dictionary.
pub(super) struct Dictionary {
    /// In order.
    whole: Vec<(String, String)>,
    /// The most particular first.
    patterns: Vec<Pattern>,
}

/// A text with gaps.
struct Pattern {
    /// What stands before, between and after the gaps.
    parts: Vec<String>,
    /// The same in the other language, and which gap follows each part but the last.
    said: Vec<String>,
    gaps: Vec<usize>,
}

/// How a text is said, and how many bytes of it stayed as they were; names stay, and do not count.
struct Said {
    text: String,
    left: usize,
}

/// How deep a text is looked into yet, and how many patterns are filled for the whole of it.
#[derive(Clone, Copy)]
struct Limits<'a> {
    depth: u32,
    filled: &'a Cell<u32>,
}

impl Said {
    fn map(self, change: impl FnOnce(String) -> String) -> Self {
        Self { text: change(self.text), left: self.left }
    }
}

impl Dictionary {
    /// Keys have `{}` for each gap; what is said has `{}` for the next one, or `{1}` for the second.
    pub(super) fn new(entries: Vec<(String, String)>) -> Self {
        let (with_gaps, mut whole): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| key.contains("{}"));
        let mut patterns: Vec<Pattern> = with_gaps.iter().map(|(key, said)| Pattern::new(key, said)).collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.parts.iter().map(String::len).sum::<usize>()));
        whole.sort();
        Self { whole, patterns }
    }

    /// How a text is said; `None` if it is not known.
    pub(super) fn said(&self, text: &str) -> Option<String> {
        self.said_within(text, &Cell::new(0))
    }

    fn said_within(&self, text: &str, filled: &Cell<u32>) -> Option<String> {
        self.within(text, Limits { depth: DEPTH, filled }).map(|said| said.text)
    }

    /// A text, also with a space around it, as texts have that are put together.
    fn within(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        let begin = text.len() - text.trim_start().len();
        let said = self.sentence(trimmed, limits).or_else(|| self.sentences(trimmed, limits))?;
        Some(said.map(|said| format!("{}{said}{}", &text[..begin], &text[begin + trimmed.len()..])))
    }

    /// Texts beside each other, if one of them is known.
    fn sentences(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let halves = text
            .find(". ")
            .map(|end| (end + 1, end + 2))
            .or_else(|| text.find("; ").map(|end| (end, end + 2)))
            .or_else(|| text.rfind(": ").map(|end| (end, end + 2)));
        let (end, begin) = halves?;
        let (first, between, rest) = (&text[..end], &text[end..begin], &text[begin..]);
        let said = self.sentence(first, limits).or_else(|| self.sentences(first, limits));
        let others = self.within(rest, limits);
        if said.is_none() && others.is_none() {
            return None;
        }
        let (said, others) = (said.unwrap_or_else(|| as_it_is(first)), others.unwrap_or_else(|| as_it_is(rest)));
        Some(Said { text: format!("{}{between}{}", said.text, others.text), left: said.left + others.left })
    }

    /// One text, also as a sentence: with a capital letter, or a full stop, that it has not where it is written.
    fn sentence(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let plain = |text: &str| {
            let known = self.exactly(text, limits);
            let begun = || Some(self.exactly(&small(text)?, limits)?.map(|said| capital(&said)));
            better(text, known, begun)
        };
        better(text, plain(text), || Some(plain(text.strip_suffix('.')?)?.map(|said| said + ".")))
    }

    /// A text that is known; or it fits patterns, and of the first ones the one counts that leaves least of it as it is.
    fn exactly(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        if let Ok(found) = self.whole.binary_search_by(|(known, _)| known.as_str().cmp(text)) {
            return Some(Said { text: self.whole[found].1.clone(), left: 0 });
        }
        if limits.depth == 0 {
            return None;
        }
        let fitting = self.patterns.iter().filter_map(|pattern| Some((pattern, pattern.gaps_in(text)?)));
        let mut best = None;
        for (pattern, gaps) in fitting.take(TRIED) {
            best = better(text, best, || Some(self.filled(pattern, &gaps, limits)));
        }
        best
    }

    fn filled(&self, pattern: &Pattern, gaps: &[&str], limits: Limits<'_>) -> Said {
        let filled = limits.filled.get() + 1;
        limits.filled.set(filled);
        let within = Limits { depth: limits.depth - 1, ..limits };
        let mut said = Said { text: String::new(), left: 0 };
        for (position, part) in pattern.said.iter().enumerate() {
            said.text.push_str(part);
            if let Some((gap, text)) = pattern.gaps.get(position).and_then(|&gap| Some((gap, gaps.get(gap)?))) {
                let inner = if pattern.is_name(gap, text) {
                    Said { text: (*text).to_owned(), left: 0 }
                } else if filled > FILLED {
                    as_it_is(text)
                } else {
                    self.within(text, within).unwrap_or_else(|| as_it_is(text))
                };
                said.text.push_str(&inner.text);
                said.left += inner.left;
            }
        }
        said
    }
}

/// Which leaves less of a text; the first, if they leave the same.
fn better(text: &str, one: Option<Said>, other: impl FnOnce() -> Option<Said>) -> Option<Said> {
    match one {
        Some(one) if one.left == 0 || text.len() > LONG => Some(one),
        one => one.into_iter().chain(other()).min_by_key(|said| said.left),
    }
}

fn as_it_is(text: &str) -> Said {
    Said { text: text.to_owned(), left: text.len() }
}

/// The text with a small letter at its beginning, if it has a capital one.
fn small(text: &str) -> Option<String> {
    let first = text.chars().next().filter(|first| first.is_ascii_uppercase())?;
    Some(format!("{}{}", first.to_ascii_lowercase(), &text[1..]))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Pattern {
    fn new(key: &str, said: &str) -> Self {
        let (said, gaps) = pieces(said);
        Self { parts: key.split("{}").map(str::to_owned).collect(), said, gaps }
    }

    /// Whether a gap is filled with a name or a number: a single word, what stands in quotes, a distinguished name.
    fn is_name(&self, gap: usize, text: &str) -> bool {
        let quoted = self.parts.get(gap).is_some_and(|before| before.ends_with('\''));
        quoted || text.split(' ').next().is_none_or(|first| first.len() == text.len() || first.contains('='))
    }

    /// What fills the gaps, if the text is of this pattern.
    fn gaps_in<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.parts.split_first()?;
        let (last, between) = others.split_last()?;
        let mut rest = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut gaps = Vec::with_capacity(others.len());
        for part in between {
            let (gap, after) = rest.split_once(part.as_str())?;
            gaps.push(gap);
            rest = after;
        }
        gaps.push(rest);
        Some(gaps)
    }
}

/// The parts of what is said, and the gaps between them.
fn pieces(said: &str) -> (Vec<String>, Vec<usize>) {
    let (mut parts, mut gaps, mut part) = (Vec::new(), Vec::new(), String::new());
    let mut rest = said;
    while let Some((before, after)) = rest.split_once('{') {
        part.push_str(before);
        match after.split_once('}') {
            Some((number, after)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                gaps.push(number.parse().unwrap_or(gaps.len()));
                parts.push(std::mem::take(&mut part));
                rest = after;
            }
            _ => {
                part.push('{');
                rest = after;
            }
        }
    }
    part.push_str(rest);
    parts.push(part);
    (parts, gaps)
}

/// Which gaps a text has, in their order.
#[cfg(test)]
pub(super) fn gaps_of(text: &str) -> Vec<usize> {
    pieces(text).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_takes_long() {
        let joined = [" of ", " at ", " on ", " with ", " and ", " for "];
        let entries = joined.map(|word| (format!("{{}}{word}{{}}"), format!("{{}}{word}{{}}")));
        let dictionary = Dictionary::new(entries.to_vec());
        let filled = Cell::new(0);
        let text = "X a: Y b of C d at: E f on G h. with I j and: K l for. ".repeat(7);
        assert!(dictionary.said_within(&text, &filled).is_some());
        // Those under way are brought to their end.
        assert!((FILLED..FILLED + 100).contains(&filled.get()), "{}", filled.get());
    }
}
