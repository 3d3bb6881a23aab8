//! Passphrases: from a file or from the terminal, never from the command line, which other users of the machine can see.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// More than anybody types; room that never grows, so that no copy is left behind.
const LONGEST: usize = 1024;

/// The passphrase in `file`, or one that is typed.
///
/// # Errors
/// If the file cannot be read, or there is no terminal to ask on.
pub(crate) fn read(file: Option<&Path>, question: &str) -> io::Result<Zeroizing<String>> {
    match file {
        Some(path) => from_file(path),
        None => from_terminal(question).ok_or_else(|| {
            let asked = question.trim_end_matches(": ");
            io::Error::other(format!("there is no terminal to ask on for '{asked}'; name a file that has it"))
        }),
    }
}

/// As [`read`], typed twice: a slip of the finger would make what is encrypted with it worthless.
///
/// # Errors
/// As [`read`], and if the two differ.
pub(crate) fn read_new(file: Option<&Path>, question: &str) -> io::Result<Zeroizing<String>> {
    let first = read(file, question)?;
    if file.is_none() && read(None, "The same again: ")? != first {
        return Err(io::Error::other("the two are not the same; nothing was changed"));
    }
    Ok(first)
}

/// The first line of a file, without its end.
///
/// # Errors
/// If the file cannot be read, or is not UTF-8.
pub(crate) fn from_file(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(std::fs::read_to_string(path)?);
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    text.truncate(end);
    Ok(text)
}

/// What is typed on the terminal, which shows nothing of it; `None` without a terminal.
pub(crate) fn from_terminal(prompt: &str) -> Option<Zeroizing<String>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    let silent = Silent::new(&terminal).ok()?;
    (&terminal).write_all(prompt.as_bytes()).ok()?;
    let line = read_line(&terminal);
    drop(silent);
    let _ = (&terminal).write_all(b"\n");
    // What is not UTF-8 is no passphrase that was typed.
    line.ok().and_then(|line| std::str::from_utf8(&line).ok().map(|text| Zeroizing::new(text.to_owned())))
}

/// A terminal that does not echo, until this is dropped.
struct Silent<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Silent<'t> {
    fn new(terminal: &'t File) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // A terminal that has gone needs no echo.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn read_line(mut terminal: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0]);
    while line.len() < LONGEST && terminal.read(&mut *byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(line)
}
