//! What the ledger of an estate has, against the oracle that knows what truly happened in it.

use crate::ledger::{self, events, heads};
use crate::program::Desk;
use counterfoil_gym::{Book, Column, Expected, Figures, Problem, Provider, State, Told, TrueRecord, Verdict};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every instance of files counts what it should.
pub(crate) fn columns_are_as_expected(expected: &[Expected], desk: &Desk) {
    let status = ledger::status(desk);
    let streams = status["streams"].as_array().unwrap();
    for expected in expected {
        let stream = streams.iter().find(|stream| stream["instance"] == expected.book.instance()).unwrap();
        let last = &stream["last_pass"];
        assert_eq!(stream["held"], expected.committed, "{expected}");
        assert_eq!(stream["quarantined"], expected.quarantined, "{expected}: {stream}");
        assert_eq!(stream["unreadable"], expected.unreadable, "{expected}: {stream}");
        assert_eq!(stream["not_applicable"], expected.not_applicable, "{expected}: {stream}");
        let gaps = last["gaps"].as_array().unwrap().len();
        assert_eq!(gaps > 0, expected.behind_gap > 0, "{expected}: {stream}");
        assert_eq!(last["outcome"] == "partial", expected.behind_gap > 0, "{expected}: {stream}");
    }
}

/// Every record that the files tell truly, field by field.
pub(crate) fn records_are_as_they_truly_are(records: &[TrueRecord], desk: &Desk) {
    let events = events(desk);
    let heads = heads(&events);
    let mut compared = 0;
    for truth in records.iter().filter(|truth| truth.told == Told::Truly) {
        let Some(book) = truth.book else { continue };
        let id = format!("{}/records/{}", book.instance(), truth.id);
        let record = heads.get(id.as_str()).unwrap_or_else(|| panic!("{id} is not held")).record();
        record_is(truth, &record, &id);
        assert_eq!(record["assignee_group"].as_str(), truth.group, "{id}");
        if book == Book::AcmeLog {
            assert_eq!(states(&record), truth.history, "{id}");
        }
        compared += 1;
    }
    let damaged = records.iter().filter(|truth| matches!(truth.told, Told::Damaged(_))).count();
    let held = heads.keys().filter(|id| id.contains("/records/")).count();
    assert_eq!(compared + damaged, held, "nothing is held that the oracle does not know");
}

/// Whether a record says what is true.
pub(crate) fn record_is(truth: &TrueRecord, record: &Value, id: &str) {
    assert_eq!(record["hold_reason"].as_str(), truth.hold.map(|hold| hold.word()), "{id}");
    assert_eq!(record["resolution_target_met"], truth.made_sla, "{id}");
    record_is_apart_from_verdicts(truth, record, id);
}

/// The same for a source that has verdicts and reasons of its own.
pub(crate) fn record_is_apart_from_verdicts(truth: &TrueRecord, record: &Value, id: &str) {
    let text = |name: &str| record[name].as_str();
    let moment = |name: &str| text(name).map(|text| text.parse::<Timestamp>().unwrap());
    assert_eq!(text("native_key"), Some(truth.number.as_str()), "{id}");
    assert_eq!(text("state"), Some(truth.state.word()), "{id}");
    assert_eq!(text("priority"), Some(format!("P{}", truth.priority).as_str()), "{id}");
    assert_eq!(text("owner_party"), Some(truth.provider.id()), "{id}");
    assert_eq!(moment("opened_at"), Some(truth.opened), "{id}");
    assert_eq!(moment("resolved_at"), truth.resolved, "{id}");
    assert_eq!(moment("closed_at"), truth.closed, "{id}");
    assert_eq!(moment("source_updated_at"), Some(truth.updated), "{id}");
    assert_eq!(record["reassign_count"], truth.reassigned, "{id}");
    assert_eq!(record["reopen_count"], truth.reopened, "{id}");
}

/// The history of states, as the oracle writes it.
pub(crate) fn states(record: &Value) -> Vec<(Timestamp, State)> {
    let changes = record["history"].as_array().unwrap().iter().filter(|change| change["field"] == "state");
    let state = |word: &str| *State::ALL.iter().find(|state| state.word() == word).unwrap();
    changes
        .map(|change| (change["occurred_at"].as_str().unwrap().parse().unwrap(), state(change["to"].as_str().unwrap())))
        .collect()
}

