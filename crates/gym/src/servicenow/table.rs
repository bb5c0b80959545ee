//! A table in memory: compact rows, sorted twice (by stamp and by id). It knows no rule of access.

use super::id::Id;
use super::schema::{Column, Definition, Kind};
use crate::bulk;
use std::borrow::Cow;
use std::collections::HashMap;

/// Stands between two values of a row; it never is a part of UTF-8.
const END: u8 = 0xff;

/// One row. All of its values but id and stamp are one piece of memory, in the order of the columns.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: Id,
    /// Unix seconds.
    pub(crate) stamp: i64,
    /// Nothing in it has to be escaped in JSON.
    pub(crate) clean: bool,
    data: Box<[u8]>,
}

impl Row {
    /// The values in the order of the columns; those of id and stamp are left out of account.
    pub(crate) fn new<'a>(id: Id, stamp: i64, values: impl Iterator<Item = &'a str>) -> Self {
        let mut data = Vec::with_capacity(256);
        for value in values {
            data.extend_from_slice(value.as_bytes());
            data.push(END);
        }
        let clean = !data.iter().any(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\');
        Self { id, stamp, clean, data: data.into() }
    }

    /// The values as they are kept, in order; columns that came later are not among them.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        memchr::memchr_iter(END, &self.data).map(move |end| {
            let value = &self.data[from..end];
            from = end + 1;
            value
        })
    }

    /// Whatever the column's kind.
    pub(crate) fn value(&self, columns: &[Column], at: usize) -> Cow<'_, [u8]> {
        match columns[at].kind {
            Kind::Id => Cow::Borrowed(self.id.bytes()),
            Kind::Stamp => Cow::Owned(bulk::table(self.stamp.max(0)).to_vec()),
            Kind::Text
            | Kind::Integer
            | Kind::Boolean
            | Kind::Moment
            | Kind::Choice
            | Kind::Reference(_)
            | Kind::List(_)
            | Kind::Duration
            | Kind::Journal => Cow::Borrowed(self.values().nth(at).unwrap_or_default()),
        }
    }

    /// All values in the order of the columns, whatever their kinds; much cheaper than one after the other.
    pub(crate) fn all<'a>(&'a self, columns: &[Column]) -> Vec<Cow<'a, [u8]>> {
        let mut values = self.values();
        let value = |column: &Column| {
            let value = values.next().unwrap_or_default();
            match column.kind {
                Kind::Id => Cow::Borrowed(self.id.bytes()),
                Kind::Stamp => Cow::Owned(bulk::table(self.stamp.max(0)).to_vec()),
                Kind::Text
                | Kind::Integer
                | Kind::Boolean
                | Kind::Moment
                | Kind::Choice
                | Kind::Reference(_)
                | Kind::List(_)
                | Kind::Duration
                | Kind::Journal => Cow::Borrowed(value),
            }
        };
        columns.iter().map(value).collect()
    }

    /// The same as texts.
    pub(crate) fn texts(&self, columns: &[Column]) -> Vec<String> {
        let text = |value: Cow<'_, [u8]>| String::from_utf8(value.into_owned()).expect("values are text");
        self.all(columns).into_iter().map(text).collect()
    }

    /// As text.
    pub(crate) fn text(&self, columns: &[Column], at: usize) -> String {
        String::from_utf8(self.value(columns, at).into_owned()).expect("values are text")
    }
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
    /// The column that stands for a row.
    pub(crate) display: usize,
    /// The column that is stamped.
    pub(crate) stamp: usize,
    /// The column that is indexed.
    pub(crate) key: Option<usize>,
    /// Whether rules of access hide some of its rows.
    pub(crate) is_record: bool,
    by_name: HashMap<String, usize>,
    slots: Vec<Option<Row>>,
    /// Slots by stamp, then by id.
    pub(crate) by_stamp: Vec<u32>,
    /// Slots by id.
    pub(crate) by_id: Vec<u32>,
    by_key: HashMap<Id, Vec<u32>>,
    sorted: bool,
}

