//! A pass over a folder: what changed since the last one, in the order in which it changed, page by page.

use super::list::{Kind, Listed, Walked};
use super::mbox::{Found, Mbox};
use super::position::{MOST_FAILED, Mark, Place, path_of, text_of};
use super::{Folder, position};
use crate::record::{Arrived, record_of, too_large};
use counterfoil_record::{Digest, Gap, Page, Place as Where, Position, RawRecord, Unreadable};
use counterfoil_sdk::{PullContext, PullErrorKind};
use jiff::Timestamp;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::PoisonError;

/// Bytes of mails in a page; a mail that is larger makes a page of its own.
const PAGE_BYTES: u64 = 4 << 20;

/// Files that are listed ahead, so that listing takes a bounded amount of memory.
const MOST_AHEAD: usize = 50_000;

/// A file that was written to within this time may not be complete. In a Maildir mails appear whole.
const SETTLE: i64 = 2_000_000_000;

/// How much of a mail that is too large is kept.
const HEAD: usize = 64 << 10;

/// How much in front of the place where an mbox file goes on has to be what it was.
const PROOF: u64 = 4096;

/// What a pass has listed and not read yet.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The place that this goes on from.
    from: i64,
    after: Option<(i64, String)>,
    entries: VecDeque<Listed>,
    /// Whether there is nothing behind the entries.
    complete: bool,
    /// Every mbox file there is.
    boxes: BTreeSet<String>,
    walked: Walked,
    n_left: u64,
    n_listed: u64,
}

/// One page from `from` on.
pub(crate) fn pull(folder: &Folder, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
    let mut place = Place::read(from, &folder.root)?;
    let now = i64::try_from(context.now.as_nanosecond()).unwrap_or(i64::MAX);
    place.began.get_or_insert(now);
    let mut ahead = ahead(folder, &place)?;
    let mut page = Page::default();
    if from.0.is_empty() {
        page.notes.push(format!("{}: {}", folder.shown, folder.look_over()?.0));
    }
    let mut room = Room { records: context.page_size, bytes: PAGE_BYTES };
    while room.is_left() {
        let Some(listed) = ahead.entries.pop_front() else {
            if ahead.complete {
                break;
            }
            ahead = list(folder, &place)?;
            continue;
        };
        let is_fresh = listed.kind != Kind::Maildir && (now - SETTLE < listed.written) && (listed.written <= now);
        let read = match listed.kind {
            Kind::Mbox => read_box(folder, &listed, is_fresh, &mut place, &mut page, &mut room),
            Kind::Maildir | Kind::Eml if is_fresh => Ok(Read::Unsettled),
            Kind::Maildir | Kind::Eml => read_file(folder, &listed, &mut page, &mut room),
        };
        let name = text_of(&listed.path);
        match read {
            Ok(Read::Whole) => {
                place.failed.remove(&name);
            }
            Ok(Read::Unsettled) => place.unsettled += 1,
            Ok(Read::Partly) => {
                ahead.entries.push_front(listed);
                break;
            }
            // Renamed or taken away since it was listed; under a new name it is listed again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                place.failed.remove(&name);
            }
            Err(_) => {
                place.failed.insert(name.clone());
            }
        }
        ahead.n_left = ahead.n_left.saturating_sub(1);
        place.after = Some((listed.changed, name));
    }
    page.more = !(ahead.complete && ahead.entries.is_empty());
    if page.more {
        page.progress_permille = permille(&ahead);
        ahead.after.clone_from(&place.after);
        ahead.from = place.from;
        *folder.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    } else {
        end(folder, &mut place, &ahead, &mut page);
    }
    page.next = place.write();
    Ok(page)
}

/// What ends a pass: where the next one starts, and what is known to be missing.
fn end(folder: &Folder, place: &mut Place, ahead: &Ahead, page: &mut Page) {
    // Files that appeared while the folder was listed may have been overlooked, and others were left alone: what was as young
    // as that when the pass began is looked at again, however long the pass took.
    let (began, unsettled) = (place.began.take().unwrap_or(i64::MIN), std::mem::take(&mut place.unsettled));
    let read_to = place.after.take().map_or(place.from, |(changed, _)| changed.max(place.from));
    place.from = if place.failed.len() > MOST_FAILED { i64::MIN } else { read_to.min(began.saturating_sub(SETTLE)) };
    place.boxes.retain(|name, _| ahead.boxes.contains(name));
    let gap = |container: &Path, code, reason: String, remedy: &str| Gap {
        code,
        place: Where { container: container.to_string_lossy().into(), position: String::new() },
        reason,
        remedy: remedy.to_owned(),
        records: None,
    };
    for name in &place.failed {
        let (path, why) = (path_of(name), "the file cannot be read, or is no mbox file although it is named like one");
        page.gaps.push(gap(
            &path,
            "email::file-unreadable",
            why.to_owned(),
            "let the gateway's user read it, or move it out of the folder",
        ));
    }
    place.failed = std::mem::take(&mut place.failed).into_iter().take(MOST_FAILED).collect();
    for path in &ahead.walked.refused {
        let why = "it cannot be listed or looked at".to_owned();
        page.gaps.push(gap(path, "email::folder-unreadable", why, "let the gateway's user read it"));
    }
    if unsettled > 0 {
        let why = format!("{unsettled} files were written to less than two seconds ago and may not be complete");
        page.gaps.push(gap(Path::new(&folder.shown), "email::being-written", why, "the next pass reads them"));
    }
}

