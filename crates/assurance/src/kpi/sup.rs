//! Suppliers (ISO/IEC 20000-1:2018 clause 8.3.4), catalogue rows SUP-03 to SUP-15. What a supplier reaches of its contract is
//! `SUP-01`, what can be said of two of them the comparison (`SUP-02`), and a composite of all (`SUP-16`) is no figure of
//! records.

use super::avl;
use super::brm::review;
use super::chg::failed;
use super::family::{Measured, amount, amounts, hit, mean_duration, median_duration, nothing, rate, ratio};
use super::inc_12;
use super::prb::working_days_after;
use super::{Attribution, Direction, INCIDENTS, Kpi as _, Spec, secs};
use crate::class::{Class, Measure, Reason};
use crate::clocks;
use crate::cohort::{self, Cohort};
use crate::counterpart::{Agree, open_pair};
use crate::facts::{Facts, Told};
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::{MEDIAN, linear, percent, wilson_95};
use crate::steps::Turn;
use crate::view::View;
use counterfoil_clock::Calendar;
use counterfoil_model::{Category, Field, Kind, LinkType};
use std::sync::LazyLock;

const PARTY: Attribution = Attribution::Fields(&[Field::Party, Field::OwnerParty]);

pub(super) static HELD_TIME: Measured = Measured {
    spec: &Spec {
        id: "SUP-03",
        title: "Time held by the supplier",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "of the party that resolved it; the median, P90 beside; time on hold for the customer is not the supplier's; calendar \
                 time; a group stands for its party; without a history of states, or where nobody says who worked on it, it is unknown",
        attribution: Attribution::Resolver,
        definition: "The median of the time from the opening to the resolution for which the resolver was assigned and did not wait for the \
                     customer.",
        source: "catalogue row SUP-03; ServiceNow SLA breakdown",
        top_level: &[],
    },
    judge: |row, view| {
        let resolved = cohort::resolved(&row, &view.window)?;
        let opened = cohort::opened_at(&row).map_err(Class::excluded)?;
        if resolved.imputed || opened.imputed {
            return Err(Class::excluded(Reason::Imputed));
        }
        if resolved.at <= opened.at {
            return Err(Class::excluded(Reason::NotPositive));
        }
        let Told::Known(party) = view.party(row, Attribution::Resolver) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        held_for(row, party, view).map(|held| amount(held, "held")).ok_or(Class::excluded(Reason::InputUnknown))
    },
    keep: amounts,
    conclude: median_duration,
};

pub(super) static ACKNOWLEDGED: Measured = Measured {
    spec: &Spec {
        id: "SUP-04",
        title: "Acknowledgement of hand-over",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "handed over where the record first waits for its supplier or is first assigned to the party of its counterpart; clocks of two \
                 tools are taken as they are",
        attribution: Attribution::Holder,
        definition: "The mean of the creation of the counterpart less the hand-over, over records opened in the window that were handed to a \
                     supplier whose counterpart is held.",
        source: "catalogue row SUP-04",
        top_level: &[],
    },
    judge: |row, view| {
        let mut given = view.linked(row, LinkType::HandedToSupplier).filter(|other| other.is_work());
        let Some(counterpart) = given.next() else { return Err(Class::OutsideCohort) };
        cohort::opened(&row, &view.window)?;
        let party = counterpart.owner_party.known();
        let handed = row.steps.iter().find(|step| match &step.to {
            Turn::HoldReason(reason) => row.hold_reason_word(reason) == Some("awaiting_supplier"),
            Turn::Party(Told::Known(to)) => Some(to) == party,
            _ => false,
        });
        let handed = handed.and_then(|step| step.at.known()).copied().ok_or(Class::excluded(Reason::InputUnknown))?;
        let Told::Known(created) = counterpart.created_at else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        if created < handed {
            return Err(Class::excluded(Reason::NotPositive));
        }
        Ok(amount(created - handed, "acknowledged"))
    },
    keep: nothing,
    conclude: mean_duration,
};

