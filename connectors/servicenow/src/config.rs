//! The section `[connector.<instance>] type = "servicenow"`, checked as far as it can be without asking the instance.

use crate::choose::{Tables, streams};
use crate::encoded::{Scope, Unusable};
use crate::stream::Stream;
use crate::tables::INCIDENT;
use counterfoil_diagnostics::Finding;
use counterfoil_http::Url;
use counterfoil_sdk::{ConfigSection, within};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;

/// What to read and how.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) instance: String,
    pub(crate) base: Url,
    pub(crate) credential: Account,
    /// `api/now/table`, with a version in between where one is configured.
    pub(crate) path: &'static str,
    pub(crate) overlap: Duration,
    pub(crate) reread: Option<Duration>,
    pub(crate) per_second: u32,
    pub(crate) streams: Vec<Stream>,
}

/// Names of secrets, never secrets.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    Basic { user: String, password: String },
    ClientCredentials { client_id: String, client_secret: String },
    RefreshToken { client_id: String, client_secret: String, refresh_token: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    url: Spanned<String>,
    user: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    client_id: Option<Spanned<String>>,
    client_secret: Option<Spanned<String>>,
    refresh_token: Option<Spanned<String>>,
    tables: Option<Spanned<Tables>>,
    filter: Option<Spanned<String>>,
    #[serde(default)]
    filters: BTreeMap<String, Spanned<String>>,
    api: Option<Spanned<Version>>,
    overlap_secs: Option<Spanned<i64>>,
    census_hours: Option<Spanned<i64>>,
    reread_days: Option<Spanned<i64>>,
    requests_per_second: Option<Spanned<i64>>,
    choices: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Version {
    Latest,
    V1,
    V2,
}

const OUT_OF_RANGE: &str = "servicenow::out-of-range";

/// Transactions commit after the moment they are stamped with, and the clocks of an instance's nodes differ.
const OVERLAP_SECS: i64 = 300;
const CENSUS_HOURS: i64 = 24;
/// Updates that set no fields of the system, such as `autoSysFields(false)`, leave no mark that a pass or census could see.
const REREAD_DAYS: i64 = 7;
const PER_SECOND: i64 = 10;

pub(crate) fn parse(section: ConfigSection<'_>) -> Result<Settings, Vec<Finding>> {
    let (instance, at, folder) = (section.instance.to_owned(), section.at.clone(), section.folder.to_owned());
    let read: Section = section.read()?;
    let mut findings = Vec::new();
    let base = base(&read.url, &mut findings);
    let secret = |name: &Spanned<String>| match name.get_ref().strip_prefix("file:") {
        Some(path) => format!("file:{}", folder.join(path).display()),
        None => name.get_ref().clone(),
    };
    let credential = account(&read, &secret, &at, &mut findings);
    let overlap =
        within(OUT_OF_RANGE, "overlap_secs", read.overlap_secs.as_ref(), OVERLAP_SECS, 0..=86_400, &mut findings);
    let census = within(OUT_OF_RANGE, "census_hours", read.census_hours.as_ref(), CENSUS_HOURS, 0..=720, &mut findings);
    let reread = within(OUT_OF_RANGE, "reread_days", read.reread_days.as_ref(), REREAD_DAYS, 0..=3_650, &mut findings);
    let per_second = within(
        OUT_OF_RANGE,
        "requests_per_second",
        read.requests_per_second.as_ref(),
        PER_SECOND,
        1..=1_000,
        &mut findings,
    );
    let census = Duration::from_secs(census.unsigned_abs() * 3_600);
    let scopes = scopes(&read, &mut findings);
    let streams = streams(read.tables.as_ref(), scopes, read.choices.unwrap_or(true), census, &mut findings);
    let (Some(base), Some(credential)) = (base, credential) else { return Err(findings) };
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Settings {
        instance,
        base,
        credential,
        path: match read.api.map(Spanned::into_inner) {
            None | Some(Version::Latest) => "api/now/table",
            Some(Version::V1) => "api/now/v1/table",
            Some(Version::V2) => "api/now/v2/table",
        },
        overlap: Duration::from_secs(overlap.unsigned_abs()),
        reread: (reread > 0).then(|| Duration::from_secs(reread.unsigned_abs() * 86_400)),
        per_second: u32::try_from(per_second).unwrap_or(1),
        streams,
    })
}

