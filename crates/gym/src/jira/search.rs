//! The searches: `search/jql` with tokens, `search` with offsets, and the estimate of a count. It opens no socket.

use super::bind::Query;
use super::entities::Form;
use super::index::Index;
use super::instance::{Edition, Instance};
use super::issue::Issue;
use super::render::Fields;
use super::select::{Asked, Count, Found, From, select};
use super::token::PageToken;
use super::wire::{Asking, json_reply, refusal, refused};
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::servicenow::id::hash_of;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

const TOKEN_LIFE: i64 = 7 * 86_400_000;
const BAD_TOKEN: &str = "The provided next page token is invalid or expired.";
const GONE: &str = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. \
                    A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";

/// The search of Data Center, and what is left of it in Cloud.
pub(crate) fn offsets(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let instance = form.instance;
    if instance.edition == Edition::Cloud || instance.switches.search_gone {
        return refused(instance, 410, GONE);
    }
    let query = match Query::read(instance, asking.sight, &asking.text("jql")) {
        Ok(query) => query,
        Err(errors) => return refusal(instance, 400, &errors),
    };
    let start = asking.number("startAt").unwrap_or(0);
    let most = cap(instance, asking.number("maxResults").unwrap_or(50), 1_000);
    let from = From::Offset(if instance.switches.duplicate_rows { start.saturating_sub(1) } else { start });
    let limit = if instance.switches.duplicate_rows && start > 0 { most + 1 } else { most };
    let limit = shorter(instance, limit, start);
    let asked = Asked { query: &query, sight: asking.sight, from, limit, nth: asking.nth };
    let found = select(instance, &instance.index, &asked, Count::All);
    let fields = Fields::new(&asking.list("fields"), "*navigable");
    let issues = rows(form, asking, &found, &fields);
    let rows = issues.len() as u64;
    let mut body = json!({
        "expand": "names,schema",
        "startAt": start,
        "maxResults": most,
        "total": found.total,
    });
    body["issues"] = Value::Array(issues);
    json_reply(200, &body, rows)
}

/// The search of Cloud.
pub(crate) fn tokens(form: &Form<'_>, asking: &Asking<'_>, died: &mut BTreeSet<u64>) -> Reply {
    let instance = form.instance;
    let switches = &instance.switches;
    if switches.search_gone {
        return refused(instance, 410, GONE);
    }
    let text = asking.text("jql");
    let query = match Query::read(instance, asking.sight, &text) {
        Ok(query) => query,
        Err(errors) => return refusal(instance, 400, &errors),
    };
    let reconciled = asking.list("reconcileIssues");
    if reconciled.len() > 50 || reconciled.iter().any(|id| id.parse::<u64>().is_err()) {
        return refused(instance, 400, "reconcileIssues takes at most 50 numeric ids.");
    }
    let seal = hash_of(format!("{text}\n{}\n{}", asking.list("fields").join(","), reconciled.join(",")).as_bytes());
    let asked_token = asking.text("nextPageToken");
    let (page, from) = if asked_token.is_empty() {
        (0, From::Offset(0))
    } else {
        let life = match switches.page_token_secs {
            0 => TOKEN_LIFE,
            secs => i64::from(secs) * 1_000,
        };
        let good = |token: &PageToken| token.query == seal && instance.now < token.given + life;
        let Some(token) = PageToken::read(&asked_token).filter(good) else {
            return refused(instance, 400, BAD_TOKEN);
        };
        let dies = u64::from(switches.page_token_dies);
        if dies > 0 && token.page + 1 == dies && died.insert(seal) {
            return refused(instance, 400, BAD_TOKEN);
        }
        (token.page, token.from)
    };
    let fields = Fields::new(&asking.list("fields"), "id");
    let most = if fields.only_names() { 5_000 } else { 100 };
    let most = cap(instance, asking.number("maxResults").unwrap_or(50), most);
    let limit = shorter(instance, most, mix(seal) ^ page);
    let index = reconcile(instance, &reconciled);
    let asked = Asked { query: &query, sight: asking.sight, from: from.clone(), limit, nth: asking.nth };
    let found = select(instance, &index, &asked, Count::OnlyWhetherMore);
    let mut issues = rows(form, asking, &found, &fields);
    if switches.duplicate_rows && page > 0 {
        issues.splice(0..0, one_before(form, asking, &query, &from, &fields));
    }
    let next = found.more.then(|| PageToken {
        query: seal,
        given: instance.now,
        page: page + 1,
        from: match (&from, &found.last) {
            (From::Offset(offset), _) if switches.token_is_offset => From::Offset(offset + limit),
            (_, Some(place)) => From::After(place.clone()),
            (from, None) => from.clone(),
        },
    });
    let rows = issues.len() as u64;
    let mut body = json!({"isLast": next.is_none() != switches.is_last_lies});
    body["issues"] = Value::Array(issues);
    match next {
        Some(token) if switches.token_repeats && page > 0 => {
            body["nextPageToken"] = PageToken { page, from, ..token }.text().into();
        }
        Some(token) => body["nextPageToken"] = token.text().into(),
        None if switches.null_token => body["nextPageToken"] = Value::Null,
        None => {}
    }
    if switches.truncation_warned {
        body["warnings"] = json!([{"type": "CLAUSE_LIMIT_EXCEEDED", "message": "The result is cut.", "details": {}}]);
    }
    json_reply(200, &body, rows)
}

