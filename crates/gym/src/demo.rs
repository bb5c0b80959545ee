//! The demo estate: two providers with a ServiceNow instance each, one with a Jira, one that sends spreadsheets and one that
//! has mail only.

use crate::files::{Book, CONFIG_OF_KUMO, Estate, Stage};
use crate::jira::{self, Decision, Edition};
use crate::mail;
use crate::provider::Provider;
use crate::servicenow::{self, Account, Denial};
use crate::world::World;

/// How many open incidents of acme and of tarn are in a state that no mapping knows.
const PARKED: usize = 3;

/// How many issues of tarn were moved to another project.
const MOVED: usize = 4;

/// What the mailbox is made from.
const MAIL_SEED: u64 = 20_000;

/// What is asked for at tarn's service desk, and what became of it: `None` waits, and nobody knows of the last ones that
/// anybody had to approve them.
const REQUESTS: &[(&str, Option<Decision>)] = &[
    ("Access to the order interface for a new colleague", Some(Decision::Approved)),
    ("Test partner for the warehouse interface", Some(Decision::Approved)),
    ("Administrator role for a contractor", Some(Decision::Declined)),
    ("Second message queue for the Christmas season", None),
    ("Longer sign-on sessions for the warehouse", None),
    ("Export of all accounts without a second factor", None),
];

/// How many of them somebody has to approve.
const APPROVED: usize = 4;

/// A provider whose incidents are served.
#[derive(Debug)]
pub struct Served<I, S> {
    /// The name of the connector's instance; the provider's own.
    pub name: &'static str,
    /// Whose incidents they are.
    pub provider: Provider,
    /// What is served.
    pub instance: I,
    /// What is odd about the instance, without harm to who reads it well.
    pub switches: S,
}

/// A provider with a ServiceNow.
pub type ServedNow = Served<servicenow::Instance, servicenow::Switches>;

/// A provider with a Jira.
pub type ServedJira = Served<jira::Instance, jira::Switches>;

/// The demo estate. The same world gives the same one.
#[derive(Debug)]
pub struct Demo {
    /// The providers with a ServiceNow.
    pub servicenow: Vec<ServedNow>,
    /// The providers with a Jira.
    pub jira: Vec<ServedJira>,
    /// What the other one sends: files, what is wrong with them, what is expected of them. Its configuration names the
    /// parties of those that send files in other estates.
    pub estate: Estate,
    /// The mailbox in which the supplier [`BY_MAIL`] has its tickets, and nothing else.
    pub mail: mail::Estate,
}

/// The supplier that has mail only: its desk stamps numbers on subjects, its people answer beside it.
pub const BY_MAIL: &str = "quell";

impl Demo {
    /// What the providers of this world have to offer; every account has this password.
    pub fn of(world: &World, password: &str) -> Self {
        let mut estate = Estate::of(world);
        let of_kumo = |book: Book| matches!(book, Book::KumoSheets | Book::KumoBacklog);
        estate.files.retain(|file| file.path.starts_with("kumo/"));
        estate.problems.retain(|problem| of_kumo(problem.book));
        estate.expected.retain(|expected| of_kumo(expected.book));
        estate.config = CONFIG_OF_KUMO.to_owned();
        let servicenow = vec![acme(world, password), nordlicht(world, password)];
        Self { servicenow, jira: vec![tarn(world, password)], estate, mail: mailbox() }
    }

    /// The steps in which the files arrive, oldest first.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        self.estate.stages()
    }
}

/// All rights, pages that are short or begin with a row again, and a state that somebody invented.
fn acme(world: &World, password: &str) -> ServedNow {
    let mut instance = servicenow::Instance::of_world(world, Provider::Acme);
    instance.set_account(Account::with_password(password));
    instance.set_choice("state", "10", "Parked");
    let truth = instance.oracle();
    let open = truth.incidents.values().filter(|incident| incident.columns["state"] == "2");
    let parked: Vec<String> = open.take(PARKED).map(|incident| incident.sys_id.clone()).collect();
    for sys_id in &parked {
        instance.update(sys_id, &[("state", "10"), ("incident_state", "10")]);
    }
    instance.advance(3_600);
    let mut switches = servicenow::Switches::default();
    turn(&["duplicate-rows", "ties-shuffled", "references-mixed", "values-typed"], |name| switches.turn(name));
    Served { name: "acme", provider: Provider::Acme, instance, switches }
}

