//! What a calendar says, minute by minute, by reading the wall clock of every single minute. It shares nothing with the
//! crate but the names of its rules: no sums, no patterns, no offsets.

use counterfoil_clock::{CalendarRules, Dated, Hours, Period, Service, Week};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

/// Minutes of a day, from and until; those that end before they begin go over midnight.
pub type Minutes = (u32, u32);

#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// From, until, and the hours of the week.
    pub periods: Vec<(Option<Date>, Option<Date>, Vec<(Weekday, Minutes)>)>,
    pub closings: Vec<(Date, Minutes)>,
    pub extras: Vec<(Date, Minutes)>,
}

impl Plan {
    pub fn weekly(hours: &[(Weekday, Minutes)]) -> Self {
        Self { periods: vec![(None, None, hours.to_vec())], ..Self::default() }
    }

    /// The same, as the crate takes it.
    pub fn rules(&self, zone: TimeZone) -> CalendarRules {
        let dated = |all: &[(Date, Minutes)]| {
            all.iter().map(|(date, minutes)| Dated { date: *date, hours: hours(*minutes) }).collect()
        };
        let periods = self.periods.iter().map(|(from, until, week)| {
            let week = week.iter().fold(Week::closed(), |week, (day, minutes)| week.open(&[*day], hours(*minutes)));
            Period { from: *from, until: *until, week }
        });
        CalendarRules { zone, periods: periods.collect(), closings: dated(&self.closings), extras: dated(&self.extras) }
    }

    /// What is said when the wall clock shows this.
    pub fn service_on(&self, wall: DateTime) -> Service {
        let (today, minute) = (wall.date(), minute_of(wall));
        let yesterday = today.yesterday().unwrap();
        let shows = |on_today: bool, on_yesterday: bool, (from, until): Minutes| {
            let over = until < from;
            (on_today && minute >= from && (over || minute < until)) || (on_yesterday && over && minute < until)
        };
        let dated = |all: &[(Date, Minutes)]| all.iter().any(|(date, m)| shows(*date == today, *date == yesterday, *m));
        let holds = |from: &Option<Date>, until: &Option<Date>| {
            from.is_none_or(|from| from <= today) && until.is_none_or(|until| today < until)
        };
        let Some((.., week)) = self.periods.iter().find(|(from, until, _)| holds(from, until)) else {
            return Service::Unknown;
        };
        let weekly = week.iter().any(|(day, m)| shows(*day == today.weekday(), *day == yesterday.weekday(), *m));
        if dated(&self.extras) || (weekly && !dated(&self.closings)) { Service::Open } else { Service::Closed }
    }
}

fn minute_of(wall: DateTime) -> u32 {
    u32::try_from(wall.hour()).unwrap() * 60 + u32::try_from(wall.minute()).unwrap()
}

fn hours((from, until): Minutes) -> Hours {
    let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}-{}", time(from), time(until)).parse().unwrap()
}

/// What the wall clock shows in each minute from an instant on.
pub fn walls(zone: &TimeZone, from: Timestamp, minutes: usize) -> Vec<DateTime> {
    let second = from.as_second();
    let at = |minute: usize| Timestamp::from_second(second + 60 * i64::try_from(minute).unwrap()).unwrap();
    (0..minutes).map(|minute| zone.to_datetime(at(minute))).collect()
}

/// The minutes of a stretch of time, and sums over them.
pub struct Simulated {
    pub from: i64,
    pub services: Vec<Service>,
    /// Open minutes before each, and of all.
    open: Vec<i64>,
    unknown: Vec<i64>,
}

impl Simulated {
    pub fn new(plan: &Plan, from: Timestamp, walls: &[DateTime]) -> Self {
        let services: Vec<Service> = walls.iter().map(|wall| plan.service_on(*wall)).collect();
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

    pub fn at(&self, minute: usize) -> Timestamp {
        Timestamp::from_second(self.from + 60 * i64::try_from(minute).unwrap()).unwrap()
    }

    /// Open minutes between two of them.
    pub fn open(&self, from: usize, to: usize) -> i64 {
        self.open[to] - self.open[from]
    }

    pub fn unknown(&self, from: usize, to: usize) -> i64 {
        self.unknown[to] - self.unknown[from]
    }

    /// The first minute before which there are so many open ones.
    pub fn first(&self, from: usize, open: i64) -> Option<usize> {
        let before = self.open[from..].partition_point(|sum| sum - self.open[from] < open);
        Some(from + before).filter(|minute| *minute < self.open.len())
    }

    /// The last one before which there are no more; `None` where it may be after the end.
    pub fn last(&self, from: usize, open: i64) -> Option<usize> {
        let more = from + self.open[from..].partition_point(|sum| sum - self.open[from] <= open);
        (more < self.open.len()).then(|| more - 1)
    }
}
