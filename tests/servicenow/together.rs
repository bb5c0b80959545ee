//! Everything that can be wrong at once, over many small worlds.

use crate::compare::{Equal, Told, differences};
use crate::estate::{CLIENT, Estate, Setup};
use crate::seeds::each_fourth;
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, Switches};

/// Seeds of the tests below together, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 200;

async fn world(seed: u64) -> Result<(), Vec<String>> {
    let mut dice = Dice::new(seed, 99);
    let incidents = 5 + dice.below(9) as u32;
    let sizes = [1, 2, 3, incidents as usize - 1, incidents as usize, incidents as usize + 1, 500];
    let page_size = dice.pick(&sizes);
    let mut switches = Switches {
        hidden_permille: dice.below(400) as u32,
        hidden_run: dice.below(4) as u32,
        page_cap: 2 + dice.below(30) as u32,
        cancel_above_rows: 33 + dice.below(70) as u32,
        token_uses: 4 + dice.below(8) as u32,
        moving_every: 3 + dice.below(4) as u32,
        ..Switches::all()
    };
    switches.faults.seed = seed;
    // The choice lists are ten times as long as the incidents; some worlds have them.
    let choices = format!("choices = {}", seed % 25 < 2);
    let setup = Setup::of(Instance::random(seed, incidents), switches).signed_in_by(CLIENT).with(&choices);
    let mut estate = Estate::new(setup.pages_of(page_size)).await;
    estate.instance_dice = Dice::new(seed, 100);
    for _ in 0..2 {
        estate.both().await;
        estate.live(6);
        estate.restart();
    }
    estate.settle().await;
    differences(&estate, &Equal { audit: Told::AllButTheBeginning, ..Equal::default() })
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
