//! The parts of an upload, parsed and linked with each other: what the rules look at.

mod inputs;
mod keys;
mod reading;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

pub(crate) use inputs::{Inputs, Source};
pub(crate) use keys::{Keys, UploadedKey};

use crate::chain::revocation::{is_signed_by, may_sign_lists};
use crate::chain::{self, Anchors, InitialPolicies, Outcome, Pool, Profile, Revocation, Settings};
use crate::decision::{Accepted, AcceptedCas, AcceptedCertificate, AcceptedCrl, AcceptedKey, Decision};
use crate::decoded::{KeyOrigin, PrivateKey as DecodedKey, TrustedCaChange, WeakestLink};
use crate::judge::{Context, Kind, Upload, Wildcards};
use crate::limits;
use crate::parsed::certificate::Certificate;
use crate::parsed::crl::Crl;
use crate::parsed::public_key::PublicKey;
use crate::report::{Finding, Part, Place, Report};
use crate::security::{self, Requirements};
use crate::time::Time;
use crate::{decode, oid};

/// An object of a file and where it stands there.
#[derive(Debug)]
pub(crate) struct Held<T> {
    pub(crate) value: T,
    pub(crate) block: u32,
    pub(crate) line: u32,
}

/// Everything that a judgement looks at.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    pub(crate) kind: Kind,
    pub(crate) now: Time,
    pub(crate) wildcards: Wildcards,
    /// What is asked of keys, signatures and lifetimes.
    pub(crate) asked: &'static Requirements,
    /// The certificates of the judged file.
    pub(crate) certificates: Vec<Held<Certificate<'a>>>,
    /// The one that the upload is about: a position in `certificates`.
    pub(crate) leaf: Option<usize>,
    pub(crate) keys: Keys,
    /// The trusted CA list; `None` if it is not known.
    pub(crate) trusted: Option<Vec<Certificate<'a>>>,
    /// Revocation lists at hand.
    pub(crate) crls: Vec<Crl<'a>>,
    /// The revocation lists of the judged file, which may be one of trusted CAs.
    pub(crate) uploaded_crls: Vec<Held<Crl<'a>>>,
    /// The path of the leaf; `None` without a leaf or a trusted CA list.
    pub(crate) outcome: Option<Outcome>,
    /// For a CA file: positions of the certificates that are new to the list.
    pub(crate) added: Vec<usize>,
    /// How many distinct certificates the list has.
    pub(crate) listed: usize,
    /// What was found wrong while reading.
    pub(crate) faults: Vec<Finding>,
    /// Signatures of lists verified so far, and the bytes that they are over.
    list_work: Cell<(u32, usize)>,
}

impl<'a> Material<'a> {
    /// Parses what was split, and links it.
    pub(crate) fn link(inputs: &'a Inputs<'_>, upload: &Upload<'_>, context: &Context<'_>) -> Self {
        let mut faults = Vec::new();
        let mut keys = Keys::read(inputs, upload, &mut faults);
        let (mut certificates, mut uploaded_crls) = (Vec::new(), Vec::new());
        match upload.kind {
            Kind::PrivateKey => {}
            Kind::Crl => uploaded_crls = reading::crls(&inputs.main, &mut faults),
            Kind::TrustedCa => {
                certificates = reading::certificates(&inputs.main, &mut faults);
                uploaded_crls = reading::crls_among(&inputs.main, &mut faults);
            }
            _ => certificates = reading::certificates(&inputs.main, &mut faults),
        }
        keys.settle(&certificates);
        let trusted = inputs.trusted.as_ref().map(|sources| {
            let mut listed = Vec::new();
            for source in sources {
                listed.extend(reading::certificates(source, &mut faults).into_iter().map(|held| held.value));
            }
            listed
        });
        let mut crls = Vec::new();
        for source in &inputs.crls {
            crls.extend(reading::crls(source, &mut faults).into_iter().map(|held| held.value));
        }
        let mut material = Self {
            kind: upload.kind,
            now: context.now,
            wildcards: context.wildcards,
            asked: context.security_level.requirements(),
            certificates,
            leaf: None,
            keys,
            trusted,
            crls,
            uploaded_crls,
            outcome: None,
            added: Vec::new(),
            listed: 0,
            faults,
            list_work: Cell::default(),
        };
        match upload.kind {
            Kind::ServerCertificate | Kind::ClientCertificate => {
                material.leaf = material.choose_leaf();
                material.outcome = material.build_path();
            }
            Kind::TrustedCa => material.sort_out_cas(),
            Kind::PrivateKey | Kind::Crl => {}
        }
        material
    }

