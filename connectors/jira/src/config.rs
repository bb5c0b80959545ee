//! The section `[connector.<instance>] type = "jira"`, checked as far as it can be without asking the site.

use crate::beside::Extras;
use crate::jql::{Scope, Unusable};
use counterfoil_diagnostics::Finding;
use counterfoil_http::Url;
use counterfoil_sdk::{ConfigSection, StreamSpec, within};
use serde::Deserialize;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;

/// What to read and how.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) instance: String,
    pub(crate) base: Url,
    pub(crate) credential: Account,
    pub(crate) scope: Scope,
    pub(crate) extras: Extras,
    pub(crate) overlap: Duration,
    pub(crate) reread: Option<Duration>,
    pub(crate) per_second: u32,
    /// The name of the secret that the site signs its calls with.
    pub(crate) webhook_secret: Option<String>,
    pub(crate) streams: Vec<StreamSpec>,
}

/// Names of secrets, never secrets.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    Basic { user: String, token: String },
    Token { token: String },
    OAuth { client_id: String, client_secret: String, refresh_token: Option<String>, token_url: Url },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    url: Spanned<String>,
    user: Option<Spanned<String>>,
    token: Option<Spanned<String>>,
    client_id: Option<Spanned<String>>,
    client_secret: Option<Spanned<String>>,
    refresh_token: Option<Spanned<String>>,
    token_url: Option<Spanned<String>>,
    jql: Option<Spanned<String>>,
    jsm: Option<bool>,
    remote_links: Option<bool>,
    catalogue: Option<bool>,
    overlap_secs: Option<Spanned<i64>>,
    census_hours: Option<Spanned<i64>>,
    reread_days: Option<Spanned<i64>>,
    requests_per_second: Option<Spanned<i64>>,
    webhook_secret: Option<Spanned<String>>,
}

const OUT_OF_RANGE: &str = "jira::out-of-range";

/// The index of a site is seconds to minutes behind what happens on it.
const OVERLAP_SECS: i64 = 600;
const CENSUS_HOURS: i64 = 24;
/// Clocks that tick, renamed words and links to other tools leave no mark that a pass or census could see.
const REREAD_DAYS: i64 = 7;
const PER_SECOND: i64 = 10;

/// Where tokens of OAuth are used, and where they are had.
const GATEWAY: &str = "api.atlassian.com";
const CLOUD_TOKENS: &str = "https://auth.atlassian.com/oauth/token";

pub(crate) fn parse(section: ConfigSection<'_>) -> Result<Settings, Vec<Finding>> {
    let (instance, at, folder) = (section.instance.to_owned(), section.at.clone(), section.folder.to_owned());
    let read: Section = section.read()?;
    let mut findings = Vec::new();
    let base = address("url", &read.url, &mut findings);
    let secret = |name: &Spanned<String>| match name.get_ref().strip_prefix("file:") {
        Some(path) => format!("file:{}", folder.join(path).display()),
        None => name.get_ref().clone(),
    };
    let token_url = read.token_url.as_ref().and_then(|url| address("token_url", url, &mut findings));
    let tokens = token_url.or_else(|| base.as_ref().and_then(tokens_of));
    let credential = account(&read, &secret, tokens, &at, &mut findings);
    if let (Some(Account::OAuth { .. }), Some(base)) = (&credential, &base) {
        findings.extend(wrong_host(base, &read.url));
    }
    let scope = scope(read.jql.as_ref(), &mut findings);
    let overlap =
        within(OUT_OF_RANGE, "overlap_secs", read.overlap_secs.as_ref(), OVERLAP_SECS, 60..=86_400, &mut findings);
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
    let webhook_secret = read.webhook_secret.as_ref().map(secret);
    let (Some(base), Some(credential), Some(scope)) = (base, credential, scope) else { return Err(findings) };
    if !findings.is_empty() {
        return Err(findings);
    }
    let census_every = Some(Duration::from_secs(census.unsigned_abs() * 3_600));
    let mut streams = Vec::new();
    // First: a new word of the site is known before the issue that uses it.
    if read.catalogue.unwrap_or(true) {
        let about = "statuses, priorities, resolutions, types, projects and fields of the site";
        streams.push(StreamSpec { name: "catalogue", about, census_every, catalogue: true });
    }
    let about = "issues with their history and comments";
    streams.push(StreamSpec { name: "issue", about, census_every, catalogue: false });
    Ok(Settings {
        instance,
        base,
        credential,
        scope,
        extras: Extras { remote_links: read.remote_links.unwrap_or(false), jsm: read.jsm.unwrap_or(false) },
        overlap: Duration::from_secs(overlap.unsigned_abs()),
        reread: (reread > 0).then(|| Duration::from_secs(reread.unsigned_abs() * 86_400)),
        per_second: u32::try_from(per_second).unwrap_or(1),
        webhook_secret,
        streams,
    })
}

