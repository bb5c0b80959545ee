//! The master assertion: whatever is wrong with a site, after a quiet while and one more pass what is held is what is true.

use crate::support::{EDITIONS, Held, act, agrees, connect, section, serve, settle, true_marks};
use counterfoil_gym::Dice;
use counterfoil_gym::jira::{Edition, Instance, SCOPE, Switches};
use std::collections::{BTreeMap, BTreeSet};

/// Switches that take away what a reader needs to be complete; each has a test of its own.
const OF_THEIR_OWN: &[&str] = &[
    "index-lag-hours",
    "token-repeats",
    "truncation-warned",
    "search-gone",
    "fields-missing",
    "anonymous",
    "credentials-lapse",
    "captcha",
    "scoped-token",
    "basic-disabled",
    "comments-denied",
    "changelog-denied",
    "login-page",
    "html-as-json",
];

/// A life of a site under a reader: passes between changes, then quiet.
async fn lives(edition: Edition, switches: Switches, seed: u64, page_size: usize, what: &str) {
    let scope = SCOPE;
    let server = serve(Instance::random(edition, seed, 24), switches.clone()).await;
    let more = format!("jql = {scope:?}");
    let text = section(&server.url(), edition, &more);
    let mut held = Held::default();
    let mut dice = Dice::new(seed, 7);
    // Who was out of sight and is shown again was not updated by that: a census finds those.
    let begun = act(&server, |instance| instance.oracle());
    let mut out_of_sight: BTreeSet<String> = begun.hidden.into_iter().chain(begun.archived).collect();
    for _ in 0..6 {
        let connector = connect(&text);
        held.pass(&*connector, page_size).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        for _ in 0..dice.below(8) {
            act(&server, |instance| {
                let step = instance.mutate(&mut dice);
                if matches!(step.what, "hide" | "archive") {
                    out_of_sight.insert(step.id);
                }
                instance.advance_millis(dice.below(40_000) as i64);
            });
        }
    }
    let moves = switches.moving_every > 0;
    server.set_switches(Switches { moving_every: 0, ..switches });
    settle(&server);
    let connector = connect(&text);
    held.pass(&*connector, page_size).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let truth = act(&server, |instance| instance.oracle_within(scope));
    let of = |marks: &BTreeMap<&str, String>| -> Vec<(String, String)> {
        marks.iter().map(|(id, mark)| ((*id).to_owned(), mark.clone())).collect()
    };
    // On a site that moves by itself nobody tells who was out of sight.
    let marks = held.marks();
    for (id, mark) in of(&true_marks(&truth)).into_iter().filter(|(id, _)| !moves && !out_of_sight.contains(id)) {
        assert_eq!(marks.get(id.as_str()), Some(&mark.as_str()), "{what}: issue {id} after a quiet pass");
    }
    // Who left is found by two censuses, whoever changed without a mark when everything is read again.
    for _ in 0..2 {
        held.census(&*connector).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    }
    held.position = Default::default();
    held.pass(&*connect(&text), page_size).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let mut inside = held;
    inside.records.retain(|id, _| !truth.outside.contains(id));
    agrees(&inside, &truth, what);
}

#[tokio::test(start_paused = true)]
async fn a_site_as_documented() {
    for edition in EDITIONS {
        for (seed, page_size) in [(1, 1), (2, 2), (3, 23), (4, 24), (5, 25), (6, 100)] {
            lives(edition, Switches::default(), seed, page_size, &format!("{edition:?}, pages of {page_size}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_switch_by_itself() {
    for edition in EDITIONS {
        for (nth, (name, fact)) in Switches::names().filter(|(name, _)| !OF_THEIR_OWN.contains(name)).enumerate() {
            let page_size = [1, 3, 10, 100][nth % 4];
            let what = format!("{edition:?}, {name} ({fact}), pages of {page_size}");
            lives(edition, Switches::by_name(name).unwrap(), 20 + nth as u64, page_size, &what).await;
        }
    }
}
