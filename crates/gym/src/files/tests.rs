//! The files parse back to the truth, are the same for ever, and are written without harm.

use super::*;
use crate::life::State;
use crate::oracle::{Oracle, Told, TrueRecord};
use crate::world::Scale;
use calamine::{Data, Reader as _, Xlsx};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::Cursor;

fn digest(estate: &Estate) -> String {
    let mut hasher = Sha256::new();
    for file in &estate.files {
        hasher.update(&file.path);
        hasher.update((file.bytes.len() as u64).to_be_bytes());
        hasher.update(&file.bytes);
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize())
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    let estate = Estate::of(&World::generate(1, Scale::default()));
    let sizes: Vec<String> = estate.files.iter().map(|file| format!("{} {}", file.path, file.bytes.len())).collect();
    assert_eq!(digest(&estate), DIGEST, "{sizes:#?}");
    assert_ne!(digest(&Estate::of(&World::generate(2, Scale::default()))), DIGEST);
}

/// Changes with every deliberate change of the world or of a writer, and otherwise never.
const DIGEST: &str = "feb389ade8ebf3e957ffe34e1d6a3338f2f1c1f0fa4d692fc03166da0cf03b0f";

#[test]
fn every_export_is_there() {
    let estate = Estate::of(&World::generate(1, Scale::default()));
    let paths: Vec<&str> = estate.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len(), 23, "{paths:#?}");
    for path in [
        "acme/incidents-log.csv",
        "acme/legacy-q1.csv",
        "acme/telephony-april.csv",
        "kumo/2026-04.xlsx",
        "kumo/2026-06.xlsx",
        "kumo/backlog-export.csv",
        "nordlicht/incidents-2026-04-05.jsonl",
        "nordlicht/incidents-2026-06-28.jsonl",
        "nordlicht/incidents-2026-06-29.jsonl",
        "nordlicht/incidents-2026-06-30.jsonl",
        "nordlicht/incidents-2026-07-01.jsonl.part",
    ] {
        assert!(paths.contains(&path), "{path}");
    }
    for book in Book::ALL {
        assert!(estate.config.contains(&format!("[connector.{}]\n", book.instance())), "{book:?}");
    }
}

fn seen(oracle: &Oracle, book: Book) -> Vec<&TrueRecord> {
    oracle
        .records
        .iter()
        .filter(|record| record.book == Some(book) && !matches!(record.told, Told::Hidden(_)))
        .collect()
}

fn slashes(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "?".to_owned(), text::slashes)
}

fn csv_rows(bytes: &[u8], delimiter: u8) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    (header, reader.records().collect::<Result<_, _>>().unwrap())
}

fn check_acme(estate: &Estate, oracle: &Oracle) {
    let file = estate.file("acme/incidents-log.csv").unwrap();
    let (header, rows) = csv_rows(&file.bytes, b',');
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut logs: HashMap<&str, Vec<&csv::StringRecord>> = HashMap::new();
    for row in &rows {
        logs.entry(&row[0]).or_default().push(row);
    }
    let truth = seen(oracle, Book::AcmeLog);
    // The quarantined one is in the file, but is not to be committed.
    assert_eq!(logs.len() as u64, truth.len() as u64 + oracle.expected[0].quarantined);
    assert_eq!(rows.len() as u64, oracle.expected[0].rows);
    for problem in oracle.problems_of("date-unreadable").filter(|problem| problem.book == Book::AcmeLog) {
        assert!(logs[problem.ids[0].as_str()].iter().all(|row| &row[column("opened_at")] == "31/02/2026 10:15"));
    }
    for record in truth {
        let log = &logs[record.number.as_str()];
        for (at, row) in log.iter().enumerate() {
            assert_eq!(row[column("sys_mod_count")], at.to_string(), "rows of one incident stand in their order");
        }
        let last = log[log.len() - 1];
        let state = match &last[column("incident_state")] {
            "New" => State::New,
            "Active" => State::InProgress,
            "Awaiting User Info" | "Awaiting Problem" | "Awaiting Vendor" => State::OnHold,
            "Resolved" => State::Resolved,
            "Closed" => State::Closed,
            "Canceled" => State::Cancelled,
            other => panic!("{other}"),
        };
        assert_eq!(state, record.state);
        assert_eq!(last[column("resolved_at")], slashes(record.resolved));
        assert_eq!(last[column("closed_at")], slashes(record.closed));
        assert_eq!(last[column("sys_updated_at")], slashes(Some(record.updated)));
        assert_eq!(last[column("reassignment_count")], record.reassigned.to_string());
        assert_eq!(last[column("reopen_count")], record.reopened.to_string());
        assert_eq!(last[column("made_sla")], record.made_sla.to_string());
        assert!(last[column("priority")].starts_with(&record.priority.to_string()));
        assert_eq!(last[column("assignment_group")], *record.group.unwrap_or("?"));
        assert_eq!(last[column("opened_at")], slashes(Some(record.opened)));
    }
}

