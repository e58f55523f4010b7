//! `periplus backup` and `periplus restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use indicatif::{HumanBytes, HumanCount};
use periplus_model::time::Instant;
use periplus_picture::numbers::{counted, second};
use periplus_workspace::backup::{restore, verify};
use serde_json::json;

use crate::here::{Here, Output};

/// Back up the data folder while everything goes on: one moment of it, whole.
///
/// The backup is a folder. Another backup into it copies only what is new, and the one before stays whole until the new one
/// is. Every file has a checksum, which `--verify` and `periplus restore` look at.
#[derive(clap::Args)]
pub struct Backup {
    /// The folder: a new or empty one, or one with an earlier backup of this data
    #[arg(value_name = "FOLDER")]
    into: PathBuf,
    /// Take no backup, but compare the one that is there with its checksums
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    output: Output,
}

/// Put a backup back, as a new data folder.
///
/// Whoever was erased after the backup was taken is in it. With `--erased-in` they are erased again: name the data folder
/// that was used last, or a later backup put back elsewhere.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  periplus restore /backups/shop --data restored --erased-in periplus-data")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FOLDER")]
    from: PathBuf,
    /// Erase again whoever was erased in this data folder
    #[arg(long, value_name = "DIR")]
    erased_in: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

impl Backup {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        let bar = here.bar(if self.verify { "verifying" } else { "backing up" }, 0);
        let progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        if self.verify {
            let damage = verify(&self.into, &progress)?;
            bar.finish_and_clear();
            if here.json {
                here.say_json(&json!({"damage": damage}))?;
            } else if damage.is_empty() {
                here.say("Every file is as it was backed up.")?;
            } else {
                damage.iter().try_for_each(|line| here.say(line))?;
            }
            return Ok(if damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let done = here.workspace()?.backup(&self.into, here.now(), &progress)?;
        bar.finish_and_clear();
        if here.json {
            here.say_json(&done)?;
        } else {
            here.say(format!(
                "{}: version {}, {} files, {}; {} of it copied now",
                self.into.display(),
                done.snapshot,
                HumanCount(done.files),
                HumanBytes(done.bytes),
                HumanBytes(done.copied_bytes)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        let erased = self
            .erased_in
            .as_deref()
            .map(|folder| anyhow::Ok(periplus_workspace::Workspace::open(folder)?.store.suppression()?))
            .transpose()?;
        let bar = here.bar("restoring", 0);
        let manifest = restore(&self.from, &here.data, &|done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        let again = match erased {
            None => 0,
            Some(erased) => {
                let mut workspace = here.workspace_to_change()?;
                let Some(again) = workspace.erase_again(&erased, here.now())? else {
                    bail!("the backup was put back, but --erased-in names the data of another workspace: nobody was erased again");
                };
                again
            }
        };
        let bytes: u64 = manifest.files.values().map(|kept| kept.bytes).sum();
        if here.json {
            here.say_json(&json!({"at": Instant(manifest.at), "snapshot": manifest.snapshot, "files": manifest.files.len(), "bytes": bytes, "erased_again": again}))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (files, when) = (HumanCount(manifest.files.len() as u64), second(Instant(manifest.at)));
        here.say(format!("{}: as it was on {when} (UTC), {files} files, {}", here.data.display(), HumanBytes(bytes)))?;
        match self.erased_in {
            Some(_) => here.say(format!("{} erased again", counted(again, "customers")))?,
            None => {
                here.remark("Whoever was erased since is there again; `--erased-in` with the data folder used last would erase them again.")
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
