//! Conversations come out the same, whether mails are read through Microsoft Graph or at rest.

use crate::compare::{Documents, Scores, compare, partition};
use crate::gateway::{Configured, Gateway};
use crate::held::newest_of;
use crate::mailbox::Mailbox;
use crate::shelf::directory;
use counterfoil_conversation::Rules;
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_gym::mail::{Estate, Scale, Switches as Oddities};
use counterfoil_gym::{Dice, NOW};
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Silent};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Estates, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 8;

/// Everything odd at once, as the tests of mail at rest have it.
fn all_at_once(seed: u64) -> Estate {
    let mut dice = Dice::new(seed, 1);
    let switches = Oddities { loop_mails: 6 + dice.below(60) as u32, flood: dice.below(80) as u32, ..Oddities::all() };
    Estate::generate(seed, Scale { tickets: 24 }, switches)
}

/// What becomes of the estate as a Maildir.
async fn at_rest(estate: &Estate) -> Documents {
    let folder = tempfile::tempdir().unwrap();
    estate.write_maildir(folder.path()).unwrap();
    let configured = Configured {
        kind: &counterfoil_connector_email::KIND,
        mappings: vec!["email/mail", "email/incident", "email/request", "email/conversation"],
        section: format!("folder = {:?}", folder.path().display().to_string()),
        secrets: BTreeMap::new(),
        page_size: 50,
    };
    let gateway = Gateway::new(configured, || NOW);
    let mails = gateway.source("mails");
    let conversations = mails.gathered(Rules::shipped(), directory()).unwrap();
    for source in [mails, conversations] {
        let clock: Arc<dyn Clock> = Arc::clone(&gateway.clock) as Arc<dyn Clock>;
        let listener: Arc<dyn Listener> = Arc::new(Silent);
        sync_stream(&source, &gateway.ledger, &clock, &listener).await.unwrap();
    }
    let newest = newest_of(gateway.ledger.as_ref(), "conversations", |text| serde_json::from_str::<Value>(text));
    newest.into_iter().filter(|(_, held)| !held.gone).map(|(id, held)| (id, held.raw)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_conversations_of_many_estates_are_those_of_mail_at_rest() {
    let mut sum = Scores::default();
    let (mut partitions, mut alike) = (0, 0);
    for seed in crate::seeds::chosen().unwrap_or(0..SEEDS) {
        let estate = all_at_once(seed);
        // Every second one with everything wrong with the service, but that nobody deletes a mail meanwhile.
        let mut switches = Switches::default();
        if seed % 2 == 1 {
            switches = Switches { moving_every: 0, ..Switches::all() };
            (switches.faults.seed, switches.faults.every) = (seed, 60);
        }
        let mailbox = Mailbox::new(Instance::of_estate(&estate), switches, 1 + (seed as usize * 7) % 60).await;
        mailbox.patiently().await;
        let documents = mailbox.documents();
        let (scores, wrong) = compare(&estate, &documents, false);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        println!("seed {seed}: precision {:.2} %, recall {:.2} %", scores.precision(), scores.recall());
        sum.add(&scores);
        // An id whose domain is nobody's is his who uses it first: there the order does matter.
        if !estate.truth.oddities().contains_key("reused-id-of-no-domain") {
            partitions += 1;
            alike += u64::from(partition(&documents) == partition(&at_rest(&estate).await));
        }
        let before = mailbox.events();
        mailbox.patiently().await;
        assert!(mailbox.events() == before, "seed {seed}: a second pass made events");
    }
    println!("through Microsoft Graph\n{sum}\n{alike} of {partitions} partitions are those of mail at rest");
    assert_eq!(alike, partitions);
    assert!(sum.precision() >= 99.0 && sum.recall() >= 99.0, "{sum}");
}
