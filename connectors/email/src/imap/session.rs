//! What is said to a server once it knows who we are. Nothing here changes anything there: mailboxes are opened by EXAMINE, and
//! mails are read by BODY.PEEK.

use super::fault::{Fault, is_passing, printable};
use super::guard::Guarded;
use super::names::{quoted, to_utf7, uid_set};
use super::position::Reached;
use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, Outcome, Response, ResponseCode, Status};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Bytes that an answer without mails may have.
const SMALL: u64 = 64 << 20;

/// Uids that are asked for in one command: a set of them has to fit into a line.
pub(crate) const MOST_UIDS: usize = 500;

/// Bytes of a mail that is not read as a whole.
const HEAD_BYTES: u32 = 64 << 10;

/// The first window of uids that is listed; where it is empty, the next one is twice as wide.
const WINDOW: u32 = 1000;

/// Its list has to fit into [`SMALL`], where every uid of it is a mail.
const WIDEST_WINDOW: u32 = 1 << 20;

/// A connection that is logged in.
#[derive(Debug)]
pub(crate) struct Session {
    inner: async_imap::Session<Guarded>,
    capabilities: BTreeSet<String>,
    patience: Duration,
    /// The mailbox that is open, as it was when it was opened.
    open: Option<(String, Opened)>,
}

/// A mailbox that is open for reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) uidvalidity: u32,
    /// Where the server does not say it, everything has to be asked for.
    pub(crate) uidnext: Option<u32>,
    pub(crate) exists: u32,
    pub(crate) modseq: Option<u64>,
    /// Mails that are gone since the mark that was known; only where the server has QRESYNC.
    pub(crate) vanished: u64,
}

/// Mails of a mailbox from some uid on.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Uids, ascending, with their sizes in bytes as the server tells them.
    pub(crate) sizes: Vec<(u32, u32)>,
    /// No uid up to this one is missing in them.
    pub(crate) until: u32,
}

/// One mail of an answer.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) uid: u32,
    pub(crate) internal_date: Option<Timestamp>,
    /// A copy: the library does not let its answers be kept.
    pub(crate) bytes: Vec<u8>,
}

impl Session {
    pub(crate) async fn begin(inner: async_imap::Session<Guarded>, patience: Duration) -> Result<Self, Fault> {
        let mut session = Self { inner, capabilities: BTreeSet::new(), patience, open: None };
        let mut said = BTreeSet::new();
        session
            .command("CAPABILITY", SMALL, |response| {
                if let Response::Capabilities(capabilities) = response {
                    said.extend(words(capabilities));
                }
            })
            .await?;
        session.capabilities = said;
        if session.can("QRESYNC") && session.can("ENABLE") {
            session.command("ENABLE QRESYNC", SMALL, |_| {}).await?;
        }
        Ok(session)
    }

    /// Whether the server has announced this.
    pub(crate) fn can(&self, word: &str) -> bool {
        self.capabilities.contains(word)
    }

    /// The mailbox as it was when it was opened, when it is open still. To open a large one again for every page costs a server
    /// more than the page: Dovecot goes through its whole folder.
    pub(crate) fn still_open(&self, name: &str) -> Option<Opened> {
        let (open, opened) = self.open.as_ref()?;
        (open == name).then_some(Opened { vanished: 0, ..*opened })
    }

