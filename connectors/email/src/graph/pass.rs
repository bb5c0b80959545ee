//! One page: the next mails of the folder that the pass has come to.

use super::Graph;
use super::folders::{Resolved, resolve};
use super::mails::{Downloaded, Enough, Mail, each, place_in, received, records};
use super::position::{Progress, Reached, Within};
use super::service::{Changes, Link, Listing, Row, Told, contract};
use counterfoil_record::{Digest, Gap, Page, Place};
use counterfoil_sdk::{PullContext, PullErrorKind};
use std::sync::Arc;

/// Mails of a page of a list: every one of them is a download.
const MOST_ROWS: usize = 100;

/// Bytes of mails of a page, unless one alone has more.
const PAGE_BYTES: usize = 4 << 20;

/// Reads the next page.
pub(crate) async fn page(graph: &Graph, progress: &mut Progress, context: PullContext) -> Result<Page, PullErrorKind> {
    let mut page = Page::default();
    if !progress.under_way {
        find_folders(graph, progress, &mut page).await?;
        progress.done = 0;
    }
    while let Some(reached) = progress.folders.get_mut(progress.done) {
        let is_over = reached.closed || reached.is_given_up();
        let is_through = is_over || read(graph, reached, context.page_size, &mut page).await?;
        progress.done += usize::from(is_through);
        // Where nothing is new, a pass over all folders is one page.
        if !(is_through && page.records.is_empty() && page.unreadable.is_empty()) {
            break;
        }
    }
    progress.under_way = progress.done < progress.folders.len();
    page.more = progress.under_way;
    if !page.more {
        progress.done = 0;
        page.gaps = progress.folders.iter().filter_map(gap).collect();
        progress.folders.iter_mut().for_each(|reached| reached.beginnings = 0);
    }
    page.next = progress.write();
    Ok(page)
}

/// Looks up what the names stand for now.
async fn find_folders(graph: &Graph, progress: &mut Progress, page: &mut Page) -> Result<(), PullErrorKind> {
    let found = resolve(graph.service()?, &graph.settings.mailboxes).await?;
    for (reached, (_, found)) in progress.folders.iter_mut().zip(found) {
        reached.beginnings = 0;
        match found {
            Resolved::Missing { .. } => reached.closed = true,
            Resolved::Folder(folder) => {
                if reached.id != folder.id {
                    if !reached.id.is_empty() {
                        page.notes.push(format!(
                            "{}: another folder has this name now; it is read from its beginning, and what is held already is \
                             recognised by its bytes",
                            reached.name
                        ));
                    }
                    reached.begin_anew();
                    reached.id = folder.id;
                }
                reached.closed = false;
            }
        }
    }
    Ok(())
}

/// Reads some mails of a folder; true when there are no more.
async fn read(graph: &Graph, reached: &mut Reached, wanted: usize, page: &mut Page) -> Result<bool, PullErrorKind> {
    let Some(listing) = list(graph, reached, wanted, page).await? else {
        reached.closed = !reached.is_given_up();
        return Ok(true);
    };
    let Listing { rows, link } = listing;
    let taken = reached.within.take().filter(|within| within.is_of(&rows)).map_or(0, |within| within.taken);
    // What is removed needs no look: the census finds what is gone from everywhere.
    let is_there = |(_, row): &(usize, &Row)| row.removed.is_none();
    let (places, here): (Vec<usize>, Vec<&Row>) =
        rows.iter().enumerate().skip(taken).filter(is_there).take(wanted.max(1)).unzip();
    let (downloaded, count) = download(graph, &reached.name, &here, page).await?;
    let (records, unreadable) = records(graph.limits, downloaded).await;
    page.records.extend(records);
    page.unreadable.extend(unreadable);
    let end = count.checked_sub(1).map_or(rows.len(), |last| places[last] + 1);
    if rows.iter().enumerate().skip(end).any(|row| is_there(&row)) {
        reached.within = Some(Within::of(&rows[..end]));
        return Ok(false);
    }
    let (next, is_through) = match link {
        Link::Next(next) if reached.link.as_ref() == Some(&next) => {
            return Err(contract(format!("{}: a link of the service leads to its own page", reached.name)));
        }
        Link::Next(next) => (next, false),
        Link::Delta(next) => (next, true),
    };
    reached.link = Some(next);
    Ok(is_through)
}

