//! JSON lines: lines as they are, and a few values picked out of each without building anything of the rest.

use crate::config::{Settings, Shape};
use crate::dates::Look;
use crate::order::{Compared, push_order};
use crate::problem::{BAD_ENCODING, Bad, CUT_OFF, DATE_UNSTATED, NOT_JSON, RESERVED_NAME, ROW_TOO_BIG};
use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};

/// Reads one line after the other.
pub(crate) struct Lines {
    reader: BufReader<File>,
    /// Bytes of the reader's buffer that the current line has.
    pending: usize,
    scratch: Vec<u8>,
    byte: u64,
    rows: u64,
    limit: usize,
}

/// One line without white space around it.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether a line end follows; only the last line of a file may lack it.
    pub(crate) is_ended: bool,
    /// Whether the line is longer than the limit; `bytes` are its beginning.
    pub(crate) is_too_big: bool,
}

impl Lines {
    /// Reads from a byte of the file, after `rows` lines.
    pub(crate) fn new(mut file: File, byte: u64, rows: u64, limit: usize) -> io::Result<Self> {
        let mut byte = byte;
        if byte == 0 {
            byte = if crate::survey::head(&mut file, 3)? == b"\xef\xbb\xbf" { 3 } else { 0 };
        }
        file.seek(SeekFrom::Start(byte))?;
        let reader = BufReader::with_capacity(BUFFER, file);
        Ok(Self { reader, pending: 0, scratch: Vec::new(), byte, rows, limit })
    }

    /// Where the next line starts, in bytes and in lines.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.byte, self.rows)
    }

    /// The next line; lines of white space are skipped.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            self.reader.consume(std::mem::take(&mut self.pending));
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            self.rows += 1;
            if let Some(end) = memchr::memchr(b'\n', buffer) {
                self.pending = end + 1;
                self.byte += end as u64 + 1;
                if buffer[..end].trim_ascii().is_empty() {
                    continue;
                }
                // Looked up again, because a borrow cannot both be returned and end in the loop.
                let bytes = self.reader.buffer()[..end].trim_ascii();
                return Ok(Some(Line { bytes, is_ended: true, is_too_big: end > self.limit }));
            }
            let is_ended = self.gather()?;
            if !self.scratch.trim_ascii().is_empty() {
                let is_too_big = self.scratch.len() > self.limit;
                return Ok(Some(Line { bytes: self.scratch.trim_ascii(), is_ended, is_too_big }));
            }
        }
    }

    /// Puts together a line that the buffer does not hold as a whole; of too long a line a little more than the limit.
    fn gather(&mut self) -> io::Result<bool> {
        self.scratch.clear();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if self.scratch.len() <= self.limit {
                let room = (self.limit + 1 - self.scratch.len()).min(part.len());
                self.scratch.extend_from_slice(&part[..room]);
            }
            let used = part.len() + usize::from(end.is_some());
            self.byte += used as u64;
            self.reader.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

const BUFFER: usize = 256 << 10;

/// Which values to pick out of every line.
#[derive(Debug)]
pub(crate) struct Picks {
    root: Node,
    count: usize,
    /// Whether the member `@order` is ours.
    is_order_reserved: bool,
}

#[derive(Debug, Default)]
struct Node {
    slot: Option<usize>,
    members: Vec<(String, Node)>,
}

impl Picks {
    /// Each name is a member of the object or a JSON pointer into it.
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>, shape: Shape) -> Self {
        let mut picks = Self { root: Node::default(), count: 0, is_order_reserved: shape == Shape::Log };
        for name in names {
            let steps: Vec<String> = match name.strip_prefix('/') {
                Some(pointer) => pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
                None => vec![name.to_owned()],
            };
            let mut node = &mut picks.root;
            for step in steps {
                let at = node.members.iter().position(|(member, _)| *member == step).unwrap_or_else(|| {
                    node.members.push((step, Node::default()));
                    node.members.len() - 1
                });
                node = &mut node.members[at].1;
            }
            node.slot = Some(picks.count);
            picks.count += 1;
        }
        picks
    }

    /// Picks from one line, in the order of the names; what is missing, null or no scalar is `None`.
    pub(crate) fn pick<'a>(&self, line: &Line<'a>) -> Result<Picked<'a>, Bad> {
        if line.is_too_big {
            let reason =
                format!("a line is longer than anything that is read at once ({} MiB shown)", line.bytes.len() >> 20);
            return Err(bad(ROW_TOO_BIG, reason, "split the record, or leave out its attachments", line));
        }
        let text = std::str::from_utf8(line.bytes).map_err(|error| {
            if !line.is_ended && error.error_len().is_none() {
                return cut_off(line);
            }
            let reason = format!("byte {} of the line is not UTF-8", error.valid_up_to());
            bad(BAD_ENCODING, reason, "JSON is always UTF-8; export the file again", line)
        })?;
        let mut values = vec![None; self.count];
        let mut json = serde_json::Deserializer::from_str(text);
        let picked = json.deserialize_map(Object {
            node: &self.root,
            values: &mut values,
            is_outermost: true,
            is_order_reserved: self.is_order_reserved,
        });
        if let Err(error) = picked.and_then(|()| json.end()) {
            return Err(match (line.is_ended, error.classify()) {
                (false, serde_json::error::Category::Eof) => cut_off(line),
                _ if error.to_string().starts_with(RESERVED) => {
                    let reason = "the object has a member `@order`, which this connector adds itself".to_owned();
                    bad(RESERVED_NAME, reason, "rename the member", line)
                }
                _ => {
                    let reason = format!("the line is no JSON object: {error}");
                    bad(NOT_JSON, reason, "write one JSON object per line", line)
                }
            });
        }
        let values = values.into_iter().map(|value: Option<&RawValue>| scalar(value?.get())).collect();
        Ok(Picked { text, values })
    }
}

