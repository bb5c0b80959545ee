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
    /// It may pause.
    MayPause,
    /// It may have started, stopped or been cancelled.
    MayHaveTurned,
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
    /// Whether it may have ended before, with a state that is not known.
    pub(crate) doubtful: bool,
}

impl Draft {
    fn step(&mut self, number: usize, role: Role) {
        if self.steps.last().is_none_or(|last| last.1 != role) {
            self.steps.push((number, role));
        }
    }

    /// A stop that turned out not to be the end, or may turn out not to have been.
    fn goes_on(&mut self, number: usize, role: Role, starts: Truth) {
        match self.end.take() {
            Some((stopped, _)) if self.certain => self.step(stopped, Role::Stopped),
            // It may not have begun before: then what it began with is all that is known until now.
            Some(_) | None => self.steps.truncate(1),
        }
        self.certain |= starts == Truth::Yes;
        self.doubtful = starts != Truth::Yes;
        self.step(number, if self.doubtful { Role::MayHaveTurned } else { role });
    }

    /// The next change of a cycle that has not ended.
    fn change(&mut self, number: usize, rules: &ClockRules, change: &Change<'_>) {
        let (starts, stops, cancels) = rules.ask(change);
        let begun = self.certain;
        self.certain |= starts == Truth::Yes;
        // What starts after a state that is not known goes on, where a stop may be followed by more of the same cycle. Where
        // it may not, it could be another cycle, and nobody knows.
        self.doubtful &= starts != Truth::Yes || rules.reopening != Reopening::Continue;
        match (cancels, stops) {
            (Truth::Yes, _) => self.end = Some((number, End::Cancelled)),
            (_, Truth::Yes) => self.end = Some((number, End::Completed)),
            (Truth::No, Truth::No) if self.certain && !self.doubtful => self.step(number, rules.role(change)),
            (Truth::No, Truth::No) => self.step(number, Role::MayHaveTurned),
            (Truth::Unknown, _) | (_, Truth::Unknown) => {
                self.doubtful |= begun;
                self.step(number, Role::MayHaveTurned);
            }
        }
    }
}

/// The cycles that the changes make, the oldest first; only the last one may have no end.
pub(crate) fn drafts<'a>(rules: &ClockRules, changes: impl Iterator<Item = &'a Change<'a>>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut before = vec![(0, Role::Runs)];
    let mut any_certain = false;
    for (number, change) in (1..).zip(changes) {
        let (starts, ..) = rules.ask(change);
        let role = rules.role(change);
        if drafts.is_empty() {
            before.push((number, rules.role_before(change)));
        }
        let completed = drafts.last().is_some_and(|last| matches!(last.end, Some((_, End::Completed))));
        match (drafts.last_mut(), rules.reopening) {
            (Some(live), _) if live.end.is_none() => live.change(number, rules, change),
            _ if starts == Truth::No => {}
            (Some(last), Reopening::Ignored) if completed && last.certain => {}
            (Some(last), Reopening::Continue) if completed => last.goes_on(number, role, starts),
            (_, reopening) => {
                let certain = starts == Truth::Yes && !(completed && reopening == Reopening::Ignored);
                let mut draft = Draft { steps: Vec::new(), attached: number, end: None, certain, doubtful: false };
                if rules.start == Start::Retroactive && !any_certain {
                    // Only the first cycle is retroactive, and it is not known whether this one is where another may
                    // have been before, or where it may not have begun.
                    let known = certain && drafts.is_empty();
                    let steps = if known { &before[..] } else { &[(0, Role::MayHaveTurned)] };
                    steps.iter().for_each(|(number, role)| draft.step(*number, *role));
                }
                draft.step(number, if certain { role } else { Role::MayHaveTurned });
                drafts.push(draft);
            }
        }
        any_certain |= drafts.last().is_some_and(|last| last.certain);
    }
    drafts
}

impl ClockRules {
    /// What a clock does that starts later and counts from the opening on: while the record has ended it does not count.
    fn role_before(&self, change: &Change<'_>) -> Role {
        let (_, stops, cancels) = self.ask(change);
        match stops.or(cancels) {
            Truth::Yes => Role::Stopped,
            Truth::Unknown => Role::MayHaveTurned,
            Truth::No => self.role(change),
        }
    }

