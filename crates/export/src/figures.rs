//! Figures: a row for each, with everything that a reader needs to judge it.

use crate::sheet::column;
use crate::{Cell, Sheet, Type};
use counterfoil_assurance::{Figure, Status};
use serde_json::{Map, Value};

/// The figures as `kpi --json` has them; exclusions and details are JSON objects in a cell.
pub fn figures(figures: &[Figure]) -> Sheet {
    let columns = vec![
        column("id", Type::Text),
        column("title", Type::Text),
        column("by", Type::Text),
        column("group", Type::Text),
        column("value", Type::Number),
        column("unit", Type::Text),
        column("n", Type::Whole),
        column("excluded", Type::Whole),
        column("coverage", Type::Number),
        column("status", Type::Text),
        column("status_reason", Type::Text),
        column("interval_low", Type::Number),
        column("interval_high", Type::Number),
        column("imputed", Type::Whole),
        column("from", Type::Moment),
        column("to", Type::Moment),
        column("exclusions", Type::Text),
        column("details", Type::Text),
        column("cohort", Type::Text),
        column("definition", Type::Text),
        column("source", Type::Text),
    ];
    Sheet { name: "figures", columns, rows: figures.iter().map(row).collect() }
}

fn row(figure: &Figure) -> Vec<Cell> {
    let group = figure.group.as_ref();
    let reason = match figure.status {
        Status::NotComputable(reason) => Cell::text(reason),
        Status::Ok | Status::Degraded | Status::InsufficientData => Cell::Empty,
    };
    let exclusions: Map<String, Value> =
        figure.excluded.iter().map(|(reason, n)| (reason.name().to_owned(), Value::from(*n))).collect();
    let details: Map<String, Value> =
        figure.details.iter().map(|(name, value)| (name.clone(), Value::from(*value))).collect();
    vec![
        Cell::text(figure.spec.id),
        Cell::text(figure.spec.title),
        group.map_or(Cell::Empty, |group| Cell::text(group.by.name())),
        group.map_or(Cell::Empty, |group| Cell::text(&*group.name)),
        Cell::number(figure.value),
        Cell::text(figure.spec.unit.name()),
        Cell::count(figure.n),
        Cell::count(figure.excluded_total()),
        Cell::Number(figure.coverage),
        Cell::text(figure.status.name()),
        reason,
        Cell::number(figure.interval.map(|(low, _)| low)),
        Cell::number(figure.interval.map(|(_, high)| high)),
        Cell::count(figure.imputed),
        figure.window.from.map_or(Cell::Empty, Cell::Moment),
        Cell::Moment(figure.window.to),
        Cell::text(Value::Object(exclusions).to_string()),
        Cell::text(Value::Object(details).to_string()),
        Cell::text(&*figure.cohort),
        Cell::text(figure.spec.definition),
        Cell::text(figure.spec.source),
    ]
}
