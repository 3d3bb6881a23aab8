//! Certificates with their keys, and the slots that they stand in.

use certway_core::{AcceptedCertificate, Time, pem};
use rusqlite::{OptionalExtension as _, Transaction};
use zeroize::Zeroizing;

use super::{Change, Error, List, Store};
use crate::seal::{NodeKey, to_hex};
use crate::temporary::Temporary;

/// As what the node shows a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// To those who connect to it.
    Server,
    /// To those it connects to.
    Client,
}

impl Identity {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// A place for one certificate of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// What new TLS handshakes get.
    Active,
    /// Stored, not loaded.
    Pending,
    /// What was active before.
    Previous,
    /// The node's own.
    Temporary,
    /// Signed by an ACME provider, and not deployed.
    Signed,
}

impl Slot {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Previous => "previous",
            Self::Temporary => "temporary",
            Self::Signed => "signed",
        }
    }
}

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Upload,
    Temporary,
    /// An ACME provider.
    Acme,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Temporary => "temporary",
            Self::Acme => "acme",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "temporary" => Self::Temporary,
            "acme" => Self::Acme,
            _ => Self::Upload,
        }
    }
}

/// Why a certificate is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Nothing stands against it.
    Sound,
    /// An administrator said 'Load anyway'.
    Anyway,
}

/// One stored certificate with its key.
pub(crate) struct Certificate {
    pub(crate) id: String,
    /// Leaf first, then the other certificates of the file.
    pub(crate) chain_pem: String,
    /// What a handshake sends.
    pub(crate) served_pem: String,
    /// PKCS#8 DER; absent if it cannot be unsealed.
    pub(crate) key: Option<Zeroizing<Vec<u8>>>,
    pub(crate) origin: Origin,
    pub(crate) stored_at: Time,
    pub(crate) loaded_at: Option<Time>,
    pub(crate) loaded_anyway: bool,
}

/// What stands where.
pub(crate) struct Slots {
    pub(crate) active: Certificate,
    pub(crate) pending: Option<Certificate>,
    pub(crate) previous: Option<Certificate>,
    pub(crate) temporary: Certificate,
    /// What an ACME provider has signed and nobody has deployed yet.
    pub(crate) signed: Option<Certificate>,
}

impl Store {
    /// All slots of an identity, as of one instant.
    pub(crate) fn slots(&self, identity: Identity) -> Result<Slots, Error> {
        let slot = |slot| self.slot(identity, slot);
        let absent = |slot: &str| Error::Damaged(format!("it has no {slot} {} certificate", identity.as_str()));
        Ok(Slots {
            active: slot(Slot::Active)?.ok_or_else(|| absent("active"))?,
            pending: slot(Slot::Pending)?,
            previous: slot(Slot::Previous)?,
            temporary: slot(Slot::Temporary)?.ok_or_else(|| absent("temporary"))?,
            signed: slot(Slot::Signed)?,
        })
    }

    fn slot(&self, identity: Identity, slot: Slot) -> Result<Option<Certificate>, Error> {
        Ok(self
            .connection
            .query_row(
                "SELECT certificates.* FROM certificates JOIN slots ON certificate = id WHERE identity = ?1 AND slot = ?2",
                [identity.as_str(), slot.as_str()],
                |row| {
                    let id: String = row.get("id")?;
                    let chain_pem: String = row.get("chain_pem")?;
                    let sealed: Vec<u8> = row.get("sealed_key")?;
                    let origin: String = row.get("origin")?;
                    Ok(Certificate {
                        key: self.key.open(&place(&id, &chain_pem), &sealed).ok(),
                        id,
                        chain_pem,
                        served_pem: row.get("served_pem")?,
                        origin: Origin::read(&origin),
                        stored_at: Time::from_unix(row.get("stored_at")?),
                        loaded_at: row.get::<_, Option<i64>>("loaded_at")?.map(Time::from_unix),
                        loaded_anyway: row.get("loaded_anyway")?,
                    })
                },
            )
            .optional()?)
    }
}