    /// What a clock does that has neither stopped nor been cancelled. The first rule that holds says how long it may pause
    /// and for whom; where another one before it may hold, that has to be the same.
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
                (Truth::Yes, Role::MayPause) if !self.pauses[..number].iter().all(|one| one.is_like(rule)) => {
                    return role;
                }
                (Truth::Yes, _) => return Role::Paused(number),
                (Truth::Unknown, _) => role = Role::MayPause,
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
    use crate::target::{Condition, PauseRule, Told};

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
    use Role::{MayHaveTurned, MayPause, Paused, Runs, Stopped};

    #[test]
    fn a_reopening_continues_begins_anew_or_is_ignored() {
        let life =
            &["new", "in_progress", "resolved", "closed", "in_progress", "on_hold:awaiting_customer", "resolved"];
        let mut rules = ClockRules::for_customer();
        let draft =
            |steps: &[_], attached, end| Draft { steps: steps.to_vec(), attached, end, certain: true, doubtful: false };
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
        assert_eq!(roles(&["new", "on_hold:?", "in_progress"]), [Runs, MayPause, Runs]);
        assert_eq!(roles(&["new", "on_hold:unknown"]), [Runs], "the source says that it gives no reason");
        assert_eq!(roles(&["new", "?", "resolved"]), [Runs, MayHaveTurned]);
        assert_eq!(roles(&["new", "on_hold:awaiting_supplier"]), [Runs], "the organisation answers for it");
    }

    #[test]
    fn a_clock_that_may_have_begun_is_unknown_until_it_surely_has() {
        let mut rules = ClockRules::for_customer();
        rules.starts = vec![Condition::states(&["in_progress"])];
        let maybe = &draft_of(&rules, &["new", "?", "assigned", "in_progress"])[0];
        assert_eq!((&maybe.steps[..], maybe.certain), (&[(2, MayHaveTurned), (4, Runs)][..], true));
        let never = &draft_of(&rules, &["?", "assigned", "resolved"])[0];
        assert_eq!(
            (&never.steps[..], never.certain, never.end),
            (&[(1, MayHaveTurned)][..], false, Some((3, Completed)))
        );
    }

    #[test]
    fn after_an_unknown_state_only_what_starts_a_clock_shows_that_it_runs() {
        let mut rules = ClockRules::for_customer();
        rules.starts = vec![Condition::states(&["assigned"])];
        let steps = |rules: &ClockRules, words: &[&str]| draft_of(rules, words).remove(0).steps;
        let life = &["assigned", "?", "in_progress", "assigned", "on_hold:awaiting_customer"];
        assert_eq!(steps(&rules, life), [(1, Runs), (2, MayHaveTurned), (4, Runs), (5, Paused(0))]);
        rules.reopening = Reopening::NewCycle;
        assert_eq!(steps(&rules, life), [(1, Runs), (2, MayHaveTurned)], "it may be another cycle");
    }

    #[test]
    fn a_pause_that_nobody_was_told_of_counts_where_the_rule_says_so() {
        let mut rules = ClockRules::for_customer();
        rules.pauses[0].needs_public_comment = true;
        let role = |public_comment| rules.role(&Change { public_comment, ..told("on_hold:awaiting_customer") });
        assert_eq!(role(Some(true)), Paused(0));
        assert_eq!(role(Some(false)), Role::Unannounced(Bearer::Customer));
        assert_eq!(role(None), MayPause);
        // A second rule that holds in any case makes it a pause, if the first one would be the same.
        let second = PauseRule { needs_public_comment: false, ..rules.pauses[0].clone() };
        let with = |second: PauseRule| {
            let rules = ClockRules { pauses: vec![rules.pauses[0].clone(), second], ..rules.clone() };
            rules.role(&told("on_hold:awaiting_customer"))
        };
        assert_eq!(with(second.clone()), Paused(1));
        assert_eq!(with(PauseRule { longest: Some(std::time::Duration::ZERO), ..second.clone() }), MayPause);
        assert_eq!(with(PauseRule { bearer: Bearer::Agreed, ..second }), MayPause);
    }

    #[test]
    fn the_supplier_s_clock_runs_while_the_record_waits_for_it() {
        let life = &["new", "on_hold:awaiting_supplier", "on_hold:awaiting_customer", "in_progress", "resolved"];
        let supplier = draft_of(&ClockRules::for_supplier(), life);
        assert_eq!(supplier[0].steps, [(2, Runs), (3, Paused(0)), (4, Paused(2))]);
        assert_eq!(supplier[0].end, Some((5, Completed)));
        let odd = draft_of(&ClockRules::for_supplier(), &["on_hold:awaiting_supplier", "on_hold:unknown", "approved"]);
        assert_eq!(odd[0].steps, [(1, Runs), (2, Paused(3)), (3, Paused(2))], "it pays for nothing else");
    }
}
