//! What must hold at every moment, whatever happens.

use certway_rollout::{End, Mode, NodeId, Serving, Trust, Work};

use crate::scenario::Scenario;
use crate::world::World;

/// Says which invariant is broken, if one is.
pub(crate) fn check(world: &World, scenario: &Scenario) -> Result<(), String> {
    no_refusal_under_enforce(world, scenario)?;
    no_silent_permissive(world, scenario)?;
    restarts(world, scenario)?;
    beliefs(world, scenario)?;
    if world.state.end.is_some() { ended(world, scenario) } else { Ok(()) }
}

fn members<'a>(world: &'a World, scenario: &Scenario) -> impl Iterator<Item = NodeId> + use<'a> {
    scenario.plan.ids().filter(|&id| world.is_member(id))
}

/// Never Enforce while two live nodes cannot verify each other. What was so before the change is not its doing.
fn no_refusal_under_enforce(world: &World, scenario: &Scenario) -> Result<(), String> {
    let live = |id: &NodeId| world.nodes[id.index()].up;
    for verifier in members(world, scenario).filter(live) {
        let sim = &world.nodes[verifier.index()];
        if sim.mode != Mode::Enforce {
            continue;
        }
        for peer in members(world, scenario).filter(live) {
            let serves = world.nodes[peer.index()].serves;
            let before = !sim.opened
                && serves == Serving::Former
                && !scenario.verifies(Trust::Before, verifier, peer, Serving::Former);
            if !before && !scenario.verifies(sim.trust, verifier, peer, serves) {
                return Err(format!("node {} is in Enforce and refuses node {}", verifier.0, peer.0));
            }
        }
    }
    Ok(())
}

/// Never silently left Permissive: the timer is set from the first moment, and rings.
fn no_silent_permissive(world: &World, scenario: &Scenario) -> Result<(), String> {
    if scenario.plan.mode == Mode::Permissive {
        return Ok(());
    }
    for id in members(world, scenario) {
        let sim = &world.nodes[id.index()];
        if !sim.up || sim.mode == Mode::Enforce {
            continue;
        }
        let Some(until) = sim.agent.until() else {
            return Err(format!("node {} is Permissive without a timer", id.0));
        };
        if until <= world.now && !sim.alarm {
            return Err(format!("node {} is silently left Permissive", id.0));
        }
    }
    Ok(())
}

/// No more nodes restart at once than a wave has, and none while the one before has not come back.
fn restarts(world: &World, scenario: &Scenario) -> Result<(), String> {
    let restarting = members(world, scenario).filter(|id| world.nodes[id.index()].restarting).count();
    if restarting > scenario.wave() {
        return Err(format!("{restarting} nodes restart at once"));
    }
    Ok(())
}

/// What the state says for certain is so.
fn beliefs(world: &World, scenario: &Scenario) -> Result<(), String> {
    for id in members(world, scenario) {
        let (known, sim) = (&world.state.nodes[id.index()], &world.nodes[id.index()]);
        let list = |trust: Trust| &scenario.lists[trust as usize];
        let wrong = [
            known.serves.is_some_and(|serves| serves != sim.serves),
            known.staged.is_some_and(|staged| staged != sim.staged),
            known.trust.is_some_and(|trust| list(trust) != list(sim.trust)),
            known.mode == Some(Mode::Enforce) && sim.mode == Mode::Permissive,
        ];
        if wrong.contains(&true) {
            return Err(format!("the state is wrong about node {} (serves, place, list, mode): {wrong:?}", id.0));
        }
    }
    Ok(())
}

fn ended(world: &World, scenario: &Scenario) -> Result<(), String> {
    let Some(end) = world.state.end else { return Ok(()) };
    let of = |id: NodeId| &world.nodes[id.index()];
    let enforced = members(world, scenario).all(|id| of(id).mode == Mode::Enforce);
    let alarm = world.state.alarm(&scenario.plan, world.now);
    if scenario.plan.mode == Mode::Enforce && !enforced && alarm.is_empty() {
        return Err("the change ended silently in Permissive".to_owned());
    }
    if end == End::Left {
        return Ok(());
    }
    if scenario.plan.mode == Mode::Enforce {
        if !enforced {
            return Err(format!("the change ended as {end:?} without Enforce"));
        }
        for verifier in members(world, scenario).filter(|&id| of(id).opened) {
            for peer in members(world, scenario) {
                if !scenario.verifies(of(verifier).trust, verifier, peer, of(peer).serves) {
                    return Err(format!("it ended, and node {} refuses node {}", verifier.0, peer.0));
                }
            }
        }
    }
    for id in members(world, scenario) {
        if world.state.nodes[id.index()].work != Work::Idle {
            return Err(format!("it ended, and node {} is busy", id.0));
        }
        if of(id).staged {
            return Err(format!("it ended, and a certificate is in place at node {}", id.0));
        }
        if end == End::RolledBack && (of(id).serves != Serving::Former || of(id).trust == Trust::Pruned) {
            return Err(format!("it was rolled back, and node {} is not as it was", id.0));
        }
    }
    Ok(())
}