/// How many there are, as far as the index knows.
pub(crate) fn estimate(instance: &Instance, asking: &Asking<'_>) -> Reply {
    let query = match Query::read(instance, asking.sight, &asking.text("jql")) {
        Ok(query) => query,
        Err(errors) => return refusal(instance, 400, &errors),
    };
    let asked = Asked { query: &query, sight: asking.sight, from: From::Offset(0), limit: 0, nth: asking.nth };
    json_reply(200, &json!({"count": select(instance, &instance.index, &asked, Count::All).total}), 0)
}

fn cap(instance: &Instance, asked: u64, most: u64) -> u64 {
    let asked = asked.min(most);
    match u64::from(instance.switches.page_cap) {
        0 => asked,
        cap => asked.min(cap),
    }
}

/// A page of any length up to this one, none at all included.
fn shorter(instance: &Instance, limit: u64, salt: u64) -> u64 {
    if !instance.switches.short_pages || limit == 0 {
        return limit;
    }
    match mix(salt ^ 0x50a6) % 4 {
        // Offsets are moved on by what came: an empty page would be the end.
        0 if instance.edition == Edition::Cloud => 0,
        0 | 1 => limit.div_ceil(3),
        _ => limit,
    }
}

/// The index with these issues as the database has them.
fn reconcile<'a>(instance: &'a Instance, ids: &[String]) -> Cow<'a, Index> {
    if ids.is_empty() {
        return Cow::Borrowed(&instance.index);
    }
    let mut index = instance.index.clone();
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        index.learn(id, instance.issues.get(&id));
    }
    Cow::Owned(index)
}

fn one_before(form: &Form<'_>, asking: &Asking<'_>, query: &Query, from: &From, fields: &Fields) -> Vec<Value> {
    let instance = form.instance;
    let asked = Asked { query, sight: asking.sight, from: From::Offset(0), limit: u64::MAX - 1, nth: asking.nth };
    let all = select(instance, &instance.index, &asked, Count::All);
    let after = Asked { from: from.clone(), ..asked };
    let rest = select(instance, &instance.index, &after, Count::All).rows.len();
    let Some(before) = (all.rows.len() - rest).checked_sub(1) else { return Vec::new() };
    let row = Arc::clone(&all.rows[before]);
    rows(form, asking, &Found { rows: vec![row], more: false, total: 0, last: None }, fields)
}

/// In Cloud as the index knows an issue, in Data Center as the database has it.
fn rows(form: &Form<'_>, asking: &Asking<'_>, found: &Found, fields: &Fields) -> Vec<Value> {
    let instance = form.instance;
    let expand = asking.list("expand");
    let expands = |name: &str| expand.iter().any(|one| one == name);
    let write = |known: &Arc<Issue>| {
        let held = instance.issues.get(&known.id)?;
        let issue = if form.is_cloud() { known } else { held };
        let mut value = form.issue(issue, fields);
        if expands("changelog") {
            value["changelog"] = form.changelog(issue);
        }
        let row = value.as_object_mut().expect("an issue is an object");
        if instance.switches.fields_missing || (form.is_cloud() && !fields.wants_key()) {
            row.remove("key");
        }
        if instance.switches.fields_missing {
            row.remove("fields");
        }
        Some(value)
    };
    found.rows.iter().filter_map(write).collect()
}
