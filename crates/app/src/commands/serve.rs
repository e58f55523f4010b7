//! `periplus serve`: the journey maps and the questions over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use periplus_server::{Limits, Rate};
use serde_json::json;
use tokio::net::TcpListener;

use crate::collecting::{Collecting, DISK_FULL_PERCENT};
use crate::following::Following;
use crate::here::Here;
use crate::house::Served;
use crate::limits::AskLimits;
use crate::machines::Machines;

/// Serve the journey maps and the questions over HTTP, and collect what senders send.
///
/// Senders are those whose write key `periplus sources add` has given out: any SDK that speaks Segment's HTTP API. What was
/// answered with 200 is on the disk, and in every answer within seconds.
///
/// The maps are the files given with --map, or else all `*.yaml` in the folder `maps` of the data folder. They and the
/// data are looked at anew for each request, so that what is edited or imported meanwhile is shown.
#[derive(clap::Args)]
pub struct Serve {
    /// The address to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8042")]
    listen: SocketAddr,
    /// A journey map; may be given several times
    #[arg(long = "map", value_name = "FILE")]
    maps: Vec<PathBuf>,
    /// A name under which this machine is called in addresses, such as journeys.example.org; may be given several times
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Listen at an address that others can reach. There are no accounts yet: everybody who reaches it sees everything
    #[arg(long)]
    public: bool,
    /// How much of the lake is kept in memory between questions, in MiB: the narrow columns of the newest data
    #[arg(long, value_name = "MIB", default_value_t = MEMORY_MIB)]
    memory: usize,
    /// How many messages a second each source may send; 0 is as many as it can
    #[arg(long, value_name = "N", default_value_t = Rate::default().per_second)]
    rate: u64,
    /// How many messages a source may send at once, after a quiet while
    #[arg(long, value_name = "N", default_value_t = Rate::default().burst)]
    burst: u64,
    /// Accept nothing more when the disk is so full, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = DISK_FULL_PERCENT, value_parser = clap::value_parser!(u8).range(1..=100))]
    disk_full: u8,
    /// Tell what happens as text for people, or as JSON, a line each, for programs; neither says who sent what
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Log::Text)]
    log: Log,
    /// Collect nothing; another server may, for the same data folder
    #[arg(long)]
    no_collect: bool,
    #[command(flatten)]
    limits: AskLimits,
    #[command(flatten)]
    machines: Machines,
}

/// How it is told what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Log {
    Text,
    Json,
}

/// Ten bytes for each event: fifty million events.
pub const MEMORY_MIB: usize = 512;

impl Serve {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.keeping_a_journal(self.log == Log::Json);
        if !self.listen.ip().is_loopback() && !self.public {
            bail!(
                "{} can be reached by others, and there are no accounts yet: everybody who reaches it would see everything. \
                 Say --public if that is meant, or put a server with a login before a loopback address",
                self.listen.ip()
            );
        }
        let collecting = match self.no_collect {
            true => None,
            false => Some(Collecting::begin(here, self.disk_full)?),
        };
        drop(here.workspace()?);
        let served = Served::new(here, self.maps, self.memory << 20, self.limits)
            .with(self.machines.elsewhere()?)
            .letting_change(self.listen.ip().is_loopback());
        let rate = Some(Rate { per_second: self.rate, burst: self.burst }).filter(|rate| rate.per_second > 0);
        run(here, self.listen, Limits { hosts: self.hosts, rate, ..Limits::default() }, served, collecting)
    }
}

/// Serves until the process is told to stop, and collects if that is wanted.
pub fn run(here: &Here, listen: SocketAddr, limits: Limits, served: Served, collecting: Option<Collecting>) -> anyhow::Result<ExitCode> {
    let served = Arc::new(served.telling(collecting.as_ref().map(Collecting::gauges)));
    // Whoever collects also follows up: two that did would tell everything twice.
    let following = collecting.as_ref().map(|_| Following::begin(here, served.clone())).transpose()?;
    let collector = collecting.as_ref().map(Collecting::collector);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")?;
    runtime.block_on(async {
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened at; --listen takes another"))?;
        here.say(format!("Serving at http://{}/ (Ctrl-C ends it)", listener.local_addr()?))?;
        here.journal("serving", json!({"address": listener.local_addr()?.to_string(), "version": env!("CARGO_PKG_VERSION")}));
        periplus_server::serve(listener, served, collector, limits, told_to_stop()).await?;
        anyhow::Ok(())
    })?;
    drop(following);
    // What was accepted goes into the lake before the program ends.
    drop(collecting);
    here.journal("ended", json!({}));
    Ok(ExitCode::SUCCESS)
}

/// Resolves when somebody presses Ctrl-C or the system asks the process to end.
pub async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
