//! Files of a node that were changed behind its back: it never panics, notices what was done to keys, trust, users and
//! settings, and opens no door.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use certway_core::SecurityLevel;
use certway_wire::sign_in::{SignInMode, SignInSettings};
use certway_wire::users::Role;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::Error;
use super::sign_in_rules::SignInSetting;
use super::{App, TERMINAL};
use crate::config::{Config, Overrides};
use crate::draw::Draw;
use crate::import::Found;
use crate::store::{Entry, Identity, Token};
use crate::{clock, node};

/// How many times the files are changed; a campaign names more.
fn trials() -> u64 {
    std::env::var("CERTWAY_DAMAGE").ok().and_then(|number| number.parse().ok()).unwrap_or(1000)
}

pub(super) fn config(data_dir: &Path) -> Config {
    Config::read(None, Overrides { data_dir: Some(data_dir.into()), ..Overrides::default() }).unwrap()
}

/// A node, stopped, in a folder that goes with it.
pub(super) fn a_node() -> (tempfile::TempDir, App) {
    let sound = Sound::new();
    let app = node::open_stopped(&config(&sound.folder.path().join("data"))).unwrap();
    (sound.folder, app)
}

/// A node with something to lose, stopped: the files of its data directory.
pub(super) struct Sound {
    folder: tempfile::TempDir,
    files: Vec<(&'static str, Vec<u8>)>,
    pub(super) seen: Seen,
}

/// What opens doors, as a node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    trusted: Vec<String>,
    administrator: Option<Value>,
    others: bool,
    pub(super) tokens: Vec<Value>,
    served: (String, Option<Vec<u8>>),
    client: String,
    pub(super) request: Option<(String, bool)>,
    pub(super) mode: SignInMode,
    pub(super) level: SecurityLevel,
}

impl Seen {
    pub(super) fn of(app: &App) -> Result<Self, Error> {
        let store = app.store();
        let slots = store.slots(Identity::Server)?;
        Ok(Self {
            trusted: app.trust.load().fingerprints().map(ToOwned::to_owned).collect(),
            administrator: store.user("admin")?.map(|user| json!(user)),
            others: store.users()?.iter().any(|user| user.name != "admin"),
            tokens: store.tokens()?.iter().map(|token| json!(token)).collect(),
            served: (slots.active.served_pem, slots.active.key.map(|key| key.to_vec())),
            client: store.slots(Identity::Client)?.active.served_pem,
            request: store.csr()?.map(|csr| (csr.request_pem, csr.key.is_some())),
            mode: app.sign_in_settings().mode,
            level: app.security_level(),
        })
    }

    /// Whether somebody gets in, or something counts, that did not before.
    fn opens_a_door(&self, sound: &Self) -> bool {
        let trusts_another = self.trusted.iter().any(|ca| !sound.trusted.contains(ca));
        let lets_another_in = self.others || self.administrator.is_some() && self.administrator != sound.administrator;
        let lets_another_program_in = self.tokens.iter().any(|token| !sound.tokens.contains(token));
        trusts_another || lets_another_in || lets_another_program_in || self.mode != sound.mode
    }
}

