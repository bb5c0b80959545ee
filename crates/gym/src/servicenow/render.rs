//! Rows as JSON of the Table API. It decides nothing about access.

use super::display::Display;
use super::evaluate::Path;
use super::id::Id;
use super::instance::Tables;
use super::schema::Kind;
use super::switches::Switches;
use super::table::{Row, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `sysparm_display_value=false`.
    Raw,
    /// `true`.
    Shown,
    /// `all`.
    Both,
}

/// How rows are to be written.
pub(crate) struct Form<'a> {
    pub(crate) shape: Shape,
    /// `sysparm_exclude_reference_link`.
    pub(crate) links: Links,
    /// Name and place of every field, in order.
    pub(crate) fields: Vec<(String, Path)>,
    /// All columns in their order: a row can be written in one go.
    pub(crate) whole: Whole,
    pub(crate) base: &'a str,
    pub(crate) switches: &'a Switches,
    pub(crate) tables: &'a Tables,
    pub(crate) display: Option<Display<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Written,
    LeftOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    Row,
    Choice,
}

impl Form<'_> {
    pub(crate) fn row(&self, out: &mut Vec<u8>, table: &Table, row: &Row) {
        out.push(b'{');
        let from = out.len();
        if self.whole == Whole::Row && self.shape == Shape::Raw {
            self.whole_row(out, table, row);
        } else {
            let cells = row.all(&table.columns);
            for (name, path) in &self.fields {
                self.comma(out, from);
                string(out, name.as_bytes());
                out.push(b':');
                match path {
                    Path::Own(at) => self.own(out, table, row, (*at, &cells[*at])),
                    Path::Along { reference, table: target, column } => {
                        self.along(out, target, (&cells[*reference], *column));
                    }
                }
            }
        }
        out.push(b'}');
    }

    fn comma(&self, out: &mut Vec<u8>, from: usize) {
        if out.len() > from {
            out.push(b',');
        }
    }

    /// All values as they are, read from the row in one go.
    fn whole_row(&self, out: &mut Vec<u8>, table: &Table, row: &Row) {
        let from = out.len();
        let mut values = row.values();
        for (at, column) in table.columns.iter().enumerate() {
            let value = values.next().unwrap_or_default();
            self.comma(out, from);
            out.push(b'"');
            out.extend_from_slice(column.name.as_bytes());
            out.extend_from_slice(b"\":");
            match column.kind {
                Kind::Id => plain(out, row.id.bytes()),
                Kind::Stamp => plain(out, &crate::bulk::table(row.stamp.max(0))),
                Kind::Reference(_) | Kind::Integer | Kind::Boolean => self.raw(out, row, (at, column.kind), value),
                _ if row.clean => plain(out, value),
                _ => string(out, value),
            }
        }
    }

    /// A value of the row that a reference leads to.
    fn along(&self, out: &mut Vec<u8>, target: &str, (reference, column): (&[u8], usize)) {
        let there = self.tables.get(target).and_then(|target| Some((target, target.find(&Id::parse(reference)?)?)));
        match there {
            Some((target, row)) => self.own(out, target, row, (column, &row.value(&target.columns, column))),
            None if self.shape == Shape::Both => out.extend_from_slice(br#"{"display_value":"","value":""}"#),
            None => out.extend_from_slice(b"\"\""),
        }
    }

    fn own(&self, out: &mut Vec<u8>, table: &Table, row: &Row, (at, value): (usize, &[u8])) {
        let kind = table.columns[at].kind;
        let shown = || self.display.as_ref().map(|display| display.of(table, row, at, value)).unwrap_or_default();
        match self.shape {
            Shape::Raw => self.raw(out, row, (at, kind), value),
            Shape::Shown => match self.link(row, at, kind, value) {
                Some(target) => {
                    out.extend_from_slice(b"{\"display_value\":");
                    string(out, shown().as_bytes());
                    out.extend_from_slice(b",\"link\":");
                    self.url(out, target, value);
                    out.push(b'}');
                }
                None => string(out, shown().as_bytes()),
            },
            Shape::Both => {
                out.extend_from_slice(b"{\"display_value\":");
                string(out, shown().as_bytes());
                if let Some(target) = self.link(row, at, kind, value) {
                    out.extend_from_slice(b",\"link\":");
                    self.url(out, target, value);
                }
                out.extend_from_slice(b",\"value\":");
                self.value(out, row, (at, kind), value);
                out.push(b'}');
            }
        }
    }

    fn raw(&self, out: &mut Vec<u8>, row: &Row, (at, kind): (usize, Kind), value: &[u8]) {
        if let Some(target) = self.link(row, at, kind, value) {
            out.extend_from_slice(b"{\"link\":");
            self.url(out, target, value);
            out.extend_from_slice(b",\"value\":");
            string(out, value);
            return out.push(b'}');
        }
        self.value(out, row, (at, kind), value);
    }

    /// A value alone: a string, or a number or boolean where those are mixed in.
    fn value(&self, out: &mut Vec<u8>, row: &Row, (at, kind): (usize, Kind), value: &[u8]) {
        if self.switches.values_typed && row.id.hash(at as u64) & 1 == 0 {
            match kind {
                Kind::Integer if value.iter().all(u8::is_ascii_digit) && !value.is_empty() => {
                    out.extend_from_slice(value);
                    return out.extend_from_slice(b".0");
                }
                Kind::Boolean if matches!(value, b"true" | b"false") => return out.extend_from_slice(value),
                _ => {}
            }
        }
        string(out, value);
    }

    /// The table that a link leads to, where there is one.
    fn link(&self, row: &Row, at: usize, kind: Kind, value: &[u8]) -> Option<&'static str> {
        let Kind::Reference(target) = kind else { return None };
        let plain = self.switches.references_mixed && row.id.hash(at as u64 ^ 0x11) & 1 == 0;
        (self.links == Links::Written && !plain && !value.is_empty()).then_some(target)
    }

    fn url(&self, out: &mut Vec<u8>, target: &str, value: &[u8]) {
        out.push(b'"');
        out.extend_from_slice(self.base.as_bytes());
        out.extend_from_slice(b"/api/now/table/");
        let target = if target == "domain" { "sys_user_group" } else { target };
        out.extend_from_slice(target.as_bytes());
        out.push(b'/');
        out.extend_from_slice(value);
        out.push(b'"');
    }
}

fn plain(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(value);
    out.push(b'"');
}

/// A string of JSON.
pub(crate) fn string(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    let mut from = 0;
    for (at, byte) in value.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(&value[from..at]);
        if escape.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(escape);
        }
        from = at + 1;
    }
    out.extend_from_slice(&value[from..]);
    out.push(b'"');
}
