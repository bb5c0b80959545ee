//! The rules as data: patterns of ticket tokens, classes of mails, states that mails tell.
//!
//! `rules/email.toml` is shipped; an instance adds to it, replaces what has the same name, or leaves rules out by name.

pub(crate) mod parse;
mod read;

use counterfoil_diagnostics::{Finding, SourceText};
use counterfoil_record::Digest;
use jiff::SignedDuration;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The shipped rules.
pub const SHIPPED_TEXT: &str = include_str!("../../../rules/email.toml");

/// Their cases, a Markdown document.
pub const SHIPPED_CASES: &str = include_str!("../../../rules/email.md");

/// Patterns and rules, read and found to be right.
#[derive(Debug, Clone)]
pub struct Rules(Arc<RuleSet>);

static SHIPPED: LazyLock<Rules> = LazyLock::new(|| {
    let source = SourceText { name: "rules/email.toml".into(), text: SHIPPED_TEXT.into() };
    Rules::parse(&source).expect("the shipped rules are read by a test")
});

impl Rules {
    /// Those that come with the product.
    pub fn shipped() -> Self {
        SHIPPED.clone()
    }

    /// Reads a whole set of rules.
    ///
    /// # Errors
    /// Every problem of the text, each at its place.
    pub fn parse(source: &SourceText) -> Result<Self, Vec<Finding>> {
        let mut set = RuleSet::default();
        parse::add(&mut set, source)?;
        set.sources.push(source.clone());
        Ok(Self(Arc::new(set)))
    }

    /// These with what another text adds: a rule with the name of one of these stands in its place, any other stands
    /// before all of these, and `without` lists the names of those that go.
    ///
    /// # Errors
    /// Every problem of the text, each at its place.
    pub fn extended_by(&self, source: &SourceText) -> Result<Self, Vec<Finding>> {
        let mut set = (*self.0).clone();
        parse::add(&mut set, source)?;
        set.sources.push(source.clone());
        Ok(Self(Arc::new(set)))
    }

    /// Names these rules: another digest means that mails may be read in another way.
    pub fn digest(&self) -> Digest {
        let parts = self.0.sources.iter().map(|source| source.text.as_bytes()).collect::<Vec<_>>();
        Digest::of_parts(&parts)
    }

    /// The texts that these rules are made of, in order.
    pub fn sources(&self) -> &[SourceText] {
        &self.0.sources
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn subject(&self) -> &SubjectRules {
        &self.0.subject
    }

    pub(crate) fn looping(&self) -> &LoopRules {
        &self.0.looping
    }

    pub(crate) fn tokens(&self) -> &[TokenPattern] {
        &self.0.tokens
    }

    pub(crate) fn classes(&self) -> &[ClassRule] {
        &self.0.classes
    }

    pub(crate) fn states(&self) -> &[StateRule] {
        &self.0.states
    }

    pub(crate) fn priorities(&self) -> &[PriorityRule] {
        &self.0.priorities
    }

    /// Which mails are written by a program for a program.
    pub(crate) fn structured(&self) -> &[StructuredRule] {
        &self.0.structured
    }

    /// Whether any mail is read as one that a program wrote.
    pub fn has_structured(&self) -> bool {
        !self.0.structured.is_empty()
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct RuleSet {
    pub(crate) sources: Vec<SourceText>,
    pub(crate) limits: Limits,
    pub(crate) subject: SubjectRules,
    pub(crate) looping: LoopRules,
    pub(crate) tokens: Vec<TokenPattern>,
    pub(crate) classes: Vec<ClassRule>,
    pub(crate) states: Vec<StateRule>,
    pub(crate) priorities: Vec<PriorityRule>,
    pub(crate) structured: Vec<StructuredRule>,
}

/// What a mail may cost, and what of it is kept in a document.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Of a text that patterns are tried on; what is behind is not looked at.
    pub(crate) text_bytes: usize,
    /// Of a header's value or a subject that patterns are tried on.
    pub(crate) line_bytes: usize,
    /// Of the text of a mail that is kept in a document; the whole is in the mail.
    pub(crate) stored_text_bytes: usize,
    /// Message-IDs that a mail may refer to: the first and the last ones.
    pub(crate) references: usize,
    /// Ticket tokens of one mail.
    pub(crate) tokens: usize,
    /// How far `Date` may be from the time of receipt before the receipt counts.
    pub(crate) clock_tolerance: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 16_384,
            line_bytes: 2_048,
            stored_text_bytes: 4_096,
            references: 30,
            tokens: 6,
            clock_tolerance: SignedDuration::from_hours(24),
        }
    }
}

