//! Which records a figure is about (iso20000.md 4.1).
//!
//! A record is judged as it stands now: one that was reopened is not resolved, whatever its `resolved_at` says.

use crate::class::{Class, Reason};
use crate::facts::{Facts, Told, millis};
use crate::history::Agreement;
use crate::statistics::Lifetime;
use counterfoil_model::{Category, Field, Kind};
use jiff::Timestamp;

/// From `from` up to, and not including, `to`. The bounds are compared in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// `None`: since ever.
    pub from: Option<Timestamp>,
    /// Chosen by the caller: this crate knows no now.
    pub to: Timestamp,
}

impl Window {
    /// Whether a moment, in milliseconds since the Unix epoch, lies in the window.
    pub fn contains(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= millis(from)) && at < self.end()
    }

    /// The end in milliseconds since the Unix epoch.
    pub fn end(&self) -> i64 {
        millis(self.to)
    }

    fn describe(&self) -> String {
        match self.from {
            Some(from) => format!("from {from} to before {}", self.to),
            None => format!("before {}", self.to),
        }
    }
}

/// The cohorts of iso20000.md 4.1. One figure never mixes two of them in a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohort {
    /// Opened in the window.
    Opened,
    /// Resolved in the window and not reopened since.
    Resolved,
    /// Open at the end of the window.
    OpenAtEnd,
    /// Closed in the window.
    Closed,
    /// Which have the moment that the KPI is about in the window.
    Within,
    /// All records held, whatever the window.
    Held,
}

impl Cohort {
    /// For people.
    pub fn describe(self, about: &[Kind], window: &Window) -> String {
        let what = plural(about);
        match self {
            Self::Opened => format!("{what} opened {}", window.describe()),
            Self::Resolved => format!("{what} resolved {}, as they stand now", window.describe()),
            Self::OpenAtEnd => format!("{what} opened before {0} and not closed before {0}", window.to),
            Self::Closed => format!("{what} closed {}", window.describe()),
            Self::Within => format!("{what} {}", window.describe()),
            Self::Held => "all records held, whatever the window".to_owned(),
        }
    }
}

/// `incidents`, `changes and releases`, in words for people.
fn plural(kinds: &[Kind]) -> String {
    let mut words: Vec<String> = kinds.iter().map(|kind| plural_of(kind.name())).collect();
    match words.pop() {
        None => "records".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}

fn plural_of(kind: &str) -> String {
    let word = kind.replace('_', " ");
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

/// A moment of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Milliseconds since the Unix epoch.
    pub(crate) at: i64,
    /// Whether another moment stands in for the one that is missing.
    pub(crate) imputed: bool,
}

/// When the record was opened; `created_at` stands in where the source says nothing.
pub(crate) fn opened_at(facts: &Facts) -> Result<Moved, Reason> {
    match (&facts.opened_at, &facts.created_at) {
        (Told::Known(at), _) => Ok(Moved { at: *at, imputed: false }),
        (Told::Missing, Told::Known(at)) => Ok(Moved { at: *at, imputed: true }),
        (Told::Missing, _) => Err(Reason::OpenedAtMissing),
        (Told::Unmapped | Told::Unreadable, _) => Err(Reason::OpenedAtUnreadable),
    }
}

/// `opened(W)`: in it or not, or why that or the record does not count.
pub(crate) fn opened(facts: &Facts, window: &Window) -> Result<Moved, Class> {
    let member = opened_at(facts);
    if let Ok(opened) = member
        && !window.contains(opened.at)
    {
        return Err(Class::OutsideCohort);
    }
    if facts.category() == Category::Cancelled {
        return Err(Class::excluded(Reason::Cancelled));
    }
    standing(facts)?;
    member.map_err(Class::excluded)
}

/// `resolved(W)`: when it was resolved, or why it does not count.
pub(crate) fn resolved(facts: &Facts, window: &Window) -> Result<Moved, Class> {
    let member = match facts.category() {
        Category::New | Category::InProgress | Category::OnHold => return Err(Class::OutsideCohort),
        Category::Resolved | Category::Closed => match facts.resolved_at {
            Told::Known(at) => Ok(Moved { at, imputed: false }),
            Told::Missing | Told::Unmapped | Told::Unreadable => {
                stand_in(facts, Told::Missing).ok_or(Reason::ResolvedAtMissing)
            }
        },
        Category::Cancelled => stand_in(facts, facts.resolved_at).ok_or(Reason::Cancelled),
        Category::Unknown => match facts.resolved_at {
            Told::Known(at) => Ok(Moved { at, imputed: false }),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Reason::StateUnknown),
        },
    };
    let inside = match member {
        Ok(resolved) => window.contains(resolved.at),
        // Nothing tells when it was resolved, so only what was opened too late is surely outside.
        Err(_) => may_have_begun(facts, window),
    };
    if !inside {
        return Err(Class::OutsideCohort);
    }
    match facts.category() {
        Category::Cancelled => return Err(Class::excluded(Reason::Cancelled)),
        Category::Unknown => {
            standing(facts)?;
            return Err(Class::excluded(Reason::StateUnknown));
        }
        Category::New | Category::InProgress | Category::OnHold | Category::Resolved | Category::Closed => {}
    }
    standing(facts)?;
    member.map_err(Class::excluded)
}

