//! A question in SQL from text to answer, within its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::object_store::memory::InMemory;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use periplus_engine::ANALYSES;
use periplus_model::answer::{Answer, Meta, View};
use periplus_model::parts::PartTable;
use periplus_model::time::Instant;
use serde_json::json;
use tokio::sync::oneshot;

use crate::analyses::Asking;
use crate::error::QueryError;
use crate::functions::{LEFT_OUT, aggregates, scalars};
use crate::tables::{LAKE_URL, providers};
use crate::world::{Source, World};
use crate::{cells, guard};

/// The stack of the thread that plans; only what is used of it takes memory. See [`guard::OPERATORS_MAX`].
pub(crate) const STACK: usize = 512 << 20;
/// The stack of the threads that compute, which walk expressions too, but in smaller steps.
const STACK_OF_WORKERS: usize = 32 << 20;
/// How often somebody looks whether the question should stop.
const LOOK: Duration = Duration::from_millis(5);

/// A question in SQL.
#[derive(Clone, Debug)]
pub struct Sql {
    /// The statement.
    pub text: String,
    /// What it may use.
    pub limits: Limits,
    /// Stops it when set, from whatever thread.
    pub stop: Arc<AtomicBool>,
}

/// What a question may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of the answer; when there are more, the answer says so.
    pub rows: usize,
    /// Bytes for grouping, sorting and joining, and as many for what each analysis in the statement adds up. Nothing is
    /// spilled to disk.
    pub memory_bytes: usize,
    /// Seconds.
    pub seconds: Option<u64>,
    /// Threads.
    pub threads: usize,
}

impl Default for Limits {
    /// 10,000 rows, 1 GiB, as long as it takes, as many threads as there are cores.
    fn default() -> Limits {
        let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
        Limits { rows: 10_000, memory_bytes: 1 << 30, seconds: None, threads }
    }
}

impl Sql {
    /// This statement with the usual limits.
    pub fn new(text: impl Into<String>) -> Sql {
        Sql { text: text.into(), limits: Limits::default(), stop: Arc::default() }
    }
}

