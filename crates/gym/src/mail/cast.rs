//! Who writes: the customer, which is us, suppliers with their tools, and strangers.

use jiff::Timestamp;

/// The tool of a supplier's desk; it decides how notifications look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// ServiceNow.
    ServiceNow,
    /// Request Tracker.
    Rt,
    /// Redmine.
    Redmine,
    /// Jira.
    Jira,
    /// Znuny, or OTRS.
    Znuny,
    /// Zendesk.
    Zendesk,
    /// None: people write mails.
    People,
}

impl System {
    /// The word in a node and in a key: `t:rt/quell/123`.
    pub fn word(self) -> &'static str {
        match self {
            Self::ServiceNow => "servicenow",
            Self::Rt => "rt",
            Self::Redmine => "redmine",
            Self::Jira => "jira",
            Self::Znuny => "znuny",
            Self::Zendesk => "zendesk",
            Self::People => "people",
        }
    }
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    German,
    French,
}

/// A name and an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// As it stands before the address.
    pub name: &'static str,
    /// `local@domain`.
    pub address: &'static str,
}

/// Somebody with a mail domain.
#[derive(Debug)]
pub struct Party {
    /// As the configuration names it.
    pub id: &'static str,
    /// Its full name.
    pub name: &'static str,
    /// The domain of its addresses.
    pub domain: &'static str,
    /// Where tickets go to and notifications come from.
    pub desk: Mailbox,
    /// What that desk has.
    pub system: System,
    pub(super) people: &'static [Mailbox],
    pub(super) tongue: Tongue,
    /// Its share of the tickets.
    pub(super) share: u32,
}

const fn of(name: &'static str, address: &'static str) -> Mailbox {
    Mailbox { name, address }
}

/// The customer whose mailbox it is.
pub static US: Party = Party {
    id: "hansa",
    name: "Hansa Logistik AG",
    domain: "hansa-logistik.example",
    desk: of("Hansa IT-Service", "it-service@hansa-logistik.example"),
    system: System::People,
    people: &[
        of("Greta Lindqvist", "greta.lindqvist@hansa-logistik.example"),
        of("Tomasz Wójcik", "tomasz.wojcik@hansa-logistik.example"),
        of("Dörte Maaß", "doerte.maass@hansa-logistik.example"),
        of("Callum Reid", "callum.reid@hansa-logistik.example"),
    ],
    tongue: Tongue::German,
    share: 0,
};

/// What our own mail server calls itself in `Authentication-Results`.
pub const AUTHSERV_ID: &str = "mx.hansa-logistik.example";

/// The suppliers.
pub static SUPPLIERS: &[Party] = &[
    Party {
        id: "brava",
        name: "Brava Managed Services Ltd",
        domain: "brava-services.example",
        desk: of("Brava Service Desk", "servicedesk@brava-services.example"),
        system: System::ServiceNow,
        people: &[
            of("Ruth Adeyemi", "ruth.adeyemi@brava-services.example"),
            of("Declan Moore", "declan.moore@brava-services.example"),
            of("Siân Hughes", "sian.hughes@brava-services.example"),
        ],
        tongue: Tongue::English,
        share: 24,
    },
    Party {
        id: "quell",
        name: "Quell Systemhaus GmbH",
        domain: "quell-systemhaus.example",
        desk: of("Quell Support", "support@quell-systemhaus.example"),
        system: System::Rt,
        people: &[
            of("Jürgen Köhler", "j.koehler@quell-systemhaus.example"),
            of("Friederike Baß", "f.bass@quell-systemhaus.example"),
            of("Emre Yıldız", "e.yildiz@quell-systemhaus.example"),
        ],
        tongue: Tongue::German,
        share: 20,
    },
    Party {
        id: "ostwind",
        name: "Ostwind Hosting KG",
        domain: "ostwind-hosting.example",
        desk: of("Ostwind Redmine", "redmine@ostwind-hosting.example"),
        system: System::Redmine,
        people: &[
            of("Björn Thießen", "bjoern.thiessen@ostwind-hosting.example"),
            of("Silke Rademacher", "silke.rademacher@ostwind-hosting.example"),
        ],
        tongue: Tongue::German,
        share: 18,
    },
    Party {
        id: "delmare",
        name: "Studio Delmare SARL",
        domain: "delmare.example",
        desk: of("Support Delmare", "support@delmare.example"),
        system: System::People,
        people: &[of("Hélène Garnier", "helene@delmare.example"), of("Loïc Prévost", "loic@delmare.example")],
        tongue: Tongue::French,
        share: 20,
    },
    Party {
        id: "pinion",
        name: "Pinion Cloud Inc",
        domain: "pinion-cloud.example",
        desk: of("Pinion Jira", "jira@pinion-cloud.example"),
        system: System::Jira,
        people: &[
            of("Avery Quinn", "avery.quinn@pinion-cloud.example"),
            of("Sunil Rao", "sunil.rao@pinion-cloud.example"),
        ],
        tongue: Tongue::English,
        share: 6,
    },
    Party {
        id: "zimt",
        name: "Zimt Netze GmbH",
        domain: "zimt-netze.example",
        desk: of("Zimt Störungsannahme", "stoerung@zimt-netze.example"),
        system: System::Znuny,
        people: &[of("Ole Brüning", "ole.bruening@zimt-netze.example")],
        tongue: Tongue::German,
        share: 6,
    },
    Party {
        id: "velo",
        name: "Velo Apps BV",
        domain: "velo-apps.example",
        desk: of("Velo Apps Support", "support@velo-apps.example"),
        system: System::Zendesk,
        people: &[of("Sanne de Vries", "sanne@velo-apps.example")],
        tongue: Tongue::English,
        share: 6,
    },
];

/// Who belongs to nobody of the configuration.
pub(super) static STRANGERS: &[Mailbox] = &[
    of("Service Desk", "servicedesk@brava-servlces.example"),
    of("Ivo Kranz", "ivo.kranz@unbekannt.example"),
    of("Support Team", "no-reply@cheap-tickets.example"),
];

/// A third party that was put in copy and answers.
pub(super) const GUEST: Mailbox = of("Mireille Okonkwo", "mireille@gutachten.example");

/// When the estate begins: 2026-04-01T00:00Z. It ends at [`crate::NOW`].
pub(super) const SINCE: Timestamp = Timestamp::constant(1_775_001_600, 0);

/// The supplier with this id.
pub(super) fn supplier(id: &str) -> usize {
    SUPPLIERS.iter().position(|party| party.id == id).expect("the supplier is in the cast")
}
