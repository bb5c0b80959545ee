//! The ServiceNow simulator over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod paging;
