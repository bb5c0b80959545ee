//! `explain`, of a record: what it is linked with, and where each link comes from.

use super::Context;
use super::explain::{file_and_line, reading_text};
use crate::terminal::{Align, Table, clip};
use anyhow::Result;
use counterfoil_mapping::{Explanation, LinkExplanation};
use counterfoil_model::{Link, LinkTarget, Quality, Record};
use serde_json::{Value, json};

/// The links that are held, each with what the payload said of its type and by which rule.
pub(super) fn write(context: &mut Context<'_>, record: &Record, explanation: &Explanation) -> Result<()> {
    if record.links.is_empty() {
        return Ok(());
    }
    writeln!(context.out, "\nlinks:")?;
    let columns =
        [("raw value", Align::Left), ("→ rule", Align::Left), ("→ link", Align::Left), ("leads to", Align::Left)];
    let mut table = Table::new(&columns, context.terminal.width, context.terminal.colours).whole(2);
    for link in &record.links {
        let (raw, rule, quality) = match told(link, explanation) {
            Some(told) => {
                let raw = told.raw.as_deref().map_or_else(|| "(nothing)".to_owned(), |raw| format!("{raw:?}"));
                let pointer = if told.pointer.is_empty() { &told.target_pointer } else { &told.pointer };
                let raw = if told.pointer.is_empty() { "(is there)".to_owned() } else { clip(&raw, 60) };
                let rule = file_and_line(told.word_rule.as_deref().unwrap_or(&told.rule));
                (format!("{pointer} {raw}"), format!("{rule} {}", told.converter), told.quality)
            }
            None => ("(not told this time)".to_owned(), "kept as it was held".to_owned(), Quality::Exact),
        };
        let words = link.native_words.as_deref().or(link.native_type.as_deref());
        let words = words.map(|words| format!(" ({words})")).unwrap_or_default();
        let link_type = format!("{}{words}", reading_text(&link.link_type, quality));
        table.row([raw, rule, clip(&link_type, 60), target_text(&link.target)]);
    }
    write!(context.out, "{table}")?;
    Ok(())
}

fn told<'e>(link: &Link, explanation: &'e Explanation) -> Option<&'e LinkExplanation> {
    explanation.links.iter().find(|told| told.link == *link)
}

fn target_text(target: &LinkTarget) -> String {
    match target {
        LinkTarget::Inside { native_id, key: None } => native_id.to_string(),
        LinkTarget::Inside { native_id, key: Some(key) } => format!("{native_id} ({key})"),
        LinkTarget::Outside { url, application, title, .. } => {
            let more: Vec<&str> = [application, title].into_iter().flatten().map(AsRef::as_ref).collect();
            if more.is_empty() { url.to_string() } else { format!("{url} ({})", more.join(", ")) }
        }
    }
}

/// The same for scripts.
pub(super) fn as_json(link: &Link, explanation: &Explanation) -> Value {
    let told = told(link, explanation);
    json!({
        "type": link.link_type.known().map(ToString::to_string), "reading": link.link_type.name(),
        "native_type": link.native_type, "native_words": link.native_words,
        "target": target_text(&link.target), "outside": link.is_outside(),
        "target_pointer": told.map(|told| &told.target_pointer), "pointer": told.map(|told| &told.pointer),
        "raw": told.and_then(|told| told.raw.as_ref()), "rule": told.map(|told| &told.rule),
        "word_rule": told.and_then(|told| told.word_rule.as_ref()), "converter": told.map(|told| &told.converter),
        "quality": told.map(|told| told.quality.name()),
    })
}
