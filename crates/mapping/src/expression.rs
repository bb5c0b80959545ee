//! CEL for what no converter fits: over values that are already extracted, within a budget, without loops.

use cel::common::ast::{Expr, IdedExpr};
use cel::{Context, Env, Program, Value};
use std::fmt;
use std::sync::Arc;

/// Bytes of an expression.
const TEXT_LIMIT: usize = 1000;
/// Nodes of an expression's syntax tree.
const NODE_LIMIT: usize = 200;
/// Bytes of one text that an expression reads.
pub(crate) const INPUT_LIMIT: usize = 4096;

/// Functions beside the operators that expressions may call. None of them loops or remembers.
const FUNCTIONS: &[&str] = &["contains", "double", "endsWith", "int", "size", "startsWith", "string"];
/// What the parser calls the operators.
const OPERATORS: &[&str] = &[
    "_?_:_", "_&&_", "_||_", "!_", "_-_", "_+_", "_*_", "_/_", "_%_", "_==_", "_!=_", "_>=_", "_<=_", "_>_", "_<_",
    "-_", "@in",
];

/// A compiled expression. Evaluating it costs at most its nodes times the size of its inputs.
pub(crate) struct Expression {
    text: String,
    program: Program,
    env: Arc<Env>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a variable of an expression holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    Null,
    Text(String),
    Integer(i64),
    Flag(bool),
}

/// What an expression makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    Null,
    Text(String),
    Integer(i64),
    Flag(bool),
}

impl Expression {
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_LIMIT {
            return Err(format!("an expression has at most {TEXT_LIMIT} bytes, this has {}", text.len()));
        }
        let env = Arc::new(Env::stdlib());
        let program = env.compile(text).map_err(|errors| syntax_error(&errors.to_string()))?;
        let mut nodes = 0;
        budget(program.expression(), &mut nodes)?;
        Ok(Self { text: text.to_owned(), program, env })
    }

    /// The variables it reads.
    pub(crate) fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = self.program.references().variables().into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn evaluate(&self, inputs: impl Iterator<Item = (String, Input)>) -> Result<Output, String> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        for (name, input) in inputs {
            let value = match input {
                Input::Null => Value::Null,
                Input::Text(text) if text.len() > INPUT_LIMIT => {
                    return Err(format!("`{name}` is longer than the {INPUT_LIMIT} bytes that an expression may read"));
                }
                Input::Text(text) => Value::String(Arc::new(text)),
                Input::Integer(number) => Value::Int(number),
                Input::Flag(flag) => Value::Bool(flag),
            };
            context.add_variable_from_value(name, value);
        }
        match self.program.execute(&context).map_err(|error| first_line(&error.to_string()))? {
            Value::Null => Ok(Output::Null),
            Value::String(text) => Ok(Output::Text(text.to_string())),
            Value::Int(number) => Ok(Output::Integer(number)),
            Value::UInt(number) => i64::try_from(number).map(Output::Integer).map_err(|error| error.to_string()),
            Value::Bool(flag) => Ok(Output::Flag(flag)),
            other => Err(format!("it makes a {}, which no field holds", other.type_of())),
        }
    }
}

/// Walks the syntax tree: counts its nodes and refuses what could loop.
fn budget(node: &IdedExpr, nodes: &mut usize) -> Result<(), String> {
    *nodes += 1;
    if *nodes > NODE_LIMIT {
        return Err(format!("an expression has at most {NODE_LIMIT} operands and operators"));
    }
    match &node.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
        Expr::Call(call) => {
            if !OPERATORS.contains(&call.func_name.as_str()) && !FUNCTIONS.contains(&call.func_name.as_str()) {
                let known = FUNCTIONS.join("`, `");
                return Err(format!(
                    "there is no function `{}`; there are `{known}` and the operators",
                    call.func_name
                ));
            }
            call.target.iter().try_for_each(|target| budget(target, nodes))?;
            call.args.iter().try_for_each(|argument| budget(argument, nodes))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|element| budget(element, nodes)),
        Expr::Comprehension(_) => {
            Err("`all`, `exists`, `exists_one`, `map` and `filter` are loops, which mappings do not have".to_owned())
        }
        Expr::Map(_) => Err("maps are not allowed in mappings".to_owned()),
        Expr::Select(select) => Err(format!("`.{}`: variables are plain values and have no members", select.field)),
        Expr::Struct(_) => Err("structures are not allowed in mappings".to_owned()),
    }
}

/// `ERROR: <input>:1:8: Syntax error: …` as `column 8: Syntax error: …`.
fn syntax_error(text: &str) -> String {
    let line = first_line(text);
    match line.strip_prefix("ERROR: <input>:").and_then(|rest| rest.split_once(':')) {
        Some((_, rest)) => format!("column {rest}"),
        None => line,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, inputs: &[(&str, Input)]) -> Result<Output, String> {
        Expression::compile(text)?.evaluate(inputs.iter().map(|(name, input)| ((*name).to_owned(), input.clone())))
    }

    #[test]
    fn small_expressions_over_plain_values() {
        let inputs = [("impact", Input::Integer(1)), ("text", Input::Text("VIP room".into())), ("none", Input::Null)];
        assert_eq!(run("impact == 1 && text.contains('VIP')", &inputs), Ok(Output::Flag(true)));
        assert_eq!(run("none == null ? 'no' : string(impact + 1)", &inputs), Ok(Output::Text("no".into())));
        assert_eq!(run("impact in [1, 2]", &inputs), Ok(Output::Flag(true)));
        assert_eq!(run("size(text)", &inputs), Ok(Output::Integer(8)));
        assert!(run("int(text)", &inputs).is_err());
        assert!(run("1 / 0", &[]).is_err());
        assert!(run("[1]", &[]).is_err());
    }

    #[test]
    fn loops_members_unknown_functions_and_long_texts_are_refused() {
        for text in
            ["[1].map(x, x)", "a.exists(x, x == 1)", "a.b", "{'a': 1}", "matches(a, 'x')", "1 +", &"1+".repeat(600)]
        {
            assert!(Expression::compile(text).is_err(), "{text}");
        }
        assert!(Expression::compile(&format!("1{}", "+1".repeat(99))).is_ok());
        assert!(Expression::compile(&format!("1{}", "+1".repeat(100))).is_err());
        let long = [("text", Input::Text("x".repeat(INPUT_LIMIT + 1)))];
        assert!(run("size(text)", &long).unwrap_err().contains("4096"));
    }
}
