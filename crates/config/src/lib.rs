//! counterfoil.toml to instances, with every problem at its place.
//!
//! This crate reads no file, no environment and no clock, resolves no secret and knows no connector by name: texts, kinds
//! and the names of shipped mappings are handed in. Every code is described in `docs/findings.md`.
#![forbid(unsafe_code)]

mod amqp;
mod api;
mod correspondence;
mod fields;
mod instance;
mod overrides;
mod parse;
mod party;
mod register;
mod secret;
mod set;
mod template;
mod texts;
mod words;

pub use amqp::Amqp;
pub use api::Api;
pub use correspondence::{Correspondence, Report};
pub use instance::{Instance, MappingChoice, Override};
pub use parse::{Config, Parsed, Reporting, parse};
pub use party::{Identifier, IdentifierKind, Party, Role};
pub use template::template;
pub use texts::{At, Input};
