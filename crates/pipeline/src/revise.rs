//! What a newly mapped record changes about what is held: pure.

use crate::ports::Head;
use counterfoil_model::{ActorKind, Field, Mapped, Precision, Reading, Record, Transition};
use counterfoil_record::{Digest, Form};

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

/// Compares by the source's mark of the version first, by content second.
pub(crate) fn revision(head: Option<&Head>, form: Form, source_version: &str, mapped: &Digest) -> Revision {
    let Some(head) = head else { return Revision::Next };
    if head.mapped == *mapped {
        return Revision::Unchanged;
    }
    // A log is a union of all rows ever pulled: it has no older form.
    if form == Form::Snapshot && !source_version.is_empty() && source_version < head.source_version.as_str() {
        return Revision::Stale;
    }
    Revision::Next
}

/// Gives a snapshot the history that its source does not tell: what was held, and what differs from the version before.
///
/// Such a transition happened at some moment between two pulls, so its precision is `poll`; the moment given is when the
/// source last wrote the record.
pub(crate) fn with_history(mut mapped: Mapped, previous: Option<&Record>) -> Record {
    // What was held of another kind is another thing: its history has fields that this kind does not know.
    let same_kind = previous.filter(|previous| previous.kind == mapped.record.kind);
    let Some(previous) = same_kind else { return mapped.record };
    let written_at = mapped.record.reading(Field::SourceUpdatedAt).clone();
    let told = std::mem::take(&mut mapped.record.history);
    mapped.record.history.clone_from(&previous.history);
    if !told.is_empty() {
        mapped.record.history = told;
        return mapped.record;
    }
    for field in mapped.tracked.iter().copied() {
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
            };
            mapped.record.history.push(transition);
        }
    }
    mapped.record
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
    use counterfoil_model::{Kind, Value};

    fn head(version: &str, mapped: &[u8]) -> Head {
        let (at, raw) = (EventOffset::default(), Digest::of(b"raw"));
        Head { version: 1, at, source_version: version.into(), mapped: Digest::of(mapped), raw }
    }

    #[test]
    fn older_snapshots_change_nothing_and_logs_are_never_older() {
        let held = head("2026-02", b"a");
        let other = Digest::of(b"b");
        assert_eq!(revision(None, Form::Snapshot, "", &other), Revision::Next);
        assert_eq!(revision(Some(&held), Form::Snapshot, "2026-03", &Digest::of(b"a")), Revision::Unchanged);
        assert_eq!(revision(Some(&held), Form::Snapshot, "2026-01", &other), Revision::Stale);
        assert_eq!(revision(Some(&held), Form::Snapshot, "2026-02", &other), Revision::Next);
        assert_eq!(revision(Some(&held), Form::Snapshot, "", &other), Revision::Next);
        assert_eq!(revision(Some(&held), Form::Log, "2026-01", &other), Revision::Next);
    }

    #[test]
    fn a_snapshot_keeps_its_history_and_gains_what_changed() {
        let record = |state| {
            let mut record = Record::new(Kind::Incident);
            record.set(Field::State, Value::Word(state));
            record
        };
        let tracked = [Field::State].into();
        let second = with_history(Mapped { record: record("in_progress"), tracked }, Some(&record("new")));
        assert_eq!(second.history.len(), 1);
        let tracked = [Field::State].into();
        let third = with_history(Mapped { record: record("resolved"), tracked }, Some(&second));
        assert_eq!(third.history.len(), 2);
        assert_eq!(third.history[1].from, Reading::Known(Value::Word("in_progress")));
        assert_eq!(third.history[1].precision, Precision::Poll);
    }

    #[test]
    fn what_was_of_another_kind_has_no_history_to_give() {
        let mut held = Record::new(Kind::Incident);
        held.set(Field::State, Value::Word("new"));
        let mut moved = Record::new(Kind::Incident);
        moved.set(Field::State, Value::Word("resolved"));
        let held = with_history(Mapped { record: moved, tracked: [Field::State].into() }, Some(&held));
        assert_eq!(held.history.len(), 1);
        let mut choice = Record::new(Kind::Catalogue);
        choice.set(Field::State, Value::Word("active"));
        let choice = with_history(Mapped { record: choice, tracked: [Field::State].into() }, Some(&held));
        assert_eq!(choice.history, []);
    }
}
