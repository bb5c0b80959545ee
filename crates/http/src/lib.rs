//! A REST client for connectors: one origin, one credential, one budget, and an answer that is complete or an error.
//!
//! It never parses a record, never follows a link to another origin, and never reads the wall clock.
#![forbid(unsafe_code)]

mod answer;
mod api;
mod bearer;
mod body;
mod budget;
mod cookies;
mod download;
mod error;
mod excerpt;
mod folder;
mod oauth;
mod repeat;
mod request;
mod settings;
mod shape;
mod tokens;
mod transport;
mod waits;

pub use answer::Answer;
pub use api::Api;
pub use bearer::{BearerToken, BearerTokens};
pub use download::{Download, Room};
pub use error::HttpError;
pub use folder::TokenFolder;
pub use request::{Expect, Get};
pub use settings::{ApiSettings, Budget, BuildError, Credential, Grant, Limits, OAuth};
pub use url::Url;
