//! A calendar told piece by piece. Sums nothing.

use crate::calendar::zoned::{Edge, Zoned};
use crate::calendar::{Calendar, moved, split};
use jiff::Timestamp;

/// What a calendar says about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Service hours.
    Open,
    /// Outside of them.
    Closed,
    /// No period of the calendar has it.
    Unknown,
}

/// A time about which a calendar says one thing, and after which it says another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// What is said.
    pub service: Service,
}

/// The pieces between two instants, in order, without a hole. Made one by one: nothing is held.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    calendar: &'a Calendar,
    at: Timestamp,
    until: Timestamp,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(calendar: &'a Calendar, from: Timestamp, until: Timestamp) -> Self {
        Self { calendar, at: from, until }
    }

    /// Where the piece that begins ends, at the latest at the end of all.
    fn end(&self, service: Service) -> Timestamp {
        let unknown = self.calendar.unknown.as_ref();
        match service {
            Service::Open => self.end_of_open(&self.calendar.open),
            Service::Unknown => unknown.map_or(self.until, |unknown| self.end_of_open(unknown)),
            Service::Closed => {
                let sets = [Some(&self.calendar.open), unknown];
                let begins = sets.into_iter().flatten().filter_map(|set| moved(set, self.at, 0, Edge::Last));
                begins.fold(self.until, Timestamp::min)
            }
        }
    }

    fn end_of_open(&self, set: &Zoned) -> Timestamp {
        let mut second = split(self.at).0;
        while let Some(end) = set.open_until(second) {
            match Timestamp::from_second(end) {
                Ok(end) if end < self.until => second = end.as_second(),
                _ => return self.until,
            }
        }
        Timestamp::from_second(second).map_or(self.until, |end| end.min(self.until))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.at >= self.until {
            return None;
        }
        let service = self.calendar.service_at(self.at);
        let piece = Piece { from: self.at, until: self.end(service), service };
        self.at = piece.until;
        Some(piece)
    }
}
