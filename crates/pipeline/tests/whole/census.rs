//! Who is there: missed, out of scope, absent, gone, and many at once.

use crate::support::*;
use async_trait::async_trait;
use counterfoil_pipeline::{CensusReport, Outcome, Source, Tally, verify_replay};
use counterfoil_record::{Census, CensusPage, Fetched, Gone, Page, Position, RawRecord};
use counterfoil_sdk::{Connector, PullContext, PullError, StreamSpec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a record is for the account of the connector.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    /// Pulls and censuses find it.
    InScope,
    /// Only a question by its id does.
    ById,
    /// Nothing does.
    No,
}

/// A source that pulls only what it is told to, and lists and shows what there is.
#[derive(Clone, Default)]
struct Roll {
    records: Arc<Mutex<BTreeMap<String, (RawRecord, Shown)>>>,
    pulled: Arc<Mutex<Vec<RawRecord>>>,
}

impl Roll {
    fn put(&self, record: RawRecord, shown: Shown, pulled: bool) {
        if pulled {
            self.pulled.lock().unwrap().push(record.clone());
        }
        self.records.lock().unwrap().insert(record.native_id.clone(), (record, shown));
    }

    fn show(&self, id: &str, shown: Shown) {
        self.records.lock().unwrap().get_mut(id).unwrap().1 = shown;
    }
}

#[async_trait]
impl Connector for Roll {
    fn streams(&self) -> &[StreamSpec] {
        const EVERY: Option<Duration> = Some(Duration::ZERO);
        &[StreamSpec { name: STREAM, about: "a roll", census_every: EVERY, catalogue: false }]
    }

    async fn check(&self) -> Result<(), PullError> {
        Ok(())
    }

    async fn pull(&self, _: &StreamSpec, from: &Position, _: PullContext) -> Result<Page, PullError> {
        let records = std::mem::take(&mut *self.pulled.lock().unwrap());
        let next = Position(format!("{}.", from.0));
        Ok(Page { records, next, ..Page::default() })
    }

    async fn census(&self, _: &StreamSpec, from: &Position, _: PullContext) -> Result<CensusPage, PullError> {
        let records = self.records.lock().unwrap();
        let listed = records.iter().filter(|(id, (_, shown))| *shown == Shown::InScope && **id > from.0);
        // Two a page.
        let entries: Vec<_> = listed.map(|(id, (raw, _))| (id.clone(), raw.version.clone())).take(2).collect();
        let more = entries.len() == 2;
        let next = Position(entries.last().map_or_else(String::new, |(id, _)| id.clone()));
        let census = (!more).then_some(Census { counted: records.len() as u64, delivered: 0 });
        Ok(CensusPage { entries, next, more, census, ..CensusPage::default() })
    }

    async fn fetch(&self, _: &StreamSpec, ids: &[String], _: PullContext) -> Result<Fetched, PullError> {
        let records = self.records.lock().unwrap();
        let mut fetched = Fetched::default();
        for id in ids {
            match records.get(id).filter(|(_, shown)| *shown != Shown::No) {
                Some((raw, _)) => fetched.records.push(raw.clone()),
                None => fetched.absent.push(id.clone()),
            }
        }
        Ok(fetched)
    }
}

fn roll(held: usize) -> (Roll, Source, Arc<MemoryLedger>) {
    let roll = Roll::default();
    for at in 0..held {
        roll.put(snapshot(&format!("INC{at:03}"), "New", 1), Shown::InScope, true);
    }
    let mut source = source(Script::new(Vec::new()), MAPPING);
    source.stream = roll.streams()[0].clone();
    source.connector = Arc::new(roll.clone());
    (roll, source, Arc::new(MemoryLedger::default()))
}

async fn census(source: &Source, ledger: &Arc<MemoryLedger>) -> CensusReport {
    pass(source, ledger).await.unwrap().census.expect("a census was due")
}

fn is_gone(ledger: &MemoryLedger, number: &str) -> bool {
    ledger.state.lock().unwrap().heads.iter().any(|(id, head)| id.as_str().ends_with(number) && head.gone)
}

#[tokio::test]
async fn what_pulls_missed_is_fetched_and_what_left_the_scope_is_followed() {
    let (roll, source, ledger) = roll(5);
    let first = pass(&source, &ledger).await.unwrap();
    assert_eq!(first.tally, Tally { pulled: 5, committed: 5, ..Tally::default() });
    let taken = first.census.unwrap();
    assert_eq!((taken.listed, taken.held, taken.missed, taken.counted), (5, 5, 0, Some(5)));

    roll.put(snapshot("INC002", "Active", 2), Shown::InScope, false);
    roll.put(snapshot("INC900", "New", 2), Shown::InScope, false);
    roll.put(snapshot("INC004", "Resolved", 3), Shown::ById, false);
    let second = pass(&source, &ledger).await.unwrap();
    assert_eq!(second.tally, Tally { pulled: 3, committed: 3, ..Tally::default() });
    let taken = second.census.unwrap();
    assert_eq!((taken.listed, taken.missed, taken.out_of_scope, taken.absent.len()), (5, 2, 1, 0));
    assert_eq!(ledger.all().last().unwrap().event.routing_key, "incident.resolved.unknown");

    let third = pass(&source, &ledger).await.unwrap();
    assert_eq!(third.tally, Tally { pulled: 1, unchanged: 1, ..Tally::default() }, "only the one out of scope");
}

