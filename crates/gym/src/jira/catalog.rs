//! What issues refer to: projects, statuses, priorities, resolutions, types, people. It knows no issue.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub(crate) projects: Vec<Project>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) priorities: Vec<Named>,
    pub(crate) resolutions: Vec<Named>,
    pub(crate) kinds: Vec<Named>,
    pub(crate) people: Vec<Person>,
    pub(crate) organizations: Vec<Named>,
    pub(crate) link_kinds: Vec<LinkKind>,
}

/// Something with an id, a name, and the same name in German.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) german: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) german: String,
    pub(crate) category: Category,
    /// Of a team-managed project, by its id.
    pub(crate) scope: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    Undefined,
    New,
    Indeterminate,
    Done,
}

/// What a project is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectKind {
    /// Jira Service Management.
    ServiceDesk,
    /// Jira Software.
    Software,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectState {
    Live,
    Archived,
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: ProjectKind,
    pub(crate) state: ProjectState,
    /// Number of its last issue.
    pub(crate) numbered: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// `accountId` in Cloud, `key` and `name` in Data Center.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkKind {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) inward: String,
    pub(crate) outward: String,
}

pub(crate) const OPEN: &str = "1";
pub(crate) const IN_PROGRESS: &str = "3";
pub(crate) const RESOLVED: &str = "5";
pub(crate) const CLOSED: &str = "6";
pub(crate) const WAITING_FOR_SUPPORT: &str = "10001";
pub(crate) const WAITING_FOR_CUSTOMER: &str = "10002";
pub(crate) const PENDING: &str = "10003";
pub(crate) const CANCELED: &str = "10004";
pub(crate) const ASSIGNED: &str = "10005";
pub(crate) const INCIDENT: &str = "10101";

impl Category {
    pub(crate) const ALL: [Self; 4] = [Self::Undefined, Self::New, Self::Indeterminate, Self::Done];

    /// Id, key, colour, name, name in German.
    pub(crate) fn words(self) -> (u64, &'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Undefined => (1, "undefined", "medium-gray", "No Category", "Keine Kategorie"),
            Self::New => (2, "new", "blue-gray", "To Do", "Zu erledigen"),
            Self::Indeterminate => (4, "indeterminate", "yellow", "In Progress", "In Arbeit"),
            Self::Done => (3, "done", "green", "Done", "Fertig"),
        }
    }

    /// By id, key or name, whatever the case of the letters.
    pub(crate) fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| {
            let (id, key, _, name, german) = category.words();
            [&id.to_string(), key, name, german].iter().any(|other| other.eq_ignore_ascii_case(word))
        })
    }
}

/// Id, name, German name, category.
const STATUSES: &[(&str, &str, &str, Category)] = &[
    (OPEN, "Open", "Offen", Category::New),
    (IN_PROGRESS, "In Progress", "In Bearbeitung", Category::Indeterminate),
    ("4", "Reopened", "Erneut geöffnet", Category::New),
    (RESOLVED, "Resolved", "Gelöst", Category::Done),
    (CLOSED, "Closed", "Geschlossen", Category::Done),
    (WAITING_FOR_SUPPORT, "Waiting for support", "Warten auf Support", Category::New),
    (WAITING_FOR_CUSTOMER, "Waiting for customer", "Warten auf Kunden", Category::Indeterminate),
    (PENDING, "Pending", "Ausstehend", Category::Indeterminate),
    (CANCELED, "Canceled", "Abgebrochen", Category::Done),
    (ASSIGNED, "Assigned", "Zugewiesen", Category::New),
    // Names are not unique: this one belongs to a team-managed project.
    ("10300", "In Progress", "In Bearbeitung", Category::Indeterminate),
];

const PRIORITIES: &[(&str, &str, &str)] = &[
    ("1", "Highest", "Höchste"),
    ("2", "High", "Hoch"),
    ("3", "Medium", "Mittel"),
    ("4", "Low", "Niedrig"),
    ("5", "Lowest", "Niedrigste"),
];

const RESOLUTIONS: &[(&str, &str, &str)] = &[
    ("10000", "Done", "Fertig"),
    ("10001", "Won't Do", "Wird nicht erledigt"),
    ("10002", "Duplicate", "Duplikat"),
    ("10003", "Cannot Reproduce", "Nicht reproduzierbar"),
    ("10004", "Workaround", "Umgehungslösung"),
    ("10005", "Known Error", "Bekannter Fehler"),
    ("10006", "Declined", "Abgelehnt"),
];

const KINDS: &[(&str, &str, &str)] = &[
    (INCIDENT, "[System] Incident", "[System] Vorfall"),
    ("10102", "[System] Service request", "[System] Serviceanfrage"),
    ("10103", "[System] Change", "[System] Änderung"),
    ("10104", "[System] Problem", "[System] Problem"),
    ("10002", "Task", "Aufgabe"),
    ("10004", "Bug", "Fehler"),
];

const LINKS: &[(&str, &str, &str, &str)] = &[
    ("10000", "Blocks", "is blocked by", "blocks"),
    ("10001", "Problem/Incident", "is caused by", "causes"),
    ("10002", "Duplicate", "is duplicated by", "duplicates"),
    ("10003", "Relates", "relates to", "relates to"),
];

impl Default for Catalog {
    fn default() -> Self {
        let named = |list: &[(&str, &str, &str)]| {
            let one = |(id, name, german): &(&str, &str, &str)| Named {
                id: (*id).into(),
                name: (*name).into(),
                german: (*german).into(),
            };
            list.iter().map(one).collect()
        };
        let status = |(id, name, german, category): &(&str, &str, &str, Category)| Status {
            id: (*id).into(),
            name: (*name).into(),
            german: (*german).into(),
            category: *category,
            scope: (*id == "10300").then_some(10_002),
        };
        let link = |(id, name, inward, outward): &(&str, &str, &str, &str)| LinkKind {
            id: (*id).into(),
            name: (*name).into(),
            inward: (*inward).into(),
            outward: (*outward).into(),
        };
        Self {
            projects: Vec::new(),
            statuses: STATUSES.iter().map(status).collect(),
            priorities: named(PRIORITIES),
            resolutions: named(RESOLUTIONS),
            kinds: named(KINDS),
            people: Vec::new(),
            organizations: Vec::new(),
            link_kinds: LINKS.iter().map(link).collect(),
        }
    }
}

impl Catalog {
    pub(crate) fn status(&self, id: &str) -> Option<&Status> {
        self.statuses.iter().find(|one| one.id == id)
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|one| one.id == id)
    }

    pub(crate) fn project(&self, id: u64) -> Option<&Project> {
        self.projects.iter().find(|one| one.id == id)
    }

    /// The project that has this key now and was not deleted.
    pub(crate) fn project_of_key(&self, key: &str) -> Option<&Project> {
        self.projects.iter().find(|one| one.key == key && one.state != ProjectState::Deleted)
    }
}

pub(crate) fn named<'a>(list: &'a [Named], id: &str) -> Option<&'a Named> {
    list.iter().find(|one| one.id == id)
}
