//! What a path names, and who answers it. It opens no socket and checks no secret.

use super::desk;
use super::directory;
use super::entities::Form;
use super::histories;
use super::instance::{Edition, Instance, Sight};
use super::issues;
use super::search;
use super::wire::{Asking, json_reply, refused};
use crate::loopback::reply::Reply;
use serde_json::json;
use std::collections::BTreeSet;

/// The path below the gateway's `/ex/jira/{cloudId}`, and the id; the whole path when it does not go through it.
pub(crate) fn below_gateway(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix("/ex/jira/").and_then(|rest| rest.split_once('/')) {
        Some((cloud_id, rest)) => (Some(cloud_id), &path[path.len() - rest.len() - 1..]),
        None => (None, path),
    }
}

/// Whether it is a page of a search.
pub(crate) fn is_search(path: &str) -> bool {
    path.ends_with("/search/jql")
        || path.ends_with("/search") && path.contains("/rest/api/") && !path.contains("project")
}

/// A family of paths by one word: `search`, `issue`, `changelog`, `comment`, `request`, …
pub(crate) fn family(path: &str) -> String {
    let path = below_gateway(path).1;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["rest", "api", _, "issue", _, what, ..] => (*what).to_owned(),
        ["rest", "api", _, "issue", "bulkfetch"] => "bulkfetch".to_owned(),
        ["rest", "api", _, what, ..] => (*what).to_owned(),
        ["rest", "servicedeskapi", "request", _, what, ..] => (*what).to_owned(),
        ["rest", "servicedeskapi", what, ..] => (*what).to_owned(),
        _ => path.to_owned(),
    }
}

/// `path` is below the gateway. `died` are walks whose token was refused once.
pub(crate) fn answer(instance: &Instance, asking: &Asking<'_>, path: &str, died: &mut BTreeSet<u64>) -> Reply {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let version = match (parts.as_slice(), instance.edition) {
        (["rest", "api", "3", ..], Edition::Cloud) => 3,
        (["rest", "api", "2", ..], _) | (["rest", "api", "latest", ..], Edition::DataCenter) => 2,
        (["rest", "api", "latest", ..], Edition::Cloud) => 3,
        (["rest", "servicedeskapi", rest @ ..], _) => {
            return desk::answer(&Form::new(instance, asking.base, 2), asking, rest);
        }
        _ => return nowhere(asking),
    };
    let form = Form::new(instance, asking.base, version);
    let cloud = instance.edition == Edition::Cloud;
    let post = asking.request.method == "POST";
    if asking.request.method != "GET" && !post {
        return refused(instance, 405, "Method not allowed");
    }
    match &parts[3..] {
        ["serverInfo"] => directory::server_info(&form),
        ["myself"] => directory::myself(&form, asking),
        ["search"] => search::offsets(&form, asking),
        ["search", "jql"] if cloud => search::tokens(&form, asking, died),
        ["search", "approximate-count"] if cloud && post => search::estimate(instance, asking),
        ["issue", "bulkfetch"] if cloud && post => issues::many(&form, asking),
        ["changelog", "bulkfetch"] if cloud && post && !instance.switches.bulk_changelog_missing => {
            if instance.switches.denies("changelog") {
                return refused(instance, 403, "You do not have the permission to see this.");
            }
            histories::of_many(&form, asking)
        }
        ["issue", id, rest @ ..] => issues::one(&form, asking, id, rest),
        ["project", "search"] if cloud => directory::projects(&form, asking),
        ["project", id] => directory::one_project(&form, asking, id),
        ["statuses", "search"] if cloud && asking.sight == Sight::Account => directory::statuses(&form, asking),
        [name] => directory::list(&form, asking, name).unwrap_or_else(|| nowhere(asking)),
        _ => nowhere(asking),
    }
}

pub(crate) fn nowhere(asking: &Asking<'_>) -> Reply {
    let body = json!({"message": format!("null for uri: {}", asking.request.path), "status-code": 404});
    json_reply(404, &body, 0)
}
