//! The API of the service desk: requests, clocks, approvals, feedback, organizations. It opens no socket.

use super::catalog::{Category, ProjectKind, ProjectState};
use super::entities::Form;
use super::instance::Sight;
use super::issue::{Approval, DeskRequest, Issue};
use super::moment;
use super::sla::{self, Sla};
use super::wire::{Asking, cut, desk_refused, json_reply};
use crate::loopback::reply::Reply;
use serde_json::{Value, json};
use std::sync::Arc;

/// `/rest/servicedeskapi/…`.
pub(crate) fn answer(form: &Form<'_>, asking: &Asking<'_>, parts: &[&str]) -> Reply {
    let instance = form.instance;
    if instance.switches.scope_missing {
        return json_reply(401, &json!({"code": 401, "message": "Unauthorized; scope does not match"}), 0);
    }
    if instance.switches.denies("servicedesk") {
        return desk_refused(403, "You do not have permission to see this request.");
    }
    match parts {
        ["info"] => json_reply(200, &json!({"version": "5.12.0", "platformVersion": "10.3.4"}), 0),
        ["request"] => requests(form, asking),
        ["request", id, rest @ ..] => {
            let seen = |issue: &&Arc<Issue>| issue.request.is_some() && instance.sees(asking.sight, issue);
            match instance.find(id).filter(seen) {
                Some(issue) => one(form, asking, issue, rest),
                None => desk_refused(404, "The request does not exist or you do not have permission to see it."),
            }
        }
        ["organization"] => {
            let all: Vec<Value> = instance
                .catalog
                .organizations
                .iter()
                .map(|one| json!({"id": one.id, "name": one.name, "_links": {"self": link(form, &format!("organization/{}", one.id))}}))
                .collect();
            page(form, asking, all)
        }
        ["servicedesk"] => {
            let desks = instance.catalog.projects.iter().filter(|project| {
                project.kind == ProjectKind::ServiceDesk
                    && project.state == ProjectState::Live
                    && asking.sight == Sight::Account
            });
            let write = |project: &super::catalog::Project| {
                json!({
                    "id": desk_id(project.id),
                    "projectId": project.id.to_string(),
                    "projectName": project.name,
                    "projectKey": project.key,
                    "_links": {"self": link(form, &format!("servicedesk/{}", desk_id(project.id)))},
                })
            };
            page(form, asking, desks.map(write).collect())
        }
        _ => super::route::nowhere(asking),
    }
}

fn one(form: &Form<'_>, asking: &Asking<'_>, issue: &Issue, rest: &[&str]) -> Reply {
    let request = issue.request.as_ref().expect("only requests come here");
    match rest {
        [] => json_reply(200, &written(form, issue, &asking.list("expand")), 1),
        ["sla"] => page(form, asking, slas(form, issue)),
        ["sla", id] => match sla::clocks(form.instance, issue).iter().find(|one| one.id == *id) {
            Some(one) => json_reply(200, &form.sla(one), 1),
            None => desk_refused(404, "The SLA metric does not exist."),
        },
        ["approval"] => page(form, asking, request.approvals.iter().map(|one| approval(form, issue, one)).collect()),
        ["feedback"] => match feedback(form, request) {
            Some(told) => json_reply(200, &told, u64::from(request.feedback.is_some())),
            None => desk_refused(404, "No feedback was found."),
        },
        ["status"] => page(form, asking, statuses(form, issue)),
        ["participant"] => page(form, asking, Vec::new()),
        ["comment"] => page(form, asking, comments(form, issue)),
        _ => super::route::nowhere(asking),
    }
}

/// `/request`: by the last activity, the latest first; there is no way to ask for what changed since.
fn requests(form: &Form<'_>, asking: &Asking<'_>) -> Reply {
    let instance = form.instance;
    let desk = asking.text("serviceDeskId");
    let (wanted, words) = (asking.text("requestStatus"), asking.text("searchTerm"));
    let done =
        |issue: &Issue| instance.catalog.status(&issue.status).is_some_and(|status| status.category == Category::Done);
    let fits = |issue: &&Arc<Issue>| {
        issue.request.is_some()
            && instance.sees(asking.sight, issue)
            && (desk.is_empty() || desk_id(issue.project) == desk)
            && issue.summary.contains(&words)
            && match wanted.as_str() {
                "OPEN_REQUESTS" => !done(issue),
                "CLOSED_REQUESTS" => done(issue),
                _ => true,
            }
    };
    let mut all: Vec<&Arc<Issue>> = instance.issues.values().filter(fits).collect();
    all.sort_by_key(|issue| (std::cmp::Reverse(issue.updated), issue.id));
    let (start, limit) = bounds(asking);
    let expand = asking.list("expand");
    let values = cut(&all, start, limit).iter().map(|issue| written(form, issue, &expand)).collect();
    told(form, asking, values, (start, limit, all.len() as u64))
}

