//! `certway show`: decodes anything it recognises.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use certway_core::pem;
use certway_core::show::{Item, Object, show};
use certway_wire::{AlternativeName, Certificate, Crl, PrivateKey, PublicKey, Request};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::input::read;
use super::text::{Page, Tone, certificate, print_json, public_key};

/// Decode certificates, keys (public facts only), requests, revocation lists and bundles.
///
/// Exit status: 0 decoded, 2 not decodable, 64 usage, 66 the file cannot be read.
#[derive(Args)]
pub(super) struct Show {
    /// Text for people, JSON for programs, or the certificates, requests and lists as clean PEM.
    #[arg(long, value_enum, default_value_t)]
    format: ShowFormat,
    /// The file, PEM or DER; - is standard input.
    file: PathBuf,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ShowFormat {
    #[default]
    Text,
    Json,
    Pem,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Shown {
    version: u32,
    items: Vec<ShownItem>,
}

#[derive(Serialize)]
struct ShownItem {
    /// The line of its `-----BEGIN`, from 1; 0 for DER.
    line: u32,
    #[serde(flatten)]
    object: ShownObject,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ShownObject {
    Certificate(Box<Certificate>),
    PrivateKey(PrivateKey),
    PublicKey(PublicKey),
    Request(Request),
    Crl(Crl),
    Unreadable(String),
}

impl From<Item> for ShownItem {
    fn from(item: Item) -> Self {
        let object = match item.object {
            Object::Certificate(certificate) => ShownObject::Certificate(Box::new(Certificate::from(&*certificate))),
            Object::PrivateKey(key) => ShownObject::PrivateKey(PrivateKey::from(&key)),
            Object::PublicKey(key) => ShownObject::PublicKey(PublicKey::from(&key)),
            Object::Request(request) => ShownObject::Request(Request::from(&request)),
            Object::Crl(crl) => ShownObject::Crl(Crl::from(&crl)),
            Object::Unreadable(why) => ShownObject::Unreadable(why),
        };
        Self { line: item.line, object }
    }
}

impl Show {
    pub(super) fn run(self) -> ExitCode {
        let file = match read(&self.file) {
            Ok(file) => file,
            Err(unreadable) => return unreadable.report(),
        };
        let items = match show(&file) {
            Ok(items) => items,
            Err(why) => {
                // A closed standard error is no reason to fail in another way.
                let _ = writeln!(std::io::stderr(), "certway: {} cannot be decoded: {why}", self.file.display());
                return ExitCode::from(2);
            }
        };
        let readable = items.iter().any(|item| !matches!(item.object, Object::Unreadable(_)));
        match self.format {
            ShowFormat::Pem => print_pem(&items),
            ShowFormat::Json => {
                let items = items.into_iter().map(ShownItem::from).collect();
                print_json(&Shown { version: certway_wire::VERSION, items });
            }
            ShowFormat::Text => print_text(items),
        }
        if readable { ExitCode::SUCCESS } else { ExitCode::from(2) }
    }
}

fn print_pem(items: &[Item]) {
    let mut text = String::new();
    for item in items.iter().filter(|item| !item.der.is_empty()) {
        let label = match item.object {
            Object::Certificate(_) => "CERTIFICATE",
            Object::PublicKey(_) => "PUBLIC KEY",
            Object::Request(_) => "CERTIFICATE REQUEST",
            Object::Crl(_) => "X509 CRL",
            Object::PrivateKey(_) | Object::Unreadable(_) => continue,
        };
        text.push_str(&pem::encode(label, &item.der));
    }
    // A reader that has gone (`| head`) is no error.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn print_text(items: Vec<Item>) {
    let mut page = Page::new();
    for (position, item) in items.into_iter().map(ShownItem::from).enumerate() {
        if position > 0 {
            page.line("");
        }
        let place = if item.line > 0 { format!(", line {}", item.line) } else { String::new() };
        let title = page.paint(Tone::Heading, &format!("{}. {}", position + 1, item.object.title()));
        page.line(format!("{title}{place}"));
        item.object.print(&mut page);
    }
    page.print();
}

impl ShownObject {
    fn title(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "Certificate",
            Self::PrivateKey(_) => "Private key (public facts only)",
            Self::PublicKey(_) => "Public key",
            Self::Request(_) => "Certificate signing request",
            Self::Crl(_) => "Certificate revocation list",
            Self::Unreadable(_) => "Not decoded",
        }
    }

    fn print(&self, page: &mut Page) {
        match self {
            Self::Certificate(decoded) => certificate(page, decoded),
            Self::PublicKey(key) => page.field("Key", public_key(key)),
            Self::PrivateKey(key) => {
                page.field("Key", public_key(&key.public_key));
                page.field("Form", &key.format);
            }
            Self::Request(request) => {
                page.field("Subject", &request.subject);
                page.field("Names", names(&request.alternative_names));
                page.field("Key", public_key(&request.public_key));
                page.field("Signature", &request.signature_algorithm);
            }
            Self::Crl(crl) => {
                page.field("Issuer", &crl.issuer);
                page.field("Made", &crl.this_update);
                page.field("Next", crl.next_update.as_deref().unwrap_or("not stated"));
                page.field("Revokes", format!("{} certificates", crl.revoked));
                page.field("Number", crl.number.as_deref().unwrap_or_default());
                page.field("Signature", &crl.signature_algorithm);
            }
            Self::Unreadable(why) => page.field("Why", why),
        }
    }
}

fn names(names: &[AlternativeName]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{} ({})", name.value, name.kind)).collect();
    names.join(", ")
}
