//! What durability costs: read → map alone against read → map → durable commit, of the same JSON lines, round by round.
//!
//! `cargo bench -p counterfoil-tests --bench way` prints the rates of every round and the median of their ratios; the
//! target is 0.6. `COUNTERFOIL_BENCH_RECORDS` and `COUNTERFOIL_BENCH_BYTES` (of a record) change the load.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::SourceText;
use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Mappings, Silent, Source};
use counterfoil_record::Position;
use counterfoil_sdk::{Connector, PullContext};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 5;
const PAGE_SIZE: u64 = 500;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_800_000_000).expect("the moment exists")
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench is configured by its environment")]
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn connector(folder: &Path) -> Arc<dyn Connector> {
    let text = "[connector.bulk]\ntype = \"file\"\npath = \"bulk.jsonl\"\nkey = \"/sys_id\"\nversion = \"/sys_updated_on\"\n\
                zone = \"UTC\"\nmapping = \"servicenow/incident\"\n";
    let source = SourceText { name: "bench.toml".into(), text: text.into() };
    let input = Input { source, folder: folder.to_owned(), sets: Vec::new() };
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let parsed = parse(&input, &[&counterfoil_connector_file::KIND], &names);
    let mut config = parsed.config.expect("the bench's configuration is right");
    Arc::from(config.instances.remove(0).connector)
}

fn mapping() -> Mapping {
    let file = shipped::find("servicenow/incident").expect("it is shipped").source();
    let settings = Settings { instance: "bulk".into(), zone: Some("UTC".into()), ..Settings::default() };
    Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("a shipped mapping is right")
}

/// Reads and maps everything; returns how many records were mapped.
async fn read_and_map(folder: &Path, mapping: &Mapping) -> u64 {
    let connector = connector(folder);
    let stream = connector.streams()[0].clone();
    let (mut position, mut records) = (Position::default(), 0);
    loop {
        let context = PullContext { now: Fixed.now(), page_size: number("COUNTERFOIL_BENCH_PAGE", PAGE_SIZE) as usize };
        let page = connector.pull(&stream, &position, context).await.expect("the file can be read");
        for raw in &page.records {
            std::hint::black_box(mapping.map(raw.form, raw.payload.as_str()));
            records += 1;
        }
        position = page.next;
        if !page.more {
            return records;
        }
    }
}

/// The whole way into a ledger of its own; returns how many records were committed.
async fn read_map_and_commit(folder: &Path, round: usize) -> u64 {
    let connector = connector(folder);
    let source = Source {
        instance: "bulk".into(),
        stream: connector.streams()[0].clone(),
        connector,
        mappings: Arc::new(Mappings::new(vec![mapping()])),
        page_size: number("COUNTERFOIL_BENCH_PAGE", PAGE_SIZE) as usize,
    };
    let path = folder.join(format!("ledger-{round}"));
    let ledger: Arc<dyn Ledger> = Arc::new(FjallLedger::open(&path, Options::default()).expect("the ledger opens"));
    let (clock, listener): (Arc<dyn Clock>, Arc<dyn Listener>) = (Arc::new(Fixed), Arc::new(Silent));
    let report = sync_stream(&source, &ledger, &clock, &listener).await.expect("the pass succeeds");
    report.tally.committed
}

/// Starts the bench again with the malloc settings that the binary gives itself (`crates/counterfoil/src/memory.rs`).
fn as_the_binary_runs() {
    let settings =
        [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "262144"), ("MALLOC_TRIM_THRESHOLD_", "1048576")];
    if number("MALLOC_ARENA_MAX", 0) == 0 {
        let program = std::env::current_exe().expect("the bench knows itself");
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(settings).exec();
        println!("cannot start again as the binary does: {error}");
    }
}

fn main() {
    as_the_binary_runs();
    let records = number("COUNTERFOIL_BENCH_RECORDS", 100_000);
    let bytes = number("COUNTERFOIL_BENCH_BYTES", 7_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = std::fs::File::create(folder.path().join("bulk.jsonl")).expect("a file in it");
    let written = counterfoil_gym::bulk::jsonl(1, records, std::io::BufWriter::new(file), bytes as usize);
    println!("{records} records, {} MB of JSON lines", written.expect("the file can be written") / 1_000_000);

    // As in the binary.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(6).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mapping = mapping();
    let rate = |count: u64, began: Instant| {
        assert_eq!(count, records, "every record is on both sides");
        count as f64 / began.elapsed().as_secs_f64()
    };
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let began = Instant::now();
        let alone = rate(runtime.block_on(read_and_map(folder.path(), &mapping)), began);
        let began = Instant::now();
        let whole = rate(runtime.block_on(read_map_and_commit(folder.path(), round)), began);
        ratios.push(whole / alone);
        std::fs::remove_dir_all(folder.path().join(format!("ledger-{round}"))).expect("the ledger can be removed");
        println!("round {round}: read + map {alone:.0}/s, + durable commit {whole:.0}/s, ratio {:.2}", whole / alone);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2} (target 0.6)", ratios[ROUNDS / 2]);
}
