//! Wiring: a configuration becomes sources, a ledger, a read model and a publisher.

use crate::correspondence::{self, Inboxes};
use crate::exit::{Exit, Failure};
use crate::inbox::Arrivals;
use crate::load::Loaded;
use crate::terminal::{Terminal, safe};
use anyhow::{Context as _, Result};
use counterfoil_amqp::{AmqpConfig, AmqpPublisher, Tls};
use counterfoil_cache::{Fresh, SledCache};
use counterfoil_config::{Config, Instance, MappingChoice, Party};
use counterfoil_diagnostics::{Finding, SourceText, render};
use counterfoil_http::TokenFolder;
use counterfoil_ledger::FjallLedger;
use counterfoil_mapping::{DateOrder, Mapping, NamedMapping, Settings, compile_instance, shipped};
use counterfoil_pipeline::ports::{Cache, Ledger, Publisher};
use counterfoil_pipeline::{Clock, Listener, Makes, Mappings, ProjectError, Source, project};
use counterfoil_record::Digest;
use counterfoil_sdk::{Equipment, Secret};
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Records a page.
const PAGE_SIZE: usize = 500;

/// The system's clock: the only place that reads it.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the binary reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Everything a command works with.
pub(crate) struct Gateway {
    /// What the user wrote.
    pub(crate) config: Config,
    /// One per stream of every enabled instance.
    pub(crate) sources: Vec<Source>,
    /// The truth.
    pub(crate) ledger: Arc<dyn Ledger>,
    /// Where ledger and cache are.
    pub(crate) data_dir: PathBuf,
    /// The system's clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Told when reports were put into the folder of an instance.
    pub(crate) arrivals: Arrivals,
    intervals: HashMap<String, Duration>,
    cache: Mutex<Option<Arc<dyn Cache>>>,
}

impl Gateway {
    /// Compiles the mappings and opens the ledger.
    pub(crate) fn open(mut loaded: Loaded, terminal: &Terminal) -> Result<Self> {
        let instances = loaded.config.instances.iter();
        let instances = instances.chain(&loaded.config.register);
        let intervals = instances.map(|instance| (instance.name.to_string(), instance.interval)).collect();
        std::fs::create_dir_all(&loaded.data_dir)
            .with_context(|| format!("cannot make the folder `{}`", loaded.data_dir.display()))?;
        let arrivals = Arrivals::default();
        let mut sources = sources(&mut loaded, &arrivals, terminal)?;
        let ledger = FjallLedger::open(&loaded.data_dir.join("ledger"), counterfoil_ledger::Options::default())?;
        sources.extend(registers(&mut loaded, &ledger, terminal)?);
        Ok(Self {
            config: loaded.config,
            sources,
            ledger: Arc::new(ledger),
            data_dir: loaded.data_dir,
            clock: Arc::new(SystemClock),
            arrivals,
            intervals,
            cache: Mutex::default(),
        })
    }

