//! What mails bring beside their words: records of bodies that programs wrote, and attachments that become files of another
//! instance's folder.
//!
//! The position of the stream is a place in the event log, as that of conversations is. A file is put into its folder before
//! the frame that says so is durable, and under a name that only its mail and its content decide: what dies between puts the
//! same file there once more, which changes nothing. When rules, parties or mappings change, all mails are looked at again;
//! what was handed over is known by its node, so that nobody gets it twice.

mod why;

use crate::commit::{Batch, Committer};
use crate::gather::{GatherFailed, PASSED_OVER, Pass, behind};
use crate::ports::{EventOffset, Inbox, Put, StoredVersion};
use crate::prepare::{Prepared, PreparedOutcome, prepare};
use crate::revise::Marks;
use crate::sync::SyncError;
use crate::{Clock, Listener, Progress};
use counterfoil_conversation::{Attached, Brought, Row, Standing, brought};
use counterfoil_record::{Digest, Form, Gap, Payload, Place, Position, RawRecord, RecordId, Unreadable};
use counterfoil_sdk::fits_pattern;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use why::{Why, described, ids_of};

/// Bytes of attachments and of rows that wait for their frame.
const BYTES: usize = 32 << 20;

/// Where attachments of reports go.
pub struct Route {
    /// The instance that reads them.
    pub to: Arc<str>,
    /// Whose reports these are.
    pub party: String,
    /// Only from these addresses; empty: from all of the party.
    pub senders: Vec<String>,
    /// Only attachments with such names; empty: all tables.
    pub names: Vec<String>,
    /// Its folder.
    pub inbox: Arc<dyn Inbox>,
}

impl Route {
    fn is_for(&self, party: &str, sender: Option<&str>, name: &str) -> bool {
        let name = name.to_lowercase();
        let is_sender = |one: &String| sender.is_some_and(|sender| sender.eq_ignore_ascii_case(one));
        self.party == party
            && (self.senders.is_empty() || self.senders.iter().any(is_sender))
            && (self.names.is_empty() || self.names.iter().any(|one| fits_pattern(&one.to_lowercase(), &name)))
    }
}

/// The node by which a file of an instance leads to the mail that brought it.
pub fn origin_node(to: &str, file: &str) -> String {
    format!("f:{to}/{file}")
}

/// The mail that brought a file, and which of its parts it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The native id of the mail.
    pub mail: String,
    /// The part of the mail.
    pub part: String,
}

