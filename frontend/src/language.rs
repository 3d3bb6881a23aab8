//! The second language of the page: German.
//!
//! Every text of the page, of the judge's findings and of the node's answers is written in English where it arises. On its way to the
//! screen it is looked up in a dictionary (`frontend/lang/de.json`): whole, or as a pattern with gaps, which stand for what is put in.
//! What the dictionary lacks stays English, and a test fails. What comes out of files and from strangers is never looked up.

mod dictionary;
#[cfg(test)]
mod texts;

use std::borrow::Cow;
use std::cell::OnceCell;

use leptos::prelude::*;

use crate::fetch::Request;
use crate::json;
use crate::ui::visible;
use dictionary::{Dictionary, NAME};

/// The key under which the browser keeps the choice.
const CHOICE: &str = "certway-language";
/// The meta element of the page that says where the dictionary is.
const PLACE: &str = "meta[name=certway-german]";

/// How long the page waits for the dictionary. Nothing is drawn meanwhile.
const FETCH_MS: u32 = 5_000;

/// The attributes whose values are read by people.
pub(crate) const HUMAN: [&str; 6] = ["alt", "aria-label", "data-label", "label", "placeholder", "title"];

/// The language that everything is written in.
pub(crate) const ENGLISH: &str = "en";

/// The languages, as they are kept and as they call themselves.
pub(crate) const LANGUAGES: [(&str, &str); 2] = [(ENGLISH, "English"), ("de", "Deutsch")];

thread_local! {
    static GERMAN: OnceCell<Dictionary> = const { OnceCell::new() };
}

/// A text in the language of the page.
pub(crate) fn said(text: &str) -> Cow<'_, str> {
    let said = GERMAN.with(|german| match german.get().and_then(|german| german.said(text)) {
        Some(said) => Cow::Owned(said),
        None => Cow::Borrowed(text),
    });
    let [begin, end] = NAME;
    if said.contains(begin) { Cow::Owned(said.replace(begin, "").replace(end, "")) } else { said }
}

/// A name to be put into a text with no quotes around it: it is the same in every language.
pub(crate) fn named(name: &str) -> String {
    let [begin, end] = NAME;
    format!("{begin}{}{end}", visible(name))
}

/// The language that was chosen here, or else the browser's.
pub(crate) fn chosen() -> &'static str {
    let kept = window().local_storage().ok().flatten();
    let kept = kept.and_then(|storage| storage.get_item(CHOICE).ok().flatten());
    let wanted = kept.or_else(|| window().navigator().language()).unwrap_or_default();
    let [_, (german, _)] = LANGUAGES;
    if wanted.starts_with(german) { german } else { ENGLISH }
}

/// Keeps another choice, and loads the page anew in that language.
pub(crate) fn choose(language: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A browser that keeps nothing goes on in its own language.
        let _ = storage.set_item(CHOICE, language);
    }
    let _ = location().reload();
}

/// Makes the chosen language ready, before anything is drawn. Without its dictionary the page is English.
pub(crate) async fn prepare() {
    let language = chosen();
    if language == ENGLISH {
        return;
    }
    let Some(dictionary) = fetched().await else { return };
    GERMAN.with(|german| {
        // It is made ready once.
        let _ = german.set(dictionary);
    });
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language);
    }
}

async fn fetched() -> Option<Dictionary> {
    let place = document().query_selector(PLACE).ok()??.get_attribute("content")?;
    let answer = Request::new("GET", place)?.give_up_after(FETCH_MS).send().await.filter(|answer| answer.ok)?;
    Some(Dictionary::new(entries(&answer.text)?))
}

/// The file is a list of pairs: each text, and how it is said.
fn entries(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: Vec<String>| <[String; 2]>::try_from(pair).ok().map(|[text, said]| (text, said));
    json::read::<Vec<Vec<String>>>(text)?.into_iter().map(pair).collect()
}

