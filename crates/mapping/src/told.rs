//! The history that a list of changes inside a record tells. It never invents a change: what the list lacks is noted.

use crate::changes::{ChangeList, Changes};
use crate::map::{FieldRead, Notes, Observer, Shown};
use crate::plan::{ChangesPlan, Mapping, Plan, Read, TrackedPlan};
use crate::scan::{Raw, Slots};
use crate::trie::Slot;
use counterfoil_model::{ActorKind, Field, Precision, Reading, Record, Transition, Value};
use jiff::Timestamp;
use std::sync::Arc;

/// The note of a list that does not lead from the beginning to where the record stands.
pub(crate) const INCOMPLETE: &str = "history-incomplete";

/// A record on its way: what was read of it so far, and by which slots.
pub(crate) struct SoFar<'s> {
    pub(crate) record: &'s Record,
    /// Of each plan the slot that answered.
    pub(crate) answered: &'s [Option<Slot>],
}

impl Mapping {
    /// The transitions that the list of changes tells; none when the record has no list.
    pub(crate) fn tell<'m>(
        &'m self,
        plan: &'m ChangesPlan,
        slots: &mut Slots<'_>,
        so_far: &SoFar<'_>,
        notes: &mut Notes<'m>,
        observer: &mut impl Observer,
    ) -> Vec<Transition> {
        match slots.get(plan.list) {
            Raw::Composite("a list") => {}
            raw if self.says_something(raw) => {
                notes.add(INCOMPLETE, None, Some(plan.list), "", "it is no list of changes; none is read".to_owned());
                return Vec::new();
            }
            _ => return Vec::new(),
        }
        let changes = std::mem::take(&mut slots.changes);
        if changes.strays > 0 {
            let message = format!("{} entries of the list of changes are no objects", changes.strays);
            notes.add(INCOMPLETE, None, Some(plan.list), "", message);
        }
        let list = self.trie.changes.as_ref().expect("a plan for changes has its list");
        let (order, moments, found) = (Vec::new(), Vec::new(), Vec::new());
        let mut teller =
            Teller { mapping: self, plan, list, changes, slots, so_far, notes, observer, order, moments, found };
        teller.put_in_order();
        for tracked in &plan.tracked {
            teller.field(tracked);
        }
        teller.notes.row = None;
        let mut found: Vec<_> = teller.found.into_iter().enumerate().collect();
        found.sort_by_key(|(_, (key, _))| *key);
        observer.sorted(found.iter().map(|(at, _)| *at));
        found.into_iter().map(|(_, (_, transition))| transition).collect()
    }

    fn is_in_state(plan: &Plan, state: Option<&'static str>) -> bool {
        state.is_some_and(|state| plan.in_states.contains(&state))
    }
}

struct Teller<'m, 'n, 's, 'a, O> {
    mapping: &'m Mapping,
    plan: &'m ChangesPlan,
    list: &'m ChangeList,
    changes: Changes<'a>,
    slots: &'n mut Slots<'a>,
    so_far: &'n SoFar<'s>,
    notes: &'n mut Notes<'m>,
    observer: &'n mut O,
    /// Where in the list the change of each rank stands; ranks are the order in time.
    order: Vec<usize>,
    /// When each change happened, by its place in the list.
    moments: Vec<Reading>,
    /// Each with one more than the rank of its change; 0 is the beginning.
    found: Vec<(usize, Transition)>,
}

/// Where a value is read.
#[derive(Clone, Copy)]
enum Side {
    /// In the record itself.
    Own,
    /// What the change of a rank came from, and what it led to.
    From(usize),
    To(usize),
}

/// What was read, and in which words.
struct Said {
    read: FieldRead,
    native: Option<Arc<str>>,
}

impl Said {
    fn nothing() -> Self {
        Self { read: FieldRead::of(Reading::Missing, None), native: None }
    }

    fn differs(&self, other: &Self) -> bool {
        self.read.reading != other.read.reading || self.native != other.native
    }
}

