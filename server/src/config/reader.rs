//! Reads keys from where they may be said, the first that says anything: option, environment, file, systemd credential, default. Every fault
//! is kept, not only the first.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::keys::{self, Key, Unset};
use super::origin::{CONFIG, CREDENTIALS, Environment, Fault, InForce, Origin, PREFIX};

/// What the names of secrets end with.
const SECRETS: [&str; 5] = ["password", "passphrase", "secret", "token", "private_key"];

/// A value and where it stands.
pub(super) struct Found<'d> {
    pub(super) value: DeValue<'d>,
    pub(super) origin: Origin,
}

/// A table that may be there more than once, such as one `[[service]]`.
pub(super) struct Scope<'d> {
    table: DeTable<'d>,
    /// Where it begins.
    pub(super) origin: Origin,
    /// How it is called in what is said: `service[1]`.
    pub(super) called: String,
}

/// Reads one configuration.
pub(super) struct Reader<'d> {
    text: &'d str,
    folder: &'d Path,
    root: &'d DeTable<'d>,
    environment: &'d Environment,
    pub(super) faults: Vec<Fault>,
    pub(super) in_force: Vec<InForce>,
    /// Which keys were asked for.
    #[cfg(test)]
    pub(super) asked: std::collections::BTreeSet<&'static str>,
}

impl<'d> Reader<'d> {
    /// For a text that is in `folder`, as far as it is TOML.
    pub(super) fn new(text: &'d str, root: &'d DeTable<'d>, folder: &'d Path, environment: &'d Environment) -> Self {
        let mut reader = Self {
            text,
            folder,
            root,
            environment,
            faults: Vec::new(),
            in_force: Vec::new(),
            #[cfg(test)]
            asked: std::collections::BTreeSet::new(),
        };
        reader.look_for_strangers(root, "", None);
        reader.look_for_secrets_in_the_environment();
        reader
    }

    /// What is not TOML. What else was found wrong with such a line goes with it.
    pub(super) fn not_toml(&mut self, errors: &[toml::de::Error]) {
        for error in errors {
            let origin = error.span().map_or(Origin::Default, |span| self.line(span));
            self.faults.retain(|fault| fault.origin != origin);
            self.faults.push(Fault {
                origin,
                key: String::new(),
                found: error.message().lines().collect::<Vec<_>>().join(", "),
                wanted: "TOML".to_owned(),
                remedy: "Correct the line; texts are in quotation marks.".to_owned(),
            });
        }
    }

    /// A value: `given` is what an option says.
    pub(super) fn read<T: Debug>(
        &mut self,
        key: &'static Key,
        given: Option<T>,
        convert: fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        if let Some(given) = given {
            self.holds(key.name, format!("{given:?}").trim_matches('"').to_owned(), option(key));
            return Some(given);
        }
        let found = self.find(key);
        self.settle(key, key.name.to_owned(), found, convert)
    }

    /// A path; one in the file begins at the file's folder, so that it means the same wherever the command is given.
    pub(super) fn path(&mut self, key: &'static Key, given: Option<PathBuf>) -> Option<PathBuf> {
        if let Some(given) = given {
            self.holds(key.name, given.display().to_string(), option(key));
            return Some(given);
        }
        let found = self.find(key).or_else(|| self.credential(key));
        self.settle_path(key, key.name.to_owned(), found)
    }

    /// The tables of a key that may be there more than once.
    pub(super) fn scopes(&mut self, key: &'static Key) -> Vec<Scope<'d>> {
        let found = self.find(key);
        self.split(key.name, found)
    }

    /// The same, inside another one.
    pub(super) fn scopes_in(&mut self, scope: &Scope<'d>, key: &'static Key) -> Vec<Scope<'d>> {
        let found = self.find_in(scope, key);
        let called = format!("{}.{}", scope.called, key.word());
        self.split(&called, found)
    }

