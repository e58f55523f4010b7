//! Which machines count: this one, or a cluster.

use std::sync::Arc;

use periplus_engine::Elsewhere;

/// Which machines count.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Machines {
    /// Have a cluster count, whose scheduler is at this address; its executors must see this data folder's parts
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "HOST:PORT", env = "PERIPLUS_CLUSTER", help_heading = "Cluster")]
    cluster: Option<String>,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    secret: Shared,
}

/// What the machines of a cluster know in common.
#[cfg(feature = "cluster")]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Shared {
    /// The cluster's secret: the same for all its machines and for whoever asks
    #[arg(long, value_name = "SECRET", env = "PERIPLUS_CLUSTER_SECRET", hide_env_values = true, help_heading = "Cluster")]
    secret: Option<String>,
}

#[cfg(feature = "cluster")]
impl Shared {
    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.secret.as_deref().is_some_and(|secret| !secret.is_empty())
    }

    pub fn secret(&self) -> periplus_cluster::secret::Secret {
        periplus_cluster::secret::Secret::new(self.secret.as_deref().unwrap_or_default())
    }
}

impl Machines {
    /// The cluster, if one was named.
    #[cfg(feature = "cluster")]
    pub fn elsewhere(&self) -> anyhow::Result<Option<Arc<dyn Elsewhere>>> {
        let Some(address) = &self.cluster else { return Ok(None) };
        Ok(Some(Arc::new(periplus_cluster::Cluster::at(address, self.secret.secret())?)))
    }

    /// No cluster: this program was built without.
    #[cfg(not(feature = "cluster"))]
    pub fn elsewhere(&self) -> anyhow::Result<Option<Arc<dyn Elsewhere>>> {
        Ok(None)
    }
}
