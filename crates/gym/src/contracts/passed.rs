//! What passed beside the tickets: outages, verifications, complaints, surveys, measurements, tests of continuity.

use super::agreed::{CASTELL, DESK, HOUSE, ITEMS, PARTIES, SERVICES, WERK, item};
use super::draft::{Draft, some_time, stream};
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, KNOWN_UNTIL, MINUTE, YEAR_BEGINS, YEAR_ENDS};
use jiff::civil::date;
use jiff::tz::TimeZone;

pub(super) fn add(draft: &mut Draft) {
    outages(draft);
    verifications(draft);
    complaints(draft);
    surveys(draft);
    measurements(draft);
    continuity(draft);
}

/// The first moment of a month of 2025, by UTC; month 13 is the January after.
pub(super) fn month(number: i8) -> i64 {
    let (year, month) = if number > 12 { (2026, number - 12) } else { (2025, number) };
    let first = TimeZone::UTC.to_timestamp(date(year, month, 1).at(0, 0, 0, 0));
    first.map_or(YEAR_BEGINS, |first| first.as_second())
}

fn outages(draft: &mut Draft) {
    for number in 0..90_u64 {
        let dice = &mut draft.dice(stream::PASSED, number);
        let (service, _, _, supplier, ..) = SERVICES[dice.below(5) as usize];
        let mut outage = Thing::new("outage", format!("out-{number:03}"));
        let sort = ["unplanned", "unplanned", "unplanned", "planned", "degradation"][dice.below(5) as usize];
        outage.set("outage_type", sort);
        outage.set("owner_party", HOUSE);
        outage.set("supplier_party", supplier);
        let began = some_time(dice);
        let ended = began + dice.duration(HOUR, 130).min(4 * DAY) + 30;
        outage.set("began_at", Fact::At(began));
        let is_over = ended < KNOWN_UNTIL;
        outage.set("state", if is_over { "ended" } else { "ongoing" });
        if is_over {
            outage.set("ended_at", Fact::At(ended));
        }
        if dice.chance(450) {
            outage.set("service", service);
        } else {
            outage.set("configuration_item", item(service, dice.below(ITEMS)));
        }
        if dice.chance(200) {
            outage.set("change", super::changes::id(dice.below(9)));
        }
        let follows = (sort == "unplanned" && dice.chance(150)).then(|| {
            // Another one of the same service while it lasts: one outage to its users.
            let mut other = outage.clone();
            other.id = format!("out-{number:03}b");
            let begins = began + (ended - began) / 2;
            other.set("began_at", Fact::At(begins));
            if is_over {
                other.set("ended_at", Fact::At((ended + 10 * MINUTE).min(KNOWN_UNTIL - 1)));
            }
            other
        });
        draft.add(outage);
        follows.into_iter().for_each(|other| draft.add(other));
    }
}

fn verifications(draft: &mut Draft) {
    for (at, (service, ..)) in SERVICES.into_iter().enumerate() {
        for number in 0..ITEMS {
            let dice = &mut draft.dice(stream::PASSED, 1_000 + at as u64 * 10 + number);
            for check in 0..dice.below(4) {
                let verified = some_time(dice);
                let mut of =
                    Thing::new("ci_verification", format!("ver-{at}{number}{check}")).with("state", "recorded");
                of.set("configuration_item", item(service, number));
                of.set("owner_party", HOUSE);
                of.set("verified_at", Fact::At(verified));
                of.set("compliant", !dice.chance(200));
                draft.add(of);
            }
        }
    }
}

