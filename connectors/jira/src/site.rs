//! Which Jira is it, and who are we there? `/serverInfo` answers everybody, `/myself` only those who are signed in.

use crate::rest::{Rest, kind, object, read};
use counterfoil_sdk::PullErrorKind;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The two dialects of the platform. Service management speaks the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// REST v3: search with tokens, texts as documents.
    Cloud,
    /// REST v2: search with offsets, texts as wiki markup, changelogs with the issues.
    DataCenter,
}

/// A site as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) dialect: Dialect,
    pub(crate) version: String,
    /// Who the site takes us for.
    pub(crate) account: String,
    /// JQL reads texts in it.
    pub(crate) zone_name: Option<String>,
    pub(crate) zone: Option<TimeZone>,
    /// The site's clock.
    pub(crate) date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerInfo {
    deployment_type: Option<String>,
    version: Option<String>,
    #[serde(default)]
    version_numbers: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Myself {
    account_id: Option<String>,
    key: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    time_zone: Option<String>,
}

impl Dialect {
    /// The beginning of the platform's paths.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::Cloud => "rest/api/3",
            Self::DataCenter => "rest/api/2",
        }
    }
}

impl Site {
    /// Looks which dialect the site speaks and proves that the session is not a stranger's.
    pub(crate) async fn find(rest: &Rest) -> Result<Self, PullErrorKind> {
        const INFO: &[&str] = &["deploymentType", "version", "versionNumbers"];
        let path = "rest/api/2/serverInfo";
        let get = object(path.to_owned(), INFO);
        let look = |error| kind(error, "look at the site");
        let answer = rest.ask(&get).await.map_err(look)?;
        let info: ServerInfo = read(&answer, path).map_err(look)?;
        let is_cloud = match info.deployment_type.as_deref() {
            Some(word) => word.eq_ignore_ascii_case("cloud"),
            None => info.version_numbers.first().is_some_and(|major| *major >= 1_000),
        };
        let dialect = if is_cloud { Dialect::Cloud } else { Dialect::DataCenter };
        let mut site = Self {
            dialect,
            version: info.version.unwrap_or_default(),
            account: String::new(),
            zone_name: None,
            zone: None,
            date: answer.date,
        };
        let myself = who_am_i(rest, dialect).await?;
        let names = [myself.display_name, myself.name, myself.account_id];
        site.account = names.into_iter().flatten().next().unwrap_or_default();
        site.zone = myself.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        site.zone_name = myself.time_zone;
        Ok(site)
    }

    /// Proves it once more: credentials that lapse in the middle of a walk make the rest of it empty.
    pub(crate) async fn is_still_ours(&self, rest: &Rest) -> Result<(), PullErrorKind> {
        who_am_i(rest, self.dialect).await.map(|_| ())
    }
}

async fn who_am_i(rest: &Rest, dialect: Dialect) -> Result<Myself, PullErrorKind> {
    let path = format!("{}/myself", dialect.api());
    let get = object(path.clone(), &["accountId", "name", "key", "displayName"]);
    let sign_in = |error| kind(error, "sign in");
    let answer = rest.ask(&get).await.map_err(sign_in)?;
    let myself: Myself = read(&answer, &path).map_err(sign_in)?;
    let is_somebody = [&myself.account_id, &myself.name, &myself.key]
        .into_iter()
        .flatten()
        .any(|id| !id.is_empty() && !id.eq_ignore_ascii_case("anonymous"));
    if is_somebody {
        return Ok(myself);
    }
    Err(PullErrorKind::Unauthenticated {
        status: answer.status,
        remedy: "the site answers as it answers strangers; check user and token, and whether the token has expired"
            .to_owned(),
    })
}
