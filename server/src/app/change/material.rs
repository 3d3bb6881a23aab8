//! What nodes bring to a change, asked of each of them; and what is seen of a node that was restarted.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use certway_core::{decode_certificates, pem};
use certway_rollout::{
    CaId, Cluster, CredentialId, LeftOut, Mode, Node, Offer, Plan, Presented, Settings, Verifier as _, Wanted, propose,
};
use certway_wire::change::NewChange;
use certway_wire::cluster::VerificationMode;
use certway_wire::services::ServiceState;
use certway_wire::trust::{Affected, Dependent};
use http::Request;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::certificates::fingerprint;
use super::super::cluster::Member;
use super::super::error::Error;
use super::super::what_breaks::{Breaking, LastStep};
use super::super::{App, blocking};
use super::ChangeRefusal;
use crate::clock;
use crate::peers::Peers;
use crate::store::{Certificate, Identity, Origin};
use crate::tls::outbound;
use crate::tls::peers::CallError;

/// What a node asks another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub(crate) enum Asked {
    /// What it brings to a change.
    Material,
    /// What it serves at its own ports, and how its services stand.
    Probe,
    /// Whether it verifies a peer, looked at now.
    Look {
        /// The peer.
        name: String,
    },
    /// What breaks there at the end of a change.
    WhatBreaks(LastStep),
}

/// What a node brings to a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Material {
    /// What it serves, PEM, leaf first.
    serves: String,
    /// What it shows as a client, if that is not the same.
    client: Option<String>,
    /// The new certificate that waits.
    waits: Option<String>,
    csr: bool,
    acme: bool,
}

/// What a node sees of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Probed {
    /// What HTTPS serves, by its SHA-256; nothing if it does not answer.
    pub(super) https: Option<String>,
    /// Services that do not have the active certificate.
    pub(super) services: Vec<String>,
    /// What is wrong with its restart.
    #[serde(default)]
    pub(super) restart: Option<String>,
}

/// Gathered from all nodes.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) credentials: BTreeMap<CredentialId, String>,
    pub(super) clients: BTreeMap<String, String>,
    pub(super) cas: BTreeMap<CaId, String>,
}

impl App {
    /// Both ways to do a change, judged on what the nodes have now.
    pub(super) async fn propose_change(
        self: &Arc<Self>,
        new: &NewChange,
        number: u64,
    ) -> Result<(Gathered, Offer), Error> {
        let (app, new_cas) = (Arc::clone(self), new.append.clone());
        let (members, mode) = blocking(move || {
            if !new_cas.is_empty() {
                app.could_append(new_cas.as_bytes())?;
            }
            Ok((app.members(), app.shared_mode()?))
        })
        .await?;
        if members.is_empty() {
            return Err(super::ClusterRefusal::NotMember.into());
        }
        let mut gathered = Gathered::default();
        let mut nodes = Vec::new();
        for member in &members {
            let material = self.material_of(member).await;
            nodes.push(gathered.take(&member.name, material, &new.leave_out));
        }
        let mut append = Vec::new();
        for (der, ca) in decode_certificates(new.append.as_bytes()) {
            append.push(CaId(ca.fingerprint_sha256.clone()));
            gathered.cas.insert(CaId(ca.fingerprint_sha256), pem::encode("CERTIFICATE", &der));
        }
        let trusted = self.trust.load_full();
        for fingerprint in &new.delete {
            let der = trusted.find(fingerprint).ok_or_else(|| Error::UnknownTrustedCa(fingerprint.clone()))?;
            gathered.cas.insert(CaId(fingerprint.clone()), pem::encode("CERTIFICATE", der));
        }
        let primary = new.primary.clone().unwrap_or_else(|| members[0].name.clone());
        let wanted = Wanted {
            change: number,
            append,
            delete: new.delete.iter().cloned().map(CaId).collect(),
            settings: Settings::from(&new.settings),
        };
        let mode = match mode {
            VerificationMode::Permissive => Mode::Permissive,
            VerificationMode::Enforce => Mode::Enforce,
        };
        let cluster = Cluster { nodes, primary: primary.clone(), trusted: self.trusted_ids(), mode };
        let peers = self.peers_in_change(&gathered.credentials, &gathered.clients, &gathered.cas);
        let offer = blocking(move || Ok(propose(&cluster, &wanted, &peers))).await?;
        let unknown = || {
            let canary = new.settings.canary.as_deref().unwrap_or(&primary);
            ChangeRefusal::NotBegun(vec![format!("'{primary}' and '{canary}' must be nodes of the cluster")])
        };
        Ok((gathered, offer.ok_or_else(unknown)?))
    }

