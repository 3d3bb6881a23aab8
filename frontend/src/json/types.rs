//! How the messages of the node and of the judge are read.

use certway_wire::acme::{
    Acme, AcmeAccount, AcmeCa, AcmeChallenge, AcmeDifference, AcmeDirectory, AcmeNext, AcmeObjection, AcmeOutcome,
    AcmePending, AcmeProfile, AcmeProvider, AcmeSettings, AcmeStatus, Weekday,
};
use certway_wire::judge::{Answer, FieldFault};
use certway_wire::node::{
    CertificateStored, Certificates, Crls, CrlsChanged, Csr, CsrInProgress, Digest, Event, EventLog, KeyKind, NewCsr,
    Node, Problem, Reception, SealingKey, Session, StoredCertificate, StoredCrl, TrustedCa, TrustedCaDetails,
    TrustedCas, TrustedCasAppended, TrustedCasChanged, Wildcards,
};
use certway_wire::revocation::{OcspFallback, RevocationSources, RevocationUpdates, SourceKind, SourceResult};
use certway_wire::security::{Lifetime, SecurityLevel, SecurityLevels, SecurityRequirements};
use certway_wire::services::{Service, ServiceCertificate, ServiceFile, ServiceOutcome, ServiceState, Services};
use certway_wire::sign_in::{
    ClientCertificateTest, Group, RevocationCheck, SignInMode, SignInRules, SignInSettings, Trial, UserName,
};
use certway_wire::trust::{
    Affected, CalendarFeed, Dependent, Forecast, NewCalendarFeed, OtherNode, SameName, Turn, Turning, Undo, WhatBreaks,
};
use certway_wire::{
    AlternativeName, Attempt, Certificate, Crl, Decision, Extension, Filled, Finding, Part, PathLink, Place,
    PrivateKey, PublicKey, Reason, RepairOutcome, RepairProblem, RepairReport, RepairStep, Report, Request, Severity,
    TrustedCaChange, Verification, WeakestLink,
};

use zeroize::Zeroizing;

use super::{FromJson, Json, fields, words};

fields!(Report {
    version,
    decision,
    loadable,
    findings,
    certificates,
    leaf,
    private_key,
    path,
    weakest_link,
    trusted_cas,
    crls
});
fields!(Finding { rule, severity, alarm, message, place, found, wanted, remedy, source });
fields!(Place { part, block, line, field });
fields!(Certificate {
    subject,
    issuer,
    common_name,
    alternative_names,
    serial,
    not_before,
    not_after,
    public_key,
    signature_algorithm,
    is_ca,
    path_length,
    key_usage,
    extended_key_usage,
    subject_key_id,
    authority_key_id,
    ocsp_urls,
    ca_issuer_urls,
    crl_urls,
    self_issued,
    extensions,
    fingerprint_sha256,
    fingerprint_sha1,
    block,
    line,
});
fields!(AlternativeName { kind, value });
fields!(Extension { name, critical, value });
fields!(PublicKey { algorithm, bits, fingerprint_sha256 });
fields!(PrivateKey { public_key, format, origin });
fields!(PathLink { subject, fingerprint_sha256, origin, problems, ca_issuer_urls, key_id });
fields!(WeakestLink { subject, what, strength_bits });
fields!(TrustedCaChange { added, known, total });
fields!(Crl { issuer, this_update, next_update, revoked, number, signature_algorithm });

words!(Decision { "accept" = Accept, "accept_with_warnings" = AcceptWithWarnings, "refuse" = Refuse });
words!(Severity { "error" = Error, "warning" = Warning, "advice" = Advice });
words!(Part {
    "certificate" = Certificate,
    "private_key" = PrivateKey,
    "trusted_ca" = TrustedCa,
    "crl" = Crl,
    "csr" = Csr,
});

