//! Every alarm is explained in the handbook, in a section that bears its id: the page leads there.

const CHAPTER: &str = include_str!("../../../../docs/handbook/alarms.md");

/// Whether the handbook has a section about an alarm.
pub(super) fn is_explained(id: &str) -> bool {
    sections().any(|section| match name(section) {
        Some(beginning) => id.starts_with(beginning),
        None => id == section,
    })
}

/// The ids in the headings.
fn sections() -> impl Iterator<Item = &'static str> {
    let headings = CHAPTER.lines().filter(|line| line.starts_with("### "));
    headings.flat_map(|heading| heading.split('`').skip(1).step_by(2))
}

/// What comes before the name in the id of an alarm about one of several things: `service-failed-` of `service-failed-NAME`.
fn name(section: &str) -> Option<&str> {
    let beginning = section.trim_end_matches(|character: char| character.is_ascii_uppercase());
    (beginning != section).then_some(beginning)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use certway_core::{Severity, catalogue};

    use super::{is_explained, name, sections};

    /// All of the node's own code but its tests, as text.
    fn code() -> String {
        let mut code = String::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("explained.rs") && !path.ends_with("tests.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    code += text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                }
            }
        }
        code
    }

    /// The ids of the rules that raise an alarm, for both certificates.
    fn of_rules() -> Vec<String> {
        let rules = catalogue().iter().filter(|rule| rule.alarm && rule.severity != Severity::Error);
        rules.flat_map(|rule| [rule.id.to_owned(), format!("client-{}", rule.id)]).collect()
    }

    #[test]
    fn every_alarm_of_the_code_is_in_the_handbook() {
        for id in of_rules() {
            assert!(is_explained(&id), "docs/handbook/alarms.md lacks {id}");
        }
        let code = code();
        let calls = code.split("alarm(").skip(1).map(|rest| rest.trim_start().trim_start_matches("&format!("));
        let ids: Vec<&str> = calls.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).collect();
        assert!(ids.len() > 10, "alarms are made in another way: {ids:?}");
        for id in ids {
            let id = id.replace("{name}", "x").replace("{node}", "x").replace("{}", "x");
            assert!(is_explained(&id), "docs/handbook/alarms.md lacks {id}");
        }
    }

    #[test]
    fn every_alarm_of_the_handbook_is_in_the_code() {
        let (code, of_rules) = (code(), of_rules());
        for section in sections() {
            let written = match name(section) {
                Some(beginning) => format!("\"{beginning}{{"),
                None => format!("\"{section}\""),
            };
            assert!(
                code.contains(&written) || of_rules.iter().any(|id| id == section),
                "no code raises {section}, which docs/handbook/alarms.md explains"
            );
        }
    }
}
