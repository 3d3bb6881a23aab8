//! What a certificate signing request is to ask for, judged before a key is made for it.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::fqdn;
use crate::judge::Wildcards;
use crate::limits::REQUESTED_NAMES;
use crate::oid;
use crate::parsed::certificate::Certificate;

/// The fields of a request, as a person fills them in. Empty ones are absent from the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFields {
    /// Common name (CN): the node's FQDN.
    pub common_name: String,
    /// Subject alternative names beside the common name, which is always one of them.
    pub alternative_names: Vec<String>,
    /// Country (C): two letters.
    pub country: String,
    /// State or province (ST).
    pub state: String,
    /// Locality (L).
    pub locality: String,
    /// Organisation (O).
    pub organization: String,
    /// Organisational unit (OU).
    pub organizational_unit: String,
}

/// What stands against one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, by its name in the HTTP interface: `alternative_names`.
    pub field: &'static str,
    /// Which entry of the field, from 0, if it has several.
    pub index: Option<u32>,
    /// What is wrong, and what is wanted.
    pub message: String,
}

/// Fields that were judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedFields {
    /// All that stands against them; nothing if a request may be made.
    pub faults: Vec<FieldFault>,
    /// The alternative names as they will appear in the request: the common name first, none twice.
    pub alternative_names: Vec<String>,
}

/// Judges the fields of a request (the FQDN rule of uploads; the lengths of RFC 5280 appendix A.1).
#[must_use]
pub fn judge_fields(fields: &RequestFields, wildcards: Wildcards) -> JudgedFields {
    let mut faults = Vec::new();
    name_fault(&mut faults, "common_name", None, &fields.common_name, Wildcards::Refuse);
    if fields.common_name.len() > 64 {
        too_long(&mut faults, "common_name", 64);
    }
    for (index, name) in fields.alternative_names.iter().enumerate() {
        name_fault(&mut faults, "alternative_names", u32::try_from(index).ok(), name, wildcards);
    }
    if fields.alternative_names.len() > REQUESTED_NAMES {
        let message = alloc::format!("there are more than {REQUESTED_NAMES} alternative names");
        faults.push(FieldFault { field: "alternative_names", index: None, message });
    }
    let country = &fields.country;
    if !country.is_empty() && (country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase())) {
        let message = "it must be the two capital letters of a country (ISO 3166), such as GB".to_owned();
        faults.push(FieldFault { field: "country", index: None, message });
    }
    for (field, text, longest) in [
        ("state", &fields.state, 128),
        ("locality", &fields.locality, 128),
        ("organization", &fields.organization, 64),
        ("organizational_unit", &fields.organizational_unit, 64),
    ] {
        if text.chars().count() > longest {
            too_long(&mut faults, field, longest);
        }
        if text.chars().any(char::is_control) {
            faults.push(FieldFault { field, index: None, message: "it has control characters".to_owned() });
        }
    }
    JudgedFields { faults, alternative_names: as_they_will_appear(fields) }
}

fn too_long(faults: &mut Vec<FieldFault>, field: &'static str, longest: usize) {
    let message = alloc::format!("it is longer than {longest} characters");
    faults.push(FieldFault { field, index: None, message });
}

fn name_fault(faults: &mut Vec<FieldFault>, field: &'static str, index: Option<u32>, name: &str, wildcards: Wildcards) {
    if fqdn::is_fqdn(name) || (wildcards == Wildcards::Warn && fqdn::is_wildcard(name)) {
        return;
    }
    let objection = if name.is_empty() { "it is empty" } else { fqdn::objection(name) };
    let message = alloc::format!("{objection}; a fully qualified domain name is wanted, such as expe1.example.com");
    faults.push(FieldFault { field, index, message });
}

fn as_they_will_appear(fields: &RequestFields) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in core::iter::once(&fields.common_name).chain(&fields.alternative_names) {
        if !name.is_empty() && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.clone());
        }
    }
    names
}

/// The fields that a certificate was issued for, to ask for the same again. `None` if the DER is no certificate.
#[must_use]
pub fn fields_of(certificate_der: &[u8]) -> Option<RequestFields> {
    let certificate = Certificate::parse(certificate_der).ok()?;
    let first = |oid| certificate.subject.values(oid).next().map(|attribute| attribute.text()).unwrap_or_default();
    let common_name = certificate.subject.common_name().unwrap_or_default();
    let names = certificate.extensions.alternative_names().map(|name| name.decoded());
    let dns = names.filter(|name| name.kind == "dNSName").map(|name| name.value);
    Some(RequestFields {
        alternative_names: dns.filter(|name| !name.eq_ignore_ascii_case(&common_name)).collect(),
        common_name,
        country: first(oid::COUNTRY),
        state: first(oid::STATE),
        locality: first(oid::LOCALITY),
        organization: first(oid::ORGANIZATION),
        organizational_unit: first(oid::ORGANIZATIONAL_UNIT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(common_name: &str, names: &[&str]) -> RequestFields {
        let alternative_names = names.iter().map(|name| (*name).to_owned()).collect();
        RequestFields { common_name: common_name.to_owned(), alternative_names, ..RequestFields::default() }
    }

    #[test]
    fn the_common_name_is_the_first_alternative_name_and_none_is_there_twice() {
        let judged = judge_fields(
            &fields("a.example.com", &["b.example.com", "A.example.com", "b.example.com"]),
            Wildcards::Refuse,
        );
        assert_eq!(judged.faults, []);
        assert_eq!(judged.alternative_names, ["a.example.com", "b.example.com"]);
    }

    #[test]
    fn every_fault_is_named_with_its_field() {
        let asked = RequestFields {
            country: "gb".into(),
            organization: "x".repeat(65),
            ..fields("host", &["b.example.com", "192.0.2.1", ""])
        };
        let faults = judge_fields(&asked, Wildcards::Refuse).faults;
        let found: Vec<_> = faults.iter().map(|fault| (fault.field, fault.index)).collect();
        assert_eq!(
            found,
            [
                ("common_name", None),
                ("alternative_names", Some(1)),
                ("alternative_names", Some(2)),
                ("country", None),
                ("organization", None)
            ]
        );
        assert!(faults[1].message.contains("IP address"), "{}", faults[1].message);
    }

    #[test]
    fn a_wildcard_passes_where_the_node_takes_them_but_never_as_the_common_name() {
        let judged = |wildcards| judge_fields(&fields("*.example.com", &["*.example.org"]), wildcards).faults.len();
        assert_eq!((judged(Wildcards::Refuse), judged(Wildcards::Warn)), (2, 1));
    }
}
