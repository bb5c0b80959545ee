//! What the account may do, and what the site is like, for `doctor`.

use crate::beside::desk;
use crate::canary;
use crate::config::Settings;
use crate::jql::{Order, Scope};
use crate::moment::Clock;
use crate::rest::{Asked, Rest, object, read};
use crate::search::failed;
use crate::site::{Dialect, Site};
use counterfoil_http::{Expect, Get, HttpError};
use counterfoil_sdk::{Examination, PullErrorKind};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;

/// Difference of clocks, in seconds, that is worth a word.
const SKEW_SECS: i64 = 60;

/// Whether issues can be searched for at all.
pub(crate) async fn can_search(rest: &Rest, site: &Site, scope: &Scope) -> Result<(), PullErrorKind> {
    rest.look(site.dialect, &scope.with("", Order::ByUpdate), 1).await.map(|_| ()).map_err(failed)
}

/// Looks at everything that a pass needs.
pub(crate) async fn examine(rest: &Rest, settings: &Settings, now: Timestamp) -> Vec<Examination> {
    let site = match Site::find(rest).await {
        Ok(site) => site,
        Err(error) => return vec![broken("sign in", &error)],
    };
    let mut found = vec![signed_in(&site), clocks(&site, now), projects(rest, &site).await];
    found.push(permission(rest, &site).await);
    let issues = rest.look(site.dialect, &settings.scope.with("", Order::NewestFirst), 1).await.map_err(failed);
    let issue = match issues {
        Ok(issues) => issues.issues.into_iter().flatten().next(),
        Err(error) => {
            found.push(broken("search issues", &error));
            return found;
        }
    };
    let Some(issue) = issue else {
        found.push(Examination::limited(
            "search issues",
            "no issue is in scope, or the account may see none",
            "see `jql`, and whether the account may browse the projects that it names",
        ));
        return found;
    };
    found.push(Examination::fine("search issues", format!("issue {} is the newest in scope", issue.id)));
    found.push(index(rest, &site, &issue.id, issue.updated).await);
    found.push(time(rest, &site, &settings.scope).await);
    found.push(history(rest, &site, &issue.id).await);
    if settings.extras.jsm {
        found.push(service_desk(rest).await);
    }
    found
}

fn signed_in(site: &Site) -> Examination {
    let product = match site.dialect {
        Dialect::Cloud => "Jira Cloud (REST v3)",
        Dialect::DataCenter => "Jira Data Center (REST v2)",
    };
    let zone = site.zone_name.as_deref().unwrap_or("not told");
    Examination::fine("sign in", format!("{product}, version {}, as {}, zone {zone}", site.version, site.account))
}

fn clocks(site: &Site, now: Timestamp) -> Examination {
    const WHAT: &str = "compare the clocks";
    let Some(date) = site.date else { return Examination::fine(WHAT, "the site does not tell its time") };
    let skew = now.duration_since(date).as_secs();
    if skew.abs() <= SKEW_SECS {
        return Examination::fine(WHAT, format!("they differ by {} s", skew.abs()));
    }
    let side = if skew > 0 { "ahead of" } else { "behind" };
    Examination::limited(
        WHAT,
        format!(
            "this machine is {} {side} the site; nothing is lost by that, ages of open records are off",
            long(skew.abs())
        ),
        "set the clocks by a time server (NTP), unless it is a restored copy or a simulation",
    )
}

const DAY: i64 = 86_400;

fn long(secs: i64) -> String {
    if secs < 2 * DAY { format!("{secs} s") } else { format!("{} days", secs / DAY) }
}

#[derive(Deserialize)]
struct Projects {
    total: Option<u64>,
    #[serde(default)]
    values: Vec<serde::de::IgnoredAny>,
}

async fn projects(rest: &Rest, site: &Site) -> Examination {
    const WHAT: &str = "see projects";
    let counted: Result<Option<u64>, HttpError> = async {
        let (path, get) = match site.dialect {
            Dialect::Cloud => {
                let path = "rest/api/3/project/search";
                (path, object(path.to_owned(), &["values"]).query("maxResults", "1"))
            }
            Dialect::DataCenter => ("rest/api/2/project", Get::new("rest/api/2/project").expect(Expect::Array)),
        };
        let Asked::Answer(answer) = rest.try_ask(&get).await? else { return Ok(None) };
        Ok(Some(match site.dialect {
            Dialect::Cloud => {
                let projects: Projects = read(&answer, path)?;
                projects.total.unwrap_or(projects.values.len() as u64)
            }
            Dialect::DataCenter => read::<Vec<serde::de::IgnoredAny>>(&answer, path)?.len() as u64,
        }))
    }
    .await;
    match counted {
        Ok(Some(1)) => Examination::fine(WHAT, "1 project"),
        Ok(Some(count)) if count > 0 => Examination::fine(WHAT, format!("{count} projects")),
        Ok(_) => Examination::broken(
            WHAT,
            "the account sees no project",
            "give it the permission to browse the projects (a role or group of the permission scheme)",
        ),
        Err(error) => failed_request(WHAT, error),
    }
}

