//! A text of JSON as a tree. RFC 8259, without what no message of ours has: numbers are whole and not negative.

use super::FromJson;

/// Deeper ones are refused: no message of ours nests this deep, and the stack has an end.
const DEPTH: usize = 32;

/// One value.
#[derive(PartialEq, Debug)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    Object(Object<'a>),
}

/// The members of an object. Names stand as in the text: none of ours has an escape.
#[derive(PartialEq, Debug)]
pub(crate) struct Object<'a>(Vec<(&'a str, Json<'a>)>);

impl<'a> Json<'a> {
    /// Reads a text; `None` if it is not one value.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(DEPTH)?;
        reader.skip_space();
        (reader.at == text.len()).then_some(value)
    }

    /// Its members; none, and a fault, if it is not an object.
    pub(crate) fn object(self, faults: &mut bool) -> Object<'a> {
        match self {
            Self::Object(object) => object,
            _ => {
                *faults = true;
                Object(Vec::new())
            }
        }
    }
}

impl<'a> Object<'a> {
    /// Takes a member out; one that is missing counts as null.
    pub(crate) fn take<T: FromJson>(&mut self, name: &str, faults: &mut bool) -> T {
        T::from_json(self.member(name), faults)
    }

    fn member(&mut self, name: &str) -> Json<'a> {
        // A name that is a word of Rust's is written with `r#` there.
        let name = name.trim_start_matches("r#");
        let found = self.0.iter_mut().find(|(other, _)| *other == name);
        found.map_or(Json::Null, |(_, value)| core::mem::replace(value, Json::Null))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b'0'..=b'9' => self.number(),
            _ if self.word("null") => Some(Json::Null),
            _ if self.word("true") => Some(Json::Bool(true)),
            _ if self.word("false") => Some(Json::Bool(false)),
            _ => None,
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        let mut members = Vec::new();
        self.at += 1;
        if !self.token(b'}') {
            loop {
                self.skip_space();
                let name = self.name()?;
                if !self.token(b':') {
                    return None;
                }
                members.push((name, self.value(depth)?));
                if self.token(b'}') {
                    break;
                }
                if !self.token(b',') {
                    return None;
                }
            }
        }
        Some(Json::Object(Object(members)))
    }

    fn list(&mut self, depth: usize) -> Option<Json<'a>> {
        let mut items = Vec::new();
        self.at += 1;
        if !self.token(b']') {
            loop {
                items.push(self.value(depth)?);
                if self.token(b']') {
                    break;
                }
                if !self.token(b',') {
                    return None;
                }
            }
        }
        Some(Json::List(items))
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let mut number = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        Some(Json::Number(number))
    }

    /// The name of a member: a string with no escape in it.
    fn name(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?.strip_prefix('"')?;
        let length = rest.bytes().position(|byte| byte == b'"')?;
        self.at += length + 2;
        rest.get(..length)
    }

    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        self.at += 1;
        loop {
            // Whole runs of what stands for itself: byte by byte would cost time.
            let rest = self.text.get(self.at..)?;
            let run = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
            text.push_str(rest.get(..run)?);
            self.at += run + 1;
            if rest.as_bytes().get(run) == Some(&b'"') {
                return Some(text);
            }
            text.push(self.escaped()?);
        }
    }

    /// The character of an escape, after its backslash.
    fn escaped(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let first = self.hex()?;
                // Two halves make one character, and one half makes none.
                let code = if (0xd800..0xdc00).contains(&first) && self.word("\\u") {
                    0x1_0000 + (first - 0xd800) * 0x400 + self.hex()?.checked_sub(0xdc00)?
                } else {
                    first
                };
                char::from_u32(code)?
            }
            b'"' | b'\\' | b'/' => char::from(byte),
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.chars().try_fold(0, |code, digit| Some(code * 16 + digit.to_digit(16)?))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn token(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> bool {
        let there = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += if there { word.len() } else { 0 };
        there
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Object};

    #[test]
    fn values_are_read() {
        let text = r#" {"a": [1, 20, true, null], "b": {}, "c": "x\n\"\u00e9\ud83d\udd12é", "d": []} "#;
        let a = Json::List(vec![Json::Number(1), Json::Number(20), Json::Bool(true), Json::Null]);
        let c = Json::Text("x\n\"\u{e9}\u{1f512}\u{e9}".to_owned());
        let members = vec![("a", a), ("b", Json::Object(Object(Vec::new()))), ("c", c), ("d", Json::List(Vec::new()))];
        assert_eq!(Json::read(text), Some(Json::Object(Object(members))));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "[1,]", "{\"a\" 1}", "\"a", "nul", "1 2", "\"\\ud800\"", "\"\\x\"", "-1", "1.5", &deep] {
            assert_eq!(Json::read(text), None, "{text:.20}");
        }
    }
}
