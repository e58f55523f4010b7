//! `periplus demo`: everything once, on a simulated retailer.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::HumanCount;
use periplus_engine::Watch;
use periplus_engine::profile::profile;
use periplus_intake::Mapping;
use periplus_maps::TEMPLATES;
use periplus_picture::{Form, Look, Theme, render};
use periplus_server::Limits;
use periplus_simulate::{DataFile, Scenario};
use periplus_workspace::Workspace;
use serde_json::json;

use super::{import, lake, serve, simulate};
use crate::files;
use crate::here::Here;
use crate::house::Served;
use crate::limits::AskLimits;

const MAPPING: &str = include_str!("../../../../examples/retailer/mapping.toml");
const MAP: &str = include_str!("../../../../examples/retailer/map.yaml");

/// Simulate a retailer, import it, draw its measured map and serve it.
///
/// Everything goes into the data folder: the simulated files into `demo`, the map into `maps`, its pictures into
/// `pictures`. All other commands work on it afterwards.
#[derive(clap::Args)]
pub struct Demo {
    /// How many customers
    #[arg(long, value_name = "N", default_value_t = CUSTOMERS)]
    customers: u64,
    /// The seed
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// Stop when the files are written
    #[arg(long)]
    no_serve: bool,
    /// The address to serve at; without it 127.0.0.1 and a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", conflicts_with = "no_serve")]
    listen: SocketAddr,
}

impl Demo {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        if !self.listen.ip().is_loopback() {
            bail!("the demo is served at loopback addresses only; `periplus serve` has --public");
        }
        let shop = here.data.join("demo");
        if here.data.join("state.db").exists() && !shop.exists() {
            bail!("{} has data of your own; say --data DIR to have the demo somewhere else", here.data.display());
        }

        here.say(format!("Simulating {} customers of an online clothing retailer, and importing them ...", HumanCount(self.customers)))?;
        let lines = fill(here, self.customers, self.seed, &|_, _, _| ())?;
        here.say(format!("  {} lines in {}", HumanCount(lines), shop.display()))?;

        here.say("Drawing the measured journey map ...")?;
        let map = map_file(here);
        let pictures = draw(here, &here.workspace()?, &map)?;
        for path in pictures {
            here.say(format!("  {}", path.display()))?;
        }

        let data = here.data.display();
        here.say(format!("Done in {:.0} s. Now try, with `--data {data}` unless that is the default:", here.elapsed().as_secs_f64()))?;
        here.say(format!("  periplus map show {}", map.display()))?;
        here.say("  periplus ask overview")?;
        here.say(format!("  periplus truth {}", shop.display()))?;
        if self.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        serve::run(here, self.listen, Limits::default(), Served::new(here, Vec::new(), serve::MEMORY_MIB << 20, AskLimits::default()), None)
    }
}

/// How many customers the demo company has, and its seed, unless somebody says otherwise.
pub const CUSTOMERS: u64 = 20_000;
pub const SEED: u64 = 1;

fn map_file(here: &Here) -> PathBuf {
    here.data.join("maps").join("retailer.yaml")
}

/// Simulates the demo company into the data folder, imports it and puts its map there. Answers how many lines it has.
pub fn fill(here: &Here, customers: u64, seed: u64, tell: &dyn Fn(&str, u64, u64)) -> anyhow::Result<u64> {
    let shop = here.data.join("demo");
    tell("simulating a retailer", 0, 0);
    let truth = simulate::write(here, &Scenario::clothing_retailer(), seed, Some(customers), &shop)?;
    let mut workspace = here.workspace_to_change()?;
    let mapping = Mapping::parse(MAPPING)?;
    let sold: Vec<DataFile> = DataFile::ALL.into_iter().filter(|file| !file.is_truth()).collect();
    for (nth, file) in sold.iter().enumerate() {
        tell("importing its files", nth as u64, sold.len() as u64);
        // The web shop speaks Segment's language, which needs no mapping.
        let mapping = (*file != DataFile::WebApp).then_some(&mapping);
        import::import_all(here, &mut workspace, &[shop.join(file.name())], mapping)?;
    }
    tell("joining small parts", 0, 0);
    lake::compact_if_wanted(here, &mut workspace)?;
    let map = map_file(here);
    folder(&map)?;
    if !map.exists() {
        files::write(&map, MAP.as_bytes())?;
    }
    Ok(truth.files.iter().map(|file| file.lines).sum())
}

/// Draws the measured map in every form, and drafts another one from the data alone.
fn draw(here: &Here, workspace: &Workspace, file: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let journey_map = files::journey_map(file)?;
    let snapshot = workspace.store.snapshot()?;
    let stopwatch = here.stopwatch();
    let answer = workspace.ask("map", &json!({}), &workspace.desk(Some(&journey_map), &snapshot, &Watch::default(), &stopwatch))?;
    let look = |theme| Look { theme, ..Look::default() };
    let mut forms: Vec<(String, Vec<u8>)> = Vec::new();
    for form in Form::ALL {
        forms.push((format!("retailer.{}", form.name()), render(&answer, form, &look(Theme::Light))?));
    }
    forms.push(("retailer-dark.png".to_owned(), render(&answer, Form::Png, &look(Theme::Dark))?));
    if let Some(template) = TEMPLATES.first() {
        let proposal = periplus_maps::propose(&profile(&workspace.desk(None, &snapshot, &Watch::default(), &stopwatch))?, template);
        forms.push(("proposed.yaml".to_owned(), periplus_maps::print(&proposal.map).into_bytes()));
    }
    let mut written = Vec::new();
    for (name, bytes) in forms {
        let path = here.data.join("pictures").join(name);
        folder(&path)?;
        files::write(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

fn folder(file: &Path) -> anyhow::Result<()> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}
