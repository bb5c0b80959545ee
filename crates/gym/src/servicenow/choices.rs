//! Choice lists: codes with a label per language. It knows no record.

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

/// The same of other tables, the table first.
#[rustfmt::skip]
const OTHERS: &[(&str, &str, &str, &str, &str)] = &[
    ("problem", "state", "101", "New", "Neu"), ("problem", "state", "102", "Assess", "Bewerten"),
    ("problem", "state", "103", "Root Cause Analysis", "Ursachenanalyse"),
    ("problem", "state", "104", "Fix in Progress", "Behebung läuft"),
    ("problem", "state", "106", "Resolved", "Gelöst"), ("problem", "state", "107", "Closed", "Geschlossen"),
    ("problem", "resolution_code", "fix_applied", "Fix Applied", "Behoben"),
    ("problem", "resolution_code", "risk_accepted", "Risk Accepted", "Risiko akzeptiert"),
    ("problem", "resolution_code", "duplicate", "Duplicate", "Duplikat"),
    ("problem", "resolution_code", "canceled", "Canceled", "Abgebrochen"),
    ("change_request", "state", "-5", "New", "Neu"), ("change_request", "state", "-4", "Assess", "Bewerten"),
    ("change_request", "state", "-3", "Authorize", "Autorisieren"),
    ("change_request", "state", "-2", "Scheduled", "Geplant"),
    ("change_request", "state", "-1", "Implement", "Implementieren"),
    ("change_request", "state", "0", "Review", "Überprüfen"), ("change_request", "state", "3", "Closed", "Geschlossen"),
    ("change_request", "state", "4", "Canceled", "Abgebrochen"),
    ("change_request", "type", "standard", "Standard", "Standard"),
    ("change_request", "type", "normal", "Normal", "Normal"),
    ("change_request", "type", "emergency", "Emergency", "Notfall"),
    ("change_request", "risk", "1", "Very High", "Sehr hoch"), ("change_request", "risk", "2", "High", "Hoch"),
    ("change_request", "risk", "3", "Moderate", "Mittel"), ("change_request", "risk", "4", "Low", "Niedrig"),
    ("change_request", "close_code", "successful", "Successful", "Erfolgreich"),
    ("change_request", "close_code", "successful_issues", "Successful with issues", "Erfolgreich mit Problemen"),
    ("change_request", "close_code", "unsuccessful", "Unsuccessful", "Nicht erfolgreich"),
    ("change_request", "conflict_status", "Not Run", "Not Run", "Nicht geprüft"),
    ("change_request", "conflict_status", "No Conflict", "No Conflict", "Kein Konflikt"),
    ("change_request", "conflict_status", "Conflict", "Conflict", "Konflikt"),
    ("change_request", "approval", "requested", "Requested", "Angefordert"),
    ("change_request", "approval", "approved", "Approved", "Genehmigt"),
    ("change_request", "approval", "rejected", "Rejected", "Abgelehnt"),
    ("change_task", "state", "-5", "Pending", "Ausstehend"), ("change_task", "state", "1", "Open", "Offen"),
    ("change_task", "state", "2", "In Progress", "In Bearbeitung"), ("change_task", "state", "3", "Closed", "Geschlossen"),
    ("change_task", "state", "4", "Canceled", "Abgebrochen"),
    ("sc_req_item", "state", "-5", "Pending", "Ausstehend"), ("sc_req_item", "state", "1", "Open", "Offen"),
    ("sc_req_item", "state", "2", "Work in Progress", "In Arbeit"),
    ("sc_req_item", "state", "3", "Closed Complete", "Abgeschlossen"),
    ("sc_req_item", "state", "4", "Closed Incomplete", "Unvollständig abgeschlossen"),
    ("sc_req_item", "state", "7", "Closed Skipped", "Übersprungen"),
    ("sc_task", "state", "-5", "Pending", "Ausstehend"), ("sc_task", "state", "1", "Open", "Offen"),
    ("sc_task", "state", "2", "Work in Progress", "In Arbeit"), ("sc_task", "state", "3", "Closed Complete", "Abgeschlossen"),
    ("sc_task", "state", "4", "Closed Incomplete", "Unvollständig abgeschlossen"),
    ("sc_task", "state", "7", "Closed Skipped", "Übersprungen"),
    ("sysapproval_approver", "state", "not requested", "Not Yet Requested", "Noch nicht angefordert"),
    ("sysapproval_approver", "state", "requested", "Requested", "Angefordert"),
    ("sysapproval_approver", "state", "approved", "Approved", "Genehmigt"),
    ("sysapproval_approver", "state", "rejected", "Rejected", "Abgelehnt"),
    ("sysapproval_approver", "state", "cancelled", "Cancelled", "Abgebrochen"),
    ("sysapproval_approver", "state", "not_required", "No Longer Required", "Nicht mehr erforderlich"),
    ("task_sla", "stage", "in_progress", "In progress", "Läuft"), ("task_sla", "stage", "paused", "Paused", "Angehalten"),
    ("task_sla", "stage", "completed", "Completed", "Beendet"), ("task_sla", "stage", "cancelled", "Cancelled", "Abgebrochen"),
    ("contract_sla", "type", "SLA", "SLA", "SLA"), ("contract_sla", "type", "OLA", "OLA", "OLA"),
    ("contract_sla", "type", "Underpinning contract", "Underpinning contract", "Absicherungsvertrag"),
    ("ast_contract", "state", "draft", "Draft", "Entwurf"), ("ast_contract", "state", "active", "Active", "Aktiv"),
    ("ast_contract", "state", "expired", "Expired", "Abgelaufen"),
    ("ast_contract", "state", "cancelled", "Canceled", "Abgebrochen"),
    ("cmdb_ci", "install_status", "1", "Installed", "Installiert"),
    ("cmdb_ci", "install_status", "3", "In Maintenance", "In Wartung"),
    ("cmdb_ci", "install_status", "7", "Retired", "Ausgemustert"),
    ("cmdb_ci", "operational_status", "1", "Operational", "In Betrieb"),
    ("cmdb_ci", "operational_status", "6", "Retired", "Ausgemustert"),
    ("cmdb_ci_service", "busines_criticality", "1 - most critical", "1 - most critical", "1 - am kritischsten"),
    ("cmdb_ci_service", "busines_criticality", "2 - somewhat critical", "2 - somewhat critical", "2 - eher kritisch"),
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
    for (at, (table, element, value, english, german)) in OTHERS.iter().enumerate() {
        add_to(instance, table, element, value, [english, german], at);
    }
}

