//! The files of a judgement, each measured before it is split into blocks.

use alloc::vec::Vec;

use crate::judge::{Context, Kind, Upload};
use crate::limits;
use crate::pem;
use crate::report::Part;

/// One file.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// What it is for.
    pub(crate) part: Part,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// The most bytes it may have.
    pub(crate) limit: usize,
    /// Whether it is context rather than the upload: a list as it stands, which may be empty.
    pub(crate) is_context: bool,
    /// Whether it has more blocks than are read.
    pub(crate) has_too_many_blocks: bool,
    /// Its blocks; none if it is too large.
    pub(crate) file: pem::File<'a>,
}

impl<'a> Source<'a> {
    fn new(part: Part, bytes: &'a [u8], limit: usize) -> Self {
        let has_too_many_blocks = bytes.len() <= limit && pem::has_more_blocks(bytes, limits::BLOCKS);
        let read: &[u8] = if bytes.len() > limit || has_too_many_blocks { &[] } else { bytes };
        Self { part, bytes, limit, is_context: false, has_too_many_blocks, file: pem::split(read) }
    }

    fn context(part: Part, bytes: &'a [u8], limit: usize) -> Self {
        Self { is_context: true, ..Self::new(part, bytes, limit) }
    }

    /// Whether the file was refused for its size.
    pub(crate) fn is_too_large(&self) -> bool {
        self.bytes.len() > self.limit || self.has_too_many_blocks
    }
}

/// All files of a judgement.
#[derive(Debug)]
pub(crate) struct Inputs<'a> {
    pub(crate) main: Source<'a>,
    pub(crate) private_key: Option<Source<'a>>,
    pub(crate) certificate: Option<Source<'a>>,
    pub(crate) trusted: Option<Vec<Source<'a>>>,
    pub(crate) crls: Vec<Source<'a>>,
    pub(crate) current_key: Option<Source<'a>>,
    pub(crate) csr: Option<Source<'a>>,
}

impl<'a> Inputs<'a> {
    pub(crate) fn split(upload: &Upload<'a>, context: &Context<'a>) -> Self {
        let (part, limit) = match upload.kind {
            Kind::ServerCertificate | Kind::ClientCertificate => (Part::Certificate, limits::CERTIFICATE_BYTES),
            Kind::PrivateKey => (Part::PrivateKey, limits::KEY_BYTES),
            Kind::TrustedCa => (Part::TrustedCa, limits::CA_BUNDLE_BYTES),
            Kind::Crl => (Part::Crl, limits::CA_BUNDLE_BYTES),
        };
        let list = |part, limit| move |bytes: &&'a [u8]| Source::context(part, bytes, limit);
        Self {
            main: Source::new(part, upload.file, limit),
            private_key: upload.private_key.map(|bytes| Source::new(Part::PrivateKey, bytes, limits::KEY_BYTES)),
            certificate: upload
                .certificate
                .map(|bytes| Source::new(Part::Certificate, bytes, limits::CERTIFICATE_BYTES)),
            trusted: context
                .trusted_cas
                .map(|files| files.iter().map(list(Part::TrustedCa, limits::CA_BUNDLE_BYTES)).collect()),
            crls: context.crls.iter().map(list(Part::Crl, limits::CRLS_PEM_BYTES)).collect(),
            current_key: context
                .current_key
                .map(|bytes| Source::context(Part::PrivateKey, bytes, limits::CERTIFICATE_BYTES)),
            csr: context.csr.map(|bytes| Source::context(Part::Csr, bytes, limits::CERTIFICATE_BYTES)),
        }
    }

    /// The file that private keys are read from.
    pub(crate) fn key_source(&self, kind: Kind) -> Option<&Source<'a>> {
        if kind == Kind::PrivateKey { Some(&self.main) } else { self.private_key.as_ref() }
    }
}
