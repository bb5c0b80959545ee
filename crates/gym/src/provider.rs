//! The four providers: what they run, who works there, and how well.

use crate::life::State;

/// A provider of the estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Network and workplace; sends the audit log of its tool.
    Acme,
    /// Runs data centres in Germany; sends snapshots, week by week.
    Nordlicht,
    /// Software as a service; sends a spreadsheet per month.
    Kumo,
    /// Interfaces and identities; has a service desk in the cloud and sends nothing.
    Tarn,
}

/// How an incident was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Contact {
    /// By telephone.
    Phone,
    /// By mail.
    Email,
    /// In a portal.
    SelfService,
    /// By a monitoring system.
    Monitoring,
}

/// A service that a provider runs for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: &'static str,
    /// Who runs it.
    pub provider: Provider,
}

/// A group of people of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Where it works.
    pub provider: Provider,
    /// Who is in it.
    pub people: &'static [&'static str],
}

/// The customers of the estate.
pub(crate) const CUSTOMERS: &[&str] = &["Hansa Logistik AG", "Brightwell Retail", "Müller & Söhne Maschinenbau"];

pub(crate) const SERVICES: &[Service] = &[
    Service { name: "Corporate Network", provider: Provider::Acme },
    Service { name: "Remote Access", provider: Provider::Acme },
    Service { name: "Digital Workplace", provider: Provider::Acme },
    Service { name: "Telephony", provider: Provider::Acme },
    Service { name: "Virtuelle Server", provider: Provider::Nordlicht },
    Service { name: "Datensicherung", provider: Provider::Nordlicht },
    Service { name: "Datenbankplattform", provider: Provider::Nordlicht },
    Service { name: "Kumo CRM", provider: Provider::Kumo },
    Service { name: "Kumo Expense", provider: Provider::Kumo },
    Service { name: "Kumo Sign", provider: Provider::Kumo },
    Service { name: "Order Interface", provider: Provider::Tarn },
    Service { name: "Warehouse Interface", provider: Provider::Tarn },
    Service { name: "Identity and Access", provider: Provider::Tarn },
];

const fn group(name: &'static str, provider: Provider, people: &'static [&'static str]) -> Group {
    Group { name, provider, people }
}

/// The first group of a provider is its service desk.
#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    group("Service Desk", Provider::Acme, &["Priya Nair", "Tom Hadley", "Ewa Nowak", "Sam Okafor"]),
    group("Network Operations", Provider::Acme, &["Lars Brandt", "Mei Chen", "Hugo Silva"]),
    group("Workplace Engineering", Provider::Acme, &["Aoife Byrne", "Dan Whitlock", "Noor Haddad"]),
    group("Telephony and Video", Provider::Acme, &["Ines Ferreira", "Paul Marsh"]),
    group("Field Services", Provider::Acme, &["Jonas Weber", "Rita Kovacs", "Omar Aziz"]),
    group("Leitstand", Provider::Nordlicht, &["Jürgen Voß", "Anke Petersen", "Malte Jansen"]),
    group("Serverbetrieb", Provider::Nordlicht, &["Sönke Hansen", "Birgit Krüger", "Timo Schäfer"]),
    group("Speicher und Sicherung", Provider::Nordlicht, &["Heike Groß", "Ralf Lüders"]),
    group("Datenbankteam", Provider::Nordlicht, &["Katrin Möller", "Uwe Behrens", "Svenja Thoms"]),
    group("Support L1", Provider::Kumo, &["Ana Duarte", "Ben Fischer", "Chloe Martin"]),
    group("Support L2", Provider::Kumo, &["Felix Roth", "Giulia Conti"]),
    group("Platform", Provider::Kumo, &["Hana Sato", "Ivan Petrov"]),
    group("Billing", Provider::Kumo, &["Julia Keller", "Kofi Mensah"]),
    group("Front Desk", Provider::Tarn, &["Isla Munro", "Mateo Ruiz", "Wanda Lis"]),
    group("Interfaces", Provider::Tarn, &["Nils Aaberg", "Petra Hruska", "Yusuf Demir"]),
    group("Identity", Provider::Tarn, &["Leila Amiri", "Owen Rees"]),
    group("Message Bus", Provider::Tarn, &["Quentin Roux", "Zofia Mazur"]),
];

