//! The providers that may be chosen by name: data, in `providers.toml`.

use std::sync::LazyLock;

use certway_core::decode_certificates;
use serde::Deserialize;

/// One of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) directory: String,
    pub(crate) website: String,
    /// Whether it wants an account of its own first.
    pub(crate) external_account: bool,
    /// The CAs that its certificates end in, PEM.
    #[serde(default)]
    roots: String,
}

#[derive(Deserialize, Default)]
struct File {
    provider: Vec<Provider>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    let read = toml::from_str(include_str!("providers.toml"));
    // A test reads it, so it is whole.
    read.inspect_err(|error| tracing::error!(%error, "the list of ACME providers cannot be read")).unwrap_or_default()
});

/// All of them, in the order of the file.
pub(crate) fn providers() -> &'static [Provider] {
    &FILE.provider
}

/// The roots of all of them, DER with their subjects.
pub(crate) fn roots() -> Vec<(Vec<u8>, certway_core::decoded::Certificate)> {
    providers().iter().flat_map(|provider| decode_certificates(provider.roots.as_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        let file: File = toml::from_str(include_str!("providers.toml")).unwrap();
        assert_eq!(
            file.provider.iter().map(|provider| provider.id.as_str()).collect::<Vec<_>>(),
            ["lets-encrypt", "lets-encrypt-staging", "zerossl", "google"]
        );
        for provider in &file.provider {
            crate::fetch::url(&provider.directory).unwrap();
            assert!(provider.directory.starts_with("https://"), "{}", provider.directory);
            let blocks = provider.roots.matches("-----BEGIN CERTIFICATE-----").count();
            let roots = decode_certificates(provider.roots.as_bytes());
            assert_eq!(roots.len(), blocks);
            assert!(roots.iter().all(|(_, root)| root.is_ca && root.self_issued), "{}", provider.id);
        }
        assert_eq!(roots().len(), 10);
    }
}
