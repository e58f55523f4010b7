//! Parquet: batches are decoded on a second thread, and given on row by row without a copy of their texts.
//!
//! The many types of Arrow become few: whatever has no column type of its own is cast to text by Arrow.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use periplus_model::Instant;
use serde_json::{Map, Value};

use crate::cell::{Cell, Row};
use crate::columns::Columns;
use crate::table::{Ended, Rows};
use crate::{IntakeError, limits};

/// A decoded column.
enum Column {
    Null,
    Bool(BooleanArray),
    Int(Int64Array),
    Float(Float64Array),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    /// Numbers that neither integers nor floats hold exactly, as texts.
    Exact(StringArray),
    Time(TimestampMicrosecondArray),
    Local(TimestampMicrosecondArray),
    Day(Date32Array),
    Nested(Vec<Value>),
}

impl Column {
    fn of(array: &ArrayRef) -> Result<Column, arrow::error::ArrowError> {
        let to = |data_type: DataType| cast(array, &data_type);
        Ok(match array.data_type() {
            DataType::Null => Column::Null,
            DataType::Boolean => Column::Bool(array.as_boolean().clone()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Column::Int(to(DataType::Int64)?.as_primitive::<Int64Type>().clone()),
            DataType::Float64 => Column::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Utf8 => Column::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Column::LargeText(array.as_string::<i64>().clone()),
            DataType::Utf8View => Column::TextView(array.as_string_view().clone()),
            // A float of 32 bits is exact as the shortest text that means it, not as the nearest float of 64 bits.
            DataType::UInt64 | DataType::Float16 | DataType::Float32 => Column::Exact(to(DataType::Utf8)?.as_string::<i32>().clone()),
            decimal if decimal.is_decimal() => Column::Exact(to(DataType::Utf8)?.as_string::<i32>().clone()),
            DataType::Date32 | DataType::Date64 => Column::Day(to(DataType::Date32)?.as_primitive::<Date32Type>().clone()),
            DataType::Timestamp(_, zone) => {
                let micros =
                    to(DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?.as_primitive::<TimestampMicrosecondType>().clone();
                if zone.is_some() { Column::Time(micros) } else { Column::Local(micros) }
            }
            DataType::Dictionary(_, values) => return Column::of(&to((**values).clone())?),
            nested if nested.is_nested() => Column::Nested(values(array)?),
            _ => Column::Text(to(DataType::Utf8)?.as_string::<i32>().clone()),
        })
    }

    fn cell(&self, at: usize) -> Cell<'_> {
        fn text(text: &str) -> Cell<'_> {
            if text.is_empty() { Cell::Null } else { Cell::Text(text) }
        }
        let null = match self {
            Column::Null => true,
            Column::Nested(_) => false,
            Column::Bool(a) => a.is_null(at),
            Column::Int(a) => a.is_null(at),
            // Where pandas has nothing, it writes "not a number".
            Column::Float(a) => a.is_null(at) || a.value(at).is_nan(),
            Column::Text(a) | Column::Exact(a) => a.is_null(at),
            Column::LargeText(a) => a.is_null(at),
            Column::TextView(a) => a.is_null(at),
            Column::Time(a) | Column::Local(a) => a.is_null(at),
            Column::Day(a) => a.is_null(at),
        };
        if null {
            return Cell::Null;
        }
        match self {
            Column::Null => Cell::Null,
            Column::Bool(a) => Cell::Bool(a.value(at)),
            Column::Int(a) => Cell::Int(a.value(at)),
            Column::Float(a) => Cell::Float(a.value(at)),
            Column::Text(a) => text(a.value(at)),
            Column::LargeText(a) => text(a.value(at)),
            Column::TextView(a) => text(a.value(at)),
            Column::Exact(a) => Cell::Field(a.value(at)),
            Column::Time(a) => Cell::Time(Instant(a.value(at))),
            Column::Local(a) => Cell::Local(a.value(at)),
            Column::Day(a) => Cell::Day(a.value(at)),
            Column::Nested(all) => Cell::of(&all[at]),
        }
    }
}

/// All values of an array as JSON; members of objects that are null are left out.
fn values(array: &ArrayRef) -> Result<Vec<Value>, arrow::error::ArrowError> {
    if let Some(fields) = array.as_struct_opt() {
        let members: Vec<(String, Vec<Value>)> = fields
            .fields()
            .iter()
            .zip(fields.columns())
            .map(|(field, column)| Ok((field.name().clone(), values(column)?)))
            .collect::<Result<_, arrow::error::ArrowError>>()?;
        let mut all: Vec<Value> = Vec::with_capacity(array.len());
        let mut members: Vec<_> = members.into_iter().map(|(name, values)| (name, values.into_iter())).collect();
        for at in 0..array.len() {
            let mut object = Map::new();
            for (name, values) in &mut members {
                match values.next() {
                    None | Some(Value::Null) => {}
                    Some(value) => drop(object.insert(name.clone(), value)),
                }
            }
            all.push(if array.is_null(at) { Value::Null } else { Value::Object(object) });
        }
        return Ok(all);
    }
    let lists: Option<Vec<Option<ArrayRef>>> = match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().iter().collect()),
        DataType::LargeList(_) => Some(array.as_list::<i64>().iter().collect()),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list().iter().collect()),
        DataType::Map(..) => Some(array.as_map().iter().map(|entries| entries.map(|entries| Arc::new(entries) as ArrayRef)).collect()),
        _ => None,
    };
    if let Some(lists) = lists {
        return lists.into_iter().map(|list| list.map_or(Ok(Value::Null), |list| Ok(Value::Array(values(&list)?)))).collect();
    }
    let column = match array.data_type() {
        // Other nested types (unions, views of lists) have no JSON form that everyone expects.
        nested if nested.is_nested() => return Ok(vec![Value::Null; array.len()]),
        _ => Column::of(array)?,
    };
    Ok((0..array.len()).map(|at| column.cell(at).value()).collect())
}

