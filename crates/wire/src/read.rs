//! Reads an event without copying its record.

use crate::decode::{Text, WireError};
use crate::name::EventName;
use counterfoil_model::Kind;
use counterfoil_record::{Digest, Place, RecordId};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event as [`crate::build_event`] wrote it. Members that a later version added are passed over.
#[derive(Debug, Clone)]
pub struct Decoded<'a> {
    /// See [`crate::event_id`].
    pub id: Cow<'a, str>,
    /// What kind of record it is about.
    pub kind: Kind,
    /// What happened.
    pub name: EventName,
    /// The gateway's id of the record.
    pub record_id: RecordId,
    /// Counted from 1.
    pub version: u64,
    /// The configured instance.
    pub instance: Cow<'a, str>,
    /// The stream of that instance.
    pub stream: Cow<'a, str>,
    /// The source's id of the record.
    pub native_id: Cow<'a, str>,
    /// The record's canonical bytes, for [`crate::decode_record`] and [`crate::content_digest`].
    pub record_json: &'a str,
    /// What changed, a JSON array.
    pub changes_json: &'a str,
    /// Of the raw payload.
    pub raw: Digest,
    /// Name and digest of the mapping that made the record.
    pub mapping: Option<(Cow<'a, str>, Digest)>,
    /// Where the raw record stood in the source.
    pub place: Place,
    /// When the source last wrote the record, or when the gateway saw it where the source does not say.
    pub time: Timestamp,
    /// When the gateway saw this version.
    pub observed_at: Timestamp,
}

/// Reads an event. The record stays text, borrowed from `body`.
pub fn decode_event(body: &str) -> Result<Decoded<'_>, WireError> {
    let envelope: Envelope<'_> = serde_json::from_str(body).map_err(WireError::Event)?;
    let (kind, name) = named(&envelope.kind_and_name.0).ok_or_else(|| {
        let message = format!("unknown event type `{}`", envelope.kind_and_name.0);
        WireError::Event(serde_json::Error::custom(message))
    })?;
    let Origin { instance, stream, native_id, version, raw, place, mapping, observed_at } = envelope.data.origin;
    Ok(Decoded {
        id: envelope.id.0,
        kind,
        name,
        record_id: RecordId::from_stored(&envelope.subject.0),
        version,
        instance: instance.0,
        stream: stream.0,
        native_id: native_id.0,
        record_json: envelope.data.record.get(),
        changes_json: envelope.data.changes.get(),
        raw: raw.0,
        mapping: mapping.map(|mapping| (mapping.name.0, mapping.digest.0)),
        place: Place { container: place.container.0.into(), position: place.position.0.into_owned() },
        time: envelope.time.0,
        observed_at: observed_at.0,
    })
}

/// Reads `org.counterfoil.<kind>.<event>.v1`.
fn named(event_type: &str) -> Option<(Kind, EventName)> {
    let inner = event_type.strip_prefix("org.counterfoil.")?.strip_suffix(".v1")?;
    let (kind, name) = inner.split_once('.')?;
    let (kind, name) = (Kind::parse(kind)?, EventName::parse(name)?);
    EventName::of(kind).contains(&name).then_some((kind, name))
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind_and_name: Text<'a>,
    #[serde(borrow)]
    subject: Text<'a>,
    time: Moment,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    origin: Origin<'a>,
    #[serde(borrow)]
    changes: &'a RawValue,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow)]
    instance: Text<'a>,
    #[serde(borrow)]
    stream: Text<'a>,
    #[serde(borrow)]
    native_id: Text<'a>,
    version: u64,
    raw: Hash,
    #[serde(borrow)]
    place: PlaceText<'a>,
    #[serde(borrow)]
    mapping: Option<MappingText<'a>>,
    observed_at: Moment,
}

#[derive(Deserialize)]
struct PlaceText<'a> {
    #[serde(borrow)]
    container: Text<'a>,
    #[serde(borrow)]
    position: Text<'a>,
}

#[derive(Deserialize)]
struct MappingText<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    digest: Hash,
}

struct Hash(Digest);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Digest::parse(&text.0).map(Self).ok_or_else(|| D::Error::custom("not a SHA-256 in hexadecimal digits"))
    }
}

struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        text.0.parse().map(Self).map_err(D::Error::custom)
    }
}
