//! What is true of an estate: which mail belongs where, what each tells, and which of them lie.

use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person wrote it.
    Human,
    /// A tool tells something.
    Notification,
    /// A mail could not be delivered.
    Bounce,
    /// Somebody is away.
    OutOfOffice,
    /// A machine thanks for a mail.
    AutoReply,
    /// A newsletter, or a mailing list.
    List,
    /// A report with a table.
    Report,
}

impl Class {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Notification => "notification",
            Self::Bounce => "bounce",
            Self::OutOfOffice => "out_of_office",
            Self::AutoReply => "auto_reply",
            Self::List => "list",
            Self::Report => "report",
        }
    }
}

/// What a ticket's mails can tell of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Told for the first time.
    New,
    /// Somebody works on it.
    InProgress,
    /// It waits, and nobody says for whom.
    OnHold,
    /// It waits for the customer.
    OnHoldCustomer,
    /// It waits for a supplier of the supplier.
    OnHoldSupplier,
    /// It works again.
    Resolved,
    /// It has ended.
    Closed,
}

impl MailState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::OnHoldCustomer => "on_hold_customer",
            Self::OnHoldSupplier => "on_hold_supplier",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether this word says the same, or more exactly what it waits for.
    pub fn is(self, word: &str) -> bool {
        self.word() == word || (self == Self::OnHold && word.starts_with("on_hold_"))
    }
}

/// What is true of one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrueMail {
    /// Of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// What its sender says when it was written.
    pub at: Timestamp,
    /// When it came.
    pub arrives: Timestamp,
    /// Mails with the same name belong together.
    pub conversation: String,
    /// The ticket that it belongs to: its place in [`Truth::tickets`].
    pub ticket: Option<usize>,
    /// What it is.
    pub class: Class,
    /// Somebody pretends something in it.
    pub forged: bool,
    /// The ticket that a forged one wants to move.
    pub aims_at: Option<usize>,
    /// The state that it tells, whether that is news or not.
    pub tells: Option<MailState>,
    /// What is odd about it; empty for most.
    pub odd: Vec<&'static str>,
}

/// What is true of one ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrueTicket {
    /// The supplier that works on it.
    pub party: &'static str,
    /// The tool of that supplier.
    pub system: &'static str,
    /// How it is called there; none where people only write mails.
    pub key: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Every change of its state, oldest first: when, and the mail that tells it by its SHA-256.
    pub states: Vec<(Timestamp, MailState, String)>,
}

/// What is true of an estate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What it was made from.
    pub seed: u64,
    /// In the order of arrival; one entry per mail, however many folders it lies in.
    pub mails: Vec<TrueMail>,
    /// Every ticket.
    pub tickets: Vec<TrueTicket>,
}

impl Truth {
    /// The mail with these bytes.
    pub fn mail(&self, sha256: &str) -> Option<&TrueMail> {
        self.mails.iter().find(|mail| mail.sha256 == sha256)
    }

    /// How many mails there are of each class.
    pub fn classes(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for mail in &self.mails {
            *counts.entry(mail.class.word()).or_insert(0) += 1;
        }
        counts
    }

    /// How many mails have each oddity.
    pub fn oddities(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for odd in self.mails.iter().flat_map(|mail| &mail.odd) {
            *counts.entry(*odd).or_insert(0) += 1;
        }
        counts
    }

    /// How many conversations there are.
    pub fn conversations(&self) -> usize {
        let names: std::collections::BTreeSet<&str> =
            self.mails.iter().map(|mail| mail.conversation.as_str()).collect();
        names.len()
    }

    /// As a file beside the estate.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("the truth has no maps with odd keys")
    }
}
