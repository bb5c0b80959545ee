//! The section `[connector.<instance>] type = "file"`, checked as far as it can be without looking at a file.

use crate::dates::DateOrder;
use counterfoil_diagnostics::{Finding, did_you_mean};
use counterfoil_record::Digest;
use counterfoil_sdk::ConfigSection;
use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

/// What to read and how.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) instance: String,
    /// The file or folder.
    pub(crate) path: PathBuf,
    /// What names in the folder look like: `*` stands for any run of characters, `?` for one.
    pub(crate) pattern: Option<String>,
    /// The path as the user wrote it.
    pub(crate) shown: String,
    pub(crate) format: Format,
    pub(crate) shape: Shape,
    pub(crate) key: String,
    pub(crate) version: Option<String>,
    pub(crate) order_by: Vec<String>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) sheet: Option<String>,
    /// `None`: a column whose values all look like dates is one.
    pub(crate) date_columns: Option<Vec<String>>,
    /// Orders that are stated for single columns.
    pub(crate) column_orders: BTreeMap<String, DateOrder>,
    pub(crate) nulls: Vec<String>,
    pub(crate) settle: Duration,
    pub(crate) zone: Option<(String, TimeZone)>,
    pub(crate) dates: Option<DateOrder>,
    pub(crate) limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Auto,
    Csv,
    Jsonl,
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// One row per record.
    #[default]
    Record,
    /// Many rows per record, each an update of it.
    Log,
}

/// What keeps memory bounded whatever a file holds. Bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Of one row as it stands in the file.
    pub(crate) row_bytes: usize,
    pub(crate) columns: usize,
    /// Of one record of a log, all its rows together.
    pub(crate) record_bytes: usize,
    /// Of the payloads of a page.
    pub(crate) page_bytes: usize,
    /// Of the rows that are sorted in memory.
    pub(crate) sort_bytes: usize,
    /// Of a workbook, unpacked.
    pub(crate) unpacked_bytes: u64,
    /// Of one part of a workbook that has to be held in memory: the texts that cells share.
    pub(crate) shared_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            row_bytes: 16 * MIB,
            columns: 4096,
            record_bytes: 32 * MIB,
            page_bytes: 8 * MIB,
            sort_bytes: 24 * MIB,
            unpacked_bytes: 2 << 30,
            shared_bytes: 256 << 20,
        }
    }
}

impl Settings {
    pub(crate) fn is_null(&self, value: &str) -> bool {
        self.nulls.iter().any(|null| null == value)
    }

    pub(crate) fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref().map(|(_, zone)| zone)
    }

    /// The order that is stated for a column.
    pub(crate) fn stated_order(&self, column: &str) -> Option<DateOrder> {
        self.column_orders.get(column).copied().or(self.dates)
    }

    /// Changes when files have to be read again because they would be read in another way.
    pub(crate) fn digest(&self) -> String {
        let read = (
            (self.format as u8, self.shape as u8, &self.key, &self.version, &self.order_by, self.delimiter),
            (self.encoding.map(Encoding::name), &self.sheet, &self.date_columns, &self.nulls),
            (self.zone.as_ref().map(|(name, _)| name), self.dates.map(DateOrder::word)),
            self.column_orders.iter().map(|(name, order)| (name, order.word())).collect::<Vec<_>>(),
        );
        let text = serde_json::to_string(&read).expect("these are texts and numbers");
        Digest::of_parts(&[b"counterfoil-connector-file/1", text.as_bytes()]).short()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    path: Spanned<String>,
    key: Spanned<String>,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    shape: Shape,
    version: Option<Spanned<String>>,
    order_by: Option<Spanned<Vec<Spanned<String>>>>,
    delimiter: Option<Spanned<String>>,
    encoding: Option<Spanned<String>>,
    sheet: Option<Spanned<String>>,
    date_columns: Option<DateColumns>,
    nulls: Option<Vec<String>>,
    settle_secs: Option<Spanned<u32>>,
}

