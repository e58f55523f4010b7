//! The commands, one file each.

mod ask;
mod backup;
mod case;
#[cfg(feature = "cluster")]
mod cluster;
mod customer;
pub mod demo;
mod erase;
mod experiment;
mod export;
mod find;
pub mod import;
pub mod lake;
mod map;
mod serve;
mod simulate;
pub mod sources;
mod sql;
mod survey;
mod truth;
mod watch;

use std::process::ExitCode;

use crate::here::Here;

/// Every command there is.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Import files of interactions and customer data
    Import(import::Import),
    /// Ask a question: overview, funnel, variants, ...
    Ask(ask::Ask),
    /// Find where it hurts and where it delights, with the people, the cost, and how sure that is
    Find(find::Find),
    /// Ask in SQL, read-only
    Sql(sql::SqlCommand),
    /// Draft, check, measure, draw and compare journey maps
    Map(map::Map),
    /// One customer: the journey, and why these identifiers are one person
    Customer(customer::Customer),
    /// Serve the journey maps and the questions over HTTP
    Serve(serve::Serve),
    /// Who may send, what they sent, and what of it was refused
    Sources(sources::Sources),
    /// What people are asked, and links for those who are to be asked
    Survey(survey::SurveyCommand),
    /// What is watched, and who is told when it is out of line
    Watch(watch::WatchCommand),
    /// Bad responses that somebody sees to
    Case(case::CaseCommand),
    /// Who gets which arm of an experiment, and how many customers it needs
    Experiment(experiment::ExperimentCommand),
    /// Count on several machines
    #[cfg(feature = "cluster")]
    Cluster(cluster::Cluster),
    /// Look after the data: versions, compaction, checksums
    Lake(lake::Lake),
    /// Write the journeys for other tools
    Export(export::Export),
    /// Erase a customer, from every version and every file
    Erase(erase::Erase),
    /// Back up the data folder while everything goes on
    Backup(backup::Backup),
    /// Put a backup back
    Restore(backup::Restore),
    /// Simulate a retailer's customers, with the truth beside the data
    Simulate(simulate::Simulate),
    /// Compare the stitched customers with a known truth
    Truth(truth::Truth),
    /// Simulate a retailer, import it, draw its measured map and serve it
    Demo(demo::Demo),
}

impl Command {
    /// Does it.
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self {
            Command::Import(import) => import.run(here),
            Command::Ask(ask) => ask.run(here),
            Command::Find(find) => find.run(here),
            Command::Sql(sql) => sql.run(here),
            Command::Map(map) => map.run(here),
            Command::Customer(customer) => customer.run(here),
            Command::Serve(serve) => serve.run(here),
            Command::Sources(sources) => sources.run(here),
            Command::Survey(survey) => survey.run(here),
            Command::Watch(watch) => watch.run(here),
            Command::Case(case) => case.run(here),
            Command::Experiment(experiment) => experiment.run(here),
            #[cfg(feature = "cluster")]
            Command::Cluster(cluster) => cluster.run(here),
            Command::Lake(lake) => lake.run(here),
            Command::Export(export) => export.run(here),
            Command::Erase(erase) => erase.run(here),
            Command::Backup(backup) => backup.run(here),
            Command::Restore(restore) => restore.run(here),
            Command::Simulate(simulate) => simulate.run(here),
            Command::Truth(truth) => truth.run(here),
            Command::Demo(demo) => demo.run(here),
        }
    }
}
