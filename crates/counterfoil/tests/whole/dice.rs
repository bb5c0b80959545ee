//! Chance that can be repeated: the seed is printed by who uses it, and `COUNTERFOIL_SEED` gives it back.

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    /// With the seed that the environment names, else this one; says which.
    pub(crate) fn seeded(default: u64) -> Self {
        let seed = number("COUNTERFOIL_SEED").unwrap_or(default);
        println!("seed {seed} (COUNTERFOIL_SEED={seed} repeats this run)");
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    /// Puts everything into another order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).unwrap();
            all.swap(last, other);
        }
    }
}

/// A number that the environment may give.
#[expect(clippy::disallowed_methods, reason = "a person asks for a longer run by the environment")]
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, which is no number")))
}
