//! The ranges of customer keys that all tables are cut into.

use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::Schema;
use datafusion::common::{ScalarValue, SplitPoint};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr, RangePartitioning};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::Snapshot;

/// More ranges than this would only be more open files.
const BITS_MAX: u32 = 6;

/// `1 << bits` ranges of keys, none of which a part straddles: the coarsest cut that any part has. Every table of a
/// question has the same, so that DataFusion sees that their partitions fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    bits: u32,
}

impl Ranges {
    pub(crate) fn of(snapshot: &Snapshot) -> Ranges {
        Ranges { bits: snapshot.bits().min(BITS_MAX) }
    }

    pub(crate) fn count(self) -> usize {
        1 << self.bits
    }

    /// The range that a customer, or a part with one of its customers, lies in.
    pub(crate) fn of_key(self, key: CustomerKey) -> usize {
        key.bucket(self.bits).into()
    }

    /// How a table with such a schema is cut; unknown when it has no keys.
    ///
    /// Never `Hash`, although the keys are hashes: DataFusion would take them for its own and lose rows of a join.
    pub(crate) fn partitioning(self, schema: &Schema) -> Partitioning {
        match ordering(schema, &["customer_key"]) {
            Some(keys) if self.count() > 1 => Partitioning::Range(RangePartitioning::new(keys, self.split_points())),
            _ => Partitioning::UnknownPartitioning(self.count()),
        }
    }

    fn split_points(self) -> Vec<SplitPoint> {
        let point = |range: usize| SplitPoint::new(vec![ScalarValue::Int64(Some((range as i64) << (63 - self.bits)))]);
        (1..self.count()).map(point).collect()
    }
}

/// Ascending order by these columns, as far as the schema has them; `None` when it lacks the first.
pub(crate) fn ordering(schema: &Schema, columns: &[&str]) -> Option<LexOrdering> {
    let expression = |name: &&str| {
        let place = schema.index_of(name).ok()?;
        Some(PhysicalSortExpr::new(Arc::new(Column::new(name, place)), SortOptions { descending: false, nulls_first: true }))
    };
    LexOrdering::new(columns.iter().map_while(expression))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_point_is_the_first_key_of_its_range() {
        let ranges = Ranges { bits: 3 };
        for (place, point) in ranges.split_points().iter().enumerate() {
            let ScalarValue::Int64(Some(first)) = point.values()[0] else { panic!() };
            assert_eq!(usize::from(CustomerKey(first).bucket(3)), place + 1);
            assert_eq!(usize::from(CustomerKey(first - 1).bucket(3)), place);
        }
        assert!(Ranges { bits: 0 }.split_points().is_empty());
    }
}
