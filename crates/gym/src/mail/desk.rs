//! How the tools of suppliers tell by mail what happened to a ticket. Written from published facts of the tools.

use super::cast::{Party, System};
use super::oracle::MailState;
use crate::dice::Dice;
use jiff::Timestamp;

/// What a tool tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice<'a> {
    /// It has this state now.
    State(MailState),
    /// Somebody wrote something into it.
    Comment(&'a str),
}

/// A ticket as its supplier's tool knows it.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    pub(super) party: &'static Party,
    /// `INC0012345`, `123`, `OPS-7`, a long number.
    pub(super) key: String,
    pub(super) subject: String,
    pub(super) since: Timestamp,
    /// Counts what the tool sent about it.
    pub(super) sent: u32,
    pub(super) secret: u64,
}

/// What a notification says, and how.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) message_id: String,
    /// What the tool itself refers to, whoever opened the ticket.
    pub(super) refers_to: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Which states the tool can tell. Where it has no word of its own for one, nobody is told.
pub(super) fn can_tell(system: System, state: MailState) -> bool {
    match system {
        System::ServiceNow => state != MailState::OnHold,
        System::Rt => matches!(state, MailState::New | MailState::InProgress | MailState::OnHold | MailState::Resolved),
        System::Redmine | System::Jira => !matches!(state, MailState::OnHold | MailState::OnHoldSupplier),
        System::Znuny => matches!(state, MailState::New | MailState::InProgress | MailState::Closed),
        System::Zendesk => matches!(state, MailState::New | MailState::OnHoldCustomer | MailState::Resolved),
        System::People => false,
    }
}

/// A key as the tool makes them.
pub(super) fn key(system: System, nth: u64, opened: Timestamp, dice: &mut Dice) -> String {
    match system {
        System::ServiceNow => format!("INC{:07}", 12_000 + nth * 3 + dice.below(3)),
        System::Rt => (4_100 + nth * 5 + dice.below(5)).to_string(),
        System::Redmine => (900 + nth * 4 + dice.below(4)).to_string(),
        System::Jira => format!("OPS-{}", 100 + nth * 2 + dice.below(2)),
        System::Znuny => format!("{}42{:06}", opened.strftime("%Y%m%d"), 100 + nth * 2 + dice.below(2)),
        System::Zendesk => (61_000 + nth * 7 + dice.below(7)).to_string(),
        System::People => String::new(),
    }
}

impl Filed {
    /// The subject of a mail about it that somebody begins anew.
    pub(super) fn tagged(&self, what: &str) -> String {
        let key = &self.key;
        match self.party.system {
            System::ServiceNow => format!("{key}: {what}"),
            System::Rt => format!("[{} #{key}] {what}", self.party.domain),
            System::Redmine => format!("[Hansa Betrieb - Störung #{key}] {what}"),
            System::Jira => format!("[JIRA] ({key}) {what}"),
            System::Znuny => format!("[Ticket#{key}] {what}"),
            System::Zendesk => format!("{what} (request #{key})"),
            System::People => what.to_owned(),
        }
    }

    /// The next mail of the tool about it.
    pub(super) fn told(&mut self, notice: Notice<'_>, at: Timestamp, dice: &mut Dice) -> Told {
        self.sent += 1;
        match self.party.system {
            System::ServiceNow => self.servicenow(notice, dice),
            System::Rt => self.rt(notice, at, dice),
            System::Redmine => self.redmine(notice, at, dice),
            System::Jira => self.jira(notice, at, dice),
            System::Znuny => self.znuny(notice, at, dice),
            System::Zendesk | System::People => self.zendesk(notice, dice),
        }
    }

