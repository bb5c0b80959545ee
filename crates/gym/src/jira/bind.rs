//! The values of a query, looked up: projects, issues, statuses, moments. What is not there is said as the product does.

use super::catalog::{Category, Named, ProjectState};
use super::instance::{Edition, Instance, Sight};
use super::issue::Issue;
use super::jql::{Node, Operand, Way, Written, parse};
use super::moment::{self, Fold};
use std::collections::BTreeSet;

const MINUTE: i64 = 60_000;

/// Fields that a list of values is compared with.
const FIELDS: &[&str] = &[
    "project",
    "key",
    "issuekey",
    "issue",
    "id",
    "statuscategory",
    "status",
    "issuetype",
    "type",
    "priority",
    "resolution",
    "labels",
];

/// A query that can be asked of issues.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) condition: Condition,
    pub(crate) order: Vec<(By, Way)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Project(BTreeSet<u64>),
    Issue(BTreeSet<u64>),
    Category(BTreeSet<Category>),
    Status(BTreeSet<String>),
    Kind(BTreeSet<String>),
    Priority(BTreeSet<String>),
    Resolution(BTreeSet<String>),
    Unresolved,
    Label(BTreeSet<String>),
    /// From the first, before the second.
    Updated(i64, i64),
    Created(i64, i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Updated,
    Created,
    Id,
    Key,
}

impl Query {
    /// Everything that is wrong with it, in the words of the product.
    pub(crate) fn read(instance: &Instance, sight: Sight, text: &str) -> Result<Self, Vec<String>> {
        let written = parse(text).map_err(|error| vec![error])?;
        let mut binder = Binder { instance, sight, errors: Vec::new() };
        let query = binder.query(&written);
        if binder.errors.is_empty() { Ok(query) } else { Err(binder.errors) }
    }
}

impl Condition {
    pub(crate) fn fits(&self, instance: &Instance, issue: &Issue) -> bool {
        let floor = |at: i64| if instance.switches.index_seconds { at.div_euclid(1_000) * 1_000 } else { at };
        match self {
            Self::All(all) => all.iter().all(|one| one.fits(instance, issue)),
            Self::Any(any) => any.iter().any(|one| one.fits(instance, issue)),
            Self::Not(one) => !one.fits(instance, issue),
            Self::Project(ids) => ids.contains(&issue.project),
            Self::Issue(ids) => ids.contains(&issue.id),
            Self::Category(all) => {
                instance.catalog.status(&issue.status).is_some_and(|one| all.contains(&one.category))
            }
            Self::Status(ids) => ids.contains(&issue.status),
            Self::Kind(ids) => ids.contains(&issue.kind),
            Self::Priority(ids) => issue.priority.as_ref().is_some_and(|id| ids.contains(id)),
            Self::Resolution(ids) => issue.resolution.as_ref().is_some_and(|id| ids.contains(id)),
            Self::Unresolved => issue.resolution.is_none(),
            Self::Label(labels) => issue.labels.iter().any(|label| labels.contains(label)),
            Self::Updated(from, before) => (*from..*before).contains(&floor(issue.updated)),
            Self::Created(from, before) => (*from..*before).contains(&floor(issue.created)),
        }
    }

    /// No issue that fits was updated before this.
    pub(crate) fn since(&self) -> i64 {
        match self {
            Self::All(all) => all.iter().map(Self::since).max().unwrap_or(i64::MIN),
            Self::Updated(from, _) => *from,
            _ => i64::MIN,
        }
    }

    /// Only these can fit.
    pub(crate) fn only(&self) -> Option<&BTreeSet<u64>> {
        match self {
            Self::All(all) => all.iter().find_map(Self::only),
            Self::Issue(ids) => Some(ids),
            _ => None,
        }
    }
}

struct Binder<'a> {
    instance: &'a Instance,
    sight: Sight,
    errors: Vec<String>,
}