fn check_nordlicht(estate: &Estate, oracle: &Oracle) {
    let mut last: HashMap<String, Value> = HashMap::new();
    let (mut bad, mut foreign, mut rows) = (0, 0, 0);
    for file in estate.files.iter().filter(|file| file.path.ends_with(".jsonl")) {
        for line in std::str::from_utf8(&file.bytes).unwrap().lines() {
            match serde_json::from_str::<Value>(line) {
                Err(_) => bad += 1,
                Ok(json) if json["sys_class_name"] != "incident" => foreign += 1,
                Ok(json) => {
                    rows += 1;
                    let id = json["sys_id"].as_str().unwrap().to_owned();
                    if let Some(before) = last.insert(id, json.clone()) {
                        assert!(before["sys_updated_on"].as_str() < json["sys_updated_on"].as_str());
                    }
                }
            }
        }
    }
    let expected = &oracle.expected[3];
    assert_eq!((bad, foreign, rows), (expected.unreadable, expected.not_applicable, expected.rows));
    let truth = seen(oracle, Book::NordlichtSnapshots);
    assert_eq!(last.len(), truth.len());
    assert_eq!(last.len() as u64, expected.committed);
    let moment = |at: Option<Timestamp>| at.map_or_else(String::new, text::table);
    for record in truth {
        let json = &last[&record.id];
        let code = match record.state {
            State::New => "1",
            State::Assigned | State::InProgress => "2",
            State::OnHold => "3",
            State::Resolved => "6",
            State::Closed => "7",
            State::Cancelled => "8",
        };
        assert_eq!(json["state"], code);
        assert_eq!(json["number"], record.number);
        assert_eq!(json["short_description"], record.title);
        assert_eq!(json["opened_at"], moment(Some(record.opened)));
        assert_eq!(json["closed_at"], moment(record.closed));
        assert_eq!(json["reopen_count"], record.reopened.to_string());
        assert_eq!(json["made_sla"], record.made_sla.to_string());
        if record.told == Told::Damaged("resolved-before-opened") {
            assert!(json["resolved_at"].as_str() < json["opened_at"].as_str());
        } else {
            assert_eq!(json["resolved_at"], moment(record.resolved));
        }
    }
}

