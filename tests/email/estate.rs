//! The whole way: Maildir, connector, mappings, ledger, gathering.

use crate::compare::{Documents, Scores, compare, native, partition};
use crate::gateway::{Configured, Gateway};
use crate::gathering::all_at_once;
use crate::held::{doubled_or_set_aside, newest_of, versions};
use crate::shelf::directory;
use counterfoil_conversation::Rules;
use counterfoil_gym::NOW;
use counterfoil_gym::mail::{Estate, Scale, Switches, deliver};
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Progress, Silent, Source};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Seeds of the whole way, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 12;

const MAPPINGS: [&str; 4] = ["email/mail", "email/incident", "email/request", "email/conversation"];

/// A gateway that reads one Maildir.
struct Way {
    gateway: Gateway,
    folder: tempfile::TempDir,
}

/// Dies when so many pages are durable: whatever was about to happen after that does not.
struct Dies(AtomicI64);

impl Listener for Dies {
    fn tell(&self, progress: Progress) {
        // A page that changed nothing is no progress: a gateway that died there for ever would never get further.
        let is_news = matches!(&progress, Progress::PageCommitted { tally, .. } if tally.committed > 0);
        if is_news && self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            panic!("this gateway dies here on purpose");
        }
    }
}

impl Way {
    fn new(page_size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configured = Configured {
            kind: &counterfoil_connector_email::KIND,
            mappings: MAPPINGS.to_vec(),
            section: format!("folder = {:?}", folder.path().display().to_string()),
            secrets: BTreeMap::new(),
            page_size,
        };
        Self { gateway: Gateway::new(configured, || NOW), folder }
    }

    fn sources(&self) -> [Source; 2] {
        let mails = self.gateway.source("mails");
        let conversations = mails.gathered(Rules::shipped(), directory()).unwrap();
        [mails, conversations]
    }

    /// One pass over both streams; `false` when the listener died.
    async fn pass(&self, listener: &Arc<dyn Listener>) -> bool {
        for source in self.sources() {
            let (ledger, listener) = (Arc::clone(&self.gateway.ledger), Arc::clone(listener));
            let clock: Arc<dyn Clock> = Arc::clone(&self.gateway.clock) as Arc<dyn Clock>;
            let pass = tokio::spawn(async move { sync_stream(&source, &ledger, &clock, &listener).await.map(|_| ()) });
            match pass.await {
                Ok(ended) => ended.unwrap(),
                Err(died) => {
                    assert!(died.is_panic());
                    return false;
                }
            }
        }
        true
    }

    async fn whole(&self) {
        assert!(self.pass(&(Arc::new(Silent) as Arc<dyn Listener>)).await);
    }

    fn documents(&self) -> Documents {
        let newest =
            newest_of(self.gateway.ledger.as_ref(), "conversations", |text| serde_json::from_str::<Value>(text));
        newest.into_iter().filter(|(_, held)| !held.gone).map(|(id, held)| (id, held.raw)).collect()
    }

    /// Every event id, in the order of the log.
    fn events(&self) -> Vec<String> {
        versions(self.gateway.ledger.as_ref()).into_iter().map(|version| version.event.id.to_string()).collect()
    }

    /// Every mail is held once, in one version; the bombs are set aside, and nothing else is.
    fn holds_every_mail_once(&self, estate: &Estate) {
        let seed = estate.truth.seed;
        let mails = newest_of(self.gateway.ledger.as_ref(), "mails", |text| serde_json::from_str::<Value>(text));
        let is_bomb = |sha256: &str| estate.truth.mail(sha256).unwrap().odd.contains(&"bomb");
        let readable = estate.mails.iter().filter(|mail| !is_bomb(&mail.sha256));
        let wanted: BTreeSet<String> = readable.map(|mail| native(&mail.sha256)).collect();
        assert_eq!(mails.keys().cloned().collect::<BTreeSet<_>>(), wanted, "seed {seed}");
        for (id, held) in &mails {
            assert_eq!(held.stored.version, 1, "seed {seed}: {id} has several versions");
            assert!(!held.gone, "seed {seed}: {id} is gone");
        }
        let bombs = (estate.mails.len() - wanted.len()) as u64;
        let aside: Vec<String> =
            self.gateway.ledger.set_aside(None, 100).unwrap().into_iter().map(|one| one.code).collect();
        assert_eq!(aside.len() as u64, bombs, "seed {seed}: {aside:?}");
        let twice = doubled_or_set_aside(self.gateway.ledger.as_ref());
        let twice: Vec<String> = twice.into_iter().filter(|one| !one.starts_with("set aside")).collect();
        assert!(twice.is_empty(), "seed {seed}: {twice:#?}");
    }
}

