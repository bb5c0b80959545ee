//! The Cache port on sled: what reports are computed from, never the truth, and always safe to throw away.
//!
//! A cache is a folder: `sled/` belongs to sled, `state` says what was built from what and whether it was closed well.
//! sled promises little: its `flush` does not reach the disk, a torn or damaged file panics or silently lacks rows. So
//! nothing here is trusted without proof. Every row carries a checksum; a sum over all rows is changed in the same atomic
//! batch as they are and is compared in every scan, and at opening whenever the cache was not closed well. A folder that
//! cannot be trusted is moved aside, and an empty cache takes its place.
//!
//! One tree. A row's key is `r` and the record id, its value postcard of (alias, facts); `a`, alias, 0, record id is an
//! alias; `m` holds the totals.
#![forbid(unsafe_code)]

mod broken;
mod cache;
mod folder;
mod open;
mod rows;
mod state;

pub use broken::Broken;
pub use cache::SledCache;
pub use open::{Fresh, Opened, Options};