/// Answers a question in SQL. Blocks until it is answered, stopped, or has used up its time. What is at work then looks at
/// the same flag and ends: the engine's passes with the block of rows at hand, DataFusion's operators with their batch,
/// and planning, which cannot be interrupted, with the statement, whose size is limited for that reason (`guard`, `extent`).
///
/// # Errors
/// When the statement is wrong or does more than read, when a limit is reached, or when the lake cannot be read.
pub fn sql(question: &Sql, source: &Source) -> Result<Answer, QueryError> {
    let started = (source.stopwatch)();
    let limits = question.limits;
    let world = Arc::new(World::new(source.clone(), limits, started));
    let (told, answer) = channel();
    let (keep_waiting, nobody_waits) = oneshot::channel::<()>();
    let asked = world.clone();
    let text = question.text.clone();
    // Statements are parsed and planned by walking trees, so a thread of our own is needed for its stack.
    let thread = std::thread::Builder::new().name("sql".to_owned()).stack_size(STACK).spawn(move || {
        let _ = told.send(answer_on_this_thread(&text, &asked, nobody_waits));
    });
    thread.map_err(|error| QueryError::Mistake(format!("there is no thread to answer on: {error}")))?;
    let told = loop {
        match answer.recv_timeout(LOOK) {
            Ok(told) => break told,
            Err(RecvTimeoutError::Disconnected) => break Err(QueryError::Mistake("the thread that answers has died".to_owned())),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if question.stop.load(Ordering::Relaxed) {
            break Err(QueryError::Stopped);
        }
        if let Some(seconds) = limits.seconds.filter(|seconds| (source.stopwatch)() - started >= *seconds as f64 * 1e3) {
            break Err(QueryError::TooLong(seconds));
        }
    };
    world.quit.store(true, Ordering::Relaxed);
    drop(keep_waiting);
    let found = told?;
    let watermark = source.snapshot.of(PartTable::Events).map(|part| part.time_max).max().map(Instant);
    Ok(Answer {
        analysis: "sql".to_owned(),
        caption: found.caption(limits.rows),
        view: View::Table(found.table()?),
        groups: Vec::new(),
        compared: None,
        meta: Meta {
            question: json!({"sql": question.text, "rows": limits.rows}),
            unit: "rows".to_owned(),
            semantics: "Rows are in no order unless the statement gives one; times are UTC.".to_owned(),
            snapshot: source.snapshot.id,
            watermark,
            customers: 0,
            events: world.events.load(Ordering::Relaxed),
            immature: 0,
            sample: None,
            notes: Vec::new(),
            wall_ms: (source.stopwatch)() - started,
        },
    })
}

/// What was found.
struct Found {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    more: bool,
}

impl Found {
    fn caption(&self, rows_max: usize) -> String {
        match (self.more, self.batches.iter().map(RecordBatch::num_rows).sum::<usize>()) {
            (true, _) => format!("The first {rows_max} rows; there are more."),
            (false, 0) => "No rows.".to_owned(),
            (false, 1) => "1 row.".to_owned(),
            (false, rows) => format!("{rows} rows."),
        }
    }

    fn table(&self) -> Result<periplus_model::answer::Table, QueryError> {
        cells::table(&self.schema, &self.batches).map_err(|error| QueryError::Wrong(error.to_string()))
    }
}

fn answer_on_this_thread(text: &str, world: &Arc<World>, nobody_waits: oneshot::Receiver<()>) -> Result<Found, QueryError> {
    let statement = guard::parse(text)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(world.threads())
        .thread_name("sql worker")
        .thread_stack_size(STACK_OF_WORKERS)
        .build()
        .map_err(|error| QueryError::Mistake(format!("there is no runtime to answer on: {error}")))?;
    let found = runtime.block_on(async {
        tokio::select! {
            found = find(statement, world) => found.map_err(|error| QueryError::of(&error, world.limits)),
            _ = nobody_waits => Err(QueryError::Stopped),
        }
    });
    runtime.shutdown_background();
    found
}

async fn find(statement: Statement, world: &Arc<World>) -> Result<Found, DataFusionError> {
    let limits = world.limits;
    let context = session(world)?;
    let state = context.state();
    let plan = state.statement_to_plan(statement).await?;
    guard::plan_only_reads(&plan)?;
    let cut = !matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_));
    let mut frame = DataFrame::new(state, plan);
    if cut {
        // One more, to know whether there are more.
        frame = frame.limit(0, Some(limits.rows.saturating_add(1)))?;
    }
    let mut stream = frame.execute_stream().await?;
    let mut found = Found { schema: stream.schema(), batches: Vec::new(), more: false };
    let mut room = limits.rows;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        if batch.num_rows() > room {
            found.more = true;
            found.batches.push(batch.slice(0, room));
            break;
        }
        room -= batch.num_rows();
        found.batches.push(batch);
    }
    Ok(found)
}

/// A session that knows the lake, and nothing else.
fn session(world: &Arc<World>) -> Result<SessionContext, DataFusionError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(world.limits.memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    runtime.register_object_store(ObjectStoreUrl::parse(LAKE_URL)?.as_ref(), Arc::new(InMemory::new()));
    let mut config = SessionConfig::new()
        .with_target_partitions(world.threads())
        .with_information_schema(true)
        .with_default_catalog_and_schema("periplus", "lake")
        .with_create_default_catalog_and_schema(true);
    // Rows that a filter drops are not worth decoding their properties.
    config.options_mut().execution.parquet.pushdown_filters = true;
    // Files stay with the range of keys that they are declared under.
    config.options_mut().execution.enable_file_stream_work_stealing = false;
    config.options_mut().optimizer.repartition_file_scans = false;
    let mut builder = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features();
    if let Some(known) = builder.scalar_functions() {
        known.retain(|function| !LEFT_OUT.contains(&function.name()));
        known.extend(scalars());
    }
    if let Some(known) = builder.aggregate_functions() {
        known.extend(aggregates());
    }
    let mut state: SessionState = builder.build();
    for analysis in ANALYSES {
        state.register_udtf(analysis.name(), Arc::new(Asking::new(world.clone(), *analysis)));
    }
    let context = SessionContext::new_with_state(state);
    for (name, table) in providers(world) {
        context.register_table(name, table)?;
    }
    Ok(context)
}
