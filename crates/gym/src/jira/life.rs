//! One random step in the life of a site. It decides what happens; the site does it.

use super::acts::{Decision, Listener};
use super::catalog::{
    CANCELED, CLOSED, IN_PROGRESS, Named, PENDING, ProjectKind, RESOLVED, WAITING_FOR_CUSTOMER, WAITING_FOR_SUPPORT,
};
use super::instance::{Edition, Instance};
use crate::dice::Dice;

/// A scope that issues leave, and come back to, when they are moved.
pub const SCOPE: &str = "project in (DESK, NET)";

/// The last one is outside of [`SCOPE`].
const PROJECTS: [(&str, &str, ProjectKind); 3] = [
    ("DESK", "Service Desk", ProjectKind::ServiceDesk),
    ("NET", "Network, \"Operations\"", ProjectKind::ServiceDesk),
    ("ELSE", "Elsewhere", ProjectKind::Software),
];
const PEOPLE: [&str; 4] = ["Mei Chen", "Jürgen Voß", "O'Brien, \"Pat\"", "Noor Haddad"];
const STATUSES: [&str; 4] = [WAITING_FOR_SUPPORT, IN_PROGRESS, WAITING_FOR_CUSTOMER, PENDING];
const TEXTS: [&str; 12] = [
    "Cannot log in",
    "",
    "first line\nsecond line\n\n* one\n* two",
    "{code}\nDROP TABLE issue; --\n{code}",
    "<script>alert(1)</script> &amp;",
    "=cmd|' /C calc'!A0",
    "line one\r\nline two\ttab",
    "\u{1b}[31mred\u{1b}[0m \u{7}",
    "quote \" backslash \\ and 💥 combining e\u{301}",
    "\u{202e}fdp.exe\u{202c} \u{feff}",
    "see [https://status.example.org/1] and [~nobody] [not a link]",
    "null",
];

/// What happened in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// One or two words.
    pub what: &'static str,
    /// To which issue; empty when the step was about something else.
    pub id: String,
}

impl Instance {
    /// One random step: something is created, changed, commented, linked, resolved, reopened, moved (also out of
    /// [`SCOPE`] and back), archived, hidden, shown again, deleted, changed quietly; or a status gets another name.
    pub fn mutate(&mut self, dice: &mut Dice) -> Step {
        let some = self.any(dice);
        let what = dice.weighted(&[18, 20, 10, 10, 12, 4, 2, 6, 6, 5, 6, 4, 3, 3, 3, 3, 3, 2, 4]);
        let Some(id) = some.filter(|_| what != 0) else {
            let id = self.open(dice);
            return Step { what: "create", id };
        };
        let by = dice.pick(&PEOPLE);
        let text = dice.pick(&TEXTS);
        let what = match what {
            1 => self.step(by, &id, "status", dice.pick(&STATUSES)),
            2 => self.step(by, &id, "assignee", dice.pick(&["", "Mei Chen", "Jürgen Voß", "O'Brien, \"Pat\""])),
            3 => self.step(by, &id, "priority", dice.pick(&["1", "2", "3", "4", "5", ""])),
            4 => {
                let listener = dice.pick(&[Listener::Customer, Listener::Internal]);
                self.comment_by(by, &id, text, listener);
                "comment"
            }
            5 => self.on_a_comment(&id, dice, text),
            6 => self.step(by, &id, "summary", text),
            7 => {
                let (status, resolution) = dice.pick(&[(RESOLVED, "10000"), (CLOSED, "10004"), (CANCELED, "")]);
                self.update_by(by, &id, &[("status", status), ("resolution", resolution)]);
                "resolve"
            }
            8 => {
                self.update_by(by, &id, &[("status", IN_PROGRESS), ("resolution", "")]);
                "reopen"
            }
            9 => self.linked(&id, dice),
            10 => {
                self.move_to(&id, dice.pick(&["DESK", "NET", "ELSE"]));
                "move"
            }
            11 => {
                self.delete(&id);
                "delete"
            }
            12 => {
                self.archive(&id);
                "archive"
            }
            13 => {
                self.hide(&id);
                "hide"
            }
            14 => self.shown_again(dice),
            15 => {
                self.update_quietly(&id, &[("customfield_10077", text)]);
                "quietly"
            }
            16 => {
                let name = format!("In Progress {}", dice.below(100));
                self.rename_status(IN_PROGRESS, &name);
                return Step { what: "rename status", id: String::new() };
            }
            17 => {
                self.add_status("10777", "Escalated", IN_PROGRESS);
                self.step(by, &id, "status", "10777")
            }
            // Two entries of one person within one millisecond.
            _ => {
                self.step(by, &id, "labels", dice.pick(&["vip", "vip outage", ""]));
                self.step(by, &id, "duedate", dice.pick(&["2026-07-01", "2026-07-02"]))
            }
        };
        Step { what, id }
    }

    fn step(&mut self, by: &str, id: &str, field: &'static str, value: &str) -> &'static str {
        self.update_by(by, id, &[(field, value)]);
        field
    }

    fn any(&self, dice: &mut Dice) -> Option<String> {
        let at = dice.below(self.issues.len() as u64) as usize;
        self.issues.keys().nth(at).map(u64::to_string)
    }

    fn on_a_comment(&mut self, id: &str, dice: &mut Dice, text: &str) -> &'static str {
        let comments: Vec<u64> =
            self.find(id).map(|one| one.comments.iter().map(|one| one.id).collect()).unwrap_or_default();
        if comments.is_empty() {
            self.comment(id, text, Listener::Internal);
            return "comment";
        }
        let comment = dice.pick(&comments).to_string();
        if dice.chance(600) {
            self.edit_comment(id, &comment, text);
            return "edit comment";
        }
        self.delete_comment(id, &comment);
        "delete comment"
    }

