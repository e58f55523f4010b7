//! Every analysis of the engine as a table function: `SELECT * FROM funnel('{"steps": [...]}')`.
//!
//! The columns of an answer are known only when it is there, so the question is answered while the statement is planned.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::catalog::{MemTable, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::Expr;
use periplus_engine::Analysis;
use periplus_model::answer::{Column, ColumnKind, Table};
use periplus_model::rows::table_of_answer;
use serde_json::{Value, json};

use crate::error::QueryError;
use crate::world::World;

/// An analysis as a table function.
pub(crate) struct Asking {
    world: Arc<World>,
    analysis: &'static dyn Analysis,
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.analysis.name())
    }
}

impl Asking {
    pub(crate) fn new(world: Arc<World>, analysis: &'static dyn Analysis) -> Asking {
        Asking { world, analysis }
    }

    fn question(&self, given: &[Expr]) -> Result<Value, QueryError> {
        let name = self.analysis.name();
        let text = match given {
            [] => return Ok(json!({})),
            [Expr::Literal(value, _)] => value.try_as_str().flatten(),
            _ => None,
        };
        let text = text.ok_or_else(|| {
            QueryError::Wrong(format!("{name}() takes one question, JSON in quotes, such as {name}('{}')", self.analysis.example()))
        })?;
        serde_json::from_str(text).map_err(|error| QueryError::Wrong(format!("the question of {name}() is not JSON: {error}")))
    }
}

impl TableFunctionImpl for Asking {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let question = self.question(args.exprs())?;
        let world = &self.world;
        let answer = self.analysis.answer(&question, &world.desk(&world.source.snapshot, world.threads()));
        let answer = answer.map_err(|error| world.failure(&error))?;
        world.events.fetch_add(answer.meta.events, Ordering::Relaxed);
        let batch = batch(&table_of_answer(&answer))?;
        Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
    }
}

fn batch(table: &Table) -> Result<RecordBatch> {
    let mut names: Vec<String> = Vec::new();
    let columns = table.columns.iter().enumerate().map(|(place, column)| {
        let mut name = column.name.replace(' ', "_");
        while names.contains(&name) {
            // A breakdown's column may be called like one of the analysis' own.
            name.push('_');
        }
        names.push(name.clone());
        let cells = table.rows.iter().map(|row| row.get(place).unwrap_or(&Value::Null));
        let (kind, array) = array(column, cells);
        (Field::new(name, kind, true), array)
    });
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.unzip();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn array<'v>(column: &Column, cells: impl Iterator<Item = &'v Value>) -> (DataType, ArrayRef) {
    match column.kind {
        ColumnKind::Count => (DataType::Int64, Arc::new(cells.map(Value::as_i64).collect::<Int64Array>())),
        ColumnKind::Number | ColumnKind::Share | ColumnKind::Seconds | ColumnKind::Money => {
            (DataType::Float64, Arc::new(cells.map(Value::as_f64).collect::<Float64Array>()))
        }
        ColumnKind::Time => {
            let micros = |cell: &Value| cell.as_str().and_then(|text| periplus_model::Instant::parse(text).ok()).map(|time| time.micros());
            let times = cells.map(micros).collect::<TimestampMicrosecondArray>().with_timezone("UTC");
            (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), Arc::new(times))
        }
        ColumnKind::Text => {
            let text = |cell: &'v Value| match cell {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            (DataType::Utf8, Arc::new(cells.map(text).collect::<StringArray>()))
        }
    }
}
