//! The session of a source: ServiceNow opens a new one for every request that comes without its cookie.
//!
//! It keeps the few cookies that name a session and its node, for the client's own origin, and sends them nowhere else.

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use std::collections::BTreeMap;
use std::sync::Mutex;

const MOST_BYTES: usize = 4096;
const MOST_COOKIES: usize = 8;

/// The cookies that are kept.
#[derive(Default)]
pub(crate) struct Cookies {
    kept: Mutex<BTreeMap<String, String>>,
}

impl Cookies {
    /// The header of the next request.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let kept = self.kept.lock().expect("nothing panics while it holds the cookies");
        let pairs: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        drop(kept);
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|header| !header.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }

    /// Keeps what an answer sets. A refused credential ends the session.
    pub(crate) fn take(&self, headers: &HeaderMap, status: u16) {
        let mut kept = self.kept.lock().expect("nothing panics while it holds the cookies");
        if status == 401 {
            kept.clear();
        }
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.trim().split_once('=') else { continue };
            let is_session = name == "JSESSIONID" || name == "glide_user_route" || name.starts_with("BIGipServer");
            if !is_session || name.len() + value.len() > MOST_BYTES {
                continue;
            }
            if value.is_empty() || is_over(attributes) {
                kept.remove(name);
            } else if kept.len() < MOST_COOKIES || kept.contains_key(name) {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn is_over(attributes: &str) -> bool {
    attributes.split(';').filter_map(|attribute| attribute.trim().split_once('=')).any(|(name, value)| {
        name.eq_ignore_ascii_case("max-age") && value.trim().parse::<i64>().is_ok_and(|secs| secs <= 0)
    })
}