impl Origin {
    /// Reads what the ledger holds for a node.
    pub fn parse(held: &str) -> Self {
        let (mail, part) = held.split_once('#').unwrap_or((held, ""));
        Self { mail: mail.to_owned(), part: part.to_owned() }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Standpoint {
    #[serde(flatten)]
    place: EventOffset,
    /// What decided about the mails before that place.
    plan: String,
}

/// Delivers everything that the event log has and that was not looked at yet.
pub(crate) fn run(
    pass: &mut Pass<'_>,
    routes: &[Route],
    clock: &dyn Clock,
    listener: &dyn Listener,
) -> Result<(), SyncError> {
    let plan = plan(pass, routes);
    let held = pass.ledger.stream(&pass.source.instance, pass.source.stream.name)?.position;
    let stood = standpoint(&held)?;
    let is_anew = stood.as_ref().is_none_or(|stood| stood.plan != plan);
    if is_anew && stood.is_some() {
        pass.report.notes.push("what decides about reports was changed: all mails are looked at again".to_owned());
    }
    let mut from = stood.filter(|_| !is_anew).map(|stood| stood.place).unwrap_or_default();
    let mut load = Load { plan, is_anew, ..Load::default() };
    loop {
        let (mails, upto) = pass.mails(from)?;
        if mails.is_empty() {
            if pass.ledger.count(from, upto)? >= PASSED_OVER || (is_anew && held.0.is_empty() && upto != from) {
                load.commit(pass, upto, clock)?;
            }
            break;
        }
        for mail in &mails {
            load.take(pass, routes, mail, clock)?;
        }
        load.commit(pass, upto, clock)?;
        from = upto;
        let (instance, stream) = (pass.source.instance.to_string(), pass.source.stream.name);
        listener.tell(Progress::PageCommitted { instance, stream, tally: pass.report.tally, permille: None });
    }
    load.tell(pass);
    Ok(())
}

/// Names everything that decides what becomes of a mail.
fn plan(pass: &Pass<'_>, routes: &[Route]) -> String {
    let gathering = pass.gathering;
    let mut parts = vec![
        "counterfoil deliveries 1".to_owned(),
        gathering.rules.digest().to_string(),
        pass.source.mappings.digest().to_string(),
        format!("{:?}", gathering.directory),
    ];
    parts.extend(
        routes.iter().map(|one| format!("{:?}", (&one.to, &one.party, &one.senders, &one.names, one.inbox.shown()))),
    );
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    Digest::of_parts(&parts).short()
}

fn standpoint(position: &Position) -> Result<Option<Standpoint>, GatherFailed> {
    if position.0.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&position.0).map(Some).map_err(|_| GatherFailed::Position(position.0.clone()))
}

/// What waits for its frame, and what is counted over the pass.
#[derive(Default)]
struct Load {
    plan: String,
    is_anew: bool,
    /// The place behind the last mail that is in it.
    upto: EventOffset,
    records: Vec<Prepared>,
    ids: BTreeSet<RecordId>,
    unreadable: Vec<Unreadable>,
    /// What was set aside before, perhaps, and is decided anew.
    anew: Vec<Vec<u8>>,
    nodes: BTreeMap<String, String>,
    bytes: usize,
    rows: u64,
    files: BTreeMap<Arc<str>, u64>,
    known: u64,
    unrouted: u64,
    unmapped: u64,
}

impl Load {
    fn take(
        &mut self,
        pass: &mut Pass<'_>,
        routes: &[Route],
        mail: &StoredVersion,
        clock: &dyn Clock,
    ) -> Result<(), SyncError> {
        let id = mail.id.parts().2;
        let (rules, directory) = (&pass.gathering.rules, &pass.gathering.directory);
        let found = brought(rules, directory, id, mail.raw.as_str());
        if let Some(found) = found {
            self.take_body(pass, mail, &found, clock)?;
            // Without anybody who reads them, attachments are attachments.
            for attached in found.attached.iter().filter(|_| !routes.is_empty()) {
                self.take_attached(pass, routes, mail, &found, attached)?;
            }
        }
        self.upto = behind(mail);
        if self.bytes >= BYTES {
            self.commit(pass, self.upto, clock)?;
        }
        Ok(())
    }

    fn take_body(
        &mut self,
        pass: &mut Pass<'_>,
        mail: &StoredVersion,
        found: &Brought,
        clock: &dyn Clock,
    ) -> Result<(), SyncError> {
        let Some(body) = &found.body else { return Ok(()) };
        let why = match (&found.standing, body) {
            (Standing::Refused(refusal), _) => Why::Refused(*refusal),
            (Standing::Party(_), Err(unread)) => Why::Unread(unread.clone()),
            (Standing::Party(party), Ok(rows)) => {
                self.anew.push(described(mail, found, None));
                return self.take_rows(pass, mail, party, rows, clock);
            }
        };
        self.refuse(why, mail, found, None);
        Ok(())
    }

    fn take_rows(
        &mut self,
        pass: &mut Pass<'_>,
        mail: &StoredVersion,
        party: &str,
        rows: &[Row],
        clock: &dyn Clock,
    ) -> Result<(), SyncError> {
        let (instance, stream): (Arc<str>, Arc<str>) =
            (Arc::clone(&pass.source.instance), pass.source.stream.name.into());
        let mut records = Vec::with_capacity(rows.len());
        let mut bytes = 0;
        for (at, row) in rows.iter().enumerate() {
            let raw = RawRecord {
                native_id: format!("{party}:{}", row.key),
                version: row.version.clone(),
                form: Form::Snapshot,
                payload: Payload::owned(&row.payload),
                place: Place { container: mail.id.parts().2.into(), position: format!("record {}", at + 1) },
            };
            records.push(prepare(&instance, &stream, &pass.source.mappings, raw));
            bytes += row.payload.len();
        }
        // A frame holds every record at most once.
        if records.iter().any(|one| self.ids.contains(&one.id)) {
            self.commit(pass, self.upto, clock)?;
        }
        self.bytes += bytes;
        self.rows += records.len() as u64;
        self.ids.extend(records.iter().map(|one| one.id.clone()));
        self.records.extend(records);
        Ok(())
    }

