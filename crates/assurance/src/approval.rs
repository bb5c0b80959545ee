//! Whether a change was allowed when it was carried out (ISO/IEC 20000-1:2018 clause 8.5.1.3; iso20000.md 2.4, change).

use crate::facts::Told;
use crate::row::Row;
use crate::view::View;
use counterfoil_model::{Field, Kind};

/// What is known of the approval of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authority {
    /// It was approved before it began, or in time after an emergency.
    Valid,
    /// It was approved too late.
    TooLate,
    /// It was not approved.
    None,
    /// That cannot be told.
    Unknown,
}

/// An emergency may be approved so long after its end.
const EMERGENCY_GRACE: i64 = 24 * 3_600_000;

/// Of a change that was carried out.
pub(crate) fn authority(row: Row<'_>, view: &View<'_>) -> Authority {
    let sort = row.word(Field::ChangeType);
    if sort == Told::Known("standard") {
        return match row.said(Field::ChangeModel) {
            Told::Known(()) => Authority::Valid,
            Told::Missing => by_decision(row, view, row.moment(Field::ActualStart).known().copied()),
            Told::Unmapped | Told::Unreadable => Authority::Unknown,
        };
    }
    let latest = match sort {
        Told::Known("emergency") => row.moment(Field::ActualEnd).known().map(|end| end + EMERGENCY_GRACE),
        Told::Known(_) => row.moment(Field::ActualStart).known().copied(),
        Told::Missing | Told::Unmapped | Told::Unreadable => return Authority::Unknown,
    };
    by_decision(row, view, latest)
}

/// By what the change says itself, and by the records of its approvals. A rejection is no approval, and one that is still
/// awaited is none.
fn by_decision(row: Row<'_>, view: &View<'_>, latest: Option<i64>) -> Authority {
    let own = (row.word(Field::ApprovalState), row.moment(Field::ApprovalDecidedAt));
    let records =
        view.referring(row, Field::Record).filter(|record| record.kind() == Some(Kind::Approval) && !record.tombstone);
    let decisions = records.map(|record| (record.word(Field::Decision), record.moment(Field::DecidedAt)));
    let mut best = Authority::None;
    let mut told = false;
    for (decision, at) in std::iter::once(own).chain(decisions) {
        let found = match (decision, at, latest) {
            (Told::Missing, ..) => continue,
            (Told::Known("approved"), Told::Known(at), Some(latest)) if at <= latest => Authority::Valid,
            (Told::Known("approved"), Told::Known(_), Some(_)) => Authority::TooLate,
            (Told::Known("approved"), ..) | (Told::Unmapped | Told::Unreadable, ..) => Authority::Unknown,
            (Told::Known(_), ..) => Authority::None,
        };
        told = true;
        best = match (best, found) {
            (Authority::Valid, _) | (_, Authority::Valid) => Authority::Valid,
            (Authority::Unknown, _) | (_, Authority::Unknown) => Authority::Unknown,
            (Authority::TooLate, _) | (_, Authority::TooLate) => Authority::TooLate,
            (Authority::None, Authority::None) => Authority::None,
        };
    }
    if told { best } else { Authority::Unknown }
}
