//! Mails that are large, or cannot be had.

use crate::support::{connect, estate, of, on, pass, present, section, serve, stream};
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_record::Position;
use counterfoil_testkit::suites::{context, drain};
use std::collections::BTreeSet;

fn large(bytes: usize) -> Vec<u8> {
    let mut mail = b"Subject: large\r\nFrom: a@b.example\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\n".to_vec();
    mail.resize(bytes, b'x');
    mail
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_set_aside_by_its_beginning_and_never_read_whole() {
    for name in ["slow-drip", "mime-chunked"] {
        let mut instance = Instance::empty();
        let now = instance.now();
        for bytes in [100, 3 << 20, 200, (1 << 20) + 1, 300, 5 << 20] {
            instance.deliver(0, now, large(bytes).into());
        }
        let server = serve(instance, on(&[name])).await;
        let connector = connect(&format!("{}mail_mb = 1\n", section(&server, &server.url())));
        let drained = drain(&*connector, "mails", &Position::default(), 50).await.unwrap();
        assert_eq!(drained.records.len(), 3, "{name}");
        assert_eq!(drained.unreadable.len(), 3, "{name}");
        for (unreadable, bytes) in drained.unreadable.iter().zip([3 << 20, (1 << 20) + 1, 5 << 20]) {
            assert_eq!((unreadable.code, unreadable.bytes.len()), ("email::too-large", 64 << 10));
            assert!(large(bytes).starts_with(&unreadable.bytes));
            let is_told = unreadable.reason.contains(&format!("{bytes} bytes"));
            assert_eq!(is_told, name == "slow-drip", "{name}: {}", unreadable.reason);
        }
        let again = drain(&*connector, "mails", drained.positions.last().unwrap(), 50).await.unwrap();
        assert!(again.unreadable.is_empty() && again.records.is_empty());
        let counted = connector.census(&stream(&*connector), &Position::default(), context(7)).await.unwrap();
        let census = counted.census.unwrap();
        assert_eq!((counted.entries.len(), census.counted, census.delivered), (3, 6, 3));
    }
}

#[tokio::test]
async fn a_page_has_as_many_mails_as_there_is_room_for_and_goes_on_behind_them() {
    let mut instance = Instance::empty();
    let now = instance.now();
    for nth in 0..12_usize {
        // Each its own bytes.
        let mut mail = large((1 << 20) + nth);
        mail.extend(nth.to_string().into_bytes());
        instance.deliver(0, now, mail.into());
    }
    instance.deliver(0, now, large(7 << 20).into());
    let server = serve(instance, Switches::default()).await;
    let connector = of(&server);
    let (stream, mut position, mut pages, mut found) = (stream(&*connector), Position::default(), 0, BTreeSet::new());
    loop {
        let page = connector.pull(&stream, &position, context(50)).await.unwrap();
        let bytes: usize = page.records.iter().map(|record| record.payload.as_str().len()).sum();
        assert!(page.records.len() <= 4 && bytes < 18 << 20, "{} mails, {bytes} bytes", page.records.len());
        found.extend(page.records.into_iter().map(|record| record.native_id));
        (pages, position) = (pages + 1, page.next);
        if !page.more {
            break;
        }
    }
    // The last page has the folders without mails.
    assert_eq!((pages, found), (5, present(&server)));
}

#[tokio::test]
async fn a_mail_that_the_service_does_not_deliver_is_set_aside_and_stops_no_other() {
    let server = serve(Instance::of_estate(&estate(31, 4)), on(&["mime-refused"])).await;
    let connector = of(&server);
    let mut position = Position::default();
    let drained = pass(&*connector, &mut position).await;
    let count = server.instance().lock().unwrap().count();
    assert!(!drained.unreadable.is_empty() && drained.records.len() + drained.unreadable.len() == count);
    assert!(drained.unreadable.iter().all(|one| one.code == "email::not-delivered"));
    assert_eq!(drained.keys().into_iter().collect::<BTreeSet<_>>(), present(&server));
    // Nobody knows which mails those are: none is marked as gone.
    let stream = stream(&*connector);
    let counted = connector.census(&stream, &Position::default(), context(7)).await.unwrap();
    assert_eq!(counted.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::not-counted"]);
    let fetched = connector.fetch(&stream, &["no such mail".to_owned()], context(7)).await.unwrap();
    assert_eq!((fetched.absent.len(), fetched.records.len()), (0, 0));
    server.set_switches(Switches::default());
    let counted = connector.census(&stream, &Position::default(), context(7)).await.unwrap();
    assert_eq!((counted.gaps.len(), counted.entries.len()), (0, present(&server).len()));
    let fetched = connector.fetch(&stream, &["no such mail".to_owned()], context(7)).await.unwrap();
    assert_eq!(fetched.absent, ["no such mail"]);
}
