//! Texts, whole or with gaps, and how they are said in another language.

/// How deep texts may be put into each other.
const DEPTH: u32 = 3;

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
        self.within(text, DEPTH)
    }

    fn within(&self, text: &str, depth: u32) -> Option<String> {
        // A text that is put together with others has a space where they meet.
        let trimmed = text.trim();
        if !trimmed.is_empty() && trimmed.len() < text.len() {
            let begin = text.len() - text.trim_start().len();
            let said = self.exactly(text, depth).or_else(|| {
                let said = self.exactly(trimmed, depth)?;
                Some(format!("{}{said}{}", &text[..begin], &text[begin + trimmed.len()..]))
            });
            return said;
        }
        self.exactly(text, depth)
    }

    fn exactly(&self, text: &str, depth: u32) -> Option<String> {
        if let Ok(found) = self.whole.binary_search_by(|(known, _)| known.as_str().cmp(text)) {
            return Some(self.whole[found].1.clone());
        }
        if depth == 0 {
            return None;
        }
        let (pattern, gaps) = self.patterns.iter().find_map(|pattern| Some((pattern, pattern.gaps_in(text)?)))?;
        let mut said = String::new();
        for (position, part) in pattern.said.iter().enumerate() {
            said.push_str(part);
            if let Some(gap) = pattern.gaps.get(position).and_then(|&gap| gaps.get(gap)) {
                // A single word is a name or a number.
                let inner = if gap.contains(' ') { self.within(gap, depth - 1) } else { None };
                said.push_str(inner.as_deref().unwrap_or(gap));
            }
        }
        Some(said)
    }
}

impl Pattern {
    fn new(key: &str, said: &str) -> Self {
        let (said, gaps) = pieces(said);
        Self { parts: key.split("{}").map(str::to_owned).collect(), said, gaps }
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
