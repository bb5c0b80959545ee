//! nordlicht: snapshots as ServiceNow's Table API writes them, one JSON object per line.
//!
//! There is an export per week and, at the end, per day. Later exports carry newer versions of the same incidents.
//! Codes and moments are ServiceNow's (UTC), the words are German.

use super::text::{dots, table};
use super::{Book, Column, Draft, Effect, Expected, Problem};
use crate::incident::{Incident, Request, Snapshot};
use crate::life::{Actor, HoldReason, Resolution, State};
use crate::provider::Contact;
use crate::world::NOW;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

const DAY: i64 = 86_400;

/// When the exports were taken: Sundays at 22:00 UTC from 2026-04-05, then two days.
pub(super) fn exports() -> Vec<Timestamp> {
    let now = NOW.as_second();
    let weekly = (0..13).rev().map(|week| now - 2 * DAY - week * 7 * DAY);
    weekly.chain([now - DAY, now]).map(|secs| Timestamp::from_second(secs).expect("a moment of the world")).collect()
}

/// The exports that tell an incident: those before which it was updated, each update once.
pub(super) fn exports_of(incident: &Incident) -> Vec<usize> {
    let exports = exports();
    let mut told: Vec<usize> =
        incident.life.iter().filter_map(|event| exports.iter().position(|export| event.at <= *export)).collect();
    told.dedup();
    told
}

pub(super) fn write(draft: &mut Draft<'_>) -> Expected {
    let world = draft.world;
    let exports = exports();
    let incidents = draft.of(Book::NordlichtSnapshots);
    let mut expected = Expected {
        book: Book::NordlichtSnapshots,
        committed: incidents.len() as u64,
        rows: 0,
        quarantined: 0,
        unreadable: 0,
        not_applicable: 0,
        behind_gap: 0,
    };
    let mut lines_of: Vec<Vec<Line<'_>>> = exports.iter().map(|_| Vec::new()).collect();
    for at in incidents {
        let incident = &world.incidents[at];
        for export in exports_of(incident) {
            let snapshot = incident.as_of(exports[export]).expect("an incident is told after it was recorded");
            lines_of[export].push(Line { updated: snapshot.updated, told: Tells::Incident(at, snapshot) });
        }
    }
    for request in &world.requests {
        let export = exports.iter().position(|export| request.opened <= *export).unwrap_or(exports.len() - 1);
        lines_of[export].push(Line { updated: request.opened, told: Tells::Request(request) });
    }
    let mut last_lines = Vec::new();
    for (export, mut lines) in lines_of.into_iter().enumerate() {
        lines.sort_by_key(|line| line.updated);
        let path = format!("nordlicht/incidents-{}.jsonl", exports[export].to_zoned_datetime(TimeZone::UTC).date());
        let mut text = String::new();
        last_lines.clear();
        for (row, line) in lines.iter().enumerate() {
            let json = tell(draft, &path, row as u64 + 1, line, &mut expected);
            text.push_str(&json);
            text.push('\n');
            last_lines.push(json);
        }
        draft.file(&path, text.into_bytes(), exports[export]);
    }
    half_written(draft, &last_lines);
    expected
}

struct Line<'a> {
    updated: Timestamp,
    told: Tells<'a>,
}

enum Tells<'a> {
    Incident(usize, Snapshot),
    Request(&'a Request),
}

/// One line, with what is wrong with it on purpose.
fn tell(draft: &mut Draft<'_>, path: &str, row: u64, line: &Line<'_>, expected: &mut Expected) -> String {
    let mut problem = |code, ids: &str, effect, column, shown: String| {
        draft.problems.push(Problem {
            code,
            book: Book::NordlichtSnapshots,
            file: path.to_owned(),
            row: Some(row),
            ids: vec![ids.to_owned()],
            effect,
            column,
            shown,
        });
    };
    let (at, now) = match &line.told {
        Tells::Request(request) => {
            expected.not_applicable += 1;
            let shown = format!("{} is a service request, no incident", request.number);
            problem("not-an-incident", &request.id, Effect::Nothing, Column::NotApplicable, shown);
            return request_json(request);
        }
        Tells::Incident(at, now) => (*at, now),
    };
    let incident = &draft.world.incidents[at];
    let mut row_json = IncidentRow::of(incident, now);
    if draft.picks.nordlicht_before == Some(at) && now.resolved.is_some() {
        let before = Timestamp::from_second(incident.opened.as_second() - 2 * 3_600).expect("a moment of the world");
        row_json.resolved_at = table(before);
        if now.state == State::Closed {
            let shown = format!("{} was resolved two hours before it was opened", incident.number);
            problem("resolved-before-opened", &incident.id, Effect::Damages, Column::Committed, shown);
        }
    }
    let json = serde_json::to_string(&row_json).expect("a row of text is JSON");
    if draft.picks.nordlicht_json == Some(at) {
        expected.committed -= 1;
        expected.unreadable += 1;
        let shown = format!("the line of {} is no JSON: a quote is missing", incident.number);
        problem("json-invalid", &incident.id, Effect::Hides, Column::Unreadable, shown);
        return json.replacen("\"short_description\":\"", "\"short_description\":", 1);
    }
    expected.rows += 1;
    json
}

/// The next export is being written while the world stands still.
fn half_written(draft: &mut Draft<'_>, lines: &[String]) {
    let path = "nordlicht/incidents-2026-07-01.jsonl.part";
    let whole = lines.join("\n");
    let cut = (0..=whole.len() * 2 / 3).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
    draft.file(path, whole.as_bytes()[..cut].to_vec(), draft.world.now);
    draft.problems.push(Problem {
        code: "half-written",
        book: Book::NordlichtSnapshots,
        file: path.to_owned(),
        row: None,
        ids: Vec::new(),
        effect: Effect::Nothing,
        column: Column::LeftAlone,
        shown: "the export of 1 July is still being written and is left alone".to_owned(),
    });
}