    /// The read model, brought up to the end of the event log. A broken one is moved aside and built again.
    pub(crate) fn cache(&self, listener: &dyn Listener) -> Result<Arc<dyn Cache>> {
        // One at a time: the cache is one folder, and a projection goes in order.
        let mut held = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cache) = held.as_ref() {
            match project(self.ledger.as_ref(), cache.as_ref(), listener) {
                Ok(_) => return Ok(Arc::clone(cache)),
                Err(ProjectError::Cache(error)) => {
                    tracing::warn!(%error, "the read model broke; it is built again from the ledger");
                    *held = None;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let folder = self.data_dir.join("cache");
        let open = || SledCache::open(&folder, self.ledger.identity(), counterfoil_cache::Options::default());
        let mut opened = open()?;
        if opened.cache.needs_compaction()? {
            drop(opened);
            SledCache::discard(&folder)?;
            opened = open()?;
        }
        if let Some(Fresh::Replaced { reason, .. }) = &opened.fresh {
            tracing::warn!(%reason, "the read model is built again from the ledger");
        }
        let cache: Arc<dyn Cache> = Arc::new(opened.cache);
        project(self.ledger.as_ref(), cache.as_ref(), listener)?;
        *held = Some(Arc::clone(&cache));
        Ok(cache)
    }

    /// The streams of every instance with their places in `sources`, its choice lists first: pulled in this order, a new
    /// word of a source is told before the record that uses it.
    pub(crate) fn by_instance(&self) -> Vec<Vec<(usize, Source)>> {
        let mut instances: Vec<Vec<(usize, Source)>> = Vec::new();
        for (at, source) in self.sources.iter().cloned().enumerate() {
            match instances.iter_mut().find(|streams| streams[0].1.instance == source.instance) {
                Some(streams) => streams.push((at, source)),
                None => instances.push(vec![(at, source)]),
            }
        }
        instances.iter_mut().for_each(|streams| streams.sort_by_key(|(_, source)| !source.stream.catalogue));
        instances
    }

    /// The instances whose mails bring files to this one: what they have now is there before it is pulled.
    pub(crate) fn feeders(&self, instance: &str) -> Vec<Arc<str>> {
        let feeds = |source: &&Source| match source.gathering.as_ref().map(|gathering| &gathering.makes) {
            Some(Makes::Reports(routes)) => routes.iter().any(|route| route.to.as_ref() == instance),
            Some(Makes::Conversations) | None => false,
        };
        self.sources.iter().filter(feeds).map(|source| Arc::clone(&source.instance)).collect()
    }

    /// Makes everything durable and lets go of the read model in good order.
    pub(crate) fn close(&self) -> Result<()> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(self.ledger.flush()?)
    }

    /// How often `up` pulls an instance.
    pub(crate) fn interval(&self, instance: &str) -> Duration {
        self.intervals.get(instance).copied().unwrap_or(Duration::from_secs(30))
    }

    /// The publisher, when a broker is configured.
    pub(crate) fn publisher(&self) -> Result<Option<Box<dyn Publisher>>> {
        publisher(&self.config)
    }
}

/// The publisher of a configuration that has a broker.
pub(crate) fn publisher(config: &Config) -> Result<Option<Box<dyn Publisher>>> {
    let Some(amqp) = &config.amqp else { return Ok(None) };
    let ca_pem = amqp.ca_file.as_ref().map(|file| {
        std::fs::read_to_string(file)
            .map_err(|error| Failure::error(Exit::Config, format!("cannot read `{}`: {error}", file.display())))
    });
    let ca_pem = ca_pem.transpose()?;
    let config = AmqpConfig {
        vhost: amqp.vhost.clone(),
        tls: amqp.tls.then_some(Tls { ca_pem }),
        exchange: amqp.exchange.clone(),
        reporting_queue: amqp.reporting_queue.clone(),
        window: amqp.window,
        ..AmqpConfig::new(&amqp.host, amqp.port, &amqp.user, secret(&amqp.password)?)
    };
    Ok(Some(Box::new(AmqpPublisher::new(config))))
}

/// Takes the enabled instances out of a configuration and makes sources of them: one per stream.
pub(crate) fn sources(loaded: &mut Loaded, arrivals: &Arrivals, terminal: &Terminal) -> Result<Vec<Source>> {
    let folder = loaded.file.parent().unwrap_or(Path::new(".")).to_owned();
    let inboxes = correspondence::inboxes(&loaded.config.instances, arrivals);
    let mut sources = Vec::new();
    for instance in std::mem::take(&mut loaded.config.instances).into_iter().filter(|instance| instance.enabled) {
        let around = Around { parties: &loaded.config.parties, inboxes: &inboxes, folder: &folder };
        sources.extend(sources_of(instance, &around, &loaded.data_dir, terminal)?);
    }
    Ok(sources)
}

/// The registers of the configuration, where it has any or the ledger still holds those that it had.
fn registers(loaded: &mut Loaded, ledger: &FjallLedger, terminal: &Terminal) -> Result<Vec<Source>> {
    let Some(register) = loaded.config.register.take() else { return Ok(Vec::new()) };
    let held = || ledger.streams().map(|streams| streams.iter().any(|stream| stream.0 == register.name.as_str()));
    if loaded.config.register_sections == 0 && !held()? {
        return Ok(Vec::new());
    }
    let folder = loaded.file.parent().unwrap_or(Path::new(".")).to_owned();
    let inboxes = Inboxes::new();
    let around = Around { parties: &loaded.config.parties, inboxes: &inboxes, folder: &folder };
    sources_of(register, &around, &loaded.data_dir, terminal)
}

/// What a secret's name stands for.
#[expect(clippy::disallowed_methods, reason = "the binary reads the environment")]
fn secret(name: &str) -> Result<Secret> {
    Secret::resolve(name, &|variable| std::env::var(variable).ok())
        .map_err(|error| Failure::error(Exit::Config, error.to_string()))
}

/// All mappings of an instance, or every problem of all of them and of what the instance changes in them.
pub(crate) fn compile_all(instance: &Instance, folder: &Path, terminal: &Terminal) -> Result<Vec<Mapping>> {
    let settings = Settings {
        instance: instance.name.to_string(),
        party: instance.party.clone(),
        zone: instance.zone.clone(),
        order: instance.dates.and_then(DateOrder::parse),
        salt: instance.salt.as_deref().map(salt).transpose()?.unwrap_or_default(),
    };
    let named = |choice: &MappingChoice| {
        Ok(NamedMapping { name: choice.name.clone(), file: mapping_text(&choice.name, folder)? })
    };
    let named = instance.mappings.iter().map(named).collect::<Result<Vec<_>>>()?;
    let document = instance.overrides.as_ref().map(|overrides| &overrides.document);
    compile_instance(&named, document, &settings).map_err(|problems| {
        let shown = |findings: &[Finding], text| render(findings, text, terminal.colours, terminal.width);
        let mut told: String = problems.files.iter().map(|(file, findings)| shown(findings, file)).collect();
        told.extend(instance.overrides.iter().map(|overrides| shown(&problems.overrides, &overrides.shown)));
        Failure::error(Exit::Config, format!("the mappings of `{}` are wrong\n{told}", instance.name))
    })
}

/// What persons are pseudonymised with. Mappings are kept in the ledger whole, so they get a key made from the secret and
/// never the secret itself.
fn salt(name: &str) -> Result<String> {
    Ok(Digest::of_parts(&[b"counterfoil pseudonyms of persons", secret(name)?.expose().as_bytes()]).to_string())
}

/// What an instance needs to know of the others.
struct Around<'a> {
    parties: &'a [Party],
    inboxes: &'a Inboxes,
    folder: &'a Path,
}

