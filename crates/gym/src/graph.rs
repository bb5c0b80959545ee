//! A mailbox behind Microsoft Graph in memory, served over HTTP on loopback, and an oracle that knows what lies in it.
//!
//! [`Instance`] is the mailbox of an [`crate::mail::Estate`] with its folders and its own clock, [`Server`] the part of the
//! REST API that reads mail and the token endpoint beside it, [`Switches`] are what can be wrong with it. Everything is
//! written from published facts of the API. It never reads the clock of the machine, and it lets nobody write.

mod account;
mod faults;
mod switches;

mod acts;
mod instance;

mod delta;
mod entry;
mod folders;
mod links;
mod route;
mod server;
mod wire;

#[cfg(test)]
mod tests;

pub use account::Account;
pub use acts::Step;
pub use faults::{Fault, Faults};
pub use instance::{FOLDERS, Instance};
pub use server::{Seen, Server};
pub use switches::Switches;
