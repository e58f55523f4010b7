//! `events` and `traits`: the lake's Parquet parts as they are, less the rows under dead keys.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray, Int64Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt64Type};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TableProviderFilterPushDown, Volatility,
};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use periplus_lake::schema;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};

use crate::prune::{Bounds, prune};
use crate::ranges::ordering;
use crate::tables::bytes::PartFiles;
use crate::world::World;

/// Where DataFusion believes the lake to be. There is nothing: it gets the parts' bytes from [`PartFiles`].
pub(crate) const LAKE_URL: &str = "periplus://lake";
/// The column that every row gets from its part: the snapshot that added it. It is never seen from outside.
const BEGIN: &str = "$begin";

/// A table of parts.
#[derive(Debug)]
pub(crate) struct Parts {
    world: Arc<World>,
    table: PartTable,
    /// As the files have it.
    stored: SchemaRef,
    /// As questions see it: amounts are decimals.
    seen: SchemaRef,
}

impl Parts {
    pub(crate) fn new(world: Arc<World>, table: PartTable) -> Parts {
        let stored = if table == PartTable::Events { schema::events() } else { schema::traits() };
        let field = |field: &Arc<Field>| match field.name().as_str() {
            "amount" => Arc::new(Field::new("amount", MONEY, true)),
            _ => field.clone(),
        };
        let seen = Arc::new(Schema::new(stored.fields().iter().map(field).collect::<Vec<_>>()));
        Parts { world, table, stored, seen }
    }

    /// One group of files for each range of keys.
    fn groups(&self, parts: &[&Part]) -> Vec<FileGroup> {
        let mut groups: Vec<Vec<&Part>> = vec![Vec::new(); self.world.ranges.count()];
        for part in parts {
            groups[self.world.ranges.of_key(CustomerKey(part.key_min))].push(part);
        }
        let file = |part: &&Part| {
            let begin = ScalarValue::UInt64(Some(part.begin));
            PartitionedFile::new(part.file.as_str(), part.bytes).with_partition_values(vec![begin]).with_extension(Part::clone(part))
        };
        groups.into_iter().map(|group| FileGroup::new(group.iter().map(file).collect())).collect()
    }

    /// What the manifest knows of all rows together. Only said when every row counts.
    fn statistics(&self, parts: &[&Part], schema: &Schema) -> Statistics {
        let mut statistics = Statistics::new_unknown(schema);
        let rows = parts.iter().map(|part| part.rows).sum::<u64>() as usize;
        statistics.num_rows = Precision::Exact(rows);
        statistics.total_byte_size = Precision::Inexact(parts.iter().map(|part| part.bytes).sum::<u64>() as usize);
        let key = &mut statistics.column_statistics[0];
        key.null_count = Precision::Exact(0);
        let bound = |value: Option<i64>| value.map_or(Precision::Absent, |value| Precision::Exact(ScalarValue::Int64(Some(value))));
        key.min_value = bound(parts.iter().map(|part| part.key_min).min());
        key.max_value = bound(parts.iter().map(|part| part.key_max).max());
        statistics
    }

    fn plan(
        &self,
        columns: Vec<usize>,
        parts: &[&Part],
        limit: Option<usize>,
        options: &Arc<ConfigOptions>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let snapshot = &self.world.source.snapshot;
        let last_death = snapshot.dead.values().max().copied().unwrap_or(0);
        let some_dead = parts.iter().any(|part| part.begin < last_death);
        let table = TableSchema::builder(self.stored.clone())
            .with_table_partition_cols(vec![Arc::new(Field::new(BEGIN, DataType::UInt64, false))])
            .build();
        let whole = table.table_schema().clone();
        let mut read = columns.clone();
        if some_dead {
            read.extend([0, self.stored.fields().len()].into_iter().filter(|place| !columns.contains(place)));
        }
        let groups = self.groups(parts);
        let files = Arc::new(PartFiles(self.world.source.lake.clone()));
        let source = ParquetSource::new(table).with_parquet_file_reader_factory(files);
        // Where a range is one file, its rows come in the file's order.
        let sorted = groups.iter().all(|group| group.len() <= 1);
        let order = if self.table == PartTable::Events { &["customer_key", "time", "seq"][..] } else { &["customer_key"] };
        let mut config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(LAKE_URL)?, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(Some(read.clone()))?
            .with_output_partitioning(Some(self.world.ranges.partitioning(&whole)))
            .with_output_ordering(ordering(&whole, order).filter(|_| sorted).into_iter().collect());
        if !some_dead {
            config = config.with_limit(limit).with_statistics(self.statistics(parts, &whole));
        }
        let mut plan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config.build());
        if some_dead {
            let schema = plan.schema();
            let arguments = ["customer_key", BEGIN].map(|name| column(name, &schema)).into_iter().collect::<Result<_>>()?;
            let alive =
                Arc::new(ScalarUDF::from(Alive { snapshot: snapshot.clone(), signature: exactly(&[DataType::Int64, DataType::UInt64]) }));
            let alive = ScalarFunctionExpr::try_new(alive, arguments, &schema, options.clone())?;
            let wanted = Some((0..columns.len()).collect());
            plan = Arc::new(FilterExecBuilder::new(Arc::new(alive), plan).apply_projection(wanted)?.build()?);
        }
        let schema = plan.schema();
        if schema.index_of("amount").is_err() {
            return Ok(plan);
        }
        let money = |field: &Arc<Field>| -> Result<ProjectionExpr> {
            let mut expr = column(field.name(), &schema)?;
            if field.name() == "amount" {
                let units = Arc::new(ScalarUDF::from(Units { signature: exactly(&[DataType::Int64]) }));
                expr = Arc::new(ScalarFunctionExpr::try_new(units, vec![expr], &schema, options.clone())?);
            }
            Ok(ProjectionExpr { expr, alias: field.name().clone() })
        };
        let all = schema.fields().iter().map(money).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(all, plan)?))
    }
}

