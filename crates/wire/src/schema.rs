//! JSON Schema (2020-12) of the event and of its record, from the field tables.
//!
//! The schemas are open: readers pass over members they do not know, so that adding one breaks nobody.

use crate::event::data_schema;
use crate::name::EventName;
use counterfoil_model::{ActorKind, Category, FieldSpec, Kind, LinkType, Obligation, Precision, Quality, ValueType};
use serde_json::{Map, Value, json};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const SHA_256: &str = "^[0-9a-f]{64}$";

/// The schema of a published event of any kind, self-contained.
pub fn event_schema() -> String {
    let kinds = |word: fn(&'static str, &'static str) -> String| -> Vec<String> {
        let names = |kind: &Kind| EventName::of(*kind).iter().map(|name| name.name());
        let pairs = Kind::ALL.iter().flat_map(|kind| names(kind).map(|name| (kind.name(), name)));
        pairs.map(|(kind, name)| word(kind, name)).collect()
    };
    let types = kinds(|kind, name| format!("org.counterfoil.{kind}.{name}.v1"));
    let schemas: Vec<_> = Kind::ALL.iter().map(|kind| data_schema(*kind)).collect();
    let records: Vec<_> = Kind::ALL.iter().map(|kind| json!({"$ref": format!("#/$defs/{}", kind.name())})).collect();
    let mut definitions = definitions();
    for kind in Kind::ALL {
        definitions.insert(kind.name().to_owned(), record(*kind));
    }
    let id_text = |about: &str| json!({"type": "string", "minLength": 1, "description": about});
    pretty(&json!({
        "$schema": DIALECT,
        "$id": "urn:counterfoil:schema:event:v1",
        "title": "Counterfoil event",
        "description": "A CloudEvent 1.0 in structured JSON mode: one version of one process record.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
            "sequence", "partitionkey", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "pattern": "^[a-z2-7]{26}$",
                "description": "The same for ever for the same content of the same version of the same record: \
                    what comes twice with one id is one event."},
            "source": {"type": "string", "format": "uri-reference", "minLength": 1,
                "description": "/counterfoil/<instance>/<stream>"},
            "type": {"enum": types},
            "subject": id_text("The gateway's id of the record."),
            "time": {"type": "string", "format": "date-time",
                "description": "When the source last wrote the record; where it does not say, when the gateway saw it."},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"enum": schemas, "format": "uri"},
            "sequence": {"type": "string", "pattern": "^[0-9]{20}$",
                "description": "The version of the record, 1, 2, 3 …, in 20 digits: a hole means that an event is missing."},
            "partitionkey": id_text("The gateway's id of the record: events of one key are in order."),
            "data": {
                "type": "object",
                "required": ["origin", "changes", "record"],
                "properties": {
                    "origin": origin(),
                    "changes": {"type": "array", "items": change(),
                        "description": "What reads differently than in the version before; empty in the first version."},
                    "record": {"oneOf": records},
                },
            },
        },
        "$defs": definitions,
    }))
}

/// The schema of one kind's record, self-contained.
pub fn record_schema(kind: Kind) -> String {
    let mut schema = record(kind);
    let object = schema.as_object_mut().expect("a record's schema is an object");
    object.insert("$schema".to_owned(), json!(DIALECT));
    object.insert("$id".to_owned(), json!(data_schema(kind)));
    object.insert("$defs".to_owned(), Value::Object(definitions()));
    pretty(&schema)
}

pub(crate) fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

fn record(kind: Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({"const": kind.name()}));
    properties.insert("state_category".to_owned(), json!({"$ref": "#/$defs/state_category"}));
    for spec in kind.fields() {
        properties.insert(spec.field.name().to_owned(), field(kind, spec));
    }
    let fields: Vec<_> = kind.fields().iter().map(|spec| spec.field.name()).collect();
    let moments: Vec<_> =
        kind.fields().iter().filter(|spec| spec.value == ValueType::Instant).map(|spec| spec.field.name()).collect();
    properties.insert("unknown".to_owned(), named(&fields, "unknown"));
    properties.insert("offsets".to_owned(), named(&moments, "offset"));
    properties.insert("quality".to_owned(), json!({"$ref": "#/$defs/quality"}));
    properties.insert(
        "tombstone".to_owned(),
        json!({"type": "boolean", "description": "Whether the source has deleted the record or no longer shows it."}),
    );
    let mut transition = transition();
    transition["properties"]["field"] = json!({"enum": fields});
    properties.insert(
        "history".to_owned(),
        json!({"type": "array", "items": transition,
            "description": "Changes of tracked fields, oldest first as the source orders them."}),
    );
    properties.insert(
        "links".to_owned(),
        json!({"type": "array", "items": {"$ref": "#/$defs/link"},
            "description": "What the record is linked with, each link once; left out where there is nothing."}),
    );
    json!({
        "title": format!("Counterfoil {}", kind.name()),
        "type": "object",
        "required": ["kind", "state_category", "quality", "tombstone", "history"],
        "properties": properties,
    })
}

fn field(kind: Kind, spec: &FieldSpec) -> Value {
    let mut schema = match spec.value {
        ValueType::Text | ValueType::Person | ValueType::Reference => json!({"type": "string"}),
        ValueType::Integer => json!({"type": "integer"}),
        ValueType::Decimal => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,6})?$"}),
        ValueType::Flag => json!({"type": "boolean"}),
        ValueType::Instant => json!({"type": "string", "format": "date-time"}),
        ValueType::Word(_) | ValueType::State => json!({"enum": kind.words(spec.field)}),
        ValueType::Party => json!({"type": "string", "pattern": "^[a-z0-9_-]{1,63}$"}),
    };
    let obligation = match spec.obligation {
        Obligation::Mandatory => " Expected in every record.".to_owned(),
        Obligation::InStates(states) => format!(" Expected in the states {}.", states.join(", ")),
        Obligation::Optional => String::new(),
    };
    schema["description"] = json!(format!("{}{obligation}", spec.doc));
    schema
}

