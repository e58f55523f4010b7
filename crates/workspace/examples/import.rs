//! Time and memory of one import into a fresh folder, without the program around it:
//! `cargo run --profile demo -p periplus-workspace --example import -- FILE MAPPING FOLDER`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a meter: it prints, reads the clock, and may fail"
)]

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use periplus_workspace::Workspace;
use periplus_workspace::import::Stage;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, mapping, folder] = &arguments[..] else { panic!("FILE MAPPING FOLDER, please") };
    assert!(!Path::new(folder).exists(), "{folder} is there already");
    let mapping = periplus_intake::Mapping::parse(&std::fs::read_to_string(mapping).unwrap()).unwrap();
    let mut workspace = Workspace::open_to_change(Path::new(folder)).unwrap();
    let start = Instant::now();
    // When each stage began.
    let stages: Mutex<Vec<(&str, f64)>> = Mutex::default();
    let outcome = workspace
        .import(Path::new(file), Some(&mapping), 0, &|stage| {
            let name = match stage {
                Stage::Reading { .. } => "reading",
                Stage::Stitching => "stitching",
                Stage::Writing { .. } => "writing",
            };
            let mut stages = stages.lock().unwrap();
            if stages.last().is_none_or(|(last, _)| *last != name) {
                stages.push((name, start.elapsed().as_secs_f64()));
            }
        })
        .unwrap();
    let seconds = start.elapsed().as_secs_f64();
    for (name, at) in stages.into_inner().unwrap() {
        println!("{at:6.2} s  {name}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    println!(
        "{seconds:6.2} s  done: {} rows, {} stored, {} duplicates, {} rejected; {:.2} million rows/s; peak memory {peak}",
        outcome.row.rows,
        outcome.row.stored,
        outcome.row.duplicates,
        outcome.row.rejected,
        outcome.row.rows as f64 / seconds / 1e6
    );
}
