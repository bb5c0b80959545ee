//! What every connector must pass. A suite panics with what it expected; each is one line in a connector's test.
//!
//! ```no_run
//! # async fn example(fresh: impl Fn() -> Box<dyn counterfoil_sdk::Connector>) {
//! use counterfoil_testkit::suites;
//! let keys = suites::resumes_anywhere(&fresh, "records", &[1, 7]).await;
//! suites::pulls_alike_twice(&fresh, "records").await;
//! suites::survives_bad_positions(&fresh, "records").await;
//! # }
//! ```

use counterfoil_record::{Census, Form, Gap, ORDER_MEMBER, Page, Position, RawRecord, Unreadable, merge_logs};
use counterfoil_sdk::{Connector, PullContext, PullError, PullErrorKind, StreamSpec};
use jiff::Timestamp;

/// Pages that a suite accepts before it takes a connector to be endless.
const MOST_PAGES: usize = 100_000;

/// A page size that no test data fills.
const WHOLE: usize = 1_000_000;

/// Everything that a pass delivered.
#[derive(Debug, Clone)]
pub struct Drained {
    /// The records of all pages, in order.
    pub records: Vec<RawRecord>,
    /// What could not be read, of all pages.
    pub unreadable: Vec<Unreadable>,
    /// The gaps that the last page repeats.
    pub gaps: Vec<Gap>,
    /// The notes of all pages.
    pub notes: Vec<String>,
    /// The position of every page, in order; the last one is where the next pass starts.
    pub positions: Vec<Position>,
    /// The census of the last page.
    pub census: Option<Census>,
}

impl Drained {
    /// The ids of the records, in order.
    pub fn keys(&self) -> Vec<String> {
        self.records.iter().map(|record| record.native_id.clone()).collect()
    }
}

/// What a suite says the time is: far enough from any file that a test writes.
pub fn context(page_size: usize) -> PullContext {
    PullContext { now: Timestamp::from_second(4_000_000_000).expect("a year this side of 9999"), page_size }
}

/// The stream of a connector with this name.
pub fn stream(connector: &dyn Connector, name: &str) -> StreamSpec {
    let found = connector.streams().iter().find(|stream| stream.name == name);
    found.unwrap_or_else(|| panic!("the connector has no stream `{name}`")).clone()
}

/// Pulls from `from` until a pass ends.
pub async fn drain(
    connector: &dyn Connector,
    name: &str,
    from: &Position,
    page_size: usize,
) -> Result<Drained, PullError> {
    let stream = stream(connector, name);
    let mut drained = Drained::empty();
    let mut position = from.clone();
    for _ in 0..MOST_PAGES {
        let page = connector.pull(&stream, &position, context(page_size)).await?;
        position = page.next.clone();
        if !drained.take(page, page_size) {
            return Ok(drained);
        }
    }
    panic!("no end after {MOST_PAGES} pages: every page says that there is more");
}

/// Stops after every page, keeps the position as text only, goes on with a fresh connector, and compares with a run
/// that never stopped. Returns the ids of the records.
pub async fn resumes_anywhere(fresh: impl Fn() -> Box<dyn Connector>, name: &str, page_sizes: &[usize]) -> Vec<String> {
    let whole = drained(&*fresh(), name, WHOLE).await;
    for &page_size in page_sizes {
        let uninterrupted = drained(&*fresh(), name, page_size).await;
        same("without a stop", page_size, &whole, &uninterrupted);

        let mut stopped = Drained::empty();
        let mut text = String::new();
        loop {
            assert!(stopped.positions.len() < MOST_PAGES, "no end after {MOST_PAGES} pages of {page_size}");
            let connector = fresh();
            let stream = stream(&*connector, name);
            let pulled = connector.pull(&stream, &Position(text.clone()), context(page_size)).await;
            let page = pulled.unwrap_or_else(|error| panic!("page size {page_size}, from `{text}`: {}", chain(&error)));
            text = page.next.0.clone();
            if !stopped.take(page, page_size) {
                break;
            }
        }
        same("stopped after every page", page_size, &whole, &stopped);
    }
    whole.keys()
}

