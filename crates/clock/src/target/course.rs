//! What is known of a record's course, and between which instants each of its changes lies. Judges nothing.

use crate::bounds::When;
use jiff::Timestamp;
use thiserror::Error;

/// What is told of a field after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// It has no value.
    Nothing,
    /// A canonical word.
    Word(&'a str),
    /// It has a value that could not be read, or that no mapping knows.
    Unknown,
}

/// What a record is like after a change, and when that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// When; [`When::Between`] two polls of a source without history.
    pub at: When,
    /// Its state.
    pub state: Told<'a>,
    /// What it waits for, where it is on hold.
    pub hold_reason: Told<'a>,
    /// Whether the customer was told with this change; `None` where that is not known.
    pub public_comment: Option<bool>,
}

/// A record as far as its clocks are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// When it was opened.
    pub opened: When,
    /// What was known at `as_of`, in the order of the source, the oldest first.
    pub changes: &'a [Change<'a>],
    /// The instant of the question: clocks that run do so until then. What a source dates later has not happened.
    pub as_of: Timestamp,
}

/// A clock cannot be told, because nothing says when it started at the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("nothing says when the clock started at the earliest")]
pub struct StartUnknown;

/// The earliest and the latest instant.
pub(crate) type Window = (Timestamp, Timestamp);

impl Course<'_> {
    /// The window of the opening and of each change that has happened, neither end going back from one to the next. What
    /// is known of a change's neighbours narrows it. Where the moments contradict the order, the source's clock went
    /// back, and nobody knows which of them is wrong: then each may be anywhere between those that contradict it.
    pub(crate) fn windows(&self) -> Vec<Window> {
        let moments = std::iter::once(self.opened).chain(self.changes.iter().map(|change| change.at));
        let happened = |(number, when): &(usize, When)| {
            *number == 0 || when.range().is_none_or(|(earliest, _)| earliest <= self.as_of)
        };
        let moments: Vec<When> = moments.enumerate().filter(happened).map(|(_, when)| when).collect();
        let mut told = vec![(Timestamp::MIN, self.as_of); moments.len()];
        // What is not known at all takes the bounds of its neighbours, here and not below, so that it widens none of them.
        let mut earliest = Timestamp::MIN;
        for (window, when) in told.iter_mut().zip(&moments) {
            earliest = when.range().map_or(earliest, |range| range.0.min(self.as_of));
            window.0 = earliest;
        }
        let mut latest = self.as_of;
        for (window, when) in told.iter_mut().zip(&moments).rev() {
            latest = when.range().map_or(latest, |range| range.1.min(self.as_of));
            window.1 = latest;
        }
        let mut narrowed = told.clone();
        forward(&mut narrowed, |last, window| window.0 = window.0.max(last.0));
        backward(&mut narrowed, |next, window| window.1 = window.1.min(next.1));
        if narrowed.iter().all(|(earliest, latest)| earliest <= latest) {
            return narrowed;
        }
        let mut widened = told;
        backward(&mut widened, |next, window| window.0 = window.0.min(next.0));
        forward(&mut widened, |last, window| window.1 = window.1.max(last.1));
        widened
    }

    /// The changes that have happened; each has a window.
    pub(crate) fn happened(&self) -> impl Iterator<Item = &Change<'_>> {
        self.changes.iter().filter(|change| change.at.range().is_none_or(|(earliest, _)| earliest <= self.as_of))
    }
}

fn forward(windows: &mut [Window], change: impl Fn(Window, &mut Window)) {
    for number in 1..windows.len() {
        change(windows[number - 1], &mut windows[number]);
    }
}

fn backward(windows: &mut [Window], change: impl Fn(Window, &mut Window)) {
    for number in (1..windows.len()).rev() {
        change(windows[number], &mut windows[number - 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn windows(opened: When, moments: &[When]) -> Vec<(i64, i64)> {
        let change = |at| Change { at, state: Told::Nothing, hold_reason: Told::Nothing, public_comment: None };
        let changes: Vec<_> = moments.iter().map(|when| change(*when)).collect();
        let windows = Course { opened, changes: &changes, as_of: at(100) }.windows();
        assert_eq!(Course { opened, changes: &changes, as_of: at(100) }.happened().count() + 1, windows.len());
        windows.iter().map(|(earliest, latest)| (earliest.as_second(), latest.as_second())).collect()
    }

    #[test]
    fn neighbours_narrow_what_is_not_known() {
        let between = |from, until| When::Between(at(from), at(until));
        assert_eq!(
            windows(When::At(at(5)), &[When::Unknown, between(0, 20), When::At(at(12)), When::Unknown]),
            [(5, 5), (5, 12), (5, 12), (12, 12), (12, 100)]
        );
        assert_eq!(windows(When::At(at(5)), &[between(30, 8)]), [(5, 5), (8, 30)], "whichever is named first");
    }

    #[test]
    fn moments_that_contradict_the_order_may_be_anywhere_between() {
        let moments = [10, 30, 20, 40].map(|second| When::At(at(second)));
        assert_eq!(windows(When::At(at(5)), &moments), [(5, 5), (10, 10), (20, 30), (20, 30), (40, 40)]);
        let moments = [When::At(at(30)), When::Unknown, When::At(at(20)), When::Unknown];
        assert_eq!(windows(When::At(at(5)), &moments), [(5, 5), (20, 30), (20, 30), (20, 30), (20, 100)]);
    }

    #[test]
    fn what_is_dated_later_has_not_happened() {
        let moments = [When::At(at(50)), When::At(at(101)), When::Between(at(90), at(200))];
        assert_eq!(windows(When::At(at(5)), &moments), [(5, 5), (50, 50), (90, 100)]);
    }
}
