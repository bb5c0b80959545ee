//! How fast files are read: `cargo run --release -p counterfoil-connector-file --example read_speed -- FOLDER`.
//!
//! Writes JSON lines of 7 kB and a CSV of a million rows into the folder where they are missing, and reads each in
//! pages of 500 records.

use counterfoil_connector_file::KIND;
use counterfoil_record::Position;
use counterfoil_sdk::{ConfigSection, ConnectorKind, InstanceSettings, PullContext};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;
use toml::Spanned;
use toml::de::DeTable;

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).expect("the folder is the only argument");
    let folder = Path::new(&folder);
    let say = |line: String| writeln!(std::io::stdout(), "{line}").expect("a terminal");
    write_inputs(folder);
    for (what, section) in [
        ("json lines", "path = 'speed.jsonl'\nkey = '/id'\nversion = '/fields/updated'"),
        ("csv", "path = 'speed.csv'\nkey = 'number'\nversion = 'updated'"),
        ("csv log", "path = 'speed.csv'\nkey = 'number'\nshape = 'log'\norder_by = ['updated', 'count']"),
    ] {
        let settings = InstanceSettings { zone: Some(Spanned::new(0..0, "UTC".to_owned())), dates: None };
        let table = DeTable::parse(section).expect("TOML");
        let section = ConfigSection { instance: "speed", at: 0..1, folder, settings: &settings, table };
        let connector = KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"));
        let now = jiff::Timestamp::from_second(4_000_000_000).expect("a time");
        let (mut position, mut records, mut bytes) = (Position::default(), 0u64, 0u64);
        let started = Instant::now();
        let mut first = None;
        loop {
            let context = PullContext { now, page_size: 500 };
            let page = connector.pull(&connector.streams()[0], &position, context).await.expect("a page");
            first.get_or_insert_with(|| started.elapsed());
            records += page.records.len() as u64;
            bytes += page.records.iter().map(|record| record.payload.as_str().len() as u64).sum::<u64>();
            position = page.next;
            if !page.more {
                break;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        say(format!(
            "{what}: {records} records, {:.0} records/s, {:.0} MB/s, first page after {:.2} s, peak memory {}",
            records as f64 / seconds,
            bytes as f64 / seconds / 1e6,
            first.unwrap_or_default().as_secs_f64(),
            peak_memory(),
        ));
    }
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |line| line.trim().to_owned())
}

fn write_inputs(folder: &Path) {
    let lines = folder.join("speed.jsonl");
    if !lines.exists() {
        let mut out = std::io::BufWriter::new(std::fs::File::create(lines).expect("a file"));
        let comment = "The quick brown fox \\\"jumps\\\" over the lazy dog, and over the other one as well. ".repeat(5);
        for id in 0..100_000 {
            let comments: Vec<String> = (0..14)
                .map(|n| {
                    format!("{{\"id\":{n},\"author\":{{\"name\":\"user{n}\"}},\"body\":\"{comment}\",\"seen\":true}}")
                })
                .collect();
            writeln!(
                out,
                "{{\"expand\":\"names\",\"id\":\"{id}\",\"key\":\"OPS-{id}\",\"fields\":{{\"summary\":\"Printer {id}\",\
                 \"updated\":\"2024-01-31T10:{:02}:{:02}.000+0000\",\"comment\":[{}]}}}}",
                id / 60 % 60,
                id % 60,
                comments.join(",")
            )
            .expect("written");
        }
    }
    let table = folder.join("speed.csv");
    if !table.exists() {
        let mut out = std::io::BufWriter::new(std::fs::File::create(table).expect("a file"));
        writeln!(out, "number,updated,count,state,priority,group,assignee,summary").expect("written");
        for row in 0..1_000_000u32 {
            writeln!(
                out,
                "INC{:07},{:02}/{:02}/2016 {:02}:{:02},{},Active,3 - Moderate,Group {},Resolver {},\
                 \"Printer, \"\"{row}\"\"\"",
                row.wrapping_mul(7_919) % 200_000,
                row % 28 + 1,
                row % 12 + 1,
                row % 24,
                row % 60,
                row / 200_000,
                row % 70,
                row % 200
            )
            .expect("written");
        }
    }
}