/// The page of the list that the folder has come to; `None` when the folder is not there, or is given up for this pass.
async fn list(
    graph: &Graph,
    reached: &mut Reached,
    wanted: usize,
    page: &mut Page,
) -> Result<Option<Listing>, PullErrorKind> {
    let (service, size) = (graph.service()?, wanted.clamp(1, MOST_ROWS));
    match service.delta(&reached.id, reached.link.as_deref(), Changes::Arrivals, size).await? {
        Told::Here(listing) => return Ok(Some(listing)),
        Told::Missing => return Ok(None),
        Told::Forgotten => {}
    }
    page.notes.push(format!(
        "{}: the service does not know any more what it told us; the folder is read from its beginning, and what is held \
         already is recognised by its bytes",
        reached.name
    ));
    reached.begin_anew();
    reached.beginnings = reached.beginnings.saturating_add(1);
    if reached.is_given_up() {
        return Ok(None);
    }
    match service.delta(&reached.id, None, Changes::Arrivals, size).await? {
        Told::Here(listing) => Ok(Some(listing)),
        Told::Missing => Ok(None),
        Told::Forgotten => Err(contract("the service forgets what it was not told")),
    }
}

/// Downloads these mails, as many as there is room for, and says how many that is.
async fn download(
    graph: &Graph,
    name: &str,
    rows: &[&Row],
    page: &mut Page,
) -> Result<(Vec<Downloaded>, usize), PullErrorKind> {
    let folder: Arc<str> = name.into();
    let mut known = graph.known.lock().await;
    let (mut downloaded, mut bytes) = (Vec::new(), 0);
    let take = |row: &Row, mail: Mail| {
        match &mail {
            Mail::Whole(whole) => {
                bytes += whole.len();
                known.learn(&row.id, &row.change_key, Some(Digest::of(whole)));
            }
            Mail::Larger { head, .. } => {
                bytes += head.len();
                known.learn(&row.id, &row.change_key, None);
            }
            Mail::Gone => page.notes.push(format!("{folder}: a mail was listed and is gone since")),
            Mail::Withheld(_) => {}
        }
        downloaded.push(Downloaded { place: place_in(&folder, row), received: received(row), mail });
        if bytes >= PAGE_BYTES { Enough::Yes } else { Enough::No }
    };
    let (taken, ended) = each(graph, rows, take).await;
    // What was read before a failure is a page: a service that is busy is not asked for it again. The next pull fails, if that
    // is still so.
    if taken == 0 {
        ended?;
    }
    Ok((downloaded, taken))
}

impl Within {
    fn of(rows: &[Row]) -> Self {
        let ids: Vec<&[u8]> = rows.iter().map(|row| row.id.as_bytes()).collect();
        Self { taken: rows.len(), of: Digest::of_parts(&ids).short() }
    }

    fn is_of(&self, rows: &[Row]) -> bool {
        rows.get(..self.taken).is_some_and(|taken| Self::of(taken) == *self)
    }
}

/// What is known to be missing of a folder.
fn gap(reached: &Reached) -> Option<Gap> {
    match () {
        () if reached.closed => Some(closed(reached)),
        () if reached.is_given_up() => Some(forgotten(reached)),
        () => None,
    }
}

fn forgotten(reached: &Reached) -> Gap {
    Gap {
        code: "email::links-forgotten",
        place: Place { container: reached.name.as_str().into(), position: String::new() },
        reason: "the service forgets its links before they can be used, so that the folder was not read to its end; what was \
                 read of it stays"
            .to_owned(),
        remedy: "nothing, where it happens once: the next pass begins anew; otherwise let nobody else walk through this mailbox \
                 at the same time"
            .to_owned(),
        records: None,
    }
}

fn closed(reached: &Reached) -> Gap {
    Gap {
        code: "email::mailbox-closed",
        place: Place { container: reached.name.as_str().into(), position: String::new() },
        reason: "there is no such folder: it is gone, it has another name now, or the application may not see it; what was read \
                 of it stays"
            .to_owned(),
        remedy: "correct its name in `mailboxes`; `counterfoil doctor` lists what there is".to_owned(),
        records: None,
    }
}
