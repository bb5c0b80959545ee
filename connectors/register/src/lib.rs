//! The registers of the configuration as records: parties, services, calendars, agreements and their targets.
//!
//! The configuration is the whole truth of this one stream: a section that is gone is a deletion, and one that says what
//! it said before is no record of this pass. It never knows what a section means, and reads nothing but what it was given.
#![forbid(unsafe_code)]

mod position;
mod pull;
mod sections;

use async_trait::async_trait;
use counterfoil_diagnostics::Finding;
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, PullContext, PullError, PullErrorKind, StreamSpec};
use sections::Sections;

/// The kind `register`.
pub static KIND: RegisterKind = RegisterKind;

/// Takes the registers of `counterfoil.toml`; no section names it.
#[derive(Debug, Clone, Copy)]
pub struct RegisterKind;

const STREAM: &str = "records";

const STREAMS: &[StreamSpec] = &[StreamSpec {
    name: STREAM,
    about: "the parties, services, calendars and agreements of the configuration",
    census_every: None,
    catalogue: false,
}];

impl ConnectorKind for RegisterKind {
    fn name(&self) -> &'static str {
        "register"
    }

    fn about(&self) -> &'static str {
        "the registers of the configuration itself"
    }

    fn template(&self) -> &'static str {
        ""
    }

    fn is_of_registers(&self) -> bool {
        true
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        Ok(Box::new(RegisterConnector { instance: section.instance.to_owned(), sections: Sections::read(section)? }))
    }
}

struct RegisterConnector {
    instance: String,
    sections: Sections,
}

#[async_trait]
impl Connector for RegisterConnector {
    fn streams(&self) -> &[StreamSpec] {
        STREAMS
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, stream: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        let page = match stream.name {
            STREAM => pull::page(&self.sections, from, context.page_size),
            name => Err(PullErrorKind::NotFound { what: format!("stream {name}") }),
        };
        let instance = || self.instance.clone();
        page.map_err(|kind| PullError { instance: instance(), stream: STREAM, doing: "read the registers", kind })
    }
}
