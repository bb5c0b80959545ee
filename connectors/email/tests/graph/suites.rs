//! The suites of every connector.

use crate::support::{connect, estate, of, on, present, section, serve};
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_testkit::suites;
use std::collections::BTreeSet;

#[tokio::test]
async fn it_passes_every_suite_of_the_standard() {
    let server = serve(Instance::of_estate(&estate(1, 4)), Switches::default()).await;
    let count = server.instance().lock().unwrap().count();
    let fresh = || of(&server);
    let drained = suites::passes_everything(fresh, "mails", &[1, 2, 7, 10, count - 1, count, count + 1]).await;
    assert_eq!(drained.records.len(), count, "a mail in two folders is delivered twice and is one record");
    assert_eq!(drained.keys().into_iter().collect::<BTreeSet<_>>(), present(&server));
    assert_eq!((drained.unreadable.len(), drained.gaps.len()), (0, 0));
    assert_eq!(server.writes(), 0, "something was to be changed");
    assert!(server.most_connections() <= 12, "three connectors at once had {}", server.most_connections());
}

#[tokio::test]
async fn a_pass_may_stop_after_every_page_whatever_pages_are_like() {
    for names in [&["page-size-ignored"][..], &["short-pages"], &["mime-chunked"], &["folders-paged"]] {
        let server = serve(Instance::of_estate(&estate(2, 4)), on(names)).await;
        let keys = suites::resumes_anywhere(|| of(&server), "mails", &[1, 3, 11]).await;
        assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), present(&server), "{names:?}");
    }
    let server = serve(Instance::of_estate(&estate(2, 4)), on(&["replays", "short-pages"])).await;
    for page_size in [1, 4, 30] {
        let drained = suites::drain(&*of(&server), "mails", &counterfoil_record::Position::default(), page_size).await;
        assert_eq!(drained.unwrap().keys().into_iter().collect::<BTreeSet<_>>(), present(&server), "replays");
    }
}

#[tokio::test]
async fn four_requests_are_under_way_and_each_mail_is_asked_for_once() {
    let server = serve(Instance::of_estate(&estate(3, 8)), on(&["slow-drip"])).await;
    let count = server.instance().lock().unwrap().count() as u64;
    let connector = connect(&section(&server, &server.url()));
    let drained = suites::drain(&*connector, "mails", &counterfoil_record::Position::default(), 500).await.unwrap();
    assert_eq!(drained.records.len() as u64, count);
    assert_eq!(server.counts()["$value"], count);
    assert_eq!(server.counts()["token"], 1);
    assert!(server.most_connections() <= 4, "{} connections at once", server.most_connections());
    assert_eq!(connector.calls(), Some(server.requests().len() as u64));
    for seen in server.requests().iter().filter(|seen| seen.path.ends_with("/delta")) {
        assert!(
            seen.prefer.contains("IdType=\"ImmutableId\"") && seen.prefer.contains("odata.maxpagesize="),
            "{seen:?}"
        );
        assert!(seen.query.contains("token=") || seen.query.contains("changeType=created"), "{seen:?}");
    }
}
