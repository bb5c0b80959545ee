//! What somebody would write for exactly these issues: borrowed serde structs, a match per word, jiff's own parser.

use counterfoil_model::{Field, Instant, Kind, Quality, Reading, Record, Slug, Value};
use counterfoil_record::Digest;
use jiff::fmt::temporal::DateTimeParser;
use serde::Deserialize;
use std::borrow::Cow;

pub(crate) const SALT: &str = "bench";

#[derive(Deserialize)]
pub(crate) struct Issue<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, rename = "self")]
    url: Cow<'a, str>,
    #[serde(borrow)]
    fields: Fields<'a>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    issuetype: Named<'a>,
    #[serde(borrow)]
    summary: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    status: Status<'a>,
    #[serde(borrow)]
    priority: Option<Named<'a>>,
    #[serde(borrow)]
    components: Vec<Named<'a>>,
    #[serde(borrow)]
    reporter: Option<Person<'a>>,
    #[serde(borrow)]
    assignee: Option<Person<'a>>,
    created: &'a str,
    updated: &'a str,
    resolutiondate: Option<&'a str>,
    #[serde(borrow)]
    resolution: Option<Named<'a>>,
    #[serde(borrow, rename = "customfield_10021")]
    service: Option<Choice<'a>>,
    #[serde(borrow, rename = "customfield_10004")]
    impact: Option<Choice<'a>>,
    #[serde(borrow, rename = "customfield_10005")]
    urgency: Option<Choice<'a>>,
    #[serde(borrow, rename = "customfield_10030")]
    group: Option<Named<'a>>,
    #[serde(rename = "customfield_10050")]
    detected: Option<&'a str>,
    #[serde(rename = "customfield_10060")]
    reopened: Option<i64>,
    #[serde(rename = "customfield_10070")]
    major: Option<bool>,
}

/// Borrowed where the text has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Person<'a> {
    #[serde(borrow, rename = "accountId")]
    account_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Status<'a> {
    id: &'a str,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "statusCategory")]
    category: StatusCategory<'a>,
}

#[derive(Deserialize)]
struct StatusCategory<'a> {
    key: &'a str,
}

/// Parsing alone, without making a record.
pub(crate) fn parse(issue: &str) -> Issue<'_> {
    serde_json::from_str(issue).expect("the issues of the bench have this shape")
}

pub(crate) fn map(issue: &str) -> Record {
    let issue = parse(issue);
    let fields = &issue.fields;
    assert_eq!(fields.issuetype.name, "Incident");
    let mut record = Record::new(Kind::Incident);
    let (state, quality) = state(&fields.status);
    record.quality = quality;
    let readings = [
        (Field::NativeKey, text(Some(&issue.key))),
        (Field::Url, text(Some(&issue.url))),
        (Field::SourceUpdatedAt, instant(fields.updated)),
        (Field::Title, text(fields.summary.as_ref().map(|text| &*text.0))),
        (Field::Description, text(fields.description.as_ref().map(|text| &*text.0))),
        (Field::Service, text(fields.service.as_ref().map(|choice| &*choice.value))),
        (Field::ConfigurationItem, text(fields.components.first().map(|component| &*component.name))),
        (Field::State, state),
        (Field::StateNative, text(Some(&fields.status.name))),
        (
            Field::Priority,
            fields.priority.as_ref().map_or(Reading::Missing, |priority| word(priority_of(&priority.name))),
        ),
        (Field::PriorityNative, text(fields.priority.as_ref().map(|priority| &*priority.name))),
        (Field::Impact, fields.impact.as_ref().map_or(Reading::Missing, level)),
        (Field::Urgency, fields.urgency.as_ref().map_or(Reading::Missing, level)),
        (Field::Requester, fields.reporter.as_ref().map_or(Reading::Missing, person)),
        (Field::OwnerParty, Value::Party(Slug::of("acme")).into()),
        (Field::AssigneeGroup, text(fields.group.as_ref().map(|group| &*group.name))),
        (Field::AssigneePerson, fields.assignee.as_ref().map_or(Reading::Missing, person)),
        (Field::CreatedAt, instant(fields.created)),
        (Field::OpenedAt, instant(fields.detected.unwrap_or(fields.created))),
        (Field::ResolvedAt, fields.resolutiondate.map_or(Reading::Missing, instant)),
        (Field::ReopenCount, fields.reopened.map_or(Reading::Missing, |count| Value::Integer(count).into())),
        (Field::ResolutionCode, text(fields.resolution.as_ref().map(|resolution| &*resolution.name))),
        (Field::IsMajor, fields.major.map_or(Reading::Missing, |major| Value::Flag(major).into())),
    ];
    for (field, reading) in readings {
        record.set(field, reading);
    }
    record
}

fn text(text: Option<&str>) -> Reading {
    match text.map(str::trim) {
        None | Some("") => Reading::Missing,
        Some(text) => Value::Text(text.into()).into(),
    }
}

fn instant(text: &str) -> Reading {
    const PARSER: DateTimeParser = DateTimeParser::new();
    let Ok(at) = PARSER.parse_timestamp(text) else { return Reading::Unreadable(text.into()) };
    let offset = &text[text.len() - 5..];
    let (Ok(hours), Ok(minutes)) = (offset[1..3].parse::<i32>(), offset[3..].parse::<i32>()) else {
        return Reading::Unreadable(text.into());
    };
    let seconds = hours * 3600 + minutes * 60;
    Value::Instant(Instant { at, offset_secs: Some(if offset.starts_with('-') { -seconds } else { seconds }) }).into()
}

fn state(status: &Status<'_>) -> (Reading, Quality) {
    let of = |text: &str| match text {
        "Open" => Some("new"),
        "10001" => Some("in_progress"),
        "10002" => Some("on_hold"),
        "Resolved" => Some("resolved"),
        "Closed" => Some("closed"),
        _ => None,
    };
    if let Some(state) = of(status.id).or_else(|| of(&status.name)) {
        return (word(state), Quality::Exact);
    }
    match status.category.key {
        "new" => (word("new"), Quality::Category),
        "indeterminate" => (word("in_progress"), Quality::Category),
        "done" => (word("closed"), Quality::Category),
        _ => (Reading::Unmapped(status.name.as_ref().into()), Quality::Fallback),
    }
}

fn word(word: &'static str) -> Reading {
    Value::Word(word).into()
}

fn priority_of(name: &str) -> &'static str {
    match name {
        "Highest" => "P1",
        "High" => "P2",
        "Medium" => "P3",
        "Low" => "P4",
        _ => "P5",
    }
}

fn level(choice: &Choice<'_>) -> Reading {
    let level = match &*choice.value {
        "Extensive / Widespread" => 1,
        "Significant / Large" => 2,
        "Moderate / Limited" => 3,
        "Minor / Localized" => 4,
        other => return Reading::Unmapped(other.into()),
    };
    Value::Integer(level).into()
}

fn person(person: &Person<'_>) -> Reading {
    let digest = Digest::of_parts(&[SALT.as_bytes(), person.account_id.trim().as_bytes()]).short();
    Value::Text(format!("p-{}", &digest[..10]).into()).into()
}
