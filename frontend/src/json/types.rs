//! How the messages of the node and of the judge are read.

use certway_wire::judge::Answer;
use certway_wire::node::{
    Alarm, CertificateStored, Event, Node, Problem, ServerCertificate, Session, StoredCertificate, TrustedCa,
    TrustedCaDetails, TrustedCas, TrustedCasAppended, TrustedCasChanged,
};
use certway_wire::{
    AlternativeName, Certificate, Crl, Decision, Extension, Finding, Part, PathLink, Place, PrivateKey, PublicKey,
    Report, Severity, TrustedCaChange,
};

use super::{FromJson, Json, fields, words};

fields!(Report { version, decision, loadable, findings, certificates, leaf, private_key, path, trusted_cas, crls });
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

fields!(ServerCertificate { active, pending, previous, temporary });
fields!(StoredCertificate { pem, decoded, report, origin, stored_at, loaded_at, loaded_anyway });
fields!(CertificateStored { loaded, report });
fields!(TrustedCas { maximum, certificates });
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
fields!(TrustedCasAppended { added, known, total, pending_loaded, report });
fields!(TrustedCasChanged { removed, added, total, active_trusted });
fields!(Alarm { id, severity, message, remedy, raised_at });
fields!(Event { number, at, actor, action, details });
fields!(Node { name, version, temporary_certificate, temporary_ca_fingerprint, temporary_ca_pem });
fields!(Session { username, expires_at });
fields!(Problem { r#type, title, status, detail, report });

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
            // `done`, or, without a time, a fault.
            _ => Self::Done { id, elapsed_ms: object.take("elapsed_ms", faults) },
        }
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