    /// A table inside another one; `None` if it is left out.
    pub(super) fn scope_in(&mut self, scope: &Scope<'d>, word: &str) -> Option<Scope<'d>> {
        let value = scope.table.get(word)?;
        // What is no table was found with the strangers.
        let table = value.get_ref().as_table()?.clone();
        Some(Scope { table, origin: self.within(scope, value.span()), called: format!("{}.{word}", scope.called) })
    }

    /// A value inside a table that may be there more than once.
    pub(super) fn read_in<T>(
        &mut self,
        scope: &Scope<'d>,
        key: &'static Key,
        convert: fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        let found = self.find_in(scope, key);
        if found.is_none() && self.is_missing(scope, key) {
            return None;
        }
        self.settle(key, format!("{}.{}", scope.called, key.word()), found, convert)
    }

    /// A path inside such a table.
    pub(super) fn path_in(&mut self, scope: &Scope<'d>, key: &'static Key) -> Option<PathBuf> {
        let found = self.find_in(scope, key);
        if found.is_none() && self.is_missing(scope, key) {
            return None;
        }
        self.settle_path(key, format!("{}.{}", scope.called, key.word()), found)
    }

    /// Something else that stands against a table.
    pub(super) fn refuse_in(&mut self, scope: &Scope<'d>, key: &'static Key, found: String, remedy: &str) {
        let origin = match scope.table.get(key.word()) {
            Some(value) => self.within(scope, value.span()),
            None => scope.origin.clone(),
        };
        self.refuse(origin, format!("{}.{}", scope.called, key.word()), found, key.takes, remedy);
    }

    /// A key that other keys need: those whose names begin with `with`, if one of them says something.
    pub(super) fn refuse_without(&mut self, key: &'static Key, with: &str) {
        let said = |setting: &&InForce| setting.key.starts_with(with) && setting.origin != Origin::Default;
        let reported = self.faults.iter().any(|fault| fault.key == key.name);
        let first = self.in_force.iter().find(said).map(|setting| setting.origin.clone());
        if let Some(origin) = first.filter(|_| !reported) {
            self.refuse(origin, key.name.to_owned(), "nothing".to_owned(), key.takes, &write(key));
        }
    }

    pub(super) fn refuse(&mut self, origin: Origin, key: String, found: String, wanted: &str, remedy: &str) {
        self.faults.push(Fault { origin, key, found, wanted: wanted.to_owned(), remedy: remedy.to_owned() });
    }

    /// Variables that look like ours and say nothing: no key has their name.
    pub(super) fn unread(&self) -> Vec<String> {
        let known = |name: &str| name == CONFIG || keys::ALL.iter().any(|key| key.variable().as_deref() == Some(name));
        self.environment.ours().map(|(name, _)| name).filter(|name| !known(name)).map(str::to_owned).collect()
    }

    fn find(&mut self, key: &'static Key) -> Option<Found<'d>> {
        #[cfg(test)]
        self.asked.insert(key.name);
        let environment = self.environment;
        let variable = key.variable();
        if let Some((variable, text)) = variable.and_then(|name| Some((name.clone(), environment.get(&name)?))) {
            return self.in_environment(key, variable, text);
        }
        let mut parts = key.name.split('.');
        let mut value = self.root.get(parts.next().unwrap_or_default())?;
        for part in parts {
            value = value.get_ref().as_table()?.get(part)?;
        }
        Some(Found { value: value.get_ref().clone(), origin: self.line(value.span()) })
    }

    /// The value of a variable: what would stand in the file, a single text without its quotation marks.
    fn in_environment(&mut self, key: &'static Key, variable: String, text: &'d str) -> Option<Found<'d>> {
        let origin = Origin::Environment(variable);
        if !key.example().starts_with('[') {
            return Some(Found { value: DeValue::String(Cow::Borrowed(text)), origin });
        }
        match DeValue::parse(text) {
            Ok(value) => {
                let value = value.into_inner();
                if keys::LISTS.contains(&key.name) {
                    self.look_for_strangers_in_list(&value, key.name, origin.clone(), Some(&origin));
                }
                Some(Found { value, origin })
            }
            Err(_) => {
                let found = shown(&DeValue::String(Cow::Borrowed(text)));
                self.refuse(origin, key.name.to_owned(), found, key.takes, &as_in_the_file(key));
                None
            }
        }
    }

    fn credential(&self, key: &'static Key) -> Option<Found<'d>> {
        let name = key.credential?;
        let path = Path::new(self.environment.get(CREDENTIALS)?).join(name);
        let value = DeValue::String(Cow::Owned(path.to_str()?.to_owned()));
        path.exists().then_some(Found { value, origin: Origin::Credential(name) })
    }

    fn find_in(&mut self, scope: &Scope<'d>, key: &'static Key) -> Option<Found<'d>> {
        #[cfg(test)]
        self.asked.insert(key.name);
        let value = scope.table.get(key.word())?;
        Some(Found { value: value.get_ref().clone(), origin: self.within(scope, value.span()) })
    }

    fn is_missing(&mut self, scope: &Scope<'d>, key: &'static Key) -> bool {
        let missing = matches!(key.unset, Unset::Refused(_));
        if missing {
            self.refuse_in(scope, key, "nothing".to_owned(), &write(key));
        }
        missing
    }

    fn split(&mut self, called: &str, found: Option<Found<'d>>) -> Vec<Scope<'d>> {
        let Some(found) = found else { return Vec::new() };
        // What is no list of tables was found with the strangers.
        let DeValue::Array(items) = found.value else { return Vec::new() };
        let tables = items.iter().enumerate().filter_map(|(number, item)| {
            let table = item.get_ref().as_table()?.clone();
            let origin = match &found.origin {
                Origin::Line(_) => self.line(item.span()),
                origin => origin.clone(),
            };
            Some(Scope { table, origin, called: format!("{called}[{}]", number + 1) })
        });
        let scopes: Vec<Scope<'d>> = tables.collect();
        self.holds(called, format!("{} of them", scopes.len()), found.origin);
        scopes
    }

    fn settle<T>(
        &mut self,
        key: &'static Key,
        called: String,
        found: Option<Found<'d>>,
        convert: fn(&DeValue<'_>) -> Option<T>,
    ) -> Option<T> {
        let found = found.or_else(|| default(key))?;
        match convert(&found.value) {
            Some(value) => {
                self.holds(&called, shown(&found.value), found.origin);
                Some(value)
            }
            None => {
                self.refuse(found.origin, called, shown(&found.value), key.takes, &write(key));
                None
            }
        }
    }

    fn settle_path(&mut self, key: &'static Key, called: String, found: Option<Found<'d>>) -> Option<PathBuf> {
        let found = found.or_else(|| default(key))?;
        match found.value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => {
                let folder = if matches!(found.origin, Origin::Line(_)) { self.folder } else { Path::new("") };
                let path = folder.join(text);
                let said = if is_secret(text) { shown(&found.value) } else { path.display().to_string() };
                self.holds(&called, said, found.origin);
                Some(path)
            }
            None => {
                self.refuse(found.origin, called, shown(&found.value), key.takes, &write(key));
                None
            }
        }
    }

    fn holds(&mut self, key: &str, value: String, origin: Origin) {
        self.in_force.push(InForce { key: key.to_owned(), value, origin });
    }

    fn line(&self, span: Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or_default();
        Origin::Line(before.bytes().filter(|byte| *byte == b'\n').count() + 1)
    }

    fn within(&self, scope: &Scope<'d>, span: Range<usize>) -> Origin {
        match &scope.origin {
            Origin::Line(_) => self.line(span),
            origin => origin.clone(),
        }
    }

    /// Names that no key has, tables that are none, and secrets.
    fn look_for_strangers(&mut self, table: &DeTable<'_>, within: &str, elsewhere: Option<&Origin>) {
        for (word, value) in table {
            let name =
                if within.is_empty() { word.get_ref().to_string() } else { format!("{within}.{}", word.get_ref()) };
            let origin = elsewhere.cloned().unwrap_or_else(|| self.line(word.span()));
            if holds_a_secret(value.get_ref()) || is_called_a_secret(&name) {
                self.refuse(
                    origin,
                    name.clone(),
                    "a secret".to_owned(),
                    "no secret in the configuration",
                    &hand_over(&name),
                );
            } else if keys::LISTS.contains(&name.as_str()) {
                self.look_for_strangers_in_list(value.get_ref(), &name, origin, elsewhere);
            } else if keys::is_table(&name) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.look_for_strangers(inner, &name, elsewhere),
                    other => {
                        let remedy = format!("Write [{name}] on a line of its own, and its keys beneath.");
                        self.refuse(origin, name.clone(), shown(other), "a table", &remedy);
                    }
                }
            } else if keys::named(&name).is_none() {
                let wanted = format!("one of {}", keys::words_in(within));
                self.refuse(
                    origin,
                    name,
                    "a key that there is not".to_owned(),
                    &wanted,
                    "Correct its name, or take it out.",
                );
            }
        }
    }

