//! A kind of connector that exists only here: it reads its section as real ones do and pulls nothing.

use async_trait::async_trait;
use counterfoil_config::{Input, Parsed, parse};
use counterfoil_diagnostics::{Finding, SourceText, render_all};
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, GatheredStream, PullContext, PullError, StreamSpec};
use serde::Deserialize;
use std::cell::RefCell;
use toml::Spanned;

pub(crate) const KINDS: &[&dyn ConnectorKind] = &[&FakeFile, &Sullen, &Post, &Registry];
pub(crate) const MAPPINGS: &[&str] =
    &["file/incident", "servicenow/incident-log", "volvo/problem", "register/agreement", "register/incident-log"];

pub(crate) struct FakeFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    path: Spanned<String>,
    key: String,
    page_size: Option<Spanned<u16>>,
    shape: Option<Shape>,
    api_token: Option<String>,
    quote: Option<char>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Record,
    Log,
}

impl ConnectorKind for FakeFile {
    fn name(&self) -> &'static str {
        "file"
    }

    fn about(&self) -> &'static str {
        "a file that is never read"
    }

    fn template(&self) -> &'static str {
        "[connector.{instance}]\ntype = \"file\"\npath = \"log.csv\"  # the file\nkey = \"number\"\n"
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let section: Section = section.read()?;
        let mut findings = Vec::new();
        if section.path.get_ref().is_empty() || section.key.is_empty() {
            findings.push(Finding::error("fake::empty", "`path` is empty", section.path.span(), "empty"));
        }
        if let Some(size) = section.page_size.filter(|size| *size.get_ref() > 100) {
            findings.push(Finding::error("fake::page-size", "`page_size` is out of range", size.span(), "1 to 100"));
        }
        let _unused = (
            section.shape.is_some_and(|shape| matches!(shape, Shape::Record | Shape::Log)),
            (section.api_token, section.quote),
        );
        if findings.is_empty() { Ok(Box::new(Idle)) } else { Err(findings) }
    }
}

/// A kind that refuses and does not say why.
pub(crate) struct Sullen;

impl ConnectorKind for Sullen {
    fn name(&self) -> &'static str {
        "sullen"
    }

    fn about(&self) -> &'static str {
        "refuses everything"
    }

    fn template(&self) -> &'static str {
        "[connector.{instance}]\ntype = \"sullen\"\nmapping = \"mine.toml\"\nparty = \"acme\"\n"
    }

    fn parse(&self, _: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        Err(Vec::new())
    }
}

/// A kind whose records are gathered.
pub(crate) struct Post;

impl ConnectorKind for Post {
    fn name(&self) -> &'static str {
        "post"
    }

    fn about(&self) -> &'static str {
        "mails that nobody wrote"
    }

    fn template(&self) -> &'static str {
        "[connector.{instance}]\ntype = \"post\"\nmapping = \"mine.toml\"\nparty = \"acme\"\n"
    }

    fn parse(&self, _: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        Ok(Box::new(Letters))
    }
}

thread_local! {
    /// What the kind of registers was handed last, as TOML.
    static HANDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the registers of a configuration were handed on as.
pub(crate) fn handed() -> String {
    HANDED.take()
}

/// The kind that takes the registers.
pub(crate) struct Registry;

impl ConnectorKind for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn about(&self) -> &'static str {
        "keeps what it is handed"
    }

    fn template(&self) -> &'static str {
        ""
    }

    fn is_of_registers(&self) -> bool {
        true
    }

    fn parse(&self, section: ConfigSection<'_>) -> Result<Box<dyn Connector>, Vec<Finding>> {
        let table: toml::Table = section.read()?;
        HANDED.set(toml::to_string(&table).expect("a table can be written"));
        Ok(Box::new(Idle))
    }
}

struct Letters;

#[async_trait]
impl Connector for Letters {
    fn streams(&self) -> &[StreamSpec] {
        &[]
    }

    fn gathered(&self) -> Option<GatheredStream> {
        let into = StreamSpec { name: "conversations", about: "none", census_every: None, catalogue: false };
        let reports = StreamSpec { name: "reports", about: "none", census_every: None, catalogue: false };
        Some(GatheredStream { from: "mails", into, reports })
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, _: &StreamSpec, _: &Position, _: PullContext) -> Result<Page, PullError> {
        Ok(Page::default())
    }
}

struct Idle;

#[async_trait]
impl Connector for Idle {
    fn streams(&self) -> &[StreamSpec] {
        &[]
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, _: &StreamSpec, _: &Position, _: PullContext) -> Result<Page, PullError> {
        Ok(Page::default())
    }
}

pub(crate) fn read(text: &str, sets: &[&str]) -> Parsed {
    let source = SourceText { name: "counterfoil.toml".into(), text: text.into() };
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    parse(&Input { source, folder: "conf".into(), sets }, KINDS, MAPPINGS)
}

pub(crate) fn codes(parsed: &Parsed) -> Vec<&'static str> {
    parsed.findings.iter().map(|(_, finding)| finding.code).collect()
}

pub(crate) fn rendered(parsed: &Parsed) -> String {
    render_all(&parsed.findings, false, 100)
}
