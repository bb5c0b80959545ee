//! One version of a record as a CloudEvent.

use crate::encode::push_links;
use crate::json::{push_member, push_readings, push_text, push_text_member, push_timestamp};
use crate::name::{Change, LinkChanges, changes, event_name, link_changes};
use counterfoil_model::{Field, Kind, Reading, Record, Value};
use counterfoil_record::{Digest, Place, RecordId};
use jiff::Timestamp;
use std::fmt::Write as _;
use std::ops::Range;

/// The content type of every event: structured mode, the whole event in the body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// What an event is made of.
#[derive(Debug, Clone, Copy)]
pub struct EventParts<'a> {
    /// The configured instance.
    pub instance: &'a str,
    /// The stream of that instance.
    pub stream: &'a str,
    /// The gateway's id of the record.
    pub record_id: &'a RecordId,
    /// The source's id of it.
    pub native_id: &'a str,
    /// Counted from 1.
    pub version: u64,
    /// The record after the change.
    pub record: &'a Record,
    /// [`crate::encode_record`] of `record`; goes into the body as it is.
    pub record_json: &'a str,
    /// [`content_digest`] of `record_json`, which who calls this has computed already.
    pub content: Digest,
    /// The version before.
    pub previous: Option<&'a Record>,
    /// Of the raw payload.
    pub raw: Digest,
    /// Name and digest of the mapping that made the record.
    pub mapping: Option<(&'a str, Digest)>,
    /// Where the raw record stood in the source.
    pub place: &'a Place,
    /// When the gateway saw this version.
    pub observed_at: Timestamp,
}

/// An event in its final bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// See [`event_id`].
    pub id: String,
    /// `<kind>.<event>.<party>`: the owner party, else the assignee party, else `unknown`. At most 255 bytes.
    pub routing_key: String,
    /// The CloudEvent, JSON.
    pub body: String,
    /// Where the record stands in `body`.
    pub record: Range<usize>,
}

/// What names a record's content: the hash of what [`crate::encode_record`] wrote.
pub fn content_digest(record_json: &str) -> Digest {
    Digest::of(record_json.as_bytes())
}

/// The event's id: the same for ever for the same content of the same version of the same record.
pub fn event_id(instance: &str, record_id: &RecordId, version: u64, content: &Digest) -> String {
    let parts: [&[u8]; 5] = [
        b"counterfoil.event.v1",
        instance.as_bytes(),
        record_id.as_str().as_bytes(),
        &version.to_be_bytes(),
        &content.0,
    ];
    Digest::of_parts(&parts).short()
}

/// Builds the event of a version.
pub fn build_event(parts: &EventParts<'_>) -> Built {
    let kind = parts.record.kind.name();
    let name = event_name(parts.previous, parts.record).name();
    let id = event_id(parts.instance, parts.record_id, parts.version, &parts.content);
    let routing_key = format!("{kind}.{name}.{}", party(parts.record));

    let mut out = String::with_capacity(parts.record_json.len() + 1280);
    out.push_str("{\"specversion\":\"1.0\"");
    push_text_member(&mut out, "id", &id);
    out.push_str(",\"source\":\"/counterfoil/");
    push_uri_segment(&mut out, parts.instance);
    out.push('/');
    push_uri_segment(&mut out, parts.stream);
    let _ = write!(out, "\",\"type\":\"org.counterfoil.{kind}.{name}.v1\"");
    push_text_member(&mut out, "subject", parts.record_id.as_str());
    out.push_str(",\"time\":");
    let updated_at = parts.record.instant(Field::SourceUpdatedAt).map(|instant| instant.at);
    push_timestamp(&mut out, updated_at.unwrap_or(parts.observed_at));
    out.push_str(",\"datacontenttype\":\"application/json\",\"dataschema\":\"");
    out.push_str(data_schema(parts.record.kind));
    // The sequence extension wants text that sorts as the numbers do.
    let _ = write!(out, "\",\"sequence\":\"{:020}\"", parts.version);
    push_text_member(&mut out, "partitionkey", parts.record_id.as_str());
    out.push_str(",\"data\":{\"origin\":");
    push_origin(&mut out, parts);
    out.push_str(",\"changes\":[");
    let changes = changes(parts.previous, parts.record);
    for (at, change) in changes.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_change(&mut out, change);
    }
    let is_first = changes.is_empty();
    push_link_changes(&mut out, &link_changes(parts.previous, parts.record), if is_first { "" } else { "," });
    out.push_str("],\"record\":");
    let record = out.len()..out.len() + parts.record_json.len();
    out.push_str(parts.record_json);
    out.push_str("}}");
    Built { id, routing_key, body: out, record }
}

