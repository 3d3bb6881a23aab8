//! What is changed in policies.

use super::chain::{Chain, Mutation, Plan};
use super::der::{integer, oid, sequence, tlv};

const POLICIES: &str = "2.5.29.32";
const MAPPINGS: &str = "2.5.29.33";
const CONSTRAINTS: &str = "2.5.29.36";
const INHIBIT_ANY: &str = "2.5.29.54";
const ANY: &str = "2.5.29.32.0";
/// The policy that is asked for.
pub(crate) const ONE: &str = "1.3.6.1.4.1.99999.1.1";
const TWO: &str = "1.3.6.1.4.1.99999.1.2";

pub(crate) const MUTATIONS: &[Mutation] = &[
    ("policy-throughout", |chain, _| throughout(chain)),
    ("policy-throughout-and-required", |chain, _| {
        throughout(chain);
        (chain.requires_policy, chain.accepts_one_policy) = (true, true);
    }),
    ("policy-required", |chain, _| chain.requires_policy = true),
    ("policy-accepted", |chain, _| chain.accepts_one_policy = true),
    ("policy-missing", |chain, random| on_required(chain, |chain| chain.any(random).remove(POLICIES))),
    ("policy-other", |chain, random| on_required(chain, |chain| list(chain.any(random), &[TWO]))),
    ("policy-both", |chain, random| on_required(chain, |chain| list(chain.any(random), &[ONE, TWO]))),
    ("policy-any", |chain, random| on_required(chain, |chain| list(chain.any(random), &[ANY]))),
    ("policy-any-and-other", |chain, random| on_required(chain, |chain| list(chain.any(random), &[ANY, TWO]))),
    ("policy-repeated", |chain, random| on_required(chain, |chain| list(chain.any(random), &[ONE, ONE]))),
    ("policy-none-listed", |chain, random| on_required(chain, |chain| list(chain.any(random), &[]))),
    ("policy-critical", |chain, random| {
        on_required(chain, |chain| chain.any(random).edit(POLICIES, |found| found.critical = true));
    }),
    ("policy-mapped", |chain, random| on_required(chain, |chain| map(chain.ca(random), &[(ONE, TWO)]))),
    ("policy-mapped-and-used", |chain, random| {
        on_required(chain, |chain| {
            let position = chain.ca_position(random);
            map(&mut chain.plans[position], &[(ONE, TWO)]);
            chain.plans[..position].iter_mut().for_each(|plan| list(plan, &[TWO]));
        });
    }),
    ("policy-mapped-to-both", |chain, random| {
        on_required(chain, |chain| map(chain.ca(random), &[(ONE, TWO), (ONE, ONE)]))
    }),
    ("policy-swapped", |chain, random| on_required(chain, |chain| map(chain.ca(random), &[(ONE, TWO), (TWO, ONE)]))),
    ("policy-any-mapped", |chain, random| on_required(chain, |chain| map(chain.ca(random), &[(ANY, ONE)]))),
    ("policy-mapped-to-any", |chain, random| on_required(chain, |chain| map(chain.ca(random), &[(ONE, ANY)]))),
    ("policy-mappings-empty", |chain, random| on_required(chain, |chain| map(chain.ca(random), &[]))),
    ("policy-required-by-ca-0", |chain, random| constrain(chain.ca(random), 0x80, 0)),
    ("policy-required-by-ca-1", |chain, random| constrain(chain.ca(random), 0x80, 1)),
    ("policy-required-by-ca-2", |chain, random| constrain(chain.ca(random), 0x80, 2)),
    ("policy-required-by-leaf-0", |chain, _| constrain(chain.leaf(), 0x80, 0)),
    ("policy-required-by-leaf-1", |chain, _| constrain(chain.leaf(), 0x80, 1)),
    ("policy-mapping-inhibited", |chain, random| on_required(chain, |chain| constrain(chain.ca(random), 0x81, 0))),
    ("policy-constraints-empty", |chain, random| chain.any(random).set(CONSTRAINTS, true, sequence(&[]))),
    ("policy-any-inhibited-0", |chain, random| on_required(chain, |chain| inhibit(chain.ca(random), 0))),
    ("policy-any-inhibited-1", |chain, random| on_required(chain, |chain| inhibit(chain.ca(random), 1))),
    ("policy-any-inhibited-negative", |chain, random| {
        on_required(chain, |chain| chain.ca(random).set(INHIBIT_ANY, true, vec![2, 1, 0xff]));
    }),
];

fn throughout(chain: &mut Chain) {
    chain.plans.iter_mut().for_each(|plan| list(plan, &[ONE]));
}

/// Changes a chain that has a policy throughout, which is asked for.
fn on_required(chain: &mut Chain, change: impl FnOnce(&mut Chain)) {
    throughout(chain);
    (chain.requires_policy, chain.accepts_one_policy) = (true, true);
    change(chain);
}

fn list(plan: &mut Plan, policies: &[&str]) {
    let policies: Vec<_> = policies.iter().map(|policy| sequence(&[oid(policy)])).collect();
    plan.set(POLICIES, false, sequence(&policies));
}

fn map(plan: &mut Plan, pairs: &[(&str, &str)]) {
    let pairs: Vec<_> = pairs.iter().map(|(one, other)| sequence(&[oid(one), oid(other)])).collect();
    plan.set(MAPPINGS, true, sequence(&pairs));
}

fn constrain(plan: &mut Plan, field: u8, number: u8) {
    plan.set(CONSTRAINTS, true, sequence(&[tlv(field, &[number])]));
}

fn inhibit(plan: &mut Plan, number: u8) {
    plan.set(INHIBIT_ANY, true, integer(number));
}
