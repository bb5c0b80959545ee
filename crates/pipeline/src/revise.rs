//! What a newly mapped record changes about what is held: pure.

use crate::ports::Head;
use counterfoil_model::{ActorKind, Field, Link, Mapped, Precision, Reading, Record, Transition, Value};
use counterfoil_record::{Digest, Form};
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What to do with a mapped record.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Revision {
    /// It says nothing new.
    Unchanged,
    /// It is older than what is held. Its source marks versions, so that is known and not guessed.
    Stale,
    /// It makes the next version.
    Next,
}

/// What a source's marks of versions are worth.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Marks {
    /// An older mark is an older version.
    Ordered,
    /// The source was asked for its newest version, by its list and by the record's id: whatever mark that has, it is it. Marks
    /// go back when an instance is restored, or when an account sees more or less of what they are made of.
    Newest,
    /// Nothing: records that are held are mapped anew.
    Ignored,
    /// There are none: the records were gathered from others, and another payload is another version.
    Gathered,
    /// As ordered ones; but what was set aside came after what is held, and without a mark that alone says that it is newer.
    Retried,
}

/// Compares by the source's mark of the version first, by content second.
pub(crate) fn revision(head: Option<&Head>, form: Form, marks: Marks, mark: &str, mapped: &Digest) -> Revision {
    let Some(head) = head else { return Revision::Next };
    // A log is a union of all rows ever pulled: it has no older form.
    let is_marked = form == Form::Snapshot && !mark.is_empty() && !matches!(marks, Marks::Ignored | Marks::Gathered);
    let held = head.source_version.as_str();
    // The source has another version of it, also where no mapping reads what is new: the history may have grown.
    if is_marked && (mark > held || (marks == Marks::Newest && mark != held)) {
        return Revision::Next;
    }
    if head.mapped == *mapped {
        return Revision::Unchanged;
    }
    if is_marked && mark < held { Revision::Stale } else { Revision::Next }
}

