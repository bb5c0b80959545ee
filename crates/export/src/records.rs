//! Records as figures see them: what is not known is an empty cell, and why stands in `unknown`.

use crate::sheet::column;
use crate::{Cell, Column, Sheet, Type};
use counterfoil_assurance::{Row, Told};
use counterfoil_model::Field;
use jiff::Timestamp;

const MOMENTS: &[Field] = &[
    Field::CreatedAt,
    Field::OpenedAt,
    Field::FirstResponseAt,
    Field::FirstResolvedAt,
    Field::ResolvedAt,
    Field::FulfilledAt,
    Field::ClosedAt,
    Field::DueAt,
    Field::SourceUpdatedAt,
    Field::PlannedStart,
    Field::PlannedEnd,
    Field::ActualStart,
    Field::ActualEnd,
    Field::ValidFrom,
    Field::ValidTo,
];
const WORDS: &[Field] = &[Field::State, Field::Priority, Field::ChangeType, Field::Outcome, Field::ApprovalState];
const TEXTS: &[Field] = &[
    Field::NativeKey,
    Field::Title,
    Field::OwnerParty,
    Field::AssigneeParty,
    Field::ResolverParty,
    Field::AssigneeGroup,
    Field::Service,
    Field::ConfigurationItem,
    Field::Category,
    Field::Problem,
    Field::CausedByChange,
    Field::DuplicateOf,
    Field::Parent,
];
const NUMBERS: &[Field] = &[Field::ReopenCount, Field::ReassignCount, Field::PartyHopCount];
const FLAGS: &[Field] = &[Field::IsMajor, Field::ResolutionTargetMet, Field::MajorImpact];

/// Every record, whatever its kind; no column names a person.
pub fn records<'a>(rows: impl Iterator<Item = Row<'a>>) -> Sheet {
    let fixed = [("id", Type::Text), ("instance", Type::Text), ("kind", Type::Text)];
    let mut columns: Vec<Column> = fixed.map(|(name, holds)| column(name, holds)).to_vec();
    let typed = [
        (TEXTS, Type::Text),
        (WORDS, Type::Text),
        (MOMENTS, Type::Moment),
        (NUMBERS, Type::Whole),
        (FLAGS, Type::Flag),
    ];
    for (fields, holds) in typed {
        columns.extend(fields.iter().map(|field| column(field.name(), holds)));
    }
    columns.extend([
        column("tombstone", Type::Flag),
        column("observed_at", Type::Moment),
        column("unknown", Type::Text),
    ]);
    Sheet { name: "records", columns, rows: rows.map(cells).collect() }
}

fn cells(row: Row<'_>) -> Vec<Cell> {
    let mut unknown = Vec::new();
    let mut cells = vec![
        Cell::text(row.id),
        Cell::text(&*row.instance),
        row.kind().map_or(Cell::Empty, |kind| Cell::text(kind.name())),
    ];
    let mut push = |field: Field, told: Told<Cell>| {
        if matches!(told, Told::Unmapped | Told::Unreadable) {
            unknown.push(format!("{}: {}", field.name(), told.name()));
        }
        cells.push(match told {
            Told::Known(cell) => cell,
            Told::Missing | Told::Unmapped | Told::Unreadable => Cell::Empty,
        });
    };
    for field in TEXTS {
        push(*field, known(row.text(*field), Cell::text));
    }
    for field in WORDS {
        push(*field, known(row.word(*field), Cell::text));
    }
    for field in MOMENTS {
        push(*field, known(row.moment(*field), moment));
    }
    for field in NUMBERS {
        push(*field, known(row.number(*field), Cell::Whole));
    }
    for field in FLAGS {
        push(*field, known(row.flag(*field), Cell::Flag));
    }
    cells.extend([Cell::Flag(row.tombstone), moment(row.observed_at), Cell::text(unknown.join("; "))]);
    cells
}

fn known<T>(told: Told<T>, cell: impl FnOnce(T) -> Cell) -> Told<Cell> {
    match told {
        Told::Known(value) => Told::Known(cell(value)),
        Told::Missing => Told::Missing,
        Told::Unmapped => Told::Unmapped,
        Told::Unreadable => Told::Unreadable,
    }
}

fn moment(millis: i64) -> Cell {
    Timestamp::from_millisecond(millis).map_or(Cell::Empty, Cell::Moment)
}
