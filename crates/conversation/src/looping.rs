//! Machines that answer each other: after some mails of a loop the rest is kept short.
//!
//! A row is all mails of machines between the same two addresses without a longer gap. Mails only ever make rows longer, so
//! a mail that is out of view stays so, in whatever order they come.

use crate::document::{Entry, Loop};
use crate::rules::Rules;
use std::collections::BTreeMap;

/// The rows that are loops: which entries, in order of time, and how many stay in view. Entries are in order of time.
fn rows(rules: &Rules, entries: &[Entry]) -> Vec<Vec<usize>> {
    let looping = rules.looping();
    let mut open: BTreeMap<[String; 2], Vec<usize>> = BTreeMap::new();
    let mut rows = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let (Some(at), Some(pair)) = (entry.at, pair(entry)) else { continue };
        if !looping.classes.contains(&entry.class) {
            continue;
        }
        let row = open.entry(pair).or_default();
        let last = row.last().and_then(|last| entries[*last].at);
        if last.is_some_and(|last| at.duration_since(last) > looping.gap) {
            rows.push(std::mem::take(row));
        }
        row.push(place);
    }
    rows.extend(open.into_values());
    // Both of them write, and neither only once: notices that one sends and nobody answers are no loop.
    let is_loop = |row: &Vec<usize>| {
        let first = entries[row[0]].from.as_deref().map(str::to_lowercase);
        let of_first =
            row.iter().filter(|place| entries[**place].from.as_deref().map(str::to_lowercase) == first).count();
        row.len() > looping.mails && of_first >= 2 && row.len() - of_first >= 2
    };
    rows.retain(is_loop);
    rows
}

/// Takes the mails of loops out of view, and tells of them.
pub(crate) fn cut(rules: &Rules, entries: &mut [Entry]) -> Option<(Vec<usize>, usize)> {
    let rows = rows(rules, entries);
    let shown = rules.looping().mails;
    for place in rows.iter().flat_map(|row| &row[shown..]) {
        let entry = &mut entries[*place];
        if !entry.in_loop {
            shorten(entry);
        }
    }
    let longest = rows.iter().max_by_key(|row| (row.len(), std::cmp::Reverse(row[0])))?.clone();
    Some((longest, rows.iter().map(Vec::len).sum()))
}

/// What is told of the loops of a conversation: the addresses of the longest, and the mails of all.
pub(crate) fn told<'e>(rules: &Rules, entries: &'e [Entry], longest: &[usize], mails: usize) -> Option<Loop<'e>> {
    let shown = longest.len().min(rules.looping().mails);
    let first = &entries[*longest.first()?];
    let (one, other) = (first.from.as_deref()?, first.to.first()?.as_str());
    let addresses = if one.to_lowercase() <= other.to_lowercase() { [one, other] } else { [other, one] };
    Some(Loop { addresses, mails, shown })
}

/// What stays is what the row, the counts and the nodes are made of; the rest is in the mail.
fn shorten(entry: &mut Entry) {
    entry.in_loop = true;
    entry.to.truncate(1);
    entry.party = None;
    entry.direction = None;
    entry.system = None;
    entry.rule.clear();
    entry.confidence = 0;
    entry.subject = None;
    entry.text.clear();
    entry.content.clear();
    entry.signals.clear();
    entry.priority = None;
    entry.attachments.clear();
    entry.notes.clear();
}

fn pair(entry: &Entry) -> Option<[String; 2]> {
    let (one, other) = (entry.from.as_deref()?.to_lowercase(), entry.to.first()?.to_lowercase());
    Some(if one <= other { [one, other] } else { [other, one] })
}
