//! The whole way from a tool of the gym: pull → parse → map alone against pull → parse → map → durable commit of the same
//! records with their histories, round by round, and what the gym itself takes.
//!
//! Every round is printed, the median of the ratios (the target is 0.6) and the peak of memory of two loads in processes of
//! their own (the target is 150 MB). The gym is a process of its own on the same machine, so that its time can be told from
//! ours; a bare reader that sends the very same requests and throws the answers away shows how fast it can be at all.
//! `COUNTERFOIL_BENCH_RECORDS`, `_PAGE` and `_ROUNDS` change the load, `COUNTERFOIL_BENCH_PEAKS` the loads of the peaks
//! (`10000,100000`).

use crate::gym::{self, Gym, Served, Tool};
use crate::measure::{self, Fixed, Run, load, median, number, pull_and_map, pull_beside_map, spread, word};
use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::SourceText;
use counterfoil_ledger::{FjallLedger, Options};
use counterfoil_mapping::shipped;
use counterfoil_pipeline::ports::Ledger;
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Silent, Source};
use counterfoil_sdk::{Connector, Equipment, Secret, TokenStore};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// The pages that the binary pulls unless it is told otherwise.
const PAGE_SIZE: u64 = 500;

/// None of them leaves the peaks alone.
const ROUNDS: u64 = 5;

const SIDES: [&str; 4] = ["bare reader", "pull + map in turn", "pull beside map", "to the durable commit"];

/// A measured side: what we did, and what the gym did for it.
struct Side {
    run: Run,
    served: Served,
}

/// Basic needs no tokens.
struct NoTokens;

impl TokenStore for NoTokens {
    fn load(&self, _: &str) -> std::io::Result<Option<Secret>> {
        Ok(None)
    }

    fn store(&self, _: &str, _: &Secret) -> std::io::Result<()> {
        Ok(())
    }
}

impl Tool {
    fn stream(self) -> &'static str {
        match self {
            Self::ServiceNow => "incident",
            Self::Jira(_) => "issue",
        }
    }

    fn mapping(self) -> &'static str {
        match self {
            Self::ServiceNow => "servicenow/incident",
            Self::Jira(_) => "jira/issue",
        }
    }

    fn section(self) -> &'static str {
        match self {
            Self::ServiceNow => "type = \"servicenow\"\npassword = \"env:PASSWORD\"\nchoices = false\n",
            Self::Jira(_) => "type = \"jira\"\ntoken = \"env:PASSWORD\"\ncatalogue = false\n",
        }
    }
}

fn connector(tool: Tool, url: &str, account: &(String, String)) -> Arc<dyn Connector> {
    let (user, password) = account.clone();
    let text = format!(
        "[connector.bulk]\n{}url = \"{url}\"\nuser = \"{user}\"\nrequests_per_second = 1000\nmapping = \"{}\"\n",
        tool.section(),
        tool.mapping()
    );
    let source = SourceText { name: "bench.toml".into(), text: text.into() };
    let input = Input { source, folder: ".".into(), sets: Vec::new() };
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let parsed = parse(&input, &[&counterfoil_connector_jira::KIND, &counterfoil_connector_servicenow::KIND], &names);
    let mut config = parsed.config.expect("the bench's configuration is right");
    let mut connector = config.instances.remove(0).connector;
    let environment = Arc::new(move |name: &str| (name == "PASSWORD").then(|| password.clone()));
    connector.equip(&Equipment { environment, tokens: Arc::new(NoTokens) }).expect("the secret is there");
    Arc::from(connector)
}

/// The whole way into a ledger of its own; gives how many records were committed.
async fn whole_way(tool: Tool, url: &str, account: &(String, String), ledger: &Path) -> u64 {
    let source = source(tool, url, account);
    let ledger: Arc<dyn Ledger> = Arc::new(FjallLedger::open(ledger, Options::default()).expect("the ledger opens"));
    let (clock, listener): (Arc<dyn Clock>, Arc<dyn Listener>) = (Arc::new(Fixed), Arc::new(Silent));
    let report = sync_stream(&source, &ledger, &clock, &listener).await.expect("the pass succeeds");
    report.tally.committed
}

fn source(tool: Tool, url: &str, account: &(String, String)) -> Source {
    measure::source(connector(tool, url, account), tool.stream(), tool.mapping(), page_size())
}

fn page_size() -> usize {
    number("COUNTERFOIL_BENCH_PAGE", PAGE_SIZE) as usize
}

