//! `--set key=value`: one value, put into the table that was read from the file.

use counterfoil_diagnostics::Finding;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

type Path<'i> = Vec<Spanned<Cow<'i, str>>>;

/// Puts `text` (`connector.log.path=/a/b c.csv`) into the table; its bytes are numbered from `base`.
///
/// The value is TOML when it reads as TOML (number, boolean, list, quoted text), and a plain text otherwise. A key that is
/// there already is replaced, sections that are missing are made.
pub(crate) fn put<'i>(table: &mut DeTable<'i>, text: &'i str, base: usize) -> Result<(), Finding> {
    let (path, value) = split(text).map_err(|()| invalid(text, base))?;
    let path = path.into_iter().map(|key| moved(key, base)).collect();
    let start = text.len() - value.len() + (value.len() - value.trim_start().len());
    let value = value.trim();
    let value = match DeValue::parse(value) {
        Ok(value) => shifted(value, base + start),
        Err(_) => Spanned::new(base + start..base + start + value.len(), DeValue::String(Cow::Borrowed(value))),
    };
    insert(table, path, value)
}

/// The keys, and what stands behind the first `=` that is in no quotes.
fn split(text: &str) -> Result<(Path<'static>, &str), ()> {
    let equals = equals(text).ok_or(())?;
    let (keys, behind) = (&text[..equals], &text[equals + 1..]);
    if keys.contains(char::is_control) {
        return Err(());
    }
    // The keys are read by TOML itself, so that quoting is the same here and in the file.
    let document = format!("{keys}=0");
    let mut table = DeTable::parse(&document).map_err(|_| ())?.into_inner();
    let mut path = Path::new();
    loop {
        let (key, value) = table.into_iter().next().ok_or(())?;
        path.push(Spanned::new(key.span(), Cow::Owned(key.into_inner().into_owned())));
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            DeValue::Integer(_) => return Ok((path, behind)),
            _ => return Err(()),
        }
    }
}

fn equals(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '=') => return Some(place),
            _ => {}
        }
    }
    None
}

fn insert<'i>(table: &mut DeTable<'i>, mut path: Path<'i>, value: Spanned<DeValue<'i>>) -> Result<(), Finding> {
    let last = path.pop().expect("a path has at least one key");
    let mut table = table;
    for key in path {
        let at = key.span();
        let name = key.get_ref().to_string();
        let entry = table.entry(key).or_insert_with(|| Spanned::new(at.clone(), DeValue::Table(DeTable::new())));
        table = match entry.get_mut() {
            DeValue::Table(table) => table,
            _ => {
                let message = format!("`{name}` is a value, so nothing can be set inside of it");
                return Err(Finding::error("config::set-through-value", message, at, "no section")
                    .help(format!("set `{name}` as a whole")));
            }
        };
    }
    // Removed first, because replacing a value keeps the old key and with it the place in the file.
    table.remove(last.get_ref().as_ref());
    table.insert(last, value);
    Ok(())
}

fn invalid(text: &str, base: usize) -> Finding {
    let message = "`--set` needs a dotted key, `=` and a value";
    Finding::error("config::invalid-set", message, base..base + text.len(), "not understood")
        .help("for example `--set connector.log.path=/srv/log.csv`; a key with other characters than `A-Z a-z 0-9 - _` is quoted")
}

/// The value with every place moved by `by` bytes.
fn shifted(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let Range { start, end } = value.span();
    let value = match value.into_inner() {
        DeValue::Array(entries) => {
            DeValue::Array(entries.into_iter().map(|entry| shifted(entry, by)).collect::<DeArray<'_>>())
        }
        DeValue::Table(table) => {
            DeValue::Table(table.into_iter().map(|(key, value)| (moved(key, by), shifted(value, by))).collect())
        }
        other => other,
    };
    Spanned::new(start + by..end + by, value)
}

fn moved<T>(key: Spanned<T>, by: usize) -> Spanned<T> {
    let Range { start, end } = key.span();
    Spanned::new(start + by..end + by, key.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table after the sets, as TOML again; and the codes of those that were refused.
    fn after(file: &str, sets: &[&str]) -> (String, Vec<&'static str>) {
        let mut table = DeTable::parse(file).unwrap().into_inner();
        let codes = sets.iter().filter_map(|set| put(&mut table, set, 1000).err()).map(|f| f.code).collect();
        let value = toml::de::ValueDeserializer::from(Spanned::new(0..0, DeValue::Table(table)));
        let value: toml::Table = serde::Deserialize::deserialize(value).unwrap();
        (toml::to_string(&value).unwrap(), codes)
    }

    #[test]
    fn values_are_toml_where_they_read_as_toml_and_text_otherwise() {
        for (set, wanted) in [
            ("a=5", "a = 5\n"),
            ("a=true", "a = true\n"),
            ("a=\"5\"", "a = \"5\"\n"),
            ("a=[1, 2]", "a = [1, 2]\n"),
            ("a=", "a = \"\"\n"),
            ("a = /a/b c.csv ", "a = \"/a/b c.csv\"\n"),
            ("a=x=y", "a = \"x=y\"\n"),
            ("a=C:\\new", "a = 'C:\\new'\n"),
            ("a=1.2.3", "a = \"1.2.3\"\n"),
            ("a={ b = 1 }", "[a]\nb = 1\n"),
            ("\"x=y\".'b c'=1", "[\"x=y\"]\n\"b c\" = 1\n"),
            ("a-b.c_d=1", "[a-b]\nc_d = 1\n"),
        ] {
            assert_eq!(after("", &[set]), (wanted.to_owned(), vec![]), "{set}");
        }
    }

    #[test]
    fn what_is_there_is_replaced_and_what_is_missing_is_made() {
        let file = "[connector.log]\npath = 'a'\ntype = 'file'\n";
        let (text, codes) = after(file, &["connector.log.path=b", "connector.log.path=c", "party.acme.name=ACME"]);
        assert_eq!(codes, [""; 0]);
        assert_eq!(text, "[connector.log]\npath = \"c\"\ntype = \"file\"\n\n[party.acme]\nname = \"ACME\"\n");
    }

    #[test]
    fn what_is_no_key_and_value_is_refused() {
        for set in ["", "a", "=1", "a..b=1", "a b=1", "[a]=1", "#=1", "a#b=1", "\"a=1", "a\nb=1", "{a=1}"] {
            assert_eq!(after("", &[set]).1, ["config::invalid-set"], "{set:?}");
        }
        assert_eq!(after("a = 1\n", &["a.b=1"]), ("a = 1\n".to_owned(), vec!["config::set-through-value"]));
    }

    #[test]
    fn places_are_in_the_text_of_the_set() {
        let mut table = DeTable::new();
        let text = "a.b=[\"x\", { c = 1 }]";
        put(&mut table, text, 100).unwrap();
        let (key, value) = table["a"].get_ref().as_table().unwrap().iter().next().unwrap();
        assert_eq!(&text[key.span().start - 100..key.span().end - 100], "b");
        let inner = value.get_ref().get(1).unwrap().get_ref().get("c").unwrap();
        assert_eq!(&text[inner.span().start - 100..inner.span().end - 100], "1");
    }
}