    fn refuse(&mut self, why: Why, mail: &StoredVersion, found: &Brought, attached: Option<&Attached>) {
        let what = described(mail, found, attached);
        self.anew.push(what.clone());
        self.unreadable.push(why.unreadable(mail, what, attached));
    }

    fn take_attached(
        &mut self,
        pass: &Pass<'_>,
        routes: &[Route],
        mail: &StoredVersion,
        found: &Brought,
        attached: &Attached,
    ) -> Result<(), SyncError> {
        let party = match &found.standing {
            Standing::Party(party) => party,
            Standing::Refused(refusal) => {
                self.refuse(Why::Refused(*refusal), mail, found, Some(attached));
                return Ok(());
            }
        };
        let Some(route) = routes.iter().find(|one| one.is_for(party, found.sender.as_deref(), &attached.name)) else {
            self.unrouted += 1;
            return Ok(());
        };
        match self.hand_over(pass, route, mail, found, attached)? {
            Some(why) => self.refuse(why, mail, found, Some(attached)),
            None => self.anew.push(described(mail, found, Some(attached))),
        }
        Ok(())
    }

    /// Puts an attachment where it belongs, unless it was put there before; the frame tells that it is there.
    fn hand_over(
        &mut self,
        pass: &Pass<'_>,
        route: &Route,
        mail: &StoredVersion,
        found: &Brought,
        attached: &Attached,
    ) -> Result<Option<Why>, SyncError> {
        let native = mail.id.parts().2;
        // A copy of a mail in another mailbox brings the same once more.
        let which = found.message_id.as_deref().unwrap_or(native);
        let digest = Digest::of_parts(&[route.party.as_bytes(), which.as_bytes(), attached.sha256.as_bytes()]);
        let once = format!("h:{}/{}", route.to, digest.short());
        if self.nodes.contains_key(&once) || pass.ledger.gathered(&pass.source.instance, &once)?.is_some() {
            self.known += 1;
            return Ok(None);
        }
        let (to, name) = (Arc::clone(&route.to), file_name(found.at, &digest, attached));
        if !route.inbox.reads(&name) {
            return Ok(Some(Why::NotRead { to, name }));
        }
        let bytes = pass.source.connector.enclosed(mail.raw.as_str(), &attached.part);
        let Some(bytes) = bytes.filter(|bytes| Digest::of(bytes).to_string() == attached.sha256) else {
            return Ok(Some(Why::NotInTheMail));
        };
        let put = route.inbox.put(&name, &bytes);
        match put.map_err(|source| GatherFailed::Inbox { to: Arc::clone(&to), source })? {
            Put::There => {}
            Put::Taken => return Ok(Some(Why::Taken { to, name })),
        }
        self.bytes += bytes.len();
        let held = format!("{native}#{}", attached.part);
        self.nodes.insert(once, held.clone());
        self.nodes.insert(origin_node(&to, &name), held);
        *self.files.entry(to).or_default() += 1;
        Ok(None)
    }

