//! Page tokens: a place in a walk, sealed to its query and to the moment it was given. Text that nobody has to read.

use super::select::{From, Place};
use crate::bulk::mix;
use crate::servicenow::id::hash_of;
use data_encoding::BASE64URL_NOPAD;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageToken {
    /// Of the query that it belongs to.
    pub(crate) query: u64,
    pub(crate) given: i64,
    /// Which page it leads to; the first is 1.
    pub(crate) page: u64,
    pub(crate) from: From,
}

impl PageToken {
    pub(crate) fn text(&self) -> String {
        let from = match &self.from {
            From::Offset(offset) => format!("o{offset}"),
            From::After(place) => {
                let values: Vec<String> =
                    place.values.iter().map(|(word, number)| format!("{word}|{number}")).collect();
                format!("p{};{}", place.tie, values.join(";"))
            }
        };
        let inside = format!("{}\n{}\n{}\n{from}", self.query, self.given, self.page);
        BASE64URL_NOPAD.encode(format!("{:016x}\n{inside}", mix(hash_of(inside.as_bytes()))).as_bytes())
    }

    /// `None` when it was not given by this kind of site.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let (seal, inside) = text.split_once('\n')?;
        if seal != format!("{:016x}", mix(hash_of(inside.as_bytes()))) {
            return None;
        }
        let mut lines = inside.split('\n');
        let mut line = || lines.next();
        let (query, given, page) = (line()?.parse().ok()?, line()?.parse().ok()?, line()?.parse().ok()?);
        let from = line()?;
        let from = match from.strip_prefix('o') {
            Some(offset) => From::Offset(offset.parse().ok()?),
            None => {
                let mut parts = from.strip_prefix('p')?.split(';');
                let tie = parts.next()?.parse().ok()?;
                let value = |part: &str| {
                    let (word, number) = part.split_once('|')?;
                    Some((word.to_owned(), number.parse().ok()?))
                };
                From::After(Place { values: parts.map(value).collect::<Option<_>>()?, tie })
            }
        };
        Some(Self { query, given, page, from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were_and_no_others_do() {
        let place = Place { values: vec![("".into(), 5), ("OPS".into(), -7)], tie: 9 };
        for from in [From::Offset(7), From::After(place)] {
            let token = PageToken { query: 3, given: 4, page: 2, from };
            assert_eq!(PageToken::read(&token.text()), Some(token.clone()));
            assert!(!token.text().contains(['=', '&', '+']));
        }
        assert_eq!(PageToken::read("bm90aGluZw"), None);
        assert_eq!(PageToken::read(""), None);
    }
}
