//! The change of server certificates across the nodes of a cluster: as it is planned, with the steps and who would refuse
//! whom after each of them; and as it goes.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use certway_rollout as rollout;
use serde::{Deserialize, Serialize};

use crate::VERSION;
use crate::trust::Dependent;

mod running;
mod words;

pub use running::{
    Beginning, ChangeDecision, ChangeLogLine, ChangeSettings, Changes, ChangingNode, NewChange, RunningChange,
};

/// Both ways to do a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeOffer {
    /// The version of this message.
    pub version: u32,
    /// TLS verification mode before the change and after it: `permissive` or `enforce`.
    pub mode: String,
    /// Who refuses whom today, or would under Enforce.
    pub refused: Vec<ChangeRefusal>,
    /// What must be there before the change can begin, in sentences.
    pub missing: Vec<String>,
    /// The specification's order, 'Changing an existing server certificate'.
    pub specification: ChangePlan,
    /// An order in which Enforce stays all the time, if there is one.
    pub without_permissive: Option<ChangePlan>,
    /// What forces Permissive, if there is none.
    pub forced: Vec<ChangeForced>,
    /// What would keep Enforce from coming back: the change does not begin then.
    pub never_enforced: Vec<ChangeForced>,
    /// Nodes that keep their certificates, and why.
    pub left_out: Vec<ChangeLeftOut>,
    /// CAs that were to be deleted and stay, by their fingerprints, and who would refuse whom without each.
    pub kept: Vec<ChangeKept>,
    /// What the deletion of CAs would break at the nodes beside that.
    pub breaks: Vec<ChangeBreak>,
    /// What was not looked at and may depend on those CAs as well, in sentences.
    pub notes: Vec<String>,
}

/// What breaks when the CAs are deleted, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeBreak {
    /// The nodes at which it breaks.
    pub nodes: Vec<String>,
    /// What it is.
    pub what: Dependent,
    /// Its name: a subject distinguished name, the issuer of a revocation list, a server's host and port.
    pub name: String,
    /// What becomes of it, in one sentence.
    pub consequence: String,
}

/// A node that keeps its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeLeftOut {
    /// Its name.
    pub node: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// The steps of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePlan {
    /// In their order.
    pub steps: Vec<ChangeStep>,
}

/// A step, and what holds after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeStep {
    /// `append-cas`, `permissive`, `new-certificates`, `restart`, `enforce` or `delete-cas`.
    pub step: String,
    /// The nodes that are restarted, if that is the step.
    pub nodes: Vec<String>,
    /// The CAs that are appended or deleted, by their fingerprints, if that is the step.
    pub cas: Vec<String>,
    /// TLS verification mode after it.
    pub mode: String,
    /// Who would refuse whom after it, if the mode were Enforce.
    pub refused: Vec<ChangeRefusal>,
}

/// A node that others refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeRefusal {
    /// The nodes that refuse it.
    pub verifiers: Vec<String>,
    /// The node that is refused.
    pub presented: String,
    /// Which of its certificates: `former` or `new`.
    pub certificate: String,
    /// Every reason, in sentences.
    pub reasons: Vec<String>,
}

/// A step after which a node would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeForced {
    /// The step; absent if it is so today.
    pub step: Option<String>,
    /// The node, and who refuses it.
    pub refused: ChangeRefusal,
}

/// A CA that stays although it was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeKept {
    /// Its fingerprint.
    pub ca: String,
    /// What would break without it.
    pub breaks: Vec<ChangeRefusal>,
}

