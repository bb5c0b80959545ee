//! What a calendar says, minute by minute, by reading the wall clock of every single minute. It shares nothing with the
//! crate but the names of its rules: no sums, no patterns, no offsets.

use counterfoil_clock::{CalendarRules, Dated, Hours, Period, Service, Week};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

/// Minutes of a day, from and until; those that end before they begin go over midnight.
pub(crate) type Minutes = (u32, u32);

/// From, until, and the hours of the week.
pub(crate) type Held = (Option<Date>, Option<Date>, Vec<(Weekday, Minutes)>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) periods: Vec<Held>,
    pub(crate) closings: Vec<(Date, Minutes)>,
    pub(crate) extras: Vec<(Date, Minutes)>,
}

impl Plan {
    pub(crate) fn weekly(hours: &[(Weekday, Minutes)]) -> Self {
        Self { periods: vec![(None, None, hours.to_vec())], ..Self::default() }
    }

    /// The same, as the crate takes it.
    pub(crate) fn rules(&self, zone: TimeZone) -> CalendarRules {
        let dated = |all: &[(Date, Minutes)]| {
            all.iter().map(|(date, minutes)| Dated { date: *date, hours: hours(*minutes) }).collect()
        };
        let periods = self.periods.iter().map(|(from, until, week)| {
            let week = week.iter().fold(Week::closed(), |week, (day, minutes)| week.open(&[*day], hours(*minutes)));
            Period { from: *from, until: *until, week }
        });
        CalendarRules { zone, periods: periods.collect(), closings: dated(&self.closings), extras: dated(&self.extras) }
    }

    /// What is agreed on for a date, yesterday's hours over midnight included; `None` where no period has it.
    fn on(&self, today: Date) -> Option<OnDate> {
        let yesterday = today.yesterday().unwrap();
        let holds = |from: &Option<Date>, until: &Option<Date>| {
            from.is_none_or(|from| from <= today) && until.is_none_or(|until| today < until)
        };
        let (.., week) = self.periods.iter().find(|(from, until, _)| holds(from, until))?;
        let dated = |all: &[(Date, Minutes)]| shown(all, |date| (*date == today, *date == yesterday));
        let weekly = shown(week, |day| (*day == today.weekday(), *day == yesterday.weekday()));
        Some(OnDate { weekly, closings: dated(&self.closings), extras: dated(&self.extras) })
    }
}

/// The minutes of a date that are open, closed and open in any case.
struct OnDate {
    weekly: Vec<Minutes>,
    closings: Vec<Minutes>,
    extras: Vec<Minutes>,
}

impl OnDate {
    fn service(&self, wall: DateTime) -> Service {
        let minute = minute_of(wall);
        let shows = |hours: &[Minutes]| hours.iter().any(|(from, until)| minute >= *from && minute < *until);
        let open = shows(&self.extras) || (shows(&self.weekly) && !shows(&self.closings));
        if open { Service::Open } else { Service::Closed }
    }
}

/// Of hours, the minutes of today: those that begin today until midnight, those of yesterday after it.
fn shown<T>(all: &[(T, Minutes)], is: impl Fn(&T) -> (bool, bool)) -> Vec<Minutes> {
    let mut shown = Vec::new();
    for (day, (from, until)) in all {
        let (today, yesterday) = is(day);
        if today {
            shown.push((*from, if until < from { 1440 } else { *until }));
        }
        if yesterday && until < from {
            shown.push((0, *until));
        }
    }
    shown
}

fn minute_of(wall: DateTime) -> u32 {
    u32::try_from(wall.hour()).unwrap() * 60 + u32::try_from(wall.minute()).unwrap()
}

fn hours((from, until): Minutes) -> Hours {
    let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}-{}", time(from), time(until)).parse().unwrap()
}

/// What the wall clock shows in each minute from an instant on.
pub(crate) fn walls(zone: &TimeZone, from: Timestamp, minutes: usize) -> Vec<DateTime> {
    let second = from.as_second();
    let at = |minute: usize| Timestamp::from_second(second + 60 * i64::try_from(minute).unwrap()).unwrap();
    (0..minutes).map(|minute| zone.to_datetime(at(minute))).collect()
}

/// The minutes of a stretch of time, and sums over them.
pub(crate) struct Simulated {
    pub(crate) from: i64,
    pub(crate) services: Vec<Service>,
    /// Open minutes before each, and of all.
    open: Vec<i64>,
    unknown: Vec<i64>,
}

impl Simulated {
    pub(crate) fn new(plan: &Plan, from: Timestamp, walls: &[DateTime]) -> Self {
        let mut date = (Date::MIN, None);
        let mut service = |wall: &DateTime| {
            if date.0 != wall.date() {
                date = (wall.date(), plan.on(wall.date()));
            }
            date.1.as_ref().map_or(Service::Unknown, |date| date.service(*wall))
        };
        let services: Vec<Service> = walls.iter().map(&mut service).collect();
        let sums = |of: Service| {
            let mut sum = 0;
            let before = services.iter().map(|service| {
                sum += i64::from(*service == of);
                sum
            });
            std::iter::once(0).chain(before).collect::<Vec<i64>>()
        };
        Self { from: from.as_second(), open: sums(Service::Open), unknown: sums(Service::Unknown), services }
    }

    pub(crate) fn at(&self, minute: usize) -> Timestamp {
        Timestamp::from_second(self.from + 60 * i64::try_from(minute).unwrap()).unwrap()
    }

    /// Open minutes between two of them.
    pub(crate) fn open(&self, from: usize, to: usize) -> i64 {
        self.open[to] - self.open[from]
    }

    pub(crate) fn unknown(&self, from: usize, to: usize) -> i64 {
        self.unknown[to] - self.unknown[from]
    }

    /// The first minute before which there are so many open ones.
    pub(crate) fn first(&self, from: usize, open: i64) -> Option<usize> {
        let before = self.open[from..].partition_point(|sum| sum - self.open[from] < open);
        Some(from + before).filter(|minute| *minute < self.open.len())
    }

    /// The last one before which there are no more; `None` where it may be after the end.
    pub(crate) fn last(&self, from: usize, open: i64) -> Option<usize> {
        let more = from + self.open[from..].partition_point(|sum| sum - self.open[from] <= open);
        (more < self.open.len()).then(|| more - 1)
    }
}
