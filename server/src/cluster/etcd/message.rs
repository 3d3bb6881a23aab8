//! etcd's messages as its gateway writes them: bytes in base64, 64-bit numbers as text, and whatever is zero or empty left out.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, de};

use super::{Changed, Pair};

/// As bytes are written.
pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The first key after all that begin with `prefix`; a zero byte, for the end of all keys, if there is none.
pub(super) fn prefix_end(prefix: &str) -> Vec<u8> {
    // Text has no byte 0xff, so that the last one has a next.
    let mut end = prefix.as_bytes().to_vec();
    match end.last_mut() {
        Some(last) => *last += 1,
        None => end.push(0),
    }
    end
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Header {
    #[serde(deserialize_with = "number")]
    pub(super) revision: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct KeyValue {
    #[serde(deserialize_with = "bytes")]
    pub(super) key: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    pub(super) value: Vec<u8>,
    #[serde(deserialize_with = "number")]
    mod_revision: i64,
}

impl KeyValue {
    /// None if the key is no text.
    pub(super) fn into_pair(self) -> Option<Pair> {
        Some(Pair { key: String::from_utf8(self.key).ok()?, value: self.value, revision: self.mod_revision })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Range {
    pub(super) header: Header,
    pub(super) kvs: Vec<KeyValue>,
    pub(super) more: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Transaction {
    pub(super) header: Header,
    pub(super) succeeded: bool,
    pub(super) responses: Vec<Operation>,
}

/// Of one operation; empty for a write.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Operation {
    pub(super) response_range: Range,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Lease {
    #[serde(rename = "ID", deserialize_with = "number")]
    pub(super) id: i64,
    /// In seconds; none is left of one that is gone.
    #[serde(rename = "TTL", deserialize_with = "number")]
    pub(super) ttl: i64,
}

/// Keeping alive is a stream, of which one message is read.
#[derive(Deserialize)]
pub(super) struct LeaseKept {
    pub(super) result: Lease,
}

/// An error of gRPC, by itself or in a stream.
#[derive(Deserialize)]
pub(super) struct Status {
    #[serde(alias = "grpc_code")]
    pub(super) code: u32,
    pub(super) message: String,
}

/// What a watch says.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Streamed {
    Result(Watched),
    Error(Status),
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Watched {
    pub(super) created: bool,
    pub(super) canceled: bool,
    #[serde(deserialize_with = "number")]
    pub(super) compact_revision: i64,
    pub(super) cancel_reason: String,
    /// More of it follows, in a message of its own.
    pub(super) fragment: bool,
    pub(super) events: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Event {
    r#type: EventType,
    kv: KeyValue,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "UPPERCASE")]
enum EventType {
    #[default]
    Put,
    Delete,
}

impl Event {
    /// None if the key is no text.
    pub(super) fn into_changed(self) -> Option<Changed> {
        let pair = self.kv.into_pair()?;
        Some(match self.r#type {
            EventType::Put => Changed::Put(pair),
            EventType::Delete => Changed::Deleted { key: pair.key, revision: pair.revision },
        })
    }
}