/// Figures over what the files tell, damage included, overall and by party.
/// `beside` are parties whose figures are judged elsewhere; with them the figures of all together are not judged here.
pub(crate) fn figures_are_true(records: &[TrueRecord], now: Timestamp, beside: &[&str], desk: &Desk) {
    let to = now.to_string();
    let figures = desk.json(&["kpi", "--by", "party", "--to", &to]);
    let told: Vec<TrueRecord> = records.iter().filter_map(as_told).collect();
    let mut by_group: BTreeMap<Option<&str>, BTreeMap<&str, &Value>> = BTreeMap::new();
    for figure in figures.as_array().unwrap() {
        let id = figure["id"].as_str().unwrap();
        by_group.entry(figure["group"].as_str()).or_default().insert(id, figure);
    }
    let tells = |provider: &&Provider| told.iter().any(|record| record.provider == **provider);
    let parties: Vec<Option<&str>> = Provider::ALL.iter().filter(tells).map(|provider| Some(provider.id())).collect();
    assert_eq!(by_group.len(), parties.len() + beside.len() + 1);
    assert!(beside.iter().all(|party| by_group.contains_key(&Some(*party))), "{:?}", by_group.keys());
    let together = beside.is_empty().then_some(None);
    for party in parties.into_iter().chain(together) {
        let of: Vec<&TrueRecord> =
            told.iter().filter(|record| party.is_none_or(|party| record.provider.id() == party)).collect();
        figures_of(&of, now, &by_group[&party], party.unwrap_or("all"));
    }
}

/// A record as its files tell it; `None` when they do not.
fn as_told(truth: &TrueRecord) -> Option<TrueRecord> {
    match truth.told {
        Told::Hidden(_) => None,
        // Told closed, and then in progress by a file that is as new.
        Told::Damaged("contradiction") => Some(TrueRecord {
            state: State::InProgress,
            resolved: None,
            closed: None,
            verdict: Verdict::Running,
            ..truth.clone()
        }),
        Told::Truly | Told::Damaged(_) => Some(truth.clone()),
    }
}

fn figures_of(told: &[&TrueRecord], now: Timestamp, figures: &BTreeMap<&str, &Value>, who: &str) {
    let damaged = |code: &'static str| move |record: &&&TrueRecord| record.told == Told::Damaged(code);
    let parked = told.iter().filter(damaged("status-unmapped")).count() as u64;
    let before_opened = told.iter().filter(damaged("resolved-before-opened")).count() as u64;
    // Nobody knows whether a record of unknown state is resolved or open.
    let known: Vec<&TrueRecord> =
        told.iter().copied().filter(|record| record.told != Told::Damaged("status-unmapped")).collect();
    let truth = Figures::of(known.iter().copied(), now);
    let timed = known.iter().copied().filter(|record| record.told != Told::Damaged("resolved-before-opened"));
    let times = Figures::of(timed, now);
    let cancelled = truth.in_state(State::Cancelled);
    let resolved = || known.iter().filter(|record| record.resolved.is_some());

    let is = |id: &str, name: &str, expected: Option<f64>| {
        let figure = figures[id];
        let value = if figure.get(name).is_some() { &figure[name] } else { &figure["details"][name] };
        let near = match (value.as_f64(), expected) {
            (Some(value), Some(expected)) => (value - expected).abs() < 1e-6 * expected.abs().max(1.0),
            (value, expected) => value == expected,
        };
        assert!(near, "{who}: {name} of {id} is {value} instead of {expected:?}\n{figure}");
    };
    let n = |number: u64| Some(number as f64);
    is("INC-01", "value", n(told.len() as u64 - cancelled));
    is("INC-03", "value", times.resolve_secs_mean);
    is("INC-03", "n", n(times.resolved));
    is("INC-03", "excluded", n(cancelled + parked + before_opened));
    is("INC-04", "median", times.resolve_secs_median);
    is("INC-04", "p90_nearest_rank", times.resolve_secs_p90_nearest_rank.map(|secs| secs as f64));
    is("INC-04", "p90_linear", times.resolve_secs_p90_linear);
    is("INC-06", "met", n(truth.sla_met));
    is("INC-06", "breached", n(truth.sla_breached));
    is("INC-12", "reopened", n(truth.resolved_reopened));
    let counted = || resolved().filter(|record| record.told != Told::Damaged("decimal-lost"));
    is("INC-09", "never_reassigned", n(counted().filter(|record| record.reassigned == 0).count() as u64));
    is("INC-13", "sum", n(counted().map(|record| u64::from(record.reassigned)).sum()));
    is("INC-13", "n", n(counted().count() as u64));
    is("INC-14", "unresolved", n(truth.backlog));
    is("INC-14", "resolved_not_closed", n(truth.in_state(State::Resolved)));
    is("INC-14", "value", n(truth.backlog + truth.in_state(State::Resolved)));
    let open = known.iter().filter(|record| !matches!(record.state, State::Closed | State::Cancelled));
    let ages: Vec<i64> = open.map(|record| now.as_second() - record.opened.as_second()).collect();
    is("INC-15", "n", n(ages.len() as u64));
    is("INC-15", "oldest", ages.iter().max().map(|age| *age as f64));
    is("INC-15", "value", median(ages));
}

fn median(mut all: Vec<i64>) -> Option<f64> {
    all.sort_unstable();
    let half = all.len() / 2;
    let upper = *all.get(half)?;
    let lower = if all.len().is_multiple_of(2) { all[half - 1] } else { upper };
    Some((lower + upper) as f64 / 2.0)
}

