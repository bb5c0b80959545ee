//! One instance, one connector, one ledger; and how passes are made until nothing is left to be done.

use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::SourceText;
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, Server, Switches};
use counterfoil_ledger::{Durability, FjallLedger, Options};
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use counterfoil_model::Slug;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::{SyncError, sync_stream};
use counterfoil_pipeline::{Clock, GapReport, Listener, Mappings, PassReport, Silent, Source};
use counterfoil_sdk::{Connector, Equipment, TokenStore};
use counterfoil_testkit::MemoryTokens;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// Passes over a stream that may fail in a row. Faults of the gym strike each request a few times.
const MOST_FAILURES: u32 = 800;

const DAY_SECS: i64 = 86_400;

/// The account of the gym, by password.
pub(crate) const BASIC: &str = "user = \"integration\"\npassword = \"env:PASSWORD\"\n";
/// By a client of its own.
pub(crate) const CLIENT: &str = "client_id = \"gym-client\"\nclient_secret = \"env:CLIENT_SECRET\"\n";
/// What tests turn the periods down to: whatever can be due is due.
pub(crate) const ALWAYS_DUE: &str = "requests_per_second = 1000\ncensus_hours = 0\n";

/// The clock of the gateway: the instance's, and so much ahead of it.
pub(crate) struct GymClock {
    instance: Arc<Mutex<Instance>>,
    pub(crate) ahead_secs: Mutex<i64>,
}

impl Clock for GymClock {
    fn now(&self) -> Timestamp {
        let now = self.instance.lock().unwrap().now();
        Timestamp::from_second(now.as_second() + *self.ahead_secs.lock().unwrap()).unwrap()
    }
}

/// Everything that a whole way needs.
pub(crate) struct Estate {
    pub(crate) server: Server,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<GymClock>,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) page_size: usize,
    pub(crate) instance_dice: Dice,
    section: String,
    mapping_names: Vec<&'static str>,
    tokens: Arc<MemoryTokens>,
    refresh_token: String,
    _folder: tempfile::TempDir,
}

/// What an estate begins with.
pub(crate) struct Setup {
    pub(crate) instance: Instance,
    pub(crate) switches: Switches,
    pub(crate) page_size: usize,
    /// Lines of the section beside its address.
    pub(crate) section: String,
}

impl Setup {
    /// A small wild instance.
    pub(crate) fn random(seed: u64, incidents: u32, switches: Switches) -> Self {
        Self::of(Instance::random(seed, incidents), switches)
    }

    pub(crate) fn of(instance: Instance, switches: Switches) -> Self {
        Self { instance, switches, page_size: 7, section: format!("{BASIC}{ALWAYS_DUE}") }
    }

    pub(crate) fn pages_of(self, page_size: usize) -> Self {
        Self { page_size, ..self }
    }

    pub(crate) fn with(mut self, lines: &str) -> Self {
        self.section.push_str(lines);
        self.section.push('\n');
        self
    }

    /// Another account than the one by password.
    pub(crate) fn signed_in_by(mut self, account: &str) -> Self {
        self.section = self.section.replace(BASIC, account);
        self
    }
}

impl Estate {
    pub(crate) async fn new(setup: Setup) -> Self {
        let instance = Arc::new(Mutex::new(setup.instance));
        let server = Server::start(Arc::clone(&instance), setup.switches).await.unwrap();
        let section = format!("url = \"{}\"\n{}", server.url(), setup.section);
        let folder = tempfile::tempdir().unwrap();
        let options = Options { durability: Durability::Process, ..Options::default() };
        let ledger: Arc<dyn Ledger> = Arc::new(FjallLedger::open(&folder.path().join("ledger"), options).unwrap());
        let tokens = Arc::new(MemoryTokens::default());
        let mapping_names = vec!["servicenow/incident", "servicenow/choice"];
        let connector = connect(&section, &mapping_names, &tokens, "");
        Self {
            server,
            ledger,
            clock: Arc::new(GymClock { instance, ahead_secs: Mutex::new(0) }),
            connector,
            page_size: setup.page_size,
            instance_dice: Dice::new(1, 1),
            section,
            mapping_names,
            tokens,
            refresh_token: String::new(),
            _folder: folder,
        }
    }

