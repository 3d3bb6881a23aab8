//! The commands that documents name: each is one that the command line understands.

use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::CommandLine;

/// What digests of events begin with, and no command.
const DIGESTED: [&str; 2] = ["certway", "event"];

/// A command as a document has it.
struct Written {
    words: Vec<String>,
    /// Whether it stands in a block, as one gives it. Within a sentence it may lack what is not spoken of there.
    whole: bool,
}

#[test]
fn every_command_of_every_document_is_understood() {
    let (mut wrong, mut whole, mut within) = (Vec::new(), 0, 0);
    for document in documents() {
        for command in commands(&std::fs::read_to_string(&document).unwrap()) {
            *(if command.whole { &mut whole } else { &mut within }) += 1;
            if let Err(error) = understood(&command) {
                wrong.push(format!("{}: {}\n{error}", document.display(), command.words.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(whole >= 45 && within >= 120, "{whole} in blocks, {within} within sentences");
}

/// The search finds what is wrong, wherever it stands.
#[test]
fn a_command_that_there_is_not_is_found() {
    for (document, wrong) in [
        ("```sh\ncertway tokens make\n```\n", true),
        ("```console\n$ certway users list # all\nexpe1$ certway user list\n```\n", true),
        ("```\nX=$(certway tokens  list --colour) && echo\n```\n", true),
        ("```sh\ncertway show a \\\n  --wrong\n```\n", true),
        ("say `certway\ntoken`", true),
        ("say `certway tokens make --for x`", true),
        ("say `certway tokens make`, and `certway crls`", false),
        ("```sh\nsudo -u certway certway users list | grep 'a b' > all\n```\n", false),
        ("```\n<118>1 expe1 certway event\n```\n", false),
        ("say `certway cluster mode MODE`", true),
        ("say `certway connect HOST:PORT`, and `certway check --security-level`", false),
        ("```sh\ncertway test-client-certificate --template '#user#' - # --wrong\n```\n", false),
        ("```text\ncertway nothing\n```\n", false),
    ] {
        let found = commands(document);
        assert_eq!(found.iter().any(|command| understood(command).is_err()), wrong, "{document}");
    }
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["docs/handbook", "docs", "."].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let paths = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

fn understood(command: &Written) -> Result<(), String> {
    use ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, InvalidValue, MissingRequiredArgument,
        MissingSubcommand, ValueValidation,
    };
    let Err(error) = CommandLine::try_parse_from(&command.words) else { return Ok(()) };
    let no_value =
        matches!(error.get(ContextKind::InvalidValue), Some(ContextValue::String(value)) if value.is_empty());
    match error.kind() {
        DisplayHelp | DisplayVersion => Ok(()),
        // The shell puts the value there.
        ValueValidation if command.words.iter().any(|word| word.starts_with('$')) => Ok(()),
        // Within a sentence a value may be called what it is.
        DisplayHelpOnMissingArgumentOrSubcommand | MissingRequiredArgument | MissingSubcommand | ValueValidation
            if !command.whole =>
        {
            Ok(())
        }
        InvalidValue if !command.whole && no_value => Ok(()),
        _ => Err(error.to_string()),
    }
}

/// All commands of a document.
fn commands(text: &str) -> Vec<Written> {
    let mut commands = Vec::new();
    for (number, part) in format!("\n{text}").split("\n```").enumerate() {
        let (kind, content) = part.split_once('\n').unwrap_or((part, ""));
        match (number % 2 == 1, kind) {
            // What follows on the line of a closing fence is nothing.
            (false, _) => commands.extend(content.split('`').skip(1).step_by(2).filter_map(|code| of(code, false))),
            (true, "sh" | "console" | "") => {
                let lines = content.replace("\\\n", " ");
                commands.extend(lines.lines().filter_map(|line| of(line, true)));
            }
            _ => {}
        }
    }
    commands
}

/// The command of a line of the shell, if there is one of this program.
fn of(line: &str, whole: bool) -> Option<Written> {
    let all = words(line);
    let operators = ["|", "||", "&&", ";", "<", ">"];
    let begins = |at: usize| {
        let before = at.checked_sub(1).map(|before| all[before].as_str());
        // A prompt, what is put into a variable, what follows on another command; `sudo -u certway certway ...`
        before.is_none_or(|before| before.ends_with('$') || operators.contains(&before) || before == "certway")
    };
    let begin = (0..all.len()).find(|at| all[*at] == "certway" && begins(*at))?;
    if !whole && begin > 0 {
        return None;
    }
    let command: Vec<String> =
        all[begin..].iter().take_while(|word| !operators.contains(&word.as_str())).cloned().collect();
    (command.len() > 1 && command != DIGESTED).then_some(Written { words: command, whole })
}

/// The words of a line of the shell, without the marks that hold them together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut mark) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, mark) {
            (letter, Some(open)) if letter == open => mark = None,
            (letter, Some(_)) => word.get_or_insert_default().push(letter),
            ('\'' | '"', None) => {
                mark = Some(letter);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            (' ' | '\n' | '(' | ')', None) => words.extend(word.take()),
            (';' | '<' | '>', None) => {
                words.extend(word.take());
                words.push(letter.to_string());
            }
            (letter, None) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
