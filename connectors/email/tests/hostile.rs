//! Servers that do not do what Dovecot does: old ones, broken ones and hostile ones, played by a script on loopback.
#![cfg(test)]

use counterfoil_connector_email::KIND;
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind as _, Equipment, InstanceSettings, PullError, PullErrorKind,
};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::suites::context;
use std::error::Error as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use toml::de::DeTable;

const MAIL: &str = "Subject: CANARY\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\nbody\r\n";

/// After this the server says nothing more, politely, and still listens.
const FALLS_SILENT: &str = "\u{0}";

/// What the server answers to a command, before its tagged OK. `None`: it hangs up.
type Script = Box<dyn Fn(&str, &Seen) -> Option<String> + Send + Sync>;

/// The commands so far, without their tags.
#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl Seen {
    fn count(&self, of: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|command| command.starts_with(of)).count()
    }
}

struct Played {
    address: SocketAddr,
    seen: Arc<Seen>,
}

async fn play(script: Script) -> Played {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen, script) = (listener.local_addr().unwrap(), Arc::new(Seen::default()), Arc::new(script));
    let played = Played { address, seen: Arc::clone(&seen) };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&seen), Arc::clone(&script)));
        }
    });
    played
}

/// A client that goes away ends it.
async fn talk(mut stream: TcpStream, seen: Arc<Seen>, script: Arc<Script>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"* OK ready {5}\r\n").await?;
    let mut waiting = String::new();
    while let Some(line) = lines.next_line().await? {
        let (tag, command) = line.split_once(' ').unwrap_or((&line, "DONE"));
        let allowed = ["CAPABILITY", "LOGIN", "EXAMINE", "UID FETCH", "IDLE", "LOGOUT", "DONE"];
        assert!(allowed.iter().any(|word| command.starts_with(word)), "a command that is none of ours: {command}");
        assert!(!command.contains("BODY["), "a command that marks a mail as read: {command}");
        seen.0.lock().unwrap().push(command.to_owned());
        let Some(said) = script(command, &seen) else { return Ok(()) };
        if let Some(last) = said.strip_suffix(FALLS_SILENT) {
            writer.write_all(last.as_bytes()).await?;
            writer.shutdown().await?;
            while lines.next_line().await?.is_some() {}
            return Ok(());
        }
        writer.write_all(said.as_bytes()).await?;
        match command {
            "IDLE" => {
                tag.clone_into(&mut waiting);
                writer.write_all(b"+ waiting\r\n").await?;
            }
            "DONE" => writer.write_all(format!("{waiting} OK done\r\n").as_bytes()).await?,
            _ => writer.write_all(format!("{tag} OK done {{7}}\r\n").as_bytes()).await?,
        }
    }
    Ok(())
}

/// A server with two mails, uids 4 and 7, that does everything right and has no extension but IDLE.
fn right(command: &str) -> String {
    let fetch = |uid: u32| format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n{MAIL})\r\n", MAIL.len());
    match command {
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(),
        command if command.starts_with("EXAMINE") => {
            "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 8] x\r\n".to_owned()
        }
        command if command.contains("RFC822.SIZE") => {
            let (low, high) = window(command);
            let sizes = [4, 7].into_iter().filter(|uid| (low..=high).contains(uid));
            sizes.map(|uid| format!("* 1 FETCH (UID {uid} RFC822.SIZE {})\r\n", MAIL.len())).collect()
        }
        command if command.contains("BODY.PEEK") => fetch(4).replace("body", "four") + &fetch(7),
        _ => String::new(),
    }
}

/// `UID FETCH 1:1000 (…)`; as the standard has it, `*` is the last mail and a range may stand the wrong way round.
fn window(command: &str) -> (u32, u32) {
    let set = command.split(' ').nth(2).unwrap();
    let (low, high) = set.split_once(':').unwrap_or((set, set));
    let number = |text: &str| if text == "*" { 7 } else { text.parse().unwrap() };
    (number(low).min(number(high)), number(low).max(number(high)))
}

fn connector(address: SocketAddr) -> Box<dyn Connector> {
    let section = format!(
        "server = \"{address}\"\ntls = \"none\"\nuser = \"u\"\npassword = \"env:P\"\nmail_mb = 1\ntimeout_secs = 5\n"
    );
    let settings = InstanceSettings::default();
    let table = DeTable::parse(&section).unwrap();
    let section = ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table };
    let mut connector = KIND.parse(section).unwrap();
    let environment = Arc::new(|_: &str| Some("p\"w\\".to_owned()));
    connector.equip(&Equipment { environment, tokens: Arc::new(MemoryTokens::default()) }).unwrap();
    connector
}

