//! `mapping diff`: what the mappings as they are now would change, before anything is published.

use super::kpi::{load, window, zone};
use super::{Context, known_instance};
use crate::exit::Exit;
use crate::terminal::{self, Align, count, plural};
use anyhow::Result;
use counterfoil_assurance::{Facts, Figure, Held, KPIS, Query, Table, humanise};
use counterfoil_pipeline::{Difference, RecordChange, compare};
use serde_json::json;
use std::collections::HashMap;

/// Compares and prints; changes nothing.
pub(crate) fn run(context: &mut Context<'_>, instance: Option<&str>) -> Result<Exit> {
    if let Some(instance) = instance {
        known_instance(context.gateway, instance)?;
    }
    let table = load(context, &crate::cli::AsOf::default())?;
    let query = Query { window: window(context, &table, None, None)?, by: None, party: None };
    let mut changed: HashMap<String, Option<Facts>> = HashMap::new();
    let mut difference = Difference::default();
    for source in
        context.gateway.sources.iter().filter(|source| instance.is_none_or(|wanted| *source.instance == *wanted))
    {
        let ledger = context.gateway.ledger.as_ref();
        compare(ledger, &source.instance, source.stream.name, &source.mappings, &mut difference, &mut |id, would| {
            changed.insert(id.to_string(), would);
        })?;
    }
    let rows = table.rows().filter_map(|row| {
        let facts = changed.remove(row.id).unwrap_or_else(|| Some(row.facts.clone()))?;
        Some(Held { id: row.id.into(), facts })
    });
    let after = Table::of(rows.collect(), &zone);
    let figures: Vec<(Figure, Figure)> = table
        .figures(KPIS, query.clone())
        .into_iter()
        .zip(after.figures(KPIS, query))
        .filter(|(before, after)| before.value != after.value)
        .collect();
    if context.json {
        let fields: Vec<_> = difference
            .fields
            .iter()
            .map(|((field, from, to), n)| json!({ "field": field, "from": from, "to": to, "records": n }))
            .collect();
        let kpis: Vec<_> = figures
            .iter()
            .map(|(before, after)| json!({ "id": before.spec.id, "before": before.value, "after": after.value }))
            .collect();
        context.write_json(&json!({
            "records": difference.records, "changed": difference.changed, "quarantined": difference.rejected,
            "not_applicable": difference.not_applicable, "links": difference.links,
            "history_only": difference.history_only, "fields": fields, "kpis": kpis,
        }))?;
        return Ok(Exit::Complete);
    }
    write(context, &difference, &figures)?;
    Ok(Exit::Complete)
}

fn write(context: &mut Context<'_>, difference: &Difference, figures: &[(Figure, Figure)]) -> Result<()> {
    let compared = plural(difference.records, "record");
    if difference.changed == 0 {
        writeln!(context.out, "{compared} compared; the mappings as they are now change nothing")?;
        return Ok(());
    }
    writeln!(context.out, "{compared} compared, {} would change\n", count(difference.changed))?;
    let columns =
        [("field", Align::Left), ("as held", Align::Left), ("would be", Align::Left), ("records", Align::Right)];
    let mut table = terminal::Table::new(&columns, context.terminal.width, context.terminal.colours);
    for ((field, from, to), records) in &difference.fields {
        table.row([field, from, to, &count(*records)]);
    }
    write!(context.out, "{table}")?;
    let others = [
        (difference.rejected, "would be quarantined"),
        (difference.not_applicable, "would no longer be mapped"),
        (difference.links, "would differ in their links and in no field"),
        (difference.history_only, "would differ in their history only"),
    ];
    for (records, what) in others.into_iter().filter(|(records, _)| *records > 0) {
        writeln!(context.out, "{} {what}", plural(records, "record"))?;
    }
    if !figures.is_empty() {
        writeln!(context.out)?;
        let columns = [("figure", Align::Left), ("", Align::Left), ("now", Align::Right), ("would be", Align::Right)];
        let mut table = terminal::Table::new(&columns, context.terminal.width, context.terminal.colours);
        for (before, after) in figures {
            let shown = |figure: &Figure| {
                figure.value.map_or_else(|| "unknown".to_owned(), |value| humanise::value(value, figure.spec.unit))
            };
            table.row([before.spec.id, before.spec.title, &shown(before), &shown(after)]);
        }
        write!(context.out, "{table}")?;
    }
    writeln!(context.out, "\nfor example")?;
    for (id, change) in difference.examples.iter().take(5) {
        let what = match change {
            RecordChange::Fields(fields) => {
                fields.iter().map(|(field, _, _)| field.name()).collect::<Vec<_>>().join(", ")
            }
            RecordChange::Links => "its links".to_owned(),
            RecordChange::History => "its history".to_owned(),
            RecordChange::Rejected(reason) => format!("quarantined: {reason}"),
            RecordChange::NotApplicable => "no longer mapped".to_owned(),
        };
        writeln!(context.out, "  {id}: {}", crate::terminal::safe(&what))?;
    }
    writeln!(
        context.out,
        "\nnothing was changed; `counterfoil replay` applies the mappings and publishes what differs"
    )?;
    Ok(())
}