    fn servicenow(&self, notice: Notice<'_>, dice: &mut Dice) -> Told {
        let (key, about) = (&self.key, &self.subject);
        let (subject, state) = match notice {
            Notice::Comment(_) => (format!("Incident {key} -- comments added"), "State: In Progress"),
            Notice::State(state) => match state {
                MailState::New => (format!("Incident {key} has been opened - {about}"), "State: New"),
                MailState::InProgress => (format!("{key} - {about} - update"), "State: In Progress"),
                MailState::OnHold | MailState::OnHoldCustomer => {
                    (format!("{key} - {about}"), "State: On Hold\nOn hold reason: Awaiting Caller")
                }
                MailState::OnHoldSupplier => {
                    (format!("{key} - {about}"), "State: On Hold\nOn hold reason: Awaiting Vendor")
                }
                MailState::Resolved => (format!("Your incident {key} has been resolved"), "State: Resolved"),
                MailState::Closed => (format!("Incident {key} has been closed"), "State: Closed"),
            },
        };
        let comment = if let Notice::Comment(text) = notice { format!("Comments: {text}\n\n") } else { String::new() };
        // A comment tells no state: the template that sends it has no line for it.
        let state = if comment.is_empty() { state } else { "Category: Infrastructure" };
        let text = format!(
            "Number: {key}\nShort description: {about}\n{state}\n\n{comment}You can view it in the self service portal.\n\nRef:MSG{:07}_{:020}",
            dice.below(9_999_999),
            dice.bits()
        );
        Told {
            subject,
            text,
            message_id: format!("{}.{}@app1.{}", 1 + dice.below(99_999_999), dice.bits(), self.party.domain),
            refers_to: None,
            headers: vec![
                ("Auto-Submitted", "auto-generated".into()),
                ("X-ServiceNow-Source", format!("Notification-{:016x}{:016x}", self.secret, self.secret)),
                ("X-ServiceNow-SysEmail-Version", "2".into()),
                ("X-ServiceNow-Generated", "true".into()),
            ],
        }
    }

    fn rt(&self, notice: Notice<'_>, at: Timestamp, dice: &mut Dice) -> Told {
        let (key, about, name) = (&self.key, &self.subject, self.party.domain);
        let url = format!("<URL: https://rt.{name}/Ticket/Display.html?id={key} >");
        let (subject, text) = match notice {
            Notice::Comment(text) => (about.clone(), format!("{text}\n\n-- \nQuell Systemhaus\n{url}")),
            Notice::State(state) => match state {
                MailState::New => (
                    format!("AutoReply: {about}"),
                    format!(
                        "Greetings,\n\nThis message has been automatically generated in response to the creation of a\ntrouble ticket regarding:\n\n\"{about}\"\n\nThere is no need to reply to this message right now. Your ticket has been\nassigned an ID of [{name} #{key}].\n\nThank you,\n{}",
                        self.party.desk.address
                    ),
                ),
                MailState::InProgress => (
                    format!("Status Changed to: open: {about}"),
                    format!("Status changed from new to open by j.koehler\n\nTicket {url}"),
                ),
                MailState::Resolved | MailState::Closed => (
                    format!("Resolved: {about}"),
                    "According to our records, your request has been resolved. If you have any\nfurther questions or concerns, please respond to this message.".to_owned(),
                ),
                MailState::OnHold | MailState::OnHoldCustomer | MailState::OnHoldSupplier => (
                    format!("Status Changed to: stalled: {about}"),
                    format!("Status changed from open to stalled by j.koehler\n\nTicket {url}"),
                ),
            },
        };
        let secs = at.as_second();
        let is_reply = notice == Notice::State(MailState::New);
        Told {
            subject: format!("[{name} #{key}] {subject}"),
            text,
            message_id: format!(
                "rt-5.0.5-{}-{secs}-{}.{key}-{}-0@{name}",
                1_000 + dice.below(30_000),
                dice.below(1_000),
                self.sent
            ),
            refers_to: Some(format!("RT-Ticket-{key}@{name}")),
            headers: vec![
                ("Precedence", "bulk".into()),
                ("Auto-Submitted", if is_reply { "auto-replied" } else { "auto-generated" }.into()),
                ("X-RT-Loop-Prevention", name.into()),
                ("X-RT-Ticket", format!("{name} #{key}")),
                ("X-RT-Originator", self.party.people[0].address.into()),
                ("X-Managed-BY", "RT 5.0.5 (http://www.bestpractical.com/rt/)".into()),
                ("RT-Originator", self.party.people[0].address.into()),
            ],
        }
    }

