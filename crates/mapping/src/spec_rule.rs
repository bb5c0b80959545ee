//! The rule of one field as it is written.

use crate::located::{Located, Place};
use crate::read::Reader;
use crate::spec::Accepts;
use counterfoil_model::Field;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The rule of one field.
#[derive(Debug)]
pub(crate) struct RuleSpec {
    /// The field's name in the file.
    pub(crate) place: Place,
    pub(crate) from: From,
    /// The word table of all sources that name none of their own.
    pub(crate) words: Option<Located<String>>,
    pub(crate) convert: Option<Located<String>>,
    /// How an instant is written, where it is no date: `epoch_seconds`, `epoch_millis`.
    pub(crate) format: Option<Located<String>>,
    /// How long a day is, for `format = "duration"`.
    pub(crate) day: Option<Located<String>>,
    /// `otherwise` of all sources.
    pub(crate) otherwise_missing: bool,
    /// Where the record has none of the sources' members, the party of the instance is meant.
    pub(crate) otherwise_instance: bool,
    /// The field is read only in these states.
    pub(crate) in_states: Vec<Located<String>>,
    pub(crate) required: bool,
    pub(crate) track: Option<Track>,
}

/// That changes of the field are transitions.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) place: Place,
    /// The columns whose changes a list of changes tells, the first that has any counts; empty for logs and polls.
    pub(crate) columns: Vec<Located<String>>,
}

/// Where a field comes from: exactly one of these.
#[derive(Debug)]
pub(crate) enum From {
    Sources(Vec<SourceSpec>),
    /// The party configured for the instance.
    InstanceParty,
    Cel {
        text: Located<String>,
        slots: Vec<(String, Located<String>)>,
    },
    /// Text with `{/json/pointer}` in it.
    Template(Located<String>),
    /// A derivation from the history, by its name.
    Derive(Located<String>),
    /// Figures, each with the pointer of its value.
    Pairs(Vec<PairSpec>),
}

/// One figure among others, or a text of several.
#[derive(Debug)]
pub(crate) struct PairSpec {
    /// What it is called, or the pointer that says so; a text of several names each of them itself.
    pub(crate) name: Option<Located<String>>,
    pub(crate) value: Located<String>,
}

/// One source of a chain.
#[derive(Debug)]
pub(crate) struct SourceSpec {
    pub(crate) pointer: Located<String>,
    pub(crate) words: Option<Located<String>>,
    /// Whether it is only the source's category of the value.
    pub(crate) category: bool,
    /// Words that the table does not have mean nothing, because the column has another purpose as well.
    pub(crate) otherwise_missing: bool,
    /// The list whose first element with these properties the pointer reads.
    pub(crate) list: Option<ListSpec>,
    /// Without a list: what has to hold of the record, or the source says nothing.
    pub(crate) conditions: Vec<(Located<String>, Accepts)>,
}

/// Which element of a list.
#[derive(Debug)]
pub(crate) struct ListSpec {
    pub(crate) pointer: Located<String>,
    pub(crate) conditions: Vec<(Located<String>, Accepts)>,
}

const KEYS: &[&str] = &[
    "from",
    "words",
    "convert",
    "format",
    "day",
    "otherwise",
    "in_states",
    "required",
    "track",
    "party",
    "cel",
    "slots",
    "template",
    "derive",
    "pairs",
];

impl RuleSpec {
    /// `None` when the rule says that the field is not mapped, or nothing can be made of it.
    pub(crate) fn read(
        field: Field,
        key: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let place = reader.place(key.span());
        match value.get_ref() {
            DeValue::String(pointer) => {
                let pointer = reader.located(pointer.to_string(), value.span());
                Some(Self::plain(place, From::Sources(vec![SourceSpec::plain(pointer)])))
            }
            DeValue::Boolean(false) => None,
            DeValue::Table(table) => Self::read_table(field, place, table, reader),
            _ => {
                reader.wrong_type(value, "a rule", "a JSON pointer, a table, or `false` for a field that is not mapped")
            }
        }
    }

    fn plain(place: Place, from: From) -> Self {
        let (words, convert, format, day, track) = (None, None, None, None, None);
        let (otherwise_missing, otherwise_instance, required, in_states) = (false, false, false, Vec::new());
        Self {
            place,
            from,
            words,
            convert,
            format,
            day,
            otherwise_missing,
            otherwise_instance,
            in_states,
            required,
            track,
        }
    }