    pub(crate) fn instance(&self) -> MutexGuard<'_, Instance> {
        self.clock.instance.lock().unwrap()
    }

    /// As if the gateway was started anew: nothing is remembered but what is on disk.
    pub(crate) fn restart(&mut self) {
        self.connector = connect(&self.section, &self.mapping_names, &self.tokens, &self.refresh_token);
    }

    /// A consent that somebody gave, as a refresh token; then a start.
    pub(crate) fn consent(&mut self, refresh_token: &str) {
        self.refresh_token = refresh_token.to_owned();
        self.restart();
    }

    pub(crate) fn source(&self, stream: &str) -> Source {
        let stream = self.connector.streams().iter().find(|spec| spec.name == stream).unwrap().clone();
        Source {
            instance: "acme".into(),
            stream,
            connector: Arc::clone(&self.connector),
            mappings: Arc::new(Mappings::new(self.mapping_names.iter().map(|name| mapping(name)).collect())),
            page_size: self.page_size,
        }
    }

    /// One pass over one stream.
    pub(crate) async fn pass(&self, stream: &str) -> Result<PassReport, SyncError> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let listener: Arc<dyn Listener> = Arc::new(Silent);
        sync_stream(&self.source(stream), &self.ledger, &clock, &listener).await
    }

    /// Passes over a stream until one is not stopped by a fault.
    pub(crate) async fn patiently(&self, stream: &str) -> PassReport {
        let mut last = String::new();
        for _ in 0..MOST_FAILURES {
            match self.pass(stream).await {
                Ok(report) if !report.gaps.iter().any(is_passing) => return report,
                Ok(report) => last = format!("{:?}", report.gaps),
                Err(error) => last = format!("{error:?}"),
            }
        }
        let asked = self.server.requests().len();
        for seen in self.server.requests().iter().skip(asked.saturating_sub(40)) {
            println!("{} {} {:?} → {} rows", seen.status, seen.path, seen.parameters, seen.rows);
        }
        panic!("no pass over {stream} comes to its end after {asked} requests: {last}");
    }

    /// Passes over both streams.
    pub(crate) async fn both(&self) -> PassReport {
        if self.connector.streams().len() > 1 {
            self.patiently("choice").await;
        }
        self.patiently("incident").await
    }

    /// The instance is left alone from now on; everything that becomes due after a while is done.
    pub(crate) async fn settle(&self) -> PassReport {
        let switches = Switches { moving_every: 0, ..self.instance().switches().clone() };
        self.server.set_switches(switches);
        self.instance().quiet();
        self.instance().advance(60);
        self.both().await;
        // Everything is read again, and whoever is missed is missed by two censuses.
        self.instance().advance(8 * DAY_SECS);
        self.both().await;
        self.instance().advance(DAY_SECS);
        self.both().await
    }

    /// So many random steps on the instance, several of them within one second now and then.
    pub(crate) fn live(&mut self, steps: u32) {
        for _ in 0..steps {
            let mut instance = self.clock.instance.lock().unwrap();
            instance.mutate(&mut self.instance_dice);
            if self.instance_dice.chance(500) {
                instance.advance(1 + self.instance_dice.below(30) as i64);
            }
        }
    }
}

/// A gap that the next pass may close. Without the right to read a table there is no census of it.
fn is_passing(gap: &GapReport) -> bool {
    gap.code == "census::failed" && !gap.reason.contains("no permission")
}

fn connect(section: &str, mappings: &[&str], tokens: &Arc<MemoryTokens>, refresh_token: &str) -> Arc<dyn Connector> {
    let party = "[party.acme]\nname = \"Acme\"\nrole = \"external_supplier\"\n";
    let text = format!(
        "[connector.acme]\ntype = \"servicenow\"\nparty = \"acme\"\nmapping = {mappings:?}\n{section}\n{party}"
    );
    let source = SourceText { name: "counterfoil.toml".into(), text: text.into() };
    let input = Input { source, folder: PathBuf::from("."), sets: Vec::new() };
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let parsed = parse(&input, &[&counterfoil_connector_servicenow::KIND], &names);
    assert!(parsed.findings.is_empty(), "{}", counterfoil_diagnostics::render_all(&parsed.findings, false, 100));
    let mut connector = parsed.config.unwrap().instances.remove(0).connector;
    let refresh_token = refresh_token.to_owned();
    let environment = Arc::new(move |name: &str| match name {
        "PASSWORD" => Some("gym".to_owned()),
        "CLIENT_SECRET" => Some("gym-client-secret".to_owned()),
        "REFRESH_TOKEN" => Some(refresh_token.clone()),
        _ => None,
    });
    connector.equip(&Equipment { environment, tokens: Arc::clone(tokens) as Arc<dyn TokenStore> }).unwrap();
    Arc::from(connector)
}

fn mapping(name: &str) -> Mapping {
    let file = shipped::find(name).unwrap().source();
    let settings = Settings { instance: "acme".into(), party: Some(Slug::of("acme")), ..Settings::default() };
    Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("a shipped mapping is right")
}