/// Reads the section; every problem at once.
pub(crate) fn parse(section: ConfigSection<'_>) -> Result<Settings, Vec<Finding>> {
    let (instance, settings, folder, at) =
        (section.instance.to_owned(), section.settings, section.folder.to_owned(), section.at.clone());
    let (zone, zone_finding) = match &settings.zone {
        Some(zone) => match TimeZone::get(zone.get_ref()) {
            Ok(found) => (Some((zone.get_ref().clone(), found)), None),
            Err(_) => (None, Some(unknown_zone(zone))),
        },
        None => (None, None),
    };
    let mut findings: Vec<Finding> = zone_finding.into_iter().collect();
    let dates = settings.dates.as_ref().and_then(|dates| order(dates.get_ref(), dates.span(), &mut findings));
    let section: Section = match section.read() {
        Ok(section) => section,
        Err(mut more) => {
            findings.append(&mut more);
            return Err(findings);
        }
    };

    let (path, pattern) = split_path(&section.path, &mut findings);
    check_name(&section.key, "key", &mut findings);
    if let Some(version) = &section.version {
        check_name(version, "version", &mut findings);
    }
    check_shape(&section, at, &mut findings);
    check_format(&section, &mut findings);
    let delimiter = section.delimiter.as_ref().and_then(|text| delimiter(text, &mut findings));
    let encoding = section.encoding.as_ref().and_then(|label| encoding(label, &mut findings));
    let settle_secs = section.settle_secs.as_ref().map_or(2, |secs| *secs.get_ref());
    if let Some(secs) = section.settle_secs.as_ref().filter(|secs| *secs.get_ref() > 3600) {
        let finding = Finding::error("file::settle-secs", "`settle_secs` is too long", secs.span(), "0 to 3600");
        findings.push(finding.help("a file that was not written to for this many seconds is taken to be complete"));
    }
    let (date_columns, column_orders) = match section.date_columns {
        None => (None, BTreeMap::new()),
        Some(DateColumns::Names(names)) => (Some(names), BTreeMap::new()),
        Some(DateColumns::Orders(orders)) => {
            let names = orders.iter().map(|(name, _)| name.clone()).collect();
            let stated = orders.into_iter().filter_map(|(name, text)| {
                let span = text.span();
                Some((name, order(text.get_ref(), span, &mut findings)?))
            });
            (Some(names), stated.collect())
        }
    };
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Settings {
        instance,
        path: folder.join(path),
        pattern,
        shown: section.path.into_inner(),
        format: section.format,
        shape: section.shape,
        key: section.key.into_inner(),
        version: section.version.map(Spanned::into_inner),
        order_by: section
            .order_by
            .map(Spanned::into_inner)
            .unwrap_or_default()
            .into_iter()
            .map(Spanned::into_inner)
            .collect(),
        delimiter,
        encoding,
        sheet: section.sheet.map(Spanned::into_inner),
        date_columns,
        column_orders,
        nulls: section.nulls.unwrap_or_else(|| vec![String::new()]),
        settle: Duration::from_secs(settle_secs.into()),
        zone,
        dates,
        limits: Limits::default(),
    })
}

fn unknown_zone(zone: &Spanned<String>) -> Finding {
    let name = zone.get_ref();
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let help = match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write an IANA name: `Europe/Lisbon`, `UTC`".to_owned(),
    };
    Finding::error("file::zone", format!("there is no time zone `{name}`"), zone.span(), "unknown").help(help)
}

fn order(text: &str, at: Range<usize>, findings: &mut Vec<Finding>) -> Option<DateOrder> {
    let order = DateOrder::parse(text);
    if order.is_none() {
        let finding = Finding::error("file::dates", format!("`{text}` is no order of dates"), at, "dmy, mdy or ymd");
        findings.push(finding.help("`dmy` reads 03/04/2016 as 3 April, `mdy` as 4 March"));
    }
    order
}

/// The path and, when its last component has a `*` or `?`, the pattern.
fn split_path(path: &Spanned<String>, findings: &mut Vec<Finding>) -> (PathBuf, Option<String>) {
    let is_pattern = |text: &str| text.contains(['*', '?']);
    let text = path.get_ref();
    let (folder, name) = match text.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("", text.as_str()),
    };
    if text.is_empty() {
        let finding = Finding::error("file::path", "`path` is empty", path.span(), "a file, a folder or a pattern");
        findings.push(finding.help("for example `incoming/*.csv`"));
    } else if is_pattern(folder) {
        let finding = Finding::error("file::path", "a folder cannot be a pattern", path.span(), "here");
        findings.push(finding.help("`*` and `?` may stand in the last part only: `incoming/*.csv`"));
    } else if is_pattern(name) {
        return (PathBuf::from(folder), Some(name.to_owned()));
    }
    (PathBuf::from(text), None)
}

