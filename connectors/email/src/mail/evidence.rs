//! What a mail says about its own delivery: reports of servers (RFC 3464) and results of checks (RFC 8601).
//!
//! It decides nothing about whom to believe.

use super::fields::Fields;
use super::words;
use crate::record::Limits;
use serde::Serialize;
use std::collections::BTreeMap;

/// One `Authentication-Results` field.
#[derive(Debug, Serialize)]
pub(crate) struct Authentication {
    authserv_id: String,
    results: BTreeMap<String, String>,
    raw: String,
}

/// What a report says about one recipient.
#[derive(Debug, Serialize)]
pub(crate) struct Delivery {
    action: Option<String>,
    status: Option<String>,
    recipient: Option<String>,
    original_message_id: Option<String>,
}

const MOST_RESULTS: usize = 20;
const MOST_RECIPIENTS: usize = 100;

/// All `Authentication-Results`, the top one, which was written last, first.
pub(crate) fn authentication(fields: &Fields<'_>) -> Vec<Authentication> {
    let of_name = fields.iter().filter(|(name, _)| *name == "authentication-results");
    of_name.take(MOST_RESULTS).map(|(_, raw)| results(&words::text(raw, None))).collect()
}

fn results(text: &str) -> Authentication {
    let bare = words::without_comments(text);
    let mut parts = bare.split(';').map(str::trim);
    let authserv_id = parts.next().and_then(|id| id.split_whitespace().next()).unwrap_or_default().to_lowercase();
    let mut results: BTreeMap<String, String> = BTreeMap::new();
    for part in parts.take(100) {
        let Some((method, result)) = part.split_whitespace().next().and_then(|first| first.split_once('=')) else {
            continue;
        };
        // `dkim/1=pass` has a version.
        let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let result = result.to_ascii_lowercase();
        if method.is_empty() || result.is_empty() {
            continue;
        }
        // A mail may have several signatures; one that holds is enough.
        match results.get_mut(&method) {
            Some(known) if method == "dkim" && result == "pass" => *known = result,
            Some(_) => {}
            None => {
                results.insert(method, result);
            }
        }
    }
    let mut raw = text.to_owned();
    super::cut(&mut raw, 2048);
    Authentication { authserv_id, results, raw }
}

/// The recipients of a `message/delivery-status`: groups of fields, the first of which is about the whole mail.
pub(crate) fn deliveries(report: &[u8], original_message_id: Option<&str>, limits: &Limits) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let mut at = 0;
    while at < report.len() && deliveries.len() < MOST_RECIPIENTS {
        let Ok((fields, next)) = Fields::scan(report, at, std::iter::empty(), limits) else { break };
        at = next.max(at + 1);
        let one = |name: &str| fields.text(name).filter(|text| !text.is_empty());
        let address = |name: &str| {
            let text = one(name)?;
            let address = text.split_once(';').map_or(text.as_str(), |(_, address)| address);
            Some(address.trim().trim_matches(['<', '>']).to_owned())
        };
        let recipient = address("final-recipient").or_else(|| address("original-recipient"));
        let (action, status) = (one("action").map(|word| word.to_ascii_lowercase()), one("status"));
        if recipient.is_none() && action.is_none() && status.is_none() {
            continue;
        }
        let status = status.and_then(|text| text.split_whitespace().next().map(str::to_owned));
        deliveries.push(Delivery {
            action,
            status,
            recipient,
            original_message_id: original_message_id.map(str::to_owned),
        });
    }
    deliveries
}
