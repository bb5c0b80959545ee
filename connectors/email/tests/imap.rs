//! Against a real Dovecot. One server for all scenarios, each with a mailbox of its own, because starting a server takes longer
//! than most of them.
#![cfg(test)]

use counterfoil_connector_email::KIND;
use counterfoil_record::{Digest, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind as _, Equipment, InstanceSettings, PullError, PullErrorKind, Verdict,
};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::dovecot::PrivateDovecot;
use counterfoil_testkit::fault_proxy::{Fault, FaultProxy};
use counterfoil_testkit::suites::{self, context, drain};
use std::collections::BTreeSet;
use std::error::Error as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use toml::de::DeTable;

const TOKEN: &str = "good-token-CANARY";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailboxes_are_read_as_they_are() {
    let server = match PrivateDovecot::start() {
        Ok(server) => server,
        Err(skip) => return println!("{skip}"),
    };
    let started = Instant::now();
    let told = |scenario: &str| println!("{scenario}: done at {:?}", started.elapsed());
    every_suite(&server).await;
    told("suites");
    the_way_is_protected(&server).await;
    told("TLS");
    credentials_are_refused_without_being_told(&server).await;
    told("credentials");
    bearer_tokens_log_in(&server).await;
    told("tokens");
    a_client_gets_its_tokens_and_another_one_when_they_are_refused(&server).await;
    told("clients");
    another_uidvalidity_loses_and_doubles_nothing(&server).await;
    told("uidvalidity");
    nothing_is_marked_and_what_a_person_marks_is_no_news(&server).await;
    told("flags");
    a_cut_connection_is_never_a_short_answer(&server).await;
    told("cuts");
    a_mail_that_is_too_large_is_set_aside_by_its_beginning(&server).await;
    told("large");
    a_mailbox_that_is_gone_is_a_gap(&server).await;
    told("gone mailbox");
    what_is_gone_is_not_in_the_census(&server).await;
    told("census");
    the_server_says_that_there_is_news(&server).await;
    told("news");
    a_doctor_is_told_everything(&server).await;
    told("doctor");
}

/// Lines for an instance without TLS.
fn plain(address: SocketAddr, user: &str, mailboxes: &str) -> String {
    format!(
        "server = \"{address}\"\ntls = \"none\"\nuser = \"{user}\"\npassword = \"env:PASSWORD\"\nmailboxes = [{mailboxes}]\n"
    )
}

fn connector(section: &str, secret: &str) -> Box<dyn Connector> {
    let settings = InstanceSettings::default();
    let table = DeTable::parse(section).unwrap();
    let section = ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table };
    let mut connector = KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"));
    let secret = secret.to_owned();
    let environment = Arc::new(move |name: &str| (name == "PASSWORD").then(|| secret.clone()));
    connector.equip(&Equipment { environment, tokens: Arc::new(MemoryTokens::default()) }).unwrap();
    connector
}

fn of(server: &PrivateDovecot, user: &str, mailboxes: &str) -> Box<dyn Connector> {
    connector(&plain(server.imap(), user, mailboxes), &PrivateDovecot::password(user))
}

fn mail(subject: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@acme.example>\r\nTo: desk@us.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@acme.example>\r\n\
         Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\nThe printer of {subject} is on fire.\r\n"
    )
    .into_bytes()
}

/// What the ids of a mailbox have to be: the hashes of the files on the server's disk.
fn on_disk(server: &PrivateDovecot, user: &str, mailbox: &str) -> BTreeSet<String> {
    server.mails(user, mailbox).iter().map(|mail| Digest::of(&mail.bytes).short()).collect()
}

async fn ids(connector: &dyn Connector, from: &mut Position) -> BTreeSet<String> {
    let drained = drain(connector, "mails", from, 7).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
    *from = drained.positions.last().unwrap().clone();
    let ids: BTreeSet<String> = drained.keys().into_iter().collect();
    assert_eq!(ids.len(), drained.records.len(), "a mail came twice in one pass");
    ids
}