fields!(Certificates { active, pending, previous, temporary, ocsp });
fields!(StoredCertificate { pem, decoded, report, origin, stored_at, loaded_at, loaded_anyway });
fields!(SealingKey { node, public_key });
fields!(CertificateStored { loaded, report, ocsp });
fields!(Reception { connected, protocol, asked_for_certificate, certificate_shown, failure, server, own, ocsp });
fields!(ClientCertificateTest { version, certificate, verification, text, user_name, against_sign_in, ocsp });
fields!(UserName { name, reason, exists, groups });
fields!(Group { name, value });
fields!(SignInRules { settings, trial, own_certificate_port });
fields!(SignInSettings { mode, expression, template, revocation });
fields!(Trial { ends_at, former, can_keep });
words!(SignInMode {
    "not-required" = NotRequired,
    "validation" = Validation,
    "authentication" = Authentication,
});
words!(RevocationCheck { "if-listed" = IfListed, "off" = Off, "required" = Required });
fields!(Verification { version, valid, path, reasons, attempts });
fields!(Attempt { path, reasons });
fields!(Reason { rule, message, certificate, source });
fields!(TrustedCas { maximum, certificates, undo });
fields!(Forecast { now, turns, others });
fields!(OtherNode { name, said_at, note, turns });
fields!(Turn { at, what, name, begins, message });
words!(Turning { "certificate" = Certificate, "trusted_ca" = TrustedCa, "crl" = Crl, "alarm" = Alarm });
fields!(CalendarFeed { path, user, made_at, made_by });
fields!(NewCalendarFeed { path, user, password });
fields!(Undo { names, count, goes, until });
fields!(WhatBreaks { affected, same_name, unaffected, notes });
fields!(Affected { what, name, holds, before, after, consequence });
fields!(SameName { fingerprint, subject, same_key });
words!(Dependent {
    "server_active" = ServerActive,
    "server_pending" = ServerPending,
    "server_previous" = ServerPrevious,
    "server_signed" = ServerSigned,
    "client_active" = ClientActive,
    "client_pending" = ClientPending,
    "client_previous" = ClientPrevious,
    "crl" = Crl,
    "trusted_ca" = TrustedCa,
    "peer" = Peer,
    "node" = Node,
});
fields!(TrustedCa {
    fingerprint,
    name,
    subject,
    issuer,
    not_before,
    not_after,
    key,
    root,
    weak,
    in_use,
    origin,
    added_at,
});
fields!(TrustedCaDetails { summary, decoded, pem });
fields!(TrustedCasAppended { added, known, total, pending_loaded, crls, report });
fields!(Crls { crls });
fields!(StoredCrl { fingerprint, stored_at, decoded });
fields!(CrlsChanged { added, replaced, known, older, unrecognised, future, removed, total, report });
fields!(RevocationUpdates { settings, updated_at, results, not_yet_asked });
fields!(RevocationSources {
    urls,
    time,
    follow_distribution_points,
    allowed_hosts,
    ocsp,
    ocsp_responder,
    ocsp_fallback,
});
words!(OcspFallback { "not_revoked" = NotRevoked, "revoked" = Revoked });
fields!(SourceResult { url, kind, ok, downloaded, revoked, message });
words!(SourceKind { "url" = Url, "distribution_point" = DistributionPoint, "ocsp" = Ocsp });
fields!(TrustedCasChanged { removed, added, total, active_trusted, names, note });
fields!(Event { number, at, actor, action, details, address, digest });
fields!(EventLog { whole, message, first, last, digest, cluster });
fields!(Node {
    name,
    version,
    temporary_certificate,
    temporary_ca_fingerprint,
    temporary_ca_pem,
    wildcards,
    security_level,
    client_certificates
});
words!(SecurityLevel { "legacy" = Legacy, "standard" = Standard, "public" = Public, "high" = High });
fields!(SecurityLevels { level, levels });
words!(ServiceState {
    "no-certificate" = NoCertificate,
    "due" = Due,
    "publishing" = Publishing,
    "current" = Current,
    "failed" = Failed
});
fields!(Services { services });
fields!(Service { name, files, reload, probe, state, serves, last });
fields!(ServiceFile { path, content, mode, owner });
fields!(ServiceCertificate { subject, serial, not_after, fingerprint_sha256, since });
fields!(ServiceOutcome { at, ok, message, remedy });
fields!(SecurityRequirements { level, purpose, keys, rsa_exponent, hashes, lifetimes, source });
fields!(Lifetime { from, days });
words!(Wildcards { "refuse" = Refuse, "warn" = Warn });
fields!(RepairReport {
    version,
    outcome,
    steps,
    problems,
    needs_passphrase,
    certificate,
    private_key,
    trusted_cas,
    crl,
    csr,
});
fields!(RepairStep { id, file, message, before, after });
fields!(RepairProblem { id, file, message, remedy });
fields!(Filled { pem, contents });
words!(RepairOutcome {
    "nothing_to_do" = NothingToDo,
    "repaired" = Repaired,
    "something_remains" = SomethingRemains,
    "cannot_be_repaired" = CannotBeRepaired,
});
fields!(CsrInProgress { csr, proposed, from_certificate });
fields!(Csr { pem, decoded, reuses_current_key, created_at });
fields!(Request { subject, alternative_names, public_key, signature_algorithm });
fields!(FieldFault { field, index, message });
fields!(NewCsr {
    common_name,
    alternative_names,
    country,
    state,
    locality,
    organization,
    organizational_unit,
    key,
    digest,
    reuse_current_key,
});
words!(KeyKind {
    "rsa-2048" = Rsa2048,
    "rsa-3072" = Rsa3072,
    "rsa-4096" = Rsa4096,
    "ecdsa-p256" = EcdsaP256,
    "ecdsa-p384" = EcdsaP384,
    "ecdsa-p521" = EcdsaP521,
});
words!(Digest { "sha256" = Sha256, "sha384" = Sha384, "sha512" = Sha512 });
fields!(Session { username, role, second_factor, expires_at });
fields!(Acme { providers, settings, account, status, pending, has_dns_hook, active_is_acme });
fields!(AcmeProvider { id, name, directory, website, external_account });
fields!(AcmeSettings {
    provider,
    directory,
    ca_pem,
    names,
    key,
    rotate_key,
    challenge,
    profile,
    automatic,
    deploy_days,
    deploy_time,
    copy_to_client,
});
words!(AcmeChallenge { "http-01" = Http01, "tls-alpn-01" = TlsAlpn01, "dns-01" = Dns01 });
words!(Weekday {
    "monday" = Monday,
    "tuesday" = Tuesday,
    "wednesday" = Wednesday,
    "thursday" = Thursday,
    "friday" = Friday,
    "saturday" = Saturday,
    "sunday" = Sunday,
});
fields!(AcmeDirectory { terms_of_service, website, external_account_required, renewal_information, profiles });
fields!(AcmeProfile { name, description });
fields!(AcmeAccount { directory, url, email, terms_of_service, external_key_id, created_at });
fields!(AcmeStatus { running, has_order, last_sign, last_deploy, next_sign, next_deploy });
fields!(AcmeOutcome { at, ok, message, remedy });
fields!(AcmeNext { at, message });
fields!(AcmePending { certificate, differences, objections, cas_at_hand, becomes_client });
fields!(AcmeDifference { what, active, pending });
fields!(AcmeObjection { message, remedy, may_be_overruled });
fields!(AcmeCa { subject, fingerprint_sha256, is_root });