async fn pull(played: &Played, from: &Position) -> Result<Page, PullError> {
    let connector = connector(played.address);
    connector.pull(&connector.streams()[0], from, context(100)).await
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

#[tokio::test]
async fn a_plain_server_is_read_and_asked_for_nothing_twice() {
    let played = play(Box::new(|command, _| Some(right(command)))).await;
    let page = pull(&played, &Position::default()).await.unwrap();
    assert_eq!((page.records.len(), page.more), (2, false));
    let again = pull(&played, &page.next).await.unwrap();
    assert!(again.records.is_empty() && again.next == page.next);
    assert_eq!(played.seen.count("UID FETCH"), 2, "nothing new, and yet it was asked for");
}

#[tokio::test]
async fn a_range_to_the_last_mail_brings_it_back_when_there_is_nothing_new() {
    // Without UIDNEXT everything from a uid on has to be asked for, and `8:*` is `7:8`.
    let old = |command: &str| right(command).replace("* OK [UIDNEXT 8] x\r\n", "");
    let played = play(Box::new(move |command, _| Some(old(command)))).await;
    let page = pull(&played, &Position::default()).await.unwrap();
    assert_eq!((page.records.len(), page.more), (2, false));
    let again = pull(&played, &page.next).await.unwrap();
    assert!(again.records.is_empty() && again.unreadable.is_empty() && !again.more, "{again:?}");
    assert_eq!(again.next, page.next);
    assert!(played.seen.0.lock().unwrap().iter().any(|command| command.starts_with("UID FETCH 8:*")));
}

#[tokio::test]
async fn a_literal_is_refused_before_anything_is_allocated() {
    for announced in ["4000000000", "500000000", "2200000", "99999999999999999999"] {
        let huge = move |command: &str| match command.contains("BODY.PEEK") {
            true => format!("* 1 FETCH (UID 4 BODY[] {{{announced}}}\r\nCANARY"),
            false => right(command),
        };
        let played = play(Box::new(move |command, _| Some(huge(command)))).await;
        let error = pull(&played, &Position::default()).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{announced}: {error:?}");
        assert!(!chain(&error).contains("CANARY"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn a_flood_a_farewell_and_nonsense_end_the_connection() {
    let flood = format!("* 1 FETCH (UID 4 BODY[] {{1000000}}\r\n{})\r\n", "x".repeat(1_000_000)).repeat(40);
    let cases: [(&str, String, bool); 4] = [
        ("flood", flood, false),
        ("farewell", "* BYE going down CANARY\r\n".to_owned(), true),
        ("nonsense", "* 1 FETCH (UID 4 BODY[] CANARY {3}\r\nabc)\r\n".to_owned(), false),
        ("endless line", format!("* 1 FETCH (UID 4 {}", "x".repeat(3 << 20)), false),
    ];
    for (case, said, goes_away) in cases {
        let played = play(Box::new(move |command, _| match command {
            // It hangs up when it is asked again.
            command if command.contains("BODY.PEEK") => Some(said.clone()),
            command => Some(right(command)),
        }))
        .await;
        let pulled = pull(&played, &Position::default()).await;
        match pulled {
            // A farewell comes before the end of an answer, and that answer is whole.
            Ok(page) if goes_away => assert_eq!(page.records.len(), 0),
            Ok(page) => panic!("{case}: {page:?}"),
            Err(error) => {
                assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{case}: {error:?}");
                assert!(!chain(&error).contains("CANARY"), "{case}: {}", chain(&error));
            }
        }
    }
    let gone = play(Box::new(|command, _| (!command.contains("BODY.PEEK")).then(|| right(command)))).await;
    let error = pull(&gone, &Position::default()).await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_ends_between_two_mails_is_no_whole_answer() {
    for fetch in ["RFC822.SIZE", "BODY.PEEK"] {
        let played = play(Box::new(move |command, _| {
            let said = right(command);
            if !command.contains(fetch) {
                return Some(said);
            }
            let first = said.split_inclusive(")\r\n").next().unwrap_or_default().to_owned();
            Some(first + FALLS_SILENT)
        }))
        .await;
        let error = pull(&played, &Position::default()).await.unwrap_err();
        assert!(matches!(error.kind, PullErrorKind::Unavailable { .. }), "{fetch}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_listed_and_not_delivered_is_told() {
    for still_there in [false, true] {
        let played = play(Box::new(move |command, seen| {
            let withheld = command.contains("BODY.PEEK");
            let asked_again = command.contains("RFC822.SIZE") && seen.count("UID FETCH") > 2;
            Some(match right(command) {
                said if withheld => said.split_inclusive(")\r\n").next().unwrap_or_default().to_owned(),
                _ if asked_again && !still_there => String::new(),
                said => said,
            })
        }))
        .await;
        let page = pull(&played, &Position::default()).await.unwrap();
        assert_eq!(page.records.len(), 1);
        if still_there {
            assert_eq!(page.unreadable.iter().map(|one| one.code).collect::<Vec<_>>(), ["email::not-delivered"]);
        } else {
            assert!(page.notes.iter().any(|note| note.contains("uid 7 was listed and is gone")), "{:?}", page.notes);
        }
        assert!(pull(&played, &page.next).await.unwrap().records.is_empty());
    }
}

#[tokio::test]
async fn listening_is_renewed_before_the_server_may_hang_up() {
    let played = play(Box::new(|command, _| Some(right(command)))).await;
    let connector = connector(played.address);
    let listening = tokio::spawn(async move { connector.news().await });
    let seen = |idle: usize| {
        let seen = Arc::clone(&played.seen);
        let until = async move {
            while seen.count("IDLE") < idle {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), until)
    };
    seen(1).await.unwrap();
    // The clock is turned only while nothing is on its way.
    let pass = async |minutes: u64| {
        for _ in 0..20_000 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(minutes * 60)).await;
        tokio::time::resume();
    };
    pass(27).await;
    assert_eq!((played.seen.count("DONE"), listening.is_finished()), (0, false));
    pass(2).await;
    seen(2).await.unwrap();
    assert_eq!((played.seen.count("DONE"), listening.is_finished()), (1, false));
}
