//! The settings of the service as the page changes them: texts, compared with what is saved and written as JSON.

use certway_wire::acme::{AcmeChallenge, AcmeSettings, Weekday};

use super::super::csr::{KEYS, key_word};
use crate::dom::set_if_new;
use crate::json::{list, quoted};
use crate::signal::RwSignal;

pub(super) const DAYS: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];

/// `certway_wire::acme::AcmeSettings`, with enumerations as the words that JSON has for them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Draft {
    pub(super) provider: String,
    pub(super) directory: String,
    pub(super) ca_pem: String,
    pub(super) names: Vec<String>,
    pub(super) key: String,
    pub(super) rotate_key: bool,
    pub(super) challenge: String,
    pub(super) profile: String,
    pub(super) automatic: bool,
    /// As `DAYS` has them.
    pub(super) days: [bool; 7],
    pub(super) time: String,
    pub(super) copy_to_client: bool,
}

impl Draft {
    pub(super) fn of(saved: &AcmeSettings) -> Self {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            provider: saved.provider.clone(),
            directory: optional(&saved.directory),
            ca_pem: optional(&saved.ca_pem).trim().to_owned(),
            names: saved.names.clone(),
            key: key_word(saved.key).to_owned(),
            rotate_key: saved.rotate_key,
            challenge: challenge_word(saved.challenge).to_owned(),
            profile: optional(&saved.profile),
            automatic: saved.automatic,
            days: DAYS.map(|(word, _)| saved.deploy_days.iter().any(|day| day_word(*day) == word)),
            time: saved.deploy_time.clone(),
            copy_to_client: saved.copy_to_client,
        }
    }

    pub(super) fn json(&self) -> String {
        let optional = |text: &str| if text.is_empty() { "null".to_owned() } else { quoted(text) };
        let days = DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|((word, _), _)| quoted(word));
        let fields = [
            ("provider", quoted(&self.provider)),
            ("directory", optional(&self.directory)),
            ("ca_pem", optional(&self.ca_pem)),
            ("names", list(self.names.iter().map(|name| quoted(name)))),
            ("key", quoted(&self.key)),
            ("rotate_key", self.rotate_key.to_string()),
            ("challenge", quoted(&self.challenge)),
            ("profile", optional(&self.profile)),
            ("automatic", self.automatic.to_string()),
            ("deploy_days", list(days)),
            ("deploy_time", quoted(&self.time)),
            ("copy_to_client", self.copy_to_client.to_string()),
        ];
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// `certway_wire::acme::AcmeDirectoryQuestion`.
    pub(super) fn question(&self) -> String {
        format!(
            r#"{{"provider":{},"directory":{},"ca_pem":{}}}"#,
            quoted(&self.provider),
            quoted(&self.directory),
            quoted(&self.ca_pem)
        )
    }

    /// Whether both mean the same server.
    pub(super) fn same_provider(&self, other: &Self) -> bool {
        (&self.provider, &self.directory, &self.ca_pem) == (&other.provider, &other.directory, &other.ca_pem)
    }

    /// What of the certificate's part would be another than what is saved, in words.
    pub(super) fn changes(&self, saved: &Self) -> Vec<String> {
        let key = |word: &str| KEYS.iter().find(|(known, _)| *known == word).map_or("", |(_, name)| name);
        let or_none = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        let rows = [
            (self.names != saved.names, format!("names: {}", or_none(&self.names.join(", "), "none set"))),
            (self.key != saved.key, format!("key: {}", key(&self.key))),
            (
                self.rotate_key != saved.rotate_key,
                if self.rotate_key { "private key: a new one each time" } else { "private key: the current one again" }
                    .to_owned(),
            ),
            (self.challenge != saved.challenge, format!("challenge: {}", self.challenge)),
            (self.profile != saved.profile, format!("profile: {}", or_none(&self.profile, "the provider's default"))),
            ((self.automatic, &self.days, &self.time) != (saved.automatic, &saved.days, &saved.time), self.schedule()),
            (
                self.copy_to_client != saved.copy_to_client,
                if self.copy_to_client { "client certificate: a copy" } else { "client certificate: no copy" }
                    .to_owned(),
            ),
        ];
        rows.into_iter().filter(|(changed, _)| *changed).map(|(_, text)| text).collect()
    }

    fn schedule(&self) -> String {
        if !self.automatic {
            return "schedule: nothing is signed or deployed by itself".to_owned();
        }
        let days: Vec<&str> = DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|((_, name), _)| *name).collect();
        let days = if days.is_empty() { "any day".to_owned() } else { days.join(", ") };
        format!("schedule: signs by itself, and deploys on {days} at {} UTC", self.time)
    }
}