impl Sound {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join("certs");
        fs::create_dir(&certs).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Root");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(params, key);
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["node.example.com".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "node.example.com");
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = params.signed_by(&key, &issuer).unwrap();
        for (name, text) in [("ca.pem", root.pem()), ("server.pem", leaf.pem()), ("privkey.pem", key.serialize_pem())] {
            fs::write(certs.join(name), text).unwrap();
        }
        let data = folder.path().join("data");
        let config = config(&data);
        node::import(&config, &Found::look(folder.path()).unwrap()).unwrap();
        let app = node::open_stopped(&config).unwrap();
        app.make_csr(
            TERMINAL,
            &certway_wire::node::NewCsr { common_name: "next.example.com".into(), ..Default::default() },
        )
        .unwrap();
        app.set_security_level(TERMINAL, certway_wire::security::SecurityLevel::High).unwrap();
        let settings = SignInSettings { mode: SignInMode::Validation, ..SignInSettings::default() };
        let setting: SignInSetting = serde_json::from_value(json!({ "settings": settings, "trial": null })).unwrap();
        let named = ("00".to_owned(), vec![1; 32]);
        let token = Token::new(named, "admin", "one".into(), Role::Auditor, (clock::now(), clock::now()));
        let set = |change: &crate::store::Change<'_>| {
            change.add_token(&token)?;
            Ok((change.set(&setting)?, Entry::new("sign-in-set", "validation")))
        };
        app.store().change::<_, Error>(clock::now(), TERMINAL, set).unwrap();
        drop(app);
        let app = node::open_stopped(&config).unwrap();
        let seen = Seen::of(&app).unwrap();
        assert_eq!(alarms_of_damage(&app), Vec::<String>::new());
        drop(app);
        let files = ["certway.db", "node.key"].map(|name| (name, fs::read(data.join(name)).unwrap())).into();
        assert!(!data.join("certway.db-wal").exists());
        Self { folder, files, seen }
    }

    /// The files as they were, in a data directory of their own.
    pub(super) fn copy(&self) -> tempfile::TempDir {
        let own = fs::Permissions::from_mode(0o700);
        let copy = tempfile::Builder::new().permissions(own).tempdir_in(self.folder.path()).unwrap();
        for (name, bytes) in &self.files {
            write(&copy.path().join(name), bytes);
        }
        copy
    }

    /// What comes of a data directory: what was noticed, or why this was not.
    fn looked_at(&self, data: &Path) -> Result<String, String> {
        let opened = catch_unwind(AssertUnwindSafe(|| node::open_stopped(&config(data))));
        let app = match opened {
            Err(_) => return Err("it panics".to_owned()),
            Ok(Err(error)) => return Ok(format!("it does not start: {error}")),
            Ok(Ok(app)) => app,
        };
        let looked = catch_unwind(AssertUnwindSafe(|| (Seen::of(&app), alarms_of_damage(&app))));
        let (seen, alarms) = match looked {
            Err(_) => return Err("it panics when it is asked".to_owned()),
            Ok((Err(error), _)) => return Ok(format!("it answers with an error: {error}")),
            Ok((Ok(seen), alarms)) => (seen, alarms),
        };
        if seen.opens_a_door(&self.seen) {
            return Err(format!("a door is open: {seen:?}"));
        }
        match (seen == self.seen, alarms.is_empty()) {
            (false, true) => Err(format!("not noticed: {seen:?}")),
            (_, false) => Ok(alarms.join(" ")),
            (true, true) => Ok("nothing that counts".to_owned()),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

pub(super) fn alarms_of_damage(app: &App) -> Vec<String> {
    let Ok(alarms) = app.alarms() else { return vec!["damaged alarms".to_owned()] };
    let alarms = alarms.into_iter().map(|alarm| alarm.id);
    alarms.filter(|id| ["changed", "damaged"].iter().any(|word| id.contains(word))).collect()
}

const PAGE: usize = 4096;

/// One change of a file, of the eight kinds in turn. One in fifty is of the node's key.
fn damage(seed: u64, sound: &Sound, data: &Path) {
    let mut numbers = Draw::from(seed);
    let (name, bytes) = &sound.files[usize::from(numbers.index(50) == 0)];
    let mut bytes = bytes.clone();
    let at = numbers.index(bytes.len());
    let end = (at + 1 + numbers.index(64)).min(bytes.len());
    let pages = (bytes.len() / PAGE).max(1);
    let mut page = || {
        let from = numbers.index(pages) * PAGE;
        from..(from + PAGE).min(bytes.len())
    };
    match seed % 8 {
        0..=2 => bytes[at] ^= 1 << (seed / 8 % 8),
        3 => bytes[at..end].fill(0),
        4 => bytes[at..end].reverse(),
        5 => bytes.truncate(at),
        6 => {
            let (from, to) = (page(), page());
            if from.len() == to.len() {
                bytes.copy_within(from, to.start);
            }
        }
        _ => {
            let page = page();
            bytes[page].fill(0);
        }
    }
    write(&data.join(name), &bytes);
}

#[test]
fn whatever_happens_to_the_files_is_noticed_and_opens_no_door() {
    let sound = Sound::new();
    let (mut refused, mut alarmed, mut nothing) = (0, 0, 0);
    for seed in 0..trials() {
        let copy = sound.copy();
        damage(seed, &sound, copy.path());
        match sound.looked_at(copy.path()) {
            Ok(what) if what.starts_with("it does not start") => refused += 1,
            Ok(what) if what == "nothing that counts" => nothing += 1,
            Ok(_) => alarmed += 1,
            Err(why) => panic!("seed {seed}: {why}"),
        }
    }
    // What counts for nothing are pages that are free and rows of no weight.
    assert!(refused > 0 && alarmed > 0, "{refused} refused, {alarmed} with alarms, {nothing} that count for nothing");
}

/// What somebody does who can write to the file and knows what is in it.
const EDITS: &[&str] = &[
    "UPDATE users SET hash = zeroblob(32)",
    "CREATE TEMP TABLE one AS SELECT * FROM users; UPDATE one SET name = 'mallory'; INSERT INTO users SELECT * FROM one",
    "DELETE FROM users",
    "UPDATE users SET generation = generation + 1",
    "UPDATE users SET role = 'auditor'",
    "UPDATE users SET disabled = 1",
    "UPDATE users SET second_factor = zeroblob(40)",
    "UPDATE tokens SET scope = 'administrator'",
    "UPDATE tokens SET hash = zeroblob(32)",
    "UPDATE tokens SET expires_at = expires_at + 1",
    "CREATE TEMP TABLE one AS SELECT * FROM tokens; UPDATE one SET id = '01', name = 'two', hash = x'00'; INSERT INTO tokens SELECT * FROM one",
    "DELETE FROM tokens",
    "DELETE FROM trusted_cas WHERE origin = 'upload'",
    "UPDATE trusted_cas SET origin = 'default'",
    "UPDATE trusted_cas SET der = (SELECT temporary_ca FROM node) WHERE origin = 'upload'",
    "INSERT INTO trusted_cas (fingerprint, der, origin, added_at) VALUES ('00', x'3000', 'upload', 0)",
    "UPDATE node SET temporary_ca = (SELECT der FROM trusted_cas WHERE origin = 'upload')",
    "UPDATE slots SET certificate = (SELECT certificate FROM slots WHERE slot = 'temporary') WHERE slot = 'active'",
    "DELETE FROM slots WHERE slot = 'previous'",
    "UPDATE certificates SET served_pem = served_pem || served_pem",
    "UPDATE certificates SET loaded_anyway = 1",
    "UPDATE certificates SET sealed_key = zeroblob(200)",
    "UPDATE certificates SET sealed_key = (SELECT sealed_key FROM certificates WHERE origin = 'temporary')",
    "UPDATE csr SET sealed_key = zeroblob(200)",
    "DELETE FROM csr",
    "UPDATE csr SET created_at = created_at + 1",
    "INSERT INTO crls (fingerprint, scope, der, this_update, stored_at) VALUES ('00', x'', x'3000', 0, 0)",
    "UPDATE settings SET value = replace(value, 'validation', 'not-required')",
    "DELETE FROM settings",
    "UPDATE lists SET number = number - 1",
    "DELETE FROM lists",
    "DELETE FROM lists; DELETE FROM event_head; DELETE FROM events",
    "DELETE FROM node",
    "DELETE FROM node; DELETE FROM users; DELETE FROM certificates; DELETE FROM events; DELETE FROM slots",
    "UPDATE node SET key_check = zeroblob(40)",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 10",
    "PRAGMA user_version = 99",
];

#[test]
fn every_edit_by_somebody_who_knows_the_tables_is_noticed() {
    let sound = Sound::new();
    for edit in EDITS {
        let copy = sound.copy();
        let store = Connection::open(copy.path().join("certway.db")).unwrap();
        store.execute_batch(&format!("PRAGMA foreign_keys = OFF; {edit}")).unwrap();
        drop(store);
        let noticed = sound.looked_at(copy.path()).unwrap_or_else(|why| panic!("{edit}: {why}"));
        assert_ne!(noticed, "nothing that counts", "{edit}");
    }
}

#[test]
fn older_rows_that_are_put_back_are_noticed() {
    let sound = Sound::new();
    for list in ["users", "tokens", "trusted_cas"] {
        let copy = sound.copy();
        let store = Connection::open(copy.path().join("certway.db")).unwrap();
        store
            .execute_batch(&format!(
                "CREATE TABLE older AS SELECT * FROM {list}; CREATE TABLE seals AS SELECT * FROM lists"
            ))
            .unwrap();
        let app = node::open_stopped(&config(copy.path())).unwrap();
        super::set_password(&mut app.store(), &super::NewPassword::chosen("another long password").unwrap()).unwrap();
        let ca = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Another");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        app.append_trusted_cas(TERMINAL, None, params.self_signed(&ca).unwrap().pem().as_bytes()).unwrap();
        let revoke = |change: &crate::store::Change<'_>| Ok((change.remove_token("00")?, Entry::new("revoked", "")));
        app.store().change::<_, Error>(clock::now(), TERMINAL, revoke).unwrap();
        assert_eq!(alarms_of_damage(&app), Vec::<String>::new());
        drop(app);
        let back = "DELETE FROM lists; INSERT INTO lists SELECT * FROM seals";
        store.execute_batch(&format!("DELETE FROM {list}; INSERT INTO {list} SELECT * FROM older; {back}")).unwrap();
        let app = node::open_stopped(&config(copy.path())).unwrap();
        let alarm = format!("{}-changed", list.replace('_', "-"));
        assert!(alarms_of_damage(&app).contains(&alarm), "{list}: {:?}", alarms_of_damage(&app));
    }
}

/// Who has the node's key can do what the node does: such changes are what the trials above must tell from sound ones.
#[test]
fn the_trial_finds_what_is_not_noticed() {
    let sound = Sound::new();
    for edit in [
        "UPDATE users SET hash = zeroblob(32)",
        "UPDATE tokens SET scope = 'administrator'",
        "DELETE FROM trusted_cas WHERE origin = 'upload'",
        "UPDATE slots SET certificate = (SELECT certificate FROM slots WHERE slot = 'temporary') WHERE slot = 'active'",
    ] {
        let copy = sound.copy();
        let app = node::open_stopped(&config(copy.path())).unwrap();
        app.store().danger_change_unseen(edit).unwrap();
        drop(app);
        sound.looked_at(copy.path()).expect_err(edit);
    }
}