/// One row of a batch.
struct BatchRow<'a> {
    columns: &'a [Column],
    at: usize,
}

impl Row for BatchRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.columns.get(column).map_or(Cell::Null, |column| column.cell(self.at))
    }
}

/// How many rows a file says it has.
///
/// # Errors
/// When the file is no Parquet file, or is cut short.
pub fn rows_total<C: ChunkReader + 'static>(file: C) -> Result<u64, IntakeError> {
    let builder = open(file)?;
    Ok(builder.metadata().file_metadata().num_rows().max(0) as u64)
}

/// Types are taken from Parquet's own schema. The Arrow schema that some writers put beside it says nothing more that
/// matters here, and arrow-ipc panics on a damaged one.
fn open<C: ChunkReader + 'static>(file: C) -> Result<ParquetRecordBatchReaderBuilder<C>, IntakeError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(broken)
}

fn broken(error: parquet::errors::ParquetError) -> IntakeError {
    IntakeError::Unreadable(format!("the Parquet file is broken or cut short: {error}"))
}

/// The first rows of a file.
///
/// # Errors
/// When the file is no Parquet file, or is cut short.
pub fn sample<C: ChunkReader + 'static>(file: C, rows: &mut impl Rows) -> Result<(), IntakeError> {
    read_rows(file, Some(limits::SAMPLE_ROWS), rows).map(drop)
}

/// Reads all rows.
///
/// # Errors
/// When the file is no Parquet file, its columns cannot be used, or `rows` fails.
pub fn read<C: ChunkReader + 'static>(file: C, rows: &mut impl Rows) -> Result<Ended, IntakeError> {
    read_rows(file, None, rows)
}

fn read_rows<C: ChunkReader + 'static>(file: C, limit: Option<usize>, rows: &mut impl Rows) -> Result<Ended, IntakeError> {
    let builder = open(file)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    if names.len() > limits::COLUMNS {
        return Err(IntakeError::Unreadable(format!("the file has {} columns; {} are allowed", names.len(), limits::COLUMNS)));
    }
    let nested = builder.schema().fields().iter().any(|field| field.data_type().is_nested());
    let mut columns = Columns::of_header(&names)?;
    rows.columns(&mut columns)?;
    let used = rows.used();
    let wanted: Vec<usize> = (0..names.len()).filter(|column| used.as_ref().is_none_or(|used| used.contains(column))).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    // Nested values become JSON trees, many times their size; small batches keep that small.
    let mut builder = builder.with_projection(mask).with_batch_size(if nested { 512 } else { 8_192 });
    if let Some(limit) = limit {
        builder = builder.with_limit(limit);
    }
    let reader = builder.build().map_err(broken)?;
    let width = names.len();
    let (sender, batches) = sync_channel::<Result<(Vec<Column>, usize), String>>(2);
    std::thread::scope(|scope| {
        let decoder = scope.spawn(move || {
            for batch in reader {
                let batch = batch.and_then(|batch| decode(&batch, &wanted, width)).map_err(|error| error.to_string());
                let last = batch.is_err();
                if sender.send(batch).is_err() || last {
                    return;
                }
            }
        });
        let mut number = 0u64;
        let give = || -> Result<_, IntakeError> {
            // Leaving the loop drops the channel's end, and with it the decoder's reason to go on.
            for batch in batches {
                let (columns, length) = match batch {
                    Ok(batch) => batch,
                    Err(error) => return Ok(Some(std::io::Error::other(error))),
                };
                for at in 0..length {
                    number += 1;
                    let row = BatchRow { columns: &columns, at };
                    rows.row(number, Ok(&row), &|| show(&names, &row))?;
                }
            }
            Ok(None)
        };
        let given = give();
        // A damaged file must not end the program, whatever it does to the decoder.
        let panicked = decoder.join().is_err().then(|| std::io::Error::other("the Parquet decoder failed on this file"));
        Ok(Ended { line: number, error: given?.or(panicked) })
    })
}

fn decode(batch: &RecordBatch, wanted: &[usize], width: usize) -> Result<(Vec<Column>, usize), arrow::error::ArrowError> {
    let mut columns: Vec<Column> = (0..width).map(|_| Column::Null).collect();
    for (array, column) in batch.columns().iter().zip(wanted) {
        columns[*column] = Column::of(array)?;
    }
    Ok((columns, batch.num_rows()))
}

/// A row as JSON, to show it where it is refused.
fn show(names: &[String], row: &BatchRow<'_>) -> String {
    let mut object = Map::new();
    for (column, name) in names.iter().enumerate() {
        let cell = row.cell(column);
        if !cell.is_null() {
            object.insert(name.clone(), cell.value());
        }
    }
    Value::Object(object).to_string()
}
