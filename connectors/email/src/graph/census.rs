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

/// How often a folder is listed from its beginning before it is given up.
const MOST_BEGINNINGS: usize = 3;

/// What mails were when they were last read, by what they were called and marked.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<[u8; 16], Option<Digest>>);

impl Known {
    /// Ids, marks, and the hashes of the bytes; none for what is too large to be read.
    pub(crate) fn learn(&mut self, mails: Vec<(String, String, Option<Digest>)>) {
        for (id, mark, digest) in mails {
            // Without a mark nobody could tell that it changed.
            if self.0.len() < MOST_MAILS && !mark.is_empty() {
                self.0.insert(key(&id, &mark), digest);
            }
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
    // Twice: what is moved to a folder that was listed from one that was not yet is found by the second look.
    for _ in 0..2 {
        let mut listed = 0;
        for walk in &mut walks {
            walk.go(graph).await?;
            listed += walk.rows.len();
            if listed > MOST_MAILS {
                let why = format!("there are more than {MOST_MAILS} mails; divide the folders among several instances");
                return Err(contract(why));
            }
        }
    }
    let mut seen = Known::default();
    for (at, walk) in walks.into_iter().enumerate() {
        roll.read(graph, at, walk.rows.into_values().collect(), &mut seen).await?;
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
    /// Goes on to the end of what there is now.
    async fn go(&mut self, graph: &Graph) -> Result<(), PullErrorKind> {
        let service = graph.service()?;
        let mut beginnings = 0;
        loop {
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
            for row in listing.rows {
                if row.removed.is_some() {
                    self.rows.remove(&row.id);
                } else {
                    self.rows.insert(row.id.clone(), row);
                }
            }
            if self.rows.len() > MOST_MAILS {
                return Ok(());
            }
            match listing.link {
                Link::Next(next) if self.link.as_ref() == Some(&next) => {
                    return Err(contract("a link of the service leads to its own page"));
                }
                Link::Next(next) => self.link = Some(next),
                Link::Delta(next) => {
                    self.link = Some(next);
                    return Ok(());
                }
            }
        }
    }
}

impl Roll {
    /// Finds out which mails these are.
    async fn read(
        &mut self,
        graph: &Graph,
        folder: usize,
        rows: Vec<Row>,
        seen: &mut Known,
    ) -> Result<(), PullErrorKind> {
        let mut learned = Vec::new();
        let unknown: Vec<&Row> = {
            let known = graph.known.lock().await;
            rows.iter()
                .filter(|row| match known.find(row) {
                    Some(digest) => {
                        self.call(folder, row, digest);
                        learned.push((row.id.clone(), row.change_key.clone(), digest));
                        false
                    }
                    None => true,
                })
                .collect()
        };
        each(graph, &unknown, |row, mail| {
            let digest = match &mail {
                Mail::Whole(bytes) => Some(Digest::of(bytes)),
                Mail::Larger { .. } => None,
                Mail::Gone => return Enough::No,
                Mail::Withheld(_) => {
                    self.withheld += 1;
                    return Enough::No;
                }
            };
            self.call(folder, row, digest);
            learned.push((row.id.clone(), row.change_key.clone(), digest));
            Enough::No
        })
        .await?;
        seen.learn(learned);
        Ok(())
    }

    fn call(&mut self, folder: usize, row: &Row, digest: Option<Digest>) {
        match digest {
            Some(digest) => self.mails.push((digest.short(), row.id.clone(), folder)),
            None => self.large += 1,
        }
    }

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
