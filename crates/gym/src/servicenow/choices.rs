//! Choice lists: codes with a label per language. It knows no incident.

use super::id::Id;
use super::instance::Instance;
use super::switches::Switches;
use super::table::Row;
use std::collections::HashMap;

/// Column, code, English, German.
#[rustfmt::skip]
const LISTS: &[(&str, &str, &str, &str)] = &[
    ("state", "1", "New", "Neu"), ("state", "2", "In Progress", "In Bearbeitung"),
    ("state", "3", "On Hold", "Angehalten"), ("state", "6", "Resolved", "Gelöst"),
    ("state", "7", "Closed", "Geschlossen"), ("state", "8", "Canceled", "Abgebrochen"),
    ("hold_reason", "1", "Awaiting Caller", "Warten auf Anrufer"),
    ("hold_reason", "3", "Awaiting Problem", "Warten auf Problem"),
    ("hold_reason", "4", "Awaiting Vendor", "Warten auf Lieferant"),
    ("hold_reason", "5", "Awaiting Change", "Warten auf Change"),
    ("priority", "1", "1 - Critical", "1 - Kritisch"), ("priority", "2", "2 - High", "2 - Hoch"),
    ("priority", "3", "3 - Moderate", "3 - Mittel"), ("priority", "4", "4 - Low", "4 - Niedrig"),
    ("priority", "5", "5 - Planning", "5 - Planung"),
    ("impact", "1", "1 - High", "1 - Hoch"), ("impact", "2", "2 - Medium", "2 - Mittel"),
    ("impact", "3", "3 - Low", "3 - Niedrig"),
    ("urgency", "1", "1 - High", "1 - Hoch"), ("urgency", "2", "2 - Medium", "2 - Mittel"),
    ("urgency", "3", "3 - Low", "3 - Niedrig"),
    ("severity", "1", "1 - High", "1 - Hoch"), ("severity", "2", "2 - Medium", "2 - Mittel"),
    ("severity", "3", "3 - Low", "3 - Niedrig"),
    ("contact_type", "phone", "Phone", "Telefon"), ("contact_type", "email", "Email", "E-Mail"),
    ("contact_type", "self-service", "Self-service", "Selbstbedienung"),
    ("contact_type", "monitoring", "Monitoring", "Überwachung"),
    ("category", "network", "Network", "Netzwerk"), ("category", "software", "Software", "Software"),
    ("category", "hardware", "Hardware", "Hardware"), ("category", "database", "Database", "Datenbank"),
    ("category", "inquiry", "Inquiry / Help", "Anfrage / Hilfe"),
    ("close_code", "Solved (Permanently)", "Solved (Permanently)", "Gelöst (dauerhaft)"),
    ("close_code", "Solved (Work Around)", "Solved (Work Around)", "Gelöst (Behelf)"),
    ("close_code", "Not Solved (Not Reproducible)", "Not Solved (Not Reproducible)", "Nicht nachvollziehbar"),
    ("close_code", "Closed/Resolved by Caller", "Closed/Resolved by Caller", "Vom Anrufer gelöst"),
    ("escalation", "0", "Normal", "Normal"), ("escalation", "1", "Moderate", "Mäßig"),
    ("escalation", "2", "High", "Hoch"), ("escalation", "3", "Overdue", "Überfällig"),
    ("notify", "1", "Do Not Notify", "Nicht benachrichtigen"), ("notify", "2", "Send Email", "E-Mail senden"),
    ("approval", "not requested", "Not Yet Requested", "Noch nicht angefordert"),
    ("upon_reject", "cancel", "Cancel all future Tasks", "Alle weiteren Aufgaben abbrechen"),
    ("upon_approval", "proceed", "Proceed to Next Task", "Weiter mit nächster Aufgabe"),
];

/// Languages of the lists.
pub(crate) const LANGUAGES: [&str; 2] = ["en", "de"];

pub(crate) fn load(instance: &mut Instance) {
    for (at, (element, value, english, german)) in LISTS.iter().enumerate() {
        add(instance, element, value, [english, german], at);
        if *element == "state" {
            add(instance, "incident_state", value, [english, german], at);
        }
    }
}

/// One choice with its labels, one row per language; a choice that is there gets these labels.
pub(crate) fn add(instance: &mut Instance, element: &str, value: &str, labels: [&str; 2], sequence: usize) {
    let stamp = instance.now_secs;
    let table = instance.tables.of_mut("sys_choice");
    for (language, label) in LANGUAGES.iter().zip(labels) {
        let id = Id::of_words(&["choice", element, value, language]);
        let updates = |row: &Row| table.column("sys_mod_count").map(|at| row.text(&table.columns, at));
        let before = table.find(&id).and_then(updates).and_then(|count| count.parse::<u64>().ok());
        let mod_count = before.map_or(0, |count| count + 1).to_string();
        let values = [
            ("name", "incident"),
            ("element", element),
            ("value", value),
            ("label", label),
            ("language", language),
            ("inactive", "false"),
            ("sequence", &sequence.to_string()),
            ("sys_mod_count", &mod_count),
        ];
        let row = table.compose(id, stamp, &values);
        table.put(row);
    }
}

/// Labels as a customer has them, or those of the product again.
pub(crate) fn rename(instance: &mut Instance, switches: &Switches) {
    for (at, (element, value, english, german)) in LISTS.iter().enumerate() {
        let word = |label: &str| if switches.labels_renamed { format!("» {label} «") } else { label.to_owned() };
        let labels = [word(english), word(german)];
        add(instance, element, value, [&labels[0], &labels[1]], at);
        if *element == "state" {
            add(instance, "incident_state", value, [&labels[0], &labels[1]], at);
        }
    }
}

/// Labels in one language, by column and code.
pub(crate) fn labels(instance: &Instance, language: &str) -> HashMap<String, HashMap<String, String>> {
    let table = instance.tables.of("sys_choice");
    let mut labels: HashMap<String, HashMap<String, String>> = HashMap::new();
    let column = |name: &str| table.column(name).expect("the table of choices has this column");
    let columns = ["element", "value", "label", "language"].map(column);
    for row in table.rows() {
        let [element, value, label, of] = columns.map(|at| row.text(&table.columns, at));
        if of == language {
            labels.entry(element).or_default().insert(value, label);
        }
    }
    labels
}
