//! Everything that can be wrong at once, over many small worlds.

use crate::compare::{Equal, differences};
use crate::estate::{DIALECTS, Entry, Estate, Setup};
use crate::seeds::each_fourth;
use counterfoil_gym::Dice;
use counterfoil_gym::jira::{Edition, Instance, SCOPE, Switches};

/// Seeds of the tests below together, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 200;

async fn world(seed: u64) -> Result<(), Vec<String>> {
    let mut dice = Dice::new(seed, 99);
    // Each quarter of the seeds has all dialects.
    let dialect = DIALECTS[(seed / 4 % 4) as usize];
    let issues = 5 + dice.below(8) as u32;
    let instance = Instance::random(dialect.edition, seed, issues);
    let count = instance.oracle().issues.len().max(2);
    let page_size = dice.pick(&[1, 2, 3, count - 1, count, count + 1, 500]);
    let mut switches = Switches {
        index_lag_secs: dice.pick(&[0, 90, 400, 21_600]),
        account_zone: dice.pick(&["Etc/GMT+12", "Pacific/Kiritimati", "Asia/Kolkata", "Europe/Berlin"]).into(),
        fold_later: dice.chance(500),
        epoch_refused: dice.chance(500),
        hidden_permille: dice.below(400) as u32,
        page_cap: 2 + dice.below(9) as u32,
        moving_every: 3 + dice.below(4) as u32,
        token_uses: if dialect.jsm { 25 } else { 5 } + dice.below(9) as u32,
        token_is_offset: dice.chance(300),
        embedded_comments: dice.below(4) as u32,
        ..Switches::all()
    };
    switches.faults.seed = seed;
    let scope = dice.chance(300);
    let mut setup = Setup::of(dialect, instance, switches).pages_of(page_size);
    if dialect.edition == Edition::Cloud {
        setup = setup.entering_by(dice.pick(&[Entry::Client, Entry::Consent]));
    }
    if scope {
        setup = setup.within(SCOPE);
    }
    let mut estate = Estate::new(setup).await;
    estate.instance_dice = Dice::new(seed, 100);
    for _ in 0..2 {
        estate.both().await;
        estate.live(6);
        estate.restart();
    }
    estate.settle().await;
    let equal = Equal { jql: if scope { SCOPE.to_owned() } else { String::new() }, ..Equal::default() };
    differences(&estate, &equal)?;
    let compared = estate.touch_all().await;
    differences(&estate, &Equal { compared, ..equal })
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