    fn look_for_strangers_in_list(
        &mut self,
        value: &DeValue<'_>,
        name: &str,
        origin: Origin,
        elsewhere: Option<&Origin>,
    ) {
        let items = value.as_array().filter(|items| items.iter().all(|item| item.get_ref().is_table()));
        let Some(items) = items else {
            let remedy = format!("Write [[{name}]] on a line of its own, with two brackets, and its keys beneath.");
            return self.refuse(origin, name.to_owned(), shown(value), "tables", &remedy);
        };
        for item in items.iter() {
            if let Some(inner) = item.get_ref().as_table() {
                self.look_for_strangers(inner, name, elsewhere);
            }
        }
    }

    fn look_for_secrets_in_the_environment(&mut self) {
        let environment = self.environment;
        for (variable, value) in environment.ours() {
            let name = variable[PREFIX.len()..].to_ascii_lowercase();
            if is_secret(value) || is_called_a_secret(&name) {
                let origin = Origin::Environment(variable.to_owned());
                self.refuse(
                    origin,
                    name.clone(),
                    "a secret".to_owned(),
                    "no secret in the environment",
                    &hand_over(&name),
                );
            }
        }
    }
}

fn option(key: &Key) -> Origin {
    key.option.map_or(Origin::Default, Origin::Option)
}

