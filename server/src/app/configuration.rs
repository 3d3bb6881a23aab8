//! The configuration file as it was when the node started, and whether it says something else by now.

use toml::Table;

use super::App;
use super::alarms::alarm;
use crate::config::{self, Environment, Overrides};
use crate::store::Alarm;

impl App {
    /// The alarm of a configuration that counts from the next start only.
    pub(super) fn restart_due(&self) -> Option<Alarm> {
        const FAULTY: &str = "The configuration file was changed since the node started, and the node would not start with what it says now.";
        let started_with = self.config_file.as_ref()?;
        let text = std::fs::read_to_string(&started_with.path).ok();
        if text.as_ref() == Some(&started_with.text) {
            return None;
        }
        let looked_at =
            config::look_to_start(Some(&started_with.path), Overrides::default(), &Environment::of_the_process());
        let is_sound = looked_at.is_ok_and(|looked_at| looked_at.faults.is_empty());
        let (Some(text), true) = (text, is_sound) else {
            let remedy = "Run `certway config check` with this file: it says what stands against it, and where.";
            return Some(alarm("restart-due", "warning", FAULTY, remedy));
        };
        let changed = changed(&started_with.text, &text);
        if changed.is_empty() {
            return None;
        }
        let keys = changed.join(", ");
        let message = format!(
            "The configuration file was changed since the node started: {keys}. That counts from the next start."
        );
        let remedy =
            "Restart the node when it suits: `systemctl restart certway`. Until then it serves on as it started.";
        Some(Alarm { mark: keys, ..alarm("restart-due", "notice", &message, remedy) })
    }
}

/// The keys at the top of the file whose values are others.
fn changed(before: &str, now: &str) -> Vec<String> {
    let read = |text: &str| text.parse::<Table>().unwrap_or_default();
    let (before, now) = (read(before), read(now));
    let mut keys: Vec<String> = before.keys().chain(now.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| before.get(key) != now.get(key));
    keys
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn keys_are_named_whose_values_are_others() {
        let before = "name = \"a\"\nhttp = \"0.0.0.0:80\"\n[cluster]\netcd = [\"http://127.0.0.1:1\"]\n";
        assert!(changed(before, &format!("# the same\n{before}")).is_empty());
        let now = "name = \"b\"\n[cluster]\netcd = [\"http://127.0.0.1:2\"]\n[[service]]\nname = \"s\"\n";
        assert_eq!(changed(before, now), ["cluster", "http", "name", "service"]);
    }
}