/// One choice of incidents with its labels, one row per language; a choice that is there gets these labels.
pub(crate) fn add(instance: &mut Instance, element: &str, value: &str, labels: [&str; 2], sequence: usize) {
    add_to(instance, "incident", element, value, labels, sequence);
}

/// One choice of a table.
pub(crate) fn add_to(
    instance: &mut Instance,
    of: &str,
    element: &str,
    value: &str,
    labels: [&str; 2],
    sequence: usize,
) {
    let stamp = instance.now_secs;
    let table = instance.tables.of_mut("sys_choice");
    for (language, label) in LANGUAGES.iter().zip(labels) {
        let words = ["choice", of, element, value, language];
        let id =
            if of == "incident" { Id::of_words(&["choice", element, value, language]) } else { Id::of_words(&words) };
        let updates = |row: &Row| table.column("sys_mod_count").map(|at| row.text(&table.columns, at));
        let before = table.find(&id).and_then(updates).and_then(|count| count.parse::<u64>().ok());
        let mod_count = before.map_or(0, |count| count + 1).to_string();
        let values = [
            ("name", of),
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
    for (at, (table, element, value, english, german)) in OTHERS.iter().enumerate() {
        let word = |label: &str| if switches.labels_renamed { format!("» {label} «") } else { label.to_owned() };
        add_to(instance, table, element, value, [&word(english), &word(german)], at);
    }
}

/// Labels of a table in one language, by column and code. Lists that all tables share are kept with incidents.
pub(crate) fn labels(instance: &Instance, of_table: &str, language: &str) -> HashMap<String, HashMap<String, String>> {
    let table = instance.tables.of("sys_choice");
    let mut labels: HashMap<String, HashMap<String, String>> = HashMap::new();
    let column = |name: &str| table.column(name).expect("the table of choices has this column");
    let columns = ["element", "value", "label"].map(column);
    let (name, written) = (column("name"), column("language"));
    // What the table says itself comes last, and stays.
    for wanted in ["incident", of_table] {
        for row in table.rows() {
            if *row.value(&table.columns, name) != *wanted.as_bytes()
                || *row.value(&table.columns, written) != *language.as_bytes()
            {
                continue;
            }
            let [element, value, label] = columns.map(|at| row.text(&table.columns, at));
            labels.entry(element).or_default().insert(value, label);
        }
    }
    labels
}
