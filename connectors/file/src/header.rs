//! The first row of a table: which delimiter, which columns, and whether it is a header at all.

use crate::config::{Format, Settings};
use crate::dates::Look;
use crate::problem::{COLUMN_MISSING, COLUMN_TWICE, HEADER_DAMAGED, Refusal, TOO_MANY_COLUMNS};
use counterfoil_diagnostics::did_you_mean;
use std::collections::BTreeSet;

/// What a delimiter can be.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Members that this connector adds itself.
const RESERVED: [&str; 2] = ["@dates", "@order"];

/// The delimiter that splits the beginning of a text best: the named columns are there, and rows as wide as the header.
pub(crate) fn find_delimiter(sample: &str, sample_is_whole: bool, settings: &Settings) -> u8 {
    let scored =
        DELIMITERS.into_iter().map(|delimiter| (score(sample, sample_is_whole, delimiter, settings), delimiter));
    // Of equals the first wins: `max_by_key` would take the last.
    scored.rev().max_by_key(|(score, _)| *score).map_or(b',', |(_, delimiter)| delimiter)
}

/// Line 1 of files that Excel wrote for itself: `sep=;`.
pub(crate) fn stated_in_text(sample: &str) -> Option<(u8, usize)> {
    let line = sample.lines().next()?;
    let &[delimiter] = line.trim_matches('"').strip_prefix("sep=")?.as_bytes() else { return None };
    let line_end = sample[line.len()..].find('\n')? + line.len() + 1;
    DELIMITERS.contains(&delimiter).then_some((delimiter, line_end))
}

fn score(sample: &str, is_whole: bool, delimiter: u8, settings: &Settings) -> (usize, usize, usize) {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(sample.as_bytes());
    let mut rows: Vec<csv::StringRecord> = reader.records().take(100).map_while(Result::ok).collect();
    if !is_whole && rows.len() > 1 {
        // The sample may cut its last row.
        rows.pop();
    }
    let Some((header, rows)) = rows.split_first() else { return (0, 0, 0) };
    let named = wanted(settings).into_iter().filter(|name| header.iter().any(|column| column == *name)).count();
    let alike = rows.iter().filter(|row| row.len() == header.len()).count();
    let alike_permille = if rows.is_empty() { 1000 } else { alike * 1000 / rows.len() };
    if header.len() == 1 { (named, 0, 1) } else { (named, alike_permille, header.len()) }
}

