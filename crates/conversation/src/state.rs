//! The state of a ticket, from what its mails tell.
//!
//! Mails are taken in order of time. A mail's rule applies when it is as sure as what is held, or when it is named as one
//! that may leave the held state. So a notice of the tool is not undone by a word of thanks, but by a word that something
//! is still broken.

use crate::document::{Change, Entry};
use crate::rules::{Class, Rules, StateRule};
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(crate) struct Derived<'e> {
    pub(crate) state: Option<&'e str>,
    pub(crate) confidence: Option<u8>,
    pub(crate) changes: Vec<Change<'e>>,
}

/// Goes through the entries, which are in order of time; only those that `counts` names may tell something.
pub(crate) fn derive<'e>(rules: &'e Rules, entries: &'e [Entry], counts: impl Fn(&Entry) -> bool) -> Derived<'e> {
    let by_name: HashMap<&str, &StateRule> = rules.states().iter().map(|rule| (rule.name.as_str(), rule)).collect();
    let mut derived = Derived::default();
    let mut is_first = true;
    for entry in entries.iter().filter(|entry| counts(entry)) {
        let Some(at) = entry.at else { continue };
        let held = derived.state;
        let sure = derived.confidence.unwrap_or(0);
        let applies = |rule: &&&StateRule| {
            rule.first.is_none_or(|first| first == is_first)
                && (rule.from.is_empty() || held.is_some_and(|held| rule.from.iter().any(|from| from == held)))
                && (rule.confidence >= sure || held.is_some_and(|held| rule.overrules.iter().any(|one| one == held)))
        };
        let named = entry.signals.iter().filter_map(|name| by_name.get(name.as_str()));
        let rule = named.into_iter().find(applies);
        if matches!(entry.class, Class::Human | Class::Notification) {
            is_first = false;
        }
        let Some(rule) = rule else { continue };
        derived.confidence = Some(rule.confidence);
        if held == Some(rule.state.as_str()) {
            derived.confidence = Some(rule.confidence.max(sure));
            continue;
        }
        derived.state = Some(&rule.state);
        derived.changes.push(Change {
            column: "state",
            from: held,
            to: &rule.state,
            at,
            mail: &entry.id,
            rule: &rule.name,
            confidence: rule.confidence,
            actor: entry.from.as_deref(),
        });
    }
    derived
}
