//! Which parts a question need not read, from what the manifest knows of each.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, TimestampMicrosecondArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use periplus_model::parts::{Part, PartTable};

/// Which of the manifest's bounds hold for the rows that the filters speak of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// Those of keys and times: the rows are those of the part.
    KeysAndTimes,
    /// Those of keys only: a row tells of the whole customer.
    Keys,
}

/// The parts that may hold rows which pass the filters.
pub(crate) fn prune<'p>(parts: Vec<&'p Part>, filters: &[Expr], schema: &SchemaRef, bounds: Bounds, state: &dyn Session) -> Vec<&'p Part> {
    let predicate = conjunction(filters.iter().cloned()).and_then(|filter| {
        let named = DFSchema::try_from(schema.as_ref().clone()).ok()?;
        let filter = state.create_physical_expr(filter, &named).ok()?;
        PruningPredicateBuilder::new().with_file_schema(schema.clone()).try_build(filter).ok()
    });
    // A filter that cannot be used for this is applied to the rows later.
    let kept = predicate.and_then(|predicate| predicate.prune(&Manifest { parts: &parts, bounds }).ok());
    match kept {
        Some(kept) => parts.into_iter().zip(kept).filter(|(_, keep)| *keep).map(|(part, _)| part).collect(),
        None => parts,
    }
}

struct Manifest<'a> {
    parts: &'a [&'a Part],
    bounds: Bounds,
}

impl Manifest<'_> {
    fn values(&self, column: &Column, key: impl Fn(&Part) -> i64, time: impl Fn(&Part) -> i64) -> Option<ArrayRef> {
        match column.name.as_str() {
            "customer_key" => Some(Arc::new(Int64Array::from_iter_values(self.parts.iter().map(|part| key(part))))),
            // Traits may have no time, which no bound includes.
            "time" if self.bounds == Bounds::KeysAndTimes && self.parts.iter().all(|part| part.table == PartTable::Events) => {
                let times = TimestampMicrosecondArray::from_iter_values(self.parts.iter().map(|part| time(part)));
                Some(Arc::new(times.with_timezone("UTC")))
            }
            _ => None,
        }
    }
}

impl PruningStatistics for Manifest<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |part| part.key_min, |part| part.time_min)
    }
    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |part| part.key_max, |part| part.time_max)
    }
    fn num_containers(&self) -> usize {
        self.parts.len()
    }
    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }
    fn row_counts(&self) -> Option<ArrayRef> {
        (self.bounds == Bounds::KeysAndTimes)
            .then(|| Arc::new(UInt64Array::from_iter_values(self.parts.iter().map(|part| part.rows))) as ArrayRef)
    }
    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
