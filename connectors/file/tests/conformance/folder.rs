//! A folder that is watched: what is left alone, what is read again, and what the position remembers.

use crate::support::{self, Files, WRITTEN_SECS};
use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use std::fs;
use std::time::Duration;

const SECTION: &str = "path = '.'\nkey = 'id'";

fn table(ids: &[&str]) -> String {
    format!("id,text\n{}", ids.iter().map(|id| format!("{id},x\n")).collect::<String>())
}

#[tokio::test]
async fn a_new_file_is_read_and_the_known_ones_are_not() {
    let files = Files::new(SECTION).with("1.csv", table(&["A"]));
    let first = files.read().await;
    files.write("0.csv", table(&["B"]), WRITTEN_SECS);
    // Whoever opened the known file now would find something else.
    let stamp = fs::metadata(files.path("1.csv")).unwrap().modified().unwrap();
    fs::write(files.path("1.csv"), table(&["Z"])).unwrap();
    fs::File::options().write(true).open(files.path("1.csv")).unwrap().set_modified(stamp).unwrap();
    let second = files.read_from(first.positions.last().unwrap()).await;
    assert_eq!(second.keys(), ["B"]);
    assert_eq!(second.census.unwrap().delivered, 2);
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_a_touched_one_is_not() {
    let files = Files::new(SECTION).with("1.csv", table(&["A", "B"])).with("2.csv", table(&["C"]));
    let first = files.read().await;
    files.touch("1.csv", WRITTEN_SECS + 60);
    let second = files.read_from(first.positions.last().unwrap()).await;
    assert!(second.records.is_empty() && second.positions[0] != *first.positions.last().unwrap());
    files.write("1.csv", table(&["A", "B", "D"]), WRITTEN_SECS + 120);
    let third = files.read_from(second.positions.last().unwrap()).await;
    assert_eq!(third.keys(), ["A", "B", "D"]);
    assert_eq!(third.records[0].payload, first.records[0].payload, "what did not change is the same payload");
    assert_eq!(third.census.unwrap().delivered, 4);
}

#[tokio::test]
async fn a_file_that_is_gone_deletes_nothing_and_is_noted() {
    let files = Files::new(SECTION).with("1.csv", table(&["A"])).with("2.csv", table(&["B"]));
    let first = files.read().await;
    fs::remove_file(files.path("1.csv")).unwrap();
    let second = files.read_from(first.positions.last().unwrap()).await;
    assert!(second.records.is_empty() && second.gaps.is_empty());
    assert_eq!(second.notes, ["1.csv is gone; what it told is kept"]);
    let third = files.read_from(second.positions.last().unwrap()).await;
    assert!(third.notes.is_empty());
    // When it comes back it is read again: its records did not change, so nothing follows from them.
    files.write("1.csv", table(&["A"]), WRITTEN_SECS);
    assert_eq!(files.read_from(third.positions.last().unwrap()).await.keys(), ["A"]);
}

#[tokio::test]
async fn a_fresh_file_waits_while_the_others_are_read() {
    let files = Files::new("path = '*.csv'\nkey = 'id'\nsettle_secs = 5");
    files.write("1.csv", table(&["A"]), 2_000_000_000 - 2);
    files.write("2.csv", table(&["B"]), 2_000_000_000 - 60);
    files.write("3.csv", table(&["C"]), 2_000_000_000 + 86_400);
    let page = files.pull_at(&Position::default(), 2_000_000_000, 100).await.unwrap();
    let ids: Vec<&str> = page.records.iter().map(|record| record.native_id.as_str()).collect();
    assert_eq!(ids, ["B", "C"], "a time in the future says nothing about age");
    assert!(page.more && page.census.is_none());
    let waiting = files.pull_at(&page.next, 2_000_000_000, 100).await;
    let Err(PullErrorKind::NotReady { what, wait }) = waiting else { panic!("{waiting:?}") };
    assert_eq!((what.as_str(), wait), ("1.csv", Duration::from_secs(3)));
    let last = files.pull_at(&page.next, 2_000_000_003, 100).await.unwrap();
    assert_eq!(last.records[0].native_id, "A");
    assert!(!last.more && last.census.is_some());
}

#[tokio::test]
async fn a_single_file_needs_no_time_to_settle_and_must_be_there() {
    let files = Files::new("path = 'a.csv'\nkey = 'id'");
    let missing = files.pull_at(&Position::default(), 2_000_000_000, 100).await;
    assert!(matches!(missing, Err(PullErrorKind::NotFound { what }) if what == "a.csv"));
    assert!(files.connector().check().await.is_err());
    files.write("a.csv", table(&["A"]), 2_000_000_000);
    let page = files.pull_at(&Position::default(), 2_000_000_000, 100).await.unwrap();
    assert_eq!(page.records.len(), 1);
    files.connector().check().await.unwrap();
}

#[tokio::test]
async fn a_file_that_changes_between_pages_starts_over() {
    let files = Files::new("path = 'a.csv'\nkey = 'id'").with("a.csv", table(&["A", "B", "C"]));
    let connector = files.connector();
    let context = counterfoil_testkit::suites::context(2);
    let first = support::pull(&*connector, &Position::default(), context).await.unwrap();
    assert_eq!((first.records.len(), first.more), (2, true));
    files.write("a.csv", table(&["A", "B", "C", "D"]), WRITTEN_SECS + 1);
    // The same connector, which still has the old file open.
    let mut position = first.next;
    let mut ids = Vec::new();
    loop {
        let page = support::pull(&*connector, &position, context).await.unwrap();
        ids.extend(page.records.into_iter().map(|record| record.native_id));
        position = page.next;
        if !page.more {
            assert_eq!(page.census.unwrap().delivered, 4);
            break;
        }
    }
    assert_eq!(ids, ["A", "B", "C", "D"]);
}

#[tokio::test]
async fn a_file_that_is_touched_between_pages_goes_on() {
    let files = Files::new("path = 'a.csv'\nkey = 'id'").with("a.csv", table(&["A", "B", "C"]));
    let first = files.pull_at(&Position::default(), 4_000_000_000, 2).await.unwrap();
    files.touch("a.csv", WRITTEN_SECS + 1);
    let second = files.pull_at(&first.next, 4_000_000_000, 100).await.unwrap();
    assert_eq!(second.records.len(), 1);
    assert_eq!(second.census.unwrap().delivered, 3);
}

#[tokio::test]
async fn refused_files_are_told_in_every_pass_and_read_once_they_can_be() {
    let ambiguous = "id,at\nA,03/04/2016\nB,05/06/2016\n";
    let files = Files::new(SECTION).zone("UTC").with("a.csv", ambiguous);
    let first = files.read().await;
    assert_eq!(support::gap_codes(&first), ["file::dates-ambiguous"]);
    assert_eq!((first.gaps[0].records, first.gaps[0].place.to_string()), (Some(2), "a.csv, row 2".to_owned()));
    let second = files.read_from(first.positions.last().unwrap()).await;
    assert_eq!(second.gaps, first.gaps);
    // The remedy, as the gap says it.
    let files = files.dates("dmy");
    let third = files.read_from(second.positions.last().unwrap()).await;
    assert_eq!(third.keys(), ["A", "B"]);
    assert!(third.gaps.is_empty() && third.notes[0].starts_with("the way of reading was changed"));
}

#[tokio::test]
async fn many_small_files_share_a_page_and_names_order_them() {
    let mut files = Files::new("path = '*.csv'\nkey = 'id'");
    for n in (0..50).rev() {
        files = files.with(&format!("{n:02}.csv"), table(&[&format!("I{n}a"), &format!("I{n}b")]));
    }
    let whole = files.read().await;
    assert_eq!((whole.positions.len(), whole.records.len()), (1, 100));
    let connector = files.connector();
    let mut position = Position::default();
    let (mut pages, mut ids, mut last_progress) = (0, Vec::new(), 0);
    loop {
        let context = counterfoil_testkit::suites::context(30);
        let page = support::pull(&*connector, &position, context).await.unwrap();
        let progress = page.progress_permille.unwrap();
        assert!(progress >= last_progress, "{progress} after {last_progress}");
        last_progress = progress;
        pages += 1;
        ids.extend(page.records.into_iter().map(|record| record.native_id));
        position = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!((ids, last_progress), (whole.keys(), 1000));
    assert!(pages <= 5, "{pages} pages");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_rights_is_a_gap_and_stops_no_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Files::new(SECTION).with("1.csv", table(&["A"])).with("2.csv", table(&["B"]));
    fs::set_permissions(files.path("1.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(files.path("1.csv")).is_ok() {
        println!("SKIP rights: this user may read everything");
        return;
    }
    let drained = files.read().await;
    assert_eq!(drained.keys(), ["B"]);
    assert_eq!(support::gap_codes(&drained), ["file::not-readable"]);
}
