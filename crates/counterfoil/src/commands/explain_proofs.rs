//! What proves the transitions of a record that was gathered from mails: rule, confidence, and the mail.

use super::Context;
use crate::terminal::{Align, Table, clip};
use anyhow::Result;
use counterfoil_model::{Field, Record};
use counterfoil_pipeline::ports::StoredVersion;
use counterfoil_record::{RecordId, RecordKey};
use counterfoil_wire::{decode_event, decode_record};
use serde_json::Value;

/// Writes a line for each transition that names its proof; nothing where none does.
pub(super) fn write(context: &mut Context<'_>, id: &RecordId, record: &Record, version: &StoredVersion) -> Result<()> {
    if record.history.iter().all(|transition| transition.proof.is_none()) {
        return Ok(());
    }
    let raw: Value = serde_json::from_str(version.raw.as_str()).unwrap_or(Value::Null);
    let columns = [
        ("became", Align::Left),
        ("by the rule", Align::Left),
        ("sure", Align::Right),
        ("proven by the mail of", Align::Left),
        ("subject", Align::Left),
    ];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours);
    let mut shown = None;
    for transition in &record.history {
        let Some(proof) = transition.proof.as_deref() else { continue };
        let row = transition.row.map(|row| format!("/changes/{row}/rule"));
        let rule = row.and_then(|row| raw.pointer(&row)?.as_str().map(str::to_owned)).unwrap_or_default();
        let mail_id = mail(context, id, proof);
        let (sent, subject) = told(context, &mail_id)?;
        let became = transition.to.known().map_or_else(String::new, ToString::to_string);
        let sure = transition.confidence.map_or_else(String::new, |percent| format!("{percent} %"));
        table.row([became, rule, sure, sent, clip(&subject, 80)]);
        shown = Some(mail_id);
    }
    writeln!(context.out, "\nwhat proves it:")?;
    write!(context.out, "{table}")?;
    if let Some(mail) = shown {
        writeln!(context.out, "`counterfoil explain {mail} --raw` shows the last of these mails with all its bytes")?;
    }
    Ok(())
}

/// The mail's record, in the stream that the record was gathered from.
fn mail(context: &Context<'_>, id: &RecordId, proof: &str) -> RecordId {
    let (instance, stream, _) = id.parts();
    let gathered = context.gateway.sources.iter().find_map(|source| {
        let gathering = source.gathering.as_ref()?;
        (source.instance.as_ref() == instance && source.stream.name == stream).then_some(gathering.from)
    });
    let stream = gathered.unwrap_or("mails");
    RecordKey { instance: instance.into(), stream: stream.into(), native_id: proof.to_owned() }.id()
}

/// When it was sent, and its subject.
fn told(context: &Context<'_>, mail: &RecordId) -> Result<(String, String)> {
    let ledger = context.gateway.ledger.as_ref();
    let Some(head) = ledger.head(mail)? else { return Ok(("not held".to_owned(), String::new())) };
    let version = ledger.version(head.at)?;
    let record = decode_record(decode_event(&version.event.body)?.record_json)?;
    let sent = record.instant(Field::OpenedAt).map_or_else(|| "no date".to_owned(), |instant| instant.to_string());
    Ok((sent, record.text(Field::Title).unwrap_or_default().to_owned()))
}
