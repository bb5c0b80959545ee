//! The hot path: one payload through a compiled mapping.

use crate::expression::{Input, Output};
use crate::history::History;
use crate::note::{Note, Outcome, shortened};
use crate::plan::{CelInput, Mapping, Part, Plan, Read, WordSource};
use crate::scan::{Raw, Slots, scan, scan_log};
use crate::spec::Accepts;
use crate::trie::Slot;
use crate::words::{Hit, Meaning};
use counterfoil_model::{Instant, Mapped, Quality, Reading, Record, Transition, Value, ValueType};
use counterfoil_record::Form;
use std::borrow::Cow;

/// What was read of a field, and by what.
pub(crate) struct FieldRead {
    pub(crate) reading: Reading,
    pub(crate) quality: Quality,
    /// The slot that answered.
    pub(crate) slot: Option<Slot>,
    /// The line of the word table that answered.
    pub(crate) word: Option<crate::located::Rule>,
}

impl FieldRead {
    pub(crate) fn of(reading: Reading, slot: Option<Slot>) -> Self {
        Self { reading, quality: Quality::Exact, slot, word: None }
    }
}

/// Watches a mapping at work, for explanations. The hot path watches with `()`, which costs nothing.
pub(crate) trait Observer {
    fn field(&mut self, _plan: &Plan, _read: &FieldRead, _slots: &Slots<'_>) {}
    fn transition(&mut self, _plan: &Plan, _transition: &Transition, _read: &FieldRead, _before: &Slots<'_>, _now: &Slots<'_>) {}
}

impl Observer for () {}

/// Notes of one payload, with what every note says.
pub(crate) struct Notes<'m> {
    pub(crate) mapping: &'m Mapping,
    pub(crate) list: Vec<Note>,
    pub(crate) row: Option<u32>,
}

