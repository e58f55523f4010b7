//! The lake's rows, and any other table, as files for other tools: Parquet, CSV, Arrow.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::{and, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use periplus_model::answer::{ColumnKind, Table};
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::time::Instant;
use serde_json::Value;

use crate::read::keys;
use crate::{Lake, LakeError, schema};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values (RFC 4180), with a head.
    Csv,
    /// Apache Arrow's file format (Feather, version 2).
    Arrow,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Format::Parquet, Format::Csv, Format::Arrow];

    /// Its name, which is also the usual ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::Arrow => "arrow",
        }
    }

    /// The format of that name.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Writes batches as a file.
enum Out<'w> {
    Parquet(Box<ArrowWriter<&'w mut (dyn Write + Send)>>),
    Csv(Box<arrow::csv::Writer<&'w mut (dyn Write + Send)>>),
    Arrow(Box<FileWriter<&'w mut (dyn Write + Send)>>),
}

impl<'w> Out<'w> {
    fn begin(format: Format, schema: &SchemaRef, out: &'w mut (dyn Write + Send)) -> io::Result<Out<'w>> {
        Ok(match format {
            Format::Parquet => Out::Parquet(Box::new(ArrowWriter::try_new(out, schema.clone(), Some(schema::properties()))?)),
            Format::Csv => Out::Csv(Box::new(arrow::csv::WriterBuilder::new().with_header(true).build(out))),
            Format::Arrow => Out::Arrow(Box::new(FileWriter::try_new(out, schema).map_err(io::Error::other)?)),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match self {
            Out::Parquet(writer) => Ok(writer.write(batch)?),
            Out::Csv(writer) => writer.write(batch).map_err(io::Error::other),
            Out::Arrow(writer) => writer.write(batch).map_err(io::Error::other),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Out::Parquet(writer) => drop(writer.close()?),
            Out::Csv(writer) => drop(writer.into_inner()),
            Out::Arrow(mut writer) => writer.finish().map_err(io::Error::other)?,
        }
        Ok(())
    }
}

/// Writes the events of a snapshot, `from` inclusive and `to` exclusive (microseconds), part by part: rows of customers
/// that moved or were erased are left out, those of one customer and month stand together in the order of time. Answers how
/// many there are; `progress` is told how many rows have been read.
///
/// # Errors
/// When the lake cannot be read (as an error of its own inside), or the file not be written.
pub fn events(
    lake: &Lake,
    snapshot: &Snapshot,
    (from, to): (Option<i64>, Option<i64>),
    format: Format,
    out: &mut (dyn Write + Send),
    progress: &dyn Fn(u64),
) -> io::Result<u64> {
    // For those who read them one by one, a dictionary is in the way.
    let plain = |batch: &RecordBatch| -> io::Result<RecordBatch> {
        if format == Format::Parquet {
            return Ok(batch.clone());
        }
        let texts = |column: &ArrayRef| match column.data_type() {
            DataType::Dictionary(..) => arrow::compute::cast(column, &DataType::Utf8).map_err(io::Error::other),
            _ => Ok(column.clone()),
        };
        let columns = batch.columns().iter().map(texts).collect::<io::Result<Vec<_>>>()?;
        let fields = batch
            .schema()
            .fields()
            .iter()
            .zip(&columns)
            .map(|(f, c)| Field::new(f.name(), c.data_type().clone(), f.is_nullable()))
            .collect::<Vec<_>>();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(io::Error::other)
    };
    let schema = plain(&RecordBatch::new_empty(schema::events()))?.schema();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut file = Out::begin(format, &schema, out)?;
    let (mut rows, mut read) = (0, 0);
    for part in snapshot.of(PartTable::Events) {
        if from.is_some_and(|from| part.time_max < from) || to.is_some_and(|to| part.time_min >= to) {
            continue;
        }
        for batch in lake.read(part, &columns, None).map_err(io::Error::other)? {
            let batch = batch.map_err(io::Error::other)?;
            read += batch.num_rows() as u64;
            let alive: BooleanArray = keys(&batch).iter().map(|key| Some(!snapshot.is_dead(*key, part))).collect();
            let times = batch.column_by_name("time").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
            let damaged = || io::Error::other(LakeError::Damaged { file: part.file.clone(), why: "it has no times".to_owned() });
            let within: BooleanArray = times
                .ok_or_else(damaged)?
                .values()
                .iter()
                .map(|time| Some(from.is_none_or(|from| *time >= from) && to.is_none_or(|to| *time < to)))
                .collect();
            let wanted = and(&alive, &within).map_err(io::Error::other)?;
            let batch = filter_record_batch(&batch, &wanted).map_err(io::Error::other)?;
            rows += batch.num_rows() as u64;
            if batch.num_rows() > 0 {
                file.write(&plain(&batch)?)?;
            }
            progress(read);
        }
    }
    file.end()?;
    Ok(rows)
}

/// Writes a table, such as an answer's rows.
///
/// # Errors
/// When the file cannot be written.
pub fn table(table: &Table, format: Format, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let cells = table.rows.iter().map(|row| row.get(place).unwrap_or(&Value::Null));
        let array: ArrayRef = match column.kind {
            ColumnKind::Text => Arc::new(cells.map(text).collect::<StringArray>()),
            ColumnKind::Count => Arc::new(cells.map(Value::as_i64).collect::<Int64Array>()),
            ColumnKind::Time => {
                let times: TimestampMicrosecondArray =
                    cells.map(|cell| cell.as_str().and_then(|text| Instant::parse(text).ok()).map(|time| time.0)).collect();
                Arc::new(times.with_timezone("UTC"))
            }
            ColumnKind::Number | ColumnKind::Share | ColumnKind::Seconds | ColumnKind::Money => {
                Arc::new(cells.map(Value::as_f64).collect::<Float64Array>())
            }
        };
        let kind = if column.kind == ColumnKind::Time {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        } else {
            array.data_type().clone()
        };
        fields.push(Field::new(&column.name, kind, true));
        columns.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns).map_err(io::Error::other)?;
    let mut file = Out::begin(format, &schema, out)?;
    file.write(&batch)?;
    file.end()
}

fn text(cell: &Value) -> Option<String> {
    match cell {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
