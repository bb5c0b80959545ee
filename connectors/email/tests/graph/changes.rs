//! What people do in a mailbox, and what becomes of it.

use crate::support::{census, connect, estate, of, on, pass, present, section, serve, stream};
use counterfoil_gym::Dice;
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use counterfoil_testkit::suites::context;
use std::collections::BTreeSet;

#[tokio::test]
async fn marks_are_no_news_and_cost_nothing() {
    let server = serve(Instance::of_estate(&estate(20, 3)), Switches::default()).await;
    let connector = of(&server);
    let mut position = Position::default();
    pass(&*connector, &mut position).await;
    let before = position.clone();
    (0..5).for_each(|mail| server.instance().lock().unwrap().mark(mail));
    server.forget_requests();
    assert!(pass(&*connector, &mut position).await.records.is_empty());
    assert_eq!(position, before);
    assert_eq!(server.counts().get("$value"), None);
    // A service that does not know `changeType` tells them; the bytes are what they were.
    server.set_switches(on(&["change-type-ignored"]));
    let connector = of(&server);
    let mut position = Position::default();
    let first = pass(&*connector, &mut position).await;
    (0..5).for_each(|mail| server.instance().lock().unwrap().mark(mail));
    let again = pass(&*connector, &mut position).await;
    assert_eq!(again.records.len(), 5);
    assert!(again.records.iter().all(|one| first.records.iter().any(|other| other.payload == one.payload)));
}

#[tokio::test]
async fn what_is_moved_copied_or_moved_back_is_the_same_mail() {
    for names in [&[][..], &["ids-change"], &["change-type-ignored", "ids-change"]] {
        let server = serve(Instance::of_estate(&estate(21, 3)), on(names)).await;
        let connector = of(&server);
        let mut position = Position::default();
        let all: BTreeSet<String> = pass(&*connector, &mut position).await.keys().into_iter().collect();
        {
            let instance = server.instance();
            let mut instance = instance.lock().unwrap();
            instance.move_to(0, 3);
            instance.move_to(1, 1);
            instance.move_to(1, 0);
            instance.copy_to(2, 3);
        }
        let moved: BTreeSet<String> = pass(&*connector, &mut position).await.keys().into_iter().collect();
        assert!(moved.len() == 3 && moved.is_subset(&all), "{names:?}: {moved:?}");
        assert!(pass(&*connector, &mut position).await.records.is_empty());
        assert_eq!(census(&*connector).await, all);
    }
}

#[tokio::test]
async fn what_is_gone_is_not_in_the_census_and_nothing_is_read_twice_for_it() {
    let server = serve(Instance::of_estate(&estate(22, 3)), Switches::default()).await;
    let connector = of(&server);
    pass(&*connector, &mut Position::default()).await;
    server.forget_requests();
    let all = census(&*connector).await;
    assert_eq!(all, present(&server));
    assert_eq!(server.counts().get("$value"), None, "what was just read is known by its id and mark");
    {
        let instance = server.instance();
        let mut instance = instance.lock().unwrap();
        instance.delete(0);
        instance.mark(1);
        let now = instance.now();
        instance.deliver(0, now, b"Subject: new\r\nFrom: a@b.example\r\n\r\nnew\r\n"[..].into());
    }
    let left = census(&*connector).await;
    assert_eq!(left, present(&server));
    assert_eq!(server.counts()["$value"], 2, "the new one, and the one with another mark");
    let gone: Vec<String> = all.difference(&left).cloned().collect();
    let asked: Vec<String> = all.union(&left).cloned().collect();
    let fetched = connector.fetch(&stream(&*connector), &asked, context(7)).await.unwrap();
    assert_eq!(fetched.absent, gone);
    assert_eq!(fetched.records.iter().map(|one| one.native_id.clone()).collect::<BTreeSet<_>>(), left);
    // After a restart nothing is known, and everything is read.
    let connector = of(&server);
    assert_eq!(census(&*connector).await, left);
    let fetched = of(&server).fetch(&stream(&*connector), &asked, context(7)).await.unwrap();
    assert_eq!((fetched.records.len(), fetched.absent), (left.len(), gone));
    assert_eq!(server.writes(), 0);
}