    /// The verifier of a change: the trusted CA list and the revocation lists as they are here, and what the nodes show.
    pub(super) fn peers_in_change(
        &self,
        credentials: &BTreeMap<CredentialId, String>,
        clients: &BTreeMap<String, String>,
        more: &BTreeMap<CaId, String>,
    ) -> Peers {
        let trust = self.trust.load();
        let mut cas: BTreeMap<_, _> = Peers::cas_of(trust.pem().as_bytes()).into_iter().collect();
        more.values().for_each(|ca| cas.extend(Peers::cas_of(ca.as_bytes())));
        Peers {
            cas,
            credentials: credentials.iter().map(|(id, pem)| (id.clone(), pem.clone().into_bytes())).collect(),
            clients: clients.iter().map(|(name, pem)| (name.clone(), pem.clone().into_bytes())).collect(),
            crls: self.crls.load().files().into_iter().map(<[u8]>::to_vec).collect(),
            at: clock::now(),
        }
    }

    /// The nodes of the cluster that the others verify, and would not without these CAs; and who could not be asked.
    pub(in super::super) async fn nodes_refused_without(
        self: &Arc<Self>,
        fingerprints: Vec<String>,
    ) -> Result<(Vec<Affected>, Vec<String>), Error> {
        let members = self.members();
        let mut gathered = Gathered::default();
        let (mut nodes, mut notes) = (Vec::new(), Vec::new());
        for member in members.iter().filter(|_| members.len() > 1) {
            match self.material_of(member).await {
                Some(material) => nodes.push(gathered.take(&member.name, Some(material), &[])),
                None => notes.push(format!("{} could not be asked what breaks there.", member.name)),
            }
        }
        let app = Arc::clone(self);
        let affected = blocking(move || {
            let is_enforced = app.shared_mode()? == VerificationMode::Enforce;
            let peers = app.peers_in_change(&gathered.credentials, &gathered.clients, &gathered.cas);
            let now = app.trusted_ids();
            let then: Vec<CaId> = now.iter().filter(|ca| !fingerprints.contains(&ca.0)).cloned().collect();
            let affected = nodes.iter().filter_map(|node| {
                let shown = Presented { node: &node.name, credential: &node.serves };
                peers.verifies(&now, "", shown).ok()?;
                let reasons = peers.verifies(&then, "", shown).err()?;
                let reasons = reasons.into_iter().map(|reason| reason.0).collect::<Vec<_>>().join("; ");
                let consequence = if is_enforced {
                    format!("The other nodes of the cluster refuse it: {reasons}.")
                } else {
                    format!("The other nodes of the cluster would refuse it under Enforce: {reasons}.")
                };
                Some(Affected {
                    what: Dependent::Node,
                    name: node.name.clone(),
                    holds: false,
                    before: Vec::new(),
                    after: Vec::new(),
                    consequence,
                })
            });
            Ok(affected.collect())
        })
        .await?;
        Ok((affected, notes))
    }

    /// What the last step of a change breaks at the nodes, as each of them says.
    pub(super) async fn what_breaks_at_nodes(self: &Arc<Self>, new: &NewChange, plan: &Plan) -> Breaking {
        let mut all = Breaking::default();
        if plan.delete.is_empty() {
            return all;
        }
        let delete: Vec<String> = plan.delete.iter().map(|ca| ca.0.clone()).collect();
        for member in self.members() {
            let changed = plan.node(&member.name).is_some_and(|node| plan.nodes[node.index()].place.is_some());
            let last = LastStep { append: new.append.clone(), delete: delete.clone(), changed };
            let said: Option<Breaking> = if member.name == self.name() {
                self.breaking(last).await.ok()
            } else {
                self.ask(&member, &Asked::WhatBreaks(last)).await.ok()
            };
            match said {
                Some(said) => all.take(said),
                None => all.notes.push(format!("{} could not be asked what breaks there.", member.name)),
            }
        }
        all
    }

    async fn breaking(self: &Arc<Self>, last: LastStep) -> Result<Breaking, Error> {
        let app = Arc::clone(self);
        blocking(move || app.what_breaks_at_last(&last)).await
    }

    /// What a node brings; `None` if it does not answer.
    async fn material_of(self: &Arc<Self>, member: &Member) -> Option<Material> {
        if member.name == self.name() {
            let app = Arc::clone(self);
            return blocking(move || app.material_for_change()).await.ok();
        }
        self.ask(member, &Asked::Material).await.ok()
    }

    /// What this node brings.
    pub(super) fn material_for_change(&self) -> Result<Material, Error> {
        let (server, client, csr) = {
            let store = self.store();
            (store.slots(Identity::Server)?, store.slots(Identity::Client)?, store.csr()?.is_some())
        };
        let same = client.active.chain_pem == server.active.chain_pem;
        Ok(Material {
            serves: server.active.served_pem,
            client: (!same).then_some(client.active.served_pem),
            waits: server.pending.map(|pending| pending.served_pem),
            csr,
            acme: server.active.origin == Origin::Acme,
        })
    }

