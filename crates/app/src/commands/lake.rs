//! `periplus lake`: looking after the data.

use std::process::ExitCode;

use indicatif::{HumanBytes, HumanCount};
use periplus_model::parts::{Part, PartTable};
use periplus_model::time::Instant;
use periplus_picture::numbers::second;
use periplus_workspace::Workspace;
use periplus_workspace::upkeep::{Compacted, DAY};
use serde_json::json;

use crate::here::{Here, Output};
use crate::version::Version;

/// Look after the data: versions, compaction, checksums, rules.
#[derive(clap::Args)]
pub struct Lake {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// List the versions that can be asked for with --snapshot and --as-of, newest last
    Snapshots(Output),
    /// List the Parquet files of the events, for other tools that read them
    Files {
        #[command(flatten)]
        version: Version,
        #[command(flatten)]
        output: Output,
    },
    /// Join small files into large ones, and let go of older versions, whose files take room, and of what is too old by the
    /// rules in settings.toml
    Compact {
        /// Versions younger than this stay; questions that are just being asked of others may fail
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        keep_days: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Compare every file with its checksum
    Verify(Output),
    /// Find out anew who is who, after a change of the rules in settings.toml
    Restitch(Output),
}

impl Lake {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::Snapshots(output) => snapshots(&here.printing(&output)),
            What::Files { version, output } => list_files(&here.printing(&output), &version),
            What::Compact { keep_days, output } => compact(&here.printing(&output), keep_days),
            What::Verify(output) => verify(&here.printing(&output)),
            What::Restitch(output) => restitch(&here.printing(&output)),
        }
    }
}

fn list_files(here: &Here, version: &Version) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let snapshot = version.of(&workspace)?;
    let path = |part: &Part| std::path::absolute(workspace.lake.root().join(&part.file)).map(|path| path.display().to_string());
    if here.json {
        let entry = |part: &Part| {
            Ok(
                json!({"file": path(part)?, "rows": part.rows, "bytes": part.bytes, "from": Instant(part.time_min), "to": Instant(part.time_max)}),
            )
        };
        here.say_json(&snapshot.of(PartTable::Events).map(entry).collect::<std::io::Result<Vec<_>>>()?)?;
    } else {
        for part in snapshot.of(PartTable::Events) {
            here.say(path(part)?)?;
        }
    }
    let moved = snapshot.dead.iter().filter(|(key, since)| {
        snapshot.of(PartTable::Events).any(|part| part.begin < **since && (part.key_min..=part.key_max).contains(&key.0))
    });
    let moved = moved.count();
    if moved > 0 {
        here.remark(format!(
            "Rows of up to {} customers who turned out to be others are still in these files, beside those that replace them; \
             `periplus lake compact` removes them, and `periplus export events` leaves them out.",
            HumanCount(moved as u64)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn snapshots(here: &Here) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let mut list = Vec::new();
    for row in workspace.store.snapshots()? {
        let snapshot = workspace.store.snapshot_at(row.id)?;
        let bytes: u64 = snapshot.parts.iter().map(|part| part.bytes).sum();
        list.push((row, snapshot.rows(PartTable::Events), snapshot.parts.len(), bytes));
    }
    if here.json {
        let entry = |(row, events, parts, bytes): &(periplus_store::SnapshotRow, u64, usize, u64)| json!({"id": row.id, "at": Instant(row.at), "what": row.what, "event_rows": events, "parts": parts, "bytes": bytes});
        here.say_json(&list.iter().map(entry).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    here.say(format!("{:>8}  {:19}  {:>14}  {:>6}  {:>10}  made by", "snapshot", "when (UTC)", "event rows", "parts", "size"))?;
    for (row, events, parts, bytes) in list {
        let when = second(Instant(row.at));
        let (events, bytes) = (HumanCount(events).to_string(), HumanBytes(bytes).to_string());
        here.say(format!("{:>8}  {when:19}  {events:>14}  {parts:>6}  {bytes:>10}  {}", row.id, row.what))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Joins small parts when there are many, as an import leaves them.
pub fn compact_if_wanted(here: &Here, workspace: &mut Workspace) -> anyhow::Result<()> {
    if workspace.wants_compaction()? {
        with_bar(here, workspace)?;
    }
    Ok(())
}

fn with_bar(here: &Here, workspace: &mut Workspace) -> anyhow::Result<Compacted> {
    let bar = here.bar("compacting", 0);
    let done = workspace.compact(here.now(), &|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(done)
}

fn compact(here: &Here, keep_days: u32) -> anyhow::Result<ExitCode> {
    // Compacting a folder without data would make one.
    drop(here.workspace()?);
    let mut workspace = here.workspace_to_change()?;
    workspace.history = i64::from(keep_days) * DAY;
    let done = with_bar(here, &mut workspace)?;
    workspace.purge(here.now(), &|_, _| ())?;
    workspace.forget_what_is_old(here.now(), &|_, _| ())?;
    if here.json {
        here.say_json(&done)?;
    } else {
        here.say(format!(
            "{} parts became {}; {} old versions were let go, {} files removed.",
            HumanCount(done.parts_before as u64),
            HumanCount(done.parts_after as u64),
            HumanCount(done.forgotten as u64),
            HumanCount(done.removed_files)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn restitch(here: &Here) -> anyhow::Result<ExitCode> {
    drop(here.workspace()?);
    let changed = here.workspace_to_change()?.restitch(here.now())?;
    if here.json {
        here.say_json(&json!({"changed_identifiers": changed}))?;
    } else {
        here.say(match changed {
            0 => "Everybody is who they were.".to_owned(),
            1 => "One identifier is somebody else's now.".to_owned(),
            n => format!("{} identifiers are somebody else's now.", HumanCount(n as u64)),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(here: &Here) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let parts = workspace.store.snapshot()?.parts.len();
    let bar = here.bar("verifying", 0);
    let damage = workspace.verify(&|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if here.json {
        here.say_json(&json!({"parts": parts, "damage": damage}))?;
    } else {
        for line in &damage {
            here.say(line)?;
        }
        here.say(match damage.len() {
            0 => format!("{} parts are as they were written.", HumanCount(parts as u64)),
            n => format!(
                "{} damaged, of {} parts and the state database; restore what is from a backup.",
                HumanCount(n as u64),
                HumanCount(parts as u64)
            ),
        })?;
    }
    Ok(if damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