/// How content the customer is; none where nobody said so and the site has no word for that.
pub(crate) fn feedback(form: &Form<'_>, request: &DeskRequest) -> Option<Value> {
    match &request.feedback {
        Some(told) => Some(json!({"type": "csat", "rating": told.rating, "comment": {"body": told.comment}})),
        None => (!form.instance.switches.feedback_missing).then(|| json!({"type": "csat"})),
    }
}

pub(crate) fn written(form: &Form<'_>, issue: &Issue, expand: &[String]) -> Value {
    let request = issue.request.as_ref().expect("only requests are written");
    let project = form.instance.catalog.project(issue.project);
    let history = statuses(form, issue);
    let mut value = json!({
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"],
        "issueId": issue.id.to_string(),
        "issueKey": issue.key,
        "requestTypeId": request.request_type,
        "serviceDeskId": desk_id(issue.project),
        "createdDate": date(form, issue.created),
        "reporter": person(form, issue.reporter.as_deref()),
        "requestFieldValues": [
            {"fieldId": "summary", "label": "Summary", "value": issue.summary},
            {"fieldId": "description", "label": "Description", "value": issue.description.clone().unwrap_or_default()},
        ],
        "currentStatus": history.first().cloned().unwrap_or(Value::Null),
        "_links": {
            "self": link(form, &format!("request/{}", issue.id)),
            "jiraRest": format!("{}/rest/api/2/issue/{}", form.base, issue.id),
            "web": format!("{}/servicedesk/customer/portal/{}/{}", form.base, desk_id(issue.project), issue.key),
        },
    });
    for expand in expand {
        match expand.as_str() {
            "sla" => value["sla"] = whole(form, slas(form, issue)),
            "status" => value["status"] = whole(form, history.clone()),
            "participant" => value["participants"] = whole(form, Vec::new()),
            "comment" => value["comments"] = whole(form, comments(form, issue)),
            "requestType" => {
                value["requestType"] = json!({
                    "id": request.request_type, "name": request_type(&issue.kind), "description": "", "helpText": "",
                    "issueTypeId": issue.kind, "serviceDeskId": desk_id(issue.project), "groupIds": [],
                });
            }
            "serviceDesk" => {
                value["serviceDesk"] = project.map_or(Value::Null, |project| {
                    json!({
                        "id": desk_id(project.id), "projectId": project.id.to_string(),
                        "projectName": project.name, "projectKey": project.key,
                    })
                });
            }
            _ => {}
        }
    }
    value
}

/// What customers call what they ask for, by the type of the issue that it becomes.
fn request_type(kind: &str) -> &'static str {
    match kind {
        "10102" => "Get IT help",
        "10103" => "Ask for a change",
        "10104" => "Report a problem",
        _ => "Report an incident",
    }
}

/// The youngest first.
fn statuses(form: &Form<'_>, issue: &Issue) -> Vec<Value> {
    let status = |id: &str, at: i64| {
        let known = form.instance.catalog.status(id);
        let category = known.map_or("UNDEFINED", |one| match one.category {
            Category::Undefined => "UNDEFINED",
            Category::New => "NEW",
            Category::Indeterminate => "INDETERMINATE",
            Category::Done => "DONE",
        });
        let name = known.map_or("", |one| form.name(&one.name, &one.german));
        json!({"status": name, "statusCategory": category, "statusDate": date(form, at)})
    };
    let changes: Vec<_> = issue
        .history
        .iter()
        .flat_map(|entry| entry.items.iter().map(move |item| (entry.at, item)))
        .filter(|(_, item)| item.field == "status")
        .collect();
    let first = changes.first().and_then(|(_, item)| item.from.as_deref()).unwrap_or(&issue.status);
    let mut all = vec![status(first, issue.created)];
    all.extend(changes.iter().map(|(at, item)| status(item.to.as_deref().unwrap_or(""), *at)));
    all.reverse();
    all
}

fn comments(form: &Form<'_>, issue: &Issue) -> Vec<Value> {
    let write = |one: &super::issue::Comment| {
        json!({
            "id": one.id.to_string(),
            "body": one.text,
            "public": one.public,
            "author": person(form, one.author.as_deref()),
            "created": date(form, one.at),
            "_links": {"self": link(form, &format!("request/{}/comment/{}", issue.id, one.id))},
        })
    };
    issue.comments.iter().map(write).collect()
}

pub(crate) fn slas(form: &Form<'_>, issue: &Issue) -> Vec<Value> {
    sla::clocks(form.instance, issue).iter().map(|one| form.sla(one)).collect()
}

