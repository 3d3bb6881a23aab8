//! The rules: one small file each, with the fault's name, weight, remedy and source.
//!
//! Rules about a block that cannot be read are called where it is read; all others are in [`CHECKS`], take the linked
//! material and add what they find. Adding one takes its file, its lines here, its two cases in the corpus, and a line in
//! the changelog.

use alloc::vec::Vec;

use crate::material::{Inputs, Material};
use crate::report::{Finding, Part, Place, Rule, Severity};

mod empty;
pub(crate) mod too_large;
pub(crate) mod not_pem;
pub(crate) mod bad_pem;
pub(crate) mod bad_der;
pub(crate) mod no_certificate;
pub(crate) mod no_crl;
pub(crate) mod private_key_in_certificate_file;
pub(crate) mod unused_block;
pub(crate) mod no_private_key;
pub(crate) mod ambiguous_key;
pub(crate) mod unsupported_key_type;
pub(crate) mod bad_key;
pub(crate) mod key_password_protected;
mod key_missing;
mod key_mismatch;
mod key_while_csr_in_progress;
mod san_not_fqdn;
mod cn_not_fqdn;
mod cn_missing;
mod wildcard;
mod cn_not_in_san;
mod weak_security;
mod not_both_client_and_server;
mod client_auth_missing;
mod ca_as_server;
mod key_usage;
mod unknown_critical_extension;
mod expired;
mod not_yet_valid;
mod expires_soon;
mod not_after_beyond_2050;
mod large_rsa_key;
mod unknown_subject_attribute;
mod ca_not_recognised;
mod trust_list_unknown;
mod revoked;
mod crl_not_recognised;
mod crl_expired;
mod chain_in_file;
mod chain_order;
mod duplicate_certificate;
mod issued_against_the_rules;
mod no_final_newline;
mod not_a_ca;
mod duplicate_ca_common_name;
mod duplicate_ca;
mod same_issuer_and_subject;
mod too_many_trusted_cas;

type Findings = Vec<Finding>;

/// The rules that look at linked material.
const CHECKS: &[fn(&Material<'_>, &mut Findings)] = &[
    key_missing::check,
    key_mismatch::check,
    key_while_csr_in_progress::check,
    san_not_fqdn::check,
    cn_not_fqdn::check,
    cn_missing::check,
    wildcard::check,
    cn_not_in_san::check,
    weak_security::check,
    not_both_client_and_server::check,
    client_auth_missing::check,
    ca_as_server::check,
    key_usage::check,
    unknown_critical_extension::check,
    expired::check,
    not_yet_valid::check,
    expires_soon::check,
    not_after_beyond_2050::check,
    large_rsa_key::check,
    unknown_subject_attribute::check,
    ca_not_recognised::check,
    trust_list_unknown::check,
    revoked::check,
    crl_not_recognised::check,
    crl_expired::check,
    chain_in_file::check,
    chain_order::check,
    duplicate_certificate::check,
    issued_against_the_rules::check,
    not_a_ca::check,
    duplicate_ca_common_name::check,
    duplicate_ca::check,
    same_issuer_and_subject::check,
    too_many_trusted_cas::check,
];

/// Every rule there is, in the order in which an upload meets them.
static CATALOGUE: &[&Rule] = &[
    &empty::RULE,
    &too_large::RULE,
    &not_pem::RULE,
    &bad_pem::RULE,
    &bad_der::RULE,
    &no_certificate::RULE,
    &no_crl::RULE,
    &private_key_in_certificate_file::RULE,
    &unused_block::RULE,
    &no_private_key::RULE,
    &ambiguous_key::RULE,
    &unsupported_key_type::RULE,
    &bad_key::RULE,
    &key_password_protected::RULE,
    &key_missing::RULE,
    &key_mismatch::RULE,
    &key_while_csr_in_progress::RULE,
    &san_not_fqdn::RULE,
    &cn_not_fqdn::RULE,
    &cn_missing::RULE,
    &wildcard::RULE,
    &cn_not_in_san::RULE,
    &weak_security::RULE,
    &not_both_client_and_server::RULE,
    &client_auth_missing::RULE,
    &ca_as_server::RULE,
    &key_usage::RULE,
    &unknown_critical_extension::RULE,
    &expired::RULE,
    &not_yet_valid::RULE,
    &expires_soon::RULE,
    &not_after_beyond_2050::RULE,
    &large_rsa_key::RULE,
    &unknown_subject_attribute::RULE,
    &ca_not_recognised::RULE,
    &trust_list_unknown::RULE,
    &revoked::RULE,
    &crl_not_recognised::RULE,
    &crl_expired::RULE,
    &chain_in_file::RULE,
    &chain_order::RULE,
    &duplicate_certificate::RULE,
    &issued_against_the_rules::RULE,
    &no_final_newline::RULE,
    &not_a_ca::RULE,
    &duplicate_ca_common_name::RULE,
    &duplicate_ca::RULE,
    &same_issuer_and_subject::RULE,
    &too_many_trusted_cas::RULE,
];

/// Every rule there is: what the handbook and the page explain.
#[must_use]
pub fn catalogue() -> &'static [&'static Rule] {
    CATALOGUE
}

/// All findings, by severity, then place.
pub(crate) fn check_all(inputs: &Inputs<'_>, material: &mut Material<'_>) -> Findings {
    let mut findings = core::mem::take(&mut material.faults);
    for check in CHECKS {
        check(material, &mut findings);
    }
    no_final_newline::check(inputs, material.kind, &mut findings);
    findings
        .sort_by_key(|finding| (finding.rule.severity, finding.place.part, finding.place.block, finding.place.line));
    findings
}

/// A file in words.
fn part_name(part: Part) -> &'static str {
    match part {
        Part::Certificate => "the certificate file",
        Part::PrivateKey => "the private key file",
        Part::TrustedCa => "the trusted CA file",
        Part::Crl => "the revocation list file",
        Part::Csr => "the request",
    }
}