/// A text as a key of the dictionary: `{count} alarms` is `{} alarms`.
#[cfg(test)]
fn key_of(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, gap)) = rest.split_once('{') {
        key.push_str(before);
        if let Some(after) = gap.strip_prefix('{') {
            key.push('{');
            rest = after;
            continue;
        }
        key.push_str("{}");
        rest = gap.split_once('}').map_or("", |(_, after)| after);
    }
    key.push_str(rest);
    key.replace("}}", "}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::dictionary::{Dictionary, gaps_of};
    use super::{key_of, texts};

    fn german() -> BTreeMap<String, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lang/de.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// `CERTWAY_TEXTS` names a file for the texts that are missing, ready to be translated.
    #[test]
    fn everything_that_the_page_may_say_is_said_in_german_and_nothing_else() {
        let (german, texts) = (german(), texts::all());
        let missing: Vec<&String> = texts.iter().filter(|text| !german.contains_key(*text)).collect();
        if let Some(path) = std::env::var_os("CERTWAY_TEXTS") {
            std::fs::write(path, serde_json::to_string_pretty(&missing).unwrap()).unwrap();
        }
        let unused: Vec<&String> = german.keys().filter(|text| !texts.contains(*text)).collect();
        assert!(missing.is_empty(), "{} without German, such as {:?}", missing.len(), &missing[..missing.len().min(5)]);
        assert!(unused.is_empty(), "{} are said nowhere any more: {unused:?}", unused.len());
    }

    #[test]
    fn every_gap_is_filled_once_in_both_languages() {
        for (english, german) in german() {
            let mut gaps = gaps_of(&german);
            gaps.sort_unstable();
            let wanted: Vec<usize> = (0..gaps_of(&english).len()).collect();
            assert_eq!(gaps, wanted, "{english} | {german}");
        }
    }

    #[test]
    fn what_is_put_into_a_text_is_found_and_put_into_its_translation() {
        assert_eq!(key_of("{count} of {total:>3} {{x}}"), "{} of {} {x}");
        let entries = [
            ("Save", "Speichern"),
            ("{} has expired", "{} ist abgelaufen"),
            ("{} of {} nodes", "von {1} Knoten {0}"),
            ("It failed: {}", "Es misslang: {}"),
            ("failed to write: {}", "Schreiben misslang: {}"),
            ("Note: {}", "Notiz: {}"),
            ("the list of {} has expired", "die Liste von {} ist abgelaufen"),
            ("{} of {}", "{} von {}"),
            (", {} shown", ", {} angezeigt"),
        ];
        let entries = entries.map(|(english, german)| (english.to_owned(), german.to_owned()));
        let dictionary = Dictionary::new(entries.to_vec());
        let said = |text| dictionary.said(text);
        assert_eq!(said("Save").as_deref(), Some("Speichern"));
        assert_eq!(said("2 of 3 nodes").as_deref(), Some("von 3 Knoten 2"));
        assert_eq!(said("2 of 3, 1 shown").as_deref(), Some("2 von 3, 1 angezeigt"));
        assert_eq!(said("It failed: 'a b' has expired").as_deref(), Some("Es misslang: 'a b' ist abgelaufen"));
        // Of those that fit, the one that leaves least.
        assert_eq!(
            said("Note: The list of a b has expired").as_deref(),
            Some("Notiz: Die Liste von a b ist abgelaufen")
        );
        // A distinguished name stays, and what stands in quotes.
        assert_eq!(said("CN=Bank of America has expired").as_deref(), Some("CN=Bank of America ist abgelaufen"));
        // One word is a name, and stays.
        assert_eq!(said("It failed: Save").as_deref(), Some("Es misslang: Save"));
        assert_eq!(said("Something else"), None);
        // Sentences are made of what is written as a part of one, and stand beside each other.
        assert_eq!(said(" Failed to write: x.").as_deref(), Some(" Schreiben misslang: x."));
        assert_eq!(
            said("Nobody knows. Failed to write: a b. Save").as_deref(),
            Some("Nobody knows. Schreiben misslang: a b. Speichern")
        );
    }
}
