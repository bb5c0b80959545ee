//! One random step in the life of an instance. It decides what happens; the instance does it.

use super::apply::{born, with_bases};
use super::choices;
use super::id::Id;
use super::instance::{Deed, Instance};
use super::moment;
use crate::dice::Dice;

/// A group outside of the scope that [`SCOPE`] describes.
pub(crate) const ELSEWHERE: &str = "Elsewhere";

/// A base filter that incidents leave, and come back to, when their group changes.
pub const SCOPE: &str = "assignment_group.name!=Elsewhere";

/// Names that an encoded query has to escape, or cannot have in a list, among plain ones.
pub(crate) const GROUPS: [&str; 6] =
    ["Service Desk", "Network^Operations", "A^^B, C", "ORDERBY^NQ", "Größe & Söhne", ELSEWHERE];
pub(crate) const PEOPLE: [&str; 4] = ["Mei Chen", "Jürgen Voß", "O'Brien, \"Pat\"", "Noor Haddad"];
pub(crate) const TEXTS: [&str; 12] = [
    "Cannot log in",
    "",
    "a^b^NQactive=true",
    "javascript:gs.sleep(1)",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "line one\r\nline two\ttab",
    "\u{1b}[31mred\u{1b}[0m \u{7}",
    "quote \" backslash \\ and 💥 combining e\u{301}",
    "\u{202e}fdp.exe\u{202c} \u{feff}",
    "null",
    "ends with a caret^",
];

/// What happened in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// One word.
    pub what: &'static str,
    /// To which record; empty when the step was about something else.
    pub sys_id: String,
}

impl Instance {
    /// One random step: something is created, changed, commented, resolved, reopened, deleted, reclassified, changed
    /// quietly, or moved out of [`SCOPE`]; or a choice gets another label, or a list another choice.
    pub fn mutate(&mut self, dice: &mut Dice) -> Step {
        let incidents = self.tables.of("incident");
        let at = dice.below(incidents.len() as u64) as usize;
        let some = incidents.by_id.get(at).map(|slot| incidents.held(*slot).id);
        let what = dice.weighted(&[18, 20, 8, 12, 10, 6, 4, 2, 6, 8, 2, 2]);
        let by = "desk";
        let moment = moment::text(self.now_secs);
        let step = |what, id: Option<Id>| Step { what, sys_id: id.map(|id| id.text().to_owned()).unwrap_or_default() };
        let Some(id) = some.filter(|_| what != 0) else {
            return step("create", Some(self.open(dice)));
        };
        let (what, deed) = match what {
            1 => ("state", Deed::Update(state(["1", "2", "3"][dice.below(3) as usize], dice))),
            2 => {
                let group = self.group(dice.pick(&GROUPS[..5]));
                ("group", Deed::Update(vec![("assignment_group", group)]))
            }
            3 => {
                let priority = (1 + dice.below(5)).to_string();
                ("priority", Deed::Update(vec![("priority", priority)]))
            }
            4 => {
                let element = dice.pick(&["comments", "work_notes"]);
                ("comment", Deed::Write { element, text: dice.pick(&TEXTS).to_owned() })
            }
            5 => ("resolve", Deed::Update(resolved(&moment))),
            6 => ("reopen", Deed::Update(reopened(dice))),
            7 => match dice.below(3) {
                0 => ("reclassify", Deed::Reclassify),
                _ => ("delete", Deed::Delete),
            },
            8 => ("quietly", Deed::Quietly(vec![("short_description", dice.pick(&TEXTS).to_owned())])),
            9 => {
                let group = self.group(ELSEWHERE);
                ("out of scope", Deed::Update(vec![("assignment_group", group)]))
            }
            10 => {
                let label = format!("In Progress {}", dice.below(100));
                choices::add(self, "state", "2", [&label, &label], 1);
                return step("label", None);
            }
            _ => {
                let value = (100 + dice.below(5)).to_string();
                choices::add(self, "state", &value, ["Pending", "Schwebend"], 9);
                return step("choice", None);
            }
        };
        self.commit(id, by, deed);
        step(what, Some(id))
    }

