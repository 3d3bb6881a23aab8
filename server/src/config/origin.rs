//! Where values come from, what is in force, and what stands against it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// Where systemd puts credentials.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// What the variables of keys begin with.
pub(super) const PREFIX: &str = "CERTWAY_";
/// Names the configuration file, if no option does; it is no key.
pub(super) const CONFIG: &str = "CERTWAY_CONFIG";

/// The environment, as far as it is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own. An empty variable counts as none: that is how containers leave one out.
    pub(crate) fn of_the_process() -> Self {
        let all =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        all.collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Variables that are called as if they were for us.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| name.starts_with(PREFIX))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(all: I) -> Self {
        let looked_at = |name: &str| name.starts_with(PREFIX) || name == CREDENTIALS;
        Self(all.into_iter().filter(|(name, value)| looked_at(name) && !value.is_empty()).collect())
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// This line of the file.
    Line(usize),
    /// This variable.
    Environment(String),
    /// This option.
    Option(&'static str),
    /// This systemd credential.
    Credential(&'static str),
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Option(option) => write!(f, "option {option}"),
            Self::Credential(name) => write!(f, "credential {name}"),
        }
    }
}

/// Something that stands against the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it stands.
    pub(crate) origin: Origin,
    /// The key; what cannot be read as TOML has none.
    pub(crate) key: String,
    pub(crate) found: String,
    pub(crate) wanted: String,
    pub(crate) remedy: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, found, wanted, remedy } = self;
        let key = if key.is_empty() { String::new() } else { format!(", `{key}`") };
        write!(f, "{origin}{key}: found {found}; wanted {wanted}. {remedy}")
    }
}

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) origin: Origin,
}