/// When a subject alone joins.
#[derive(Debug, Clone)]
pub(crate) struct SubjectRules {
    /// What stands before the subject of a reply, in lower case and without the colon.
    pub(crate) reply: Vec<String>,
    /// What stands before the subject of a forwarded mail.
    pub(crate) forward: Vec<String>,
    /// How long before a reply the mail may be that it answers.
    pub(crate) window: SignedDuration,
    /// Classes whose mails join by their subject.
    pub(crate) classes: Vec<Class>,
}

impl Default for SubjectRules {
    fn default() -> Self {
        Self {
            reply: Vec::new(),
            forward: Vec::new(),
            window: SignedDuration::from_hours(14 * 24),
            classes: Vec::new(),
        }
    }
}

/// When machines answer each other.
#[derive(Debug, Clone)]
pub(crate) struct LoopRules {
    /// How many mails of a loop stay in view.
    pub(crate) mails: usize,
    /// Mails that are further apart are no loop.
    pub(crate) gap: SignedDuration,
    /// Classes that machines write.
    pub(crate) classes: Vec<Class>,
}

impl Default for LoopRules {
    fn default() -> Self {
        Self { mails: 5, gap: SignedDuration::from_hours(1), classes: Vec::new() }
    }
}

/// What kind of mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    Human,
    Notification,
    Bounce,
    OutOfOffice,
    AutoReply,
    List,
    Report,
}

impl Class {
    pub(crate) const NAMES: [&'static str; 7] =
        ["human", "notification", "bounce", "out_of_office", "auto_reply", "list", "report"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "human" => Self::Human,
            "notification" => Self::Notification,
            "bounce" => Self::Bounce,
            "out_of_office" => Self::OutOfOffice,
            "auto_reply" => Self::AutoReply,
            "list" => Self::List,
            "report" => Self::Report,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
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

/// Which way a mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    /// To us.
    Inbound,
    /// From us.
    Outbound,
    /// Neither.
    Foreign,
}

impl Direction {
    pub(crate) const NAMES: [&'static str; 3] = ["inbound", "outbound", "foreign"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "inbound" => Self::Inbound,
            "outbound" => Self::Outbound,
            "foreign" => Self::Foreign,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Foreign => "foreign",
        }
    }
}

/// Where in a mail a pattern is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    Subject,
    /// The new text, without quotes and signature.
    Text,
    /// The whole text, with what is quoted.
    WholeText,
    From,
    FromName,
    To,
    ReturnPath,
    MessageId,
    InReplyTo,
    Type,
    ReportType,
    AttachmentName,
    AttachmentType,
    Delivery,
    Party,
    Direction,
    /// The systems whose tokens the mail has.
    Token,
    Header(String),
}

impl Spot {
    pub(crate) const NAMES: [&'static str; 17] = [
        "subject",
        "text",
        "whole_text",
        "from",
        "from_name",
        "to",
        "return_path",
        "message_id",
        "in_reply_to",
        "type",
        "report_type",
        "attachment_name",
        "attachment_type",
        "delivery",
        "party",
        "direction",
        "token",
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some(header) = name.strip_prefix("header:") {
            return (!header.is_empty()).then(|| Self::Header(header.to_lowercase()));
        }
        Some(match name {
            "subject" => Self::Subject,
            "text" => Self::Text,
            "whole_text" => Self::WholeText,
            "from" => Self::From,
            "from_name" => Self::FromName,
            "to" => Self::To,
            "return_path" => Self::ReturnPath,
            "message_id" => Self::MessageId,
            "in_reply_to" => Self::InReplyTo,
            "type" => Self::Type,
            "report_type" => Self::ReportType,
            "attachment_name" => Self::AttachmentName,
            "attachment_type" => Self::AttachmentType,
            "delivery" => Self::Delivery,
            "party" => Self::Party,
            "direction" => Self::Direction,
            "token" => Self::Token,
            _ => return None,
        })
    }
}

