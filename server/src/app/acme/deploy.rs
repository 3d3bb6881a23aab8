//! What is done with a signed certificate: looked at beside the active one, deployed if nothing stands against it,
//! discarded, revoked.

use std::sync::Arc;

use certway_core::decoded::Certificate as Decoded;
use certway_core::{Accepted, AcceptedCertificate, Severity, decode_certificates, pem};
use certway_wire::acme::{Acme, AcmeCa, AcmeDifference, AcmeObjection, AcmePending, AcmeRevocation, AcmeRevoked};
use certway_wire::node::TrustedCasAppended;

use super::super::alarms::is_trusted;
use super::super::certificates::describe;
use super::super::change::ChangeRefusal;
use super::super::error::Error;
use super::super::{App, Changing, blocking};
use super::state::{failed, worked};
use super::{AcmeRefusal, connected, to_its_end};
use crate::acme;
use crate::clock;
use crate::store::{Certificate, Entry, Identity, Load, Origin, Slot, Slots};

/// Rules that say nothing against a new certificate: its usages have an objection of their own, and a short lifetime is
/// what its provider gives.
const NOT_AGAINST: [&str; 2] = ["not-both-client-and-server", "expires-soon"];

impl App {
    /// The certificate that waits, as everyone may see it.
    pub(super) fn shown_pending(&self, slots: &Slots, signed: &Certificate) -> Option<AcmePending> {
        let (pending, active) = (leaf(signed)?, leaf(&slots.active)?);
        Some(AcmePending {
            certificate: self.show(Identity::Server, signed)?,
            differences: differences(&active, &pending),
            objections: self.objections(slots, signed).0,
            cas_at_hand: self.cas_at_hand(signed).iter().map(|(_, ca)| shown_ca(ca)).collect(),
            becomes_client: self.becomes_client(&pending, Some(&slots.active)),
        })
    }

    /// What stands against deploying a signed certificate, and the certificate as the judge accepts it.
    pub(super) fn objections(
        &self,
        slots: &Slots,
        signed: &Certificate,
    ) -> (Vec<AcmeObjection>, Option<AcceptedCertificate>) {
        let judged = self.judge_stored(Identity::Server, signed);
        let mut objections = Vec::new();
        let mut object = |message: String, remedy: &str, may_be_overruled: bool| {
            objections.push(AcmeObjection { message, remedy: remedy.to_owned(), may_be_overruled });
        };
        for finding in judged.findings.iter().filter(|finding| finding.rule.severity == Severity::Error) {
            object(finding.message.to_string(), finding.rule.remedy, false);
        }
        if !is_trusted(&judged) {
            object(
                "Its chain does not end in the trusted CA list.".to_owned(),
                "Append the CA certificates of its chain to the trusted CA list; those at hand are offered here, others come from the provider.",
                false,
            );
        }
        if let (Some(new), Some(old)) = (leaf(signed), leaf(&slots.active)) {
            let replaces_own = slots.active.origin != Origin::Temporary;
            if !can(&new, "serverAuth") {
                object(
                    "It is not for servers: its extended key usage is without serverAuth.".to_owned(),
                    "Choose another profile of the provider, or another provider.",
                    false,
                );
            }
            let lost: Vec<String> = names(&old).into_iter().filter(|name| !names(&new).contains(name)).collect();
            if replaces_own && !lost.is_empty() {
                object(
                    format!("It is without names that the active certificate has: {}.", lost.join(", ")),
                    "Add them to the names of the service and sign again, or deploy it all the same if nobody uses them any more.",
                    true,
                );
            }
            if replaces_own
                && can(&old, "clientAuth")
                && !can(&new, "clientAuth")
                && !self.has_own_client_certificate(&old)
            {
                object(
                    "It is not for clients (clientAuth), as the active certificate is: peers that check that would refuse the node's connections to them.".to_owned(),
                    "Upload a client certificate of another CA on the Client certificate page: with that in place the server certificate needs no clientAuth.",
                    true,
                );
            }
            if replaces_own {
                let before = self.judge_stored(Identity::Server, &slots.active);
                let warned = |rule: &str| before.findings.iter().any(|finding| finding.rule.id == rule);
                for finding in &judged.findings {
                    let rule = finding.rule.id;
                    if finding.rule.severity == Severity::Warning
                        && rule != "ca-not-recognised"
                        && !NOT_AGAINST.contains(&rule)
                        && !warned(rule)
                    {
                        object(finding.message.to_string(), finding.rule.remedy, true);
                    }
                }
            }
        }
        let accepted = match judged.into_accepted() {
            Some(Accepted::Certificate(accepted)) => Some(accepted),
            _ => None,
        };
        if objections.is_empty() && !accepted.as_ref().is_some_and(AcceptedCertificate::loadable) {
            objections.push(AcmeObjection {
                message: "It cannot be loaded yet.".to_owned(),
                remedy: "See its report.".to_owned(),
                may_be_overruled: false,
            });
        }
        (objections, accepted)
    }

