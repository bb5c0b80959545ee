//! When to pull again after a pull that did not succeed: the one place that waits.

use crate::progress::chain;
use crate::{Listener, Progress};
use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{Connector, Policy, PullContext, PullError, StreamSpec};
use std::time::Duration;

/// Pulls that may fail before a pass gives up on an unreachable source.
const ATTEMPTS: u32 = 5;

/// How long a pass waits in all for something that is not ready, before it goes on without it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits between attempts: from 0.5 s, twice as long each time, with jitter, at most a minute.
pub(crate) fn delays() -> ExponentialBackoff {
    ExponentialBackoff {
        max_elapsed_time: None,
        max_interval: Duration::from_secs(60),
        ..ExponentialBackoff::default()
    }
}

/// One page, however often it has to be asked for.
pub(crate) async fn pull_patiently(
    instance: &str,
    connector: &dyn Connector,
    stream: &StreamSpec,
    from: &Position,
    context: impl Fn() -> PullContext,
    listener: &dyn Listener,
) -> Result<Page, PullError> {
    match patiently(instance, listener, || connector.pull(stream, from, context())).await {
        // What is held already is recognised as unchanged.
        Err(error) if error.kind.policy() == Policy::StartOver && *from != Position::default() => {
            let start = Position::default();
            patiently(instance, listener, || connector.pull(stream, &start, context())).await
        }
        pulled => pulled,
    }
}

/// Asks a source as often as its errors' policy says.
pub(crate) async fn patiently<T, F: Future<Output = Result<T, PullError>>>(
    instance: &str,
    listener: &dyn Listener,
    ask: impl Fn() -> F,
) -> Result<T, PullError> {
    let mut delays = delays();
    let mut failed = 0;
    let mut waited = Duration::ZERO;
    loop {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let wait = match error.kind.policy() {
            Policy::RetryAfter(wait) if waited + wait <= PATIENCE => wait,
            Policy::RetryWithBackoff if failed < ATTEMPTS => {
                failed += 1;
                delays.next_backoff().unwrap_or(Duration::from_secs(60))
            }
            Policy::RetryAfter(_) | Policy::RetryWithBackoff | Policy::StartOver | Policy::StopAndReport => {
                return Err(error);
            }
        };
        waited += wait;
        listener.tell(Progress::Waiting { instance: instance.to_owned(), wait, reason: chain(&error) });
        tokio::time::sleep(wait).await;
    }
}