/// A pattern that a mail fits when any value at the spot has it.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) spot: Spot,
    pub(crate) pattern: Regex,
}

/// All of `all`, one of `any` unless there is none, nothing of `none`.
#[derive(Debug, Clone, Default)]
pub(crate) struct When {
    pub(crate) all: Vec<Test>,
    pub(crate) any: Vec<Test>,
    pub(crate) none: Vec<Test>,
}

/// Which of several keys counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    First,
    Last,
    All,
}

/// How a tool writes the number of a ticket into its mails.
#[derive(Debug, Clone)]
pub(crate) struct TokenPattern {
    pub(crate) name: String,
    pub(crate) system: String,
    pub(crate) spots: Vec<Spot>,
    pub(crate) pattern: Regex,
    /// Keys that only look like one.
    pub(crate) not: Option<Regex>,
    pub(crate) takes: Takes,
    /// The kind of ticket by how its key begins; the longest beginning counts.
    pub(crate) kinds: BTreeMap<String, String>,
    /// The kind of all others. `None`: the key names a mail and no ticket.
    pub(crate) kind: Option<String>,
    /// Tried only on mails from or to this party.
    pub(crate) party: Option<String>,
}

impl TokenPattern {
    pub(crate) fn kind_of(&self, key: &str) -> Option<&str> {
        let by_beginning = self.kinds.iter().filter(|(begin, _)| key.starts_with(begin.as_str()));
        let longest = by_beginning.max_by_key(|(begin, _)| begin.len()).map(|(_, kind)| kind.as_str());
        longest.or(self.kind.as_deref())
    }
}

/// What makes a mail one of a class; the first that fits decides.
#[derive(Debug, Clone)]
pub(crate) struct ClassRule {
    pub(crate) name: String,
    pub(crate) class: Class,
    pub(crate) system: Option<String>,
    pub(crate) confidence: u8,
    pub(crate) when: When,
}

/// What state of the ticket a mail tells. The precedence is told in `rules/email.toml`.
#[derive(Debug, Clone)]
pub(crate) struct StateRule {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) confidence: u8,
    pub(crate) classes: Vec<Class>,
    pub(crate) systems: Vec<String>,
    pub(crate) directions: Vec<Direction>,
    /// Only the first mail of the conversation, or only the later ones.
    pub(crate) first: Option<bool>,
    /// Only from these states.
    pub(crate) from: Vec<String>,
    /// States that it leaves though they were told with more confidence.
    pub(crate) overrules: Vec<String>,
    pub(crate) when: When,
}

/// The priority that a mail tells.
#[derive(Debug, Clone)]
pub(crate) struct PriorityRule {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) when: When,
}

/// Which mails have a body that a program wrote, and how it is read.
#[derive(Debug, Clone)]
pub(crate) struct StructuredRule {
    pub(crate) name: String,
    pub(crate) format: BodyFormat,
    pub(crate) confidence: u8,
    /// Where the record's own id stands in a row, a pointer.
    pub(crate) key: String,
    /// Where the record's last-updated mark stands; without it the moment of the mail is it.
    pub(crate) version: Option<String>,
    /// JSON: where the list of records stands, when the body is no record itself.
    pub(crate) rows: Option<String>,
    /// What stands before the body and behind it.
    pub(crate) after: Option<Regex>,
    pub(crate) until: Option<Regex>,
    pub(crate) when: When,
}

/// How a body that a program wrote is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    /// One record, or a list of them.
    Json,
    /// A header and a record in every line below it.
    Csv,
    /// One record, a field a line: `Name: value`.
    Fields,
}

impl BodyFormat {
    pub(crate) const NAMES: [&'static str; 3] = ["json", "csv", "fields"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "csv" => Self::Csv,
            "fields" => Self::Fields,
            _ => return None,
        })
    }
}

/// The states a conversation can have.
pub(crate) const STATES: [&str; 6] =
    ["new", "in_progress", "on_hold_customer", "on_hold_supplier", "resolved", "closed"];

/// The kinds a token can name.
pub(crate) const KINDS: [&str; 4] = ["incident", "service_request", "change", "problem"];
