//! One credential's budget: requests per second, and requests under way.

use crate::Budget;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Lets requests through as the budget allows; shared by all clones of a client.
pub(crate) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
    under_way: Semaphore,
}

impl Pace {
    pub(crate) fn new(budget: Budget) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(budget.per_second)).allow_burst(at_least_one(budget.burst));
        let clock = TokioClock { start: Instant::now() };
        let most = budget.in_flight.clamp(1, Semaphore::MAX_PERMITS);
        Self { limiter: RateLimiter::direct_with_clock(quota, clock.clone()), clock, under_way: Semaphore::new(most) }
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub(crate) async fn turn(&self) -> SemaphorePermit<'_> {
        let permit = self.under_way.acquire().await.expect("the semaphore is never closed");
        while let Err(early) = self.limiter.check() {
            tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
        }
        permit
    }
}

/// The runtime's clock, so that paused time holds for the budget too.
#[derive(Debug, Clone)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
