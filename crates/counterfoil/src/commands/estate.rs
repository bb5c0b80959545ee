//! What was agreed and cannot be used as it stands: told wherever figures are, because those figures lack it.

use super::Context;
use super::kpi::zone;
use super::problems::wrap;
use crate::terminal::{plural, safe};
use anyhow::Result;
use counterfoil_assurance::{EstateFault, Held, Table};
use counterfoil_pipeline::Silent;
use serde_json::{Value, json};

/// The faults of everything that is held. What is work stays out of memory.
pub(crate) fn faults(context: &Context<'_>) -> Result<Vec<EstateFault>> {
    let cache = context.gateway.cache(&Silent)?;
    let mut rows = Vec::new();
    cache.scan(&mut |id, facts| {
        if !facts.is_work() {
            rows.push(Held { id: id.into(), facts });
        }
    })?;
    Ok(Table::of(rows, &zone).estate().faults().to_vec())
}

/// Writes the first of them; nothing where there are none.
pub(crate) fn write(context: &mut Context<'_>, faults: &[EstateFault], limit: usize) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let many = if faults.len() == 1 { "it is" } else { "they are" };
    let thing = plural(faults.len() as u64, "thing");
    writeln!(context.out, "\n{thing} in what was agreed cannot be used as {many}:")?;
    let width = context.terminal.width.max(60) - 4;
    for fault in faults.iter().take(limit) {
        let told = format!("{}: {}", fault.record, fault.why);
        let help = format!("help: {}", fault.remedy);
        for (at, line) in wrap(&safe(&told), width).into_iter().enumerate() {
            writeln!(context.out, "  {}{line}", if at == 0 { "" } else { "  " })?;
        }
        for line in wrap(&safe(&help), width - 2) {
            writeln!(context.out, "    {line}")?;
        }
    }
    if faults.len() > limit {
        writeln!(context.out, "  … and {} more, in `status --json`", faults.len() - limit)?;
    }
    Ok(())
}

/// All of them.
pub(crate) fn as_json(faults: &[EstateFault]) -> Value {
    let one = |fault: &EstateFault| {
        json!({
            "record": &*fault.record, "field": fault.field.map(|field| field.name()),
            "why": fault.why, "remedy": fault.remedy,
        })
    };
    faults.iter().map(one).collect()
}
