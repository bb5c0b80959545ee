//! Whether the two halves of a ticket can both be true (iso20000.md 5.3).

use crate::facts::Facts;
use crate::kpi::working_days_after;
use crate::row::Row;
use crate::steps::Turn;
use counterfoil_model::{Category, Field};

/// Whether they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agree {
    Yes,
    No,
    Unknown,
}

/// Where one side stands, as the matrix has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    New,
    Working,
    WaitsForSupplier,
    WaitsForCustomer,
    WaitsForOther,
    Resolved,
    Closed,
    Cancelled,
}

/// Compatible, compatible for a while, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Fits,
    ForAWhile,
    Not,
}

/// Whether customer's and supplier's side of a pair agree at a moment; `None` where both are over.
pub(crate) fn open_pair(ours: Row<'_>, theirs: Row<'_>, end: i64) -> Option<Agree> {
    let (Some(a), Some(b)) = (place(ours.facts), place(theirs.facts)) else { return Some(Agree::Unknown) };
    let is_over = |place| matches!(place, Place::Closed | Place::Cancelled);
    if is_over(a) && is_over(b) {
        return None;
    }
    Some(match fit(a, b) {
        Fit::Fits => Agree::Yes,
        Fit::Not => Agree::No,
        Fit::ForAWhile => match last_change(ours.facts).max(last_change(theirs.facts)) {
            Some(at) if working_days_after(at, 1) > end => Agree::Yes,
            Some(_) => Agree::No,
            None => Agree::Unknown,
        },
    })
}

fn last_change(facts: &Facts) -> Option<i64> {
    let steps = facts.steps.iter().rev().find(|step| matches!(step.to, Turn::State(_)));
    steps.and_then(|step| step.at.known()).or(facts.source_updated_at.known()).copied()
}

fn place(facts: &Facts) -> Option<Place> {
    Some(match facts.category() {
        Category::New => Place::New,
        Category::InProgress if facts.state_name() == Some("assigned") => Place::New,
        Category::InProgress => Place::Working,
        Category::OnHold => match hold_reason(facts) {
            Some("awaiting_supplier") => Place::WaitsForSupplier,
            Some("awaiting_customer") => Place::WaitsForCustomer,
            Some(_) | None => Place::WaitsForOther,
        },
        Category::Resolved => Place::Resolved,
        Category::Closed => Place::Closed,
        Category::Cancelled => Place::Cancelled,
        Category::Unknown => return None,
    })
}

fn hold_reason(facts: &Facts) -> Option<&'static str> {
    let reasons = facts.steps.iter().rev().find_map(|step| match &step.to {
        Turn::HoldReason(reason) => Some(reason),
        _ => None,
    });
    reasons.and_then(|reason| facts.hold_reason_word(reason)).or(facts.word(Field::HoldReason).known().copied())
}

/// The matrix: a row for the customer's side, a column for the supplier's.
fn fit(a: Place, b: Place) -> Fit {
    use Fit::{Fits, ForAWhile, Not};
    use Place::{Cancelled, Closed, New, Resolved, WaitsForCustomer, WaitsForOther, WaitsForSupplier, Working};
    match (a, b) {
        (New, New) => Fits,
        (New, Working | WaitsForCustomer | WaitsForOther | WaitsForSupplier) => ForAWhile,
        (New, Resolved | Closed | Cancelled) => Not,
        (Working, New | Resolved | Cancelled) => ForAWhile,
        (Working, Working | WaitsForCustomer | WaitsForOther | WaitsForSupplier) => Fits,
        (Working, Closed) => Not,
        (WaitsForSupplier, New | Resolved) => ForAWhile,
        (WaitsForSupplier, Working | WaitsForOther | WaitsForSupplier) => Fits,
        // Each waits for the other (SC-35).
        (WaitsForSupplier, WaitsForCustomer | Closed | Cancelled) => Not,
        (WaitsForCustomer, New | Working | WaitsForCustomer | WaitsForOther | WaitsForSupplier) => Fits,
        (WaitsForCustomer, Resolved | Closed | Cancelled) => ForAWhile,
        (WaitsForOther, New | WaitsForCustomer | Resolved) => ForAWhile,
        (WaitsForOther, Working | WaitsForOther | WaitsForSupplier) => Fits,
        (WaitsForOther, Closed | Cancelled) => Not,
        (Resolved, Resolved | Closed | Cancelled) => Fits,
        (Resolved, _) => Not,
        (Closed | Cancelled, Closed | Cancelled) => Fits,
        (Closed | Cancelled, Resolved) => ForAWhile,
        (Closed | Cancelled, _) => Not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Told;

    #[test]
    fn a_deadlock_and_a_closed_half_do_not_fit() {
        assert_eq!(fit(Place::WaitsForSupplier, Place::WaitsForCustomer), Fit::Not);
        assert_eq!(fit(Place::Working, Place::Closed), Fit::Not);
        assert_eq!(fit(Place::Resolved, Place::Working), Fit::Not);
        assert_eq!(fit(Place::WaitsForSupplier, Place::Working), Fit::Fits);
        assert_eq!(fit(Place::WaitsForSupplier, Place::Resolved), Fit::ForAWhile);
    }

    #[test]
    fn what_is_not_known_agrees_with_nothing() {
        let facts = |state: Option<&'static str>| {
            let mut record = counterfoil_model::Record::new(counterfoil_model::Kind::Incident);
            if let Some(state) = state {
                record.set(Field::State, counterfoil_model::Value::Word(state));
            }
            Facts::of("acme", &record, jiff::Timestamp::UNIX_EPOCH)
        };
        let pair = |a, b| open_pair(Row::alone(&facts(a)), Row::alone(&facts(b)), 0);
        assert_eq!(pair(Some("closed"), Some("cancelled")), None);
        assert_eq!(pair(None, Some("new")), Some(Agree::Unknown));
        assert_eq!(pair(Some("resolved"), Some("in_progress")), Some(Agree::No));
        assert_eq!(pair(Some("in_progress"), Some("resolved")), Some(Agree::Unknown), "since when is not known");
        assert_eq!(facts(None).state, Told::Missing);
    }
}
