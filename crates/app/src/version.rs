//! Which version of the lake a question is asked of.

use periplus_model::parts::Snapshot;
use periplus_model::time::Instant;
use periplus_workspace::Workspace;

/// Options that choose a version; without them it is the newest.
#[derive(clap::Args)]
pub struct Version {
    /// Ask the data as they were in this snapshot (`periplus lake snapshots` lists them)
    #[arg(long, value_name = "N", conflicts_with = "as_of", help_heading = "Time travel")]
    snapshot: Option<u64>,
    /// Ask the data as they were at this time, such as 2026-03-01 or 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Time travel")]
    as_of: Option<Instant>,
}

impl Version {
    /// The snapshot that is meant.
    pub fn of(&self, workspace: &Workspace) -> anyhow::Result<Snapshot> {
        let store = &workspace.store;
        Ok(match (self.snapshot, self.as_of) {
            (Some(id), _) => store.snapshot_at(id)?,
            (None, Some(time)) => {
                let snapshot = store.snapshot_as_of(time.micros())?;
                if snapshot.id == 0 {
                    anyhow::bail!("at {time} there were no data yet; `periplus lake snapshots` lists the versions that can be asked for");
                }
                snapshot
            }
            (None, None) => store.snapshot()?,
        })
    }
}
