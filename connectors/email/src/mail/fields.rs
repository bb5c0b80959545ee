//! The head of a mail or of a part: its fields as they stand, and read one by one.
//!
//! It never looks at a body.

use super::parameters::Declared;
use super::structure::is_delimiter;
use super::words;
use super::{Refused, refuse};
use crate::record::Limits;
use mail_parser::{Address, HeaderValue, MessageParser};
use std::borrow::Cow;

/// The fields of one head, in their order.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    /// Lower-case name, and the value with its folds.
    all: Vec<(String, &'a [u8])>,
    /// Whether a line of the head was no field.
    pub(crate) has_stray_lines: bool,
}

/// Somebody in a field of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

impl<'a> Fields<'a> {
    /// Reads the head that starts at `at`; where its body starts. A delimiter of an open multipart ends it, too.
    pub(crate) fn scan<'b>(
        mail: &'a [u8],
        mut at: usize,
        boundaries: impl Iterator<Item = &'b [u8]> + Clone,
        limits: &Limits,
    ) -> Result<(Self, usize), Refused> {
        let start = at;
        let mut fields = Self::default();
        // The field that is being read: its name, and where its value starts and ends so far.
        let mut current: Option<(String, usize, usize)> = None;
        while at < mail.len() {
            let window = &mail[at..mail.len().min(start + limits.header_bytes + 2)];
            let Some(length) = memchr::memchr(b'\n', window).map(|length| length + 1).or_else(|| {
                let is_last = at + window.len() == mail.len();
                is_last.then_some(window.len())
            }) else {
                return Err(too_long(limits));
            };
            let line = &window[..length];
            if line == b"\n" || line == b"\r\n" {
                at += length;
                break;
            }
            if is_delimiter(line, boundaries.clone()) {
                break;
            }
            if at + length - start > limits.header_bytes {
                return Err(too_long(limits));
            }
            let is_fold = matches!(line[0], b' ' | b'\t');
            if let Some((_, _, end)) = current.as_mut().filter(|_| is_fold) {
                *end = at + length;
            } else if let Some(colon) = memchr::memchr(b':', line).filter(|colon| is_name(line, *colon)) {
                fields.take(mail, current.take());
                let name = String::from_utf8_lossy(&line[..colon]).trim().to_ascii_lowercase();
                current = Some((name, at + colon + 1, at + length));
            } else if !is_fold && current.is_none() && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
                // The line that a mailbox file puts before a mail.
            } else {
                fields.has_stray_lines = true;
                fields.take(mail, current.take());
            }
            if fields.all.len() >= limits.header_fields {
                let most = limits.header_fields;
                return Err(refuse("email::header-too-large", format!("a head has more than {most} fields")));
            }
            at += length;
        }
        fields.take(mail, current);
        Ok((fields, at))
    }

    fn take(&mut self, mail: &'a [u8], field: Option<(String, usize, usize)>) {
        if let Some((name, start, end)) = field {
            self.all.push((name, &mail[start..end]));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The names and raw values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.all.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// The raw value of the first field of this name.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The first field of this name as text: unfolded, encoded words decoded.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(|raw| words::text(raw, None))
    }

    /// The ids in angle brackets of all fields of this name, each once. Where there are no brackets, the words.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for (_, raw) in self.iter().filter(|(known, _)| *known == name) {
            let text: String = words::raw_text(raw, None).0.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let mut found: Vec<String> = text
                .split('<')
                .skip(1)
                .filter_map(|rest| rest.split_once('>'))
                .map(|(id, _)| id.chars().filter(|c| !c.is_whitespace()).collect())
                .collect();
            if found.is_empty() && !text.contains('<') {
                found = text.split_whitespace().map(str::to_owned).collect();
            }
            for id in found {
                if !id.is_empty() && id.len() <= 998 && !ids.contains(&id) && ids.len() < 200 {
                    ids.push(id);
                }
            }
        }
        ids
    }

    /// The people in all fields of this name; groups are their members.
    pub(crate) fn people(&self, name: &str) -> Vec<Person> {
        let mut people = Vec::new();
        for (_, raw) in self.iter().filter(|(known, _)| *known == name) {
            let value = parsed("From", raw);
            let Some(HeaderValue::Address(address)) = value else { continue };
            let listed: Box<dyn Iterator<Item = &mail_parser::Addr<'_>>> = match &address {
                Address::List(list) => Box::new(list.iter()),
                Address::Group(groups) => Box::new(groups.iter().flat_map(|group| &group.addresses)),
            };
            for person in listed.take(1000) {
                let address = person.address.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let name = person.name.as_deref().map(words::tidy).filter(|text| !text.is_empty());
                // `From: somebody` without an address is a name.
                let (name, address) = match (name, address) {
                    (None, Some(only)) if !only.contains('@') => (Some(words::tidy(only)), None),
                    (name, address) => (name, address.map(lower_domain)),
                };
                if name.is_some() || address.is_some() {
                    people.push(Person { name, address });
                }
            }
        }
        people
    }

    pub(crate) fn content_type(&self) -> Option<Declared> {
        let declared = Declared::read(self.raw("content-type")?);
        (declared.name.split('/').filter(|word| !word.is_empty()).count() == 2).then_some(declared)
    }

    pub(crate) fn disposition(&self) -> Option<Declared> {
        let mut declared = Declared::read(self.raw("content-disposition")?);
        declared.name = declared.name.split('/').next().unwrap_or_default().to_owned();
        Some(declared)
    }

    /// The word of `Content-Transfer-Encoding`, lower case.
    pub(crate) fn encoding(&self) -> String {
        let text = self.text("content-transfer-encoding").unwrap_or_default();
        text.split([';', ' ', '(']).next().unwrap_or_default().trim_matches('"').to_ascii_lowercase()
    }

    pub(crate) fn is_not_encoded(&self) -> bool {
        !matches!(self.encoding().as_str(), "base64" | "quoted-printable" | "x-uuencode" | "uuencode")
    }
}

fn too_long(limits: &Limits) -> Refused {
    refuse("email::header-too-large", format!("a head has more than {} bytes", limits.header_bytes))
}

/// Field names are printable ASCII without white space; some senders put a space before the colon.
fn is_name(line: &[u8], colon: usize) -> bool {
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.len() <= 128 && name.iter().all(u8::is_ascii_graphic)
}

/// One field as mail-parser reads it, its bytes made UTF-8 and its encoded words whole before.
fn parsed(name: &'static str, raw: &[u8]) -> Option<HeaderValue<'static>> {
    let value = words::whole(raw);
    let mut head = Vec::with_capacity(name.len() + value.len() + 5);
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value.trim().as_bytes());
    head.extend_from_slice(b"\n\n");
    let mut message = MessageParser::default().parse_headers(&head)?;
    let part = message.parts.first_mut()?;
    let header = part.headers.drain(..).next()?;
    Some(header.value.into_owned())
}

/// Domains are the same in any case; what stands before the @ is the recipient's own business.
fn lower_domain(address: &str) -> String {
    let address: Cow<'_, str> = words::tidy(address).into();
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.into_owned(),
    }
}
