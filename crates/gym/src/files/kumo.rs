//! kumo: a spreadsheet per month with real date cells, and one German CSV export of its predecessor tool (`;`,
//! windows-1252). Moments are what a clock in Berlin showed, without a zone, in whole minutes.

use super::text::{berlin, dots, local, windows_1252};
use super::{Book, Column, Draft, Effect, Expected, Problem};
use crate::incident::{Incident, Snapshot};
use crate::life::{HoldReason, State};
use crate::world::{KUMO_CUTOVER, NOW, World};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// The months of the sheets and when each was exported: the midnight in Berlin after its last day.
const SHEETS: [(&str, Timestamp); 3] = [
    ("kumo/2026-04.xlsx", Timestamp::constant(1_777_586_400, 0)),
    ("kumo/2026-05.xlsx", Timestamp::constant(1_780_264_800, 0)),
    ("kumo/2026-06.xlsx", NOW),
];

const COLUMNS: [&str; 13] = [
    "Ticket", "Title", "Status", "Priority", "Opened", "Resolved", "Closed", "Team", "Service", "Updated", "Reopened",
    "Hops", "SLA met",
];

const GERMAN_COLUMNS: [&str; 13] = [
    "Ticket",
    "Titel",
    "Status",
    "Priorität",
    "Eröffnet",
    "Gelöst",
    "Geschlossen",
    "Team",
    "Dienst",
    "Geändert",
    "Wiedereröffnet",
    "Übergaben",
    "Frist eingehalten",
];

/// The sheets that tell a ticket: it was updated in that month, or is open at its end.
pub(super) fn sheets_of(incident: &Incident) -> Vec<usize> {
    let mut told = Vec::new();
    let mut since = KUMO_CUTOVER;
    for (sheet, (_, until)) in SHEETS.iter().enumerate() {
        if let Some(now) = incident.as_of(*until) {
            let ended = matches!(now.state, State::Closed | State::Cancelled);
            if !ended || now.updated > since {
                told.push(sheet);
            }
        }
        since = *until;
    }
    told
}

pub(super) fn write(draft: &mut Draft<'_>) -> [Expected; 2] {
    [sheets(draft), backlog(draft)]
}

fn expected(book: Book, committed: usize) -> Expected {
    Expected {
        book,
        committed: committed as u64,
        rows: 0,
        quarantined: 0,
        unreadable: 0,
        not_applicable: 0,
        behind_gap: 0,
    }
}

enum Cell {
    Text(String),
    Number(u32),
    Moment(Timestamp),
    Empty,
}

fn sheets(draft: &mut Draft<'_>) -> Expected {
    let zone = berlin();
    let tickets = draft.of(Book::KumoSheets);
    let mut expected = expected(Book::KumoSheets, tickets.len());
    for (sheet, (path, until)) in SHEETS.iter().enumerate() {
        let mut rows = Vec::new();
        for at in &tickets {
            let incident = &draft.world.incidents[*at];
            let contradicts = sheet == 2 && draft.picks.kumo_contradiction == Some(*at);
            if !contradicts && !sheets_of(incident).contains(&sheet) {
                continue;
            }
            let now = incident.as_of(*until).expect("a ticket is told after it was recorded");
            let mut row = cells(incident, &now);
            // The header is row 1.
            spoil(draft, *at, sheet, rows.len() as u64 + 2, &mut row, &mut expected);
            rows.push(row);
        }
        let bytes = workbook(&rows, *until, &zone).expect("a small sheet can be written");
        draft.file(path, bytes, *until);
    }
    expected
}