/// A field of a form, and what of the draft stands in it.
pub(super) type Field<T> = (RwSignal<T>, fn(&Draft) -> &T);

/// Fills a field with what is saved now, unless it was typed into: unless it has something else than `held`.
pub(super) fn fill<T: Clone + PartialEq + Send + Sync + 'static>(field: RwSignal<T>, held: Option<&T>, saved: &T) {
    fill_if(field, held, saved, |chosen, held| chosen == held);
}

/// The same for a text, which may have blanks around it.
pub(super) fn fill_text(field: RwSignal<String>, held: Option<&String>, saved: &String) {
    fill_if(field, held, saved, |text, held| text.trim() == held);
}

fn fill_if<T: Clone + PartialEq + Send + Sync + 'static>(
    field: RwSignal<T>,
    held: Option<&T>,
    saved: &T,
    same: fn(&T, &T) -> bool,
) {
    if held.is_none_or(|held| held != saved && field.with_untracked(|now| same(now, held))) {
        set_if_new(field, saved.clone());
    }
}

fn challenge_word(challenge: AcmeChallenge) -> &'static str {
    match challenge {
        AcmeChallenge::Http01 => "http-01",
        AcmeChallenge::TlsAlpn01 => "tls-alpn-01",
        AcmeChallenge::Dns01 => "dns-01",
    }
}

fn day_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

#[cfg(test)]
mod tests {
    use certway_wire::acme::{AcmeChallenge, AcmeSettings, Weekday};
    use certway_wire::node::KeyKind;

    use super::Draft;

    fn settings() -> AcmeSettings {
        AcmeSettings {
            provider: "other".to_owned(),
            directory: Some("https://ca.example.com/dir".to_owned()),
            ca_pem: Some("-----BEGIN\n\"".to_owned()),
            names: vec!["a.example.com".to_owned(), "b.example.com".to_owned()],
            key: KeyKind::Rsa3072,
            rotate_key: false,
            challenge: AcmeChallenge::TlsAlpn01,
            profile: Some("short".to_owned()),
            automatic: true,
            deploy_days: vec![Weekday::Monday, Weekday::Sunday],
            deploy_time: "04:30".to_owned(),
            copy_to_client: false,
        }
    }

    #[test]
    fn settings_are_written_as_the_node_reads_them() {
        for settings in [settings(), AcmeSettings::default()] {
            let written = Draft::of(&settings).json();
            assert_eq!(serde_json::from_str::<AcmeSettings>(&written).unwrap(), settings, "{written}");
        }
    }

    #[test]
    fn what_is_another_is_told() {
        let (saved, new) = (Draft::of(&AcmeSettings::default()), Draft::of(&settings()));
        assert_eq!(saved.changes(&saved), [""; 0]);
        assert_eq!(
            new.changes(&saved),
            [
                "names: a.example.com, b.example.com",
                "key: RSA 3072",
                "private key: the current one again",
                "challenge: tls-alpn-01",
                "profile: short",
                "schedule: signs by itself, and deploys on Monday, Sunday at 04:30 UTC",
                "client certificate: no copy",
            ]
        );
        assert_eq!(saved.changes(&new)[5], "schedule: nothing is signed or deployed by itself");
    }
}
