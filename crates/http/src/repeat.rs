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
