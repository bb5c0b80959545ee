//! Reads rules from a text, and puts them into a set.

use super::read::Reader;
use super::{
    BodyFormat, Class, ClassRule, Direction, KINDS, PriorityRule, RuleSet, STATES, Spot, StateRule, StructuredRule,
    Takes, Test, TokenPattern, When,
};
use counterfoil_diagnostics::{Finding, SourceText};
use jiff::SignedDuration;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A compiled pattern is at most so big, so that rules of an instance cannot eat the memory.
const PATTERN_BYTES: usize = 2 << 20;

const TOP: &[&str] =
    &["format", "without", "limits", "subject", "loop", "token", "class", "state", "priority", "structured"];

type Value<'i> = Spanned<DeValue<'i>>;

pub(crate) fn add(set: &mut RuleSet, source: &SourceText) -> Result<(), Vec<Finding>> {
    let table = match DeTable::parse(&source.text) {
        Ok(table) => table,
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            return Err(vec![Finding::error("rules::syntax", error.message().to_owned(), at, "here")]);
        }
    };
    let mut reader = Reader { findings: Vec::new() };
    let table = table.get_ref();
    reader.only(table, TOP, "a file of rules");
    if let Some(value) = reader.required(table, "format", "a file of rules", 0..0) {
        reader.number(value, "`format`", 1..2);
    }
    if let Some(value) = table.get("without") {
        without(&mut reader, set, value);
    }
    settings(&mut reader, set, table);
    let mut names = BTreeSet::new();
    put(&mut set.tokens, items(&mut reader, table, "token", &mut names, token), |rule| &rule.name);
    put(&mut set.classes, items(&mut reader, table, "class", &mut names, class), |rule| &rule.name);
    put(&mut set.states, items(&mut reader, table, "state", &mut names, state), |rule| &rule.name);
    put(&mut set.priorities, items(&mut reader, table, "priority", &mut names, priority), |rule| &rule.name);
    put(&mut set.structured, items(&mut reader, table, "structured", &mut names, structured), |rule| &rule.name);
    if reader.findings.is_empty() { Ok(()) } else { Err(reader.findings) }
}

impl RuleSet {
    fn len(&self) -> usize {
        let told = self.classes.len() + self.states.len() + self.priorities.len();
        self.tokens.len() + told + self.structured.len()
    }
}

/// What has a known name stands where that one stood, everything else before.
fn put<T>(held: &mut Vec<T>, added: Vec<T>, name: impl Fn(&T) -> &String) {
    let mut before = Vec::new();
    for rule in added {
        match held.iter_mut().find(|known| name(known) == name(&rule)) {
            Some(known) => *known = rule,
            None => before.push(rule),
        }
    }
    held.splice(0..0, before);
}

fn without(reader: &mut Reader, set: &mut RuleSet, value: &Value<'_>) {
    for (name, at) in reader.texts(value, "`without`") {
        let rules = set.len();
        set.tokens.retain(|rule| rule.name != name);
        set.classes.retain(|rule| rule.name != name);
        set.states.retain(|rule| rule.name != name);
        set.priorities.retain(|rule| rule.name != name);
        set.structured.retain(|rule| rule.name != name);
        if rules == set.len() {
            reader.error("rules::unknown-rule", format!("there is no rule `{name}`"), at, "not among those before");
        }
    }
}

