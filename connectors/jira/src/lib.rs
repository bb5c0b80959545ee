//! Issues from Jira: Cloud, Data Center, and service management on both; with history, comments, deletions and word lists.
//!
//! This connector knows paths, pages and rights; it never knows what a record means. Every fact that it relies on stands in
//! README.md with the test that proves it.
#![forbid(unsafe_code)]

mod beside;
mod canary;
mod catalogue;
mod census;
mod changelog;
mod config;
mod examine;
mod gaps;
mod issue;
mod jql;
mod moment;
mod pass;
mod position;
mod rest;
mod search;
mod site;

use async_trait::async_trait;
use catalogue::Lists;
use config::{Account, Settings};
use counterfoil_diagnostics::Finding;
use counterfoil_http::{Api, ApiSettings, Budget, Credential, Grant, Limits, OAuth};
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind, Equipment, Examination, PullContext, PullError, PullErrorKind, Secret,
    SecretError, StreamSpec, Webhook,
};
use pass::Reader;
use rest::Rest;
use site::Site;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The kind `jira`.
pub static KIND: JiraKind = JiraKind;

/// Reads `[connector.<instance>] type = "jira"`.
#[derive(Debug, Clone, Copy)]
pub struct JiraKind;

const TEMPLATE: &str = r#"[connector.{instance}]
type = "jira"
mapping = ["jira/issue", "jira/request", "jira/problem", "jira/change", "jira/catalogue", "jira/field"]   # by issue type
url = "https://acme.atlassian.net"           # Cloud or Data Center, with or without service management
user = "integration@acme.example"            # an account that may browse the projects, and no more
token = "env:ACME_JIRA_TOKEN"                # a name, never the token; without `user` a personal access token
# client_id = "…"                            # OAuth instead: a client, with
# client_secret = "env:ACME_CLIENT_SECRET"   # `refresh_token` a consent given once
# refresh_token = "env:ACME_REFRESH_TOKEN"   # (url = "https://api.atlassian.com/ex/jira/<cloud id>")
# jql = "project in (NET, OPS)"              # which issues; the connector orders them itself
# jsm = true                                 # clocks, approvals and ratings of service management: 3 requests an issue
# remote_links = true                        # links to other tools: 1 request an issue
# catalogue = true                           # read statuses, priorities, types, projects and fields, to notice new ones
# overlap_secs = 600                         # how far back each pass looks again: the index is late
# census_hours = 24                          # how often everything is counted and looked for
# reread_days = 7                            # how often everything is read again: some changes leave no mark; 0 is never
# requests_per_second = 10
# webhook_secret = "env:ACME_WEBHOOK_SECRET"   # the site calls /hooks/{instance} when something changed; needs [api]
"#;

impl ConnectorKind for JiraKind {
    fn name(&self) -> &'static str {
        "jira"
    }

    fn about(&self) -> &'static str {
        "issues with history from Jira Cloud, Jira Data Center or Jira Service Management"
    }

    fn template(&self) -> &'static str {
        TEMPLATE
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let settings = config::parse(section)?;
        Ok(Box::new(Jira { settings, rest: None, webhook: None, site: Mutex::new(None) }))
    }
}

struct Jira {
    settings: Settings,
    /// Once it is equipped.
    rest: Option<Rest>,
    webhook: Option<Webhook>,
    /// Once it was looked at. Every pass looks again: zones and rights of accounts change.
    site: Mutex<Option<Arc<Site>>>,
}

#[async_trait]
impl Connector for Jira {
    fn streams(&self) -> &[StreamSpec] {
        &self.settings.streams
    }

