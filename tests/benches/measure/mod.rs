//! What the benches of the whole way have in common: the setting of the binary, the two sides, processor time and spreads.

use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use counterfoil_pipeline::{Clock, Mappings, Source};
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{Connector, PullContext, StreamSpec};
use std::os::unix::process::CommandExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// A clock that stands.
pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_800_000_000).expect("the moment exists")
    }
}

/// A number of the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    word(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A word of the environment.
#[expect(clippy::disallowed_methods, reason = "a bench is configured by its environment")]
pub(crate) fn word(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Starts the bench again with the malloc settings that the binary gives itself (`crates/counterfoil/src/memory.rs`).
pub(crate) fn as_the_binary_runs() {
    let settings =
        [("MALLOC_ARENA_MAX", "3"), ("MALLOC_MMAP_THRESHOLD_", "262144"), ("MALLOC_TRIM_THRESHOLD_", "1048576")];
    if number("MALLOC_ARENA_MAX", 0) == 0 {
        let program = std::env::current_exe().expect("the bench knows itself");
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(settings).exec();
        eprintln!("cannot start again as the binary does: {error}");
    }
}

/// A runtime as the binary has it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(6).enable_all().build();
    runtime.expect("a runtime")
}

/// A shipped mapping.
pub(crate) fn mapping(name: &str) -> Mapping {
    let file = shipped::find(name).expect("it is shipped").source();
    let settings = Settings { instance: "bulk".into(), zone: Some("UTC".into()), ..Settings::default() };
    Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("a shipped mapping is right")
}

/// A stream as the pipeline pulls it. No census follows the pass: it would be on one side only.
pub(crate) fn source(connector: Arc<dyn Connector>, stream: &str, mapping_name: &str, page_size: usize) -> Source {
    let known = connector.streams().iter().find(|known| known.name == stream).expect("the connector has this stream");
    Source {
        instance: "bulk".into(),
        stream: StreamSpec { census_every: None, ..known.clone() },
        connector,
        mappings: Arc::new(Mappings::new(vec![mapping(mapping_name)])),
        page_size,
        gathering: None,
    }
}

async fn pull(source: &Source, position: &Position) -> Page {
    let context = PullContext { now: Fixed.now(), page_size: source.page_size };
    source.connector.pull(&source.stream, position, context).await.expect("the source can be read")
}

fn map(source: &Source, page: &Page) -> u64 {
    for raw in &page.records {
        std::hint::black_box(source.mappings.map(raw));
    }
    page.records.len() as u64
}

/// The floor of the target: pulls a page, maps it, pulls the next one. Gives the number of records.
pub(crate) async fn pull_and_map(source: &Source) -> u64 {
    let (mut position, mut records) = (Position::default(), 0);
    loop {
        let page = pull(source, &position).await;
        records += map(source, &page);
        position = page.next;
        if !page.more {
            return records;
        }
    }
}

/// The same work on two threads, as the pipeline has it: a page is mapped while the next one is pulled.
pub(crate) async fn pull_beside_map(source: &Source) -> u64 {
    let (pages, mut pulled) = mpsc::channel::<Page>(1);
    let pulling = async {
        let mut position = Position::default();
        loop {
            let page = pull(source, &position).await;
            let more = page.more;
            position = page.next.clone();
            if pages.send(page).await.is_err() || !more {
                break;
            }
        }
        drop(pages);
    };
    let mapping = async {
        let mut records = 0;
        while let Some(page) = pulled.recv().await {
            let source = source.clone();
            records += spawn_blocking(move || map(&source, &page)).await.expect("mapping does not panic");
        }
        records
    };
    tokio::join!(pulling, mapping).1
}

/// One side of one round.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) records: u64,
    pub(crate) elapsed: Duration,
    /// User and system time of this process, all threads, in seconds; in steps of a hundredth.
    pub(crate) cpu_secs: f64,
}

impl Run {
    pub(crate) fn of(records: impl FnOnce() -> u64) -> Self {
        let (began, cpu) = (Instant::now(), cpu_secs("self"));
        let records = records();
        Self { records, elapsed: began.elapsed(), cpu_secs: cpu_secs("self") - cpu }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.records as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu_secs * 1e6 / self.records as f64
    }
}

/// User and system time of a process so far.
pub(crate) fn cpu_secs(process: &str) -> f64 {
    /// Linux tells it to everybody in hundredths of a second.
    const TICKS_PER_SEC: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace()).into_iter().flatten();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SEC
}

/// How much else the machine does.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_ascii_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The median, and between what the rounds lie.
pub(crate) fn spread(mut figures: Vec<f64>, decimals: usize) -> String {
    figures.sort_by(f64::total_cmp);
    let median = figures[figures.len() / 2];
    format!("{median:.decimals$} ({:.decimals$} to {:.decimals$})", figures[0], figures[figures.len() - 1])
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
