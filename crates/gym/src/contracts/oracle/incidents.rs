//! INC-01 to INC-20, SEC-01.

use super::cohort::{counts, spent};
use super::{Look, Seen, Tally, Truth};
use crate::contracts::{DAY, Thing};

const KIND: &str = "incident";

pub(super) fn opened(look: &Look<'_>) -> Truth {
    Truth::number(look.opened(KIND).len())
}

pub(super) fn per_user(look: &Look<'_>) -> Truth {
    let opened = look.opened(KIND).len();
    let users = look.of("measurement").filter(|of| of.text("measure") == Some("active_users"));
    let users: Vec<&Thing> = users.filter(|of| look.is_of(of, &["party"]) && is_inside(look, of)).collect();
    let time = |of: &Thing| (of.at("period_end").unwrap_or(0) - of.at("period_start").unwrap_or(0)) as f64;
    let sum: f64 = users.iter().map(|of| time(of) * of.millionths("amount").unwrap_or(0) as f64 / 1e6).sum();
    let all: f64 = users.iter().map(|of| time(of)).sum();
    Truth::ratio(opened as f64, if all > 0.0 { sum / all } else { 0.0 }, opened + users.len())
}

pub(super) fn is_inside(look: &Look<'_>, of: &Thing) -> bool {
    of.at("period_start").is_some_and(|at| at >= look.from()) && of.at("period_end").is_some_and(|at| at <= look.to())
}

fn times(look: &Look<'_>, is_asked: impl Fn(&Thing) -> bool) -> Tally {
    let all = look.resolved(KIND).into_iter().filter(|(thing, _)| !look.is_child(thing) && is_asked(thing));
    Tally::of(all.filter_map(|(thing, at)| look.took(thing, at, "resolution")))
}

pub(super) fn mean_time(look: &Look<'_>) -> Truth {
    times(look, |_| true).mean()
}

pub(super) fn median_time(look: &Look<'_>) -> Truth {
    times(look, |_| true).median()
}

pub(super) fn mean_time_high(look: &Look<'_>) -> Truth {
    times(look, |thing| matches!(thing.text("priority"), Some("P1" | "P2"))).mean()
}

pub(super) fn in_target(look: &Look<'_>) -> Truth {
    let met = |thing: &Thing| look.met(thing, "resolution").map_or(Seen::Unmeasured, Seen::from);
    Tally::share(look.resolved(KIND).into_iter().map(|(thing, _)| met(thing)))
}

