//! The rules of conversations on the gym's estate, in memory: how well they find what belongs together, and what they never do.

use crate::compare::{Scores, compare, native, partition};
use crate::mailbox::payloads;
use crate::shelf::Memory;
use counterfoil_gym::Dice;
use counterfoil_gym::mail::{Estate, Scale, Switches, TrueMail};

/// Seeds of everything at once.
const SEEDS: u64 = 60;

pub(crate) fn all_at_once(seed: u64) -> Estate {
    let mut dice = Dice::new(seed, 1);
    let switches = Switches { loop_mails: 6 + dice.below(60) as u32, flood: dice.below(80) as u32, ..Switches::all() };
    Estate::generate(seed, Scale { tickets: 24 }, switches)
}

#[tokio::test]
async fn conversations_of_many_estates_with_everything_odd_at_once() {
    let mut sum = Scores::default();
    let mut complaints = Vec::new();
    for seed in 0..SEEDS {
        let estate = all_at_once(seed);
        let mut memory = Memory::default();
        memory.gather(&payloads(&estate).await, 1 + seed as usize % 40);
        let (scores, wrong) = compare(&estate, &memory.read(), true);
        println!("seed {seed}: precision {:.2} %, recall {:.2} %", scores.precision(), scores.recall());
        complaints.extend(wrong.into_iter().map(|one| format!("seed {seed}: {one}")));
        sum.add(&scores);
    }
    println!("{SEEDS} seeds\n{sum}");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(sum.precision() >= 99.0 && sum.recall() >= 99.0, "{sum}");
}

#[tokio::test]
async fn other_orders_and_other_pages_give_the_same_partition() {
    let mut compared = 0;
    for seed in 0..16 {
        let estate = all_at_once(seed);
        // An id whose domain is nobody's is his who uses it first: there the order does matter.
        if estate.truth.oddities().contains_key("reused-id-of-no-domain") {
            continue;
        }
        let mut mails = payloads(&estate).await;
        let mut first = Memory::default();
        first.gather(&mails, 1_000);
        let mut dice = Dice::new(seed, 2);
        for (round, at_once) in [1, 7, 30, 400].into_iter().enumerate() {
            match round {
                0 => {}
                1 => mails.reverse(),
                _ => (1..mails.len()).rev().for_each(|at| mails.swap(at, dice.below(at as u64 + 1) as usize)),
            }
            let mut again = Memory::default();
            again.gather(&mails, at_once);
            let (_, wrong) = compare(&estate, &again.read(), false);
            assert!(wrong.is_empty(), "seed {seed} round {round}: {wrong:#?}");
            let (one, other) = (partition(&first.read()), partition(&again.read()));
            for set in one.symmetric_difference(&other) {
                let of = |mail: &&TrueMail| set.contains(&native(&mail.sha256));
                let told = estate.truth.mails.iter().filter(of);
                let told: Vec<_> = told.map(|mail| (&mail.conversation, mail.class, &mail.odd)).collect();
                println!("seed {seed} round {round}: only one of them has {told:?}");
            }
            assert!(one == other, "seed {seed} round {round}: the partitions differ");
            compared += 1;
        }
    }
    println!("{compared} other orders give the same partition");
    assert!(compared >= 40, "{compared}");
}

#[tokio::test]
async fn a_loop_is_cut_in_view_with_nothing_dropped_and_mails_that_come_again_change_nothing() {
    for (seed, loop_mails) in [(1, 60), (2, 7), (3, 200)] {
        let estate = Estate::generate(seed, Scale { tickets: 6 }, Switches { loop_mails, ..Switches::default() });
        let mails = payloads(&estate).await;
        let mut memory = Memory::default();
        memory.gather(&mails, 25);
        let documents = memory.read();
        let loops: Vec<_> = documents.values().filter(|document| !document["loop"].is_null()).collect();
        assert_eq!(loops.len(), 1, "seed {seed}");
        let (cut, held) = (&loops[0]["loop"], loops[0]["mails"].as_array().unwrap());
        assert_eq!(held.len() as u32, loop_mails + 1, "seed {seed}: the mail that began it, and all of the loop");
        assert_eq!(cut["mails"], loop_mails, "{cut}");
        assert_eq!(cut["shown"], 5, "{cut}");
        println!("seed {seed}: {cut}");
        let before = memory.clone();
        memory.gather(&mails, 40);
        assert!(memory == before, "seed {seed}: mails that came again changed something");
    }
}