impl<O: Observer> Teller<'_, '_, '_, '_, O> {
    /// The order of the list, unless its moments say otherwise. A change without a moment stays behind the one before it.
    fn put_in_order(&mut self) {
        let mut keys = Vec::with_capacity(self.changes.kept.len());
        let mut latest = Timestamp::MIN;
        for at in 0..self.changes.kept.len() {
            let row = self.changes.kept[at].row;
            let moment = match at.checked_sub(1).filter(|before| self.changes.kept[*before].row == row) {
                Some(before) => self.moments[before].clone(),
                None => {
                    self.changes.load(self.list, at, self.slots);
                    self.notes.row = Some(row);
                    self.mapping.instant(None, &self.plan.told.occurred_at, self.slots, self.notes)
                }
            };
            if let Some(Value::Instant(instant)) = moment.known() {
                latest = instant.at;
            }
            keys.push(latest);
            self.moments.push(moment);
        }
        self.order = (0..keys.len()).collect();
        if !keys.is_sorted() {
            self.order.sort_by_key(|at| keys[*at]);
        }
    }

    fn field(&mut self, tracked: &TrackedPlan) {
        let plan = &self.mapping.plans[tracked.plan];
        let mut ranks: Vec<usize> = Vec::new();
        for column in &tracked.columns {
            let of_column = |rank: &usize| self.changes.kept[self.order[*rank]].column == *column;
            ranks.extend((0..self.order.len()).filter(of_column));
            if !ranks.is_empty() {
                break;
            }
        }
        let last = if plan.in_states.is_empty() { self.alone(tracked, &ranks) } else { self.by_state(tracked, &ranks) };
        self.notes.row = None;
        let now = if plan.in_states.is_empty() || Mapping::is_in_state(plan, self.state_now()) {
            self.quietly(tracked, Side::Own).read.reading
        } else {
            Reading::Missing
        };
        let by_name = |teller: &mut Self| tracked.named.as_ref().map(|named| teller.named(named));
        if last.read.reading != now && by_name(self) != Some(last.read.reading.clone()) {
            let message = format!(
                "the list of changes ends with {}, the record says {}",
                crate::cases::show_reading(&last.read.reading),
                crate::cases::show_reading(&now)
            );
            self.notes.add(INCOMPLETE, Some(plan), Some(self.plan.list), "", message);
        }
    }

    /// A field that is read whatever the state is; gives what the list ends with.
    fn alone(&mut self, tracked: &TrackedPlan, ranks: &[usize]) -> Said {
        let mut last = self.said(tracked, ranks.first().map_or(Side::Own, |rank| Side::From(*rank)));
        if last.read.reading != Reading::Missing {
            self.begin(tracked, &last, ranks.first().copied());
        }
        let mut breaks = 0;
        for rank in ranks.iter().copied() {
            let to = self.said(tracked, Side::To(rank));
            if !to.differs(&last) {
                continue;
            }
            let from = self.quietly(tracked, Side::From(rank));
            breaks += u32::from(from.read.reading != last.read.reading);
            self.change(tracked, rank, &from, &to, rank);
            last = to;
        }
        if breaks > 0 {
            let message = format!("{breaks} changes do not begin where the one before them ended: some are missing");
            self.notes.row = None;
            self.notes.add(INCOMPLETE, Some(&tracked.to), Some(self.plan.list), "", message);
        }
        last
    }