    /// Whether what the node shows as a client is a certificate of its own, and not the server's.
    fn has_own_client_certificate(&self, server: &Decoded) -> bool {
        let Ok(slots) = self.store().slots(Identity::Client) else { return false };
        let shown = leaf(&slots.active);
        slots.active.origin != Origin::Temporary
            && shown.is_some_and(|shown| {
                shown.fingerprint_sha256 != server.fingerprint_sha256 && shown.not_after > clock::now()
            })
    }

    /// The CAs that a signed certificate's chain needs, are at hand, and are not in the trusted CA list.
    fn cas_at_hand(&self, signed: &Certificate) -> Vec<(Vec<u8>, Decoded)> {
        let mut chain = decode_certificates(signed.chain_pem.as_bytes()).into_iter();
        let Some((_, leaf)) = chain.next() else { return Vec::new() };
        let mut found: Vec<(Vec<u8>, Decoded)> = chain.collect();
        let (set, _) = self.acme_set();
        let given = decode_certificates(set.0.ca_pem.as_deref().unwrap_or_default().as_bytes());
        for (der, root) in acme::roots().into_iter().chain(given) {
            let issues = |ca: &Decoded| ca.issuer == root.subject && ca.subject != root.subject;
            if root.is_ca && (issues(&leaf) || found.iter().any(|(_, ca)| issues(ca))) {
                found.push((der, root));
            }
        }
        let trust = self.trust.load();
        found.retain(|(_, ca)| ca.is_ca && trust.find(&ca.fingerprint_sha256).is_none());
        found
    }

    /// Appends the CAs that are at hand for the certificate that waits.
    pub(crate) fn acme_trust(&self, actor: &str) -> Result<TrustedCasAppended, Error> {
        let signed = self.store().slots(Identity::Server)?.signed.ok_or(Error::Acme(AcmeRefusal::NothingSigned))?;
        let cas: String = self.cas_at_hand(&signed).iter().map(|(der, _)| pem::encode("CERTIFICATE", der)).collect();
        if cas.is_empty() {
            return Err(Error::Acme(AcmeRefusal::NoCas));
        }
        self.append_trusted_cas(actor, None, cas.as_bytes())
    }

    /// Serves the certificate that waits from the next handshake on. `anyway` overrules what may be overruled.
    pub(crate) fn acme_deploy(&self, actor: &str, anyway: bool) -> Result<Acme, Error> {
        let change = self.changing();
        self.deploy(&change, actor, anyway)?;
        drop(change);
        self.copy_deployed(actor);
        self.acme()
    }

    pub(super) fn deploy(&self, change: &Changing<'_>, actor: &str, anyway: bool) -> Result<(), Error> {
        if self.takes_part_in_change() {
            return Err(ChangeRefusal::Runs.into());
        }
        let slots = self.store().slots(Identity::Server)?;
        let signed = slots.signed.as_ref().ok_or(Error::Acme(AcmeRefusal::NothingSigned))?;
        let (objections, accepted) = self.objections(&slots, signed);
        let stands: Vec<AcmeObjection> =
            objections.into_iter().filter(|objection| !(anyway && objection.may_be_overruled)).collect();
        let (Some(accepted), true) = (accepted, stands.is_empty()) else {
            return Err(Error::Acme(AcmeRefusal::Objections(stands)));
        };
        self.load_stored(actor, Identity::Server, signed, &accepted, Load::Sound)?;
        let now = clock::now();
        let (_, mut state) = self.acme_set();
        let name = describe(accepted.chain_der().first().map_or(&[][..], Vec::as_slice));
        state.last_deploy = Some(worked(now, format!("{name} is served since; no restart is needed.")));
        self.store().change(now, actor, |change| {
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-certificate-deployed", name)))
        })?;
        self.refresh_or_log(change);
        Ok(())
    }

