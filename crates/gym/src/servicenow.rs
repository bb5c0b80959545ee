//! A ServiceNow instance in memory, served over HTTP on loopback, and an oracle that knows what is true of it.
//!
//! [`Instance`] is the database with its own clock, [`Server`] the Table API on it, [`Switches`] are what can be wrong
//! with it, [`Truth`] is what a complete reader ends with. Everything is written from published facts of the API. It
//! never reads the clock of the machine, and two instances of one seed are equal.

pub(crate) mod id;
mod moment;
mod schema;
mod table;
mod tables;

mod acts;
mod apply;
mod choices;
mod dictionary;
mod instance;
mod life;
mod lives;

mod account;
mod faults;
mod switches;

mod evaluate;
mod query;
mod select;

mod answer;
mod display;
mod render;

mod oauth;
mod server;

mod beside;
mod many;
mod recorded;
mod world;

mod oracle;

pub use account::{Account, DateFormat, Denial};
pub use faults::{Fault, Faults};
pub use instance::Instance;
pub use life::{SCOPE, Step};
pub use oracle::{TrueChange, TrueEntry, TrueIncident, TrueRelation, Truth, TruthOf};
pub use recorded::RecordedError;
pub use server::{Seen, Server};
pub use switches::Switches;
