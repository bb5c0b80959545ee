//! The cycles of a clock by the order of changes alone. Never looks at a moment.

use crate::bounds::Truth;
use crate::target::{Bearer, Change, ClockRules, Reopening, Start};

/// What a clock does from a change on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It counts.
    Runs,
    /// It counts, because a pause needs a public comment and had none.
    Unannounced(Bearer),
    /// It pauses by the rule of this number.
    Paused(usize),
    /// It counts, because the pause is longer than its rule allows.
    UsedUp(Bearer),
    /// It has stopped and goes on later.
    Stopped,
    /// Nobody knows.
    Unknown,
}

/// How a cycle has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Completed,
    Cancelled,
}

/// A cycle. Numbers are those of windows: 0 is the opening, and the changes follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What it does from each change on, the first of which starts it. Neighbours differ.
    pub(crate) steps: Vec<(usize, Role)>,
    /// The change that met the start condition.
    pub(crate) attached: usize,
    pub(crate) end: Option<(usize, End)>,
    /// Whether it has surely begun.
    pub(crate) certain: bool,
}

impl Draft {
    fn step(&mut self, number: usize, role: Role) {
        if self.steps.last().is_none_or(|last| last.1 != role) {
            self.steps.push((number, role));
        }
    }

    /// A stop that turned out not to be the end.
    fn goes_on(&mut self) {
        if let Some((number, _)) = self.end.take() {
            self.step(number, Role::Stopped);
        }
    }
}

/// The cycles that the changes make, the oldest first; only the last one may have no end.
pub(crate) fn drafts<'a>(rules: &ClockRules, changes: impl Iterator<Item = &'a Change<'a>>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut before = vec![(0, Role::Runs)];
    for (number, change) in (1..).zip(changes) {
        let (starts, stops, cancels) = rules.ask(change);
        let role = rules.role(change);
        if drafts.is_empty() {
            before.push((number, role));
        }
        match drafts.last_mut() {
            Some(live) if live.end.is_none() => {
                live.certain |= starts == Truth::Yes;
                match (cancels, stops) {
                    (Truth::Yes, _) => live.end = Some((number, End::Cancelled)),
                    (_, Truth::Yes) => live.end = Some((number, End::Completed)),
                    (Truth::No, Truth::No) if live.certain => live.step(number, role),
                    _ => live.step(number, Role::Unknown),
                }
            }
            last => {
                let completed = last.as_ref().is_some_and(|last| matches!(last.end, Some((_, End::Completed))));
                let known = if starts == Truth::Yes { role } else { Role::Unknown };
                match (last, rules.reopening) {
                    _ if starts == Truth::No => {}
                    (Some(_), Reopening::Ignored) if completed => {}
                    (Some(last), Reopening::Continue) if completed => {
                        last.goes_on();
                        last.step(number, known);
                    }
                    (None, _) if rules.start == Start::Retroactive => {
                        let mut draft = begun(number, starts);
                        for (number, role) in before.drain(..) {
                            draft.step(number, if starts == Truth::Yes { role } else { Role::Unknown });
                        }
                        drafts.push(draft);
                    }
                    _ => {
                        let mut draft = begun(number, starts);
                        draft.step(number, known);
                        drafts.push(draft);
                    }
                }
            }
        }
    }
    drafts
}

fn begun(attached: usize, starts: Truth) -> Draft {
    Draft { steps: Vec::new(), attached, end: None, certain: starts == Truth::Yes }
}

impl ClockRules {
    /// What a clock does that has neither stopped nor been cancelled: paused where a rule surely holds, unknown where one
    /// may.
    fn role(&self, change: &Change<'_>) -> Role {
        let mut role = Role::Runs;
        for (number, rule) in self.pauses.iter().enumerate() {
            let holds = rule.when.holds(change);
            let told = match change.public_comment {
                _ if !rule.needs_public_comment => Truth::Yes,
                Some(told) => Truth::known(told),
                None => Truth::Unknown,
            };
            match (holds.and(told), role) {
                (Truth::Yes, _) => return Role::Paused(number),
                (Truth::Unknown, _) => role = Role::Unknown,
                (Truth::No, Role::Runs) if holds == Truth::Yes => role = Role::Unannounced(rule.bearer),
                (Truth::No, _) => {}
            }
        }
        role
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::When;
    use crate::target::{Condition, Told};

    fn change<'a>(state: Told<'a>, reason: Told<'a>) -> Change<'a> {
        Change { at: When::Unknown, state, hold_reason: reason, public_comment: None }
    }

    fn told(word: &str) -> Change<'_> {
        match word.split_once(':') {
            _ if word == "?" => change(Told::Unknown, Told::Nothing),
            Some((state, "?")) => change(Told::Word(state), Told::Unknown),
            Some((state, reason)) => change(Told::Word(state), Told::Word(reason)),
            None => change(Told::Word(word), Told::Nothing),
        }
    }

