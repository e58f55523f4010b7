//! `periplus cluster`: several machines that count together.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{HumanBytes, HumanCount};
use log::{Level, LevelFilter, Log, Metadata, Record};
use periplus_cluster::client::scheduler_address;
use periplus_cluster::parts::{Parts, mirror};
use periplus_cluster::{executor, scheduler};
use periplus_model::parts::{Part, PartTable};
use serde_json::json;

use super::serve::told_to_stop;
use crate::here::{Here, Output};
use crate::machines::Shared;

/// Count on several machines.
///
/// A scheduler deals out the shares of each question, executors count them where the parts of the data folder are within
/// reach, and `periplus ask`, `sql` and `serve` have them count with --cluster.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Cluster {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "Examples:
  periplus cluster scheduler
  periplus cluster executor --scheduler 127.0.0.1:50050 --parts /mnt/shared/periplus-data
  periplus ask funnel question.json --cluster 127.0.0.1:50050

  periplus cluster push s3://bucket/periplus
  periplus cluster executor --scheduler 10.0.0.1:50050 --parts s3://bucket/periplus --listen 10.0.0.2:50051 --secret ...";

#[derive(clap::Subcommand)]
enum What {
    /// Deal out the shares of questions to executors
    Scheduler {
        /// The address to listen at; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50050")]
        listen: SocketAddr,
        /// Tell what happens, not only what goes wrong
        #[arg(long, short)]
        verbose: bool,
        #[command(flatten)]
        secret: Shared,
    },
    /// Count shares of questions
    Executor {
        /// Where the scheduler is
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
        scheduler: String,
        /// Where the parts are: the data folder as this machine sees it, or a store that `periplus cluster push` fills
        #[arg(long, value_name = "DIR|s3://BUCKET/FOLDER")]
        parts: String,
        /// The address at which results are fetched; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The name or address by which clients reach this machine, if not the one it listens at
        #[arg(long, value_name = "HOST")]
        advertise: Option<String>,
        /// How many shares are counted at once; as many as there are cores when absent
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// How much of the parts is kept decoded in memory, in MiB
        #[arg(long, value_name = "MIB", default_value_t = super::serve::MEMORY_MIB)]
        memory: usize,
        /// Where parts from a store are kept; a folder for temporary files when absent
        #[arg(long, value_name = "DIR")]
        cache: Option<PathBuf>,
        /// How much is kept there, in GiB
        #[arg(long, value_name = "GIB", default_value_t = 50)]
        cache_size: u64,
        /// Tell what happens, not only what goes wrong
        #[arg(long, short)]
        verbose: bool,
        #[command(flatten)]
        secret: Shared,
    },
    /// Bring the parts of the data folder into a store for executors, and remove there what is gone here
    ///
    /// The folder in the store belongs to this data folder alone. Credentials, region and endpoint are those of the
    /// environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL.
    Push {
        /// The folder in the store
        #[arg(value_name = "s3://BUCKET/FOLDER")]
        to: String,
        #[command(flatten)]
        output: Output,
    },
}

impl Cluster {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")?;
        match self.what {
            What::Scheduler { listen, verbose, secret } => {
                only_with_secret(listen, &secret)?;
                tell(verbose);
                let started = |address| drop(here.say(format!("Scheduling at {address} (Ctrl-C ends it)")));
                runtime.block_on(scheduler::run(listen, secret.secret(), started, told_to_stop()))?;
            }
            What::Executor { scheduler, parts, listen, advertise, threads, memory, cache, cache_size, verbose, secret } => {
                only_with_secret(listen, &secret)?;
                if listen.ip().is_unspecified() && advertise.is_none() {
                    bail!("{} is no address that anybody can call; say with --advertise how clients reach this machine", listen.ip());
                }
                tell(verbose);
                let stopwatch: Arc<dyn Fn() -> f64 + Send + Sync> = Arc::new(here.stopwatch());
                // Lives as long as the executor.
                let temporary = Cell::new(None);
                let cache = || match cache {
                    Some(cache) => Ok(cache),
                    None => {
                        let folder = tempfile::tempdir()?;
                        let path = folder.path().to_owned();
                        temporary.set(Some(folder));
                        Ok(path)
                    }
                };
                let settings = executor::Settings {
                    scheduler: scheduler_address(&scheduler)?,
                    parts: Parts::at(&parts, cache, cache_size << 30, stopwatch.clone())?,
                    listen,
                    advertise,
                    secret: secret.secret(),
                    threads: threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, |n| n.get())).max(1),
                    memory_bytes: memory << 20,
                    stopwatch,
                };
                let started = |address| drop(here.say(format!("Counting for {scheduler}, results at {address} (Ctrl-C ends it)")));
                runtime.block_on(executor::run(settings, started))?;
            }
            What::Push { to, output } => runtime.block_on(push(&here.printing(&output), &to))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses to listen where strangers can call, unless they have to know a secret.
fn only_with_secret(listen: SocketAddr, secret: &Shared) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() && !secret.is_there() {
        bail!(
            "{} can be reached by others, who could ask everything; give all machines of the cluster the same --secret \
             (or PERIPLUS_CLUSTER_SECRET)",
            listen.ip()
        );
    }
    Ok(())
}

async fn push(here: &Here, to: &str) -> anyhow::Result<()> {
    let workspace = here.workspace()?;
    let snapshot = workspace.store.snapshot()?;
    let parts: Vec<&Part> = snapshot.parts.iter().filter(|part| part.table != PartTable::Ids).collect();
    let bar = here.bar("Pushing", parts.iter().map(|part| part.bytes).sum());
    let done = mirror(to, &workspace.lake, &parts, |part| bar.inc(part.bytes)).await;
    bar.finish_and_clear();
    let done = done?;
    if here.json {
        let (there, sent, removed) = (done.there, done.sent, done.removed);
        return here.say_json(&json!({"there": there, "sent": sent, "bytes": done.bytes, "removed": removed}));
    }
    here.say(format!(
        "{} parts sent ({}), {} were there, {} removed.",
        HumanCount(done.sent),
        HumanBytes(done.bytes),
        HumanCount(done.there),
        HumanCount(done.removed)
    ))?;
    Ok(())
}

/// Prints what the cluster's libraries tell.
struct Told;

impl Log for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn || metadata.target().starts_with("ballista")
    }

    #[expect(clippy::print_stderr, reason = "this is where the processes of a cluster tell what happens")]
    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            eprintln!("{:5} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

fn tell(verbose: bool) {
    static TOLD: Told = Told;
    if log::set_logger(&TOLD).is_ok() {
        log::set_max_level(if verbose { LevelFilter::Info } else { LevelFilter::Warn });
    }
}
