//! A seeded world of providers, the files they send, and an oracle that knows the truth.
//!
//! [`World`] is what truly happened; it knows no file and no format. [`Estate`] is what three providers send of it,
//! with deliberate data problems. [`Demo`] is the estate of `counterfoil up`, where two of them have ServiceNow instead
//! and a fourth one, who sends no files, has Jira.
//! [`Oracle`] says from the truth what a reader should find. [`servicenow`] and [`jira`] serve it,
//! and recorded tickets, over HTTP as the tools do; [`mail`] is a mailbox with an oracle of its own, and [`graph`] serves
//! it as Microsoft Graph does. Nothing here reads a clock: the world has its own [`NOW`]. The same seed gives the same
//! bytes on every machine, so nothing here depends on the system's mathematics library or on the order of a hash table.
#![forbid(unsafe_code)]

pub mod contracts;

mod dice;

mod incident;
mod life;
mod plan;
mod provider;
mod words;
mod world;

mod files;

mod demo;

mod loopback;

mod figures;
mod oracle;

pub mod bulk;

pub mod servicenow;

pub mod jira;

pub mod mail;

pub mod graph;

pub use demo::{BY_MAIL, Demo, Served, ServedJira, ServedNow};
pub use dice::Dice;
pub use figures::Figures;
pub use files::{Book, Column, Effect, Estate, EstateFile, Expected, Problem, Stage, write_estate};
pub use incident::{Caller, Incident, Request, Snapshot};
pub use life::{Actor, Change, Event, HoldReason, Resolution, State};
pub use oracle::{Oracle, Told, TrueRecord, Verdict};
pub use provider::{Contact, Group, Provider, Service};
pub use world::{NOW, Scale, World};
