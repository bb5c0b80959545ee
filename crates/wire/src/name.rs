//! What an event is called, and what changed.
//!
//! An event has one name, so that names have an order: the end of a life (`deleted`) before the state that was entered
//! (`resolved`, `closed`, `cancelled`, `reopened`), that before `renamed`, that before `updated`. Who waits for tickets to be
//! resolved must not miss one because it was moved in the same breath; who keeps keys finds the old and the new one among
//! the changes of every event, whatever it is called.

use counterfoil_model::{Category, Field, Instant, Kind, Link, Reading, Record, Value};

/// What happened to a record between two versions; the second word of a routing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventName {
    /// Seen for the first time, or again after it was deleted.
    Opened,
    /// Changed without any of the other things.
    Updated,
    /// The service is restored.
    Resolved,
    /// Ended.
    Closed,
    /// Ended without having been done.
    Cancelled,
    /// Out of resolved or closed, back to work.
    Reopened,
    /// The source has deleted it or no longer shows it.
    Deleted,
    /// People call it by another key now, and its state means what it meant: it was moved. The old key leads to it still.
    Renamed,
    /// Another value, label or language: the only event of what is no process. What changed stands in the event.
    Changed,
}

impl EventName {
    /// All.
    pub const ALL: &'static [EventName] = &[
        Self::Opened,
        Self::Updated,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
        Self::Reopened,
        Self::Deleted,
        Self::Renamed,
        Self::Changed,
    ];

    /// Those that records of a kind have.
    pub fn of(kind: Kind) -> &'static [EventName] {
        let (process, catalogue) = Self::ALL.split_at(Self::ALL.len() - 1);
        match kind {
            Kind::Catalogue => catalogue,
            Kind::Correspondence => &[Self::Opened, Self::Updated, Self::Closed, Self::Reopened, Self::Deleted],
            _ => process,
        }
    }

    /// The word in routing keys and event types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Reopened => "reopened",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }

    /// The event with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.name() == name)
    }
}

/// What the change from `previous` to `record` is called. A record that is ended when it is first seen is called by its end.
pub fn event_name(previous: Option<&Record>, record: &Record) -> EventName {
    if record.kind == Kind::Catalogue {
        return EventName::Changed;
    }
    if record.tombstone {
        return EventName::Deleted;
    }
    let previous = previous.filter(|previous| !previous.tombstone && !has_become_a_process(previous, record));
    let (category, before) = (record.category(), previous.map(Record::category));
    let otherwise = match previous {
        None => EventName::Opened,
        // What is no process has a name only so that it can be found.
        Some(_) if record.kind == Kind::Correspondence => EventName::Updated,
        Some(previous) if has_another_key(previous, record) => EventName::Renamed,
        Some(_) => EventName::Updated,
    };
    if before == Some(category) {
        return otherwise;
    }
    match category {
        Category::Resolved => EventName::Resolved,
        Category::Closed => EventName::Closed,
        Category::Cancelled => EventName::Cancelled,
        Category::New | Category::InProgress | Category::OnHold => {
            let from = previous.and_then(|previous| previous.text(Field::State));
            match (from, record.text(Field::State)) {
                (Some(from), Some(to)) if record.kind.states().reopens(from, to) => EventName::Reopened,
                _ => otherwise,
            }
        }
        Category::Unknown => otherwise,
    }
}

/// Whether correspondence turned out to be a ticket, which opens then: who waits for tickets has not heard of it.
fn has_become_a_process(previous: &Record, record: &Record) -> bool {
    previous.kind == Kind::Correspondence && record.kind != Kind::Correspondence
}

/// Whether people have to call it by another key. One that had none, or of which none can be read, was not renamed.
fn has_another_key(previous: &Record, record: &Record) -> bool {
    matches!((previous.text(Field::NativeKey), record.text(Field::NativeKey)), (Some(old), Some(new)) if old != new)
}