    /// Makes what waits durable, with the place up to which mails were looked at.
    fn commit(&mut self, pass: &mut Pass<'_>, upto: EventOffset, clock: &dyn Clock) -> Result<(), SyncError> {
        let records = std::mem::take(&mut self.records);
        self.ids.clear();
        self.bytes = 0;
        self.unmapped +=
            records.iter().filter(|one| matches!(one.outcome, PreparedOutcome::NotApplicable)).count() as u64;
        let (instance, stream): (Arc<str>, Arc<str>) =
            (Arc::clone(&pass.source.instance), pass.source.stream.name.into());
        let now = clock.now();
        let any_set_aside = !pass.ledger.set_aside(None, 1)?.is_empty();
        let anew = std::mem::take(&mut self.anew);
        let mut released = BTreeSet::new();
        if self.is_anew && any_set_aside {
            for id in anew.iter().flat_map(|what| ids_of(&instance, &stream, what)) {
                if pass.ledger.is_set_aside(&id)? {
                    released.insert(id);
                }
            }
        }
        let mappings = &pass.source.mappings;
        let mut committer =
            Committer { ledger: pass.ledger, instance, stream, mappings, any_set_aside, marks: Marks::Ordered };
        let standpoint = Standpoint { place: upto, plan: self.plan.clone() };
        let position = Some(Position(serde_json::to_string(&standpoint).expect("a place can be written as JSON")));
        let nodes = std::mem::take(&mut self.nodes).into_iter().collect();
        let unreadable = std::mem::take(&mut self.unreadable);
        let mut frame = committer.build(Batch { records, unreadable, position, nodes, at: now }, &mut pass.report)?;
        released.retain(|id| !frame.set_aside.iter().any(|one| one.id == *id));
        frame.released.extend(released);
        let tally = frame.tally;
        pass.ledger.commit(frame)?;
        pass.report.tally += tally;
        Ok(())
    }

    fn tell(self, pass: &mut Pass<'_>) {
        let mut told = |count: u64, what: &str| {
            if count > 0 {
                pass.report.notes.push(format!("{count} {what}"));
            }
        };
        told(self.rows, "records read of the bodies of mails");
        for (to, files) in &self.files {
            told(*files, &format!("attachments of reports handed over to {to}"));
        }
        told(self.known, "attachments were handed over before");
        told(self.unrouted, "attachments of reports are for no instance");
        if self.unmapped > 0 {
            pass.report.gap(Gap {
                code: "reports::no-mapping",
                place: Place { container: pass.source.stream.name.into(), position: String::new() },
                reason: format!("{} records of the bodies of mails are for no mapping of the instance", self.unmapped),
                remedy: "name a mapping for them in `mapping`; then all mails are looked at again".to_owned(),
                records: Some(self.unmapped),
            });
        }
    }
}

/// The longest part of an attachment's own name that its file keeps.
const NAME_CHARS: usize = 60;

/// The name of the file of an attachment: when the mail was written, so that files are read in the order of the mails; which
/// mail and content it is; and what is harmless of the name that the mail says.
fn file_name(at: Option<Timestamp>, digest: &Digest, attached: &Attached) -> String {
    let moment = at.map_or_else(|| "00000000T000000Z".to_owned(), |at| at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let name = attached.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut shown = String::new();
    for c in stem.chars().take(NAME_CHARS) {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        if c != '_' || !shown.ends_with('_') {
            shown.push(c);
        }
    }
    let shown = shown.trim_matches('_');
    let shown = if shown.is_empty() { "report" } else { shown };
    format!("{moment}-{}-{shown}.{}", digest.short(), attached.ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_harmless_whatever_a_mail_says() {
        let digest = Digest::of(b"x");
        let named = |name: &str| {
            let attached =
                Attached { part: "2".into(), name: name.into(), ending: "csv", sha256: String::new(), bytes: 0 };
            file_name("2026-05-01T08:00:00Z".parse().ok(), &digest, &attached)
        };
        let expected = |shown: &str| format!("20260501T080000Z-{}-{shown}.csv", digest.short());
        for (name, shown) in [
            ("Tickets May.CSV", "Tickets_May"),
            ("../../etc/passwd.csv", "passwd"),
            ("..\\..\\boot.csv", "boot"),
            ("..", "report"),
            ("", "report"),
            (".htaccess", "report"),
            ("a\0b\nc\u{202E}vsc.exe.csv", "a_b_c_vsc_exe"),
            ("Störung – März.csv", "St_rung_M_rz"),
            ("-rf.csv", "-rf"),
            ("CON.part", "CON"),
        ] {
            assert_eq!(named(name), expected(shown), "{name:?}");
        }
        assert!(named(&"x".repeat(10_000)).len() < 120);
    }
}