/// An object whose members are named after fields.
fn named(names: &[&str], definition: &str) -> Value {
    json!({
        "type": "object",
        "propertyNames": {"enum": names},
        "additionalProperties": {"$ref": format!("#/$defs/{definition}")},
    })
}

/// A value of any field.
fn any_value() -> Value {
    json!({"type": ["string", "integer", "boolean"]})
}

fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn transition() -> Value {
    let actor_kinds: Vec<_> = ActorKind::ALL.iter().map(|kind| kind.name()).collect();
    let precisions: Vec<_> = Precision::ALL.iter().map(|precision| precision.name()).collect();
    json!({
        "type": "object",
        "required": ["field", "actor_kind", "precision"],
        "properties": {
            "field": {},
            "from": any_value(),
            "to": any_value(),
            "occurred_at": moment(),
            "recorded_at": moment(),
            "unknown": named(&["from", "to", "occurred_at", "recorded_at"], "unknown"),
            "offsets": named(&["from", "to", "occurred_at", "recorded_at"], "offset"),
            "from_native": {"type": "string"},
            "to_native": {"type": "string"},
            "actor": {"type": "string", "description": "Who did it, pseudonymised."},
            "actor_kind": {"enum": actor_kinds},
            "precision": {"enum": precisions},
            "row": {"type": "integer", "minimum": 0, "description": "The row of the source's log, counted from 0."},
            "confidence": {"type": "integer", "minimum": 0, "maximum": 100,
                "description": "How sure the rule is that derived it, in percent; left out where the source says it itself."},
            "proof": {"type": "string",
                "description": "The source's id of the record that proves it, where that is another one."},
        },
    })
}

fn change() -> Value {
    json!({
        "type": "object",
        "required": ["field"],
        "properties": {
            "field": {"type": "string"},
            "from": any_value(),
            "to": any_value(),
            "at": moment(),
            "unknown": named(&["from", "to"], "unknown"),
            "offsets": named(&["from", "to", "at"], "offset"),
            "added": {"type": "array", "items": {"$ref": "#/$defs/link"},
                "description": "Of the field `links`: those that are there now and were not."},
            "removed": {"type": "array", "items": {"$ref": "#/$defs/link"},
                "description": "Of the field `links`: those that were there and are no more."},
        },
    })
}

fn link() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "description": "A link as the source asserts it, read from the record that has it.",
        "required": ["target"],
        "properties": {
            "target": {
                "type": "object",
                "description": "A record of the same instance, by `native_id`, or something in another tool, by `url`.",
                "properties": {
                    "native_id": text("The source's immutable id of the record, whether or not it is held."),
                    "key": text("What people called it when the source wrote the link."),
                    "url": text("Where it can be opened."),
                    "global_id": text("What the source knows it by, where it has more than the address."),
                    "application": text("The tool it stands in, in the source's words."),
                    "title": text("What it is called there."),
                },
            },
            "type": {"enum": LinkType::NAMES, "description": "What the record is to the target."},
            "unknown": named(&["type"], "unknown"),
            "native_type": text("The source's name of the type."),
            "native_words": text("The words in which the source reads the link from this record."),
        },
    })
}

fn origin() -> Value {
    let hash = |of: &str| json!({"type": "string", "pattern": SHA_256, "description": format!("SHA-256 of {of}.")});
    json!({
        "type": "object",
        "required": ["instance", "stream", "native_id", "version", "raw", "place", "observed_at"],
        "properties": {
            "instance": {"type": "string"},
            "stream": {"type": "string"},
            "native_id": {"type": "string", "description": "The source's immutable id."},
            "version": {"type": "integer", "minimum": 1},
            "raw": hash("the raw payload"),
            "place": {
                "type": "object",
                "required": ["container", "position"],
                "properties": {"container": {"type": "string"}, "position": {"type": "string"}},
            },
            "mapping": {
                "type": "object",
                "required": ["name", "digest"],
                "properties": {"name": {"type": "string"}, "digest": hash("the mapping")},
            },
            "observed_at": moment(),
        },
    })
}

fn definitions() -> Map<String, Value> {
    let qualities: Vec<_> = Quality::ALL.iter().map(|quality| quality.name()).collect();
    let categories = [
        Category::Unknown,
        Category::New,
        Category::InProgress,
        Category::OnHold,
        Category::Resolved,
        Category::Closed,
        Category::Cancelled,
    ];
    let words: Vec<_> = categories.iter().map(|category| format!("{} {}", *category as u8, category.name())).collect();
    let numbers: Vec<_> = categories.iter().map(|category| *category as u8).collect();
    let definitions = json!({
        "unknown": {
            "type": "object",
            "description": "What the source said and could not be understood. It is never replaced by a default.",
            "required": ["why", "raw"],
            "properties": {"why": {"enum": ["unmapped", "unreadable"]}, "raw": {"type": "string"}},
        },
        "offset": {
            "type": "string",
            "pattern": "^(Z|[+-][0-9]{2,}:[0-9]{2}(:[0-9]{2})?)$",
            "description": "As the source wrote it. A moment without one got its zone from the configuration.",
        },
        "link": link(),
        "quality": {"enum": qualities, "description": "How the canonical words were found, the worst of all fields."},
        "state_category": {
            "enum": numbers,
            "description": format!("What the state means in any kind (OCSF Ticket status_id): {}.", words.join(", ")),
        },
    });
    match definitions {
        Value::Object(definitions) => definitions,
        _ => unreachable!("the literal above is an object"),
    }
}
