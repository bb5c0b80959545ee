//! When a clock starts, pauses and ends: data of an agreement. Never looks at a moment.

use crate::bounds::Truth;
use crate::target::{Change, Told};
use std::time::Duration;

/// Words that a field may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Whatever it has, and whatever is unknown of it.
    Any,
    /// One of these.
    OneOf(Vec<String>),
    /// None of these, or nothing at all.
    NoneOf(Vec<String>),
}

impl Words {
    /// One of these.
    pub fn one_of(words: &[&str]) -> Self {
        Self::OneOf(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// None of these.
    pub fn none_of(words: &[&str]) -> Self {
        Self::NoneOf(words.iter().map(|word| (*word).to_owned()).collect())
    }

    fn has(&self, told: Told<'_>) -> Truth {
        let among = |words: &[String]| match told {
            Told::Word(word) => Truth::known(words.iter().any(|one| one == word)),
            Told::Nothing => Truth::No,
            Told::Unknown => Truth::Unknown,
        };
        match self {
            Self::Any => Truth::Yes,
            Self::OneOf(words) => among(words),
            Self::NoneOf(words) => !among(words),
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => true,
            (Self::Any, Self::NoneOf(none)) => none.is_empty(),
            (Self::Any | Self::NoneOf(_), Self::OneOf(_)) => false,
            (Self::OneOf(own), Self::OneOf(all)) => own.iter().all(|word| all.contains(word)),
            (Self::OneOf(own), Self::NoneOf(none)) => own.iter().all(|word| !none.contains(word)),
            (Self::NoneOf(own), Self::NoneOf(none)) => none.iter().all(|word| own.contains(word)),
        }
    }
}

/// A state and a hold reason for which something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The states.
    pub states: Words,
    /// The hold reasons.
    pub hold_reasons: Words,
}

impl Condition {
    /// One of these states, for whatever reason.
    pub fn states(states: &[&str]) -> Self {
        Self { states: Words::one_of(states), hold_reasons: Words::Any }
    }

    /// On hold for one of these reasons.
    pub fn on_hold(reasons: &[&str]) -> Self {
        Self { states: Words::one_of(&["on_hold"]), hold_reasons: Words::one_of(reasons) }
    }

    /// Whether it holds after a change.
    pub fn holds(&self, change: &Change<'_>) -> Truth {
        self.states.has(change.state).and(self.hold_reasons.has(change.hold_reason))
    }

    fn is_within(&self, other: &Self) -> bool {
        self.states.is_within(&other.states) && self.hold_reasons.is_within(&other.hold_reasons)
    }
}

/// Who is waited for, and so who bears the time that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bearer {
    /// Who asked for the service.
    Customer,
    /// The provider who answers to the customer.
    Provider,
    /// A supplier of that provider.
    Supplier,
    /// Nobody: a date that both agreed on.
    Agreed,
}

/// When a clock does not count (iso20000.md 2.8). Whether a metric may pause at all is said by giving its clock the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseRule {
    /// While this holds.
    pub when: Condition,
    /// Who is waited for.
    pub bearer: Bearer,
    /// Only where the customer was told: without a public comment the time counts.
    pub needs_public_comment: bool,
    /// The longest pause, in time of the target's calendar; what is longer counts.
    pub longest: Option<Duration>,
}

impl PauseRule {
    /// For these hold reasons, for as long as they hold.
    pub fn on_hold(reasons: &[&str], bearer: Bearer) -> Self {
        Self { when: Condition::on_hold(reasons), bearer, needs_public_comment: false, longest: None }
    }

    /// Whether a pause by the one is a pause by the other.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.bearer, self.longest) == (other.bearer, other.longest)
    }
}

/// Where the first cycle of a clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// When its condition is met.
    WhenMet,
    /// When the record was opened, whenever the condition is met; the pauses until then are pauses.
    Retroactive,
}

/// What follows when a clock has stopped and its condition is met again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopening {
    /// Another cycle, from zero (Jira Service Management; ServiceNow's reset).
    NewCycle,
    /// The same cycle goes on; the time in between does not count (iso20000.md 4.1, "reopened").
    Continue,
    /// Nothing.
    Ignored,
}

/// The rules of a clock. After each change they are asked in the order cancel, stop, pause, and otherwise it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRules {
    /// It starts when one of them is met, and neither a stop nor a cancellation is.
    pub starts: Vec<Condition>,
    /// It pauses while one of them holds.
    pub pauses: Vec<PauseRule>,
    /// It is completed when one of them is met.
    pub stops: Vec<Condition>,
    /// It is cancelled when one of them is met.
    pub cancels: Vec<Condition>,
    /// Where its first cycle starts.
    pub start: Start,
    /// What follows a completed cycle. After a cancelled one there is always another.
    pub reopening: Reopening,
}

