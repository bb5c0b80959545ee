//! Changelogs: of one issue with offsets, of many with a token. It opens no socket.

use super::entities::Form;
use super::instance::Sight;
use super::issue::{History, Issue};
use super::wire::{Asking, bean, cut, json_reply, refused};
use crate::loopback::reply::Reply;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `/issue/{id}/changelog`: oldest first.
pub(crate) fn of_one(form: &Form<'_>, asking: &Asking<'_>, issue: &Issue) -> Reply {
    let start = asking.number("startAt").unwrap_or(0);
    let most = asking.number("maxResults").unwrap_or(100).min(100);
    let values = cut(&issue.history, start, most).iter().map(|one| form.history(one)).collect();
    bean(asking, values, (start, most, issue.history.len() as u64))
}

/// `/changelog/bulkfetch`: by moment, then issue; one issue can be spread over pages.
pub(crate) fn of_many(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let instance = form.instance;
    let (asked, fields) = (asking.list("issueIdsOrKeys"), asking.list("fieldIds"));
    if asked.is_empty() || asked.len() > 1_000 || fields.len() > 10 {
        return refused(instance, 400, "issueIdsOrKeys takes 1 to 1000, fieldIds at most 10.");
    }
    let seen = |issue: &&Arc<Issue>| asking.sight == Sight::Account && instance.sees(asking.sight, issue);
    let issues: Vec<&Arc<Issue>> = asked.iter().filter_map(|id| instance.find(id)).filter(seen).collect();
    let mut all: Vec<(i64, u64, &History)> = Vec::new();
    for issue in &issues {
        let fits = |entry: &&History| {
            fields.is_empty()
                || entry.items.iter().any(|item| item.field_id.as_ref().is_some_and(|id| fields.contains(id)))
        };
        all.extend(issue.history.iter().filter(fits).map(|entry| (entry.at, issue.id, entry)));
    }
    all.sort_by_key(|(at, issue, entry)| (*at, *issue, entry.id));
    all.dedup_by_key(|(_, issue, entry)| (*issue, entry.id));
    let most = asking.number("maxResults").unwrap_or(1_000).clamp(1, 10_000);
    let start = asking.text("nextPageToken");
    let Some(start) = (if start.is_empty() { Some(0) } else { start.strip_prefix("c").and_then(|n| n.parse().ok()) })
    else {
        return refused(instance, 400, "The provided next page token is invalid or expired.");
    };
    let page = cut(&all, start, most);
    let mut logs: Vec<(u64, Vec<Value>)> = Vec::new();
    for (at, issue, entry) in page {
        let mut value = form.history(entry);
        if instance.switches.bulk_changelog_millis {
            value["created"] = (*at).into();
        }
        match logs.iter_mut().find(|(id, _)| id == issue) {
            Some((_, values)) => values.push(value),
            None => logs.push((*issue, vec![value])),
        }
    }
    let logs: Vec<Value> =
        logs.into_iter().map(|(id, values)| json!({"issueId": id.to_string(), "changeHistories": values})).collect();
    let mut body = Map::new();
    body.insert("issueChangeLogs".into(), Value::Array(logs));
    let end = start + page.len() as u64;
    if end < all.len() as u64 {
        body.insert("nextPageToken".into(), format!("c{end}").into());
    }
    json_reply(200, &Value::Object(body), page.len() as u64)
}
