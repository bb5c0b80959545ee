//! The suites that every connector must pass, and what mails at rest do beside: they move, grow, are rewritten and vanish.
#![expect(clippy::unwrap_used, reason = "it is a test")]

use counterfoil_connector_email::KIND;
use counterfoil_record::{Digest, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind as _, InstanceSettings, PullContext};
use counterfoil_testkit::suites::{self, context, drain, stream};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn connector(folder: &Path, config: &str) -> Box<dyn Connector> {
    let table = toml::de::DeTable::parse(config).unwrap();
    let settings = InstanceSettings::default();
    let section = ConfigSection { instance: "mail", at: 0..1, folder, settings: &settings, table };
    KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn at(folder: &TempDir) -> Box<dyn Connector> {
    connector(folder.path(), "folder = \".\"")
}

fn mail(n: usize) -> String {
    format!(
        "From: a@nordlicht.example\nMessage-ID: <{n}@nordlicht.example>\nDate: Tue, 5 May 2026 10:{:02}:00 +0200\nSubject: {n}\n\nText {n}\n",
        n % 60
    )
}

fn id(mail: &str) -> String {
    Digest::of(mail.as_bytes()).short()
}

fn maildir(folder: &TempDir) {
    for name in ["cur", "new", "tmp", ".Archive/cur", ".Archive/new", ".Archive/tmp"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
}

fn put(folder: &TempDir, name: &str, content: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn mbox(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|n| format!("From a@b Tue May  5 10:00:00 2026\n{}\n", mail(n))).collect()
}

async fn keys(connector: &dyn Connector, from: &Position) -> (Vec<String>, Position) {
    let drained = drain(connector, "mails", from, 3).await.unwrap();
    let mut keys = drained.keys();
    keys.sort();
    (keys, drained.positions.last().unwrap().clone())
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut ids: Vec<String> = numbers.into_iter().map(|n| id(&mail(n))).collect();
    ids.sort();
    ids
}

/// A Maildir with a folder below it, two mbox files and .eml files, in one folder.
fn everything() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    maildir(&folder);
    for n in 0..5 {
        put(&folder, &format!("cur/100{n}.host:2,S"), &mail(n));
        put(&folder, &format!("new/200{n}.host"), &mail(10 + n));
        put(&folder, &format!(".Archive/cur/300{n}.host:2,"), &mail(20 + n));
        put(&folder, &format!("exported/{n}.eml"), &mail(30 + n));
    }
    put(&folder, "tmp/400.host", "half a ma");
    put(&folder, "dovecot-uidlist", "3 V1 N1");
    put(&folder, "boxes/a.mbox", &mbox(40..47));
    put(&folder, "boxes/old", &mbox(50..53));
    put(&folder, "boxes/readme.txt", "no mail");
    folder
}

#[tokio::test]
async fn it_passes_every_suite_of_the_standard() {
    let folder = everything();
    put(&folder, "new/bomb", &"A: b\n".repeat(10_000));
    let drained = suites::passes_everything(|| at(&folder), "mails", &[1, 2, 3, 7, 29, 30, 31]).await;
    let expected = ids((0..5).chain(10..15).chain(20..25).chain(30..35).chain(40..47).chain(50..53));
    let mut keys = drained.keys();
    keys.sort();
    assert_eq!(keys, expected);
    assert_eq!(drained.unreadable.len(), 1);
    assert_eq!(drained.unreadable[0].code, "email::header-too-large");
    assert_eq!(drained.unreadable[0].bytes.len(), 50_000);
    assert_eq!(drained.notes, [".: 16 mails in Maildirs, 5 .eml files, 2 mbox files, 1 files that are neither"]);
}

#[tokio::test]
async fn a_mail_that_is_moved_or_marked_is_the_same_mail_and_a_new_one_is_found() {
    let folder = everything();
    let connector = at(&folder);
    let (first, position) = keys(&*connector, &Position::default()).await;
    assert_eq!(first.len(), 30);
    fs::rename(folder.path().join("new/2000.host"), folder.path().join("cur/2000.host:2,RS")).unwrap();
    put(&folder, "new/0001.host", &mail(99));
    let (second, position) = keys(&*connector, &position).await;
    assert_eq!(second, ids([10, 99]), "the moved one is told again, under the id that it had");
    let (third, _) = keys(&*connector, &position).await;
    assert_eq!(third, Vec::<String>::new());
}

#[tokio::test]
async fn an_mbox_that_grows_is_read_from_where_it_ended_and_one_written_anew_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let connector = at(&folder);
    put(&folder, "a.mbox", &mbox(0..5));
    let (first, position) = keys(&*connector, &Position::default()).await;
    assert_eq!(first, ids(0..5));
    put(&folder, "a.mbox", &mbox(0..8));
    let (second, position) = keys(&*connector, &position).await;
    assert_eq!(second, ids(5..8));
    // Somebody deletes the second mail; the program of mail writes the whole file.
    put(&folder, "a.mbox", &format!("{}{}", mbox(0..1), mbox(2..9)));
    let (third, position) = keys(&*connector, &position).await;
    assert_eq!(third, ids([0, 2, 3, 4, 5, 6, 7, 8]));
    // The last mail goes on: what was taken for the whole of it was not.
    put(&folder, "a.mbox", &format!("{}{}more\n", mbox(0..1), mbox(2..9)));
    let (fourth, _) = keys(&*connector, &position).await;
    assert!(fourth.contains(&id(&format!("{}\nmore\n", mail(8)))), "{fourth:?}");
}