    /// Asks a node something.
    pub(super) async fn ask<T: DeserializeOwned>(&self, member: &Member, asked: &Asked) -> Result<T, CallError> {
        self.send_to(member, "/peer/ask", asked).await
    }

    /// Sends a node a message, and reads its answer.
    pub(super) async fn send_to<T: DeserializeOwned>(
        &self,
        member: &Member,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, CallError> {
        let broken = |error: &dyn std::fmt::Display| CallError::Broken(error.to_string());
        let channel =
            self.channel().ok_or_else(|| CallError::Silent("this node has no way to its peers".to_owned()))?;
        let body = serde_json::to_vec(message).map_err(|error| broken(&error))?;
        let request =
            Request::post(path).header(http::header::CONTENT_TYPE, "application/json").body(Bytes::from(body));
        let answer = channel.call(&member.name, &member.address, request.map_err(|error| broken(&error))?).await?;
        if !answer.status().is_success() {
            let text = String::from_utf8_lossy(answer.body());
            return Err(CallError::Broken(format!("{} answered {}: {text}", member.name, answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| broken(&error))
    }

    /// Answers what another node asks, as JSON.
    pub(crate) async fn answer_peer(self: &Arc<Self>, asked: Asked) -> Result<serde_json::Value, Error> {
        let json = |error: serde_json::Error| Error::GivenUp(error.to_string());
        match asked {
            Asked::Material => {
                let app = Arc::clone(self);
                let material = blocking(move || app.material_for_change()).await?;
                serde_json::to_value(material).map_err(json)
            }
            Asked::Probe => serde_json::to_value(self.probe_self().await?).map_err(json),
            Asked::WhatBreaks(last) => serde_json::to_value(self.breaking(last).await?).map_err(json),
            Asked::Look { name } => serde_json::to_value(self.look_at_one(&name).await).map_err(json),
        }
    }

    /// What this node serves, seen from outside as far as that goes.
    pub(super) async fn probe_self(self: &Arc<Self>) -> Result<Probed, Error> {
        let (host, port) = self.own_https();
        let leaf = outbound::leaf(&host, port, self.name()).await.ok();
        let https = leaf.map(|der| fingerprint(&der));
        let app = Arc::clone(self);
        let services = blocking(move || app.services()).await?.services.into_iter();
        let failing = services.filter(|service| service.state != ServiceState::Current).map(|service| service.name);
        let mut services: Vec<String> = failing.collect();
        // One that had it when it was given it may have gone since.
        for name in self.services_that_do_not_serve().await? {
            if !services.contains(&name) {
                services.push(name);
            }
        }
        Ok(Probed { https, services, restart: self.restart_trouble() })
    }
}

impl Gathered {
    /// A node of the plan.
    fn take(&mut self, name: &str, material: Option<Material>, leave_out: &[String]) -> Node {
        let Some(material) = material else {
            let unknown = CredentialId(format!("what {name} serves"));
            return Node {
                name: name.to_owned(),
                answers: false,
                left_out: None,
                serves: unknown,
                csr: false,
                waits: None,
            };
        };
        let mut keep = |pem: &str| {
            let id = CredentialId(fingerprint(pem.as_bytes()));
            self.credentials.insert(id.clone(), pem.to_owned());
            id
        };
        let serves = keep(&material.serves);
        let waits = material.waits.as_deref().map(keep);
        if let Some(client) = material.client {
            self.clients.insert(name.to_owned(), client);
        }
        let left_out = if material.acme {
            Some(LeftOut::Acme)
        } else {
            leave_out.iter().any(|left| left == name).then_some(LeftOut::Chosen)
        };
        Node { name: name.to_owned(), answers: true, left_out, serves, csr: material.csr, waits }
    }
}

/// The leaf's fingerprint.
pub(super) fn credential_of(certificate: &Certificate) -> CredentialId {
    CredentialId(fingerprint(certificate.chain_pem.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_acme_provider_has_signed_is_left_out_and_says_so() {
        let material = |acme| Material { serves: String::new(), client: None, waits: None, csr: false, acme };
        let left_out = |acme, leave_out: &[String]| {
            Gathered::default().take("expe1.example.com", Some(material(acme)), leave_out).left_out
        };
        let named = ["expe1.example.com".to_owned()];
        assert_eq!([left_out(true, &[]), left_out(true, &named)], [Some(LeftOut::Acme); 2]);
        assert_eq!([left_out(false, &named), left_out(false, &[])], [Some(LeftOut::Chosen), None]);
    }
}
