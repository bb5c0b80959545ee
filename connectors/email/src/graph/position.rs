//! How far each folder was read.

use super::service::is_kept_link;
use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use serde::{Deserialize, Serialize};

/// Longer than any position that was written for the most folders there may be.
const MOST_BYTES: usize = 2 << 20;

/// How often one pass begins a folder anew. More would be a walk without end.
const MOST_BEGINNINGS: u8 = 3;

/// A position of another version is none.
const VERSION: u32 = 1;

/// What a position says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    v: u32,
    /// Of Microsoft Graph; a position of IMAP has `mailboxes`.
    pub(crate) folders: Vec<Reached>,
    /// Folders that the pass under way is through with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) done: usize,
    /// Names were looked up by the pass under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) under_way: bool,
}

/// How far one folder was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reached {
    /// As the configuration has it.
    pub(crate) name: String,
    /// What the link belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    /// Path and query of the next question; none before the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    /// Mails of the answer to it that were read already, and what they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) within: Option<Within>,
    /// How often the pass under way began it anew, because the service had forgotten its links.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) beginnings: u8,
    /// It was not there when it was last looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) closed: bool,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Within {
    pub(crate) taken: usize,
    /// The hash of their ids: where it is another one, the page is not what it was and is read from its beginning.
    pub(crate) of: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(done: &usize) -> bool {
    *done == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(beginnings: &u8) -> bool {
    *beginnings == 0
}

impl Progress {
    /// What a position says of these folders; one that is new begins at its beginning, one that is not configured any more is
    /// forgotten.
    pub(crate) fn read(position: &Position, names: &[String]) -> Result<Self, PullErrorKind> {
        if position.0.is_empty() {
            let folders = names.iter().map(|name| Reached::beginning(name)).collect();
            return Ok(Self { v: VERSION, folders, done: 0, under_way: false });
        }
        if position.0.len() > MOST_BYTES {
            return Err(PullErrorKind::PositionExpired);
        }
        let mut held: Self = serde_json::from_str(&position.0).map_err(|_| PullErrorKind::PositionExpired)?;
        let is_sound = |reached: &Reached| reached.link.as_deref().is_none_or(is_kept_link);
        if held.v != VERSION || !held.folders.iter().all(is_sound) {
            return Err(PullErrorKind::PositionExpired);
        }
        let is_same = held.folders.iter().map(|reached| &reached.name).eq(names) && held.done < names.len();
        let mut find = |name: &String| {
            let at = held.folders.iter().position(|reached| reached.name == *name)?;
            Some(held.folders.swap_remove(at))
        };
        let folders = names.iter().map(|name| find(name).unwrap_or_else(|| Reached::beginning(name))).collect();
        // With other folders the pass begins anew: it costs a look at each.
        let (done, under_way) = if is_same && held.under_way { (held.done, true) } else { (0, false) };
        Ok(Self { v: VERSION, folders, done, under_way })
    }

    pub(crate) fn write(&self) -> Position {
        Position(serde_json::to_string(self).expect("a position can be written as JSON"))
    }
}

impl Reached {
    fn beginning(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Everything of the folder is read again.
    pub(crate) fn begin_anew(&mut self) {
        (self.link, self.within) = (None, None);
    }

    /// Whether the pass under way has given it up: its links are forgotten before they can be used.
    pub(crate) fn is_given_up(&self) -> bool {
        self.beginnings > MOST_BEGINNINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_written_is_read_and_folders_come_and_go() {
        let mut progress = Progress::read(&Position::default(), &names(&["INBOX", "Done"])).unwrap();
        progress.folders[0].link = Some("/v1.0/x/delta?$skiptoken=a".into());
        progress.folders[0].within = Some(Within { taken: 3, of: "abc".into() });
        progress.folders[0].id = "AQMk".into();
        (progress.done, progress.under_way) = (1, true);
        let position = progress.write();
        assert_eq!(Progress::read(&position, &names(&["INBOX", "Done"])).unwrap(), progress);
        let changed = Progress::read(&position, &names(&["Done", "New", "INBOX"])).unwrap();
        assert_eq!((changed.done, changed.under_way, changed.folders[1].link.clone()), (0, false, None));
        assert_eq!(changed.folders[2], progress.folders[0]);
    }

    #[test]
    fn what_is_not_ours_is_no_position() {
        for text in [
            "x",
            "{}",
            "{\"v\":1,\"mailboxes\":[]}",
            "{\"v\":2,\"folders\":[]}",
            "{\"v\":1,\"folders\":[{\"name\":\"INBOX\",\"link\":\"https://evil.example/x\"}]}",
            "{\"v\":1,\"folders\":[{\"name\":\"INBOX\",\"link\":\"//evil.example/x\"}]}",
            "{\"v\":1,\"folders\":[{\"name\":\"INBOX\",\"within\":{\"taken\":-1,\"of\":\"\"}}]}",
        ] {
            let read = Progress::read(&Position(text.into()), &names(&["INBOX"]));
            assert!(matches!(read, Err(PullErrorKind::PositionExpired)), "{text}");
        }
        let long = format!("{{\"v\":1,\"folders\":[]{}}}", " ".repeat(MOST_BYTES));
        assert!(Progress::read(&Position(long), &names(&["INBOX"])).is_err());
    }
}
