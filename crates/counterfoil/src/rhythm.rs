//! When an instance is pulled again: after its interval, or soon after its source said that something changed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// After a hint: one pass soon, for what a source shows at once, and more for what comes late into its index. The overlap of a
/// pass finds what the one before it was too early for.
const AFTER_A_HINT: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(60)];

/// The rhythm of one instance.
#[derive(Debug)]
pub(crate) struct Rhythm {
    interval: Duration,
    hints: Arc<Notify>,
    /// Passes that hints asked for, the nearest first.
    due: VecDeque<Instant>,
}

impl Rhythm {
    pub(crate) fn new(interval: Duration, hints: Arc<Notify>) -> Self {
        Self { interval, hints, due: VecDeque::new() }
    }

    /// Returns when the next pass is due. Called when a pass has ended; hints that came during it count.
    pub(crate) async fn next(&mut self) {
        let ordinary = Instant::now() + self.interval;
        loop {
            let at = self.due.front().map_or(ordinary, |due| ordinary.min(*due));
            tokio::select! {
                () = tokio::time::sleep_until(at) => {
                    let now = Instant::now();
                    self.due.retain(|due| *due > now);
                    return;
                }
                () = self.hints.notified() => self.hinted(Instant::now()),
            }
        }
    }

    /// However many hints come: the pass that is next stays where it is, and the last hint decides on the others.
    fn hinted(&mut self, now: Instant) {
        let [soon, later @ ..] = AFTER_A_HINT;
        let next = self.due.front().map_or(now + soon, |due| (now + soon).min(*due));
        self.due = std::iter::once(next).chain(later.map(|wait| now + wait)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hourly() -> (Rhythm, Arc<Notify>) {
        let hints = Arc::new(Notify::new());
        (Rhythm::new(Duration::from_secs(3_600), Arc::clone(&hints)), hints)
    }

    /// After how many seconds each of the next passes is due.
    async fn passes<const N: usize>(rhythm: &mut Rhythm) -> [u64; N] {
        let start = Instant::now();
        let mut at = [0; N];
        for at in &mut at {
            rhythm.next().await;
            *at = start.elapsed().as_secs();
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn without_hints_it_is_the_interval() {
        let (mut rhythm, _hints) = hourly();
        assert_eq!(passes(&mut rhythm).await, [3_600, 7_200]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_brings_a_pass_at_once_and_two_for_what_comes_late() {
        let (mut rhythm, hints) = hourly();
        hints.notify_one();
        assert_eq!(passes(&mut rhythm).await, [2, 15, 60, 3_660]);
    }

    #[tokio::test(start_paused = true)]
    async fn hints_without_end_neither_put_a_pass_off_nor_make_one_each() {
        let (mut rhythm, hints) = hourly();
        let calling = tokio::spawn(async move {
            for _ in 0..100 {
                hints.notify_one();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        assert_eq!(passes(&mut rhythm).await, [2, 4, 6, 8, 10, 24, 69, 3_669]);
        calling.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_interval_is_not_made_longer() {
        let hints = Arc::new(Notify::new());
        let mut rhythm = Rhythm::new(Duration::from_secs(1), Arc::clone(&hints));
        hints.notify_one();
        assert_eq!(passes(&mut rhythm).await, [1, 2, 3, 4]);
    }
}
