//! Which records a figure is about, and whose they are.

use super::Look;
use super::clock::{around_the_clock, last_resolution, worked};
use crate::contracts::calendar::seconds;
use crate::contracts::{Course, DAY, Thing};

/// The reopen guard of 4.1.
const GUARD: i64 = 7 * DAY;

impl<'a> Look<'a> {
    pub(crate) fn of(&self, kind: &'static str) -> impl Iterator<Item = &'a Thing> + use<'a> {
        self.things.iter().filter(move |thing| thing.kind == kind)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&'a Thing> {
        self.things.iter().find(|thing| thing.id == id)
    }

    pub(crate) fn from(&self) -> i64 {
        self.asked.from
    }

    pub(crate) fn to(&self) -> i64 {
        self.asked.to
    }

    pub(crate) fn holds(&self, at: i64) -> bool {
        self.asked.from <= at && at < self.asked.to
    }

    pub(crate) fn has(&self, thing: &Thing, field: &str) -> bool {
        thing.at(field).is_some_and(|at| self.holds(at))
    }

    /// Whether the first of these fields that says a party says the one that is asked for.
    pub(crate) fn is_of(&self, thing: &Thing, fields: &[&str]) -> bool {
        let party = fields.iter().find_map(|field| thing.text(field));
        self.asked.party.is_none_or(|asked| party == Some(asked))
    }

    pub(crate) fn asks_for(&self, party: &str) -> bool {
        self.asked.party.is_none_or(|asked| asked == party)
    }

    pub(crate) fn by_resolver(&self, thing: &Thing) -> bool {
        self.is_of(thing, &["resolver_party", "assignee_party", "owner_party"])
    }

    pub(crate) fn by_holder(&self, thing: &Thing) -> bool {
        self.is_of(thing, &["assignee_party", "owner_party"])
    }

    /// `opened(W)`.
    pub(crate) fn opened(&self, kind: &'static str) -> Vec<&'a Thing> {
        let all = self.of(kind).filter(|thing| self.has(thing, "opened_at") && counts(thing));
        all.filter(|thing| self.by_holder(thing)).collect()
    }

    /// `resolved(W)`, with when.
    pub(crate) fn resolved(&self, kind: &'static str) -> Vec<(&'a Thing, i64)> {
        let mut resolved = Vec::new();
        for thing in self.of(kind).filter(|thing| counts(thing) && self.by_resolver(thing)) {
            let course: Vec<&Course> = thing.course.iter().filter(|turn| turn.at < self.asked.to + GUARD).collect();
            if let Some(at) = last_resolution(&course).filter(|at| self.holds(*at)) {
                resolved.push((thing, at));
            }
        }
        resolved
    }

    /// `closed(W)`.
    pub(crate) fn closed(&self, kind: &'static str) -> Vec<&'a Thing> {
        let all = self.of(kind).filter(|thing| thing.state() == "closed" && counts(thing));
        all.filter(|thing| self.has(thing, "closed_at")).collect()
    }

    /// `open_at(t1)`; a cancelled one was open until it was cancelled.
    pub(crate) fn open(&self, kind: &'static str) -> Vec<&'a Thing> {
        let begun = self.of(kind).filter(|thing| thing.at("opened_at").is_some_and(|at| at < self.asked.to));
        let open = begun.filter(|thing| thing.at("closed_at").is_none_or(|at| at >= self.asked.to));
        open.filter(|thing| !thing.says("duplicate_of") && self.by_holder(thing)).collect()
    }

    /// A child of a major incident has no duration of its own.
    pub(crate) fn is_child(&self, thing: &Thing) -> bool {
        thing.text("parent").and_then(|parent| self.find(parent)).is_some_and(|parent| parent.is("is_major"))
    }

    /// How long it took to end: by the target's clock, else around the clock.
    pub(crate) fn took(&self, thing: &Thing, at: i64, metric: &str) -> Option<i64> {
        match self.terms.target(thing, metric) {
            Some(target) => worked(thing, target, self.asked.to).map(|worked| worked.secs),
            None => Some(around_the_clock(thing, at)),
        }
    }

    /// Whether it ended in time: by our clock, else by the tool's.
    pub(crate) fn met(&self, thing: &Thing, metric: &str) -> Option<bool> {
        match self.terms.target(thing, metric) {
            Some(target) => worked(thing, target, self.asked.to).map(|worked| worked.is_met),
            None => thing.says("resolution_target_met").then(|| thing.is("resolution_target_met")),
        }
    }

    /// Seconds until the first answer, and whether those were few enough, where that was agreed on.
    pub(crate) fn answer(&self, thing: &Thing, at: i64) -> (i64, Option<bool>) {
        let opened = thing.at("opened_at").unwrap_or(at);
        let Some(target) = self.terms.target(thing, "response") else { return (at - opened, None) };
        let secs = seconds(target.text("calendar").unwrap_or_default(), opened, at);
        (secs, target.millionths("target_value").map(|most| secs * 1_000_000 <= most))
    }

    /// Has the party a role that makes it a supplier?
    pub(crate) fn is_supplier(&self, party: &str) -> bool {
        let mut roles = self.of("party_role").filter(|role| role.text("party") == Some(party));
        roles.any(|role| role.text("role").is_some_and(|role| role.ends_with("supplier")))
    }
}

/// Neither cancelled nor a duplicate.
pub(crate) fn counts(thing: &Thing) -> bool {
    !matches!(thing.state(), "cancelled" | "rejected") && !thing.says("duplicate_of")
}

/// Seconds of a course between two moments in which something was so.
pub(crate) fn spent(thing: &Thing, from: i64, to: i64, is_so: impl Fn(&Course) -> bool) -> i64 {
    let mut secs = 0;
    for (at, turn) in thing.course.iter().enumerate() {
        let until = thing.course.get(at + 1).map_or(to, |next| next.at);
        if is_so(turn) {
            secs += (until.min(to) - turn.at.max(from)).max(0);
        }
    }
    secs
}
