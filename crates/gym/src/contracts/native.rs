//! The clocks of the suppliers' own tools. The honest ones say what is true; one says that it is in time whatever happened, and
//! for that it puts back the hand of its clock.

use super::agreed::{CASTELL, DESK};
use super::draft::{Draft, stream};
use super::oracle::clock::{Terms, Worked, worked};
use super::thing::{Fact, Thing};
use super::{HOUR, KNOWN_UNTIL};

pub(super) fn add(draft: &mut Draft) {
    let terms = Terms::of(&draft.things);
    let mut clocks = Vec::new();
    let mut verdicts = Vec::new();
    for (number, thing) in draft.things.iter().enumerate() {
        let metric = match thing.kind {
            "incident" => "resolution",
            "service_request" => "fulfilment",
            _ => continue,
        };
        let dice = &mut draft.dice(stream::NATIVE, number as u64);
        match terms.target(thing, metric) {
            Some(target) => {
                let Some(worked) = worked(thing, target, KNOWN_UNTIL) else { continue };
                let is_gaming = thing.text("resolver_party") == Some(CASTELL);
                let clock = clock(thing, target, metric, &worked, is_gaming);
                verdicts.push((number, !clock.is("breached")));
                clocks.push(clock);
            }
            // Where nothing was agreed the desk has a clock of its own, now and then.
            None if thing.text("resolver_party") == Some(DESK) && dice.chance(700) => {
                verdicts.push((number, !dice.chance(200)));
            }
            None => {}
        }
    }
    for (number, met) in verdicts {
        draft.things[number].set("resolution_target_met", met);
    }
    clocks.into_iter().for_each(|clock| draft.add(clock));
}

fn clock(thing: &Thing, target: &Thing, metric: &'static str, worked: &Worked, is_gaming: bool) -> Thing {
    let goal = target.millionths("target_value").unwrap_or(0) / 1_000_000;
    let opened = thing.at("opened_at").unwrap_or(0);
    let late = (worked.secs - goal).max(0);
    let is_put_back = is_gaming && late > 0;
    let mut clock = Thing::new("sla_clock", format!("clk-{}", thing.id));
    clock.set("state", "completed");
    clock.set("record", thing.id.clone());
    clock.set("target", target.id.clone());
    clock.set("agreement", target.text("agreement").unwrap_or_default());
    clock.set("metric", metric);
    clock.set("cycle_number", Fact::Number(1));
    clock.set("started_at", Fact::At(opened));
    let stopped = if is_put_back { (worked.stopped - late - HOUR).max(opened) } else { worked.stopped };
    clock.set("stopped_at", Fact::At(stopped));
    let secs = if is_put_back { (goal - HOUR / 2).max(0) } else { worked.secs };
    clock.set("elapsed_business", Fact::Number(secs));
    clock.set("resolution_goal", Fact::Number(goal));
    clock.set("breached", secs > goal);
    clock.set("source_updated_at", Fact::At(worked.stopped));
    clock
}
