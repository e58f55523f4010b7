//! An executor: counts shares of questions where the parts are within reach.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::JobId;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_core::execution_plans::ShuffleWriterExec;
use ballista_core::utils::create_grpc_server;
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_executor::flight_service::BallistaFlightService;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use periplus_engine::Columns;
use tonic::service::interceptor::InterceptedService;

use crate::codec::JourneyCodec;
use crate::journey::JourneyExec;
use crate::parts::Parts;
use crate::secret::Secret;
use crate::{ClusterError, MESSAGE_MAX};

/// How long a scheduler that is not there yet is waited for.
const SCHEDULER_WAIT_SECONDS: u16 = 30;
/// How long what nobody has fetched is kept.
const RESULTS_KEPT_SECONDS: u64 = 3_600;

/// How an executor runs.
pub struct Settings {
    /// Where the scheduler is: host and port.
    pub scheduler: (String, u16),
    /// Where results are fetched from; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What clients call this machine, if not by the address at which it listens.
    pub advertise: Option<String>,
    /// Where the parts are.
    pub parts: Parts,
    /// What to say and what to expect to be told.
    pub secret: Secret,
    /// How many shares are counted at once.
    pub threads: usize,
    /// How many bytes of decoded columns are kept.
    pub memory_bytes: usize,
    /// Milliseconds since some moment: a stopwatch, not a clock.
    pub stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// Where questions are counted.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) parts: Parts,
    pub(crate) columns: Columns,
    pub(crate) stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Runs an executor until the process is told to stop. `started` hears at which address it listens.
///
/// # Errors
/// When the scheduler cannot be reached, or the address cannot be listened at.
pub async fn run(settings: Settings, started: impl FnOnce(SocketAddr)) -> Result<(), ClusterError> {
    let Settings { scheduler, listen, advertise, parts, secret, threads, memory_bytes, stopwatch } = settings;
    let listen = free(listen)?;
    let host = advertise.unwrap_or_else(|| listen.ip().to_string());
    let results = tempfile::tempdir().map_err(ClusterError::ended)?;
    let place = Arc::new(Place { name: format!("{host}:{}", listen.port()), parts, columns: Columns::new(memory_bytes), stopwatch });
    started(listen);
    let flight = secret.clone();
    let config = ExecutorProcessConfig {
        bind_host: listen.ip().to_string(),
        external_host: Some(host),
        port: listen.port(),
        scheduler_host: scheduler.0,
        scheduler_port: scheduler.1,
        scheduler_connect_timeout_seconds: SCHEDULER_WAIT_SECONDS,
        vcores: threads,
        // Executors ask for work; nobody needs to reach them but those who fetch results.
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: Some(results.path().to_string_lossy().into_owned()),
        job_data_ttl_seconds: RESULTS_KEPT_SECONDS,
        job_data_clean_up_interval_seconds: RESULTS_KEPT_SECONDS / 2,
        grpc_max_decoding_message_size: MESSAGE_MAX as u32,
        grpc_max_encoding_message_size: MESSAGE_MAX as u32,
        // Questions bring their own limits of memory.
        memory_pool_size: Some(0),
        override_execution_engine: Some(Arc::new(OnlyJourneys(DefaultExecutionEngine::new()))),
        override_physical_codec: Some(Arc::new(JourneyCodec::at(place))),
        override_create_grpc_client_endpoint: Some(secret.endpoint()),
        override_arrow_flight_service: Some(Arc::new(move |folder, address, mut stop, config| {
            let results = FlightServiceServer::new(BallistaFlightService::new(folder)).max_encoding_message_size(MESSAGE_MAX);
            let results = InterceptedService::new(results, flight.clone());
            tokio::spawn(async move {
                let serving = create_grpc_server(&config).add_service(results).serve_with_shutdown(address, stop.recv());
                serving.await.map_err(BallistaError::TonicError)
            })
        })),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await.map_err(ClusterError::ended)
}

/// The address with a port that is free now, where any would do.
fn free(listen: SocketAddr) -> Result<SocketAddr, ClusterError> {
    let taken = TcpListener::bind(listen).and_then(|listener| listener.local_addr());
    taken.map_err(|error| ClusterError::Settings(format!("{listen} cannot be listened at ({error}); --listen takes another")))
}

/// Runs plans that count journeys and no others: plans come over the network, and Ballista's would read any file.
struct OnlyJourneys(DefaultExecutionEngine);

impl ExecutionEngine for OnlyJourneys {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        global_output_partition_ids: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        if !counts_journeys(&plan) {
            return Err(DataFusionError::Plan("this executor counts journeys and runs no other plan".to_owned()));
        }
        self.0.create_query_stage_exec(job_id, stage_id, task_id, global_output_partition_ids, plan, work_dir, config)
    }
}

/// Whether a plan is: write down what journeys come to, whose shares are rows in memory.
fn counts_journeys(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let only_child = |plan: &Arc<dyn ExecutionPlan>| match plan.children().as_slice() {
        [child] => Some((*child).clone()),
        _ => None,
    };
    plan.is::<ShuffleWriterExec>()
        && only_child(plan).filter(|plan| plan.is::<JourneyExec>()).and_then(|journey| only_child(&journey)).is_some_and(|shares| {
            let rows = shares.downcast_ref::<DataSourceExec>();
            rows.is_some_and(|rows| rows.data_source().is::<datafusion::datasource::memory::MemorySourceConfig>())
        })
}
