//! What holds for every payload.

use counterfoil_mapping::{DateOrder, Mapping, MappingSource, Outcome, Settings, shipped};
use counterfoil_model::{Reading, Slug};
use counterfoil_record::Form;
use proptest::prelude::*;
use std::sync::LazyLock;

static MAPPINGS: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let settings = Settings {
        instance: "acme".into(),
        party: Some(Slug::of("acme")),
        zone: Some("Europe/Lisbon".into()),
        order: Some(DateOrder::Dmy),
        salt: "test".into(),
    };
    let compile = |shipped: &shipped::Shipped| {
        let source = MappingSource { file: shipped.source(), overrides: None, settings: settings.clone() };
        Mapping::compile(&source).expect("shipped mappings have no problems")
    };
    shipped::ALL.iter().map(compile).collect()
});

/// Names that the mappings look for, and some that they do not.
const NAMES: &[&str] = &[
    "number",
    "incident_state",
    "state",
    "opened_at",
    "sys_updated_at",
    "sys_updated_on",
    "assignment_group",
    "value",
    "Ticket",
    "Status",
    "Opened",
    "Priority",
    "Incident_ID",
    "Category",
    "Open_Time",
    "@dates",
    "zone",
    "order",
    "except",
    "hold_reason",
    "impact",
    "made_sla",
    "reopen_count",
    "major_incident_state",
    "rows",
    "other",
    "fields",
    "key",
    "status",
    "id",
    "name",
    "issuetype",
    "description",
    "issuelinks",
    "outwardIssue",
    "duedate",
    "created",
    "updated",
    "@changelog",
    "items",
    "fieldId",
    "field",
    "from",
    "toString",
    "@sla",
    "type",
    "content",
    "text",
    "attrs",
];
const TEXTS: &[&str] = &[
    "",
    "?",
    "New",
    "Closed",
    "closed",
    "-100",
    "29-02-2016 01:16",
    "2016-10-30T01:30:00",
    "30-10-2016 01:30",
    "incident",
    "2 - Medium",
    "3 - Moderate",
    "TRUE",
    "3,87,16,91,111",
    "UTC",
    "Mars/Olympus",
    "dmy",
    "é\u{0}\"\\",
    "P1",
    "6",
    "accepted",
    "doc",
    "status",
    "Incident",
    "Duplicate",
    "h1. *x* {code}",
    "paragraph",
];

/// What each mapping looks for: the names in its pointers, and the words of its tables.
static LOOKED_FOR: LazyLock<Vec<(Vec<String>, Vec<String>)>> = LazyLock::new(|| {
    let looked_for = |shipped: &shipped::Shipped| {
        let quoted: Vec<&str> = shipped.text.split('"').skip(1).step_by(2).collect();
        let pointers = quoted.iter().filter(|text| text.starts_with('/'));
        let names = pointers.flat_map(|pointer| pointer.split('/').skip(1)).map(str::to_owned);
        let words = quoted.iter().filter(|text| !text.starts_with('/')).map(|word| (*word).to_owned());
        let mut both = (names.collect::<Vec<_>>(), words.chain(TEXTS.iter().map(|text| (*text).to_owned())).collect());
        both.0.extend(["@dates", "zone", "order", "unheard of"].map(str::to_owned));
        both.0.sort_unstable();
        both.0.dedup();
        both
    };
    shipped::ALL.iter().map(looked_for).collect()
});

/// A mapping and an object of what it looks for.
fn own_object() -> impl Strategy<Value = (usize, serde_json::Value)> {
    (0..LOOKED_FOR.len()).prop_flat_map(|at| {
        let (names, words) = &LOOKED_FOR[at];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            prop::sample::select(words.as_slice()).prop_map(Into::into),
            "\\PC{0,12}|[P0-9T:hmd; =,.%-]{0,12}".prop_map(Into::into),
        ];
        let members = |inner: BoxedStrategy<serde_json::Value>| {
            let member = (prop::sample::select(names.as_slice()), inner);
            prop::collection::vec(member, 0..24)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<String, serde_json::Value>>().into())
        };
        let nested = leaf.prop_recursive(3, 40, 10, move |inner| {
            prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into), members(inner.boxed())]
        });
        members(nested.boxed()).prop_map(move |object: serde_json::Value| (at, object))
    })
}

