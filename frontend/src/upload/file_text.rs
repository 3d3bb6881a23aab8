//! The lines of a file, and which of them may be shown: never those of a private key.
//!
//! A line is shown if it is text between blocks or belongs to a block of public material. Whatever may be a key is
//! not: a block whose label says so, all that follows a word like 'private' up to the next public block, and long
//! base64 outside any block.

/// How much of a line decides whether it may be shown.
const LOOKED_AT_BYTES: usize = 256;
/// Base64 from this length on may be a line of a key that lost its label.
const BASE64_BYTES: usize = 40;

/// Reads a file in pieces of any size, and remembers where its lines begin.
#[derive(Default)]
pub(crate) struct Lines {
    starts: Vec<u32>,
    hidden: Vec<bool>,
    section: Section,
    line: Vec<u8>,
    line_bytes: usize,
    after_cr: bool,
    read_bytes: u32,
    line_start: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    #[default]
    Between,
    Public,
    Private,
}

impl Lines {
    /// Takes the next piece.
    pub(crate) fn read(&mut self, piece: &[u8]) {
        for &byte in piece {
            let joined = self.after_cr && byte == b'\n';
            self.after_cr = byte == b'\r';
            self.read_bytes += 1;
            if joined {
                // CR LF ends one line, not two.
                self.line_start = self.read_bytes;
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                self.end_line();
                continue;
            }
            self.line_bytes += 1;
            if self.line.len() < LOOKED_AT_BYTES {
                self.line.push(byte);
            }
        }
    }

    /// Says that the file ends here.
    pub(crate) fn finish(&mut self) {
        if self.line_bytes > 0 {
            self.end_line();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Where a line, counted from 0, begins and ends in the file; the end may include the line's ending.
    /// `None` if it must not be shown, or is not there.
    pub(crate) fn shown(&self, line: usize) -> Option<(u32, u32)> {
        let start = *self.starts.get(line)?;
        let hidden = *self.hidden.get(line)?;
        (!hidden).then(|| (start, self.starts.get(line + 1).copied().unwrap_or(self.read_bytes)))
    }

    fn end_line(&mut self) {
        let hidden = self.hides();
        self.starts.push(self.line_start);
        self.hidden.push(hidden);
        self.line.fill(0);
        self.line.clear();
        self.line_bytes = 0;
        self.line_start = self.read_bytes;
    }

    /// Decides on the line that ends here, and what section the next one is in.
    fn hides(&mut self) -> bool {
        let line = self.line.trim_ascii();
        let marker = line.starts_with(b"--");
        let private = contains_private(line);
        if marker && contains(line, b"BEGIN") {
            self.section = if private { Section::Private } else { Section::Public };
            // A line that goes on after its marker may hold the whole block.
            return self.line_bytes > 100;
        }
        if marker && contains(line, b"END") {
            if !private || self.section == Section::Private {
                self.section = Section::Between;
            }
            return self.line_bytes > 100;
        }
        match self.section {
            Section::Public => false,
            Section::Private => true,
            Section::Between if private => {
                self.section = Section::Private;
                true
            }
            Section::Between => line.len() >= BASE64_BYTES && line.iter().all(|byte| is_base64(*byte)),
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

fn contains_private(line: &[u8]) -> bool {
    contains(line, b"private") || contains(line, b"putty-user-key")
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn shown(text: &str) -> Vec<Option<String>> {
        let mut lines = Lines::default();
        for piece in text.as_bytes().chunks(7) {
            lines.read(piece);
        }
        lines.finish();
        (0..lines.len())
            .map(|line| lines.shown(line).map(|(from, to)| text[from as usize..to as usize].trim_end().to_owned()))
            .collect()
    }

    #[test]
    fn lines_end_as_people_end_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(shown("a\r\nb\rc\n\nd"), [some("a"), some("b"), some("c"), some(""), some("d")]);
        assert_eq!(shown(""), Vec::<Option<String>>::new());
    }

    #[test]
    fn a_private_key_is_never_shown() {
        let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldCBz";
        let files = [
            format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"),
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{secret}\n-----END RSA PRIVATE KEY-----\n"
            ),
            format!("-----BEGIN PRIVATE KEY-----\n{secret}\n"),
            format!("-----BEGIN PRIVATE KEY-----{secret}-----END PRIVATE KEY-----{secret}\n"),
            format!("{secret}\n"),
            format!("Private-Key: (2048 bit)\nprivateExponent:\n  00:11\n{secret}"),
            format!("PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\n{secret}\n"),
        ];
        for file in files {
            assert!(!shown(&file).into_iter().flatten().any(|line| line.contains(secret)), "{file}");
        }
    }

    #[test]
    fn public_material_beside_a_key_is_shown() {
        let file = "Bag Attributes\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n\
                    -----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";
        let shown: Vec<_> = shown(file).into_iter().map(|line| line.is_some()).collect();
        assert_eq!(shown, [true, true, false, true, true, true, true]);
    }
}
