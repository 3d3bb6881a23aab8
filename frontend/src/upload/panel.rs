//! The state of one upload panel: the files in its boxes, what the node holds, and what the judge says.

use certway_wire::Decision;
use certway_wire::node::{StoredCertificate, Wildcards};
use certway_wire::security::SecurityLevel;
use js_sys::{Array, Uint8Array};
use web_sys::{Blob, FormData};

use super::form::{Form, Slot};
use super::given::Given;
use crate::api::{Api, ApiError, Identity};
use crate::app::App;
use crate::judge::trust_list::{self, Lists};
use crate::judge::{Judge, Judgement, Question, State};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::time_text;

/// What the node holds, as far as it matters for judging.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Its trusted CA list as PEM; `None` if it is not known.
    pub(crate) trusted: Option<Uint8Array>,
    /// Its revocation lists as PEM.
    pub(crate) crls: Option<Uint8Array>,
    /// What is served now: its key is the one that may be re-used.
    pub(crate) active: Option<StoredCertificate>,
    /// What waits for its CA.
    pub(crate) pending: Option<StoredCertificate>,
    /// The key now in use, as a certificate or a public key.
    pub(crate) current_key: Option<Uint8Array>,
    /// The signing request in progress.
    pub(crate) csr: Option<Uint8Array>,
    /// What it does with wildcards.
    pub(crate) wildcards: Wildcards,
    /// The level of security that it asks.
    pub(crate) security_level: SecurityLevel,
}

impl Known {
    /// Takes in the lists of the node.
    pub(crate) fn take(&mut self, lists: Option<Lists>) {
        (self.trusted, self.crls) = lists.map(|lists| (lists.trusted, lists.crls)).unzip();
        // A file without a list is a fault; a node without one is not.
        self.crls = self.crls.take().filter(|crls| crls.length() > 0);
    }
}

/// A panel. A copy is a name for the same panel.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    pub(crate) form: RwSignal<Form>,
    pub(crate) known: RwSignal<Known>,
    pub(super) files: RwSignal<Vec<(Slot, Given)>>,
    /// 'Re-use current private key'.
    pub(super) reuse_key: RwSignal<bool>,
    /// The time to judge at; `None` is now.
    pub(crate) at: RwSignal<Option<String>>,
    /// What the panel did by itself, such as moving a file into its box.
    pub(super) note: RwSignal<Option<String>>,
    pub(super) judgement: Judgement,
    /// For a CA file: what becomes of the certificate that waits for its CA.
    pub(super) pending: Judgement,
    /// The line to show: which box, and which line counted from 1.
    pub(super) marked: RwSignal<Option<(Slot, u32)>>,
    pub(super) sending: RwSignal<bool>,
    pub(super) failure: RwSignal<Option<String>>,
    /// Whose certificate the panel is about.
    identity: RwSignal<Identity>,
}