/// A line and what was picked out of it.
#[derive(Debug)]
pub(crate) struct Picked<'a> {
    pub(crate) text: &'a str,
    pub(crate) values: Vec<Option<Cow<'a, str>>>,
}

fn bad(code: &'static str, reason: String, remedy: &str, line: &Line<'_>) -> Bad {
    Bad { code, reason, remedy: remedy.to_owned(), bytes: line.bytes.to_vec() }
}

fn cut_off(line: &Line<'_>) -> Bad {
    bad(CUT_OFF, "the file ends within this line".to_owned(), "fetch the file again", line)
}

/// A text or a number as its text; numbers keep every digit that the source wrote.
fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => match json.contains('\\') {
            false => Some(Cow::Borrowed(&json[1..json.len() - 1])),
            true => serde_json::from_str(json).ok().map(Cow::Owned),
        },
        b'n' | b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}

const RESERVED: &str = "@order is reserved";

/// Reads an object into slots.
struct Object<'p, 'v, 'de> {
    node: &'p Node,
    values: &'v mut Vec<Option<&'de RawValue>>,
    is_outermost: bool,
    is_order_reserved: bool,
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(found) =
            members.next_key_seed(Key { node: self.node, is_order_reserved: self.is_order_reserved })?
        {
            match found {
                Found::Reserved => return Err(serde::de::Error::custom(RESERVED)),
                Found::Nothing => drop(members.next_value::<IgnoredAny>()?),
                Found::Node(node) => members.next_value_seed(Value { node, values: self.values })?,
            }
        }
        Ok(())
    }

    // Inside the record a pointer may meet anything; what it points to is then not there.
    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        if self.is_outermost {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        let mut at = 0;
        loop {
            let node = self.node.members.iter().find(|(member, _)| member.parse() == Ok(at)).map(|(_, node)| node);
            let more = match node {
                Some(node) => entries.next_element_seed(Value { node, values: self.values })?.is_some(),
                None => entries.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
            at += 1;
        }
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

enum Found<'p> {
    Nothing,
    Reserved,
    Node(&'p Node),
}

struct Key<'p> {
    node: &'p Node,
    is_order_reserved: bool,
}

impl<'de, 'p> DeserializeSeed<'de> for Key<'p> {
    type Value = Found<'p>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Found<'p>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'p> Visitor<'_> for Key<'p> {
    type Value = Found<'p>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Found<'p>, E> {
        if self.is_order_reserved && name == counterfoil_record::ORDER_MEMBER {
            return Ok(Found::Reserved);
        }
        let found = self.node.members.iter().find(|(member, _)| member == name);
        Ok(found.map_or(Found::Nothing, |(_, node)| Found::Node(node)))
    }
}

struct Value<'p, 'v, 'de> {
    node: &'p Node,
    values: &'v mut Vec<Option<&'de RawValue>>,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { node, values } = self;
        let inner = |values| Object { node, values, is_outermost: false, is_order_reserved: false };
        let Some(slot) = node.slot else { return deserializer.deserialize_any(inner(values)) };
        let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
        values[slot] = Some(raw);
        if node.members.is_empty() {
            return Ok(());
        }
        // Both this value and something inside it is picked.
        let mut json = serde_json::Deserializer::from_str(raw.get());
        json.deserialize_any(inner(values)).map_err(serde::de::Error::custom)
    }
}

/// The version of a record as a text that sorts: ISO moments as instants, whole numbers as numbers.
///
/// Lines are read once, so that no column proves an order of day and month: it has to be stated.
pub(crate) fn version_text(value: Option<&str>, settings: &Settings) -> Result<String, String> {
    let name = settings.version.as_deref().unwrap_or_default();
    let Some(value) = value.filter(|value| !settings.is_null(value)) else { return Ok(String::new()) };
    let mut version = String::with_capacity(32);
    let compared = match (Look::read(value), settings.stated_order(name)) {
        (Some(look), None) if look.is_year_last() => {
            return Err(format!("`{value}` can be read in two ways: {}", crate::dates_plan::both_readings(value)));
        }
        (Some(_), order) => Compared::AsDates(order.unwrap_or(crate::dates::DateOrder::Ymd)),
        (None, _) => Compared::AsTexts,
    };
    push_order(&mut version, value, compared, settings.zone());
    Ok(version)
}

/// A line whose version cannot be read.
pub(crate) fn date_unstated(reason: String, text: &str) -> Bad {
    let remedy = "state how the source orders dates: `dates = \"dmy\"`";
    Bad { code: DATE_UNSTATED, reason, remedy: remedy.to_owned(), bytes: text.as_bytes().to_vec() }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
