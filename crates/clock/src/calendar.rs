//! Business time on instants. Reads no clock: every moment is an argument.

mod hours;
mod line;
mod pattern;
mod pieces;
mod rules;
mod week;
mod zoned;

pub use hours::{DayTime, Hours, HoursError};
pub use pieces::{Piece, Pieces, Service};
pub use rules::{CalendarError, CalendarRules, Dated, Period, Week};
pub use week::WeekError;

use crate::bounds::Bounds;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use line::{Line, lines};
use std::time::Duration;
use thiserror::Error;
use zoned::{Edge, Zoned};

const NANOS: i128 = 1_000_000_000;

/// A calendar that can be asked (iso20000.md 2.8, 4.1): an instant is open when the wall clock of its zone shows an open
/// time at it. So hours that a change of the clocks repeats count twice, those that it leaves out count never, and a
/// whole day has 23, 24 or 25 hours.
///
/// A question costs O(log n) in the periods, exceptions and changes of the zone, however far its instants are apart.
#[derive(Debug, Clone)]
pub struct Calendar {
    open: Zoned,
    /// Outside of all periods.
    unknown: Option<Zoned>,
    usual_day_secs: Option<i64>,
}

/// Why no instant can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoInstant {
    /// The time before it reaches out of the calendar's periods.
    #[error("the calendar says nothing about a time on the way")]
    Unknown,
    /// There is not as much open time before the year 10000.
    #[error("the calendar is never open for as long")]
    Never,
}

impl CalendarRules {
    /// The calendar of these rules.
    pub fn compile(&self) -> Result<Calendar, CalendarError> {
        if self.zone.is_unknown() {
            return Err(CalendarError::NoZone);
        }
        let (open, unknown) = lines(self)?;
        let zoned = |line| Zoned::new(self.zone.clone(), line);
        let usual_day_secs = Line::usual_day(&self.periods);
        Ok(Calendar { open: zoned(open), unknown: unknown.map(zoned), usual_day_secs })
    }
}

impl Calendar {
    /// 24x7, where zones make no difference.
    pub fn always() -> Self {
        let rules = CalendarRules::weekly(TimeZone::UTC, Week::always());
        rules.compile().expect("all of every week is a calendar")
    }

    /// The zone whose wall clock it reads.
    pub fn zone(&self) -> &TimeZone {
        self.open.zone()
    }

    /// What it says about an instant.
    pub fn service_at(&self, at: Timestamp) -> Service {
        let second = split(at).0;
        match &self.unknown {
            _ if self.open.open_until(second).is_some() => Service::Open,
            Some(unknown) if unknown.open_until(second).is_some() => Service::Unknown,
            Some(_) | None => Service::Closed,
        }
    }

    /// Business time from one instant to another, negative when the other is the earlier one. Time that the calendar says
    /// nothing about may be open or closed: with some of it the bounds part.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Bounds {
        if to < from {
            return self.between(to, from).subtracted_from(SignedDuration::ZERO);
        }
        let open = nanos_between(&self.open, from, to);
        let unknown = self.unknown.as_ref().map_or(0, |unknown| nanos_between(unknown, from, to));
        Bounds { lowest: duration(open), highest: duration(open + unknown) }
    }

    /// The first instant at which a business duration is used up: when a target that starts is due. A duration of zero
    /// is used up at once.
    pub fn after(&self, from: Timestamp, duration: Duration) -> Result<Timestamp, NoInstant> {
        let nanos = nanos(duration);
        let reached = if nanos == 0 { Some(from) } else { moved(&self.open, from, nanos, Edge::First) };
        self.known(from, reached.map(|at| at.max(from)))
    }

    /// The last instant at which no more than a business duration has passed: the next one exceeds it. It differs from
    /// [`Calendar::after`] where the calendar closes as the duration is used up; then it is the next opening.
    pub fn last_within(&self, from: Timestamp, duration: Duration) -> Result<Timestamp, NoInstant> {
        self.known(from, moved(&self.open, from, nanos(duration), Edge::Last))
    }

    /// The first instant from which there is a business duration left until another one: when a target has to start.
    pub(crate) fn starts_for(&self, until: Timestamp, duration: Duration, last: bool) -> Option<Timestamp> {
        let edge = if last { Edge::Last } else { Edge::First };
        moved(&self.open, until, -nanos(duration), edge)
    }

    /// An instant is told only where everything before it is known.
    fn known(&self, from: Timestamp, reached: Option<Timestamp>) -> Result<Timestamp, NoInstant> {
        let unknown = |until| self.unknown.as_ref().is_some_and(|unknown| nanos_between(unknown, from, until) > 0);
        match reached {
            Some(at) if unknown(at) => Err(NoInstant::Unknown),
            Some(at) => Ok(at),
            None if unknown(Timestamp::MAX) => Err(NoInstant::Unknown),
            None => Err(NoInstant::Never),
        }
    }

    /// What the calendar says from one instant to another, piece by piece, without a hole.
    pub fn pieces(&self, from: Timestamp, to: Timestamp) -> Pieces<'_> {
        Pieces::new(self, from, to)
    }

    /// A duration in business days, where all days of all weeks that are open at all are open for as long: tools write
    /// 24 hours for "1 day", which are 3 business days of 8 hours (iso20000.md 2.8). The rest is what makes no whole day.
    pub fn business_days(&self, duration: Duration) -> Option<(u64, Duration)> {
        let day = u64::try_from(self.usual_day_secs?).ok()?;
        let days = duration.as_secs() / day;
        Some((days, duration.checked_sub(Duration::from_secs(days * day))?))
    }
}

/// Whole seconds and the nanoseconds above them, before 1970 as well.
fn split(at: Timestamp) -> (i64, i128) {
    let (secs, nanos) = (at.as_second(), i128::from(at.subsec_nanosecond()));
    if nanos < 0 { (secs - 1, nanos + NANOS) } else { (secs, nanos) }
}

/// Of the second that an instant is in, what is open before the instant.
fn open_nanos(zoned: &Zoned, (second, nanos): (i64, i128)) -> i128 {
    if nanos > 0 && zoned.open_until(second).is_some() { nanos } else { 0 }
}

fn nanos_between(zoned: &Zoned, from: Timestamp, to: Timestamp) -> i128 {
    let (from, to) = (split(from), split(to));
    i128::from(zoned.between(from.0, to.0)) * NANOS + open_nanos(zoned, to) - open_nanos(zoned, from)
}

fn moved(zoned: &Zoned, from: Timestamp, nanos: i128, edge: Edge) -> Option<Timestamp> {
    let from = split(from);
    let wanted = nanos + open_nanos(zoned, from);
    let (secs, rest) = (i64::try_from(wanted.div_euclid(NANOS)).ok()?, wanted.rem_euclid(NANOS));
    // Within a second there is one instant only, and the last one of the full second before it is where that second opens.
    let edge = if rest == 0 { edge } else { Edge::Last };
    let second = zoned.moved(from.0, secs, edge)?;
    Timestamp::from_nanosecond(i128::from(second) * NANOS + rest).ok()
}

fn nanos(duration: Duration) -> i128 {
    i128::from(duration.as_secs()) * NANOS + i128::from(duration.subsec_nanos())
}

/// What lies between two timestamps always fits.
fn duration(nanos: i128) -> SignedDuration {
    let secs = i64::try_from(nanos.div_euclid(NANOS)).unwrap_or(i64::MAX);
    SignedDuration::new(secs, i32::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default())
}
