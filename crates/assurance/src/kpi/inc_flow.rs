//! Incidents: what they are, and how they are worked off, catalogue rows INC-02, INC-10, INC-11 and INC-17 to INC-20, and
//! security incidents, SEC-01.

use super::family::{Worked, at_most_one, nothing, number, one, rate};
use super::{Attribution, Direction, INCIDENTS, Spec, conclude_number, flag, secs};
use crate::class::{Class, Measure, Reason};
use crate::cohort::{self, Cohort};
use crate::comparison::NotCompared;
use crate::facts::{Told, millis};
use crate::figure::{Status, Unit};
use crate::row::Row;
use crate::statistics::{mean, percent};
use crate::steps::Turn;
use crate::view::View;
use counterfoil_model::{Category, Field, Kind};

/// What was opened in the window, each for one.
fn opened(row: Row<'_>, view: &View<'_>) -> Result<Measure, Class> {
    cohort::opened(&row, &view.window).map(|opened| Measure { amount: 1, label: "opened", imputed: opened.imputed })
}

pub(super) static PER_USER: Worked = Worked {
    spec: &Spec {
        id: "INC-02",
        title: "Incidents per user",
        unit: Unit::Ratio,
        direction: Direction::Down,
        about: &[Kind::Incident, Kind::Measurement],
        cohort: Cohort::Opened,
        remark: "users are the measurements `active_users` whose period lies within the window, by the length of their periods; n \
                 counts incidents and measurements; a denominator is that of its party",
        attribution: Attribution::Fields(&[Field::AssigneeParty, Field::Party, Field::OwnerParty]),
        definition: "Incidents opened in the window (INC-01) divided by the mean number of active users.",
        source: "catalogue row INC-02; ServiceNow Benchmarks",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::NoStrata),
    judge: |row, view| match row.kind() {
        Some(Kind::Incident) => opened(row, view),
        _ => users(row, view).map(|_| one("measurements")),
    },
    at_most: |_| None,
    keep: |row, view, class, sums| {
        if let (Class::Counted(_), Some(Kind::Measurement)) = (class, row.kind())
            && let Ok((amount, millis)) = users(row, view)
        {
            sums.add("users_by_time", i128::from(amount) * i128::from(millis));
            sums.add("time", i128::from(millis));
        }
    },
    conclude: |sums, figure| {
        let time = sums.get("time");
        let users =
            (time > 0).then(|| sums.get("users_by_time") as f64 / time as f64 / 1e6).filter(|users| *users > 0.0);
        let opened = sums.count("opened");
        figure.value = users.map(|users| opened as f64 / users);
        figure.put_count("opened", opened);
        figure.put("active_users", users);
        if users.is_none() {
            figure.status = Status::NotComputable("no measurement says how many users there are");
        }
        figure.bounds = users.map(|users| {
            let (low, high) = figure.doubt.number(opened);
            (low / users, high / users)
        });
    },
};

/// Millionths of users, and for how long there were so many.
fn users(row: Row<'_>, view: &View<'_>) -> Result<(i64, i64), Class> {
    if row.text(Field::Measure) != Told::Known("active_users") || row.tombstone {
        return Err(Class::OutsideCohort);
    }
    let (Told::Known(from), Told::Known(to)) = (row.moment(Field::PeriodStart), row.moment(Field::PeriodEnd)) else {
        return Err(Class::excluded(Reason::InputUnknown));
    };
    if view.window.from.is_some_and(|start| from < millis(start)) || to > view.window.end() {
        return Err(Class::OutsideCohort);
    }
    match row.decimal(Field::Amount) {
        Told::Known(amount) if to > from => Ok((amount.millionths, to - from)),
        _ => Err(Class::excluded(Reason::InputUnknown)),
    }
}

