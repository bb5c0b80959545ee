//! The audit log of a real ServiceNow (UCI data set 498), with the configuration that the repository ships for it.

use crate::dice::Dice;
use crate::ledger::{self, Told, events, heads};
use crate::program::{Desk, repository};
use crate::real_data;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const LOG: &str = "uci-servicenow-incidents/excel_resaved_5998rows.csv.zst";
const EXPECTED: &str = "uci-servicenow-incidents/expected.json";
const RECORDS: u64 = 890;

/// The log as rows; the first is the header.
type Rows = Vec<Vec<String>>;

/// A desk with the shipped configuration, whose log is at a path of its own.
fn desk_with(log: impl AsRef<[u8]>) -> Desk {
    let desk = Desk::empty();
    let path = desk.write("log.csv", log);
    let config = repository("examples/uci-incident-log.toml");
    desk.option(format!("--config={}", config.display()))
        .option(format!("--set=connector.log.path={}", path.display()))
        .option("--data-dir=data")
}

fn rows(log: &[u8]) -> Rows {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(log);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn text(rows: &Rows) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// The newest content of every record.
fn content(events: &[Told]) -> BTreeMap<&str, &str> {
    heads(events).into_iter().map(|(id, told)| (id, told.record_json.as_str())).collect()
}

#[test]
fn real_data_of_the_log_gives_the_published_figures() {
    let (Some(log), Some(expected)) = (real_data::bytes(LOG), real_data::json(EXPECTED)) else { return };
    let desk = desk_with(log);
    desk.ends(0, &["sync"]);
    let status = ledger::status(&desk);
    assert_eq!(status["total"]["committed"], RECORDS);
    assert_eq!(status["total"]["pulled"], RECORDS);
    assert_eq!(status["total"]["held"], RECORDS);
    assert_eq!(status["streams"][0]["last_pass"]["outcome"], "complete");
    let compared = compare(&desk, &expected);
    println!("{compared} figures are equal to the published ones");
    assert!(compared >= 156, "only {compared} figures were compared");
    ledger::is_whole(&desk);
}

#[test]
fn real_data_of_the_log_in_the_form_of_its_publisher_gives_the_same() {
    let (Some(log), Some(expected)) = (real_data::bytes(LOG), real_data::json(EXPECTED)) else { return };
    let saved_again = desk_with(&log);
    saved_again.ends(0, &["sync"]);
    let mut published = rows(&log);
    let (mut flags, mut dates) = (0, 0);
    for cell in published.iter_mut().skip(1).flatten() {
        if cell == "TRUE" || cell == "FALSE" {
            *cell = cell.to_lowercase();
            flags += 1;
        } else if let Some(date) = without_padding(cell) {
            *cell = date;
            dates += 1;
        }
    }
    assert!(flags >= 4 * 5_998 && dates > 3 * 5_998, "{flags} flags and {dates} dates were written anew");
    let published = desk_with(text(&published));
    published.ends(0, &["sync"]);
    compare(&published, &expected);
    let (left, right) = (events(&saved_again), events(&published));
    assert_eq!(content(&left), content(&right));
}

#[test]
fn real_data_of_the_log_shuffled_and_fed_twice_changes_nothing() {
    let Some(log) = real_data::bytes(LOG) else { return };
    let desk = desk_with(&log);
    desk.ends(0, &["sync"]);
    let before = events(&desk);
    assert_eq!(before.len() as u64, RECORDS);

    let mut dice = Dice::seeded(498);
    let rows = rows(&log);
    let mut fed_twice: Rows = rows[1..].iter().chain(&rows[1..]).cloned().collect();
    dice.shuffle(&mut fed_twice);
    fed_twice.insert(0, rows[0].clone());
    let fed_twice = text(&fed_twice);

    let fresh = desk_with(&fed_twice);
    fresh.ends(0, &["sync"]);
    ledger::status(&fresh);
    assert_eq!(content(&events(&fresh)), content(&before));

    // The same file is now another one, in the folder of the same ledger.
    desk.write("log.csv", &fed_twice);
    let again = desk.json(&["sync"]);
    let pass = &again["streams"][0]["last_pass"]["tally"];
    assert_eq!((&pass["committed"], &pass["unchanged"]), (&0.into(), &RECORDS.into()), "{pass}");
    assert_eq!(events(&desk), before);
    ledger::is_whole(&desk);
}

#[test]
fn real_data_of_an_incident_is_explained_down_to_file_and_line() {
    let Some(log) = real_data::bytes(LOG) else { return };
    let desk = desk_with(&log);
    desk.ends(0, &["sync"]);
    let rows = rows(&log);
    let of_this: Vec<BTreeMap<&str, &str>> = rows[1..]
        .iter()
        .filter(|row| row[0] == "INC0000047")
        .map(|row| rows[0].iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect())
        .collect();
    let last = of_this.last().unwrap();

    let explained = desk.json(&["explain", "INC0000047"]);
    let fields = explained["fields"].as_array().unwrap();
    assert!(fields.len() >= 30, "{} fields", fields.len());
    for field in fields {
        raw_value_is_what_the_log_says(field, last);
        rule_is_where_it_is_said_to_be(field);
    }
    assert_eq!(explained["record"]["opened_at"], "2016-02-29T04:40:00Z");
    history_is_the_rows(&explained["record"]["history"], &of_this);

    let shown = desk.ends(0, &["explain", "INC0000047"]).out;
    for [raw, rule, field, value] in [
        ["/opened_at \"29-02-2016 04:40\"", "incident-log.toml:", "opened_at", "2016-02-29T04:40:00"],
        ["/incident_state \"Closed\"", "incident-log.toml:", "state", "closed"],
        ["/priority \"3 - Moderate\"", "incident-log.toml:", "priority", "P3"],
        ["/assignment_group \"Group 24\"", "incident-log.toml:", "assignee_group", "Group 24"],
        ["/made_sla \"TRUE\"", "incident-log.toml:", "resolution_target", "true"],
    ] {
        let line = shown.lines().find(|line| in_this_order(line, &[raw, rule, field, value]));
        assert!(line.is_some(), "no line says {raw} → {rule} → {field} → {value}\n{shown}");
    }
    let history = shown.split("history:").nth(1).unwrap();
    for words in [
        &["2016-02-29T04:57Z", "state", "new (New)", "row 1"][..],
        &["2016-03-01T09:14Z", "state", "in_progress (Active)", "on_hold (Awaiting", "row 7"],
        &["2016-03-06T10:00Z", "state", "resolved (Resolved)", "closed (Closed)", "row 9"],
    ] {
        assert!(history.lines().any(|line| in_this_order(line, words)), "{words:?}\n{history}");
    }
}

/// `05-03-2016 12:00` as the publisher writes it: `5/3/2016 12:00`.
fn without_padding(cell: &str) -> Option<String> {
    let (date, time) = cell.split_once(' ')?;
    let [day, month, year] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let number = |text: &str| text.parse::<u32>().ok();
    Some(format!("{}/{}/{} {time}", number(day)?, number(month)?, number(year)?))
}

fn in_this_order(line: &str, words: &[&str]) -> bool {
    let mut rest = line;
    words.iter().all(|word| match rest.split_once(word) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

fn raw_value_is_what_the_log_says(field: &Value, last: &BTreeMap<&str, &str>) {
    let Some(column) = field["pointer"].as_str().unwrap().strip_prefix('/') else { return };
    match last[column] {
        "?" => assert_eq!(field["raw"], Value::Null, "{field}"),
        said => assert_eq!(field["raw"], said, "{field}"),
    }
}

/// The line of the file that `explain` names has the rule of this field, or the word of this value.
fn rule_is_where_it_is_said_to_be(field: &Value) {
    let line_of = |rule: &str| {
        let (file, line) = rule.rsplit_once(':').unwrap();
        let text = std::fs::read_to_string(repository(file)).unwrap();
        text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().to_owned()
    };
    let name = field["field"].as_str().unwrap();
    let line = line_of(field["rule"].as_str().unwrap());
    assert!(line.starts_with(&format!("{name} = ")), "{name}: {line}");
    if let Some(rule) = field["word_rule"].as_str() {
        let (line, raw) = (line_of(rule), field["raw"].as_str().unwrap());
        assert!(line.starts_with(&format!("\"{raw}\" = ")), "{raw}: {line}");
    }
}

/// The states that the rows show, one after the other, are the states of the history, in their native words.
fn history_is_the_rows(history: &Value, rows: &[BTreeMap<&str, &str>]) {
    let mut shown: Vec<&str> = rows.iter().map(|row| row["incident_state"]).collect();
    shown.dedup();
    let states = history.as_array().unwrap().iter().filter(|change| change["field"] == "state");
    let told: Vec<&str> = states.map(|change| change["to_native"].as_str().unwrap()).collect();
    assert_eq!(told, shown);
}

/// Compares every figure of `expected.json` that a listed KPI covers; says how many there were.
fn compare(desk: &Desk, expected: &Value) -> usize {
    let mut equal = Equal::default();
    let figures = by_id(desk, &[]);
    overall(&mut equal, &figures, &expected["kpi"]);
    for (by, key) in [("priority", "by_priority"), ("group", "by_assignment_group_top10")] {
        let groups = by_group(desk, by);
        for (name, expected) in expected[key].as_object().unwrap() {
            let figures = groups.get(name).unwrap_or_else(|| panic!("no figures of {name} in {:?}", groups.keys()));
            group(&mut equal, name, figures, expected);
        }
    }
    for (moment, expected) in expected["backlog_at"].as_object().unwrap() {
        let figures = by_id(desk, &["INC-14", "--to", moment]);
        equal.number(&format!("backlog at {moment}"), &figures["INC-14"]["value"], expected);
    }
    for (month, expected) in expected["opened_per_month"].as_object().unwrap() {
        let first: jiff::civil::Date = format!("{month}-01").parse().unwrap();
        let next = first.checked_add(jiff::Span::new().months(1)).unwrap();
        let figures = by_id(desk, &["INC-01", "--from", &first.to_string(), "--to", &next.to_string()]);
        equal.number(&format!("opened in {month}"), &figures["INC-01"]["value"], expected);
    }
    equal.0
}

fn overall(equal: &mut Equal, figures: &BTreeMap<String, Value>, expected: &Value) {
    let detail = |id: &str, name: &str| figures[id]["details"][name].clone();
    equal.number("opened", &figures["INC-01"]["value"], &RECORDS.into());
    let minutes = &expected["resolution_minutes"];
    let secs = |name: &str| Value::from(minutes[name].as_f64().unwrap() * 60.0);
    // The mean is published in minutes with four digits.
    equal.within(60.0 * 5e-5, "mean", &figures["INC-03"]["value"], &secs("mean"));
    equal.number("resolved", &figures["INC-03"]["n"], &minutes["n"]);
    equal.number("without a resolution", &figures["INC-03"]["excluded"], &expected["resolution_missing"]);
    for name in ["min", "max", "sum"] {
        equal.number(name, &detail("INC-03", name), &secs(name));
    }
    equal.number("median", &figures["INC-04"]["median"], &secs("median"));
    equal.number("P90", &figures["INC-04"]["p90_nearest_rank"], &secs("p90_nearest_rank"));
    equal.number("linear P90", &figures["INC-04"]["p90_linear"], &secs("p90_linear"));
    equal.number("P95", &detail("INC-04", "p95_nearest_rank"), &secs("p95_nearest_rank"));
    equal.number("attainment", &figures["INC-06"]["value"], &expected["sla_attainment_pct"]);
    equal.number("met", &detail("INC-06", "met"), &expected["sla_met"]);
    equal.number("breached", &detail("INC-06", "breached"), &expected["sla_breached"]);
    equal.number("first group", &figures["INC-09"]["value"], &expected["never_reassigned_pct"]);
    equal.number("never reassigned", &detail("INC-09", "never_reassigned"), &expected["never_reassigned"]);
    equal.number("reopen rate", &figures["INC-12"]["value"], &expected["reopen_rate_pct"]);
    equal.number("reopened", &detail("INC-12", "reopened"), &expected["reopened_incidents"]);
    equal.number("reopenings", &detail("INC-12", "reopen_count_sum"), &expected["reopen_count_sum"]);
    equal.number("hops", &figures["INC-13"]["value"], &expected["reassignment_mean"]);
    equal.number("sum of hops", &detail("INC-13", "sum"), &expected["reassignment_sum"]);
    equal.number("most hops", &detail("INC-13", "max"), &expected["reassignment_max"]);
    equal.number("many hops", &detail("INC-13", "three_or_more"), &expected["reassigned_3_or_more"]);
    for (hops, incidents) in expected["reassignment_histogram"].as_object().unwrap() {
        equal.number(&format!("{hops} hops"), &detail("INC-13", &format!("times_{hops}")), incidents);
    }
}

fn group(equal: &mut Equal, name: &str, figures: &BTreeMap<String, Value>, expected: &Value) {
    let secs = |key: &str| Value::from(expected[key].as_f64().unwrap() * 60.0);
    let pairs = [
        ("incidents", &figures["INC-01"]["value"], expected["incidents"].clone()),
        ("met", &figures["INC-06"]["details"]["met"], expected["sla_met"].clone()),
        ("attainment", &figures["INC-06"]["value"], expected["sla_attainment_pct"].clone()),
        ("resolved", &figures["INC-04"]["n"], expected["resolution_n"].clone()),
        ("median", &figures["INC-04"]["median"], secs("resolution_median_min")),
        ("P90", &figures["INC-04"]["p90_nearest_rank"], secs("resolution_p90_nearest_rank_min")),
        ("reopened", &figures["INC-12"]["details"]["reopened"], expected["reopened"].clone()),
        ("hops", &figures["INC-13"]["details"]["sum"], expected["reassignment_sum"].clone()),
    ];
    for (figure, told, expected) in pairs {
        equal.number(&format!("{name}: {figure}"), told, &expected);
    }
}

fn by_id(desk: &Desk, args: &[&str]) -> BTreeMap<String, Value> {
    let mut all = vec!["kpi"];
    all.extend(args);
    let figures = desk.json(&all);
    let of_all = figures.as_array().unwrap().iter().filter(|figure| figure.get("group").is_none());
    of_all.map(|figure| (figure["id"].as_str().unwrap().to_owned(), figure.clone())).collect()
}

/// Figures by the source's own name of a group or a priority.
fn by_group(desk: &Desk, by: &str) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut groups: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for figure in desk.json(&["kpi", "--by", by]).as_array().unwrap() {
        let Some(group) = figure["group"].as_str() else { continue };
        let native = figure["group_native"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: BTreeSet<&str> = native.chain([group]).collect();
        for name in names {
            let id = figure["id"].as_str().unwrap().to_owned();
            groups.entry(name.to_owned()).or_default().insert(id, figure.clone());
        }
    }
    groups
}

/// How many figures were equal; the first that is not fails the test.
#[derive(Default)]
struct Equal(usize);

impl Equal {
    /// Whole numbers are equal, all others within 1e-4.
    fn number(&mut self, what: &str, told: &Value, expected: &Value) {
        let whole = expected.as_f64().is_some_and(|expected| expected.fract() == 0.0) && !told.is_null();
        let exact = whole && told.as_f64().is_some_and(|told| told.fract() == 0.0);
        self.within(if exact { 0.0 } else { 1e-4 }, what, told, expected);
    }

    fn within(&mut self, tolerance: f64, what: &str, told: &Value, expected: &Value) {
        let pair = told.as_f64().zip(expected.as_f64());
        let (told, expected) = pair.unwrap_or_else(|| panic!("{what}: {told} instead of {expected}"));
        assert!((told - expected).abs() <= tolerance, "{what}: {told} instead of {expected}");
        self.0 += 1;
    }
}
