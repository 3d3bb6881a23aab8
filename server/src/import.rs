//! Moving in: what an appliance of the specification has in its folders, X8 or X7, found and judged before anything is
//! taken over.

use std::io;
use std::path::{Path, PathBuf};

use certway_core::show::{Object, show};
use certway_core::{Context, Kind, RepairFile, Report, Severity, Upload, Wildcards, judge, limits, repair};
use zeroize::Zeroizing;

use crate::clock;

/// Where the folder of certificates is, below what was named.
const PLACES: [&str; 4] = ["persistent/certs", "tandberg/persistent/certs", "certs", "."];
/// The specification's advice on an unsubmitted request of X7.
const OLD_REQUEST: &str = "an unsubmitted certificate signing request of X7 is not taken over: discard it, and generate it anew after the move";

/// What was found. Files that are not there are absent.
pub(crate) struct Found {
    pub(crate) folder: PathBuf,
    pub(crate) trusted_cas: Option<Zeroizing<Vec<u8>>>,
    pub(crate) certificate: Option<Zeroizing<Vec<u8>>>,
    pub(crate) private_key: Option<Zeroizing<Vec<u8>>>,
    pub(crate) request: Option<Request>,
    has_old_request: bool,
}

/// A request in progress and its key.
pub(crate) struct Request {
    pub(crate) pem: String,
    /// PKCS#8 DER.
    pub(crate) key: Zeroizing<Vec<u8>>,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No folder of the layout.
    #[error("{} has none of persistent/certs/server.pem, privkey.pem, ca.pem and generated_csr. Nothing was changed", .0.display())]
    NothingThere(PathBuf),
    /// A file cannot be read.
    #[error("{} cannot be read. Nothing was changed", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
}

/// One line of the plan.
pub(crate) struct Line {
    pub(crate) file: &'static str,
    pub(crate) what: String,
    /// Whether it stands against the whole import.
    pub(crate) refused: bool,
}

impl Found {
    /// Looks below `folder`.
    pub(crate) fn look(folder: &Path) -> Result<Self, Error> {
        let certs = PLACES.iter().map(|place| folder.join(place)).find(|certs| {
            ["server.pem", "ca.pem", "generated_csr", "csr.pem"].iter().any(|name| certs.join(name).exists())
        });
        let certs = certs.ok_or_else(|| Error::NothingThere(folder.into()))?;
        let read = |name: &str| -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
            let path = certs.join(name);
            match std::fs::read(&path) {
                Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::Unreadable(path, error)),
            }
        };
        let request = read("generated_csr/csr.pem")?.zip(read("generated_csr/privkey.pem")?);
        Ok(Self {
            trusted_cas: read("ca.pem")?,
            certificate: read("server.pem")?,
            private_key: read("privkey.pem")?,
            request: request.and_then(|(request, key)| Request::of(&request, &key)),
            has_old_request: certs.join("csr.pem").exists() || certs.join("privkey_csr.pem").exists(),
            folder: certs,
        })
    }

    /// What would be taken over by a node with the trusted CA list `trusted` and perhaps a request in progress.
    pub(crate) fn plan(&self, trusted: &[&[u8]], has_request: bool, wildcards: Wildcards) -> Vec<Line> {
        let context = Context { trusted_cas: Some(trusted), wildcards, ..Context::at(clock::now()) };
        let mut lines = Vec::new();
        let mut then_trusted = trusted.to_vec();
        if let Some(file) = &self.trusted_cas {
            let report = judge(&Upload::of(Kind::TrustedCa, file), &context);
            let change = report.trusted_cas.as_ref();
            let (added, known) = change.map_or((0, 0), |change| (change.added, change.known));
            lines.push(line("ca.pem", &report, &format!("{added} CA certificates are appended, {known} are known")));
            then_trusted.push(file);
        }
        if let Some(file) = &self.certificate {
            let private_key = self.private_key.as_ref().map(|key| key.as_slice());
            let upload = Upload { private_key, ..Upload::of(Kind::ServerCertificate, file) };
            let report = judge(&upload, &Context { trusted_cas: Some(&then_trusted), ..context });
            let loaded = if report.loadable { "loaded at once" } else { "stored, and loaded when its CA is trusted" };
            let leaf = report.leaf.and_then(|leaf| report.certificates.get(leaf));
            let name = leaf.map(|leaf| leaf.subject.clone()).unwrap_or_default();
            lines.push(line("server.pem", &report, &format!("{name} is {loaded}")));
        }
        match &self.request {
            Some(_) if has_request => lines.push(Line {
                file: "generated_csr",
                what: "the node has a certificate signing request in progress; complete or discard it first".into(),
                refused: true,
            }),
            Some(_) => lines.push(Line {
                file: "generated_csr",
                what: "the certificate signing request goes on with its key".into(),
                refused: false,
            }),
            None if self.folder.join("generated_csr/csr.pem").exists() => lines.push(Line {
                file: "generated_csr",
                what: "the request has no key that fits it and can be read; it is not taken over: generate it anew"
                    .into(),
                refused: false,
            }),
            None => {}
        }
        if self.has_old_request {
            lines.push(Line { file: "csr.pem", what: OLD_REQUEST.into(), refused: false });
        }
        lines
    }
}

fn line(file: &'static str, report: &Report, accepted: &str) -> Line {
    let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|finding| finding.message.to_string()).collect();
    if errors.is_empty() {
        Line { file, what: accepted.to_owned(), refused: false }
    } else {
        Line { file, what: errors.join("; "), refused: true }
    }
}

impl Request {
    /// A request and its key, in whatever form of PEM, if they belong together.
    fn of(request: &[u8], key: &[u8]) -> Option<Self> {
        if request.len() > limits::CERTIFICATE_BYTES || key.len() > limits::KEY_BYTES {
            return None;
        }
        let files = [RepairFile { name: "csr.pem", bytes: request }, RepairFile { name: "privkey.pem", bytes: key }];
        let repaired = repair(&files, None, &Context::at(clock::now()));
        let (request, key) = (repaired.csr?.pem, repaired.private_key?.pem);
        let public = |pem: &str| {
            show(pem.as_bytes()).ok()?.into_iter().find_map(|item| match item.object {
                Object::Request(request) => Some(request.public_key.fingerprint_sha256),
                Object::PrivateKey(key) => Some(key.public_key.fingerprint_sha256),
                _ => None,
            })
        };
        if public(&request)? != public(&key)? {
            return None;
        }
        let der = pem_rfc7468::decode_vec(key.as_bytes()).ok()?.1;
        Some(Self { pem: request.to_string(), key: Zeroizing::new(der) })
    }
}
