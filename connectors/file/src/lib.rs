//! Records from files: CSV, JSON lines, spreadsheets; one row per record, or many rows per record (a log).
//!
//! This connector knows files, columns and dates; it never knows what a record means.
#![forbid(unsafe_code)]

mod config;
mod dates;
mod dates_plan;
mod folder;
mod header;
mod json_lines;
mod log;
mod log_sort;
mod open;
mod order;
mod page;
mod pass;
mod position;
mod problem;
mod rows;
mod sheet;
mod survey;
mod text;

use async_trait::async_trait;
use counterfoil_diagnostics::Finding;
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind, InboxFolder, PullContext, PullError, PullErrorKind, StreamSpec,
};
use pass::Shared;
use std::sync::Arc;

/// The kind `file`.
pub static KIND: FileKind = FileKind;

/// Reads `[connector.<instance>] type = "file"`.
#[derive(Debug, Clone, Copy)]
pub struct FileKind;

const STREAMS: &[StreamSpec] = &[StreamSpec {
    name: "records",
    about: "the records of a file or of a folder of files",
    census_every: None,
    catalogue: false,
}];

const TEMPLATE: &str = r#"[connector.{instance}]
type = "file"
path = "incoming/*.csv"        # a file, a folder, or a folder and a pattern
key = "number"                 # the column (JSON lines: member or /pointer) with the record's own id
# version = "sys_updated_on"   # the record's last-updated mark
# format = "auto"              # auto, csv, jsonl, xlsx
# shape = "record"             # "record": one row per record; "log": many rows per record
# order_by = ["sys_updated_at", "sys_mod_count"]   # log: what orders the rows of one record
# zone = "Europe/Lisbon"       # of moments that the file writes without an offset
# dates = "dmy"                # dmy, mdy or ymd, where the values of a column do not prove it
# nulls = ["", "?"]            # texts that mean nothing
"#;

impl ConnectorKind for FileKind {
    fn name(&self) -> &'static str {
        "file"
    }

    fn about(&self) -> &'static str {
        "records from CSV, JSON lines and .xlsx files"
    }

    fn template(&self) -> &'static str {
        TEMPLATE
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let settings = config::parse(section)?;
        Ok(Box::new(FileConnector { shared: Arc::new(Shared::new(settings)) }))
    }
}

struct FileConnector {
    shared: Arc<Shared>,
}

#[async_trait]
impl Connector for FileConnector {
    fn streams(&self) -> &[StreamSpec] {
        STREAMS
    }

    fn inbox(&self) -> Option<InboxFolder> {
        let shared = Arc::clone(&self.shared);
        let folder = self.shared.settings.path.clone();
        let shown = self.shared.settings.shown.clone();
        Some(InboxFolder { folder, shown, reads: Arc::new(move |name| folder::is_read(name, &shared.settings)) })
    }

    async fn check(&self) -> Result<(), PullError> {
        let shared = Arc::clone(&self.shared);
        let checked = tokio::task::spawn_blocking(move || pass::check(&shared)).await;
        self.told("", "look at the files", flatten(checked))
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        let known = STREAMS.iter().find(|known| known.name == stream.name);
        let Some(known) = known else {
            return self.told(
                "",
                "read files",
                Err(PullErrorKind::NotFound { what: format!("stream {}", stream.name) }),
            );
        };
        let shared = Arc::clone(&self.shared);
        let from = from.clone();
        let page = tokio::task::spawn_blocking(move || pass::pull(&shared, &from, context)).await;
        self.told(known.name, "read files", flatten(page))
    }
}

impl FileConnector {
    /// Says where a failure happened.
    fn told<T>(
        &self,
        stream: &'static str,
        doing: &'static str,
        outcome: Result<T, PullErrorKind>,
    ) -> Result<T, PullError> {
        let instance = || self.shared.settings.instance.clone();
        outcome.map_err(|kind| PullError { instance: instance(), stream, doing, kind })
    }
}

/// A panic below is a bug of this connector; it fails this pull and nothing else.
fn flatten<T>(joined: Result<Result<T, PullErrorKind>, tokio::task::JoinError>) -> Result<T, PullErrorKind> {
    joined.unwrap_or_else(|error| Err(PullErrorKind::Contract { source: error.into() }))
}
