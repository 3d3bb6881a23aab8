//! Refusals that have to do with the cluster, and with the change of its certificates.

use axum::http::StatusCode;

use super::{Problem, capitalised};
use crate::app::{ChangeRefusal, ClusterRefusal};
use crate::store;

impl From<ClusterRefusal> for Problem {
    fn from(refusal: ClusterRefusal) -> Self {
        let reason = capitalised(&refusal.to_string());
        let text = format!("{reason}. Nothing was changed.");
        match refusal {
            ClusterRefusal::FoundingUnsure(_) => unsure(&reason),
            ClusterRefusal::AnotherCluster | ClusterRefusal::Edited(_) => {
                Self::new(StatusCode::CONFLICT, "not-restored", "Nothing was given to etcd", text)
            }
            ClusterRefusal::CanBeRemoved(_) => {
                Self::new(StatusCode::CONFLICT, "can-be-removed", "The node is to be removed instead", text)
            }
            ClusterRefusal::NotConfigured | ClusterRefusal::NotMember => {
                Self::new(StatusCode::CONFLICT, "no-cluster", "There is no cluster", text)
            }
            ClusterRefusal::Member | ClusterRefusal::Founded | ClusterRefusal::NameTaken(_) => {
                Self::new(StatusCode::CONFLICT, "cluster-exists", "There is one already", text)
            }
            ClusterRefusal::UnknownNode(_) => Self::not_found(text),
            ClusterRefusal::NodeAway(..) => {
                Self::new(StatusCode::BAD_GATEWAY, "node-away", "The node cannot be asked", text)
            }
            ClusterRefusal::Address(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "address", "This is no address", text)
            }
            ClusterRefusal::WouldBeRefused(refused) => {
                let lines = format!("{text}\n{}", refused.join("\n"));
                Self::new(StatusCode::CONFLICT, "would-be-refused", "Nodes would refuse each other", lines)
            }
            ClusterRefusal::Join(_) => Self::new(StatusCode::CONFLICT, "not-joined", "The node did not join", text),
        }
    }
}

impl From<ChangeRefusal> for Problem {
    fn from(refusal: ChangeRefusal) -> Self {
        let text = format!("{}. Nothing was changed.", capitalised(&refusal.to_string()));
        match refusal {
            ChangeRefusal::Runs => Self::new(StatusCode::CONFLICT, "change-runs", "A change is under way", text),
            ChangeRefusal::NotBegun(_) => {
                Self::new(StatusCode::CONFLICT, "change-not-begun", "The change was not begun", text)
            }
            ChangeRefusal::NotNow(_) | ChangeRefusal::Overtaken => {
                Self::new(StatusCode::CONFLICT, "not-now", "This is not to be decided now", text)
            }
        }
    }
}

/// It may be done, or be done yet.
fn unsure(reason: &str) -> Problem {
    let title = "It is not known whether this was done";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "cluster-unsure", title, format!("{reason}."))
}

/// What is shared was not changed, as far as is known.
pub(super) fn not_shared(cause: &store::Error, text: String) -> Problem {
    if matches!(cause, store::Error::Overtaken) {
        let detail = format!("{text} Look at it again, then try again.");
        return Problem::new(StatusCode::CONFLICT, "overtaken", "Another node was faster", detail);
    }
    if matches!(cause, store::Error::ClusterUnsure(_)) {
        return unsure(&capitalised(&cause.to_string()));
    }
    let title = "The cluster's shared state cannot be changed";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "cluster-away", title, text)
}
