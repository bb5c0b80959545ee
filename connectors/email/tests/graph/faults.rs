//! What comes of a service that fails.

use crate::support::{CANARY, chain, connect, estate, of, on, pass, present, section, serve};
use counterfoil_gym::graph::{Fault, Faults, Instance, Switches};
use counterfoil_record::Position;
use counterfoil_testkit::fails_alike::fails_alike;
use counterfoil_testkit::suites::drain;
use std::collections::BTreeSet;

#[tokio::test(start_paused = true)]
async fn it_fails_as_every_connector() {
    let server = serve(Instance::of_estate(&estate(4, 1)), Switches::default()).await;
    let url = server.url().parse().unwrap();
    fails_alike(&url, |base| connect(&section(&server, base.as_str())), "mails", CANARY).await;
    assert_eq!(server.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn whatever_strikes_now_and_then_loses_nothing() {
    let all = [
        Fault::CutChunked,
        Fault::CutLength,
        Fault::TooManySeconds,
        Fault::TooManyDate,
        Fault::TooManyMute,
        Fault::InternalError,
        Fault::BadGateway,
        Fault::Unavailable,
        Fault::UnavailableMute,
        Fault::GatewayTimeout,
        Fault::LoginPage,
        Fault::HtmlAsJson,
    ];
    for fault in all {
        let faults = Faults { every: 3, times: 2, seed: 5, kinds: vec![fault] };
        let server = serve(Instance::of_estate(&estate(5, 3)), Switches { faults, ..Switches::default() }).await;
        let connector = of(&server);
        let stream = connector.streams()[0].clone();
        let (mut position, mut found, mut failures) = (Position::default(), BTreeSet::new(), 0);
        loop {
            match connector.pull(&stream, &position, counterfoil_testkit::suites::context(5)).await {
                Ok(page) => {
                    found.extend(page.records.iter().map(|record| record.native_id.clone()));
                    assert!(page.unreadable.is_empty(), "{fault:?}: {:?}", page.unreadable);
                    position = page.next;
                    if !page.more {
                        break;
                    }
                }
                Err(error) => {
                    failures += 1;
                    assert!(failures < 500, "{fault:?}: {}", chain(&error));
                }
            }
        }
        assert_eq!(found, present(&server), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_after_any_request_costs_nothing_but_time() {
    let instance = Instance::of_estate(&estate(6, 2));
    let server = serve(instance, Switches::default()).await;
    pass(&*of(&server), &mut Position::default()).await;
    let requests = server.requests().len() as u64;
    let mut deaths = 0;
    for last in 1..=requests {
        server.set_switches(Switches { ends_after: last, ..Switches::default() });
        let (mut position, mut found) = (Position::default(), BTreeSet::new());
        loop {
            // Nothing is remembered but the position.
            let connector = of(&server);
            let stream = connector.streams()[0].clone();
            match connector.pull(&stream, &position, counterfoil_testkit::suites::context(4)).await {
                Ok(page) => {
                    found.extend(page.records.iter().map(|record| record.native_id.clone()));
                    position = page.next;
                    if !page.more {
                        break;
                    }
                }
                Err(_) => {
                    deaths += 1;
                    server.set_switches(Switches::default());
                }
            }
        }
        assert_eq!(found, present(&server), "it ended after {last} requests");
    }
    assert!(deaths + 1 >= requests, "{deaths} deaths in {requests} requests");
}

#[tokio::test(start_paused = true)]
async fn an_access_token_that_expires_in_the_middle_is_replaced() {
    for names in [&["token-expires"][..], &["token-short"], &["token-rotates"], &["token-expires", "token-rotates"]] {
        for consent in ["", "refresh_token = \"env:REFRESH\"\n"] {
            let server = serve(Instance::of_estate(&estate(7, 3)), on(names)).await;
            let connector = connect(&format!("{}{consent}", section(&server, &server.url())));
            let drained = drain(&*connector, "mails", &Position::default(), 9).await;
            let drained = drained.unwrap_or_else(|error| panic!("{names:?} {consent}: {}", chain(&error)));
            assert_eq!(drained.keys().into_iter().collect::<BTreeSet<_>>(), present(&server), "{names:?} {consent}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_failure_is_not_read_again() {
    let faults = Faults { every: 3, times: 3, seed: 9, kinds: vec![Fault::TooManySeconds] };
    let server = serve(Instance::of_estate(&estate(8, 12)), Switches { faults, ..Switches::default() }).await;
    let connector = of(&server);
    let stream = connector.streams()[0].clone();
    let (mut position, mut found, mut busy) = (Position::default(), BTreeSet::new(), 0);
    loop {
        match connector.pull(&stream, &position, counterfoil_testkit::suites::context(100)).await {
            Ok(page) => {
                found.extend(page.records.iter().map(|record| record.native_id.clone()));
                position = page.next;
                if !page.more {
                    break;
                }
            }
            Err(_) => busy += 1,
        }
    }
    assert_eq!(found, present(&server));
    let answered = server.requests().iter().filter(|seen| seen.path.ends_with("$value") && seen.status == 200).count();
    let count = server.instance().lock().unwrap().count();
    // Of a group of four at most three come again, each time that one of them is refused.
    assert!(
        busy > 5 && answered <= count + 4 * 3 * busy && answered < 3 * count,
        "{answered} for {count}, busy {busy} times"
    );
}
