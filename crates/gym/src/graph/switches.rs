//! What can be wrong with the service and the mailbox: one switch per fact. It acts on nothing itself.

use super::faults::{Fault, Faults};
use serde::{Deserialize, Serialize};

/// Pathologies of the service. The default behaves as the documentation says, and gives the same link for the same state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Every so-manieth use of a delta link is 410: the state is not known any more. 0 never.
    pub delta_expires: u32,
    /// Some next links are 410, each once.
    pub next_expires: bool,
    /// Only the last so many links of a folder are known; an older one is 410. 0 is all.
    pub generations: u32,
    /// A state that is not known is told by another word: `resyncRequired`, with an address to begin at.
    pub resync_required: bool,
    /// A state that is not known is told by 400 `syncStateInvalid` instead of 410.
    pub sync_state_400: bool,
    /// Every answer has links of its own, also where nothing has changed.
    pub fresh_links: bool,
    /// `changeType` is not looked at: marks that people set are changes.
    pub change_type_ignored: bool,
    /// Pages have ten mails, whatever size is preferred.
    pub page_size_ignored: bool,
    /// Pages are short or empty in the middle of a walk.
    pub short_pages: bool,
    /// A page begins with the last mail of the page before.
    pub replays: bool,
    /// Immutable ids are not given: a mail that is moved has another id.
    pub ids_change: bool,
    /// Before every so-manieth request something happens in the mailbox; 0 never.
    pub moving_every: u32,
    /// Lists of folders have one folder a page.
    pub folders_paged: bool,
    /// Folders that every mailbox has are called as in another language.
    pub names_localised: bool,
    /// `Archive` has another name.
    pub folder_renamed: bool,
    /// `Archive` is not there.
    pub folder_deleted: bool,
    /// Links lead to this host instead; empty is the service's own.
    pub foreign_host: String,
    /// A next link leads to the page that it stands on.
    pub link_repeats: bool,
    /// Answers have no link at all.
    pub links_missing: bool,
    /// The bytes of some mails cannot be had: 500 `ErrorMimeContentConversionFailed`.
    pub mime_refused: bool,
    /// Bytes of mails come without `Content-Length`.
    pub mime_chunked: bool,
    /// The application may list mails and not read them (`Mail.ReadBasic`): 403 for their bytes.
    pub read_basic: bool,
    /// The application has no right to the mailbox: 403.
    pub no_right: bool,
    /// The address has no mailbox: 404.
    pub no_mailbox: bool,
    /// An access token is good for so many requests, then it has expired; 0 is any number.
    pub token_uses: u32,
    /// Seconds that an access token lives; 0 is 3,599.
    pub token_life_secs: u32,
    /// A new access token ends the one before, and refresh tokens are used up.
    pub token_rotates: bool,
    /// After so many requests nothing is answered but 500; 0 never.
    pub ends_after: u64,
    /// What strikes now and then.
    pub faults: Faults,
    /// Bytes of an answer that come at once, with a millisecond in between; 0 sends at full speed.
    pub drip_bytes: u32,
}

type Turn = fn(&mut Switches);

