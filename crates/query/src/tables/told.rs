//! Tables that are told customer by customer, from the engine's pass over the parts.
//!
//! Each range of keys is one partition. A thread of its own passes over the range and hands finished batches to the plan
//! above, which may stop listening at any time; the rows come in the order of the customers' keys.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    ArrayBuilder, ArrayRef, Float64Builder, Int64Builder, RecordBatch, RecordBatchOptions, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use periplus_engine::EngineError;
use periplus_engine::lens::Lens;
use periplus_engine::scan::{Fold, Run, scan};
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::question::Unit;
use tokio::sync::mpsc;

use super::{Kind, TableDoc};
use crate::error::QueryError;
use crate::prune::{Bounds, prune};
use crate::ranges::ordering;
use crate::world::World;

/// Rows per batch.
const BATCH_ROWS: usize = 8_192;
/// Finished batches that wait to be read, per partition.
const BATCHES_AHEAD: usize = 2;

/// A table that is told.
pub(crate) trait Told: fmt::Debug + Send + Sync {
    /// What is said of it.
    fn doc(&self) -> &'static TableDoc;
    /// The columns that its rows are ordered by; the first is the customer's key.
    fn order(&self) -> &'static [&'static str];
    /// Which tables of the lake it is told from.
    fn reads(&self) -> &'static [PartTable] {
        &[PartTable::Events]
    }
    /// Says through the lens what it needs to see of each event for the columns that are wanted, and answers who tells the
    /// rows of one range of keys.
    fn teller(&self, asked: &Asked<'_>, lens: &mut Lens) -> Result<Box<dyn Teller>, QueryError>;
}

/// What a teller is made for.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    /// The parts of the range.
    pub(crate) snapshot: &'a Snapshot,
    /// By column, whether it is wanted.
    pub(crate) wanted: &'a [bool],
}

/// Tells rows, customer by customer in the order of their keys.
pub(crate) trait Teller: Send {
    /// Of one customer with events.
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError>;
    /// What is left when there are no more.
    fn end(&mut self, _rows: &mut Rows) -> Result<(), QueryError> {
        Ok(())
    }
}

/// What comes through the channel. Without an end, the pass has died.
enum Message {
    Batch(RecordBatch),
    Failed(QueryError),
    End,
}

/// Rows on their way out. A teller gives each of its columns once, in any order, and then ends the row; columns that
/// nobody wants are dropped.
pub(crate) struct Rows {
    schema: SchemaRef,
    /// By column of the table.
    columns: Vec<Option<Cells>>,
    /// The columns that are wanted, in the order in which they are.
    projection: Vec<usize>,
    count: usize,
    out: mpsc::Sender<Message>,
    world: Arc<World>,
    gone: bool,
}

enum Cells {
    Integer(Int64Builder),
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Number(Float64Builder),
}

impl Cells {
    fn new(kind: Kind) -> Cells {
        match kind {
            Kind::Integer => Cells::Integer(Int64Builder::new()),
            Kind::Time => Cells::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Text => Cells::Text(StringBuilder::new()),
            Kind::Number | Kind::Decimal => Cells::Number(Float64Builder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Cells::Integer(cells) => ArrayBuilder::finish(cells),
            Cells::Time(cells) => ArrayBuilder::finish(cells),
            Cells::Text(cells) => ArrayBuilder::finish(cells),
            Cells::Number(cells) => ArrayBuilder::finish(cells),
        }
    }
}

impl Rows {
    pub(crate) fn integer(&mut self, column: usize, value: i64) {
        if let Some(Cells::Integer(cells)) = &mut self.columns[column] {
            cells.append_value(value);
        }
    }

    pub(crate) fn time(&mut self, column: usize, value: Option<i64>) {
        if let Some(Cells::Time(cells)) = &mut self.columns[column] {
            cells.append_option(value);
        }
    }

    pub(crate) fn text(&mut self, column: usize, value: Option<&str>) {
        if let Some(Cells::Text(cells)) = &mut self.columns[column] {
            cells.append_option(value);
        }
    }

    pub(crate) fn number(&mut self, column: usize, value: Option<f64>) {
        if let Some(Cells::Number(cells)) = &mut self.columns[column] {
            cells.append_option(value.filter(|value| value.is_finite()));
        }
    }

    /// Ends a row.
    pub(crate) fn end(&mut self) -> Result<(), QueryError> {
        self.count += 1;
        if self.count >= BATCH_ROWS { self.send() } else { Ok(()) }
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_unheard(&self) -> bool {
        self.gone || self.world.is_over() || self.out.is_closed()
    }

    fn send(&mut self) -> Result<(), QueryError> {
        if self.count == 0 {
            return Ok(());
        }
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.count)));
        let columns = self.projection.iter().filter_map(|column| self.columns[*column].as_mut().map(Cells::finish)).collect();
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        let batch = batch.map_err(|error| QueryError::Mistake(format!("a row of a table is not whole: {error}")))?;
        self.post(Message::Batch(batch));
        Ok(())
    }

    fn post(&mut self, message: Message) {
        self.world.turns.give();
        self.gone |= self.out.blocking_send(message).is_err();
        self.world.turns.take();
    }
}

/// One range of keys being told.
struct Telling {
    teller: Box<dyn Teller>,
    rows: Rows,
    /// The customer told last.
    last: Option<i64>,
}

