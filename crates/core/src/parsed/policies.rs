//! The policy extensions of a certificate (RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14).

use alloc::vec::Vec;

use super::extensions::Extensions;
use crate::der::{self, Fault, Reader, Result};
use crate::oid;

/// What a certificate says about policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies<'a> {
    /// certificatePolicies; `None` without the extension.
    pub(crate) listed: Option<Vec<&'a [u8]>>,
    /// policyMappings: issuer's policy, subject's policy.
    pub(crate) mappings: Vec<(&'a [u8], &'a [u8])>,
    /// policyConstraints: requireExplicitPolicy.
    pub(crate) require_explicit: Option<u32>,
    /// policyConstraints: inhibitPolicyMapping.
    pub(crate) inhibit_mapping: Option<u32>,
    /// inhibitAnyPolicy.
    pub(crate) inhibit_any: Option<u32>,
}

impl<'a> Policies<'a> {
    /// Reads them; a repeated policy, and an extension that says nothing, break RFC 5280's rules.
    pub(crate) fn read(extensions: &Extensions<'a>) -> Result<Self> {
        let value = |oid: &[u8]| extensions.find(oid).map(|extension| extension.value);
        let mut policies = Self {
            listed: value(oid::CERTIFICATE_POLICIES).map(read_listed).transpose()?,
            mappings: value(oid::POLICY_MAPPINGS).map(read_mappings).transpose()?.unwrap_or_default(),
            ..Self::default()
        };
        if let Some(value) = value(oid::POLICY_CONSTRAINTS) {
            let mut fields = Reader::new(der::single(value, der::SEQUENCE)?.value);
            policies.require_explicit =
                read_skip(fields.optional(der::context_primitive(0))?.map(|field| field.value))?;
            policies.inhibit_mapping = read_skip(fields.optional(der::context_primitive(1))?.map(|field| field.value))?;
            fields.finish()?;
            if policies.require_explicit.is_none() && policies.inhibit_mapping.is_none() {
                return Err(Fault::Value);
            }
        }
        if let Some(value) = value(oid::INHIBIT_ANY_POLICY) {
            policies.inhibit_any = read_skip(Some(der::single(value, der::INTEGER)?.value))?;
        }
        Ok(policies)
    }
}

fn read_listed(value: &[u8]) -> Result<Vec<&[u8]>> {
    let mut list = Reader::new(der::single(value, der::SEQUENCE)?.value);
    let mut policies = Vec::new();
    while !list.is_empty() {
        let mut information = list.sequence()?;
        policies.push(information.expect(der::OID)?.value);
        information.optional(der::SEQUENCE)?;
        information.finish()?;
    }
    let mut sorted = policies.clone();
    sorted.sort_unstable();
    let repeated = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    if policies.is_empty() || repeated { Err(Fault::Value) } else { Ok(policies) }
}

fn read_mappings(value: &[u8]) -> Result<Vec<(&[u8], &[u8])>> {
    let mut list = Reader::new(der::single(value, der::SEQUENCE)?.value);
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut mapping = list.sequence()?;
        mappings.push((mapping.expect(der::OID)?.value, mapping.expect(der::OID)?.value));
        mapping.finish()?;
    }
    if mappings.is_empty() { Err(Fault::Value) } else { Ok(mappings) }
}

/// SkipCerts: a number of certificates. One that needs more than four bytes is as good as the largest.
fn read_skip(value: Option<&[u8]>) -> Result<Option<u32>> {
    let Some(value) = value else { return Ok(None) };
    let digits = der::unsigned(value)?;
    let small = digits.len() <= 4;
    Ok(Some(if small { digits.iter().fold(0, |number, &digit| (number << 8) | u32::from(digit)) } else { u32::MAX }))
}