/// Pulls every page twice from the same position, from the same connector and from a fresh one.
pub async fn pulls_alike_twice(fresh: impl Fn() -> Box<dyn Connector>, name: &str) {
    let connector = fresh();
    let stream = stream(&*connector, name);
    let mut position = Position::default();
    for nth in 0..MOST_PAGES {
        let mut pages = Vec::new();
        let other = fresh();
        for source in [&connector, &connector, &other] {
            let pulled = source.pull(&stream, &position, context(3)).await;
            pages.push(pulled.unwrap_or_else(|error| panic!("page {nth}: {}", chain(&error))));
        }
        for again in &pages[1..] {
            alike(&pages[0], again, nth);
        }
        position = pages[0].next.clone();
        if !pages[0].more {
            return;
        }
    }
    panic!("no end after {MOST_PAGES} pages");
}

/// Positions that no version of the connector wrote, or a later one, are [`PullErrorKind::PositionExpired`]: no panic,
/// no guess, and no other error.
pub async fn survives_bad_positions(fresh: impl Fn() -> Box<dyn Connector>, name: &str) {
    let connector = fresh();
    let stream = stream(&*connector, name);
    let first = connector.pull(&stream, &Position::default(), context(1)).await;
    let good = first.unwrap_or_else(|error| panic!("the first page: {}", chain(&error))).next.0;
    let mut bad: Vec<String> =
        ["{}", "[]", "null", "0", "\"\"", "{", " ", "\u{0}", "{\"v\":null}", "💥"].map(str::to_owned).to_vec();
    bad.push("[".repeat(100_000));
    bad.push(later_version(&good));
    bad.push(format!("{good}{good}"));
    bad.extend((1..good.len()).filter(|at| good.is_char_boundary(*at)).map(|at| good[..at].to_owned()));
    for text in bad {
        let shown: String = text.chars().take(200).collect();
        match connector.pull(&stream, &Position(text), context(1)).await {
            Err(PullError { kind: PullErrorKind::PositionExpired, .. }) => {}
            Err(error) => panic!("position `{shown}`: {}", chain(&error)),
            Ok(_) => panic!("position `{shown}` was accepted"),
        }
    }
    let again = connector.pull(&stream, &Position(good), context(1)).await;
    again.unwrap_or_else(|error| panic!("a good position after bad ones: {}", chain(&error)));
}

/// A second pass over an unchanged source: no records, nothing unreadable, the same position, and every gap again.
pub async fn says_nothing_new(fresh: impl Fn() -> Box<dyn Connector>, name: &str) {
    let first = drained(&*fresh(), name, WHOLE).await;
    let end = first.positions.last().expect("a pass has a page");
    let second = drain(&*fresh(), name, end, WHOLE).await;
    let second = second.unwrap_or_else(|error| panic!("the second pass: {}", chain(&error)));
    assert_eq!(second.keys(), Vec::<String>::new(), "records of a source that did not change");
    assert_eq!(second.unreadable, [], "unreadable ones of a source that did not change");
    assert_eq!(second.positions, std::slice::from_ref(end), "the position after an idle pass");
    assert_eq!(second.gaps, first.gaps, "gaps that still stand");
    assert_eq!(second.census, first.census, "the census of a source that did not change");
}

/// Every record has an id and is one JSON object; logs are ordered, without repetition, and merge into themselves.
pub async fn payloads_are_sound(fresh: impl Fn() -> Box<dyn Connector>, name: &str) {
    for record in drained(&*fresh(), name, WHOLE).await.records {
        let (id, place, text) = (&record.native_id, &record.place, record.payload.as_str());
        assert!(!id.trim().is_empty(), "{place}: a record without an id");
        let json: serde_json::Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}: {text}"));
        assert!(json.is_object(), "{place}: no object: {text}");
        match record.form {
            Form::Snapshot | Form::Tombstone => {}
            Form::Log => {
                let rows = json["rows"].as_array().unwrap_or_else(|| panic!("{place}: no rows: {text}"));
                assert!(!rows.is_empty(), "{place}: a log without rows");
                let mut orders = rows.iter().map(|row| row[ORDER_MEMBER].as_str());
                assert!(orders.clone().all(|order| order.is_some()), "{place}: a row without order: {text}");
                assert!(orders.clone().is_sorted(), "{place}: rows are not in their order: {text}");
                let last = orders.next_back().flatten();
                assert_eq!(last, Some(record.version.as_str()), "{place}: the version is the last row's order");
                let merged = merge_logs(text, text).unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_eq!(merged, text, "{place}: a log merged into itself changes");
            }
        }
    }
}

