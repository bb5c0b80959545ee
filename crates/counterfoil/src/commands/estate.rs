//! What was agreed and cannot be used as it stands: told wherever figures are, because those figures lack it.

use super::Context;
use super::kpi::zone;
use super::problems::wrap;
use crate::gateway::SystemClock;
use crate::terminal::{Terminal, plural, safe};
use anyhow::Result;
use counterfoil_assurance::{EstateFault, Facts, Held, Table};
use counterfoil_config::Instance;
use counterfoil_mapping::Outcome;
use counterfoil_pipeline::{Clock as _, Mappings, Silent};
use counterfoil_record::{Position, RecordKey};
use counterfoil_sdk::PullContext;
use serde_json::{Value, json};
use std::io::Write;

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

/// The faults of what the configuration itself says, before anything is pulled. What it leaves to other sources, as a
/// service that a tool describes, is no fault.
pub(crate) async fn faults_of(register: &Instance, mappings: &Mappings) -> Result<Vec<EstateFault>> {
    let now = SystemClock.now();
    let (mut rows, mut unread) = (Vec::new(), Vec::new());
    for stream in register.connector.streams() {
        let context = PullContext { now, page_size: usize::MAX };
        for raw in register.connector.pull(stream, &Position::default(), context).await?.records {
            let outcome = mappings.map(&raw).0;
            let instance = register.name.as_str();
            let key = RecordKey { instance: instance.into(), stream: stream.name.into(), native_id: raw.native_id };
            let id = Box::from(key.id().as_str());
            match outcome {
                Outcome::Mapped { mapped, .. } => {
                    rows.push(Held { id, facts: Facts::of(instance, &mapped.record, now) });
                }
                Outcome::Rejected { .. } | Outcome::NotApplicable { .. } => unread.push(EstateFault {
                    record: id,
                    field: None,
                    why: "no mapping reads this section".to_owned(),
                    remedy: "this is a bug of ours; please report it with the section".to_owned(),
                }),
            }
        }
    }
    let table = Table::of(rows, &zone);
    Ok(unread.into_iter().chain(table.estate().faults().iter().cloned()).collect())
}

/// Writes the first of them; nothing where there are none.
pub(crate) fn write(out: &mut dyn Write, terminal: &Terminal, faults: &[EstateFault], limit: usize) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let many = if faults.len() == 1 { "it is" } else { "they are" };
    let thing = plural(faults.len() as u64, "thing");
    writeln!(out, "\n{thing} in what was agreed cannot be used as {many}:")?;
    let width = terminal.width.max(60) - 4;
    for fault in faults.iter().take(limit) {
        let told = format!("{}: {}", fault.record, fault.why);
        let help = format!("help: {}", fault.remedy);
        for (at, line) in wrap(&safe(&told), width).into_iter().enumerate() {
            writeln!(out, "  {}{line}", if at == 0 { "" } else { "  " })?;
        }
        for line in wrap(&safe(&help), width - 2) {
            writeln!(out, "    {line}")?;
        }
    }
    if faults.len() > limit {
        writeln!(out, "  … and {} more, in `status --json`", faults.len() - limit)?;
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