    fn equip(&mut self, equipment: &Equipment) -> Result<(), SecretError> {
        let api = Api::new(ApiSettings {
            base: self.settings.base.clone(),
            credential: self.credential(equipment)?,
            budget: Budget { per_second: self.settings.per_second, burst: self.settings.per_second, in_flight: 4 },
            limits: Limits::default(),
            ca_pem: None,
        });
        let api = api.map_err(|error| SecretError::of(&self.settings.instance, error.to_string()))?;
        self.rest = Some(Rest { api });
        if let Some(name) = &self.settings.webhook_secret {
            let secret = Secret::resolve(name, equipment.environment.as_ref())?;
            self.webhook = Some(Webhook { header: "x-hub-signature", prefix: "sha256=", secret });
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), PullError> {
        let checked = match self.site(true).await {
            Ok(site) => examine::can_search(self.rest()?, &site, &self.settings.scope).await,
            Err(kind) => Err(kind),
        };
        self.told("", "look at the site", checked)
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        let page = match stream.catalogue {
            true => self.pull_lists(from, context).await,
            false => self.pull_issues(from, context).await,
        };
        self.told(self.name_of(stream), "read issues", page)
    }

    async fn census(&self, stream: &StreamSpec, _: &Position, _: PullContext) -> Result<CensusPage, PullError> {
        let page = match self.site(true).await {
            Ok(site) if stream.catalogue => Lists { rest: self.rest()?, site }.census().await,
            Ok(site) => self.reader(site)?.census().await,
            Err(kind) => Err(kind),
        };
        self.told(self.name_of(stream), "list issues", page)
    }

    async fn fetch(&self, stream: &StreamSpec, ids: &[String], _: PullContext) -> Result<Fetched, PullError> {
        let fetched = match self.site(false).await {
            Ok(site) if stream.catalogue => Lists { rest: self.rest()?, site }.fetch(ids).await,
            Ok(site) => self.reader(site)?.fetch(ids).await,
            Err(kind) => Err(kind),
        };
        self.told(self.name_of(stream), "fetch single issues", fetched)
    }

    async fn examine(&self, context: PullContext) -> Vec<Examination> {
        match &self.rest {
            Some(rest) => examine::examine(rest, &self.settings, context.now).await,
            None => vec![Examination::of_check(self.check().await)],
        }
    }

    fn webhook(&self) -> Option<Webhook> {
        self.webhook.clone()
    }

    fn ignores_case_of_keys(&self) -> bool {
        true
    }

    fn calls(&self) -> Option<u64> {
        self.rest.as_ref().map(|rest| rest.api.calls())
    }
}

impl Jira {
    fn credential(&self, equipment: &Equipment) -> Result<Credential, SecretError> {
        let secret = |name: &str| Secret::resolve(name, equipment.environment.as_ref());
        let (token_url, grant) = match &self.settings.credential {
            Account::Basic { user, token } => {
                return Ok(Credential::Basic { user: user.clone(), password: secret(token)? });
            }
            Account::Token { token } => return Ok(Credential::Bearer(secret(token)?)),
            Account::OAuth { client_id, client_secret, refresh_token: None, token_url } => {
                let (client_id, client_secret) = (client_id.clone(), secret(client_secret)?);
                (token_url, Grant::ClientCredentials { client_id, client_secret })
            }
            Account::OAuth { client_id, client_secret, refresh_token: Some(refresh_token), token_url } => {
                let (client_id, client_secret) = (client_id.clone(), secret(client_secret)?);
                (token_url, Grant::RefreshToken { client_id, client_secret, initial: secret(refresh_token)? })
            }
        };
        let (store, name) = (Arc::clone(&equipment.tokens), self.settings.instance.clone());
        Ok(Credential::OAuth(OAuth { token_url: token_url.clone(), grant, scope: None, store, name }))
    }

    async fn pull_issues(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        let known = pass::known(from, &self.settings.scope, self.settings.extras)?;
        let is_beginning = known.as_ref().is_none_or(|progress| progress.pass.is_none());
        let site = self.site(is_beginning).await?;
        self.reader_of(site)?.pull(known, context).await
    }

    async fn pull_lists(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        catalogue::check(from)?;
        let site = self.site(false).await?;
        Lists { rest: self.equipped()?, site }.pull(from, context).await
    }

    /// The site as it was found, or as it is found now.
    async fn site(&self, anew: bool) -> Result<Arc<Site>, PullErrorKind> {
        let mut held = self.site.lock().await;
        if let Some(site) = held.as_ref().filter(|_| !anew) {
            return Ok(Arc::clone(site));
        }
        let site = Arc::new(Site::find(self.equipped()?).await?);
        *held = Some(Arc::clone(&site));
        Ok(site)
    }

    fn equipped(&self) -> Result<&Rest, PullErrorKind> {
        let why = "the connector was asked before it was given its credentials";
        self.rest.as_ref().ok_or_else(|| rest::contract(why))
    }

    fn rest(&self) -> Result<&Rest, PullError> {
        self.told("", "ask the site", self.equipped())
    }

    fn reader_of(&self, site: Arc<Site>) -> Result<Reader<'_>, PullErrorKind> {
        let Settings { scope, extras, overlap, reread, .. } = &self.settings;
        Ok(Reader { rest: self.equipped()?, site, scope, extras: *extras, overlap: *overlap, reread: *reread })
    }

    fn reader(&self, site: Arc<Site>) -> Result<Reader<'_>, PullError> {
        self.told("", "ask the site", self.reader_of(site))
    }

    fn name_of(&self, spec: &StreamSpec) -> &'static str {
        self.settings.streams.iter().find(|known| known.name == spec.name).map_or("", |known| known.name)
    }

    /// Says where a failure happened.
    fn told<T>(
        &self,
        stream: &'static str,
        doing: &'static str,
        outcome: Result<T, PullErrorKind>,
    ) -> Result<T, PullError> {
        outcome.map_err(|kind| PullError { instance: self.settings.instance.clone(), stream, doing, kind })
    }
}
