//! What passes between the organization and its suppliers: reviews, reports with their claims, disputes, corrective actions,
//! attestations. One supplier reports better figures than are true, and names none of its breaches.

use super::agreed::{BRANDT, CASTELL, DESK, DORN, HOUSE, WERK};
use super::draft::{Draft, some_time, stream};
use super::oracle::clock::{Terms, worked};
use super::passed::month;
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, KNOWN_UNTIL};

pub(super) fn add(draft: &mut Draft) {
    reports(draft);
    reviews(draft);
    majors(draft);
    disputes(draft);
    actions(draft);
    attestations(draft);
}

/// What a supplier resolved in a month, and what of it was too late.
fn outcome(draft: &Draft, supplier: &str, number: i8) -> (u64, Vec<String>) {
    let terms = Terms::of(&draft.things);
    let mut all = 0;
    let mut late = Vec::new();
    for thing in draft.of("incident").filter(|thing| thing.text("resolver_party") == Some(supplier)) {
        let Some(resolved) = thing.at("resolved_at") else { continue };
        if thing.says("duplicate_of") || resolved < month(number) || resolved >= month(number + 1) {
            continue;
        }
        let Some(target) = terms.target(thing, "resolution") else { continue };
        let Some(worked) = worked(thing, target, KNOWN_UNTIL) else { continue };
        all += 1;
        if !worked.is_met {
            late.push(thing.id.clone());
        }
    }
    (all, late)
}

fn reports(draft: &mut Draft) {
    let mut reports = Vec::new();
    for number in 1..=12_i8 {
        for (at, supplier) in [BRANDT, CASTELL, DORN, DESK].into_iter().enumerate() {
            let dice = &mut draft.dice(stream::PASSED, 8_000 + number as u64 * 10 + at as u64);
            let (all, late) = outcome(draft, supplier, number);
            let ends = month(number + 1);
            let mut report =
                Thing::new("service_report", format!("rep-{supplier}-{number:02}")).with("state", "recorded");
            report.set("party", supplier);
            report.set("owner_party", HOUSE);
            report.set("agreement", format!("agr-{supplier}"));
            report.set("period_start", Fact::At(month(number)));
            report.set("period_end", Fact::At(ends));
            report.set("due_at", Fact::At(ends + 10 * DAY));
            let issued = ends + if dice.chance(150) { 14 * DAY } else { dice.below(9) as i64 * DAY + HOUR };
            if !dice.chance(60) && issued < KNOWN_UNTIL {
                report.set("issued_at", Fact::At(issued));
            }
            let is_gaming = supplier == CASTELL;
            let kept = all - late.len() as u64;
            // In tenths of a percent.
            let told = if is_gaming { 985 } else { (kept * 1000).checked_div(all).unwrap_or(1000) };
            report.set("figures", format!("INC-06={}.{}", told / 10, told % 10));
            let named: Vec<String> = late.into_iter().filter(|_| !is_gaming && !dice.chance(150)).collect();
            if !named.is_empty() {
                report.set("disclosed_breaches", named.join(";"));
            }
            reports.push(report);
        }
    }
    reports.into_iter().for_each(|report| draft.add(report));
}

/// Every quarter with each supplier and the customer: held, held late, not held.
fn reviews(draft: &mut Draft) {
    let with = [
        (BRANDT, "contract", "agr-brandt"),
        (CASTELL, "supplier", "agr-castell"),
        (DORN, "contract", "agr-dorn"),
        (DESK, "internal_supplier", "agr-desk"),
        (WERK, "customer", "agr-sla"),
    ];
    for number in [2, 5, 8, 11_i8] {
        for (at, (party, sort, agreement)) in with.into_iter().enumerate() {
            let dice = &mut draft.dice(stream::PASSED, 9_000 + number as u64 * 10 + at as u64);
            let planned = month(number) + dice.below(25) as i64 * DAY + 10 * HOUR;
            let mut review = Thing::new("review", format!("rev-{party}-{number:02}")).with("review_type", sort);
            review.set("subject", agreement);
            review.set("party", party);
            review.set("owner_party", HOUSE);
            review.set("planned_at", Fact::At(planned));
            match dice.below(10) {
                0 => review.set("state", "planned"),
                1 => review.set("state", "cancelled"),
                sort => {
                    review.set("state", "held");
                    review.set("held_at", Fact::At(planned + if sort < 4 { 12 * DAY } else { 2 * HOUR }));
                }
            }
            draft.add(review);
        }
    }
}

