use super::*;
use crate::config::tests::settings;
use proptest::prelude::*;
use std::path::Path;

fn plan(columns: &[&[&str]], zone: Option<&str>, dates: Option<&str>, more: &str) -> Result<DatesPlan, Vec<Refusal>> {
    let names: Vec<String> = (0..columns.len()).map(|at| ["a", "b", "c", "d"][at].to_owned()).collect();
    let settings = settings(Path::new(""), &format!("path = 'p'\nkey = 'a'\nnulls = ['', '?']\n{more}"), zone, dates);
    let profiles: Vec<ColumnProfile> = columns
        .iter()
        .map(|values| {
            let mut profile = ColumnProfile::default();
            for (row, value) in values.iter().enumerate().filter(|(_, value)| !settings.is_null(value)) {
                profile.see(value, row as u64 + 2);
            }
            profile
        })
        .collect();
    decide(&names, &profiles, &settings, Some(10))
}

fn member(columns: &[&[&str]], dates: Option<&str>, more: &str) -> String {
    plan(columns, Some("UTC"), dates, more).unwrap().member.unwrap_or_default()
}

fn refused(columns: &[&[&str]], zone: Option<&str>, dates: Option<&str>) -> Vec<(&'static str, String, Option<u64>)> {
    let refusals = plan(columns, zone, dates, "").expect_err("the columns decide nothing");
    refusals.into_iter().map(|refusal| (refusal.code, refusal.reason, refusal.records)).collect()
}

