//! DQ-01, DQ-02, DQ-04 and DQ-05: what the sources tell is well told, but for some fields that are not filled in.

use super::{Look, Tally, Truth};
use crate::contracts::Thing;

const WORK: [&str; 4] = ["incident", "service_request", "problem", "change"];

fn work<'a>(look: &Look<'a>) -> Vec<&'a Thing> {
    look.things.iter().filter(|thing| WORK.contains(&thing.kind) && look.by_holder(thing)).collect()
}

/// What a record has to say, by section 2 of iso20000.md: always, and in its state.
fn mandatory(thing: &Thing) -> Vec<&'static str> {
    let mut fields = vec![
        "source_updated_at",
        "title",
        "service",
        "state",
        "state_native",
        "owner_party",
        "created_at",
        "opened_at",
    ];
    let state = thing.state();
    if state == "on_hold" {
        fields.push("hold_reason");
    }
    if state == "closed" {
        fields.push("closed_at");
    }
    let is_done = matches!(state, "resolved" | "closed");
    match thing.kind {
        "incident" => {
            fields.push("priority");
            if is_done {
                fields.extend(["resolved_at", "resolution_code"]);
            }
        }
        "service_request" => {
            fields.extend(["priority", "catalogue_item", "approval_state"]);
            if matches!(state, "fulfilled" | "closed") {
                fields.extend(["fulfilled_at", "resolution_code"]);
            }
        }
        "problem" => {
            fields.push("priority");
            if is_done {
                fields.extend(["resolution_code", "root_cause_code", "root_cause"]);
            }
            match state {
                "resolved" => fields.push("resolved_at"),
                "known_error" => fields.push("workaround"),
                "closed" => fields.push("close_reason"),
                _ => {}
            }
        }
        _ => {
            fields.extend(["change_type", "risk", "major_impact"]);
            if matches!(state, "approved" | "scheduled" | "implementing" | "implemented" | "closed") {
                fields.extend(["planned_start", "planned_end"]);
            }
            if matches!(state, "implementing" | "implemented" | "closed") {
                fields.push("approval_state");
            }
            if matches!(state, "implemented" | "closed") {
                fields.extend(["actual_start", "actual_end"]);
            }
            if state == "closed" {
                fields.push("outcome");
            }
        }
    }
    fields
}

pub(super) fn complete(look: &Look<'_>) -> Truth {
    let all = work(look);
    let (mut filled, mut required) = (0, 0);
    for thing in &all {
        let fields = mandatory(thing);
        required += fields.len();
        filled += fields.into_iter().filter(|field| thing.says(field)).count();
    }
    Truth::ratio(100.0 * filled as f64, required as f64, all.len())
}

pub(super) fn fallbacks(look: &Look<'_>) -> Truth {
    Tally::share(work(look).into_iter().map(|_| false.into()))
}

pub(super) fn skew(look: &Look<'_>) -> Truth {
    Tally::of(work(look).into_iter().map(|_| 0)).mean()
}

pub(super) fn histories(look: &Look<'_>) -> Truth {
    Tally::share(work(look).into_iter().map(|thing| (!thing.course.is_empty()).into()))
}
