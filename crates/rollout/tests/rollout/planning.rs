//! What is said before a change begins.

use certway_rollout::{
    CaId, Cluster, Lack, LeftOut, Mode, NodeId, NotBegun, Offer, Order, Serving, Settings, Step, Trust, Wanted, propose,
};

use crate::pki::{Flaw, Pki, cluster, wanted};

fn offer(cluster: &Cluster, pki: &Pki) -> Offer {
    propose(cluster, &wanted(Settings::default()), pki).expect("a cluster that can be planned")
}

fn steps(offer: &Offer) -> Vec<(Step, Mode, u32)> {
    offer.specification.steps.iter().map(|step| (step.step, step.mode, step.refused)).collect()
}

#[test]
fn the_specifications_order() {
    let offer = offer(&cluster(3), &Pki::default());
    use Mode::{Enforce, Permissive};
    let expected = [
        (Step::AppendCas, Enforce, 0),
        (Step::Permissive, Permissive, 0),
        (Step::NewCertificates, Permissive, 0),
        (Step::Restart, Permissive, 0),
        (Step::Restart, Permissive, 0),
        (Step::Restart, Permissive, 0),
        (Step::Enforce, Enforce, 0),
        (Step::DeleteCas, Enforce, 0),
    ];
    assert_eq!(steps(&offer), expected);
    assert_eq!(offer.specification.waves, [[NodeId(0)], [NodeId(1)], [NodeId(2)]], "the primary first");
}

#[test]
fn an_order_that_never_needs_permissive() {
    let offer = offer(&cluster(3), &Pki::default());
    let plan = offer.without_permissive.expect("with both CAs everywhere all verify");
    let steps: Vec<Step> = plan.steps.iter().map(|step| step.step).collect();
    assert_eq!(plan.order, Order::WithoutPermissive);
    assert_eq!(steps, [Step::AppendCas, Step::Restart, Step::Restart, Step::Restart, Step::DeleteCas]);
    assert!(plan.steps.iter().all(|step| step.mode == Mode::Enforce && step.refused == 0));
}

#[test]
fn the_list_at_each_stage() {
    let plan = offer(&cluster(2), &Pki::default()).specification;
    let (old, new) = (CaId::from("old"), CaId::from("new"));
    assert_eq!(plan.cas(Trust::Before), (vec![old.clone()], vec![new.clone()]));
    assert_eq!(plan.cas(Trust::Appended), (vec![new.clone(), old.clone()], Vec::new()));
    assert_eq!(plan.cas(Trust::Pruned), (vec![new], vec![old]));
}

#[test]
fn no_permissive_where_there_was_none() {
    let offer = offer(&Cluster { mode: Mode::Permissive, ..cluster(2) }, &Pki::default());
    assert!(offer.specification.steps.iter().all(|step| !matches!(step.step, Step::Permissive | Step::Enforce)));
}

#[test]
fn the_pair_and_the_step_that_force_permissive() {
    let pki = Pki { clash: Some(("new".into(), "old".into())), ..Pki::default() };
    let offer = offer(&cluster(3), &pki);
    assert_eq!(offer.without_permissive, None);
    let first = &offer.forced[0];
    assert_eq!(
        (first.step, first.refused.verifier, first.refused.presented),
        (Some(Step::AppendCas), NodeId(1), NodeId(0))
    );
    assert_eq!(first.refused.reasons[0].0, "new has the same name as old");
    // The CA itself breaks what was, so that Permissive comes before it. Each restart mends a column.
    let refused: Vec<_> = steps(&offer).into_iter().map(|(step, _mode, refused)| (step, refused)).collect();
    let expected = [
        (Step::Permissive, 0),
        (Step::AppendCas, 6),
        (Step::NewCertificates, 6),
        (Step::Restart, 4),
        (Step::Restart, 2),
        (Step::Restart, 0),
        (Step::Enforce, 0),
        (Step::DeleteCas, 0),
    ];
    assert_eq!(refused, expected);
}