#[test]
fn a_value_over_twelve_proves_its_column() {
    assert_eq!(member(&[&["01/02/2016", "13/02/2016", "?"]], None, ""), r#"{"zone":"UTC","order":"dmy"}"#);
    assert_eq!(member(&[&["01/02/2016", "02/13/2016"]], None, ""), r#"{"zone":"UTC","order":"mdy"}"#);
    assert_eq!(
        member(&[&["13/02/2016"], &["14/02/2016 1:16"], &["02/13/2016"]], None, ""),
        r#"{"zone":"UTC","order":"dmy","except":{"c":"mdy"}}"#
    );
    assert_eq!(member(&[&["2016-02-13"], &["x"]], None, ""), r#"{"zone":"UTC","order":"ymd"}"#);
    assert_eq!(member(&[&["2016-02-13T10:00:00+01:00"], &["x"]], None, ""), "", "an offset needs no zone");
    assert_eq!(member(&[&["?", ""], &["x"]], None, ""), "", "an empty column is no column of dates");
}

#[test]
fn a_column_that_reads_both_ways_is_refused_with_both_readings() {
    let found = refused(&[&["03/04/2016 10:00", "05/06/2016"]], Some("UTC"), None);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, DATES_AMBIGUOUS);
    assert!(found[0].1.ends_with("03/04/2016 is 3 April 2016 or 4 March 2016"), "{}", found[0].1);
    assert_eq!(found[0].2, Some(10));
    let remedy = plan(&[&["03/04/2016"]], Some("UTC"), None, "").unwrap_err().remove(0).remedy;
    assert!(remedy.contains("`dates = \"dmy\"`"), "{remedy}");
}

#[test]
fn a_proof_is_no_proof_for_the_neighbour() {
    let found = refused(&[&["13/04/2016"], &["03/04/2016"]], Some("UTC"), None);
    assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [DATES_AMBIGUOUS]);
    assert!(found[0].1.starts_with("the column `b` can be read"), "{}", found[0].1);
    // What is stated decides, for all columns or for one.
    assert_eq!(member(&[&["13/04/2016"], &["03/04/2016"]], Some("dmy"), ""), r#"{"zone":"UTC","order":"dmy"}"#);
    assert_eq!(
        member(&[&["13/04/2016"], &["03/04/2016"]], None, "date_columns = { a = 'dmy', b = 'mdy' }"),
        r#"{"zone":"UTC","order":"dmy","except":{"b":"mdy"}}"#
    );
}

#[test]
fn the_same_date_both_ways_needs_no_proof() {
    assert_eq!(member(&[&["05-05-2016", "12.12.2016"]], None, ""), r#"{"zone":"UTC","order":"dmy"}"#);
    let plan = plan(&[&["13/04/2016"], &["05/05/2016"]], Some("UTC"), None, "").unwrap();
    assert_eq!(plan.compared, [Compared::AsDates(DateOrder::Dmy); 2]);
}

#[test]
fn contradictions_are_named_with_their_rows() {
    let found = refused(&[&["13/04/2016", "04/14/2016"]], Some("UTC"), None);
    assert_eq!(found[0].0, DATES_CONTRADICT);
    assert!(found[0].1.contains("`13/04/2016` (row 2)") && found[0].1.contains("`04/14/2016` (row 3)"));
    let found = refused(&[&["04/14/2016"]], Some("UTC"), Some("dmy"));
    assert_eq!(found[0].0, DATES_CONTRADICT);
    let found = refused(&[&["05/05/2016"]], Some("UTC"), Some("ymd"));
    assert_eq!(found[0].0, DATES_CONTRADICT);
}

#[test]
fn a_missing_zone_is_said_beside_everything_else() {
    let found = refused(&[&["13/04/2016"], &["03/04/2016"]], None, None);
    assert_eq!(
        found.iter().map(|(code, _, records)| (*code, *records)).collect::<Vec<_>>(),
        [(ZONE_MISSING, Some(10)), (DATES_AMBIGUOUS, Some(0)),]
    );
    assert!(found[0].1.starts_with("each of the 2 columns `a`, `b` says when"), "{}", found[0].1);
    assert_eq!(plan(&[&["2016-04-13T10:00:00Z"]], None, None, "").unwrap().member, None);
}

#[test]
fn a_column_with_other_values_never_takes_its_neighbours_proof() {
    // `b` is no column of dates. Whoever reads its dates all the same must not use the order of `a`.
    let with = |values: &[&str]| member(&[&["13/04/2016"], values], None, "");
    assert_eq!(with(&["03/04/2016", "soon"]), r#"{"zone":"UTC","order":"dmy","except":{"b":"ymd"}}"#);
    assert_eq!(with(&["23/04/2016", "soon"]), r#"{"zone":"UTC","order":"dmy"}"#);
    assert_eq!(with(&["04/23/2016", "soon"]), r#"{"zone":"UTC","order":"dmy","except":{"b":"mdy"}}"#);
    assert_eq!(with(&["2016-04-23", "soon"]), r#"{"zone":"UTC","order":"dmy"}"#);
}

proptest! {
    /// Whatever is decided without being told is right for dates that were all written in one order, and nothing is
    /// decided unless some value proves it.
    #[test]
    fn a_decision_is_never_wrong(
        days in prop::collection::vec((1i8..=28, 1i8..=12), 1..6),
        day_first in any::<bool>(),
    ) {
        let written: Vec<String> = days
            .iter()
            .map(|(day, month)| {
                let (first, second) = if day_first { (day, month) } else { (month, day) };
                format!("{first}/{second}/2016")
            })
            .collect();
        let values: Vec<&str> = written.iter().map(String::as_str).collect();
        let is_proven = days.iter().any(|(day, _)| *day > 12);
        let is_same = days.iter().all(|(day, month)| day == month);
        match plan(&[&values], Some("UTC"), None, "") {
            Ok(plan) => {
                prop_assert!(is_proven || is_same);
                let Compared::AsDates(order) = plan.compared[0] else { panic!("a column of dates") };
                for ((day, month), text) in days.iter().zip(&values) {
                    let read = Look::read(text).and_then(|look| look.date(order)).unwrap();
                    prop_assert_eq!((read.day(), read.month()), (*day, *month));
                }
            }
            Err(refusals) => {
                prop_assert_eq!(refusals[0].code, DATES_AMBIGUOUS);
                prop_assert!(!is_proven && !is_same);
            }
        }
    }
}