    /// Records that a deployment was not made, once for each reason.
    pub(super) fn keep_deploy_failure(&self, change: &Changing<'_>, actor: &str, error: &Error) -> Result<(), Error> {
        let (message, remedy) = match error {
            Error::Acme(AcmeRefusal::Objections(objections)) => (
                objections.iter().map(|objection| objection.message.as_str()).collect::<Vec<_>>().join(" "),
                objections.first().map_or("", |objection| objection.remedy.as_str()).to_owned(),
            ),
            other => (format!("{other}."), "The node tries again in a minute.".to_owned()),
        };
        let (_, mut state) = self.acme_set();
        if state.last_deploy.as_ref().is_some_and(|last| !last.ok && last.message == message) {
            return Ok(());
        }
        let now = clock::now();
        state.last_deploy = Some(failed(now, &message, &remedy));
        self.store().change(now, actor, |change| {
            change.set(&state)?;
            Ok::<_, Error>(((), Entry::new("acme-deploy-refused", message)))
        })?;
        self.refresh_or_log(change);
        Ok(())
    }

    /// Shows what was deployed as a client too, if that is set, it can be one, and nothing else was put there.
    pub(super) fn copy_deployed(&self, actor: &str) {
        let Ok(server) = self.store().slots(Identity::Server) else { return };
        let Some(new) = leaf(&server.active) else { return };
        if self.becomes_client(&new, server.previous.as_ref())
            && let Err(error) = self.copy_to_client(actor)
        {
            tracing::warn!(%error, "the deployed certificate was not copied as the client certificate");
        }
    }

    /// Whether a certificate that takes the place of `replaced` is shown as a client too.
    fn becomes_client(&self, new: &Decoded, replaced: Option<&Certificate>) -> bool {
        let Ok(client) = self.store().slots(Identity::Client) else { return false };
        let shown = leaf(&client.active).map(|shown| shown.fingerprint_sha256);
        let was_copied = client.active.origin == Origin::Temporary
            || replaced.and_then(leaf).map(|replaced| replaced.fingerprint_sha256) == shown;
        self.acme_set().0.0.copy_to_client && was_copied && can(new, "clientAuth")
    }

    /// Forgets the certificate that waits and its key, and the order in progress.
    pub(crate) fn acme_discard(&self, actor: &str) -> Result<Acme, Error> {
        let _one_at_a_time = self.ask_alone()?;
        let change = self.changing();
        let (signed, order) = {
            let store = self.store();
            (store.slots(Identity::Server)?.signed, store.acme_order()?)
        };
        if signed.is_none() && order.is_none() {
            return Err(Error::Acme(AcmeRefusal::NothingSigned));
        }
        let (_, mut state) = self.acme_set();
        // What was said against it is gone with it.
        state.last_deploy = state.last_deploy.filter(|last| last.ok);
        self.store().change(clock::now(), actor, |change| {
            change.clear(Identity::Server, Slot::Signed)?;
            change.end_acme_order()?;
            change.set(&state)?;
            let what = signed.as_ref().map_or("the order in progress", |_| "the signed certificate");
            Ok::<_, Error>(((), Entry::new("acme-discarded", what)))
        })?;
        self.refresh_or_log(&change);
        drop(change);
        self.acme()
    }

    /// Has the provider revoke a certificate (RFC 8555 section 7.6).
    pub(crate) async fn acme_revoke(self: &Arc<Self>, actor: &str, asked: AcmeRevocation) -> Result<Acme, Error> {
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        to_its_end(async move { app.revoke(&actor, asked).await }).await
    }

