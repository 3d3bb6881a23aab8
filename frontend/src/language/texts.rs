//! Everything that the page may say, found in the sources: its own texts, and those of core and node that it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, ExprLit, ExprMethodCall, File, ImplItemFn, Item, Lit, LitStr, Macro};

use certway_wire::events::ACTIONS;

use super::{HUMAN, key_of};
use crate::pages::overview::events::in_words;

/// Where texts come from that reach the page, below the project.
const SOURCES: &[&str] = &[
    "frontend/src",
    "crates/core/src",
    "crates/rollout/src",
    "crates/wire/src",
    "server/src/acme",
    "server/src/app",
    "server/src/app.rs",
    "server/src/backup.rs",
    "server/src/cluster",
    "server/src/cluster.rs",
    "server/src/command.rs",
    "server/src/deliver",
    "server/src/deliver.rs",
    "server/src/fetch.rs",
    "server/src/http",
    "server/src/publish",
    "server/src/peers.rs",
    "server/src/publish.rs",
    "server/src/store",
    "server/src/store.rs",
    "server/src/tls",
    "server/src/tls.rs",
];

/// What the files to try are called.
const SAMPLES: &str = "frontend/samples/index.json";

/// Whole parts of them that speak to nobody: command lines, protocols, descriptions of the interface, tests.
const SILENT: &[&str] = &[
    "openapi.rs",
    "schema.rs",
    "tests.rs",
    "texts.rs",
    "language.rs",
    "metrics.rs",
    "oid.rs",
    "damage.rs",
    "upgrade.rs",
    "former.rs",
];

/// Words that are said by themselves, and begin with a small letter.
const WORDS: &[&str] = &["now"];

/// What is called with names and not with texts.
const NAMED: &[&str] = &[
    "class",
    "live_class",
    "on",
    "live_prop",
    "live_style",
    "el",
    "svg",
    "icon",
    "expect",
    "take",
    "get",
    "header",
    "execute",
    "query_row",
    "prepare",
    "query_map",
    "query",
    "execute_batch",
    "route",
    "nest",
    "from_static",
    "new_from_ascii_str",
    "strip_prefix",
    "starts_with",
    "ends_with",
    "contains",
    "split",
    "split_once",
    "trim_start_matches",
    "parse",
    "json",
    "change_acme",
    "change_cluster",
    "text_of",
    "read",
    "quoted",
    "join",
    "folder",
    "on_window",
    "get_item",
    "set_item",
    "append_with_str",
    "append_with_blob",
    "element",
    "closest",
    "query_selector",
];

/// Macros whose words go to a log, to a test, or nowhere.
const UNSEEN: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "panic",
    "unreachable",
    "error",
    "warn",
    "info",
    "debug",
    "trace",
    "params",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "concat",
    "stringify",
    "oid",
    "resource",
    "fields",
    "words",
    "thread_local",
];

/// The texts, as keys of a dictionary.
pub(super) fn all() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let actions = ACTIONS.iter().map(|action| in_words(action));
    let samples = std::fs::read_to_string(root.join(SAMPLES)).unwrap();
    let samples: Vec<BTreeMap<String, String>> = serde_json::from_str(&samples).unwrap();
    let samples = samples.into_iter().flat_map(|mut sample| [sample.remove("title"), sample.remove("group")]).flatten();
    let words = WORDS.iter().map(|word| (*word).to_owned());
    let mut texts = Texts(words.chain(actions).chain(samples).collect());
    for source in SOURCES {
        for file in rust_files(&root.join(source)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let parsed: File = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            texts.visit_file(&parsed);
        }
    }
    texts.0
}

fn rust_files(place: &Path) -> Vec<PathBuf> {
    let silent = |path: &Path| SILENT.iter().any(|name| path.ends_with(name));
    if place.is_dir() {
        let entries = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
        return entries.filter(|path| !path.ends_with("tests")).flat_map(|path| rust_files(&path)).collect();
    }
    let is_source = place.extension().is_some_and(|extension| extension == "rs") && !silent(place);
    if is_source { vec![place.to_path_buf()] } else { Vec::new() }
}

struct Texts(BTreeSet<String>);

impl Texts {
    fn add(&mut self, text: &str) {
        let key = key_of(text).trim().to_owned();
        if is_said(&key) {
            self.0.insert(key);
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut before: Option<String> = None;
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    if !before.as_deref().is_some_and(|name| NAMED.contains(&name) || UNSEEN.contains(&name)) {
                        self.tokens(group.stream());
                    }
                    before = None;
                }
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal) {
                        self.add(&text.value());
                    }
                }
                TokenTree::Ident(ident) => before = Some(ident.to_string()),
                // `name!(`
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a Expr>) {
        for argument in arguments {
            match argument {
                // What a statement writes is read later.
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().contains(" SET ") => {
                    text.value().split('\'').skip(1).step_by(2).for_each(|text| self.add(text));
                }
                Expr::Lit(_) => {}
                _ => self.visit_expr(argument),
            }
        }
    }
}

impl Visit<'_> for Texts {
    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_attribute(&mut self, attribute: &Attribute) {
        // Errors say what `thiserror` is told.
        if attribute.path().is_ident("error")
            && let Ok(list) = attribute.meta.require_list()
        {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        if name.is_some_and(|name| NAMED.contains(&name.as_str())) {
            return self.arguments(&call.args);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let name = call.method.to_string();
        if NAMED.contains(&name.as_str()) {
            self.visit_expr(&call.receiver);
            return self.arguments(&call.args);
        }
        if ["attr", "live_attr", "live_bool", "live_flag", "flag"].contains(&name.as_str()) {
            self.visit_expr(&call.receiver);
            let human = matches!(call.args.first(), Some(Expr::Lit(name)) if is_human(&name.lit));
            let values = call.args.iter().skip(1);
            return if human { values.for_each(|value| self.visit_expr(value)) } else { self.arguments(values) };
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if !UNSEEN.contains(&name.as_str()) {
            self.tokens(called.tokens.clone());
        }
    }

    fn visit_lit_str(&mut self, text: &LitStr) {
        self.add(&text.value());
    }
}

fn is_human(name: &Lit) -> bool {
    matches!(name, Lit::Str(name) if HUMAN.contains(&name.value().as_str()))
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let is = |name| attribute.path().is_ident(name);
    is("test") || is("cfg") && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
}

/// Whether it is in words: several of them, or one that begins as a label does.
fn is_said(key: &str) -> bool {
    let words = key.replace("{}", " ");
    let letters = |word: &str| word.chars().filter(|character| character.is_alphabetic()).count();
    let is_word = |word: &&str| letters(word) >= 2 && word.chars().any(char::is_lowercase);
    let count = words.split_whitespace().filter(is_word).count();
    let is_label = key.starts_with(|first: char| first.is_uppercase()) && !key.contains(['/', '_', '=', ':']);
    // A sentence may have code in it: an expression, or an option of the command line.
    let is_code = count < 6 && (key.contains(['<', '\\']) || key.contains("--") || key.starts_with('#'));
    let is_code = is_code
        || key.contains("\":")
        || key.starts_with(['/', '-'])
        || key.contains("</")
        || key.contains("?1")
        || key.contains("::")
        || key.contains("SELECT ")
        || key.contains("DELETE FROM ")
        || key.contains("-----");
    let is_spaced = key.split_whitespace().count() > 1;
    !is_code && count > 0 && (is_spaced || is_label)
}
