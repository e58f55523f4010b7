//! The client: has the shares of a question counted by a cluster, as an [`Elsewhere`] of the engine.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::client::BallistaClient;
use ballista_core::config::BallistaConfig;
use ballista_core::extension::{BallistaConfigGrpcEndpoint, SessionConfigExt, SessionConfigHelperExt};
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobStatusParams, PartitionLocation, execute_query_result, job_status,
};
use ballista_core::utils::{GrpcClientConfig, create_grpc_client_endpoint};
use ballista_core::version;
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::TryStreamExt;
use periplus_engine::{Desk, Elsewhere, EngineError, Work};
use tonic::Request;
use tonic::transport::Channel;

use crate::codec::JourneyCodec;
use crate::journey::{JourneyExec, outcomes};
use crate::secret::Secret;
use crate::{ClusterError, MESSAGE_MAX};

/// How often a question is asked anew when results could not be fetched, because who had them is lost.
const ATTEMPTS: usize = 3;
/// How often the scheduler is asked whether the answer is there: at first, and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));
/// How long a stranger at the scheduler's address may keep silent.
const CONNECT: Duration = Duration::from_secs(5);

/// A cluster, as whoever asks it sees it.
pub struct Cluster {
    url: String,
    secret: Secret,
    runtime: tokio::runtime::Runtime,
}

/// Why an attempt failed.
enum Failed {
    /// Another attempt may succeed.
    Lost(String),
    /// It is no use to try again.
    For(EngineError),
}

impl Failed {
    fn lost(error: impl Display) -> Failed {
        Failed::Lost(error.to_string())
    }

    fn because(why: impl Into<String>) -> Failed {
        Failed::For(EngineError::Elsewhere(why.into()))
    }
}

impl Cluster {
    /// The cluster whose scheduler is at `address`: `host:port`, with or without `http://`.
    ///
    /// # Errors
    /// When the address makes no sense, or nobody is there.
    pub fn at(address: &str, secret: Secret) -> Result<Cluster, ClusterError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("cluster").enable_all().build();
        let (host, port) = scheduler_address(address)?;
        let cluster = Cluster { url: format!("http://{host}:{port}"), secret, runtime: runtime.map_err(ClusterError::ended)? };
        cluster.runtime.block_on(cluster.scheduler())?;
        Ok(cluster)
    }

    async fn scheduler(&self) -> Result<SchedulerGrpcClient<Channel>, ClusterError> {
        let refused = |why: String| ClusterError::Scheduler { url: self.url.clone(), why };
        let config = GrpcClientConfig::from(&BallistaConfig::default());
        let endpoint = create_grpc_client_endpoint(self.url.clone(), Some(&config)).map_err(|error| refused(error.to_string()))?;
        let endpoint = (self.secret.endpoint())(endpoint).map_err(|error| refused(error.to_string()))?;
        let channel = endpoint.connect_timeout(CONNECT).connect().await.map_err(|error| refused(innermost(&error)))?;
        Ok(SchedulerGrpcClient::new(channel).max_decoding_message_size(MESSAGE_MAX).max_encoding_message_size(MESSAGE_MAX))
    }

    async fn attempt(&self, plan: &[u8], work: &Work, desk: &Desk<'_>) -> Result<Vec<Vec<u8>>, Failed> {
        let mut scheduler = self.scheduler().await.map_err(|error| Failed::because(error.to_string()))?;
        let settings = SessionConfig::new_with_ballista().to_key_value_pairs();
        let mut request = Request::new(ExecuteQueryParams {
            query: Some(Query::PhysicalPlan(plan.to_vec())),
            settings,
            session_id: "periplus".to_owned(),
            operation_id: String::new(),
        });
        version::insert_version_header(request.metadata_mut());
        let submitted = scheduler.execute_query(request).await.map_err(|status| Failed::because(status.message()))?;
        let job = match submitted.into_inner().result {
            Some(execute_query_result::Result::Success(job)) => job.job_id,
            Some(execute_query_result::Result::Failure(failure)) => return Err(Failed::because(format!("{failure:?}"))),
            None => return Err(Failed::because("the scheduler said nothing")),
        };
        let counted = match self.wait(&mut scheduler, &job, desk).await {
            Ok(places) => self.fetch(places, work).await,
            Err(error) => {
                let _ = scheduler.cancel_job(CancelJobParams { job_id: job.clone() }).await;
                Err(error)
            }
        };
        // They would go by themselves, in time.
        let _ = scheduler.clean_job_data(CleanJobDataParams { job_id: job, remove_stage_ids: Vec::new() }).await;
        counted
    }

    /// Waits until all shares are counted. Answers where the results are.
    async fn wait(
        &self,
        scheduler: &mut SchedulerGrpcClient<Channel>,
        job: &str,
        desk: &Desk<'_>,
    ) -> Result<Vec<PartitionLocation>, Failed> {
        let mut pause = LOOK.0;
        loop {
            desk.watch.check((desk.stopwatch)()).map_err(Failed::For)?;
            let status = scheduler.get_job_status(GetJobStatusParams { job_id: job.to_owned() }).await;
            let status = status.map_err(|status| Failed::because(format!("the scheduler is gone ({})", status.message())))?;
            match status.into_inner().status.and_then(|status| status.status) {
                Some(job_status::Status::Successful(done)) => return Ok(done.partition_location),
                Some(job_status::Status::Failed(failed)) => return Err(Failed::because(failed.error)),
                _ => tokio::time::sleep(pause).await,
            }
            pause = LOOK.1.min(pause * 2);
        }
    }

    /// Fetches what all shares came to, each exactly once.
    async fn fetch(&self, places: Vec<PartitionLocation>, work: &Work) -> Result<Vec<Vec<u8>>, Failed> {
        let mut counted: Vec<Option<Vec<u8>>> = vec![None; work.shares()];
        for place in places {
            for (share, outcome) in self.results(place).await? {
                match counted.get_mut(share) {
                    Some(missing @ None) => *missing = Some(outcome),
                    Some(Some(_)) => return Err(Failed::because(format!("share {share} came twice"))),
                    None => return Err(Failed::because(format!("there is no share {share}"))),
                }
            }
        }
        let shares = counted.into_iter().enumerate();
        shares.map(|(share, outcome)| outcome.ok_or_else(|| Failed::because(format!("share {share} did not come")))).collect()
    }

    async fn results(&self, place: PartitionLocation) -> Result<Vec<(usize, Vec<u8>)>, Failed> {
        let layout = place.layout();
        let file = place.file_id;
        let (Some(executor), Some(partition)) = (place.executor_meta, place.partition_id) else {
            return Err(Failed::because("the scheduler did not say where the results are"));
        };
        let lost = |error: &dyn Display| Failed::lost(format!("executor {}:{} is lost ({error})", executor.host, executor.port));
        let endpoint = Some(Arc::new(BallistaConfigGrpcEndpoint::new(self.secret.endpoint())));
        let client = BallistaClient::try_new(&executor.host, executor.port as u16, MESSAGE_MAX, false, endpoint, 2, 100, 0, 0);
        let mut client = client.await.map_err(|error| lost(&error))?;
        let batches = client.fetch_partition(&executor.id, &partition.into(), file, layout, true).await.map_err(|error| lost(&error))?;
        let batches: Vec<_> = batches.try_collect().await.map_err(|error| lost(&error))?;
        let rows = batches.iter().map(|batch| outcomes(batch).ok_or_else(|| Failed::because("the results have other columns")));
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    async fn count_here(&self, work: &Work, desk: &Desk<'_>) -> Result<Vec<Vec<u8>>, EngineError> {
        if work.shares() == 0 {
            return Ok(Vec::new());
        }
        let unsent = |error: &dyn Display| EngineError::Elsewhere(format!("the question cannot be sent: {error}"));
        let plan = JourneyExec::plan(work).map_err(|error| unsent(&error))?;
        let plan = PhysicalPlanNode::try_from_physical_plan(plan, &JourneyCodec::default()).map_err(|error| unsent(&error))?;
        let mut bytes = Vec::new();
        plan.try_encode(&mut bytes).map_err(|error| unsent(&error))?;
        if bytes.len() > MESSAGE_MAX {
            return Err(unsent(&format!("it has {} MiB, with all the customers who were merged or erased", bytes.len() >> 20)));
        }
        let mut lost = String::new();
        for _ in 0..ATTEMPTS {
            match self.attempt(&bytes, work, desk).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(Failed::For(error)) => return Err(error),
                Err(Failed::Lost(why)) => lost = why,
            }
        }
        Err(EngineError::Elsewhere(format!("{lost}, {ATTEMPTS} times")))
    }
}

