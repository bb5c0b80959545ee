//! JQL, put together so that a scope written by a person stays one condition of it.

use crate::moment::Clock;
use jiff::tz::TimeZone;

/// Which issues are meant: a condition in brackets, or everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scope(String);

/// Why a scope cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It orders the issues, which a walk does itself.
    Order,
    /// A bracket that does not open or close.
    Bracket,
    /// A quote that does not close.
    Quote,
}

/// How a walk or a list goes through what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The oldest change first: what changes on the way comes again later. The other way round it would be lost.
    ByUpdate,
    /// By what does not change.
    ByCreation,
    /// The newest change first; for a look at one issue only.
    NewestFirst,
}

/// Before any issue: JQL without a condition is refused, so that "everything" has to be one.
const SINCE_EVER: &str = "updated >= \"1970/01/02\"";

impl Scope {
    /// A condition that a person wrote.
    pub(crate) fn parse(jql: &str) -> Result<Self, Unusable> {
        let (mut depth, mut quote, mut bare) = (0_i32, None, String::new());
        let mut rest = jql.chars();
        while let Some(c) = rest.next() {
            match (quote, c) {
                (Some(_), '\\') => drop(rest.next()),
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => {
                    quote = Some(c);
                    bare.push(' ');
                }
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                (None, _) => {}
            }
            if quote.is_none() {
                bare.push(c);
            }
            if depth < 0 {
                return Err(Unusable::Bracket);
            }
        }
        if quote.is_some() {
            return Err(Unusable::Quote);
        }
        if depth != 0 {
            return Err(Unusable::Bracket);
        }
        let bare = bare.to_ascii_lowercase().replace(['(', ')', '"', '\''], " ");
        let words: Vec<&str> = bare.split_whitespace().collect();
        if words.windows(2).any(|pair| pair == ["order", "by"]) {
            return Err(Unusable::Order);
        }
        Ok(Self(jql.trim().to_owned()))
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Everything in the scope that meets a condition.
    pub(crate) fn with(&self, condition: &str, order: Order) -> String {
        let order = match order {
            Order::ByUpdate => "updated ASC, key ASC",
            Order::ByCreation => "created ASC, key ASC",
            Order::NewestFirst => "updated DESC",
        };
        let condition = if condition.is_empty() { SINCE_EVER } else { condition };
        if self.0.is_empty() {
            return format!("{condition} ORDER BY {order}");
        }
        format!("({}) AND {condition} ORDER BY {order}", self.0)
    }

    /// Everything changed since a moment, or a little before; 0 is ever.
    pub(crate) fn since(&self, floor: i64, clock: Clock, zone: Option<&TimeZone>) -> String {
        let condition = if floor <= 0 { String::new() } else { format!("updated >= {}", clock.not_after(floor, zone)) };
        self.with(&condition, Order::ByUpdate)
    }

    /// Everything changed in one unit of the clock, or a little beside it.
    pub(crate) fn within(&self, unit: i64, clock: Clock, zone: Option<&TimeZone>) -> String {
        let (from, to) = (clock.not_after(unit, zone), clock.not_before(unit + clock.unit(), zone));
        self.with(&format!("updated >= {from} AND updated < {to}"), Order::ByUpdate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_stays_one_condition() {
        let scope = Scope::parse("project = NET OR labels in (\"a) OR (b\")").unwrap();
        assert_eq!(
            scope.since(1_652_786_781_613, Clock::Millis, None),
            "(project = NET OR labels in (\"a) OR (b\")) AND updated >= 1652786781000 ORDER BY updated ASC, key ASC"
        );
        assert_eq!(
            Scope::default().since(0, Clock::Minutes, None),
            "updated >= \"1970/01/02\" ORDER BY updated ASC, key ASC"
        );
        assert_eq!(
            Scope::default().within(1_652_786_781_000, Clock::Millis, None),
            "updated >= 1652786781000 AND updated < 1652786782000 ORDER BY updated ASC, key ASC"
        );
        assert_eq!(Scope::parse(" ").unwrap(), Scope::default());
    }

    #[test]
    fn what_would_change_the_question_is_refused() {
        for (jql, why) in [
            ("project = A ORDER BY key", Unusable::Order),
            ("project = A order\n by key", Unusable::Order),
            ("project = A) OR (project = B", Unusable::Bracket),
            ("(project = A", Unusable::Bracket),
            ("summary ~ \"a", Unusable::Quote),
            ("summary ~ 'a\\'", Unusable::Quote),
            ("summary ~ \"a\"order by key", Unusable::Order),
        ] {
            assert_eq!(Scope::parse(jql), Err(why), "{jql}");
        }
        assert!(Scope::parse("summary ~ \"order by\" AND text ~ 'it\\'s'").is_ok());
    }

    #[test]
    fn every_walk_goes_from_the_oldest_change_to_the_newest() {
        let scope = Scope::default();
        for jql in [scope.since(5, Clock::Millis, None), scope.within(5, Clock::Minutes, None)] {
            assert!(jql.ends_with("ORDER BY updated ASC, key ASC"), "{jql}");
        }
    }
}