impl Change<'_> {
    /// Stores an accepted certificate with its key, in no slot yet; gives its id.
    pub(crate) fn insert_accepted(
        &self,
        accepted: &AcceptedCertificate,
        key: &[u8],
        origin: Origin,
    ) -> Result<String, Error> {
        self.insert(to_pem(accepted.chain_der()), to_pem(accepted.served_der()), key, origin)
    }

    /// Stores what the node made for itself, as everything that it shows; gives its id.
    pub(crate) fn insert_temporary(&self, temporary: &Temporary) -> Result<(), Error> {
        let pem = to_pem(std::slice::from_ref(&temporary.certificate));
        let id = self.insert(pem.clone(), pem, &temporary.key, Origin::Temporary)?;
        for identity in [Identity::Server, Identity::Client] {
            self.put(identity, Slot::Temporary, &id)?;
            self.load(identity, &id, None, Load::Sound)?;
        }
        Ok(())
    }

    /// Puts `new`, which the node made for itself, wherever the temporary certificate `old` stands, and its CA in the place
    /// of the old one: in the trusted CA list too, unless an administrator has deleted that.
    pub(crate) fn replace_temporary(&self, old: &str, new: &Temporary) -> Result<(), Error> {
        let pem = to_pem(std::slice::from_ref(&new.certificate));
        let id = self.insert(pem.clone(), pem, &new.key, Origin::Temporary)?;
        self.transaction.execute("UPDATE certificates SET loaded_at = ?2 WHERE id = ?1", (&id, self.now.unix()))?;
        self.transaction.execute("UPDATE slots SET certificate = ?2 WHERE certificate = ?1", (old, &id))?;
        self.replace_temporary_ca(&new.ca)?;
        self.sweep()
    }

    fn insert(&self, chain_pem: String, served_pem: String, key: &[u8], origin: Origin) -> Result<String, Error> {
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::Damaged("no random numbers can be had".into()))?;
        let id = to_hex(&random).to_string();
        let sealed = self.key.seal(&place(&id, &chain_pem), key);
        self.transaction.execute(
            "INSERT INTO certificates (id, chain_pem, served_pem, sealed_key, origin, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (&id, chain_pem, served_pem, sealed, origin.as_str(), self.now.unix()),
        )?;
        Ok(id)
    }

    /// Puts a certificate into a slot.
    pub(crate) fn put(&self, identity: Identity, slot: Slot, id: &str) -> Result<(), Error> {
        self.transaction.execute(
            "INSERT INTO slots (identity, slot, certificate) VALUES (?1, ?2, ?3)
             ON CONFLICT (identity, slot) DO UPDATE SET certificate = excluded.certificate",
            (identity.as_str(), slot.as_str(), id),
        )?;
        self.sweep()
    }

    /// Empties a slot.
    pub(crate) fn clear(&self, identity: Identity, slot: Slot) -> Result<(), Error> {
        self.transaction
            .execute("DELETE FROM slots WHERE identity = ?1 AND slot = ?2", [identity.as_str(), slot.as_str()])?;
        self.sweep()
    }

    /// Makes a certificate the active one, served with `chain` (or as it was), and what was active the previous one.
    pub(crate) fn load(
        &self,
        identity: Identity,
        id: &str,
        chain: Option<&[Vec<u8>]>,
        load: Load,
    ) -> Result<(), Error> {
        let name = identity.as_str();
        self.transaction.execute(
            "INSERT INTO slots (identity, slot, certificate)
             SELECT identity, 'previous', certificate FROM slots
             WHERE identity = ?1 AND slot = 'active' AND certificate <> ?2
             ON CONFLICT (identity, slot) DO UPDATE SET certificate = excluded.certificate",
            [name, id],
        )?;
        self.transaction.execute(
            "DELETE FROM slots WHERE identity = ?1 AND slot IN ('pending', 'signed') AND certificate = ?2",
            [name, id],
        )?;
        self.transaction.execute(
            "UPDATE certificates SET loaded_at = ?2, loaded_anyway = ?3, served_pem = coalesce(?4, served_pem)
             WHERE id = ?1",
            (id, self.now.unix(), load == Load::Anyway, chain.map(to_pem)),
        )?;
        self.put(identity, Slot::Active, id)
    }

    /// A certificate that stands nowhere is gone, and its key with it.
    fn sweep(&self) -> Result<(), Error> {
        self.written.touch(List::Certificates);
        self.transaction.execute("DELETE FROM certificates WHERE id NOT IN (SELECT certificate FROM slots)", [])?;
        Ok(())
    }
}

/// Seals every key with another key of the node.
pub(super) fn seal_anew(transaction: &Transaction<'_>, old: &NodeKey, new: &NodeKey) -> Result<(), Error> {
    let mut statement = transaction.prepare("SELECT id, chain_pem, sealed_key FROM certificates")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, chain_pem, sealed): (String, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let place = place(&id, &chain_pem);
        let key = old.open(&place, &sealed).map_err(|_| Error::Damaged("a private key cannot be unsealed".into()))?;
        transaction.execute("UPDATE certificates SET sealed_key = ?2 WHERE id = ?1", (id, new.seal(&place, &key)))?;
    }
    Ok(())
}

/// A sealed key opens only in its own row and beside its own certificate.
fn place(id: &str, chain_pem: &str) -> Vec<u8> {
    [id.as_bytes(), b"\n", chain_pem.as_bytes()].concat()
}

fn to_pem(chain: &[Vec<u8>]) -> String {
    chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect()
}