fn settings(reader: &mut Reader, set: &mut RuleSet, table: &DeTable<'_>) {
    if let Some(limits) = table.get("limits").and_then(|value| reader.table(value, "`limits`")) {
        let known = ["text_bytes", "line_bytes", "stored_text_bytes", "references", "tokens", "clock_tolerance_hours"];
        reader.only(limits, &known, "`limits`");
        let mut size = |key: &str, range: Range<u32>, into: &mut usize| {
            let Some(number) = limits.get(key).and_then(|value| reader.number(value, &format!("`{key}`"), range))
            else {
                return;
            };
            *into = usize::try_from(number).expect("a number of 32 bits is a size");
        };
        size("text_bytes", 256..65_537, &mut set.limits.text_bytes);
        size("line_bytes", 64..16_385, &mut set.limits.line_bytes);
        size("stored_text_bytes", 64..65_537, &mut set.limits.stored_text_bytes);
        size("references", 2..1_001, &mut set.limits.references);
        size("tokens", 1..101, &mut set.limits.tokens);
        if let Some(hours) = number(reader, limits, "clock_tolerance_hours", 1..8_761) {
            set.limits.clock_tolerance = SignedDuration::from_hours(hours.into());
        }
    }
    if let Some(subject) = table.get("subject").and_then(|value| reader.table(value, "`subject`")) {
        reader.only(subject, &["reply", "forward", "window_days", "classes"], "`subject`");
        let words = |reader: &mut Reader, key: &str| {
            let words = reader.texts(subject.get(key)?, &format!("`{key}`"));
            Some(words.into_iter().map(|(word, _)| word.to_lowercase()).collect())
        };
        set.subject.reply = words(reader, "reply").unwrap_or(std::mem::take(&mut set.subject.reply));
        set.subject.forward = words(reader, "forward").unwrap_or(std::mem::take(&mut set.subject.forward));
        if let Some(days) = number(reader, subject, "window_days", 1..366) {
            set.subject.window = SignedDuration::from_hours(i64::from(days) * 24);
        }
        if let Some(value) = subject.get("classes") {
            set.subject.classes = classes(reader, value);
        }
    }
    if let Some(looping) = table.get("loop").and_then(|value| reader.table(value, "`loop`")) {
        reader.only(looping, &["mails", "gap_minutes", "classes"], "`loop`");
        if let Some(mails) = number(reader, looping, "mails", 2..1_001) {
            set.looping.mails = usize::try_from(mails).expect("a number of 32 bits is a size");
        }
        if let Some(minutes) = number(reader, looping, "gap_minutes", 1..10_081) {
            set.looping.gap = SignedDuration::from_mins(minutes.into());
        }
        if let Some(value) = looping.get("classes") {
            set.looping.classes = classes(reader, value);
        }
    }
}

fn number(reader: &mut Reader, table: &DeTable<'_>, key: &str, range: Range<u32>) -> Option<u32> {
    reader.number(table.get(key)?, &format!("`{key}`"), range)
}

fn classes(reader: &mut Reader, value: &Value<'_>) -> Vec<Class> {
    let words = reader.texts(value, "`classes`");
    words
        .into_iter()
        .filter(|(word, at)| reader.word(word, at.clone(), "a class", &Class::NAMES))
        .filter_map(|(word, _)| Class::parse(&word))
        .collect()
}

/// One `[[…]]` of a file, being read.
struct Item<'v, 'i> {
    table: &'v DeTable<'i>,
    what: String,
    name: String,
    at: Range<usize>,
}

fn items<T>(
    reader: &mut Reader,
    table: &DeTable<'_>,
    what: &str,
    names: &mut BTreeSet<String>,
    read: impl Fn(&mut Reader, &Item<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let Some(list) = table.get(what) else { return Vec::new() };
    let mut found = Vec::new();
    for value in reader.list(list, &format!("`{what}`")) {
        let Some(table) = reader.table(value, &format!("a `{what}`")) else { continue };
        let Some(named) = reader.required(table, "name", &format!("a `{what}`"), value.span()) else { continue };
        let Some(name) = reader.text(named, "`name`") else { continue };
        if !names.insert(name.clone()) {
            let message = format!("there are two rules `{name}`");
            reader.error("rules::duplicate-name", message, named.span(), "the second one");
        }
        let item = Item { table, what: format!("the {what} rule `{name}`"), name, at: value.span() };
        found.extend(read(reader, &item));
    }
    found
}

impl<'v, 'i> Item<'v, 'i> {
    fn text(&self, reader: &mut Reader, key: &str) -> Option<String> {
        reader.text(self.table.get(key)?, &format!("`{key}`"))
    }

    fn required(&self, reader: &mut Reader, key: &str) -> Option<(String, Range<usize>)> {
        let value = reader.required(self.table, key, &self.what, self.at.clone())?;
        Some((reader.text(value, &format!("`{key}`"))?, value.span()))
    }

    fn word(&self, reader: &mut Reader, key: &str, known: &[&str]) -> Option<String> {
        let (word, at) = self.required(reader, key)?;
        reader.word(&word, at, &format!("`{key}`"), known).then_some(word)
    }

    fn words(&self, reader: &mut Reader, key: &str, known: &[&str]) -> Vec<String> {
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let words = reader.texts(value, &format!("`{key}`"));
        let words = words.into_iter().filter(|(word, at)| reader.word(word, at.clone(), &format!("`{key}`"), known));
        words.map(|(word, _)| word).collect()
    }

    fn confidence(&self, reader: &mut Reader) -> Option<u8> {
        let value = reader.required(self.table, "confidence", &self.what, self.at.clone())?;
        u8::try_from(reader.number(value, "`confidence`", 1..101)?).ok()
    }

    fn pattern(&self, reader: &mut Reader, key: &str) -> Option<Regex> {
        let (text, at) = self.required(reader, key)?;
        compile(reader, &text, at)
    }

    fn pointer(&self, reader: &mut Reader, key: &str) -> Option<String> {
        let value = self.table.get(key)?;
        let text = reader.text(value, &format!("`{key}`"))?;
        pointer(reader, text, value.span())
    }

    fn when(&self, reader: &mut Reader) -> When {
        let mut tests = |key: &str| match self.table.get(key) {
            Some(value) => reader.list(value, &format!("`{key}`")).iter().filter_map(|one| test(reader, one)).collect(),
            None => Vec::new(),
        };
        When { all: tests("all"), any: tests("any"), none: tests("none") }
    }
}

/// Compiles a pattern: the crate `regex` has no pattern that takes more than linear time.
fn compile(reader: &mut Reader, text: &str, at: Range<usize>) -> Option<Regex> {
    let compiled =
        RegexBuilder::new(text).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).nest_limit(50).build();
    compiled
        .map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            reader.error("rules::invalid-pattern", format!("the pattern cannot be used: {reason}"), at, "this pattern");
        })
        .ok()
}