#[tokio::test]
async fn the_ledger_tells_the_conversations_of_many_estates_and_a_second_pass_nothing() {
    let mut sum = Scores::default();
    for seed in crate::seeds::chosen().unwrap_or(0..SEEDS) {
        println!("seed {seed}");
        let estate = all_at_once(seed);
        let mut way = Way::new(1 + (seed as usize * 7) % 60);
        estate.write_maildir(way.folder.path()).unwrap();
        way.whole().await;
        way.holds_every_mail_once(&estate);
        let (scores, wrong) = compare(&estate, &way.documents(), false);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        sum.add(&scores);
        let before = way.events();
        way.gateway.restart();
        way.whole().await;
        assert!(way.events() == before, "seed {seed}: a second pass made events");
    }
    println!("the whole way\n{sum}");
    assert!(sum.precision() >= 99.0 && sum.recall() >= 99.0, "{sum}");
    assert!(sum.states.1 * 100 >= sum.states.0 * 99, "{sum}");
}

#[tokio::test]
async fn a_gateway_that_dies_after_every_page_ends_with_the_same_events() {
    for seed in 0..3 {
        println!("seed {seed}");
        let estate =
            Estate::generate(seed, Scale { tickets: 5 }, Switches { flood: 5, loop_mails: 9, ..Switches::all() });
        let straight = Way::new(9);
        estate.write_maildir(straight.folder.path()).unwrap();
        straight.whole().await;
        // The same folder: its mails come in the order in which they were written there.
        let gateway = Gateway::new(straight.gateway.configured.clone(), || NOW);
        let mut dying = Way { gateway, folder: tempfile::tempdir().unwrap() };
        let mut deaths = 0;
        loop {
            let listener: Arc<dyn Listener> = Arc::new(Dies(AtomicI64::new(1)));
            if dying.pass(&listener).await {
                break;
            }
            deaths += 1;
            dying.gateway.restart();
            assert!(deaths < 1_000, "seed {seed}: it never gets further");
        }
        println!("seed {seed}: died {deaths} times");
        assert!(deaths > 5, "seed {seed}: {deaths}");
        let sorted = |way: &Way| way.events().into_iter().collect::<BTreeSet<String>>();
        assert!(sorted(&straight) == sorted(&dying), "seed {seed}: other events");
        assert_eq!(straight.events().len(), dying.events().len(), "seed {seed}");
        dying.holds_every_mail_once(&estate);
    }
}

#[tokio::test]
async fn mails_that_arrive_in_steps_are_moved_and_marked_make_the_same_partition() {
    for seed in 0..4 {
        println!("seed {seed}");
        let estate = all_at_once(seed);
        let at_once = Way::new(50);
        estate.write_maildir(at_once.folder.path()).unwrap();
        at_once.whole().await;
        let mut in_steps = Way::new(20);
        let deliveries: Vec<_> = estate.deliveries().collect();
        for some in deliveries.chunks(deliveries.len().div_ceil(6)) {
            for delivery in some {
                deliver(in_steps.folder.path(), delivery).unwrap();
            }
            in_steps.whole().await;
            mark_and_move(in_steps.folder.path());
            in_steps.gateway.restart();
        }
        in_steps.whole().await;
        in_steps.holds_every_mail_once(&estate);
        let (_, wrong) = compare(&estate, &in_steps.documents(), false);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        assert!(partition(&at_once.documents()) == partition(&in_steps.documents()), "seed {seed}");
    }
}

/// Whoever reads the mailbox marks what is new, and puts every third mail away.
fn mark_and_move(root: &Path) {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder)
            .map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>());
        let mut names: Vec<String> =
            entries.unwrap_or_default().into_iter().map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    for name in names(&root.join("new")) {
        std::fs::rename(root.join("new").join(&name), root.join("cur").join(format!("{name}:2,S"))).unwrap();
    }
    let archive = root.join(".Archive");
    for part in ["tmp", "new", "cur"] {
        std::fs::create_dir_all(archive.join(part)).unwrap();
    }
    for name in names(&root.join("cur")).into_iter().step_by(3) {
        let bare = name.split(':').next().unwrap();
        std::fs::rename(root.join("cur").join(&name), archive.join("cur").join(format!("{bare}:2,RS"))).unwrap();
    }
}
