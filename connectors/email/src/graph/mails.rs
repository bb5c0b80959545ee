//! Mails by their ids: downloaded a few at a time, and taken apart where nobody waits for it.

use super::service::{Row, Service, kind, says_missing, says_withheld};
use super::{AT_ONCE, Graph};
use crate::record::{Arrived, Limits, record_of, too_large};
use counterfoil_http::{Download, HttpError, Room};
use counterfoil_record::{Place, RawRecord, Unreadable};
use counterfoil_sdk::PullErrorKind;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use std::sync::Arc;

/// Mails up to this size are downloaded side by side; a larger one alone, so that memory is bounded by one of them.
const SMALL_BYTES: usize = 2 << 20;

/// What is kept of a mail that is not read as a whole.
const HEAD_BYTES: usize = 64 << 10;

/// What became of a mail that was listed.
pub(crate) enum Mail {
    Whole(Vec<u8>),
    /// There is more than may be read.
    Larger {
        head: Vec<u8>,
        bytes: Option<u64>,
    },
    /// It is not there any more.
    Gone,
    /// It is there and cannot be had, in the service's words.
    Withheld(String),
}

/// Downloads these mails, in their order, [`AT_ONCE`] at a time; stops when `take` has enough, or at a failure. Gives how many
/// were taken, whatever came of the next one.
pub(crate) async fn each<'a>(
    graph: &Graph,
    rows: &[&'a Row],
    mut take: impl FnMut(&'a Row, Mail) -> Enough,
) -> (usize, Result<(), PullErrorKind>) {
    let mut taken = 0;
    for group in rows.chunks(AT_ONCE) {
        match some(graph, group, &mut taken, &mut take).await {
            Ok(Enough::No) => {}
            Ok(Enough::Yes) => break,
            Err(kind) => return (taken, Err(kind)),
        }
    }
    (taken, Ok(()))
}

async fn some<'a>(
    graph: &Graph,
    group: &[&'a Row],
    taken: &mut usize,
    take: &mut impl FnMut(&'a Row, Mail) -> Enough,
) -> Result<Enough, PullErrorKind> {
    let service = graph.service()?;
    let most = usize::try_from(graph.limits.mail_bytes).unwrap_or(usize::MAX);
    let small = Room { most_bytes: SMALL_BYTES.min(most), head_bytes: HEAD_BYTES };
    // Where one fails the others are given up: a service that is busy is not asked for more.
    let downloads = group.iter().map(|row| async { told(service.bytes(&row.id, small).await) });
    for (row, mail) in group.iter().zip(try_join_all(downloads).await?) {
        let may_have_room = |bytes: Option<u64>| bytes.is_none_or(|bytes| bytes <= most as u64);
        let mail = match mail {
            Mail::Larger { bytes, .. } if small.most_bytes < most && may_have_room(bytes) => {
                one(service, &graph.limits, &row.id).await?
            }
            other => other,
        };
        *taken += 1;
        if take(row, mail) == Enough::Yes {
            return Ok(Enough::Yes);
        }
    }
    Ok(Enough::No)
}

/// Whether there is room for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enough {
    Yes,
    No,
}

/// One mail.
pub(crate) async fn one(service: &Service, limits: &Limits, id: &str) -> Result<Mail, PullErrorKind> {
    let most_bytes = usize::try_from(limits.mail_bytes).unwrap_or(usize::MAX);
    told(service.bytes(id, Room { most_bytes, head_bytes: HEAD_BYTES }).await)
}

fn told(download: Result<Download, HttpError>) -> Result<Mail, PullErrorKind> {
    match download {
        Ok(Download::Whole(bytes)) => Ok(Mail::Whole(bytes)),
        Ok(Download::Larger { head, bytes }) => Ok(Mail::Larger { head, bytes }),
        Err(error) if says_missing(&error) => Ok(Mail::Gone),
        Err(error) if says_withheld(&error) => Ok(Mail::Withheld(error.to_string())),
        Err(error) => Err(kind(error)),
    }
}

/// A mail that was downloaded, and where it stands.
pub(crate) struct Downloaded {
    pub(crate) place: Place,
    pub(crate) received: Option<Timestamp>,
    pub(crate) mail: Mail,
}

/// Takes mails apart.
pub(crate) async fn records(limits: Limits, downloaded: Vec<Downloaded>) -> (Vec<RawRecord>, Vec<Unreadable>) {
    let taken = tokio::task::spawn_blocking(move || {
        let (mut records, mut unreadable) = (Vec::new(), Vec::new());
        for Downloaded { place, received, mail } in downloaded {
            match mail {
                Mail::Whole(bytes) => {
                    match record_of(Arrived { bytes: &bytes, place, internal_date: received }, &limits) {
                        Ok(record) => records.push(record),
                        Err(refused) => unreadable.push(*refused),
                    }
                }
                Mail::Larger { head, bytes } => unreadable.push(too_large(place, &head, bytes, &limits)),
                Mail::Withheld(said) => unreadable.push(withheld(place, &said)),
                Mail::Gone => {}
            }
        }
        (records, unreadable)
    });
    taken.await.expect("taking mails apart does not panic")
}

/// Where a mail stands.
pub(crate) fn place_in(folder: &Arc<str>, row: &Row) -> Place {
    Place { container: Arc::clone(folder), position: format!("id {}", row.id) }
}

/// When the service took a mail in.
pub(crate) fn received(row: &Row) -> Option<Timestamp> {
    row.received.as_deref().and_then(|text| text.parse().ok())
}

fn withheld(place: Place, said: &str) -> Unreadable {
    Unreadable {
        code: "email::not-delivered",
        place,
        reason: format!("the service lists this mail and does not deliver it: {said}"),
        remedy: "open it with a mail program; where that fails too, the mailbox has to be mended".to_owned(),
        bytes: Vec::new(),
    }
}