/// What `dataschema` says, and the `$id` of the kind's schema.
pub(crate) fn data_schema(kind: Kind) -> &'static str {
    macro_rules! urn {
        ($($kind:ident = $name:literal,)*) => {
            match kind { $(Kind::$kind => concat!("urn:counterfoil:schema:", $name, ":v1"),)* }
        };
    }
    urn! {
        Incident = "incident",
        ServiceRequest = "service_request",
        Problem = "problem",
        Change = "change",
        RequestTask = "request_task",
        ChangeTask = "change_task",
        Approval = "approval",
        Release = "release",
        Service = "service",
        ConfigurationItem = "configuration_item",
        CiVerification = "ci_verification",
        Outage = "outage",
        Party = "party",
        PartyRole = "party_role",
        SupplyTier = "supply_tier",
        Group = "group",
        Agreement = "agreement",
        ServiceLevelTarget = "service_level_target",
        Calendar = "calendar",
        WorkloadLimit = "workload_limit",
        SlaClock = "sla_clock",
        Complaint = "complaint",
        SatisfactionMeasurement = "satisfaction_measurement",
        Review = "review",
        Dispute = "dispute",
        ServiceReport = "service_report",
        ContinuityPlan = "continuity_plan",
        ContinuityTest = "continuity_test",
        CorrectiveAction = "corrective_action",
        Attestation = "attestation",
        Measurement = "measurement",
        Catalogue = "catalogue",
        Correspondence = "correspondence",
    }
}

fn party(record: &Record) -> &str {
    for field in [Field::OwnerParty, Field::AssigneeParty] {
        if let Reading::Known(Value::Party(party)) = record.reading(field) {
            return party.as_str();
        }
    }
    "unknown"
}

fn push_origin(out: &mut String, parts: &EventParts<'_>) {
    out.push_str("{\"instance\":");
    push_text(out, parts.instance);
    push_text_member(out, "stream", parts.stream);
    push_text_member(out, "native_id", parts.native_id);
    let _ = write!(out, ",\"version\":{},\"raw\":\"{}\"", parts.version, parts.raw);
    out.push_str(",\"place\":{\"container\":");
    push_text(out, &parts.place.container);
    push_text_member(out, "position", &parts.place.position);
    out.push('}');
    if let Some((name, digest)) = parts.mapping {
        out.push_str(",\"mapping\":{\"name\":");
        push_text(out, name);
        let _ = write!(out, ",\"digest\":\"{digest}\"}}");
    }
    out.push_str(",\"observed_at\":");
    push_timestamp(out, parts.observed_at);
    out.push('}');
}

fn push_change(out: &mut String, change: &Change<'_>) {
    out.push_str("{\"field\":");
    push_text(out, change.field.name());
    let at = change.at.map_or(Reading::Missing, |at| Reading::Known(Value::Instant(at)));
    push_readings(out, [("from", change.from), ("to", change.to), ("at", &at)].into_iter());
    out.push('}');
}

/// All links are one change, the last one.
fn push_link_changes(out: &mut String, LinkChanges { added, removed }: &LinkChanges<'_>, separator: &str) {
    if added.is_empty() && removed.is_empty() {
        return;
    }
    out.push_str(separator);
    out.push_str("{\"field\":\"links\"");
    for (name, links) in [("added", added), ("removed", removed)] {
        if !links.is_empty() {
            push_member(out, name);
            push_links(out, links.iter().copied());
        }
    }
    out.push('}');
}

/// Writes what RFC 3986 calls unreserved as it is, everything else percent-encoded.
fn push_uri_segment(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
