//! The mailbox of a customer of several suppliers, made from a seed, and an oracle of what its mails truly are.
//!
//! [`Estate`] is the mail in the order of arrival: real RFC 5322 bytes in the styles of ServiceNow, RT, Redmine, Jira,
//! Znuny, Zendesk and of people. [`Switches`] are what is wrong with it, [`Truth`] says which mail belongs to which
//! conversation, what it tells, and which of them lie. It reads no clock and speaks to no server.

mod cast;
mod encode;
mod message;
mod oracle;
mod quote;
mod switches;
mod texts;

mod desk;
mod making;

mod forged;
mod life;
mod other;
mod quarrel;

mod estate;
mod write;

#[cfg(test)]
mod tests;

pub use cast::{AUTHSERV_ID, Mailbox, Party, SUPPLIERS, System, US};
pub use estate::{Estate, Folder, Mail, Scale};
pub use oracle::{Class, MailState, TrueMail, TrueTicket, Truth};
pub use switches::Switches;
pub use write::{Delivery, deliver};
