//! A mapping as it is written: the file, with the instance's overrides laid over it. Nothing is resolved yet.

use crate::instant::DateOrder;
use crate::located::{Findings, Located, Origin, Place};
use crate::number::Decimals;
use crate::read::Reader;
use crate::spec_links::LinkSpec;
use crate::spec_rule::RuleSpec;
use counterfoil_diagnostics::did_you_mean;
use counterfoil_model::{Field, Kind};
use counterfoil_record::Form;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) kind: Option<Kind>,
    pub(crate) form: Form,
    /// Texts that mean nothing, beside the empty one.
    pub(crate) nulls: Vec<String>,
    /// The zone that the source's documentation states, for moments without an offset.
    pub(crate) zone: Option<Located<String>>,
    pub(crate) order: Option<DateOrder>,
    /// How the source writes the decimals of a number.
    pub(crate) decimals: Decimals,
    /// Whether members of the record that no rule reads are noted.
    pub(crate) notes_unread: bool,
    /// Of each condition the pointer that names it, then those that may stand for it.
    pub(crate) when: Vec<(Vec<Located<String>>, Accepts)>,
    pub(crate) history: Option<HistorySpec>,
    pub(crate) fields: BTreeMap<Field, RuleSpec>,
    /// Those of the overrides stand in front of those of the file.
    pub(crate) links: Vec<LinkSpec>,
    pub(crate) words: BTreeMap<String, TableSpec>,
}

/// What a value must be for the mapping to apply.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Accepts {
    Present,
    Absent,
    OneOf(Vec<String>),
    /// Any of several pointers says one of these.
    AnyOf(Vec<String>),
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
            Self::OneOf(texts) | Self::AnyOf(texts) => f.write_str(&texts.join("|")),
        }
    }
}

impl Accepts {
    pub(crate) fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        if let DeValue::Array(_) = value.get_ref() {
            let texts = reader.texts(value, "a condition");
            return Some(Self::OneOf(texts.into_iter().map(|text| text.value.trim().to_owned()).collect()));
        }
        match reader.one_of(value, "a condition that is no list of texts", &["present", "absent"])? {
            "present" => Some(Self::Present),
            _ => Some(Self::Absent),
        }
    }
}

#[derive(Debug)]
pub(crate) struct HistorySpec {
    /// `[history]` in the file.
    pub(crate) place: Place,
    /// The list of changes inside a snapshot.
    pub(crate) changes: Option<Located<String>>,
    /// The list of changes inside each entry of `changes`.
    pub(crate) items: Option<Located<String>>,
    pub(crate) column: Vec<Located<String>>,
    pub(crate) from: Vec<Located<String>>,
    pub(crate) to: Vec<Located<String>>,
    /// What a change calls, in words for people, what it came from and led to.
    pub(crate) from_words: Vec<Located<String>>,
    pub(crate) to_words: Vec<Located<String>>,
    pub(crate) occurred_at: Option<Located<String>>,
    pub(crate) recorded_at: Option<Located<String>>,
    pub(crate) actor: Vec<Located<String>>,
    pub(crate) confidence: Option<Located<String>>,
    pub(crate) proof: Option<Located<String>>,
}