#[tokio::test]
async fn a_census_finds_everything_while_mails_are_moved_about() {
    for seed in 0..6 {
        let instance = Instance::of_estate(&estate(seed, 6));
        let server = serve(instance, on(&["moving", "page-size-ignored", "ids-change"])).await;
        let connector = of(&server);
        let before = present(&server);
        let found = census(&*connector).await;
        let after = present(&server);
        // What was there all the time is found, but for what moves between the last looks at two folders.
        let missed = before.intersection(&after).filter(|id| !found.contains(*id)).count();
        assert!(missed <= 1, "seed {seed}: {missed} missed of {}", after.len());
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_or_has_another_name_is_a_gap_and_its_mails_stay() {
    for name in ["folder-deleted", "folder-renamed"] {
        let server = serve(Instance::of_estate(&estate(23, 3)), Switches::default()).await;
        let connector = of(&server);
        let mut position = Position::default();
        let first = pass(&*connector, &mut position).await;
        server.set_switches(on(&[name]));
        server.instance().lock().unwrap().copy_to(0, 1);
        for new in [1, 0] {
            let drained = pass(&*connector, &mut position).await;
            assert_eq!(drained.records.len(), new, "{name}: the other folders are read");
            assert_eq!(drained.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::mailbox-closed"]);
        }
        let checked = connector.check().await.unwrap_err();
        let told = checked.kind.to_string();
        assert!(matches!(checked.kind, PullErrorKind::NotFound { .. }) && told.contains("Suppliers/Archive"), "{told}");
        assert_eq!(told.contains("`Done`"), name == "folder-renamed", "it names what is there: {told}");
        let counted = connector.census(&stream(&*connector), &Position::default(), context(7)).await;
        assert!(matches!(counted.unwrap_err().kind, PullErrorKind::NotFound { .. }));
        server.set_switches(Switches::default());
        let drained = pass(&*connector, &mut position).await;
        assert!(drained.gaps.is_empty() && drained.records.is_empty(), "{name}: it goes on where it was");
        assert!(first.gaps.is_empty());
    }
}

#[tokio::test]
async fn a_folder_that_goes_away_within_a_pass_stops_no_other() {
    let server = serve(Instance::of_estate(&estate(24, 4)), Switches::default()).await;
    let text = section(&server, &server.url())
        .replace("\"INBOX\", \"Sent Items\", \"Suppliers/Archive\"", "\"Suppliers/Archive\", \"INBOX\"");
    let connector = connect(&text);
    (0..4).for_each(|mail| {
        server.instance().lock().unwrap().copy_to(mail, 3);
    });
    let (stream, mut position) = (stream(&*connector), Position::default());
    let page = connector.pull(&stream, &position, context(1)).await.unwrap();
    assert!(page.more);
    position = page.next;
    server.set_switches(on(&["folder-deleted"]));
    let drained = pass(&*connector, &mut position).await;
    assert_eq!(drained.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::mailbox-closed"]);
    assert!(drained.records.len() > 10);
}

#[tokio::test]
async fn mails_that_come_while_others_are_read_are_found() {
    for seed in 0..4 {
        let mut instance = Instance::arriving(&estate(seed, 6));
        instance.some_arrive(10);
        let server = serve(instance, on(&["moving", "ids-change", "fresh-links"])).await;
        let connector = of(&server);
        let (mut position, mut found) = (Position::default(), BTreeSet::new());
        for _ in 0..3 {
            found.extend(pass(&*connector, &mut position).await.keys());
        }
        let mut dice = Dice::new(seed, 8);
        (0..20).for_each(|_| {
            server.instance().lock().unwrap().mutate(&mut dice);
        });
        server.set_switches(on(&["ids-change", "fresh-links"]));
        server.instance().lock().unwrap().all_arrive();
        found.extend(pass(&*connector, &mut position).await.keys());
        assert!(present(&server).is_subset(&found), "seed {seed}");
    }
}

#[tokio::test]
async fn a_page_that_is_another_one_when_it_is_asked_for_again_is_read_from_its_beginning() {
    let mut instance = Instance::empty();
    let now = instance.now();
    for nth in 0..12 {
        let mail = format!("Subject: {nth}\r\nFrom: a@b.example\r\n\r\n{nth}\r\n");
        instance.deliver(0, now, mail.into_bytes().into());
    }
    // Pages have ten mails, and three of them are taken at a time.
    let server = serve(instance, on(&["page-size-ignored"])).await;
    let connector = of(&server);
    let (stream, mut position, mut found) = (stream(&*connector), Position::default(), BTreeSet::new());
    let page = connector.pull(&stream, &position, context(3)).await.unwrap();
    assert!(page.records.len() == 3 && page.more && page.next.0.contains("\"taken\":3"), "{}", page.next.0);
    found.extend(page.records.into_iter().map(|record| record.native_id));
    position = page.next;
    (0..3).for_each(|mail| server.instance().lock().unwrap().delete(mail));
    found.extend(pass(&*connector, &mut position).await.keys());
    assert_eq!(found.len(), 12, "what moved up to the places of those that are gone was not read");
}
