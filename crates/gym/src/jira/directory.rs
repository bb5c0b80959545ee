//! Who asks, what the site is, and the lists of projects, statuses, priorities, types and fields. It opens no socket.

use super::catalog::ProjectState;
use super::entities::Form;
use super::instance::{Edition, Instance, Sight};
use super::render::{CLOCKS, ORGANIZATIONS, REQUEST_TYPE};
use super::wire::{Asking, bean, cut, json_reply, refused};
use crate::loopback::reply::Reply;
use serde_json::{Value, json};

/// What everybody may ask.
pub(crate) fn server_info(form: &Form<'_>) -> Reply {
    let cloud = form.is_cloud();
    let body = json!({
        "baseUrl": form.base,
        "version": if cloud { "1001.0.0-SNAPSHOT" } else { "10.3.4" },
        "versionNumbers": if cloud { [1001, 0, 0] } else { [10, 3, 4] },
        "deploymentType": if cloud { "Cloud" } else { "Server" },
        "buildNumber": if cloud { 100_282 } else { 10_030_004 },
        "buildDate": "2026-05-28T00:00:00.000+0000",
        "serverTime": form.at(form.instance.now),
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "Jira",
    });
    json_reply(200, &body, 0)
}

pub(crate) fn myself(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let instance = form.instance;
    if asking.sight == Sight::Anonymous {
        let reply = refused(instance, 401, "Client must be authenticated to access this resource.");
        return reply.with("x-seraph-loginreason", "AUTHENTICATED_FAILED");
    }
    let account = &instance.account;
    let mut body = json!({
        "self": format!("{}/user?accountId=712020:gym", form.api),
        "displayName": "Integration",
        "emailAddress": "integration@gym.example",
        "active": true,
        "timeZone": instance.zone_name(),
        "locale": if form.german { "de_DE" } else { "en_US" },
    });
    match instance.edition {
        Edition::Cloud => {
            body["accountId"] = "712020:gym".into();
            body["accountType"] = "app".into();
        }
        Edition::DataCenter => {
            body["self"] = format!("{}/user?username={}", form.api, account.user).into();
            body["name"] = account.user.as_str().into();
            body["key"] = account.user.as_str().into();
        }
    }
    json_reply(200, &body, 1)
}

/// The words of a list, by its name in paths; `None` when there is none of this name.
pub(crate) fn words(form: &Form<'_>, name: &str) -> Option<Vec<Value>> {
    let catalog = &form.instance.catalog;
    Some(match name {
        "status" => catalog.statuses.iter().map(|one| form.status(one)).collect(),
        "statuscategory" => super::catalog::Category::ALL.iter().map(|one| form.category(*one)).collect(),
        "priority" => catalog.priorities.iter().map(|one| form.priority(one)).collect(),
        "resolution" => catalog.resolutions.iter().map(|one| form.resolution(one)).collect(),
        "issuetype" => catalog.kinds.iter().map(|one| form.kind(one)).collect(),
        "issuelinktype" => catalog.link_kinds.iter().map(|one| form.link_kind(one)).collect(),
        "project" => {
            let live = catalog.projects.iter().filter(|one| one.state == ProjectState::Live);
            live.map(|one| form.project(one)).collect()
        }
        "field" => fields(form),
        _ => return None,
    })
}

/// A list that is not paged; `None` when there is none of this name.
pub(crate) fn list(form: &Form<'_>, asking: &Asking<'_>, name: &str) -> Option<Reply> {
    let catalog = &form.instance.catalog;
    let values: Vec<Value> = match name {
        "issueLinkType" => {
            let kinds: Vec<Value> = catalog.link_kinds.iter().map(|one| form.link_kind(one)).collect();
            return Some(json_reply(200, &json!({"issueLinkTypes": kinds}), kinds.len() as u64));
        }
        "mypermissions" => return Some(permissions(asking)),
        _ => words(form, name)?,
    };
    if form.instance.switches.denies(name) {
        return Some(refused(form.instance, 403, "You do not have the permission to see this."));
    }
    // Whoever is nobody sees a site without anything.
    let values = if asking.sight == Sight::Anonymous { Vec::new() } else { values };
    let rows = values.len() as u64;
    Some(json_reply(200, &Value::Array(values), rows))
}

/// `/mypermissions`: what was asked for, and whether whoever asks has it in any project.
fn permissions(asking: &Asking<'_>) -> Reply {
    let has_it = asking.sight == Sight::Account;
    let told = |key: String| {
        let one = json!({
            "id": "10", "key": key, "name": "Browse Projects", "type": "PROJECT", "description": "",
            "havePermission": has_it,
        });
        (key, one)
    };
    let permissions: serde_json::Map<String, Value> = asking.list("permissions").into_iter().map(told).collect();
    json_reply(200, &json!({"permissions": permissions}), 0)
}

pub(crate) fn one_project(form: &Form<'_>, asking: &Asking<'_>, id: &str) -> Reply {
    let catalog = &form.instance.catalog;
    let found = catalog.project_of_key(id).or_else(|| catalog.project(id.parse().unwrap_or(0)));
    match found.filter(|one| one.state == ProjectState::Live && asking.sight == Sight::Account) {
        Some(project) => json_reply(200, &form.project(project), 1),
        None => refused(form.instance, 404, &format!("No project could be found with key '{id}'.")),
    }
}

