//! Arrow's columns become an answer's.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType, UInt64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use periplus_model::answer::{Column, ColumnKind, Table};
use periplus_model::time::Instant;
use serde_json::{Number, Value};

use crate::tables::MONEY_SCALE;

/// Beyond this, programs that read JSON numbers as floating ones would see others.
const EXACT_MAX: u64 = 1 << 53;

/// The rows as a table.
pub(crate) fn table(schema: &Schema, batches: &[RecordBatch]) -> Result<Table, ArrowError> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut table = Table::new(Vec::new(), vec![Vec::with_capacity(schema.fields().len()); rows]);
    for (place, field) in schema.fields().iter().enumerate() {
        let mut cells = Vec::with_capacity(rows);
        for batch in batches {
            values(batch.column(place).as_ref(), &mut cells)?;
        }
        table.columns.push(Column::new(field.name(), kind(field.data_type(), &mut cells)));
        table.rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
    }
    Ok(table)
}

fn kind(of: &DataType, cells: &mut [Value]) -> ColumnKind {
    match of {
        DataType::Dictionary(_, values) => kind(values, cells),
        whole if whole.is_integer() => {
            let too_large = |cell: &Value| cell.as_i64().map(i64::unsigned_abs).or(cell.as_u64()).is_some_and(|size| size > EXACT_MAX);
            if cells.iter().any(too_large) {
                // Keys of customers, as a rule.
                cells.iter_mut().filter(|cell| cell.is_number()).for_each(|cell| *cell = Value::String(cell.to_string()));
                return ColumnKind::Text;
            }
            if cells.iter().any(|cell| cell.as_i64().is_some_and(|number| number < 0)) { ColumnKind::Number } else { ColumnKind::Count }
        }
        DataType::Decimal128(_, MONEY_SCALE) => ColumnKind::Money,
        number if number.is_numeric() => ColumnKind::Number,
        DataType::Timestamp(..) => ColumnKind::Time,
        DataType::Duration(_) => ColumnKind::Seconds,
        _ => ColumnKind::Text,
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn values(array: &dyn Array, into: &mut Vec<Value>) -> Result<(), ArrowError> {
    let mut each = |value: &dyn Fn(usize) -> Value| {
        into.extend((0..array.len()).map(|row| if array.is_null(row) { Value::Null } else { value(row) }));
    };
    match array.data_type() {
        DataType::Dictionary(_, kind) => return values(&cast(array, kind)?, into),
        DataType::Boolean => {
            let array = array.as_boolean();
            each(&|row| Value::Bool(array.value(row)));
        }
        unsigned if unsigned.is_unsigned_integer() => {
            let wide = cast(array, &DataType::UInt64)?;
            let wide = wide.as_primitive::<UInt64Type>();
            each(&|row| Value::from(wide.value(row)));
        }
        signed if signed.is_signed_integer() => {
            let wide = cast(array, &DataType::Int64)?;
            let wide = wide.as_primitive::<Int64Type>();
            each(&|row| Value::from(wide.value(row)));
        }
        DataType::Decimal128(_, scale) => {
            let (array, one) = (array.as_primitive::<Decimal128Type>(), 10f64.powi(i32::from(*scale)));
            each(&|row| float(array.value(row) as f64 / one));
        }
        number if number.is_numeric() => {
            let wide = cast(array, &DataType::Float64)?;
            let wide = wide.as_primitive::<Float64Type>();
            each(&|row| float(wide.value(row)));
        }
        DataType::Timestamp(..) => {
            let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            let micros = micros.as_primitive::<TimestampMicrosecondType>();
            each(&|row| Value::String(Instant(micros.value(row)).to_string()));
        }
        DataType::Duration(unit) => {
            let wide = cast(array, &DataType::Int64)?;
            let wide = wide.as_primitive::<Int64Type>();
            let second = match unit {
                TimeUnit::Second => 1.0,
                TimeUnit::Millisecond => 1e3,
                TimeUnit::Microsecond => 1e6,
                TimeUnit::Nanosecond => 1e9,
            };
            each(&|row| float(wide.value(row) as f64 / second));
        }
        _ => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(array, &options)?;
            each(&|row| Value::String(formatter.value(row).to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Decimal128Array, DictionaryArray, DurationMicrosecondArray, Float64Array, Int64Array, StringArray, TimestampSecondArray,
    };
    use arrow::datatypes::Int32Type;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_is_told_as_what_it_means() {
        let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None].into_iter().collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("count", Arc::new(Int64Array::from(vec![Some(3), None]))),
            ("change", Arc::new(Int64Array::from(vec![-3, 3]))),
            ("key", Arc::new(Int64Array::from(vec![7, i64::MAX]))),
            ("share", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
            ("money", Arc::new(Decimal128Array::from(vec![1_500_000, -1]).with_precision_and_scale(18, 6).unwrap())),
            ("event", Arc::new(dictionary)),
            ("text", Arc::new(StringArray::from(vec!["é", ""]))),
            ("time", Arc::new(TimestampSecondArray::from(vec![0, 86_400]))),
            ("wait", Arc::new(DurationMicrosecondArray::from(vec![1_500_000, 0]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap();
        let table = table(&batch.schema(), &[batch.clone(), batch.slice(0, 0)]).unwrap();
        let kinds: Vec<ColumnKind> = table.columns.iter().map(|column| column.kind).collect();
        use ColumnKind::{Count, Money, Number, Seconds, Text, Time};
        assert_eq!(kinds, [Count, Number, Text, Number, Money, Text, Text, Time, Seconds]);
        let rows = vec![
            json!([3, -3, "7", 0.5, 1.5, "a", "é", "1970-01-01T00:00:00Z", 1.5]),
            json!([null, 3, "9223372036854775807", null, -0.000001, null, "", "1970-01-02T00:00:00Z", 0.0]),
        ];
        assert_eq!(json!(table.rows), json!(rows));
    }
}