impl Panel {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form: RwSignal::new(form),
            known: RwSignal::new(Known::default()),
            files: RwSignal::new(Vec::new()),
            reuse_key: RwSignal::new(false),
            at: RwSignal::new(None),
            note: RwSignal::new(None),
            judgement: Judgement::new(),
            pending: Judgement::new(),
            marked: RwSignal::new(None),
            sending: RwSignal::new(false),
            failure: RwSignal::new(None),
            identity: RwSignal::new(Identity::Server),
        }
    }

    /// Asks the node for all that the judge must know. To be called when the page is shown and after every change.
    pub(crate) fn learn(self, app: App, identity: Identity) {
        self.identity.set(identity);
        self.learn_again(app);
    }

    /// As [`Panel::learn`], for the same identity.
    pub(super) fn learn_again(self, app: App) {
        let identity = self.identity.get_untracked();
        spawn(async move {
            let lists = trust_list::fetched(app.api).await.ok();
            let csr = app.api.csr().await.ok().and_then(|state| state.csr);
            let csr = csr.map(|csr| Uint8Array::from(csr.pem.as_bytes()));
            let slots = app.api.certificates(identity).await.ok();
            let (active, pending) = slots.map_or((None, None), |slots| (slots.active, slots.pending));
            let current_key = active.as_ref().map(|active| Uint8Array::from(active.pem.as_bytes()));
            // The page may have been left meanwhile.
            let (wildcards, security_level) = (wildcards_of(app), level_of(app));
            let mut known = Known { active, pending, current_key, csr, wildcards, security_level, ..Known::default() };
            known.take(lists);
            self.known.set(known);
        });
    }

    /// Says that the upload is done: the boxes are empty again, and no key is left in them.
    pub(crate) fn sent(self) {
        self.sending.set(false);
        self.forget();
    }

    /// Says that the node refused, or could not be reached. The files stay, so that it can be tried again.
    pub(crate) fn refused(self, error: &ApiError) {
        self.not_sent(error.to_string());
        if let Some(report) = error.report() {
            self.judgement.show(report.clone());
        }
    }

    /// Says why the upload did not go out.
    pub(super) fn not_sent(self, reason: String) {
        self.sending.set(false);
        self.failure.set(Some(reason));
    }

    /// Empties all boxes. What was in them is overwritten: it may be a private key.
    pub(crate) fn forget(self) {
        self.files.update(|files| {
            for (_, given) in files.drain(..) {
                given.forget();
            }
        });
        self.note.set(None);
        self.failure.set(None);
        self.marked.set(None);
    }

    /// Puts a file into the box it belongs in, and says so if that is not where it was dropped.
    pub(super) fn put(self, given: Given, wanted: Option<Slot>) {
        let Some(form) = self.form.try_get_untracked() else {
            // The page was left while the file was being read.
            return given.forget();
        };
        let slot = form.slot_for(given.content, wanted);
        let note = wanted
            .filter(|&wanted| wanted != slot)
            .map(|wanted| moved_note(&given, form.label_of(wanted), form.label_of(slot)));
        self.put_into(given, slot);
        self.note.set(note);
    }

    /// Puts a file into a box, whatever it is.
    pub(crate) fn put_into(self, given: Given, slot: Slot) {
        self.failure.set(None);
        self.marked.set(None);
        self.note.set(None);
        if slot == Slot::PrivateKey {
            self.reuse_key.set(false);
        }
        if slot != Slot::TrustedCas {
            self.judgement.repaired.set(None);
        }
        self.files.update(|files| {
            if !slot.takes_several() {
                for (_, old) in files.extract_if(.., |(other, _)| *other == slot) {
                    old.forget();
                }
            }
            files.push((slot, given));
        });
    }

    /// Empties some boxes, as [`Panel::forget`] does all.
    pub(super) fn take_out(self, slots: &[Slot]) {
        self.files.update(|files| {
            for (_, old) in files.extract_if(.., |(slot, _)| slots.contains(slot)) {
                old.forget();
            }
        });
    }

    pub(super) fn remove(self, number: u32) {
        self.judgement.repaired.set(None);
        self.failure.set(None);
        self.note.set(None);
        self.files.update(|files| {
            for (_, old) in files.extract_if(.., |(_, given)| given.number == number) {
                old.forget();
            }
        });
    }

    /// Re-using the current key leaves no use for another one.
    pub(super) fn set_reuse_key(self, reuse: bool) {
        if reuse {
            self.take_out(&[Slot::PrivateKey]);
        }
        self.reuse_key.set(reuse);
    }

    pub(crate) fn judgement(self) -> Judgement {
        self.judgement
    }

    /// The judgement on the certificate that waits for its CA.
    pub(crate) fn pending(self) -> Judgement {
        self.pending
    }

    /// Shows a line, counted from 1, of the file in a box.
    pub(crate) fn mark(self, slot: Slot, line: u32) {
        self.marked.set(Some((slot, line)));
    }

    /// The file in a box that takes one.
    pub(crate) fn given(self, slot: Slot) -> Option<Given> {
        self.files.with(|files| in_box(files, slot))
    }

    fn given_untracked(self, slot: Slot) -> Option<Given> {
        self.files.with_untracked(|files| in_box(files, slot))
    }

    /// The name of the file in a box, as a command would name it.
    pub(crate) fn file_name(self, slot: Slot) -> Option<String> {
        self.files
            .with_untracked(|files| files.iter().find(|(other, _)| *other == slot).map(|(_, given)| given.name.clone()))
    }

    /// What is to be asked; `None` while there is nothing to judge.
    pub(crate) fn question(self) -> Option<Question> {
        let form = self.form.get();
        let at = self.at.get().unwrap_or_else(|| time_text::rfc3339(time_text::now()));
        let files = self.files.get();
        let all = |slot| files.iter().filter(move |(other, _)| *other == slot).map(|(_, given)| given.bytes.clone());
        let one = |slot| all(slot).next();
        let known = self.known.get();
        let own_crls: Vec<_> = all(Slot::Crl).collect();
        let trusted = self.trusted_list();
        // A key that comes first is judged by itself, so that nobody waits for what is already known.
        let (kind, file, key) = match (one(Slot::File), one(Slot::PrivateKey)) {
            (Some(file), key) => (form.kind, file, key),
            (None, Some(key)) => ("private-key", key, None),
            (None, None) => return None,
        };
        let with_key = kind == "server-certificate" || kind == "client-certificate";
        Some(Question {
            kind,
            at,
            file,
            key,
            certificate: one(Slot::Certificate),
            trusted,
            crls: if own_crls.is_empty() { known.crls.into_iter().collect() } else { own_crls },
            csr: known.csr.filter(|_| with_key),
            current_key: known.current_key.filter(|_| with_key),
            wildcards: known.wildcards,
            security_level: known.security_level,
        })
    }

    /// The list to judge against: the one in its box, or the node's; `None` if neither is known.
    pub(super) fn trusted_list(self) -> Option<Vec<Uint8Array>> {
        let own: Vec<_> = self.files.with(|files| {
            let list = files.iter().filter(|(slot, _)| *slot == Slot::TrustedCas);
            list.map(|(_, given)| given.bytes.clone()).collect()
        });
        if own.is_empty() { self.known.with(|known| known.trusted.clone()).map(|list| vec![list]) } else { Some(own) }
    }

    /// For a CA file that will be taken: would the certificate that waits for its CA load with it?
    pub(super) fn pending_question(self) -> Option<Question> {
        let taken = self.judgement.report.with(|report| {
            report.as_ref().is_some_and(|report| report.trusted_cas.is_some() && report.decision != Decision::Refuse)
        });
        if !taken || !matches!(self.judgement.state.get(), State::Done { .. }) {
            return None;
        }
        let known = self.known.get_untracked();
        let pending = known.pending?;
        let new = self.files.with_untracked(|files| files.first().map(|(_, given)| given.bytes.clone()))?;
        let pem = Uint8Array::from(pending.pem.as_bytes());
        Some(Question {
            kind: "server-certificate",
            at: time_text::rfc3339(time_text::now()),
            file: pem.clone(),
            key: None,
            certificate: None,
            trusted: Some(known.trusted.into_iter().chain([new]).collect()),
            crls: known.crls.into_iter().collect(),
            csr: None,
            // Its own public key: whether the stored private key fits is not the question here.
            current_key: Some(pem),
            wildcards: known.wildcards,
            security_level: known.security_level,
        })
    }

    /// The body of the upload. A private key that goes through another node is sealed for the one that it is for.
    ///
    /// # Errors
    /// The text says why there is none; nothing was sent.
    pub(super) async fn body(self, api: Api, judge: Judge) -> Result<FormData, String> {
        const NOT_PUT_TOGETHER: &str =
            "The upload could not be put together. Nothing was sent. Choose the files again.";
        let sealed = match self.given_untracked(Slot::PrivateKey) {
            Some(key) if api.other_node.with_untracked(Option::is_some) => {
                let with = api.sealing_key().await.map_err(|error| error.to_string())?;
                let sealed = judge.seal(&key.bytes, &with).await;
                Some(sealed.ok_or("The private key could not be sealed for the other node. Nothing was sent.")?)
            }
            Some(_) | None => None,
        };
        self.form_data(sealed.as_deref()).ok_or_else(|| NOT_PUT_TOGETHER.to_owned())
    }

    fn form_data(self, sealed_key: Option<&str>) -> Option<FormData> {
        // The page may have been left meanwhile.
        let button = self.form.try_get_untracked()?.button?;
        let body = FormData::new().ok()?;
        self.files.try_with_untracked(|files| {
            for (slot, given) in files {
                let part = match (slot, sealed_key) {
                    (Slot::PrivateKey, Some(sealed)) => {
                        body.append_with_str("sealed_private_key", sealed).ok()?;
                        continue;
                    }
                    (Slot::PrivateKey, None) => "private_key",
                    _ => button.file_part,
                };
                let blob = Blob::new_with_u8_array_sequence(&Array::of1(&given.bytes)).ok()?;
                body.append_with_blob(part, &blob).ok()?;
            }
            Some(body)
        })?
    }
}

/// What the node does with wildcards, as far as it has said so.
pub(crate) fn wildcards_of(app: App) -> Wildcards {
    app.node.with_untracked(|node| node.as_ref().map(|node| node.wildcards).unwrap_or_default())
}

/// The level of security that the node asks, as far as it has said so.
pub(crate) fn level_of(app: App) -> SecurityLevel {
    app.node.with_untracked(|node| node.as_ref().map(|node| node.security_level).unwrap_or_default())
}

fn in_box(files: &[(Slot, Given)], slot: Slot) -> Option<Given> {
    files.iter().find(|(other, _)| *other == slot).map(|(_, given)| given.clone())
}

fn moved_note(given: &Given, from: &str, to: &str) -> String {
    let what = match given.content {
        super::sniff::Content::PrivateKey => "a private key",
        super::sniff::Content::Crl => "a revocation list",
        super::sniff::Content::Public | super::sniff::Content::Mixed => "a certificate",
    };
    format!("'{}' is {what}: it was put into the box '{to}', not into '{from}'.", given.name)
}