pub(super) static FIRST_CONTACT: Worked = Worked {
    spec: &Spec {
        id: "INC-10",
        title: "Resolved in the first contact",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "the net share: what the first contact could not have resolved is left out; the gross share stands beside it",
        attribution: Attribution::Resolver,
        definition: "Incidents resolved in the first contact divided by all that the first contact could have resolved.",
        source: "catalogue row INC-10; HDI, MetricNet",
        top_level: &[],
    },
    metric: None,
    compared: None,
    judge: |row, view| {
        let resolved = cohort::resolved(&row, &view.window)?;
        match (row.flag(Field::FirstContact), row.flag(Field::FirstContactPossible)) {
            (Told::Known(true), _) => Ok(flag(true, "first_contact", "later", resolved.imputed)),
            (_, Told::Known(false)) => Err(Class::excluded(Reason::NotAtFirstContact)),
            (Told::Known(false), Told::Known(true) | Told::Missing) => {
                Ok(flag(false, "first_contact", "later", resolved.imputed))
            }
            _ => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: |sums, figure| {
        rate(sums, figure);
        let beside = figure.excluded.iter().find(|(reason, _)| *reason == Reason::NotAtFirstContact);
        let all = figure.n + beside.map_or(0, |(_, n)| *n);
        figure.put("gross_pct", percent(sums.count("first_contact"), all));
    },
};

pub(super) static FIRST_LEVEL: Worked = Worked {
    spec: &Spec {
        id: "INC-11",
        title: "Resolved at the first level",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "the levels of the groups are those of the register or the source; needs every group it was with",
        attribution: Attribution::Resolver,
        definition: "Incidents that were with groups of the first level only divided by all that were resolved.",
        source: "catalogue row INC-11; HDI",
        top_level: &[],
    },
    metric: None,
    compared: None,
    judge: |row, view| {
        let resolved = cohort::resolved(&row, &view.window)?;
        let level = |group: &str| {
            let group = view.named(row.facts, group, crate::index::Edge::Field(Field::AssigneeGroup))?;
            group.number(Field::EscalationLevel).known().copied()
        };
        let passed = row.steps.iter().filter_map(|step| match &step.to {
            Turn::Group(Told::Known(group)) => Some(&**group),
            _ => None,
        });
        let mut levels = passed.chain(row.group.known().map(|group| &**group)).map(level).peekable();
        if levels.peek().is_none() {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        let (mut all_known, mut went_up) = (true, false);
        for level in levels {
            all_known &= level.is_some();
            went_up |= level.is_some_and(|level| level > 1);
        }
        let escalated = row.number(Field::EscalationLevel).known().is_some_and(|level| *level > 0);
        match went_up || escalated {
            true => Ok(flag(false, "first_level", "further", resolved.imputed)),
            false if all_known => Ok(flag(true, "first_level", "further", resolved.imputed)),
            false => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: rate,
};

/// A major incident is to be reviewed so long after it was resolved, where its record does not say by when.
const REVIEW_WITHIN: i64 = 14 * 24 * 3_600_000;

pub(super) static MAJOR: Worked = Worked {
    spec: &Spec {
        id: "INC-17",
        title: "Major incidents",
        unit: Unit::Records,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "beside their number the mean time from the declaration to the resolution, and the share reviewed by when they had \
                 to be (14 days after the resolution where nothing says so); a declaration before the opening is bad data and has no \
                 time; nothing said is not major",
        attribution: Attribution::Holder,
        definition: "The number of incidents opened in the window that were declared major.",
        source: "catalogue row INC-17",
        top_level: &["mean_restore_secs", "reviewed_pct"],
    },
    metric: None,
    compared: Some(NotCompared::Count),
    judge: |row, view| match row.is_major {
        Told::Known(true) => opened(row, view),
        Told::Known(false) | Told::Missing => Err(Class::OutsideCohort),
        Told::Unmapped | Told::Unreadable => match opened(row, view) {
            Ok(_) => Err(Class::excluded(Reason::InputUnknown)),
            Err(class) => Err(class),
        },
    },
    at_most: at_most_one,
    keep: |row, view, class, sums| {
        let Class::Counted(_) = class else { return };
        let resolved = row
            .resolved_at
            .known()
            .copied()
            .filter(|_| matches!(row.category(), Category::Resolved | Category::Closed));
        let declared = row.moment(Field::MajorDeclaredAt).known().copied();
        let is_bad = declared.zip(row.opened_at.known().copied()).is_some_and(|(declared, opened)| declared < opened);
        sums.add("declared_before_opening", i128::from(is_bad));
        if let (Some(resolved), Some(declared), false) = (resolved, declared, is_bad)
            && resolved >= declared
        {
            sums.add("restored_n", 1);
            sums.add("restore_time", i128::from(resolved - declared));
        }
        let due = row.moment(Field::ReviewDueAt).known().copied().or(resolved.map(|at| at + REVIEW_WITHIN));
        let Some(due) = due else { return };
        let reviews = view.referring(row, Field::Subject).filter(|review| review.kind() == Some(Kind::Review));
        let held = reviews.filter_map(|review| review.moment(Field::HeldAt).known().copied()).min();
        let held = row.moment(Field::ReviewedAt).known().copied().or(held);
        if held.is_some() || due < view.window.end() {
            sums.add("review_due_n", 1);
            sums.add("reviewed_in_time", i128::from(held.is_some_and(|held| held <= due)));
        }
    },
    conclude: |sums, figure| {
        conclude_number(figure);
        figure.put("mean_restore_secs", mean(sums.get("restore_time"), sums.count("restored_n")).map(secs));
        figure.put_count("restored_n", sums.count("restored_n"));
        figure.put("reviewed_pct", percent(sums.count("reviewed_in_time"), sums.count("review_due_n")));
        figure.put_count("review_due_n", sums.count("review_due_n"));
        figure.put_count("declared_before_opening", sums.count("declared_before_opening"));
    },
};

pub(super) static REPEATED: Worked = Worked {
    spec: &Spec {
        id: "INC-18",
        title: "Repeat incidents",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "the same configuration item, or the same service where no item is said, and the same category; needs one of the two \
                 and the category",
        attribution: Attribution::Holder,
        definition: "Incidents with an earlier one of the same item or service and category, opened up to 30 days before, divided by \
                     all that were opened in the window.",
        source: "catalogue row INC-18; numerify",
        top_level: &[],
    },
    metric: None,
    compared: None,
    judge: |row, view| {
        let opened = cohort::opened(&row, &view.window)?;
        let earlier = view.opened_alike(row).ok_or(Class::excluded(Reason::InputUnknown))?;
        Ok(flag(is_within(earlier, opened.at), "repeat", "first", opened.imputed))
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: rate,
};

/// Whether one of these sorted moments is before another one, and not more than 30 days.
fn is_within(sorted: &[i64], at: i64) -> bool {
    let before = sorted.partition_point(|moment| *moment < at);
    let last = before.checked_sub(1).and_then(|before| sorted.get(before));
    last.is_some_and(|last| at - last <= 30 * 24 * 3_600_000)
}

/// What sources write where nobody chose an item.
const PLACEHOLDERS: &[&str] =
    &["", "-", "?", "n/a", "na", "none", "other", "unknown", "undefined", "tbd", "default", "dummy", "misc"];

pub(super) static LINKED: Worked = Worked {
    spec: &Spec {
        id: "INC-19",
        title: "Incidents linked to an item or a service",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "placeholders such as `unknown`, `other` or `n/a` are no item",
        attribution: Attribution::Holder,
        definition: "Incidents that name a configuration item or a service divided by all that were opened in the window.",
        source: "catalogue row INC-19",
        top_level: &[],
    },
    metric: None,
    compared: None,
    judge: |row, view| {
        let opened = cohort::opened(&row, &view.window)?;
        let fields = [Field::ConfigurationItem, Field::Service].map(|field| row.text(field));
        let names = |told: &Told<&str>| match told {
            Told::Known(name) => !PLACEHOLDERS.iter().any(|word| name.trim().eq_ignore_ascii_case(word)),
            _ => false,
        };
        if fields.iter().any(names) {
            return Ok(flag(true, "linked", "not_linked", opened.imputed));
        }
        if fields.iter().any(|told| matches!(told, Told::Unmapped | Told::Unreadable)) {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        Ok(flag(false, "linked", "not_linked", opened.imputed))
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: rate,
};

pub(super) static BY_KNOWLEDGE: Worked = Worked {
    spec: &Spec {
        id: "INC-20",
        title: "Resolved with knowledge or a known error",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: INCIDENTS,
        cohort: Cohort::Resolved,
        remark: "a problem that is a known error counts",
        attribution: Attribution::Resolver,
        definition: "Incidents with a link to knowledge or to a known error divided by all that were resolved.",
        source: "catalogue row INC-20; ServiceNow Benchmarks",
        top_level: &[],
    },
    metric: None,
    compared: None,
    judge: |row, view| {
        let resolved = cohort::resolved(&row, &view.window)?;
        let fields = [Field::Knowledge, Field::KnownError].map(|field| row.text(field));
        let known_error = || {
            let problem = view.target(row, Field::Problem);
            problem.is_some_and(|problem| problem.state_name() == Some("known_error"))
        };
        if fields.iter().any(|told| matches!(told, Told::Known(_))) || known_error() {
            return Ok(flag(true, "with_knowledge", "without", resolved.imputed));
        }
        if fields.iter().any(|told| matches!(told, Told::Unmapped | Told::Unreadable)) {
            return Err(Class::excluded(Reason::InputUnknown));
        }
        Ok(flag(false, "with_knowledge", "without", resolved.imputed))
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: rate,
};

pub(super) static SECURITY: Worked = Worked {
    spec: &Spec {
        id: "SEC-01",
        title: "Security incidents",
        unit: Unit::Records,
        direction: Direction::Down,
        about: INCIDENTS,
        cohort: Cohort::Opened,
        remark: "beside their number the mean time from the detection (else the opening) to the containment, and how many there are \
                 of each risk",
        attribution: Attribution::Holder,
        definition: "The number of incidents opened in the window that have a security class.",
        source: "catalogue row SEC-01",
        top_level: &["mean_contain_secs"],
    },
    metric: None,
    compared: Some(NotCompared::Count),
    judge: |row, view| match row.text(Field::SecurityClass) {
        Told::Known(_) => opened(row, view),
        Told::Missing => Err(Class::OutsideCohort),
        Told::Unmapped | Told::Unreadable => match opened(row, view) {
            Ok(_) => Err(Class::excluded(Reason::InputUnknown)),
            Err(class) => Err(class),
        },
    },
    at_most: at_most_one,
    keep: |row, _, class, sums| {
        let Class::Counted(_) = class else { return };
        let risk = row.word(Field::SecurityRisk).known().copied().unwrap_or("unknown");
        sums.add(risk, 1);
        let began = row.moment(Field::DetectedAt).known().or(row.opened_at.known()).copied();
        if let (Some(began), Told::Known(contained)) = (began, row.moment(Field::ContainedAt))
            && contained >= began
        {
            sums.add("contained_n", 1);
            sums.add("contain_time", i128::from(contained - began));
        }
    },
    conclude: |sums, figure| {
        number(sums, figure);
        figure.put("mean_contain_secs", mean(sums.get("contain_time"), sums.count("contained_n")).map(secs));
        figure.put_count("contained_n", sums.count("contained_n"));
        for risk in Kind::Incident.words(Field::SecurityRisk).iter().copied().chain(["unknown"]) {
            if sums.get(risk) > 0 {
                figure.put(format!("risk_{risk}"), Some(sums.get(risk) as f64));
            }
        }
    },
};