#[test]
fn the_matrix_after_each_step_is_what_each_pair_says() {
    let mut pki = Pki { clash: Some(("new".into(), "old".into())), ..Pki::default() };
    pki.kinds = [("n2".to_owned(), 1)].into();
    pki.flaws = [("old/n1".into(), Flaw { expired: true, only_by: Some(1), ..Flaw::default() })].into();
    let offer = offer(&cluster(4), &pki);
    let plan = &offer.specification;
    assert_eq!(plan.matrix(0).refused().count(), 1, "today only n2 refuses n1");
    for (index, step) in plan.steps.iter().enumerate() {
        let matrix = plan.matrix(index + 1);
        assert_eq!(matrix.refused().count(), step.refused as usize, "{step:?}");
        for refused in matrix.refused() {
            assert_eq!(matrix.cell(refused.verifier, refused.presented), Some(&refused.reasons[..]));
            assert_eq!(matrix.serves(refused.presented), Serving::Former, "{step:?}");
        }
    }
}

#[test]
fn what_is_missing() {
    let mut cluster = cluster(4);
    cluster.nodes[1].waits = None;
    cluster.nodes[2].waits = None;
    cluster.nodes[2].csr = false;
    cluster.nodes[3].answers = false;
    let plan = offer(&cluster, &Pki::default()).specification;
    let missing: Vec<_> = plan.missing.iter().map(|missing| (missing.node.0, missing.lack)).collect();
    assert_eq!(missing, [(1, Lack::Certificate), (2, Lack::Csr), (3, Lack::Answer)]);
    assert_eq!(plan.begin(None), Err(NotBegun::Missing));
}

#[test]
fn acme_nodes_are_left_out_and_keep_their_ca() {
    let mut cluster = cluster(3);
    cluster.nodes[2].left_out = Some(LeftOut::Acme);
    let plan = offer(&cluster, &Pki::default()).specification;
    assert_eq!(plan.waves.iter().flatten().count(), 2);
    assert_eq!(plan.nodes[2].left_out, Some(LeftOut::Acme));
    assert_eq!(plan.delete, []);
    let [kept] = &plan.kept[..] else { panic!("one CA was ticked: {:?}", plan.kept) };
    assert_eq!((kept.ca.0.as_str(), kept.breaks[0].presented), ("old", NodeId(2)));
    assert_eq!(kept.breaks[0].reasons[0].0, "old is not in the trusted CA list");
}

#[test]
fn of_two_cas_that_stand_in_for_each_other_one_stays() {
    // Either of two anchors does; without both nothing verifies.
    struct Cross;
    impl certway_rollout::Verifier for Cross {
        fn verifies(
            &self,
            trusted: &[CaId],
            _verifier: &str,
            _shown: certway_rollout::Presented<'_>,
        ) -> Result<(), Vec<certway_rollout::Reason>> {
            if trusted.iter().any(|ca| ["left", "right"].contains(&ca.0.as_str())) { Ok(()) } else { Err(Vec::new()) }
        }
    }
    let cluster = Cluster { trusted: vec!["left".into(), "right".into()], ..cluster(2) };
    let wanted = Wanted { append: Vec::new(), delete: cluster.trusted.clone(), ..wanted(Settings::default()) };
    let plan = propose(&cluster, &wanted, &Cross).expect("a cluster that can be planned").specification;
    assert_eq!((plan.delete, plan.kept.len()), (vec!["left".into()], 1));
}

#[test]
fn a_new_certificate_that_peers_refuse_is_not_begun() {
    let pki = Pki::flawed("new/n1", Flaw { wrong_name: true, ..Flaw::default() });
    let offer = offer(&cluster(3), &pki);
    let plan = offer.specification;
    assert_eq!(plan.begin(None), Err(NotBegun::NeverEnforced));
    assert_eq!(plan.never_enforced[0].refused.presented, NodeId(1));
    assert_eq!(offer.forced[0].wave, Some(1), "and it is said which restart it would be");
}

#[test]
fn one_change_at_a_time() {
    let plan = offer(&cluster(2), &Pki::default()).specification;
    let running = plan.begin(None).expect("nothing is missing");
    assert_eq!(plan.begin(Some(&running)), Err(NotBegun::AnotherRuns));
}

#[test]
fn a_canary_that_is_no_node() {
    let settings = Settings { canary: Some("n9".to_owned()), ..Settings::default() };
    assert_eq!(propose(&cluster(2), &wanted(settings), &Pki::default()), None);
}
