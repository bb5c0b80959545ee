//! Everything that is held, in memory, as figures look at it.

use crate::accumulate::{Accumulator, Query, party_said};
use crate::cohort::Window;
use crate::estate::{Estate, Traits, Zones};
use crate::facts::{Facts, Told};
use crate::figure::Figure;
use crate::index::{Edge, Index, kinds_of, number};
use crate::kpi::{Attribution, Kpi};
use crate::row::{Held, Row};
use counterfoil_model::{Field, Kind, LinkType};
use std::sync::LazyLock;

/// All records with what was agreed and who refers to whom.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Held>,
    index: Index,
    estate: Estate,
}

impl Table {
    /// Of all records, each once. `zones` are those of the calendars among them.
    pub fn of(rows: Vec<Held>, zones: &Zones<'_>) -> Self {
        let index = Index::of(&rows);
        let estate = Estate::of(&rows, &index, zones);
        Self { rows, index, estate }
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every record, in the order in which they were given.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().enumerate().map(|(at, held)| Row { id: &held.id, facts: &held.facts, at: number(at) })
    }

    /// What was agreed with whom.
    pub fn estate(&self) -> &Estate {
        &self.estate
    }

    /// A view through a window.
    pub fn view(&self, window: Window) -> View<'_> {
        View { window, estate: &self.estate, index: &self.index, rows: &self.rows }
    }

    /// The figures of a query.
    pub fn figures(&self, kpis: &[&'static dyn Kpi], query: Query) -> Vec<Figure> {
        let view = self.view(query.window);
        let mut sums = Accumulator::new(kpis, query);
        self.rows().for_each(|row| sums.add(row, &view));
        sums.figures()
    }
}

/// What a figure sees beside the record itself.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The window it is computed for.
    pub window: Window,
    /// What was agreed with whom.
    pub estate: &'a Estate,
    index: &'a Index,
    rows: &'a [Held],
}

static NOTHING: LazyLock<Table> = LazyLock::new(Table::default);

impl<'a> View<'a> {
    /// Of records that stand alone, with nothing agreed.
    pub fn alone(window: Window) -> Self {
        Self { window, ..NOTHING.view(window) }
    }

    /// Every record, in the order in which they are held.
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        (0..number(self.rows.len())).map(|at| self.row(at))
    }

    /// The records of a kind that is no work, without those that are deleted.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Row<'a>> {
        let view = *self;
        self.estate.of_kind(kind).iter().map(move |at| view.row(*at))
    }

    /// What of a record says which targets are for it.
    pub(crate) fn traits(&self, row: Row<'_>) -> Option<Traits> {
        self.estate.traits(row, self.rows, self.index)
    }

    fn row(&self, at: u32) -> Row<'a> {
        let held: &'a Held = &self.rows[at as usize];
        Row { id: &held.id, facts: &held.facts, at }
    }

    /// The record that a field of this one refers to; `None` where it refers to none, to one that is not held, or to more
    /// than one.
    pub fn target(&self, row: Row<'_>, field: Field) -> Option<Row<'a>> {
        let reference = *row.facts.text(field).known()?;
        self.named(row.facts, reference, Edge::Field(field))
    }

    /// The record that a text of this one means.
    pub fn named(&self, facts: &Facts, reference: &str, edge: Edge) -> Option<Row<'a>> {
        let at = self.index.resolve(self.rows, &facts.instance, reference, kinds_of(edge))?;
        Some(self.row(at))
    }

    /// The records whose field refers to this one.
    pub fn referring(&self, row: Row<'_>, field: Field) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let view = *self;
        self.index.incoming(row.at, Edge::Field(field)).map(move |at| view.row(at))
    }

    /// The records that this one is linked with, whichever side says so.
    pub fn linked(&self, row: Row<'_>, link: LinkType) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let view = *self;
        let place = LinkType::ALL.iter().position(|known| *known == link);
        let said = row.facts.links.iter().filter(move |(known, _)| Some(usize::from(*known)) == place);
        let mut found: Vec<u32> = said
            .filter_map(|(_, reference)| self.index.resolve(self.rows, &row.facts.instance, reference, &[]))
            .chain(self.index.incoming(row.at, Edge::Link(link.inverse())))
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(move |at| view.row(at))
    }

    /// Work that concerns the same service or configuration item as this record ([`Field::Service`] or
    /// [`Field::ConfigurationItem`]), itself among it.
    pub fn sharing(&self, row: Row<'_>, field: Field) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let view = *self;
        self.index.sharing(self.rows, row.facts, field).iter().map(move |at| view.row(*at))
    }

    /// The party that a record counts for. A group stands for its party where the record names none that works on it.
    pub fn party(&self, row: Row<'a>, attribution: Attribution) -> Told<&'a str> {
        let said = party_said(row.facts, attribution);
        if attribution.is_of_work()
            && row.facts.assignee_party == Told::Missing
            && row.facts.resolver_party == Told::Missing
            && let Some(group) = self.target(row, Field::AssigneeGroup)
            && let Told::Known(party) = group.facts.text(Field::Party)
        {
            return Told::Known(party);
        }
        said
    }
}