/// A German account that may not read the journal, and from which access rules hide some incidents.
fn nordlicht(world: &World, password: &str) -> ServedNow {
    let mut instance = servicenow::Instance::of_world(world, Provider::Nordlicht);
    let account = Account { language: "de".into(), zone: "Europe/Berlin".into(), ..Account::with_password(password) };
    instance.set_account(account.without("sys_journal_field", Denial::Forbidden));
    let mut switches = servicenow::Switches::default();
    turn(&["labels-localised"], |name| switches.turn(name));
    switches.hidden_permille = 50;
    instance.set_switches(switches.clone());
    Served { name: "nordlicht", provider: Provider::Nordlicht, instance, switches }
}

/// A service desk in the cloud. Its account may not read the list of resolutions, a status that an import left behind has no
/// category, three fields are called `Team`, and some issues were moved to another project. Service requests stand among the
/// incidents.
fn tarn(world: &World, password: &str) -> ServedJira {
    let mut instance = jira::Instance::of_world(world, Provider::Tarn, Edition::Cloud);
    instance.set_account(instance.account().clone().with_token(password).in_zone("Europe/London"));
    let truth = instance.oracle();
    let in_progress = |issue: &&jira::TrueIssue| issue.status == "3";
    let open: Vec<&str> = truth.issues.values().filter(in_progress).map(|issue| issue.id.as_str()).collect();
    instance.add_status_without_category("10900", "Parked with partner");
    for id in open.iter().take(PARKED) {
        instance.update(id, &[("status", "10900")]);
    }
    let closed = truth.issues.values().filter(|issue| issue.status == "6");
    for issue in closed.take(MOVED) {
        instance.advance(60);
        instance.move_to(&issue.id, "BUS");
    }
    for (nth, (what, decision)) in REQUESTS.iter().enumerate() {
        instance.advance(600);
        let id = instance.create("TRN", &[("summary", what), ("description", what), ("issuetype", "10102")]);
        if nth < APPROVED {
            let approval = instance.ask_approval(&id, "Approval of the customer", &["Caller 7"]);
            if let Some(decision) = decision {
                instance.advance(60);
                instance.decide(&id, &approval, "Caller 7", *decision);
            }
        }
    }
    instance.advance(3_600);
    let mut switches = jira::Switches::default();
    let odd = ["ties-shuffled", "short-pages", "duplicate-rows", "is-last-lies", "null-token"];
    turn(&odd, |name| switches.turn(name));
    switches.denied.push("resolution".to_owned());
    Served { name: "tarn", provider: Provider::Tarn, instance, switches }
}

/// The mails of one supplier, some of them odd: without a Message-ID, told twice, later than their answers.
fn mailbox() -> mail::Estate {
    mail::Estate::of_supplier(MAIL_SEED, mail::Scale::default(), mail::Switches::default(), BY_MAIL)
}

fn turn(names: &[&str], mut turn: impl FnMut(&str) -> bool) {
    for name in names {
        assert!(turn(name), "there is no switch {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scale;

    #[test]
    fn the_same_world_gives_the_same_demo_and_every_oddity_shows() {
        let world = World::generate(3, Scale::default());
        let (one, other) = (Demo::of(&world, "a"), Demo::of(&world, "a"));
        for (served, again) in one.servicenow.iter().zip(&other.servicenow) {
            assert_eq!(served.instance.oracle(), again.instance.oracle());
        }
        for (served, again) in one.jira.iter().zip(&other.jira) {
            assert_eq!(served.instance.oracle(), again.instance.oracle());
        }
        let [acme, nordlicht] = one.servicenow.as_slice() else { panic!() };
        let truth = acme.instance.oracle();
        let parked = truth.incidents.values().filter(|incident| incident.columns["state"] == "10").count();
        assert_eq!(parked, PARKED);
        assert_eq!(truth.hidden, 0);
        let truth = nordlicht.instance.oracle();
        assert!(truth.hidden > 0 && truth.hidden < truth.incidents.len() as u64 / 5, "{}", truth.hidden);
        let [tarn] = one.jira.as_slice() else { panic!() };
        let truth = tarn.instance.oracle();
        assert_eq!(truth.issues.values().filter(|issue| issue.status == "10900").count(), PARKED);
        assert_eq!(truth.former_keys.len(), MOVED);
        let of_world = world.incidents_of(Provider::Tarn).count();
        assert_eq!(truth.issues.len(), of_world + REQUESTS.len());
        assert!(one.estate.files.iter().all(|file| file.path.starts_with("kumo/")) && !one.estate.files.is_empty());
    }
}