fn test(reader: &mut Reader, value: &Value<'_>) -> Option<Test> {
    let table = reader.table(value, "a test")?;
    reader.only(table, &["in", "matches"], "a test");
    let spot = reader.required(table, "in", "a test", value.span());
    let spot = spot.and_then(|value| Some((reader.text(value, "`in`")?, value.span())));
    let spot = spot.and_then(|(name, at)| spot_of(reader, &name, at));
    let pattern = reader.required(table, "matches", "a test", value.span());
    let pattern = pattern.and_then(|value| Some((reader.text(value, "`matches`")?, value.span())));
    let pattern = pattern.and_then(|(text, at)| compile(reader, &text, at));
    Some(Test { spot: spot?, pattern: pattern? })
}

fn spot_of(reader: &mut Reader, name: &str, at: Range<usize>) -> Option<Spot> {
    let spot = Spot::parse(name);
    if spot.is_none() {
        reader.word(name, at, "a place in a mail, if not `header:<name>`,", &Spot::NAMES);
    }
    spot
}

fn token(reader: &mut Reader, item: &Item<'_, '_>) -> Option<TokenPattern> {
    let known = ["name", "system", "in", "pattern", "not", "takes", "kinds", "kind", "party"];
    reader.only(item.table, &known, &item.what);
    let system = item.required(reader, "system").map(|(system, _)| system);
    let spots = reader.required(item.table, "in", &item.what, item.at.clone());
    let spots = spots.map(|value| reader.texts(value, "`in`")).unwrap_or_default();
    let spots = spots.into_iter().filter_map(|(name, at)| spot_of(reader, &name, at)).collect();
    let pattern = item.pattern(reader, "pattern");
    if let Some(pattern) = &pattern
        && !pattern.capture_names().flatten().any(|name| name == "key")
    {
        let at = item.table.get("pattern").map_or(item.at.clone(), Spanned::span);
        reader.error("rules::no-key", format!("{} captures no key", item.what), at, "needs `(?<key>…)`");
    }
    let not = if item.table.contains_key("not") { Some(item.pattern(reader, "not")?) } else { None };
    let takes = match item.words_or(reader, "takes", &["first", "last", "all"]).as_deref() {
        Some("last") => Takes::Last,
        Some("all") => Takes::All,
        _ => Takes::First,
    };
    let mut kinds = BTreeMap::new();
    if let Some(table) = item.table.get("kinds").and_then(|value| reader.table(value, "`kinds`")) {
        for (begin, value) in table {
            let Some(kind) = reader.text(value, "a kind") else { continue };
            if reader.word(&kind, value.span(), "a kind", &KINDS) {
                kinds.insert(begin.get_ref().to_string(), kind);
            }
        }
    }
    let kind = item.words_or(reader, "kind", &["incident", "service_request", "change", "problem", "none"]);
    let kind = match kind.as_deref() {
        None => Some("incident".to_owned()),
        Some("none") => None,
        Some(kind) => Some(kind.to_owned()),
    };
    let party = item.text(reader, "party");
    Some(TokenPattern {
        name: item.name.clone(),
        system: system?,
        spots,
        pattern: pattern?,
        not,
        takes,
        kinds,
        kind,
        party,
    })
}