/// Everything that a bench of one tool does, with so many records unless it is told otherwise.
pub(crate) fn run(tool: Tool, records: u64) {
    if word("COUNTERFOIL_BENCH_ROLE").as_deref() == Some("gym") {
        return gym::serve(tool, number("COUNTERFOIL_BENCH_RECORDS", 0));
    }
    measure::as_the_binary_runs();
    if word("COUNTERFOIL_BENCH_ROLE").as_deref() == Some("peak") {
        return peak(tool);
    }
    if number("COUNTERFOIL_BENCH_ROUNDS", ROUNDS) > 0 {
        rounds(tool, number("COUNTERFOIL_BENCH_RECORDS", records));
    }
    let peaks = word("COUNTERFOIL_BENCH_PEAKS").unwrap_or_else(|| "10000,100000".to_owned());
    for records in peaks.split(',').filter_map(|records| records.trim().parse().ok()) {
        let gym = Gym::start(records);
        println!("peak of {records} records, in a process of its own: {:.1} MB", peak_of(&gym));
    }
}

fn rounds(tool: Tool, records: u64) {
    let mut gym = Gym::start(records);
    println!("{records} records with their histories, pages of {}, load {}", page_size(), load());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = measure::runtime();
    let source = |gym: &Gym| source(tool, &gym.url, &gym.account);
    // Which requests there are is known once they were sent.
    runtime.block_on(pull_and_map(&source(&gym)));
    let requests = gym.requests();
    let mut sides: [Vec<Side>; 4] = Default::default();
    for round in 0..number("COUNTERFOIL_BENCH_ROUNDS", ROUNDS) {
        let ledger = folder.path().join(format!("ledger-{round}"));
        for (side, kept) in sides.iter_mut().enumerate() {
            let _ = gym.served();
            let run = Run::of(|| match side {
                0 => gym.read_bare(&requests).min(1) * records,
                1 => runtime.block_on(pull_and_map(&source(&gym))),
                2 => runtime.block_on(pull_beside_map(&source(&gym))),
                _ => runtime.block_on(whole_way(tool, &gym.url, &gym.account, &ledger)),
            });
            assert_eq!(run.records, records, "every record is on every side");
            kept.push(Side { run, served: gym.served() });
        }
        std::fs::remove_dir_all(&ledger).expect("the ledger can be removed");
        let rates: Vec<String> =
            sides.iter().map(|runs| format!("{:.0}", runs[round as usize].run.per_second())).collect();
        println!("round {round}: {} records/s, load {}", rates.join(", "), load());
    }
    report(&sides);
}

fn report(sides: &[Vec<Side>; 4]) {
    let figures = |runs: &[Side], figure: fn(&Side) -> f64| runs.iter().map(figure).collect::<Vec<f64>>();
    for (name, runs) in SIDES.iter().zip(sides) {
        println!(
            "{name:22} {} records/s; processor per record: ours {} µs, the gym's {} µs; {} requests, {} MB of answers",
            spread(figures(runs, |side| side.run.per_second()), 0),
            spread(figures(runs, |side| side.run.cpu_micros()), 1),
            spread(figures(runs, |side| side.served.cpu_secs * 1e6 / side.run.records as f64), 1),
            median(figures(runs, |side| side.served.requests as f64)),
            median(figures(runs, |side| (side.served.bytes as f64 / 1e6).round())),
        );
    }
    let ratios = |floor: &[Side]| {
        let pairs = floor.iter().zip(&sides[3]);
        pairs.map(|(floor, durable)| durable.run.per_second() / floor.run.per_second()).collect::<Vec<f64>>()
    };
    println!("durable against the bare reader: {}", spread(ratios(&sides[0]), 2));
    println!("durable against side by side: {}", spread(ratios(&sides[2]), 2));
    println!("median ratio {} (target 0.6)", spread(ratios(&sides[1]), 2));
}

/// Loads everything once into a fresh ledger and tells the peak of memory.
fn peak(tool: Tool) {
    let word = |name| word(name).expect("the parent says it");
    let account = (word("COUNTERFOIL_BENCH_USER"), word("COUNTERFOIL_BENCH_PASSWORD"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let records = measure::runtime().block_on(whole_way(tool, &word("COUNTERFOIL_BENCH_URL"), &account, &ledger));
    assert_eq!(records, number("COUNTERFOIL_BENCH_RECORDS", 0), "every record is committed");
    println!("{}", peak_resident_mb());
}

fn peak_of(gym: &Gym) -> f64 {
    let program = std::env::current_exe().expect("the bench knows itself");
    let (user, password) = &gym.account;
    let child = Command::new(program)
        .env("COUNTERFOIL_BENCH_ROLE", "peak")
        .env("COUNTERFOIL_BENCH_RECORDS", gym.records.to_string())
        .env("COUNTERFOIL_BENCH_URL", &gym.url)
        .env("COUNTERFOIL_BENCH_USER", user)
        .env("COUNTERFOIL_BENCH_PASSWORD", password)
        .stderr(Stdio::inherit())
        .output()
        .expect("the bench starts itself");
    assert!(child.status.success(), "the load ends well");
    String::from_utf8_lossy(&child.stdout).trim().parse().expect("a number of MB")
}

/// The most memory that this process had at once so far.
fn peak_resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or(f64::NAN);
    kib * 1024.0 / 1e6
}
