//! A gateway that dies, after every page and after every request.

use crate::mailbox::{Mailbox, on, small};
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, Progress};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Dies when so many pages are durable: whatever was about to happen after that does not.
struct Dies(AtomicI64);

impl Listener for Dies {
    fn tell(&self, progress: Progress) {
        // A page that changed nothing is no progress: a gateway that died there for ever would never get further.
        let is_news = matches!(&progress, Progress::PageCommitted { tally, .. } if tally.committed > 0);
        if is_news && self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            panic!("this gateway dies here on purpose");
        }
    }
}

/// One pass over both streams; `false` when the gateway died in it.
async fn pass(mailbox: &Mailbox, listener: &Arc<dyn Listener>) -> bool {
    for source in mailbox.sources() {
        let (ledger, listener) = (Arc::clone(&mailbox.gateway.ledger), Arc::clone(listener));
        let clock: Arc<dyn Clock> = Arc::clone(&mailbox.gateway.clock) as Arc<dyn Clock>;
        let pass = tokio::spawn(async move { sync_stream(&source, &ledger, &clock, &listener).await.map(|_| ()) });
        match pass.await {
            Ok(ended) => ended.unwrap(),
            Err(died) => {
                assert!(died.is_panic());
                return false;
            }
        }
    }
    true
}

#[tokio::test]
async fn a_gateway_that_dies_after_every_page_ends_with_the_same_events() {
    for (seed, names) in [(0, &[][..]), (1, &["generations"]), (2, &["fresh-links", "short-pages"])] {
        println!("seed {seed} {names:?}");
        let estate = small(seed, 5);
        let straight = Mailbox::new(Instance::of_estate(&estate), Switches::default(), 6).await;
        straight.patiently().await;
        let mut dying = Mailbox::new(Instance::of_estate(&estate), on(names), 6).await;
        let mut deaths = 0;
        while !pass(&dying, &(Arc::new(Dies(AtomicI64::new(1))) as Arc<dyn Listener>)).await {
            deaths += 1;
            dying.gateway.restart();
            assert!(deaths < 1_000, "seed {seed}: it never gets further");
        }
        println!("seed {seed}: died {deaths} times");
        assert!(deaths > 5, "seed {seed}: {deaths}");
        dying.equals(&format!("{names:?}"));
        let sorted = |mailbox: &Mailbox| mailbox.events().into_iter().collect::<BTreeSet<String>>();
        assert!(sorted(&straight) == sorted(&dying), "seed {seed}: other events");
        assert_eq!(straight.events().len(), dying.events().len(), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_ends_after_any_request_is_taken_up_by_a_gateway_that_remembers_nothing() {
    let estate = small(3, 2);
    let straight = Mailbox::new(Instance::of_estate(&estate), Switches::default(), 4).await;
    straight.patiently().await;
    let requests = straight.server.requests().len() as u64;
    for last in 1..=requests {
        let mut mailbox =
            Mailbox::new(Instance::of_estate(&estate), Switches { ends_after: last, ..Switches::default() }, 4).await;
        let ended = mailbox.pass().await;
        let is_short = ended.map_or(true, |report| !report.gaps.is_empty());
        assert!(is_short || last == requests, "{last} of {requests} requests were enough");
        mailbox.server.set_switches(Switches::default());
        mailbox.gateway.restart();
        mailbox.patiently().await;
        mailbox.equals(&format!("it ended after {last} requests"));
        let is_same = straight.events_of_mails() == mailbox.events_of_mails();
        assert!(is_same, "it ended after {last} requests: other events");
    }
    println!("ended after each of {requests} requests");
}