    /// A new incident.
    fn open(&mut self, dice: &mut Dice) -> Id {
        self.numbered += 1;
        let number = format!("INC{:07}", self.numbered);
        let group = if dice.chance(150) { String::new() } else { self.group(dice.pick(&GROUPS)) };
        let person = if dice.chance(400) { String::new() } else { self.person(dice.pick(&PEOPLE)) };
        let caller = self.person(dice.pick(&PEOPLE));
        let (impact, urgency) = (1 + dice.below(3), 1 + dice.below(3));
        let mut values = state("1", dice);
        values.extend([
            ("number", number),
            ("impact", impact.to_string()),
            ("urgency", urgency.to_string()),
            ("priority", (impact + urgency - 1).min(5).to_string()),
            ("assignment_group", group),
            ("assigned_to", person),
            ("caller_id", caller),
            ("short_description", dice.pick(&TEXTS).to_owned()),
            ("description", dice.pick(&TEXTS).to_owned()),
            ("category", dice.pick(&["network", "software", "hardware", ""]).to_owned()),
            ("contact_type", dice.pick(&["phone", "email", "self-service", ""]).to_owned()),
        ]);
        let id = self.new_id();
        self.commit(id, "desk", Deed::Create(values));
        id
    }

    /// The id of a group of this name, made when there is none.
    pub(crate) fn group(&mut self, name: &str) -> String {
        self.named("sys_user_group", name)
    }

    /// The id of a person of this name, made when there is none.
    pub(crate) fn person(&mut self, name: &str) -> String {
        self.named("sys_user", name)
    }

    /// The id of the row of this name in a table of things that are referred to.
    pub(crate) fn named(&mut self, table: &'static str, name: &str) -> String {
        let id = Id::of_words(&[table, name]);
        let stamp = self.now_secs;
        let login: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        for in_table in with_bases(table) {
            let mut values = born(table, in_table);
            values.extend([("name", name), ("number", name), ("user_name", login.as_str()), ("active", "true")]);
            let table = self.tables.of_mut(in_table);
            if table.find(&id).is_none() {
                let row = table.compose(id, stamp, &values);
                table.put(row);
            }
        }
        id.text().to_owned()
    }

    /// Small and wild: bursts within one second, hostile texts, empty values, names with `^`.
    pub fn random(seed: u64, incidents: u32) -> Self {
        let mut instance = Self::empty(crate::world::NOW);
        instance.seed = seed;
        instance.dice = Dice::new(seed, 42 << 32);
        let mut dice = Dice::new(seed, 43 << 32);
        for name in GROUPS {
            instance.group(name);
        }
        while instance.numbered < u64::from(incidents) {
            instance.open(&mut dice);
            if dice.chance(600) {
                instance.mutate(&mut dice);
            }
            if dice.chance(120) {
                instance.advance(1 + dice.below(90) as i64);
            }
        }
        instance.advance(600);
        instance
    }

    /// So many incidents that were created within one second, as an import does it.
    pub fn burst(&mut self, incidents: u32) {
        let mut dice = Dice::new(self.seed, 44 << 32);
        for _ in 0..incidents {
            self.open(&mut dice);
        }
    }
}

fn state(code: &str, dice: &mut Dice) -> Vec<(&'static str, String)> {
    let hold = if code == "3" { dice.pick(&["1", "3", "4", "5"]) } else { "" };
    vec![
        ("state", code.to_owned()),
        ("incident_state", code.to_owned()),
        ("hold_reason", hold.to_owned()),
        ("active", "true".to_owned()),
    ]
}

fn resolved(moment: &str) -> Vec<(&'static str, String)> {
    [
        ("state", "6"),
        ("incident_state", "6"),
        ("hold_reason", ""),
        ("resolved_at", moment),
        ("close_code", "Solved (Permanently)"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn reopened(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let mut values = state("2", dice);
    values.extend([("resolved_at", String::new()), ("closed_at", String::new()), ("close_code", String::new())]);
    values
}