impl Elsewhere for Cluster {
    fn count(&self, work: &Work, desk: &Desk<'_>) -> Result<Vec<Vec<u8>>, EngineError> {
        desk.watch.expect(work.rows());
        // Whoever asks may be on a thread of another runtime, where it is forbidden to wait for this one.
        let counted = std::thread::scope(|scope| scope.spawn(|| self.runtime.block_on(self.count_here(work, desk))).join());
        let counted = counted.unwrap_or_else(|_| Err(EngineError::Elsewhere("the thread that asks has died".to_owned())))?;
        desk.watch.read(work.rows());
        Ok(counted)
    }
}

/// The host and the port of a scheduler, as `host:port` or `http://host:port`.
///
/// # Errors
/// When it is neither.
pub fn scheduler_address(address: &str) -> Result<(String, u16), ClusterError> {
    let plain = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
    let parts = plain.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match parts.filter(|(host, _)| !host.is_empty() && !host.contains('/')) {
        Some((host, port)) => Ok((host.to_owned(), port)),
        None => {
            Err(ClusterError::Settings(format!("'{address}' is no scheduler's address; write it as host:port, such as 127.0.0.1:50050")))
        }
    }
}

/// The cause of causes: what is above it only says that something went wrong.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::scheduler_address;

    #[test]
    fn addresses_are_a_host_and_a_port() {
        for address in ["one.example:50050", "http://one.example:50050", "http://one.example:50050/"] {
            assert_eq!(scheduler_address(address).unwrap(), ("one.example".to_owned(), 50050));
        }
        assert_eq!(scheduler_address("[::1]:7").unwrap(), ("[::1]".to_owned(), 7));
        for wrong in ["one.example", ":50050", "one:70000", "http://one/two:3", ""] {
            assert!(scheduler_address(wrong).is_err(), "{wrong}");
        }
    }
}