pub(crate) fn approval(form: &Form<'_>, issue: &Issue, one: &Approval) -> Value {
    let approvers: Vec<Value> = one
        .approvers
        .iter()
        .map(|(who, decision)| json!({"approver": person(form, Some(who)), "approverDecision": decision}))
        .collect();
    let mut value = json!({
        "id": one.id.to_string(),
        "name": one.name,
        "finalDecision": one.decision(),
        "canAnswerApproval": false,
        "approvers": approvers,
        "createdDate": date(form, one.created),
        "_links": {"self": link(form, &format!("request/{}/approval/{}", issue.id, one.id))},
    });
    if let Some(at) = one.completed {
        value["completedDate"] = date(form, at);
    }
    value
}

/// A person as the service desk has them.
fn person(form: &Form<'_>, id: Option<&str>) -> Value {
    let mut value = form.person(id);
    if let Some(map) = value.as_object_mut() {
        let own = map.remove("self");
        let avatars = map.remove("avatarUrls");
        map.remove("accountType");
        let links = json!({"self": own, "jiraRest": own, "avatarUrls": avatars});
        map.insert("_links".into(), links);
    }
    value
}

fn desk_id(project: u64) -> String {
    (project - 9_999).to_string()
}

fn link(form: &Form<'_>, path: &str) -> String {
    format!("{}/rest/servicedeskapi/{path}", form.base)
}

fn date(form: &Form<'_>, at: i64) -> Value {
    json!({
        "iso8601": moment::whole_seconds(at, &form.zone),
        "jira": moment::text(at, &form.zone),
        "friendly": moment::friendly(at, &form.zone),
        "epochMillis": at,
    })
}

impl Form<'_> {
    /// A clock, as the service desk and the field of an issue have it.
    pub(crate) fn sla(&self, one: &Sla) -> Value {
        let lasting = |millis: i64| json!({"millis": millis, "friendly": sla::friendly(millis)});
        let completed: Vec<Value> = one
            .completed
            .iter()
            .map(|cycle| {
                json!({
                    "startTime": date(self, cycle.start),
                    "stopTime": date(self, cycle.stop.unwrap_or(cycle.start)),
                    "breachTime": date(self, cycle.breach),
                    "breached": cycle.breached(one.goal),
                    "goalDuration": lasting(one.goal),
                    "elapsedTime": lasting(cycle.elapsed),
                    "remainingTime": lasting(one.goal - cycle.elapsed),
                })
            })
            .collect();
        let mut value = json!({
            "id": one.id,
            "name": self.name(one.name, one.german),
            "completedCycles": completed,
            "_links": {"self": link(self, &format!("sla/{}", one.id))},
        });
        if let Some(cycle) = &one.ongoing {
            let mut ongoing = json!({
                "startTime": date(self, cycle.start),
                "breachTime": date(self, cycle.breach),
                "breached": cycle.breached(one.goal),
                "paused": cycle.paused,
                "withinCalendarHours": true,
                "goalDuration": lasting(one.goal),
                "elapsedTime": lasting(cycle.elapsed),
                "remainingTime": lasting(one.goal - cycle.elapsed),
            });
            if cycle.paused && self.instance.switches.paused_without_breach {
                ongoing.as_object_mut().expect("it is an object").remove("breachTime");
            }
            value["ongoingCycle"] = ongoing;
        }
        value
    }
}

fn bounds(asking: &Asking<'_>) -> (u64, u64) {
    (asking.number("start").unwrap_or(0), asking.number("limit").unwrap_or(50).clamp(1, 100))
}

fn page(form: &Form<'_>, asking: &Asking<'_>, all: Vec<Value>) -> Reply {
    let (start, limit) = bounds(asking);
    let values = cut(&all, start, limit).to_vec();
    told(form, asking, values, (start, limit, all.len() as u64))
}

/// A list that is told at once, inside of another answer.
fn whole(form: &Form<'_>, values: Vec<Value>) -> Value {
    json!({
        "_expands": [], "size": values.len(), "start": 0, "limit": 50, "isLastPage": true,
        "_links": {"base": form.base, "context": ""}, "values": values,
    })
}

fn told(form: &Form<'_>, asking: &Asking<'_>, values: Vec<Value>, (start, limit, total): (u64, u64, u64)) -> Reply {
    let here = format!("{}{}", asking.base, asking.request.path);
    let end = start + values.len() as u64;
    let mut links = json!({"self": format!("{here}?start={start}&limit={limit}"), "base": form.base, "context": ""});
    if end < total {
        links["next"] = format!("{here}?start={end}&limit={limit}").into();
    }
    if start > 0 {
        links["prev"] = format!("{here}?start={}&limit={limit}", start.saturating_sub(limit)).into();
    }
    let rows = values.len() as u64;
    let body = json!({
        "_expands": [], "size": rows, "start": start, "limit": limit, "isLastPage": end >= total,
        "_links": links, "values": values,
    });
    json_reply(200, &body, rows)
}
