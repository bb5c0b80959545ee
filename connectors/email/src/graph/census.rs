//! Which mails are there now: the ids of every folder are listed, and a mail that was not read under this id and mark is read
//! and hashed, because nothing else proves what it is.

use super::Graph;
use super::folders::{Resolved, missing, resolve};
use super::mails::{Downloaded, Enough, Mail, each, one, records};
use super::service::{Changes, Link, Row, Told, contract};
use counterfoil_record::{Census, CensusPage, Digest, Fetched, Gap, Place, Position};
use counterfoil_sdk::PullErrorKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Ids of a page of the census, and of a page of a folder.
const PAGE: usize = 5_000;
const ROWS: usize = 500;

/// More are not held in memory.
const MOST_MAILS: usize = 500_000;

/// Pages of the list of a folder, were they as short as the service makes them.
const MOST_PAGES: usize = MOST_MAILS / 10 + 1_000;

/// How often all folders are looked at: what is moved to a folder that was listed from one that was not yet, or is moved before
/// it is read, is found by the next look.
const MOST_LOOKS: usize = 4;

/// How often a folder is listed from its beginning before it is given up.
const MOST_BEGINNINGS: usize = 3;

/// What mails were when they were last read, by what they were called and marked.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<[u8; 16], Option<Digest>>);

impl Known {
    /// Id, mark, and the hash of the bytes; none for what is too large to be read.
    pub(crate) fn learn(&mut self, id: &str, mark: &str, digest: Option<Digest>) {
        if self.0.len() < MOST_MAILS {
            self.0.insert(key(id, mark), digest);
        }
    }

    fn find(&self, row: &Row) -> Option<Option<Digest>> {
        self.0.get(&key(&row.id, &row.change_key)).copied()
    }
}

fn key(id: &str, mark: &str) -> [u8; 16] {
    let digest = Digest::of_parts(&[id.as_bytes(), mark.as_bytes()]);
    std::array::from_fn(|at| digest.0[at])
}

/// What a census found: which mail is called what.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// By native id, each once: what the service calls it, and the place of its folder in the configuration.
    mails: Vec<(String, String, usize)>,
    /// Those that are too large to be read.
    large: u64,
    /// Those that could not be had: nobody knows which mails they are.
    withheld: u64,
    /// Names of the folders.
    folders: Vec<String>,
}

/// Takes the roll.
pub(crate) async fn take(graph: &Graph) -> Result<Roll, PullErrorKind> {
    let service = graph.service()?;
    let mut roll = Roll { folders: graph.settings.mailboxes.clone(), ..Roll::default() };
    let mut walks = Vec::new();
    for (name, found) in resolve(service, &graph.settings.mailboxes).await? {
        match found {
            Resolved::Folder(folder) => walks.push(Walk { id: folder.id, link: None, rows: BTreeMap::new() }),
            // Its mails are not to be seen, and that is no sign that they are gone.
            Resolved::Missing { there } => return Err(PullErrorKind::NotFound { what: missing(&name, &there) }),
        }
    }
    let mut seen = Known::default();
    for look in 0..MOST_LOOKS {
        let mut told = 0;
        for walk in &mut walks {
            told += walk.go(graph).await?;
        }
        let listed: usize = walks.iter().map(|walk| walk.rows.len()).sum();
        if listed > MOST_MAILS {
            let why = format!("there are more than {MOST_MAILS} mails; divide the folders among several instances");
            return Err(contract(why));
        }
        if look > 0 && told == 0 {
            break;
        }
        for walk in &mut walks {
            walk.read(graph, &mut seen).await?;
        }
    }
    for (folder, walk) in walks.into_iter().enumerate() {
        for row in walk.rows.into_values() {
            match seen.find(&row) {
                Some(Some(digest)) => roll.mails.push((digest.short(), row.id, folder)),
                Some(None) => roll.large += 1,
                None => roll.withheld += 1,
            }
        }
    }
    *graph.known.lock().await = seen;
    roll.mails.sort_unstable();
    // The same mail in two places is one mail.
    roll.mails.dedup_by(|later, kept| later.0 == kept.0);
    Ok(roll)
}

/// A walk over the list of a folder.
struct Walk {
    id: String,
    link: Option<String>,
    rows: BTreeMap<String, Row>,
}

