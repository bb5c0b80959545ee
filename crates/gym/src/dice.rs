//! Random choices that are the same on every machine: integers only, drawn from ChaCha.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// One stream of random choices. Streams of one seed do not depend on each other, so that a change to one life does not
/// change the others.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream with this number.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(bytes);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // The bias of multiply and shift is far below what anybody could see in a few thousand draws.
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Whether something happens that happens `permille` times in a thousand.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < u64::from(permille)
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// The position of one of these weights.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut draw = self.below(total);
        for (at, weight) in weights.iter().enumerate() {
            match draw.checked_sub(u64::from(*weight)) {
                Some(rest) => draw = rest,
                None => return at,
            }
        }
        weights.len() - 1
    }

    /// A duration like real ones: log-normal with this median.
    /// `sigma_percent` is the standard deviation of its logarithm.
    pub fn duration(&mut self, median_secs: i64, sigma_percent: i64) -> i64 {
        // The sum of twelve uniform draws is close to normal with variance one, in units of 1/65536.
        let mut z = -6 * 65_536_i64;
        for _ in 0..3 {
            let bits = self.bits();
            z += (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as i64).sum::<i64>();
        }
        // 94548/65536 is 1/ln 2, so that the power can be taken to base two, with a parabola between the whole powers.
        let exponent = z * sigma_percent * 94_548 / (100 * 65_536);
        let (whole, fraction) = (exponent >> 16, i128::from(exponent & 0xffff));
        let mantissa = 65_536 + ((fraction * (43_000 + ((22_536 * fraction) >> 16))) >> 16);
        let scaled = i128::from(median_secs) * mantissa;
        let shift = 16 - whole;
        let value = if shift >= 0 { scaled >> shift.min(120) } else { scaled << (-shift).min(40) };
        value.clamp(1, 400 * 86_400) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_for_ever_and_independent() {
        let mut dice = Dice::new(7, 1);
        assert_eq!([dice.bits(), dice.bits()], [17_236_010_905_523_606_670, 5_195_008_117_022_965_769]);
        assert_ne!(Dice::new(7, 1).bits(), Dice::new(7, 2).bits());
        assert_ne!(Dice::new(7, 1).bits(), Dice::new(8, 1).bits());
    }

    #[test]
    fn durations_have_the_median_and_the_spread_of_a_log_normal() {
        let mut dice = Dice::new(1, 1);
        let mut drawn: Vec<i64> = (0..20_000).map(|_| dice.duration(10_000, 100)).collect();
        drawn.sort_unstable();
        let quantile = |permille: usize| drawn[drawn.len() * permille / 1000] as f64 / 10_000.0;
        assert!((quantile(500) - 1.0).abs() < 0.04, "{}", quantile(500));
        // e to the power of 1.2816 and of -1.2816.
        assert!((quantile(900) - 3.602).abs() < 0.2, "{}", quantile(900));
        assert!((quantile(100) - 0.2776).abs() < 0.02, "{}", quantile(100));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(3, 3);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[dice.weighted(&[1, 0, 3])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_200..2_800).contains(&counts[0]), "{counts:?}");
    }
}
