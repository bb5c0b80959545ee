//! Mails: from IMAP mailboxes, from mailboxes behind Microsoft Graph, and at rest in Maildirs, mbox files and .eml files.
//!
//! This connector knows mailboxes and how mails are written; it never knows what a mail means. A mail is known by its bytes:
//! under another UID, in another folder or file it is the same mail. Nothing is ever marked, moved, answered or deleted.
//! Every fact that it relies on stands in README.md with the test that proves it.
#![forbid(unsafe_code)]

mod at_rest;
mod client;
mod config;
mod graph;
mod imap;
mod mail;
mod names;
#[doc(hidden)]
pub mod proof;
mod record;

use async_trait::async_trait;
use at_rest::Folder;
use config::{Settings, Source};
use counterfoil_diagnostics::Finding;
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind, Equipment, Examination, GatheredStream, PullContext, PullError,
    PullErrorKind, SecretError, StreamSpec,
};
use graph::Graph;
use imap::Imap;
use record::Limits;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;

/// The kind `email`.
pub static KIND: EmailKind = EmailKind;

/// Reads `[connector.<instance>] type = "email"`.
#[derive(Debug, Clone, Copy)]
pub struct EmailKind;

const TEMPLATE: &str = r#"[connector.{instance}]
type = "email"
mapping = ["email/mail", "email/incident", "email/request", "email/conversation"]   # mails; tickets made of them; the rest
folder = "mail/"                             # Maildir, mbox or .eml files, in this folder and below; or instead:
# server = "imap.example.org"                # an IMAP server; `:993` is meant, with TLS
# user = "support@example.org"
# password = "env:MAIL_PASSWORD"             # or token = "env:MAIL_TOKEN" with sasl = "xoauth2" or "oauthbearer"; or a
#                                            # client that gets tokens: tenant or token_url, client_id, client_secret
# mailboxes = ["INBOX"]                      # opened for reading only; nothing is marked, moved or deleted
# reports = { to = "supplier-monthly" }      # attached tables become files of that instance's folder
# dialect = "graph"                          # or Microsoft Graph, with `Mail.Read`; `user` is the mailbox
# tenant = "acme.onmicrosoft.com"            # or token_url, and for a national cloud url
# client_id = "00000000-0000-0000-0000-000000000000"
# client_secret = "env:MAIL_CLIENT_SECRET"   # with a user's consent refresh_token as well
# requests_per_second = 10
# mail_mb = 25                               # larger mails are set aside unread
# census_hours = 24                          # how often everything is read again and counted
"#;

impl ConnectorKind for EmailKind {
    fn name(&self) -> &'static str {
        "email"
    }

    fn about(&self) -> &'static str {
        "mails from IMAP mailboxes, Microsoft Graph, Maildir, mbox and .eml files"
    }

    fn template(&self) -> &'static str {
        TEMPLATE
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let settings = config::parse(section)?;
        let stream = StreamSpec {
            name: "mails",
            about: "the mails themselves, each once",
            census_every: settings.census_every,
            catalogue: false,
        };
        let Settings { instance, limits, source, .. } = settings;
        let source = match source {
            Source::Folder { path, shown } => Place::AtRest(Arc::new(Folder::new(path, shown, limits))),
            Source::Imap(settings) => Place::Imap(Box::new(Imap::new(settings, limits))),
            Source::Graph(settings) => Place::Graph(Box::new(Graph::new(settings, limits))),
        };
        Ok(Box::new(EmailConnector { instance, streams: [stream], source }))
    }
}

struct EmailConnector {
    instance: String,
    streams: [StreamSpec; 1],
    source: Place,
}

/// Where the mails of an instance are.
enum Place {
    AtRest(Arc<Folder>),
    Imap(Box<Imap>),
    Graph(Box<Graph>),
}

#[async_trait]
impl Connector for EmailConnector {
    fn streams(&self) -> &[StreamSpec] {
        &self.streams
    }

    fn equip(&mut self, equipment: &Equipment) -> Result<(), SecretError> {
        match &mut self.source {
            Place::AtRest(_) => Ok(()),
            Place::Imap(imap) => imap.equip(&self.instance, equipment),
            Place::Graph(graph) => graph.equip(&self.instance, equipment),
        }
    }

    fn gathered(&self) -> Option<GatheredStream> {
        let about = "what mails are about, one record for each conversation";
        let into = StreamSpec { name: "conversations", about, census_every: None, catalogue: false };
        let about = "what mails bring beside their words: records that programs wrote, and files handed over";
        let reports = StreamSpec { name: "reports", about, census_every: None, catalogue: false };
        Some(GatheredStream { from: "mails", into, reports })
    }

