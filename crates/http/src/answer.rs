//! What an API answered, complete and checked.

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, LINK};
use std::time::UNIX_EPOCH;
use url::Url;

/// An answer that is complete JSON, or the API's way to say that there is nothing.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON text: one complete value. Empty if `is_empty`.
    pub body: String,
    /// Whether the status is one of those by which the request lets the API say "nothing there".
    pub is_empty: bool,
    /// `Link: <…>; rel="next"`, on the same origin.
    pub next: Option<Url>,
    /// `X-Total-Count`. ServiceNow counts before it hides rows.
    pub total_count: Option<u64>,
    /// The server's clock as it answered: `Date`.
    pub date: Option<Timestamp>,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    /// A header's value, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The server's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(text(headers, DATE.as_str())?)
}

/// A date as HTTP writes it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()
}

pub(crate) fn total_count(headers: &HeaderMap) -> Option<u64> {
    text(headers, "x-total-count")?.trim().parse().ok()
}

/// The target of `rel="next"` as it is written; RFC 8288, as far as APIs use it.
pub(crate) fn next_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_in)
}

fn next_in(mut rest: &str) -> Option<String> {
    while let Some((_, link)) = rest.split_once('<') {
        let (target, after) = link.split_once('>')?;
        // Parameters end where the next target begins; a `,` or `;` inside quotes is not told apart, because no target
        // stands in quotes.
        let parameters = after.split('<').next().unwrap_or_default();
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.trim().to_owned());
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn next(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, HeaderValue::from_str(value).unwrap());
        }
        next_link(&headers)
    }

    #[test]
    fn the_next_link_is_found_wherever_it_stands() {
        let a = Some("https://a/x?o=2".to_owned());
        assert_eq!(next(&["<https://a/x?o=0>;rel=\"first\",<https://a/x?o=2>;rel=\"next\""]), a);
        assert_eq!(next(&["<https://a/x?o=2>; title=\"a, b\"; REL=Next, <https://a/x?o=9>; rel=last"]), a);
        assert_eq!(next(&["<https://a/x?o=0>; rel=prev", "<https://a/x?o=2>; rel=\"last next\""]), a);
        assert_eq!(next(&["<https://a/x?a=1,2&o=2>; rel=next"]), Some("https://a/x?a=1,2&o=2".to_owned()));
        assert_eq!(next(&["<https://a/x>; rel=\"nextish\"", "rel=next", "<https://a", ""]), None);
        assert_eq!(next(&[]), None);
    }

    #[test]
    fn dates_are_read_in_the_three_forms_of_http() {
        let expected = Some(Timestamp::from_second(784_111_777).unwrap());
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(text), expected, "{text}");
        }
        assert_eq!(http_date("soon"), None);
    }
}
