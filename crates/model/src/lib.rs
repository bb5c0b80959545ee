//! The ISO/IEC 20000 process model: records as the standard names them, whoever the source is.
//!
//! A record is a row of readings described by the field table of its kind, so that mapping, events, explanations and
//! checks are loops over one table, and a further kind is a further table. This crate knows no source, no file and no wire.
//! Fields and their obligations follow the unified record model, which takes its names from ISO/IEC 20000-10:2018.
#![forbid(unsafe_code)]

mod agreement;
mod change;
mod configuration;
mod correspondence;
mod field;
mod kind;
mod link;
mod problem;
mod record;
mod register;
mod relationship;
mod release;
mod state;
mod state_register;
mod system;
mod value;

pub use field::{Field, FieldSpec, Obligation, ValueType};
pub use kind::Kind;
pub use link::{Link, LinkTarget, LinkType};
pub use record::{ActorKind, Mapped, Precision, Quality, Record, Transition};
pub use state::{Category, StateMachine, StateSpec};
pub use value::{Decimal, Instant, Reading, Slug, Value};
