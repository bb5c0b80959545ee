//! The hot path: one payload through a compiled mapping.

use crate::history::History;
use crate::links::{LinkPlan, LinksRead};
use crate::located::Rule;
use crate::note::{Note, Outcome, shortened};
use crate::plan::{Mapping, Plan, Read};
use crate::scan::{Raw, Slots, scan, scan_log};
use crate::spec::Accepts;
use crate::told::SoFar;
use crate::trie::Slot;
use counterfoil_model::{Link, Mapped, Quality, Reading, Record, Transition, Value};
use counterfoil_record::Form;
use std::borrow::Cow;

/// What was read of a field, and by what.
pub(crate) struct FieldRead {
    pub(crate) reading: Reading,
    pub(crate) quality: Quality,
    /// The slot that answered.
    pub(crate) slot: Option<Slot>,
    /// The line of the word table that answered.
    pub(crate) word: Option<Rule>,
}

impl FieldRead {
    pub(crate) fn of(reading: Reading, slot: Option<Slot>) -> Self {
        Self { reading, quality: Quality::Exact, slot, word: None }
    }
}

/// What the source wrote of a transition.
pub(crate) struct Shown<'s, 'a> {
    pub(crate) from: Option<&'s Raw<'a>>,
    pub(crate) to: Option<&'s Raw<'a>>,
    pub(crate) occurred_at: Option<&'s Raw<'a>>,
}

/// Watches a mapping at work, for explanations. The hot path watches with `()`, which costs nothing.
pub(crate) trait Observer {
    fn field(&mut self, _plan: &Plan, _read: &FieldRead, _slots: &Slots<'_>) {}
    fn transition(&mut self, _plan: &Plan, _transition: &Transition, _read: &FieldRead, _shown: Shown<'_, '_>) {}
    fn link(&mut self, _plan: &LinkPlan, _link: &Link, _read: &FieldRead, _row: Option<u32>, _slots: &Slots<'_>) {}
    /// The transitions seen so far stand in this order.
    fn sorted(&mut self, _order: impl Iterator<Item = usize>) {}
}

impl Observer for () {}

/// Notes of one payload, with what every note says.
pub(crate) struct Notes<'m> {
    pub(crate) mapping: &'m Mapping,
    pub(crate) list: Vec<Note>,
    pub(crate) row: Option<u32>,
    /// Of what is no field's.
    pub(crate) rule: Option<Rule>,
}

impl Notes<'_> {
    #[cold]
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        plan: Option<&Plan>,
        slot: Option<Slot>,
        raw: &str,
        message: String,
    ) {
        self.list.push(Note {
            code,
            field: plan.map(|plan| plan.field),
            pointer: slot.map(|slot| self.mapping.pointer(slot).to_owned()).unwrap_or_default(),
            raw: shortened(raw),
            rule: plan.map(|plan| plan.rule).or(self.rule).map(|rule| self.mapping.rule(rule)).unwrap_or_default(),
            row: self.row,
            message,
        });
    }
}

impl Mapping {
    /// Maps one payload. Pure: the same payload always gives the same outcome.
    pub fn map(&self, form: Form, payload: &str) -> Outcome {
        self.run(form, payload, &mut ())
    }

    pub(crate) fn run(&self, form: Form, payload: &str, observer: &mut impl Observer) -> Outcome {
        if form != self.form {
            return Outcome::Rejected { notes: vec![self.wrong_form()] };
        }
        let mut notes = Notes { mapping: self, list: Vec::new(), row: None, rule: None };
        let mut slots = Slots::new(&self.trie);
        let mut transitions = Vec::new();
        let scanned = match &self.history {
            None => scan(&self.trie, payload, &mut slots),
            Some(plan) => {
                let mut history = History::new(self, plan, &mut notes, observer);
                let scanned = scan_log(&self.trie, payload, &mut slots, |row| history.row(row));
                let (found, last) = history.finish();
                transitions = found;
                match (&scanned, last) {
                    (Ok(()), None) => {
                        let note = Note::whole("empty-log", "the log has no rows, so there is no record");
                        return Outcome::Rejected { notes: vec![note] };
                    }
                    (_, last) => slots = last.unwrap_or(slots),
                }
                scanned
            }
        };
        if let Err(error) = scanned {
            let note = Note::whole("unreadable-payload", format!("the payload is not what it should be: {error}"));
            return Outcome::Rejected { notes: vec![note] };
        }
        notes.row = None;
        self.record(&mut slots, transitions, notes, observer)
    }

