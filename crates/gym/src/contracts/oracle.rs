//! The true figures, computed from the lists by the text of iso20000.md 4.1 and 4.2 in the plainest way.
//!
//! What the text leaves open is decided here, a sentence each:
//! windows are half open; percentages go from 0 to 100, durations are seconds, money is in the unit of the measurements; medians are of
//! type 7 (linear); a record counts for the party that resolved it, else works on it, else is accountable for it; `resolved(W)` is what
//! was resolved in W and is so seven days after W; a target is that of the resolver's own agreement, and where that has none for
//! the priority and kind the accountable party's; time between a resolution and a reopening is no time of work; a figure of which more than a fifth of
//! the cohort is unknown has no value; shares and means of nothing have none; verdicts are our clock's, and the tool's where nothing was agreed.

mod availability;
pub(super) mod clock;
mod cohort;
mod delivery;
mod incidents;
mod quality;
mod relations;
mod suppliers;
mod tally;
mod terms;

use super::{Contracts, Thing};
use clock::Terms;
pub(super) use tally::{Seen, Tally};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Unix seconds, the first that belongs to it.
    pub from: i64,
    /// Unix seconds, the first that no longer does.
    pub to: i64,
    /// Only what counts for this party.
    pub party: Option<&'a str>,
}

/// A true figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// `None` where the text allows none.
    pub value: Option<f64>,
    /// How many records it is computed from.
    pub n: u64,
}

type Figure = fn(&Look<'_>) -> Truth;

/// Every row of the catalogue for which the estate has the inputs: its id, its unit, and how it is counted.
pub static TRUE_FIGURES: &[(&str, &str, Figure)] = &[
    ("INC-01", "n", incidents::opened),
    ("INC-02", "ratio", incidents::per_user),
    ("INC-03", "s", incidents::mean_time),
    ("INC-04", "s", incidents::median_time),
    ("INC-05", "s", incidents::mean_time_high),
    ("INC-06", "%", incidents::in_target),
    ("INC-07", "%", incidents::answered_in_target),
    ("INC-08", "s", incidents::time_to_answer),
    ("INC-09", "%", incidents::first_assignment),
    ("INC-10", "%", incidents::first_contact),
    ("INC-11", "%", incidents::first_level),
    ("INC-12", "%", incidents::reopened),
    ("INC-13", "n/record", incidents::reassigned),
    ("INC-14", "n", incidents::backlog),
    ("INC-15", "s", incidents::backlog_age),
    ("INC-16", "%", incidents::on_hold),
    ("INC-17", "n", incidents::major),
    ("INC-18", "%", incidents::repeated),
    ("INC-19", "%", incidents::linked),
    ("INC-20", "%", incidents::by_knowledge),
    ("REQ-01", "s", delivery::time_to_fulfil),
    ("REQ-02", "%", delivery::requests_breached),
    ("REQ-03", "%", delivery::requests_in_target),
    ("REQ-04", "%", delivery::approval_wait),
    ("REQ-05", "ratio", delivery::requests_per_incident),
    ("PRB-01", "s", delivery::problem_time),
    ("PRB-02", "%", delivery::with_problem),
    ("PRB-03", "ratio", delivery::problem_queue),
    ("PRB-04", "s", delivery::time_to_cause),
    ("PRB-05", "%", delivery::recurrence),
    ("PRB-06", "%", delivery::known_errors),
    ("PRB-07", "%", delivery::majors_with_problem),
    ("CHG-01", "%", delivery::changes_failed),
    ("CHG-02", "%", delivery::changes_emergency),
    ("CHG-03", "s", delivery::change_time),
    ("CHG-04", "%", delivery::changes_unauthorised),
    ("CHG-05", "%", delivery::changes_causing),
    ("CHG-06", "%", delivery::changes_in_window),
    ("CHG-07", "%", delivery::changes_reviewed),
    ("CHG-08", "points", delivery::change_score),
    ("CHG-09", "%", delivery::collisions),
    ("CHG-10", "%", availability::by_changes),
    ("REL-01", "%", delivery::not_rolled_back),
    ("REL-02", "n", delivery::after_releases),
    ("CFG-01", "%", relations::duplicate_items),
    ("CFG-02", "%", relations::stale_items),
    ("CFG-03", "%", relations::audit_failures),
    ("CFG-04", "%", relations::item_attributes),
    ("CFG-05", "%", relations::supported_items),
    ("SLM-01", "%", terms::targets_achieved),
    ("SLM-02", "%", terms::services_covered),
    ("SLM-03", "%", terms::services_reported),
    ("SLM-04", "%", terms::breaches_disclosed),
    ("SLM-05", "n", terms::limits_exceeded),
    ("AVL-01", "%", availability::service),
    ("AVL-02", "%", availability::end_to_end),
    ("AVL-03", "s", availability::restore),
    ("AVL-04", "s", availability::between_failures),
    ("AVL-05", "s", availability::between_incidents),
    ("AVL-06", "n", availability::outages),
    ("CON-01", "%", relations::plans_tested),
    ("BRM-01", "points", relations::satisfaction),
    ("BRM-02", "%", relations::responses),
    ("BRM-03", "n/1000", relations::complaints),
    ("BRM-04", "%", relations::complaints_in_time),
    ("BRM-05", "%", relations::customer_reviews),
    ("SEC-01", "n", incidents::security),
    ("FIN-01", "money", relations::cost_per_contact),
    ("SUP-01", "%", terms::contract_targets_achieved),
    ("SUP-03", "s", suppliers::held_time),
    ("SUP-05", "%", suppliers::bounces),
    ("SUP-07", "%", suppliers::reopened),
    ("SUP-08", "%", suppliers::changes_failed),
    ("SUP-09", "%", availability::components),
    ("SUP-10", "%", suppliers::reports),
    ("SUP-12", "%", suppliers::contract_reviews),
    ("SUP-13", "n", suppliers::disputes),
    ("SUP-14", "%", suppliers::actions),
    ("SUP-15", "%", suppliers::declared),
    ("DQ-01", "%", quality::complete),
    ("DQ-02", "%", quality::fallbacks),
    ("DQ-04", "s", quality::skew),
    ("DQ-05", "%", quality::histories),
];

impl Contracts {
    /// The true figure of a row of the catalogue; `None` where the estate has no inputs for it.
    pub fn figure(&self, id: &str, asked: Asked<'_>) -> Option<Truth> {
        let (_, _, figure) = TRUE_FIGURES.iter().find(|(known, ..)| *known == id)?;
        Some(figure(&Look { things: &self.things, terms: Terms::of(&self.things), asked }))
    }

    /// The parties that figures are asked for.
    pub fn parties(&self) -> impl Iterator<Item = &str> {
        self.of("party").map(|party| &*party.id)
    }
}

/// The lists, and what is asked of them.
pub struct Look<'a> {
    things: &'a [Thing],
    terms: Terms<'a>,
    asked: Asked<'a>,
}