fn address(key: &str, url: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Url> {
    let why = match Url::parse(url.get_ref()) {
        Err(error) => error.to_string(),
        Ok(base) if base.host_str().is_none() || !matches!(base.scheme(), "http" | "https") => {
            "it does not name a host".to_owned()
        }
        Ok(base) if !base.username().is_empty() || base.password().is_some() => {
            "user and password do not belong in an address".to_owned()
        }
        Ok(base) if base.query().is_some() || base.fragment().is_some() => "it ends before `?` and `#`".to_owned(),
        Ok(base) if base.path().contains("/rest/") || base.path().contains("/browse/") => {
            "it ends before `/rest` and `/browse`".to_owned()
        }
        Ok(base) if base.scheme() == "http" && !is_loopback(&base) => {
            "without TLS the credential could be read on the way".to_owned()
        }
        Ok(base) => return Some(base),
    };
    let finding = Finding::error("jira::url", format!("`{key}` cannot be used: {why}"), url.span(), "not a site");
    findings.push(finding.help("the site's own address: `https://acme.atlassian.net`"));
    None
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Where a site has its tokens, when nothing else is said.
fn tokens_of(base: &Url) -> Option<Url> {
    if base.host_str() == Some(GATEWAY) {
        return Url::parse(CLOUD_TOKENS).ok();
    }
    let mut url = base.clone();
    url.set_path(&format!("{}/rest/oauth2/latest/token", url.path().trim_end_matches('/')));
    Some(url)
}

/// A site in the cloud takes no token of OAuth at its own address.
fn wrong_host(base: &Url, url: &Spanned<String>) -> Option<Finding> {
    let is_cloud_site = base.host_str().is_some_and(|host| host.ends_with(".atlassian.net"));
    let message = "a site in the cloud takes no tokens of OAuth at its own address";
    let help = "write `https://api.atlassian.com/ex/jira/<cloud id>`; `https://<site>.atlassian.net/_edge/tenant_info` \
                shows the cloud id";
    is_cloud_site.then(|| Finding::error("jira::url", message, url.span(), "the site's own address").help(help))
}

fn account(
    read: &Section,
    secret: &dyn Fn(&Spanned<String>) -> String,
    token_url: Option<Url>,
    at: &Range<usize>,
    findings: &mut Vec<Finding>,
) -> Option<Account> {
    let text = |name: &Spanned<String>| name.get_ref().clone();
    let Section { user, token, client_id, client_secret, refresh_token, .. } = read;
    let missing = match (user, token, client_id, client_secret, refresh_token) {
        (Some(user), Some(token), None, None, None) => {
            return Some(Account::Basic { user: text(user), token: secret(token) });
        }
        (None, Some(token), None, None, None) => return Some(Account::Token { token: secret(token) }),
        (None, None, Some(id), Some(client_secret), refresh_token) => {
            let (client_id, client_secret) = (text(id), secret(client_secret));
            let refresh_token = refresh_token.as_ref().map(secret);
            return token_url.map(|token_url| Account::OAuth { client_id, client_secret, refresh_token, token_url });
        }
        (None, None, None, None, None) => "the account is missing",
        (Some(_), None, ..) => "`token` is missing",
        (_, Some(_), ..) => "a token stands beside an OAuth client: one of them is too much",
        (_, _, Some(_), None, _) => "`client_secret` is missing",
        (_, _, None, Some(_), _) | (_, _, None, _, Some(_)) => "`client_id` is missing",
    };
    let finding = Finding::error("jira::account", missing, at.clone(), "in this section");
    findings.push(finding.help(
        "`user` and `token`; or `token` alone, for a personal access token; or `client_id` and `client_secret` with or \
         without `refresh_token`; secrets are names: `\"env:ACME_TOKEN\"`",
    ));
    None
}

fn scope(jql: Option<&Spanned<String>>, findings: &mut Vec<Finding>) -> Option<Scope> {
    let Some(jql) = jql else { return Some(Scope::default()) };
    let (message, help) = match Scope::parse(jql.get_ref()) {
        Ok(scope) => return Some(scope),
        Err(Unusable::Order) => ("`jql` must not contain `ORDER BY`", "the connector orders the issues itself"),
        Err(Unusable::Bracket) => {
            ("a bracket in `jql` is open, or closes nothing", "`(project = NET OR project = OPS)`")
        }
        Err(Unusable::Quote) => ("a quote in `jql` is not closed", "a quote within a text is written `\\\"`"),
    };
    findings.push(Finding::error("jira::jql", message, jql.span(), "here").help(help));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_sdk::InstanceSettings;
    use std::path::Path;
    use toml::de::DeTable;

    fn read(text: &str) -> Result<Settings, Vec<&'static str>> {
        let settings = InstanceSettings::default();
        let table = DeTable::parse(text).unwrap();
        let section =
            ConfigSection { instance: "acme", at: 0..0, folder: Path::new("/etc"), settings: &settings, table };
        parse(section).map_err(|findings| findings.iter().map(|finding| finding.code).collect())
    }

    const URL: &str = "url = \"https://acme.atlassian.net\"\n";
    const BASIC: &str = "user = \"a@b\"\ntoken = \"env:T\"\n";

    #[test]
    fn every_account_is_read() {
        let settings = read(&format!("{URL}{BASIC}")).unwrap();
        assert!(matches!(settings.credential, Account::Basic { .. }));
        assert_eq!(settings.overlap, Duration::from_secs(600));
        assert_eq!(settings.streams.iter().map(|stream| stream.name).collect::<Vec<_>>(), ["catalogue", "issue"]);
        let settings = read(&format!("{URL}token = \"file:t\"")).unwrap();
        assert!(matches!(settings.credential, Account::Token { token } if token == "file:/etc/t"));
        let client = "client_id = \"c\"\nclient_secret = \"env:S\"\nrefresh_token = \"env:R\"\n";
        let cloud = read(&format!("url = \"https://api.atlassian.com/ex/jira/1\"\n{client}")).unwrap();
        let of = |settings: Settings| match settings.credential {
            Account::OAuth { token_url, .. } => token_url.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(cloud), "https://auth.atlassian.com/oauth/token");
        let own = read(&format!("url = \"https://jira.acme.example/jira\"\n{client}")).unwrap();
        assert_eq!(of(own), "https://jira.acme.example/jira/rest/oauth2/latest/token");
        let told =
            read(&format!("url = \"http://127.0.0.1:1/\"\ntoken_url = \"http://127.0.0.1:1/t\"\n{client}")).unwrap();
        assert_eq!(of(told), "http://127.0.0.1:1/t");
    }

    #[test]
    fn every_problem_has_its_code() {
        for (text, codes) in [
            (format!("url = \"ftp://acme\"\n{BASIC}"), vec!["jira::url"]),
            (format!("url = \"http://acme.example\"\n{BASIC}"), vec!["jira::url"]),
            (format!("url = \"https://u:p@acme.example\"\n{BASIC}"), vec!["jira::url"]),
            (format!("url = \"https://acme.example/rest/api/3\"\n{BASIC}"), vec!["jira::url"]),
            (format!("{URL}client_id = \"c\"\nclient_secret = \"env:S\""), vec!["jira::url"]),
            (URL.to_owned(), vec!["jira::account"]),
            (format!("{URL}user = \"u\""), vec!["jira::account"]),
            (format!("{URL}client_id = \"c\""), vec!["jira::account"]),
            (format!("{URL}refresh_token = \"env:R\""), vec!["jira::account"]),
            (format!("{URL}{BASIC}client_id = \"c\""), vec!["jira::account"]),
            (format!("{URL}{BASIC}jql = \"project = A ORDER BY key\""), vec!["jira::jql"]),
            (format!("{URL}{BASIC}overlap_secs = 5\nrequests_per_second = 0"), vec!["jira::out-of-range"; 2]),
            (
                "url = \"x\"\njql = \"(a\"\ncensus_hours = -1".to_owned(),
                vec!["jira::url", "jira::account", "jira::jql", "jira::out-of-range"],
            ),
        ] {
            assert_eq!(read(&text).err(), Some(codes), "{text}");
        }
    }
}