/// How much a page still takes.
struct Room {
    records: usize,
    bytes: u64,
}

impl Room {
    fn is_left(&self) -> bool {
        self.records > 0 && self.bytes > 0
    }

    fn take(&mut self, bytes: u64) {
        self.records -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

enum Read {
    Whole,
    Partly,
    Unsettled,
}

fn read_file(folder: &Folder, listed: &Listed, page: &mut Page, room: &mut Room) -> io::Result<Read> {
    let mail = mail_of(folder, listed)?;
    room.take(mail.size.min(folder.limits.mail_bytes));
    put(folder, &mail, page);
    Ok(Read::Whole)
}

fn read_box(
    folder: &Folder,
    listed: &Listed,
    is_fresh: bool,
    place: &mut Place,
    page: &mut Page,
    room: &mut Room,
) -> io::Result<Read> {
    let name = text_of(&listed.path);
    let mut file = folder.open(&listed.path)?;
    let at = begin_of_box(&mut file, place.boxes.get(&name))?;
    let mut mark = at;
    let mut mails = mails_of_box(folder, file, at)?;
    let mut outcome = Read::Whole;
    loop {
        if !room.is_left() {
            outcome = Read::Partly;
            break;
        }
        let Some(found) = mails.next()? else { break };
        // The last mail of a file that is being written may be cut.
        if is_fresh && found.end >= listed.size {
            outcome = Read::Unsettled;
            break;
        }
        mark = found.end;
        let mail = mail_in_box(folder, listed, found);
        room.take(mail.size.min(folder.limits.mail_bytes));
        put(folder, &mail, page);
    }
    if mark == 0 && listed.size > 0 && matches!(outcome, Read::Whole) {
        return Err(io::Error::other("no mbox"));
    }
    let proof = proof(&mut folder.open(&listed.path)?, mark)?;
    place.boxes.insert(name, Mark { at: mark, proof });
    Ok(outcome)
}

/// Where reading goes on: where it ended, when what stands before is what it was and a mail begins there.
fn begin_of_box(file: &mut File, mark: Option<&Mark>) -> io::Result<u64> {
    let Some(mark) = mark else { return Ok(0) };
    let size = file.metadata()?.len();
    if mark.at > size || proof(file, mark.at)? != mark.proof {
        return Ok(0);
    }
    let mut next = [0; 5];
    file.seek(SeekFrom::Start(mark.at))?;
    let goes_on = mark.at == size || (file.read_exact(&mut next).is_ok() && &next == b"From ");
    Ok(if goes_on { mark.at } else { 0 })
}

fn proof(file: &mut File, at: u64) -> io::Result<String> {
    let from = at.saturating_sub(PROOF);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(at - from).read_to_end(&mut bytes)?;
    Ok(Digest::of(&bytes).short())
}

fn mails_of_box(folder: &Folder, mut file: File, at: u64) -> io::Result<Mbox<BufReader<File>>> {
    file.seek(SeekFrom::Start(at))?;
    let most = usize::try_from(folder.limits.mail_bytes).unwrap_or(usize::MAX);
    Ok(Mbox::new(BufReader::with_capacity(64 << 10, file), at, most))
}

/// A mail, or the head of one that is too large.
struct Mail {
    bytes: Vec<u8>,
    size: u64,
    place: Where,
}

fn mail_of(folder: &Folder, listed: &Listed) -> io::Result<Mail> {
    let limit = folder.limits.mail_bytes;
    let file = folder.open(&listed.path)?;
    let size = file.metadata()?.len();
    let kept = if size > limit { HEAD as u64 } else { limit };
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(kept)).unwrap_or(HEAD));
    file.take(kept).read_to_end(&mut bytes)?;
    // A file that grew while it was read counts as it was read.
    let size = if size > limit { size } else { bytes.len() as u64 };
    Ok(Mail { bytes, size, place: place_of(folder, listed, String::new()) })
}

