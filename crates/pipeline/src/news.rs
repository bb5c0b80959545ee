//! Listening to sources that say by themselves when there is something new: a reason to pull sooner, and never data.

use crate::progress::chain;
use crate::schedule::delays;
use backoff::backoff::Backoff as _;
use counterfoil_sdk::{Connector, Policy};
use std::time::Duration;

/// How long a source is left alone that a person has to see to: a wrong password, sent again and again, locks an account.
const UNTIL_MENDED: Duration = Duration::from_secs(15 * 60);

/// Calls `heard` whenever the source says that there may be something new. Never returns; where the connection ends it is made
/// again, later each time, and the pulls go on meanwhile.
pub async fn listen(instance: &str, connector: &dyn Connector, heard: impl Fn()) {
    let mut waits = delays();
    loop {
        let error = match connector.news().await {
            Ok(()) => {
                waits.reset();
                heard();
                continue;
            }
            Err(error) => error,
        };
        let wait = match error.kind.policy() {
            Policy::RetryAfter(wait) => wait,
            Policy::RetryWithBackoff | Policy::StartOver => waits.next_backoff().unwrap_or(UNTIL_MENDED),
            Policy::StopAndReport => UNTIL_MENDED,
        };
        tracing::debug!(
            instance,
            reason = chain(&error),
            wait_secs = wait.as_secs(),
            "the source cannot be listened to"
        );
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use counterfoil_record::{Page, Position};
    use counterfoil_sdk::{PullContext, PullError, PullErrorKind, StreamSpec};
    use std::sync::atomic::{AtomicU64, Ordering};
    use tokio::time::{Instant, timeout};

    /// Says something, is away twice, says something, refuses the password, and is then silent.
    struct Fickle {
        asked: AtomicU64,
    }

    #[async_trait]
    impl Connector for Fickle {
        fn streams(&self) -> &[StreamSpec] {
            &[]
        }

        async fn check(&self) -> Result<(), PullError> {
            Ok(())
        }

        async fn pull(&self, _: &StreamSpec, _: &Position, _: PullContext) -> Result<Page, PullError> {
            Ok(Page::default())
        }

        async fn news(&self) -> Result<(), PullError> {
            let kind = match self.asked.fetch_add(1, Ordering::SeqCst) {
                0 | 3 => return Ok(()),
                1 | 2 => PullErrorKind::Unavailable { source: "reset".into() },
                4 => PullErrorKind::Unauthenticated { status: 0, remedy: String::new() },
                _ => return std::future::pending().await,
            };
            Err(PullError { instance: "acme".into(), stream: "", doing: "listen", kind })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_is_listened_to_again_later_each_time_and_a_wrong_password_is_not_repeated() {
        let (source, heard) = (Fickle { asked: AtomicU64::new(0) }, AtomicU64::new(0));
        let begun = Instant::now();
        let listening = listen("acme", &source, || {
            heard.fetch_add(1, Ordering::SeqCst);
        });
        let mut listening = std::pin::pin!(listening);
        assert!(timeout(Duration::from_secs(600), &mut listening).await.is_err());
        assert_eq!(
            (heard.load(Ordering::SeqCst), source.asked.load(Ordering::SeqCst)),
            (2, 5),
            "{:?}",
            begun.elapsed()
        );
        assert!(timeout(Duration::from_secs(600), &mut listening).await.is_err());
        assert_eq!((heard.load(Ordering::SeqCst), source.asked.load(Ordering::SeqCst)), (2, 6));
    }
}
