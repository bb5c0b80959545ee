//! How long a source asks to wait. Pure; "now" is the source's own `Date`, never our clock.

use crate::answer::{http_date, text};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// A source that asks for more is asked again after this long.
pub(crate) const LONGEST_STATED: Duration = Duration::from_secs(86_400);

/// Numbers from here on are UNIX seconds (2001), below they are seconds to go.
const FIRST_UNIX_SECOND: u64 = 1_000_000_000;

/// Numbers from here on are UNIX milliseconds.
const FIRST_UNIX_MILLISECOND: u64 = 1_000_000_000_000;

/// The wait of an answer, if it states one that can be understood.
pub(crate) fn stated(status: u16, headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
    let after = text(headers, RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now));
    let reset = || text(headers, "x-ratelimit-reset").and_then(|value| reset(value, now));
    after.or_else(|| (status == 429).then(reset).flatten())
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub(crate) fn retry_after(value: &str, now: Option<Timestamp>) -> Option<Duration> {
    let value = value.trim();
    match number(value) {
        Some(secs) => Some(bounded(secs)),
        None => until(http_date(value)?, now?),
    }
}

/// `X-RateLimit-Reset`: UNIX seconds (ServiceNow), an ISO minute (Jira), or seconds to go.
pub(crate) fn reset(value: &str, now: Option<Timestamp>) -> Option<Duration> {
    let value = value.trim();
    match number(value) {
        Some(secs) if secs < FIRST_UNIX_SECOND => Some(bounded(secs)),
        Some(millis) if millis >= FIRST_UNIX_MILLISECOND => until(second(millis.div_ceil(1000))?, now?),
        Some(secs) => until(second(secs)?, now?),
        None => until(value.parse().ok()?, now?),
    }
}

/// Digits and nothing else; a number beyond 64 bits is the greatest.
fn number(value: &str) -> Option<u64> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(u64::MAX))
}

fn second(secs: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(secs).ok()?).ok()
}

fn bounded(secs: u64) -> Duration {
    Duration::from_secs(secs).min(LONGEST_STATED)
}

/// A moment that has passed is no wait.
fn until(moment: Timestamp, now: Timestamp) -> Option<Duration> {
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO).min(LONGEST_STATED))
}
