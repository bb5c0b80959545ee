//! Mailboxes the whole way: a real Dovecot, the connector, a mapping, the pipeline and a ledger on disk. Whatever happens to the
//! mailbox or to the connection, the ledger holds the mails that lie on the server's disk, by the hashes of their bytes.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests, and what they measured is said")]

use counterfoil_connector_email::KIND;
use counterfoil_diagnostics::SourceText;
use counterfoil_ledger::{Durability, FjallLedger, Options};
use counterfoil_mapping::{NamedMapping, Settings, compile_instance};
use counterfoil_pipeline::ports::{Ledger, StoredVersion};
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Mappings, Outcome, PassReport, Silent, Source};
use counterfoil_record::{Digest, Form, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind as _, Equipment, InstanceSettings, StreamSpec};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::dovecot::PrivateDovecot;
use counterfoil_testkit::fault_proxy::{Fault, FaultProxy};
use counterfoil_testkit::suites::context;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use toml::de::DeTable;

#[expect(dead_code, reason = "other whole ways use more of it")]
#[path = "way/held.rs"]
mod held;

const MAPPING: &str = r#"
[mapping]
kind = "incident"

[fields]
native_key = { from = "/sha256", required = true }
title = "/subject"
opened_at = "/sent_at"
"#;

const MANY: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_is_the_mailbox() {
    let server = match PrivateDovecot::start() {
        Ok(server) => server,
        Err(skip) => return println!("{skip}"),
    };
    a_life_of_a_mailbox(&server).await;
    cuts_in_the_middle_of_mails(&server).await;
    ten_thousand_mails(&server).await;
}

/// A gateway with one instance, and a clock that a test turns.
struct Gateway {
    source: Source,
    ledger: Arc<dyn Ledger>,
    clock: Arc<Turned>,
    _folder: tempfile::TempDir,
}

struct Turned(Mutex<Timestamp>);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Gateway {
    fn new(address: SocketAddr, user: &str, mailboxes: &str, page_size: usize) -> Self {
        let section = format!(
            "server = \"{address}\"\ntls = \"none\"\nuser = \"{user}\"\npassword = \"env:P\"\ntimeout_secs = 20\n\
             mailboxes = {mailboxes}\n"
        );
        let settings = InstanceSettings::default();
        let table = DeTable::parse(&section).unwrap();
        let section = ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table };
        let mut connector = KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"));
        let password = PrivateDovecot::password(user);
        let environment = Arc::new(move |_: &str| Some(password.clone()));
        connector.equip(&Equipment { environment, tokens: Arc::new(MemoryTokens::default()) }).unwrap();
        let connector: Arc<dyn Connector> = Arc::from(connector);
        let file = SourceText { name: "mail.toml".into(), text: MAPPING.into() };
        let named = [NamedMapping { name: "mail.toml".into(), file }];
        let settings = Settings { instance: "acme".into(), ..Settings::default() };
        let compiled = compile_instance(&named, None, &settings);
        let mappings = compiled.unwrap_or_else(|problems| panic!("{problems:?}"));
        let stream = connector.streams()[0].clone();
        let mappings = Arc::new(Mappings::new(mappings));
        let source = Source { instance: "acme".into(), stream, connector, mappings, page_size, gathering: None };
        // In memory, where the machine has a folder for that: no test here takes the power away.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let options = Options { durability: Durability::Process, ..Options::default() };
        let ledger: Arc<dyn Ledger> = Arc::new(FjallLedger::open(&folder.path().join("ledger"), options).unwrap());
        let clock = Arc::new(Turned(Mutex::new("2026-11-25T00:00:00Z".parse().unwrap())));
        Self { source, ledger, clock, _folder: folder }
    }

    /// A pass, so many hours after the last one.
    async fn pass(&self, hours: i64) -> PassReport {
        *self.clock.0.lock().unwrap() += SignedDuration::from_hours(hours);
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let listener: Arc<dyn Listener> = Arc::new(Silent);
        sync_stream(&self.source, &self.ledger, &clock, &listener).await.unwrap()
    }

    /// Ids of the mails that the ledger holds as there; every one is the hash of what it keeps of the mail.
    fn held(&self) -> BTreeSet<String> {
        assert_eq!(held::doubled_or_set_aside(self.ledger.as_ref()), Vec::<String>::new());
        let mut newest: BTreeMap<String, StoredVersion> = BTreeMap::new();
        for version in held::versions(self.ledger.as_ref()) {
            newest.insert(version.id.parts().2.to_owned(), version);
        }
        newest.into_iter().filter(|(_, version)| version.form != Form::Tombstone).map(|(id, _)| id).collect()
    }

    fn events(&self) -> usize {
        held::versions(self.ledger.as_ref()).len()
    }
}