/// `/project/search`.
pub(crate) fn projects(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let states = asking.list("status");
    let wanted = |state: ProjectState| {
        let word = match state {
            ProjectState::Live => "live",
            ProjectState::Archived => "archived",
            ProjectState::Deleted => "deleted",
        };
        if states.is_empty() { state == ProjectState::Live } else { states.iter().any(|one| one == word) }
    };
    let keys = asking.list("keys");
    let all: Vec<Value> = form
        .instance
        .catalog
        .projects
        .iter()
        .filter(|project| asking.sight == Sight::Account && wanted(project.state))
        .filter(|project| keys.is_empty() || keys.contains(&project.key))
        .map(|project| form.project(project))
        .collect();
    paged(asking, &all, 50, 100)
}

/// `/statuses/search`, for administrators.
pub(crate) fn statuses(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    if form.instance.switches.denies("status") {
        return refused(form.instance, 403, "Administer Jira permission is required.");
    }
    let all: Vec<Value> = form
        .instance
        .catalog
        .statuses
        .iter()
        .map(|status| {
            let category = ["UNDEFINED", concat!("TO", "DO"), "IN_PROGRESS", "DONE"][status.category as usize];
            let scope = match status.scope {
                Some(project) => json!({"type": "PROJECT", "project": {"id": project.to_string()}}),
                None => json!({"type": "GLOBAL"}),
            };
            let name = form.name(&status.name, &status.german);
            json!({"id": status.id, "name": name, "statusCategory": category, "description": "", "scope": scope})
        })
        .collect();
    paged(asking, &all, 50, 200)
}

fn paged(asking: &Asking<'_>, all: &[Value], unless_asked: u64, most: u64) -> Reply {
    let start = asking.number("startAt").unwrap_or(0);
    let most = asking.number("maxResults").unwrap_or(unless_asked).min(most);
    bean(asking, cut(all, start, most).to_vec(), (start, most, all.len() as u64))
}

/// Custom fields that issues of a made-up site have.
const MADE_UP: [&str; 4] = ["customfield_10050", "customfield_10051", "customfield_10052", "customfield_10077"];

fn fields(form: &Form<'_>) -> Vec<Value> {
    const SYSTEM: &[(&str, &str, &str)] = &[
        ("summary", "Summary", "string"),
        ("description", "Description", "string"),
        ("status", "Status", "status"),
        ("issuetype", "Issue Type", "issuetype"),
        ("priority", "Priority", "priority"),
        ("resolution", "Resolution", "resolution"),
        ("resolutiondate", "Resolved", "datetime"),
        ("created", "Created", "datetime"),
        ("updated", "Updated", "datetime"),
        ("duedate", "Due date", "date"),
        ("assignee", "Assignee", "user"),
        ("reporter", "Reporter", "user"),
        ("creator", "Creator", "user"),
        ("labels", "Labels", "array"),
        ("project", "Project", "project"),
        ("issuelinks", "Linked Issues", "array"),
        ("comment", "Comment", "comments-page"),
    ];
    let mut all: Vec<Value> = SYSTEM
        .iter()
        .map(|(id, name, kind)| {
            let mut value = json!({
                "id": id, "name": name, "custom": false, "orderable": true, "navigable": *id != "comment",
                "searchable": true, "clauseNames": [id], "schema": {"type": kind, "system": id},
            });
            if form.is_cloud() {
                value["key"] = (*id).into();
            }
            value
        })
        .collect();
    let custom = [
        (REQUEST_TYPE, "Request Type", "sd-customerrequesttype", "com.atlassian.servicedesk:vp-origin"),
        (ORGANIZATIONS, "Organizations", "array", "com.atlassian.servicedesk:sd-customer-organizations"),
        (CLOCKS[0], "Time to resolution", "sd-servicelevelagreement", "com.atlassian.servicedesk:sd-sla-field"),
        (CLOCKS[1], "Time to first response", "sd-servicelevelagreement", "com.atlassian.servicedesk:sd-sla-field"),
    ];
    let custom = custom.into_iter().map(|(id, name, kind, class)| (id.to_owned(), name.to_owned(), kind, class));
    // Names are not unique: those of a made-up site are all called the same. Those of a recording have no known name.
    let own = own_fields(form.instance).into_iter().map(|id| {
        let name = if MADE_UP.contains(&id.as_str()) { "Team".to_owned() } else { id.clone() };
        (id, name, "string", "com.atlassian.jira.plugin.system.customfieldtypes:textfield")
    });
    for (id, name, kind, class) in custom.chain(own) {
        let number: u64 = id.rsplit('_').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let mut value = json!({
            "id": id, "name": name, "custom": true, "orderable": true, "navigable": true, "searchable": true,
            "clauseNames": [format!("cf[{number}]"), name],
            "schema": {"type": kind, "custom": class, "customId": number},
        });
        if form.is_cloud() {
            value["key"] = value["id"].clone();
        }
        all.push(value);
    }
    all
}

/// Custom fields that issues have beside those of the product.
fn own_fields(instance: &Instance) -> Vec<String> {
    let mut own: Vec<String> = instance
        .issues
        .values()
        .take(1_000)
        .flat_map(|issue| issue.extra.keys())
        .filter(|name| name.starts_with("customfield_"))
        .cloned()
        .collect();
    own.sort();
    own.dedup();
    own
}
