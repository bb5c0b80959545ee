//! The published event: CloudEvents, JSON Schema, AsyncAPI.
#![forbid(unsafe_code)]