#[tokio::test]
async fn a_record_is_gone_when_two_censuses_and_a_question_by_its_id_do_not_find_it() {
    let (roll, source, ledger) = roll(5);
    census(&source, &ledger).await;
    roll.show("INC001", Shown::No);
    roll.show("INC003", Shown::No);
    let taken = census(&source, &ledger).await;
    assert_eq!((taken.absent.as_slice(), taken.gone), (["INC001".to_owned(), "INC003".to_owned()].as_slice(), 0));
    assert!(!is_gone(&ledger, "INC001"));

    roll.show("INC003", Shown::InScope);
    let taken = census(&source, &ledger).await;
    assert_eq!((taken.absent.len(), taken.gone, taken.held), (0, 1, 5));
    assert!(is_gone(&ledger, "INC001") && !is_gone(&ledger, "INC003"));
    let last = ledger.all().pop().unwrap();
    assert_eq!(last.event.routing_key, "incident.deleted.unknown");
    assert!(last.raw.as_str().starts_with(r#"{"gone":"absent","evidence":{"missed":""#), "{:?}", last.raw);

    let events = ledger.all().len();
    let taken = census(&source, &ledger).await;
    assert_eq!((taken.held, taken.gone, ledger.all().len()), (4, 0, events), "it is gone once");

    roll.show("INC001", Shown::InScope);
    let taken = census(&source, &ledger).await;
    assert_eq!(taken.missed, 1, "it comes back with the mark that it had");
    assert!(!is_gone(&ledger, "INC001"));
    assert_eq!(ledger.all().last().unwrap().event.routing_key, "incident.opened.unknown");
    let replayed = verify_replay(ledger.as_ref(), &mut |_| {}).unwrap();
    assert_eq!(replayed.identical, replayed.versions, "{:?}", replayed.different);
}

#[tokio::test]
async fn a_deletion_that_the_source_tells_needs_no_census() {
    let (roll, source, ledger) = roll(1);
    pass(&source, &ledger).await.unwrap();
    roll.show("INC000", Shown::No);
    for id in ["INC000", "INC777"] {
        let gone = RawRecord::gone(id.to_owned(), Gone::Deleted, r#"{"by":"admin"}"#, place("deletions"));
        roll.pulled.lock().unwrap().push(gone);
    }
    let report = pass(&source, &ledger).await.unwrap();
    assert_eq!(report.tally, Tally { pulled: 2, committed: 1, unchanged: 1, ..Tally::default() });
    assert!(is_gone(&ledger, "INC000"));
    assert!(report.census.unwrap().absent.is_empty());
}

#[tokio::test]
async fn many_that_vanish_at_once_are_not_believed() {
    let (roll, source, ledger) = roll(60);
    census(&source, &ledger).await;
    (0..48).for_each(|at| roll.show(&format!("INC{at:03}"), Shown::No));
    for _ in 0..3 {
        let report = pass(&source, &ledger).await.unwrap();
        assert_eq!(report.outcome, Outcome::Partial);
        assert_eq!(report.gaps[0].code, "census::mass-disappearance");
        assert_eq!(report.gaps[0].records, Some(48));
        assert_eq!(report.census.unwrap().gone, 0);
    }
    (0..48).for_each(|at| roll.show(&format!("INC{at:03}"), Shown::InScope));
    let report = pass(&source, &ledger).await.unwrap();
    assert_eq!((report.outcome, report.gaps.len()), (Outcome::Complete, 0));
    assert_eq!(ledger.all().len(), 60, "nothing was made of it");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever appears, changes, moves and vanishes: after two quiet censuses the ledger holds what is shown, and only that
    /// is not gone.
    #[test]
    fn after_two_quiet_censuses_the_ledger_is_the_roll(
        steps in proptest::collection::vec((0..12_usize, 0..4_u8, proptest::bool::ANY), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let (roll, source, ledger) = roll(0);
            let (mut day, mut vanished) = (1, BTreeSet::new());
            for (step, (at, what, pulled)) in steps.into_iter().enumerate() {
                let id = format!("INC{at:03}");
                let shown = roll.records.lock().unwrap().get(&id).map(|(_, shown)| *shown);
                match (what, shown) {
                    (0, _) => {
                        day += 1;
                        let state = ["New", "Active", "Resolved"][step % 3];
                        roll.put(snapshot(&id, state, (day % 28) as u8 + 1), Shown::InScope, pulled);
                        day = day.min(26);
                    }
                    (1, Some(_)) => {
                        vanished.insert(id.clone());
                        roll.show(&id, Shown::No);
                    }
                    (2, Some(_)) => roll.show(&id, Shown::ById),
                    (3, Some(_)) => roll.show(&id, Shown::InScope),
                    _ => {}
                }
                if step % 7 == 0 {
                    census(&source, &ledger).await;
                }
            }
            census(&source, &ledger).await;
            census(&source, &ledger).await;
            let state = ledger.state.lock().unwrap();
            for (id, (raw, shown)) in roll.records.lock().unwrap().iter() {
                let head = state.heads.iter().find(|(held, _)| held.as_str().ends_with(id)).map(|(_, head)| head);
                match shown {
                    Shown::InScope => {
                        let head = head.expect("what is shown is held");
                        assert!(!head.gone && head.source_version >= raw.version, "{id}");
                    }
                    // One that was gone and comes back outside of the scope stays gone: nothing points to it.
                    Shown::ById => assert!(head.is_none_or(|head| !head.gone || vanished.contains(id)), "{id}"),
                    Shown::No => assert!(head.is_none_or(|head| head.gone), "{id}"),
                }
            }
        });
    }
}
