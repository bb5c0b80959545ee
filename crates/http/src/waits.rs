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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const SECOND: i64 = 1_795_580_000;

    fn secs(secs: u64) -> Option<Duration> {
        Some(Duration::from_secs(secs))
    }

    fn now() -> Option<Timestamp> {
        Timestamp::from_second(SECOND).ok()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = |ahead: i64| {
            let moment = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(SECOND + ahead).unwrap());
            httpdate::fmt_http_date(moment)
        };
        assert_eq!(retry_after("7", now()), secs(7));
        assert_eq!(retry_after(" 7 ", None), secs(7));
        assert_eq!(retry_after("0", None), secs(0));
        assert_eq!(retry_after("86400", None), secs(86_400));
        assert_eq!(retry_after("86401", None), secs(86_400));
        assert_eq!(retry_after("99999999999999999999999999", None), secs(86_400));
        for garbage in ["-1", "-86400", "1.5", "soon", "", "7s", "0x7", "+7", "\u{661}"] {
            assert_eq!(retry_after(garbage, now()), None, "{garbage}");
        }
        assert_eq!(retry_after(&date(90), now()), secs(90));
        assert_eq!(retry_after(&date(-90), now()), secs(0));
        assert_eq!(retry_after(&date(1_000_000), now()), secs(86_400));
        assert_eq!(retry_after(&date(90), None), None, "a date says nothing without the server's clock");
    }

    #[test]
    fn a_reset_is_unix_seconds_or_an_iso_minute_or_seconds_to_go() {
        assert_eq!(reset(&(SECOND + 30).to_string(), now()), secs(30));
        assert_eq!(reset(&(SECOND - 30).to_string(), now()), secs(0));
        assert_eq!(reset(&(SECOND * 1000 + 29_001).to_string(), now()), secs(30));
        assert_eq!(reset("45", None), secs(45));
        let minute =
            Timestamp::from_second(SECOND - SECOND % 60 + 120).unwrap().strftime("%Y-%m-%dT%H:%MZ").to_string();
        assert_eq!(reset(&minute, now()), secs(u64::try_from(120 - SECOND % 60).unwrap()));
        assert_eq!(reset(&minute, None), None);
        for garbage in ["-5", "tomorrow", "2026-11-25", "9999999999999999999999"] {
            assert_eq!(reset(garbage, now()), None, "{garbage}");
        }
    }

    #[test]
    fn the_reset_counts_only_when_there_is_too_much_and_no_retry_after() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
        };
        let both = headers(&[("retry-after", "3"), ("x-ratelimit-reset", "9")]);
        assert_eq!(stated(429, &both, None), secs(3));
        let garbage = headers(&[("retry-after", "-3"), ("x-ratelimit-reset", "9")]);
        assert_eq!(stated(429, &garbage, None), secs(9));
        assert_eq!(stated(503, &garbage, None), None);
    }

    proptest! {
        #[test]
        fn whatever_is_stated_is_bounded(value in "\\PC{0,40}|[0-9]{1,30}|-?[0-9]{1,12}", at in proptest::option::of(0..4_000_000_000_i64)) {
            let now = at.map(|at| Timestamp::from_second(at).unwrap());
            for wait in [retry_after(&value, now), reset(&value, now)].into_iter().flatten() {
                prop_assert!(wait <= LONGEST_STATED);
            }
        }

        #[test]
        fn seconds_are_what_they_say(secs in 0..=86_400_u64) {
            prop_assert_eq!(retry_after(&secs.to_string(), None), Some(Duration::from_secs(secs)));
            prop_assert_eq!(reset(&secs.to_string(), None), Some(Duration::from_secs(secs)));
        }

        #[test]
        fn moments_are_what_they_say(at in 1_000_000_000..4_000_000_000_i64, ahead in 0..=86_400_i64) {
            let now = Timestamp::from_second(at).ok();
            let text = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs((at + ahead).unsigned_abs()));
            let wait = Some(Duration::from_secs(ahead.unsigned_abs()));
            prop_assert_eq!(retry_after(&text, now), wait);
            prop_assert_eq!(reset(&(at + ahead).to_string(), now), wait);
        }
    }
}
