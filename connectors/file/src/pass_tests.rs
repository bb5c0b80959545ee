use super::*;
use crate::config::tests::settings;
use counterfoil_record::Page;
use jiff::Timestamp;
use std::fs;
use std::path::Path;

const LOG: &str = "path = 'a.csv'\nkey = 'id'\nshape = 'log'\norder_by = ['n']";

fn shared(folder: &Path, text: &str, change: impl Fn(&mut Settings)) -> Shared {
    let mut settings = settings(folder, text, None, None);
    change(&mut settings);
    Shared::new(settings)
}

fn context(page_size: usize) -> PullContext {
    PullContext { now: Timestamp::from_second(4_000_000_000).unwrap(), page_size }
}

fn all(shared: &Shared, page_size: usize) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    while pages.last().is_none_or(|page| page.more) {
        let from = pages.last().map(|page| page.next.clone()).unwrap_or_default();
        pages.push(pull(shared, &from, context(page_size)).unwrap());
    }
    pages
}

#[test]
fn a_file_that_is_written_to_while_it_is_read_is_left_for_the_next_pull() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "id,text\n1,a\n").unwrap();
    fs::write(folder.path().join("b.csv"), "id,text\n2,b\n").unwrap();
    let shared = shared(folder.path(), "path = '*.csv'\nkey = 'id'", |_| {});
    let listing = folder::list(&shared.settings).unwrap();
    fs::write(&path, "id,text\n1,a\n3,c").unwrap();
    let mut pass = Pass {
        shared: &shared,
        context: context(100),
        page: PageDraft::new(100, 1 << 20),
        state: State::fresh(""),
        open: None,
        unfinished: None,
        unreadable_files: Vec::new(),
    };
    assert!(!pass.read_files(&listing).unwrap());
    assert_eq!(pass.unfinished.as_ref().map(|(name, _)| &**name), Some("a.csv"));
    assert!(pass.state.get("a.csv").is_none() && pass.state.get("b.csv").is_some());
    assert_eq!(pass.page.counts(), Counts { records: 1, unreadable: 0 });
}

#[test]
fn pages_are_bounded_in_bytes_and_hold_at_least_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..100).map(|n| format!("{n},{}\n", "x".repeat(1000))).collect();
    fs::write(folder.path().join("a.csv"), format!("id,text\n{rows}")).unwrap();
    let pages = |bytes| {
        let shared = shared(folder.path(), "path = 'a.csv'\nkey = 'id'", |settings| settings.limits.page_bytes = bytes);
        all(&shared, 1000).into_iter().map(|page| page.records.len()).collect::<Vec<_>>()
    };
    assert_eq!(pages(10_000).len(), 11);
    assert_eq!(pages(10_000).iter().sum::<usize>(), 100);
    assert!(pages(1)[..100].iter().all(|records| *records == 1));
}

#[test]
fn a_log_is_sorted_once_for_all_its_pages() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..1000).map(|n| format!("{},{n},x\n", n * 7 % 100)).collect();
    let path = folder.path().join("a.csv");
    fs::write(&path, format!("id,n,text\n{rows}")).unwrap();
    let shared = shared(folder.path(), LOG, |settings| settings.limits.sort_bytes = 1000);
    let whole = all(&shared, 1000).remove(0).records;
    assert_eq!(whole.len(), 100);
    let mut position = Position::default();
    for nth in 0..10 {
        let page = pull(&shared, &position, context(10)).unwrap();
        assert_eq!(page.records, whole[nth * 10..(nth + 1) * 10]);
        position = page.next;
        let open = shared.open.lock().unwrap();
        assert_eq!(open.is_some(), page.more, "the sorted rows are kept while there are more pages");
        drop(open);
        // Whoever reads the file again finds other rows in it, although its length and time are the same.
        let stamp = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, format!("id,n,text\n{}", rows.replace('x', "y"))).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(stamp).unwrap();
        if !page.more {
            assert_eq!(nth, 9);
        }
    }
}

#[test]
fn a_record_with_more_rows_than_memory_is_set_aside_and_the_others_flow_on() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String =
        (0..300).map(|n| format!("{},{n},{}\n", if n < 290 { "B" } else { "C" }, "x".repeat(50))).collect();
    fs::write(folder.path().join("a.csv"), format!("id,n,text\nA,1,a\n{rows}")).unwrap();
    let shared = shared(folder.path(), LOG, |settings| settings.limits.record_bytes = 5000);
    let page = all(&shared, 1000).remove(0);
    let ids: Vec<&str> = page.records.iter().map(|record| record.native_id.as_str()).collect();
    assert_eq!(ids, ["A", "C"]);
    assert_eq!(
        (page.unreadable[0].code, page.unreadable[0].place.to_string().as_str()),
        ("file::record-too-big", "a.csv, row 292")
    );
    assert!(page.unreadable[0].bytes.len() > 4000);
    let census = page.census.unwrap();
    assert_eq!((census.counted, census.delivered), (3, 2));
}

#[test]
fn too_many_columns_refuse_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "id,n,text\n1,2,3\n").unwrap();
    let shared = shared(folder.path(), "path = 'a.csv'\nkey = 'id'", |settings| settings.limits.columns = 2);
    assert_eq!(all(&shared, 10)[0].gaps[0].code, "file::too-many-columns");
}
