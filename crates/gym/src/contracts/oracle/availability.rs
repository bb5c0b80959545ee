//! AVL-01 to AVL-06, CHG-10, SUP-09.

use super::{Look, Tally, Truth};
use crate::contracts::Thing;
use crate::contracts::calendar::{ROUND, seconds};

const WHOSE: [&str; 2] = ["supplier_party", "owner_party"];

/// The live services, each with its calendar.
fn live<'a>(look: &Look<'a>) -> Vec<(&'a Thing, &'a str)> {
    let live = look.of("service").filter(|thing| thing.state() == "live" && look.is_of(thing, &WHOSE));
    live.map(|thing| (thing, thing.text("calendar").unwrap_or(ROUND))).collect()
}

fn items<'a>(look: &Look<'a>, service: &'a Thing) -> impl Iterator<Item = &'a Thing> {
    look.of("configuration_item").filter(move |item| item.text("service") == Some(&*service.id))
}

/// Outages of one of these, as far as they lie in the window.
fn times(look: &Look<'_>, of: &[&str], sort: &str, is_asked: impl Fn(&Thing) -> bool) -> Vec<(i64, i64)> {
    let named = |outage: &Thing| {
        ["service", "configuration_item"].iter().any(|field| outage.text(field).is_some_and(|id| of.contains(&id)))
    };
    let all = look.of("outage").filter(|outage| outage.text("outage_type") == Some(sort));
    let all = all.filter(|outage| named(outage) && is_asked(outage));
    let clipped = all.filter_map(|outage| {
        let began = outage.at("began_at")?.max(look.from());
        let ended = outage.at("ended_at").unwrap_or(look.to()).min(look.to());
        (began < ended).then_some((began, ended))
    });
    clipped.collect()
}

/// Pieces that do not overlap.
fn pieces(mut times: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    times.sort_unstable();
    let mut pieces: Vec<(i64, i64)> = Vec::new();
    for (from, to) in times {
        match pieces.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => pieces.push((from, to)),
        }
    }
    pieces
}

fn down(calendar: &str, pieces: &[(i64, i64)]) -> f64 {
    pieces.iter().map(|(from, to)| seconds(calendar, *from, *to) as f64).sum()
}

/// Agreed time, time without service, failures, services.
fn sums(look: &Look<'_>) -> (f64, f64, f64, usize) {
    let services = live(look);
    let (mut agreed, mut lost, mut failures) = (0.0, 0.0, 0.0);
    for (service, calendar) in &services {
        let mut of: Vec<&str> = vec![&service.id];
        of.extend(items(look, service).map(|item| &*item.id));
        let pieces = pieces(times(look, &of, "unplanned", |_| true));
        agreed += seconds(calendar, look.from(), look.to()) as f64;
        lost += down(calendar, &pieces);
        failures += pieces.iter().filter(|(from, _)| *from > look.from()).count() as f64;
    }
    (agreed, lost, failures, services.len())
}

pub(super) fn service(look: &Look<'_>) -> Truth {
    let (agreed, lost, _, n) = sums(look);
    Truth::ratio(100.0 * (agreed - lost), agreed, n)
}

pub(super) fn end_to_end(look: &Look<'_>) -> Truth {
    let mut tally = Tally::default();
    for (service, calendar) in live(look) {
        let agreed = seconds(calendar, look.from(), look.to()) as f64;
        let mut share = 100.0;
        for item in items(look, service) {
            let pieces = pieces(times(look, &[&item.id], "unplanned", |_| true));
            share *= (agreed - down(calendar, &pieces)) / agreed;
        }
        tally.amounts.push(share);
    }
    tally.mean()
}

pub(super) fn restore(look: &Look<'_>) -> Truth {
    let (_, lost, failures, n) = sums(look);
    Truth::ratio(lost, failures, n)
}

pub(super) fn between_failures(look: &Look<'_>) -> Truth {
    let (agreed, lost, failures, n) = sums(look);
    Truth::ratio(agreed - lost, failures, n)
}

pub(super) fn between_incidents(look: &Look<'_>) -> Truth {
    let (agreed, _, failures, n) = sums(look);
    Truth::ratio(agreed, failures, n)
}

pub(super) fn outages(look: &Look<'_>) -> Truth {
    let unplanned = look.of("outage").filter(|outage| outage.text("outage_type") == Some("unplanned"));
    Truth::number(unplanned.filter(|outage| look.has(outage, "began_at") && look.is_of(outage, &WHOSE)).count())
}

pub(super) fn by_changes(look: &Look<'_>) -> Truth {
    let services = live(look);
    let (mut agreed, mut lost) = (0.0, 0.0);
    for (service, calendar) in &services {
        let mut of: Vec<&str> = vec![&service.id];
        of.extend(items(look, service).map(|item| &*item.id));
        agreed += seconds(calendar, look.from(), look.to()) as f64;
        lost += down(calendar, &pieces(times(look, &of, "unplanned", |outage| outage.says("change"))));
    }
    Truth::ratio(100.0 * lost, agreed, services.len())
}

pub(super) fn components(look: &Look<'_>) -> Truth {
    let all = look.of("configuration_item").filter(|item| item.state() == "live" && item.says("supplier_party"));
    let items: Vec<&Thing> = all.filter(|item| look.is_of(item, &["supplier_party"])).collect();
    let lost: f64 =
        items.iter().map(|item| down(ROUND, &pieces(times(look, &[&item.id], "unplanned", |_| true)))).sum();
    let agreed = (look.to() - look.from()) as f64 * items.len() as f64;
    Truth::ratio(100.0 * (agreed - lost), agreed, items.len())
}