impl Table {
    pub(crate) fn new(definition: &Definition) -> Self {
        let columns = definition.columns();
        let position = |name: &str| columns.iter().position(|column| column.name == name);
        Self {
            name: definition.name,
            display: position(definition.display).expect("a definition names its display column"),
            stamp: columns.iter().position(|column| column.kind == Kind::Stamp).expect("every table is stamped"),
            key: definition.key.and_then(position),
            is_record: definition.is_record,
            by_name: columns.iter().enumerate().map(|(at, column)| (column.name.to_string(), at)).collect(),
            columns,
            slots: Vec::new(),
            by_stamp: Vec::new(),
            by_id: Vec::new(),
            by_key: HashMap::new(),
            sorted: true,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The column of this name, made when there is none.
    pub(crate) fn column_or_add(&mut self, name: &str, kind: Kind) -> usize {
        if let Some(at) = self.column(name) {
            return at;
        }
        self.columns.push(Column { name: Cow::Owned(name.to_owned()), kind });
        self.by_name.insert(name.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    /// Whether its rows belong to domains.
    pub(crate) fn is_in_domains(&self) -> bool {
        self.column("sys_domain").is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn row(&self, slot: u32) -> Option<&Row> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// In the order of the ids.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.by_id.iter().map(|slot| self.held(*slot))
    }

    /// A row that the sorted lists name.
    pub(crate) fn held(&self, slot: u32) -> &Row {
        self.row(slot).expect("sorted slots are taken")
    }

    pub(crate) fn slot_of(&self, id: &Id) -> Option<u32> {
        let at = self.by_id.binary_search_by(|slot| self.held(*slot).id.cmp(id)).ok()?;
        Some(self.by_id[at])
    }

    pub(crate) fn find(&self, id: &Id) -> Option<&Row> {
        self.slot_of(id).map(|slot| self.held(slot))
    }

    /// Slots of the rows whose key is this, in the order in which they were written.
    pub(crate) fn of_key(&self, key: &Id) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Adds a row without sorting; [`Table::settle`] has to follow.
    pub(crate) fn load(&mut self, row: Row) {
        let slot = self.slots.len() as u32;
        self.note_key(&row, slot);
        self.slots.push(Some(row));
        self.by_stamp.push(slot);
        self.by_id.push(slot);
        self.sorted = false;
    }

    /// Sorts what was loaded.
    pub(crate) fn settle(&mut self) {
        if self.sorted {
            return;
        }
        let mut by_stamp = std::mem::take(&mut self.by_stamp);
        by_stamp.sort_unstable_by_key(|slot| self.place(*slot));
        self.by_stamp = by_stamp;
        let mut by_id = std::mem::take(&mut self.by_id);
        by_id.sort_unstable_by_key(|slot| self.held(*slot).id);
        self.by_id = by_id;
        self.sorted = true;
    }

    /// Adds a row at its place; a row with the same id is replaced.
    pub(crate) fn put(&mut self, row: Row) {
        if let Some(slot) = self.slot_of(&row.id) {
            let before = self.rank((self.held(slot).stamp, row.id));
            self.by_stamp.remove(before);
            let after = self.rank((row.stamp, row.id));
            self.by_stamp.insert(after, slot);
            self.slots[slot as usize] = Some(row);
            return;
        }
        let slot = self.slots.len() as u32;
        self.note_key(&row, slot);
        let by_stamp = self.rank((row.stamp, row.id));
        let by_id = self.by_id.partition_point(|other| self.held(*other).id < row.id);
        self.slots.push(Some(row));
        self.by_stamp.insert(by_stamp, slot);
        self.by_id.insert(by_id, slot);
    }

    pub(crate) fn remove(&mut self, id: &Id) -> Option<Row> {
        let slot = self.slot_of(id)?;
        let by_stamp = self.rank((self.held(slot).stamp, *id));
        self.by_stamp.remove(by_stamp);
        let by_id = self.by_id.partition_point(|other| self.held(*other).id < *id);
        self.by_id.remove(by_id);
        self.slots[slot as usize].take()
    }

    /// How many rows come before this place in the order of the stamps.
    pub(crate) fn rank(&self, place: (i64, Id)) -> usize {
        self.by_stamp.partition_point(|slot| self.place(*slot) < place)
    }

    /// How many rows have a stamp before this one.
    pub(crate) fn rank_of_stamp(&self, stamp: i64) -> usize {
        self.by_stamp.partition_point(|slot| self.held(*slot).stamp < stamp)
    }

    fn place(&self, slot: u32) -> (i64, Id) {
        let row = self.held(slot);
        (row.stamp, row.id)
    }

    fn note_key(&mut self, row: &Row, slot: u32) {
        let Some(key) = self.key else { return };
        if let Some(id) = Id::parse(&row.value(&self.columns, key)) {
            self.by_key.entry(id).or_default().push(slot);
        }
    }

    /// A row from values by name, the others empty.
    pub(crate) fn compose(&self, id: Id, stamp: i64, values: &[(&str, &str)]) -> Row {
        let mut all = vec![""; self.columns.len()];
        for (name, value) in values {
            if let Some(at) = self.column(name) {
                all[at] = value;
            }
        }
        Row::new(id, stamp, all.into_iter())
    }
}
