//! What keys take, out of what stands in the file. `None`: it is something else.

use std::net::SocketAddr;

use certway_core::{Wildcards, is_fqdn};
use toml::de::DeValue;
use tracing_subscriber::filter::LevelFilter;

use crate::app::is_address;
use crate::seal::KeySource;

pub(super) fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

pub(super) fn some_texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    texts(value).filter(|texts| !texts.is_empty())
}

pub(super) fn address(value: &DeValue<'_>) -> Option<SocketAddr> {
    value.as_str()?.parse().ok()
}

pub(super) fn host_and_port(value: &DeValue<'_>) -> Option<String> {
    text(value).filter(|text| is_address(text))
}

pub(super) fn name(value: &DeValue<'_>) -> Option<String> {
    text(value).filter(|text| is_fqdn(text))
}

pub(super) fn wildcards(value: &DeValue<'_>) -> Option<Wildcards> {
    match value.as_str()? {
        "refuse" => Some(Wildcards::Refuse),
        "warn" => Some(Wildcards::Warn),
        _ => None,
    }
}

pub(super) fn key_source(value: &DeValue<'_>) -> Option<KeySource> {
    match value.as_str()? {
        "file" => Some(KeySource::File),
        "credential" => Some(KeySource::Credential),
        "passphrase" => Some(KeySource::Passphrase),
        _ => None,
    }
}

pub(super) fn level(value: &DeValue<'_>) -> Option<LevelFilter> {
    match value.as_str()? {
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" => Some(LevelFilter::TRACE),
        _ => None,
    }
}
