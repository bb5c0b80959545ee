//! What a connector hands over: raw records as the source said them, and what a page is known to lack.
//!
//! This crate never knows what a record means; that is the work of the mapping.
#![forbid(unsafe_code)]

mod digest;
mod key;
mod log;
mod page;

pub use digest::Digest;
pub use key::{RecordId, RecordKey};
pub use log::{LogError, ORDER_MEMBER, merge_logs};
pub use page::{Census, CensusPage, Fetched, Form, Gap, Gone, Page, Payload, Place, Position, RawRecord, Unreadable};
