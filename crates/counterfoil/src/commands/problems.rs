//! What is wrong with the data, in words: gaps, what is set aside, what the mapping noticed.

use super::{Context, lint};
use crate::terminal::{clip, count, plural, safe};
use anyhow::Result;
use counterfoil_mapping::LintFinding;
use counterfoil_pipeline::ports::{Aside, Ledger, SetAside};
use counterfoil_pipeline::{Noted, Outcome, PassReport};
use std::collections::{BTreeMap, HashSet};
use std::io::Write;

/// Lines of one sort that are shown before the rest is counted.
pub(crate) const AT_MOST: usize = 12;

/// What the mapping notes although nothing is wrong: how a value was found. `status --json` has it.
const REMARKS: [&str; 4] = ["derived-from-history", "not-derivable", "word-folded", "date-without-time"];

/// The reports of the last passes, as they are kept.
pub(crate) fn reports(ledger: &dyn Ledger) -> Result<Vec<PassReport>> {
    ledger.reports()?.into_iter().map(|(_, _, json)| Ok(serde_json::from_str(&json)?)).collect()
}

/// Everything set aside, in the order of the ids. Only what lists show is kept in memory, not the bytes.
pub(crate) fn set_aside(ledger: &dyn Ledger) -> Result<Vec<SetAside>> {
    let mut all: Vec<SetAside> = Vec::new();
    loop {
        let batch = ledger.set_aside(all.last().map(|one| one.id.as_str()), 500)?;
        if batch.is_empty() {
            return Ok(all);
        }
        all.extend(batch.into_iter().map(|one| SetAside { bytes: Vec::new(), ..one }));
    }
}

/// One problem: how it is marked, where it is, what it is and what to do.
struct Problem {
    sort: &'static str,
    place: String,
    text: String,
    remedy: String,
}

/// Names what is wrong, at most `limit` of each sort. Writes nothing when nothing is.
pub(crate) fn write(context: &mut Context<'_>, limit: usize) -> Result<()> {
    let ledger = context.gateway.ledger.as_ref();
    let reports = reports(ledger)?;
    let mut sorts: BTreeMap<&'static str, Vec<Problem>> = BTreeMap::new();
    for report in &reports {
        if let Outcome::Failed { reason } = &report.outcome {
            sorts.entry("0 failed").or_default().push(Problem {
                sort: "failed",
                place: report.instance.clone(),
                text: reason.clone(),
                remedy: "what was committed before stays; the next pass goes on from there".to_owned(),
            });
        }
        for gap in &report.gaps {
            let records =
                gap.records.map(|records| format!(" ({} missing)", plural(records, "record"))).unwrap_or_default();
            sorts.entry("1 gap").or_default().push(Problem {
                sort: "gap",
                place: format!("{}: {}", report.instance, gap.place),
                text: format!("{}{records}", gap.reason),
                remedy: gap.remedy.clone(),
            });
        }
        for noted in report.noted.iter().filter(|noted| !REMARKS.contains(&noted.code.as_str())) {
            let remedy = if noted.rule.is_empty() { String::new() } else { format!("rule {}", noted.rule) };
            sorts.entry("4 noted").or_default().push(Problem {
                sort: "noted",
                place: format!(
                    "{}: {} in {}, first {}",
                    report.instance,
                    if noted.field.is_empty() { &noted.code } else { &noted.field },
                    plural(noted.records, "record"),
                    noted.first
                ),
                text: noted_text(noted),
                remedy,
            });
        }
    }
    for (instance, LintFinding { code, place, message, remedy, .. }) in lint::drift(context.gateway)? {
        sorts.entry("5 drift").or_default().push(Problem {
            sort: "drift",
            place: format!("{instance}: {code} at {place}"),
            text: message,
            remedy,
        });
    }
    for aside in set_aside(ledger)? {
        let (key, sort) = match aside.aside {
            Aside::Quarantined => ("2 quarantined", "quarantined"),
            Aside::Unreadable => ("3 unreadable", "unreadable"),
        };
        sorts.entry(key).or_default().push(Problem {
            sort,
            place: format!("{}: {}", aside.instance, aside.place),
            text: aside.reason,
            remedy: format!("counterfoil quarantine show {}", clip(&aside.id, 9).trim_end_matches('…')),
        });
    }
    if sorts.is_empty() {
        return Ok(());
    }
    // What holds for all tables of an instance is told by each of their streams.
    for problems in sorts.values_mut() {
        let mut told = HashSet::new();
        problems.retain(|problem| told.insert((problem.place.clone(), problem.text.clone())));
    }
    let all: usize = sorts.values().map(Vec::len).sum();
    writeln!(context.out, "\n{} with the data:", plural(all as u64, "problem"))?;
    for problems in sorts.values() {
        for problem in problems.iter().take(limit) {
            write_one(context, problem)?;
        }
        if problems.len() > limit {
            let more = count((problems.len() - limit) as u64);
            writeln!(context.out, "  {:<12}… and {more} more", problems[0].sort)?;
        }
    }
    Ok(())
}

/// What was noted, with what the source said where the message does not repeat it.
fn noted_text(noted: &Noted) -> String {
    if noted.raw.is_empty() || noted.message.contains(&noted.raw) {
        return noted.message.clone();
    }
    format!("{}: {:?}", noted.message, noted.raw)
}

fn write_one(context: &mut Context<'_>, problem: &Problem) -> Result<()> {
    let Problem { sort, place, text, remedy } = problem;
    write_entry(context.out, context.terminal.width, sort, place, text, remedy)
}

/// A mark and a place on a line of their own, the text below, and behind an arrow what to do.
pub(crate) fn write_entry(
    out: &mut dyn Write,
    width: usize,
    mark: &str,
    place: &str,
    text: &str,
    remedy: &str,
) -> Result<()> {
    let width = width.max(60);
    writeln!(out, "  {mark:<12}{}", clip(&safe(place), width - 14))?;
    for line in wrap(&safe(text), width - 16) {
        writeln!(out, "                {line}")?;
    }
    for (at, line) in wrap(&safe(remedy), width - 18).iter().enumerate() {
        writeln!(out, "              {} {line}", if at == 0 { "→" } else { " " })?;
    }
    Ok(())
}

/// Lines of at most `width` characters, broken at spaces; a longer word is cut and marked.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = clip(word, width);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 5), ["abcd…"]);
        assert!(wrap("", 5).is_empty());
    }
}