impl Item<'_, '_> {
    /// A word that may be left out.
    fn words_or(&self, reader: &mut Reader, key: &str, known: &[&str]) -> Option<String> {
        if self.table.contains_key(key) { self.word(reader, key, known) } else { None }
    }
}

fn class(reader: &mut Reader, item: &Item<'_, '_>) -> Option<ClassRule> {
    let known = ["name", "class", "system", "confidence", "all", "any", "none"];
    reader.only(item.table, &known, &item.what);
    let class = item.word(reader, "class", &Class::NAMES).and_then(|name| Class::parse(&name));
    let confidence = item.confidence(reader);
    let system = item.text(reader, "system");
    let when = item.when(reader);
    Some(ClassRule { name: item.name.clone(), class: class?, system, confidence: confidence?, when })
}

fn state(reader: &mut Reader, item: &Item<'_, '_>) -> Option<StateRule> {
    let known = [
        "name",
        "state",
        "confidence",
        "classes",
        "systems",
        "directions",
        "first",
        "from",
        "overrules",
        "all",
        "any",
        "none",
    ];
    reader.only(item.table, &known, &item.what);
    let state = item.word(reader, "state", &STATES);
    let confidence = item.confidence(reader);
    let classes = item.words(reader, "classes", &Class::NAMES).iter().filter_map(|name| Class::parse(name)).collect();
    let systems = item.table.get("systems").map(|value| reader.texts(value, "`systems`")).unwrap_or_default();
    let directions = item.words(reader, "directions", &Direction::NAMES);
    let directions = directions.iter().filter_map(|name| Direction::parse(name)).collect();
    let first = item.table.get("first").and_then(|value| reader.flag(value, "`first`"));
    let from = item.words(reader, "from", &STATES);
    let overrules = item.words(reader, "overrules", &STATES);
    let when = item.when(reader);
    let systems = systems.into_iter().map(|(name, _)| name).collect();
    let (state, confidence) = (state?, confidence?);
    Some(StateRule {
        name: item.name.clone(),
        state,
        confidence,
        classes,
        systems,
        directions,
        first,
        from,
        overrules,
        when,
    })
}

fn priority(reader: &mut Reader, item: &Item<'_, '_>) -> Option<PriorityRule> {
    reader.only(item.table, &["name", "value", "all", "any", "none"], &item.what);
    let value = item.required(reader, "value").map(|(value, _)| value);
    let when = item.when(reader);
    Some(PriorityRule { name: item.name.clone(), value: value?, when })
}

fn structured(reader: &mut Reader, item: &Item<'_, '_>) -> Option<StructuredRule> {
    let known = ["name", "format", "confidence", "key", "version", "rows", "after", "until", "all", "any", "none"];
    reader.only(item.table, &known, &item.what);
    let format = item.word(reader, "format", &BodyFormat::NAMES).and_then(|name| BodyFormat::parse(&name));
    let confidence = item.confidence(reader);
    let key = item.required(reader, "key").and_then(|(text, at)| pointer(reader, text, at));
    let version = item.pointer(reader, "version");
    let rows = item.pointer(reader, "rows");
    if let (Some(value), Some(BodyFormat::Csv | BodyFormat::Fields)) = (item.table.get("rows"), format) {
        let message = format!("{} has `rows`, and only JSON has them elsewhere", item.what);
        reader.error("rules::unknown-key", message, value.span(), "is for `format = \"json\"`");
    }
    let mut pattern = |key: &str| if item.table.contains_key(key) { Some(item.pattern(reader, key)) } else { None };
    let (after, until) = (pattern("after"), pattern("until"));
    let when = item.when(reader);
    if when.all.is_empty() && when.any.is_empty() {
        let message = format!("{} is for every mail", item.what);
        reader.error("rules::missing-key", message, item.at.clone(), "say which mails in `all` or `any`");
    }
    let (after, until) =
        (after.map_or(Some(None), |one| one.map(Some))?, until.map_or(Some(None), |one| one.map(Some))?);
    let name = item.name.clone();
    Some(StructuredRule {
        name,
        format: format?,
        confidence: confidence?,
        key: key?,
        version,
        rows,
        after,
        until,
        when,
    })
}

/// A JSON pointer.
fn pointer(reader: &mut Reader, text: String, at: Range<usize>) -> Option<String> {
    if text.len() > 1 && text.starts_with('/') {
        return Some(text);
    }
    reader.error("rules::invalid-pointer", format!("`{text}` is no pointer"), at, "begins with `/`: `/ticket/number`");
    None
}
