//! The scheduler: deals out the shares of questions to executors, and deals them out again when an executor is lost.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;
use tonic::service::RoutesBuilder;
use tonic::service::interceptor::InterceptedService;

use crate::codec::JourneyCodec;
use crate::secret::Secret;
use crate::{ClusterError, LOST_AFTER_SECONDS, MESSAGE_MAX};

/// How often the scheduler looks for executors that are lost.
const LOOK_SECONDS: u64 = 2;

/// Runs a scheduler until `stop` is ready. `started` hears at which address it listens.
///
/// # Errors
/// When the address cannot be listened at.
pub async fn run(
    listen: SocketAddr,
    secret: Secret,
    started: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ClusterError> {
    let refused = |error| ClusterError::Settings(format!("{listen} cannot be listened at ({error}); --listen takes another"));
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(ClusterError::ended)?;
    let config = SchedulerConfig {
        bind_host: address.ip().to_string(),
        external_host: address.ip().to_string(),
        bind_port: address.port(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        grpc_server_max_decoding_message_size: MESSAGE_MAX as u32,
        grpc_server_max_encoding_message_size: MESSAGE_MAX as u32,
        grpc_client_max_message_size: MESSAGE_MAX as u32,
        executor_timeout_seconds: LOST_AFTER_SECONDS,
        expire_dead_executor_interval_seconds: LOOK_SECONDS,
        no_executors_grace_period_seconds: LOST_AFTER_SECONDS,
        override_physical_codec: Some(Arc::new(JourneyCodec::default())),
        override_create_grpc_client_endpoint: Some(secret.endpoint()),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(ClusterError::ended)?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await;
    let service = SchedulerGrpcServer::new(scheduler.map_err(ClusterError::ended)?)
        .max_decoding_message_size(MESSAGE_MAX)
        .max_encoding_message_size(MESSAGE_MAX);
    let mut routes = RoutesBuilder::default();
    routes.add_service(InterceptedService::new(service, secret));
    // Ballista wants to know who is calling.
    let routes = routes.routes().into_axum_router().into_make_service_with_connect_info::<SocketAddr>();
    started(address);
    axum::serve(listener, routes).with_graceful_shutdown(stop).await.map_err(ClusterError::ended)
}