/// One field that reads differently than in the version before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'a> {
    /// The field.
    pub field: Field,
    /// Before.
    pub from: &'a Reading,
    /// Now.
    pub to: &'a Reading,
    /// When, as the record's own history says; `None` where it does not say.
    pub at: Option<Instant>,
}

/// What changed since the version before, in the order of the field table. The first version has no changes: all of it is new.
pub fn changes<'a>(previous: Option<&'a Record>, record: &'a Record) -> Vec<Change<'a>> {
    let Some(previous) = previous else { return Vec::new() };
    let mut changes = Vec::new();
    for (spec, to) in record.kind.fields().iter().zip(&record.readings) {
        let from = previous.reading(spec.field);
        if from != to {
            changes.push(Change { field: spec.field, from, to, at: entered_at(record, spec.field, to) });
        }
    }
    changes
}

/// Links that are there and were not, and those that were there and are not. One whose target is called otherwise is both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkChanges<'a> {
    /// There now.
    pub added: Vec<&'a Link>,
    /// There no more.
    pub removed: Vec<&'a Link>,
}

/// What changed among the links since the version before; nothing in the first version: all of it is new.
pub fn link_changes<'a>(previous: Option<&'a Record>, record: &'a Record) -> LinkChanges<'a> {
    let Some(previous) = previous.filter(|previous| previous.links != record.links) else {
        return LinkChanges::default();
    };
    let missing_in = |links: &'a [Link], others: &[Link]| links.iter().filter(|link| !others.contains(link)).collect();
    LinkChanges {
        added: missing_in(&record.links, &previous.links),
        removed: missing_in(&previous.links, &record.links),
    }
}

