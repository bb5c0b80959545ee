//! Service calendars, clocks of targets, worst cases of cascades: pure arithmetic on instants, without input or output and
//! without a clock of its own.
//!
//! A [`Calendar`] tells business time between instants, and the instant at which some of it is used up, by the second and
//! through every change of its zone's clocks. A [`ClockRules`] turns the changes of a record into [`Cycle`]s: what counted,
//! what did not, why, and whether the [`Target`] was met. What is not known stays so: a figure has [`Bounds`], and a
//! judgement is a [`Truth`]. `cascade` converts targets from one calendar into another, adds them along a path, and
//! multiplies availabilities. Formulas are those of the ISO/IEC 20000 reference, sections 2.8, 4.1 and 5.4; what it leaves
//! open is decided in `docs/decisions/0020-business-time.md`.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use counterfoil_clock::{CalendarRules, Dated, Week};
//! use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
//!
//! let mut rules = CalendarRules::weekly(TimeZone::UTC, Week::working_days("08:00-16:00".parse()?));
//! rules.closings.push(Dated::whole(date(2026, 12, 25)));
//! let calendar = rules.compile()?;
//! let (friday, monday): (Timestamp, Timestamp) = ("2026-11-20T16:00:00Z".parse()?, "2026-11-23T16:00:00Z".parse()?);
//! assert_eq!(calendar.between(friday, monday).exact(), Some(SignedDuration::from_hours(8)));
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod bounds;
mod calendar;
pub mod cascade;
mod target;

pub use bounds::{Bounds, Truth, When};
pub use calendar::{
    Calendar, CalendarError, CalendarRules, Dated, DayTime, Hours, HoursError, NoInstant, Period, Piece, Pieces,
    Service, Week, WeekError,
};
pub use target::{
    Bearer, Change, Claimed, ClockRules, Condition, Course, Cycle, Difference, Interval, PauseRule, Reopening,
    RuleFault, Stage, Start, StartUnknown, Target, Told, Verdict, Why, Words,
};
