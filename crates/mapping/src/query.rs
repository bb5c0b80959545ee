//! What an encoded query of ServiceNow asks of one column: `priority=1^ORpriority=2^active=true` asks of `priority` that it is 1 or 2.
//!
//! Only what asks for values one by one is read. Whatever else concerns the column is not understood, and said to be so: a
//! target for some priorities must not become one for all.

use crate::map::{FieldRead, Notes};
use crate::plan::{Mapping, Plan, QueryPlan, WordSource};
use crate::scan::{Raw, Slots};
use crate::words::Meaning;
use counterfoil_model::{Quality, Reading, Value};

/// Bytes of a query that is looked into, and values that it may ask for.
const TEXT_LIMIT: usize = 8192;
const VALUES_LIMIT: usize = 100;

/// What a query says about a column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked<'q> {
    /// Nothing: it may hold anything.
    Nothing,
    /// It holds one of these.
    OneOf(Vec<&'q str>),
    /// It is asked for in a way that is not understood.
    Otherwise,
}

pub(crate) fn asked<'q>(query: &'q str, column: &str) -> Asked<'q> {
    if query.len() > TEXT_LIMIT || query.contains("^^") {
        return Asked::Otherwise;
    }
    let mut found: Option<Vec<&str>> = None;
    // Whether the present alternatives ask for the column, and whether they ask for something else.
    let (mut ours, mut others) = (false, false);
    for term in query.split('^').map(str::trim) {
        let (alternative, term) = match term.strip_prefix("OR") {
            Some(rest) if !rest.starts_with("DERBY") => (true, rest),
            _ => (false, term),
        };
        if term.starts_with("NQ") {
            // Another query, which may ask for other values.
            return if query.contains(column) { Asked::Otherwise } else { Asked::Nothing };
        }
        if !alternative {
            (ours, others) = (false, false);
        }
        let Some(condition) = of_column(term, column) else {
            others = true;
            if ours {
                return Asked::Otherwise;
            }
            continue;
        };
        // Beside other alternatives, or twice and both have to hold.
        if others || (found.is_some() && !ours) {
            return Asked::Otherwise;
        }
        ours = true;
        let values = found.get_or_insert_default();
        match (condition.strip_prefix('='), condition.strip_prefix("IN")) {
            (Some(value), _) => values.push(value.trim()),
            (None, Some(list)) => values.extend(list.split(',').map(str::trim)),
            (None, None) => return Asked::Otherwise,
        }
        if values.len() > VALUES_LIMIT || values.iter().any(|value| value.is_empty()) {
            return Asked::Otherwise;
        }
    }
    found.map_or(Asked::Nothing, Asked::OneOf)
}

/// What a term asks of the column; `None` where it is about another one.
fn of_column<'q>(term: &'q str, column: &str) -> Option<&'q str> {
    let rest = term.strip_prefix(column)?;
    let goes_on = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
    (!rest.bytes().next().is_some_and(goes_on)).then_some(rest)
}

impl Mapping {
    /// The words for what a query asks of a column, joined by `;`.
    pub(crate) fn read_query(
        &self,
        plan: &Plan,
        QueryPlan { sources, column, otherwise_missing }: &QueryPlan,
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        let Some(source) = sources.iter().find(|source| self.says_something(slots.get(source.slot))) else {
            return self.empty_word(sources, slots);
        };
        let WordSource { slot, words, .. } = source;
        let raw = slots.get(*slot);
        let Some(text) = self.text_of(raw) else {
            let what = if let Raw::Composite(what) = raw { what } else { "an object" };
            return FieldRead::of(self.composite(Some(plan), *slot, what, notes), Some(*slot));
        };
        let values = match asked(&text, column) {
            Asked::Nothing if *otherwise_missing => return FieldRead::of(Reading::Missing, Some(*slot)),
            Asked::OneOf(values) => values,
            Asked::Nothing | Asked::Otherwise => {
                let message = format!("what it asks of `{column}` is not understood: write it into the override");
                notes.add("unreadable-query", Some(plan), Some(*slot), &text, message);
                return FieldRead::of(Reading::Unreadable(text.as_ref().into()), Some(*slot));
            }
        };
        let mut known: Vec<&str> = Vec::new();
        for value in values {
            let entry = words.manual.find(value).or_else(|| words.shipped.find(value));
            let Some(Meaning::Text(word)) = entry.map(|(entry, _)| &entry.meaning) else {
                let message = format!("the word table `{}` does not have it", words.name);
                notes.add("unmapped-word", Some(plan), Some(*slot), value, message);
                let read = FieldRead::of(Reading::Unmapped(value.into()), Some(*slot));
                return FieldRead { quality: Quality::Fallback, ..read };
            };
            if !known.contains(&word.as_ref()) {
                known.push(word);
            }
        }
        FieldRead::of(Value::Text(known.join(";").into()).into(), Some(*slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_read_one_by_one() {
        for (query, values) in [
            ("priority=1", vec!["1"]),
            ("priority=1^EQ", vec!["1"]),
            ("active=true^priority=1^ORpriority=2^EQ", vec!["1", "2"]),
            ("priorityIN1, 2^active=true", vec!["1", "2"]),
            ("active=true^ORstate=3^priority=1", vec!["1"]),
            ("u_priority=3^priority=1^priority.x=2", vec!["1"]),
            ("priority=1^ORDERBYpriority", vec!["1"]),
        ] {
            assert_eq!(asked(query, "priority"), Asked::OneOf(values), "{query}");
        }
        for query in ["active=true^EQ", "u_priority=3", "priority_x=1", "priority.name=1", ""] {
            assert_eq!(asked(query, "priority"), Asked::Nothing, "{query}");
        }
    }

    /// A target for some priorities must not become one for all, nor for others.
    #[test]
    fn what_is_not_understood_is_no_answer() {
        for query in [
            "priority!=1",
            "priority<3",
            "priorityNOT IN1",
            "priorityISNOTEMPTY",
            "priority",
            "priority=",
            "priorityIN",
            "priority=1^ORactive=true",
            "active=true^ORpriority=1",
            "priority=1^priority=2",
            "priority=1^NQpriority=2",
            "active=true^NQpriority=2",
            "short_description=a^^b^priority=1",
            "priority=1^ORpriority>3",
        ] {
            assert_eq!(asked(query, "priority"), Asked::Otherwise, "{query}");
        }
        assert_eq!(asked(&format!("priority=1^x={}", "y".repeat(TEXT_LIMIT)), "priority"), Asked::Otherwise);
        assert_eq!(asked(&format!("priorityIN{}", "1,".repeat(101)), "priority"), Asked::Otherwise);
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "[a-z=^ORNQI1-3,<!]{0,60}|\\PC{0,60}") {
            let _ = asked(&query, "priority");
        }
    }
}
