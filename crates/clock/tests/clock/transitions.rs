//! Every change of every zone's clocks from 2015 to 2035, and some of the plans that are hard at one.

use crate::agreement::compare;
use crate::simulator::{Minutes, Plan, walls};
use jiff::Timestamp;
use jiff::civil::{Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::BTreeSet;

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn every_day(hours: &[Minutes]) -> Vec<(Weekday, Minutes)> {
    DAYS.iter().flat_map(|day| hours.iter().map(|minutes| (*day, *minutes))).collect()
}

/// Around the clock; a night shift; office hours with a break; slivers that a repeated hour doubles and a gap swallows,
/// by the hour and by the half hour; and weeks that change, with holidays, on the dates of many changes.
pub(crate) fn plans() -> Vec<Plan> {
    let office = DAYS[..5].iter().flat_map(|day| [(*day, (480, 720)), (*day, (765, 1020))]).collect::<Vec<_>>();
    let slivers: Vec<Minutes> = (0..24).map(|hour| (hour * 60 + 10, hour * 60 + 25)).collect();
    let edges: Vec<Minutes> = vec![(0, 30), (60, 61), (120, 180), (1410, 1440)];
    let mut mixed = Plan::weekly(&[]);
    mixed.periods = (2015..2036)
        .map(|year| {
            let hours = if year % 2 == 0 { every_day(&edges) } else { every_day(&[(1320, 360)]) };
            // Nothing is known of each February.
            (Some(date(year, 3, 1)), Some(date(year + 1, 2, 1)), hours)
        })
        .collect();
    for year in 2015..2036 {
        for (month, day) in [(3, 8), (3, 9), (3, 26), (3, 29), (4, 1), (10, 1), (10, 25), (11, 1)] {
            mixed.closings.push((date(year, month, day), (0, 1440)));
            mixed.extras.push((date(year, month, day), (1425, 200)));
        }
    }
    vec![
        Plan::weekly(&every_day(&[(0, 1440)])),
        Plan::weekly(&every_day(&[(1320, 360)])),
        Plan::weekly(&office),
        Plan::weekly(&every_day(&slivers)),
        Plan::weekly(&every_day(&edges)),
        mixed,
    ]
}

pub(crate) struct Walked {
    pub(crate) zones: usize,
    pub(crate) transitions: usize,
    pub(crate) comparisons: usize,
}

/// Every transition of a zone, with the offset after it.
fn changes(zone: &TimeZone) -> Vec<(i64, i32)> {
    let bound = |year: i16| date(year, 1, 1).to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
    let all = zone.following(bound(2015)).map(|change| (change.timestamp(), change.offset().seconds()));
    let (first, end) = (zone.to_offset(bound(2015)).seconds(), bound(2036));
    let all = all.take_while(|(at, _)| *at < end).map(|(at, offset)| (at.as_second(), offset));
    std::iter::once((0, first)).chain(all).collect()
}

/// Walks the minutes around every transition of every zone. Zones that differ in nothing but their name are walked once
/// where `once`.
pub(crate) fn walk(hours_around: i64, step: usize, once: bool) -> Walked {
    let database = TimeZoneDatabase::bundled();
    let mut seen = BTreeSet::new();
    let mut walked = Walked { zones: 0, transitions: 0, comparisons: 0 };
    for name in database.available() {
        let zone = database.get(name.as_str()).unwrap();
        let changes = changes(&zone);
        if !seen.insert(changes.clone()) && once {
            continue;
        }
        walked.zones += 1;
        let plans: Vec<_> =
            plans().into_iter().map(|plan| (plan.rules(zone.clone()).compile().unwrap(), plan)).collect();
        for (at, _) in &changes[1..] {
            walked.transitions += 1;
            let from = Timestamp::from_second((at - hours_around * 3600).div_euclid(60) * 60).unwrap();
            let walls = walls(&zone, from, usize::try_from(hours_around * 120).unwrap());
            // From other minutes at every transition, so that all together leave none out.
            let starts: Vec<usize> = (walked.transitions * 37 % step..walls.len()).step_by(step).collect();
            for (calendar, plan) in &plans {
                walked.comparisons += compare(calendar, plan, from, &walls, &starts);
            }
        }
    }
    walked
}

#[test]
fn every_transition_of_every_zone_is_counted_as_the_wall_clock_shows_it() {
    let walked = walk(13, 211, true);
    println!("{} zones, {} transitions, {} comparisons", walked.zones, walked.transitions, walked.comparisons);
    assert!(walked.zones > 100 && walked.transitions > 1_800, "the bundled database has that many");
}
