//! The published event: CloudEvents 1.0 in structured JSON, its JSON Schema and its AsyncAPI document.
//!
//! Everything is a loop over the field tables of the model, so that a new field or kind reaches the wire by being in its
//! table. Nothing here knows a broker, and no text of a source ever leaves the body: ids, types and routing keys are made
//! of enums, hashes and slugs only.
#![forbid(unsafe_code)]

mod asyncapi;
mod decode;
mod decode_link;
mod encode;
mod event;
mod json;
mod name;
mod read;
mod schema;

pub use asyncapi::asyncapi;
pub use decode::{WireError, decode_record};
pub use encode::encode_record;
pub use event::{Built, CONTENT_TYPE, EventParts, build_event, content_digest, event_id};
pub use name::{Change, EventName, LinkChanges, changes, event_name, link_changes};
pub use read::{Decoded, decode_event};
pub use schema::{event_schema, record_schema};