/// How a provider works. Durations are medians; the chances are in a thousand.
pub(crate) struct Profile {
    /// Its share of all incidents, in a thousand.
    pub(crate) share: u32,
    /// Unix seconds from which its incidents are known.
    pub(crate) since_secs: i64,
    /// The longest from being reported to being recorded; 1 where whoever reports it records it.
    pub(crate) record_secs: u64,
    /// Its tool writes whole minutes (60) or seconds (1).
    pub(crate) grain_secs: i64,
    /// The state between being assigned and being worked on, as far as its tool can tell.
    pub(crate) assigned: State,
    /// From being recorded to being assigned.
    pub(crate) assign_secs: i64,
    /// Work by priority, P1 first.
    pub(crate) work_hours: [i64; 5],
    /// Target by priority, P1 first.
    pub(crate) target_hours: [i64; 5],
    /// The chance of every further change of group.
    pub(crate) reassign: u32,
    /// The chance of every further hold.
    pub(crate) hold: u32,
    /// The chance that a resolution does not last.
    pub(crate) reopen: u32,
    /// The chance that it is given up.
    pub(crate) cancel: u32,
    /// Days from resolved to closed.
    pub(crate) close_days: i64,
    /// Phone, mail, self service, monitoring.
    pub(crate) contacts: [u32; 4],
}

/// 2026-01-01T00:00Z.
const JANUARY: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

const ACME: Profile = Profile {
    share: 352,
    since_secs: JANUARY,
    record_secs: 20 * 60,
    grain_secs: 60,
    assigned: State::New,
    assign_secs: 15 * 60,
    work_hours: [1, 4, 10, 20, 36],
    target_hours: [4, 12, 72, 120, 240],
    reassign: 260,
    hold: 280,
    reopen: 18,
    cancel: 30,
    close_days: 5,
    contacts: [60, 15, 25, 0],
};

const NORDLICHT: Profile = Profile {
    share: 232,
    since_secs: JANUARY + 88 * DAY,
    record_secs: 20 * 60,
    grain_secs: 1,
    assigned: State::New,
    assign_secs: 25 * 60,
    // Slow on P3: that is what the comparison of suppliers should find.
    work_hours: [2, 5, 52, 24, 40],
    target_hours: [4, 12, 72, 120, 240],
    reassign: 180,
    hold: 260,
    reopen: 25,
    cancel: 25,
    close_days: 7,
    contacts: [20, 25, 10, 45],
};

const KUMO: Profile = Profile {
    share: 216,
    since_secs: JANUARY + 70 * DAY,
    record_secs: 20 * 60,
    grain_secs: 60,
    assigned: State::Assigned,
    assign_secs: 40 * 60,
    work_hours: [2, 6, 14, 22, 40],
    target_hours: [8, 16, 72, 120, 240],
    reassign: 220,
    hold: 300,
    reopen: 110,
    cancel: 40,
    close_days: 3,
    contacts: [5, 35, 60, 0],
};

const TARN: Profile = Profile {
    share: 200,
    since_secs: JANUARY + 40 * DAY,
    record_secs: 1,
    grain_secs: 1,
    assigned: State::New,
    assign_secs: 20 * 60,
    work_hours: [2, 6, 18, 30, 44],
    target_hours: [4, 12, 72, 120, 240],
    reassign: 200,
    hold: 340,
    reopen: 60,
    cancel: 35,
    close_days: 4,
    contacts: [10, 20, 55, 15],
};

impl Provider {
    /// All.
    pub const ALL: &'static [Provider] = &[Provider::Acme, Provider::Nordlicht, Provider::Kumo, Provider::Tarn];

    /// The party's id in configuration, events and figures.
    pub fn id(self) -> &'static str {
        match self {
            Self::Acme => "acme",
            Self::Nordlicht => "nordlicht",
            Self::Kumo => "kumo",
            Self::Tarn => "tarn",
        }
    }

    pub(crate) fn profile(self) -> &'static Profile {
        match self {
            Self::Acme => &ACME,
            Self::Nordlicht => &NORDLICHT,
            Self::Kumo => &KUMO,
            Self::Tarn => &TARN,
        }
    }

    pub(crate) fn groups(self) -> Vec<&'static Group> {
        GROUPS.iter().filter(|group| group.provider == self).collect()
    }

    pub(crate) fn services(self) -> Vec<&'static Service> {
        SERVICES.iter().filter(|service| service.provider == self).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_services_groups_and_its_share() {
        assert_eq!(Provider::ALL.iter().map(|provider| provider.profile().share).sum::<u32>(), 1000);
        for provider in Provider::ALL {
            assert!(provider.services().len() >= 3);
            assert!(provider.groups().len() >= 4);
        }
    }
}
