//! When one request is sent again, and after how long.

use crate::{HttpError, Limits};
use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Makes attempts until one succeeds, one fails for good, or the limits are reached.
pub(crate) async fn patiently<T, F>(limits: &Limits, dice: &Dice, attempt: impl Fn() -> F) -> Result<T, HttpError>
where
    F: Future<Output = Result<T, HttpError>>,
{
    let mut delays = delays(limits);
    let mut nth = 1;
    loop {
        let error = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(stated) = repeatable(&error).filter(|_| nth < limits.attempts) else { return Err(error) };
        let wait = match stated {
            // A little later than asked for, so that not everybody comes at the same moment.
            Some(wait) => wait.mul_f64(1.0 + 0.1 * dice.throw()),
            None => delays.next_backoff().unwrap_or(limits.longest_wait).mul_f64(0.5 + dice.throw()),
        };
        if stated.unwrap_or(wait) > limits.longest_wait {
            return Err(error);
        }
        tracing::debug!(wait_secs = wait.as_secs_f64(), attempt = nth, %error, "a request is repeated");
        tokio::time::sleep(wait).await;
        nth += 1;
    }
}

/// Waits between attempts when the source states none; jitter is ours, so that it can be seeded.
fn delays(limits: &Limits) -> ExponentialBackoff {
    ExponentialBackoff {
        current_interval: limits.first_wait,
        initial_interval: limits.first_wait,
        randomization_factor: 0.0,
        multiplier: 2.0,
        // Half of it may come on top.
        max_interval: limits.longest_wait.mul_f64(2.0 / 3.0),
        max_elapsed_time: None,
        ..ExponentialBackoff::default()
    }
}

/// Whether another attempt may help, and the wait that the source states.
fn repeatable(error: &HttpError) -> Option<Option<Duration>> {
    match error {
        HttpError::NoAnswer { .. } => Some(None),
        HttpError::Status { status: 429 | 502 | 503 | 504, wait, .. } => Some(*wait),
        HttpError::Status { .. }
        | HttpError::Truncated { .. }
        | HttpError::SaidInside { .. }
        | HttpError::NotTheApi { .. }
        | HttpError::NotJson { .. }
        | HttpError::Shape { .. }
        | HttpError::TooLarge { .. }
        | HttpError::Redirected { .. }
        | HttpError::ForeignLink { .. }
        | HttpError::NoToken { .. }
        | HttpError::Store { .. }
        | HttpError::Request { .. } => None,
    }
}

/// Numbers for jitter (SplitMix64); nothing that has to be hard to guess.
pub(crate) struct Dice {
    state: AtomicU64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// Another seed in every process.
    pub(crate) fn thrown() -> Self {
        Self::new(RandomState::new().hash_one(0))
    }

    /// From 0 up to 1.
    pub(crate) fn throw(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::time::Instant;

    fn status(status: u16, wait: Option<u64>) -> HttpError {
        HttpError::Status {
            status,
            path: "/x".into(),
            code: None,
            said: String::new(),
            wait: wait.map(Duration::from_secs),
        }
    }

    /// How often it was attempted, how long it took, and what came of it.
    async fn run(error: impl Fn() -> HttpError, failures: u32) -> (u32, Duration, Result<(), HttpError>) {
        let limits = Limits { attempts: 4, longest_wait: Duration::from_secs(30), ..Limits::default() };
        let (attempts, began, dice) = (Cell::new(0), Instant::now(), Dice::new(1));
        let outcome = patiently(&limits, &dice, || async {
            attempts.set(attempts.get() + 1);
            if attempts.get() > failures { Ok(()) } else { Err(error()) }
        });
        let outcome = outcome.await;
        (attempts.get(), began.elapsed(), outcome)
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_source_is_asked_again_a_few_times_and_later_each_time() {
        for code in [429, 502, 503, 504] {
            let (attempts, waited, outcome) = run(|| status(code, None), 2).await;
            assert!(outcome.is_ok() && attempts == 3, "{code}");
            assert!((Duration::from_millis(750)..=Duration::from_millis(2252)).contains(&waited), "{waited:?}");
            let (attempts, _, outcome) = run(|| status(code, None), 9).await;
            assert!(outcome.is_err() && attempts == 4, "{code}");
        }
        let (attempts, _, _) = run(|| HttpError::NoAnswer { path: "/x".into(), source: "reset".into() }, 9).await;
        assert_eq!(attempts, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_has_to_mend_is_asked_once() {
        for code in [400, 401, 403, 404, 405, 408, 410, 500] {
            let (attempts, waited, outcome) = run(|| status(code, Some(1)), 9).await;
            assert!(outcome.is_err() && attempts == 1 && waited.is_zero(), "{code}");
        }
        let (attempts, _, _) = run(|| HttpError::Truncated { path: "/x".into(), source: "cut".into() }, 9).await;
        assert_eq!(attempts, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stated_wait_is_kept_or_handed_on() {
        let (attempts, waited, outcome) = run(|| status(429, Some(20)), 1).await;
        assert!(outcome.is_ok() && attempts == 2);
        assert!((Duration::from_secs(20)..=Duration::from_secs(23)).contains(&waited), "{waited:?}");
        let (attempts, waited, outcome) = run(|| status(429, Some(31)), 1).await;
        assert!(outcome.is_err() && attempts == 1 && waited.is_zero());
    }

    #[test]
    fn the_same_seed_throws_the_same_numbers() {
        let throws = |seed| {
            let dice = Dice::new(seed);
            (0..100).map(|_| dice.throw()).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert!(throws(7).iter().all(|number| (0.0..1.0).contains(number)));
        assert!((0.3..0.7).contains(&(throws(7).iter().sum::<f64>() / 100.0)));
    }
}