/// `closed(W)`: when it was closed, or why it does not count. What was cancelled did not come to its end.
pub(crate) fn closed(facts: &Facts, window: &Window) -> Result<Moved, Class> {
    let end = match facts.category() {
        Category::New | Category::InProgress | Category::OnHold | Category::Resolved => {
            return Err(Class::OutsideCohort);
        }
        Category::Closed => ended_at(facts).ok_or(Reason::ClosedAtMissing),
        Category::Cancelled => ended_at(facts).ok_or(Reason::Cancelled),
        Category::Unknown => match facts.closed_at {
            Told::Known(at) => Ok(Moved { at, imputed: false }),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Reason::StateUnknown),
        },
    };
    let inside = end.map_or_else(|_| may_have_begun(facts, window), |end| window.contains(end.at));
    if !inside {
        return Err(Class::OutsideCohort);
    }
    match facts.category() {
        Category::Cancelled => return Err(Class::excluded(Reason::Cancelled)),
        Category::Unknown => return Err(Class::excluded(Reason::StateUnknown)),
        Category::New | Category::InProgress | Category::OnHold | Category::Resolved | Category::Closed => {}
    }
    standing(facts)?;
    end.map_err(Class::excluded)
}

/// In the window by a moment of its own, or why that is not known.
pub(crate) fn within(facts: &Facts, field: Field, window: &Window) -> Result<i64, Class> {
    if facts.tombstone {
        return Err(Class::OutsideCohort);
    }
    match facts.moment(field) {
        Told::Known(at) if window.contains(at) => Ok(at),
        Told::Known(_) | Told::Missing => Err(Class::OutsideCohort),
        Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
    }
}

/// From opened to resolved for what was opened in the window; what was not resolved before its end was open until then.
/// Nothing imputed has a length.
pub(crate) fn lifetime(facts: &Facts, window: &Window) -> Result<Lifetime, Class> {
    let opened = opened(facts, window)?;
    let end = match facts.category() {
        Category::New | Category::InProgress | Category::OnHold => None,
        Category::Resolved | Category::Closed => match facts.resolved_at {
            Told::Known(at) => Some(at),
            Told::Missing | Told::Unmapped | Told::Unreadable => {
                return Err(Class::excluded(
                    stand_in(facts, Told::Missing).map_or(Reason::ResolvedAtMissing, |_| Reason::Imputed),
                ));
            }
        },
        Category::Cancelled => return Err(Class::excluded(Reason::Cancelled)),
        Category::Unknown => return Err(Class::excluded(Reason::StateUnknown)),
    };
    if opened.imputed {
        return Err(Class::excluded(Reason::Imputed));
    }
    let ended = end.filter(|end| *end < window.end());
    let millis = ended.unwrap_or(window.end()) - opened.at;
    if millis <= 0 {
        return Err(Class::excluded(Reason::NotPositive));
    }
    Ok(Lifetime { millis, ended: ended.is_some() })
}

/// `open_at(t1)`: when it was opened (imputed when that or its end is), or why it does not count.
/// A cancelled incident was open until it was cancelled.
pub(crate) fn open_at_end(facts: &Facts, window: &Window) -> Result<Moved, Class> {
    let member = opened_at(facts);
    if !may_have_begun(facts, window) {
        return Err(Class::OutsideCohort);
    }
    let end = match facts.category() {
        Category::New | Category::InProgress | Category::OnHold | Category::Resolved => Ok(None),
        Category::Closed | Category::Cancelled => ended_at(facts).map(Some).ok_or(Reason::ClosedAtMissing),
        Category::Unknown => match facts.closed_at {
            Told::Known(at) => Ok(Some(Moved { at, imputed: false })),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Reason::StateUnknown),
        },
    };
    if let Ok(Some(end)) = end
        && end.at < window.end()
    {
        return Err(Class::OutsideCohort);
    }
    standing(facts)?;
    let opened = member.map_err(Class::excluded)?;
    let end = end.map_err(Class::excluded)?;
    Ok(Moved { imputed: opened.imputed || end.is_some_and(|end| end.imputed), ..opened })
}

/// When a closed or cancelled record ended; the last change of its state or its last update stand in.
pub(crate) fn ended_at(facts: &Facts) -> Option<Moved> {
    match facts.closed_at {
        Told::Known(at) => Some(Moved { at, imputed: false }),
        Told::Missing | Told::Unmapped | Told::Unreadable => stand_in(facts, Told::Missing),
    }
}

/// All records of processes held but tombstones.
pub(crate) fn held(facts: &Facts) -> Result<(), Class> {
    if !facts.is_work() {
        return Err(Class::OutsideCohort);
    }
    if facts.tombstone { Err(Class::excluded(Reason::Tombstone)) } else { Ok(()) }
}

fn standing(facts: &Facts) -> Result<(), Class> {
    if facts.tombstone {
        return Err(Class::excluded(Reason::Tombstone));
    }
    if facts.duplicate { Err(Class::excluded(Reason::Duplicate)) } else { Ok(()) }
}

fn may_have_begun(facts: &Facts, window: &Window) -> bool {
    opened_at(facts).map_or(true, |opened| opened.at < window.end())
}

/// The best moment for an end whose own moment is not known: what is said, else `closed_at`, else the transition into
/// the present state, else the last update.
fn stand_in(facts: &Facts, said: Told<i64>) -> Option<Moved> {
    let change = match facts.history.agreement {
        Agreement::Agrees => facts.history.last_change_at,
        Agreement::Differs | Agreement::NoHistory => Told::Missing,
    };
    let moments = [said, facts.closed_at, change, facts.source_updated_at];
    let at = moments.iter().find_map(|moment| moment.known().copied())?;
    Some(Moved { at, imputed: true })
}
