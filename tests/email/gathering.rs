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
    for seed in 0..12 {
        let estate = all_at_once(seed);
        let mut mails = payloads(&estate).await;
        let mut first = Memory::default();
        first.gather(&mails, 1_000);
        let mut dice = Dice::new(seed, 2);
        for round in 0..4 {
            match round {
                0 => {}
                1 => mails.reverse(),
                _ => (1..mails.len()).rev().for_each(|at| mails.swap(at, dice.below(at as u64 + 1) as usize)),
            }
            let mut again = Memory::default();
            again.gather(&mails, [1, 7, 30, 400][round]);
            let (one, other) = (partition(&first.read()), partition(&again.read()));
            let differ: Vec<_> = one.symmetric_difference(&other).collect();
            let (_, wrong) = compare(&estate, &again.read(), false);
            assert!(wrong.is_empty(), "seed {seed} round {round}: {wrong:#?}");
            for set in &differ {
                for (id, payload) in &mails {
                    if set.contains(id) {
                        let v: serde_json::Value = serde_json::from_str(payload).unwrap();
                        println!(
                            "  DBG {} {} | {} -> {} | id {} irt {} refs {} | {}",
                            &v["sha256"].as_str().unwrap()[..8],
                            v["sent_at"],
                            v["from"][0]["address"],
                            v["to"][0]["address"],
                            v["message_id"],
                            v["in_reply_to"],
                            v["references"],
                            v["subject"]
                        );
                    }
                }
                let of = |mail: &&TrueMail| set.contains(&native(&mail.sha256));
                let told = estate
                    .truth
                    .mails
                    .iter()
                    .filter(of)
                    .map(|mail| (&mail.conversation, mail.class, &mail.odd, &mail.sha256[..8]));
                println!("seed {seed} round {round}: one of them only has {:?}", told.collect::<Vec<_>>());
            }
            assert!(differ.is_empty(), "seed {seed} round {round}: {} sets differ", differ.len());
        }
    }
}
