//! A calendar on the line of its own wall clock, in seconds since 1970-01-01 00:00 there. Knows no zone: what a wall clock
//! shows twice or never is the business of `zoned.rs`.

use crate::calendar::hours::DAY_SECS;
use crate::calendar::pattern::{Pattern, union, without};
use crate::calendar::rules::{CalendarError, CalendarRules, Dated, MOST_ENTRIES, Period, Week};
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = DAY_SECS as i64;
const WEEK: i64 = 7 * DAY;
/// The Monday after 1970-01-01.
const A_MONDAY: i64 = 4;
/// Before the first and after the last day of any wall clock (`Timestamp::MIN` and `MAX`, with every offset).
const FIRST_DAY: i64 = -4_373_000;
const LAST_DAY: i64 = 2_934_000;

/// From where on a pattern holds.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: i64,
    /// Open seconds of the line before it.
    base: i64,
    pattern: usize,
    /// Open seconds of the pattern before it.
    begun: i64,
}

/// A set of seconds on a line: patterns that take turns. Asked in O(log runs).
#[derive(Debug, Clone)]
pub(crate) struct Line {
    runs: Vec<Run>,
    patterns: Vec<Pattern>,
}

/// What is open, and what no period says anything about; `None` where there is no such time.
pub(crate) fn lines(rules: &CalendarRules) -> Result<(Line, Option<Line>), CalendarError> {
    let hours = rules.periods.iter().map(|period| period.week.hours.len()).sum::<usize>();
    if hours + rules.periods.len() + rules.closings.len() + rules.extras.len() > MOST_ENTRIES {
        return Err(CalendarError::TooLarge);
    }
    let closings = by_day(&rules.closings);
    let extras = by_day(&rules.extras);
    let odd_days: BTreeSet<i64> = closings.keys().chain(extras.keys()).copied().collect();
    let of = |dated: &BTreeMap<i64, Vec<(i64, i64)>>, day| union(dated.get(&day).cloned().unwrap_or_default());

    let mut open = Line { runs: Vec::new(), patterns: vec![Pattern::never()] };
    let mut unknown = Line { runs: Vec::new(), patterns: vec![Pattern::never(), Pattern::always()] };
    open.begin(FIRST_DAY, 0);
    unknown.begin(FIRST_DAY, 1);
    for (from, until, week) in periods(&rules.periods)? {
        unknown.begin(from, 0);
        unknown.begin(until, 1);
        let week = weekly(week);
        let weekly = open.with(week.clone());
        open.begin(from, weekly);
        for &day in odd_days.range(from..until) {
            let mut left = without(&of_day(&week, day), &of(&closings, day));
            left.extend(of(&extras, day));
            let odd = if left.is_empty() { 0 } else { open.with(Pattern::new(0, DAY, left)) };
            open.begin(day, odd);
            open.begin(day + 1, weekly);
        }
        open.begin(until, 0);
    }
    let has_unknown = unknown.runs.iter().any(|run| run.pattern == 1 && run.from < LAST_DAY * DAY);
    Ok((open, has_unknown.then_some(unknown)))
}

impl Line {
    fn with(&mut self, pattern: Pattern) -> usize {
        self.patterns.push(pattern);
        self.patterns.len() - 1
    }

    /// From this day on another pattern holds. One that began on the same day never holds.
    fn begin(&mut self, day: i64, pattern: usize) {
        let from = day * DAY;
        if self.runs.last().is_some_and(|last| last.from == from) {
            self.runs.pop();
        }
        let base = self.runs.last().map_or(0, |last| last.base + self.open_in(last, from));
        let begun = self.patterns[pattern].cumulative(from);
        self.runs.push(Run { from, base, pattern, begun });
    }

    /// Open seconds from the beginning of a run to a moment in it.
    fn open_in(&self, run: &Run, at: i64) -> i64 {
        self.patterns[run.pattern].cumulative(at) - run.begun
    }

    /// The number of the run that holds at a moment; of the first one before it.
    fn run_at(&self, at: i64) -> usize {
        self.runs.partition_point(|run| run.from <= at).saturating_sub(1)
    }

    /// Open seconds before a moment.
    pub(crate) fn cumulative(&self, at: i64) -> i64 {
        let run = &self.runs[self.run_at(at)];
        run.base + self.open_in(run, at)
    }

    /// The end of the open piece that has the second from `at` on; `None` where that is closed. The next piece may begin
    /// where it ends.
    pub(crate) fn open_until(&self, at: i64) -> Option<i64> {
        let number = self.run_at(at);
        let end = self.patterns[self.runs[number].pattern].open_until(at)?;
        Some(self.runs.get(number + 1).map_or(end, |next| end.min(next.from)))
    }

    /// The first moment before which there are `open` seconds; `None` where there are never as many.
    pub(crate) fn first_at(&self, open: i64) -> Option<i64> {
        let Some(number) = self.runs.partition_point(|run| run.base < open).checked_sub(1) else {
            return Some(self.runs[0].from);
        };
        self.in_run(number, open, Pattern::first_at)
    }

    /// The last moment before which there are no more than `open` seconds; `None` where there are never more.
    pub(crate) fn last_at(&self, open: i64) -> Option<i64> {
        let number = self.runs.partition_point(|run| run.base <= open).checked_sub(1)?;
        self.in_run(number, open, Pattern::last_at)
    }

    fn in_run(&self, number: usize, open: i64, ask: fn(&Pattern, i64) -> Option<i64>) -> Option<i64> {
        let run = &self.runs[number];
        let pattern = &self.patterns[run.pattern];
        ask(pattern, open - run.base + run.begun)
    }