/// What stands against a client certificate is in `detail` too, as the page shows it.
impl FromJson for Problem {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        let mut object = json.object(faults);
        Self {
            r#type: object.take("type", faults),
            title: object.take("title", faults),
            status: object.take("status", faults),
            detail: object.take("detail", faults),
            report: object.take("report", faults),
            client_certificate: None,
        }
    }
}

impl FromJson for Answer {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        let mut object = json.object(faults);
        let kind: String = object.take("type", faults);
        if kind == "ready" {
            return Self::Ready;
        }
        let id = object.take("id", faults);
        match kind.as_str() {
            "progress" => Self::Progress { id, done: object.take("done", faults), total: object.take("total", faults) },
            "report" => Self::Report {
                id,
                report: object.take("report", faults),
                certificates: object.take("certificates", faults),
                findings: object.take("findings", faults),
            },
            "rows" => Self::Rows {
                id,
                certificates: object.take("certificates", faults),
                findings: object.take("findings", faults),
            },
            "repaired" => Self::Repaired { id, repair: object.take("repair", faults) },
            "verified" => Self::Verified { id, verification: object.take("verification", faults) },
            "sealed" => Self::Sealed { id, sealed: object.take("sealed", faults) },
            "fields" => Self::Fields {
                id,
                faults: object.take("faults", faults),
                alternative_names: object.take("alternative_names", faults),
            },
            // `done`, or, without a time, a fault.
            _ => Self::Done { id, elapsed_ms: object.take("elapsed_ms", faults) },
        }
    }
}

impl FromJson for Zeroizing<String> {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        Self::new(String::from_json(json, faults))
    }
}

impl FromJson for String {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        match json {
            Json::Text(text) => text,
            _ => {
                *faults = true;
                Self::new()
            }
        }
    }
}

impl FromJson for bool {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        *faults |= !matches!(json, Json::Bool(_));
        json == Json::Bool(true)
    }
}

