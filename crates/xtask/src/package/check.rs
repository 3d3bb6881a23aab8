//! What was packed, looked at: what is in it and with which modes, the unit, paths of the machine that built it, and lintian.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::project::{Project, files_below, read};
use crate::terminal::say;

/// What a package must have.
const HAS: &[&str] = &[
    BINARY,
    CONFIGURATION,
    UNIT,
    "usr/lib/sysusers.d/certway.conf",
    "usr/share/man/man1/certway.1.gz",
    "usr/share/man/man1/certway-serve.1.gz",
    "usr/share/bash-completion/completions/certway",
    "usr/share/zsh/vendor-completions/_certway",
    "usr/share/fish/vendor_completions.d/certway.fish",
    "usr/share/doc/certway/copyright",
    "usr/share/doc/certway/changelog.Debian.gz",
    "usr/share/doc/certway/upgrade.md",
    "usr/share/doc/certway/handbook/configuration.md",
    "usr/share/doc/certway/third-party-notices.txt",
    "usr/share/doc/certway/sbom/certway.cdx.json",
    "usr/share/doc/certway/sbom/certway-page.cdx.json",
    "usr/share/doc/certway/sbom/certway-judge.cdx.json",
];
const BINARY: &str = "usr/bin/certway";
const CONFIGURATION: &str = "etc/certway/certway.toml";
const UNIT: &str = "usr/lib/systemd/system/certway.service";
const DEBIAN_CHANGELOG: &str = "packaging/debian/changelog";
/// The most that `systemd-analyze security` may say of the unit, times ten.
const EXPOSURE: &str = "16";

/// Looks at the package.
///
/// # Errors
/// If it is not as it must be; all that is wrong with it.
pub(super) fn check(project: &Project, package: &Path) -> Result<(), Failure> {
    let root = super::anew(&project.target.join("package-root"))?;
    process::run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&root))?;
    let mut faults = contents(package)?;
    faults.extend(version(project, package, &root));
    faults.extend(paths(project, &root)?);
    faults.extend(program(&root));
    faults.extend(unit(&root)?);
    faults.extend(lintian(package));
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{} is not fit to be released:\n  {}", package.display(), faults.join("\n  "))))
}

/// What is there, whose it is, and who may do what with it.
fn contents(package: &Path) -> Result<Vec<String>, Failure> {
    let listed = process::answer(Command::new("dpkg-deb").arg("--contents").arg(package))
        .ok_or_else(|| Failure::new("The package cannot be read by dpkg-deb."))?;
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [mode, owner, .., file] = words[..] else { continue };
        let file = file.trim_start_matches("./");
        let wanted = match file {
            BINARY => "-rwxr-xr-x",
            folder if folder.ends_with('/') => "drwxr-xr-x",
            _ => "-rw-r--r--",
        };
        if mode != wanted || !["root/root", "0/0"].contains(&owner) {
            faults.push(format!("{file} is {mode} {owner} instead of {wanted} root/root"));
        }
        files.push(file);
    }
    faults.extend(HAS.iter().filter(|file| !files.contains(file)).map(|file| format!("{file} is not there")));
    Ok(faults)
}

/// The package, its binary and the Debian changelog are of one version, and by one maintainer.
fn version(project: &Project, package: &Path, root: &Path) -> Vec<String> {
    let field = |name: &str| {
        process::answer(Command::new("dpkg-deb").arg("--field").arg(package).arg(name)).unwrap_or_default()
    };
    let (version, maintainer) = (field("Version"), field("Maintainer"));
    let mut faults = Vec::new();
    let changelog = read(&project.root.join(DEBIAN_CHANGELOG)).unwrap_or_default();
    if !changelog.starts_with(&format!("certway ({version}) ")) {
        faults.push(format!("{DEBIAN_CHANGELOG} does not begin with version {version}"));
    }
    if !changelog.lines().any(|line| line.starts_with(&format!(" -- {maintainer}  "))) {
        faults.push(format!("{DEBIAN_CHANGELOG} is not signed by the package's maintainer, {maintainer}"));
    }
    let said = process::answer(Command::new(root.join(BINARY)).arg("--version")).unwrap_or_default();
    if said.split(' ').next_back() != version.split('-').next() {
        faults.push(format!("the binary says '{said}' in a package of version {version}"));
    }
    if maintainer.ends_with(".example>") {
        say(&format!(
            "The maintainer is an example, {maintainer}: who releases the package sets it (docs/release.md)."
        ));
    }
    faults
}