fn mail_in_box(folder: &Folder, listed: &Listed, found: Found) -> Mail {
    let Found { at, mut bytes, size, .. } = found;
    if bytes.len() as u64 != size {
        bytes.truncate(HEAD);
    }
    Mail { bytes, size, place: place_of(folder, listed, format!("byte {at}")) }
}

fn place_of(folder: &Folder, listed: &Listed, position: String) -> Where {
    let container = if listed.path.as_os_str().is_empty() {
        folder.shown.as_str().into()
    } else {
        listed.path.to_string_lossy().into()
    };
    Where { container, position }
}

fn read_mail(folder: &Folder, mail: &Mail) -> Result<RawRecord, Box<Unreadable>> {
    let Mail { bytes, size, place } = mail;
    if bytes.len() as u64 != *size {
        return Err(Box::new(too_large(place.clone(), bytes, Some(*size), &folder.limits)));
    }
    record_of(Arrived { bytes, place: place.clone(), internal_date: None::<Timestamp> }, &folder.limits)
}

fn put(folder: &Folder, mail: &Mail, page: &mut Page) {
    match read_mail(folder, mail) {
        Ok(record) => page.records.push(record),
        Err(unreadable) => page.unreadable.push(*unreadable),
    }
}

/// Every mail that is there now and can be read, in no order, and what could not be looked at.
pub(crate) fn each_mail(folder: &Folder, each: &mut dyn FnMut(RawRecord)) -> Result<Vec<Gap>, PullErrorKind> {
    let mut failed = Vec::new();
    let walked = folder.walk(&mut |listed| {
        let mut give = |mail: &Mail| {
            if let Ok(record) = read_mail(folder, mail) {
                each(record);
            }
        };
        let read = match listed.kind {
            Kind::Maildir | Kind::Eml => mail_of(folder, &listed).map(|mail| give(&mail)),
            Kind::Mbox => {
                folder.open(&listed.path).and_then(|file| mails_of_box(folder, file, 0)).and_then(|mut mails| {
                    while let Some(found) = mails.next()? {
                        give(&mail_in_box(folder, &listed, found));
                    }
                    Ok(())
                })
            }
        };
        if read.is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
            failed.push(listed.path.clone());
        }
    })?;
    let gap = |path: &Path| Gap {
        code: "email::file-unreadable",
        place: Where { container: path.to_string_lossy().into(), position: String::new() },
        reason: "it cannot be read, so what is in it is not known".to_owned(),
        remedy: "let the gateway's user read it".to_owned(),
        records: None,
    };
    Ok(failed.iter().chain(&walked.refused).map(|path| gap(path)).collect())
}

/// What is to be read from this place on: what was listed before, when it still fits, else listed now.
fn ahead(folder: &Folder, place: &Place) -> Result<Ahead, PullErrorKind> {
    let kept = folder.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
    match kept {
        Some(kept) if kept.from == place.from && kept.after == place.after && place.after.is_some() => Ok(kept),
        Some(_) | None => list(folder, place),
    }
}

/// The files that changed after the place, those that changed first first.
fn list(folder: &Folder, place: &Place) -> Result<Ahead, PullErrorKind> {
    let mut nearest: BinaryHeap<Listed> = BinaryHeap::new();
    let mut boxes = BTreeSet::new();
    let (mut complete, mut n_left) = (true, 0);
    let after = place.after.as_ref().map(|(changed, name)| (*changed, position::path_of(name)));
    let walked = folder.walk(&mut |listed| {
        if listed.kind == Kind::Mbox {
            boxes.insert(text_of(&listed.path));
        }
        let is_wanted = listed.changed > place.from || place.failed.contains(&text_of(&listed.path));
        let is_ahead = after.as_ref().is_none_or(|(changed, path)| (listed.changed, &listed.path) > (*changed, path));
        if !(is_wanted && is_ahead) {
            return;
        }
        n_left += 1;
        nearest.push(listed);
        if nearest.len() > MOST_AHEAD {
            nearest.pop();
            complete = false;
        }
    })?;
    let entries: VecDeque<Listed> = nearest.into_sorted_vec().into();
    Ok(Ahead {
        from: place.from,
        after: place.after.clone(),
        entries,
        complete,
        boxes,
        walked,
        n_left,
        n_listed: n_left,
    })
}

fn permille(ahead: &Ahead) -> Option<u16> {
    let done = ahead.n_listed.saturating_sub(ahead.n_left);
    (done * 1000).checked_div(ahead.n_listed).and_then(|permille| u16::try_from(permille).ok())
}
