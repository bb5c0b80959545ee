//! With each thing that can be wrong with the service: the ledger is the mailbox, and what is told twice makes no event.

use crate::mailbox::{Mailbox, on, small};
use counterfoil_gym::Dice;
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_pipeline::Outcome;

/// Switches with which nothing can be read, and how the error calls it.
const HOPELESS: &[(&str, &str)] = &[
    ("foreign-link", "another origin"),
    ("link-repeats", "its own page"),
    ("links-missing", "neither how it goes on"),
    ("read-basic", "Mail.Read"),
    ("no-right", "Mail.Read"),
    ("no-mailbox", "requested user is invalid"),
];

/// Switches that take a folder away.
const CLOSED: &[&str] = &["folder-renamed", "folder-deleted"];

/// A life of a mailbox in steps, with a gateway that is started anew between two of them.
pub(crate) async fn lives(mailbox: &mut Mailbox, seed: u64) {
    let mut dice = Dice::new(seed, 40);
    for _ in 0..3 {
        mailbox.patiently().await;
        {
            let mut instance = mailbox.instance();
            for _ in 0..6 {
                instance.mutate(&mut dice);
            }
            instance.some_arrive(6);
            instance.advance(600);
        }
        mailbox.gateway.restart();
    }
    mailbox.instance().all_arrive();
    mailbox.settle().await;
}

async fn holds(name: &str, seed: u64) {
    let mut instance = Instance::arriving(&small(seed, 5));
    instance.some_arrive(15);
    let mut mailbox = Mailbox::new(instance, on(&[name]), 1 + (seed as usize * 5) % 12).await;
    lives(&mut mailbox, seed).await;
    mailbox.equals(name);
    let before = mailbox.events();
    mailbox.gateway.restart();
    for _ in 0..4 {
        mailbox.patiently().await;
    }
    assert!(mailbox.events() == before, "{name}: further passes made events");
}

#[tokio::test(start_paused = true)]
async fn with_every_switch_the_ledger_is_the_mailbox_and_further_passes_make_no_events() {
    let apart: Vec<&str> =
        HOPELESS.iter().map(|(name, _)| *name).chain(CLOSED.iter().copied()).chain(["ends", "mime-refused"]).collect();
    let mut held = 0;
    for (seed, (name, fact)) in (0..).zip(Switches::names()) {
        if apart.contains(&name) {
            continue;
        }
        println!("{name}: {fact}");
        holds(name, seed).await;
        held += 1;
    }
    println!("{held} switches, one at a time");
    assert!(held >= 30, "{held}");
}

#[tokio::test(start_paused = true)]
async fn what_makes_reading_impossible_is_told_and_takes_nothing_away() {
    for (name, told) in HOPELESS {
        println!("{name}");
        let mailbox = Mailbox::new(Instance::of_estate(&small(70, 4)), Switches::default(), 5).await;
        mailbox.patiently().await;
        mailbox.equals(name);
        let before = mailbox.events();
        mailbox.server.set_switches(on(&[name]));
        // Something that has to be read: with nothing new there is no page that could be wrong.
        mailbox.instance().forget_states();
        let mut stopped = 0;
        for _ in 0..3 {
            mailbox.instance().advance(90_000);
            if let Err(error) = mailbox.pass().await {
                stopped += 1;
                assert!(error.contains(told), "{name}: {error}");
            }
        }
        assert_eq!(stopped, 3, "{name}: a pass is content");
        assert!(mailbox.events() == before, "{name}: something was told");
        mailbox.server.set_switches(Switches::default());
        mailbox.settle().await;
        mailbox.equals(&format!("{name}, mended"));
        assert!(mailbox.events() == before, "{name}, mended: something was told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_away_is_a_gap_and_its_mails_stay() {
    for name in CLOSED {
        let mut mailbox = Mailbox::new(Instance::of_estate(&small(71, 6)), Switches::default(), 7).await;
        mailbox.patiently().await;
        let (before, held) = (mailbox.events(), mailbox.held());
        mailbox.server.set_switches(on(&[name]));
        for _ in 0..3 {
            mailbox.instance().advance(90_000);
            mailbox.gateway.restart();
            let report = mailbox.pass().await.unwrap();
            assert_eq!(report.outcome, Outcome::Partial, "{name}");
            assert!(report.gaps.iter().any(|gap| gap.code == "email::mailbox-closed"), "{name}: {:?}", report.gaps);
        }
        assert_eq!((mailbox.events(), mailbox.held()), (before, held), "{name}");
        mailbox.server.set_switches(Switches::default());
        assert_eq!(mailbox.settle().await.gaps, [], "{name}");
        mailbox.equals(name);
    }
}

#[tokio::test(start_paused = true)]
async fn mails_that_could_not_be_had_are_found_when_they_can() {
    let mailbox = Mailbox::new(Instance::of_estate(&small(72, 6)), on(&["mime-refused"]), 7).await;
    mailbox.settle().await;
    mailbox.equals("refused");
    let few = mailbox.held().len();
    mailbox.server.set_switches(Switches::default());
    mailbox.settle().await;
    mailbox.equals("delivered");
    assert!(mailbox.held().len() > few);
}
