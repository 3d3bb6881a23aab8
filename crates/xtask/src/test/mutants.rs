//! Mutants of the core (G22): small faults, each put into a copy of it by itself, that the corpus must find.
//!
//! A sample from the heart of the judge. What it has is said by file and change, not by line, so that it is the same sample when the lines
//! move; an entry that changes nothing any more fails. Other samples are run by hand (`docs/campaigns.md`).

use crate::failure::Failure;
use crate::project::{Project, read};
use crate::terminal::say;
use crate::{process, tools};

const CORE: &str = "crates/core/src/";

/// A file of the core and a change in it, as cargo-mutants names it; several places of the file may fit.
const SAMPLE: &[(&str, &str)] = &[
    ("fqdn.rs", "replace <= with > in is_fqdn"),
    ("rules/san_not_fqdn.rs", "replace && with || in passes"),
    ("rules/key_mismatch.rs", "delete ! in check"),
    ("rules/unknown_critical_extension.rs", "replace && with || in check"),
    ("rules/expired.rs", "replace > with >= in check"),
    ("rules/not_yet_valid.rs", "replace < with <= in check"),
    ("rules/revoked.rs", "replace == with != in check"),
    ("rules/crl_expired.rs", "replace < with > in check"),
    ("material/keys.rs", "replace == with != in read_uploaded"),
    ("parsed/crl.rs", "replace && with || in Crl<'a>::entry"),
    ("parsed/crl.rs", "replace Entry<'_>::is_removal -> bool with false"),
    ("signature.rs", "replace check_rsa -> Option<()> with Some(())"),
    ("chain/peer_name.rs", "delete ! in dns_matches"),
    ("chain/build.rs", "replace Search<'_, '_, '_, '_>::link -> Result<(), Problem> with Ok(())"),
    ("chain/checks.rs", "replace > with >= in Check<'_, '_, 's, 'a>::validity"),
    ("chain/checks.rs", "replace < with <= in Check<'_, '_, 's, 'a>::validity"),
    ("chain/checks.rs", "delete ! in Check<'_, '_, 's, 'a>::purpose"),
    ("chain/checks.rs", "replace > with >= in Check<'_, '_, 's, 'a>::length"),
    ("chain/constraints.rs", "replace & with | in ip_within"),
];

/// Tries the sample by the cases of the corpus alone; what is slow among its tests looks for other faults.
pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let program = tools::CARGO_MUTANTS.get(project)?;
    let output = project.target.join("mutants");
    let mut command = std::process::Command::new(program);
    command.args(["mutants", "--package", "certway-core", "--no-times", "--colors", "never"]);
    command.args(["--timeout", "120", "--cargo-arg", "--test=corpus", "--output"]).arg(&output);
    for (file, change) in SAMPLE {
        // By its file too, since a field that is left out slips through the other filter.
        let name = format!("^{CORE}{}:[0-9:]+ {}$", literally(file), literally(change));
        command.args(["--file", &format!("{CORE}{file}"), "--re", &name]);
    }
    command.args(["--", "--", "--skip", "hostile::", "--skip", "limits::", "--skip", "invariance::"]);
    // The copy is built in itself: built where the project is, a mutant would be taken for the core. It differs by little each time.
    command.current_dir(&project.root).env_remove("CARGO_TARGET_DIR").env("CARGO_INCREMENTAL", "1");
    process::run(&mut command)?;
    let caught = read(&output.join("mutants.out/caught.txt"))?;
    let is_caught = |(file, change): &&(&str, &str)| {
        caught.lines().any(|line| line.starts_with(&format!("{CORE}{file}:")) && line.ends_with(change))
    };
    let absent: Vec<String> =
        SAMPLE.iter().filter(|entry| !is_caught(entry)).map(|(file, change)| format!("{file}: {change}")).collect();
    if absent.is_empty() {
        say(&format!("{} mutants, all caught", caught.lines().count()));
        return Ok(());
    }
    Err(Failure::new(format!(
        "These of the sample are no mutants any more, or do not compile; put others in their place:\n  {}",
        absent.join("\n  ")
    )))
}

/// A regular expression that finds this text alone.
fn literally(text: &str) -> String {
    let special = |letter: char| r"\.+*?()|[]{}^$".contains(letter);
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}