fn chain(error: &PullError) -> String {
    let mut text = error.to_string();
    let mut next: Option<&dyn std::error::Error> = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

async fn every_suite(server: &PrivateDovecot) {
    for nth in 0..23 {
        server.place("support", "INBOX", &mail(&format!("inbox-{nth}")));
    }
    server.admin(&["mailbox", "create", "-u", "support", "R&D/St\u{f6}rungen"]).unwrap();
    // A mail that lies in two mailboxes is one mail.
    for nth in 20..30 {
        server.deliver_into("support", "R&D/St\u{f6}rungen", &mail(&format!("inbox-{nth}")));
    }
    let fresh = || of(server, "support", "\"INBOX\", \"R&D/St\u{f6}rungen\"");
    let keys = suites::resumes_anywhere(fresh, "mails", &[1, 7, 23]).await;
    suites::pulls_alike_twice(fresh, "mails").await;
    suites::survives_bad_positions(fresh, "mails").await;
    suites::says_nothing_new(fresh, "mails").await;
    suites::payloads_are_sound(fresh, "mails").await;
    assert_eq!(keys.len(), 33);
    let expected: BTreeSet<String> = (0..30).map(|nth| Digest::of(&mail(&format!("inbox-{nth}"))).short()).collect();
    assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), expected);
    let connector = fresh();
    let page = connector.census(&connector.streams()[0], &Position::default(), context(7)).await.unwrap();
    assert_eq!(page.entries.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), expected);
    assert!(page.entries.is_sorted() && !page.more);
}

async fn the_way_is_protected(server: &PrivateDovecot) {
    server.place("archive", "INBOX", &mail("tls"));
    let password = PrivateDovecot::password("archive");
    let account = "user = \"archive\"\npassword = \"env:PASSWORD\"\n";
    let ca = format!("ca_file = \"{}\"\n", server.ca_file().display());
    let (imap, imaps) = (server.imap(), server.imaps());
    for section in [
        format!("server = \"{imaps}\"\n{ca}{account}"),
        format!("server = \"localhost:{}\"\n{ca}{account}", imaps.port()),
        format!("server = \"{imap}\"\ntls = \"starttls\"\n{ca}{account}"),
    ] {
        let found = ids(&*connector(&section, &password), &mut Position::default()).await;
        assert_eq!(found, on_disk(server, "archive", "INBOX"), "{section}");
    }
    // An authority that nobody knows, and a port that speaks no TLS.
    for section in [
        format!("server = \"{imaps}\"\n{account}"),
        format!("server = \"{imap}\"\ntls = \"starttls\"\n{account}"),
        format!("server = \"{imap}\"\n{ca}{account}"),
    ] {
        let error = connector(&section, &password).check().await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{section}: {error:?}");
    }
}

async fn credentials_are_refused_without_being_told(server: &PrivateDovecot) {
    for (user, secret) in [("support", "wrong-CANARY"), ("nobody", "CANARY")] {
        let connector = connector(&plain(server.imap(), user, "\"INBOX\""), secret);
        let error = connector.check().await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Unauthenticated { .. }), "{error:?}");
        assert!(!format!("{error:?} {}", chain(&error)).contains("CANARY"), "{error:?}");
        assert!(!chain(&error).contains("HTTP"), "{}", chain(&error));
    }
    let closed = connector("server = \"127.0.0.1:9\"\nuser = \"a\"\npassword = \"env:PASSWORD\"\n", "x");
    let error = closed.check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Unavailable { .. }), "{error:?}");
}

async fn bearer_tokens_log_in(server: &PrivateDovecot) {
    server.introspection().accept(TOKEN, "archive");
    for sasl in ["xoauth2", "oauthbearer"] {
        let section = format!(
            "server = \"{}\"\nca_file = \"{}\"\nuser = \"archive\"\ntoken = \"env:PASSWORD\"\nsasl = \"{sasl}\"\n",
            server.imaps(),
            server.ca_file().display()
        );
        let found = ids(&*connector(&section, TOKEN), &mut Position::default()).await;
        assert_eq!(found, on_disk(server, "archive", "INBOX"), "{sasl}");
        // The server asks once more before it says no; without the right answer it would wait for ever.
        let error = connector(&section, "bad-token-CANARY").check().await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Unauthenticated { .. }), "{sasl}: {error:?}");
        assert!(!format!("{error:?} {}", chain(&error)).contains("CANARY"), "{error:?}");
        assert!(chain(&error).contains("status"), "the challenge is not told: {}", chain(&error));
    }
}

