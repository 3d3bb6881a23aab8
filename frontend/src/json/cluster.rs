//! How what a node says of its cluster is read, of the change of its certificates, and of its TLS settings.

use certway_wire::change::{
    ChangeBreak, ChangeForced, ChangeKept, ChangeLeftOut, ChangeLogLine, ChangeOffer, ChangePlan, ChangeRefusal,
    ChangeStep, Changes, ChangingNode, RunningChange,
};
use certway_wire::cluster::{
    Cluster, ClusterNode, Membership, NewJoinToken, NodeCertificate, NodeStatus, PeerVerdict, Plane, Verdict,
    VerificationMode,
};

use certway_wire::tls::{TlsProfile, TlsProfileDetails, TlsProfiles};

use super::{fields, words};

fields!(TlsProfiles { profile, profiles });
fields!(TlsProfileDetails { profile, purpose, minimum_version, cipher_suites, groups, source });
words!(TlsProfile { "intermediate" = Intermediate, "modern" = Modern, "high" = High });
fields!(Cluster { membership, plane, mode, nodes, verdicts, let_through });
words!(Membership { "not-configured" = NotConfigured, "alone" = Alone, "member" = Member });
fields!(Plane { endpoints, reachable, since, message });
words!(VerificationMode { "permissive" = Permissive, "enforce" = Enforce });
fields!(ClusterNode { name, address, this, alive, joined_at, status });
fields!(NodeStatus {
    at,
    version,
    certificate,
    client_certificate,
    csr,
    pending,
    acme,
    alarms,
    trusted_cas_sha256,
    mode,
    event,
    event_digest
});
fields!(NodeCertificate { subject, serial, not_after, fingerprint_sha256, temporary });
fields!(PeerVerdict { verifier, presented, verdict, at, reasons });
words!(Verdict { "verified" = Verified, "fails" = Fails, "silent" = Silent, "not-yet" = NotYet });
fields!(ChangeOffer {
    version,
    mode,
    refused,
    missing,
    specification,
    without_permissive,
    forced,
    never_enforced,
    left_out,
    kept,
    breaks,
    notes,
});
fields!(ChangeBreak { nodes, what, name, consequence });
fields!(ChangePlan { steps });
fields!(ChangeStep { step, nodes, cas, mode, refused });
fields!(ChangeRefusal { verifiers, presented, certificate, reasons });
fields!(ChangeForced { step, refused });
fields!(ChangeLeftOut { node, reason });
fields!(ChangeKept { ca, breaks });
fields!(Changes { latest });
fields!(RunningChange {
    number,
    by,
    begun_at,
    leader,
    without_permissive,
    plan,
    direction,
    step,
    nodes,
    permissive_until,
    confirm_by,
    stopped,
    held,
    choices,
    end,
    log,
});
fields!(ChangingNode { name, answers, serves, mode, outcome, work, troubles });
fields!(ChangeLogLine { at, step, node, what });
fields!(NewJoinToken { token, expires_at });