/// When the field last became `to`.
fn entered_at(record: &Record, field: Field, to: &Reading) -> Option<Instant> {
    let transition = record.history.iter().rev().find(|transition| transition.field == field)?;
    match transition.occurred_at {
        Reading::Known(Value::Instant(at)) if transition.to == *to => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_model::{ActorKind, Precision, Transition};

    fn incident(state: &'static str) -> Record {
        let mut record = Record::new(Kind::Incident);
        record.set(Field::State, Value::Word(state));
        record
    }

    fn named(from: &'static str, to: &'static str) -> EventName {
        event_name(Some(&incident(from)), &incident(to))
    }

    #[test]
    fn events_are_called_by_where_the_record_came_from_and_went() {
        assert_eq!(event_name(None, &incident("assigned")), EventName::Opened);
        assert_eq!(event_name(None, &incident("closed")), EventName::Closed);
        assert_eq!(named("new", "resolved"), EventName::Resolved);
        assert_eq!(named("resolved", "closed"), EventName::Closed);
        assert_eq!(named("resolved", "on_hold"), EventName::Reopened);
        assert_eq!(named("closed", "in_progress"), EventName::Reopened);
        assert_eq!(named("assigned", "in_progress"), EventName::Updated);
        assert_eq!(named("new", "assigned"), EventName::Updated);
        assert_eq!(named("resolved", "resolved"), EventName::Updated);
        assert_eq!(named("new", "cancelled"), EventName::Cancelled);
        assert_eq!(named("cancelled", "in_progress"), EventName::Updated);
    }

    #[test]
    fn an_unmapped_state_is_neither_an_end_nor_a_reopening() {
        let mut parked = incident("new");
        parked.set(Field::State, Reading::Unmapped("Parked".into()));
        assert_eq!(event_name(None, &parked), EventName::Opened);
        assert_eq!(event_name(Some(&incident("resolved")), &parked), EventName::Updated);
        assert_eq!(event_name(Some(&parked), &incident("in_progress")), EventName::Updated);
        assert_eq!(event_name(Some(&parked), &incident("resolved")), EventName::Resolved);
    }

    #[test]
    fn a_deleted_record_that_comes_back_opens_again() {
        let mut gone = incident("resolved");
        gone.tombstone = true;
        assert_eq!(event_name(Some(&incident("resolved")), &gone), EventName::Deleted);
        assert_eq!(event_name(Some(&gone), &gone), EventName::Deleted);
        assert_eq!(event_name(Some(&gone), &incident("in_progress")), EventName::Opened);
        assert_eq!(event_name(Some(&gone), &incident("resolved")), EventName::Resolved);
    }

    #[test]
    fn a_move_is_a_renaming_unless_more_than_the_key_has_changed() {
        let called = |state, key: Option<&str>| {
            let mut record = incident(state);
            record.set(Field::NativeKey, key.map_or(Reading::Missing, |key| Value::Text(key.into()).into()));
            record
        };
        let old = called("in_progress", Some("PAY-1"));
        let named = |state, key| event_name(Some(&old), &called(state, key));
        assert_eq!(named("in_progress", Some("CLAIMS-7")), EventName::Renamed);
        assert_eq!(named("on_hold", Some("CLAIMS-7")), EventName::Renamed);
        assert_eq!(named("in_progress", Some("PAY-1")), EventName::Updated);
        assert_eq!(named("in_progress", None), EventName::Updated);
        assert_eq!(named("resolved", Some("CLAIMS-7")), EventName::Resolved);
        assert_eq!(
            event_name(Some(&called("resolved", Some("PAY-1"))), &called("new", Some("X-1"))),
            EventName::Reopened
        );
        assert_eq!(event_name(Some(&called("new", None)), &called("new", Some("X-1"))), EventName::Updated);
        let mut gone = called("in_progress", Some("CLAIMS-7"));
        gone.tombstone = true;
        assert_eq!(event_name(Some(&old), &gone), EventName::Deleted);
        assert_eq!(event_name(Some(&gone), &old), EventName::Opened);
        // The change itself is told, however the event is called.
        let resolved = called("resolved", Some("CLAIMS-7"));
        assert!(changes(Some(&old), &resolved).iter().any(|change| change.field == Field::NativeKey));
    }

    #[test]
    fn changes_say_when_only_where_the_history_does() {
        let (before, mut now) = (incident("new"), incident("resolved"));
        now.set(Field::Title, Value::Text("VPN down".into()));
        let at = Instant { at: "2026-03-01T10:00:00Z".parse().unwrap(), offset_secs: None };
        now.history.push(Transition {
            field: Field::State,
            from: before.reading(Field::State).clone(),
            to: now.reading(Field::State).clone(),
            from_native: None,
            to_native: None,
            occurred_at: Value::Instant(at).into(),
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Human,
            actor: None,
            precision: Precision::Exact,
            row: None,
            confidence: None,
            proof: None,
        });
        let found: Vec<_> = changes(Some(&before), &now).iter().map(|change| (change.field, change.at)).collect();
        assert_eq!(found, [(Field::Title, None), (Field::State, Some(at))]);
        assert!(changes(None, &now).is_empty());
        assert!(changes(Some(&now), &now).is_empty());
    }

    #[test]
    fn names_come_back() {
        for name in EventName::ALL {
            assert_eq!(EventName::parse(name.name()), Some(*name));
        }
        assert_eq!(EventName::of(Kind::Catalogue), [EventName::Changed]);
        assert!(!EventName::of(Kind::Incident).contains(&EventName::Changed));
    }

    #[test]
    fn whatever_happens_to_a_choice_it_has_changed() {
        let choice = |state| {
            let mut choice = Record::new(Kind::Catalogue);
            choice.set(Field::State, Value::Word(state));
            choice
        };
        let mut gone = choice("retired");
        gone.tombstone = true;
        for previous in [None, Some(&choice("active")), Some(&gone)] {
            for record in [&choice("active"), &choice("retired"), &gone] {
                assert_eq!(event_name(previous, record), EventName::Changed);
            }
        }
    }
}