    /// Which file the certificates are in.
    pub(crate) fn part(&self) -> Part {
        match self.kind {
            Kind::TrustedCa => Part::TrustedCa,
            Kind::Crl => Part::Crl,
            Kind::PrivateKey => Part::PrivateKey,
            Kind::ServerCertificate | Kind::ClientCertificate => Part::Certificate,
        }
    }

    /// Where a certificate of the judged file stands.
    pub(crate) fn place(&self, position: usize) -> Place {
        match self.certificates.get(position) {
            Some(held) => Place::block(self.part(), held.block, held.line),
            None => Place::file(self.part()),
        }
    }

    /// The leaf and its place.
    pub(crate) fn leaf(&self) -> Option<(&Certificate<'a>, Place)> {
        let position = self.leaf?;
        Some((&self.certificates.get(position)?.value, self.place(position)))
    }

    /// The certificates that must be valid now: of an upload the leaf, since the path answers for the others; of CA
    /// certificates all.
    pub(crate) fn judged_for_validity(&self) -> impl Iterator<Item = (&Certificate<'a>, Place)> {
        let judged = |position| self.kind == Kind::TrustedCa || self.leaf == Some(position);
        let all = self.certificates.iter().enumerate().filter(move |(position, _)| judged(*position));
        all.map(|(position, held)| (&held.value, self.place(position)))
    }

    /// What a message about the validity of a certificate begins with.
    pub(crate) fn named(&self, certificate: &Certificate<'_>) -> String {
        match self.kind {
            Kind::TrustedCa => alloc::format!("The CA certificate '{}'", certificate.subject.text()),
            _ => String::from("The certificate"),
        }
    }

    /// The revocation lists that an upload is judged with: those uploaded, then those installed. Keys and CAs are judged
    /// without what is installed.
    pub(crate) fn judged_crls(&self) -> impl Iterator<Item = (&Crl<'a>, Place)> {
        let judged = !matches!(self.kind, Kind::PrivateKey | Kind::TrustedCa);
        let part = self.part();
        let uploaded =
            self.uploaded_crls.iter().map(move |held| (&held.value, Place::block(part, held.block, held.line)));
        let installed = self.crls.iter().map(|crl| (crl, Place::file(Part::Crl)));
        uploaded.chain(installed.filter(move |_| judged))
    }

    /// Whether a CA of the trusted CA list, as it is after the upload, signed a revocation list; `None` if that list is not
    /// known.
    pub(crate) fn recognises(&self, crl: &Crl<'_>) -> Option<bool> {
        let uploaded = self.certificates.iter().filter(|_| self.kind == Kind::TrustedCa).map(|held| &held.value);
        let trusted = self.trusted.as_ref()?.iter();
        let signed =
            |issuer: &Certificate<'_>| may_sign_lists(crl, issuer) && self.spend(crl) && is_signed_by(crl, issuer);
        Some(trusted.chain(uploaded).any(signed))
    }

    /// Takes a signature of a list out of the budget. Beyond it no list is recognised, which is the safe side.
    fn spend(&self, crl: &Crl<'_>) -> bool {
        let (signatures, bytes) = self.list_work.get();
        let spent = (signatures + 1, bytes + crl.tbs.len());
        let fits = spent.0 <= limits::LIST_SIGNATURES && spent.1 <= limits::LIST_SIGNATURE_BYTES;
        if fits {
            self.list_work.set(spent);
        }
        fits
    }

