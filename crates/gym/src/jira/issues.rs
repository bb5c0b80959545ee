//! One issue and what belongs to it, and many by their ids. It opens no socket.

use super::entities::Form;
use super::histories;
use super::instance::Edition;
use super::issue::{Comment, Issue};
use super::render::Fields;
use super::wire::{Asking, cut, json_reply, refused};
use crate::loopback::reply::Reply;
use serde_json::{Value, json};
use std::sync::Arc;

const NOT_THERE: &str = "Issue does not exist or you do not have permission to see it.";

/// `/issue/{idOrKey}` and what is below it.
pub(crate) fn one(form: &Form<'_>, asking: &Asking<'_>, id: &str, rest: &[&str]) -> Reply {
    let instance = form.instance;
    let seen = |issue: &&Arc<Issue>| instance.sees(asking.sight, issue);
    let Some(issue) = instance.find(id).filter(seen) else { return refused(instance, 404, NOT_THERE) };
    let denied = rest.first().is_some_and(|what| instance.switches.denies(what));
    if denied {
        return refused(instance, 403, "You do not have the permission to see this.");
    }
    match rest {
        [] => {
            let mut value = form.issue(issue, &Fields::new(&asking.list("fields"), "*all"));
            if asking.list("expand").iter().any(|one| one == "changelog") {
                value["changelog"] = form.changelog(issue);
            }
            json_reply(200, &value, 1)
        }
        ["changelog"] if instance.edition == Edition::Cloud && !instance.switches.changelog_missing => {
            histories::of_one(form, asking, issue)
        }
        ["comment"] => comments(form, asking, issue),
        ["remotelink"] => {
            let wanted = asking.text("globalId");
            let links = issue.remote_links.iter().filter(|link| wanted.is_empty() || link.global_id == wanted);
            let links: Vec<Value> = links.map(|link| form.remote_link(issue, link)).collect();
            let rows = links.len() as u64;
            json_reply(200, &Value::Array(links), rows)
        }
        _ => super::route::nowhere(asking),
    }
}

fn comments(form: &Form<'_>, asking: &Asking<'_>, issue: &Issue) -> Reply {
    let start = asking.number("startAt").unwrap_or(0);
    let most = match (asking.number("maxResults"), form.instance.edition) {
        (Some(most), Edition::Cloud) => most.min(100),
        (None, Edition::Cloud) => 50,
        (most, Edition::DataCenter) => most.unwrap_or(u64::from(u32::MAX)),
    };
    let mut all: Vec<&Comment> = issue.comments.iter().collect();
    if asking.text("orderBy") == "-created" {
        all.reverse();
    }
    let comments: Vec<Value> = cut(&all, start, most).iter().map(|one| form.comment(issue, one)).collect();
    let rows = comments.len() as u64;
    let most = most.min(all.len().max(comments.len()) as u64);
    let body = json!({"startAt": start, "maxResults": most, "total": all.len(), "comments": comments});
    json_reply(200, &body, rows)
}

/// `POST /issue/bulkfetch`: by id, and what is missing beside it.
pub(crate) fn many(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let instance = form.instance;
    let asked = asking.list("issueIdsOrKeys");
    if asked.is_empty() || asked.len() > 100 {
        return refused(instance, 400, "issueIdsOrKeys takes 1 to 100 ids or keys.");
    }
    let fields = Fields::new(&asking.list("fields"), "*navigable");
    let expands = asking.list("expand").iter().any(|one| one == "changelog");
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for id in &asked {
        match instance.find(id).filter(|issue| instance.sees(asking.sight, issue)) {
            Some(issue) => found.push(issue),
            None => errors.push(json!({"id": id, "errorMessage": NOT_THERE})),
        }
    }
    found.sort_by_key(|issue| issue.id);
    found.dedup_by_key(|issue| issue.id);
    let write = |issue: &&Arc<Issue>| {
        let mut value = form.issue(issue, &fields);
        if expands {
            value["changelog"] = form.changelog(issue);
        }
        value
    };
    let issues: Vec<Value> = found.iter().map(write).collect();
    let rows = issues.len() as u64;
    let mut body = json!({"expand": "names,schema", "issueErrors": errors});
    body["issues"] = Value::Array(issues);
    json_reply(200, &body, rows)
}
