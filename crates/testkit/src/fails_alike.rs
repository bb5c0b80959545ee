//! What every connector that speaks HTTP does when its source fails.
//!
//! A reverse proxy stands in front of a server that works. It breaks every request of a pass in turn, from that one on
//! and that one only, in every way of this table; the same for `check`.
//!
//! | what comes instead of the answer | what has to come of it |
//! |---|---|
//! | 401, 403, 410 | `StopAndReport` |
//! | 429 with `Retry-After: 7` | `RetryAfter(7 s)` |
//! | 429 without a wait, 500, 503 | `RetryWithBackoff` |
//! | a login page with 200, also one labelled as JSON | `StopAndReport` |
//! | JSON of another shape with 200 | `StopAndReport` |
//! | JSON cut in the middle, a body shorter than its `Content-Length` | `RetryWithBackoff` |
//!
//! A pass may also end with exactly the records that it has without a fault, because the connector asked again or asked
//! for less. What it must not do is end with other or fewer records, or ask for the same thing over and over.
//! A 403 on a table that stands beside the records may leave the pass with less, where a gap of the pass says so.
//! Error bodies and pages show the request's `Authorization`: no error may repeat it, nor the canary.
//!
//! The client of the connector should have limits that make it wait for nothing: `first_wait` zero, `longest_wait` below 7 s.

use crate::reverse_proxy::{Mode, ReverseProxy, Span};
use crate::suites::{Drained, chain, drain};
use counterfoil_record::Position;
use counterfoil_sdk::{Connector, Policy, PullError};
use std::collections::BTreeSet;
use std::time::Duration;
use url::Url;

/// Requests of a pass that are broken; more than these are chosen evenly.
const MOST_BROKEN: usize = 16;

/// Times that one broken request may be sent before it is an error.
const MOST_REPEATS: usize = 8;

/// Records of a page, so that a pass has a few.
const PAGE_SIZE: usize = 3;

/// Every way of breaking, and what has to come of it.
const TABLE: &[(Mode, Policy)] = &[
    (Mode::Status(401), Policy::StopAndReport),
    (Mode::Status(403), Policy::StopAndReport),
    (Mode::Status(410), Policy::StopAndReport),
    (Mode::WaitSeven, Policy::RetryAfter(Duration::from_secs(7))),
    (Mode::Status(429), Policy::RetryWithBackoff),
    (Mode::Status(500), Policy::RetryWithBackoff),
    (Mode::Status(503), Policy::RetryWithBackoff),
    (Mode::Page, Policy::StopAndReport),
    (Mode::LabelledPage, Policy::StopAndReport),
    (Mode::WrongJson, Policy::StopAndReport),
    (Mode::CutJson, Policy::RetryWithBackoff),
    (Mode::CutBody, Policy::RetryWithBackoff),
];

/// Breaks every request of a pass over `stream`, and of a check, in every way, and compares with what is documented above.
///
/// `connect` makes a fresh connector for the server at an address; `canary` is in its secret.
pub async fn fails_alike(server: &Url, connect: impl Fn(&Url) -> Box<dyn Connector>, stream: &str, canary: &str) {
    let proxy = ReverseProxy::start(server).await;
    let whole = pass(&*connect(&proxy.url), stream).await;
    let whole = whole.unwrap_or_else(|error| panic!("a pass without a fault: {}", chain(&error)));
    let (requests, _) = proxy.counts();
    assert!(requests > 0, "a pass over `{stream}` sends no request through the address that it is given");

    proxy.plan(None);
    let checked = connect(&proxy.url).check().await;
    checked.unwrap_or_else(|error| panic!("a check without a fault: {}", chain(&error)));
    let (check_requests, _) = proxy.counts();
    assert!(check_requests > 0, "a check sends no request through the address that it is given");

    for &(mode, policy) in TABLE {
        for span in spans(requests) {
            proxy.plan(Some((span, mode)));
            let outcome = pass(&*connect(&proxy.url), stream).await;
            let what = format!("{mode:?}, request {span:?} of {requests} of a pass");
            match outcome {
                Ok(pass) => assert!(
                    pass.records == whole.records || (mode == Mode::Status(403) && pass.gaps.len() > whole.gaps.len()),
                    "{what}: the pass ends with {} records and no error, and without the fault it has {}",
                    pass.records.len(),
                    whole.records.len()
                ),
                Err(error) => {
                    fails_as(&error, policy, &what);
                    is_discreet(&error, canary, &proxy.credentials(), &what);
                }
            }
            is_quiet(&proxy, &what);
        }
        for span in spans(check_requests) {
            proxy.plan(Some((span, mode)));
            let outcome = connect(&proxy.url).check().await;
            let what = format!("{mode:?}, request {span:?} of {check_requests} of a check");
            match (outcome, span) {
                (Err(error), _) => {
                    fails_as(&error, policy, &what);
                    is_discreet(&error, canary, &proxy.credentials(), &what);
                }
                (Ok(()), Span::Once(_)) => {}
                (Ok(()), Span::From(_)) => panic!("{what}: the check is content"),
            }
            is_quiet(&proxy, &what);
        }
    }
}

async fn pass(connector: &dyn Connector, stream: &str) -> Result<Drained, PullError> {
    drain(connector, stream, &Position::default(), PAGE_SIZE).await
}

/// Every request, or as many as are broken at most, the first and the last one among them.
fn spans(requests: usize) -> Vec<Span> {
    let last = requests.saturating_sub(1);
    let chosen: BTreeSet<usize> = match requests <= MOST_BROKEN {
        true => (0..requests).collect(),
        false => (0..MOST_BROKEN).map(|nth| nth * last / (MOST_BROKEN - 1)).collect(),
    };
    chosen.into_iter().flat_map(|nth| [Span::From(nth), Span::Once(nth)]).collect()
}

fn fails_as(error: &PullError, policy: Policy, what: &str) {
    let found = error.kind.policy();
    assert!(found == policy, "{what}: {found:?} instead of {policy:?}: {}", chain(error));
}

fn is_quiet(proxy: &ReverseProxy, what: &str) {
    let (_, broken) = proxy.counts();
    assert!(broken > 0, "{what}: the request was not sent again in the second pass");
    assert!(broken <= MOST_REPEATS, "{what}: the broken request was sent {broken} times");
}

fn is_discreet(error: &PullError, canary: &str, secrets: &[String], what: &str) {
    let told = format!("{}\n{error:?}\n{error:#?}", chain(error));
    let values = secrets.iter().filter_map(|secret| secret.split_whitespace().next_back());
    for secret in values.chain([canary]) {
        assert!(!told.contains(secret), "{what}: the error has a secret in it: {}", told.replace(secret, "<SECRET>"));
    }
}
