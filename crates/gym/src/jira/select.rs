//! Which issues a query finds, in which order, from which place on. It asks the index, never the database.

use super::bind::{By, Query};
use super::index::Index;
use super::instance::{Instance, Sight};
use super::issue::Issue;
use super::jql::Way;
use crate::bulk::mix;
use std::cmp::Ordering;
use std::sync::Arc;

/// A place in the order: one value per field of the order, then a tie-break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) values: Vec<(String, i64)>,
    pub(crate) tie: u64,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Offset(u64),
    After(Place),
}

pub(crate) struct Asked<'a> {
    pub(crate) query: &'a Query,
    pub(crate) sight: Sight,
    pub(crate) from: From,
    pub(crate) limit: u64,
    /// Counts requests; decides how ties fall and which node answers.
    pub(crate) nth: u64,
}

pub(crate) struct Found {
    pub(crate) rows: Vec<Arc<Issue>>,
    pub(crate) more: bool,
    /// All that fit; less when the walk could stop before its end.
    pub(crate) total: u64,
    /// Of the last row.
    pub(crate) last: Option<Place>,
}

/// Whether all have to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    All,
    OnlyWhetherMore,
}

pub(crate) fn select(instance: &Instance, index: &Index, asked: &Asked<'_>, count: Count) -> Found {
    let order = &asked.query.order;
    let stale = instance.switches.nodes_differ && asked.nth.is_multiple_of(2);
    let fits = |issue: &&Arc<Issue>| {
        let known = !stale || issue.updated <= instance.now - 60_000;
        known && instance.sees(asked.sight, issue) && asked.query.condition.fits(instance, issue)
    };
    let place = |issue: &Issue| Place {
        values: order.iter().map(|(by, _)| value(instance, *by, issue)).collect(),
        tie: if instance.switches.ties_shuffled { mix(issue.id ^ mix(asked.nth)) } else { issue.id },
    };
    let mut walk = Walk { asked, skipped: 0, found: Vec::new(), total: 0, count };
    let compare = |one: &Place, other: &Place| compare(order, one, other);
    let all: Box<dyn Iterator<Item = &Arc<Issue>> + '_> = match (asked.query.condition.only(), order[0]) {
        (Some(ids), _) => Box::new(ids.iter().filter_map(|id| index.find(*id))),
        (None, (By::Updated, Way::Up)) => {
            let since = asked.query.condition.since().max(match (&asked.from, count) {
                (From::After(place), Count::OnlyWhetherMore) => place.values[0].1,
                _ => i64::MIN,
            });
            Box::new(index.by_updated.range((since, 0)..).map(|(_, issue)| issue))
        }
        (None, (By::Updated, Way::Down)) => Box::new(index.by_updated.values().rev()),
        (None, (By::Id, Way::Up)) => Box::new(index.places.keys().filter_map(|id| index.find(*id))),
        (None, (By::Id, Way::Down)) => Box::new(index.places.keys().rev().filter_map(|id| index.find(*id))),
        (None, _) => Box::new(index.by_updated.values()),
    };
    let streamed = asked.query.condition.only().is_none() && matches!(order[0].0, By::Updated | By::Id);
    // Rows that the first field of the order leaves equal.
    let mut group: Vec<(Place, Arc<Issue>)> = Vec::new();
    for issue in all.filter(fits) {
        let at = place(issue);
        let next = streamed && group.first().is_some_and(|(first, _)| first.values[0] != at.values[0]);
        if next && walk.take(&mut group, compare) {
            break;
        }
        group.push((at, Arc::clone(issue)));
    }
    walk.take(&mut group, compare);
    let more = walk.found.len() as u64 > asked.limit;
    walk.found.truncate(asked.limit as usize);
    let last = walk.found.last().map(|(place, _)| place.clone());
    Found { rows: walk.found.into_iter().map(|(_, issue)| issue).collect(), more, total: walk.total, last }
}

struct Walk<'a> {
    asked: &'a Asked<'a>,
    skipped: u64,
    found: Vec<(Place, Arc<Issue>)>,
    total: u64,
    count: Count,
}

impl Walk<'_> {
    /// Takes a group in its order; whether that is enough.
    fn take(&mut self, group: &mut Vec<(Place, Arc<Issue>)>, compare: impl Fn(&Place, &Place) -> Ordering) -> bool {
        group.sort_by(|(one, _), (other, _)| compare(one, other));
        for (place, issue) in group.drain(..) {
            self.total += 1;
            let begun = match &self.asked.from {
                From::Offset(offset) => self.skipped >= *offset,
                From::After(last) => compare(&place, last) == Ordering::Greater,
            };
            if !begun {
                self.skipped += 1;
            } else if (self.found.len() as u64) <= self.asked.limit {
                self.found.push((place, issue));
            }
        }
        self.count == Count::OnlyWhetherMore && self.found.len() as u64 > self.asked.limit
    }
}

fn compare(order: &[(By, Way)], one: &Place, other: &Place) -> Ordering {
    for (at, (_, way)) in order.iter().enumerate() {
        let (Some(left), Some(right)) = (one.values.get(at), other.values.get(at)) else { break };
        let ordering = match way {
            Way::Up => left.cmp(right),
            Way::Down => right.cmp(left),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    one.tie.cmp(&other.tie)
}

fn value(instance: &Instance, by: By, issue: &Issue) -> (String, i64) {
    let floor = |at: i64| if instance.switches.index_seconds { at.div_euclid(1_000) * 1_000 } else { at };
    match by {
        By::Updated => (String::new(), floor(issue.updated)),
        By::Created => (String::new(), floor(issue.created)),
        By::Id => (String::new(), issue.id as i64),
        By::Key => {
            let (project, number) = Issue::key_parts(&issue.key);
            (project.to_owned(), number as i64)
        }
    }
}