    fn enclosed(&self, payload: &str, part: &str) -> Option<Vec<u8>> {
        mail::enclosed(payload, part, &Limits::default())
    }

    async fn check(&self) -> Result<(), PullError> {
        const DOING: &str = "look at the mails";
        match &self.source {
            Place::AtRest(folder) => self.at_rest(folder, DOING, |folder| folder.check().map(|_| ())).await,
            Place::Imap(imap) => imap.check().await.map_err(|kind| self.error(DOING, kind)),
            Place::Graph(graph) => graph.check().await.map_err(|kind| self.error(DOING, kind)),
        }
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        const DOING: &str = "read mails";
        if stream.name != self.streams[0].name {
            let kind = PullErrorKind::NotFound { what: format!("stream {}", stream.name) };
            return Err(self.error(DOING, kind));
        }
        match &self.source {
            Place::AtRest(folder) => {
                let from = from.clone();
                self.at_rest(folder, DOING, move |folder| folder.pull(&from, context)).await
            }
            Place::Imap(imap) => imap.pull(from, context).await.map_err(|kind| self.error(DOING, kind)),
            Place::Graph(graph) => graph.pull(from, context).await.map_err(|kind| self.error(DOING, kind)),
        }
    }

    async fn census(&self, _: &StreamSpec, from: &Position, _: PullContext) -> Result<CensusPage, PullError> {
        const DOING: &str = "list the mails";
        match &self.source {
            Place::AtRest(folder) => self.at_rest(folder, DOING, Folder::census).await,
            Place::Imap(imap) => imap.census(from).await.map_err(|kind| self.error(DOING, kind)),
            Place::Graph(graph) => graph.census(from).await.map_err(|kind| self.error(DOING, kind)),
        }
    }

    async fn fetch(&self, _: &StreamSpec, ids: &[String], _: PullContext) -> Result<Fetched, PullError> {
        const DOING: &str = "look for single mails";
        match &self.source {
            Place::AtRest(folder) => {
                let ids = ids.to_vec();
                self.at_rest(folder, DOING, move |folder| folder.fetch(&ids)).await
            }
            Place::Imap(imap) => imap.fetch(ids).await.map_err(|kind| self.error(DOING, kind)),
            Place::Graph(graph) => graph.fetch(ids).await.map_err(|kind| self.error(DOING, kind)),
        }
    }

    async fn news(&self) -> Result<(), PullError> {
        match &self.source {
            // The service calls only addresses that it can reach.
            Place::AtRest(_) | Place::Graph(_) => std::future::pending().await,
            Place::Imap(imap) => imap.news().await.map_err(|kind| self.error("listen for new mails", kind)),
        }
    }

    async fn examine(&self, _: PullContext) -> Vec<Examination> {
        match &self.source {
            Place::AtRest(folder) => match self.at_rest(folder, "look at the mails", Folder::check).await {
                Ok(found) => vec![Examination::fine("list the mails at rest", found)],
                Err(error) => vec![Examination::of_check(Err(error))],
            },
            Place::Imap(imap) => imap.examine().await,
            Place::Graph(graph) => graph.examine().await,
        }
    }

    fn calls(&self) -> Option<u64> {
        match &self.source {
            Place::AtRest(_) | Place::Imap(_) => None,
            Place::Graph(graph) => graph.calls(),
        }
    }
}

/// The name of a secret as the binary resolves it: a path starts at the configuration's folder.
fn secret_in(folder: &Path) -> impl Fn(&Spanned<String>) -> String {
    move |name| match name.get_ref().strip_prefix("file:") {
        Some(path) => format!("file:{}", folder.join(path).display()),
        None => name.get_ref().clone(),
    }
}

/// More authorities than the machine knows.
fn ca_pem(file: &Path) -> Result<String, SecretError> {
    std::fs::read_to_string(file).map_err(|error| SecretError::of(&file.display().to_string(), error.to_string()))
}

impl EmailConnector {
    async fn at_rest<T: Send + 'static>(
        &self,
        folder: &Arc<Folder>,
        doing: &'static str,
        read: impl FnOnce(&Folder) -> Result<T, PullErrorKind> + Send + 'static,
    ) -> Result<T, PullError> {
        let folder = Arc::clone(folder);
        let read = tokio::task::spawn_blocking(move || read(&folder)).await;
        // A panic below is a bug of this connector; it fails this pull and nothing else.
        let read = read.unwrap_or_else(|error| Err(PullErrorKind::Contract { source: error.into() }));
        read.map_err(|kind| self.error(doing, kind))
    }

    fn error(&self, doing: &'static str, kind: PullErrorKind) -> PullError {
        PullError { instance: self.instance.clone(), stream: self.streams[0].name, doing, kind }
    }
}