    async fn revoke(self: &Arc<Self>, actor: &str, asked: AcmeRevocation) -> Result<Acme, Error> {
        let _one_at_a_time = self.ask_alone()?;
        let slots = self.store().slots(Identity::Server)?;
        let certificate = match asked.certificate {
            AcmeRevoked::Pending => slots.signed,
            AcmeRevoked::Active => Some(slots.active),
            AcmeRevoked::Previous => slots.previous,
        };
        let certificate =
            certificate.filter(|found| found.origin == Origin::Acme).ok_or(Error::Acme(AcmeRefusal::NotOurs))?;
        let decoded = decode_certificates(certificate.chain_pem.as_bytes()).into_iter().next();
        let (der, leaf) = decoded.ok_or(Error::Acme(AcmeRefusal::NotOurs))?;
        let (transport, stored) = self.acme_account_now()?;
        let account = connected(&transport, &stored).await?;
        acme::revoke(&transport, &account, &der, asked.reason).await.map_err(Error::from)?;
        let (app, actor) = (Arc::clone(self), actor.to_owned());
        blocking(move || {
            let change = app.changing();
            let (_, mut state) = app.acme_set();
            state.revoked.push(leaf.fingerprint_sha256.clone());
            // Only those that may still be served matter.
            let first = state.revoked.len().saturating_sub(10);
            state.revoked.drain(..first);
            if asked.certificate == AcmeRevoked::Pending {
                // What was said against it is gone with it.
                state.last_deploy = state.last_deploy.filter(|last| last.ok);
            }
            app.store().change(clock::now(), &actor, |change| {
                if asked.certificate == AcmeRevoked::Pending {
                    change.clear(Identity::Server, Slot::Signed)?;
                }
                change.set(&state)?;
                Ok::<_, Error>(((), Entry::new("acme-certificate-revoked", describe(&der))))
            })?;
            app.refresh_or_log(&change);
            drop(change);
            app.acme()
        })
        .await
    }
}

pub(super) fn leaf(certificate: &Certificate) -> Option<Decoded> {
    decode_certificates(certificate.chain_pem.as_bytes()).into_iter().next().map(|(_, leaf)| leaf)
}

/// Whether a certificate may be used so. Without the extension it may be used for everything (RFC 5280 section 4.2.1.12).
fn can(certificate: &Decoded, usage: &str) -> bool {
    let named = |usages: &Vec<String>| usages.iter().any(|found| found == usage || found == "anyExtendedKeyUsage");
    certificate.extended_key_usage.as_ref().is_none_or(named)
}

fn names(certificate: &Decoded) -> Vec<String> {
    let names = certificate.alternative_names.iter().filter(|name| name.kind == "dNSName");
    names.map(|name| name.value.to_ascii_lowercase()).collect()
}

/// Old against new.
fn differences(active: &Decoded, pending: &Decoded) -> Vec<AcmeDifference> {
    let usages = |certificate: &Decoded| {
        certificate.extended_key_usage.as_ref().map_or_else(|| "any".to_owned(), |usages| usages.join(", "))
    };
    let key = |certificate: &Decoded| certificate.public_key.named();
    let same_key = active.subject_key_id.is_some() && active.subject_key_id == pending.subject_key_id;
    let pending_key =
        if same_key { format!("{}, the same key", key(pending)) } else { format!("{}, a new key", key(pending)) };
    [
        ("Names", names(active).join(", "), names(pending).join(", ")),
        ("Issuer", active.issuer.clone(), pending.issuer.clone()),
        ("Public key", key(active), pending_key),
        ("Extended key usage", usages(active), usages(pending)),
        ("Valid from", active.not_before.to_string(), pending.not_before.to_string()),
        ("Valid until", active.not_after.to_string(), pending.not_after.to_string()),
        ("Signature", active.signature_algorithm.clone(), pending.signature_algorithm.clone()),
    ]
    .into_iter()
    .filter(|(_, active, pending)| active != pending)
    .map(|(what, active, pending)| AcmeDifference { what: what.to_owned(), active, pending })
    .collect()
}

fn shown_ca(ca: &Decoded) -> AcmeCa {
    AcmeCa { subject: ca.subject.clone(), fingerprint_sha256: ca.fingerprint_sha256.clone(), is_root: ca.self_issued }
}
