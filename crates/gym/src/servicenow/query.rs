//! Encoded queries, read as text. It knows no table.

/// An encoded query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Parted by `^NQ`: a row has to fit one of them.
    pub(crate) branches: Vec<Branch>,
    /// Fields to sort by, the first weighs most.
    pub(crate) order: Vec<(String, Direction)>,
    /// Parts that are no condition at all.
    pub(crate) unreadable: u32,
}

/// Parted by `^`: a row has to fit all of them; each is a list parted by `^OR`, of which it has to fit one.
pub(crate) type Branch = Vec<Vec<Condition>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// A field, an operator, a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) field: String,
    pub(crate) operator: Operator,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Is,
    IsNot,
    Above,
    AtLeast,
    Below,
    AtMost,
    In,
    NotIn,
    Like,
    NotLike,
    StartsWith,
    EndsWith,
    IsEmpty,
    IsNotEmpty,
    Between,
}

/// Longer words before those that they begin with.
const OPERATORS: &[(&str, Operator)] = &[
    ("ISNOTEMPTY", Operator::IsNotEmpty),
    ("ISEMPTY", Operator::IsEmpty),
    ("NOT LIKE", Operator::NotLike),
    ("NOT IN", Operator::NotIn),
    ("STARTSWITH", Operator::StartsWith),
    ("ENDSWITH", Operator::EndsWith),
    ("BETWEEN", Operator::Between),
    ("LIKE", Operator::Like),
    ("IN", Operator::In),
    ("!=", Operator::IsNot),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=", Operator::Is),
    (">", Operator::Above),
    ("<", Operator::Below),
];

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let mut query = Self { branches: vec![Vec::new()], ..Self::default() };
        for part in parts(text) {
            query.take(&part);
        }
        query
    }

    fn take(&mut self, part: &str) {
        if part.is_empty() || part == "EQ" {
            return;
        }
        if let Some(field) = part.strip_prefix("ORDERBYDESC") {
            return self.order.push((field.to_owned(), Direction::Descending));
        }
        if let Some(field) = part.strip_prefix("ORDERBY") {
            return self.order.push((field.to_owned(), Direction::Ascending));
        }
        if let Some(rest) = part.strip_prefix("NQ") {
            self.branches.push(Vec::new());
            return self.take(rest);
        }
        let (joined, text) = match part.strip_prefix("OR") {
            Some(rest) => (true, rest),
            None => (false, part),
        };
        let Some(condition) = condition(text) else {
            self.unreadable += 1;
            return;
        };
        let branch = self.branches.last_mut().expect("a query has at least one branch");
        match branch.last_mut().filter(|_| joined) {
            Some(alternatives) => alternatives.push(condition),
            None => branch.push(vec![condition]),
        }
    }
}

/// Parted at every `^` that is not doubled; a doubled one is a `^` of the text.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '^' && chars.peek() != Some(&'^') {
            parts.push(String::new());
            continue;
        }
        if c == '^' {
            chars.next();
        }
        parts.last_mut().expect("there is always a part").push(c);
    }
    parts
}

fn condition(text: &str) -> Option<Condition> {
    // Names of fields are lower case, so that words of operators end them.
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.'))?;
    let (field, rest) = text.split_at(end);
    if field.is_empty() {
        return None;
    }
    let (word, operator) = OPERATORS.iter().find(|(word, _)| rest.starts_with(word))?;
    Some(Condition { field: field.to_owned(), operator: *operator, value: rest[word.len()..].to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let query = Query::parse(text);
        let condition = |one: &Condition| format!("{} {:?} {}", one.field, one.operator, one.value);
        let any = |any: &Vec<Condition>| any.iter().map(condition).collect::<Vec<_>>().join(" or ");
        let all = |all: &Branch| all.iter().map(any).collect::<Vec<_>>().join(" and ");
        let branches = query.branches.iter().map(all).collect::<Vec<_>>().join(" | ");
        format!("{branches} {:?} {}", query.order, query.unreadable)
    }

    #[test]
    fn parts_bind_as_they_should() {
        assert_eq!(told("a=1^b>2^ORc<=3^d!=x"), "a Is 1 and b Above 2 or c AtMost 3 and d IsNot x [] 0");
        assert_eq!(
            told("active=true^u>T^NQactive=true^u=T^sys_id>S^ORDERBYu^ORDERBYDESCsys_id"),
            "active Is true and u Above T | active Is true and u Is T and sys_id Above S \
             [(\"u\", Ascending), (\"sys_id\", Descending)] 0"
        );
        assert_eq!(
            told("stateIN1,2^numberNOT IN3^nameSTARTSWITHx^aISEMPTY^bBETWEEN1@2"),
            "state In 1,2 and number NotIn 3 and name StartsWith x and a IsEmpty  and b Between 1@2 [] 0"
        );
    }

    #[test]
    fn a_doubled_caret_belongs_to_the_value() {
        assert_eq!(told("name=A^^B^c=1"), "name Is A^B and c Is 1 [] 0");
        assert_eq!(told("name=A^^^^NQx"), "name Is A^^NQx [] 0");
        assert_eq!(told("name=A^^ORb=1"), "name Is A^ORb=1 [] 0");
    }

    #[test]
    fn what_is_no_condition_is_counted() {
        assert_eq!(told("nonsense^a=1"), "a Is 1 [] 1");
        assert_eq!(told("RLQUERYx.y,>0^a=1^ENDRLQUERY"), "a Is 1 [] 2");
        assert_eq!(told(""), " [] 0");
    }
}