/// What is wrong with a row on purpose.
fn spoil(draft: &mut Draft<'_>, at: usize, sheet: usize, row: u64, cells: &mut [Cell; 13], expected: &mut Expected) {
    let incident = &draft.world.incidents[at];
    let picks = draft.picks;
    let number = &incident.number;
    let (code, effect, column, shown) = if sheet == 2 && picks.kumo_parked.contains(&at) {
        cells[2] = Cell::Text("Parked".to_owned());
        (
            "status-unmapped",
            Effect::Damages,
            Column::Committed,
            format!("no rule knows the status `Parked` of {number}"),
        )
    } else if picks.kumo_keyless == Some(at) {
        cells[0] = Cell::Empty;
        expected.committed -= 1;
        expected.unreadable += 1;
        ("row-without-key", Effect::Hides, Column::Unreadable, format!("the row of {number} has no ticket number"))
    } else if picks.kumo_yesterday == Some(at) {
        cells[4] = Cell::Text("yesterday".to_owned());
        expected.committed -= 1;
        expected.quarantined += 1;
        ("date-unreadable", Effect::Hides, Column::Quarantined, format!("{number} was opened `yesterday`"))
    } else if picks.kumo_decimal == Some(at) {
        cells[11] = Cell::Text("3,87,16,91,111".to_owned());
        let shown = format!("the hops of {number} are `3,87,16,91,111`: a number that has lost its decimal point");
        ("decimal-lost", Effect::Damages, Column::Committed, shown)
    } else if sheet == 2 && picks.kumo_contradiction == Some(at) {
        cells[2] = Cell::Text(status(State::InProgress, None).to_owned());
        cells[5] = Cell::Empty;
        cells[6] = Cell::Empty;
        let shown = format!("{number} is closed in 2026-05.xlsx and in progress here, both updated at the same moment");
        ("contradiction", Effect::Damages, Column::Committed, shown)
    } else {
        expected.rows += 1;
        return;
    };
    expected.rows += u64::from(column != Column::Unreadable);
    draft.problems.push(Problem {
        code,
        book: Book::KumoSheets,
        file: SHEETS[sheet].0.to_owned(),
        row: Some(row),
        ids: vec![incident.id.clone()],
        effect,
        column,
        shown,
    });
}

fn cells(incident: &Incident, now: &Snapshot) -> [Cell; 13] {
    let text = |text: &str| Cell::Text(text.to_owned());
    let moment = |at: Option<Timestamp>| at.map_or(Cell::Empty, Cell::Moment);
    [
        text(&incident.number),
        text(&incident.title),
        text(status(now.state, now.hold)),
        text(priority(incident.priority())),
        Cell::Moment(incident.opened),
        moment(now.resolved),
        moment(now.closed),
        now.group.map_or(Cell::Empty, text),
        text(incident.service),
        Cell::Moment(now.updated),
        Cell::Number(now.reopened),
        Cell::Number(now.reassigned),
        text(if now.made_sla { "yes" } else { "no" }),
    ]
}

fn workbook(rows: &[[Cell; 13]], made: Timestamp, zone: &TimeZone) -> Result<Vec<u8>, XlsxError> {
    let moments = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let head = Format::new().set_bold();
    let mut workbook = Workbook::new();
    // Without this the library would ask the clock, and no two files would be equal.
    let made = ExcelDateTime::from_timestamp(made.as_second())?;
    workbook.set_properties(&DocProperties::new().set_author("kumo service desk").set_creation_datetime(&made));
    let sheet = workbook.add_worksheet().set_name("Tickets")?;
    for (column, name) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, *name, &head)?;
    }
    for (row, cells) in rows.iter().enumerate() {
        let row = row as u32 + 1;
        for (column, cell) in cells.iter().enumerate() {
            let column = column as u16;
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Number(number) => sheet.write_number(row, column, *number)?,
                Cell::Moment(at) => {
                    let t = local(*at, zone);
                    let moment = ExcelDateTime::from_ymd(t.year() as u16, t.month() as u8, t.day() as u8)?.and_hms(
                        t.hour() as u16,
                        t.minute() as u8,
                        t.second() as u8,
                    )?;
                    sheet.write_datetime_with_format(row, column, &moment, &moments)?
                }
                Cell::Empty => continue,
            };
        }
    }
    workbook.save_to_buffer()
}

