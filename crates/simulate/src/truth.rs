//! The truth beside the files: what was planted, whom it hit, and how much there is of everything.

use serde::{Deserialize, Serialize};

use crate::outlet::DataFile;
use crate::place::{Platform, Stage, Touchpoint};
use crate::scenario::{Delight, Pain, Scenario};

/// What is true about a simulation; also written as `truth.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The brand.
    pub brand: String,
    /// The seed.
    pub seed: u64,
    /// The first day and how many days are observed.
    pub start: crate::Day,
    /// How many days are observed.
    pub days: u32,
    /// People simulated, whether or not they ever appear in a file.
    pub customers: u64,
    /// People who appear in at least one file.
    pub customers_seen: u64,
    /// People who are registered at the end.
    pub registered: u64,
    /// Households.
    pub households: u64,
    /// People per persona, in the scenario's order.
    pub personas: Vec<PersonaTruth>,
    /// Customers per stage, in order: how many reached any of its touchpoints, and how many reached it and every stage before.
    pub stages: Vec<StageTruth>,
    /// Each touchpoint: customers who reached it, and how often.
    pub touchpoints: Vec<TouchpointTruth>,
    /// Steps of online visits, for each platform.
    pub steps: Vec<StepTruth>,
    /// The planted pains, in the scenario's order.
    pub pains: Vec<PlantedTruth<Pain>>,
    /// The planted delights, in the scenario's order.
    pub delights: Vec<PlantedTruth<Delight>>,
    /// Each file that is not truth.
    pub files: Vec<FileTruth>,
    /// The dirt in them.
    pub dirt: DirtTruth,
}

/// How many people are of a persona.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonaTruth {
    /// The persona's name.
    pub persona: String,
    /// People.
    pub customers: u64,
}

/// A stage of the funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageTruth {
    /// Which.
    pub stage: Stage,
    /// Customers who reached any of its touchpoints.
    pub customers: u64,
    /// Customers who reached it and every stage before it, in whatever order.
    pub customers_with_all_before: u64,
}

/// A touchpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TouchpointTruth {
    /// Which.
    pub touchpoint: Touchpoint,
    /// Its stage.
    pub stage: Stage,
    /// Customers who reached it.
    pub customers: u64,
    /// How often it was reached.
    pub occasions: u64,
}

/// A step of online visits on one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTruth {
    /// Which.
    pub touchpoint: Touchpoint,
    /// Where.
    pub platform: Platform,
    /// How often it was done.
    pub occasions: u64,
    /// How many of these were repeats right after doing it already.
    pub repeats: u64,
    /// How many of these ended with `Error Shown`.
    pub errors: u64,
}

/// A planted pain or delight, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlantedTruth<T> {
    /// As planted.
    pub planted: T,
    /// The stage of its touchpoint.
    pub stage: Stage,
    /// Occasions at which it could strike.
    pub occasions: u64,
    /// Occasions at which it struck.
    pub hits: u64,
    /// Customers who had such an occasion.
    pub customers_exposed: u64,
    /// Customers whom it struck; they are listed in `truth_affected.csv`.
    pub customers_affected: u64,
}

/// A file. `lines = records + duplicates + malformed`, headers not counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileTruth {
    /// Which.
    pub file: DataFile,
    /// Lines in the file, without the header.
    pub lines: u64,
    /// Proper, different records.
    pub records: u64,
    /// Lines that repeat the line before, byte for byte.
    pub duplicates: u64,
    /// Lines that are cut off.
    pub malformed: u64,
}

/// Dirt that is not a matter of whole lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirtTruth {
    /// Web events whose `receivedAt` is a day or more after their `timestamp`.
    pub late: u64,
    /// Web events of a customer whose user id was replaced by `"null"` or `"undefined"`.
    pub blocked_user_ids: u64,
    /// Web events of robots, with nothing but blocked identifiers.
    pub nobody: u64,
    /// E-mail addresses in upper case or with a blank behind them.
    pub shouted_emails: u64,
    /// Till receipts without a loyalty card.
    pub receipts_without_card: u64,
    /// Anonymous ids used by more than one person.
    pub shared_devices: u64,
}

/// Occasions and hits of one planted thing, for one person or for all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strikes {
    pub(crate) occasions: u64,
    pub(crate) hits: u64,
}

/// What one person lived through, as far as the truth counts it.
#[derive(Clone, Debug)]
pub(crate) struct Lived {
    /// One bit per touchpoint.
    touched: u32,
    /// Pains, then delights.
    pub(crate) strikes: Vec<Strikes>,
}

impl Lived {
    /// A life that has not begun, with so many planted things in the world.
    pub(crate) fn with(planted: usize) -> Lived {
        Lived { touched: 0, strikes: vec![Strikes::default(); planted] }
    }

    pub(crate) fn touch(&mut self, at: Touchpoint) {
        self.touched |= 1 << at as u32;
    }

    fn reached(&self, stage: Stage) -> bool {
        Touchpoint::ALL.into_iter().any(|at| at.stage() == stage && self.touched & (1 << at as u32) != 0)
    }
}

