//! Servers beside the node that serve its certificate: their files, their reload, and a look whether they serve it. They are
//! described in the configuration file and nowhere else.

mod files;
mod settings;

use certway_core::decode_certificates;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use crate::command;
use crate::tls::outbound;

pub(crate) use settings::{Content, Probe, Service, ServiceFile};

/// What files are made of.
pub(crate) struct Material {
    /// Leaf first, DER, as a handshake sends them.
    pub(crate) served: Vec<Vec<u8>>,
    /// PKCS#8 DER.
    pub(crate) key: Zeroizing<Vec<u8>>,
    /// The trusted CA list, PEM.
    pub(crate) ca_bundle: String,
}

/// Why a service does not have what it should, and whether it is as it was before.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What went wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// Why a service is given its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// They have changed.
    Changed,
    /// Somebody asks for it: it is reloaded whether they have changed or not.
    Asked,
    /// An earlier publication was cut short; what is kept of the former files is from before it.
    Resumed,
}

/// What came of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// Files were written, and it was reloaded.
    Written,
    /// It had them already.
    Unchanged,
}

/// Why one step failed, and what to do.
struct Fault {
    message: String,
    remedy: &'static str,
}

impl Service {
    /// Gives the service its files, reloads it, and looks whether it serves them. What fails is undone: the former files come
    /// back, and it is reloaded again. `begin` is called when the former files are kept, before the first is written: a
    /// publication that is cut short after that is to be resumed.
    pub(crate) async fn publish(
        &self,
        material: &Material,
        occasion: Occasion,
        begin: impl FnOnce() -> Result<(), String>,
    ) -> Result<Published, Failure> {
        let there = block_in_place(|| files::are_there(&self.files, material)).map_err(nothing_changed)?;
        if there && occasion == Occasion::Changed && self.look(material).await.is_ok() {
            return Ok(Published::Unchanged);
        }
        if !there {
            block_in_place(|| {
                if occasion != Occasion::Resumed {
                    files::keep(&self.files)?;
                }
                begin().map_err(files::Error::NotBegun)?;
                files::write(&self.files, material)
            })
            .map_err(nothing_changed)?;
        }
        let served = match self.reload().await {
            Ok(()) => self.look(material).await,
            Err(fault) => Err(fault),
        };
        let Err(fault) = served else { return Ok(Published::Written) };
        // It has had these files before, and what was kept is older.
        let undone = if there && occasion != Occasion::Resumed { String::new() } else { self.undo(&fault).await };
        Err(Failure { message: format!("{}{undone}", fault.message), remedy: fault.remedy.to_owned() })
    }

    /// Whether the service serves the certificate now, if it says where that can be seen.
    pub(crate) async fn serves(&self, material: &Material) -> bool {
        let Some(probe) = &self.probe else { return true };
        let seen = outbound::leaf(&probe.host, probe.port, &probe.server_name).await;
        seen.is_ok_and(|leaf| Some(&leaf) == material.served.first())
    }

    /// Whether its files are as they are to be.
    pub(crate) fn has(&self, material: &Material) -> bool {
        files::are_there(&self.files, material).unwrap_or(false)
    }

    /// Puts the former files back and reloads with them; says what came of it.
    async fn undo(&self, fault: &Fault) -> String {
        if let Err(error) = block_in_place(|| files::put_back(&self.files)) {
            return format!(" The former files could not be put back: {error}.");
        }
        match self.reload().await {
            Ok(()) => " The former files are back, and it was reloaded with them.".to_owned(),
            Err(again) if again.message == fault.message => {
                " The former files are back; reloading it with them failed in the same way.".to_owned()
            }
            Err(again) => format!(" The former files are back; reloading it with them failed too. {}", again.message),
        }
    }

    async fn reload(&self) -> Result<(), Fault> {
        let Some((program, arguments)) = self.reload.split_first() else { return Ok(()) };
        command::run(program, arguments, self.reload_limit).await.map_err(|why| Fault {
            message: format!("{} could not be reloaded: {why}.", self.name),
            remedy: "Run the command by hand on the node, and look at the server's own log. When it works, publish again.",
        })
    }

    /// Waits until the service serves the certificate, if it says where that can be seen.
    async fn look(&self, material: &Material) -> Result<(), Fault> {
        let Some(probe) = &self.probe else { return Ok(()) };
        let until = Instant::now() + probe.limit;
        loop {
            let seen = outbound::leaf(&probe.host, probe.port, &probe.server_name).await;
            let found = match seen {
                Ok(leaf) if Some(&leaf) == material.served.first() => return Ok(()),
                Ok(leaf) => format!("it serves {}", serial(&leaf)),
                Err(why) => format!("TLS does not get through there: {why}"),
            };
            if Instant::now() >= until {
                let wanted = serial(material.served.first().map_or(&[][..], Vec::as_slice));
                return Err(Fault {
                    message: format!(
                        "{} does not serve the new certificate at {}:{} ({}) after {} seconds: {found}, and {wanted} is wanted.",
                        self.name,
                        probe.host,
                        probe.port,
                        probe.server_name,
                        probe.limit.as_secs()
                    ),
                    remedy: "See that the server runs, that its configuration names these files, and that the reload command makes it read them. Then publish again.",
                });
            }
            sleep(settings::BETWEEN_LOOKS).await;
        }
    }
}

fn nothing_changed(error: files::Error) -> Failure {
    let changed = matches!(error, files::Error::NotBack(..));
    Failure {
        message: format!("{error}.{}", if changed { "" } else { " Nothing was changed." }),
        remedy: "Give the node's user the right to write there, or mend the service's entry in the configuration file and start the node anew.".to_owned(),
    }
}

fn serial(der: &[u8]) -> String {
    let decoded = decode_certificates(der).into_iter().next();
    decoded.map_or_else(|| "no certificate".to_owned(), |(_, leaf)| format!("the serial number {}", leaf.serial))
}
