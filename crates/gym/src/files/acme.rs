//! acme: ServiceNow's incident audit log as CSV, one row per update, in the columns of the real log that the shipped
//! mapping reads. Moments are UTC, unpadded; `?` is null.

use super::text::slashes;
use super::{Book, Column, Draft, Effect, EstateFile, Expected, Problem};
use crate::incident::{Incident, Snapshot};
use crate::life::{Actor, HoldReason, Resolution, State};
use crate::provider::Contact;
use jiff::Timestamp;

const COLUMNS: [&str; 36] = [
    "number",
    "incident_state",
    "active",
    "reassignment_count",
    "reopen_count",
    "sys_mod_count",
    "made_sla",
    "caller_id",
    "opened_by",
    "opened_at",
    "sys_created_by",
    "sys_created_at",
    "sys_updated_by",
    "sys_updated_at",
    "contact_type",
    "location",
    "category",
    "subcategory",
    "u_symptom",
    "cmdb_ci",
    "impact",
    "urgency",
    "priority",
    "assignment_group",
    "assigned_to",
    "knowledge",
    "u_priority_confirmation",
    "notify",
    "problem_id",
    "rfc",
    "vendor",
    "caused_by",
    "closed_code",
    "resolved_by",
    "resolved_at",
    "closed_at",
];

/// 2026-04-01T00:00Z: the log as it was found; it has grown by the week since.
const FIRST_STAGE: Timestamp = Timestamp::constant(1_775_001_600, 0);
const WEEK_SECS: i64 = 7 * 86_400;

pub(super) fn write(draft: &mut Draft<'_>) -> [Expected; 3] {
    [log(draft), legacy(draft), telephony(draft)]
}

/// Whether it was opened after the first part of the log, so that a live start begins with good rows.
pub(super) fn is_after_first_stage(incident: &Incident) -> bool {
    incident.opened > FIRST_STAGE
}

fn log(draft: &mut Draft<'_>) -> Expected {
    let path = "acme/incidents-log.csv";
    let incidents = draft.of(Book::AcmeLog);
    let mut rows: Vec<(Timestamp, usize, Snapshot)> = Vec::new();
    for at in &incidents {
        rows.extend(
            draft.world.incidents[*at].snapshots().into_iter().map(|snapshot| (snapshot.updated, *at, snapshot)),
        );
    }
    // As the tool wrote them: rows of different incidents are mixed.
    rows.sort_by_key(|(updated, at, _)| (*updated, *at));
    let mut text = Text::new(&COLUMNS);
    let mut growth: Vec<(Timestamp, usize)> = Vec::new();
    let mut until = FIRST_STAGE;
    for (line, (updated, at, snapshot)) in rows.iter().enumerate() {
        while *updated > until {
            let length = text.len();
            if growth.last().is_none_or(|(_, before)| *before < length) {
                growth.push((until, length));
            }
            until += jiff::SignedDuration::from_secs(WEEK_SECS);
        }
        let incident = &draft.world.incidents[*at];
        let mut row = row(incident, snapshot);
        if draft.picks.acme_date == Some(*at) {
            row[9] = "31/02/2026 10:15".to_owned();
            if snapshot.mod_count == 0 {
                draft.problems.push(Problem {
                    code: "date-unreadable",
                    book: Book::AcmeLog,
                    file: path.to_owned(),
                    row: Some(line as u64 + 2),
                    ids: vec![incident.id.clone()],
                    effect: Effect::Hides,
                    column: Column::Quarantined,
                    shown: format!("{} was opened on `31/02/2026 10:15`, which is no date", incident.number),
                });
            }
        }
        text.row(&row);
    }
    let bytes = text.bytes();
    if growth.last().is_none_or(|(_, before)| *before < bytes.len()) {
        growth.push((draft.world.now, bytes.len()));
    }
    draft.files.push(EstateFile { path: path.to_owned(), bytes, growth });
    let quarantined = usize::from(draft.picks.acme_date.is_some());
    let mut expected = expected(Book::AcmeLog, incidents.len() - quarantined, rows.len(), 0);
    expected.quarantined = quarantined as u64;
    expected
}

/// Every date of this file reads as D/M and as M/D.
fn legacy(draft: &mut Draft<'_>) -> Expected {
    let path = "acme/legacy-q1.csv";
    let incidents = draft.of(Book::AcmeLegacy);
    if incidents.is_empty() {
        return expected(Book::AcmeLegacy, 0, 0, 0);
    }
    let mut text = Text::new(&COLUMNS);
    for at in &incidents {
        let incident = &draft.world.incidents[*at];
        for snapshot in incident.snapshots() {
            text.row(&row(incident, &snapshot));
        }
    }
    draft.file(path, text.bytes(), FIRST_STAGE);
    refused(draft, Book::AcmeLegacy, path, "dates-ambiguous", &incidents, |records| {
        format!(
            "every date reads both as D/M and as M/D: the file is refused, both readings are shown, {records} \
             incidents are missing"
        )
    })
}

