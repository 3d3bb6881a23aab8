//! Passphrases: from a file, or typed on a terminal that does not show them. Never an argument, which others can see.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The passphrase in the first line of `file`; or one that is typed.
pub(crate) fn read(file: Option<&Path>, question: &str) -> io::Result<Zeroizing<String>> {
    let mut text = match file {
        Some(path) => Zeroizing::new(std::fs::read_to_string(path)?),
        None if io::stdin().is_terminal() => typed(question)?,
        None => {
            return Err(io::Error::other("there is no terminal to ask for the passphrase on; name a file that has it"));
        }
    };
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    text.truncate(end);
    Ok(text)
}

/// As [`read`], typed twice: a slip of the finger would make what is encrypted with it worthless.
pub(crate) fn read_new(file: Option<&Path>, question: &str) -> io::Result<Zeroizing<String>> {
    let first = read(file, question)?;
    if file.is_none() && read(None, "The same again: ")? != first {
        return Err(io::Error::other("the two are not the same; nothing was changed"));
    }
    Ok(first)
}

fn typed(question: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    write!(io::stderr(), "{question}")?;
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let mut text = Zeroizing::new(String::new());
    let outcome = stdin.lock().read_line(&mut text);
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    writeln!(io::stderr())?;
    outcome.map(|_| text)
}
