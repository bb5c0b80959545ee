//! Which files tell which incident, and which incidents the deliberate problems hit.

use super::{acme, kumo, nordlicht};
use crate::incident::Incident;
use crate::life::State;
use crate::provider::Provider;
use crate::world::{KUMO_CUTOVER, World};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// Files that are read together, by one configured instance. An incident is told by exactly one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Book {
    /// acme's audit log.
    AcmeLog,
    /// acme's audit log of the first quarter, in which every date reads both ways.
    AcmeLegacy,
    /// acme's audit log of its telephony, with a duplicate column.
    AcmeTelephony,
    /// nordlicht's snapshots.
    NordlichtSnapshots,
    /// kumo's spreadsheets.
    KumoSheets,
    /// kumo's export of the tickets of its predecessor tool.
    KumoBacklog,
}

impl Book {
    /// All, in the order of the configuration.
    pub const ALL: &'static [Book] = &[
        Book::AcmeLog,
        Book::AcmeLegacy,
        Book::AcmeTelephony,
        Book::NordlichtSnapshots,
        Book::KumoSheets,
        Book::KumoBacklog,
    ];

    /// The name of the instance in the estate's configuration.
    pub fn instance(self) -> &'static str {
        match self {
            Self::AcmeLog => "acme",
            Self::AcmeLegacy => "acme-legacy",
            Self::AcmeTelephony => "acme-telephony",
            Self::NordlichtSnapshots => "nordlicht",
            Self::KumoSheets => "kumo",
            Self::KumoBacklog => "kumo-backlog",
        }
    }
}

/// The book of every incident, in the order of the world; none for those of a provider that sends no files.
pub(super) fn books(world: &World) -> Vec<Option<Book>> {
    let acme = world.incidents_of(Provider::Acme).count();
    // Enough for the two refused files to matter, never so many that the log looks empty.
    let (mut legacy, mut telephony) = (acme / 12, acme / 30);
    let take = |left: &mut usize, fits: bool| {
        let taken = fits && *left > 0;
        *left -= usize::from(taken);
        taken
    };
    let mut books = Vec::with_capacity(world.incidents.len());
    for incident in &world.incidents {
        books.push(match incident.provider {
            Provider::Acme if take(&mut legacy, reads_both_ways(incident)) => Some(Book::AcmeLegacy),
            Provider::Acme if take(&mut telephony, was_april_telephony(incident)) => Some(Book::AcmeTelephony),
            Provider::Acme => Some(Book::AcmeLog),
            Provider::Nordlicht => Some(Book::NordlichtSnapshots),
            Provider::Kumo if incident.opened < KUMO_CUTOVER => Some(Book::KumoBacklog),
            Provider::Kumo => Some(Book::KumoSheets),
            Provider::Tarn => None,
        });
    }
    books
}

/// Ended in the first quarter, and every moment of it lies on a day up to the twelfth.
fn reads_both_ways(incident: &Incident) -> bool {
    let both = |moment: DateTime| moment.day() <= 12 && moment.month() <= 3 && moment.year() == 2026;
    ended(incident) && both(utc(incident.opened)) && incident.life.iter().all(|event| both(utc(event.at)))
}

fn was_april_telephony(incident: &Incident) -> bool {
    incident.service == "Telephony" && ended(incident) && utc(incident.opened).month() == 4
}

fn ended(incident: &Incident) -> bool {
    matches!(incident.last().state, State::Closed | State::Cancelled)
}

fn utc(at: jiff::Timestamp) -> DateTime {
    at.to_zoned_datetime(TimeZone::UTC).datetime()
}

/// The incidents that deliberate problems hit, by their position in the world; no incident is hit twice.
#[derive(Debug, Default)]
pub(super) struct Picks {
    /// acme: its opening is told as the 31st of February.
    pub(super) acme_date: Option<usize>,
    /// nordlicht: told once, in a line that is no JSON.
    pub(super) nordlicht_json: Option<usize>,
    /// nordlicht: resolved before it was opened.
    pub(super) nordlicht_before: Option<usize>,
    /// kumo: on hold, told as `Parked`.
    pub(super) kumo_parked: Vec<usize>,
    /// kumo: told once, without its key.
    pub(super) kumo_keyless: Option<usize>,
    /// kumo: told once, opened `yesterday`.
    pub(super) kumo_yesterday: Option<usize>,
    /// kumo: told once, with a number that lost its decimal point.
    pub(super) kumo_decimal: Option<usize>,
    /// kumo: closed in the May sheet, in progress in the June sheet, updated at the same moment in both.
    pub(super) kumo_contradiction: Option<usize>,
    /// kumo's backlog: the row that is cut off.
    pub(super) backlog_cut: Option<usize>,
}

impl Picks {
    pub(super) fn of(world: &World, books: &[Option<Book>]) -> Self {
        let mut taken: HashSet<usize> = HashSet::new();
        // From the end: the newest are those that a person looks at.
        let mut first = |book: Book, fits: &dyn Fn(&Incident) -> bool| {
            let found = (0..world.incidents.len())
                .rev()
                .find(|at| books[*at] == Some(book) && !taken.contains(at) && fits(&world.incidents[*at]));
            taken.extend(found);
            found
        };
        let plain = |incident: &Incident| incident.title.chars().all(|c| c.is_alphanumeric() || " -".contains(c));
        let parked = |incident: &Incident| incident.last().state == State::OnHold;
        let kumo_parked = (0..3).filter_map(|_| first(Book::KumoSheets, &parked)).collect();
        Self {
            acme_date: first(Book::AcmeLog, &|incident| {
                incident.last().state == State::Closed && acme::is_after_first_stage(incident)
            }),
            nordlicht_json: first(Book::NordlichtSnapshots, &|incident| nordlicht::exports_of(incident).len() == 1),
            nordlicht_before: first(Book::NordlichtSnapshots, &|incident| incident.last().state == State::Closed),
            kumo_parked,
            kumo_keyless: first(Book::KumoSheets, &|incident| kumo::sheets_of(incident) == [1]),
            kumo_yesterday: first(Book::KumoSheets, &|incident| kumo::sheets_of(incident) == [2]),
            kumo_decimal: first(Book::KumoSheets, &|incident| kumo::sheets_of(incident) == [0]),
            kumo_contradiction: first(Book::KumoSheets, &|incident| {
                incident.last().state == State::Closed && kumo::sheets_of(incident).last() == Some(&1)
            }),
            backlog_cut: first(Book::KumoBacklog, &plain),
        }
    }
}