/// Name, fact, what it turns. In the order of the fields.
const LIST: &[(&str, &str, Turn)] = &[
    ("delta-expires", "every third delta link is not known any more: 410", |s| s.delta_expires = 3),
    ("next-expires", "some next links are 410 once, in the middle of a walk", |s| s.next_expires = true),
    ("generations", "only the last three links of a folder are known", |s| s.generations = 3),
    ("resync-required", "410 says resyncRequired and where to begin", |s| {
        s.delta_expires = 3;
        s.resync_required = true;
    }),
    ("sync-state-400", "a state that is not known is 400 syncStateInvalid", |s| {
        s.delta_expires = 3;
        s.sync_state_400 = true;
    }),
    ("fresh-links", "every answer has links of its own", |s| s.fresh_links = true),
    ("change-type-ignored", "marks that people set are changes", |s| s.change_type_ignored = true),
    ("page-size-ignored", "pages have ten mails, whatever is preferred", |s| s.page_size_ignored = true),
    ("short-pages", "pages are short or empty in the middle of a walk", |s| s.short_pages = true),
    ("replays", "the last mail of a page is the first of the next as well", |s| s.replays = true),
    ("ids-change", "a mail that is moved has another id", |s| s.ids_change = true),
    ("moving", "mails are marked, moved, copied and deleted while they are read", |s| s.moving_every = 3),
    ("folders-paged", "lists of folders have one folder a page", |s| s.folders_paged = true),
    ("names-localised", "the inbox is called Posteingang", |s| s.names_localised = true),
    ("folder-renamed", "Archive has another name", |s| s.folder_renamed = true),
    ("folder-deleted", "Archive is not there", |s| s.folder_deleted = true),
    ("foreign-link", "links lead to another host", |s| s.foreign_host = "http://127.0.0.1:9".into()),
    ("link-repeats", "a next link leads to its own page", |s| s.link_repeats = true),
    ("links-missing", "answers have no link", |s| s.links_missing = true),
    ("mime-refused", "the bytes of some mails cannot be had: 500", |s| s.mime_refused = true),
    ("mime-chunked", "bytes of mails come without Content-Length", |s| s.mime_chunked = true),
    ("read-basic", "mails may be listed and not read: 403 for their bytes", |s| s.read_basic = true),
    ("no-right", "403 for the whole mailbox", |s| s.no_right = true),
    ("no-mailbox", "404 for the whole mailbox", |s| s.no_mailbox = true),
    ("token-expires", "an access token expires after 5 requests: 401 in the middle", |s| s.token_uses = 5),
    ("token-short", "an access token lives for 60 seconds", |s| s.token_life_secs = 60),
    ("token-rotates", "a new token ends the one before; refresh tokens are used up", |s| s.token_rotates = true),
    ("ends", "after 50 requests there is nothing but 500", |s| s.ends_after = 50),
    ("cut-chunked", "a chunked body ends before its end", |s| s.faults.add(Fault::CutChunked)),
    ("cut-length", "a body is shorter than its Content-Length", |s| s.faults.add(Fault::CutLength)),
    ("login-page", "a login page in HTML with 200", |s| s.faults.add(Fault::LoginPage)),
    ("html-as-json", "HTML that says it is application/json", |s| s.faults.add(Fault::HtmlAsJson)),
    ("too-many-seconds", "429 with Retry-After in seconds", |s| s.faults.add(Fault::TooManySeconds)),
    ("too-many-date", "429 with Retry-After as an HTTP date", |s| s.faults.add(Fault::TooManyDate)),
    ("too-many-mute", "429 without any hint", |s| s.faults.add(Fault::TooManyMute)),
    ("internal-error", "500 now and then", |s| s.faults.add(Fault::InternalError)),
    ("bad-gateway", "502 with HTML now and then", |s| s.faults.add(Fault::BadGateway)),
    ("unavailable", "503 with Retry-After now and then", |s| s.faults.add(Fault::Unavailable)),
    ("unavailable-mute", "503 without any hint", |s| s.faults.add(Fault::UnavailableMute)),
    ("gateway-timeout", "504 now and then", |s| s.faults.add(Fault::GatewayTimeout)),
    ("slow-drip", "answers come in pieces of 4 kB", |s| s.drip_bytes = 4_096),
];

/// Switches that take away what a reader needs to be complete, or that contradict another one.
const NOT_TOGETHER: &[&str] = &[
    "sync-state-400",
    "folder-renamed",
    "folder-deleted",
    "foreign-link",
    "link-repeats",
    "links-missing",
    "mime-refused",
    "read-basic",
    "no-right",
    "no-mailbox",
    "ends",
];

impl Switches {
    /// Every name with the fact that it stands for.
    pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        LIST.iter().map(|(name, fact, _)| (*name, *fact))
    }

    /// The default with one switch turned; `None` when there is none of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        let mut switches = Self::default();
        switches.turn(name).then_some(switches)
    }

    /// Turns one more switch on; `false` when there is none of this name.
    pub fn turn(&mut self, name: &str) -> bool {
        let found = LIST.iter().find(|(other, _, _)| *other == name);
        if let Some((_, _, turn)) = found {
            turn(self);
        }
        found.is_some()
    }

    /// Everything that can be on at once and still lets a patient reader see all that it may see.
    pub fn all() -> Self {
        let mut switches = Self::default();
        for (name, _, turn) in LIST {
            if !NOT_TOGETHER.contains(name) {
                turn(&mut switches);
            }
        }
        switches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_turns_something_and_is_its_own() {
        let turned: Vec<Switches> = Switches::names().map(|(name, _)| Switches::by_name(name).unwrap()).collect();
        for (at, switches) in turned.iter().enumerate() {
            assert_ne!(*switches, Switches::default());
            assert!(!turned[..at].contains(switches), "{}", LIST[at].0);
        }
        assert_eq!(Switches::by_name("nothing"), None);
        assert!(NOT_TOGETHER.iter().all(|name| Switches::by_name(name).is_some()));
        let all = Switches::all();
        assert_eq!(serde_json::from_str::<Switches>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
    }
}