fn column(name: &str, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    Ok(Arc::new(Column::new_with_schema(name, schema)?))
}

#[async_trait]
impl TableProvider for Parts {
    fn schema(&self) -> SchemaRef {
        self.seen.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // For leaving out whole parts here; DataFusion pushes them into the files later, as far as it can.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let parts: Vec<&Part> = self.world.source.snapshot.of(self.table).collect();
        let parts = prune(parts, filters, &self.seen, Bounds::KeysAndTimes, state);
        if self.table == PartTable::Events {
            self.world.events.fetch_add(parts.iter().map(|part| part.rows).sum(), Ordering::Relaxed);
        }
        let columns = projection.cloned().unwrap_or_else(|| (0..self.seen.fields().len()).collect());
        self.plan(columns, &parts, limit.filter(|_| filters.is_empty()), state.config().options())
    }
}

fn exactly(types: &[DataType]) -> Signature {
    Signature::exact(types.to_vec(), Volatility::Immutable)
}

/// Whether a row counts: its customer's key was not dead already, or died before the row's part was written.
#[derive(Debug)]
struct Alive {
    snapshot: Arc<Snapshot>,
    signature: Signature,
}

impl PartialEq for Alive {
    fn eq(&self, other: &Alive) -> bool {
        Arc::ptr_eq(&self.snapshot, &other.snapshot)
    }
}

impl Eq for Alive {}

impl Hash for Alive {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.snapshot.id.hash(state);
    }
}

impl ScalarUDFImpl for Alive {
    fn name(&self) -> &str {
        "alive"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let keys = args.args[0].to_array(args.number_rows)?;
        let keys = keys.as_primitive::<Int64Type>().values();
        // Sorted by customer: most rows have the key of the row before.
        let mut last: Option<((i64, u64), bool)> = None;
        let mut of = |key: i64, begin: u64| match last {
            Some((known, answer)) if known == (key, begin) => answer,
            _ => {
                let answer = !self.snapshot.is_dead_in(key, begin);
                last = Some(((key, begin), answer));
                answer
            }
        };
        let rows: BooleanArray = match &args.args[1] {
            ColumnarValue::Scalar(ScalarValue::UInt64(Some(begin))) => keys.iter().map(|key| Some(of(*key, *begin))).collect(),
            begins => {
                let begins = begins.to_array(args.number_rows)?;
                keys.iter().zip(begins.as_primitive::<UInt64Type>().values()).map(|(key, begin)| Some(of(*key, *begin))).collect()
            }
        };
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}

/// Amounts, in currency units.
pub(crate) const MONEY: DataType = DataType::Decimal128(18, MONEY_SCALE);
/// Their decimals.
pub(crate) const MONEY_SCALE: i8 = 6;

/// Millionths of a currency unit as the decimal that they are.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Units {
    signature: Signature,
}

impl ScalarUDFImpl for Units {
    fn name(&self) -> &str {
        "units"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(MONEY)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let micros = args.args[0].to_array(args.number_rows)?;
        let micros: &Int64Array = micros.as_primitive();
        let units = micros.unary::<_, arrow::datatypes::Decimal128Type>(i128::from);
        Ok(ColumnarValue::Array(Arc::new(units.with_precision_and_scale(18, MONEY_SCALE)?)))
    }
}
