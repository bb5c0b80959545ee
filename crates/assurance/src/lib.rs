//! KPIs over facts: pure functions, no clock, no input or output.
//!
//! [`Facts::of`] takes from a record what figures need; the cache keeps it. An [`Accumulator`] takes facts one by one
//! and ends in [`Figure`]s. Which records a KPI counts is said in one place, [`Kpi::classify`], so that figures and the
//! explanation of a figure cannot part. [`comparison`] puts suppliers side by side. Definitions follow the catalogue of the ISO/IEC 20000 reference (sections
//! 4.1, 4.2).
#![forbid(unsafe_code)]

mod accumulate;
mod approval;
mod class;
pub mod clocks;
mod cohort;
pub mod comparison;
mod counterpart;
pub mod estate;
mod facts;
mod figure;
mod history;
pub mod humanise;
mod index;
mod kpi;
mod own;
mod rewind;
mod row;
pub mod statistics;
mod steps;
mod sums;
mod view;

pub use accumulate::{Accumulator, Query};
pub use class::{Blame, Class, Measure, Reason};
pub use cohort::{Cohort, Window};
pub use estate::{Estate, EstateFault};
pub use facts::{Counter, Facts, Moment, Told};
pub use figure::{Figure, Group, GroupBy, Status, Unit};
pub use history::{Agreement, HistoryFacts};
pub use index::{Edge, Index};
pub use kpi::{Attribution, Direction, KPIS, Kpi, Spec, StreamCount, kpi, reconcile, specs};
pub use rewind::rewound;
pub use row::{Held, Row};
pub use steps::{Step, Turn};
pub use sums::Sums;
pub use view::{Table, View};
