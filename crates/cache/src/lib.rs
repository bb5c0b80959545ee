//! The Cache port on sled: what reports are computed from, never the truth, and always safe to throw away.
//!
//! A cache is a folder: `sled/` belongs to sled, `state` says what was built from what and whether it was closed well.
//! sled promises little: its `flush` does not reach the disk, a torn or damaged file panics or silently lacks rows. So
//! nothing here is trusted without proof: every row carries a checksum, a sum over all rows is changed in the same atomic
//! batch as they are, and opening reads every row and compares. A folder that cannot be trusted is moved aside, and an
//! empty cache takes its place.
//!
//! One tree. `b` and a number is a row of 8 records, numbered as they came: id, names, facts. `m` holds the totals. The
//! index from ids to numbers is in a file without a name, that from names in memory once it is needed. Why not one row
//! for each record: docs/decisions.
#![forbid(unsafe_code)]

mod broken;
mod cache;
mod folder;
mod ids;
mod index;
mod open;
mod rows;
mod state;

pub use broken::Broken;
pub use cache::SledCache;
pub use open::{Fresh, Opened, Options};
