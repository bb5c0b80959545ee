//! A Jira in memory, Cloud or Data Center, served over HTTP on loopback, and an oracle that knows what is true of it.
//!
//! [`Instance`] is the site with its own clock, [`Server`] the REST APIs on it (platform v3 and v2, service desk),
//! [`Switches`] are what can be wrong with it, [`Truth`] is what a complete reader ends with. Everything is written from
//! published facts of the APIs. It never reads the clock of the machine, and two instances of one seed are equal.

mod account;
mod catalog;
mod issue;
mod moment;

mod acts;
mod change;
mod index;
mod instance;
mod life;
mod places;

mod faults;
mod switches;

mod bind;
mod jql;
mod select;

mod adf;
mod entities;
mod render;
mod sla;

mod desk;
mod directory;
mod histories;
mod issues;
mod route;
mod search;
mod token;
mod wire;

mod entry;
mod server;

mod many;
mod recorded;
mod world;

mod agree;
mod oracle;

pub use account::Account;
pub use acts::{Decision, Listener};
pub use agree::{Compared, HeldIssue, differs, read_held};
pub use catalog::ProjectKind;
pub use faults::{Fault, Faults};
pub use instance::{Edition, Instance};
pub use life::{SCOPE, Step};
pub use oracle::{Told, ToldRequest, TrueComment, TrueHistory, TrueIssue, TrueItem, TrueLink, Truth, Visibility};
pub use recorded::RecordedError;
pub use server::{Seen, Server};
pub use switches::Switches;
