//! The cluster: the same questions, counted on several machines.
//!
//! A question is cut into shares, one for each range of customer keys ([`Work`](periplus_engine::Work)). The client makes
//! a physical plan of it ([`journey`]: one row per share goes in, one partial state comes out) and submits it to a scheduler,
//! which deals the shares out to executors; these read the parts where they lie ([`parts`]: a shared folder, or an
//! S3-compatible store with a cache in front of it). Events never travel between machines, only states do, and the client
//! merges them as it merges those of its own threads: [`client`] is an [`Elsewhere`](periplus_engine::Elsewhere) of the engine.
//!
//! Scheduling, shipping of results and repeating what a lost executor was doing is Ballista's work (Apache DataFusion
//! Ballista): [`scheduler`] and [`executor`] start its processes with our [`codec`]. Executors count journeys and run no
//! other plan, look for parts in their own folder and nowhere else, and whoever talks to them must know the cluster's
//! [`secret`] if it has one. Beside `periplus-query`, this is the only crate that knows DataFusion.

pub mod client;
mod codec;
mod error;
pub mod executor;
mod journey;
pub mod parts;
pub mod scheduler;
pub mod secret;

pub use client::Cluster;
pub use error::ClusterError;

/// The largest message between machines: a question with the keys of a few million customers that were merged or erased,
/// or a partial state.
const MESSAGE_MAX: usize = 256 << 20;
/// After so many seconds without a sign of life an executor is lost, and its shares are counted by others.
const LOST_AFTER_SECONDS: u64 = 12;
