//! Whether a calendar says what the simulator says.

use crate::simulator::{Plan, Simulated};
use counterfoil_clock::{Calendar, NoInstant, Service};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use std::time::Duration;

/// Every minute's service, every piece, and the sums and instants from some minutes (`starts`) to some others. Returns the
/// number of comparisons.
pub(crate) fn compare(
    calendar: &Calendar,
    plan: &Plan,
    from: jiff::Timestamp,
    walls: &[DateTime],
    starts: &[usize],
) -> usize {
    let simulated = Simulated::new(plan, from, walls);
    let name = calendar.zone().iana_name().unwrap_or("a fixed offset").to_owned();
    let minutes = walls.len();
    let mut compared = pieces(calendar, &simulated, &name);
    for &begin in starts.iter().filter(|begin| **begin < minutes) {
        let start = simulated.at(begin);
        let told = || format!("{name} {start} {plan:?}");
        assert_eq!(calendar.service_at(start), simulated.services[begin], "{}", told());
        // The distances grow by a factor, so that every size of them is tried from every minute.
        let mut distance = 1;
        while begin + distance <= minutes {
            let end = begin + distance;
            let bounds = calendar.between(start, simulated.at(end));
            let open = simulated.open(begin, end);
            assert_eq!(bounds.lowest, SignedDuration::from_mins(open), "{} to {}", told(), simulated.at(end));
            let highest = open + simulated.unknown(begin, end);
            assert_eq!(bounds.highest, SignedDuration::from_mins(highest), "{} to {}", told(), simulated.at(end));
            inverse(calendar, &simulated, begin, open, &told);
            compared += 3;
            distance = distance * 7 / 4 + 1;
        }
    }
    compared
}

/// The instants at which so many minutes are used up, where the simulated stretch has them.
fn inverse(calendar: &Calendar, simulated: &Simulated, begin: usize, open: i64, told: &dyn Fn() -> String) {
    let start = simulated.at(begin);
    let duration = Duration::from_secs(60 * open.unsigned_abs());
    let expected = |minute: Option<usize>| {
        minute.map(|minute| match simulated.unknown(begin, minute) {
            0 => Ok(simulated.at(minute)),
            _ => Err(NoInstant::Unknown),
        })
    };
    if let Some(first) = expected(simulated.first(begin, open)) {
        assert_eq!(calendar.after(start, duration), first, "{} after {open}", told());
    }
    if let Some(last) = expected(simulated.last(begin, open)) {
        assert_eq!(calendar.last_within(start, duration), last, "{} within {open}", told());
    }
}

fn pieces(calendar: &Calendar, simulated: &Simulated, name: &str) -> usize {
    let mut runs: Vec<(Service, usize)> = Vec::new();
    for service in &simulated.services {
        match runs.last_mut() {
            Some((last, count)) if last == service => *count += 1,
            _ => runs.push((*service, 1)),
        }
    }
    let all = calendar.pieces(simulated.at(0), simulated.at(simulated.services.len()));
    let told: Vec<_> = all
        .map(|piece| {
            let secs = piece.until.as_second() - piece.from.as_second();
            (piece.service, usize::try_from(secs / 60).unwrap())
        })
        .collect();
    assert_eq!(told, runs, "{name} {}", simulated.at(0));
    runs.len()
}
