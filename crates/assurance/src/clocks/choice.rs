//! Which targets are for a record. Of several the one that says most is meant; of two that say as much, nobody knows.

use crate::cohort::opened_at;
use crate::estate::{Target, Traits};
use crate::facts::Told;
use crate::kpi::Attribution;
use crate::row::Row;
use crate::view::View;
use counterfoil_clock::Truth;
use counterfoil_model::Field;

/// The target of a record for a metric.
#[derive(Debug, Clone)]
pub enum Choice<'a> {
    /// This one.
    Target(&'a Target),
    /// Nothing was agreed on.
    None,
    /// Several that say as much: the register has to say which.
    Tie(Vec<&'a Target>),
    /// It depends on what is not known of the record or of an agreement.
    Unknown(Vec<&'a Target>),
}

/// A target that may be for a record.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The target.
    pub target: &'a Target,
    /// Whether it is.
    pub applies: Truth,
    /// Whether its provider is the party that the record counts for, and not only the accountable one.
    pub is_counted: bool,
}

/// Every target of a metric that is, or may be, for a record; of all metrics without one.
pub fn candidates<'a>(row: Row<'a>, metric: Option<&str>, view: &View<'a>) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    let mut wanted = Wanted::of(row);
    for target in view.estate.targets() {
        if target.clock.is_some() && metric.is_none_or(|metric| metric == target.metric) {
            found.extend(wanted.candidate(target, view));
        }
    }
    found
}

/// The target of a record for a metric.
pub fn choose<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> Choice<'a> {
    let all = candidates(row, Some(metric), view);
    let counted: Vec<&Candidate<'a>> = all.iter().filter(|one| one.is_counted).collect();
    let among = if counted.is_empty() { all.iter().collect() } else { counted };
    best(&among)
}

fn best<'a>(among: &[&Candidate<'a>]) -> Choice<'a> {
    let of = |truth: Truth| among.iter().filter(move |one| one.applies == truth).map(|one| one.target);
    let most = of(Truth::Yes).map(Target::specificity).max();
    let doubtful: Vec<&Target> =
        of(Truth::Unknown).filter(|one| most.is_none_or(|most| one.specificity() >= most)).collect();
    let sure: Vec<&Target> = of(Truth::Yes).filter(|one| Some(one.specificity()) == most).collect();
    match (&sure[..], doubtful.is_empty()) {
        ([], true) => Choice::None,
        ([one], true) => Choice::Target(one),
        (_, true) => Choice::Tie(sure),
        (_, false) => Choice::Unknown(sure.into_iter().chain(doubtful).collect()),
    }
}

/// A record while its targets are looked for; what is not needed is not asked.
struct Wanted<'a> {
    row: Row<'a>,
    traits: Option<Traits>,
    counted: Option<Told<&'a str>>,
}

impl<'a> Wanted<'a> {
    fn of(row: Row<'a>) -> Self {
        Self { row, traits: None, counted: None }
    }

    fn candidate(&mut self, target: &'a Target, view: &View<'a>) -> Option<Candidate<'a>> {
        let row = self.row;
        if target.applies.kind.is_some_and(|kind| Some(kind) != row.facts.kind()) || !row.facts.is_work() {
            return None;
        }
        let agreement = &view.estate.agreements()[target.agreement];
        let provider = agreement.provider.as_deref();
        let counted = *self.counted.get_or_insert_with(|| view.party(row, Attribution::Resolver));
        let is_counted = provider.is_some() && counted.known().copied() == provider;
        let is_owner = provider.is_some() && row.facts.text(Field::OwnerParty).known().copied() == provider;
        if provider.is_some() && !is_counted && !is_owner {
            return None;
        }
        let party = Truth::known(true).min(if provider.is_none() { Truth::Unknown } else { Truth::Yes });
        let force = match opened_at(row.facts) {
            Ok(opened) => agreement.in_force(opened.at),
            Err(_) => Truth::Unknown,
        };
        if force == Truth::No {
            return None;
        }
        if self.traits.is_none() {
            self.traits = view.traits(row);
        }
        let applies = target.applies.fits(self.traits.as_ref()?).and(force).and(party);
        (applies != Truth::No).then_some(Candidate { target, applies, is_counted })
    }
}
