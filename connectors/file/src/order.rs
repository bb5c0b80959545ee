//! A text by which values sort: instants, whole numbers, and everything else as it is.

use crate::dates::{DateOrder, Look};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How the values of one column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// As instants, read in this order.
    AsDates(DateOrder),
    /// Whole numbers as numbers, everything else as text.
    AsTexts,
}

/// Appends the sort text of a value. It depends on the value and on `compared` alone, never on a file or a place.
pub(crate) fn push_order(out: &mut String, value: &str, compared: Compared, zone: Option<&TimeZone>) {
    if let Compared::AsDates(order) = compared
        && let Some(instant) = Look::read(value).and_then(|look| look.instant(order, zone))
    {
        return push_instant(out, instant);
    }
    match whole_number(value) {
        Some((false, digits)) => push_padded(out, digits.bytes()),
        // The nines' complement: the further below zero, the earlier.
        Some((true, digits)) => {
            out.push('-');
            push_padded_with(out, digits.bytes().map(|byte| b'9' - (byte - b'0')), '9');
        }
        None => out.push_str(value),
    }
}

/// UTC with all nine digits of a second, so that texts sort as instants do.
pub(crate) fn push_instant(out: &mut String, instant: Timestamp) {
    use std::fmt::Write as _;
    write!(out, "{instant:.9}").expect("writing to a string does not fail");
}

/// The sign and the digits of `-17`, `17`, `0017`; at most 20 digits, minus zero is zero.
fn whole_number(text: &str) -> Option<(bool, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let well_formed = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.trim_start_matches('0');
    (well_formed && digits.len() <= WIDTH).then_some((negative && !digits.is_empty(), digits))
}

const WIDTH: usize = 20;

fn push_padded(out: &mut String, digits: impl ExactSizeIterator<Item = u8>) {
    push_padded_with(out, digits, '0');
}

fn push_padded_with(out: &mut String, digits: impl ExactSizeIterator<Item = u8>, filler: char) {
    out.extend(std::iter::repeat_n(filler, WIDTH - digits.len()));
    out.extend(digits.map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(value: &str, compared: Compared) -> String {
        let mut out = String::new();
        push_order(&mut out, value, compared, Some(&TimeZone::UTC));
        out
    }

    #[test]
    fn the_written_form_is_what_the_ledger_keeps() {
        assert_eq!(order("7", Compared::AsTexts), "00000000000000000007");
        assert_eq!(order("-7", Compared::AsTexts), "-99999999999999999992");
        assert_eq!(order("-0", Compared::AsTexts), order("0", Compared::AsTexts));
        assert_eq!(order("v7", Compared::AsTexts), "v7");
        assert_eq!(order("29/2/2016 1:16", Compared::AsDates(DateOrder::Dmy)), "2016-02-29T01:16:00.000000000Z");
        assert_eq!(order("29-02-2016 01:16", Compared::AsDates(DateOrder::Dmy)), "2016-02-29T01:16:00.000000000Z");
    }

    proptest! {
        #[test]
        fn numbers_sort_as_numbers(a in any::<i64>(), b in any::<i64>()) {
            let texts = order(&a.to_string(), Compared::AsTexts).cmp(&order(&b.to_string(), Compared::AsTexts));
            prop_assert_eq!(texts, a.cmp(&b));
        }

        #[test]
        fn instants_sort_as_instants(a in 0i64..4_000_000_000_000, b in 0i64..4_000_000_000_000, by in -14i8..=14) {
            let written = |ms: i64, hours: i8| {
                let offset = jiff::tz::offset(hours);
                let moment = offset.to_datetime(Timestamp::from_millisecond(ms).unwrap());
                format!("{}{hours:+03}:00", moment.strftime("%Y-%m-%d %H:%M:%S%.3f"))
            };
            let compared = Compared::AsDates(DateOrder::Ymd);
            prop_assert_eq!(order(&written(a, by), compared).cmp(&order(&written(b, 2), compared)), a.cmp(&b));
        }
    }
}
