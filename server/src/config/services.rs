//! The servers beside the node, out of their tables.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::keys;
use super::reader::{Reader, Scope};
use super::values::{text, texts};
use crate::publish::{Content, Probe, Service, ServiceFile};

/// The longest of all times.
const MOST_SECONDS: u64 = 600;
/// The longest name of a service.
const NAME_CHARACTERS: usize = 64;

/// The services of a configuration. What stands against them is in the reader's faults.
pub(super) fn services(reader: &mut Reader<'_>) -> Vec<Service> {
    let (mut names, mut paths) = (HashSet::new(), HashSet::new());
    let mut services = Vec::new();
    for scope in reader.scopes(keys::SERVICE) {
        let Some(service) = service(reader, &scope, &mut paths) else { continue };
        if names.insert(service.name.clone()) {
            services.push(service);
        } else {
            let found = format!("a second service of the name \"{}\"", service.name);
            reader.refuse_in(&scope, keys::SERVICE_NAME, found, "Give each a name of its own.");
        }
    }
    services
}

fn service<'d>(reader: &mut Reader<'d>, scope: &Scope<'d>, paths: &mut HashSet<PathBuf>) -> Option<Service> {
    let name = reader.read_in(scope, keys::SERVICE_NAME, name);
    let reload = reader.read_in(scope, keys::SERVICE_RELOAD, texts);
    if reload.as_ref().and_then(|reload| reload.first()).is_some_and(String::is_empty) {
        let found = "a command that names no program".to_owned();
        reader.refuse_in(scope, keys::SERVICE_RELOAD, found, "Name the program first.");
    }
    let reload_limit = reader.read_in(scope, keys::SERVICE_RELOAD_SECONDS, seconds);
    let scopes = reader.scopes_in(scope, keys::SERVICE_FILE);
    if scopes.is_empty() {
        let remedy = "Add a table [[service.file]]; without one there is nothing to give it.";
        reader.refuse_in(scope, keys::SERVICE_FILE, "none".to_owned(), remedy);
    }
    let mut files = Vec::new();
    for scope in scopes {
        let Some(file) = file(reader, &scope) else { continue };
        if !paths.insert(file.path.clone()) {
            let found = format!("{}, which is written twice", file.path.display());
            reader.refuse_in(&scope, keys::FILE_PATH, found, "Name another file, or leave one of the two out.");
        }
        files.push(file);
    }
    let probe = reader.scope_in(scope, "probe").map(|scope| probe(reader, &scope));
    Some(Service {
        name: name?,
        files,
        reload: reload.unwrap_or_default().into_iter().map(OsString::from).collect(),
        reload_limit: reload_limit?,
        probe: match probe {
            None => None,
            Some(probe) => Some(probe?),
        },
    })
}

fn file<'d>(reader: &mut Reader<'d>, scope: &Scope<'d>) -> Option<ServiceFile> {
    let path = reader.path_in(scope, keys::FILE_PATH);
    let content = reader.read_in(scope, keys::FILE_CONTENT, content);
    let owner = reader.read_in(scope, keys::FILE_OWNER, text);
    let mode = reader.read_in(scope, keys::FILE_MODE, mode);
    let (path, content) = (path?, content?);
    let mode = mode.unwrap_or(if content.is_secret() { 0o600 } else { 0o644 });
    if content.is_secret() && mode & 0o007 != 0 {
        let found = format!("{mode:04o}, which lets everybody at the private key in {}", path.display());
        reader.refuse_in(scope, keys::FILE_MODE, found, "Give it a group by `owner`, and mode \"0640\".");
    }
    if path.file_name().is_none() {
        let found = format!("{}, which is not the path of a file", path.display());
        reader.refuse_in(scope, keys::FILE_PATH, found, "Name a file in that folder.");
    }
    Some(ServiceFile { path, content, owner, mode })
}

fn probe<'d>(reader: &mut Reader<'d>, scope: &Scope<'d>) -> Option<Probe> {
    let address = reader.read_in(scope, keys::PROBE_ADDRESS, host_and_port);
    let server_name = reader.read_in(scope, keys::PROBE_SERVER_NAME, text);
    let limit = reader.read_in(scope, keys::PROBE_SECONDS, seconds);
    let (host, port) = address?;
    Some(Probe { host, port, server_name: server_name?, limit: limit? })
}

fn name(value: &DeValue<'_>) -> Option<String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    text(value).filter(|name| name.len() <= NAME_CHARACTERS && name.chars().all(plain))
}

fn content(value: &DeValue<'_>) -> Option<Content> {
    let word = value.as_str()?;
    Content::ALL.into_iter().find(|content| content.as_str() == word)
}

fn mode(value: &DeValue<'_>) -> Option<u32> {
    u32::from_str_radix(value.as_str()?, 8).ok().filter(|mode| *mode <= 0o777)
}

fn host_and_port(value: &DeValue<'_>) -> Option<(String, u16)> {
    let (host, port) = value.as_str()?.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() { None } else { Some((host.to_owned(), port.parse().ok()?)) }
}

fn seconds(value: &DeValue<'_>) -> Option<Duration> {
    let number = value.as_integer()?;
    let seconds = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
    (1..=MOST_SECONDS).contains(&seconds).then(|| Duration::from_secs(seconds))
}
