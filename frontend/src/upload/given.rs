//! A file that a person gave to the page: dropped, chosen or pasted.

use core::sync::atomic::{AtomicU32, Ordering};

use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};
use zeroize::Zeroizing;

use super::sniff::{Content, content};

/// Larger files are read only so far: they are refused for their size by far.
const READ_BYTES: f64 = 32.0 * 1024.0 * 1024.0;
/// How much of a file is looked at to see which box it belongs in.
const SNIFFED_BYTES: u32 = 256 * 1024;

static LAST_NUMBER: AtomicU32 = AtomicU32::new(0);

/// One file. Its bytes stay JavaScript's, where they can be overwritten.
#[derive(Clone)]
pub(crate) struct Given {
    /// Tells it from all others, also from one of the same name.
    pub(crate) number: u32,
    /// The file's name, or what stands for it.
    pub(crate) name: String,
    pub(crate) bytes: Uint8Array,
    pub(crate) content: Content,
}

impl Given {
    pub(crate) fn new(name: String, bytes: Uint8Array) -> Self {
        let start = Zeroizing::new(bytes.subarray(0, bytes.length().min(SNIFFED_BYTES)).to_vec());
        let content = content(&start);
        Self { number: LAST_NUMBER.fetch_add(1, Ordering::Relaxed), name, bytes, content }
    }

    /// Reads a file that was dropped or chosen; `None` if the browser cannot read it.
    pub(crate) async fn read(file: &File) -> Option<Self> {
        let blob: &Blob = file;
        let start =
            if blob.size() > READ_BYTES { blob.slice_with_f64_and_f64(0.0, READ_BYTES).ok()? } else { blob.clone() };
        let buffer = JsFuture::from(start.array_buffer()).await.ok()?;
        Some(Self::new(file.name(), Uint8Array::new(&buffer)))
    }

    pub(crate) fn pasted(text: &str) -> Self {
        Self::new("pasted text".to_owned(), Uint8Array::from(text.as_bytes()))
    }

    /// Whether the text begins with a byte order mark (EF BB BF), over which other programs stumble.
    pub(crate) fn has_byte_order_mark(&self) -> bool {
        [0xEF, 0xBB, 0xBF]
            .into_iter()
            .zip(0..)
            .all(|(byte, at)| self.bytes.length() > at && self.bytes.get_index(at) == byte)
    }

    /// Overwrites the bytes: they may be a private key.
    pub(crate) fn forget(&self) {
        self.bytes.fill(0, 0, self.bytes.length());
    }
}
