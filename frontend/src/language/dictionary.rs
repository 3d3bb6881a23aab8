//! Texts, whole or with gaps, and how they are said in another language.
//!
//! What stands in quotes, or is marked as a name, is compared with nothing.

use std::cell::Cell;

/// Between these stands a name. Both are no characters of any script, and are taken away before a text is shown.
pub(super) const NAME: [&str; 2] = ["\u{fdd0}", "\u{fdd1}"];

/// How deep texts may be put into each other.
const DEPTH: u32 = 3;
/// How many patterns are tried that a text fits.
const TRIED: usize = 3;
/// How many bytes are compared for one text. Strangers' words are among the texts, and no words take longer than that.
const COMPARED: usize = 100_000;

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

/// How deep a text is looked into yet, and how many bytes were compared for the whole of it.
#[derive(Clone, Copy)]
struct Limits<'a> {
    depth: u32,
    compared: &'a Cell<usize>,
}

impl Limits<'_> {
    fn are_reached(self) -> bool {
        self.depth == 0 || self.compared.get() > COMPARED
    }
}

impl Said {
    fn between(self, before: &str, after: &str) -> Self {
        Self { text: [before, &self.text, after].concat(), left: self.left }
    }
}

impl Said {
    /// One more part, which is not known if nothing is said for it.
    fn add(&mut self, known: Option<Self>, text: &str) {
        let known = known.unwrap_or_else(|| Self { text: text.to_owned(), left: left(text) });
        self.text.push_str(&known.text);
        self.left += known.left;
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

    fn said_within(&self, text: &str, compared: &Cell<usize>) -> Option<String> {
        self.within(text, Limits { depth: DEPTH, compared }).map(|said| said.text)
    }

    /// A text, or several: of what is known of it, that which leaves least.
    fn within(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let known = self.part(text, limits);
        better(known, &|| beside(text, b".;:", limits, &|part| self.part(part, limits)))
    }

    /// One text, or parts of it beside each other, if there is nothing among them but names and what is known.
    fn part(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let known = self.sentence(text, limits);
        better(known, &|| {
            beside(text, b",'", limits, &|part| self.sentence(part, limits)).filter(|said| said.left == 0)
        })
    }

    /// One text, which may have around it what stands between texts.
    fn sentence(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let trimmed = text.trim();
        let begin = text.len() - text.trim_start().len();
        let known = better(self.ended(trimmed, limits), &|| {
            let (mark, after) =
                trimmed.split_at_checked(2).filter(|(mark, _)| matches!(*mark, ". " | "; " | ": " | ", "))?;
            Some(self.ended(after, limits)?.between(mark, ""))
        });
        Some(known?.between(&text[..begin], &text[begin + trimmed.len()..]))
    }

    /// One text, also with a full stop, or a capital letter, that it has not where it is written.
    fn ended(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let known = self.begun(text, limits);
        better(known, &|| Some(self.begun(text.strip_suffix('.')?, limits)?.between("", ".")))
    }

    fn begun(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        let known = self.exactly(text, limits);
        better(known, &|| {
            let said = self.exactly(&small(text)?, limits)?;
            Some(Said { text: capital(&said.text), ..said })
        })
    }

    /// A text that is known; or it fits patterns, and of the first ones the one counts that leaves least of it as it is.
    fn exactly(&self, text: &str, limits: Limits<'_>) -> Option<Said> {
        if let Ok(found) = self.whole.binary_search_by(|(known, _)| known.as_str().cmp(text)) {
            return Some(Said { text: self.whole[found].1.clone(), left: 0 });
        }
        if limits.are_reached() {
            return None;
        }
        limits.compared.set(limits.compared.get() + text.len());
        let quotes = quotes(text);
        let fitting = self.patterns.iter().filter_map(|pattern| Some((pattern, pattern.gaps_in(text, &quotes)?)));
        let mut best = None;
        for (pattern, gaps) in fitting.take(TRIED) {
            best = better(best, &|| Some(self.filled(pattern, &gaps, limits)));
        }
        best
    }

    fn filled(&self, pattern: &Pattern, gaps: &[&str], limits: Limits<'_>) -> Said {
        let within = Limits { depth: limits.depth - 1, ..limits };
        let mut said = Said { text: String::new(), left: 0 };
        for (position, part) in pattern.said.iter().enumerate() {
            said.text.push_str(part);
            if let Some((gap, text)) = pattern.gaps.get(position).and_then(|&gap| Some((gap, gaps.get(gap)?))) {
                let quoted = pattern.is_quoted(gap);
                let known = if quoted || is_name(text) { None } else { self.within(text, within) };
                let known = if quoted { Some(Said { text: (*text).to_owned(), left: 0 }) } else { known };
                said.add(known, text);
            }
        }
        said
    }
}

/// Texts beside each other, if one of them is known. A text may have in it what stands between others, so the longest one counts of
/// those that leave least.
fn beside(text: &str, marks: &[u8], limits: Limits<'_>, part: &dyn Fn(&str) -> Option<Said>) -> Option<Said> {
    let ends = ends(text, marks);
    let mut said = Said { text: String::with_capacity(text.len()), left: 0 };
    let (mut begin, mut known) = (0, false);
    while begin < text.len() {
        let next = ends.partition_point(|end| *end <= begin);
        let mut end = if limits.are_reached() { text.len() } else { ends[next] };
        let mut best = None;
        for last in ends[next..].iter().rev().filter(|last| begin > 0 || **last < text.len()) {
            if limits.are_reached() {
                break;
            }
            let found = part(&text[begin..*last]);
            let left = found.as_ref().map_or(usize::MAX, |found| found.left);
            if left < best.as_ref().map_or(usize::MAX, |best: &Said| best.left) {
                (end, best) = (*last, found);
            }
            if left == 0 {
                break;
            }
        }
        known |= best.is_some();
        said.add(best, &text[begin..end]);
        begin = end;
    }
    known.then_some(said)
}

/// Which leaves less of a text; the first, if they leave the same.
fn better(one: Option<Said>, other: &dyn Fn() -> Option<Said>) -> Option<Said> {
    let Some(one) = one else { return other() };
    if one.left == 0 {
        return Some(one);
    }
    Some(other().filter(|other| other.left < one.left).unwrap_or(one))
}

/// How much is left of a text that is not known.
fn left(text: &str) -> usize {
    let text = text.trim_start_matches(['.', ';', ':', ',']).trim();
    if is_name(text.trim_end_matches('.')) { 0 } else { text.len() }
}

/// Whether a text is a name or a number: a single word, a time, what stands in quotes, a distinguished name.
fn is_name(text: &str) -> bool {
    let quoted = quotes(text).first().is_some_and(|&(open, close)| open == 0 && close + 1 == text.len());
    let is_time = text.starts_with(|first: char| first.is_ascii_digit()) && text.ends_with(" UTC");
    quoted || is_time || text.split(' ').next().is_none_or(|first| first.len() == text.len() || first.contains('='))
}

/// Where quotes, and what is marked as a name, begin and end, their last byte. An apostrophe within a word is no quote.
fn quotes(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
    let is = |at: usize, mark: &str| bytes[at..].starts_with(mark.as_bytes());
    let mut found = Vec::new();
    let mut opened = None;
    for at in 0..bytes.len() {
        match opened {
            None if is(at, NAME[0]) || is(at, "'") && (at == 0 || !letter(at - 1)) => opened = Some(at),
            Some(open) if is(open, "'") && is(at, "'") && !letter(at + 1) => {
                found.push((open, at));
                opened = None;
            }
            Some(open) if !is(open, "'") && is(at, NAME[1]) => {
                found.push((open, at + NAME[1].len() - 1));
                opened = None;
            }
            _ => {}
        }
    }
    found
}

fn is_within(place: usize, quotes: &[(usize, usize)]) -> bool {
    let opened = quotes.partition_point(|(open, _)| *open < place);
    opened.checked_sub(1).is_some_and(|last| place <= quotes[last].1)
}

/// Where one text may end and another begin: before one of the marks, if a space follows it, and after a full stop and a quote.
fn ends(text: &str, marks: &[u8]) -> Vec<usize> {
    let (bytes, quotes) = (text.as_bytes(), quotes(text));
    let mut ends = Vec::new();
    for at in 2..bytes.len() {
        let mark = bytes[at - 1];
        if bytes[at] != b' ' || !marks.contains(&mark) || is_within(at, &quotes) {
            continue;
        }
        if mark != b'\'' {
            ends.push(at - 1);
        }
        if mark == b'.' || mark == b'\'' {
            ends.push(at);
        }
    }
    ends.push(text.len());
    ends
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

    /// What fills the gaps, if the text is of this pattern. A gap that a quote opens ends where it closes, and no other ends within quotes.
    fn gaps_in<'a>(&self, text: &'a str, quotes: &[(usize, usize)]) -> Option<Vec<&'a str>> {
        let (first, others) = self.parts.split_first()?;
        let (last, between) = others.split_last()?;
        let rest = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let (mut from, end) = (first.len(), first.len() + rest.len());
        let opened_before = |place: usize| quotes.partition_point(|(open, _)| *open < place);
        let ends = |from: usize, to: usize| {
            if from > 0 && opened_before(from) > opened_before(from - 1) {
                text[to..].starts_with('\'') && opened_before(to) == opened_before(from)
            } else {
                !is_within(from, quotes) && !is_within(to, quotes)
            }
        };
        let mut gaps = Vec::with_capacity(others.len());
        for part in between {
            let (mut found, mut next) = (None, from);
            while let Some(at) = text.get(next..end).and_then(|rest| rest.find(part.as_str())) {
                found = Some(next + at).filter(|to| ends(from, *to)).or(found);
                next += at + 1;
                if found.is_some() && !self.is_loose() {
                    break;
                }
            }
            let to = found?;
            gaps.push(&text[from..to]);
            from = to + part.len();
        }
        gaps.push(Some(&text[from..end]).filter(|_| ends(from, end))?);
        (!self.is_loose() || is_count(&gaps)).then_some(gaps)
    }

    fn is_quoted(&self, gap: usize) -> bool {
        matches!(self.parts.get(gap..), Some([before, after, ..]) if before.ends_with('\'') && after.starts_with('\''))
    }

    /// Whether it is a short word between two gaps: `{} of {}` is in many a name.
    fn is_loose(&self) -> bool {
        matches!(&self.parts[..], [first, word, last] if first.is_empty() && last.is_empty() && word.len() < 5)
    }
}