    fn draft_of(rules: &ClockRules, words: &[&str]) -> Vec<Draft> {
        let changes: Vec<_> = words.iter().map(|word| told(word)).collect();
        drafts(rules, changes.iter())
    }

    use End::{Cancelled, Completed};
    use Role::{Paused, Runs, Stopped, Unknown};

    #[test]
    fn a_reopening_continues_begins_anew_or_is_ignored() {
        let life =
            &["new", "in_progress", "resolved", "closed", "in_progress", "on_hold:awaiting_customer", "resolved"];
        let mut rules = ClockRules::for_customer();
        let draft = |steps: &[_], attached, end| Draft { steps: steps.to_vec(), attached, end, certain: true };
        let continued = [(1, Runs), (3, Stopped), (5, Runs), (6, Paused(0))];
        assert_eq!(draft_of(&rules, life), [draft(&continued, 1, Some((7, Completed)))]);
        rules.reopening = Reopening::NewCycle;
        let second = draft(&[(5, Runs), (6, Paused(0))], 5, Some((7, Completed)));
        assert_eq!(draft_of(&rules, life), [draft(&[(1, Runs)], 1, Some((3, Completed))), second]);
        rules.reopening = Reopening::Ignored;
        assert_eq!(draft_of(&rules, life), [draft(&[(1, Runs)], 1, Some((3, Completed)))]);
        let twice = draft_of(&rules, &["new", "cancelled", "new"]);
        assert_eq!(twice, [draft(&[(1, Runs)], 1, Some((2, Cancelled))), draft(&[(3, Runs)], 3, None)]);
    }

    #[test]
    fn a_retroactive_start_has_the_pauses_before_it() {
        let mut rules = ClockRules::for_customer();
        rules.starts = vec![Condition::states(&["assigned"])];
        let life = &["new", "on_hold:awaiting_customer", "new", "assigned"];
        assert_eq!(draft_of(&rules, life)[0].steps, [(4, Runs)]);
        rules.start = Start::Retroactive;
        let retroactive = &draft_of(&rules, life)[0];
        assert_eq!((&retroactive.steps[..], retroactive.attached), (&[(0, Runs), (2, Paused(0)), (3, Runs)][..], 4));
        assert_eq!(draft_of(&rules, &life[..3]), []);
    }

    #[test]
    fn what_is_not_known_is_neither_a_pause_nor_none() {
        let rules = ClockRules::for_customer();
        let roles = |words: &[&str]| draft_of(&rules, words)[0].steps.iter().map(|step| step.1).collect::<Vec<_>>();
        assert_eq!(roles(&["new", "on_hold:?", "in_progress"]), [Runs, Unknown, Runs]);
        assert_eq!(roles(&["new", "on_hold:unknown"]), [Runs], "the source says that it gives no reason");
        assert_eq!(roles(&["new", "?", "resolved"]), [Runs, Unknown]);
        assert_eq!(roles(&["new", "on_hold:awaiting_supplier"]), [Runs], "the organisation answers for it");
    }

    #[test]
    fn a_clock_that_may_have_begun_is_unknown_until_it_surely_has() {
        let mut rules = ClockRules::for_customer();
        rules.starts = vec![Condition::states(&["in_progress"])];
        let maybe = &draft_of(&rules, &["new", "?", "assigned", "in_progress"])[0];
        assert_eq!((&maybe.steps[..], maybe.certain), (&[(2, Unknown), (4, Runs)][..], true));
        let never = &draft_of(&rules, &["?", "assigned", "resolved"])[0];
        assert_eq!((&never.steps[..], never.certain, never.end), (&[(1, Unknown)][..], false, Some((3, Completed))));
    }

    #[test]
    fn a_pause_that_nobody_was_told_of_counts_where_the_rule_says_so() {
        let mut rules = ClockRules::for_customer();
        rules.pauses[0].needs_public_comment = true;
        let role = |public_comment| rules.role(&Change { public_comment, ..told("on_hold:awaiting_customer") });
        assert_eq!(role(Some(true)), Paused(0));
        assert_eq!(role(Some(false)), Role::Unannounced(Bearer::Customer));
        assert_eq!(role(None), Unknown);
    }

    #[test]
    fn the_supplier_s_clock_runs_while_the_record_waits_for_it() {
        let life = &["new", "on_hold:awaiting_supplier", "on_hold:awaiting_customer", "in_progress", "resolved"];
        let supplier = draft_of(&ClockRules::for_supplier(), life);
        assert_eq!(supplier[0].steps, [(2, Runs), (3, Paused(1)), (4, Paused(0))]);
        assert_eq!(supplier[0].end, Some((5, Completed)));
    }
}