    fn redmine(&self, notice: Notice<'_>, at: Timestamp, dice: &mut Dice) -> Told {
        let (key, about, domain) = (&self.key, &self.subject, self.party.domain);
        let person = self.party.people[dice.below(self.party.people.len() as u64) as usize].name;
        let stamp = |at: Timestamp| at.strftime("%Y%m%d%H%M%S").to_string();
        let root = format!("redmine.issue-{key}.{}.5@{domain}", stamp(self.since));
        let word = |state| match state {
            MailState::New => "Neu",
            MailState::InProgress => "In Bearbeitung",
            MailState::OnHold | MailState::OnHoldCustomer | MailState::OnHoldSupplier => "Feedback",
            MailState::Resolved => "Gelöst",
            MailState::Closed => "Erledigt",
        };
        let before = |state| if state == MailState::InProgress { MailState::New } else { MailState::InProgress };
        let foot = format!(
            "----------------------------------------\nStörung #{key}: {about}\nhttps://redmine.{domain}/issues/{key}"
        );
        let (status, text) = match notice {
            Notice::State(MailState::New) => (
                " (Neu)".to_owned(),
                format!("Ticket #{key} wurde erstellt von {person}.\n\n* Status: Neu\n* Priorität: Normal\n\n{foot}"),
            ),
            Notice::State(state) => (
                format!(" ({})", word(state)),
                format!(
                    "Ticket #{key} wurde von {person} aktualisiert.\n\n* Status wurde von {} zu {} geändert\n\n{foot}",
                    word(before(state)),
                    word(state)
                ),
            ),
            Notice::Comment(text) => {
                (String::new(), format!("Ticket #{key} wurde von {person} aktualisiert.\n\n{text}\n\n{foot}"))
            }
        };
        let is_first = notice == Notice::State(MailState::New);
        let own = format!("redmine.journal-{}.{}.5@{domain}", 40_000 + dice.below(50_000), stamp(at));
        Told {
            subject: format!("[Hansa Betrieb - Störung #{key}]{status} {about}"),
            text,
            message_id: if is_first { root.clone() } else { own },
            refers_to: (!is_first).then_some(root),
            headers: vec![
                ("X-Mailer", "Redmine".into()),
                ("X-Redmine-Host", format!("redmine.{domain}")),
                ("X-Redmine-Site", "Ostwind Redmine".into()),
                ("X-Redmine-Project", "hansa-betrieb".into()),
                ("X-Redmine-Issue-Tracker", "Störung".into()),
                ("X-Redmine-Issue-Id", key.clone()),
                ("X-Auto-Response-Suppress", "All".into()),
                ("Auto-Submitted", "auto-generated".into()),
                ("List-Id", format!("<redmine.{domain}>")),
            ],
        }
    }

    fn jira(&self, notice: Notice<'_>, at: Timestamp, dice: &mut Dice) -> Told {
        let (key, about, domain) = (&self.key, &self.subject, self.party.domain);
        let person = self.party.people[dice.below(self.party.people.len() as u64) as usize].name;
        let id = self.secret % 90_000 + 10_000;
        let root = format!("JIRA.{id}.{}000@Atlassian.JIRA", self.since.as_second());
        let word = |state| match state {
            MailState::New => "Open",
            MailState::InProgress => "In Progress",
            MailState::OnHold | MailState::OnHoldCustomer | MailState::OnHoldSupplier => "Waiting for customer",
            MailState::Resolved => "Resolved",
            MailState::Closed => "Closed",
        };
        let link = format!("[ https://jira.{domain}/browse/{key}?page=com.atlassian.jira.plugin ]");
        let text = match notice {
            Notice::State(MailState::New) => format!(
                "{person} created {key}:\n--------------------------\n\n             Summary: {about}\n                 Key: {key}\n              Status: Open\n"
            ),
            Notice::State(state) => format!(
                "     {link}\n\n{person} updated {key}:\n--------------------------\n    Status: {}  (was: Open)\n\n> {about}\n",
                word(state)
            ),
            Notice::Comment(text) => {
                format!("    {link}\n\n{person} commented on {key}:\n--------------------------\n\n{text}\n")
            }
        };
        let is_first = notice == Notice::State(MailState::New);
        Told {
            subject: format!("[JIRA] ({key}) {about}"),
            text: format!("{text}\n--\nThis message was sent by Atlassian Jira\n(v9.12.1#9120001)"),
            message_id: if is_first {
                root.clone()
            } else {
                format!(
                    "JIRA.{id}.{}000.{}.{}000@Atlassian.JIRA",
                    self.since.as_second(),
                    1 + dice.below(90_000),
                    at.as_second()
                )
            },
            refers_to: (!is_first).then_some(root),
            headers: vec![
                ("Auto-Submitted", "auto-generated".into()),
                ("Precedence", "bulk".into()),
                ("X-JIRA-FingerPrint", format!("{:016x}{:016x}", dice.bits(), self.secret)),
            ],
        }
    }

