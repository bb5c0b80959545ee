//! An incident with its life, and what it looked like at any moment of it.

use crate::life::{Actor, Change, Event, HoldReason, Resolution, State};
use crate::provider::{Contact, Provider};
use jiff::Timestamp;

/// Somebody of a customer who reports incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller(pub u32);

/// One incident as it truly was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Who works on it.
    pub provider: Provider,
    /// The immutable id in the provider's tool: nordlicht has one of its own, for acme and kumo it is the number.
    pub id: String,
    /// The key that people use.
    pub number: String,
    /// What it is about. Some titles are hostile on purpose: markup, formulas, escapes.
    pub title: String,
    /// The customer concerned.
    pub customer: &'static str,
    /// The service concerned.
    pub service: &'static str,
    /// The provider's category.
    pub category: &'static str,
    /// How it was reported.
    pub contact: Contact,
    /// Who reported it.
    pub caller: Caller,
    /// 1 (worst) to 3.
    pub impact: u8,
    /// 1 (worst) to 3.
    pub urgency: u8,
    /// When it was reported; the record itself may be some minutes younger.
    pub opened: Timestamp,
    /// Seconds that the agreement gives for the resolution, pauses for the customer not counted.
    pub target_secs: i64,
    /// What happened until the world's now, oldest first; the first is [`Change::Opened`].
    pub life: Vec<Event>,
}

/// Something that nordlicht sends among its incidents and that is none: a service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The immutable id in the provider's tool.
    pub id: String,
    /// The key that people use.
    pub number: String,
    /// What is asked for.
    pub title: &'static str,
    /// The service concerned.
    pub service: &'static str,
    /// When it was asked for.
    pub opened: Timestamp,
}

/// An incident after one of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// The state.
    pub state: State,
    /// What it waits for, while it is on hold.
    pub hold: Option<HoldReason>,
    /// The group that has it.
    pub group: Option<&'static str>,
    /// The person who has it.
    pub person: Option<&'static str>,
    /// How often it changed its group.
    pub reassigned: u32,
    /// How often it left resolved or closed again.
    pub reopened: u32,
    /// How many events there were before the last one.
    pub mod_count: u32,
    /// When the last event was.
    pub updated: Timestamp,
    /// Who did the last event.
    pub updated_by: Actor,
    /// When it was resolved for the last time, while that holds.
    pub resolved: Option<Timestamp>,
    /// When it was resolved for the first time.
    pub first_resolved: Option<Timestamp>,
    /// Who resolved it, while that holds.
    pub resolver: Option<&'static str>,
    /// How it was resolved, while that holds.
    pub resolution: Option<Resolution>,
    /// When it was closed, while that holds.
    pub closed: Option<Timestamp>,
    /// The tool's own verdict at that moment: the resolution clock had not passed its target.
    pub made_sla: bool,
    /// Seconds on the resolution clock at that moment.
    pub clock_secs: i64,
}

impl Incident {
    /// P1 to P5, from impact and urgency.
    pub fn priority(&self) -> u8 {
        (self.impact + self.urgency - 1).min(5)
    }

    /// When the record was written.
    pub fn created(&self) -> Timestamp {
        self.life.first().map_or(self.opened, |event| event.at)
    }

    /// What it looked like after each event, oldest first; never empty.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        let mut snapshots: Vec<Snapshot> = Vec::with_capacity(self.life.len());
        let mut clock = Clock { opened: self.opened, paused_secs: 0, paused_since: None };
        for event in &self.life {
            let mut next = snapshots.last().copied().unwrap_or(self.blank());
            next.mod_count = snapshots.len() as u32;
            next.state = event.state;
            next.updated = event.at;
            next.updated_by = event.actor;
            next.hold = None;
            clock.note(event);
            match event.change {
                Change::Opened | Change::Started | Change::Resumed | Change::Cancelled => {}
                Change::Noted => next.hold = snapshots.last().and_then(|before| before.hold),
                Change::Assigned { group, person } => {
                    next.group = Some(group);
                    next.person = Some(person);
                }
                Change::Reassigned { group, person } => {
                    next.group = Some(group);
                    next.person = Some(person);
                    next.reassigned += 1;
                }
                Change::Held(reason) => next.hold = Some(reason),
                Change::Resolved(resolution) => {
                    next.resolved = Some(event.at);
                    next.first_resolved = next.first_resolved.or(Some(event.at));
                    next.resolver = next.person;
                    next.resolution = Some(resolution);
                }
                Change::Reopened => {
                    next.reopened += 1;
                    next.resolved = None;
                    next.resolver = None;
                    next.resolution = None;
                    next.closed = None;
                }
                Change::Closed => next.closed = Some(event.at),
            }
            next.clock_secs = clock.secs_at(next.resolved.unwrap_or(event.at));
            next.made_sla = next.clock_secs <= self.target_secs;
            snapshots.push(next);
        }
        snapshots
    }

    /// What it looked like at a moment; `None` before it was recorded.
    pub fn as_of(&self, at: Timestamp) -> Option<Snapshot> {
        self.snapshots().into_iter().rev().find(|snapshot| snapshot.updated <= at)
    }

    /// What it looks like at the world's now.
    pub fn last(&self) -> Snapshot {
        self.snapshots().last().copied().expect("a life begins with being opened")
    }

    /// Seconds on the resolution clock at a moment at or after the last event: an open incident ages on.
    pub fn clock_secs_at(&self, at: Timestamp) -> i64 {
        let mut clock = Clock { opened: self.opened, paused_secs: 0, paused_since: None };
        for event in &self.life {
            clock.note(event);
        }
        clock.secs_at(self.last().resolved.unwrap_or(at))
    }

    fn blank(&self) -> Snapshot {
        Snapshot {
            state: State::New,
            hold: None,
            group: None,
            person: None,
            reassigned: 0,
            reopened: 0,
            mod_count: 0,
            updated: self.opened,
            updated_by: Actor::Automation,
            resolved: None,
            first_resolved: None,
            resolver: None,
            resolution: None,
            closed: None,
            made_sla: true,
            clock_secs: 0,
        }
    }
}

