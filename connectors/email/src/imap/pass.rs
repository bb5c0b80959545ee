//! One page: the next mails of the mailbox that the pass has come to.

use super::Imap;
use super::fault::Fault;
use super::position::{Progress, Reached};
use super::session::{Delivered, MOST_UIDS, Opened, Session};
use crate::record::{Arrived, record_of, too_large};
use counterfoil_record::{Gap, Page, Place, RawRecord, Unreadable};
use counterfoil_sdk::{PullContext, PullErrorKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of mails that are asked for at once, unless one alone has more.
pub(crate) const CHUNK_BYTES: u64 = 4 << 20;

/// Servers estimate sizes; this much more is believed.
const LENIENCE: u64 = 4;

/// Reads the next page.
pub(crate) async fn page(
    imap: &Imap,
    session: &mut Session,
    progress: &mut Progress,
    context: PullContext,
) -> Result<Page, PullErrorKind> {
    let mut page = Page::default();
    while let Some(reached) = progress.mailboxes.get_mut(progress.done) {
        let Some(opened) = reached.look(session, &mut page).await.map_err(Fault::kind)? else {
            progress.done += 1;
            continue;
        };
        let wanted = context.page_size.clamp(1, MOST_UIDS);
        let all = read(imap, session, &opened, reached, wanted, &mut page).await?;
        progress.done += usize::from(all);
        break;
    }
    page.more = progress.done < progress.mailboxes.len();
    if !page.more {
        progress.done = 0;
        page.gaps = progress.mailboxes.iter().filter(|reached| reached.closed).map(closed).collect();
    }
    page.next = progress.write();
    Ok(page)
}

impl Reached {
    /// Opens the mailbox; `None` when there is nothing new in it.
    async fn look(&mut self, session: &mut Session, page: &mut Page) -> Result<Option<Opened>, Fault> {
        // Within a pass it stays open; what comes meanwhile is for the next one.
        let open = session.still_open(&self.name).filter(|open| open.uidvalidity == self.uidvalidity && self.uid > 0);
        let opened = match open {
            Some(open) => Some(open),
            None => session.open(&self.name, Some(self)).await?,
        };
        let Some(opened) = opened else {
            self.closed = true;
            return Ok(None);
        };
        self.closed = false;
        if opened.uidvalidity != self.uidvalidity {
            if self.uidvalidity != 0 {
                page.notes.push(format!(
                    "{}: the server has numbered it anew (UIDVALIDITY {} was {}); it is read from its beginning, and what is \
                     held already is recognised by its bytes",
                    self.name, opened.uidvalidity, self.uidvalidity
                ));
            }
            (self.uidvalidity, self.uid) = (opened.uidvalidity, 0);
        } else if opened.vanished > 0 {
            page.notes.push(format!(
                "{}: up to {} mails are gone from it; the next census looks for them",
                self.name, opened.vanished
            ));
        }
        self.modseq = opened.modseq;
        let nothing =
            opened.exists == 0 || last_uid(&opened).is_some_and(|last| last <= self.uid) || self.uid == u32::MAX;
        Ok((!nothing).then_some(opened))
    }
}

/// The highest uid there may be, where the server says so.
pub(crate) fn last_uid(opened: &Opened) -> Option<u32> {
    opened.uidnext.map(|next| next.saturating_sub(1))
}

/// Reads some mails of the open mailbox; true when there are no more.
async fn read(
    imap: &Imap,
    session: &mut Session,
    opened: &Opened,
    reached: &mut Reached,
    wanted: usize,
    page: &mut Page,
) -> Result<bool, PullErrorKind> {
    let last = last_uid(opened);
    let listed = session.list(reached.uid.saturating_add(1), last, wanted).await.map_err(Fault::kind)?;
    let chunk = Chunk::of(&listed.sizes, imap.limits.mail_bytes);
    let mails = session.mails(&chunk.whole, chunk.allowance(imap.limits.mail_bytes)).await.map_err(Fault::kind)?;
    let heads = session.heads(&chunk.large).await.map_err(Fault::kind)?;
    let come: BTreeSet<u32> = mails.iter().chain(&heads).map(|mail| mail.uid).collect();
    for uid in chunk.whole.iter().chain(&chunk.large).filter(|uid| !come.contains(uid)) {
        // Gone, or there and not to be had.
        let still = session.list(*uid, Some(*uid), 1).await.map_err(Fault::kind)?;
        if still.sizes.is_empty() {
            page.notes.push(format!("{}: uid {uid} was listed and is gone since", reached.name));
        } else {
            page.unreadable.push(withheld(&imap.place(&reached.name, reached.uidvalidity, *uid)));
        }
    }
    let (records, unreadable) = records(imap, reached, &listed.sizes, mails, heads).await;
    page.records.extend(records);
    page.unreadable.extend(unreadable);
    let all_listed = chunk.taken == listed.sizes.len();
    reached.uid = match listed.sizes.get(chunk.taken.saturating_sub(1)) {
        Some((uid, _)) if !all_listed => *uid,
        _ => listed.until.min(last.unwrap_or_else(|| listed.sizes.last().map_or(reached.uid, |(uid, _)| *uid))),
    };
    Ok(all_listed && last.is_none_or(|last| reached.uid >= last) && (last.is_some() || listed.until == u32::MAX))
}

/// Mails that are asked for at once.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) whole: Vec<u32>,
    /// Those that are too large to be read.
    pub(crate) large: Vec<u32>,
    /// How many of the list they are.
    pub(crate) taken: usize,
    bytes: u64,
}