fn mail(subject: &str, lines: usize) -> Vec<u8> {
    let mut mail = format!(
        "From: Ann <ann@acme.example>\r\nTo: desk@us.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@acme.example>\r\n\
         Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\n"
    );
    (0..lines).for_each(|line| mail.push_str(&format!("Line {line} of {subject}: the printer is on fire.\r\n")));
    mail.into_bytes()
}

fn on_disk(server: &PrivateDovecot, user: &str, mailboxes: &[&str]) -> BTreeSet<String> {
    let mails = mailboxes.iter().flat_map(|mailbox| server.mails(user, mailbox));
    mails.map(|mail| Digest::of(&mail.bytes).short()).collect()
}

async fn a_life_of_a_mailbox(server: &PrivateDovecot) {
    let mailboxes = ["INBOX", "Done"];
    let gateway = Gateway::new(server.imap(), "support", "[\"INBOX\", \"Done\"]", 10);
    for nth in 0..25 {
        server.place("support", "INBOX", &mail(&format!("life-{nth}"), 5));
    }
    server.admin(&["mailbox", "create", "-u", "support", "Done"]).unwrap();
    let disk = || on_disk(server, "support", &mailboxes);
    let report = gateway.pass(0).await;
    assert_eq!((report.tally.committed, report.outcome), (25, Outcome::Complete));
    assert_eq!(gateway.held(), disk());

    // New mails, by a mail server and by hand.
    server.deliver("support", &mail("delivered", 3));
    server.place("support", "INBOX", &mail("placed", 3));
    assert_eq!(gateway.pass(1).await.tally.committed, 2);
    assert_eq!(gateway.held(), disk());

    // A person reads and moves: nothing of it is an event.
    server.mark_seen("support", "INBOX");
    server.admin(&["move", "-u", "support", "Done", "mailbox", "INBOX", "subject", "life-7"]).unwrap();
    let events = gateway.events();
    gateway.pass(1).await;
    assert_eq!((gateway.held(), gateway.events()), (disk(), events));

    // Another UIDVALIDITY: everything is read again, and nothing is new.
    server.new_uidvalidity("support", "INBOX", 3_999_999_999);
    let report = gateway.pass(1).await;
    assert_eq!((report.tally.committed, report.tally.unchanged), (0, 26));
    assert_eq!((gateway.held(), gateway.events()), (disk(), events));

    // One is removed: gone when the second census does not find it either.
    server.expunge("support", "INBOX", &["subject", "life-3"]);
    let census = gateway.pass(24).await.census.unwrap();
    assert_eq!((census.listed, census.absent.len(), census.gone), (26, 1, 0));
    let census = gateway.pass(24).await.census.unwrap();
    assert_eq!((census.absent.len(), census.gone), (0, 1));
    assert_eq!((gateway.held(), gateway.events()), (disk(), events + 1));

    // It comes back, from a backup for example.
    server.place("support", "INBOX", &mail("life-3", 5));
    gateway.pass(1).await;
    assert_eq!(gateway.held(), disk());

    // A mailbox that is gone is a gap, and its mails stay.
    server.admin(&["mailbox", "rename", "-u", "support", "Done", "Elsewhere"]).unwrap();
    for _ in 0..3 {
        let report = gateway.pass(25).await;
        let codes: BTreeSet<&str> = report.gaps.iter().map(|gap| gap.code.as_str()).collect();
        assert_eq!(codes, BTreeSet::from(["census::failed", "email::mailbox-closed"]));
    }
    server.admin(&["mailbox", "rename", "-u", "support", "Elsewhere", "Done"]).unwrap();
    let report = gateway.pass(25).await;
    assert!(report.gaps.is_empty(), "{:?}", report.gaps);
    assert_eq!(gateway.held(), disk());
    assert!(server.mails("support", "INBOX").iter().all(|mail| !mail.flags.contains('T')));
}

