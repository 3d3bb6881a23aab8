//! The handbook as `tools/handbook.mjs` writes it.

use crate::json::fields;

#[derive(Clone)]
pub(super) struct Book {
    pub(super) chapters: Vec<Chapter>,
}

#[derive(Clone)]
pub(super) struct Chapter {
    /// As in its address; empty for the list of contents.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) html: String,
    sections: Vec<Section>,
}

#[derive(Clone)]
pub(super) struct Section {
    /// The heading's own id, then what else it is found by: the finding or the alarm that it is about.
    ids: Vec<String>,
    pub(super) title: String,
}

fields!(Book { chapters });
fields!(Chapter { name, title, html, sections });
fields!(Section { ids, title });

impl Book {
    pub(super) fn chapter(&self, name: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.name == name)
    }

    /// The headings that have all words of a text, with their chapters; a chapter's own heading is no section.
    pub(super) fn headings_with(&self, text: &str) -> Vec<(&Chapter, Option<&Section>)> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let has = |heading: &str| {
            let heading = heading.to_lowercase();
            words.iter().all(|word| heading.contains(word.as_str()))
        };
        let chapters = self.chapters.iter().filter(|chapter| !chapter.name.is_empty());
        let headings = chapters.flat_map(|chapter| {
            let own = has(&chapter.title).then_some((chapter, None));
            own.into_iter().chain(
                chapter
                    .sections
                    .iter()
                    .filter(|section| has(&section.title))
                    .map(move |section| (chapter, Some(section))),
            )
        });
        headings.collect()
    }
}

impl Chapter {
    /// The section that an address names. An alarm about one of several things, such as `service-failed-nginx`, is told of
    /// under `service-failed`.
    pub(super) fn section(&self, wanted: &str) -> Option<&Section> {
        let ids = self.sections.iter().flat_map(|section| section.ids.iter().map(move |id| (id, section)));
        let fits = |id: &str| wanted.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        ids.filter(|(id, _)| fits(id)).max_by_key(|(id, _)| id.len()).map(|(_, section)| section)
    }
}

impl Section {
    pub(super) fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Book;
    use crate::json;

    fn book() -> Book {
        let text = r#"{"chapters": [
            {"name": "", "title": "Handbook", "html": "", "sections": [{"ids": ["contents"], "title": "Contents of alarms"}]},
            {"name": "alarms", "title": "What each alarm means", "html": "", "sections": [
                {"ids": ["expired-client-expired", "expired", "client-expired"], "title": "expired, client-expired"},
                {"ids": ["service-failed-name", "service-failed"], "title": "service-failed-NAME"},
                {"ids": ["expires-soon"], "title": "expires-soon"}
            ]}
        ]}"#;
        json::read(text).expect("it is a handbook")
    }

    #[test]
    fn a_section_is_found_by_what_it_is_about() {
        let book = book();
        let alarms = book.chapter("alarms").expect("the chapter is there");
        let found = |wanted: &str| alarms.section(wanted).map(|section| section.id());
        assert_eq!(found("client-expired"), Some("expired-client-expired"));
        assert_eq!(found("service-failed-nginx"), Some("service-failed-name"));
        assert_eq!(found("expires-soon"), Some("expires-soon"));
        assert_eq!([found(""), found("service"), found("expiredness")], [None; 3]);
    }

    #[test]
    fn headings_are_found_by_words() {
        let book = book();
        let found = |text: &str| {
            let found = book.headings_with(text).into_iter();
            found
                .map(|(chapter, section)| section.map_or(chapter.name.clone(), |section| section.id().to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("alarm"), ["alarms"]);
        assert_eq!(found("EXPIRE client"), ["expired-client-expired"]);
        assert_eq!(found("nothing"), Vec::<String>::new());
    }
}