const ENDED: &[&str] = &["resolved", "fulfilled", "closed"];
const CANCELLED: &[&str] = &["cancelled", "rejected"];

impl ClockRules {
    /// The clock of a resolution that a customer sees: it waits for the customer and for an agreed date, and never for a
    /// supplier, for whom the organisation answers (iso20000.md 2.8). The word `unknown` does not pause it (3.3).
    pub fn for_customer() -> Self {
        Self {
            starts: vec![Condition { states: Words::Any, hold_reasons: Words::Any }],
            pauses: vec![
                PauseRule::on_hold(&["awaiting_customer"], Bearer::Customer),
                PauseRule::on_hold(&["awaiting_schedule"], Bearer::Agreed),
            ],
            stops: vec![Condition::states(ENDED)],
            cancels: vec![Condition::states(CANCELLED)],
            start: Start::WhenMet,
            reopening: Reopening::Continue,
        }
    }

    /// The clock of the time that a record waits for a supplier, which never pauses the customer's (iso20000.md 2.8):
    /// whatever else it waits for, and whoever else works on it, is somebody else's.
    pub fn for_supplier() -> Self {
        let other = |states, hold_reasons| PauseRule {
            when: Condition { states, hold_reasons },
            ..PauseRule::on_hold(&[], Bearer::Provider)
        };
        Self {
            starts: vec![Condition::on_hold(&["awaiting_supplier"])],
            pauses: vec![
                PauseRule::on_hold(&["awaiting_customer"], Bearer::Customer),
                PauseRule::on_hold(&["awaiting_schedule"], Bearer::Agreed),
                other(Words::none_of(&["on_hold"]), Words::Any),
                other(Words::Any, Words::none_of(&["awaiting_supplier"])),
            ],
            ..Self::for_customer()
        }
    }

    /// What can only be a mistake of an agreement (iso20000.md 2.8: clocks that are always paused).
    pub fn faults(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        if self.starts.is_empty() {
            faults.push(RuleFault::NeverStarts);
        }
        if self.stops.is_empty() && self.cancels.is_empty() {
            faults.push(RuleFault::NeverEnds);
        }
        for (start, condition) in self.starts.iter().enumerate() {
            if let Some(pause) = self.pauses.iter().position(|pause| condition.is_within(&pause.when)) {
                faults.push(RuleFault::StartsPaused { start, pause });
            }
            if self.stops.iter().chain(&self.cancels).any(|end| condition.is_within(end)) {
                faults.push(RuleFault::StartsEnded { start });
            }
        }
        faults
    }

    /// Whether it may start, whether it is completed, and whether it is cancelled.
    pub(crate) fn ask(&self, change: &Change<'_>) -> (Truth, Truth, Truth) {
        let any = |all: &[Condition]| all.iter().map(|one| one.holds(change)).fold(Truth::No, Truth::or);
        let (stops, cancels) = (any(&self.stops), any(&self.cancels));
        (any(&self.starts).and(!stops).and(!cancels), stops, cancels)
    }
}

/// Rules that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleFault {
    /// There is no condition that starts it.
    NeverStarts,
    /// There is no condition that ends it.
    NeverEnds,
    /// Whenever the start condition of this number holds, so does the pause of that number.
    StartsPaused {
        /// Counted from 0.
        start: usize,
        /// Counted from 0.
        pause: usize,
    },
    /// Whenever the start condition of this number holds, the clock has ended.
    StartsEnded {
        /// Counted from 0.
        start: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_rules_have_no_faults_and_contradictions_are_told() {
        assert_eq!(ClockRules::for_customer().faults(), []);
        assert_eq!(ClockRules::for_supplier().faults(), []);
        let mut rules = ClockRules::for_supplier();
        rules.pauses.push(PauseRule::on_hold(&["awaiting_supplier", "unknown"], Bearer::Supplier));
        rules.starts.push(Condition::states(&["closed"]));
        let paused = |start, pause| RuleFault::StartsPaused { start, pause };
        assert_eq!(rules.faults(), [paused(0, 4), paused(1, 2), RuleFault::StartsEnded { start: 1 }]);
        let within = |one: Words, other: Words| one.is_within(&other);
        assert!(within(Words::one_of(&["a"]), Words::none_of(&["b"])) && within(Words::Any, Words::none_of(&[])));
        assert!(within(Words::none_of(&["a", "b"]), Words::none_of(&["a"])));
        assert!(!within(Words::one_of(&["a", "b"]), Words::none_of(&["b"])));
        assert!(!within(Words::none_of(&["a"]), Words::none_of(&["a", "b"])));
        let nothing = ClockRules { starts: vec![], stops: vec![], cancels: vec![], ..rules };
        assert_eq!(nothing.faults(), [RuleFault::NeverStarts, RuleFault::NeverEnds]);
    }
}
