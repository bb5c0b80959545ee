//! What durability costs: read → map alone against read → map → durable commit, of the same JSON lines, round by round.
//!
//! `cargo bench -p counterfoil-tests --bench way` prints the rates of every round and the median of their ratios; the
//! target is 0.6. `COUNTERFOIL_BENCH_RECORDS`, `_BYTES` (of a record), `_PAGE` and `_ROUNDS` change the load;
//! `COUNTERFOIL_BENCH_ONLY_DURABLE=1` runs the durable side once and nothing else, for a profiler.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::print_stderr, reason = "and on the other side what went wrong")]

mod measure;

use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::SourceText;
use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_mapping::shipped;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Silent, Source};
use counterfoil_sdk::Connector;
use measure::{Fixed, Run, load, median, number, pull_and_map, pull_beside_map, spread};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The pages that the binary pulls unless it is told otherwise.
const PAGE_SIZE: u64 = 500;

/// What is measured against what, see [`report`].
#[derive(Default)]
struct Rounds {
    in_turn: Vec<Run>,
    side_by_side: Vec<Run>,
    durable: Vec<Run>,
    /// With the time that it takes to create the ledger and to close it.
    with_ledger: Vec<Run>,
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

/// A new ledger.
fn create(ledger: &Path) -> Arc<dyn Ledger> {
    Arc::new(FjallLedger::open(ledger, Options::default()).expect("the ledger opens"))
}

/// The whole way into a ledger that is open; gives how many records were committed.
async fn whole_way(source: &Source, ledger: &Arc<dyn Ledger>) -> u64 {
    let (clock, listener): (Arc<dyn Clock>, Arc<dyn Listener>) = (Arc::new(Fixed), Arc::new(Silent));
    let report = sync_stream(source, ledger, &clock, &listener).await.expect("the pass succeeds");
    report.tally.committed
}

fn main() {
    measure::as_the_binary_runs();
    let (records, bytes) =
        (number("COUNTERFOIL_BENCH_RECORDS", 100_000), number("COUNTERFOIL_BENCH_BYTES", 7_000) as usize);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = std::fs::File::create(folder.path().join("bulk.jsonl")).expect("a file in it");
    let written = counterfoil_gym::bulk::jsonl(1, records, std::io::BufWriter::new(file), bytes);
    let written = written.expect("the file can be written");
    println!("{records} records, {} MB of JSON lines, load {}", written / 1_000_000, load());

    let runtime = measure::runtime();
    let page_size = number("COUNTERFOIL_BENCH_PAGE", PAGE_SIZE) as usize;
    // A connector of its own for each side: none knows the file already.
    let source = || measure::source(connector(folder.path()), "records", "servicenow/incident", page_size);
    if number("COUNTERFOIL_BENCH_ONLY_DURABLE", 0) == 1 {
        let ledger = create(&folder.path().join("ledger"));
        let durable = Run::of(|| runtime.block_on(whole_way(&source(), &ledger)));
        let (rate, cpu) = (durable.per_second(), durable.cpu_micros());
        return println!("durable alone, for a profiler: {rate:.0}/s, {cpu:.1} µs of processor per record");
    }
    let mut rounds = Rounds::default();
    for round in 0..number("COUNTERFOIL_BENCH_ROUNDS", 5).max(1) {
        let in_turn = Run::of(|| runtime.block_on(pull_and_map(&source())));
        let side_by_side = Run::of(|| runtime.block_on(pull_beside_map(&source())));
        let path = folder.path().join(format!("ledger-{round}"));
        let began = Instant::now();
        let ledger = create(&path);
        let durable = Run::of(|| runtime.block_on(whole_way(&source(), &ledger)));
        // It is closed with it.
        drop(ledger);
        let around = began.elapsed() - durable.elapsed;
        let disk_mb = folder_bytes(&path) as f64 / 1e6;
        std::fs::remove_dir_all(&path).expect("the ledger can be removed");
        assert!(
            [in_turn, side_by_side, durable].iter().all(|run| run.records == records),
            "every record on every side"
        );
        println!(
            "round {round}: read + map {:.0}/s, read beside map {:.0}/s, + durable commit {:.0}/s, ratio {:.2}, {disk_mb:.0} MB \
             of ledger, created and closed in {:.2} s more, load {}",
            in_turn.per_second(),
            side_by_side.per_second(),
            durable.per_second(),
            durable.per_second() / in_turn.per_second(),
            around.as_secs_f64(),
            load()
        );
        rounds.in_turn.push(in_turn);
        rounds.side_by_side.push(side_by_side);
        rounds.durable.push(durable);
        rounds.with_ledger.push(Run { elapsed: durable.elapsed + around, ..durable });
    }
    report(&rounds);
}

fn report(rounds: &Rounds) {
    let figures = |runs: &[Run], figure: fn(&Run) -> f64| runs.iter().map(figure).collect::<Vec<f64>>();
    for (name, runs) in [
        ("read + map, one after the other", &rounds.in_turn),
        ("read beside map, on two threads", &rounds.side_by_side),
        ("read → map → durable commit", &rounds.durable),
    ] {
        let cores = |run: &Run| run.cpu_secs / run.elapsed.as_secs_f64();
        println!(
            "{name:32} {} records/s, {} µs of processor per record, {} cores busy",
            spread(figures(runs, Run::per_second), 0),
            spread(figures(runs, Run::cpu_micros), 1),
            spread(figures(runs, cores), 2),
        );
    }
    let ratios = |floor: &[Run], durable: &[Run]| {
        let pairs = floor.iter().zip(durable);
        pairs.map(|(floor, durable)| durable.per_second() / floor.per_second()).collect::<Vec<f64>>()
    };
    // With two cores busy all the time a record takes half of its processor time.
    let most = 2.0 * median(figures(&rounds.in_turn, |run| 1e6 / run.per_second()))
        / median(figures(&rounds.durable, Run::cpu_micros));
    println!("durable against side by side: {}", spread(ratios(&rounds.side_by_side, &rounds.durable), 2));
    println!("two cores without a pause would give {most:.2}");
    let with_ledger = spread(ratios(&rounds.in_turn, &rounds.with_ledger), 2);
    println!("with the time to create and close a ledger, as measured until 2026-11-25: {with_ledger}");
    println!("median ratio {} (target 0.6)", spread(ratios(&rounds.in_turn, &rounds.durable), 2));
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(of) if of.is_dir() => folder_bytes(&entry.path()),
            Ok(of) => of.len(),
            Err(_) => 0,
        })
        .sum()
}