impl Chunk {
    pub(crate) fn of(sizes: &[(u32, u32)], most: u64) -> Self {
        let mut chunk = Self::default();
        for (uid, size) in sizes {
            let size = u64::from(*size);
            // The beginning of a mail that is too large costs something, too.
            let costs = size.min(most);
            if chunk.taken > 0 && chunk.bytes + costs > CHUNK_BYTES {
                break;
            }
            chunk.bytes += costs;
            chunk.taken += 1;
            if size > most { chunk.large.push(*uid) } else { chunk.whole.push(*uid) }
        }
        chunk
    }

    /// Bytes that the answer may have: a server that sends more did not tell the truth about its sizes.
    pub(crate) fn allowance(&self, most: u64) -> u64 {
        self.bytes.max(CHUNK_BYTES) * LENIENCE + most + 1000 * (self.taken as u64 + 1)
    }
}

/// Mails are taken apart where nobody waits for it.
async fn records(
    imap: &Imap,
    reached: &Reached,
    sizes: &[(u32, u32)],
    mails: Vec<Delivered>,
    heads: Vec<Delivered>,
) -> (Vec<RawRecord>, Vec<Unreadable>) {
    let (limits, container, uidvalidity) = (imap.limits, Arc::from(reached.name.as_str()), reached.uidvalidity);
    let sizes = sizes.to_vec();
    let taken = tokio::task::spawn_blocking(move || {
        let place = |uid| place_in(&container, uidvalidity, uid);
        let (mut records, mut unreadable) = (Vec::new(), Vec::new());
        for mail in mails {
            let place = place(mail.uid);
            if mail.bytes.len() as u64 > limits.mail_bytes {
                let head = &mail.bytes[..mail.bytes.len().min(64 << 10)];
                unreadable.push(too_large(place, head, Some(mail.bytes.len() as u64), &limits));
                continue;
            }
            let arrived = Arrived { bytes: &mail.bytes, place, internal_date: mail.internal_date };
            match record_of(arrived, &limits) {
                Ok(record) => records.push(record),
                Err(refused) => unreadable.push(*refused),
            }
        }
        for mail in heads {
            let size = sizes.iter().find(|(uid, _)| *uid == mail.uid).map_or(0, |(_, size)| u64::from(*size));
            unreadable.push(too_large(place(mail.uid), &mail.bytes, Some(size), &limits));
        }
        (records, unreadable)
    });
    taken.await.expect("taking mails apart does not panic")
}

/// Where a mail stands.
pub(crate) fn place_in(container: &Arc<str>, uidvalidity: u32, uid: u32) -> Place {
    Place { container: Arc::clone(container), position: format!("uidvalidity {uidvalidity}, uid {uid}") }
}

fn withheld(place: &Place) -> Unreadable {
    Unreadable {
        code: "email::not-delivered",
        place: place.clone(),
        reason: "the server lists this mail and does not deliver it when it is asked for".to_owned(),
        remedy: "open it with a mail program; where that fails too, the server has to be mended".to_owned(),
        bytes: Vec::new(),
    }
}

fn closed(reached: &Reached) -> Gap {
    Gap {
        code: "email::mailbox-closed",
        place: Place { container: reached.name.as_str().into(), position: String::new() },
        reason: "the server does not open this mailbox: it is gone, it has another name now, or the account may not read it; \
                 what was read of it stays"
            .to_owned(),
        remedy: "correct its name in `mailboxes`, or let the account read it; `counterfoil doctor` lists what there is"
            .to_owned(),
        records: None,
    }
}