impl Binder<'_> {
    fn query(&mut self, written: &Written) -> Query {
        let condition = match &written.condition {
            Some(node) => self.condition(node),
            None => {
                if self.instance.edition == Edition::Cloud {
                    let text =
                        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
                    self.errors.push(text.into());
                }
                Condition::All(Vec::new())
            }
        };
        let mut order = Vec::new();
        for (field, way) in &written.order {
            let by = match field.as_str() {
                "updated" | "updateddate" => By::Updated,
                "created" | "createddate" => By::Created,
                "id" if !self.instance.switches.order_by_id_refused => By::Id,
                "key" | "issuekey" | "issue" => By::Key,
                other => {
                    self.errors.push(format!("Not able to sort using field '{other}'."));
                    continue;
                }
            };
            order.push((by, *way));
        }
        if order.len() > 7 {
            self.errors.push("The maximum number of fields to sort by is 7.".into());
        }
        if order.is_empty() {
            // Without an order the youngest come first, and pages of them are not safe.
            order.push((By::Id, Way::Down));
        }
        Query { condition, order }
    }

    fn condition(&mut self, node: &Node) -> Condition {
        match node {
            Node::All(all) => Condition::All(all.iter().map(|one| self.condition(one)).collect()),
            Node::Any(any) => Condition::Any(any.iter().map(|one| self.condition(one)).collect()),
            Node::Not(one) => Condition::Not(Box::new(self.condition(one))),
            Node::Term { field, operator, values } => self.term(field, operator, values),
        }
    }

    fn term(&mut self, field: &str, operator: &str, values: &[Operand]) -> Condition {
        if ["updated", "updateddate", "created", "createddate"].contains(&field) {
            return self.moment(field, operator, &values[0]);
        }
        if !FIELDS.contains(&field) {
            self.errors.push(format!("Field '{field}' does not exist or you do not have permission to view it."));
            return Condition::All(Vec::new());
        }
        let positive = match (operator, field) {
            ("is" | "is not", "resolution") => return self.unresolved(operator, &values[0]),
            ("=" | "in", _) => true,
            ("!=" | "not in", _) => false,
            _ => {
                self.errors.push(format!("The operator '{operator}' is not supported by the '{field}' field."));
                return Condition::All(Vec::new());
            }
        };
        let catalog = &self.instance.catalog;
        let by_name = |list: &[Named], value: &Operand| -> Vec<String> {
            let same = |one: &&Named| {
                one.id == value.text
                    || [&one.name, &one.german].iter().any(|name| name.eq_ignore_ascii_case(&value.text))
            };
            list.iter().filter(same).map(|one| one.id.clone()).collect()
        };
        let condition = match field {
            "project" => Condition::Project(self.each(field, values, |this, value| this.project(value))),
            "key" | "issuekey" | "issue" | "id" => {
                Condition::Issue(self.each(field, values, |this, value| this.issue(value)))
            }
            "statuscategory" => Condition::Category(
                self.each(field, values, |_, value| Category::find(&value.text).into_iter().collect()),
            ),
            "status" => Condition::Status(self.each(field, values, |_, value| {
                let same = |one: &&super::catalog::Status| {
                    one.id == value.text
                        || [&one.name, &one.german].iter().any(|name| name.eq_ignore_ascii_case(&value.text))
                };
                catalog.statuses.iter().filter(same).map(|one| one.id.clone()).collect()
            })),
            "issuetype" | "type" => {
                Condition::Kind(self.each(field, values, |_, value| by_name(&catalog.kinds, value)))
            }
            "priority" => Condition::Priority(self.each(field, values, |_, value| by_name(&catalog.priorities, value))),
            "resolution" => {
                Condition::Resolution(self.each(field, values, |_, value| by_name(&catalog.resolutions, value)))
            }
            _ => Condition::Label(values.iter().map(|value| value.text.clone()).collect()),
        };
        if positive { condition } else { Condition::Not(Box::new(condition)) }
    }

    fn each<T: Ord>(
        &mut self,
        field: &str,
        values: &[Operand],
        find: impl Fn(&Self, &Operand) -> Vec<T>,
    ) -> BTreeSet<T> {
        let mut all = BTreeSet::new();
        for value in values {
            let found = find(self, value);
            if found.is_empty() {
                let text = &value.text;
                self.errors.push(match field {
                    "key" | "issuekey" | "issue" => {
                        format!("An issue with key '{text}' does not exist for field '{field}'.")
                    }
                    _ => format!("The value '{text}' does not exist for the field '{field}'."),
                });
            }
            all.extend(found);
        }
        all
    }

    fn project(&self, value: &Operand) -> Vec<u64> {
        if self.sight == Sight::Anonymous {
            return Vec::new();
        }
        let same = |project: &&super::catalog::Project| {
            project.state == ProjectState::Live
                && (project.key.eq_ignore_ascii_case(&value.text)
                    || project.name.eq_ignore_ascii_case(&value.text)
                    || project.id.to_string() == value.text)
        };
        self.instance.catalog.projects.iter().filter(same).map(|project| project.id).collect()
    }

    fn issue(&self, value: &Operand) -> Vec<u64> {
        let found = self.instance.find(&value.text).filter(|issue| self.instance.sees(self.sight, issue));
        found.map(|issue| issue.id).into_iter().collect()
    }

    fn unresolved(&mut self, operator: &str, value: &Operand) -> Condition {
        if !["empty", "null"].contains(&value.text.to_lowercase().as_str()) {
            self.errors.push(format!("The operator '{operator}' does not take '{}'.", value.text));
        }
        match operator {
            "is" => Condition::Unresolved,
            _ => Condition::Not(Box::new(Condition::Unresolved)),
        }
    }

    fn moment(&mut self, field: &str, operator: &str, value: &Operand) -> Condition {
        let Some((at, unit)) = self.instant(value) else {
            self.errors.push(format!(
                "Date value '{}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', \
                 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
                value.text
            ));
            return Condition::All(Vec::new());
        };
        let (from, before) = match operator {
            ">=" => (at, i64::MAX),
            ">" => (at.saturating_add(unit), i64::MAX),
            "<=" => (i64::MIN, at.saturating_add(unit)),
            "<" => (i64::MIN, at),
            "=" => (at, at.saturating_add(unit)),
            _ => {
                self.errors.push(format!("The operator '{operator}' is not supported by the '{field}' field."));
                return Condition::All(Vec::new());
            }
        };
        if field.starts_with("updated") { Condition::Updated(from, before) } else { Condition::Created(from, before) }
    }

    /// A moment, and how long it lasts: a minute, or as long as the index can tell.
    fn instant(&self, value: &Operand) -> Option<(i64, i64)> {
        let switches = &self.instance.switches;
        if !value.quoted
            && let Ok(number) = value.text.parse::<i64>()
        {
            if switches.epoch_refused {
                return None;
            }
            let number = if switches.epoch_misread { number.saturating_mul(1_000) } else { number };
            return Some(if switches.index_seconds { (number.div_euclid(1_000) * 1_000, 1_000) } else { (number, 1) });
        }
        if let Some(back) = period(&value.text) {
            return Some(((self.instance.now - back).div_euclid(MINUTE) * MINUTE, MINUTE));
        }
        let fold = if switches.fold_later { Fold::Later } else { Fold::Earlier };
        Some((moment::literal(&value.text, &moment::zone(self.instance.zone_name()), fold)?, MINUTE))
    }
}

/// Milliseconds of `-5m`, `-2h`, `-1d`, `-1w`.
fn period(text: &str) -> Option<i64> {
    let (number, unit) = text.strip_prefix('-')?.split_at_checked(text.len().checked_sub(2)?)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        "w" => 10_080,
        _ => return None,
    };
    Some(number.parse::<i64>().ok()? * minutes * MINUTE)
}