    fn read_table(field: Field, place: Place, table: &DeTable<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        reader.only(table, KEYS, &format!("the rule of `{field}`"));
        let origins = ["from", "party", "cel", "template", "derive", "pairs"]
            .into_iter()
            .filter(|name| table.contains_key(*name));
        let origins: Vec<&str> = origins.collect();
        let &[origin] = origins.as_slice() else {
            let (message, label) = match origins.len() {
                0 => (format!("the rule of `{field}` does not say where the field comes from"), "needs one"),
                _ => (format!("the rule of `{field}` has {}", origins.join(" and ")), "needs exactly one"),
            };
            reader.findings.error("mapping::one-origin", message, &place, label).help =
                Some("give one of `from`, `party`, `cel`, `template`, `derive` and `pairs`".to_owned());
            return None;
        };
        let from = Self::read_from(origin, &table[origin], table, reader)?;
        let mut rule = Self::plain(place, from);
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "words" => rule.words = reader.text(value, name),
                "convert" => rule.convert = reader.text(value, name),
                "format" => rule.format = reader.text(value, name),
                "day" => rule.day = reader.text(value, name),
                "otherwise" => match reader.one_of(value, "`otherwise`", &["missing", "instance"]) {
                    Some("instance") => rule.otherwise_instance = true,
                    other => rule.otherwise_missing = other.is_some(),
                },
                "in_states" => rule.in_states = reader.texts(value, name),
                "required" => rule.required = reader.flag(value, name).unwrap_or_default(),
                "track" => {
                    let place = reader.place(key.span());
                    rule.track = match value.get_ref() {
                        DeValue::Array(_) => {
                            let columns = reader.texts(value, name);
                            (!columns.is_empty()).then_some(Track { place, columns })
                        }
                        _ => {
                            let track = reader.flag(value, name).unwrap_or_default();
                            track.then_some(Track { place, columns: Vec::new() })
                        }
                    };
                }
                "slots" if origin != "cel" => {
                    let place = reader.place(key.span());
                    reader.findings.error("mapping::unknown-key", "`slots` belong to `cel`", &place, "without `cel`");
                }
                _ => {}
            }
        }
        Some(rule)
    }

    fn read_from(
        origin: &str,
        value: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<From> {
        Some(match origin {
            "from" => From::Sources(read_sources(value, reader)),
            "party" => {
                reader.one_of(value, "`party`", &["instance"])?;
                From::InstanceParty
            }
            "cel" => {
                let mut slots = Vec::new();
                if let Some(named) = table.get("slots").and_then(|slots| reader.table(slots, "`slots`")) {
                    for (name, pointer) in named {
                        slots.extend(
                            reader.text(pointer, "a slot").map(|pointer| (name.get_ref().to_string(), pointer)),
                        );
                    }
                }
                From::Cel { text: reader.text(value, "`cel`")?, slots }
            }
            "template" => From::Template(reader.text(value, "`template`")?),
            "pairs" => From::Pairs(read_pairs(value, reader)),
            _ => From::Derive(reader.text(value, "`derive`")?),
        })
    }
}

impl SourceSpec {
    fn plain(pointer: Located<String>) -> Self {
        let (words, list, conditions) = (None, None, Vec::new());
        Self { pointer, words, category: false, otherwise_missing: false, list, conditions }
    }
}

/// A figure is the pointer of its value, whose last name is its own, or says both.
fn read_pairs(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Vec<PairSpec> {
    let DeValue::Array(items) = value.get_ref() else {
        reader.wrong_type::<()>(value, "`pairs`", "a list of pointers, or of tables with `name` and `value`");
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for item in items {
        let DeValue::Table(table) = item.get_ref() else {
            pairs.extend(reader.text(item, "a figure").map(|value| {
                let name = value.value.rsplit('/').next().unwrap_or_default().to_owned();
                PairSpec { name: Some(Located { value: name, place: value.place.clone() }), value }
            }));
            continue;
        };
        reader.only(table, &["name", "value", "list"], "a figure");
        let mut text = |key: &str| table.get(key).and_then(|value| reader.text(value, key));
        match (text("name"), text("value"), text("list")) {
            (Some(name), Some(value), None) => pairs.push(PairSpec { name: Some(name), value }),
            (None, None, Some(value)) => pairs.push(PairSpec { name: None, value }),
            _ => {
                let place = reader.place(item.span());
                let message = "a figure has a `name` and a `value`, or several stand in a `list`";
                reader.findings.error("mapping::missing", message, &place, "which of them?");
            }
        }
    }
    pairs
}

fn read_sources(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Vec<SourceSpec> {
    let DeValue::Array(items) = value.get_ref() else {
        return read_source(value, reader).into_iter().collect();
    };
    if items.is_empty() {
        let place = reader.place(value.span());
        reader.findings.error("mapping::one-origin", "`from` names no source", &place, "empty");
    }
    items.iter().filter_map(|item| read_source(item, reader)).collect()
}

fn read_source(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<SourceSpec> {
    let DeValue::Table(table) = value.get_ref() else {
        let pointer = reader.text(value, "a source")?;
        return Some(SourceSpec::plain(pointer));
    };
    reader.only(table, &["at", "in", "where", "words", "quality", "otherwise"], "a source");
    let Some(at) = table.get("at") else {
        let place = reader.place(value.span());
        reader.findings.error("mapping::missing", "the source has no `at`", &place, "which JSON pointer?");
        return None;
    };
    let words = table.get("words").and_then(|words| reader.text(words, "`words`"));
    let quality = table.get("quality").and_then(|quality| reader.one_of(quality, "`quality`", &["exact", "category"]));
    let otherwise = table.get("otherwise").and_then(|word| reader.one_of(word, "`otherwise`", &["missing"]));
    let (category, otherwise_missing) = (quality == Some("category"), otherwise.is_some());
    let list = table.get("in").and_then(|list| reader.text(list, "`in`"));
    let mut conditions = read_conditions(table, reader);
    let list = list.map(|pointer| ListSpec { pointer, conditions: std::mem::take(&mut conditions) });
    Some(SourceSpec { pointer: reader.text(at, "`at`")?, words, category, otherwise_missing, list, conditions })
}

pub(crate) fn read_conditions(table: &DeTable<'_>, reader: &mut Reader<'_>) -> Vec<(Located<String>, Accepts)> {
    let Some(wanted) = table.get("where").and_then(|wanted| reader.table(wanted, "`where`")) else { return Vec::new() };
    let mut conditions = Vec::new();
    for (key, value) in wanted {
        let pointer = reader.located(key.get_ref().to_string(), key.span());
        conditions.extend(Accepts::read(value, reader).map(|accepts| (pointer, accepts)));
    }
    conditions
}
