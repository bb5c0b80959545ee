//! Encoded queries (`sysparm_query`), built so that data can never become part of the query.
//!
//! ServiceNow reads `^` as "and", `^OR` as "or" within one condition, and `^NQ` as the beginning of another query whose rows
//! are added; a literal `^` is written twice (ServiceNow docs, "Encoded query strings"; `c_TableAPI`).

/// A base filter of the configuration. Its branches (`^NQ`) are kept apart, because every further condition has to stand in
/// each of them: one that lacks it would let other rows in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    branches: Vec<String>,
}

/// Why a filter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It sorts or relates, which a walk must do itself.
    Operator(&'static str),
    /// It runs script at the source.
    Script,
    /// A condition without a column or an operator.
    Condition(String),
}

/// Operators in the order in which they are looked for: longer ones first. Words need the column before them.
const OPERATORS: &[&str] = &[
    "ISNOTEMPTY",
    "ISEMPTY",
    "STARTSWITH",
    "ENDSWITH",
    "NOT LIKE",
    "NOTLIKE",
    "NOT IN",
    "BETWEEN",
    "SAMEAS",
    "NSAMEAS",
    "LIKE",
    "IN",
    "ON",
    "!=",
    ">=",
    "<=",
    "=",
    ">",
    "<",
];

impl Scope {
    /// Everything.
    pub(crate) fn everything() -> Self {
        Self { branches: vec![String::new()] }
    }

    /// One condition of our own.
    pub(crate) fn of(condition: String) -> Self {
        Self { branches: vec![condition] }
    }

    /// A filter that a person wrote.
    pub(crate) fn parse(filter: &str) -> Result<Self, Unusable> {
        if filter.to_ascii_lowercase().contains("javascript:") {
            return Err(Unusable::Script);
        }
        let mut branches = vec![String::new()];
        for condition in conditions(filter) {
            if let Some(operator) =
                ["ORDERBYDESC", "ORDERBY", "RLQUERY"].iter().find(|word| condition.starts_with(**word))
            {
                return Err(Unusable::Operator(operator));
            }
            let (joint, condition) = match condition.strip_prefix("NQ") {
                Some(rest) => {
                    branches.push(String::new());
                    ("", rest)
                }
                None => ("^", condition.as_str()),
            };
            // Filters copied from a list end with `^EQ`.
            if condition.is_empty() || condition == "EQ" {
                continue;
            }
            if column_of(condition).is_none() {
                return Err(Unusable::Condition(condition.to_owned()));
            }
            let branch = branches.last_mut().expect("there is always a branch");
            if !branch.is_empty() {
                branch.push_str(joint);
            }
            branch.push_str(condition);
        }
        Ok(Self { branches })
    }

    /// The columns that the filter names, each once, in the order of the filter.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for condition in self.branches.iter().flat_map(|branch| conditions(branch)) {
            if let Some(column) = column_of(&condition)
                && !columns.iter().any(|known| known == column)
            {
                columns.push(column.to_owned());
            }
        }
        columns
    }

    /// The filter with further conditions in each branch, then the order.
    pub(crate) fn with(&self, further: &[String], order: &[&str]) -> String {
        let mut query = String::new();
        for (at, branch) in self.branches.iter().enumerate() {
            query.push_str(if at == 0 { "" } else { "^NQ" });
            query.push_str(branch);
            for (nth, condition) in further.iter().enumerate() {
                query.push_str(if nth == 0 && branch.is_empty() { "" } else { "^" });
                query.push_str(condition);
            }
        }
        for column in order {
            query.push_str(if query.is_empty() { "ORDERBY" } else { "^ORDERBY" });
            query.push_str(column);
        }
        query
    }
}

/// A condition on a column. The value is data: `^` in it is doubled, so that it stays one.
pub(crate) fn condition(column: &str, operator: &str, value: &str) -> String {
    format!("{column}{operator}{}", value.replace('^', "^^"))
}

/// A condition that no row meets, if its column exists; where it does not, ServiceNow drops both halves.
pub(crate) fn impossible(column: &str) -> Vec<String> {
    vec![format!("{column}=counterfoil"), format!("{column}!=counterfoil")]
}

/// The pieces between single `^`; doubled ones belong to a value.
fn conditions(filter: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = filter.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '^' if rest.peek() == Some(&'^') => {
                rest.next();
                pieces.last_mut().expect("there is always a piece").push_str("^^");
            }
            '^' => pieces.push(String::new()),
            c => pieces.last_mut().expect("there is always a piece").push(c),
        }
    }
    pieces
}

/// The column of a condition: everything before its first operator.
fn column_of(condition: &str) -> Option<&str> {
    let condition = condition
        .strip_prefix("OR")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        .unwrap_or(condition);
    let name = condition.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.'))?;
    let (column, rest) = condition.split_at(name);
    let rest = rest.trim_start();
    (!column.is_empty() && OPERATORS.iter().any(|operator| rest.starts_with(operator))).then_some(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn further_conditions_stand_in_every_branch() {
        let scope = Scope::parse("active=true^ORstate=6^NQassignment_group.name=Net^^work").unwrap();
        assert_eq!(
            scope.with(&[condition("sys_id", ">", "a")], &["sys_updated_on", "sys_id"]),
            "active=true^ORstate=6^sys_id>a^NQassignment_group.name=Net^^work^sys_id>a^ORDERBYsys_updated_on^ORDERBYsys_id"
        );
        assert_eq!(scope.columns(), ["active", "state", "assignment_group.name"]);
        let everything = Scope::everything();
        assert_eq!(everything.with(&[condition("sys_id", ">", "a")], &["sys_id"]), "sys_id>a^ORDERBYsys_id");
        assert_eq!(everything.with(&[], &["sys_id"]), "ORDERBYsys_id");
    }

    #[test]
    fn what_a_walk_must_do_itself_is_refused_in_a_filter() {
        assert_eq!(Scope::parse("active=true^ORDERBYnumber"), Err(Unusable::Operator("ORDERBY")));
        assert_eq!(Scope::parse("opened_by=javascript:gs.getUserID()"), Err(Unusable::Script));
        assert_eq!(Scope::parse("active"), Err(Unusable::Condition("active".to_owned())));
        assert_eq!(Scope::parse("Active=true"), Err(Unusable::Condition("Active=true".to_owned())));
        assert_eq!(Scope::parse("").unwrap(), Scope::everything());
        assert_eq!(Scope::parse("order=5^original_stateIN1,2").unwrap().columns(), ["order", "original_state"]);
        assert_eq!(Scope::parse("short_descriptionISEMPTY").unwrap().columns(), ["short_description"]);
    }

    proptest! {
        /// Whatever stands in a value, it stays one condition of the query.
        #[test]
        fn a_value_never_becomes_a_query(value in "[\\^A-Za-z=,<>:]{0,12}") {
            let query = Scope::everything().with(&[condition("number", "=", &value), condition("sys_id", ">", "a")], &[]);
            let pieces = conditions(&query);
            prop_assert_eq!(pieces.len(), 2);
            prop_assert_eq!(pieces[0].strip_prefix("number=").unwrap().replace("^^", "^"), value);
        }
    }
}