impl Telling {
    fn take(&mut self, run: &Run<'_>) -> Result<(), QueryError> {
        if self.rows.is_unheard() {
            return Err(QueryError::Stopped);
        }
        // A pass on one thread goes through the customers in the order of their keys. All that is joined and grouped here
        // relies on it, so it is looked at.
        if self.last.replace(run.key).is_some_and(|last| last >= run.key) {
            return Err(QueryError::Mistake("a pass over the customers left the order of their keys".to_owned()));
        }
        self.teller.tell(run, &mut self.rows)
    }

    /// What comes after the last customer with events.
    fn end(&mut self) -> Result<(), QueryError> {
        self.teller.end(&mut self.rows)?;
        self.rows.send()
    }
}

/// The telling as the engine knows it, and why it came to an early end: the engine has no words for that.
struct Listening<'t>(&'t Mutex<(Telling, Option<QueryError>)>);

impl Fold for Listening<'_> {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        let (telling, failed) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        telling.take(run).map_err(|error| {
            *failed = Some(error);
            EngineError::Cancelled
        })
    }
}

/// Passes over one range of keys, and says at last how that went.
fn tell(told: &dyn Told, snapshot: &Snapshot, rows: Rows) {
    let (world, out) = (rows.world.clone(), rows.out.clone());
    world.turns.take();
    let passed = pass(told, snapshot, rows, &world);
    world.turns.give();
    let _ = out.blocking_send(passed.map_or_else(Message::Failed, |()| Message::End));
}

fn pass(told: &dyn Told, snapshot: &Snapshot, rows: Rows, world: &World) -> Result<(), QueryError> {
    let mut lens = Lens::default();
    lens.keep_all = true;
    let wanted: Vec<bool> = rows.columns.iter().map(Option::is_some).collect();
    let teller = told.teller(&Asked { world, snapshot, wanted: &wanted }, &mut lens)?;
    let telling = Mutex::new((Telling { teller, rows, last: None }, None));
    // One thread, for the order of the rows: another range is another thread's.
    let read = scan(&world.desk(snapshot, 1), &lens, &Unit::Customer, || Listening(&telling)).map(|(_, totals)| totals);
    let (mut telling, failed) = telling.into_inner().unwrap_or_else(PoisonError::into_inner);
    let totals = read.map_err(|error| failed.unwrap_or_else(|| world.failure(&error)))?;
    world.events.fetch_add(totals.events, Ordering::Relaxed);
    telling.end()
}

/// A told table, as DataFusion sees it.
#[derive(Debug)]
pub(crate) struct ToldTable {
    world: Arc<World>,
    told: &'static dyn Told,
    schema: SchemaRef,
}

impl ToldTable {
    pub(crate) fn new(world: Arc<World>, told: &'static dyn Told) -> ToldTable {
        ToldTable { world, schema: super::schema(told.doc()), told }
    }
}

#[async_trait]
impl TableProvider for ToldTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // For leaving out parts that cannot hold the customers meant.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let snapshot = &self.world.source.snapshot;
        let parts: Vec<&Part> = snapshot.parts.iter().filter(|part| self.told.reads().contains(&part.table)).collect();
        let parts = prune(parts, filters, &self.schema, Bounds::Keys, state);
        let ranges = self.world.by_range(parts);
        let projection = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&projection)?);
        let order = EquivalenceProperties::new_with_orderings(schema.clone(), ordering(&schema, self.told.order()));
        let partitioning = self.world.ranges.partitioning(&schema);
        let properties = PlanProperties::new(order, partitioning, EmissionType::Incremental, Boundedness::Bounded);
        Ok(Arc::new(ToldExec { world: self.world.clone(), told: self.told, ranges, projection, schema, properties: Arc::new(properties) }))
    }
}

/// The operator that tells a table.
#[derive(Debug)]
struct ToldExec {
    world: Arc<World>,
    told: &'static dyn Told,
    /// The parts of each range.
    ranges: Vec<Arc<Snapshot>>,
    projection: Vec<usize>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for ToldExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let parts: usize = self.ranges.iter().map(|range| range.parts.len()).sum();
        write!(f, "{}: {} from {parts} parts in {} ranges", self.name(), columns.join(", "), self.ranges.len())
    }
}

impl ExecutionPlan for ToldExec {
    fn name(&self) -> &str {
        self.told.doc().name
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }
    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (out, batches) = mpsc::channel(BATCHES_AHEAD);
        let columns = self.told.doc().columns.iter().enumerate();
        let rows = Rows {
            schema: self.schema.clone(),
            columns: columns.map(|(place, column)| self.projection.contains(&place).then(|| Cells::new(column.kind))).collect(),
            projection: self.projection.clone(),
            count: 0,
            out,
            world: self.world.clone(),
            gone: false,
        };
        let (told, snapshot) = (self.told, self.ranges[partition].clone());
        if snapshot.parts.is_empty() {
            return Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::empty())));
        }
        // Not one of the runtime's threads for blocking: when all of these waited for readers, nobody could read files.
        std::thread::Builder::new()
            .name(format!("sql {} {partition}", self.name()))
            .spawn(move || tell(told, &snapshot, rows))
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let stream = futures::stream::unfold(Some(batches), async |batches| {
            let mut batches = batches?;
            match batches.recv().await {
                Some(Message::Batch(batch)) => Some((Ok(batch), Some(batches))),
                Some(Message::End) => None,
                Some(Message::Failed(error)) => Some((Err(error.into()), None)),
                None => Some((Err(QueryError::Mistake("a pass over the customers has died".to_owned()).into()), None)),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream)))
    }
}