/// The group stands there twice, with different values.
fn telephony(draft: &mut Draft<'_>) -> Expected {
    let path = "acme/telephony-april.csv";
    let incidents = draft.of(Book::AcmeTelephony);
    if incidents.is_empty() {
        return expected(Book::AcmeTelephony, 0, 0, 0);
    }
    let mut columns = COLUMNS.to_vec();
    columns.push("assignment_group");
    let mut text = Text::new(&columns);
    for at in &incidents {
        let incident = &draft.world.incidents[*at];
        for snapshot in incident.snapshots() {
            let mut row = row(incident, &snapshot).to_vec();
            row.push("Telephony Vendor Desk".to_owned());
            text.row(&row);
        }
    }
    let at = Timestamp::from_second(FIRST_STAGE.as_second() + 6 * WEEK_SECS).expect("a moment of the world");
    draft.file(path, text.bytes(), at);
    refused(draft, Book::AcmeTelephony, path, "duplicate-column", &incidents, |records| {
        format!(
            "the column `assignment_group` stands there twice: the file is refused, {records} incidents are missing"
        )
    })
}

fn refused(
    draft: &mut Draft<'_>,
    book: Book,
    path: &str,
    code: &'static str,
    incidents: &[usize],
    shown: impl Fn(usize) -> String,
) -> Expected {
    draft.problems.push(Problem {
        code,
        book,
        file: path.to_owned(),
        row: None,
        ids: incidents.iter().map(|at| draft.world.incidents[*at].id.clone()).collect(),
        effect: Effect::Hides,
        column: Column::BehindGap,
        shown: shown(incidents.len()),
    });
    expected(book, 0, 0, incidents.len())
}

fn expected(book: Book, committed: usize, rows: usize, behind_gap: usize) -> Expected {
    Expected {
        book,
        committed: committed as u64,
        rows: rows as u64,
        quarantined: 0,
        unreadable: 0,
        not_applicable: 0,
        behind_gap: behind_gap as u64,
    }
}

fn row(incident: &Incident, now: &Snapshot) -> [String; 36] {
    let null = || "?".to_owned();
    let moment = |at: Option<Timestamp>| at.map_or_else(null, slashes);
    let known = |text: Option<&str>| text.map_or_else(null, str::to_owned);
    [
        incident.number.clone(),
        state(now).to_owned(),
        (!matches!(now.state, State::Closed | State::Cancelled)).to_string(),
        now.reassigned.to_string(),
        now.reopened.to_string(),
        now.mod_count.to_string(),
        now.made_sla.to_string(),
        format!("Caller {}", incident.caller.0),
        format!("Opened by  {}", 1 + incident.caller.0 % 9),
        slashes(incident.opened),
        format!("Created by {}", 1 + incident.caller.0 % 9),
        slashes(incident.created()),
        match now.updated_by {
            Actor::Person(name) => name.to_owned(),
            Actor::Automation => "system".to_owned(),
        },
        slashes(now.updated),
        contact(incident.contact).to_owned(),
        location(incident.customer).to_owned(),
        incident.category.to_owned(),
        incident.service.to_owned(),
        format!("Symptom {}", 1 + incident.caller.0 % 40),
        null(),
        three(incident.impact).to_owned(),
        three(incident.urgency).to_owned(),
        priority(incident.priority()).to_owned(),
        known(now.group),
        known(now.person),
        "false".to_owned(),
        "false".to_owned(),
        "Do Not Notify".to_owned(),
        null(),
        null(),
        null(),
        null(),
        known(now.resolution.map(code)),
        known(now.resolver),
        moment(now.resolved),
        moment(now.closed),
    ]
}

fn state(now: &Snapshot) -> &'static str {
    match (now.state, now.hold) {
        (State::New, _) => "New",
        (State::Assigned | State::InProgress, _) => "Active",
        (State::OnHold, Some(HoldReason::Supplier)) => "Awaiting Vendor",
        (State::OnHold, Some(HoldReason::Problem)) => "Awaiting Problem",
        (State::OnHold, Some(HoldReason::Customer) | None) => "Awaiting User Info",
        (State::Resolved, _) => "Resolved",
        (State::Closed, _) => "Closed",
        (State::Cancelled, _) => "Canceled",
    }
}

fn contact(contact: Contact) -> &'static str {
    match contact {
        Contact::Phone => "Phone",
        Contact::Email => "Email",
        Contact::SelfService => "Self service",
        Contact::Monitoring => "Direct opening",
    }
}

fn location(customer: &str) -> &'static str {
    match customer {
        "Brightwell Retail" => "Leeds",
        "Hansa Logistik AG" => "Hamburg",
        _ => "Stuttgart",
    }
}

fn three(level: u8) -> &'static str {
    match level {
        1 => "1 - High",
        2 => "2 - Medium",
        _ => "3 - Low",
    }
}

fn priority(priority: u8) -> &'static str {
    match priority {
        1 => "1 - Critical",
        2 => "2 - High",
        3 => "3 - Moderate",
        4 => "4 - Low",
        _ => "5 - Planning",
    }
}

fn code(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Permanently => "code 5",
        Resolution::Workaround => "code 6",
        Resolution::NotReproducible => "code 9",
        Resolution::ByCaller => "code 11",
    }
}

/// CSV text with lines that end in a line feed.
struct Text(csv::Writer<Vec<u8>>);

impl Text {
    fn new(columns: &[&str]) -> Self {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(columns).expect("writing to memory does not fail");
        Self(writer)
    }

    fn row(&mut self, row: &[String]) {
        self.0.write_record(row).expect("rows are as long as the header");
    }

    fn len(&mut self) -> usize {
        self.0.flush().expect("writing to memory does not fail");
        self.0.get_ref().len()
    }

    fn bytes(mut self) -> Vec<u8> {
        self.len();
        self.0.into_inner().expect("writing to memory does not fail")
    }
}