fn default<'d>(key: &'static Key) -> Option<Found<'d>> {
    let Unset::Is(text) = key.unset else { return None };
    let value = DeValue::parse(text).ok()?.into_inner();
    Some(Found { value, origin: Origin::Default })
}

fn write(key: &Key) -> String {
    format!("Write `{} = {}` or the like.", key.word(), key.example())
}

fn as_in_the_file(key: &Key) -> String {
    format!("Write it as it would stand in the file: {}", key.example())
}

fn hand_over(name: &str) -> String {
    let named = match keys::named(&format!("{name}_file")) {
        Some(Key { name, credential: Some(credential), .. }) => {
            format!("`{name}` or the systemd credential {credential}")
        }
        _ if name == keys::NODE_KEY.name => {
            "the systemd credential node-key and `node_key = \"credential\"`".to_owned()
        }
        _ => "a key that takes the path of a file".to_owned(),
    };
    format!(
        "Take it out, and count it as known to others. Hand a new one over in a file that only the node's user can read, by {named}."
    )
}

fn is_called_a_secret(name: &str) -> bool {
    SECRETS.iter().any(|end| name.ends_with(end))
}

fn holds_a_secret(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(text) => is_secret(text),
        DeValue::Array(items) => items.iter().any(|item| holds_a_secret(item.get_ref())),
        _ => false,
    }
}

/// Whether a text is a private key, the node's key, or a URL with a password in it.
fn is_secret(text: &str) -> bool {
    let trimmed = text.trim();
    let hexadecimal = trimmed.len() == 64 && trimmed.bytes().all(|byte| byte.is_ascii_hexdigit());
    let authority = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    hexadecimal || text.contains("PRIVATE KEY-----") || authority.is_some_and(|authority| authority.contains('@'))
}

/// A value for people: a text without its quotation marks, what is a secret not at all.
fn shown(value: &DeValue<'_>) -> String {
    if holds_a_secret(value) {
        return "a secret".to_owned();
    }
    match value {
        DeValue::String(text) => text.escape_debug().to_string(),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => format!("{text:?}"),
                other => shown(other),
            });
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
