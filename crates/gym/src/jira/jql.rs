//! JQL as text: words, operators, and a tree of conditions. It knows no issue and no value.

/// A query before its values are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) condition: Option<Node>,
    /// Field and whether the greatest comes first.
    pub(crate) order: Vec<(String, Way)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Term { field: String, operator: String, values: Vec<Operand> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Operand),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["!=", ">=", "<=", "!~", "=", ">", "<", "~", "(", ")", ","];

/// What is wrong, in the words of the product.
pub(crate) fn parse(text: &str) -> Result<Written, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let starts_with_order = parser.says("order") || parser.tokens.is_empty();
    let condition = if starts_with_order { None } else { Some(parser.any()?) };
    let mut order = Vec::new();
    if parser.says("order") {
        parser.at += 1;
        if !parser.takes("by") {
            return Err(parser.complaint("'by'"));
        }
        loop {
            let field = parser.word("a field name")?.text.to_lowercase();
            let way = if parser.takes("desc") {
                Way::Down
            } else {
                parser.takes("asc");
                Way::Up
            };
            order.push((field, way));
            if !parser.takes_sign(",") {
                break;
            }
        }
    }
    if parser.at < parser.tokens.len() {
        return Err(parser.complaint("either 'OR' or 'AND'"));
    }
    Ok(Written { condition, order })
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let mut word = String::new();
            let mut chars = rest.char_indices().skip(1);
            let end = loop {
                match chars.next() {
                    Some((_, '\\')) => word.extend(chars.next().map(|(_, c)| c)),
                    Some((at, c)) if c == first => break at,
                    Some((_, c)) => word.push(c),
                    None => {
                        return Err(format!(
                            "Error in the JQL Query: The quoted string '{word}' has not been completed."
                        ));
                    }
                }
            };
            tokens.push(Token::Word(Operand { text: word, quoted: true }));
            rest = rest[end + 1..].trim_start();
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest[sign.len()..].trim_start();
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "=<>!~(),\"'".contains(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("Error in the JQL Query: The character '{first}' is a reserved JQL character."));
            }
            tokens.push(Token::Word(Operand { text: rest[..end].to_owned(), quoted: false }));
            rest = rest[end..].trim_start();
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.all()?];
        while self.takes("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.one()?];
        while self.takes("and") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, String> {
        if self.takes("not") {
            return Ok(Node::Not(Box::new(self.one()?)));
        }
        if self.takes_sign("(") {
            let node = self.any()?;
            if !self.takes_sign(")") {
                return Err(self.complaint("')'"));
            }
            return Ok(node);
        }
        let field = self.word("a field name")?.text.to_lowercase();
        let (operator, list) = self.operator()?;
        let mut values = Vec::new();
        if list {
            if !self.takes_sign("(") {
                return Err(self.complaint("'('"));
            }
            loop {
                values.push(self.word("a value")?);
                if !self.takes_sign(",") {
                    break;
                }
            }
            if !self.takes_sign(")") {
                return Err(self.complaint("either ')' or ','"));
            }
        } else {
            values.push(self.word("a value")?);
        }
        Ok(Node::Term { field, operator, values })
    }

    /// And whether a list follows.
    fn operator(&mut self) -> Result<(String, bool), String> {
        if let Some(Token::Sign(sign)) = self.tokens.get(self.at)
            && !["(", ")", ","].contains(sign)
        {
            self.at += 1;
            return Ok(((*sign).to_owned(), false));
        }
        if self.takes("in") {
            return Ok(("in".into(), true));
        }
        if self.takes("not") && self.takes("in") {
            return Ok(("not in".into(), true));
        }
        if self.takes("is") {
            return Ok((if self.takes("not") { "is not" } else { "is" }.into(), false));
        }
        Err(self.complaint("operator"))
    }

    fn says(&self, word: &str) -> bool {
        let token = self.tokens.get(self.at);
        matches!(token, Some(Token::Word(one)) if !one.quoted && one.text.eq_ignore_ascii_case(word))
    }

    fn takes(&mut self, word: &str) -> bool {
        let says = self.says(word);
        self.at += usize::from(says);
        says
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let says = matches!(self.tokens.get(self.at), Some(Token::Sign(other)) if *other == sign);
        self.at += usize::from(says);
        says
    }

    fn word(&mut self, wanted: &str) -> Result<Operand, String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.complaint(wanted)),
        }
    }

    fn complaint(&self, wanted: &str) -> String {
        let got = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => format!("got '{}'", word.text),
            Some(Token::Sign(sign)) => format!("got '{sign}'"),
            None => "before the end of the query".into(),
        };
        format!("Error in the JQL Query: Expecting {wanted} but {got}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_tree() {
        let query =
            parse(r#"project in ("A B", OPS) AND updated>="2026-01-01 10:00" order by updated ASC, id"#).unwrap();
        let Some(Node::All(nodes)) = query.condition else { panic!() };
        let Node::Term { field, operator, values } = &nodes[0] else { panic!() };
        assert_eq!((field.as_str(), operator.as_str(), values.len()), ("project", "in", 2));
        assert_eq!((values[0].text.as_str(), values[0].quoted), ("A B", true));
        let Node::Term { operator, .. } = &nodes[1] else { panic!() };
        assert_eq!(operator, ">=");
        assert_eq!(query.order, [("updated".to_owned(), Way::Up), ("id".to_owned(), Way::Up)]);
        assert_eq!(parse("").unwrap().condition, None);
        assert!(matches!(parse("not (a = 1 or b = -5m)").unwrap().condition, Some(Node::Not(_))));
        let quoted = parse(r#"summary ~ "say \"hi\"""#).unwrap().condition;
        assert!(matches!(quoted, Some(Node::Term { values, .. }) if values[0].text == "say \"hi\""));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for wrong in
            ["project", "project =", "project in OPS", "a = 1 b", "a = \"x", "(a = 1", "order updated", "a = 1 &"]
        {
            assert!(parse(wrong).unwrap_err().starts_with("Error in the JQL Query"), "{wrong}");
        }
    }
}
