//! Apache Parquet: every column may be empty, moments are UTC milliseconds, pages packed with zstd.

use crate::{Cell, Column, ExportError, Sheet, Type};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types;
use std::io::Write;
use std::sync::Arc;

/// Rows of a row group: what is in memory packed at a time.
const GROUP_ROWS: usize = 65_536;

/// Writes a sheet.
pub fn write_parquet(sheet: &Sheet, out: impl Write + Send) -> Result<(), ExportError> {
    let fields = sheet.columns.iter().map(|column| field(*column).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(types::Type::group_type_builder(sheet.name).with_fields(fields).build()?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("counterfoil".to_owned())
        .build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for rows in sheet.rows.chunks(GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for (at, column) in sheet.columns.iter().enumerate() {
            write_column(&mut group, column.holds, rows.iter().map(|row| &row[at]))?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn field(column: Column) -> Result<types::Type, ExportError> {
    let of =
        |physical| types::Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
    let field = match column.holds {
        Type::Text => of(Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
        Type::Whole => of(Physical::INT64),
        Type::Number => of(Physical::DOUBLE),
        Type::Flag => of(Physical::BOOLEAN),
        Type::Moment => of(Physical::INT64).with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
    };
    Ok(field.build()?)
}

fn write_column<'a, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    holds: Type,
    cells: impl Iterator<Item = &'a Cell> + Clone,
) -> Result<(), ExportError> {
    let mut column =
        group.next_column()?.ok_or_else(|| parquet::errors::ParquetError::General("a column is missing".into()))?;
    match (column.untyped(), holds) {
        (ColumnWriter::ByteArrayColumnWriter(writer), _) => {
            let (values, levels) = split(cells, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        (ColumnWriter::DoubleColumnWriter(writer), _) => {
            let (values, levels) = split(cells, |cell| match cell {
                Cell::Number(number) => Some(*number),
                Cell::Whole(number) => Some(*number as f64),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        (ColumnWriter::BoolColumnWriter(writer), _) => {
            let (values, levels) = split(cells, |cell| match cell {
                Cell::Flag(flag) => Some(*flag),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(writer), holds) => {
            let (values, levels) = split(cells, |cell| match (cell, holds) {
                (Cell::Whole(number), Type::Whole) => Some(*number),
                (Cell::Moment(at), Type::Moment) => Some(at.as_millisecond()),
                _ => None,
            });
            writer.write_batch(&values, Some(&levels), None)?;
        }
        _ => return Err(parquet::errors::ParquetError::General("no such column was made".into()).into()),
    }
    column.close()?;
    Ok(())
}

/// The values that there are, and for every row whether there is one.
fn split<'a, T>(cells: impl Iterator<Item = &'a Cell>, read: impl Fn(&Cell) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let value = read(cell);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (values, levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::column;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn a_sheet_is_read_back_as_it_was_with_its_empty_cells() {
        let columns = vec![
            column("t", Type::Text),
            column("n", Type::Number),
            column("w", Type::Whole),
            column("f", Type::Flag),
            column("m", Type::Moment),
        ];
        let at: jiff::Timestamp = "2026-03-01T10:00:00.5Z".parse().unwrap();
        let full = vec![Cell::text("=1+1"), Cell::Number(97.1), Cell::Whole(-3), Cell::Flag(true), Cell::Moment(at)];
        let rows = (0..70_000).map(|row| if row % 2 == 0 { full.clone() } else { vec![Cell::Empty; 5] }).collect();
        let mut bytes = Vec::new();
        write_parquet(&Sheet { name: "figures", columns, rows }, &mut bytes).unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let mut count = 0;
        for (at_row, row) in reader.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
            if at_row % 2 == 0 {
                assert_eq!(
                    fields,
                    [
                        &Field::Str("=1+1".into()),
                        &Field::Double(97.1),
                        &Field::Long(-3),
                        &Field::Bool(true),
                        &Field::TimestampMillis(at.as_millisecond())
                    ]
                );
            } else {
                assert_eq!(fields, [&Field::Null; 5]);
            }
            count += 1;
        }
        assert_eq!(count, 70_000);
    }
}