    /// The seconds that all open days of the weeks have in common; `None` where they differ or none is open.
    pub(crate) fn usual_day(weeks: &[Period]) -> Option<i64> {
        let lengths: BTreeSet<i64> = weeks
            .iter()
            .flat_map(|period| {
                let week = weekly(&period.week);
                (0..7).map(move |day| of_day(&week, A_MONDAY + day).iter().map(|(from, until)| until - from).sum())
            })
            .filter(|length| *length > 0)
            .collect();
        let mut lengths = lengths.into_iter();
        lengths.next().filter(|_| lengths.next().is_none())
    }
}

fn weekly(week: &Week) -> Pattern {
    let hours = week.hours.iter().map(|(weekday, hours)| {
        let (from, until) = hours.secs();
        let midnight = i64::from(weekday.to_monday_zero_offset()) * DAY;
        (midnight + i64::from(from), midnight + i64::from(until))
    });
    Pattern::new(A_MONDAY * DAY, WEEK, hours)
}

/// What a week opens on a day, in seconds of the day.
fn of_day(week: &Pattern, day: i64) -> Vec<(i64, i64)> {
    let midnight = (day - A_MONDAY).rem_euclid(7) * DAY;
    let parts = week.intervals().map(|(from, until)| ((from - midnight).max(0), (until - midnight).min(DAY)));
    parts.filter(|(from, until)| from < until).collect()
}

/// By the day on which the wall clock shows it: what goes over midnight is of two days.
fn by_day(dated: &[Dated]) -> BTreeMap<i64, Vec<(i64, i64)>> {
    let mut days: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for Dated { date, hours } in dated {
        let (from, until) = (i64::from(hours.secs().0), i64::from(hours.secs().1));
        let day = day_of(*date);
        days.entry(day).or_default().push((from, until.min(DAY)));
        if until > DAY {
            days.entry(day + 1).or_default().push((0, until - DAY));
        }
    }
    days
}

fn day_of(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_secs().div_euclid(DAY)
}

/// In order, apart from each other.
fn periods(all: &[Period]) -> Result<Vec<(i64, i64, &Week)>, CalendarError> {
    let mut sorted: Vec<&Period> = all.iter().collect();
    sorted.sort_by_key(|period| period.from);
    for period in &sorted {
        if let (Some(from), Some(until)) = (period.from, period.until)
            && until <= from
        {
            return Err(CalendarError::EmptyPeriod { from, until });
        }
    }
    for pair in sorted.windows(2) {
        let next = pair[1].from.unwrap_or(Date::MIN);
        if pair[0].until.is_none_or(|until| until > next) {
            return Err(CalendarError::Overlap(next));
        }
    }
    if sorted.is_empty() {
        return Err(CalendarError::NoPeriod);
    }
    let day = |date: Option<Date>, open| date.map_or(open, day_of);
    Ok(sorted.iter().map(|one| (day(one.from, FIRST_DAY), day(one.until, LAST_DAY), &one.week)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;
    use jiff::tz::TimeZone;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap()
    }

    fn period(from: Option<Date>, until: Option<Date>) -> Period {
        Period { from, until, week: Week::working_days(hours("08:00-17:00")) }
    }

    fn with(periods: Vec<Period>) -> Result<(Line, Option<Line>), CalendarError> {
        lines(&CalendarRules { periods, ..CalendarRules::weekly(TimeZone::UTC, Week::closed()) })
    }

    #[test]
    fn periods_that_contradict_each_other_are_refused() {
        let (a, b, c) = (date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1));
        assert_eq!(with(vec![]).unwrap_err(), CalendarError::NoPeriod);
        assert_eq!(with(vec![period(Some(b), Some(a))]).unwrap_err(), CalendarError::EmptyPeriod { from: b, until: a });
        assert_eq!(with(vec![period(Some(b), Some(c)), period(None, Some(c))]).unwrap_err(), CalendarError::Overlap(b));
        assert_eq!(with(vec![period(None, None), period(None, None)]).unwrap_err(), CalendarError::Overlap(Date::MIN));
        assert!(with(vec![period(Some(b), None), period(None, Some(b))]).unwrap().1.is_none());
        assert!(with(vec![period(Some(b), None)]).unwrap().1.is_some());
    }

    #[test]
    fn closings_cut_the_wall_clock_and_extra_hours_go_before_them() {
        let mut rules = CalendarRules::weekly(TimeZone::UTC, Week::working_days(hours("22:00-06:00")));
        let wednesday = date(2026, 11, 25);
        rules.closings.push(Dated::whole(wednesday));
        rules.extras.push(Dated { date: wednesday, hours: hours("20:00-23:00") });
        let (line, _) = lines(&rules).unwrap();
        let day = day_of(wednesday) * DAY;
        let open = |from: i64, until: i64| line.cumulative(day + until * 3600) - line.cumulative(day + from * 3600);
        assert_eq!(open(-3, 0), 2 * 3600, "Tuesday's night begins");
        assert_eq!(open(0, 19), 0, "and is cut at midnight");
        assert_eq!(open(19, 24), 3 * 3600, "the extra hours");
        assert_eq!(open(24, 48), 8 * 3600, "what the wall clock shows on Thursday is Thursday's");
    }

    #[test]
    fn a_usual_day_is_what_all_open_days_have_in_common() {
        let usual = |week: Week| Line::usual_day(&[Period { from: None, until: None, week }]);
        assert_eq!(usual(Week::working_days(hours("08:00-16:00"))), Some(8 * 3600));
        assert_eq!(usual(Week::always()), Some(DAY));
        assert_eq!(usual(Week::closed()), None);
        let saturday = [jiff::civil::Weekday::Saturday];
        assert_eq!(usual(Week::working_days(hours("08:00-16:00")).open(&saturday, hours("08:00-12:00"))), None);
    }
}