pub(super) static BOUNCES: Measured = Measured {
    spec: &Spec {
        id: "SUP-05",
        title: "Bounce rate",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "n counts records with a hand-over between parties, hits and handovers the hand-overs; given back within one working day \
                 (Monday to Friday, UTC) without having been resolved",
        attribution: Attribution::Holder,
        definition: "Hand-overs that were given back to the party they came from within one working day divided by all hand-overs of records \
                     opened in the window.",
        source: "catalogue row SUP-05",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::opened(&row, &view.window)?;
        match hand_overs(row.facts) {
            None => Err(Class::excluded(Reason::NotCounted)),
            Some((0, _)) => Err(Class::OutsideCohort),
            Some((_, bounced)) => Ok(amount(bounced, "handed_over")),
        }
    },
    keep: |row, _, class, sums| {
        if let (Class::Counted(_), Some((all, _))) = (class, hand_overs(row.facts)) {
            sums.add("handovers", i128::from(all));
        }
    },
    conclude: |sums, figure| {
        let (hits, all) = (u64::try_from(sums.total).unwrap_or(0), sums.count("handovers"));
        figure.value = percent(hits, all);
        figure.interval = wilson_95(hits, all);
        figure.put_count("hits", hits);
        figure.put_count("handovers", all);
    },
};

