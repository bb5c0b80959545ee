//! From mails to conversations: who wrote, what kind of mail it is, which mails belong together, and what state of a
//! ticket they tell.
//!
//! Everything here is a function of its arguments: it does no input or output, reads no clock, and knows no store. What is
//! held already is asked for through [`Shelf`].
#![forbid(unsafe_code)]

mod body;
mod brought;
mod claims;
mod directory;
mod document;
mod fold;
mod gather;
mod looping;
mod mentions;
mod merging;
mod ownership;
mod payload;
mod reading;
mod rules;
mod shelf;
mod state;
mod subject;
mod trust;

pub mod cases;
#[doc(hidden)]
pub mod proof;

pub use brought::{Attached, Brought, Refusal, Row, Standing, Unread, brought};
pub use directory::{Correspondent, Directory};
pub use gather::{Changed, GatherError, Gathered, Merged, Refused, StoredMail, gather};
pub use rules::{Rules, SHIPPED_CASES, SHIPPED_TEXT};
pub use shelf::Shelf;
