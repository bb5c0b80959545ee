//! The payload of a mail, as the connector writes it. Only what is needed here is read; the mail itself is skipped.

use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload<'a> {
    #[serde(borrow)]
    pub(crate) message_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) in_reply_to: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) references: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) thread_index: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) sent_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) received_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) from: Vec<Mailbox<'a>>,
    #[serde(borrow)]
    pub(crate) to: Vec<Mailbox<'a>>,
    #[serde(borrow)]
    pub(crate) cc: Vec<Mailbox<'a>>,
    #[serde(borrow)]
    pub(crate) return_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) headers: BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub(crate) authentication: Vec<Authentication<'a>>,
    #[serde(borrow, rename = "type")]
    pub(crate) media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) report_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) new_text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) delivery: Vec<Delivery<'a>>,
    #[serde(borrow)]
    pub(crate) parts: Vec<Part<'a>>,
    #[serde(borrow)]
    pub(crate) notes: Vec<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Mailbox<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) address: Option<Cow<'a, str>>,
}

/// One header `Authentication-Results`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Authentication<'a> {
    #[serde(borrow)]
    pub(crate) authserv_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) results: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// What a report of delivery says of one recipient.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Delivery<'a> {
    #[serde(borrow)]
    pub(crate) action: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) original_message_id: Option<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part<'a> {
    #[serde(borrow)]
    pub(crate) path: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    pub(crate) media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) bytes: u64,
    #[serde(borrow)]
    pub(crate) sha256: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) role: Option<Cow<'a, str>>,
}

impl Payload<'_> {
    /// The address of the one who wrote: of the only mailbox in `From`, because with several of them nobody can say whose
    /// word it is.
    pub(crate) fn sender(&self) -> Option<&str> {
        match self.from.as_slice() {
            [one] => one.address.as_deref().filter(|address| address.contains('@')),
            _ => None,
        }
    }

    /// The addresses in `To`, then those in `Cc`.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &str> {
        self.to.iter().chain(&self.cc).filter_map(|one| one.address.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_is_skipped_and_what_is_missing_is_empty() {
        let text = r#"{"format":1,"from":[{"name":"A \"x\"","address":"a@x.example"}],"later":{"a":[1]},"raw":"From: x","subject":null}"#;
        let payload: Payload<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(payload.sender(), Some("a@x.example"));
        assert_eq!((payload.subject.as_deref(), payload.to.len()), (None, 0));
        let two = r#"{"from":[{"address":"a@x.example"},{"address":"b@y.example"}]}"#;
        assert_eq!(serde_json::from_str::<Payload<'_>>(two).unwrap().sender(), None);
    }
}
