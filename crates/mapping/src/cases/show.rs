//! An outcome as text that an auditor can read. Pure: the same outcome always gives the same text.

use crate::{Note, Outcome};
use counterfoil_model::{Link, LinkTarget, Obligation, Reading, Record, Transition, Value};
use std::fmt::Write as _;

/// An outcome as text: the fields that say something, the mandatory ones that do not, the history, the links
/// and the notes.
pub fn show_outcome(outcome: &Outcome) -> String {
    let mut text = String::new();
    match outcome {
        Outcome::NotApplicable { reason } => text = format!("not applicable: {reason}\n"),
        Outcome::Rejected { notes } => {
            text.push_str("rejected\n");
            show_notes(notes, &mut text);
        }
        Outcome::Mapped { mapped, notes } => {
            show_record(&mapped.record, &mut text);
            show_notes(notes, &mut text);
        }
    }
    text
}

/// A reading as text: `resolved`, `missing`, unmapped `Parked`.
pub fn show_reading(reading: &Reading) -> String {
    match reading {
        Reading::Known(Value::Instant(instant)) => match instant.offset_secs {
            Some(offset) if offset != 0 => {
                let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
                format!("{} (written {sign}{:02}:{:02})", instant.at, minutes / 60, minutes % 60)
            }
            _ => instant.at.to_string(),
        },
        Reading::Known(Value::Text(text)) => text.replace('\n', "\n  "),
        Reading::Known(value) => value.to_string(),
        Reading::Missing => "missing".to_owned(),
        Reading::Unmapped(word) => format!("unmapped `{word}`"),
        Reading::Unreadable(raw) => format!("unreadable `{raw}`"),
    }
}

fn show_record(record: &Record, text: &mut String) {
    let _ = writeln!(text, "{}, mapping quality {}", record.kind.name(), record.quality.name());
    let mut missing = Vec::new();
    for (spec, reading) in record.kind.fields().iter().zip(&record.readings) {
        match (reading, spec.obligation) {
            (Reading::Missing, Obligation::Mandatory) => missing.push(spec.field.name()),
            (Reading::Missing, Obligation::InStates(states)) => {
                let state = record.text(counterfoil_model::Field::State);
                missing.extend(state.filter(|state| states.contains(state)).map(|_| spec.field.name()));
            }
            (Reading::Missing, Obligation::Optional) => {}
            (reading, _) => {
                let _ = writeln!(text, "{}: {}", spec.field, show_reading(reading));
            }
        }
    }
    if !missing.is_empty() {
        let _ = writeln!(text, "mandatory and missing: {}", missing.join(", "));
    }
    if !record.history.is_empty() {
        text.push_str("\nhistory\n");
        for transition in &record.history {
            show_transition(transition, text);
        }
    }
    if !record.links.is_empty() {
        text.push_str("\nlinks\n");
        for link in &record.links {
            let _ = writeln!(text, "- {}", show_link(link));
        }
    }
}

/// A link as text: ``blocked_by 10001 (PAY-1), `Blocks`: is blocked by``.
pub fn show_link(link: &Link) -> String {
    let mut text = format!("{} ", show_reading(&link.link_type));
    match &link.target {
        LinkTarget::Inside { native_id, key } => {
            text.push_str(native_id);
            key.iter().for_each(|key| text.extend([" (", key, ")"]));
        }
        LinkTarget::Outside { url, global_id, application, title } => {
            text.push_str(url);
            let more = [application, title, global_id].into_iter().flatten().map(AsRef::as_ref).collect::<Vec<_>>();
            if !more.is_empty() {
                text.extend([" (", &more.join(", "), ")"]);
            }
        }
    }
    match (&link.native_type, &link.native_words) {
        (Some(name), Some(words)) => text.extend([", `", name, "`: ", words]),
        (Some(name), None) => text.extend([", `", name, "`"]),
        (None, Some(words)) => text.extend([": ", words]),
        (None, None) => {}
    }
    text
}

fn show_transition(transition: &Transition, text: &mut String) {
    let side = |reading: &Reading, native: &Option<std::sync::Arc<str>>| match (reading, native) {
        (Reading::Missing, _) => "-".to_owned(),
        (reading, Some(native)) => format!("{} (`{native}`)", show_reading(reading)),
        (reading, None) => show_reading(reading),
    };
    let row = transition.row.map_or(String::new(), |row| format!("row {row}, "));
    let actor = transition.actor.as_ref().map_or(String::new(), |actor| format!(", by {actor}"));
    let from = side(&transition.from, &transition.from_native);
    let to = side(&transition.to, &transition.to_native);
    let occurred_at = show_reading(&transition.occurred_at);
    let sure = transition.confidence.map_or(String::new(), |percent| format!(", {percent} % sure"));
    let proof = transition.proof.as_ref().map_or(String::new(), |proof| format!(", proven by {proof}"));
    let _ = writeln!(text, "- {row}{occurred_at}: {} {from} → {to}{actor}{sure}{proof}", transition.field);
}

fn show_notes(notes: &[Note], text: &mut String) {
    if notes.is_empty() {
        return;
    }
    text.push_str("\nnotes\n");
    for note in notes {
        let _ = write!(text, "- {}", note.code);
        if let Some(field) = note.field {
            let _ = write!(text, " {field}");
        }
        if !note.pointer.is_empty() {
            let _ = write!(text, " at {}", note.pointer);
        }
        if let Some(row) = note.row {
            let _ = write!(text, " in row {row}");
        }
        if !note.raw.is_empty() {
            let _ = write!(text, " `{}`", note.raw);
        }
        let _ = writeln!(text, ": {}", note.message);
    }
}
