//! `periplus export`: journeys for other tools.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::HumanCount;

use crate::files;
use crate::here::Here;
use crate::version::Version;

/// Write the journeys for other tools.
#[derive(clap::Args)]
pub struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// An event log for process mining (IEEE 1849 XES): one case per customer
    Xes {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        version: Version,
    },
}

impl Export {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let What::Xes { file, version } = self.what;
        let workspace = here.workspace()?;
        let snapshot = version.of(&workspace)?;
        let mut failure = None;
        let mut cases = 0;
        files::write_with(&file, |out| {
            match workspace.export_xes(&snapshot, out) {
                Ok(count) => cases = count,
                Err(error) => {
                    let told = std::io::Error::other(error.to_string());
                    failure = Some(error);
                    return Err(told);
                }
            }
            Ok(())
        })
        .map_err(|error| failure.map_or(error, anyhow::Error::from))?;
        here.say(format!("{}: {} cases", file.display(), HumanCount(cases)))?;
        Ok(ExitCode::SUCCESS)
    }
}
