//! Which mails are there now: every mail of every mailbox is read again and hashed, because nothing else proves it.

use super::Imap;
use super::fault::Fault;
use super::pass::{Chunk, last_uid, place_in};
use super::session::{MOST_UIDS, Session};
use crate::record::{Arrived, id_of, record_of};
use counterfoil_record::{Census, CensusPage, Fetched, Position};
use counterfoil_sdk::PullErrorKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ids of a page.
const PAGE: usize = 5000;

/// More are not held in memory.
const MOST_MAILS: usize = 2_000_000;

/// What a census found: which mail stands where. Only a shortcut for the questions that follow it.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// By id, each once.
    mails: Vec<(String, At)>,
    /// Of the mailboxes, in the order of the configuration.
    uidvalidities: Vec<u32>,
    counted: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    mailbox: usize,
    uid: u32,
}

/// Takes the roll.
pub(crate) async fn take(imap: &Imap, session: &mut Session) -> Result<Roll, PullErrorKind> {
    let mut roll = Roll::default();
    for (mailbox, name) in imap.settings.mailboxes.iter().enumerate() {
        let Some(opened) = session.open(name, None).await.map_err(Fault::kind)? else {
            // Its mails are not to be seen, and that is no sign that they are gone.
            return Err(PullErrorKind::NotFound { what: format!("the mailbox `{name}`, as far as the account sees,") });
        };
        roll.uidvalidities.push(opened.uidvalidity);
        let (mut from, last) = (1, last_uid(&opened));
        if opened.exists == 0 {
            continue;
        }
        loop {
            let listed = session.list(from, last, MOST_UIDS).await.map_err(Fault::kind)?;
            let mut left = &listed.sizes[..];
            while !left.is_empty() {
                let chunk = Chunk::of(left, imap.limits.mail_bytes);
                left = &left[chunk.taken..];
                let allowance = chunk.allowance(imap.limits.mail_bytes);
                let mails = session.mails(&chunk.whole, allowance).await.map_err(Fault::kind)?;
                let hashed = tokio::task::spawn_blocking(move || {
                    mails.iter().map(|mail| (id_of(&mail.bytes), mail.uid)).collect::<Vec<_>>()
                });
                let hashed = hashed.await.expect("hashing does not panic");
                roll.mails.extend(hashed.into_iter().map(|(id, uid)| (id, At { mailbox, uid })));
                roll.counted += chunk.large.len() as u64;
            }
            if roll.mails.len() > MOST_MAILS {
                let why =
                    format!("there are more than {MOST_MAILS} mails; divide the mailboxes among several instances");
                return Err(PullErrorKind::Contract { source: why.into() });
            }
            if listed.until >= last.unwrap_or(u32::MAX) {
                break;
            }
            from = listed.until + 1;
        }
    }
    roll.mails.sort_unstable();
    // The same mail in two places is one mail.
    roll.mails.dedup_by(|later, kept| later.0 == kept.0);
    roll.counted += roll.mails.len() as u64;
    Ok(roll)
}

impl Roll {
    /// A page of it.
    pub(crate) fn page(&self, from: &Position) -> Result<CensusPage, PullErrorKind> {
        let begin = if from.0.is_empty() { 0 } else { from.0.parse().map_err(|_| PullErrorKind::PositionExpired)? };
        let end = self.mails.len().min(begin + PAGE);
        let part = self.mails.get(begin..end).ok_or(PullErrorKind::PositionExpired)?;
        let more = end < self.mails.len();
        let census = Census { counted: self.counted, delivered: self.mails.len() as u64 };
        Ok(CensusPage {
            entries: part.iter().map(|(id, _)| (id.clone(), String::new())).collect(),
            next: Position(if more { end.to_string() } else { String::new() }),
            more,
            gaps: Vec::new(),
            census: (!more).then_some(census),
        })
    }

    /// Reads single mails where the roll saw them. What it did not see is not there.
    pub(crate) async fn fetch(
        &self,
        imap: &Imap,
        session: &mut Session,
        ids: &[String],
    ) -> Result<Fetched, PullErrorKind> {
        let mut wanted: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut absent: BTreeSet<&str> = BTreeSet::new();
        for id in ids {
            match self.mails.binary_search_by(|(known, _)| known.as_str().cmp(id)) {
                Ok(found) => {
                    let at = self.mails[found].1;
                    wanted.entry(at.mailbox).or_default().push(at.uid);
                    absent.insert(id);
                }
                Err(_) => {
                    absent.insert(id);
                }
            }
        }
        let mut fetched = Fetched::default();
        for (mailbox, mut uids) in wanted {
            uids.sort_unstable();
            let name = &imap.settings.mailboxes[mailbox];
            let opened = session.open(name, None).await.map_err(Fault::kind)?;
            let Some(opened) = opened.filter(|opened| Some(&opened.uidvalidity) == self.uidvalidities.get(mailbox))
            else {
                let why = format!("{name} is not what it was when it was counted");
                return Err(PullErrorKind::Unavailable { source: why.into() });
            };
            // One at a time: their sizes are not known any more.
            for uid in uids {
                let mails = session.mails(&[uid], imap.limits.mail_bytes * 2).await.map_err(Fault::kind)?;
                let Some(mail) = mails.first() else { continue };
                let id = id_of(&mail.bytes);
                if !absent.remove(id.as_str()) {
                    continue;
                }
                let place = place_in(&Arc::from(name.as_str()), opened.uidvalidity, uid);
                let arrived = Arrived { bytes: &mail.bytes, place, internal_date: mail.internal_date };
                // What cannot be read was set aside by the pull that brought it.
                fetched.records.extend(record_of(arrived, &imap.limits).ok());
            }
        }
        fetched.absent = absent.into_iter().map(str::to_owned).collect();
        Ok(fetched)
    }
}
