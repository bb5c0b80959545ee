//! Records from ServiceNow's Table API: incidents, problems, changes, requests and what they refer to, with their history,
//! deletions, and choice lists.
//!
//! This connector knows tables, columns and access rules; it never knows what a record means. Every fact that it relies on
//! stands in README.md with the test that proves it.
#![forbid(unsafe_code)]

mod after;
mod beside;
mod canary;
mod cell;
mod census;
mod choose;
mod config;
mod encoded;
mod examine;
mod gaps;
mod history;
mod pass;
mod position;
mod stream;
mod table;
mod tables;
mod walk;

use async_trait::async_trait;
use config::{Account, Settings};
use counterfoil_diagnostics::Finding;
use counterfoil_http::{Api, ApiSettings, Budget, Credential, Grant, Limits, OAuth};
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind, Equipment, Examination, PullContext, PullError, PullErrorKind, Secret,
    SecretError, StreamSpec,
};
use pass::Reader;
use std::sync::Arc;
use table::Tables;

/// The kind `servicenow`.
pub static KIND: ServiceNowKind = ServiceNowKind;

/// Reads `[connector.<instance>] type = "servicenow"`.
#[derive(Debug, Clone, Copy)]
pub struct ServiceNowKind;

const TEMPLATE: &str = r#"[connector.{instance}]
type = "servicenow"
mapping = ["servicenow/incident", "servicenow/choice"]   # records, and the choice lists of their words
url = "https://acme.service-now.com"
user = "integration.counterfoil"             # an account with read access only, its time zone set to GMT
password = "env:ACME_SERVICENOW_PASSWORD"    # a name, never the password
# client_id = "…"                            # OAuth instead: client credentials, or with
# client_secret = "env:ACME_CLIENT_SECRET"   # `refresh_token` a consent given once
# refresh_token = "env:ACME_REFRESH_TOKEN"
# tables = "all"                             # or names, as ["incident", "problem"]; incidents without it
# filter = "assignment_group.name=Network"   # an encoded query for incidents; a misspelt column is refused
# filters.problem = "active=true"            # the same for another table
# choices = true                             # read choice lists, to notice new words of the source
# overlap_secs = 300                         # how far back each pass looks again
# census_hours = 24                          # how often everything is counted and looked for
# reread_days = 7                            # how often everything is read again: some updates leave no mark; 0 is never
# requests_per_second = 10
# api = "latest"                             # latest, v1 or v2
"#;

impl ConnectorKind for ServiceNowKind {
    fn name(&self) -> &'static str {
        "servicenow"
    }

    fn about(&self) -> &'static str {
        "incidents, problems, changes, requests and more, with their history, from a ServiceNow instance"
    }

    fn template(&self) -> &'static str {
        TEMPLATE
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let settings = config::parse(section)?;
        let specs = settings.streams.iter().map(|stream| stream.spec.clone()).collect();
        Ok(Box::new(ServiceNow { settings, specs, tables: None }))
    }
}

struct ServiceNow {
    settings: Settings,
    specs: Vec<StreamSpec>,
    /// Once it is equipped.
    tables: Option<Tables>,
}

#[async_trait]
impl Connector for ServiceNow {
    fn streams(&self) -> &[StreamSpec] {
        &self.specs
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
        self.tables = Some(Tables { api, path: self.settings.path });
        Ok(())
    }

    async fn check(&self) -> Result<(), PullError> {
        let checked = match &self.tables {
            Some(tables) => examine::can_read(tables, &self.settings).await,
            None => Err(not_equipped()),
        };
        self.told("", "look at the instance", checked)
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        let page = match self.reader(stream) {
            Ok(reader) => reader.pull(from, context).await,
            Err(kind) => Err(kind),
        };
        self.told(self.name_of(stream), "read rows", page)
    }

    async fn census(&self, stream: &StreamSpec, from: &Position, _: PullContext) -> Result<CensusPage, PullError> {
        let page = match self.reader(stream) {
            Ok(reader) => reader.census(from).await,
            Err(kind) => Err(kind),
        };
        self.told(self.name_of(stream), "list rows", page)
    }

    async fn fetch(&self, stream: &StreamSpec, ids: &[String], _: PullContext) -> Result<Fetched, PullError> {
        let fetched = match self.reader(stream) {
            Ok(reader) => reader.fetch(ids).await,
            Err(kind) => Err(kind),
        };
        self.told(self.name_of(stream), "fetch single rows", fetched)
    }

    async fn examine(&self, context: PullContext) -> Vec<Examination> {
        match &self.tables {
            Some(tables) => examine::examine(tables, &self.settings, context.now).await,
            None => vec![Examination::of_check(self.check().await)],
        }
    }

    fn calls(&self) -> Option<u64> {
        self.tables.as_ref().map(|tables| tables.api.calls())
    }
}

impl ServiceNow {
    fn credential(&self, equipment: &Equipment) -> Result<Credential, SecretError> {
        let secret = |name: &str| Secret::resolve(name, equipment.environment.as_ref());
        let grant = match &self.settings.credential {
            Account::Basic { user, password } => {
                return Ok(Credential::Basic { user: user.clone(), password: secret(password)? });
            }
            Account::ClientCredentials { client_id, client_secret } => {
                Grant::ClientCredentials { client_id: client_id.clone(), client_secret: secret(client_secret)? }
            }
            Account::RefreshToken { client_id, client_secret, refresh_token } => Grant::RefreshToken {
                client_id: client_id.clone(),
                client_secret: secret(client_secret)?,
                initial: secret(refresh_token)?,
            },
        };
        let mut token_url = self.settings.base.clone();
        token_url.set_path(&format!("{}/oauth_token.do", token_url.path().trim_end_matches('/')));
        let (store, name) = (Arc::clone(&equipment.tokens), self.settings.instance.clone());
        Ok(Credential::OAuth(OAuth { token_url, grant, scope: None, store, name }))
    }

    fn reader(&self, spec: &StreamSpec) -> Result<Reader<'_>, PullErrorKind> {
        let tables = self.tables.as_ref().ok_or_else(not_equipped)?;
        let stream = self.settings.streams.iter().find(|stream| stream.spec.name == spec.name);
        let stream = stream.ok_or_else(|| PullErrorKind::NotFound { what: format!("the stream {}", spec.name) })?;
        Ok(Reader { tables, stream, overlap: self.settings.overlap, reread: self.settings.reread })
    }

    fn name_of(&self, spec: &StreamSpec) -> &'static str {
        self.specs.iter().find(|known| known.name == spec.name).map_or("", |known| known.name)
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

fn not_equipped() -> PullErrorKind {
    PullErrorKind::Contract { source: "the connector was asked before it was given its credentials".into() }
}
