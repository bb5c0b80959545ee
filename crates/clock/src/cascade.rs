//! Whether what suppliers promise suffices for what was promised to the customer (iso20000.md 5.4): worst cases from one
//! calendar in another, times along a path, availabilities. A missing input makes the result unknown, never sufficient.

mod path;
mod share;
mod worst_case;

pub use path::{Path, Slack, Tightness};
pub use share::{NoShare, Share, guaranteed, independent, redundant, serial, window_excess};
pub use worst_case::{NoWorstCase, WorstCase, uncovered, worst_case};