fn check_kumo(estate: &Estate, oracle: &Oracle) {
    let mut last: HashMap<String, (u64, Vec<Data>)> = HashMap::new();
    let (mut keyless, mut rows) = (0, 0);
    for file in estate.files.iter().filter(|file| file.path.ends_with(".xlsx")) {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes.as_slice())).unwrap();
        let sheet = book.worksheet_range("Tickets").unwrap();
        assert_eq!(sheet.rows().next().unwrap()[12], Data::String("SLA met".to_owned()));
        for (at, row) in sheet.rows().enumerate().skip(1) {
            if row[0] == Data::Empty {
                keyless += 1;
                continue;
            }
            rows += 1;
            last.insert(row[0].to_string(), (at as u64 + 1, row.to_vec()));
        }
    }
    let expected = &oracle.expected[4];
    assert_eq!((keyless, rows), (expected.unreadable, expected.rows));
    let truth = seen(oracle, Book::KumoSheets);
    assert_eq!(last.len() as u64, truth.len() as u64 + expected.quarantined);
    for problem in oracle.problems_of("date-unreadable").filter(|problem| problem.book == Book::KumoSheets) {
        assert_eq!(last[&problem.ids[0]].1[4].to_string(), "yesterday");
    }
    let zone = text::berlin();
    let moment = |cell: &Data| match cell {
        Data::Empty => None,
        Data::DateTime(serial) => {
            // Serial days since 1899-12-30; a minute is 1/1440 of one.
            let minutes = (serial.as_f64() * 1440.0).round() as i64;
            let local = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0) + jiff::SignedDuration::from_mins(minutes);
            Some(local.to_zoned_datetime(zone.clone()).unwrap().timestamp())
        }
        other => panic!("{other:?}"),
    };
    for record in truth {
        let (row, cells) = &last[&record.id];
        assert_eq!(cells[1].to_string(), record.title);
        assert_eq!(moment(&cells[9]), Some(record.updated), "{}", record.number);
        let problem =
            oracle.problems.iter().find(|problem| problem.book == Book::KumoSheets && problem.ids[0] == record.id);
        if let Some(problem) = problem {
            assert_eq!(problem.row, Some(*row), "{problem}");
        }
        match record.told {
            Told::Damaged("status-unmapped") => assert_eq!(cells[2].to_string(), "Parked"),
            Told::Damaged("decimal-lost") => assert_eq!(cells[11].to_string(), "3,87,16,91,111"),
            Told::Damaged("contradiction") => {
                assert_eq!((record.state, cells[2].to_string().as_str()), (State::Closed, "In Progress"));
            }
            Told::Truly => {
                assert_eq!(moment(&cells[4]), Some(record.opened));
                assert_eq!(moment(&cells[5]), record.resolved);
                assert_eq!(moment(&cells[6]), record.closed);
                assert_eq!(cells[10].to_string(), record.reopened.to_string());
                assert_eq!(cells[11].to_string(), record.reassigned.to_string());
                let open = !matches!(cells[2].to_string().as_str(), "Resolved" | "Closed" | "Cancelled");
                assert_eq!(open, record.state.is_open());
            }
            other => panic!("{other:?}"),
        }
    }
}

fn check_backlog(estate: &Estate, oracle: &Oracle) {
    let file = estate.file("kumo/backlog-export.csv").unwrap();
    let (text, _, wrong) = encoding_rs::WINDOWS_1252.decode(&file.bytes);
    assert!(!wrong);
    assert!(text.starts_with("Ticket;Titel;Status;Priorität;Eröffnet;Gelöst"));
    assert!(std::str::from_utf8(&file.bytes).is_err(), "it is no UTF-8");
    let (header, rows) = csv_rows(text.as_bytes(), b';');
    let (whole, cut): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.len() == header.len());
    let expected = &oracle.expected[5];
    assert_eq!((whole.len() as u64, cut.len() as u64), (expected.rows, expected.unreadable));
    for problem in oracle.problems_of("row-cut-off") {
        assert!(!text.ends_with('\n'));
        assert_eq!(problem.row, Some(rows.len() as u64 + 1));
    }
    let zone = text::berlin();
    let moment = |at: Option<Timestamp>| at.map_or_else(String::new, |at| text::dots(at, &zone));
    let truth = seen(oracle, Book::KumoBacklog);
    assert_eq!(whole.len(), truth.len());
    for (row, record) in whole.iter().zip(truth) {
        assert_eq!((&row[0], &row[1]), (record.number.as_str(), record.title.as_str()));
        assert_eq!(row[4], moment(Some(record.opened)));
        assert_eq!(row[5], moment(record.resolved));
        assert_eq!(row[6], moment(record.closed));
        assert_eq!(row[12] == *"ja", record.made_sla);
    }
}

#[test]
fn the_default_files_parse_back_to_the_truth() {
    let world = World::generate(1, Scale::default());
    let estate = Estate::of(&world);
    let oracle = Oracle::with_estate(&world, &estate);
    check_acme(&estate, &oracle);
    check_nordlicht(&estate, &oracle);
    check_kumo(&estate, &oracle);
    check_backlog(&estate, &oracle);
}