/// Of most major incidents.
fn majors(draft: &mut Draft) {
    let mut reviews = Vec::new();
    for (at, incident) in draft.of("incident").filter(|thing| thing.is("is_major")).enumerate() {
        let dice = &mut draft.dice(stream::PASSED, 20_000 + at as u64);
        let Some(resolved) = incident.at("resolved_at").filter(|_| dice.chance(750)) else { continue };
        let held = resolved + dice.duration(9 * DAY, 60);
        if held < KNOWN_UNTIL {
            let mut review = Thing::new("review", format!("rev-{}", incident.id)).with("review_type", "major_incident");
            review.set("subject", incident.id.clone());
            review.set("owner_party", HOUSE);
            review.set("state", "held");
            review.set("planned_at", Fact::At(held));
            review.set("held_at", Fact::At(held));
            reviews.push(review);
        }
    }
    reviews.into_iter().for_each(|review| draft.add(review));
}

fn disputes(draft: &mut Draft) {
    for number in 0..24_u64 {
        let dice = &mut draft.dice(stream::PASSED, 30_000 + number);
        let party = [BRANDT, CASTELL, DORN][dice.weighted(&[15, 60, 25])];
        let raised = some_time(dice);
        let closed = raised + dice.duration(30 * DAY, 90);
        let mut dispute = Thing::new("dispute", format!("dsp-{number:02}")).with("title", format!("Dispute {number}"));
        dispute.set("agreement", format!("agr-{party}"));
        dispute.set("party", party);
        dispute.set("owner_party", HOUSE);
        dispute.set("raised_at", Fact::At(raised));
        let is_over = closed < KNOWN_UNTIL;
        dispute.set("state", if is_over { "closed" } else { "investigating" });
        if is_over {
            dispute.set("closed_at", Fact::At(closed));
        }
        draft.add(dispute);
    }
}

fn actions(draft: &mut Draft) {
    for number in 0..50_u64 {
        let dice = &mut draft.dice(stream::PASSED, 40_000 + number);
        let raised = some_time(dice);
        let due = raised + 20 * DAY;
        let closed = raised + dice.duration(16 * DAY, 60);
        let mut action =
            Thing::new("corrective_action", format!("cap-{number:02}")).with("title", format!("Action {number}"));
        action.set("owner_party", dice.pick(&[HOUSE, BRANDT, CASTELL, DORN]));
        action.set("raised_at", Fact::At(raised));
        action.set("due_at", Fact::At(due));
        let is_over = closed < KNOWN_UNTIL;
        action.set("state", if is_over { "closed" } else { "action" });
        if is_over {
            action.set("closed_at", Fact::At(closed));
        }
        draft.add(action);
    }
}

fn attestations(draft: &mut Draft) {
    for (at, party) in [BRANDT, CASTELL, DORN].into_iter().enumerate() {
        let dice = &mut draft.dice(stream::PASSED, 50_000 + at as u64);
        let mut of = Thing::new("attestation", format!("att-{party}")).with("clause", "8.3.4.1").with("state", "valid");
        of.set("statement", "All sub-suppliers are named");
        of.set("party", party);
        of.set("owner_party", HOUSE);
        of.set("attested_by", "Supplier manager");
        of.set("attested_at", Fact::At(some_time(dice)));
        draft.add(of);
    }
}