/// What is set aside is what the oracle says, under the place where it stands.
pub(crate) fn quarantine_is_as_expected(problems: &[Problem], desk: &Desk) {
    let aside = desk.json(&["quarantine", "list"]);
    let aside = aside.as_array().unwrap();
    let expected: Vec<&Problem> =
        problems.iter().filter(|problem| matches!(problem.column, Column::Quarantined | Column::Unreadable)).collect();
    assert_eq!(aside.len(), expected.len(), "{aside:?}");
    for problem in expected {
        let found = aside.iter().find(|one| is_of(problem, one["place"].as_str().unwrap(), one["native_id"].as_str()));
        let found = found.unwrap_or_else(|| panic!("{problem} is not among {aside:?}"));
        assert_eq!(found["what"], problem.column.name(), "{problem}");
        assert_eq!(found["instance"], problem.book.instance(), "{problem}");
        assert!(!found["remedy"].as_str().unwrap().is_empty(), "{problem}");
        // Its bytes are kept.
        let shown = desk.json(&["quarantine", "show", found["id"].as_str().unwrap()]);
        assert!(!shown["bytes"].as_str().unwrap().is_empty(), "{problem}");
    }
}

/// Whether this place is that of the problem. A record of many rows may be named by any of them, and by its id.
fn is_of(problem: &Problem, place: &str, native_id: Option<&str>) -> bool {
    let file = problem.file.rsplit('/').next().unwrap();
    let in_file = place.starts_with(&format!("{file}, "));
    let by_id = native_id.is_some_and(|id| problem.ids.iter().any(|known| known == id));
    in_file && (place.ends_with(&format!(", {}", problem.place())) || by_id)
}

/// How a person is told of a deliberate problem: by its place on the screen, or else by the figure that leaves it out.
pub(crate) fn is_told(problem: &Problem, screen: &str, desk: &Desk) {
    let file = problem.file.rsplit('/').next().unwrap();
    let told = || screen.split("problems with the data:").nth(1).unwrap().lines();
    let status = || ledger::status(desk);
    match problem.column {
        Column::Quarantined | Column::Unreadable => {
            let named = |line: &str| line.contains(&format!("{}: {file}, ", problem.book.instance()));
            assert!(told().any(named), "{problem} is not named\n{screen}");
        }
        Column::BehindGap => {
            let place = format!("gap         {}: {file}", problem.book.instance());
            assert!(told().any(|line| line.contains(&place)), "{problem} is not named\n{screen}");
        }
        Column::Committed if ["status-unmapped", "decimal-lost"].contains(&problem.code) => {
            // What the mapping noticed stands there once per kind, with its number and the first record.
            let status = status();
            let pass = &status["streams"].as_array().unwrap().iter();
            let noted = pass
                .clone()
                .filter(|stream| stream["instance"] == problem.book.instance())
                .flat_map(|stream| stream["last_pass"]["noted"].as_array().unwrap().clone());
            let field = if problem.code == "decimal-lost" { "reassign_count" } else { "state" };
            let noted = noted.into_iter().find(|noted| noted["field"] == field);
            let noted = noted.unwrap_or_else(|| panic!("{problem} is not noted"));
            let raw = noted["raw"].as_str().unwrap();
            assert!(problem.shown.contains(raw), "{problem}: {noted}");
            assert!(told().any(|line| line.contains(raw)), "{problem} is not named\n{screen}");
        }
        // Two versions of one moment: both are in the ledger, one after the other.
        Column::Committed if problem.code == "contradiction" => {
            let id = format!("{}/records/{}", problem.book.instance(), problem.ids[0]);
            let versions: Vec<Value> =
                events(desk).iter().filter(|told| told.record == id).map(|told| told.record()).collect();
            let [before, after] = versions.try_into().unwrap_or_else(|all| panic!("{problem}: {all:?}"));
            assert_eq!(before["source_updated_at"], after["source_updated_at"], "{problem}");
            assert_ne!(before["state"], after["state"], "{problem}");
        }
        Column::Committed => {
            assert_eq!(problem.code, "resolved-before-opened", "nothing is said of how {problem} is told");
            let figures = desk.json(&["kpi", "INC-03"]);
            assert_eq!(figures[0]["exclusions"]["not_positive"], 1, "{problem}: {figures}");
        }
        Column::NotApplicable => {
            let streams = status();
            let all = &streams["total"]["not_applicable"];
            assert!(all.as_u64().unwrap() >= problem.ids.len() as u64, "{problem}: {all}");
        }
        // Not finished, so nothing of it is here, and nobody is told that something is missing.
        Column::LeftAlone => {
            let events = desk.ends(0, &["events", "--json"]).out;
            assert!(!events.contains(file), "{problem} was read");
        }
    }
}
