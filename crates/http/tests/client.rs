//! The client against servers that behave, misbehave, and are scripted byte by byte.
#![expect(clippy::unwrap_used, reason = "what a test sets up is there")]

#[path = "client/answers.rs"]
mod answers;
#[path = "client/bytes.rs"]
mod bytes;
#[path = "client/origins.rs"]
mod origins;
#[path = "client/questions.rs"]
mod questions;
#[path = "client/secrets.rs"]
mod secrets;
#[path = "client/setup.rs"]
mod setup;
#[path = "client/tokens.rs"]
mod tokens;
#[path = "client/wire.rs"]
mod wire;
