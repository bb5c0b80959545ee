//! `quarantine`: what could not be taken in, with its bytes and the next step.

use super::{Context, mappings_of, problems};
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::lookup;
use crate::terminal::{Align, Table, bytes, clip, plural, safe};
use anyhow::Result;
use counterfoil_pipeline::ports::{Aside, Frame, SetAside};
use counterfoil_pipeline::{Tally, retry_set_aside, set_aside_id};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Runs what was asked for.
pub(crate) fn run(context: &mut Context<'_>, command: &cli::Quarantine) -> Result<Exit> {
    match command {
        cli::Quarantine::List => list(context),
        cli::Quarantine::Show { id } => show(context, id),
        cli::Quarantine::Retry { ids } => retry(context, ids),
        cli::Quarantine::Dismiss { id } => dismiss(context, id),
    }
}

fn list(context: &mut Context<'_>) -> Result<Exit> {
    let all = problems::set_aside(context.gateway.ledger.as_ref())?;
    if context.json {
        context.write_json(&Value::Array(all.iter().map(as_json).collect()))?;
        return Ok(Exit::Complete);
    }
    if all.is_empty() {
        writeln!(context.out, "nothing is set aside")?;
        return Ok(Exit::Complete);
    }
    let columns = [
        ("id", Align::Left),
        ("what", Align::Left),
        ("where", Align::Left),
        ("code", Align::Left),
        ("why", Align::Left),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    for one in &all {
        let place = format!("{}: {}", one.instance, one.place);
        table.row([&clip(&one.id, 9).replace('…', ""), name(one.aside), &place, &one.code, &clip(&one.reason, 160)]);
    }
    write!(context.out, "{table}")?;
    writeln!(
        context.out,
        "\n{} set aside; `counterfoil quarantine show ID` has the bytes",
        plural(all.len() as u64, "thing")
    )?;
    Ok(Exit::Complete)
}

fn show(context: &mut Context<'_>, id: &str) -> Result<Exit> {
    let one = find(context, id)?;
    if context.json {
        let mut value = as_json(&one);
        value["bytes"] = json!(String::from_utf8_lossy(&one.bytes));
        value["bytes_sha256"] = json!(counterfoil_record::Digest::of(&one.bytes).to_string());
        context.write_json(&value)?;
        return Ok(Exit::Complete);
    }
    let native = one.native_id.as_deref().unwrap_or("none");
    let lines = [
        ("id", one.id.clone()),
        ("what", name(one.aside).to_owned()),
        ("from", format!("{}/{}, {}", one.instance, one.stream, one.place)),
        ("native id", native.to_owned()),
        ("set aside at", one.at.to_string()),
        ("code", one.code.clone()),
        ("why", one.reason.clone()),
        ("next step", one.remedy.clone()),
    ];
    for (label, text) in lines {
        writeln!(context.out, "{label:>13}  {}", safe(&text))?;
    }
    writeln!(context.out, "\nits {} as they came:\n{}", plural(one.bytes.len() as u64, "byte"), bytes(&one.bytes))?;
    Ok(Exit::Complete)
}

fn retry(context: &mut Context<'_>, ids: &[String]) -> Result<Exit> {
    let wanted: BTreeSet<String> = ids.iter().map(|id| Ok(find(context, id)?.id)).collect::<Result<_>>()?;
    let gateway = context.gateway;
    let streams: BTreeSet<(Arc<str>, Arc<str>)> = problems::set_aside(gateway.ledger.as_ref())?
        .into_iter()
        .filter(|one| one.aside == Aside::Quarantined)
        .map(|one| (one.instance, one.stream))
        .collect();
    let mut all = Tally::default();
    for (instance, stream) in streams {
        let Some(mappings) = mappings_of(gateway, &instance) else {
            writeln!(context.out, "{instance}: no longer configured, left as it is")?;
            continue;
        };
        let picked = |one: &SetAside| wanted.is_empty() || wanted.contains(&one.id);
        let now = gateway.clock.now();
        let report = retry_set_aside(gateway.ledger.as_ref(), &instance, &stream, &mappings, &picked, now)?;
        all += report.tally;
    }
    if context.json {
        context.write_json(&json!(all))?;
    } else {
        let taken = all.committed + all.unchanged + all.not_applicable;
        writeln!(context.out, "{} tried again: {taken} released, {} still quarantined", all.pulled, all.quarantined)?;
    }
    Ok(if all.quarantined == 0 { Exit::Complete } else { Exit::Incomplete })
}

fn dismiss(context: &mut Context<'_>, id: &str) -> Result<Exit> {
    let one = find(context, id)?;
    let frame = Frame {
        instance: Arc::clone(&one.instance),
        stream: Arc::clone(&one.stream),
        position: None,
        versions: Vec::new(),
        set_aside: Vec::new(),
        released: vec![one.id.clone()],
        mapping: None,
        nodes: Vec::new(),
        tally: Tally::default(),
        at: context.gateway.clock.now(),
    };
    context.gateway.ledger.commit(frame)?;
    writeln!(context.out, "{} is dismissed; the page that set it aside still proves that it came", one.id)?;
    Ok(Exit::Complete)
}

/// The one whose id begins with `id`, or else the record that people call so, of which a newer version was set aside.
fn find(context: &Context<'_>, id: &str) -> Result<SetAside> {
    let ledger = context.gateway.ledger.as_ref();
    let all = problems::set_aside(ledger)?;
    let mut wanted = vec![id.to_owned()];
    if !all.iter().any(|one| one.id.starts_with(id)) {
        wanted = lookup::find(context.gateway, id)?.ids.iter().map(set_aside_id).collect();
        let by_native_id = all.iter().filter(|one| one.native_id.as_deref() == Some(id));
        wanted.extend(by_native_id.map(|one| one.id.clone()));
    }
    let mut found = all.iter().filter(|one| wanted.iter().any(|id| one.id.starts_with(id)));
    match (found.next(), found.next()) {
        (Some(one), None) => {
            let whole = ledger.set_aside_one(&one.id)?;
            whole.ok_or_else(|| Failure::error(Exit::Usage, format!("`{id}` is no longer set aside")))
        }
        (Some(_), Some(_)) => Err(Failure::error(
            Exit::Usage,
            format!("several things are called `{id}`, or so begin; write more of the id"),
        )),
        (None, _) => Err(Failure::error(
            Exit::Usage,
            format!(
                "nothing set aside is called `{id}` or has an id that begins with it\n  help: `counterfoil quarantine list` names \
                 them"
            ),
        )),
    }
}

fn name(aside: Aside) -> &'static str {
    match aside {
        Aside::Quarantined => "quarantined",
        Aside::Unreadable => "unreadable",
    }
}

fn as_json(one: &SetAside) -> Value {
    json!({
        "id": one.id, "what": name(one.aside), "instance": one.instance.as_ref(), "stream": one.stream.as_ref(),
        "native_id": one.native_id, "code": one.code, "place": one.place.to_string(), "reason": one.reason,
        "remedy": one.remedy, "at": one.at.to_string(),
    })
}
