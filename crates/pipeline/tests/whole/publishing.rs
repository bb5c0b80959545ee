//! Publishing against a broker that ends sessions anywhere: nothing missing, repeats with the same id, order per record.

use crate::support::*;
use async_trait::async_trait;
use counterfoil_pipeline::ports::{Event, Ledger, PublishError, PublishErrorKind, Publisher, Session};
use counterfoil_pipeline::{Silent, TARGET, Wake, publish};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Ends each session after so many events; of those the broker took, so many are confirmed to us.
struct Fragile {
    sessions: Mutex<Vec<(usize, usize)>>,
    received: Arc<Mutex<Vec<Event>>>,
}

struct FragileSession {
    takes: usize,
    confirms: usize,
    received: Arc<Mutex<Vec<Event>>>,
}

#[async_trait]
impl Publisher for Fragile {
    async fn connect(&self) -> Result<Box<dyn Session>, PublishError> {
        let next = self.sessions.lock().unwrap().pop();
        let (takes, confirms) = next.unwrap_or((usize::MAX, usize::MAX));
        Ok(Box::new(FragileSession { takes, confirms, received: Arc::clone(&self.received) }))
    }
}

#[async_trait]
impl Session for FragileSession {
    async fn publish(&mut self, events: &[Event]) -> Result<(), PublishError> {
        let taken = self.takes.min(events.len());
        self.received.lock().unwrap().extend_from_slice(&events[..taken]);
        self.takes -= taken;
        if taken == events.len() {
            return Ok(());
        }
        let kind = PublishErrorKind::Unavailable { source: "the broker ended the session".into() };
        Err(PublishError { confirmed: self.confirms.min(taken), kind })
    }

    async fn close(self: Box<Self>) {}
}

#[tokio::test(start_paused = true)]
async fn sessions_that_end_anywhere_lose_nothing() {
    let ledger = Arc::new(MemoryLedger::default());
    let states = ["New", "Active", "Resolved"];
    let pages =
        (0..9_u8).map(|at| (0..5).map(|n| snapshot(&format!("INC{n}"), states[at as usize % 3], at + 1)).collect());
    pass(&source(Script::new(pages.collect()), MAPPING), &ledger).await.unwrap();
    let log: Vec<String> = ledger.all().into_iter().map(|version| version.event.id).collect();
    assert_eq!(log.len(), 45);

    for takes in 0..=45 {
        for confirms in [0, takes / 2, takes] {
            let ledger = ledger.reopened(None);
            let received = Arc::new(Mutex::new(Vec::new()));
            let sessions = Mutex::new(vec![(7, 3), (takes, confirms), (0, 0)]);
            let broker = Fragile { sessions, received: Arc::clone(&received) };
            let shared: Arc<dyn Ledger> = ledger.clone();
            let wake = Arc::new(Wake::default());
            let running = {
                let (shared, wake) = (Arc::clone(&shared), Arc::clone(&wake));
                tokio::spawn(async move { publish(&shared, &broker, &wake, &Silent).await })
            };
            while shared.confirmed(TARGET).unwrap() <= ledger.all().last().unwrap().at {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            wake.drain();
            running.await.unwrap().unwrap();
            check(&log, &received.lock().unwrap(), takes, confirms);
        }
    }
}

fn check(log: &[String], received: &[Event], takes: usize, confirms: usize) {
    let mut seen: BTreeMap<&str, &Event> = BTreeMap::new();
    let mut order: BTreeMap<String, u64> = BTreeMap::new();
    for event in received {
        if let Some(first) = seen.get(event.id.as_str()) {
            assert_eq!(*first, event, "a repeat is the same, byte for byte");
            continue;
        }
        seen.insert(&event.id, event);
        let decoded = counterfoil_wire::decode_event(&event.body).unwrap();
        let last = order.insert(decoded.record_id.to_string(), decoded.version).unwrap_or(0);
        assert_eq!(decoded.version, last + 1, "the first deliveries of a record come in order");
    }
    assert_eq!(seen.len(), log.len(), "takes {takes}, confirms {confirms}");
    assert!(log.iter().all(|id| seen.contains_key(id.as_str())));
}
