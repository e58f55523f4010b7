//! `periplus simulate`: a retailer's files, and the truth beside them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::{HumanCount, ProgressBar};
use periplus_simulate::{DataFile, Outlet, Progress, Scenario, Truth, simulate};

use crate::files;
use crate::here::Here;

/// Simulate a retailer's customers, with the truth beside the data.
///
/// Writes what eleven systems of an online clothing retailer would have recorded (web and app, tills, e-mail, calls,
/// surveys, CRM, parcels, returns, loyalty, reviews, referrals), with planted pains and delights, and three files with the
/// truth: who is who, whom what struck, and how often. The same seed gives the same bytes.
#[derive(clap::Args)]
pub struct Simulate {
    /// The folder for the files; made when it is missing
    #[arg(value_name = "DIR", required_unless_present_any = ["print_scenario", "schema"])]
    folder: Option<PathBuf>,
    /// How many customers; otherwise as many as the scenario says
    #[arg(long, value_name = "N")]
    customers: Option<u64>,
    /// The seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// A scenario of your own, as YAML (start from `--print-scenario`)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Print the built-in scenario
    #[arg(long, conflicts_with_all = ["folder", "customers", "scenario"])]
    print_scenario: bool,
    /// Print the JSON schema of scenario files, for editors
    #[arg(long, conflicts_with_all = ["folder", "customers", "scenario", "print_scenario"])]
    schema: bool,
}

impl Simulate {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        if self.schema {
            here.say_json(&schemars::schema_for!(Scenario))?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.print_scenario {
            here.say(serde_saphyr::to_string(&Scenario::clothing_retailer())?.trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        let Some(folder) = &self.folder else { bail!("say into which folder the files are to be written") };
        let scenario = match &self.scenario {
            Some(path) => serde_saphyr::from_str(&files::text(path)?).with_context(|| path.display().to_string())?,
            None => Scenario::clothing_retailer(),
        };
        let start = here.elapsed();
        let truth = write(here, &scenario, self.seed, self.customers, folder)?;
        let seconds = (here.elapsed() - start).as_secs_f64();
        let lines: u64 = truth.files.iter().map(|file| file.lines).sum();
        here.say(format!(
            "{}: {} customers left {} lines in {} files, in {seconds:.1} s ({} lines a minute)",
            folder.display(),
            HumanCount(truth.customers_seen),
            HumanCount(lines),
            truth.files.len(),
            HumanCount((lines as f64 / seconds.max(1e-3) * 60.0) as u64)
        ))?;
        for file in &truth.files {
            here.say(format!("{:>14}  {}", HumanCount(file.lines).to_string(), file.file.name()))?;
        }
        here.say("The truth is in truth.json, truth_identities.csv and truth_affected.csv; these are not for importing.")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a simulation's files into a folder; they get their names when all are complete.
pub fn write(here: &Here, scenario: &Scenario, seed: u64, customers: Option<u64>, folder: &Path) -> anyhow::Result<Truth> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let partial = tempfile::Builder::new().prefix(".simulating-").tempdir_in(folder)?;
    let bar = here.bar("simulating", customers.unwrap_or(scenario.customers));
    let mut out = Folder { path: partial.path(), files: DataFile::ALL.map(|_| None), bar: &bar };
    let truth = simulate(scenario, seed, customers, &mut out)?;
    out.finish().context("the simulated files cannot be written")?;
    for file in DataFile::ALL {
        let to = folder.join(file.name());
        fs::rename(partial.path().join(file.name()), &to).with_context(|| format!("{} cannot be written", to.display()))?;
    }
    bar.finish_and_clear();
    Ok(truth)
}

struct Folder<'a> {
    path: &'a Path,
    files: [Option<BufWriter<File>>; DataFile::ALL.len()],
    bar: &'a ProgressBar,
}

impl Folder<'_> {
    fn finish(&mut self) -> io::Result<()> {
        self.files.iter_mut().flatten().try_for_each(Write::flush)
    }
}

impl Outlet for Folder<'_> {
    fn write(&mut self, file: DataFile, bytes: &[u8]) -> io::Result<()> {
        let Some(slot) = self.files.get_mut(file as usize) else { return Ok(()) };
        let out = match slot {
            Some(out) => out,
            None => slot.insert(BufWriter::with_capacity(1 << 18, File::create(self.path.join(file.name()))?)),
        };
        out.write_all(bytes)
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.set_position(progress.customers);
        self.bar.set_message(format!("{} lines", HumanCount(progress.lines)));
    }
}