    fn record<'m>(
        &'m self,
        slots: &mut Slots<'_>,
        history: Vec<Transition>,
        mut notes: Notes<'m>,
        observer: &mut impl Observer,
    ) -> Outcome {
        for (pointers, accepts) in &self.when {
            if let Some(reason) = self.refused(pointers, accepts, slots) {
                return Outcome::NotApplicable { reason };
            }
        }
        if let Some(slot) = slots.twice {
            let message = "the member stands there twice; the last one counts".to_owned();
            notes.add("duplicate-member", None, Some(slot), "", message);
        }
        self.note_unread(slots, &mut notes);
        self.note_several(slots, &mut notes);
        let mut record = Record::new(self.kind);
        record.history = history;
        let mut rejected = false;
        let mut untold = self.changes.as_ref();
        let mut answered = Vec::new();
        for plan in &self.plans {
            if let Some(changes) = untold.filter(|_| plan.after() > 0) {
                let so_far = SoFar { record: &record, answered: &answered };
                record.history = self.tell(changes, slots, &so_far, &mut notes, observer);
                untold = None;
            }
            let read = if plan.in_states.is_empty() || self.in_state(plan, &record) {
                self.read(plan, slots, &record, &mut notes)
            } else {
                FieldRead::of(Reading::Missing, None)
            };
            if plan.required && matches!(read.reading, Reading::Missing | Reading::Unreadable(_)) {
                let message = format!("`{}` is required and {}", plan.field, read.reading.name());
                notes.add("required-field", Some(plan), read.slot, "", message);
                rejected = true;
            }
            record.quality = record.quality.max(read.quality);
            observer.field(plan, &read, slots);
            record.readings[plan.position] = read.reading;
            answered.extend(untold.map(|_| read.slot));
        }
        if let Some(changes) = untold {
            let so_far = SoFar { record: &record, answered: &answered };
            record.history = self.tell(changes, slots, &so_far, &mut notes, observer);
        }
        let LinksRead { links, quality, outside_untold } = self.read_links(slots, &mut notes, observer);
        record.links = links;
        record.quality = record.quality.max(quality);
        if rejected {
            return Outcome::Rejected { notes: notes.list };
        }
        let mapped = Mapped { record, tracked: self.tracked.clone(), outside_links_untold: outside_untold };
        Outcome::Mapped { mapped, notes: notes.list }
    }

    /// One field of one row. Other fields are read from `record`, as far as they are there already.
    #[inline]
    pub(crate) fn read(&self, plan: &Plan, slots: &Slots<'_>, record: &Record, notes: &mut Notes<'_>) -> FieldRead {
        match &plan.read {
            Read::Convert { sources, convert } => {
                for source in sources {
                    if source.speaks(self, slots) {
                        let reading = self.convert(plan, *convert, source, slots, notes);
                        return FieldRead::of(reading, Some(source.slot));
                    }
                }
                FieldRead::of(Reading::Missing, None)
            }
            Read::Words(sources) => self.read_words(Some(plan), sources, slots, notes),
            Read::InstanceParty(party) => {
                let Some(party) = party else {
                    let message =
                        "the instance has no party; set `party` in its section of the configuration".to_owned();
                    notes.add("party-not-configured", Some(plan), None, "", message);
                    return FieldRead::of(Reading::Missing, None);
                };
                FieldRead::of(Value::Party(party.clone()).into(), None)
            }
            Read::PartyOrInstance { sources, party } => {
                if let Some(source) = sources.iter().find(|source| source.speaks(self, slots)) {
                    let reading = self.convert(plan, crate::plan::Convert::Party, source, slots, notes);
                    return FieldRead::of(reading, Some(source.slot));
                }
                // A member that is there and empty says that there is no party.
                let untold = sources.iter().all(|source| matches!(slots.get(source.slot), Raw::Absent));
                let party = party.clone().filter(|_| untold);
                FieldRead::of(party.map_or(Reading::Missing, |party| Value::Party(party).into()), None)
            }
            Read::Pairs(pairs) => self.read_pairs(plan, pairs, slots, notes),
            Read::Cel { expression, inputs } => self.evaluate(plan, (expression, inputs), slots, record, notes),
            Read::Template(parts) => FieldRead::of(self.fill(parts, slots), None),
            Read::Derive(derivation) => {
                let reading = crate::history::derive(*derivation, plan, &record.history, notes);
                FieldRead::of(reading, None)
            }
        }
    }

    /// What a slot says as text without white space around it; `None` for what is empty or a null of this mapping.
    #[inline]
    pub(crate) fn text_of<'s>(&self, raw: &'s Raw<'_>) -> Option<Cow<'s, str>> {
        match raw {
            Raw::Text(text) => {
                let text = without_nul(text.trim());
                if self.is_null(&text) { None } else { Some(text) }
            }
            Raw::Integer(number) => Some(Cow::Owned(number.to_string())).filter(|text| !self.is_null(text)),
            Raw::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Raw::Absent | Raw::Null | Raw::Document(_) | Raw::Composite(_) => None,
        }
    }

    #[inline]
    pub(crate) fn says_something(&self, raw: &Raw<'_>) -> bool {
        match raw {
            Raw::Absent | Raw::Null => false,
            Raw::Document(_) | Raw::Composite(_) | Raw::Flag(_) => true,
            raw => self.text_of(raw).is_some(),
        }
    }

    fn in_state(&self, plan: &Plan, record: &Record) -> bool {
        let state = self.state_position.and_then(|position| record.readings[position].known());
        matches!(state, Some(Value::Word(state)) if plan.in_states.contains(state))
    }

    fn refused(&self, pointers: &[Slot], accepts: &Accepts, slots: &Slots<'_>) -> Option<String> {
        let speaks = |slot: &&Slot| self.says_something(slots.get(**slot));
        let slot = *pointers.iter().find(speaks).or(pointers.first())?;
        let (raw, pointer) = (slots.get(slot), self.pointer(slot));
        let said = self.text_of(raw);
        match accepts {
            Accepts::Present if !self.says_something(raw) => Some(format!("{pointer} is empty")),
            Accepts::Absent if self.says_something(raw) => Some(format!("{pointer} is not empty")),
            Accepts::Present | Accepts::Absent => None,
            Accepts::AnyOf(texts) => {
                let said = || pointers.iter().map(|slot| self.text_of(slots.get(*slot)).unwrap_or_default());
                if said().any(|said| texts.iter().any(|text| *text == *said && !text.is_empty()))
                    || (said().all(|said| said.is_empty()) && texts.iter().any(String::is_empty))
                {
                    return None;
                }
                let said = pointers.iter().zip(said()).filter(|(_, said)| !said.is_empty());
                let said = said.map(|(slot, said)| format!("{} is `{}`", self.pointer(*slot), shortened(&said)));
                let said = said.collect::<Vec<_>>();
                let said = if said.is_empty() { format!("{pointer} is empty") } else { said.join(" and ") };
                Some(format!("{said}, this mapping is for `{}`", texts.join("`, `")))
            }
            // The empty text among them stands for what says nothing.
            Accepts::OneOf(texts) if texts.iter().any(|text| *text == said.as_deref().unwrap_or_default()) => None,
            Accepts::OneOf(texts) => {
                let said = said.map_or("empty".to_owned(), |said| format!("`{}`", shortened(&said)));
                Some(format!("{pointer} is {said}, this mapping is for `{}`", texts.join("`, `")))
            }
        }
    }

    fn wrong_form(&self) -> Note {
        let message = match self.form {
            Form::Log => {
                "this mapping reads logs (`form = \"log\"`), and the payload is a single snapshot: let the connector group \
                 the rows of a record, or choose a mapping for snapshots"
            }
            // No mapping has the form of a tombstone.
            Form::Snapshot | Form::Tombstone => {
                "this mapping reads snapshots, and the payload is a log of rows: choose a mapping with `form = \"log\"`, or \
                 let the connector read one record per row"
            }
        };
        Note::whole("wrong-form", message)
    }
}

/// A text without U+0000, which some stores of those who read our events refuse; the raw record keeps it.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    match memchr::memchr(0, text.as_bytes()) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.replace('\0', "").trim().to_owned()),
    }
}
