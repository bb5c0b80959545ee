//! Tables as files for other programs: CSV, spreadsheets and Parquet. What a table holds is the same in each.
//!
//! A [`Sheet`] has typed columns; an empty cell is an empty cell and never a zero. Text that comes from tickets is hostile:
//! in CSV a cell that a spreadsheet would take for a formula is written with a `'` in front (OWASP, CSV injection), in the
//! other two it is a text and nothing else.
#![forbid(unsafe_code)]

mod comma;
mod figures;
mod parquet_file;
mod records;
mod sheet;
mod workbook;

pub use comma::write_csv;
pub use figures::figures;
pub use parquet_file::write_parquet;
pub use records::records;
pub use sheet::{Cell, Column, Sheet, Type};
pub use workbook::{ROWS_OF_A_SHEET, write_xlsx};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A sheet of a workbook has no room for so many rows.
    #[error(
        "a sheet of a workbook holds {ROWS_OF_A_SHEET} rows, and these are {rows}\n  help: export csv or parquet, or a shorter window"
    )]
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// The file or pipe did not take it.
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
    /// It cannot be written as CSV.
    #[error("cannot write CSV: {0}")]
    Csv(#[from] csv::Error),
    /// It cannot be written as a workbook.
    #[error("cannot write the workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// It cannot be written as Parquet.
    #[error("cannot write Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
}
