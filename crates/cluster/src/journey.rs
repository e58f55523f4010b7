//! The operator: rows that name shares go in, what each share comes to goes out.
//!
//! The shares are the partitions of a small table in memory, because Ballista deals out the partitions of leaves that it
//! knows and of no others.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{AsArray, BinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::TryStreamExt;
use periplus_engine::{Bench, Work};

use crate::executor::Place;

const SHARE: &str = "share";
const OUTCOME: &str = "outcome";

/// Counts shares of a question.
pub(crate) struct JourneyExec {
    shares: Arc<dyn ExecutionPlan>,
    pub(crate) work: Arc<Work>,
    /// The work as it travels.
    pub(crate) bytes: Arc<[u8]>,
    /// Where it is counted; nowhere on a scheduler or a client.
    place: Option<Arc<Place>>,
    properties: Arc<PlanProperties>,
}

impl JourneyExec {
    pub(crate) fn new(shares: Arc<dyn ExecutionPlan>, work: Arc<Work>, bytes: Arc<[u8]>, place: Option<Arc<Place>>) -> JourneyExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            shares.output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        JourneyExec { shares, work, bytes, place, properties: Arc::new(properties) }
    }

    /// The whole plan of a question: a partition for each share.
    pub(crate) fn plan(work: &Work) -> Result<Arc<dyn ExecutionPlan>> {
        let bytes = work.to_bytes().map_err(|error| DataFusionError::External(Box::new(error)))?;
        let input = Arc::new(Schema::new(vec![Field::new(SHARE, DataType::UInt32, false)]));
        let share = |number: usize| RecordBatch::try_new(input.clone(), vec![Arc::new(UInt32Array::from(vec![number as u32]))]);
        let shares = (0..work.shares()).map(|number| Ok(vec![share(number)?])).collect::<Result<Vec<_>>>()?;
        let shares = MemorySourceConfig::try_new_exec(&shares, input, None)?;
        Ok(Arc::new(JourneyExec::new(shares, Arc::new(work.clone()), bytes.into(), None)))
    }
}

/// The columns that come out.
pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(SHARE, DataType::UInt32, false), Field::new(OUTCOME, DataType::Binary, false)]))
}

/// The rows that came out: shares and what they came to.
pub(crate) fn outcomes(batch: &RecordBatch) -> Option<Vec<(usize, Vec<u8>)>> {
    let shares = batch.column_by_name(SHARE)?.as_primitive_opt::<UInt32Type>()?;
    let outcomes = batch.column_by_name(OUTCOME)?.as_binary_opt::<i32>()?;
    Some(shares.values().iter().zip(outcomes).map(|(share, outcome)| (*share as usize, outcome.unwrap_or_default().to_vec())).collect())
}

impl fmt::Debug for JourneyExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JourneyExec({})", self.work.analysis())
    }
}

impl DisplayAs for JourneyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JourneyExec: analysis={}, shares={}, events={}", self.work.analysis(), self.work.shares(), self.work.rows())
    }
}

impl ExecutionPlan for JourneyExec {
    fn name(&self) -> &'static str {
        "JourneyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.shares]
    }

    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(shares), true) = (children.pop(), children.is_empty()) else {
            return internal_err!("JourneyExec has one input");
        };
        Ok(Arc::new(JourneyExec::new(shares, self.work.clone(), self.bytes.clone(), self.place.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(place) = self.place.clone() else { return internal_err!("journeys are counted on executors") };
        let work = self.work.clone();
        let shares = self.shares.execute(partition, context)?;
        let counted = shares.and_then(move |batch| count(place.clone(), work.clone(), batch));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), counted)))
    }
}

/// Says so when nobody waits any more.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn count(place: Arc<Place>, work: Arc<Work>, batch: RecordBatch) -> Result<RecordBatch> {
    let Some(shares) = batch.column(0).as_primitive_opt::<UInt32Type>().cloned() else { return internal_err!("shares are numbers") };
    let mut outcomes = Vec::with_capacity(shares.len());
    for share in shares.values() {
        let share = *share as usize;
        // What is in the way of one executor is told as a result: the client says so in words, and nobody tries in vain.
        outcomes.push(match place.parts.hold(work.parts(share)).await {
            Err(error) => Work::refused(format!("executor {}: {error}", place.name)),
            Ok(held) => {
                let gone = Gone(Arc::default());
                let (cancelled, place, work) = (gone.0.clone(), place.clone(), work.clone());
                let counted = tokio::task::spawn_blocking(move || {
                    work.count(share, Bench { lake: held.lake(), columns: &place.columns, cancelled, stopwatch: &*place.stopwatch })
                });
                counted.await.map_err(|error| DataFusionError::External(Box::new(error)))?
            }
        });
    }
    let outcomes = BinaryArray::from_iter_values(&outcomes);
    Ok(RecordBatch::try_new(schema(), vec![Arc::new(shares), Arc::new(outcomes)])?)
}
