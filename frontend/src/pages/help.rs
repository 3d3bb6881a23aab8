//! Help: the handbook, built with the page and kept with it, so that it is there without a network and without a session.
//!
//! Its chapters are HTML of our own build (`tools/handbook.mjs`). The document names the file and its integrity, and the
//! browser gives the page no other.

mod book;

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlElement, MouseEvent};

use crate::app::App;
use crate::dom::{El, View, data, effect, el, live, parts, set_if_new, text};
use crate::fetch::Request;
use crate::json;
use crate::language::{ENGLISH, chosen};
use crate::route::{Route, Router, help_address};
use crate::signal::{Memo, RwSignal};
use crate::task::spawn;
use crate::ui::{ButtonKind, button};
use book::{Book, Chapter};

/// The id of the page's own heading.
const TITLE: &str = "help-title";
/// As many headings are found at most.
const MOST_FOUND: usize = 30;

#[derive(Clone, Copy)]
struct Page {
    router: Router,
    book: RwSignal<Option<Book>>,
    missed: RwSignal<bool>,
    place: RwSignal<Place>,
    wanted: RwSignal<String>,
}

/// Where in the handbook somebody is: `/help/CHAPTER#SECTION`.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    chapter: String,
    section: String,
}

impl Place {
    fn here() -> Self {
        let location = window().location();
        Self::of(&location.pathname().unwrap_or_default(), &location.hash().unwrap_or_default())
    }

    fn of(path: &str, hash: &str) -> Self {
        let chapter = path.strip_prefix(Route::Help.path()).unwrap_or_default().trim_matches('/');
        Self { chapter: chapter.to_owned(), section: hash.trim_start_matches('#').to_owned() }
    }

    /// The place that a link leads to, if it is one of the handbook.
    fn of_link(address: &str) -> Option<Self> {
        let (address, hash) = address.split_once('#').unwrap_or((address, ""));
        let (path, _of_node) = address.split_once('?').unwrap_or((address, ""));
        let rest = path.strip_prefix(Route::Help.path())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| Self::of(path, hash))
    }

    /// Its address; on the pages of another node it stays with them.
    fn address(&self, other_node: Option<&str>) -> String {
        help_address(&self.chapter, &self.section, other_node)
    }
}

pub(crate) fn help() -> View {
    let router = App::here().router;
    let page = Page {
        router,
        book: RwSignal::new(None),
        missed: RwSignal::new(false),
        place: RwSignal::new(Place::here()),
        wanted: RwSignal::new(String::new()),
    };
    page.fetch();
    // Back and forward, and the menu's own link, lead to another place of the same page.
    effect(move || {
        router.current();
        set_if_new(page.place, Place::here());
    });
    let mut first = true;
    effect(move || first = page.go_to_section(first) && first);
    let chapter = Memo::new(move || page.place.with(|place| place.chapter.clone()));
    let title = move || page.with_chapter(&chapter.get(), |chapter| chapter.title.clone());
    parts()
        .child(el("p").class("path").text("Help"))
        .child(el("h1").attr("id", TITLE).attr("tabindex", "-1").child(live(move || {
            match title().filter(|_| !chapter.get().is_empty()) {
                Some(title) => data(&title),
                None => text("Help"),
            }
        })))
        .children((chosen() != ENGLISH).then(|| el("p").class("muted").text("The handbook is written in English.")))
        .child(live(move || if page.missed.get() { page.missed() } else { parts() }))
        .child(el("div").class("help").child(page.contents(chapter)).child(live(move || page.shown(&chapter.get()))))
}

impl Page {
    fn fetch(self) {
        spawn(async move {
            let book = fetched().await;
            self.missed.set(book.is_none());
            self.book.set(book);
        });
    }

    fn missed(self) -> View {
        let says = "The handbook is missing: the node did not give it. It may have another page by now; then load this one again.";
        let again = button(ButtonKind::Plain, move || self.fetch()).text("Fetch it again");
        parts().child(el("p").attr("role", "alert").text(says)).child(el("p").class("actions").child(again))
    }

    /// `None` while there is no handbook, or no such chapter in it.
    fn with_chapter<R>(self, name: &str, read: impl FnOnce(&Chapter) -> R) -> Option<R> {
        self.book.with(|book| book.as_ref()?.chapter(name).map(read))
    }

    /// The chapters; or the headings that somebody looks for.
    fn contents(self, current: Memo<String>) -> El {
        let field = el("input").attr("type", "search").bound(self.wanted);
        let list = move || {
            let wanted = self.wanted.get();
            self.book.with(|book| match book {
                None => parts(),
                Some(book) if wanted.trim().is_empty() => self.chapters(book, current).into(),
                Some(book) => self.found(book, &wanted),
            })
        };
        el("nav")
            .attr("aria-label", "Handbook")
            .child(el("label").class("field").child(el("span").text("Search the headings")).child(field))
            .child(live(list))
    }

    fn chapters(self, book: &Book, current: Memo<String>) -> El {
        el("ul").children(book.chapters.iter().map(|chapter| {
            let title = if chapter.name.is_empty() { text("Contents") } else { data(&chapter.title) };
            let name = chapter.name.clone();
            let here = move || (current.get() == name).then(|| "page".to_owned());
            let link = self.link(&chapter.name, "", title).live_attr("aria-current", here);
            el("li").child(if chapter.name.is_empty() { link } else { link.attr("lang", ENGLISH) })
        }))
    }

