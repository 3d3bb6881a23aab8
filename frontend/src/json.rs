//! JSON, as far as the page reads and writes it.
//!
//! Code derived by serde is compiled anew for each type and was a sixth of the page. Here a text becomes a tree, and
//! [`fields!`] says in one line of names how a type is made of it: the names are those of the type itself, so a field
//! that is forgotten does not compile.

mod tree;
mod types;
mod alarms;
mod cluster;
mod users;

pub(crate) use tree::Json;

/// What can be read.
///
/// Reading never stops half way. What is missing or of another kind is made up and noted in `faults`, and then nothing
/// of the whole is used.
pub(crate) trait FromJson: Sized {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self;
}

/// Reads a text; `None` if it is not JSON, or not of this type.
pub(crate) fn read<T: FromJson>(text: &str) -> Option<T> {
    let mut faults = false;
    let value = T::from_json(Json::read(text)?, &mut faults);
    (!faults).then_some(value)
}

/// Writes a text as JSON has it.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..='\x1f' => json.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}

/// Writes a list of what is JSON already.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(","))
}

/// Says which fields a type has. Those that may be missing are an `Option`.
macro_rules! fields {
    ($type:path { $($field:ident),+ $(,)? }) => {
        impl $crate::json::FromJson for $type {
            fn from_json(json: $crate::json::Json<'_>, faults: &mut bool) -> Self {
                let mut object = json.object(faults);
                Self { $($field: object.take(stringify!($field), faults)),+ }
            }
        }
    };
}

/// Says which word stands for which variant of an enumeration; the last one is made up for any other.
macro_rules! words {
    ($type:path { $($word:literal = $variant:ident),+ $(,)? }) => {
        impl $crate::json::FromJson for $type {
            fn from_json(json: $crate::json::Json<'_>, faults: &mut bool) -> Self {
                let word: String = $crate::json::FromJson::from_json(json, faults);
                let known = match word.as_str() {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                };
                known.unwrap_or_else(|| {
                    *faults = true;
                    [$(Self::$variant),+][0]
                })
            }
        }
    };
}

pub(crate) use {fields, words};

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn texts_are_written_so_that_they_are_read_again() {
        let text = "a\"b\\c\n\u{1}\u{e9}\u{1f512}";
        assert_eq!(quoted(text), "\"a\\\"b\\\\c\\u000a\\u0001\u{e9}\u{1f512}\"");
        assert_eq!(super::read::<String>(&quoted(text)).as_deref(), Some(text));
    }
}
