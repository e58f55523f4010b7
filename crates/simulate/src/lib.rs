//! A simulated retailer with planted truth.
//!
//! It feeds the demo, the tests and the benchmarks: people live with a brand over advertisements, web shop, app, stores,
//! newsletters, parcels, call centre, loyalty card and surveys, and leave the files behind that real systems would have
//! written. A [`Scenario`] says who they are and which pains and delights are planted among them; the [`Truth`] says
//! whom these struck and who is really who.
//!
//! The story, file by file: [`scenario`](Scenario) describes, `retailer` is the built-in one. `season` knows when people
//! come. A `life` goes through its `agenda` moment by moment; each channel handles its own moments (`web`, `store`,
//! `mail`, `delivery`, `service`, `survey`) and plans what follows from them. `planted` decides whether a pain or delight
//! strikes. `books` and `line` write, `truth` counts. Everybody throws dice of their own (`dice`), so one pass with flat
//! memory suffices, and a seed gives the same bytes always. There are no paths and no clock here: the caller's [`Outlet`]
//! takes the bytes.
//!
//! **To add a channel**: a file with an `impl Life` block, a [`Touchpoint`] and, if it has a system of its own, a
//! [`DataFile`]; a moment in `agenda`. **To add a kind of pain**: a variant of [`PainKind`], where it fits
//! (`PainKind::fits`), and one call of `Life::struck` at the place where it hurts.
//!
#![doc = include_str!("../README.md")]

mod agenda;
mod books;
mod catalogue;
mod comments;
mod delivery;
mod dice;
mod life;
mod line;
mod mail;
mod outlet;
mod person;
mod place;
mod planted;
mod retailer;
mod scenario;
mod season;
mod service;
mod store;
mod survey;
mod truth;
mod web;

use std::io;

pub use catalogue::REGIONS;
pub use outlet::{DataFile, Outlet, Progress};
pub use place::{Platform, Stage, Touchpoint};
pub use scenario::{AgeGroup, Campaign, Day, Delight, DelightKind, Devices, Dirt, Pain, PainKind, Persona, Scenario, Scope, Sources};
pub use truth::{DirtTruth, FileTruth, PersonaTruth, PlantedTruth, StageTruth, StepTruth, TouchpointTruth, Truth};

/// Progress is reported after about so many people.
const REPORT_EVERY: u64 = 256;

/// Simulates the scenario's customers (or as many as `customers` says) and writes every [`DataFile`], the last of which is
/// the truth that is also returned. The same scenario, seed and number of customers give the same bytes.
///
/// # Errors
/// When the scenario is wrong (nothing has been written then), or the outlet does not take the bytes.
pub fn simulate(scenario: &Scenario, seed: u64, customers: Option<u64>, out: &mut dyn Outlet) -> Result<Truth, SimulateError> {
    scenario.check()?;
    let total = customers.unwrap_or(scenario.customers);
    scenario::check_customers(total)?;
    let world = life::World { scenario, calendar: season::Calendar::of(scenario)?, planted: planted::Planted::all(scenario), seed };
    let mut books = books::Books::open(out, truth::Tally::of(scenario));
    let (mut household, mut done, mut reported) = (0, 0, 0);
    while done < total {
        done += world.household(&mut books, household, done, total - done);
        household += 1;
        books.settle()?;
        if done - reported >= REPORT_EVERY || done == total {
            reported = done;
            books.report(total);
        }
    }
    let (tally, out) = books.close()?;
    let truth = tally.finish(scenario, seed);
    let failed = |source| SimulateError::Write { file: DataFile::Truth.name(), source };
    let mut text = serde_json::to_vec_pretty(&truth).map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    out.write(DataFile::Truth, &text).map_err(failed)?;
    Ok(truth)
}

/// Why a simulation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The scenario does not make sense; the message says what would.
    #[error("scenario: {0}")]
    Scenario(String),
    /// The outlet did not take the bytes.
    #[error("{file} could not be written: {source}")]
    Write {
        /// The file's name.
        file: &'static str,
        /// Why.
        source: io::Error,
    },
}