fn status(state: State, hold: Option<HoldReason>) -> &'static str {
    match (state, hold) {
        (State::New, _) => "New",
        (State::Assigned, _) => "Assigned",
        (State::InProgress, _) => "In Progress",
        (State::OnHold, Some(HoldReason::Supplier)) => "Waiting for supplier",
        (State::OnHold, Some(HoldReason::Problem)) => "Waiting for fix",
        (State::OnHold, Some(HoldReason::Customer) | None) => "Waiting for customer",
        (State::Resolved, _) => "Resolved",
        (State::Closed, _) => "Closed",
        (State::Cancelled, _) => "Cancelled",
    }
}

fn priority(priority: u8) -> &'static str {
    ["Critical", "High", "Medium", "Low", "Planning"][usize::from(priority) - 1]
}

fn backlog(draft: &mut Draft<'_>) -> Expected {
    let path = "kumo/backlog-export.csv";
    let zone = berlin();
    let mut tickets = draft.of(Book::KumoBacklog);
    let mut expected = expected(Book::KumoBacklog, tickets.len());
    // The row that is cut off is the last one, as it is when a disk is full.
    let cut = draft.picks.backlog_cut;
    tickets.sort_by_key(|at| (cut == Some(*at), *at));
    let mut text = line(&GERMAN_COLUMNS.map(str::to_owned));
    for at in tickets {
        let row = line(&german_cells(draft.world, at, &zone));
        if cut != Some(at) {
            expected.rows += 1;
            text.push_str(&row);
            continue;
        }
        let incident = &draft.world.incidents[at];
        expected.committed -= 1;
        expected.unreadable += 1;
        draft.problems.push(Problem {
            code: "row-cut-off",
            book: Book::KumoBacklog,
            file: path.to_owned(),
            row: Some(expected.rows + 2),
            ids: vec![incident.id.clone()],
            effect: Effect::Hides,
            column: Column::Unreadable,
            shown: format!("the file ends in the middle of the row of {}", incident.number),
        });
        text.extend(row.chars().take(incident.number.chars().count() + 6));
    }
    let bytes = windows_1252(&text).expect("titles of the predecessor tool are in windows-1252");
    draft.file(path, bytes, NOW);
    expected
}

fn german_cells(world: &World, at: usize, zone: &TimeZone) -> [String; 13] {
    let incident = &world.incidents[at];
    let now = incident.last();
    let moment = |at: Option<Timestamp>| at.map_or_else(String::new, |at| dots(at, zone));
    [
        incident.number.clone(),
        incident.title.clone(),
        german_status(now.state, now.hold).to_owned(),
        ["Kritisch", "Hoch", "Mittel", "Niedrig", "Planung"][usize::from(incident.priority()) - 1].to_owned(),
        dots(incident.opened, zone),
        moment(now.resolved),
        moment(now.closed),
        now.group.unwrap_or_default().to_owned(),
        incident.service.to_owned(),
        dots(now.updated, zone),
        now.reopened.to_string(),
        now.reassigned.to_string(),
        if now.made_sla { "ja" } else { "nein" }.to_owned(),
    ]
}

fn german_status(state: State, hold: Option<HoldReason>) -> &'static str {
    match (state, hold) {
        (State::New, _) => "Neu",
        (State::Assigned, _) => "Zugewiesen",
        (State::InProgress, _) => "In Bearbeitung",
        (State::OnHold, Some(HoldReason::Supplier)) => "Wartet auf Lieferant",
        (State::OnHold, Some(HoldReason::Problem)) => "Wartet auf Fehlerbehebung",
        (State::OnHold, Some(HoldReason::Customer) | None) => "Wartet auf Kunde",
        (State::Resolved, _) => "Gelöst",
        (State::Closed, _) => "Geschlossen",
        (State::Cancelled, _) => "Storniert",
    }
}

/// One line of CSV with `;`, ended by CR LF.
fn line(cells: &[String; 13]) -> String {
    let mut writer =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).expect("writing to memory does not fail");
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("cells are text")
}