async fn a_client_gets_its_tokens_and_another_one_when_they_are_refused(server: &PrivateDovecot) {
    for nth in 0..3 {
        server.deliver_into("support", "Client", &mail(&format!("client-{nth}")));
    }
    let all = on_disk(server, "support", "Client");
    let (provider, mut granted) = (server.introspection(), server.introspection().granted());
    let section = |token_url: &str, user: &str, more: &str| {
        format!(
            "server = \"{}\"\nca_file = \"{}\"\nuser = \"{user}\"\nmailboxes = [\"Client\"]\ntoken_url = \"{token_url}\"\n\
             client_id = \"counterfoil\"\nclient_secret = \"env:PASSWORD\"\n{more}",
            server.imaps(),
            server.ca_file().display()
        )
    };
    // By the client's own secret, or by a consent of the user; both ways to send the token.
    for more in ["", "sasl = \"oauthbearer\"\n", "refresh_token = \"env:PASSWORD\"\nscope = \"mail offline_access\"\n"]
    {
        let connector = connector(&section(&provider.token_url(), "support", more), "CANARY");
        for _ in 0..3 {
            assert_eq!(ids(&*connector, &mut Position::default()).await, all, "{more}");
        }
        granted += 1;
        assert_eq!(provider.granted(), granted, "{more}: a token that is good is used again");
        // It ends before its time: another one is asked for, once, and the pass goes on.
        provider.revoke_all();
        assert_eq!(ids(&*connector, &mut Position::default()).await, all, "{more}");
        granted += 1;
        assert_eq!(provider.granted(), granted, "{more}");
    }
    // Tokens of somebody else: another one does not help, and is asked for once only.
    let stranger = connector(&section(&provider.token_url(), "archive", ""), "CANARY");
    let error = stranger.check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Unauthenticated { .. }), "{error:?}");
    assert_eq!(provider.granted(), granted + 2);
    assert!(!format!("{error:?} {}", chain(&error)).contains("granted-"), "{}", chain(&error));
    // Without a provider nothing is said to the server.
    let alone = connector(&section("http://127.0.0.1:9/token", "support", ""), "CANARY");
    let error = alone.check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Unavailable { .. }), "{error:?}");
    assert!(!format!("{error:?} {}", chain(&error)).contains("CANARY"), "{}", chain(&error));
}

async fn another_uidvalidity_loses_and_doubles_nothing(server: &PrivateDovecot) {
    for nth in 0..10 {
        server.deliver_into("support", "Moved", &mail(&format!("moved-{nth}")));
    }
    let connector = of(server, "support", "\"Moved\"");
    let mut position = Position::default();
    let first = ids(&*connector, &mut position).await;
    assert_eq!(first, on_disk(server, "support", "Moved"));
    server.deliver_into("support", "Moved", &mail("moved-new"));
    assert_eq!(ids(&*connector, &mut position).await.len(), 1);
    server.new_uidvalidity("support", "Moved", 4_000_000_000);
    let drained = drain(&*connector, "mails", &position, 4).await.unwrap();
    assert_eq!(drained.keys().into_iter().collect::<BTreeSet<_>>(), on_disk(server, "support", "Moved"));
    assert!(drained.notes.iter().any(|note| note.contains("numbered it anew")), "{:?}", drained.notes);
    position = drained.positions.last().unwrap().clone();
    assert_eq!(ids(&*connector, &mut position).await, BTreeSet::new());
    // What is gone is told where the server can tell it, and brings nothing back.
    server.expunge("support", "Moved", &["subject", "moved-3"]);
    let drained = drain(&*connector, "mails", &position, 4).await.unwrap();
    assert!(drained.records.is_empty());
    assert!(drained.notes.iter().any(|note| note.contains("up to 1 mails are gone")), "{:?}", drained.notes);
}

async fn nothing_is_marked_and_what_a_person_marks_is_no_news(server: &PrivateDovecot) {
    for nth in 0..5 {
        server.deliver_into("support", "Read", &mail(&format!("read-{nth}")));
    }
    let flags = || server.admin(&["fetch", "-u", "support", "flags", "mailbox", "Read", "all"]).unwrap();
    let before = flags();
    let connector = of(server, "support", "\"Read\"");
    let mut position = Position::default();
    assert_eq!(ids(&*connector, &mut position).await.len(), 5);
    let census = connector.census(&connector.streams()[0], &Position::default(), context(7)).await.unwrap();
    assert_eq!(census.entries.len(), 5);
    assert_eq!(flags(), before, "reading leaves marks");
    assert!(server.mails("support", "Read").iter().all(|mail| !mail.flags.contains('S')));
    server.mark_seen("support", "Read");
    assert_eq!(ids(&*connector, &mut position).await, BTreeSet::new());
    assert!(server.mails("support", "Read").iter().all(|mail| mail.flags == "S"), "a mark of a person is gone");
}