/// Places of the machine that built it.
fn paths(project: &Project, root: &Path) -> Result<Vec<String>, Failure> {
    let home = std::env::home_dir().filter(|home| home.components().count() > 1);
    let places = [&project.root, &project.target, &project.tools].into_iter().chain(&home);
    let places: Vec<String> = places.map(|place| format!("{}/", place.display())).collect();
    let mut faults = Vec::new();
    for file in files_below(root, &|_path| true)? {
        let bytes = std::fs::read(&file).map_err(|error| Failure::file("Reading", &file, &error))?;
        let text = String::from_utf8_lossy(&bytes);
        let named = places.iter().find(|place| text.contains(place.as_str()));
        faults.extend(named.map(|place| format!("{} names {place}, a folder of this machine", shown(&file, root))));
    }
    Ok(faults)
}

/// The binary takes the configuration that comes with it.
fn program(root: &Path) -> Option<String> {
    let mut check = Command::new(root.join(BINARY));
    check.args(["config", "check", "--config"]).arg(root.join(CONFIGURATION));
    let taken = process::answer(&mut check).is_some();
    (!taken).then(|| format!("the binary refuses {CONFIGURATION}"))
}

/// The unit as systemd reads it. Its program is that of the package, which is not installed here.
fn unit(root: &Path) -> Result<Vec<String>, Failure> {
    if !process::on_path("systemd-analyze") {
        say("Not run: systemd-analyze is not there to look at the unit.");
        return Ok(Vec::new());
    }
    let text = read(&root.join(UNIT))?;
    let unit = root.join("certway.service");
    let here = text.replace("/usr/bin/certway", &root.join(BINARY).to_string_lossy());
    std::fs::write(&unit, here).map_err(|error| Failure::file("Writing", &unit, &error))?;
    let analyze = |words: &[&str]| said(Command::new("systemd-analyze").args(words).arg(&unit));
    // What it does not understand it ignores, and says so without failing; what it says of other units is theirs.
    let (_, verified) = analyze(&["verify", "--man=no"]);
    let mut faults: Vec<String> =
        verified.lines().filter(|line| line.contains("certway.service")).map(ToOwned::to_owned).collect();
    let (protected, table) = analyze(&["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE]);
    if !protected {
        // The figure ends the table.
        faults.extend(table.lines().filter(|line| line.starts_with('→')).map(ToOwned::to_owned));
    }
    Ok(faults)
}

/// What lintian finds that no override in `packaging/debian/lintian-overrides` explains.
fn lintian(package: &Path) -> Option<String> {
    if !process::on_path("lintian") {
        say("Not run: lintian is not there.");
        return None;
    }
    let (clean, text) = said(Command::new("lintian").args(["--fail-on", "error,warning", "--allow-root"]).arg(package));
    (!clean).then(|| format!("lintian: {text}"))
}

/// Whether a program succeeds, and what it says.
fn said(command: &mut Command) -> (bool, String) {
    match command.output() {
        Ok(output) => {
            let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
            (output.status.success(), format!("{out}{err}").trim_end().to_owned())
        }
        Err(error) => (false, format!("it could not be started: {error}")),
    }
}

fn shown(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).map_or_else(|_| file.to_path_buf(), PathBuf::from).display().to_string()
}
