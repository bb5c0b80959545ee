//! What a mail brings and what is not taken of it: set aside with who brought it, and released when that is decided anew.

use crate::ports::{SetAside, StoredVersion};
use counterfoil_conversation::{Attached, Brought, Refusal, Unread};
use counterfoil_record::{Place, Unreadable};
use jiff::Timestamp;
use std::sync::Arc;

/// Why something that a mail brings is not taken.
pub(super) enum Why {
    Refused(Refusal),
    Unread(Unread),
    NotRead { to: Arc<str>, name: String },
    NotInTheMail,
    Taken { to: Arc<str>, name: String },
}

impl Why {
    const CODES: [&str; 5] = [
        "reports::authentication-failed",
        "reports::name-not-read",
        "reports::name-taken",
        "reports::not-in-the-mail",
        "reports::sender-of-no-party",
    ];

    /// What is set aside: who brought what. What was brought is in the mail, which is held.
    pub(super) fn unreadable(self, mail: &StoredVersion, what: Vec<u8>, attached: Option<&Attached>) -> Unreadable {
        let (code, reason, remedy) = match self {
            Self::Refused(Refusal::SenderOfNoParty) => (
                "reports::sender-of-no-party",
                "its sender has an address of no party".to_owned(),
                "if it is from a party, add the domain to its `identifiers`; then all mails are looked at again",
            ),
            Self::Refused(Refusal::AuthenticationFailed) => (
                "reports::authentication-failed",
                "our own mail server found that it is not from whom it says".to_owned(),
                "ask the sender; nothing of it was taken",
            ),
            Self::Unread(Unread { code, reason }) => (
                code,
                reason,
                "mend what writes these mails, or the rule in `rules`; then all mails are looked at again",
            ),
            Self::NotRead { to, name } => (
                "reports::name-not-read",
                format!("`{to}` does not read files with names like `{name}`"),
                "widen the pattern in its `path`, or narrow `names` in `reports`",
            ),
            Self::NotInTheMail => (
                "reports::not-in-the-mail",
                "the attachment is not among the parts of the mail that is held".to_owned(),
                "run `counterfoil ledger verify`",
            ),
            Self::Taken { to, name } => (
                "reports::name-taken",
                format!("in the folder of `{to}` something else is called `{name}`"),
                "move it away, and change `names` in `reports` for another try",
            ),
        };
        let position = attached.map_or_else(String::new, |one| format!("part {}", one.part));
        Unreadable {
            code,
            place: Place { container: mail.id.parts().2.into(), position },
            reason,
            remedy: remedy.to_owned(),
            bytes: what,
        }
    }
}

/// Who brought what: the bytes of what is set aside.
pub(super) fn described(mail: &StoredVersion, found: &Brought, attached: Option<&Attached>) -> Vec<u8> {
    let what = serde_json::json!({
        "mail": mail.id.as_str(),
        "message_id": found.message_id,
        "from": found.sender,
        "part": attached.map(|one| &one.part),
        "name": attached.map(|one| &one.name),
        "sha256": attached.map(|one| &one.sha256),
    });
    what.to_string().into_bytes()
}

/// Under which ids it is set aside, whatever the reason.
pub(super) fn ids_of(instance: &Arc<str>, stream: &Arc<str>, what: &[u8]) -> Vec<String> {
    let id = |code: &'static str| {
        let place = Place { container: "".into(), position: String::new() };
        let (reason, remedy) = (String::new(), String::new());
        let unreadable = Unreadable { code, place, reason, remedy, bytes: what.to_vec() };
        SetAside::unreadable(instance, stream, unreadable, Timestamp::UNIX_EPOCH).id
    };
    Why::CODES.into_iter().chain(Unread::CODES).map(id).collect()
}