/// Some of the mappings, others for every payload.
fn some(from: usize) -> impl Iterator<Item = &'static Mapping> {
    MAPPINGS.iter().skip(from % STEP).step_by(STEP)
}

const STEP: usize = 8;

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(TEXTS).prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 40, 10, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into), object(inner),]
    })
}

fn object(value: impl Strategy<Value = serde_json::Value>) -> impl Strategy<Value = serde_json::Value> {
    prop::collection::vec((prop::sample::select(NAMES), value), 0..12).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
    })
}

/// Both ways through a mapping, which must agree.
fn check(mapping: &Mapping, form: Form, payload: &str) -> Result<(), TestCaseError> {
    let outcome = mapping.map(form, payload);
    prop_assert_eq!(&mapping.map(form, payload), &outcome);
    prop_assert_eq!(&mapping.explain(form, payload).outcome, &outcome);
    match outcome {
        Outcome::Mapped { mapped, notes } => {
            let unknown = |reading: &&Reading| matches!(reading, Reading::Unmapped(_) | Reading::Unreadable(_));
            let unknowns = mapped.record.readings.iter().filter(unknown).count();
            prop_assert!(notes.len() >= unknowns, "everything unknown is noted: {unknowns} {notes:?}");
            let rows: Vec<_> = mapped.record.history.iter().map(|transition| transition.row).collect();
            // Of a list of changes the moments give the order.
            prop_assert!(form != Form::Log || rows.is_sorted());
        }
        Outcome::Rejected { notes } => prop_assert!(!notes.is_empty(), "a rejection says why"),
        Outcome::NotApplicable { reason } => prop_assert!(!reason.is_empty()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_that_a_mapping_looks_for_makes_it_panic((at, payload) in own_object()) {
        let mapping = &MAPPINGS[at];
        let text = match mapping.form() {
            Form::Log => serde_json::json!({ "rows": [payload, payload] }).to_string(),
            Form::Snapshot | Form::Tombstone => payload.to_string(),
        };
        check(mapping, mapping.form(), &text)?;
    }

    #[test]
    fn no_object_makes_a_mapping_panic(payload in object(value()), from in any::<usize>()) {
        for mapping in some(from) {
            check(mapping, Form::Snapshot, &payload.to_string())?;
            check(mapping, Form::Log, &payload.to_string())?;
        }
    }

    #[test]
    fn no_log_makes_a_mapping_panic(rows in prop::collection::vec(object(value()), 0..6), from in any::<usize>()) {
        let payload = serde_json::json!({ "rows": rows }).to_string();
        for mapping in some(from) {
            check(mapping, mapping.form(), &payload)?;
        }
    }

    #[test]
    fn no_text_makes_a_mapping_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200, rows in object(value()), from in any::<usize>()) {
        let whole = serde_json::json!({ "rows": [rows] }).to_string();
        let cut = whole.chars().take(cut).collect::<String>();
        for mapping in some(from) {
            check(mapping, mapping.form(), &String::from_utf8_lossy(&bytes))?;
            check(mapping, mapping.form(), &cut)?;
        }
    }

    #[test]
    fn no_text_makes_compiling_panic(text in "\\PC{0,200}", at in 0_usize..3000, with in "[\\[\\]{}\"=./,a-z0-9\n ]{0,6}") {
        let compile = |text: &str| {
            let file = counterfoil_diagnostics::SourceText { name: "x".into(), text: text.into() };
            let _ = Mapping::compile(&MappingSource { file, overrides: None, settings: Settings::default() });
        };
        compile(&text);
        let mut shipped = shipped::ALL[0].text.to_owned();
        let at = shipped.floor_char_boundary(at.min(shipped.len()));
        shipped.insert_str(at, &with);
        compile(&shipped);
    }
}
