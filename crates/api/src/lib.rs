//! What the gateway answers over HTTP: `POST /hooks/<instance>`, by which a source says that something changed there.
//!
//! Such a call is a reason to pull and never data: its body is checked against its signature and thrown away. Everything else
//! that is asked for is not there.
#![forbid(unsafe_code)]

mod hooks;
mod serve;
mod signature;

pub use hooks::{Hook, Hooks};
pub use serve::{Api, serve};
pub use signature::Key;