fn base(url: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Url> {
    let why = match Url::parse(url.get_ref()) {
        Err(error) => error.to_string(),
        Ok(base) if base.host_str().is_none() || !matches!(base.scheme(), "http" | "https") => {
            "it does not name a host".to_owned()
        }
        Ok(base) if !base.username().is_empty() || base.password().is_some() => {
            "user and password do not belong in an address".to_owned()
        }
        Ok(base) if base.query().is_some() || base.fragment().is_some() => "it ends before `?` and `#`".to_owned(),
        Ok(base) if base.scheme() == "http" && !is_loopback(&base) => {
            "without TLS the credential could be read on the way".to_owned()
        }
        Ok(base) => return Some(base),
    };
    let finding =
        Finding::error("servicenow::url", format!("`url` cannot be used: {why}"), url.span(), "not an instance");
    findings.push(finding.help("the instance's own address: `https://acme.service-now.com`"));
    None
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn account(
    read: &Section,
    secret: &dyn Fn(&Spanned<String>) -> String,
    at: &Range<usize>,
    findings: &mut Vec<Finding>,
) -> Option<Account> {
    let text = |name: &Spanned<String>| name.get_ref().clone();
    let Section { user, password, client_id, client_secret, refresh_token, .. } = read;
    let missing = match (user, password, client_id, client_secret, refresh_token) {
        (Some(user), Some(password), None, None, None) => {
            return Some(Account::Basic { user: text(user), password: secret(password) });
        }
        (None, None, Some(id), Some(client_secret), None) => {
            return Some(Account::ClientCredentials { client_id: text(id), client_secret: secret(client_secret) });
        }
        (None, None, Some(id), Some(client_secret), Some(token)) => {
            let (client_id, client_secret) = (text(id), secret(client_secret));
            return Some(Account::RefreshToken { client_id, client_secret, refresh_token: secret(token) });
        }
        (None, None, None, None, None) => "the account is missing",
        (Some(_), None, ..) => "`password` is missing",
        (None, Some(_), ..) => "`user` is missing",
        (_, _, Some(_), None, _) => "`client_secret` is missing",
        (_, _, None, Some(_), _) | (_, _, None, _, Some(_)) => "`client_id` is missing",
        (Some(_), Some(_), ..) => "user and password stand beside an OAuth client: one of them is too much",
    };
    let finding = Finding::error("servicenow::account", missing, at.clone(), "in this section");
    findings.push(finding.help(
        "either `user` and `password`, or `client_id` and `client_secret` with or without `refresh_token`; secrets are \
         names: `\"env:ACME_PASSWORD\"`",
    ));
    None
}

/// The filters by table: `filter` is the one of incidents.
fn scopes(read: &Section, findings: &mut Vec<Finding>) -> BTreeMap<String, (Scope, Range<usize>)> {
    let mut scopes = BTreeMap::new();
    let incidents = read.filter.as_ref().map(|filter| (INCIDENT, filter));
    let others = read.filters.iter().map(|(table, filter)| (table.as_str(), filter));
    for (table, filter) in incidents.into_iter().chain(others) {
        let Some(scope) = scope(filter, findings) else { continue };
        if scopes.insert(table.to_owned(), (scope, filter.span())).is_some() {
            let message = "`filter` and `filters.incident` both say which incidents belong here";
            findings
                .push(Finding::error("servicenow::filter", message, filter.span(), "the second").help("leave one out"));
        }
    }
    scopes
}

fn scope(filter: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Scope> {
    let (message, help) = match Scope::parse(filter.get_ref()) {
        Ok(scope) => return Some(scope),
        Err(Unusable::Operator(operator)) => {
            (format!("`filter` must not contain `^{operator}`"), "the connector orders the rows itself")
        }
        Err(Unusable::Script) => (
            "`filter` must not run script at the source".to_owned(),
            "such a filter means something else from day to day; write the values out",
        ),
        Err(Unusable::Condition(condition)) => (
            format!("`{condition}` is no condition"),
            "a condition is column, operator, value: `assignment_group.name=Network^active=true`",
        ),
    };
    findings.push(Finding::error("servicenow::filter", message, filter.span(), "here").help(help));
    None
}