async fn a_cut_connection_is_never_a_short_answer(server: &PrivateDovecot) {
    for nth in 0..12 {
        let mut mail = mail(&format!("cut-{nth}"));
        mail.extend("All work and no play makes a dull mail.\r\n".repeat(100).into_bytes());
        server.deliver_into("support", "Cut", &mail);
    }
    let proxy = FaultProxy::start(server.imap()).await.unwrap();
    let section = plain(proxy.address(), "support", "\"Cut\"") + "timeout_secs = 1\n";
    let all = on_disk(server, "support", "Cut");
    let mut cuts = 0;
    for at in [100, 1_500, 2_600, 3_200, 4_000, 7_777, 12_345, 30_000, 50_000] {
        for fault in [Fault::ResetAfter(at), Fault::HalfCloseAfter(at), Fault::DropAfter(at)] {
            // Waiting for a silent server costs a second each.
            if matches!(fault, Fault::DropAfter(_)) && at != 7_777 {
                continue;
            }
            let connector = connector(&section, &PrivateDovecot::password("support"));
            proxy.set(fault);
            let stream = connector.streams()[0].clone();
            let (mut position, mut found) = (Position::default(), BTreeSet::new());
            loop {
                match connector.pull(&stream, &position, context(5)).await {
                    Ok(page) => {
                        found.extend(page.records.iter().map(|record| record.native_id.clone()));
                        assert!(page.unreadable.is_empty(), "{fault:?}: {:?}", page.unreadable);
                        position = page.next;
                        if !page.more {
                            break;
                        }
                    }
                    Err(error) => {
                        assert!(
                            matches!(error.kind, PullErrorKind::Unavailable { .. }),
                            "{fault:?}: {}",
                            chain(&error)
                        );
                        cuts += 1;
                        proxy.set(Fault::None);
                    }
                }
            }
            assert_eq!(found, all, "{fault:?}");
        }
    }
    assert!(cuts >= 15, "only {cuts} connections were cut: the offsets are not within what is sent");
    proxy.set(Fault::Corrupt { seed: 7, one_in: 200 });
    let corrupted = connector(&section, &PrivateDovecot::password("support")).check().await;
    if let Err(error) = corrupted {
        assert!(!chain(&error).contains("dull"), "bytes of mails are in an error: {}", chain(&error));
    }
}

async fn a_mail_that_is_too_large_is_set_aside_by_its_beginning(server: &PrivateDovecot) {
    let mut large = mail("large");
    large.extend("x".repeat(70).into_bytes().iter().chain(b"\r\n").copied().cycle().take(72 * 30_000));
    server.deliver_into("support", "Large", &mail("before"));
    server.deliver_into("support", "Large", &large);
    server.deliver_into("support", "Large", &mail("after"));
    let section = plain(server.imap(), "support", "\"Large\"") + "mail_mb = 1\n";
    let connector = connector(&section, &PrivateDovecot::password("support"));
    let drained = drain(&*connector, "mails", &Position::default(), 50).await.unwrap();
    assert_eq!(drained.records.len(), 2);
    let [unreadable] = &drained.unreadable[..] else { panic!("{:?}", drained.unreadable) };
    assert_eq!((unreadable.code, unreadable.bytes.len()), ("email::too-large", 64 << 10));
    assert!(large.starts_with(&unreadable.bytes) && unreadable.reason.contains(&large.len().to_string()));
    let again = drain(&*connector, "mails", drained.positions.last().unwrap(), 50).await.unwrap();
    assert!(again.unreadable.is_empty() && again.records.is_empty());
}

async fn a_mailbox_that_is_gone_is_a_gap(server: &PrivateDovecot) {
    server.deliver_into("support", "Going", &mail("going"));
    server.deliver_into("support", "Staying", &mail("staying"));
    let connector = of(server, "support", "\"Going\", \"Staying\"");
    let mut position = Position::default();
    assert_eq!(ids(&*connector, &mut position).await.len(), 2);
    server.admin(&["mailbox", "rename", "-u", "support", "Going", "Gone"]).unwrap();
    server.deliver_into("support", "Staying", &mail("staying-2"));
    for new in [1, 0] {
        let drained = drain(&*connector, "mails", &position, 7).await.unwrap();
        assert_eq!(drained.records.len(), new, "a mailbox that is gone stops the others");
        assert_eq!(drained.gaps.iter().map(|gap| gap.code).collect::<Vec<_>>(), ["email::mailbox-closed"]);
        position = drained.positions.last().unwrap().clone();
    }
    // A census that does not see everything says nothing about what is gone.
    let census = connector.census(&connector.streams()[0], &Position::default(), context(7)).await;
    assert!(matches!(census.unwrap_err().kind, PullErrorKind::NotFound { .. }));
    assert!(matches!(connector.check().await.unwrap_err().kind, PullErrorKind::NotFound { .. }));
    server.admin(&["mailbox", "rename", "-u", "support", "Gone", "Going"]).unwrap();
    let drained = drain(&*connector, "mails", &position, 7).await.unwrap();
    assert!(drained.gaps.is_empty(), "{:?}", drained.gaps);
}