fn complaints(draft: &mut Draft) {
    for number in 0..40_u64 {
        let dice = &mut draft.dice(stream::PASSED, 2_000 + number);
        let received = some_time(dice);
        let mut complaint =
            Thing::new("complaint", format!("cpl-{number:02}")).with("title", format!("Complaint {number}"));
        complaint.set("owner_party", [HOUSE, DESK, CASTELL][dice.weighted(&[40, 20, 40])]);
        complaint.set("customer_party", WERK);
        complaint.set("received_at", Fact::At(received));
        complaint.set("due_at", Fact::At(received + 10 * DAY));
        let resolved = received + dice.duration(6 * DAY, 80);
        let closed = resolved + dice.duration(DAY, 60);
        let state = if dice.chance(60) {
            "withdrawn"
        } else if closed < KNOWN_UNTIL && !dice.chance(100) {
            "closed"
        } else if resolved < KNOWN_UNTIL {
            "resolved"
        } else {
            "investigating"
        };
        complaint.set("state", state);
        if matches!(state, "resolved" | "closed") {
            complaint.set("resolved_at", Fact::At(resolved));
        }
        if state == "closed" {
            complaint.set("closed_at", Fact::At(closed));
        }
        draft.add(complaint);
    }
}

fn surveys(draft: &mut Draft) {
    for number in 0..260_u64 {
        let dice = &mut draft.dice(stream::PASSED, 3_000 + number);
        let sent = some_time(dice);
        let mut survey = Thing::new("satisfaction_measurement", format!("sat-{number:03}")).with("state", "recorded");
        survey.set("owner_party", [HOUSE, DESK][dice.weighted(&[70, 30])]);
        survey.set("customer_party", WERK);
        survey.set("sent_at", Fact::At(sent));
        let most = dice.pick(&[4_i64, 10]);
        survey.set("scale_min", Fact::Millionths(0));
        survey.set("scale_max", Fact::Millionths(most * 1_000_000));
        let responded = sent + dice.duration(DAY, 90);
        if dice.chance(420) && responded < KNOWN_UNTIL {
            survey.set("responded_at", Fact::At(responded));
            let score = most - dice.below(most as u64 + 1).min(dice.below(most as u64 + 1)) as i64;
            survey.set("score", Fact::Millionths(score * 1_000_000));
        }
        draft.add(survey);
    }
}

fn measurements(draft: &mut Draft) {
    for number in 1..=12_i8 {
        let dice = &mut draft.dice(stream::PASSED, 5_000 + number as u64);
        for (party, _, role) in PARTIES {
            if !matches!(role, "internal_supplier" | "external_supplier") {
                continue;
            }
            let users = 400 + dice.below(200) as i64;
            let (contacts, expense) = (500 + dice.below(400) as i64, 9_000_000 + dice.below(4_000_000) as i64);
            let amounts = [
                ("active_users", users * 1_000_000),
                ("contacts", contacts * 1_000_000),
                ("operating_expense", expense * 10_000),
            ];
            for (measure, amount) in amounts {
                let mut of = Thing::new("measurement", format!("mea-{party}-{measure}-{number:02}"));
                of.set("state", "recorded");
                of.set("measure", measure);
                of.set("amount", Fact::Millionths(amount));
                of.set("period_start", Fact::At(month(number)));
                of.set("period_end", Fact::At(month(number + 1)));
                of.set("party", party);
                of.set("owner_party", HOUSE);
                draft.add(of);
            }
        }
    }
}

fn continuity(draft: &mut Draft) {
    for (at, (service, title, state, ..)) in SERVICES.into_iter().enumerate() {
        let dice = &mut draft.dice(stream::PASSED, 6_000 + at as u64);
        let mut plan =
            Thing::new("continuity_plan", format!("plan-{service}")).with("title", format!("Plan of {title}"));
        plan.set("state", if state == "retired" { "inactive" } else { "active" });
        plan.set("owner_party", HOUSE);
        plan.set("service", service);
        plan.set("test_interval", Fact::Number(180 * DAY));
        plan.set(
            "valid_from",
            Fact::At(if state == "pipeline" { YEAR_ENDS - 30 * DAY } else { YEAR_BEGINS - 100 * DAY }),
        );
        draft.add(plan);
        for test in 0..dice.below(4) {
            let mut of = Thing::new("continuity_test", format!("test-{at}{test}")).with("state", "recorded");
            of.set("plan", format!("plan-{service}"));
            of.set("owner_party", HOUSE);
            of.set("tested_at", Fact::At(some_time(dice)));
            of.set("test_result", "passed");
            draft.add(of);
        }
    }
}
