//! Suites every connector must pass, and private real servers for tests.
#![forbid(unsafe_code)]

mod agreement;
pub mod dovecot;
pub mod fails_alike;
pub mod fault_proxy;
mod introspection;
mod private;
pub mod rabbitmq;
mod reverse_proxy;
pub mod suites;
mod tokens;

pub use agreement::{Agreement, agreement};
pub use private::Skip;
pub use tokens::MemoryTokens;