async fn cuts_in_the_middle_of_mails(server: &PrivateDovecot) {
    for nth in 0..40 {
        server.place("archive", "INBOX", &mail(&format!("cut-{nth}"), 60));
    }
    let proxy = Arc::new(FaultProxy::start(server.imap()).await.unwrap());
    for at in [3_000, 9_999, 20_000, 60_000] {
        let gateway = Gateway::new(proxy.address(), "archive", "[\"INBOX\"]", 10);
        // Every connection is cut there, until the pass after this one; the pipeline asks again as often as it does.
        proxy.set(Fault::ResetAfter(at));
        let clock: Arc<dyn Clock> = Arc::clone(&gateway.clock) as Arc<dyn Clock>;
        let mended = Arc::clone(&proxy);
        let listener: Arc<dyn Listener> = Arc::new(Mending(mended));
        let report = sync_stream(&gateway.source, &gateway.ledger, &clock, &listener).await.unwrap();
        assert_eq!(report.tally.committed, 40, "cut at {at}");
        assert_eq!(gateway.held(), on_disk(server, "archive", &["INBOX"]), "cut at {at}");
    }
}

/// Mends the proxy as soon as the pipeline waits.
struct Mending(Arc<FaultProxy>);

impl Listener for Mending {
    fn tell(&self, progress: counterfoil_pipeline::Progress) {
        if matches!(progress, counterfoil_pipeline::Progress::Waiting { .. }) {
            self.0.set(Fault::None);
        }
    }
}

async fn ten_thousand_mails(server: &PrivateDovecot) {
    for nth in 0..MANY {
        server.place("many", "INBOX", &mail(&format!("many-{nth}"), 2));
    }
    let gateway = Gateway::new(server.imap(), "many", "[\"INBOX\"]\ncensus_hours = 0", 500);
    // The server makes its own list of new files before anybody asks for it.
    server.admin(&["mailbox", "status", "-u", "many", "vsize", "INBOX"]).unwrap();
    let begun = Instant::now();
    let report = gateway.pass(0).await;
    let pulled = begun.elapsed().as_secs_f64();
    assert_eq!(report.tally.committed, MANY as u64);
    let begun = Instant::now();
    let census = counted(gateway.source.connector.as_ref(), &gateway.source.stream).await;
    println!(
        "{MANY} mails: pulled into the ledger in {pulled:.1} s, counted by their bytes in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    let held = gateway.held();
    assert_eq!(held.len(), MANY);
    assert_eq!(held, on_disk(server, "many", &["INBOX"]));
    assert_eq!(held, census);
    let begun = Instant::now();
    assert_eq!(gateway.pass(1).await.tally.pulled, 0);
    println!("a pass with nothing new takes {:.0} ms", begun.elapsed().as_secs_f64() * 1000.0);
}

/// What a census says, page by page.
async fn counted(connector: &dyn Connector, stream: &StreamSpec) -> BTreeSet<String> {
    let (mut position, mut ids) = (Position::default(), BTreeSet::new());
    loop {
        let page = connector.census(stream, &position, context(500)).await.unwrap();
        ids.extend(page.entries.into_iter().map(|(id, _)| id));
        position = page.next;
        if !page.more {
            return ids;
        }
    }
}