/// The truth while it is being counted.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) customers: u64,
    pub(crate) customers_seen: u64,
    pub(crate) registered: u64,
    pub(crate) households: u64,
    pub(crate) personas: Vec<u64>,
    pub(crate) occasions: [u64; Touchpoint::ALL.len()],
    /// Occasions, repeats and errors of each touchpoint on each platform.
    pub(crate) steps: [[[u64; 3]; Platform::ALL.len()]; Touchpoint::ALL.len()],
    pub(crate) records: [u64; DataFile::ALL.len()],
    pub(crate) duplicates: [u64; DataFile::ALL.len()],
    pub(crate) malformed: [u64; DataFile::ALL.len()],
    pub(crate) dirt: DirtTruth,
    reach: [u64; Touchpoint::ALL.len()],
    stages: [[u64; 2]; Stage::ALL.len()],
    strikes: Vec<Strikes>,
    exposed: Vec<u64>,
    affected: Vec<u64>,
}

impl Tally {
    pub(crate) fn of(scenario: &Scenario) -> Tally {
        let planted = scenario.pains.len() + scenario.delights.len();
        Tally {
            personas: vec![0; scenario.personas.len()],
            strikes: vec![Strikes::default(); planted],
            exposed: vec![0; planted],
            affected: vec![0; planted],
            ..Tally::default()
        }
    }

    /// Lines of all files that are not truth.
    pub(crate) fn lines(&self) -> u64 {
        DataFile::ALL.into_iter().filter(|file| !file.is_truth()).map(|file| self.lines_of(file)).sum()
    }

    fn lines_of(&self, file: DataFile) -> u64 {
        let at = file as usize;
        self.records[at] + self.duplicates[at] + self.malformed[at]
    }

    /// Adds a person's life.
    pub(crate) fn add(&mut self, lived: &Lived) {
        for at in Touchpoint::ALL {
            self.reach[at as usize] += u64::from(lived.touched >> at as u32 & 1);
        }
        let mut all_before = true;
        for stage in Stage::ALL {
            let reached = lived.reached(stage);
            all_before &= reached;
            self.stages[stage as usize][0] += u64::from(reached);
            self.stages[stage as usize][1] += u64::from(all_before);
        }
        for (position, strikes) in lived.strikes.iter().enumerate() {
            self.strikes[position].occasions += strikes.occasions;
            self.strikes[position].hits += strikes.hits;
            self.exposed[position] += u64::from(strikes.occasions > 0);
            self.affected[position] += u64::from(strikes.hits > 0);
        }
    }

    /// The whole truth.
    pub(crate) fn finish(self, scenario: &Scenario, seed: u64) -> Truth {
        let steps = Touchpoint::ALL.into_iter().flat_map(|touchpoint| Platform::ALL.map(|platform| (touchpoint, platform)));
        let pains = scenario.pains.iter().enumerate().map(|(position, pain)| self.planted(pain, pain.at, position));
        let delights = scenario.delights.iter().enumerate();
        let delights = delights.map(|(position, delight)| self.planted(delight, delight.at, scenario.pains.len() + position));
        Truth {
            brand: scenario.brand.clone(),
            seed,
            start: scenario.start,
            days: scenario.days,
            customers: self.customers,
            customers_seen: self.customers_seen,
            registered: self.registered,
            households: self.households,
            personas: scenario
                .personas
                .iter()
                .zip(&self.personas)
                .map(|(persona, customers)| PersonaTruth { persona: persona.name.clone(), customers: *customers })
                .collect(),
            stages: Stage::ALL
                .map(|stage| {
                    let [customers, customers_with_all_before] = self.stages[stage as usize];
                    StageTruth { stage, customers, customers_with_all_before }
                })
                .to_vec(),
            touchpoints: Touchpoint::ALL
                .map(|touchpoint| TouchpointTruth {
                    touchpoint,
                    stage: touchpoint.stage(),
                    customers: self.reach[touchpoint as usize],
                    occasions: self.occasions[touchpoint as usize],
                })
                .to_vec(),
            steps: steps
                .filter_map(|(touchpoint, platform)| {
                    let [occasions, repeats, errors] = self.steps[touchpoint as usize][platform as usize];
                    (occasions > 0).then_some(StepTruth { touchpoint, platform, occasions, repeats, errors })
                })
                .collect(),
            pains: pains.collect(),
            delights: delights.collect(),
            files: DataFile::ALL
                .into_iter()
                .filter(|file| !file.is_truth())
                .map(|file| FileTruth {
                    file,
                    lines: self.lines_of(file),
                    records: self.records[file as usize],
                    duplicates: self.duplicates[file as usize],
                    malformed: self.malformed[file as usize],
                })
                .collect(),
            dirt: self.dirt,
        }
    }

    fn planted<T: Clone>(&self, planted: &T, at: Touchpoint, position: usize) -> PlantedTruth<T> {
        PlantedTruth {
            planted: planted.clone(),
            stage: at.stage(),
            occasions: self.strikes[position].occasions,
            hits: self.strikes[position].hits,
            customers_exposed: self.exposed[position],
            customers_affected: self.affected[position],
        }
    }
}
