//! Links: they may be forgotten, lead elsewhere, in a circle or nowhere.

use crate::support::{chain, estate, of, on, pass, present, serve};
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use counterfoil_testkit::suites::{context, drain};
use std::collections::BTreeSet;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_state_that_is_forgotten_costs_a_walk_and_neither_loses_nor_doubles() {
    for names in [&[][..], &["resync-required"], &["sync-state-400"]] {
        let server = serve(Instance::of_estate(&estate(10, 3)), on(names)).await;
        let connector = of(&server);
        let mut position = Position::default();
        let first = pass(&*connector, &mut position).await;
        for _ in 0..3 {
            server.instance().lock().unwrap().forget_states();
            let again = pass(&*connector, &mut position).await;
            assert_eq!(again.keys().into_iter().collect::<BTreeSet<_>>(), present(&server), "{names:?}");
            let payloads = |drained: &counterfoil_testkit::suites::Drained| {
                drained
                    .records
                    .iter()
                    .map(|one| (one.native_id.clone(), one.payload.as_str().to_owned()))
                    .collect::<BTreeSet<_>>()
            };
            assert_eq!(payloads(&again), payloads(&first), "the same bytes make the same record");
            assert!(again.notes.iter().any(|note| note.contains("does not know any more")), "{:?}", again.notes);
        }
    }
}

#[tokio::test]
async fn a_link_that_is_forgotten_in_the_middle_begins_the_walk_again() {
    for names in [&["next-expires"][..], &["delta-expires"], &["generations"], &["fresh-links"]] {
        let server = serve(Instance::of_estate(&estate(11, 5)), on(names)).await;
        let connector = of(&server);
        let mut position = Position::default();
        for _ in 0..4 {
            let drained =
                drain(&*connector, "mails", &position, 2).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
            position = drained.positions.last().unwrap().clone();
        }
        // From the beginning, once more, with what was forgotten once.
        let found = pass(&*of(&server), &mut Position::default()).await.keys();
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), present(&server), "{names:?}");
    }
}

#[tokio::test]
async fn a_link_to_another_host_is_told_and_never_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let foreign_host = format!("http://{}", elsewhere.local_addr().unwrap());
    for folders_paged in [false, true] {
        let switches = Switches { foreign_host: foreign_host.clone(), folders_paged, ..Switches::default() };
        let server = serve(Instance::of_estate(&estate(12, 3)), switches).await;
        let error = drain(&*of(&server), "mails", &Position::default(), 5).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{error:?}");
        assert!(chain(&error).contains("another origin"), "{}", chain(&error));
    }
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(100), elsewhere.accept()).await;
    assert!(nobody.is_err(), "somebody came to the other host");
}

#[tokio::test]
async fn a_position_with_a_link_to_another_host_is_none() {
    let server = serve(Instance::of_estate(&estate(13, 2)), Switches::default()).await;
    let connector = of(&server);
    let mut position = Position::default();
    pass(&*connector, &mut position).await;
    for host in ["https://evil.example/v1.0", "//evil.example/v1.0", "/\\\\evil.example/v1.0"] {
        let forged = Position(position.0.replace("/v1.0", host));
        assert_ne!(forged, position);
        let error = drain(&*connector, "mails", &forged, 5).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::PositionExpired), "{host}: {error:?}");
    }
    // Another path of the same host is out of the API.
    let forged = Position(position.0.replace("/v1.0", "/beta"));
    let error = drain(&*connector, "mails", &forged, 5).await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{error:?}");
}

#[tokio::test]
async fn a_link_in_a_circle_and_a_page_without_one_are_no_end() {
    for name in ["link-repeats", "links-missing"] {
        let server = serve(Instance::of_estate(&estate(14, 4)), on(&[name])).await;
        let error = drain(&*of(&server), "mails", &Position::default(), 2).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{name}: {error:?}");
        let connector = of(&server);
        let stream = connector.streams()[0].clone();
        if name == "links-missing" {
            let census = connector.census(&stream, &Position::default(), context(5)).await.unwrap_err();
            assert!(matches!(census.kind, PullErrorKind::Contract { .. }), "{name}: {census:?}");
        }
    }
}

#[tokio::test]
async fn a_folder_whose_links_are_forgotten_at_once_is_given_up_for_this_pass_and_told() {
    let server = serve(Instance::of_estate(&estate(15, 6)), Switches::default()).await;
    let connector = of(&server);
    let stream = connector.streams()[0].clone();
    let (mut position, mut pages) = (Position::default(), 0);
    let gaps = loop {
        let page = connector.pull(&stream, &position, context(3)).await.unwrap();
        // Whatever was told is forgotten before anybody can use it.
        server.instance().lock().unwrap().forget_states();
        (position, pages) = (page.next, pages + 1);
        if !page.more {
            break page.gaps;
        }
        assert!(pages < 100, "a pass without end");
    };
    let codes: Vec<&str> = gaps.iter().map(|gap| gap.code).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "email::links-forgotten"), "{codes:?}");
    let drained = pass(&*connector, &mut position).await;
    assert!(drained.gaps.is_empty(), "{:?}", drained.gaps);
    assert!(present(&server).is_subset(&drained.keys().into_iter().collect()));
}