    fn found(self, book: &Book, wanted: &str) -> View {
        let found = book.headings_with(wanted);
        let says = match found.len() {
            0 => "No heading has that. The chapters tell more than their headings do.".to_owned(),
            1 => "1 heading".to_owned(),
            many if many > MOST_FOUND => format!("{MOST_FOUND} of {many} headings"),
            many => format!("{many} headings"),
        };
        let row = |(chapter, section): &(&Chapter, Option<&book::Section>)| {
            let (id, title) = section.map_or(("", ""), |section| (section.id(), section.title.as_str()));
            let text =
                if title.is_empty() { chapter.title.clone() } else { format!("{title} \u{b7} {}", chapter.title) };
            el("li").child(self.link(&chapter.name, id, data(&text)).attr("lang", ENGLISH))
        };
        parts()
            .child(el("p").class("muted").attr("role", "status").text(says))
            .child(el("ul").children(found.iter().take(MOST_FOUND).map(row)))
    }

    fn link(self, chapter: &str, section: &str, text: View) -> El {
        let address = help_address(chapter, section, self.router.other_node().as_deref());
        el("a").attr("href", &address).on("click", move |event| self.follow(event.unchecked_ref())).child(text)
    }

    fn shown(self, name: &str) -> View {
        let said = |text: &str| el("p").class("muted").attr("role", "status").text(text).into();
        match self.with_chapter(name, |chapter| self.article(chapter)) {
            Some(article) => article.into(),
            None if self.book.with(Option::is_some) => said("The handbook has no chapter of this name."),
            None if self.missed.get() => parts(),
            None => said("Fetching the handbook."),
        }
    }

    fn article(self, chapter: &Chapter) -> El {
        let article = el("article").class("handbook panel").attr("lang", ENGLISH);
        article.element().set_inner_html(&chapter.html);
        article.on("click", move |event| self.follow(event.unchecked_ref()))
    }

    /// Shows what a link of the handbook leads to, without loading anything. Other links are the browser's.
    fn follow(self, press: &MouseEvent) {
        let target = press.target().map(|target| target.unchecked_into::<Element>());
        let link = target.and_then(|target| target.closest("a").ok().flatten());
        let address = link.and_then(|link| link.get_attribute("href")).unwrap_or_default();
        let Some(place) = Place::of_link(&address) else { return };
        if press.button() != 0 || press.meta_key() || press.ctrl_key() || press.shift_key() || press.alt_key() {
            return;
        }
        press.prevent_default();
        if let Ok(history) = window().history() {
            let address = place.address(self.router.other_node().as_deref());
            // It fails only when called hundreds of times a second; then the address stays behind, the page does not.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
        // Also if it is the same place: who presses a link wants to see what it leads to.
        self.place.set(place);
    }

    /// Brings the section that the address names, or the beginning of the chapter, into sight and puts the focus there;
    /// at first the focus stays where it is. Gives whether there was nothing to go to yet.
    fn go_to_section(self, first: bool) -> bool {
        let Place { chapter, section } = self.place.get();
        let id = self.with_chapter(&chapter, |chapter| chapter.section(&section).map(|found| found.id().to_owned()));
        let Some(id) = id else { return true };
        let heading = document().get_element_by_id(id.as_deref().unwrap_or(TITLE));
        let Some(heading) = heading.map(|heading| heading.unchecked_into::<HtmlElement>()) else { return true };
        if id.is_some() || !first {
            // It fails only for what is not on the page.
            let _ = heading.focus();
        }
        if id.is_some() {
            heading.scroll_into_view();
        } else {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        false
    }
}

/// The handbook of this page: from the node, or from what the service worker keeps.
async fn fetched() -> Option<Book> {
    let named = document().query_selector("meta[name=handbook]").ok()??;
    let request = Request::new("GET", named.get_attribute("content")?)?;
    let answer = request.integrity(&named.get_attribute("data-integrity")?).send().await?;
    json::read(&answer.text).filter(|_| answer.ok)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn addresses_of_the_handbook_are_places_in_it() {
        let place = |chapter: &str, section: &str| Some(Place { chapter: chapter.into(), section: section.into() });
        assert!(Place::of_link("/help") == place("", ""));
        assert!(Place::of_link("/help#contents") == place("", "contents"));
        assert!(Place::of_link("/help/alarms") == place("alarms", ""));
        assert!(Place::of_link("/help/findings#san-not-fqdn") == place("findings", "san-not-fqdn"));
        for (address, of_another) in [
            ("/help", "/help?node=expe2.example.com"),
            ("/help/alarms", "/help/alarms?node=expe2.example.com"),
            ("/help/findings#san-not-fqdn", "/help/findings?node=expe2.example.com#san-not-fqdn"),
        ] {
            let place = Place::of_link(address).unwrap();
            assert_eq!(place.address(None), address);
            assert_eq!(place.address(Some("expe2.example.com")), of_another);
            assert!(Place::of_link(of_another) == Some(place));
        }
        for other in ["", "/", "/helpless", "https://www.example.com/help"] {
            assert!(Place::of_link(other).is_none(), "{other}");
        }
    }
}
