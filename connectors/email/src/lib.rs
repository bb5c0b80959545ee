//! Mails: from IMAP mailboxes, and at rest in Maildirs, mbox files and .eml files.
//!
//! This connector knows mailboxes and how mails are written; it never knows what a mail means. A mail is known by its bytes:
//! under another UID, in another folder or file it is the same mail. Nothing is ever marked, moved, answered or deleted.
//! Every fact that it relies on stands in README.md with the test that proves it.
#![forbid(unsafe_code)]

mod at_rest;
mod config;
mod mail;
#[doc(hidden)]
pub mod proof;
mod record;

use async_trait::async_trait;
use at_rest::Folder;
use config::{Settings, Source};
use counterfoil_diagnostics::Finding;
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind, Examination, GatheredStream, PullContext, PullError, PullErrorKind,
    StreamSpec,
};
use std::sync::Arc;

/// The kind `email`.
pub static KIND: EmailKind = EmailKind;

/// Reads `[connector.<instance>] type = "email"`.
#[derive(Debug, Clone, Copy)]
pub struct EmailKind;

const TEMPLATE: &str = r#"[connector.{instance}]
type = "email"
mapping = ["email/mail", "email/incident", "email/conversation"]   # mails; tickets made of them; other conversations
folder = "mail/"                             # Maildir, mbox or .eml files, in this folder and below
# mail_mb = 25                               # larger mails are set aside unread
# census_hours = 24                          # how often everything is read again and counted
"#;

impl ConnectorKind for EmailKind {
    fn name(&self) -> &'static str {
        "email"
    }

    fn about(&self) -> &'static str {
        "mails from IMAP mailboxes, Maildir, mbox and .eml files"
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
            Source::Folder { path, shown } => Arc::new(Folder::new(path, shown, limits)),
        };
        Ok(Box::new(EmailConnector { instance, streams: [stream], source }))
    }
}

struct EmailConnector {
    instance: String,
    streams: [StreamSpec; 1],
    source: Arc<Folder>,
}

#[async_trait]
impl Connector for EmailConnector {
    fn streams(&self) -> &[StreamSpec] {
        &self.streams
    }

    fn gathered(&self) -> Option<GatheredStream> {
        let about = "what mails are about, one record for each conversation";
        let into = StreamSpec { name: "conversations", about, census_every: None, catalogue: false };
        Some(GatheredStream { from: "mails", into })
    }

    async fn check(&self) -> Result<(), PullError> {
        self.at_rest("look at the mails", |folder| folder.check().map(|_| ())).await
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        if stream.name != self.streams[0].name {
            let kind = PullErrorKind::NotFound { what: format!("stream {}", stream.name) };
            return Err(self.error("read mails", kind));
        }
        let from = from.clone();
        self.at_rest("read mails", move |folder| folder.pull(&from, context)).await
    }

    async fn census(&self, _: &StreamSpec, _: &Position, _: PullContext) -> Result<CensusPage, PullError> {
        self.at_rest("list the mails", Folder::census).await
    }

    async fn fetch(&self, _: &StreamSpec, ids: &[String], _: PullContext) -> Result<Fetched, PullError> {
        let ids = ids.to_vec();
        self.at_rest("look for single mails", move |folder| folder.fetch(&ids)).await
    }

    async fn examine(&self, _: PullContext) -> Vec<Examination> {
        let looked = self.at_rest("look at the mails", Folder::check).await;
        match looked {
            Ok(found) => vec![Examination::fine("list the mails at rest", found)],
            Err(error) => vec![Examination::of_check(Err(error))],
        }
    }
}

impl EmailConnector {
    async fn at_rest<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Folder) -> Result<T, PullErrorKind> + Send + 'static,
    ) -> Result<T, PullError> {
        let folder = Arc::clone(&self.source);
        let read = tokio::task::spawn_blocking(move || read(&folder)).await;
        // A panic below is a bug of this connector; it fails this pull and nothing else.
        let read = read.unwrap_or_else(|error| Err(PullErrorKind::Contract { source: error.into() }));
        read.map_err(|kind| self.error(doing, kind))
    }

    fn error(&self, doing: &'static str, kind: PullErrorKind) -> PullError {
        PullError { instance: self.instance.clone(), stream: self.streams[0].name, doing, kind }
    }
}