impl Notes<'_> {
    #[cold]
    pub(crate) fn add(&mut self, code: &'static str, plan: Option<&Plan>, slot: Option<Slot>, raw: &str, message: String) {
        self.list.push(Note {
            code,
            field: plan.map(|plan| plan.field),
            pointer: slot.map(|slot| self.mapping.pointer(slot).to_owned()).unwrap_or_default(),
            raw: shortened(raw),
            rule: plan.map(|plan| self.mapping.rule(plan.rule)).unwrap_or_default(),
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
        let mut notes = Notes { mapping: self, list: Vec::new(), row: None };
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
        self.record(&slots, transitions, notes, observer)
    }

    fn record(
        &self,
        slots: &Slots<'_>,
        history: Vec<Transition>,
        mut notes: Notes<'_>,
        observer: &mut impl Observer,
    ) -> Outcome {
        for (slot, accepts) in &self.when {
            if let Some(reason) = self.refused(*slot, accepts, slots) {
                return Outcome::NotApplicable { reason };
            }
        }
        if let Some(slot) = slots.twice {
            let message = "the member stands there twice; the last one counts".to_owned();
            notes.add("duplicate-member", None, Some(slot), "", message);
        }
        let mut record = Record::new(self.kind);
        record.history = history;
        let mut rejected = false;
        for plan in &self.plans {
            let mut read = self.read(plan, slots, &record, &mut notes);
            if !plan.in_states.is_empty() && !self.in_state(plan, &record) {
                read = FieldRead::of(Reading::Missing, None);
            }
            if plan.required && matches!(read.reading, Reading::Missing | Reading::Unreadable(_)) {
                let message = format!("`{}` is required and {}", plan.field, read.reading.name());
                notes.add("required-field", Some(plan), read.slot, "", message);
                rejected = true;
            }
            record.quality = record.quality.max(read.quality);
            observer.field(plan, &read, slots);
            record.readings[plan.position] = read.reading;
        }
        if rejected {
            return Outcome::Rejected { notes: notes.list };
        }
        Outcome::Mapped { mapped: Mapped { record, tracked: self.tracked.clone() }, notes: notes.list }
    }

    /// One field of one row. Other fields are read from `record`, as far as they are there already.
    #[inline]
    pub(crate) fn read(&self, plan: &Plan, slots: &Slots<'_>, record: &Record, notes: &mut Notes<'_>) -> FieldRead {
        match &plan.read {
            Read::Convert { sources, convert } => {
                for source in sources {
                    if self.says_something(slots.get(source.slot)) {
                        let reading = self.convert(plan, *convert, source, slots, notes);
                        return FieldRead::of(reading, Some(source.slot));
                    }
                }
                FieldRead::of(Reading::Missing, None)
            }
            Read::Words(sources) => self.read_words(plan, sources, slots, notes),
            Read::InstanceParty(party) => {
                let Some(party) = party else {
                    let message = "the instance has no party; set `party` in its section of the configuration".to_owned();
                    notes.add("party-not-configured", Some(plan), None, "", message);
                    return FieldRead::of(Reading::Missing, None);
                };
                FieldRead::of(Value::Party(party.clone()).into(), None)
            }
            Read::Cel { expression, inputs } => {
                let mut values = Vec::with_capacity(inputs.len());
                for (name, input) in inputs {
                    let value = match input {
                        CelInput::Slot(slot) => self.input(slots.get(*slot)),
                        CelInput::Field(position) => match record.readings[*position].known() {
                            Some(value) => of_value(value),
                            // What an expression makes of something unknown is unknown.
                            None => return FieldRead::of(Reading::Missing, None),
                        },
                    };
                    values.push((name.clone(), value));
                }
                let reading = match expression.evaluate(values.into_iter()) {
                    Ok(output) => self.of_output(plan, output, notes),
                    Err(reason) => {
                        notes.add("expression-failed", Some(plan), None, "", reason.clone());
                        Reading::Unreadable(reason.into())
                    }
                };
                let quality = if matches!(reading, Reading::Unmapped(_)) { Quality::Fallback } else { Quality::Exact };
                FieldRead { quality, ..FieldRead::of(reading, None) }
            }
            Read::Template(parts) => FieldRead::of(self.fill(parts, slots), None),
            Read::Derive(derivation) => {
                let reading = crate::history::derive(*derivation, plan, &record.history, notes);
                FieldRead::of(reading, None)
            }
        }
    }

    fn read_words(
        &self,
        plan: &Plan,
        sources: &[WordSource],
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        // The instance's own words come before everything, even before a code that an earlier source has.
        for manual in [true, false] {
            for source in sources {
                let words = &source.words;
                let layer = if manual { &words.manual } else { &words.shipped };
                if layer.is_empty() {
                    continue;
                }
                let quality = match (manual, source.category) {
                    (true, _) => Quality::Manual,
                    (false, true) => Quality::Category,
                    (false, false) => Quality::Exact,
                };
                let hit = match self.text_of(slots.get(source.slot)) {
                    Some(text) => layer.find(&text, quality),
                    None => layer.empty().map(|entry| Hit { entry, quality, folded: false }),
                };
                let Some(hit) = hit else { continue };
                if hit.folded && notes.row.is_none() {
                    let raw = self.text_of(slots.get(source.slot)).unwrap_or_default();
                    let message = format!("found in the word table `{}` only after folding case and spaces", words.name);
                    notes.add("word-folded", Some(plan), Some(source.slot), &raw, message);
                }
                return FieldRead {
                    reading: Reading::Known(of_meaning(&hit.entry.meaning)),
                    quality: hit.quality,
                    slot: Some(source.slot),
                    word: Some(hit.entry.rule),
                };
            }
        }
        // Of what no table has, the name says more than the id before it and the category behind it.
        let said = |source: &&WordSource| !source.otherwise_missing && self.says_something(slots.get(source.slot));
        let named = sources.iter().rev().filter(|source| !source.category).find(said);
        let Some(source) = named.or_else(|| sources.iter().find(said)) else {
            let other = sources.iter().find(|source| self.says_something(slots.get(source.slot)));
            return FieldRead::of(Reading::Missing, other.map(|source| source.slot));
        };
        let raw = slots.get(source.slot);
        if let Raw::Composite(what) = raw {
            return FieldRead::of(self.composite(plan, source.slot, what, notes), Some(source.slot));
        }
        let word = self.text_of(raw).unwrap_or_default();
        let message = format!("the word table `{}` does not have it", source.words.name);
        notes.add("unmapped-word", Some(plan), Some(source.slot), &word, message);
        FieldRead { quality: Quality::Fallback, ..FieldRead::of(Reading::Unmapped(word.as_ref().into()), Some(source.slot)) }
    }

    fn of_output(&self, plan: &Plan, output: Output, notes: &mut Notes<'_>) -> Reading {
        match (plan.value, output) {
            (_, Output::Null) => Reading::Missing,
            (ValueType::Flag, Output::Flag(flag)) => Value::Flag(flag).into(),
            (ValueType::Integer, Output::Integer(number)) => Value::Integer(number).into(),
            (ValueType::Text | ValueType::Reference, Output::Text(text)) => Value::Text(text.into()).into(),
            (ValueType::Party, Output::Text(text)) => Value::Party(counterfoil_model::Slug::of(&text)).into(),
            (ValueType::Word(_) | ValueType::State, Output::Text(text)) => {
                match self.kind.words(plan.field).into_iter().find(|word| *word == text) {
                    Some(word) => Value::Word(word).into(),
                    None => {
                        let message = format!("the expression makes a word that `{}` does not have", plan.field);
                        notes.add("unmapped-word", Some(plan), None, &text, message);
                        Reading::Unmapped(text.into())
                    }
                }
            }
            (_, output) => {
                let raw = match output {
                    Output::Null => "null".to_owned(),
                    Output::Text(text) => text,
                    Output::Integer(number) => number.to_string(),
                    Output::Flag(flag) => flag.to_string(),
                };
                let message = format!("the expression makes what `{}` does not hold", plan.field);
                notes.add("expression-failed", Some(plan), None, &raw, message);
                Reading::Unreadable(raw.into())
            }
        }
    }

    fn input(&self, raw: &Raw<'_>) -> Input {
        match raw {
            Raw::Integer(number) => Input::Integer(*number),
            Raw::Flag(flag) => Input::Flag(*flag),
            Raw::Absent | Raw::Null | Raw::Composite(_) => Input::Null,
            // A column that is there and empty is told from one that is not there.
            raw => Input::Text(self.text_of(raw).map_or(String::new(), Cow::into_owned)),
        }
    }

    /// A template's text; missing when one of its slots is.
    fn fill(&self, parts: &[Part], slots: &Slots<'_>) -> Reading {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Slot(slot) => match self.text_of(slots.get(*slot)) {
                    Some(value) => percent_encode(&value, &mut text),
                    None => return Reading::Missing,
                },
            }
        }
        Value::Text(text.into()).into()
    }

    /// What a slot says as text without white space around it; `None` for what is empty or a null of this mapping.
    #[inline]
    pub(crate) fn text_of<'s>(&self, raw: &'s Raw<'_>) -> Option<Cow<'s, str>> {
        match raw {
            Raw::Text(text) => {
                let text = text.trim();
                if self.is_null(text) { None } else { Some(Cow::Borrowed(text)) }
            }
            Raw::Integer(number) => Some(Cow::Owned(number.to_string())).filter(|text| !self.is_null(text)),
            Raw::Flag(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Raw::Absent | Raw::Null | Raw::Composite(_) => None,
        }
    }

    #[inline]
    pub(crate) fn says_something(&self, raw: &Raw<'_>) -> bool {
        match raw {
            Raw::Absent | Raw::Null => false,
            Raw::Composite(_) | Raw::Flag(_) => true,
            raw => self.text_of(raw).is_some(),
        }
    }

    fn in_state(&self, plan: &Plan, record: &Record) -> bool {
        let state = self.state_position.and_then(|position| record.readings[position].known());
        matches!(state, Some(Value::Word(state)) if plan.in_states.contains(state))
    }

    fn refused(&self, slot: Slot, accepts: &Accepts, slots: &Slots<'_>) -> Option<String> {
        let (raw, pointer) = (slots.get(slot), self.pointer(slot));
        let said = self.text_of(raw);
        match accepts {
            Accepts::Present if !self.says_something(raw) => Some(format!("{pointer} is empty")),
            Accepts::Absent if self.says_something(raw) => Some(format!("{pointer} is not empty")),
            Accepts::Present | Accepts::Absent => None,
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
            Form::Snapshot => {
                "this mapping reads snapshots, and the payload is a log of rows: choose a mapping with `form = \"log\"`, or \
                 let the connector read one record per row"
            }
        };
        Note::whole("wrong-form", message)
    }
}

pub(crate) fn of_meaning(meaning: &Meaning) -> Value {
    match meaning {
        Meaning::Word(word) => Value::Word(word),
        Meaning::Integer(number) => Value::Integer(*number),
        Meaning::Flag(flag) => Value::Flag(*flag),
        Meaning::Text(text) => Value::Text(text.clone()),
        Meaning::Party(party) => Value::Party(party.clone()),
    }
}

fn of_value(value: &Value) -> Input {
    match value {
        Value::Integer(number) => Input::Integer(*number),
        Value::Flag(flag) => Input::Flag(*flag),
        Value::Text(text) => Input::Text(text.to_string()),
        Value::Word(word) => Input::Text((*word).to_owned()),
        Value::Party(party) => Input::Text(party.to_string()),
        Value::Instant(Instant { at, .. }) => Input::Text(at.to_string()),
    }
}

/// Everything but the unreserved characters of RFC 3986, so that a value never changes the shape of a link.
fn percent_encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