#[tokio::test]
async fn a_census_lists_what_is_there_and_fetch_shows_what_still_is() {
    let folder = everything();
    let connector = at(&folder);
    let stream = stream(&*connector, "mails");
    fs::remove_file(folder.path().join("cur/1000.host:2,S")).unwrap();
    let census = connector.census(&stream, &Position::default(), context(3)).await.unwrap();
    let listed: Vec<&str> = census.entries.iter().map(|(id, _)| id.as_str()).collect();
    assert!(listed.is_sorted() && listed.len() == 29 && !listed.contains(&id(&mail(0)).as_str()));
    assert!(!census.more);
    let wanted = [id(&mail(0)), id(&mail(43)), id(&mail(31))];
    let fetched = connector.fetch(&stream, &wanted, context(3)).await.unwrap();
    let mut shown: Vec<String> = fetched.records.iter().map(|record| record.native_id.clone()).collect();
    shown.sort();
    assert_eq!(shown, ids([43, 31]));
    assert_eq!(fetched.absent, [id(&mail(0))]);
}

#[tokio::test]
async fn a_file_that_is_being_written_waits_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder, "a.eml", &mail(1));
    put(&folder, "b.mbox", &mbox(2..4));
    let written = fs::metadata(folder.path().join("b.mbox")).unwrap().modified().unwrap();
    let now = jiff::Timestamp::try_from(written).unwrap() + jiff::Span::new().milliseconds(500);
    let connector = at(&folder);
    let stream = stream(&*connector, "mails");
    let soon = PullContext { now, page_size: 10 };
    let page = connector.pull(&stream, &Position::default(), soon).await.unwrap();
    assert_eq!(page.records.iter().map(|record| record.native_id.clone()).collect::<Vec<_>>(), ids([2]));
    assert_eq!(page.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::being-written"]);
    let later = PullContext { now: now + jiff::Span::new().seconds(5), page_size: 10 };
    let page = connector.pull(&stream, &page.next, later).await.unwrap();
    let mut read: Vec<String> = page.records.iter().map(|record| record.native_id.clone()).collect();
    read.sort();
    assert_eq!((read, page.gaps.len()), (ids([1, 3]), 0));
}

#[tokio::test]
async fn a_file_left_alone_early_in_a_long_pass_is_read_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    maildir(&folder);
    put(&folder, "a.eml", &mail(1));
    put(&folder, "new/1.host", &mail(2));
    put(&folder, "new/2.host", &mail(3));
    let written = fs::metadata(folder.path().join("a.eml")).unwrap().modified().unwrap();
    let now = jiff::Timestamp::try_from(written).unwrap() + jiff::Span::new().milliseconds(500);
    let at_secs = |secs: i64| PullContext { now: now + jiff::Span::new().seconds(secs), page_size: 1 };
    let connector = at(&folder);
    let stream = stream(&*connector, "mails");
    let first = connector.pull(&stream, &Position::default(), at_secs(0)).await.unwrap();
    assert!(first.more);
    let last = connector.pull(&stream, &first.next, at_secs(600)).await.unwrap();
    assert_eq!((last.more, last.gaps.len()), (false, 1), "what was left alone on an earlier page is told at the end");
    let mut position = last.next;
    let mut read = Vec::new();
    for secs in 0..5 {
        let page = connector.pull(&stream, &position, at_secs(1200 + secs)).await.unwrap();
        read.extend(page.records.into_iter().map(|record| record.native_id));
        position = page.next;
    }
    assert!(read.contains(&id(&mail(1))), "{read:?}");
}

#[tokio::test]
async fn an_mbox_beside_the_mails_of_a_maildir_is_read_and_a_link_is_told() {
    let folder = tempfile::tempdir().unwrap();
    maildir(&folder);
    put(&folder, "dovecot-uidlist", "3 V1 N1");
    put(&folder, "old.mbox", &mbox(1..3));
    put(&folder, "more/a.eml", &mail(3));
    std::os::unix::fs::symlink(folder.path().join("old.mbox"), folder.path().join("more/link.mbox")).unwrap();
    let drained = drain(&*at(&folder), "mails", &Position::default(), 10).await.unwrap();
    let mut keys = drained.keys();
    keys.sort();
    assert_eq!(keys, ids(1..4));
    assert_eq!(drained.notes, [".: 0 mails in Maildirs, 1 .eml files, 1 mbox files, 1 files that are neither"]);
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_set_aside_by_its_head_and_is_never_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("huge.eml")).unwrap();
    std::io::Write::write_all(&mut &file, mail(1).as_bytes()).unwrap();
    file.set_len(1 << 30).unwrap();
    put(&folder, "b.eml", &mail(2));
    let drained = drain(&*at(&folder), "mails", &Position::default(), 10).await.unwrap();
    assert_eq!(drained.keys(), ids([2]));
    let [unreadable] = drained.unreadable.as_slice() else { panic!("{:?}", drained.unreadable) };
    assert_eq!((unreadable.code, unreadable.bytes.len()), ("email::too-large", 64 << 10));
    assert!(unreadable.reason.contains("1073741824"), "{}", unreadable.reason);
}

#[tokio::test]
async fn what_is_named_like_an_mbox_and_is_none_is_a_gap_in_every_pass() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder, "a.mbox", "no mail at all\n");
    let connector = at(&folder);
    let mut position = Position::default();
    for _ in 0..3 {
        let drained = drain(&*connector, "mails", &position, 10).await.unwrap();
        assert_eq!(drained.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::file-unreadable"]);
        position = drained.positions.last().unwrap().clone();
    }
    put(&folder, "a.mbox", &mbox(1..2));
    let drained = drain(&*connector, "mails", &position, 10).await.unwrap();
    assert_eq!((drained.keys(), drained.gaps.len()), (ids([1]), 0));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let connector = connector(folder.path(), "folder = \"nowhere\"");
    let error = connector.check().await.unwrap_err();
    assert_eq!(error.kind.to_string(), "the folder or file `nowhere` does not exist");
}