impl Walk {
    /// Goes on to the end of what there is now; gives how much was told.
    async fn go(&mut self, graph: &Graph) -> Result<usize, PullErrorKind> {
        let service = graph.service()?;
        let (mut beginnings, mut told) = (0, 0);
        for _ in 0..MOST_PAGES {
            let listing = match service.delta(&self.id, self.link.as_deref(), Changes::All, ROWS).await? {
                Told::Here(listing) => listing,
                Told::Missing => {
                    return Err(PullErrorKind::NotFound {
                        what: "a folder that was there when the census began".into(),
                    });
                }
                Told::Forgotten if beginnings < MOST_BEGINNINGS => {
                    beginnings += 1;
                    self.link = None;
                    self.rows.clear();
                    continue;
                }
                Told::Forgotten => {
                    let why = "the service forgets its links before a folder is listed".to_owned();
                    return Err(PullErrorKind::Unavailable { source: why.into() });
                }
            };
            told += listing.rows.len();
            for row in listing.rows {
                if row.removed.is_some() {
                    self.rows.remove(&row.id);
                } else {
                    self.rows.insert(row.id.clone(), row);
                }
            }
            if self.rows.len() > MOST_MAILS {
                return Ok(told);
            }
            match listing.link {
                Link::Next(next) if self.link.as_ref() == Some(&next) => {
                    return Err(contract("a link of the service leads to its own page"));
                }
                Link::Next(next) => self.link = Some(next),
                Link::Delta(next) => {
                    self.link = Some(next);
                    return Ok(told);
                }
            }
        }
        Err(contract("the list of a folder has no end"))
    }

    /// Finds out which mails these are, as far as nobody knows it.
    async fn read(&mut self, graph: &Graph, seen: &mut Known) -> Result<(), PullErrorKind> {
        let unknown: Vec<&Row> = {
            let known = graph.known.lock().await;
            // Without a mark nobody could tell that it changed since.
            let find = |row: &Row| if row.change_key.is_empty() { None } else { known.find(row) };
            let is_unknown = |row: &&Row| match (seen.find(row), find(row)) {
                (Some(_), _) => false,
                (None, Some(digest)) => {
                    seen.learn(&row.id, &row.change_key, digest);
                    false
                }
                (None, None) => true,
            };
            self.rows.values().filter(is_unknown).collect()
        };
        let mut gone = Vec::new();
        let (_, ended) = each(graph, &unknown, |row, mail| {
            match &mail {
                Mail::Whole(bytes) => seen.learn(&row.id, &row.change_key, Some(Digest::of(bytes))),
                Mail::Larger { .. } => seen.learn(&row.id, &row.change_key, None),
                Mail::Gone => gone.push(row.id.clone()),
                Mail::Withheld(_) => {}
            }
            Enough::No
        })
        .await;
        if ended.is_err() {
            // The next census need not read it again.
            graph.known.lock().await.0.extend(seen.0.drain());
        }
        ended?;
        for id in gone {
            self.rows.remove(&id);
        }
        Ok(())
    }
}

impl Roll {
    /// A page of it.
    pub(crate) fn page(&self, from: &Position) -> Result<CensusPage, PullErrorKind> {
        let begin = if from.0.is_empty() { 0 } else { from.0.parse().map_err(|_| PullErrorKind::PositionExpired)? };
        let end = self.mails.len().min(PAGE.saturating_add(begin));
        let part = self.mails.get(begin..end).ok_or(PullErrorKind::PositionExpired)?;
        let more = end < self.mails.len();
        let delivered = self.mails.len() as u64;
        let census = Census { counted: delivered + self.large + self.withheld, delivered };
        Ok(CensusPage {
            entries: part.iter().map(|(id, ..)| (id.clone(), String::new())).collect(),
            next: Position(if more { end.to_string() } else { String::new() }),
            more,
            gaps: (!more && self.withheld > 0).then(|| self.withheld()).into_iter().collect(),
            census: (!more).then_some(census),
        })
    }

    fn withheld(&self) -> Gap {
        Gap {
            code: "email::not-counted",
            place: Place { container: "census".into(), position: String::new() },
            reason: "the service lists mails and does not deliver them, so that nobody knows which they are; until it does, none \
                     is marked as gone"
                .to_owned(),
            remedy: "open them with a mail program, or move them out of the folders that are read".to_owned(),
            records: Some(self.withheld),
        }
    }

    /// Reads single mails under the names that the roll knows. What it did not see is not there, unless there was something
    /// that it could not see.
    pub(crate) async fn fetch(&self, graph: &Graph, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let service = graph.service()?;
        let mut absent: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut fetched = Fetched::default();
        for wanted in ids {
            let Ok(found) = self.mails.binary_search_by(|(known, ..)| known.as_str().cmp(wanted)) else { continue };
            let (_, id, folder) = &self.mails[found];
            let mail = one(service, &graph.limits, id).await?;
            let is_it = matches!(&mail, Mail::Whole(bytes) if Digest::of(bytes).short() == *wanted);
            if is_it {
                absent.remove(wanted.as_str());
                let folder: Arc<str> = self.folders.get(*folder).map_or("", String::as_str).into();
                let place = Place { container: folder, position: format!("id {id}") };
                // What cannot be read was set aside by the pull that brought it.
                let (found, _) = records(graph.limits, vec![Downloaded { place, received: None, mail }]).await;
                fetched.records.extend(found);
            }
        }
        if self.withheld == 0 {
            fetched.absent = absent.into_iter().map(str::to_owned).collect();
        }
        Ok(fetched)
    }
}
