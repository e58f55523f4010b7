//! What can go wrong with a cluster.

use std::fmt::Display;

use periplus_lake::LakeError;

/// What can go wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// An address, a folder or a secret makes no sense.
    #[error("{0}")]
    Settings(String),
    /// The scheduler cannot be reached, or does not want to hear us.
    #[error("the scheduler at {url} cannot be asked ({why}); start one with `periplus cluster scheduler`")]
    Scheduler {
        /// Its address.
        url: String,
        /// What happened.
        why: String,
    },
    /// The store of parts failed.
    #[error("the parts' store: {0}")]
    Store(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A process of the cluster ended.
    #[error("{0}")]
    Ended(String),
}

impl ClusterError {
    pub(crate) fn store(error: impl Display) -> ClusterError {
        ClusterError::Store(error.to_string())
    }

    pub(crate) fn ended(error: impl Display) -> ClusterError {
        ClusterError::Ended(error.to_string())
    }
}
