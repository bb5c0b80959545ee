//! `explain INC-06`: a figure back to its records.

use super::Context;
use super::kpi::{load, window, write_as_of};
use super::problems::wrap;
use crate::cli;
use crate::exit::Exit;
use crate::terminal::{Align, Table, count, safe};
use anyhow::Result;
use counterfoil_assurance::{Class, Kpi, Query, Unit, humanise};
use serde_json::json;
use std::collections::BTreeMap;

/// Says how a figure is made and which records stand behind it.
pub(crate) fn run(context: &mut Context<'_>, kpi: &'static dyn Kpi, args: &cli::Explain) -> Result<Exit> {
    let table = load(context, &args.as_of)?;
    let window = window(context, &table, args.from.as_deref(), args.to.as_deref())?;
    let all = table.figures(&[kpi], Query { window, by: None, party: None });
    let figure = &all[0];
    let spec = kpi.spec();

    // Of each class some records are listed and all are counted, so that a million records stay a short answer.
    let mut classes: BTreeMap<String, (u64, Vec<(String, String)>)> = BTreeMap::new();
    let view = table.view(window);
    for row in table.rows() {
        let (class, amount) = match kpi.class(row, &view) {
            Class::Counted(measure) => {
                let amount = match spec.unit {
                    Unit::Seconds => humanise::duration(measure.amount as f64 / 1000.0),
                    _ => measure.amount.to_string(),
                };
                let imputed = if measure.imputed { " (by an imputed time)" } else { "" };
                (format!("counted: {}{imputed}", measure.label), amount)
            }
            Class::Excluded { reason, .. } => (format!("left out: {}", reason.sentence()), String::new()),
            Class::OutsideCohort => ("outside the cohort".to_owned(), String::new()),
        };
        let (n, listed) = classes.entry(class).or_default();
        *n += 1;
        if listed.len() < args.limit {
            listed.push((row.id.to_owned(), amount));
        }
    }
    if context.json {
        let classes: Vec<_> = classes
            .iter()
            .map(|(class, (n, listed))| {
                let records: Vec<_> =
                    listed.iter().map(|(id, amount)| json!({ "record": id, "amount": amount })).collect();
                json!({ "class": class, "records": n, "first": records })
            })
            .collect();
        context.write_json(&json!({ "figure": figure, "classes": classes }))?;
        return Ok(Exit::Complete);
    }
    let value = figure.value.map_or_else(|| "unknown".to_owned(), |value| humanise::value(value, spec.unit));
    writeln!(context.out, "{}  {}: {value}\n", spec.id, spec.title)?;
    write_as_of(context, &args.as_of)?;
    let lines = [
        ("definition", spec.definition.to_owned()),
        ("source", spec.source.to_owned()),
        ("cohort", figure.cohort.clone()),
        ("counted", count(figure.n)),
        ("left out", count(figure.excluded_total())),
        ("coverage", humanise::percent(figure.coverage)),
    ];
    for (name, text) in lines {
        for (at, line) in wrap(&text, context.terminal.width.max(60) - 14).iter().enumerate() {
            writeln!(context.out, "{:>12}  {line}", if at == 0 { name } else { "" })?;
        }
    }
    for (name, detail) in &figure.details {
        writeln!(context.out, "{:>12}  {name} = {detail}", "")?;
    }
    for (class, (n, listed)) in classes {
        writeln!(context.out, "\n{class}: {}", count(n))?;
        let mut table = Table::new(&[("  record", Align::Left), ("", Align::Right)], context.terminal.width, false);
        for (id, amount) in &listed {
            table.row([format!("  {}", safe(id)), amount.clone()]);
        }
        write!(context.out, "{table}")?;
        if n > listed.len() as u64 {
            writeln!(context.out, "  … {} more; `--limit N` lists more", count(n - listed.len() as u64))?;
        }
    }
    writeln!(context.out, "\n`counterfoil explain RECORD` goes on to the raw values")?;
    Ok(Exit::Complete)
}