/// A column, or a pointer, whose escapes have to be right.
fn check_name(name: &Spanned<String>, what: &str, findings: &mut Vec<Finding>) {
    let text = name.get_ref();
    let mut escapes = text.split('~').skip(1);
    if text.is_empty() {
        let finding = Finding::error("file::column", format!("`{what}` is empty"), name.span(), "a column");
        findings.push(finding.help("a column of the table, or a member or JSON pointer of the lines"));
    } else if text.starts_with('/') && !escapes.all(|rest| rest.starts_with(['0', '1'])) {
        let finding = Finding::error("file::column", format!("`{text}` is no JSON pointer"), name.span(), "here");
        findings.push(finding.help("in a pointer `~` is written `~0`, and `/` within a name `~1`"));
    }
}

fn check_shape(section: &Section, at: Range<usize>, findings: &mut Vec<Finding>) {
    let columns = section.order_by.as_ref();
    match (section.shape, columns) {
        (Shape::Log, None) => {
            let finding = Finding::error("file::order-by", "a log needs `order_by`", at, "missing here");
            findings.push(
                finding.help("name the columns that order the rows of one record: `order_by = [\"updated_at\"]`"),
            );
        }
        (Shape::Log, Some(columns)) if columns.get_ref().is_empty() => {
            let finding =
                Finding::error("file::order-by", "`order_by` is empty", columns.span(), "at least one column");
            findings.push(finding.help("name the columns that order the rows of one record"));
        }
        (Shape::Record, Some(columns)) => {
            let finding =
                Finding::error("file::order-by", "`order_by` orders nothing here", columns.span(), "not used");
            findings.push(finding.help("it belongs to `shape = \"log\"`; for one row per record name `version`"));
        }
        (Shape::Log, Some(_)) | (Shape::Record, None) => {}
    }
    let mut seen = BTreeSet::new();
    for column in columns.iter().flat_map(|columns| columns.get_ref()) {
        check_name(column, "order_by", findings);
        if !seen.insert(column.get_ref()) {
            let message = format!("`{}` stands twice in `order_by`", column.get_ref());
            let finding = Finding::error("file::order-by", message, column.span(), "again");
            findings.push(finding.help("name every column once"));
        }
    }
    if let (Shape::Log, Some(version)) = (section.shape, &section.version) {
        let finding = Finding::error("file::version", "a log has no `version`", version.span(), "not used");
        findings.push(finding.help("the version of a log is its last row, as `order_by` orders them"));
    }
}

/// Keys that belong to another format than the stated one.
fn check_format(section: &Section, findings: &mut Vec<Finding>) {
    let mut misplaced = |key: &str, value: &Option<Spanned<String>>, formats: &[Format], belongs: &str| {
        if let Some(value) = value
            && section.format != Format::Auto
            && !formats.contains(&section.format)
        {
            let finding =
                Finding::error("file::format", format!("`{key}` means nothing here"), value.span(), "not used");
            findings.push(finding.help(format!("it belongs to `format = \"{belongs}\"`")));
        }
    };
    misplaced("delimiter", &section.delimiter, &[Format::Csv], "csv");
    misplaced("encoding", &section.encoding, &[Format::Csv], "csv");
    misplaced("sheet", &section.sheet, &[Format::Xlsx], "xlsx");
}

fn delimiter(text: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<u8> {
    match text.get_ref().as_bytes() {
        [byte @ (b',' | b';' | b'\t' | b'|')] => Some(*byte),
        _ => {
            let what = format!("`{}` is no delimiter", text.get_ref());
            let finding = Finding::error("file::delimiter", what, text.span(), "one of , ; | \\t");
            findings.push(finding.help("leave it out to have it found"));
            None
        }
    }
}

fn encoding(label: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<&'static Encoding> {
    let found = Encoding::for_label(label.get_ref().as_bytes());
    if found.is_none() {
        let what = format!("there is no encoding `{}`", label.get_ref());
        let finding = Finding::error("file::encoding", what, label.span(), "unknown");
        findings.push(finding.help("`utf-8`, `windows-1252`, `utf-16le` …; leave it out to have it found"));
    }
    found
}

/// A list of columns, or a table from columns to their orders.
enum DateColumns {
    Names(Vec<String>),
    Orders(Vec<(String, Spanned<String>)>),
}

impl<'de> Deserialize<'de> for DateColumns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = DateColumns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of columns, or a table such as { opened = \"dmy\" }")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<DateColumns, A::Error> {
                let mut read = Vec::new();
                while let Some(name) = names.next_element()? {
                    read.push(name);
                }
                Ok(DateColumns::Names(read))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut orders: A) -> Result<DateColumns, A::Error> {
                let mut read = Vec::new();
                while let Some(entry) = orders.next_entry()? {
                    read.push(entry);
                }
                Ok(DateColumns::Orders(read))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
pub(crate) mod tests;
