//! Who held a record when: the time of each party, without what waited for the customer (SUP-03).

use crate::clocks::course::{Polls, instant, word};
use crate::cohort::opened_at;
use crate::facts::Told;
use crate::kpi::Attribution;
use crate::row::Row;
use crate::steps::Turn;
use crate::view::View;
use counterfoil_clock::{Bounds, Calendar, Told as Word, When};
use counterfoil_model::Field;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

/// A time for which one party had a record and had to work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding<'a> {
    /// The party; why it is not known.
    pub party: Told<Cow<'a, str>>,
    /// From when; between two moments where it was seen between two polls.
    pub from: When,
    /// Until when.
    pub until: When,
    /// Whether it waited for the customer: `None` where nobody says what it waited for.
    pub waits_for_customer: Option<bool>,
    /// Whether the party is only that of today, because the source tells no change of it.
    pub is_supposed: bool,
}

/// The times of a record until the end of the window, or until it ended.
pub fn holdings<'a>(row: Row<'a>, view: &View<'a>) -> Vec<Holding<'a>> {
    let facts = row.facts;
    let Some(opened) = opened_at(facts).ok().and_then(|opened| instant(opened.at)) else { return Vec::new() };
    let as_of = view.window.to;
    let tells_party = facts.steps.iter().any(|step| matches!(step.to, Turn::Party(_) | Turn::Group(_)));
    let tells_reasons = facts.steps.iter().any(|step| matches!(step.to, Turn::HoldReason(_)));
    let mut now = State {
        party: if tells_party {
            Told::Missing
        } else {
            view.party(row, Attribution::Holder).read(|party| Some(Cow::Borrowed(*party)))
        },
        group: Told::Missing,
        state: Word::Word("new"),
        reason: if tells_reasons { Word::Nothing } else { Word::Unknown },
    };
    let mut holdings: Vec<Holding<'a>> = Vec::new();
    let mut since = When::At(opened);
    let mut polls = Polls::default();
    for step in &facts.steps {
        let at = polls.when(step, When::At(opened));
        if at.range().is_some_and(|(earliest, _)| earliest > as_of) {
            break;
        }
        now.push(&mut holdings, since, at, !tells_party, row, view);
        since = at;
        match &step.to {
            Turn::State(to) => now.state = word(facts, to),
            Turn::HoldReason(Told::Missing) => now.reason = Word::Nothing,
            Turn::HoldReason(to) => now.reason = facts.hold_reason_word(to).map_or(Word::Unknown, Word::Word),
            Turn::Party(to) => now.party = to.read(|party| Some(Cow::Borrowed(&**party))),
            Turn::Group(to) => now.group = to.read(|group| Some(&**group)),
            Turn::Priority(_) => {}
        }
    }
    let has_states = facts.steps.iter().any(|step| matches!(step.to, Turn::State(_)));
    // Without a history the fields say when it ended.
    let ended = (!has_states).then(|| facts.resolved_at.known().or(facts.closed_at.known())).flatten();
    let end = ended.and_then(|at| instant(*at)).map_or(as_of, |ended| ended.min(as_of));
    now.push(&mut holdings, since, When::At(end), !tells_party, row, view);
    holdings
}

struct State<'a> {
    party: Told<Cow<'a, str>>,
    group: Told<&'a str>,
    state: Word<'static>,
    reason: Word<'static>,
}

impl<'a> State<'a> {
    fn push(
        &self,
        holdings: &mut Vec<Holding<'a>>,
        from: When,
        until: When,
        is_supposed: bool,
        row: Row<'a>,
        view: &View<'a>,
    ) {
        let has_ended = matches!(
            self.state,
            Word::Word("resolved" | "fulfilled" | "closed" | "cancelled" | "rejected" | "implemented")
        );
        if has_ended || from == until {
            return;
        }
        let waits_for_customer = match (self.state, self.reason) {
            (Word::Word("on_hold"), Word::Word(reason)) => Some(reason == "awaiting_customer"),
            (Word::Word("on_hold"), Word::Nothing) => Some(false),
            (Word::Word("on_hold") | Word::Unknown, _) => None,
            (Word::Word(_) | Word::Nothing, _) => Some(false),
        };
        // A group stands for its party where nobody names one.
        let party = match (&self.party, self.group) {
            (Told::Missing, Told::Known(group)) => {
                let group = view.named(row.facts, group, crate::index::Edge::Field(Field::AssigneeGroup));
                group.map_or(Told::Missing, |group| {
                    group.facts.text(Field::Party).read(|party| Some(Cow::Borrowed(*party)))
                })
            }
            (party, _) => party.clone(),
        };
        let holding = Holding { party, from, until, waits_for_customer, is_supposed };
        match holdings.last_mut() {
            Some(last)
                if last.until == from
                    && last.party == holding.party
                    && last.waits_for_customer == waits_for_customer =>
            {
                last.until = until;
            }
            _ => holdings.push(holding),
        }
    }
}

/// The time for which a party held a record and it did not wait for the customer, in the hours of a calendar. Where it is
/// not known who held it, or what it waited for, the time is in the highest figure and not in the lowest.
pub fn held_by(holdings: &[Holding<'_>], party: &str, calendar: &Calendar) -> Bounds {
    holdings.iter().fold(Bounds::ZERO, |sum, holding| {
        let is_theirs = match &holding.party {
            Told::Known(own) => own == party,
            Told::Missing => false,
            Told::Unmapped | Told::Unreadable => return sum.plus(may(longest(holding, calendar))),
        };
        match (is_theirs, holding.waits_for_customer) {
            (false, _) | (true, Some(true)) => sum,
            (true, None) => sum.plus(may(longest(holding, calendar))),
            (true, Some(false)) => {
                let highest = longest(holding, calendar);
                sum.plus(Bounds { lowest: shortest(holding, calendar).min(highest), highest })
            }
        }
    })
}

fn may(highest: SignedDuration) -> Bounds {
    Bounds { lowest: SignedDuration::ZERO, highest }
}

fn longest(holding: &Holding<'_>, calendar: &Calendar) -> SignedDuration {
    between(holding.from.range().map(|range| range.0), holding.until.range().map(|range| range.1), calendar).highest
}

fn shortest(holding: &Holding<'_>, calendar: &Calendar) -> SignedDuration {
    between(holding.from.range().map(|range| range.1), holding.until.range().map(|range| range.0), calendar).lowest
}

fn between(from: Option<Timestamp>, until: Option<Timestamp>, calendar: &Calendar) -> Bounds {
    match from.zip(until) {
        Some((from, until)) if from < until => calendar.between(from, until),
        _ => Bounds::ZERO,
    }
}