/// Whether a payload has members that the one held does not have: a part of the record that could not be read then, which
/// leaves no mark and need not concern what a mapping reads. What can no longer be read stays as it was held.
pub(crate) fn has_more_members(held: &str, told: &str) -> bool {
    type Members<'a> = BTreeSet<Cow<'a, str>>;
    let members = |json| serde_json::from_str::<BTreeMap<Cow<'_, str>, IgnoredAny>>(json).ok();
    let names = |json| members(json).map(|members| members.into_keys().collect::<Members<'_>>());
    match (names(held), names(told)) {
        (Some(held), Some(told)) => !told.is_subset(&held),
        (None, _) | (_, None) => false,
    }
}

/// What is held of a record, marked as gone. `None` when it is marked already.
pub(crate) fn tombstone(held: &Record) -> Option<Record> {
    (!held.tombstone).then(|| Record { tombstone: true, ..held.clone() })
}

/// Gives a snapshot the history that its source does not tell: of every field that the payload itself tells nothing about
/// what was held, and what differs from the version before.
///
/// Such a transition happened at some moment between two pulls, so its precision is `poll`; the moment given is when the
/// source last wrote the record.
pub(crate) fn with_history(mut mapped: Mapped, previous: Option<&Record>) -> Record {
    if let Some(previous) = previous {
        keep_untold_links(&mut mapped, previous);
    }
    // What was held of another kind is another thing: its history has fields that this kind does not know.
    let same_kind = previous.filter(|previous| previous.kind == mapped.record.kind);
    let Some(previous) = same_kind else { return mapped.record };
    let written_at = mapped.record.reading(Field::SourceUpdatedAt).clone();
    let told = std::mem::take(&mut mapped.record.history);
    let is_told = |field: Field| told.iter().any(|transition| transition.field == field);
    let mut seen = untold_of(&told, previous);
    let untold: Vec<Field> = mapped.tracked.iter().copied().filter(|field| !is_told(*field)).collect();
    for field in untold {
        let (from, to) = (previous.reading(field), mapped.record.reading(field));
        if from != to {
            let native = |record: &Record| native_of(record, field);
            let transition = Transition {
                field,
                from: from.clone(),
                to: to.clone(),
                from_native: native(previous),
                to_native: native(&mapped.record),
                occurred_at: written_at.clone(),
                recorded_at: Reading::Missing,
                actor_kind: ActorKind::Unknown,
                actor: None,
                precision: Precision::Poll,
                row: None,
                confidence: None,
                proof: None,
            };
            seen.push(transition);
        }
    }
    mapped.record.history = in_order(told, seen);
    mapped.record
}

/// The history that a record mapped again has: what its payload tells now, and what was seen of the rest.
pub(crate) fn history_again(told: Vec<Transition>, held: &Record) -> Vec<Transition> {
    let seen = untold_of(&told, held);
    in_order(told, seen)
}

/// Links to other tools that the payload does not tell of stay as they are held: not to be told is not to be gone.
pub(crate) fn keep_untold_links(mapped: &mut Mapped, held: &Record) {
    if mapped.outside_links_untold {
        let links = &mut mapped.record.links;
        links.extend(held.links.iter().filter(|link| link.is_outside()).cloned());
        links.sort_by(Link::compare);
        links.dedup();
    }
}

fn untold_of(told: &[Transition], held: &Record) -> Vec<Transition> {
    let is_told = |field: Field| told.iter().any(|transition| transition.field == field);
    held.history.iter().filter(|kept| !is_told(kept.field)).cloned().collect()
}

/// What the source told and what was seen between pulls as one history, each in its own order.
fn in_order(told: Vec<Transition>, seen: Vec<Transition>) -> Vec<Transition> {
    let moment = |transition: &Transition| match transition.occurred_at.known() {
        Some(Value::Instant(instant)) => Some(instant.at),
        _ => None,
    };
    let mut merged = Vec::with_capacity(told.len() + seen.len());
    let mut seen = seen.into_iter().peekable();
    for transition in told {
        while let Some(earlier) = seen.next_if(|seen| moment(seen).is_some() && moment(seen) < moment(&transition)) {
            merged.push(earlier);
        }
        merged.push(transition);
    }
    merged.extend(seen);
    merged
}

fn native_of(record: &Record, field: Field) -> Option<std::sync::Arc<str>> {
    let native = match field {
        Field::State => Field::StateNative,
        Field::Priority => Field::PriorityNative,
        _ => return None,
    };
    record.text(native).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::EventOffset;
    use counterfoil_model::{Instant, Kind, LinkTarget};

    fn mapped_of(record: Record, tracked: std::sync::Arc<[Field]>) -> Mapped {
        Mapped { record, tracked, outside_links_untold: false }
    }

    #[test]
    fn links_to_other_tools_stay_where_the_payload_does_not_tell_of_them() {
        let link = |target| Link { link_type: Reading::Missing, native_type: None, native_words: None, target };
        let page =
            |url: &str| link(LinkTarget::Outside { url: url.into(), global_id: None, application: None, title: None });
        let issue = |id: &str| link(LinkTarget::Inside { native_id: id.into(), key: None });
        let mut held = Record::new(Kind::Incident);
        held.links = vec![issue("1"), page("https://a.example")];
        let mut now = Record::new(Kind::Incident);
        now.links = vec![issue("2")];
        let mut mapped = mapped_of(now, [].into());
        assert_eq!(with_history(mapped.clone(), Some(&held)).links, [issue("2")]);
        mapped.outside_links_untold = true;
        assert_eq!(with_history(mapped.clone(), None).links, [issue("2")]);
        assert_eq!(with_history(mapped, Some(&held)).links, [issue("2"), page("https://a.example")]);
    }

    fn head(version: &str, mapped: &[u8]) -> Head {
        let (at, raw) = (EventOffset::default(), Digest::of(b"raw"));
        Head { version: 1, at, source_version: version.into(), mapped: Digest::of(mapped), raw, gone: false }
    }

    #[test]
    fn older_snapshots_change_nothing_and_logs_are_never_older() {
        let held = head("2026-02", b"a");
        let (same, other) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(revision(None, Form::Snapshot, Marks::Ordered, "", &other), Revision::Next);
        let revision = |form, marks, mark, mapped: &Digest| revision(Some(&held), form, marks, mark, mapped);
        assert_eq!(revision(Form::Snapshot, Marks::Ordered, "2026-01", &same), Revision::Unchanged);
        assert_eq!(revision(Form::Snapshot, Marks::Ordered, "2026-02", &same), Revision::Unchanged);
        assert_eq!(revision(Form::Snapshot, Marks::Ordered, "2026-01", &other), Revision::Stale);
        assert_eq!(revision(Form::Snapshot, Marks::Ordered, "2026-02", &other), Revision::Next);
        assert_eq!(revision(Form::Snapshot, Marks::Ordered, "", &other), Revision::Next);
        assert_eq!(revision(Form::Log, Marks::Ordered, "2026-01", &other), Revision::Next);
        assert_eq!(revision(Form::Log, Marks::Ordered, "2026-03", &same), Revision::Unchanged);
    }

    #[test]
    fn another_mark_of_the_newest_version_makes_a_version_and_a_new_mapping_of_it_does_not() {
        let held = head("2026-02", b"a");
        let same = Digest::of(b"a");
        let revision = |marks, mark| revision(Some(&held), Form::Snapshot, marks, mark, &same);
        assert_eq!(revision(Marks::Ordered, "2026-03"), Revision::Next);
        assert_eq!(revision(Marks::Newest, "2026-01"), Revision::Next);
        assert_eq!(revision(Marks::Newest, "2026-02"), Revision::Unchanged);
        assert_eq!(revision(Marks::Ignored, "2026-03"), Revision::Unchanged);
    }

    #[test]
    fn a_part_that_comes_is_more_and_another_value_of_a_part_is_not() {
        let held = r#"{"id":"1","fields":{"a":1},"@comments":[]}"#;
        assert!(!has_more_members(held, r#"{"@comments":[1],"fields":{"b":2},"id":"1"}"#));
        assert!(!has_more_members(held, r#"{"id":"1","fields":{"a":1}}"#));
        assert!(has_more_members(r#"{"id":"1"}"#, held));
        assert!(!has_more_members("[]", held));
    }

    #[test]
    fn a_snapshot_keeps_its_history_and_gains_what_changed() {
        let record = |state| {
            let mut record = Record::new(Kind::Incident);
            record.set(Field::State, Value::Word(state));
            record
        };
        let tracked = [Field::State].into();
        let second = with_history(mapped_of(record("in_progress"), tracked), Some(&record("new")));
        assert_eq!(second.history.len(), 1);
        let tracked = [Field::State].into();
        let third = with_history(mapped_of(record("resolved"), tracked), Some(&second));
        assert_eq!(third.history.len(), 2);
        assert_eq!(third.history[1].from, Reading::Known(Value::Word("in_progress")));
        assert_eq!(third.history[1].precision, Precision::Poll);
    }

    #[test]
    fn what_the_source_tells_replaces_what_was_seen_of_that_field_only() {
        let at = |minute: i64| {
            let at = jiff::Timestamp::from_second(minute * 60).unwrap();
            Reading::Known(Value::Instant(Instant { at, offset_secs: None }))
        };
        let record = |state, priority, minute| {
            let mut record = Record::new(Kind::Incident);
            record.set(Field::State, Value::Word(state));
            record.set(Field::Priority, Value::Word(priority));
            record.set(Field::SourceUpdatedAt, at(minute));
            record
        };
        let tracked = || [Field::State, Field::Priority].into();
        let mapped = |record| mapped_of(record, tracked());
        let held = with_history(mapped(record("in_progress", "P2", 5)), Some(&record("new", "P3", 1)));
        assert_eq!(held.history.len(), 2);
        // Now the account may read the audit: the state is told, the priority is still seen only.
        let mut told = record("resolved", "P1", 9);
        told.history = [("new", 0), ("in_progress", 3), ("resolved", 9)]
            .map(|(state, minute)| Transition {
                field: Field::State,
                to: Value::Word(state).into(),
                occurred_at: at(minute),
                precision: Precision::Exact,
                ..held.history[0].clone()
            })
            .into();
        let now = with_history(mapped(told), Some(&held));
        let found: Vec<_> = now.history.iter().map(|one| (one.field, one.to.known().unwrap().to_string())).collect();
        let expected =
            [("state", "new"), ("state", "in_progress"), ("priority", "P2"), ("state", "resolved"), ("priority", "P1")];
        assert_eq!(found, expected.map(|(field, to)| (Field::parse(field).unwrap(), to.to_owned())));
        // And when it may no more, what was told stays and what is seen is added.
        let later = with_history(mapped(record("closed", "P1", 12)), Some(&now));
        assert_eq!((later.history.len(), later.history[5].precision), (6, Precision::Poll));
    }

    #[test]
    fn what_was_of_another_kind_has_no_history_to_give() {
        let mut held = Record::new(Kind::Incident);
        held.set(Field::State, Value::Word("new"));
        let mut moved = Record::new(Kind::Incident);
        moved.set(Field::State, Value::Word("resolved"));
        let held = with_history(mapped_of(moved, [Field::State].into()), Some(&held));
        assert_eq!(held.history.len(), 1);
        let mut choice = Record::new(Kind::Catalogue);
        choice.set(Field::State, Value::Word("active"));
        let choice = with_history(mapped_of(choice, [Field::State].into()), Some(&held));
        assert_eq!(choice.history, []);
    }
}