fn sources_of(
    mut instance: Instance,
    around: &Around<'_>,
    data_dir: &Path,
    terminal: &Terminal,
) -> Result<Vec<Source>> {
    let Around { parties, inboxes, folder } = around;
    let gatherings = correspondence::gatherings(&instance, parties, inboxes, folder, terminal)?;
    let mappings = Arc::new(Mappings::new(compile_all(&instance, folder, terminal)?));
    equip(&mut instance, data_dir)?;
    let connector: Arc<dyn counterfoil_sdk::Connector> = Arc::from(instance.connector);
    let source = |stream: &counterfoil_sdk::StreamSpec| Source {
        instance: instance.name.as_str().into(),
        stream: stream.clone(),
        connector: Arc::clone(&connector),
        mappings: Arc::clone(&mappings),
        page_size: PAGE_SIZE,
        gathering: None,
    };
    let mut sources: Vec<Source> = connector.streams().iter().map(source).collect();
    // Behind the mails that it is gathered from.
    let made = gatherings.into_iter();
    sources.extend(made.map(|(into, gathering)| Source { gathering: Some(gathering), ..source(&into) }));
    Ok(sources)
}

/// Hands an instance its secrets and a folder for the tokens that its source hands out.
#[expect(clippy::disallowed_methods, reason = "the binary reads the environment")]
fn equip(instance: &mut Instance, data_dir: &Path) -> Result<()> {
    let equipment = Equipment {
        environment: Arc::new(|variable| std::env::var(variable).ok()),
        tokens: Arc::new(TokenFolder::new(data_dir.join("tokens"))),
    };
    instance.connector.equip(&equipment).map_err(|error| {
        let name = safe(&instance.name.to_string());
        let message = format!(
            "instance `{name}`: {error}\n  help: set the variable that `env:` names, or name a file with `file:`; \
             [connector.{name}] says which"
        );
        Failure::error(Exit::Config, message)
    })
}

/// The text of a mapping that comes with the program, or of a user's file.
fn mapping_text(name: &str, folder: &Path) -> Result<SourceText> {
    if let Some(shipped) = shipped::find(name) {
        return Ok(shipped.source());
    }
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let path = safe(&path.display().to_string());
        let known: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
        let help = format!("shipped are {}; a path ends in `.toml`", known.join(", "));
        Failure::error(Exit::Config, format!("cannot read the mapping `{path}`: {error}\n  help: {help}"))
    })?;
    Ok(SourceText { name: path.display().to_string().into(), text: text.into() })
}
