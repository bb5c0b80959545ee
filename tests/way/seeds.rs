//! Which seeds a test of everything at once takes.

/// Of `COUNTERFOIL_SEEDS`: `7`, or `0..5000`.
#[expect(clippy::disallowed_methods, reason = "a person chooses the seeds of a longer run")]
pub(crate) fn chosen() -> Option<std::ops::Range<u64>> {
    let text = std::env::var("COUNTERFOIL_SEEDS").ok()?;
    let (from, to) = text.split_once("..").unwrap_or((&text, ""));
    let from = from.parse().expect("a seed is a number");
    Some(from..to.parse().unwrap_or(from + 1))
}

/// Every fourth seed, so that four tests run side by side. `world` says in what the ledger is not what is true.
pub(crate) async fn each_fourth(nth: u64, seeds: u64, world: impl AsyncFn(u64) -> Result<(), Vec<String>>) {
    let seeds = chosen().unwrap_or(0..seeds);
    for seed in seeds.filter(|seed| seed % 4 == nth) {
        println!("seed {seed}");
        if let Err(complaints) = world(seed).await {
            panic!(
                "seed {seed} (COUNTERFOIL_SEEDS={seed}): the ledger is not what is true:\n  {}",
                complaints.join("\n  ")
            );
        }
    }
}