    fn znuny(&self, notice: Notice<'_>, at: Timestamp, dice: &mut Dice) -> Told {
        let (key, about) = (&self.key, &self.subject);
        let (subject, text) = match notice {
            Notice::State(MailState::New) => (
                format!("RE: {about}"),
                format!("vielen Dank für Ihre Anfrage. Sie wurde unter der Ticketnummer {key} aufgenommen."),
            ),
            Notice::State(MailState::InProgress) => (about.clone(), format!("Ticket#{key}\nStatus: offen")),
            Notice::State(MailState::Resolved | MailState::Closed) => {
                (about.clone(), format!("Ticket#{key}\nStatus: erfolgreich geschlossen"))
            }
            Notice::State(MailState::OnHold | MailState::OnHoldCustomer | MailState::OnHoldSupplier) => {
                (about.clone(), format!("Ticket#{key}\nStatus: warten zur Erinnerung"))
            }
            Notice::Comment(text) => (about.clone(), text.to_owned()),
        };
        let is_first = notice == Notice::State(MailState::New);
        Told {
            subject: format!("[Ticket#{key}] {subject}"),
            text: format!("{text}\n\n--\n Ihr Zimt-Netze-Team"),
            message_id: format!(
                "{}.{:06}.{}.{key}@{}",
                at.as_second(),
                dice.below(999_999),
                1 + dice.below(9),
                self.party.domain
            ),
            refers_to: None,
            headers: vec![
                ("X-Mailer", "Znuny Mail Service (6.5.8)".into()),
                ("X-Powered-By", "Znuny (https://www.znuny.org/)".into()),
                ("Auto-Submitted", if is_first { "auto-replied" } else { "auto-generated" }.into()),
            ],
        }
    }

    fn zendesk(&self, notice: Notice<'_>, dice: &mut Dice) -> Told {
        let (key, about) = (&self.key, &self.subject);
        let mark = format!("{:06X}-{:04X}", self.secret % 0xff_ffff, self.secret % 0xffff);
        let (subject, text) = match notice {
            Notice::State(MailState::New) => (
                format!("[Request received] {about}"),
                format!("Your request ({key}) has been received and is being reviewed by our support staff."),
            ),
            Notice::State(MailState::Resolved | MailState::Closed) => (
                format!("[Velo Apps] Re: {about}"),
                format!("Your request ({key}) has been solved.\nTo reopen it, reply to this email."),
            ),
            Notice::State(_) => (
                format!("[Velo Apps] Pending request: {about}"),
                format!("Your request ({key}) is pending: we are waiting for your reply."),
            ),
            Notice::Comment(text) => {
                (format!("[Velo Apps] Re: {about}"), format!("Your request ({key}) has been updated.\n\n{text}"))
            }
        };
        Told {
            subject,
            text: format!(
                "##- Please type your reply above this line -##\n\n{text}\n\n--------------------------------\nThis email is a service from Velo Apps.\n\n[{mark}]"
            ),
            message_id: format!("{mark}_{:016x}_sprut@zendesk.{}", dice.bits(), self.party.domain),
            refers_to: Some(format!("{mark}@zendesk.{}", self.party.domain)),
            headers: vec![
                ("Auto-Submitted", "auto-generated".into()),
                ("X-Auto-Response-Suppress", "All".into()),
                ("X-Mailer", "Zendesk Mailer".into()),
                ("X-Zendesk-From-Account-Id", "f00ba4".into()),
            ],
        }
    }
}