/// A word table; the words of the overrides stand in front of those of the file.
#[derive(Debug)]
pub(crate) struct TableSpec {
    pub(crate) place: Place,
    pub(crate) words: Vec<(Located<String>, Located<WordValue>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WordValue {
    Text(String),
    Integer(i64),
    Flag(bool),
}

impl Spec {
    pub(crate) fn new() -> Self {
        Self {
            kind: None,
            form: Form::Snapshot,
            nulls: Vec::new(),
            zone: None,
            order: None,
            decimals: Decimals::Point,
            notes_unread: false,
            when: Vec::new(),
            history: None,
            fields: BTreeMap::new(),
            links: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    /// The kind that has most of the fields. Rules are checked even when the kind is not known, so that one run names
    /// everything.
    pub(crate) fn nearest_kind(&self) -> Kind {
        let unknown = |kind: &&Kind| self.fields.keys().filter(|field| kind.position(**field).is_none()).count();
        Kind::ALL.iter().min_by_key(unknown).copied().unwrap_or(Kind::Incident)
    }

    /// Lays one text over what was read before; the overrides come after the file.
    pub(crate) fn read(&mut self, text: &str, origin: Origin, findings: &mut Findings) {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { origin, findings };
        for error in errors {
            let end = text.len();
            let place = reader.place(error.span().unwrap_or(end..end));
            reader.findings.error("mapping::syntax", error.message(), &place, "not TOML");
        }
        let document = document.get_ref();
        let known: &[&str] = match origin {
            Origin::File => &["mapping", "when", "history", "fields", "links", "words"],
            Origin::Overrides => &["mapping", "when", "fields", "links", "words"],
        };
        reader.only(document, known, if origin == Origin::File { "a mapping" } else { "an override" });
        for (key, value) in document {
            if key.get_ref() == "links" {
                let mut links = LinkSpec::read_all(value, &mut reader);
                links.append(&mut self.links);
                self.links = links;
                continue;
            }
            let Some(table) =
                known.contains(&key.get_ref().as_ref()).then(|| reader.table(value, key.get_ref())).flatten()
            else {
                continue;
            };
            match key.get_ref().as_ref() {
                "mapping" => self.read_mapping(table, &mut reader),
                "when" => self.read_when(table, &mut reader),
                "history" => self.read_history(table, reader.place(key.span()), &mut reader),
                "fields" => self.read_fields(table, &mut reader),
                _ => self.read_words(table, &mut reader),
            }
        }
        if origin == Origin::File && !document.contains_key("mapping") {
            let place = reader.place(0..0);
            reader.findings.error("mapping::missing", "the section `[mapping]` is missing", &place, "here").help =
                Some("start the file with `[mapping]` and `kind = \"incident\"`".to_owned());
        }
    }

    fn read_mapping(&mut self, table: &DeTable<'_>, reader: &mut Reader<'_>) {
        let known: &[&str] = match reader.origin {
            Origin::File => &["kind", "form", "nulls", "zone", "order", "decimals", "unread"],
            Origin::Overrides => &["nulls", "zone", "order", "decimals", "unread"],
        };
        reader.only(table, known, "`[mapping]`");
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "kind" if reader.origin == Origin::File => {
                    let kinds: Vec<&'static str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                    self.kind = reader.one_of(value, "the kind of a mapping", &kinds).and_then(Kind::parse);
                }
                "form" if reader.origin == Origin::File => {
                    self.form = match reader.one_of(value, "the form of a mapping", &["snapshot", "log"]) {
                        Some("log") => Form::Log,
                        _ => Form::Snapshot,
                    };
                }
                "nulls" => self.nulls = reader.texts(value, "`nulls`").into_iter().map(|null| null.value).collect(),
                "decimals" => {
                    self.decimals = match reader.one_of(value, "`decimals`", &["point", "comma"]) {
                        Some("comma") => Decimals::Comma,
                        _ => Decimals::Point,
                    };
                }
                "unread" => {
                    self.notes_unread = reader.one_of(value, "`unread`", &["note", "pass"]) == Some("note");
                }
                "zone" => self.zone = reader.text(value, "`zone`"),
                "order" => {
                    let order = reader.one_of(value, "`order`", &["dmy", "mdy", "ymd"]);
                    self.order = order.and_then(DateOrder::parse);
                }
                _ => {}
            }
        }
        if reader.origin == Origin::File && !table.contains_key("kind") {
            let at = table.keys().next().map_or(0..0, |key| key.span());
            let place = reader.place(at);
            reader.findings.error("mapping::missing", "the mapping does not say its `kind`", &place, "in this section");
        }
    }

    fn read_when(&mut self, table: &DeTable<'_>, reader: &mut Reader<'_>) {
        for (key, value) in table {
            let mut pointers = vec![reader.located(key.get_ref().to_string(), key.span())];
            let mut condition = Some(value);
            if let DeValue::Table(table) = value.get_ref() {
                reader.only(table, &["or", "any", "is"], "a condition");
                for name in ["or", "any"] {
                    pointers.extend(table.get(name).map_or(Vec::new(), |or| reader.texts(or, name)));
                }
                condition = table.get("is");
                if condition.is_none() {
                    let place = reader.place(value.span());
                    reader.findings.error("mapping::missing", "the condition has no `is`", &place, "what must it be?");
                }
            }
            let Some(accepts) = condition.and_then(|condition| Accepts::read(condition, reader)) else { continue };
            let is_any = matches!(value.get_ref(), DeValue::Table(table) if table.contains_key("any"));
            let accepts = match accepts {
                Accepts::OneOf(texts) if is_any => Accepts::AnyOf(texts),
                other => other,
            };
            self.when.retain(|(known, _)| known[0].value != pointers[0].value);
            self.when.push((pointers, accepts));
        }
    }

    fn read_history(&mut self, table: &DeTable<'_>, place: Place, reader: &mut Reader<'_>) {
        const KEYS: &[&str] = &[
            "changes",
            "items",
            "column",
            "from",
            "to",
            "from_words",
            "to_words",
            "occurred_at",
            "recorded_at",
            "actor",
            "confidence",
            "proof",
        ];
        reader.only(table, KEYS, "`[history]`");
        let mut texts = |name: &str| table.get(name).map_or(Vec::new(), |value| reader.texts(value, name));
        let [column, from, to, actor] = ["column", "from", "to", "actor"].map(&mut texts);
        let [from_words, to_words] = ["from_words", "to_words"].map(&mut texts);
        let mut text = |name: &str| table.get(name).and_then(|value| reader.text(value, name));
        self.history = Some(HistorySpec {
            place,
            changes: text("changes"),
            items: text("items"),
            column,
            from,
            to,
            from_words,
            to_words,
            occurred_at: text("occurred_at"),
            recorded_at: text("recorded_at"),
            actor,
            confidence: text("confidence"),
            proof: text("proof"),
        });
    }

    fn read_fields(&mut self, table: &DeTable<'_>, reader: &mut Reader<'_>) {
        for (key, value) in table {
            let Some(field) = Field::parse(key.get_ref()) else {
                let place = reader.place(key.span());
                let names = Field::ALL.iter().map(|field| field.name());
                let near = did_you_mean(key.get_ref(), names).map(|near| format!("did you mean `{near}`?"));
                let message = format!("there is no field `{}`", key.get_ref());
                reader.findings.error("mapping::unknown-field", message, &place, "unknown").help = near;
                continue;
            };
            match RuleSpec::read(field, key, value, reader) {
                Some(rule) => self.fields.insert(field, rule),
                None => self.fields.remove(&field),
            };
        }
    }

    fn read_words(&mut self, tables: &DeTable<'_>, reader: &mut Reader<'_>) {
        for (name, value) in tables {
            let Some(table) = reader.table(value, "a word table") else { continue };
            let mut words = Vec::new();
            for (key, value) in table {
                let meaning = match value.get_ref() {
                    DeValue::String(text) => WordValue::Text(text.to_string()),
                    DeValue::Boolean(flag) => WordValue::Flag(*flag),
                    DeValue::Integer(number) => {
                        match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
                            Ok(number) => WordValue::Integer(number),
                            Err(_) => continue,
                        }
                    }
                    _ => {
                        let expected = "a text, a whole number, or true or false";
                        reader.wrong_type::<()>(value, "what a word stands for", expected);
                        continue;
                    }
                };
                let word = reader.located(key.get_ref().trim().to_owned(), key.span());
                words.push((word, reader.located(meaning, value.span())));
            }
            let place = reader.place(name.span());
            let known = self.words.entry(name.get_ref().to_string()).or_insert(TableSpec { place, words: Vec::new() });
            words.append(&mut known.words);
            known.words = words;
        }
    }
}