#[derive(Deserialize)]
struct Permissions {
    permissions: BTreeMap<String, Permission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permission {
    #[serde(default)]
    have_permission: bool,
}

async fn permission(rest: &Rest, site: &Site) -> Examination {
    const WHAT: &str = "browse projects";
    const BROWSE: &str = "BROWSE_PROJECTS";
    let path = format!("{}/mypermissions", site.dialect.api());
    let get = object(path.clone(), &["permissions"]).query("permissions", BROWSE);
    let asked = async {
        match rest.try_ask(&get).await? {
            Asked::Answer(answer) => read::<Permissions>(&answer, &path).map(Some),
            Asked::Denied | Asked::Missing => Ok(None),
        }
    };
    match asked.await {
        Ok(Some(read)) if read.permissions.get(BROWSE).is_some_and(|one| one.have_permission) => {
            Examination::fine(WHAT, "the account may")
        }
        Ok(Some(_)) => Examination::broken(
            WHAT,
            "the account has the permission to browse in no project",
            "give it the permission `Browse Projects` in the permission schemes of the projects",
        ),
        Ok(None) => Examination::limited(WHAT, "the site does not say what the account may", "see the projects above"),
        Err(error) => failed_request(WHAT, error),
    }
}

/// How late the index is: what the search says of an issue, and what the issue says of itself.
async fn index(rest: &Rest, site: &Site, id: &str, updated: i64) -> Examination {
    const WHAT: &str = "measure how late the index is";
    let get = object(format!("{}/issue/{id}", site.dialect.api()), &["id"]).query("fields", "updated");
    let found = async {
        match rest.try_ask(&get).await? {
            Asked::Answer(answer) => Ok::<_, HttpError>(crate::issue::Issue::read(&answer.body).ok()),
            Asked::Denied | Asked::Missing => Ok(None),
        }
    };
    match found.await {
        Ok(Some(issue)) if issue.updated <= updated => {
            Examination::fine(WHAT, format!("the search knows the newest change of issue {id}"))
        }
        Ok(Some(issue)) => {
            let secs = (issue.updated - updated) / 1_000;
            Examination::limited(
                WHAT,
                format!("the search is {secs} s behind issue {id}"),
                "`overlap_secs` should be some minutes more than that; long after bulk changes a re-index may help",
            )
        }
        Ok(None) => Examination::limited(
            WHAT,
            format!("the search finds issue {id} and it cannot be read by itself"),
            "run it again; if it stays so, the index of the site has issues that are gone: have it re-indexed",
        ),
        Err(error) => failed_request(WHAT, error),
    }
}

async fn time(rest: &Rest, site: &Site, scope: &Scope) -> Examination {
    const WHAT: &str = "search by time";
    match canary::sing(rest, site, scope).await {
        Ok(Some(Clock::Millis)) => Examination::fine(WHAT, "moments are told as numbers, which have no zone"),
        Ok(Some(Clock::Minutes)) => Examination::fine(
            WHAT,
            "numbers are not understood; moments are told to the minute, in the zone of the account",
        ),
        Ok(None) => Examination::fine(WHAT, "there is no issue to try it with"),
        Err(error) => broken(WHAT, &error),
    }
}

async fn history(rest: &Rest, site: &Site, id: &str) -> Examination {
    const WHAT: &str = "read a changelog";
    let get = match site.dialect {
        Dialect::Cloud => object(format!("rest/api/3/issue/{id}/changelog"), &["values"]),
        Dialect::DataCenter => object(format!("rest/api/2/issue/{id}"), &["changelog"])
            .query("expand", "changelog")
            .query("fields", "updated"),
    };
    match rest.try_ask(&get).await {
        Ok(Asked::Answer(_)) => Examination::fine(WHAT, format!("of issue {id}")),
        Ok(Asked::Denied | Asked::Missing) => Examination::limited(
            WHAT,
            "the site does not give it; of what happened to an issue only what differs between two pulls is known",
            "have an administrator give the account the right to read changelogs",
        ),
        Err(error) => failed_request(WHAT, error),
    }
}

async fn service_desk(rest: &Rest) -> Examination {
    const WHAT: &str = "see service desks";
    match rest.try_ask(&desk("rest/servicedeskapi/servicedesk".to_owned(), &["values"]).query("limit", "1")).await {
        Ok(Asked::Answer(_)) => Examination::fine(WHAT, "the account may"),
        Ok(Asked::Denied | Asked::Missing) => Examination::limited(
            WHAT,
            "the site does not show them; clocks, approvals and ratings of requests are missing",
            "make the account an agent of the service projects, or leave `jsm` out where there are none",
        ),
        Err(error) => failed_request(WHAT, error),
    }
}

fn failed_request(what: &str, error: HttpError) -> Examination {
    broken(what, &error.into_kind(what))
}

fn broken(what: &str, error: &PullErrorKind) -> Examination {
    let mut reason = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        reason.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    let remedy = match error {
        PullErrorKind::Unauthenticated { .. } => "check user and token, and that the token has not expired",
        PullErrorKind::Forbidden { .. } => {
            "log in once with a browser as this account (a captcha?), and see its permissions and its product access"
        }
        PullErrorKind::NotFound { .. } => "check the address: it ends before `/rest`",
        PullErrorKind::RateLimited { .. }
        | PullErrorKind::NotReady { .. }
        | PullErrorKind::Unavailable { .. }
        | PullErrorKind::PositionExpired
        | PullErrorKind::Contract { .. } => "mend what the reason names and run `counterfoil doctor` again",
    };
    Examination::broken(what, reason, remedy)
}
