//! The choice lists of a source, as they are there now or as the ledger has them: what words its records may use.

use crate::commit::read_record;
use crate::ports::Ledger;
use crate::replay::{ReplayError, for_held};
use crate::schedule::pull_patiently;
use crate::{Clock, Listener, Source};
use counterfoil_mapping::{CatalogueEntry, Outcome};
use counterfoil_model::{Field, Kind, Record};
use counterfoil_record::{Gap, Position};
use counterfoil_sdk::{PullContext, PullError};

/// The choice lists of a source.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// In the order in which the source tells them.
    pub entries: Vec<CatalogueEntry>,
    /// What of them cannot be read.
    pub gaps: Vec<Gap>,
}

/// Reads a stream of choice lists from its source, from beginning to end. Nothing is kept.
pub async fn live_catalogue(
    source: &Source,
    clock: &dyn Clock,
    listener: &dyn Listener,
) -> Result<Catalogue, PullError> {
    let mut catalogue = Catalogue::default();
    let mut position = Position::default();
    loop {
        let context = || PullContext { now: clock.now(), page_size: source.page_size };
        let connector = source.connector.as_ref();
        let page = pull_patiently(&source.instance, connector, &source.stream, &position, context, listener).await?;
        for raw in &page.records {
            if let (Outcome::Mapped { mapped, .. }, _) = source.mappings.map(raw) {
                catalogue.entries.extend(entry(&mapped.record));
            }
        }
        if !page.more {
            catalogue.gaps = page.gaps;
            return Ok(catalogue);
        }
        position = page.next;
    }
}

/// The choice lists of a stream as the last passes brought them.
pub fn held_catalogue(ledger: &dyn Ledger, instance: &str, stream: &str) -> Result<Vec<CatalogueEntry>, ReplayError> {
    let mut entries = Vec::new();
    for_held(ledger, instance, stream, &mut |versions| {
        for version in versions {
            let record = read_record(&version.id, &version)?;
            entries.extend(entry(&record).filter(|_| !record.tombstone));
        }
        Ok(())
    })?;
    Ok(entries)
}

fn entry(record: &Record) -> Option<CatalogueEntry> {
    if record.kind != Kind::Catalogue {
        return None;
    }
    let text = |field| record.text(field).unwrap_or_default().to_owned();
    Some(CatalogueEntry {
        table: text(Field::CatalogueTable),
        column: text(Field::CatalogueColumn),
        value: text(Field::CatalogueValue),
        label: text(Field::Title),
        language: text(Field::Language),
        category: text(Field::CatalogueCategory),
        inactive: record.text(Field::State) == Some("retired"),
    })
}
