//! The rules of links as they are written.

use crate::located::{Located, Place};
use crate::read::Reader;
use crate::spec::Accepts;
use crate::spec_rule::read_conditions;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One `[[links]]`.
#[derive(Debug)]
pub(crate) struct LinkSpec {
    pub(crate) place: Place,
    /// The list of which every element may be a link; without one the record itself has at most one by this rule.
    pub(crate) list: Option<Located<String>>,
    pub(crate) conditions: Vec<(Located<String>, Accepts)>,
    pub(crate) target: TargetSpec,
    /// What stands between the ids of several records in one text.
    pub(crate) split: Option<Located<String>>,
    pub(crate) link_type: TypeSpec,
    pub(crate) native_type: Option<Located<String>>,
    pub(crate) native_words: Option<Located<String>>,
}

/// What says where a link leads; there is no link where the first of these says nothing.
#[derive(Debug)]
pub(crate) enum TargetSpec {
    Inside {
        id: Located<String>,
        key: Option<Located<String>>,
    },
    Outside {
        url: Located<String>,
        global_id: Option<Located<String>>,
        application: Vec<Located<String>>,
        title: Option<Located<String>>,
    },
}

/// What says of which type a link is.
#[derive(Debug)]
pub(crate) enum TypeSpec {
    /// All of them are of this one.
    As(Located<String>),
    Words {
        from: Vec<Located<String>>,
        words: Located<String>,
    },
}

const KEYS: &[&str] = &[
    "in",
    "where",
    "to",
    "key",
    "split",
    "url",
    "global_id",
    "application",
    "title",
    "as",
    "type",
    "words",
    "native_type",
    "native_words",
];

/// Those that make sense with `url` only, and with `to` only.
const OF_URL: &[&str] = &["global_id", "application", "title"];
const OF_TO: &[&str] = &["key", "split"];

impl LinkSpec {
    /// All rules of a text.
    pub(crate) fn read_all(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Vec<Self> {
        let DeValue::Array(rules) = value.get_ref() else {
            reader.wrong_type::<()>(value, "`links`", "a list of tables: `[[links]]`");
            return Vec::new();
        };
        let mut all = Vec::new();
        for rule in rules {
            match reader.table(rule, "a rule of links") {
                Some(table) if table.contains_key("columns") => all.extend(Self::read_columns(rule, table, reader)),
                Some(_) => all.extend(Self::read(rule, reader)),
                None => {}
            }
        }
        all
    }

    /// Members of the record that are called as the type of the links they hold.
    fn read_columns(value: &Spanned<DeValue<'_>>, table: &DeTable<'_>, reader: &mut Reader<'_>) -> Vec<Self> {
        reader.only(table, &["columns", "split"], "a rule of columns of links");
        let place = reader.place(value.span());
        let split = table.get("split").and_then(|split| reader.text(split, "split"));
        let columns = table.get("columns").map_or(Vec::new(), |columns| reader.texts(columns, "columns"));
        let link = |column: Located<String>| Self {
            place: place.clone(),
            list: None,
            conditions: Vec::new(),
            target: TargetSpec::Inside {
                id: Located { value: format!("/{}", column.value), place: column.place.clone() },
                key: None,
            },
            split: split.clone(),
            link_type: TypeSpec::As(column),
            native_type: None,
            native_words: None,
        };
        columns.into_iter().map(link).collect()
    }

    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let table = reader.table(value, "a rule of links")?;
        reader.only(table, KEYS, "a rule of links");
        let place = reader.place(value.span());
        let target = one_of(["to", "url"], table, &place, reader)?;
        let link_type = one_of(["as", "type"], table, &place, reader)?;
        for name in if target == "to" { OF_URL } else { OF_TO } {
            if let Some((key, _)) = table.get_key_value(*name) {
                let place = reader.place(key.span());
                let message = format!("`{name}` does not go with `{target}`");
                reader.findings.error("mapping::unknown-key", message, &place, "not here");
            }
        }
        let mut text = |name: &str| table.get(name).and_then(|value| reader.text(value, name));
        let [list, id, key, split, url, global_id] = ["in", "to", "key", "split", "url", "global_id"].map(&mut text);
        let [title, fixed, words, native_type, native_words] =
            ["title", "as", "words", "native_type", "native_words"].map(&mut text);
        let mut texts = |name: &str| table.get(name).map_or(Vec::new(), |value| reader.texts(value, name));
        let [application, from] = ["application", "type"].map(&mut texts);
        let target = match target {
            "to" => TargetSpec::Inside { id: id?, key },
            _ => TargetSpec::Outside { url: url?, global_id, application, title },
        };
        let link_type = match (link_type, words) {
            ("as", None) => TypeSpec::As(fixed?),
            ("as", Some(words)) => {
                let message = "`as` says the type, so there is no word to look up";
                reader.findings.error("mapping::unknown-key", message, &words.place, "not here");
                return None;
            }
            (_, Some(words)) => TypeSpec::Words { from, words },
            (_, None) => {
                let message = "the type of a link is read by a word table";
                reader.findings.error("mapping::missing", message, &place, "add `words = \"…\"`");
                return None;
            }
        };
        if let (Some(split), TargetSpec::Inside { key, .. }) = (&split, &target)
            && (split.value.trim().is_empty() || key.is_some())
        {
            let message = "`split` is a sign such as `;`, and a text with several ids has no `key`";
            reader.findings.error("mapping::unknown-value", message, &split.place, "not this");
        }
        let conditions = read_conditions(table, reader);
        Some(Self { place, list, conditions, target, split, link_type, native_type, native_words })
    }
}

/// Which of two keys the rule has; a finding when it has none or both.
fn one_of(
    names: [&'static str; 2],
    table: &DeTable<'_>,
    place: &Place,
    reader: &mut Reader<'_>,
) -> Option<&'static str> {
    let [one, other] = names;
    match names.map(|name| table.contains_key(name)) {
        [true, false] => Some(one),
        [false, true] => Some(other),
        both => {
            let what = if both[0] { "has both" } else { "has neither" };
            let message = format!("a rule of links {what} `{one}` and `{other}`");
            reader.findings.error("mapping::one-origin", message, place, "needs exactly one");
            None
        }
    }
}
