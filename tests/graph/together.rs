//! Everything that can be wrong at once, over many small mailboxes.

use crate::mailbox::{Mailbox, small};
use crate::seeds::each_fourth;
use crate::switches::lives;
use counterfoil_gym::Dice;
use counterfoil_gym::graph::{Instance, Switches};

/// Seeds of the tests below together, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 60;

async fn world(seed: u64) -> Result<(), Vec<String>> {
    let mut dice = Dice::new(seed, 41);
    let mut instance = Instance::arriving(&small(seed, 2 + dice.below(5) as u32));
    instance.some_arrive(dice.below(30) as usize);
    let mut switches = Switches {
        delta_expires: 4 + dice.below(6) as u32,
        generations: 10 + dice.below(20) as u32,
        // Seldom enough for a walk to be faster than the people who move mails about.
        moving_every: 20 + dice.below(40) as u32,
        token_uses: 5 + dice.below(9) as u32,
        resync_required: dice.chance(500),
        sync_state_400: dice.chance(300),
        replays: dice.chance(500),
        page_size_ignored: dice.chance(500),
        ids_change: dice.chance(700),
        ..Switches::all()
    };
    // A census is no pass: it has to come through at once, and where every link is another one, no fault is used up.
    (switches.faults.seed, switches.faults.every) = (seed, 60);
    let page_size = dice.pick(&[1, 2, 3, 7, 20, 500]);
    let mut mailbox = Mailbox::new(instance, switches, page_size).await;
    lives(&mut mailbox, seed).await;
    let complaints = mailbox.complaints();
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let before = mailbox.events();
    mailbox.gateway.restart();
    mailbox.patiently().await;
    mailbox.patiently().await;
    if mailbox.events() != before { Err(vec!["further passes made events".to_owned()]) } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_many_seeds_first_quarter() {
    each_fourth(0, SEEDS, world).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_many_seeds_second_quarter() {
    each_fourth(1, SEEDS, world).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_many_seeds_third_quarter() {
    each_fourth(2, SEEDS, world).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_many_seeds_fourth_quarter() {
    each_fourth(3, SEEDS, world).await;
}
