//! A supplier's target, expressed in the calendar of the customer's (iso20000.md 5.4, 2): by the starts at which it takes
//! longest. Tries no grid of starts: only those at which something changes.

use crate::calendar::{Calendar, NoInstant, Service};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;
use thiserror::Error;

/// The start at which a target takes longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstCase {
    /// The time it takes in the customer's calendar; not reached, but approached, where `just_after`.
    pub time: SignedDuration,
    /// When the supplier's clock starts.
    pub start: Timestamp,
    /// Whether it starts an instant later: the last hour before the weekend, and the rest after it.
    pub just_after: bool,
    /// When the supplier's target is due.
    pub due: Timestamp,
}

/// Why there is no worst case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoWorstCase {
    /// The customer's calendar is never open in the time of the starts.
    #[error("no ticket can start: the calendar is closed for all of the time asked about")]
    NoStart,
    /// One of the calendars does not reach as far.
    #[error("a calendar says nothing about a time that is needed")]
    Unknown,
    /// The supplier is never there for as long.
    #[error("the supplier's calendar is never open for as long")]
    Never,
    /// More pieces than are tried.
    #[error("the calendars have too many pieces in the time asked about")]
    TooLong,
}

/// The most pieces of a calendar that are looked at: a century of weeks with five intervals a day.
const MOST_PIECES: usize = 400_000;

/// The longest that a target of `duration` in the supplier's calendar takes in the customer's, over all starts from one
/// instant until another at which the customer's calendar is open: max E_S(s, s ⊕_U d) (iso20000.md 5.4, 2). A contract's
/// year has its holidays in it.
///
/// Between two instants at which a calendar opens or closes at the start or at the due instant, the time grows or
/// shrinks with the start, or stays. So only those instants are tried, and the limit from the right at each of them,
/// since there the due instant may jump over hours that are closed.
pub fn worst_case(
    duration: Duration,
    supplier: &Calendar,
    customer: &Calendar,
    from: Timestamp,
    until: Timestamp,
) -> Result<WorstCase, NoWorstCase> {
    let no_instant = |error| match error {
        NoInstant::Unknown => NoWorstCase::Unknown,
        NoInstant::Never => NoWorstCase::Never,
    };
    let last_due = supplier.after(until, duration).map_err(no_instant)?;
    let starts = starts(duration, supplier, customer, (from, until), last_due)?;
    let mut worst: Option<WorstCase> = None;
    for start in starts {
        let open_at = |calendar: &Calendar| calendar.service_at(start) == Service::Open;
        // The time depends on the start from the left without a jump, so that the end of open hours counts as well.
        let may_start = (open_at(customer) && start < until) || (ends_open(customer, start) && start > from);
        let just_after = (open_at(customer) && open_at(supplier) && start < until).then_some(true);
        for just_after in may_start.then_some(false).into_iter().chain(just_after) {
            let due = if just_after { Calendar::last_within } else { Calendar::after };
            let due = due(supplier, start, duration).map_err(no_instant)?;
            let time = customer.between(start, due).exact().ok_or(NoWorstCase::Unknown)?;
            if worst.is_none_or(|worst| time > worst.time) {
                worst = Some(WorstCase { time, start, just_after, due });
            }
        }
    }
    worst.ok_or(NoWorstCase::NoStart)
}

/// The hours of the customer's calendar that the supplier's does not have, between two instants (SC-21), made one by
/// one. Time that a calendar says nothing about is the supplier's to lack and not the customer's to have.
pub fn uncovered<'a>(
    supplier: &'a Calendar,
    customer: &'a Calendar,
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
    let open = customer.pieces(from, until).filter(|piece| piece.service == Service::Open);
    open.flat_map(move |piece| {
        let lacking = supplier.pieces(piece.from, piece.until).filter(|piece| piece.service != Service::Open);
        lacking.map(|piece| (piece.from, piece.until))
    })
}

/// Whether open hours end at an instant.
fn ends_open(calendar: &Calendar, at: Timestamp) -> bool {
    let before = at.checked_sub(SignedDuration::from_nanos(1));
    before.is_ok_and(|before| calendar.service_at(before) == Service::Open)
}

/// The instants at which something changes: one of the calendars at the start, or one of them at the due instant.
fn starts(
    duration: Duration,
    supplier: &Calendar,
    customer: &Calendar,
    (from, until): (Timestamp, Timestamp),
    last_due: Timestamp,
) -> Result<BTreeSet<Timestamp>, NoWorstCase> {
    let mut starts = BTreeSet::from([from, until]);
    for calendar in [supplier, customer] {
        let mut pieces = calendar.pieces(from, last_due);
        for piece in pieces.by_ref().take(MOST_PIECES) {
            if piece.service == Service::Unknown {
                return Err(NoWorstCase::Unknown);
            }
            let due_there =
                [false, true].into_iter().filter_map(|last| supplier.starts_for(piece.until, duration, last));
            starts.extend(due_there.chain([piece.until]).filter(|start| (from..=until).contains(start)));
        }
        if pieces.next().is_some() {
            return Err(NoWorstCase::TooLong);
        }
    }
    Ok(starts)
}
