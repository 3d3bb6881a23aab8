//! When the certificates of the other nodes end, as each of them last said.

use certway_core::Time;
use certway_wire::cluster::{NodeCertificate, NodeStatus};
use certway_wire::trust::{OtherNode, Turn, Turning};

use super::super::App;
use super::Live;

impl App {
    /// What ends at the other nodes after `now`, by their names.
    pub(in super::super) fn ends_of_others(&self, now: Time) -> Vec<OtherNode> {
        let live = self.cluster.live.load();
        let others = self.members().into_iter().filter(|member| member.name != self.name);
        others
            .map(|member| {
                let last = live.last.get(&member.name);
                OtherNode {
                    note: note(&member.name, last, &live),
                    said_at: last.map(|status| status.at.clone()),
                    turns: last.map(|status| ends(&member.name, status, now)).unwrap_or_default(),
                    name: member.name,
                }
            })
            .collect()
    }
}

/// Why what a node has said may be out of date.
fn note(name: &str, last: Option<&NodeStatus>, live: &Live) -> Option<String> {
    match last {
        None => Some(format!(
            "{name} was not heard of since this node was started: when its certificates end is missing here."
        )),
        Some(status) if !live.reachable => Some(format!(
            "The node does not reach etcd: when the certificates of {name} end is as that said at {}.",
            status.at
        )),
        Some(status) if !live.nodes.contains_key(name) => {
            Some(format!("{name} is away: when its certificates end is as it said at {}.", status.at))
        }
        Some(_) => None,
    }
}

fn ends(name: &str, status: &NodeStatus, now: Time) -> Vec<Turn> {
    let server = (&status.certificate, format!("The server certificate of {name} expires."));
    let client = (&status.client_certificate, format!("The client certificate of {name} expires."));
    let mut turns: Vec<Turn> = [server, client]
        .into_iter()
        .filter_map(|(certificate, message)| turn(certificate.as_ref()?, message, now))
        .collect();
    // RFC 3339 in UTC sorts as text.
    turns.sort_by(|one, other| one.at.cmp(&other.at));
    turns
}

/// The temporary certificate is left out: the node renews it by itself.
fn turn(certificate: &NodeCertificate, message: String, now: Time) -> Option<Turn> {
    let end: Time = certificate.not_after.parse().ok()?;
    (end > now && !certificate.temporary).then(|| Turn {
        at: certificate.not_after.clone(),
        what: Turning::Certificate,
        name: certificate.subject.clone(),
        begins: false,
        message,
    })
}
