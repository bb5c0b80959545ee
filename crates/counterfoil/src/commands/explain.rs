//! `explain`: a record field by field, from what the source said, by which rule, to what is held; and its history.

use super::{
    Context, explain_clocks as clocks, explain_kpi, explain_links as links, explain_origin as origin,
    explain_proofs as proofs,
};
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::keys::{FormerKey, Keys};
use crate::lookup::{self, Found};
use crate::terminal::{Align, Table, bytes, clip, count, safe};
use anyhow::{Context as _, Result};
use counterfoil_assurance::kpi;
use counterfoil_mapping::{Explanation, FieldExplanation};
use counterfoil_model::{Quality, Reading, Record};
use counterfoil_pipeline::Mappings;
use counterfoil_pipeline::ports::StoredVersion;
use counterfoil_record::RecordId;
use counterfoil_wire::decode_event;
use serde_json::{Value, json};

/// Explains a record or a figure.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Explain) -> Result<Exit> {
    if let Some(kpi) = kpi(&args.what) {
        return explain_kpi::run(context, kpi, args);
    }
    let Found { ids, remarks } = find(context, &args.what)?;
    if !context.json {
        for remark in &remarks {
            writeln!(context.out, "{}\n", safe(remark))?;
        }
    }
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            writeln!(context.out)?;
        }
        record(context, id, &remarks, args)?;
    }
    Ok(Exit::Complete)
}

fn find(context: &Context<'_>, what: &str) -> Result<Found> {
    let found = lookup::find(context.gateway, what)?;
    if found.ids.is_empty() {
        return Err(Failure::error(
            Exit::Usage,
            format!(
                "no record and no figure is called `{}`\n  help: `counterfoil events --last 5` shows ids; what was set aside \
                 is in `counterfoil quarantine list`",
                safe(what)
            ),
        ));
    }
    Ok(found)
}

fn record(context: &mut Context<'_>, id: &RecordId, remarks: &[String], args: &cli::Explain) -> Result<()> {
    let raw = args.raw;
    let ledger = context.gateway.ledger.as_ref();
    let head = ledger.head(id)?.context("the record is held")?;
    let version = ledger.version(head.at)?;
    let digest = version.mapping.context("the version names its mapping")?;
    let text = ledger.mapping(&digest)?.context("the ledger keeps the mapping")?;
    let mappings = Mappings::from_stored(&text).map_err(anyhow::Error::msg)?;
    let event = decode_event(&version.event.body)?;
    let explanation = mappings
        .iter()
        .map(|mapping| mapping.explain(version.form, version.raw.as_str()))
        .find(|explanation| !matches!(explanation.outcome, counterfoil_mapping::Outcome::NotApplicable { .. }))
        .context("a mapping is for this record")?;
    let record = counterfoil_wire::decode_record(event.record_json)?;
    let keys = Keys::of(ledger, id)?;
    let clocks = clocks::of(context, id, record.kind, &args.as_of)?;
    if context.json {
        let fields: Vec<Value> = explanation.fields.iter().map(field_json).collect();
        let value = json!({
            "id": id.as_str(), "version": version.version, "versions": chain_json(context, &version)?,
            "brought_by": origin::as_json(context, id, &version)?, "mapping": explanation.mapping, "mapping_digest": digest.to_string(), "place": version.place.to_string(),
            "raw_sha256": version.raw.digest().to_string(), "fields": fields, "remarks": remarks,
            "links": record.links.iter().map(|link| links::as_json(link, &explanation)).collect::<Vec<_>>(),
            "former_keys": keys.former.iter().map(FormerKey::as_json).collect::<Vec<_>>(),
            "clocks": clocks.map(|(_, value)| value),
            "record": serde_json::from_str::<Value>(event.record_json)?,
            "raw": raw.then(|| serde_json::from_str::<Value>(version.raw.as_str())).transpose()?,
        });
        return context.write_json(&value);
    }
    write_head(context, id, &keys, &version, &explanation)?;
    write_fields(context, &explanation)?;
    links::write(context, &record, &explanation)?;
    write_history(context, &record, &explanation, &version)?;
    proofs::write(context, id, &record, &version)?;
    if let Some((text, _)) = clocks {
        write!(context.out, "\n{text}")?;
    }
    write_notes(context, &explanation)?;
    if raw {
        writeln!(context.out, "\nraw payload:\n{}", bytes(version.raw.as_str().as_bytes()))?;
    }
    Ok(())
}

fn write_head(
    context: &mut Context<'_>,
    id: &RecordId,
    keys: &Keys,
    version: &StoredVersion,
    explanation: &Explanation,
) -> Result<()> {
    writeln!(context.out, "{:>12}  {}", "record", safe(&id.to_string()))?;
    for (at, former) in keys.former.iter().enumerate() {
        let name = if at == 0 { "former keys" } else { "" };
        writeln!(context.out, "{name:>12}  {} {}", safe(&former.key), former.end)?;
    }
    let lines = [
        ("version", format!("{}, seen {}", version.version, version.seen_at)),
        ("came from", version.place.to_string()),
        ("brought by", origin::in_words(context, id, version)?),
        (
            "raw payload",
            format!("sha256 {} ({} bytes)", version.raw.digest(), count(version.raw.as_str().len() as u64)),
        ),
        ("mapped by", explanation.mapping.clone()),
        ("event", version.event.id.clone()),
    ];
    for (name, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(context.out, "{name:>12}  {}", safe(text))?;
    }
    writeln!(context.out)?;
    Ok(())
}

