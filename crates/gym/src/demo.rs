//! The demo estate: two providers with a ServiceNow instance each, and one that sends spreadsheets.

use crate::files::{Book, CONFIG_OF_KUMO, Estate, Stage};
use crate::provider::Provider;
use crate::servicenow::{Account, Denial, Instance, Switches};
use crate::world::World;

/// How many open incidents of the first provider are in a state that no mapping knows.
const PARKED: usize = 3;

/// A provider whose incidents are served.
#[derive(Debug)]
pub struct Served {
    /// The name of the connector's instance; the provider's own.
    pub name: &'static str,
    /// Whose incidents they are.
    pub provider: Provider,
    /// What is served.
    pub instance: Instance,
    /// What is odd about the instance, without harm to who reads it well.
    pub switches: Switches,
}

/// The demo estate. The same world gives the same one.
#[derive(Debug)]
pub struct Demo {
    /// The providers with an instance.
    pub served: Vec<Served>,
    /// What the other one sends: files, what is wrong with them, what is expected of them. Its configuration names the
    /// parties of all three.
    pub estate: Estate,
}

impl Demo {
    /// What the providers of this world have to offer; every account has this password.
    pub fn of(world: &World, password: &str) -> Self {
        let mut estate = Estate::of(world);
        let of_kumo = |book: Book| matches!(book, Book::KumoSheets | Book::KumoBacklog);
        estate.files.retain(|file| file.path.starts_with("kumo/"));
        estate.problems.retain(|problem| of_kumo(problem.book));
        estate.expected.retain(|expected| of_kumo(expected.book));
        estate.config = CONFIG_OF_KUMO.to_owned();
        Self { served: vec![acme(world, password), nordlicht(world, password)], estate }
    }

    /// The steps in which the files arrive, oldest first.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        self.estate.stages()
    }
}

/// All rights, pages that are short or begin with a row again, and a state that somebody invented.
fn acme(world: &World, password: &str) -> Served {
    let mut instance = Instance::of_world(world, Provider::Acme);
    instance.set_account(Account::with_password(password));
    instance.set_choice("state", "10", "Parked");
    let truth = instance.oracle();
    let open = truth.incidents.values().filter(|incident| incident.columns["state"] == "2");
    let parked: Vec<String> = open.take(PARKED).map(|incident| incident.sys_id.clone()).collect();
    for sys_id in &parked {
        instance.update(sys_id, &[("state", "10"), ("incident_state", "10")]);
    }
    instance.advance(3_600);
    let switches = turned(&["duplicate-rows", "ties-shuffled", "references-mixed", "values-typed"]);
    Served { name: "acme", provider: Provider::Acme, instance, switches }
}

/// A German account that may not read the journal, and from which access rules hide some incidents.
fn nordlicht(world: &World, password: &str) -> Served {
    let mut instance = Instance::of_world(world, Provider::Nordlicht);
    let account = Account { language: "de".into(), zone: "Europe/Berlin".into(), ..Account::with_password(password) };
    instance.set_account(account.without("sys_journal_field", Denial::Forbidden));
    let mut switches = turned(&["labels-localised"]);
    switches.hidden_permille = 50;
    instance.set_switches(switches.clone());
    Served { name: "nordlicht", provider: Provider::Nordlicht, instance, switches }
}

fn turned(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    for name in names {
        assert!(switches.turn(name), "there is no switch {name}");
    }
    switches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scale;

    #[test]
    fn the_same_world_gives_the_same_demo_and_every_oddity_shows() {
        let world = World::generate(3, Scale::default());
        let (one, other) = (Demo::of(&world, "a"), Demo::of(&world, "a"));
        for (served, again) in one.served.iter().zip(&other.served) {
            assert_eq!(served.instance.oracle(), again.instance.oracle());
        }
        let [acme, nordlicht] = one.served.as_slice() else { panic!() };
        let truth = acme.instance.oracle();
        let parked = truth.incidents.values().filter(|incident| incident.columns["state"] == "10").count();
        assert_eq!(parked, PARKED);
        assert_eq!(truth.hidden, 0);
        let truth = nordlicht.instance.oracle();
        assert!(truth.hidden > 0 && truth.hidden < truth.incidents.len() as u64 / 5, "{}", truth.hidden);
        assert!(one.estate.files.iter().all(|file| file.path.starts_with("kumo/")) && !one.estate.files.is_empty());
    }
}