/// The columns that the configuration names.
pub(crate) fn wanted(settings: &Settings) -> Vec<&str> {
    let mut names: Vec<&str> = vec![&settings.key];
    names.extend(settings.version.as_deref());
    names.extend(settings.order_by.iter().map(String::as_str));
    if settings.format != Format::Jsonl {
        names.extend(settings.date_columns.iter().flatten().map(String::as_str));
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// Checks a header; every problem of it at once.
pub(crate) fn check(header: &[String], settings: &Settings) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let damaged = |reason: String| {
        Refusal::new(HEADER_DAMAGED, reason, "the first row must name every column; export the file again").at("row 1")
    };
    if header.len() > settings.limits.columns {
        let reason = format!("{} columns, and at most {} are read", header.len(), settings.limits.columns);
        return Err(vec![Refusal::new(TOO_MANY_COLUMNS, reason, "export fewer columns").at("row 1")]);
    }
    if header.iter().any(|name| name.contains('\0')) {
        return Err(vec![damaged("the header has NUL bytes: this is no text, or a damaged one".to_owned())]);
    }
    if header.iter().any(|name| name.contains('\u{fffd}')) {
        return Err(vec![damaged("the header has bytes that mean nothing in the file's encoding".to_owned())]);
    }
    if header.iter().any(|name| name.len() > 4096) {
        return Err(vec![damaged("the header has a name of more than 4096 bytes: a quote may be missing".to_owned())]);
    }
    let missing: Vec<&str> =
        wanted(settings).into_iter().filter(|name| !header.iter().any(|column| column == name)).collect();
    if let Some(value) = header.iter().find(|name| looks_like_data(name, !missing.is_empty())) {
        return Err(vec![damaged(format!("the first row looks like data, not like a header: `{value}`"))]);
    }
    let nameless: Vec<String> =
        (1..=header.len()).filter(|at| header[at - 1].trim().is_empty()).map(|at| at.to_string()).collect();
    if !nameless.is_empty() {
        refusals.push(damaged(format!("column {} of {} has no name", nameless.join(", "), header.len())));
    }
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<&str> =
        header.iter().map(String::as_str).filter(|name| !name.trim().is_empty() && !seen.insert(*name)).collect();
    for name in twice {
        let places: Vec<String> =
            (1..=header.len()).filter(|at| header[at - 1] == name).map(|at| at.to_string()).collect();
        let reason = format!("the column `{name}` stands in the header more than once: columns {}", places.join(", "));
        let refusal = Refusal::new(COLUMN_TWICE, reason, "give every column its own name, or export one of them only");
        refusals.push(refusal.at("row 1"));
    }
    if let Some(name) = header.iter().find(|name| RESERVED.contains(&name.as_str())) {
        refusals.push(damaged(format!("a column is named `{name}`, which this connector uses itself")));
    }
    for name in missing {
        refusals.push(column_missing(name, header));
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn column_missing(name: &str, header: &[String]) -> Refusal {
    let mut shown: Vec<String> = header.iter().take(12).map(|name| format!("`{name}`")).collect();
    if header.len() > shown.len() {
        shown.push(format!("… ({} in all)", header.len()));
    }
    let remedy = match did_you_mean(name, header.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "name a column that the file has, or state its `delimiter`".to_owned(),
    };
    let reason = format!("there is no column `{name}`; the header has {}", shown.join(", "));
    Refusal::new(COLUMN_MISSING, reason, remedy).at("row 1")
}

/// A date is never a name. A number may be one, as long as the columns that are looked for are there.
fn looks_like_data(name: &str, is_column_missing: bool) -> bool {
    Look::read(name).is_some() || (is_column_missing && !name.trim().is_empty() && name.trim().parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::settings;
    use std::path::Path;

    fn keyed(more: &str) -> Settings {
        settings(Path::new(""), &format!("path = 'a'\nkey = 'number'\n{more}"), None, None)
    }

    fn codes(header: &str) -> Vec<(&'static str, String)> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let refusals = check(&header, &keyed("version = 'updated'")).err().unwrap_or_default();
        refusals.into_iter().map(|refusal| (refusal.code, refusal.reason)).collect()
    }

    #[test]
    fn a_damaged_header_is_named() {
        let table: [(&str, &[&str]); 9] = [
            ("number,updated,2016", &[]),
            ("number,updated,,x", &[HEADER_DAMAGED]),
            ("number,updated,number", &[COLUMN_TWICE]),
            ("number,updated,a,a,,b,b", &[HEADER_DAMAGED, COLUMN_TWICE, COLUMN_TWICE]),
            ("Number,updated", &[COLUMN_MISSING]),
            ("INC1,29-02-2016 01:16,x", &[HEADER_DAMAGED]),
            ("INC1,12,x", &[HEADER_DAMAGED]),
            ("num\0ber,updated", &[HEADER_DAMAGED]),
            ("number,updated,@dates", &[HEADER_DAMAGED]),
        ];
        for (header, expected) in table {
            let found: Vec<&str> = codes(header).into_iter().map(|(code, _)| code).collect();
            assert_eq!(found, expected, "{header}");
        }
        assert_eq!(
            codes("number,updated,a,a")[0].1,
            "the column `a` stands in the header more than once: columns 3, 4"
        );
    }

    #[test]
    fn a_misspelt_column_is_offered() {
        let header = ["number".to_owned(), "updatd".to_owned()];
        let refusals = check(&header, &keyed("version = 'updated'")).unwrap_err();
        assert_eq!(refusals[0].remedy, "did you mean `updatd`?");
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_even_rows() {
        let table = [
            ("number;text\n1;a,b\n2;c,d\n", b';'),
            ("number,text\n1,a;b;c\n2,c\n", b','),
            ("number\ttext\n1\t\"a,\n,b\"\n", b'\t'),
            ("number|a\n1|2\n", b'|'),
            ("number\n1\n2\n", b','),
            ("numbr;text,x\n1;a,b\n2;c\n", b';'),
        ];
        for (text, delimiter) in table {
            assert_eq!(char::from(find_delimiter(text, true, &keyed(""))), char::from(delimiter), "{text}");
        }
        assert_eq!(stated_in_text("sep=;\r\nnumber;a\r\n"), Some((b';', 7)));
        assert_eq!(stated_in_text("separator=;\n"), None);
    }
}
