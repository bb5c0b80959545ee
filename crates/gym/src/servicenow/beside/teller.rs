//! What all tellers share: where they tell it, when, by which dice; and a life that ends with the world's now.

use super::super::id::Id;
use super::super::instance::{Deed, Instance};
use crate::dice::Dice;
use crate::provider::{Group, Provider};
use crate::world::World;

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 86_400;

pub(super) type Values = Vec<(&'static str, String)>;

/// Tells the instance of a provider what it holds beside incidents. All of it is drawn from dice of its own: the incidents of
/// a world are the same with and without it.
pub(super) struct Teller<'a> {
    pub(super) instance: &'a mut Instance,
    pub(super) dice: Dice,
    pub(super) provider: Provider,
    pub(super) services: Vec<&'static str>,
    pub(super) groups: Vec<&'static Group>,
    pub(super) since_secs: i64,
    pub(super) now_secs: i64,
}

/// A record with everything that happened to it. What lies behind the world's now did not happen.
pub(super) struct Life {
    pub(super) table: &'static str,
    pub(super) id: Id,
    /// When, by whom, what.
    pub(super) steps: Vec<(i64, String, Values)>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(instance: &'a mut Instance, world: &World, provider: Provider, stream: u64) -> Self {
        Self {
            instance,
            dice: Dice::new(world.seed, (60 << 32) + (stream << 8) + provider as u64),
            provider,
            services: provider.services().iter().map(|service| service.name).collect(),
            groups: provider.groups(),
            since_secs: provider.profile().since_secs,
            now_secs: world.now.as_second(),
        }
    }

    /// The id of a record of this provider by its table and number.
    pub(super) fn id(&self, table: &str, number: &str) -> Id {
        Id::of_words(&[table, self.provider.id(), number])
    }

    /// Tells a life; gives how many of its steps have happened.
    pub(super) fn tell(&mut self, life: Life) -> usize {
        let now = self.now_secs;
        let mut told = 0;
        for (secs, by, values) in life.steps.into_iter().take_while(|(secs, _, _)| *secs <= now) {
            let deed = if told == 0 { Deed::Create(values) } else { Deed::Update(values) };
            self.instance.recount_in(life.table, life.id, &by, secs, deed);
            told += 1;
        }
        told
    }

    /// A group of the provider with one of its people.
    pub(super) fn team(&mut self) -> (String, String, &'static str) {
        let group = self.dice.pick(&self.groups);
        let person = self.dice.pick(group.people);
        (self.instance.group(group.name), self.instance.person(person), person)
    }

    /// A moment between the provider's beginning and some days before now.
    pub(super) fn some_time(&mut self, days_before_now: i64) -> i64 {
        let span = (self.now_secs - days_before_now * DAY - self.since_secs).max(DAY);
        self.since_secs + self.dice.below(span.unsigned_abs()) as i64
    }

    /// About so much time, at least a minute.
    pub(super) fn about(&mut self, median_secs: i64) -> i64 {
        self.dice.duration(median_secs, 60).max(60)
    }
}

/// Values as a step has them.
pub(super) fn values<const N: usize>(values: [(&'static str, &str); N]) -> Values {
    values.map(|(name, value)| (name, value.to_owned())).to_vec()
}
