//! SUP-06: whose targets were missed where a target towards the customer was.

use super::family::{Worked, at_most_one, nothing};
use super::{Attribution, Direction, Spec, conclude_rate, flag};
use crate::class::{Class, Reason};
use crate::clocks::{candidates, clocked_by};
use crate::cohort::{self, Cohort};
use crate::comparison::NotCompared;
use crate::figure::Unit;
use crate::row::Row;
use crate::view::View;
use counterfoil_clock::Truth;
use counterfoil_model::Kind;

pub(super) static CAUSED: Worked = Worked {
    spec: &Spec {
        id: "SUP-06",
        title: "Breaches towards the customer with a supplier's own breach behind them",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: &[Kind::Incident, Kind::ServiceRequest],
        cohort: Cohort::Resolved,
        remark: "n counts breaches of service level agreements; by our clock of both agreements; a breach with no contract behind it is \
                 nobody's but ours; shares of several suppliers are not split",
        attribution: Attribution::Resolver,
        definition: "Records that breached a target towards the customer and a target of a supplier as well, divided by all that breached \
                     a target towards the customer.",
        source: "catalogue row SUP-06; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::NoStrata),
    judge: |row, view| {
        if view.estate.targets().is_empty() {
            return Err(Class::OutsideCohort);
        }
        let resolved = cohort::resolved(&row, &view.window)?;
        let ours = missed(row, view, &["service_level_agreement"]);
        let theirs = missed(
            row,
            view,
            &["external_supplier_contract", "internal_supplier_agreement", "customer_as_supplier_agreement"],
        );
        match (ours, theirs) {
            (Truth::No, _) => Err(Class::OutsideCohort),
            (Truth::Unknown, _) | (Truth::Yes, Truth::Unknown) => Err(Class::excluded(Reason::InputUnknown)),
            (Truth::Yes, theirs) => Ok(flag(theirs == Truth::Yes, "with_supplier", "without", resolved.imputed)),
        }
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: |sums, figure| {
        conclude_rate(sums.count("with_supplier"), figure);
        figure.put_count("with_supplier", sums.count("with_supplier"));
        figure.put_count("without", sums.count("without"));
    },
};

/// Whether a target of an agreement of such a kind that is for the record was missed.
fn missed<'a>(row: Row<'a>, view: &View<'a>, kinds: &[&str]) -> Truth {
    let mut found = Truth::No;
    for candidate in candidates(row, None, view) {
        let agreement = &view.estate.agreements()[candidate.target.agreement];
        let is_of = agreement.kind.is_some_and(|kind| kinds.contains(&kind));
        let ends = matches!(candidate.target.metric, "resolution" | "fulfilment" | "restore");
        if !is_of || !ends {
            continue;
        }
        let met = clocked_by(row, candidate.target, view).met();
        found = found.or(candidate.applies.and(met.map_or(Truth::Unknown, |met| Truth::known(!met))));
    }
    found
}