    /// A field that is read in some states only; gives what the list ends with. What happens in one moment is taken
    /// together, because sources write the state before or after what depends on it.
    fn by_state(&mut self, tracked: &TrackedPlan, ranks: &[usize]) -> Said {
        let plan = &self.mapping.plans[tracked.plan];
        let states: Vec<_> = self.found.iter().filter(|(_, change)| change.field == Field::State).collect();
        let states: Vec<_> = states.iter().map(|(key, change)| (*key, word(&change.to))).collect();
        let began = states.first().filter(|(key, _)| *key == 0);
        let mut is_read = Mapping::is_in_state(plan, began.and_then(|(_, state)| *state));
        let mut states = states.into_iter().filter(|(key, _)| *key > 0).peekable();
        let mut ranks = ranks.iter().copied().peekable();
        let mut side = ranks.peek().map_or(Side::Own, |rank| Side::From(*rank));
        let mut last = Said::nothing();
        if is_read {
            last = self.said(tracked, side);
            if last.read.reading != Reading::Missing {
                self.begin(tracked, &last, ranks.peek().copied());
            }
        }
        let mut next = 0;
        while next < self.order.len() {
            next = self.moment_ends(next);
            let mut cause = None;
            while let Some((key, state)) = states.next_if(|(key, _)| *key <= next) {
                cause = cause.or(Some(key - 1));
                is_read = Mapping::is_in_state(plan, state);
            }
            let mut written = None;
            while let Some(rank) = ranks.next_if(|rank| *rank < next) {
                written = written.or(Some(rank));
                side = Side::To(rank);
                if is_read {
                    let to = self.said(tracked, side);
                    if to.differs(&last) {
                        self.change(tracked, rank, &last, &to, cause.map_or(rank, |cause| cause.max(rank)));
                        last = to;
                    }
                }
            }
            let Some(rank) = cause.or(written) else { continue };
            let to = match is_read {
                true if written.is_none() => self.said(tracked, side),
                true => continue,
                false => Said::nothing(),
            };
            if to.differs(&last) {
                self.change(tracked, rank, &last, &to, rank);
                last = to;
            }
        }
        last
    }

    /// The rank behind the last change that happened in the same moment as this one.
    fn moment_ends(&self, rank: usize) -> usize {
        let moment = |rank: usize| &self.moments[self.order[rank]];
        let same = |other: &usize| moment(rank).known().is_some() && moment(*other) == moment(rank);
        rank + 1 + (rank + 1..self.order.len()).take_while(same).count()
    }

