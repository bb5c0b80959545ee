//! Services by all the names they are known by: one in the configuration and one in a tool that are called alike are one.

use crate::estate::EstateFault;
use crate::estate::faults::Faults;
use crate::facts::Told;
use crate::index::Index;
use crate::row::{Held, Row};
use counterfoil_model::{Field, Kind};
use std::collections::HashMap;

/// A service, whatever records describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ServiceNumber(u32);

/// All services.
#[derive(Debug, Default)]
pub(super) struct Services {
    /// By place of the record.
    by_row: HashMap<u32, ServiceNumber>,
    /// By lower-case name.
    by_name: HashMap<Box<str>, ServiceNumber>,
    next: u32,
}

impl Services {
    /// Of the records of services, in their order.
    pub(super) fn of<'a>(rows: impl Iterator<Item = Row<'a>> + Clone, faults: &mut Vec<EstateFault>) -> Self {
        let mut services = Self::default();
        // A name that two services of one source have says nothing.
        let mut owners: HashMap<(Box<str>, Box<str>), u32> = HashMap::new();
        for row in rows.clone() {
            for name in names(row) {
                *owners.entry((row.facts.instance.clone(), name)).or_default() += 1;
            }
        }
        for row in rows {
            let own = names(row);
            let is_alone = |name: &str| owners.get(&(row.facts.instance.clone(), name.into())) == Some(&1);
            let (alone, shared): (Vec<Box<str>>, Vec<Box<str>>) = own.into_iter().partition(|name| is_alone(name));
            for name in shared {
                let why = format!("another service of `{}` is called `{name}` as well", row.facts.instance);
                Faults::of(row.id, faults).add(Field::Title, why, "give one of them another name");
            }
            let known = alone.iter().find_map(|name| services.by_name.get(name).copied());
            let number = known.unwrap_or_else(|| services.another());
            services.by_row.insert(row.at, number);
            for name in alone {
                services.by_name.entry(name).or_insert(number);
            }
        }
        services
    }

    fn another(&mut self) -> ServiceNumber {
        self.next += 1;
        ServiceNumber(self.next)
    }

    /// The service of this name; a name that no record has is one of its own.
    pub(super) fn named(&mut self, rows: &[Held], index: &Index, instance: &str, name: &str) -> ServiceNumber {
        if let Some(known) = self.find(rows, index, instance, name) {
            return known;
        }
        let number = self.another();
        self.by_name.insert(lower(name), number);
        number
    }

    /// The service that a reference means, where it is known.
    pub(super) fn find(&self, rows: &[Held], index: &Index, instance: &str, name: &str) -> Option<ServiceNumber> {
        let row = index.resolve(rows, instance, name, &[Kind::Service]);
        row.and_then(|row| self.by_row.get(&row).copied()).or_else(|| self.by_name.get(&lower(name)).copied())
    }

    pub(super) fn of_row(&self, at: u32) -> Option<ServiceNumber> {
        self.by_row.get(&at).copied()
    }
}

fn names(row: Row<'_>) -> Vec<Box<str>> {
    let text = |field| match row.facts.text(field) {
        Told::Known(text) => Some(lower(text)),
        Told::Missing | Told::Unmapped | Told::Unreadable => None,
    };
    let mut names: Vec<Box<str>> =
        [Some(lower(&row.native_id())), text(Field::NativeKey), text(Field::Title)].into_iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    names
}

pub(super) fn lower(text: &str) -> Box<str> {
    text.trim().to_lowercase().into()
}
