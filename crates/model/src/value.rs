//! Values, and what is known of them.

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// A moment, in UTC, with the offset that the source wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant {
    /// The moment.
    pub at: Timestamp,
    /// Seconds east of UTC as the source wrote them; `None` when it wrote none and the zone came from the configuration.
    pub offset_secs: Option<i32>,
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(f)
    }
}

/// A word that is safe in routing keys, file names and URLs: `a-z`, `0-9`, `-` and `_`, at most 63 characters, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(Arc<str>);

impl Slug {
    /// Makes a slug of any text: letters and digits in lower case, everything else one `-`. `unknown` when nothing is left.
    pub fn of(text: &str) -> Self {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() || c == '_' {
                slug.push(c);
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
            if slug.len() == 63 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "unknown" } else { slug }.into())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number with up to six decimals, exactly as it was written: a target of 99.95 % is one, and 99.951 % is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decimal {
    /// The number times a million.
    pub millionths: i64,
}

impl Decimal {
    /// Reads `99.95`, `-3` or `+0.5`; nothing with an exponent, a comma, or more than six decimals that are not zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let decimals = decimals.trim_end_matches('0');
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 6 || !plain(whole) || !plain(decimals) {
            return None;
        }
        let millionths: i64 = format!("{whole}{decimals:0<6}").parse().ok()?;
        Some(Self { millionths: if negative { -millionths } else { millionths } })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.millionths.unsigned_abs() / 1_000_000, self.millionths.unsigned_abs() % 1_000_000);
        let sign = if self.millionths < 0 { "-" } else { "" };
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
    }
}

/// A known value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, a pseudonym or a reference.
    Text(Arc<str>),
    /// A whole number.
    Integer(i64),
    /// A number with up to six decimals.
    Decimal(Decimal),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Instant(Instant),
    /// A canonical word of the field's table, or of the kind's state machine.
    Word(&'static str),
    /// A party.
    Party(Slug),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Party(party) => party.fmt(f),
        }
    }
}

/// What is known of a field. Unknown is a value: it is counted and shown, never defaulted and never dropped.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Reading {
    /// The source said it and the mapping understood it.
    Known(Value),
    /// The source says nothing, or says that it is empty.
    #[default]
    Missing,
    /// The source said a word that the mapping does not know; the word.
    Unmapped(Arc<str>),
    /// The source said something that cannot be read as what the field holds; what it said.
    Unreadable(Arc<str>),
}

impl Reading {
    /// The value, when it is known.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing | Self::Unmapped(_) | Self::Unreadable(_) => None,
        }
    }

    /// `known`, `missing`, `unmapped` or `unreadable`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::Missing => "missing",
            Self::Unmapped(_) => "unmapped",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl From<Value> for Reading {
    fn from(value: Value) -> Self {
        Self::Known(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_they_were_read() {
        for text in ["99.95", "0", "-3", "0.000001", "-0.5", "9223372036854.775807"] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::parse("+1.500000000"), Decimal::parse("1.5"));
        assert!(Decimal::parse("99.951") > Decimal::parse("99.95"));
        for text in ["", "-", ".5", "1e3", "1,5", "0.0000001", "1.2.3", "9223372036855"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn slugs_hold_nothing_that_a_routing_key_could_trip_over() {
        assert_eq!(Slug::of("ACME GmbH & Co.").as_str(), "acme-gmbh-co");
        assert_eq!(Slug::of("#.*").as_str(), "unknown");
        assert_eq!(Slug::of(&"x".repeat(300)).as_str().len(), 63);
        assert_eq!(Slug::of("Übung\n\0").as_str(), "bung");
    }
}
