//! The certificate signing request in progress: made, shown, discarded. A certificate that is uploaded for it ends it.

use certway_core::{Wildcards, decode_certificates, fields_of, judge_fields, show};
use certway_wire::Request;
use certway_wire::node::{Csr, CsrInProgress, NewCsr};
use zeroize::Zeroizing;

use super::App;
use super::error::Error;
use crate::csr_files::CsrFiles;
use crate::seal::to_hex;
use crate::signing::SigningKey;
use crate::store::{self, Entry, Identity, Origin, Store};
use crate::{clock, csr};

impl App {
    /// The request in progress, and what the next one could ask for.
    pub(crate) fn csr(&self) -> Result<CsrInProgress, Error> {
        let (csr, active) = {
            let store = self.store();
            (store.csr()?, store.slots(Identity::Server)?.active)
        };
        let active = decode_certificates(active.chain_pem.as_bytes()).into_iter().next();
        Ok(CsrInProgress {
            csr: csr.as_ref().and_then(shown),
            proposed: NewCsr { common_name: self.name.clone(), ..NewCsr::default() },
            from_certificate: active.and_then(|(der, _)| fields_of(&der)).map(NewCsr::from).unwrap_or_default(),
        })
    }

    /// The request in progress, PEM.
    pub(crate) fn csr_pem(&self) -> Result<String, Error> {
        Ok(self.store().csr()?.ok_or(Error::NoCsr)?.request_pem)
    }

    /// Makes a request, and a key for it unless the current one is used again. The active certificate stays as it is.
    pub(crate) fn make_csr(&self, actor: &str, new: &NewCsr) -> Result<Csr, Error> {
        let _change = self.changing();
        make_csr(&mut self.store(), actor, new, self.wildcards)?;
        self.refresh_csr_files();
        self.csr()?.csr.ok_or(Error::NoCsr)
    }

    /// Goes on with a request that was made elsewhere, and its key.
    pub(crate) fn adopt_csr(&self, actor: &str, request_pem: &str, key: &[u8]) -> Result<(), Error> {
        let _change = self.changing();
        if self.store().csr()?.is_some() {
            return Err(Error::CsrInProgress);
        }
        self.store().change(clock::now(), actor, |change| {
            change.insert_csr(request_pem, key, false)?;
            Ok::<_, Error>(((), Entry::new("csr-imported", "with its private key")))
        })?;
        self.refresh_csr_files();
        Ok(())
    }

    /// Forgets the request in progress and its key. A certificate issued for it can never be loaded then.
    pub(crate) fn discard_csr(&self, actor: &str) -> Result<(), Error> {
        let _change = self.changing();
        discard_csr(&mut self.store(), actor)?;
        self.refresh_csr_files();
        Ok(())
    }

    /// As [`refresh_csr_files`]. A copy that cannot be written is tried again in a minute.
    pub(super) fn refresh_csr_files(&self) {
        if let Err(error) = refresh_csr_files(&self.store(), &self.csr_files) {
            tracing::error!(error = &error as &dyn std::error::Error, "the copies of the request are not up to date");
        }
    }
}

/// As [`App::make_csr`], on a store alone.
pub(crate) fn make_csr(store: &mut Store, actor: &str, new: &NewCsr, wildcards: Wildcards) -> Result<(), Error> {
    let fields = new.fields();
    let judged = judge_fields(&fields, wildcards);
    if !judged.faults.is_empty() {
        return Err(Error::CsrFields(judged.faults));
    }
    if store.csr()?.is_some() {
        return Err(Error::CsrInProgress);
    }
    let given_up = |error: &dyn std::fmt::Display| Error::GivenUp(error.to_string());
    let key = if new.reuse_current_key {
        SigningKey::from_pkcs8(&current_key(store)?, new.digest)
    } else {
        SigningKey::generate(new.key.unwrap_or_default(), new.digest)
    };
    let key = key.map_err(|error| given_up(&error))?;
    let request = csr::make(&fields, &judged, &key).map_err(|error| given_up(&error))?;
    store.change(clock::now(), actor, |change| {
        change.insert_csr(&request, key.pkcs8(), new.reuse_current_key)?;
        Ok(((), Entry::new("csr-generated", judged.alternative_names.join(", "))))
    })
}

fn current_key(store: &Store) -> Result<Zeroizing<Vec<u8>>, Error> {
    let active = store.slots(Identity::Server)?.active;
    if active.origin == Origin::Temporary {
        return Err(Error::TemporaryKey);
    }
    active.key.ok_or(Error::NoCurrentKey)
}

/// As [`App::discard_csr`], on a store alone.
pub(crate) fn discard_csr(store: &mut Store, actor: &str) -> Result<(), Error> {
    store.csr()?.ok_or(Error::NoCsr)?;
    store.change(clock::now(), actor, |change| {
        change.end_csr()?;
        Ok(((), Entry::new("csr-discarded", "its private key is gone")))
    })
}

/// Makes the copies on disk agree with the store.
pub(crate) fn refresh_csr_files(store: &Store, files: &CsrFiles) -> Result<(), Error> {
    let copied = match store.csr()? {
        None => files.remove(),
        Some(csr) if files.hold(&csr.request_pem) => Ok(()),
        Some(csr) => {
            let passphrase = Zeroizing::new(store.sign(&[b"generated_csr/privkey.pem"]));
            let key = csr.key.ok_or(Error::NoCsr)?;
            files.write(&csr.request_pem, &key, &to_hex(&passphrase))
        }
    };
    copied.map_err(|error| Error::GivenUp(error.to_string()))
}

/// The request as everyone may see it.
pub(crate) fn shown(csr: &store::Csr) -> Option<Csr> {
    let items = show::show(csr.request_pem.as_bytes()).ok()?;
    let decoded = items.into_iter().find_map(|item| match item.object {
        show::Object::Request(request) => Some(Request::from(&request)),
        _ => None,
    })?;
    Some(Csr {
        pem: csr.request_pem.clone(),
        decoded,
        reuses_current_key: csr.reuses_current_key,
        created_at: csr.created_at.to_string(),
    })
}