impl FromJson for u64 {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        match json {
            Json::Number(number) => number,
            _ => {
                *faults = true;
                0
            }
        }
    }
}

impl FromJson for u32 {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        Self::try_from(u64::from_json(json, faults)).unwrap_or_else(|_| {
            *faults = true;
            0
        })
    }
}

impl FromJson for u16 {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        Self::try_from(u64::from_json(json, faults)).unwrap_or_else(|_| {
            *faults = true;
            0
        })
    }
}

impl FromJson for i64 {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        Self::try_from(u64::from_json(json, faults)).unwrap_or_else(|_| {
            *faults = true;
            0
        })
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        if json == Json::Null { None } else { Some(T::from_json(json, faults)) }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json<'_>, faults: &mut bool) -> Self {
        match json {
            Json::List(items) => items.into_iter().map(|item| T::from_json(item, faults)).collect(),
            _ => {
                *faults = true;
                Self::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use certway_wire::Report;
    use certway_wire::acme::{Acme, AcmeDirectory};
    use certway_wire::change::{ChangeOffer, Changes};
    use certway_wire::cluster::{Cluster, NewJoinToken};
    use certway_wire::judge::Answer;
    use certway_wire::node::{Event, EventLog, Problem, Session};
    use certway_wire::sign_in::{ClientCertificateTest, SignInRules};
    use certway_wire::tokens::{MadeToken, Tokens};
    use certway_wire::users::{RecoveryCodes, SecondFactorOffer, Users};

    use super::super::{FromJson, read};

    const REPORT: &str = r#"{"version":1,"decision":"accept_with_warnings","loadable":true,"findings":[{"rule":"expired",
        "severity":"warning","alarm":true,"message":"It has \"expired\"","place":{"part":"trusted_ca","block":0,"line":7,
        "field":null},"found":"2020","wanted":null,"remedy":"","source":"RFC 5280"}],"certificates":[{"subject":"CN=\u00e9",
        "issuer":"CN=b","common_name":null,"alternative_names":[{"kind":"dNSName","value":"a.example.com"}],"serial":"01",
        "not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00Z","public_key":{"algorithm":"RSA","bits":2048,
        "fingerprint_sha256":"aa"},"signature_algorithm":"x","is_ca":false,"path_length":3,"key_usage":["a","b"],
        "extended_key_usage":null,"subject_key_id":"bb","authority_key_id":null,"ocsp_urls":["http://a"],"ca_issuer_urls":[],
        "crl_urls":[],"self_issued":false,"extensions":[{"name":"n","critical":true,"value":"v"}],"fingerprint_sha256":"cc",
        "fingerprint_sha1":"dd","block":0,"line":1}],"leaf":0,"private_key":{"public_key":{"algorithm":"EC","bits":256,
        "fingerprint_sha256":"ee"},"format":"PKCS#8","origin":"current"},"path":[{"subject":"CN=a","fingerprint_sha256":null,
        "origin":"missing","problems":["p"],"ca_issuer_urls":[],"key_id":"ff"}],"weakest_link":{"subject":"CN=b","what":"its key, RSA 2048","strength_bits":112},"trusted_cas":{"added":1,"known":2,"total":3},
        "crls":[{"issuer":"CN=c","this_update":"t","next_update":null,"revoked":5,"number":"9","signature_algorithm":"y"}]}"#;

    /// What is read is written again by serde, as node and judge write it.
    #[track_caller]
    fn check<T: FromJson + serde::Serialize>(text: &str) {
        let said: serde_json::Value = serde_json::from_str(text).unwrap();
        let read = read::<T>(text).unwrap_or_else(|| panic!("not read: {text}"));
        assert_eq!(serde_json::to_value(read).unwrap(), said);
    }

    #[test]
    fn messages_are_read_as_serde_writes_them() {
        check::<Report>(REPORT);
        for text in [
            r#"{"type":"ready"}"#,
            r#"{"type":"progress","id":1,"done":2,"total":3}"#,
            r#"{"type":"rows","id":1,"certificates":[],"findings":[]}"#,
            r#"{"type":"sealed","id":1,"sealed":"s"}"#,
            r#"{"type":"fields","id":1,"faults":[{"field":"f","index":0,"message":"m"}],"alternative_names":["a"]}"#,
            r#"{"type":"repaired","id":1,"repair":{"version":1,"outcome":"repaired","steps":[{"id":"i","file":"f","message":"m",
                "before":"b","after":"a"}],"problems":[{"id":"i","file":"f","message":"m","remedy":"r"}],"needs_passphrase":true,
                "certificate":null,"private_key":{"pem":"p","contents":["c"]},"trusted_cas":null,"crl":null,"csr":null}}"#,
            r#"{"type":"done","id":1,"elapsed_ms":4}"#,
            &format!(r#"{{"type":"report","id":1,"report":{REPORT},"certificates":1,"findings":1}}"#),
        ] {
            check::<Answer>(text);
        }
        check::<Problem>(r#"{"type":"/p","title":"t","status":422,"detail":"d"}"#);
        for address in ["null", r#""192.0.2.7""#] {
            check::<Event>(&format!(
                r#"{{"number":1,"at":"t","actor":"a","action":"b","details":"c","address":{address},"digest":"d"}}"#
            ));
            check::<EventLog>(&format!(
                r#"{{"whole":true,"message":"m","first":1,"last":2,"digest":"d","cluster":{address}}}"#
            ));
        }
    }

    #[test]
    fn what_concerns_client_certificates_is_read_too() {
        let settings = |mode: &str, check: &str| {
            format!(r##"{{"mode":"{mode}","expression":"(?<a>.)","template":"#a#","revocation":"{check}"}}"##)
        };
        for (mode, check_of) in [("not-required", "off"), ("validation", "if-listed"), ("authentication", "required")] {
            let former = settings(mode, check_of);
            check::<SignInRules>(&format!(
                r#"{{"settings":{former},"trial":{{"ends_at":"t","former":{former},"can_keep":true}},"own_certificate_port":8444}}"#
            ));
        }
        check::<ClientCertificateTest>(
            r#"{"version":1,"certificate":null,"verification":{"version":1,"valid":false,"path":[],"reasons":[{"rule":"r",
            "message":"m","certificate":"c","source":"s"}],"attempts":[]},"text":"a","user_name":{"name":null,"reason":"r",
            "exists":false,"groups":[{"name":"a","value":null}]},"against_sign_in":"a","ocsp":{"url":"u","kind":"ocsp","ok":true,"downloaded":false,
            "revoked":false,"message":"m"}}"#,
        );
    }

    #[test]
    fn what_the_acme_certificate_service_says_is_read_too() {
        let report: serde_json::Value = serde_json::from_str(REPORT).unwrap();
        let pending = format!(
            r#"{{"certificate":{{"pem":"p","decoded":{},"report":{REPORT},"origin":"acme","stored_at":"t","loaded_at":null,
            "loaded_anyway":false}},"differences":[{{"what":"Names","active":"a","pending":"b"}}],"objections":[{{"message":"m",
            "remedy":"r","may_be_overruled":true}}],"cas_at_hand":[{{"subject":"s","fingerprint_sha256":"f","is_root":true}}],
            "becomes_client":false}}"#,
            report["certificates"][0],
        );
        for (challenge, day, pending) in [
            ("http-01", "monday", pending.as_str()),
            ("tls-alpn-01", "sunday", "null"),
            ("dns-01", "wednesday", "null"),
        ] {
            check::<Acme>(&format!(
                r#"{{"providers":[{{"id":"i","name":"n","directory":"d","website":"w","external_account":true}}],"settings":{{
                "provider":"other","directory":"d","ca_pem":null,"names":["a"],"key":"ecdsa-p384","rotate_key":true,
                "challenge":"{challenge}","profile":"p","automatic":false,"deploy_days":["{day}"],"deploy_time":"03:00",
                "copy_to_client":true}},"account":{{"directory":"d","url":"u","email":"e","terms_of_service":null,
                "external_key_id":"k","created_at":"t"}},"status":{{"running":"r","has_order":true,"last_sign":{{"at":"t",
                "ok":false,"message":"m","remedy":"r"}},"last_deploy":null,"next_sign":{{"at":"t","message":"m"}},
                "next_deploy":{{"at":null,"message":"m"}}}},"pending":{pending},"has_dns_hook":true,"active_is_acme":false}}"#
            ));
        }
        check::<AcmeDirectory>(
            r#"{"terms_of_service":"t","website":null,"external_account_required":true,"renewal_information":false,
            "profiles":[{"name":"n","description":"d"}]}"#,
        );
    }

    #[test]
    fn what_a_node_says_of_its_cluster_is_read_too() {
        let node = r#"{"name":"n","address":"a:1","this":true,"alive":true,"joined_at":"t","status":{"at":"t","version":"v",
            "certificate":{"subject":"s","serial":"1","not_after":"t","fingerprint_sha256":"f","temporary":true},"client_certificate":null,"csr":true,
            "pending":false,"acme":true,"alarms":3,"trusted_cas_sha256":"c","mode":"permissive","event":7,"event_digest":"d"}}"#;
        let plane = r#"{"endpoints":["http://e"],"reachable":false,"since":"t","message":"m"}"#;
        for (membership, mode, verdict, plane) in [
            ("not-configured", "permissive", "not-yet", "null"),
            ("alone", "permissive", "silent", plane),
            ("member", "permissive", "verified", plane),
            ("member", "enforce", "fails", plane),
        ] {
            check::<Cluster>(&format!(
                r#"{{"membership":"{membership}","plane":{plane},"mode":"{mode}","nodes":[{node},{{"name":"n","address":"a","this":false,
                "alive":false,"joined_at":"t","status":null}}],"verdicts":[{{"verifier":"a","presented":"b","verdict":"{verdict}",
                "at":null,"reasons":["r"]}}],"let_through":9}}"#
            ));
        }
        check::<NewJoinToken>(r#"{"token":"t","expires_at":"t"}"#);
    }

    #[test]
    fn what_a_node_says_of_its_users_is_read_too() {
        for role in ["auditor", "operator", "administrator"] {
            check::<Session>(&format!(r#"{{"username":"u","role":"{role}","second_factor":true,"expires_at":"t"}}"#));
            check::<Users>(&format!(
                r#"{{"users":[{{"username":"u","role":"{role}","disabled":true,"second_factor":false}}]}}"#
            ));
            let token = format!(
                r#"{{"id":"i","name":"n","username":"u","scope":"{role}","made_at":"t","expires_at":"t","expired":true}}"#
            );
            check::<Tokens>(&format!(r#"{{"tokens":[{token}]}}"#));
            check::<MadeToken>(&format!(r#"{{"secret":"s","token":{token}}}"#));
        }
        check::<SecondFactorOffer>(r#"{"secret":"s","uri":"u"}"#);
        check::<RecoveryCodes>(r#"{"codes":["c"]}"#);
    }

    #[test]
    fn what_a_node_says_of_a_change_is_read_too() {
        let refusal = r#"{"verifiers":["a","b"],"presented":"c","certificate":"new","reasons":["r"]}"#;
        let step = format!(r#"{{"step":"restart","nodes":["a"],"cas":["f"],"mode":"enforce","refused":[{refusal}]}}"#);
        for (without_permissive, step_of, end) in
            [("null", "null", "null"), (r#"{"steps":[]}"#, r#""enforce""#, r#""left""#)]
        {
            check::<ChangeOffer>(&format!(
                r#"{{"version":1,"mode":"enforce","refused":[{refusal}],"missing":["m"],"specification":{{"steps":[{step}]}},
                "without_permissive":{without_permissive},"forced":[{{"step":{step_of},"refused":{refusal}}}],
                "never_enforced":[],"left_out":[{{"node":"d","reason":"r"}}],"kept":[{{"ca":"f","breaks":[{refusal}]}}],
                "breaks":[{{"nodes":["a"],"what":"crl","name":"n","consequence":"c"}}],"notes":["n"]}}"#
            ));
            check::<Changes>(&format!(
                r#"{{"latest":{{"number":1795478400,"by":"admin","begun_at":"t","leader":null,"without_permissive":true,
                "plan":{{"steps":[{step}]}},"direction":"back","step":"restart","nodes":[{{"name":"a","answers":true,"serves":"new",
                "mode":"unknown","outcome":"pending","work":"w","troubles":["t"]}}],"permissive_until":null,"confirm_by":"t",
                "stopped":"s","held":["h"],"choices":["retry"],"end":{end},"log":[{{"at":"t","step":"restart","node":null,
                "what":"w"}}]}}}}"#
            ));
        }
        check::<Changes>(r#"{"latest":null}"#);
    }

    #[test]
    fn what_lacks_a_field_is_not_used() {
        for text in [r#"{"type":"t","title":"t","status":70000,"detail":""}"#, r#"{"title":"t"}"#, "[]", "null"] {
            assert_eq!(read::<Problem>(text), None, "{text}");
        }
        assert_eq!(read::<Report>(&REPORT.replace("\"warning\"", "\"worse\"")), None);
        assert_eq!(read::<Answer>(r#"{"type":"never","id":1}"#), None);
    }
}