impl From<&rollout::Offer> for ChangeOffer {
    fn from(offer: &rollout::Offer) -> Self {
        let plan = &offer.specification;
        let forced = |forced: &[rollout::Forced]| forced.iter().map(|one| shown_forced(plan, one)).collect();
        Self {
            version: VERSION,
            mode: mode(plan.mode),
            refused: refused(plan, 0),
            missing: plan.missing.iter().map(|missing| shown_missing(plan, missing)).collect(),
            specification: shown(plan),
            without_permissive: offer.without_permissive.as_ref().map(shown),
            forced: forced(&offer.forced),
            never_enforced: forced(&plan.never_enforced),
            left_out: plan.nodes.iter().filter_map(left_out).collect(),
            kept: plan
                .kept
                .iter()
                .map(|kept| ChangeKept {
                    ca: kept.ca.0.clone(),
                    breaks: kept.breaks.iter().map(|refused| one(plan, refused)).collect(),
                })
                .collect(),
            // It takes the nodes to say.
            breaks: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn left_out(node: &rollout::PlannedNode) -> Option<ChangeLeftOut> {
    let reason = match node.left_out? {
        rollout::LeftOut::Acme => {
            "its certificate comes from the ACME certificate service, to which the procedure does not apply: its provider signs a new one"
        }
        rollout::LeftOut::Chosen => "an administrator wants it so",
    };
    Some(ChangeLeftOut { node: node.name.clone(), reason: reason.to_string() })
}

fn shown(plan: &rollout::Plan) -> ChangePlan {
    let fingerprints = |cas: &[rollout::CaId]| cas.iter().map(|ca| ca.0.clone()).collect();
    let steps = plan.steps.iter().enumerate().map(|(index, planned)| ChangeStep {
        step: step(planned.step),
        nodes: planned
            .wave
            .and_then(|wave| plan.waves.get(usize::try_from(wave).ok()?))
            .map(|nodes| nodes.iter().map(|node| plan.name(*node).to_string()).collect())
            .unwrap_or_default(),
        cas: match planned.step {
            rollout::Step::AppendCas => fingerprints(&plan.append),
            rollout::Step::DeleteCas => fingerprints(&plan.delete),
            _ => Vec::new(),
        },
        mode: mode(planned.mode),
        refused: refused(plan, index + 1),
    });
    ChangePlan { steps: steps.collect() }
}

/// Who would refuse whom after so many steps; whoever refuses the same node for the same reasons is named together.
fn refused(plan: &rollout::Plan, steps: usize) -> Vec<ChangeRefusal> {
    let mut together: Vec<ChangeRefusal> = Vec::new();
    for refused in plan.matrix(steps).refused() {
        let ChangeRefusal { verifiers, presented, certificate, reasons } = one(plan, &refused);
        let same = together
            .iter_mut()
            .find(|known| known.presented == presented && known.certificate == certificate && known.reasons == reasons);
        match same {
            Some(known) => known.verifiers.extend(verifiers),
            None => together.push(ChangeRefusal { verifiers, presented, certificate, reasons }),
        }
    }
    together
}

fn one(plan: &rollout::Plan, refused: &rollout::Refused) -> ChangeRefusal {
    ChangeRefusal {
        verifiers: [plan.name(refused.verifier).to_string()].into(),
        presented: plan.name(refused.presented).to_string(),
        certificate: match refused.serving {
            rollout::Serving::Former => "former".to_string(),
            rollout::Serving::New => "new".to_string(),
        },
        reasons: refused.reasons.iter().map(|reason| reason.0.clone()).collect(),
    }
}

fn shown_forced(plan: &rollout::Plan, forced: &rollout::Forced) -> ChangeForced {
    ChangeForced { step: forced.step.map(step), refused: one(plan, &forced.refused) }
}

/// Why a change does not begin, in sentences.
#[must_use]
pub fn sentences(plan: &rollout::Plan, why: &rollout::NotBegun) -> Vec<String> {
    match why {
        rollout::NotBegun::AnotherRuns => ["another change is under way".to_string()].into(),
        rollout::NotBegun::Missing => plan.missing.iter().map(|missing| shown_missing(plan, missing)).collect(),
        rollout::NotBegun::NothingToDo => ["no node takes part".to_string()].into(),
        rollout::NotBegun::NeverEnforced => plan
            .never_enforced
            .iter()
            .map(|forced| {
                let refused = one(plan, &forced.refused);
                let (verifiers, reasons) = (refused.verifiers.join(", "), refused.reasons.join("; "));
                alloc::format!("at the end {verifiers} would refuse {} ({reasons})", refused.presented)
            })
            .collect(),
    }
}

fn shown_missing(plan: &rollout::Plan, missing: &rollout::Missing) -> String {
    let name = plan.name(missing.node);
    match missing.lack {
        rollout::Lack::Csr => alloc::format!("{name} has no certificate signing request: generate one"),
        rollout::Lack::Certificate => alloc::format!("{name} has no new certificate yet: its request waits for one"),
        rollout::Lack::Answer => alloc::format!("{name} does not answer"),
    }
}

fn mode(mode: rollout::Mode) -> String {
    match mode {
        rollout::Mode::Permissive => "permissive".to_string(),
        rollout::Mode::Enforce => "enforce".to_string(),
    }
}

fn step(step: rollout::Step) -> String {
    let name = match step {
        rollout::Step::AppendCas => "append-cas",
        rollout::Step::Permissive => "permissive",
        rollout::Step::NewCertificates => "new-certificates",
        rollout::Step::Restart => "restart",
        rollout::Step::Enforce => "enforce",
        rollout::Step::DeleteCas => "delete-cas",
        rollout::Step::End => "end",
    };
    name.to_string()
}