pub(super) static REOPENED: Measured = Measured {
    spec: &Spec {
        id: "SUP-07",
        title: "Reopened after the supplier resolved it",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "INC-12 over what parties resolved that are suppliers by their role",
        attribution: Attribution::Resolver,
        definition: "Incidents resolved by a supplier in the window that were reopened divided by all that suppliers resolved in it.",
        source: "catalogue row SUP-07",
        top_level: &[],
    },
    judge: |row, view| {
        of_supplier(row, view)?;
        match inc_12::ReopenRate.classify(row, view) {
            Class::Counted(measure) => Ok(Measure { amount: i64::from(measure.amount > 0), ..measure }),
            class => Err(class),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static FAILED_CHANGES: Measured = Measured {
    spec: &Spec {
        id: "SUP-08",
        title: "Failed changes of suppliers",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: super::chg::CHANGES,
        cohort: Cohort::Closed,
        remark: "CHG-01 over changes that parties carried out that are suppliers by their role; how many were emergencies stands beside",
        attribution: Attribution::Holder,
        definition: "Changes of suppliers closed in the window that failed or were reversed divided by all of theirs with a known outcome.",
        source: "catalogue row SUP-08",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::closed(&row, &view.window)?;
        of_supplier(row, view)?;
        failed(row)
    },
    keep: |row, _, class, sums| {
        if let Class::Counted(_) = class {
            sums.add("emergencies", i128::from(row.word(Field::ChangeType) == Told::Known("emergency")));
        }
    },
    conclude: |sums, figure| {
        rate(sums, figure);
        figure.put_count("emergencies", sums.count("emergencies"));
    },
};

pub(super) static COMPONENTS: Measured = Measured {
    spec: &Spec {
        id: "SUP-09",
        title: "Availability of supplied components",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::ConfigurationItem],
        cohort: Cohort::Within,
        remark: "live items that name their supplier, around the clock; n counts the items",
        attribution: Attribution::Fields(&[Field::SupplierParty]),
        definition: "The time of the window less that of unplanned outages of the item, divided by the time of the window, over all supplied \
                     items.",
        source: "catalogue row SUP-09",
        top_level: &[],
    },
    judge: |row, view| {
        if row.tombstone || row.state_name() != Some("live") || row.said(Field::SupplierParty) != Told::Known(()) {
            return Err(Class::OutsideCohort);
        }
        avl::component(row, view).map(|(agreed, down)| amount(agreed - down, "supplied"))
    },
    keep: |row, view, class, sums| {
        if let Class::Counted(measure) = class
            && let Ok((agreed, _)) = avl::component(row, view)
        {
            sums.add("up", i128::from(measure.amount));
            sums.add("agreed", i128::from(agreed));
        }
    },
    conclude: |sums, figure| {
        figure.value = ratio(sums, "up", "agreed").map(|share| share * 100.0);
        figure.put("down_secs", Some(secs((sums.get("agreed") - sums.get("up")) as f64)));
    },
};

pub(super) static REPORTS: Measured = Measured {
    spec: &Spec {
        id: "SUP-10",
        title: "Reports in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::ServiceReport],
        cohort: Cohort::Within,
        remark: "due in the window",
        attribution: PARTY,
        definition: "Reports due in the window that were issued until then divided by all due in it.",
        source: "catalogue row SUP-10, punctuality",
        top_level: &[],
    },
    judge: |row, view| {
        let due = cohort::within(&row, Field::DueAt, &view.window)?;
        match row.moment(Field::IssuedAt) {
            Told::Known(at) => Ok(hit(at <= due, "in_time", "late_or_none")),
            Told::Missing => Ok(hit(false, "in_time", "late_or_none")),
            Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static DIVERGENCE: Measured = Measured {
    spec: &Spec {
        id: "SUP-11",
        title: "Counterpart divergence",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: &[Kind::Incident, Kind::ServiceRequest],
        cohort: Cohort::OpenAtEnd,
        remark: "pairs of which at least one side is open, counted at the side that was handed over; states that are compatible only for a \
                 while count as divergent once they have lasted for a working day",
        attribution: Attribution::Holder,
        definition: "Pairs of counterparts in incompatible states divided by all pairs of which a side is open.",
        source: "catalogue row SUP-11; iso20000.md 5.3",
        top_level: &[],
    },
    judge: |row, view| {
        let pairs: Vec<Row<'_>> = [LinkType::CounterpartOf, LinkType::HandedToSupplier]
            .into_iter()
            .flat_map(|link| view.linked(row, link).collect::<Vec<_>>())
            .filter(|other| other.is_work())
            .collect();
        let Some(other) = pairs.first() else { return Err(Class::OutsideCohort) };
        // Of two that call each other counterpart, the one that is held first tells of the pair.
        let is_mutual = view.linked(row, LinkType::HandedToSupplier).next().is_none();
        if is_mutual && other.at < row.at {
            return Err(Class::OutsideCohort);
        }
        match open_pair(row, *other, view.window.end()) {
            None => Err(Class::OutsideCohort),
            Some(Agree::Unknown) => Err(Class::excluded(Reason::StateUnknown)),
            Some(Agree::Yes) => Ok(hit(false, "divergent", "agreed")),
            Some(Agree::No) => Ok(hit(true, "divergent", "agreed")),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static CONTRACT_REVIEWS: Measured = Measured {
    spec: &Spec {
        id: "SUP-12",
        title: "Contract reviews held in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::Review],
        cohort: Cohort::Within,
        remark: "reviews of suppliers, internal ones too, and of contracts planned for the window, up to 7 days late",
        attribution: PARTY,
        definition: "Reviews of suppliers and contracts planned for the window and held at most 7 days late divided by all planned for it.",
        source: "catalogue row SUP-12",
        top_level: &[],
    },
    judge: |row, view| review(row, view, &["supplier", "contract", "internal_supplier"]),
    keep: nothing,
    conclude: rate,
};

pub(super) static DISPUTES: Measured = Measured {
    spec: &Spec {
        id: "SUP-13",
        title: "Open disputes",
        unit: Unit::Records,
        direction: Direction::Down,
        about: &[Kind::Dispute],
        cohort: Cohort::OpenAtEnd,
        remark: "raised before the end of the window; the median of their age stands beside",
        attribution: PARTY,
        definition: "The number of disputes that were raised before the end of the window and not closed or withdrawn before it.",
        source: "catalogue row SUP-13",
        top_level: &[],
    },
    judge: |row, view| {
        let end = view.window.end();
        let Told::Known(raised) = row.moment(Field::RaisedAt) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        if row.tombstone || raised >= end {
            return Err(Class::OutsideCohort);
        }
        match (row.category(), row.closed_at) {
            (_, Told::Known(closed)) if closed < end => Err(Class::OutsideCohort),
            (Category::Cancelled, _) => Err(Class::OutsideCohort),
            (Category::Closed, Told::Missing | Told::Unmapped | Told::Unreadable) => {
                Err(Class::excluded(Reason::ClosedAtMissing))
            }
            (Category::Unknown, Told::Missing | Told::Unmapped | Told::Unreadable) => {
                Err(Class::excluded(Reason::StateUnknown))
            }
            _ => Ok(amount(end - raised, "open")),
        }
    },
    keep: amounts,
    conclude: |sums, figure| {
        sums.amounts.sort_unstable();
        figure.value = Some(figure.n as f64);
        figure.put("median_age", linear(&sums.amounts, MEDIAN).map(secs));
    },
};

pub(super) static ACTIONS: Measured = Measured {
    spec: &Spec {
        id: "SUP-14",
        title: "Corrective actions done in time",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: &[Kind::CorrectiveAction],
        cohort: Cohort::Within,
        remark: "due in the window",
        attribution: Attribution::Fields(&[Field::OwnerParty]),
        definition: "Corrective actions due in the window that were closed until then divided by all due in it.",
        source: "catalogue row SUP-14",
        top_level: &[],
    },
    judge: |row, view| {
        let due = cohort::within(&row, Field::DueAt, &view.window)?;
        match (row.category(), row.closed_at) {
            (Category::Cancelled, _) => Err(Class::excluded(Reason::Cancelled)),
            (_, Told::Known(at)) => Ok(hit(at <= due, "in_time", "late_or_none")),
            (Category::Closed, _) => Err(Class::excluded(Reason::ClosedAtMissing)),
            (_, Told::Missing) => Ok(hit(false, "in_time", "late_or_none")),
            (_, Told::Unmapped | Told::Unreadable) => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static DECLARED: Measured = Measured {
    spec: &Spec {
        id: "SUP-15",
        title: "Declared sub-suppliers",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "n counts records; hits and observed count parties that worked behind a supplier; a party that is one of ours or has an \
                 agreement of its own is no sub-supplier",
        attribution: Attribution::Resolver,
        definition: "Sub-suppliers that a tier declares divided by all parties that took records over from a supplier and have no agreement \
                     with us, over records opened in the window.",
        source: "catalogue row SUP-15",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::opened(&row, &view.window)?;
        match behind(row, view) {
            None => Err(Class::excluded(Reason::NotCounted)),
            Some(found) if found.is_empty() => Err(Class::OutsideCohort),
            Some(found) => Ok(amount(i64::try_from(found.len()).unwrap_or(0), "with_sub_supplier")),
        }
    },
    keep: |row, view, class, sums| {
        if let Class::Counted(_) = class {
            for (sub, declared) in behind(row, view).unwrap_or_default() {
                *sums.histogram.entry(parties_key(sub, declared)).or_default() += 1;
            }
        }
    },
    conclude: |sums, figure| {
        let observed = sums.histogram.len() as u64;
        let declared = sums.histogram.keys().filter(|key| **key % 2 == 1).count() as u64;
        figure.value = percent(declared, observed);
        figure.put_count("hits", declared);
        figure.put_count("observed", observed);
    },
};

/// Odd where it is declared; the rest tells one party from another.
fn parties_key(party: &str, declared: bool) -> i64 {
    let sum = crate::index::sum(party) >> 2;
    i64::try_from(sum).unwrap_or(0) * 2 + i64::from(declared)
}

fn of_supplier(row: Row<'_>, view: &View<'_>) -> Result<(), Class> {
    const SUPPLIERS: &[&str] =
        &["external_supplier", "lead_supplier", "subcontracted_supplier", "internal_supplier", "customer_as_supplier"];
    let Told::Known(party) = view.party(row, Attribution::Resolver) else {
        return Err(Class::excluded(Reason::InputUnknown));
    };
    let roles = view.estate.roles(party);
    if roles.is_empty() {
        return Err(Class::excluded(Reason::InputUnknown));
    }
    if roles.iter().any(|role| SUPPLIERS.contains(role)) { Ok(()) } else { Err(Class::OutsideCohort) }
}

static ALWAYS: LazyLock<Calendar> = LazyLock::new(Calendar::always);

/// Milliseconds for which a party held a record and it did not wait for the customer; `None` where that is between two
/// figures, where no history of states tells of waiting, and where nobody says who worked on it: that is not nobody.
fn held_for<'a>(row: Row<'a>, party: &str, view: &View<'a>) -> Option<i64> {
    if !row.steps.iter().any(|step| matches!(step.to, Turn::State(_))) {
        return None;
    }
    let holdings = clocks::holdings(row, view);
    let is_told = |holding: &clocks::Holding<'_>| {
        !holding.is_supposed || matches!(&holding.party, Told::Known(known) if known == party)
    };
    if !holdings.iter().all(is_told) {
        return None;
    }
    i64::try_from(clocks::held_by(&holdings, party, &ALWAYS).exact()?.as_millis()).ok()
}

/// How often a record went from one party to another, and how often it came back to where it came from within one working
/// day and unresolved; `None` without a history of parties.
fn hand_overs(facts: &Facts) -> Option<(i64, i64)> {
    let mut turns: Vec<(i64, &str)> = Vec::new();
    let mut resolutions: Vec<i64> = Vec::new();
    for step in &facts.steps {
        match &step.to {
            Turn::Party(Told::Known(party)) if turns.last().is_none_or(|(_, last)| *last != &**party) => {
                turns.push((*step.at.known()?, party));
            }
            Turn::State(state) if matches!(facts.state_word(state), Some("resolved" | "closed")) => {
                resolutions.push(*step.at.known()?);
            }
            _ => {}
        }
    }
    if turns.is_empty() {
        return None;
    }
    let bounced = turns.windows(3).filter(|three| {
        let ((_, from), (given, _), (back, to)) = (three[0], three[1], three[2]);
        let resolved = resolutions.iter().any(|at| (given..=back).contains(at));
        from == to && back <= working_days_after(given, 1) && !resolved
    });
    let bounced = bounced.count();
    Some((i64::try_from(turns.len() - 1).unwrap_or(i64::MAX), i64::try_from(bounced).unwrap_or(i64::MAX)))
}

/// The parties that took a record over from a supplier and have no agreement of their own, and whether a tier declares
/// them; `None` without a history of parties.
fn behind<'a>(row: Row<'a>, view: &View<'_>) -> Option<Vec<(&'a str, bool)>> {
    const OURS: &[&str] =
        &["organization", "customer", "user", "internal_supplier", "service_integrator", "customer_as_supplier"];
    let mut parties: Vec<&'a str> = Vec::new();
    for step in &row.facts.steps {
        if let Turn::Party(Told::Known(party)) = &step.to {
            parties.push(party);
        }
    }
    if parties.is_empty() {
        return None;
    }
    let is_direct = |party: &str| view.estate.has_agreement(party);
    let is_ours = |party: &str| view.estate.roles(party).iter().any(|role| OURS.contains(role));
    let mut found: Vec<(&str, bool)> = Vec::new();
    for pair in parties.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let known = found.iter().any(|(party, _)| *party == to);
        if is_direct(from) && !is_direct(to) && !is_ours(to) && !known {
            found.push((to, view.estate.is_declared(to)));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_and_whether_it_is_declared_make_a_number() {
        assert_eq!(parties_key("acme", true) % 2, 1);
        assert_eq!(parties_key("acme", false) + 1, parties_key("acme", true));
        assert_ne!(parties_key("acme", true), parties_key("umbra", true));
    }
}