    /// The certificate that the key belongs to; else the first that is not a CA's; else the first.
    fn choose_leaf(&self) -> Option<usize> {
        let key = self.keys.relevant();
        let fits = |held: &Held<Certificate<'a>>| {
            key.and_then(|spki| PublicKey::parse(spki).ok()).is_some_and(|key| key.matches(&held.value.public_key))
        };
        let by_key = self.certificates.iter().position(fits);
        let not_a_ca = || self.certificates.iter().position(|held| !held.value.is_ca());
        by_key.or_else(not_a_ca).or((!self.certificates.is_empty()).then_some(0))
    }

    /// The leaf, the other certificates of the file and the list, as a pool for path building.
    fn pool<'s>(&'s self, leaf: usize, trusted: &'s [Certificate<'a>]) -> Pool<'s, 'a> {
        let beside = self.certificates.iter().enumerate().filter(|(position, _)| *position != leaf);
        Pool { leaf: &self.certificates[leaf].value, beside: beside.map(|(_, held)| &held.value).collect(), trusted }
    }

    fn build_path(&self) -> Option<Outcome> {
        let pool = self.pool(self.leaf?, self.trusted.as_deref()?);
        let purpose = if self.kind == Kind::ClientCertificate { oid::CLIENT_AUTH } else { oid::SERVER_AUTH };
        Some(chain::build(
            &pool,
            &Settings {
                now: self.now,
                anchors: Anchors::Roots,
                purpose: Some(purpose),
                maximum_intermediates: None,
                profile: Profile::Path,
                policies: InitialPolicies::default(),
                crls: &self.crls,
                revocation: Revocation::IfListed,
            },
        ))
    }

    /// Tells the certificates that are neither in the list nor earlier in the file from those that are.
    fn sort_out_cas(&mut self) {
        let mut known: BTreeSet<&[u8]> = self.trusted.iter().flatten().map(|certificate| certificate.der).collect();
        self.listed = known.len();
        let new = self.certificates.iter().enumerate().filter(|(_, held)| known.insert(held.value.der));
        self.added = new.map(|(position, _)| position).collect();
    }

    /// The CAs of the path that are not in the file but in the trusted CA list, the root among them.
    pub(crate) fn listed_cas(&self) -> Vec<&Certificate<'a>> {
        let (Some(leaf), Some(outcome), Some(trusted)) = (self.leaf, &self.outcome, self.trusted.as_deref()) else {
            return Vec::new();
        };
        let pool = self.pool(leaf, trusted);
        let listed = outcome.path.iter().filter(|&&index| pool.is_listed(index)).map(|&index| pool.get(index));
        let in_file = |der: &[u8]| self.certificates.iter().any(|held| held.value.der == der);
        listed.filter(|certificate| !in_file(certificate.der)).collect()
    }

    /// Whether the node would serve the certificate at once (docs/decisions/0002).
    fn loadable(&self, decision: Decision) -> bool {
        if decision == Decision::Refuse {
            return false;
        }
        match self.kind {
            Kind::ServerCertificate | Kind::ClientCertificate => {
                let can_sign = self.leaf().is_some_and(|(leaf, _)| leaf.public_key.is_tls_capable());
                can_sign && self.outcome.as_ref().is_some_and(Outcome::is_sound)
            }
            Kind::PrivateKey => self.keys.uploaded.as_ref().is_some_and(UploadedKey::is_tls_capable),
            Kind::TrustedCa | Kind::Crl => true,
        }
    }

    /// What a handshake sends: the path without its root; without a path, the file as it is.
    fn served(&self, leaf: usize) -> Vec<Vec<u8>> {
        let sound = self.outcome.as_ref().zip(self.trusted.as_deref()).filter(|(outcome, _)| outcome.anchored);
        if let Some((outcome, trusted)) = sound {
            let pool = self.pool(leaf, trusted);
            let sent = outcome.path.iter().filter(|&&index| index == 0 || !pool.get(index).is_root());
            return sent.map(|&index| pool.get(index).der.to_vec()).collect();
        }
        let mut served = alloc::vec![self.certificates[leaf].value.der.to_vec()];
        let others = self.certificates.iter().enumerate().filter(|(position, _)| *position != leaf);
        served.extend(others.filter(|(_, held)| !held.value.is_root()).map(|(_, held)| held.value.der.to_vec()));
        served
    }

    fn accepted_certificate(&self, loadable: bool) -> Option<Accepted> {
        let position = self.leaf?;
        let origin = self.keys.origin()?;
        let leaf = &self.certificates[position].value;
        let mut chain = alloc::vec![leaf.der.to_vec()];
        for held in &self.certificates {
            if !chain.iter().any(|der| der == held.value.der) {
                chain.push(held.value.der.to_vec());
            }
        }
        let key = match origin {
            KeyOrigin::Uploaded => AcceptedKey::Uploaded(self.keys.uploaded.as_ref()?.pkcs8.clone()),
            KeyOrigin::Current => AcceptedKey::Current,
            KeyOrigin::Csr => AcceptedKey::Csr,
        };
        Some(Accepted::Certificate(AcceptedCertificate {
            chain,
            served: self.served(position),
            key,
            loadable,
            not_after: leaf.not_after,
        }))
    }

    fn accepted(&self, loadable: bool) -> Option<Accepted> {
        match self.kind {
            Kind::ServerCertificate | Kind::ClientCertificate => self.accepted_certificate(loadable),
            Kind::TrustedCa => {
                let added = self.added.iter().map(|&position| self.certificates[position].value.der.to_vec());
                Some(Accepted::TrustedCas(AcceptedCas { added: added.collect(), crls: self.accepted_crls() }))
            }
            Kind::Crl => Some(Accepted::Crls(self.accepted_crls())),
            Kind::PrivateKey => None,
        }
    }

    fn accepted_crls(&self) -> Vec<AcceptedCrl> {
        let lists = self.uploaded_crls.iter().map(|held| &held.value);
        lists.map(|list| list.accepted(self.recognises(list) == Some(true))).collect()
    }

    /// How the trusted CA list would change.
    pub(crate) fn trusted_ca_change(&self) -> Option<TrustedCaChange> {
        if self.kind != Kind::TrustedCa {
            return None;
        }
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Some(TrustedCaChange {
            added: count(self.added.len()),
            known: count(self.certificates.len() - self.added.len()),
            total: count(self.listed + self.added.len()),
        })
    }

    /// How many more distinct certificates the list would take.
    pub(crate) fn room(&self) -> usize {
        limits::TRUSTED_CAS.saturating_sub(self.listed)
    }

    /// The report, with everything decoded.
    pub(crate) fn into_report(
        self,
        decision: Decision,
        findings: Vec<Finding>,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Report {
        let loadable = self.loadable(decision);
        let total = u32::try_from(self.certificates.len()).unwrap_or(u32::MAX);
        let mut certificates = Vec::with_capacity(self.certificates.len());
        for (done, held) in (0..total).zip(&self.certificates) {
            progress(done, total);
            certificates.push(decode::certificate(&held.value, held.block, held.line));
        }
        let path = match (self.leaf, &self.outcome, self.trusted.as_deref()) {
            (Some(leaf), Some(outcome), Some(trusted)) => {
                decode::path(&self.pool(leaf, trusted), outcome, Anchors::Roots)
            }
            _ => Vec::new(),
        };
        Report {
            decision,
            loadable,
            findings,
            certificates,
            leaf: self.leaf,
            private_key: self.private_key(),
            path,
            weakest_link: self.weakest_link(),
            trusted_cas: self.trusted_ca_change(),
            crls: self.uploaded_crls.iter().map(|held| held.value.decoded()).collect(),
            accepted: if decision == Decision::Refuse { None } else { self.accepted(loadable) },
        }
    }

    /// The key or signature of the path that costs an attacker least. A root vouches by its key alone.
    fn weakest_link(&self) -> Option<WeakestLink> {
        let pool = self.pool(self.leaf?, self.trusted.as_deref()?);
        let mut weakest: Option<WeakestLink> = None;
        for &index in &self.outcome.as_ref()?.path {
            let certificate = pool.get(index);
            let shown = certificate.public_key.decoded();
            let key = security::key_strength(&certificate.public_key)
                .map(|bits| (bits, alloc::format!("its key, {}", shown.named())));
            let algorithm = &certificate.signature_algorithm;
            let signature = (!certificate.is_root()).then(|| security::hash_strength(algorithm)).flatten();
            let signature = signature.map(|bits| (bits, alloc::format!("its signature, {}", oid::name(algorithm.oid))));
            for (bits, what) in key.into_iter().chain(signature) {
                if weakest.as_ref().is_none_or(|weakest| bits < weakest.strength_bits) {
                    weakest = Some(WeakestLink { subject: certificate.subject.text(), what, strength_bits: bits });
                }
            }
        }
        weakest
    }

    fn private_key(&self) -> Option<DecodedKey> {
        let origin = self.keys.origin()?;
        let public_key = PublicKey::parse(self.keys.relevant()?).ok()?.decoded();
        let format = self.keys.uploaded.as_ref().map_or("", |key| key.format);
        Some(DecodedKey { public_key, format, origin })
    }
}
