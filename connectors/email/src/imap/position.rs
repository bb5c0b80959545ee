//! How far each mailbox was read.

use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use serde::{Deserialize, Serialize};

/// Longer than any position that was written for the most mailboxes there may be.
const MOST_BYTES: usize = 256 << 10;

/// A position of another version is none.
const VERSION: u32 = 1;

/// What a position says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    v: u32,
    pub(crate) mailboxes: Vec<Reached>,
    /// Mailboxes that the pass under way is through with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) done: usize,
}

/// How far one mailbox was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reached {
    /// As the configuration has it.
    pub(crate) name: String,
    /// What the uid belongs to: with another one it means nothing.
    pub(crate) uidvalidity: u32,
    /// The highest uid that was read, or known not to be there.
    pub(crate) uid: u32,
    /// The mark of the last change that was seen, where the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modseq: Option<u64>,
    /// The server did not open it when it was last tried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) closed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(done: &usize) -> bool {
    *done == 0
}

impl Progress {
    /// What a position says of these mailboxes; one that is new begins at its beginning, one that is not configured any more
    /// is forgotten.
    pub(crate) fn read(position: &Position, names: &[String]) -> Result<Self, PullErrorKind> {
        if position.0.is_empty() {
            return Ok(Self {
                v: VERSION,
                mailboxes: names.iter().map(|name| Reached::beginning(name)).collect(),
                done: 0,
            });
        }
        if position.0.len() > MOST_BYTES {
            return Err(PullErrorKind::PositionExpired);
        }
        let mut held: Self = serde_json::from_str(&position.0).map_err(|_| PullErrorKind::PositionExpired)?;
        if held.v != VERSION {
            return Err(PullErrorKind::PositionExpired);
        }
        let same = held.mailboxes.len() == names.len();
        let find = |name: &String| {
            let at = held.mailboxes.iter().position(|reached| reached.name == *name)?;
            Some(held.mailboxes.swap_remove(at))
        };
        let mut find = find;
        let mailboxes = names.iter().map(|name| find(name).unwrap_or_else(|| Reached::beginning(name))).collect();
        // With other mailboxes, or an order of them that cannot be, the pass begins anew: it costs a look at each.
        let done = if same && held.done < names.len() { held.done } else { 0 };
        Ok(Self { v: VERSION, mailboxes, done })
    }

    pub(crate) fn write(&self) -> Position {
        Position(serde_json::to_string(self).expect("a position can be written as JSON"))
    }
}

impl Reached {
    fn beginning(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_written_is_read_and_mailboxes_come_and_go() {
        let mut progress = Progress::read(&Position::default(), &names(&["INBOX", "Done"])).unwrap();
        progress.mailboxes[0] =
            Reached { name: "INBOX".into(), uidvalidity: 7, uid: 45, modseq: Some(9), closed: false };
        progress.done = 1;
        let position = progress.write();
        assert_eq!(Progress::read(&position, &names(&["INBOX", "Done"])).unwrap(), progress);
        let changed = Progress::read(&position, &names(&["New", "INBOX", "Done"])).unwrap();
        assert_eq!((changed.done, changed.mailboxes[1].uid, changed.mailboxes[0].uid), (0, 45, 0));
    }

    #[test]
    fn what_is_not_ours_is_no_position() {
        for text in [
            "x",
            "{}",
            "[]",
            "{\"v\":1,\"mailboxes\":1}",
            "{\"v\":2,\"mailboxes\":[]}",
            "{\"v\":1,\"mailboxes\":[],\"rows\":3}",
            "{\"mailboxes\":[{\"uid\":-1}]}",
        ] {
            let read = Progress::read(&Position(text.into()), &names(&["INBOX"]));
            assert!(matches!(read, Err(PullErrorKind::PositionExpired)), "{text}");
        }
        let long = format!("{{\"v\":1,\"mailboxes\":[]{}}}", " ".repeat(MOST_BYTES));
        assert!(Progress::read(&Position(long), &names(&["INBOX"])).is_err());
    }
}
