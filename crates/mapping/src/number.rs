//! Numbers as sources write them: with a point, or where the mapping says so with a comma. Which of the two it is, nobody guesses.

use std::borrow::Cow;

/// How a source writes the decimals of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Decimals {
    /// `98.5`, and no separator of thousands.
    #[default]
    Point,
    /// `98,5` and `1.234,5`.
    Comma,
}

impl Decimals {
    /// The number with a point and without separators of thousands; `None` for what is no number in this writing.
    pub(crate) fn plain(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Point => Some(Cow::Borrowed(text)),
            Self::Comma if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Cow::Borrowed(text))
            }
            Self::Comma => comma(text).map(Cow::Owned),
        }
    }

    /// What a note says of what is none.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Point => {
                "it is no number with a point and at most six decimals; where the source writes commas, say \
                 `decimals = \"comma\"` in the section `mapping`"
            }
            Self::Comma => "it is no number with a comma and at most six decimals, as `98,5` or `1.234,5`",
        }
    }
}

fn comma(text: &str) -> Option<String> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (whole, decimals) = match digits.split_once(',') {
        Some((_, "")) => return None,
        Some((whole, decimals)) => (whole, decimals),
        None => (digits, ""),
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split('.');
    let first = groups.next()?;
    let is_grouped = whole.contains('.');
    if first.is_empty() || !plain(first) || !plain(decimals) || (is_grouped && first.len() > 3) {
        return None;
    }
    let mut number = format!("{sign}{first}");
    for group in groups {
        if group.len() != 3 || !plain(group) {
            return None;
        }
        number.push_str(group);
    }
    if !decimals.is_empty() {
        number.push('.');
        number.push_str(decimals);
    }
    Some(number)
}

/// A number without the sign of percent that may stand behind it.
pub(crate) fn without_percent(text: &str) -> &str {
    text.strip_suffix('%').map_or(text, str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::Decimal;
    use proptest::prelude::*;

    #[test]
    fn a_comma_is_read_only_where_it_is_declared() {
        for (text, number) in
            [("98,5", "98.5"), ("1.234,5", "1234.5"), ("1.234.567", "1234567"), ("-0,05", "-0.05"), ("7", "7")]
        {
            assert_eq!(Decimals::Comma.plain(text).as_deref(), Some(number), "{text}");
        }
        for text in ["98.5", "1.23,4", "1234.567", ",5", "5,", "1,2,3", "", "-", "1.", "a,5", "1 234,5", "1.234.56"] {
            assert_eq!(Decimals::Comma.plain(text), None, "{text}");
        }
        assert_eq!(Decimals::Point.plain("98,5").and_then(|text| Decimal::parse(&text)), None);
    }

    #[test]
    fn percent_is_a_sign_and_changes_nothing() {
        assert_eq!(["98.5 %", "98.5%", "98.5"].map(without_percent), ["98.5"; 3]);
        assert_eq!(without_percent("98 % %"), "98 %");
    }

    proptest! {
        #[test]
        fn a_number_is_the_same_in_both_writings(millionths in -1_000_000_000_000_i64..1_000_000_000_000) {
            let number = Decimal { millionths };
            let written = number.to_string().replace('.', ",");
            let read = Decimals::Comma.plain(&written).and_then(|text| Decimal::parse(&text));
            prop_assert_eq!(read, Some(number));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Decimals::Comma.plain(&text);
        }
    }
}
