//! A gateway as the whole ways have it: one configured instance, its connector, its mappings, a ledger on disk, and a clock
//! that a simulator shows.

use counterfoil_config::{Input, Instance, MappingChoice, parse};
use counterfoil_diagnostics::{SourceText, render_all};
use counterfoil_ledger::{Durability, FjallLedger, Options};
use counterfoil_mapping::{Mapping, NamedMapping, Settings, compile_instance, shipped};
use counterfoil_model::Slug;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::{SyncError, sync_stream};
use counterfoil_pipeline::{Clock, GapReport, Listener, Mappings, PassReport, Silent, Source};
use counterfoil_sdk::{Connector, ConnectorKind, Equipment, TokenStore};
use counterfoil_testkit::MemoryTokens;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Passes over a stream that may fail in a row. Faults of the gym strike each request a few times.
const MOST_FAILURES: u32 = 800;

pub(crate) const DAY_SECS: i64 = 86_400;

/// The clock of the gateway: the simulator's, and so much ahead of it.
pub(crate) struct GymClock {
    shows: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) ahead_secs: Mutex<i64>,
}

impl Clock for GymClock {
    fn now(&self) -> Timestamp {
        (self.shows)() + SignedDuration::from_secs(*self.ahead_secs.lock().unwrap())
    }
}

/// What stands in the configuration.
#[derive(Clone)]
pub(crate) struct Configured {
    pub(crate) kind: &'static dyn ConnectorKind,
    pub(crate) mappings: Vec<&'static str>,
    /// Lines of the section `[connector.acme]`, and sections below it.
    pub(crate) section: String,
    /// What the names of secrets stand for: `env:NAME`.
    pub(crate) secrets: BTreeMap<&'static str, String>,
    pub(crate) page_size: usize,
}

/// A mapping of these tests: it takes every row that says which table it is of, whatever the shipped ones make of it. What
/// changes without a mark is held as of before unless a mapping reads it, so this one reads all of that.
pub(crate) const ANY: &str = "test/any";
const ANY_FILE: &str = include_str!("any.toml");

/// Everything that a whole way needs beside the source.
pub(crate) struct Gateway {
    pub(crate) configured: Configured,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<GymClock>,
    pub(crate) connector: Arc<dyn Connector>,
    mappings: Arc<Mappings>,
    tokens: Arc<MemoryTokens>,
    _folder: tempfile::TempDir,
}

impl Gateway {
    pub(crate) fn new(configured: Configured, shows: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let folder = folder();
        let options = Options { durability: Durability::Process, ..Options::default() };
        let ledger: Arc<dyn Ledger> = Arc::new(FjallLedger::open(&folder.path().join("ledger"), options).unwrap());
        let tokens = Arc::new(MemoryTokens::default());
        let (connector, mappings) = connect(&configured, &tokens);
        let clock = Arc::new(GymClock { shows: Box::new(shows), ahead_secs: Mutex::new(0) });
        Self { configured, ledger, clock, connector, mappings, tokens, _folder: folder }
    }

    /// As if the gateway was started anew: nothing is remembered but what is on disk.
    pub(crate) fn restart(&mut self) {
        (self.connector, self.mappings) = connect(&self.configured, &self.tokens);
    }

    pub(crate) fn source(&self, stream: &str) -> Source {
        let stream = self.connector.streams().iter().find(|spec| spec.name == stream).unwrap().clone();
        Source {
            instance: "acme".into(),
            stream,
            connector: Arc::clone(&self.connector),
            mappings: Arc::clone(&self.mappings),
            page_size: self.configured.page_size,
            gathering: None,
        }
    }

    /// One pass over one stream.
    pub(crate) async fn pass(&self, stream: &str) -> Result<PassReport, SyncError> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let listener: Arc<dyn Listener> = Arc::new(Silent);
        sync_stream(&self.source(stream), &self.ledger, &clock, &listener).await
    }

    /// Passes over a stream until one is not stopped by a fault; what stopped the last one, otherwise. `waits` lets time
    /// pass between two of them.
    pub(crate) async fn patiently(&self, stream: &str, waits: impl Fn()) -> Result<PassReport, String> {
        let mut last = String::new();
        for _ in 0..MOST_FAILURES {
            match self.pass(stream).await {
                Ok(report) if !report.gaps.iter().any(is_passing) => return Ok(report),
                Ok(report) => last = format!("{:?}", report.gaps),
                Err(error) => last = format!("{error:?}"),
            }
            waits();
        }
        Err(format!("no pass over {stream} comes to its end: {last}"))
    }
}

/// A gap that the next pass may close. Without the right to read a table there is no census of it.
fn is_passing(gap: &GapReport) -> bool {
    gap.code == "census::failed" && !gap.reason.contains("no permission")
}

/// In memory, where the machine has a folder for that: no test here takes the power away.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

fn connect(configured: &Configured, tokens: &Arc<MemoryTokens>) -> (Arc<dyn Connector>, Arc<Mappings>) {
    let party = "[party.acme]\nname = \"Acme\"\nrole = \"external_supplier\"\n";
    let Configured { kind, mappings, section, secrets, .. } = configured;
    let name = kind.name();
    let text =
        format!("[connector.acme]\ntype = \"{name}\"\nparty = \"acme\"\nmapping = {mappings:?}\n{section}\n{party}");
    let source = SourceText { name: "counterfoil.toml".into(), text: text.into() };
    let input = Input { source, folder: PathBuf::from("."), sets: Vec::new() };
    let mut names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    names.push(ANY);
    let parsed = parse(&input, &[*kind], &names);
    assert!(parsed.findings.is_empty(), "{}", render_all(&parsed.findings, false, 100));
    let mut instance = parsed.config.unwrap().instances.remove(0);
    let secrets = secrets.clone();
    let environment = Arc::new(move |name: &str| secrets.get(name).cloned());
    let equipment = Equipment { environment, tokens: Arc::clone(tokens) as Arc<dyn TokenStore> };
    instance.connector.equip(&equipment).unwrap();
    let mappings = Mappings::new(compiled(&instance));
    (Arc::from(instance.connector), Arc::new(mappings))
}

/// As the binary does it.
fn compiled(instance: &Instance) -> Vec<Mapping> {
    let settings = Settings { instance: "acme".into(), party: Some(Slug::of("acme")), ..Settings::default() };
    let named = |choice: &MappingChoice| NamedMapping {
        name: choice.name.clone(),
        file: match choice.name.as_str() {
            ANY => SourceText { name: "any.toml".into(), text: ANY_FILE.into() },
            name => shipped::find(name).unwrap().source(),
        },
    };
    let named: Vec<NamedMapping> = instance.mappings.iter().map(named).collect();
    let overrides = instance.overrides.as_ref().map(|overrides| &overrides.document);
    compile_instance(&named, overrides, &settings).expect("shipped mappings are right")
}