async fn what_is_gone_is_not_in_the_census(server: &PrivateDovecot) {
    for nth in 0..4 {
        server.deliver_into("support", "Roll", &mail(&format!("roll-{nth}")));
    }
    let connector = of(server, "support", "\"Roll\"");
    let stream = connector.streams()[0].clone();
    let before: Vec<String> = on_disk(server, "support", "Roll").into_iter().collect();
    server.expunge("support", "Roll", &["subject", "roll-2"]);
    let page = connector.census(&stream, &Position::default(), context(7)).await.unwrap();
    let left = on_disk(server, "support", "Roll");
    assert_eq!(page.entries.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), left);
    assert_eq!(page.census.map(|census| census.counted), Some(3));
    let fetched = connector.fetch(&stream, &before, context(7)).await.unwrap();
    assert_eq!(fetched.records.iter().map(|record| record.native_id.clone()).collect::<BTreeSet<_>>(), left);
    let gone = Digest::of(&mail("roll-2")).short();
    assert_eq!(fetched.absent, [gone]);
    // A fetch after a restart counts for itself.
    let fetched = of(server, "support", "\"Roll\"").fetch(&stream, &before, context(7)).await.unwrap();
    assert_eq!((fetched.records.len(), fetched.absent.len()), (3, 1));
}

async fn the_server_says_that_there_is_news(server: &PrivateDovecot) {
    server.deliver_into("support", "Heard", &mail("heard"));
    let connector: Arc<dyn Connector> = Arc::from(of(server, "support", "\"Heard\""));
    let listen = || {
        let connector = Arc::clone(&connector);
        tokio::spawn(async move { connector.news().await })
    };
    let soon = |listening| tokio::time::timeout(Duration::from_secs(20), listening);
    let quiet = tokio::time::timeout(Duration::from_millis(700), connector.news()).await;
    assert!(quiet.is_err(), "news without any mail: {quiet:?}");
    let listening = listen();
    tokio::time::timeout(Duration::from_secs(20), idling(server)).await.unwrap();
    server.deliver_into("support", "Heard", &mail("heard-2"));
    soon(listening).await.unwrap().unwrap().unwrap();
    // The connection is kept; when the server ends it, that is told, and what came meanwhile is news at once.
    let listening = listen();
    tokio::time::timeout(Duration::from_secs(20), idling(server)).await.unwrap();
    server.kick("support");
    let ended = soon(listening).await.unwrap().unwrap();
    assert!(matches!(ended.unwrap_err().kind, PullErrorKind::Unavailable { .. }));
    server.deliver_into("support", "Heard", &mail("heard-3"));
    soon(listen()).await.unwrap().unwrap().unwrap();
}

/// Returns when a session of the server waits.
async fn idling(server: &PrivateDovecot) {
    while !server.admin(&["who", "support"]).is_ok_and(|who| who.contains("imap")) {
        tokio::task::yield_now().await;
    }
}

async fn a_doctor_is_told_everything(server: &PrivateDovecot) {
    let found = of(server, "archive", "\"INBOX\", \"Nowhere\"").examine(context(7)).await;
    let verdict = |what: &str| {
        let examination = found.iter().find(|found| found.what.contains(what));
        &examination.unwrap_or_else(|| panic!("nothing about {what}: {found:?}")).verdict
    };
    assert!(matches!(verdict("log in"), Verdict::Fine(_)));
    assert!(matches!(verdict("open INBOX"), Verdict::Fine(found) if found.starts_with("1 mails")));
    assert!(matches!(verdict("open Nowhere"), Verdict::Broken { .. }));
    assert!(matches!(verdict("use IDLE"), Verdict::Fine(_)) && matches!(verdict("use QRESYNC"), Verdict::Fine(_)));
    assert!(
        matches!(verdict("listen for"), Verdict::Limited { reason, .. } if reason.contains("only INBOX") && reason.contains("Nowhere"))
    );
    let alone = of(server, "archive", "\"INBOX\"").examine(context(7)).await;
    assert!(!alone.iter().any(|found| found.what.contains("listen for")), "{alone:?}");
    let refused = connector(&plain(server.imap(), "archive", "\"INBOX\""), "wrong-CANARY").examine(context(7)).await;
    let [login] = &refused[..] else { panic!("{refused:?}") };
    assert!(matches!(login.verdict, Verdict::Broken { .. }) && !format!("{login:?}").contains("CANARY"));
}