    fn linked(&mut self, id: &str, dice: &mut Dice) -> &'static str {
        let link = self.find(id).and_then(|one| one.links.first().map(|link| link.id.to_string()));
        match (dice.below(4), link, self.any(dice)) {
            (0, Some(link), _) => {
                self.unlink(&link);
                "unlink"
            }
            (1, _, _) => {
                self.remote_link(id, "system=gym&id=1", "https://status.example.org/1", "Status page");
                "remote link"
            }
            (_, _, Some(other)) if other != id => {
                self.link(id, dice.pick(&["Blocks", "Problem/Incident", "Relates"]), &other);
                "link"
            }
            _ => "nothing",
        }
    }

    /// Something comes back that was hidden or archived.
    fn shown_again(&mut self, dice: &mut Dice) -> &'static str {
        let hidden = self.hidden.iter().next().copied();
        let archived = self.issues.values().find(|one| one.archived).map(|one| one.id);
        match (hidden, archived) {
            (Some(id), _) if dice.chance(500) => self.unhide(&id.to_string()),
            (_, Some(id)) => self.restore(&id.to_string()),
            (Some(id), None) => self.unhide(&id.to_string()),
            (None, None) => return "nothing",
        }
        "show again"
    }

    /// A new issue.
    fn open(&mut self, dice: &mut Dice) -> String {
        let project = dice.pick(&["DESK", "DESK", "NET", "NET", "ELSE"]);
        let by = dice.pick(&PEOPLE);
        let (summary, description) = (dice.pick(&TEXTS), dice.pick(&TEXTS));
        let assignee = dice.pick(&["", "Mei Chen", "Noor Haddad"]);
        let priority = dice.pick(&["1", "2", "3", "4", "5"]);
        let kind = dice.pick(&["10101", "10101", "10102", "10104"]);
        let values = [
            ("summary", summary),
            ("description", description),
            ("assignee", assignee),
            ("priority", priority),
            ("issuetype", kind),
            ("labels", dice.pick(&["", "vip", "email outage"])),
            ("customfield_10077", dice.pick(&["", "x"])),
        ];
        let id = self.create_by(by, project, &values);
        let (asks, rates) = (dice.chance(100), dice.chance(100));
        let organization = dice.pick(&[None, Some(1), Some(2)]);
        if asks {
            let approval = self.ask_approval(&id.to_string(), "Manager", &["Mei Chen", "Noor Haddad"]);
            if dice.chance(500) {
                let decision = dice.pick(&[Decision::Approved, Decision::Declined]);
                self.decide(&id.to_string(), &approval, "Mei Chen", decision);
            }
        }
        if rates {
            self.rate(&id.to_string(), 1 + dice.below(5) as u8, "thanks");
        }
        if let Some(issue) = self.issues.get(&id) {
            let mut next = super::issue::Issue::clone(issue);
            next.request.iter_mut().for_each(|request| request.organization = organization);
            self.issues.insert(id, next.into());
            // It was opened so: an index that knows it knows this.
            if self.index.places.contains_key(&id) {
                self.index.learn(id, self.issues.get(&id));
            }
        }
        id.to_string()
    }

    /// Small and wild: bursts within one millisecond, hostile texts, empty values, moved and hidden issues.
    pub fn random(edition: Edition, seed: u64, issues: u32) -> Self {
        let mut instance = Self::empty(edition, crate::world::NOW);
        instance.seed = seed;
        instance.dice = Dice::new(seed, 52 << 32);
        let mut dice = Dice::new(seed, 53 << 32);
        for (key, name, kind) in PROJECTS {
            instance.project(key, name, kind);
        }
        for (id, name) in [("1", "Hansa Logistik AG"), ("2", "Brightwell Retail")] {
            let (id, name) = (id.to_owned(), name.to_owned());
            instance.catalog.organizations.push(Named { id, german: name.clone(), name });
        }
        for _ in 0..issues {
            instance.open(&mut dice);
            if dice.chance(600) {
                instance.mutate(&mut dice);
            }
            if dice.chance(120) {
                instance.advance_millis(1 + dice.below(90_000) as i64);
            }
        }
        instance.advance(600);
        instance
    }

    /// So many issues that were made within one millisecond, as an import does it.
    pub fn burst(&mut self, issues: u32) {
        let mut dice = Dice::new(self.seed, 54 << 32);
        for _ in 0..issues {
            self.open(&mut dice);
        }
    }

    /// So many entries in the history of an issue, one second after the other.
    pub fn long_history(&mut self, id: &str, entries: u32) {
        let author = self.person("Service Desk Robot");
        self.deed(id, |instance, issue| {
            for nth in 0..entries {
                instance.advance(1);
                let status = STATUSES[nth as usize % STATUSES.len()];
                // The status that it has is no change, so the due date is one.
                let values = [("status", status), ("duedate", &format!("2026-07-{:02}", 1 + nth % 28))];
                let items = values.iter().filter_map(|(field, value)| instance.set(issue, field, value)).collect();
                instance.note(issue, Some(author.clone()), items);
            }
        });
    }
}