    fn state_now(&self) -> Option<&'static str> {
        word(self.so_far.record.reading(Field::State))
    }

    fn said(&mut self, tracked: &TrackedPlan, side: Side) -> Said {
        let own = &self.mapping.plans[tracked.plan];
        let (plan, rank) = match side {
            Side::Own => (own, None),
            Side::From(rank) => (&tracked.from, Some(rank)),
            Side::To(rank) => (&tracked.to, Some(rank)),
        };
        if let Some(rank) = rank {
            self.load(rank);
        }
        self.notes.row = rank.map(|rank| self.row(rank));
        let read = match side {
            Side::Own if own.in_states.is_empty() => {
                let reading = self.so_far.record.readings[own.position].clone();
                FieldRead::of(reading, self.so_far.answered[tracked.plan])
            }
            Side::Own | Side::From(_) | Side::To(_) => {
                self.mapping.read(plan, self.slots, self.so_far.record, self.notes)
            }
        };
        let words: &[Slot] = match side {
            Side::Own => &[],
            Side::From(_) => &self.plan.from_words,
            Side::To(_) => &self.plan.to_words,
        };
        // What a change calls it then, rather than the id that it was read by.
        let words = words.iter().copied().find(|slot| self.mapping.text_of(self.slots.get(*slot)).is_some());
        let slot = read.slot.and_then(|read| words.or(Some(read)));
        let native = slot.and_then(|slot| self.mapping.native(plan, slot, &read.reading, self.slots));
        Said { read, native }
    }

    /// What the record itself says when its category does not count.
    fn named(&mut self, plan: &Plan) -> Reading {
        let noted = self.notes.list.len();
        let read = self.mapping.read(plan, self.slots, self.so_far.record, self.notes);
        self.notes.list.truncate(noted);
        read.reading
    }

    /// What is noted about it was noted before.
    fn quietly(&mut self, tracked: &TrackedPlan, side: Side) -> Said {
        let noted = self.notes.list.len();
        let said = self.said(tracked, side);
        self.notes.list.truncate(noted);
        said
    }

    fn load(&mut self, rank: usize) {
        self.changes.load(self.list, self.order[rank], self.slots);
    }

    fn row(&self, rank: usize) -> u32 {
        self.changes.kept[self.order[rank]].row
    }

    /// The first value, at the moment of creation; `rank` is the change that shows it.
    fn begin(&mut self, tracked: &TrackedPlan, said: &Said, rank: Option<usize>) {
        let record = self.so_far.record;
        let moments = [record.reading(Field::CreatedAt), record.reading(Field::OpenedAt)];
        let occurred_at = moments.into_iter().find(|moment| moment.known().is_some()).unwrap_or(moments[0]).clone();
        let transition = Transition {
            field: tracked.to.field,
            from: Reading::Missing,
            to: said.read.reading.clone(),
            from_native: None,
            to_native: said.native.clone(),
            occurred_at,
            recorded_at: Reading::Missing,
            actor_kind: ActorKind::Unknown,
            actor: None,
            precision: Precision::Exact,
            row: rank.map(|rank| self.row(rank)),
            confidence: None,
            proof: None,
        };
        let to = said.read.slot.map(|slot| self.slots.get(slot));
        let plan = &self.mapping.plans[tracked.plan];
        self.observer.transition(plan, &transition, &said.read, Shown { from: None, to, occurred_at: None });
        self.found.push((0, transition));
    }

    /// What the change of a rank made; it stands behind what the change of the rank `behind` made before.
    fn change(&mut self, tracked: &TrackedPlan, rank: usize, from: &Said, to: &Said, behind: usize) {
        self.load(rank);
        self.notes.row = Some(self.row(rank));
        let told = &self.plan.told;
        let occurred_at = self.moments[self.order[rank]].clone();
        let recorded_at = match &told.recorded_at {
            None => Reading::Missing,
            Some(source) if source.slot == told.occurred_at.slot => occurred_at.clone(),
            Some(source) => self.mapping.instant(None, source, self.slots, self.notes),
        };
        let actor = told.actor.iter().find_map(|slot| self.mapping.text_of(self.slots.get(*slot)));
        let proven = self.mapping.proven(told, self.slots, self.notes);
        let transition = Transition {
            field: tracked.to.field,
            from: from.read.reading.clone(),
            to: to.read.reading.clone(),
            from_native: from.native.clone(),
            to_native: to.native.clone(),
            occurred_at,
            recorded_at,
            actor_kind: ActorKind::Unknown,
            actor: actor.map(|actor| self.mapping.pseudonym(&actor)),
            precision: Precision::Exact,
            row: self.notes.row,
            confidence: proven.confidence,
            proof: proven.proof,
        };
        let shown = Shown {
            from: spoken(self.mapping, &tracked.from, self.slots),
            to: to.read.slot.map(|slot| self.slots.get(slot)),
            occurred_at: Some(self.slots.get(told.occurred_at.slot)),
        };
        self.observer.transition(&self.mapping.plans[tracked.plan], &transition, &to.read, shown);
        self.found.push((behind + 1, transition));
    }
}

fn word(reading: &Reading) -> Option<&'static str> {
    match reading {
        Reading::Known(Value::Word(word)) => Some(word),
        _ => None,
    }
}

/// The first of a plan's slots that says something.
fn spoken<'s, 'a>(mapping: &Mapping, plan: &Plan, slots: &'s Slots<'a>) -> Option<&'s Raw<'a>> {
    let of = |slot: Slot| Some(slots.get(slot)).filter(|raw| mapping.says_something(raw));
    match &plan.read {
        Read::Convert { sources, .. } | Read::PartyOrInstance { sources, .. } => {
            sources.iter().find_map(|source| of(source.slot))
        }
        Read::Words(sources) => sources.iter().find_map(|source| of(source.slot)),
        Read::InstanceParty(_) | Read::Cel { .. } | Read::Template(_) | Read::Derive(_) | Read::Pairs(_) => None,
    }
}