/// Where the source can be counted, what it counts is what was delivered, unreadable or behind a gap.
pub async fn census_adds_up(fresh: impl Fn() -> Box<dyn Connector>, name: &str) {
    let drained = drained(&*fresh(), name, 3).await;
    let Some(census) = drained.census else { return };
    let (records, unreadable) = (drained.records.len() as u64, drained.unreadable.len() as u64);
    let missing: u64 = drained.gaps.iter().filter_map(|gap| gap.records).sum();
    assert_eq!(census.delivered, records, "delivered, as the census says and as pages did");
    assert_eq!(census.counted, records + unreadable + missing, "counted = delivered + unreadable + behind gaps");
}

/// Every suite of this module; what a whole pass delivered.
pub async fn passes_everything(fresh: impl Fn() -> Box<dyn Connector>, name: &str, page_sizes: &[usize]) -> Drained {
    resumes_anywhere(&fresh, name, page_sizes).await;
    pulls_alike_twice(&fresh, name).await;
    survives_bad_positions(&fresh, name).await;
    says_nothing_new(&fresh, name).await;
    payloads_are_sound(&fresh, name).await;
    census_adds_up(&fresh, name).await;
    drained(&*fresh(), name, WHOLE).await
}

impl Drained {
    fn empty() -> Self {
        let (records, unreadable, gaps, notes, positions) = Default::default();
        Self { records, unreadable, gaps, notes, positions, census: None }
    }

    /// Takes in a page; whether the pass goes on.
    fn take(&mut self, page: Page, page_size: usize) -> bool {
        assert!(page.records.len() <= page_size, "{} records on a page of {page_size}", page.records.len());
        assert!(page.progress_permille.is_none_or(|permille| permille <= 1000), "progress beyond 1000");
        assert!(!page.next.0.is_empty(), "a position after a page is never the one before the first");
        let is_stuck = page.more && page.records.is_empty() && self.positions.last() == Some(&page.next);
        assert!(!is_stuck, "a page without records that says there is more at the same position");
        self.records.extend(page.records);
        self.unreadable.extend(page.unreadable);
        self.notes.extend(page.notes);
        self.gaps = page.gaps;
        self.census = page.census;
        self.positions.push(page.next);
        page.more
    }
}

async fn drained(connector: &dyn Connector, name: &str, page_size: usize) -> Drained {
    let drained = drain(connector, name, &Position::default(), page_size).await;
    drained.unwrap_or_else(|error| panic!("a whole pass in pages of {page_size}: {}", chain(&error)))
}

fn same(how: &str, page_size: usize, whole: &Drained, other: &Drained) {
    let told = |drained: &Drained| -> Vec<(String, String, String)> {
        let told =
            |record: &RawRecord| (record.native_id.clone(), record.version.clone(), record.payload.as_str().to_owned());
        drained.records.iter().map(told).collect()
    };
    assert_eq!(told(whole), told(other), "records, {how}, page size {page_size}");
    assert_eq!(whole.unreadable, other.unreadable, "unreadable ones, {how}, page size {page_size}");
    assert_eq!(whole.gaps, other.gaps, "gaps, {how}, page size {page_size}");
    assert_eq!(whole.notes, other.notes, "notes, {how}, page size {page_size}");
    assert_eq!(whole.positions.last(), other.positions.last(), "the last position, {how}, page size {page_size}");
    assert_eq!(whole.census, other.census, "the census, {how}, page size {page_size}");
}

fn alike(page: &Page, again: &Page, nth: usize) {
    assert_eq!(page.records, again.records, "the records of page {nth}, pulled again");
    assert_eq!(page.unreadable, again.unreadable, "the unreadable ones of page {nth}, pulled again");
    assert_eq!(page.gaps, again.gaps, "the gaps of page {nth}, pulled again");
    assert_eq!(page.next, again.next, "the position after page {nth}, pulled again");
    assert_eq!((page.more, page.census), (again.more, again.census), "the end of page {nth}, pulled again");
}

/// The same position as a later version of the connector would write it.
fn later_version(position: &str) -> String {
    let mut json: serde_json::Value = serde_json::from_str(position).expect("a position is JSON");
    let version = json.get_mut("v").expect("a position has its version in `v`");
    *version = serde_json::json!(version.as_u64().expect("a version is a number") + 1);
    json.to_string()
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