    /// Opens a mailbox for reading only; `None` when the server does not know or does not open it.
    pub(crate) async fn open(&mut self, name: &str, known: Option<&Reached>) -> Result<Option<Opened>, Fault> {
        self.open = None;
        let shown = name;
        let name = quoted(&to_utf7(name)).ok_or_else(|| Fault::Unfit("no name of a mailbox".to_owned()))?;
        let known = known.filter(|known| known.uid > 0 && self.can("QRESYNC") && self.can("ENABLE"));
        let since = known.and_then(|known| Some((known.uidvalidity, known.modseq?)));
        let extra = match since {
            Some((uidvalidity, modseq)) => format!(" (QRESYNC ({uidvalidity} {modseq}))"),
            None if self.can("CONDSTORE") => " (CONDSTORE)".to_owned(),
            None => String::new(),
        };
        let highest = known.map_or(0, |known| known.uid);
        let mut opened = Opened::default();
        let examined = self
            .command(&format!("EXAMINE {name}{extra}"), SMALL, |response| match response {
                Response::MailboxData(MailboxDatum::Exists(exists)) => opened.exists = *exists,
                Response::Vanished { uids, .. } => {
                    let gone = uids.iter().map(|range| span(*range.start(), (*range.end()).min(highest)));
                    opened.vanished += gone.sum::<u64>();
                }
                Response::Data { outcome: Outcome { code: Some(code), .. }, .. } => match code {
                    ResponseCode::UidValidity(value) => opened.uidvalidity = *value,
                    ResponseCode::UidNext(value) => opened.uidnext = Some(*value),
                    ResponseCode::HighestModSeq(value) => opened.modseq = Some(*value),
                    _ => {}
                },
                _ => {}
            })
            .await;
        match examined {
            Ok(()) if opened.uidvalidity == 0 => {
                Err(Fault::Odd("the server has no UIDVALIDITY for this mailbox, so that no uid can be kept".to_owned()))
            }
            Ok(()) => {
                self.open = Some((shown.to_owned(), opened));
                Ok(Some(opened))
            }
            Err(Fault::No(said)) if !is_passing(&said) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The first mails from `from` on, at least `wanted` of them when there are so many; `last` is the highest uid there may be.
    pub(crate) async fn list(&mut self, from: u32, last: Option<u32>, wanted: usize) -> Result<Listed, Fault> {
        let mut window = WINDOW.max(u32::try_from(wanted.saturating_mul(2)).unwrap_or(WIDEST_WINDOW));
        let mut low = from;
        loop {
            let high = low.saturating_add(window - 1);
            // `n:*` names the last mail even when its uid is below n, so that what comes is looked at.
            let (until, end) = match last {
                Some(last) => (high.min(last), high.min(last).to_string()),
                None => (u32::MAX, "*".to_owned()),
            };
            let mut lowest: BTreeMap<u32, u32> = BTreeMap::new();
            let mut cut = false;
            self.command(&format!("UID FETCH {low}:{end} (UID RFC822.SIZE)"), SMALL, |response| {
                let Response::Fetch(_, attributes) = response else { return };
                let (Some(uid), size) = uid_and_size(attributes) else { return };
                if uid >= low && uid <= until {
                    lowest.insert(uid, size.unwrap_or(0));
                    if lowest.len() > wanted {
                        lowest.pop_last();
                        cut = true;
                    }
                }
            })
            .await?;
            let all = until == last.unwrap_or(u32::MAX);
            if !lowest.is_empty() || all {
                let read_to = lowest.last_key_value().map(|(uid, _)| *uid);
                let until = if cut { read_to.unwrap_or(until) } else { until };
                return Ok(Listed { sizes: lowest.into_iter().collect(), until });
            }
            low = until.saturating_add(1);
            window = window.saturating_mul(2).min(WIDEST_WINDOW);
        }
    }

    /// Mails as a whole, in the order in which the server sends them; `allowance` is what they may have in all.
    pub(crate) async fn mails(&mut self, uids: &[u32], allowance: u64) -> Result<Vec<Delivered>, Fault> {
        self.bodies(uids, "BODY.PEEK[]", allowance).await
    }

    /// The beginnings of mails.
    pub(crate) async fn heads(&mut self, uids: &[u32]) -> Result<Vec<Delivered>, Fault> {
        let allowance = (uids.len() as u64 + 1) * 4 * u64::from(HEAD_BYTES);
        self.bodies(uids, &format!("BODY.PEEK[]<0.{HEAD_BYTES}>"), allowance).await
    }

    async fn bodies(&mut self, uids: &[u32], part: &str, allowance: u64) -> Result<Vec<Delivered>, Fault> {
        let mut bodies = Vec::new();
        if uids.is_empty() {
            return Ok(bodies);
        }
        let mut asked: BTreeSet<u32> = uids.iter().copied().collect();
        let command = format!("UID FETCH {} (UID INTERNALDATE {part})", uid_set(uids));
        let fetched = self.command(&command, allowance, |response| {
            bodies.extend(delivered(response).filter(|mail| asked.remove(&mail.uid)));
        });
        match fetched.await {
            // Some of them are gone meanwhile; whoever asked compares.
            Ok(()) | Err(Fault::No(_)) => Ok(bodies),
            Err(other) => Err(other),
        }
    }

    /// Waits until the server says that the open mailbox has more mails than before, at most `at_most`.
    pub(crate) async fn idle(&mut self, at_most: Duration) -> Result<Idle, Fault> {
        self.inner.as_mut().allow(SMALL, Some(self.patience));
        let tag = self.inner.run_command("IDLE").await?;
        // Mails that came between two waits are told at the beginning of the next one.
        let mut news = false;
        loop {
            let response = self.inner.read_response().await?.ok_or_else(Fault::lost)?;
            match response.parsed() {
                Response::Continue(_) => break,
                Response::Done { .. } => return Err(Fault::Odd("the server does not begin to wait".to_owned())),
                Response::MailboxData(MailboxDatum::Exists(_)) => news = true,
                _ => {}
            }
        }
        if !news {
            self.inner.as_mut().allow(SMALL, None);
            news = tokio::time::timeout(at_most, self.hear()).await.map_or(Ok(false), |heard| heard.map(|()| true))?;
        }
        self.inner.as_mut().allow(SMALL, Some(self.patience));
        self.inner.run_command_untagged("DONE").await?;
        loop {
            let response = self.inner.read_response().await?.ok_or_else(Fault::lost)?;
            match response.parsed() {
                Response::Done { tag: done, .. } if *done == tag => {
                    return Ok(if news { Idle::News } else { Idle::Nothing });
                }
                Response::MailboxData(MailboxDatum::Exists(_)) => news = true,
                _ => {}
            }
        }
    }

    async fn hear(&mut self) -> Result<(), Fault> {
        loop {
            let response = self.inner.read_response().await?.ok_or_else(Fault::lost)?;
            match response.parsed() {
                Response::MailboxData(MailboxDatum::Exists(_)) => return Ok(()),
                Response::Data { status: Status::Bye, .. } => return Err(Fault::lost()),
                _ => {}
            }
        }
    }

    /// Says goodbye; whether the server hears it does not matter.
    pub(crate) async fn end(mut self) {
        let _ = self.command("LOGOUT", SMALL, |_| {}).await;
    }

    /// One command to its end. An answer that stops in the middle is an error, never a short answer.
    async fn command(
        &mut self,
        command: &str,
        allowance: u64,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), Fault> {
        self.inner.as_mut().allow(allowance, Some(self.patience));
        let tag = self.inner.run_command(command).await?;
        let mut farewell = None;
        loop {
            let Some(response) = self.inner.read_response().await? else {
                return Err(farewell.map_or_else(Fault::lost, Fault::Away));
            };
            match response.parsed() {
                Response::Done { tag: done, status, outcome } if *done == tag => {
                    let said = said(outcome);
                    return match status {
                        Status::Ok | Status::PreAuth => Ok(()),
                        Status::No => Err(Fault::No(said)),
                        Status::Bad => Err(Fault::Odd(format!("the server does not understand: {said}"))),
                        Status::Bye => Err(Fault::Away(said)),
                    };
                }
                Response::Data { status: Status::Bye, outcome } => {
                    farewell = Some(format!("the server ends the session: {}", said(outcome)));
                }
                other => each(other),
            }
        }
    }
}

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idle {
    /// There may be new mails.
    News,
    /// Nothing happened.
    Nothing,
}

/// The mail in an answer, when there is one.
fn delivered(response: &Response<'_>) -> Option<Delivered> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (uid, _) = uid_and_size(attributes);
    let bytes = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section: None, data, .. } => data.as_deref(),
        _ => None,
    });
    let internal_date = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => moment(text),
        _ => None,
    });
    Some(Delivered { uid: uid?, internal_date, bytes: bytes?.to_vec() })
}

fn uid_and_size(attributes: &[AttributeValue<'_>]) -> (Option<u32>, Option<u32>) {
    let (mut uid, mut size) = (None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::Rfc822Size(value) => size = Some(*value),
            _ => {}
        }
    }
    (uid, size)
}

/// ` 7-Feb-2026 10:11:12 +0100`.
fn moment(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok()
}

fn span(first: u32, last: u32) -> u64 {
    if last < first { 0 } else { u64::from(last - first) + 1 }
}

fn said(outcome: &Outcome<'_>) -> String {
    printable(outcome.information.as_deref().unwrap_or_default())
}

/// Capabilities as words in capitals.
pub(crate) fn words(capabilities: &[Capability<'_>]) -> BTreeSet<String> {
    let word = |capability: &Capability<'_>| match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
        Capability::Atom(atom) => atom.to_ascii_uppercase(),
    };
    capabilities.iter().map(word).collect()
}