#[test]
fn every_date_of_the_legacy_file_reads_both_ways() {
    let world = World::generate(1, Scale::default());
    let estate = Estate::of(&world);
    let (header, rows) = csv_rows(&estate.file("acme/legacy-q1.csv").unwrap().bytes, b',');
    let columns = ["opened_at", "sys_created_at", "sys_updated_at", "resolved_at", "closed_at"];
    let mut differ = 0;
    for name in columns {
        let column = header.iter().position(|column| column == name).unwrap();
        for row in rows.iter().filter(|row| &row[column] != "?") {
            let mut parts = row[column].split('/').map(|part| part.split(' ').next().unwrap().parse::<u32>().unwrap());
            let (day, month) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(day <= 12 && month <= 12, "{}", &row[column]);
            differ += u32::from(day != month);
        }
    }
    assert!(differ > 50, "{differ}");
    let (header, rows) = csv_rows(&estate.file("acme/telephony-april.csv").unwrap().bytes, b',');
    assert_eq!(header.iter().filter(|column| *column == "assignment_group").count(), 2);
    assert!(rows.len() > 20);
}

#[test]
fn problems_stand_where_the_oracle_says() {
    let world = World::generate(3, Scale::default());
    let estate = Estate::of(&world);
    for problem in &estate.problems {
        let file = estate.file(&problem.file).expect("the file of a problem is in the estate");
        let (Some(row), false) = (problem.row, problem.file.ends_with(".xlsx")) else { continue };
        let text = encoding_rs::WINDOWS_1252.decode(&file.bytes).0;
        let found = if problem.file.ends_with(".csv") {
            let delimiter = if problem.book == Book::KumoBacklog { b';' } else { b',' };
            csv_rows(text.as_bytes(), delimiter).1[row as usize - 2][0].to_owned()
        } else {
            text.lines().nth(row as usize - 1).unwrap().to_owned()
        };
        assert!(found.contains(&problem.ids[0]), "{problem}: {found}");
    }
}

#[test]
fn writing_again_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::generate(4, Scale { incidents: 120 });
    let estate = write_estate(folder.path(), &world).unwrap();
    let path = folder.path().join("acme/incidents-log.csv");
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    let paths = estate.write(folder.path()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), old);
    fs::write(&path, b"torn").unwrap();
    estate.write(folder.path()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), estate.file("acme/incidents-log.csv").unwrap().bytes);
    assert_eq!(paths.len(), estate.files.len());
    let left: usize = paths
        .iter()
        .map(|path| path.parent().unwrap())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .map(|folder| fs::read_dir(folder).unwrap().count())
        .sum();
    assert_eq!(left, estate.files.len(), "nothing else is left behind");
}

#[test]
fn stages_grow_in_complete_rows_to_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::generate(5, Scale { incidents: 300 });
    let estate = Estate::of(&world);
    let stages = estate.stages();
    assert!(stages.len() > estate.files.len() + 8);
    assert!(stages.windows(2).all(|pair| pair[0].at <= pair[1].at));
    for stage in &stages {
        if stage.path.starts_with("acme/") {
            assert!(stage.bytes.ends_with(b"\n"));
        }
        let path = stage.write(folder.path()).unwrap();
        assert_eq!(fs::read(path).unwrap(), stage.bytes);
    }
    for file in &estate.files {
        assert_eq!(fs::read(folder.path().join(&file.path)).unwrap(), file.bytes);
    }
    // A second start takes all the steps again: nothing shrinks.
    for stage in &stages {
        let path = stage.write(folder.path()).unwrap();
        assert_eq!(fs::read(path).unwrap(), estate.file(stage.path).unwrap().bytes);
    }
    // The first part of the log proves the order of its dates by itself.
    let first = stages.iter().find(|stage| stage.path == "acme/incidents-log.csv").unwrap();
    let (_, rows) = csv_rows(first.bytes, b',');
    for column in [9, 13, 34, 35] {
        let day = |row: &csv::StringRecord| row[column].split('/').next().and_then(|day| day.parse::<u32>().ok());
        assert!(rows.iter().filter_map(day).any(|day| day > 12), "column {column}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn files_parse_back_to_the_truth(seed: u64, incidents in 150_u32..500) {
        let world = World::generate(seed, Scale { incidents });
        let estate = Estate::of(&world);
        let oracle = Oracle::with_estate(&world, &estate);
        check_acme(&estate, &oracle);
        check_nordlicht(&estate, &oracle);
        check_kumo(&estate, &oracle);
        check_backlog(&estate, &oracle);
    }
}
