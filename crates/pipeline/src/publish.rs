//! From the event log to a broker: an offset that moves only on a routed confirm.
//!
//! The outbox is no second table; it is the event log and one place in it. Sessions are taken whole: after any error a
//! new one starts from the first event that is not confirmed, so what a consumer sees twice carries the same id.

use crate::ports::{Event, EventOffset, Ledger, LedgerError, PublishErrorKind, Publisher, Session};
use crate::progress::chain;
use crate::schedule::delays;
use crate::{Listener, Progress};
use backoff::backoff::Backoff as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

/// Under this name the ledger keeps how far the broker has confirmed.
pub const TARGET: &str = "amqp";

/// Events handed to a session at once, so that small pages fill its window, too.
const BATCH: usize = 2_000;

/// Sessions in a row that may end without a single confirm before a drain gives up.
const TRIES: u32 = 3;

/// A wait after an event that no queue takes: somebody has to bind one.
const UNROUTABLE_WAIT: Duration = Duration::from_secs(5);

/// Wakes the publisher when the ledger has new events, and tells it when to stop.
#[derive(Default)]
pub struct Wake {
    notify: Notify,
    draining: std::sync::atomic::AtomicBool,
}

impl Wake {
    /// There are new events.
    pub fn events(&self) {
        self.notify.notify_one();
    }

    /// There will be no more: publish what is there and end; an absent broker is given up on after a few tries.
    pub fn drain(&self) {
        self.draining.store(true, std::sync::atomic::Ordering::SeqCst);
        self.notify.notify_one();
    }

    fn draining(&self) -> bool {
        self.draining.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Publishes until [`Wake::drain`] is called and nothing is left, or the broker is away then. Returns how many were confirmed.
pub async fn publish(
    ledger: &Arc<dyn Ledger>,
    publisher: &dyn Publisher,
    wake: &Wake,
    listener: &dyn Listener,
) -> Result<u64, LedgerError> {
    let mut published = 0;
    let mut delays = delays();
    let mut in_vain = 0;
    loop {
        in_vain += 1;
        let error = match publisher.connect().await {
            Ok(mut session) => {
                let (confirmed, ended) = run(ledger, session.as_mut(), wake, listener).await;
                published += confirmed;
                if confirmed > 0 {
                    delays.reset();
                    in_vain = 0;
                }
                match ended? {
                    None => {
                        session.close().await;
                        return Ok(published);
                    }
                    Some(error) => error,
                }
            }
            Err(error) => error.kind,
        };
        let wait = match error {
            PublishErrorKind::Unroutable { .. } | PublishErrorKind::Forbidden { .. } => UNROUTABLE_WAIT,
            PublishErrorKind::Unavailable { .. } | PublishErrorKind::Refused => {
                delays.next_backoff().unwrap_or(UNROUTABLE_WAIT).min(UNROUTABLE_WAIT)
            }
        };
        listener.tell(Progress::BrokerAway { reason: chain(&error), wait });
        if wake.draining() && in_vain >= TRIES {
            return Ok(published);
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = drained(wake), if !wake.draining() => in_vain = 0,
        }
    }
}

/// One session, until it ends in an error (`Some`) or everything is published and no more will come (`None`).
async fn run(
    ledger: &Arc<dyn Ledger>,
    session: &mut dyn Session,
    wake: &Wake,
    listener: &dyn Listener,
) -> (u64, Result<Option<PublishErrorKind>, LedgerError>) {
    let mut published = 0;
    loop {
        let draining = wake.draining();
        let batch = match next_batch(ledger).await {
            Ok(batch) => batch,
            Err(error) => return (published, Err(error)),
        };
        if batch.is_empty() {
            if draining {
                return (published, Ok(None));
            }
            wake.notify.notified().await;
            continue;
        }
        let (places, events): (Vec<EventOffset>, Vec<Event>) = batch.into_iter().unzip();
        let (confirmed, ended) = match session.publish(&events).await {
            Ok(()) => (events.len(), None),
            Err(error) => (error.confirmed, Some(error.kind)),
        };
        if let Some(last) = confirmed.checked_sub(1).and_then(|last| places.get(last)) {
            let upto = EventOffset { page: last.page, index: last.index + 1 };
            if let Err(error) = ledger.confirm(TARGET, upto) {
                return (published, Err(error));
            }
            published += confirmed as u64;
            listener.tell(Progress::Published { events: confirmed as u64 });
        }
        if ended.is_some() {
            return (published, Ok(ended));
        }
    }
}

/// The next events that are not confirmed, of one page or, where pages are small, of several.
async fn next_batch(ledger: &Arc<dyn Ledger>) -> Result<Vec<(EventOffset, Event)>, LedgerError> {
    let ledger = Arc::clone(ledger);
    let read = spawn_blocking(move || {
        let mut batch = Vec::new();
        let mut from = ledger.confirmed(TARGET)?;
        while batch.len() < BATCH {
            let versions = ledger.versions(from)?;
            let Some(last) = versions.last() else { break };
            from = EventOffset { page: last.at.page, index: last.at.index + 1 };
            batch.extend(versions.into_iter().map(|version| (version.at, version.event)));
        }
        Ok(batch)
    });
    read.await.expect("reading the event log does not panic")
}

/// Returns once no more events will come. Wakes by new events are left for the next session, which reads the log anyway.
async fn drained(wake: &Wake) {
    while !wake.draining() {
        wake.notify.notified().await;
    }
}