/// The resolution clock: it runs from being opened to being resolved, and stands while the customer is asked.
struct Clock {
    opened: Timestamp,
    paused_secs: i64,
    paused_since: Option<Timestamp>,
}

impl Clock {
    fn note(&mut self, event: &Event) {
        if event.change == Change::Noted {
            return;
        }
        if let Some(since) = self.paused_since.take() {
            self.paused_secs += event.at.as_second() - since.as_second();
        }
        if event.change == Change::Held(HoldReason::Customer) {
            self.paused_since = Some(event.at);
        }
    }

    fn secs_at(&self, at: Timestamp) -> i64 {
        let until = self.paused_since.unwrap_or(at).min(at);
        until.as_second() - self.opened.as_second() - self.paused_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn incident(events: &[(i64, Change, State)]) -> Incident {
        let life = events
            .iter()
            .map(|(minute, change, state)| Event {
                at: at(*minute),
                change: *change,
                state: *state,
                actor: Actor::Automation,
            })
            .collect();
        Incident {
            provider: Provider::Acme,
            id: "INC1".into(),
            number: "INC1".into(),
            title: "t".into(),
            customer: "c",
            service: "s",
            category: "k",
            contact: Contact::Phone,
            caller: Caller(1),
            impact: 2,
            urgency: 2,
            opened: at(0),
            target_secs: 60 * 60,
            life,
        }
    }

    const GROUP: Change = Change::Assigned { group: "a", person: "p" };
    const OTHER: Change = Change::Reassigned { group: "b", person: "q" };

    #[test]
    fn the_clock_stands_only_while_the_customer_is_asked() {
        let incident = incident(&[
            (5, Change::Opened, State::New),
            (10, Change::Started, State::InProgress),
            (20, Change::Held(HoldReason::Customer), State::OnHold),
            (50, Change::Noted, State::OnHold),
            (80, Change::Resumed, State::InProgress),
            (90, Change::Held(HoldReason::Supplier), State::OnHold),
            (115, Change::Resolved(Resolution::Workaround), State::Resolved),
        ]);
        let secs: Vec<i64> = incident.snapshots().iter().map(|snapshot| snapshot.clock_secs / 60).collect();
        assert_eq!(secs, [5, 10, 20, 20, 20, 30, 55]);
        assert!(incident.last().made_sla);
        assert_eq!(incident.clock_secs_at(at(500)), 55 * 60);
        assert_eq!(incident.snapshots()[3].hold, Some(HoldReason::Customer));
        assert_eq!(incident.as_of(at(4)), None);
        assert_eq!(incident.as_of(at(60)).unwrap().mod_count, 3);
    }

    #[test]
    fn reopening_takes_the_resolution_back_and_the_clock_goes_on() {
        let incident = incident(&[
            (1, Change::Opened, State::New),
            (2, GROUP, State::New),
            (3, OTHER, State::InProgress),
            (10, Change::Resolved(Resolution::ByCaller), State::Resolved),
            (20, Change::Closed, State::Closed),
            (30, Change::Reopened, State::InProgress),
            (70, Change::Resolved(Resolution::Permanently), State::Resolved),
        ]);
        let snapshots = incident.snapshots();
        assert_eq!((snapshots[4].closed, snapshots[4].made_sla), (Some(at(20)), true));
        assert_eq!((snapshots[5].closed, snapshots[5].resolved, snapshots[5].reopened), (None, None, 1));
        let last = incident.last();
        assert_eq!((last.resolved, last.first_resolved, last.made_sla), (Some(at(70)), Some(at(10)), false));
        assert_eq!((last.reassigned, last.group, last.resolver), (1, Some("b"), Some("q")));
    }
}
