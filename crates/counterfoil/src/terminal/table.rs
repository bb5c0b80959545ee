//! Tables that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Width};

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table: bold header, no lines, cells wrapped where the terminal is narrow.
pub(crate) struct Table {
    table: comfy_table::Table,
    align: Vec<Align>,
}

impl Table {
    /// With these columns.
    pub(crate) fn new(columns: &[(&str, Align)], width: usize, colours: bool) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width.clamp(40, 400)).unwrap_or(100));
        let header = columns.iter().map(|(name, align)| {
            let cell = Cell::new(name).set_alignment(alignment(*align));
            if colours { cell.add_attribute(Attribute::Bold) } else { cell }
        });
        table.set_header(header);
        // Names and numbers stay whole; where the terminal is narrow, the other columns wrap.
        for (at, (_, align)) in columns.iter().enumerate() {
            if (at == 0 || *align == Align::Right)
                && let Some(column) = table.column_mut(at)
            {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        Self { table, align: columns.iter().map(|(_, align)| *align).collect() }
    }

    /// Makes a column at most so wide; what is longer wraps.
    pub(crate) fn at_most(mut self, column: usize, width: usize) -> Self {
        if let Some(column) = self.table.column_mut(column) {
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width)));
        }
        self
    }

    /// Wraps a column of names before any other, where the terminal is narrow.
    pub(crate) fn yielding(mut self, column: usize) -> Self {
        if let Some(column) = self.table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(16)));
        }
        self
    }

    /// Never wraps a column.
    pub(crate) fn whole(mut self, column: usize) -> Self {
        if let Some(column) = self.table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        self
    }

    /// One more row; a cell for each column.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let aligned = cells
            .into_iter()
            .zip(&self.align)
            .map(|(text, align)| Cell::new(super::safe(text.as_ref())).set_alignment(alignment(*align)));
        self.table.add_row(aligned);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.table.to_string().lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn alignment(align: Align) -> CellAlignment {
    match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    }
}
