//! A record as canonical JSON.

use crate::json::{push_integer, push_member, push_readings, push_text, push_text_member};
use counterfoil_model::{Link, LinkTarget, Reading, Record, Transition, Value};

/// The record's content as JSON, without anything about where it came from: equal records give equal bytes.
///
/// Members stand in the order of the field table. A missing field is left out; a field that was not understood stands under
/// `unknown` with the reason and the source's words; the offset that a source wrote stands under `offsets` (`Z` when it
/// wrote UTC; none when it wrote none and the zone came from the configuration). A record without links has no `links`.
/// Every known value must be of its field's type, as mappings make them; [`crate::decode_record`] refuses others.
pub fn encode_record(record: &Record) -> String {
    let mut out =
        String::with_capacity(1024 + text_bytes(&record.readings) + 192 * (record.history.len() + record.links.len()));
    out.push_str("{\"kind\":\"");
    out.push_str(record.kind.name());
    out.push_str("\",\"state_category\":");
    push_integer(&mut out, record.category() as i64);
    let names = record.kind.fields().iter().map(|spec| spec.field.name());
    push_readings(&mut out, names.zip(&record.readings));
    push_text_member(&mut out, "quality", record.quality.name());
    push_member(&mut out, "tombstone");
    out.push_str(if record.tombstone { "true" } else { "false" });
    push_member(&mut out, "history");
    let mut separator = '[';
    for transition in &record.history {
        out.push(separator);
        push_transition(&mut out, transition);
        separator = ',';
    }
    if record.history.is_empty() {
        out.push('[');
    }
    out.push(']');
    if !record.links.is_empty() {
        push_member(&mut out, "links");
        push_links(&mut out, record.links.iter());
    }
    out.push('}');
    out
}

/// About how much room texts take: a long one must not make the JSON move again and again while it grows.
fn text_bytes(readings: &[Reading]) -> usize {
    let length = |reading: &Reading| match reading {
        Reading::Known(Value::Text(text)) | Reading::Unmapped(text) | Reading::Unreadable(text) => text.len(),
        Reading::Known(_) | Reading::Missing => 0,
    };
    let bytes: usize = readings.iter().map(length).sum();
    bytes + bytes / 16
}

/// Writes links as a list.
pub(crate) fn push_links<'a>(out: &mut String, links: impl Iterator<Item = &'a Link>) {
    let mut separator = '[';
    for link in links {
        out.push(separator);
        push_link(out, link);
        separator = ',';
    }
    if separator == '[' {
        out.push('[');
    }
    out.push(']');
}

fn push_link(out: &mut String, link: &Link) {
    out.push_str("{\"target\":{");
    let more = match &link.target {
        LinkTarget::Inside { native_id, key } => {
            out.push_str("\"native_id\":");
            push_text(out, native_id);
            [("key", key.as_deref()), ("", None), ("", None)]
        }
        LinkTarget::Outside { url, global_id, application, title } => {
            out.push_str("\"url\":");
            push_text(out, url);
            [("global_id", global_id.as_deref()), ("application", application.as_deref()), ("title", title.as_deref())]
        }
    };
    let push = |out: &mut String, (name, text): (&'static str, Option<&str>)| {
        if let Some(text) = text {
            push_text_member(out, name, text);
        }
    };
    more.into_iter().for_each(|member| push(out, member));
    out.push('}');
    push_readings(out, [("type", &link.link_type)].into_iter());
    push(out, ("native_type", link.native_type.as_deref()));
    push(out, ("native_words", link.native_words.as_deref()));
    out.push('}');
}

fn push_transition(out: &mut String, transition: &Transition) {
    out.push_str("{\"field\":");
    push_text(out, transition.field.name());
    let readings = [
        ("from", &transition.from),
        ("to", &transition.to),
        ("occurred_at", &transition.occurred_at),
        ("recorded_at", &transition.recorded_at),
    ];
    push_readings(out, readings.into_iter());
    for (name, text) in
        [("from_native", &transition.from_native), ("to_native", &transition.to_native), ("actor", &transition.actor)]
    {
        if let Some(text) = text {
            push_text_member(out, name, text);
        }
    }
    push_text_member(out, "actor_kind", transition.actor_kind.name());
    push_text_member(out, "precision", transition.precision.name());
    if let Some(row) = transition.row {
        push_member(out, "row");
        push_integer(out, i64::from(row));
    }
    if let Some(confidence) = transition.confidence {
        push_member(out, "confidence");
        push_integer(out, i64::from(confidence));
    }
    if let Some(proof) = &transition.proof {
        push_text_member(out, "proof", proof);
    }
    out.push('}');
}