/// First answered in the window, and what was resolved in it and never answered.
fn answered<'a>(look: &Look<'a>) -> (Vec<(&'a Thing, i64)>, usize) {
    let all = look.of(KIND).filter(|thing| counts(thing) && look.by_resolver(thing));
    let answered = all.filter_map(|thing| Some((thing, thing.at("first_response_at")?)));
    let never = look.resolved(KIND).into_iter().filter(|(thing, _)| !thing.says("first_response_at")).count();
    (answered.filter(|(_, at)| look.holds(*at)).collect(), never)
}

pub(super) fn answered_in_target(look: &Look<'_>) -> Truth {
    let (answered, never) = answered(look);
    let met = |thing: &Thing, at| look.answer(thing, at).1.map_or(Seen::Unmeasured, Seen::from);
    let seen = answered.into_iter().map(|(thing, at)| met(thing, at));
    Tally::share(seen.chain(std::iter::repeat_n(Seen::Unmeasured, never)))
}

pub(super) fn time_to_answer(look: &Look<'_>) -> Truth {
    let answered = answered(look).0.into_iter().filter(|(thing, _)| !look.is_child(thing));
    Tally::of(answered.map(|(thing, at)| look.answer(thing, at).0)).mean()
}

fn changes_of_group(thing: &Thing) -> usize {
    thing.course.windows(2).filter(|pair| pair[0].group != pair[1].group).count()
}

pub(super) fn first_assignment(look: &Look<'_>) -> Truth {
    Tally::share(look.resolved(KIND).into_iter().map(|(thing, _)| (changes_of_group(thing) == 0).into()))
}

pub(super) fn first_contact(look: &Look<'_>) -> Truth {
    let all = look.resolved(KIND).into_iter().map(|(thing, _)| thing);
    let could = all.filter(|thing| thing.is("first_contact") || thing.is("first_contact_possible"));
    Tally::share(could.map(|thing| thing.is("first_contact").into()))
}

pub(super) fn first_level(look: &Look<'_>) -> Truth {
    let level = |title: &str| {
        let mut groups = look.of("group").filter(|group| group.text("title") == Some(title));
        groups.find_map(|group| group.number("escalation_level"))
    };
    let stayed = |thing: &Thing| thing.course.iter().all(|turn| level(turn.group) == Some(1));
    Tally::share(look.resolved(KIND).into_iter().map(|(thing, _)| stayed(thing).into()))
}

/// It left what was taken for its end, or came back as a new record within two weeks.
pub(super) fn is_reopened(look: &Look<'_>, thing: &Thing) -> bool {
    let over = |state: &str| super::clock::is_over(state);
    if thing.course.windows(2).any(|pair| over(pair[0].state) && !over(pair[1].state)) {
        return true;
    }
    let Some(resolved) = thing.at("resolved_at") else { return false };
    let last = thing.at("closed_at").unwrap_or(resolved) + 14 * DAY;
    look.of(KIND).any(|other| {
        let names = [other.text("duplicate_of"), other.text("parent")].contains(&Some(&*thing.id));
        names && other.at("opened_at").is_some_and(|at| at > resolved && at <= last)
    })
}

pub(super) fn reopened(look: &Look<'_>) -> Truth {
    Tally::share(look.resolved(KIND).into_iter().map(|(thing, _)| is_reopened(look, thing).into()))
}

pub(super) fn reassigned(look: &Look<'_>) -> Truth {
    Tally::of(look.resolved(KIND).into_iter().map(|(thing, _)| changes_of_group(thing) as i64)).mean()
}

pub(super) fn backlog(look: &Look<'_>) -> Truth {
    Truth::number(look.open(KIND).len())
}

pub(super) fn backlog_age(look: &Look<'_>) -> Truth {
    Tally::of(look.open(KIND).into_iter().filter_map(|thing| Some(look.to() - thing.at("opened_at")?))).median()
}

pub(super) fn on_hold(look: &Look<'_>) -> Truth {
    let all: Vec<_> = look.resolved(KIND).into_iter().filter(|(thing, _)| !look.is_child(thing)).collect();
    let held = |(thing, at): &(&Thing, i64)| spent(thing, 0, *at, |turn| turn.state == "on_hold") as f64;
    let whole = |(thing, at): &(&Thing, i64)| (at - thing.at("opened_at").unwrap_or(*at)) as f64;
    Truth::ratio(100.0 * all.iter().map(held).sum::<f64>(), all.iter().map(whole).sum(), all.len())
}

pub(super) fn major(look: &Look<'_>) -> Truth {
    Truth::number(look.opened(KIND).into_iter().filter(|thing| thing.is("is_major")).count())
}

fn alike(thing: &Thing) -> Option<(&str, &str)> {
    let what = thing.text("configuration_item").or(thing.text("service"))?;
    Some((what, thing.text("category")?))
}

pub(super) fn repeated(look: &Look<'_>) -> Truth {
    let is_repeat = |thing: &Thing| {
        let Some(key) = alike(thing) else { return Seen::Unknown };
        let opened = thing.at("opened_at").unwrap_or(0);
        let before = |other: &Thing| other.at("opened_at").is_some_and(|at| at < opened && opened - at <= 30 * DAY);
        look.of(KIND).any(|other| counts(other) && alike(other) == Some(key) && before(other)).into()
    };
    Tally::share(look.opened(KIND).into_iter().map(is_repeat))
}

pub(super) fn linked(look: &Look<'_>) -> Truth {
    let names = |thing: &Thing| thing.says("configuration_item") || thing.says("service");
    Tally::share(look.opened(KIND).into_iter().map(|thing| names(thing).into()))
}

pub(super) fn by_knowledge(look: &Look<'_>) -> Truth {
    let knows = |thing: &Thing| {
        let problem = thing.text("problem").and_then(|problem| look.find(problem));
        let is_known = problem.is_some_and(|problem| problem.state() == "known_error");
        thing.says("knowledge") || thing.says("known_error") || is_known
    };
    Tally::share(look.resolved(KIND).into_iter().map(|(thing, _)| knows(thing).into()))
}

pub(super) fn security(look: &Look<'_>) -> Truth {
    Truth::number(look.opened(KIND).into_iter().filter(|thing| thing.says("security_class")).count())
}