fn write_fields(context: &mut Context<'_>, explanation: &Explanation) -> Result<()> {
    let columns =
        [("raw value", Align::Left), ("→ rule", Align::Left), ("→ field", Align::Left), ("value", Align::Left)];
    let width = context.terminal.width;
    let rule = |field: &FieldExplanation| file_and_line(field.word_rule.as_deref().unwrap_or(&field.rule)).to_owned();
    let longest = explanation.fields.iter().map(|field| rule(field).chars().count()).max().unwrap_or_default();
    // Names of fields, and file and line, are what people look for; long raw values wrap.
    let table = Table::new(&columns, width, context.terminal.colours);
    let mut table = table.at_most(0, width * 2 / 5).at_most(1, longest + 2).whole(2);
    for field in &explanation.fields {
        let raw = field.raw.as_deref().map_or_else(|| "(nothing)".to_owned(), |raw| format!("{raw:?}"));
        table.row([
            format!("{} {}", field.pointer, clip(&raw, 60)),
            format!("{} {}", rule(field), field.converter),
            field.field.name().to_owned(),
            clip(&reading_text(&field.reading, field.quality), 80),
        ]);
    }
    write!(context.out, "{table}")?;
    Ok(())
}

/// `incident-log.toml:43`: the path stands above the table.
pub(super) fn file_and_line(rule: &str) -> &str {
    rule.rsplit('/').next().unwrap_or(rule)
}

pub(super) fn reading_text(reading: &Reading, quality: Quality) -> String {
    match reading {
        Reading::Known(value) if quality == Quality::Manual => format!("{value} (set for this instance)"),
        Reading::Known(value) if quality == Quality::Category => format!("{value} (by category)"),
        Reading::Known(value) => value.to_string(),
        Reading::Missing => "unknown: missing".to_owned(),
        Reading::Unmapped(raw) => format!("unknown: unmapped `{raw}`"),
        Reading::Unreadable(raw) => format!("unknown: unreadable `{raw}`"),
    }
}

/// The history that is held; where the payload itself tells it, with the rule and the row that show it.
fn write_history(
    context: &mut Context<'_>,
    record: &Record,
    explanation: &Explanation,
    version: &StoredVersion,
) -> Result<()> {
    if record.history.is_empty() {
        writeln!(
            context.out,
            "\nno history: the source tells none, and nothing tracked has changed since it was first seen"
        )?;
        return Ok(());
    }
    writeln!(context.out, "\nhistory:")?;
    let columns = [
        ("when", Align::Left),
        ("field", Align::Left),
        ("from", Align::Left),
        ("to", Align::Left),
        ("source", Align::Left),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    for (at, transition) in record.history.iter().enumerate() {
        let told = explanation.history.get(at).filter(|told| told.transition == *transition);
        let source = match told {
            Some(told) => {
                let row = transition.row.map(|row| format!("row {} ", row + 1)).unwrap_or_default();
                let rule = file_and_line(told.word_rule.as_deref().unwrap_or(&told.rule));
                format!("{row}{} {:?} → {rule}", told.pointer, told.to_raw.as_deref().unwrap_or(""))
            }
            None => format!("{} between two pulls, version {} or before", transition.precision.name(), version.version),
        };
        let native = |reading: &Reading, native: &Option<std::sync::Arc<str>>| match native {
            Some(native) if Some(native.as_ref()) != reading.known().map(ToString::to_string).as_deref() => {
                format!("{} ({native})", reading_text(reading, Quality::Exact))
            }
            _ => reading_text(reading, Quality::Exact),
        };
        table.row([
            reading_text(&transition.occurred_at, Quality::Exact).replace(":00Z", "Z"),
            transition.field.name().to_owned(),
            if transition.from == Reading::Missing {
                String::new()
            } else {
                native(&transition.from, &transition.from_native)
            },
            native(&transition.to, &transition.to_native),
            source,
        ]);
    }
    write!(context.out, "{table}")?;
    Ok(())
}

fn write_notes(context: &mut Context<'_>, explanation: &Explanation) -> Result<()> {
    if explanation.notes().is_empty() {
        return Ok(());
    }
    writeln!(context.out, "\nnoticed:")?;
    for note in explanation.notes() {
        writeln!(context.out, "  {} {} ({})", note.code, safe(&note.message), note.rule)?;
    }
    Ok(())
}

fn field_json(field: &FieldExplanation) -> Value {
    json!({
        "field": field.field.name(), "pointer": field.pointer, "raw": field.raw, "rule": field.rule,
        "word_rule": field.word_rule, "converter": field.converter, "quality": field.quality.name(),
        "reading": field.reading.name(), "value": field.reading.known().map(ToString::to_string),
    })
}

/// Every version of the record, newest first.
fn chain_json(context: &Context<'_>, newest: &StoredVersion) -> Result<Vec<Value>> {
    let mut chain = Vec::new();
    let mut next = Some(newest.clone());
    while let Some(version) = next {
        chain.push(
            json!({ "version": version.version, "seen_at": version.seen_at.to_string(), "event": version.event.id }),
        );
        next = version.previous.map(|at| context.gateway.ledger.version(at)).transpose()?;
    }
    Ok(chain)
}