/// Whether the last gap is one word with a digit, as in `2 of 3`.
fn is_count(gaps: &[&str]) -> bool {
    gaps.last().is_some_and(|last| last.contains(|digit: char| digit.is_ascii_digit()) && !last.contains(' '))
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
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_text_takes_long() {
        let joined = [" looks at ", " by way of ", " needs ", " with ", " refuses ", " failed: "];
        let entries = joined.map(|word| (format!("{{}}{word}{{}}"), format!("{{}}{word}{{}}")));
        let dictionary = Dictionary::new(entries.to_vec());
        let compared = Cell::new(0);
        let sentence = "X a with: Y b, refuses C d failed: E f 'g' needs h. I j looks at: K l by way of. ";
        for text in [sentence.repeat(7), sentence.repeat(1000)] {
            let text = text.trim();
            let _ = dictionary.said_within(text, &compared);
            // What is under way is brought to its end.
            assert!(compared.get() < COMPARED + 4 * text.len(), "{}", compared.get());
            compared.set(0);
        }
    }

    #[track_caller]
    fn check(english: &str, german: &str) {
        let entries: BTreeMap<String, String> = serde_json::from_str(include_str!("../../lang/de.json")).unwrap();
        let said = Dictionary::new(entries.into_iter().collect()).said(english);
        assert_eq!(said.as_deref().unwrap_or(english), german);
    }

    #[test]
    fn names_out_of_certificates_stay_as_they_are() {
        check(
            "The trusted CA certificate 'Bank of America Root at Work' expires: no chain ends in it any more. 24 Sep 2027 07:39 UTC",
            "Das vertrauenswürdige CA-Zertifikat „Bank of America Root at Work“ läuft ab: keine Kette endet mehr in ihm. 24 Sep 2027 07:39 UTC",
        );
        check(
            "The CA certificate of 'Bank of America Root at Work' has expired, at 2027-09-24T07:39:13Z. No chain through it is valid.",
            "Das CA-Zertifikat von „Bank of America Root at Work“ ist abgelaufen, am 2027-09-24T07:39:13Z. Keine Kette über dieses ist gültig.",
        );
        check(
            "The CA certificate of 'Certway temporary CA 12dbbe2f of expe1.example.com' has expired, at 2027-09-24T07:39:13Z. No chain through it is valid. Expired too: 'Bank of America Root at Work', 'Of. The: end', and 2 more.",
            "Das CA-Zertifikat von „Certway temporary CA 12dbbe2f of expe1.example.com“ ist abgelaufen, am 2027-09-24T07:39:13Z. Keine Kette über dieses ist gültig. Ebenfalls abgelaufen: 'Bank of America Root at Work', 'Of. The: end' und 2 weitere.",
        );
        check(
            "The CA certificate of 'O'Brien of Work's' expires in 9 days, at 2027-09-24T07:39:13Z. From then on no chain through it is valid. So do 'Bank of America Root at Work' in 1 day, 'c' in 40 days, and 1 more.",
            "CA-Zertifikat von „O'Brien of Work's“ läuft in 9 Tagen ab, am 2027-09-24T07:39:13Z. Danach ist keine Kette, die über dieses Zertifikat führt, mehr gültig. Ebenso laufen ab: 'Bank of America Root at Work' in 1 Tag, 'c' in 40 Tagen und 1 weitere.",
        );
        check(
            "The trusted CA certificate 'Jones' of Work' expires: no chain ends in it any more.",
            "Das vertrauenswürdige CA-Zertifikat „Jones' of Work“ läuft ab: keine Kette endet mehr in ihm.",
        );
        let [begin, end] = NAME;
        check(
            &format!("Choose {begin}Bank of America Root at Work{end}"),
            &format!("{begin}Bank of America Root at Work{end} auswählen"),
        );
        check("Bank of America Root at Work", "Bank of America Root at Work");
        check("CN=Bank of America at Work at 192.0.2.1", "CN=Bank of America at Work unter 192.0.2.1");
    }

    #[test]
    fn texts_that_stand_beside_others_are_whole() {
        check(
            "Empty: the names of the active certificate are asked for: expe1.example.com.",
            "Leer: angefordert werden die Namen des aktiven Zertifikats: expe1.example.com.",
        );
        check("Dropped: the channel was switched off.", "Verworfen: der Kanal wurde ausgeschaltet.");
        check(
            "restart-due: The configuration file was changed since the node started: http. That counts from the next start.",
            "restart-due: Die Konfigurationsdatei wurde geändert, seit der Knoten gestartet ist: http. Das gilt ab dem nächsten Start.",
        );
        check(
            "delivery-failed: Alarms are not delivered by webhook: it took longer than 30 seconds.",
            "delivery-failed: Alarme werden nicht per webhook zugestellt: es dauerte länger als 30 Sekunden.",
        );
        check(
            "no certificate of its issuer 'CN=Bank of America Root at Work' (key identifier 54) is at hand; as the issuer of a CA it is a root, or an intermediate below one; the certificate says that it is at http://a.example.com/",
            "kein Zertifikat seines Ausstellers „CN=Bank of America Root at Work“ (Schlüsselkennung 54) liegt vor; als Aussteller einer CA ist es eine Stamm-CA oder eine Zwischen-CA darunter; laut dem Zertifikat liegt es unter http://a.example.com/",
        );
        check("16 Dez 2026 08:22 UTC, in 18 days", "16 Dez 2026 08:22 UTC, in 18 Tagen");
        check("2 of 1000, 1 shown, 1 chosen", "2 von 1000, 1 angezeigt, 1 ausgewählt");
    }

    #[test]
    fn quotes_are_told_from_apostrophes() {
        let quoted = |text| quotes(text).into_iter().map(|(open, close)| &text[open..=close]).collect::<Vec<_>>();
        assert_eq!(quoted("'a b' and the node's 'c'."), ["'a b'", "'c'"]);
        assert_eq!(quoted("the nodes' names, 'O'Brien of Work'"), ["'O'Brien of Work'"]);
        assert_eq!(quoted("nobody's"), [""; 0]);
    }
}