/// The fields in the order in which they are written. All are text, as the Table API has it; empty is null.
#[derive(Serialize)]
struct IncidentRow<'a> {
    sys_id: &'a str,
    number: &'a str,
    sys_class_name: &'static str,
    state: &'static str,
    incident_state: &'static str,
    hold_reason: &'static str,
    short_description: &'a str,
    description: String,
    category: &'static str,
    subcategory: &'static str,
    contact_type: &'static str,
    impact: String,
    urgency: String,
    priority: String,
    business_service: &'static str,
    cmdb_ci: &'static str,
    company: &'static str,
    caller_id: String,
    assignment_group: &'static str,
    assigned_to: &'static str,
    opened_at: String,
    opened_by: &'static str,
    sys_created_on: String,
    sys_created_by: &'static str,
    sys_updated_on: String,
    sys_updated_by: &'static str,
    sys_mod_count: String,
    active: String,
    made_sla: String,
    reassignment_count: String,
    reopen_count: String,
    resolved_at: String,
    resolved_by: &'static str,
    close_code: &'static str,
    close_notes: &'static str,
    closed_at: String,
    problem_id: &'static str,
    rfc: &'static str,
    parent_incident: &'static str,
    u_rueckmeldung_bis: String,
    u_sprache: &'static str,
}

impl<'a> IncidentRow<'a> {
    fn of(incident: &'a Incident, now: &Snapshot) -> Self {
        let moment = |at: Option<Timestamp>| at.map_or_else(String::new, table);
        let state = state(now.state);
        let (close_code, close_notes) = now.resolution.map_or(("", ""), resolution);
        let target = Timestamp::from_second(incident.opened.as_second() + incident.target_secs)
            .expect("targets lie within some days");
        Self {
            sys_id: &incident.id,
            number: &incident.number,
            sys_class_name: "incident",
            state,
            incident_state: state,
            hold_reason: match now.hold {
                None => "",
                Some(HoldReason::Customer) => "1",
                Some(HoldReason::Problem) => "3",
                Some(HoldReason::Supplier) => "4",
            },
            short_description: &incident.title,
            description: format!("{}\n\nGemeldet für {}.", incident.title, incident.customer),
            category: incident.category,
            subcategory: "",
            contact_type: match incident.contact {
                Contact::Phone => "phone",
                Contact::Email => "email",
                Contact::SelfService => "self-service",
                Contact::Monitoring => "monitoring",
            },
            impact: incident.impact.to_string(),
            urgency: incident.urgency.to_string(),
            priority: incident.priority().to_string(),
            business_service: incident.service,
            cmdb_ci: "",
            company: incident.customer,
            caller_id: format!("melder.{}", incident.caller.0),
            assignment_group: now.group.unwrap_or_default(),
            assigned_to: now.person.unwrap_or_default(),
            opened_at: table(incident.opened),
            opened_by: "leitstand",
            sys_created_on: table(incident.created()),
            sys_created_by: "leitstand",
            sys_updated_on: table(now.updated),
            sys_updated_by: match now.updated_by {
                Actor::Person(name) => name,
                Actor::Automation => "system",
            },
            sys_mod_count: now.mod_count.to_string(),
            active: (!matches!(now.state, State::Closed | State::Cancelled)).to_string(),
            made_sla: now.made_sla.to_string(),
            reassignment_count: now.reassigned.to_string(),
            reopen_count: now.reopened.to_string(),
            resolved_at: moment(now.resolved),
            resolved_by: now.resolver.unwrap_or_default(),
            close_code,
            close_notes,
            closed_at: moment(now.closed),
            problem_id: "",
            rfc: "",
            parent_incident: "",
            u_rueckmeldung_bis: dots(target, &super::text::berlin()),
            u_sprache: "de",
        }
    }
}

#[derive(Serialize)]
struct RequestRow<'a> {
    sys_id: &'a str,
    number: &'a str,
    sys_class_name: &'static str,
    state: &'static str,
    short_description: &'static str,
    business_service: &'static str,
    priority: &'static str,
    opened_at: String,
    sys_created_on: String,
    sys_updated_on: String,
    sys_mod_count: &'static str,
    active: &'static str,
}

fn request_json(request: &Request) -> String {
    let opened = table(request.opened);
    serde_json::to_string(&RequestRow {
        sys_id: &request.id,
        number: &request.number,
        sys_class_name: "sc_req_item",
        state: "1",
        short_description: request.title,
        business_service: request.service,
        priority: "4",
        opened_at: opened.clone(),
        sys_created_on: opened.clone(),
        sys_updated_on: opened,
        sys_mod_count: "0",
        active: "true",
    })
    .expect("a row of text is JSON")
}

fn state(state: State) -> &'static str {
    match state {
        State::New => "1",
        State::Assigned | State::InProgress => "2",
        State::OnHold => "3",
        State::Resolved => "6",
        State::Closed => "7",
        State::Cancelled => "8",
    }
}

fn resolution(resolution: Resolution) -> (&'static str, &'static str) {
    match resolution {
        Resolution::Permanently => ("Gelöst (dauerhaft)", "Ursache behoben."),
        Resolution::Workaround => ("Gelöst (Umgehung)", "Dienst über Umgehung wiederhergestellt."),
        Resolution::NotReproducible => ("Nicht nachstellbar", "Störung trat nicht mehr auf."),
        Resolution::ByCaller => ("Vom Anwender gelöst", "Anwender hat selbst gelöst."),
    }
}
