//! Text output for people: colour only on a terminal, one fact a line.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use certway_wire::{Certificate, PathLink, PublicKey};

/// Text that is put together first and written at once.
pub(super) struct Page {
    text: String,
    colour: bool,
}

/// What a word means; it decides its colour.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    Bad,
    Warning,
    Advice,
    Good,
    Quiet,
    Heading,
}

impl Page {
    /// A page for standard output. `NO_COLOR` in the environment turns colour off, as everywhere.
    pub(super) fn new() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { text: String::new(), colour }
    }

    /// A line.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// `name  value`, aligned; nothing for an empty value.
    pub(super) fn field(&mut self, name: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            let name = self.paint(Tone::Quiet, &format!("{name:<12}"));
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "    {name} {value}");
        }
    }

    /// A word in the colour of its meaning.
    pub(super) fn paint(&self, tone: Tone, word: &str) -> String {
        if !self.colour {
            return word.to_owned();
        }
        let code = match tone {
            Tone::Bad => "1;31",
            Tone::Warning => "33",
            Tone::Advice => "36",
            Tone::Good => "32",
            Tone::Quiet => "2",
            Tone::Heading => "1",
        };
        format!("\x1b[{code}m{word}\x1b[0m")
    }

    /// The page as text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes the page to standard output. A reader that has gone (`| head`) is no error.
    pub(super) fn print(self) {
        let _ = std::io::stdout().lock().write_all(self.text.as_bytes());
    }
}

/// Prints an answer as JSON, one line.
pub(super) fn print_json(answer: &impl serde::Serialize) {
    // These types have string keys only, so they always serialise.
    let mut json = serde_json::to_vec(answer).unwrap_or_default();
    json.push(b'\n');
    let _ = std::io::stdout().lock().write_all(&json);
}

/// A certificate, decoded: what a person needs first, then the rest.
pub(super) fn certificate(page: &mut Page, certificate: &Certificate) {
    page.field("Subject", &certificate.subject);
    let names = certificate.alternative_names.iter();
    let names: Vec<String> = names.map(|name| format!("{} ({})", name.value, name.kind)).collect();
    page.field("Names", names.join(", "));
    page.field("Issuer", &certificate.issuer);
    page.field("Valid", format!("{} to {}", certificate.not_before, certificate.not_after));
    page.field("Key", public_key(&certificate.public_key));
    page.field("Signature", &certificate.signature_algorithm);
    page.field("CA", ca(certificate));
    page.field("Key usage", certificate.key_usage.as_deref().unwrap_or_default().join(", "));
    page.field("Extended", certificate.extended_key_usage.as_deref().unwrap_or_default().join(", "));
    page.field("Serial", &certificate.serial);
    page.field("Key id", certificate.subject_key_id.as_deref().unwrap_or_default());
    page.field("Issuer id", certificate.authority_key_id.as_deref().unwrap_or_default());
    page.field("OCSP", certificate.ocsp_urls.join(", "));
    page.field("Issuer at", certificate.ca_issuer_urls.join(", "));
    page.field("CRL at", certificate.crl_urls.join(", "));
    for extension in certificate.extensions.iter().filter(|extension| !extension.value.is_empty()) {
        let critical = if extension.critical { ", critical" } else { "" };
        page.field("Extension", format!("{}{critical}: {}", extension.name, extension.value));
    }
    page.field("SHA-256", &certificate.fingerprint_sha256);
    page.field("SHA-1", &certificate.fingerprint_sha1);
}

fn ca(certificate: &Certificate) -> String {
    match (certificate.is_ca, certificate.path_length) {
        (false, _) => "no".to_owned(),
        (true, None) => "yes".to_owned(),
        (true, Some(length)) => format!("yes, with at most {length} CAs below it"),
    }
}

/// A public key in words: `RSA 2048 bits`.
pub(super) fn public_key(key: &PublicKey) -> String {
    let bits = if key.bits > 0 { format!(" {} bits", key.bits) } else { String::new() };
    format!("{}{bits}, SHA-256 {}", key.algorithm, key.fingerprint_sha256)
}

/// The path as a picture, the root on top as trees are drawn in reverse: leaf first, each issuer beneath.
pub(super) fn path(page: &mut Page, path: &[PathLink]) {
    for (depth, link) in path.iter().enumerate() {
        let indent = "   ".repeat(depth);
        let arrow = if depth == 0 { "" } else { "└─ " };
        let state = match link.origin.as_str() {
            "missing" => page.paint(Tone::Bad, "missing"),
            "root" if link.problems.is_empty() => page.paint(Tone::Good, "trusted root"),
            "trusted_list" if link.problems.is_empty() => page.paint(Tone::Good, "from the trusted CA list"),
            _ if link.problems.is_empty() => page.paint(Tone::Good, "from the file"),
            _ => page.paint(Tone::Bad, "not sound"),
        };
        page.line(format!("    {indent}{arrow}{} [{state}]", link.subject));
        for problem in &link.problems {
            page.line(format!("    {indent}   ! {problem}"));
        }
        if let Some(id) = &link.key_id {
            page.line(format!("    {indent}   key identifier {id}"));
        }
        for url in &link.ca_issuer_urls {
            page.line(format!("    {indent}   published at {url}"));
        }
    }
}
