//! Designed journeys as nets: the stages of the map in their order, a model that was drawn, or what most customers do.

use periplus_conform::discover::Settings as Discovery;
use periplus_conform::net::{BYTES_MAX, Stage, Transition, from_stages, read};
use periplus_conform::{Error, Log, Net, discover};
use periplus_maps::JourneyMap;
use periplus_model::question::{Common, Unit};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::kind::{Asked, SequenceOf, watermark};
use crate::lens::{Lens, NONE};
use crate::scan::{Fold, Run, scan};
use crate::units::By;
use crate::ways::{Way, Ways};
use crate::{Desk, EngineError};

/// A text of a model may have so many bytes: it travels with the question.
const MODEL_BYTES_MAX: usize = 1 << 20;
const _: () = assert!(MODEL_BYTES_MAX <= BYTES_MAX);
/// So many of the most frequent sequences a design is discovered from,
const LEARNT_VARIANTS_MAX: usize = 20_000;
/// with so many activities together.
const LEARNT_STEPS_MAX: usize = 1_000_000;
/// So many customers are walked between two looks at how much memory that takes.
const WEIGH_EVERY: u64 = 4096;

/// What journeys are held against.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Model {
    /// The stages of the map, in order; in each at least one of its touchpoints, any number of times.
    #[default]
    Stages,
    /// What most customers do, in all of the data: found by the inductive miner.
    Discovered,
    /// A Petri net, the text of a PNML file.
    Pnml(String),
    /// A process, the text of a BPMN file.
    Bpmn(String),
}

/// A transition: its name, what it takes and what it gives.
type Told = (Option<String>, Vec<(u32, u32)>, Vec<(u32, u32)>);

/// A net on its way to other machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Carried {
    places: usize,
    transitions: Vec<Told>,
    start: Vec<(u32, u32)>,
    end: Vec<(u32, u32)>,
    /// The design in one line.
    pub(crate) told: String,
}

impl Carried {
    fn of(net: &Net, told: String) -> Carried {
        Carried {
            places: net.places().len(),
            transitions: net.transitions().iter().map(|t| (t.name.clone(), t.takes.clone(), t.gives.clone())).collect(),
            start: net.start().to_vec(),
            end: net.end().to_vec(),
            told,
        }
    }

    /// The net that was carried.
    pub(crate) fn net(&self) -> Result<Net, EngineError> {
        // The number came from another machine: nothing is made of it before it was compared.
        if self.places > periplus_conform::net::NODES_MAX {
            return Err(EngineError::Partial("the design that was carried is too large".to_owned()));
        }
        let transitions = self
            .transitions
            .iter()
            .map(|(name, takes, gives)| Transition { name: name.clone(), takes: takes.clone(), gives: gives.clone() })
            .collect();
        Net::new(vec![String::new(); self.places], transitions, self.start.clone(), self.end.clone()).map_err(wrong)
    }
}

/// What is wrong with a model is wrong with the question.
pub(crate) fn wrong(error: Error) -> EngineError {
    EngineError::Question(format!("the model cannot be used: {error}"))
}

/// The net of a map's stages. `optional` may be left out, and to `repeated` customers may come back.
pub(crate) fn of_stages(map: &JourneyMap, optional: &[String], repeated: &[String]) -> Result<Net, EngineError> {
    if let Some(unknown) = optional.iter().chain(repeated).find(|id| map.stage_index(id).is_none()) {
        return Err(EngineError::Question(format!("the map has no stage '{unknown}'")));
    }
    let stage = |stage: &periplus_maps::Stage| {
        let touchpoints: Vec<String> =
            map.touchpoints.iter().filter(|touchpoint| touchpoint.stage == stage.id).map(|touchpoint| touchpoint.name.clone()).collect();
        Stage {
            name: stage.name.clone(),
            // Nobody can meet a touchpoint of a stage that has none.
            optional: touchpoints.is_empty() || optional.contains(&stage.id),
            repeated: repeated.contains(&stage.id),
            touchpoints,
        }
    };
    from_stages(&map.stages.iter().map(stage).collect::<Vec<_>>()).map_err(wrong)
}

/// The net of a model that was drawn.
pub(crate) fn drawn(text: &str, is: fn(&[u8]) -> Result<Net, Error>) -> Result<Net, EngineError> {
    if text.len() > MODEL_BYTES_MAX {
        return Err(EngineError::Question(format!("the model has {} bytes; at most {MODEL_BYTES_MAX} can be used", text.len())));
    }
    // Whoever mistook one format for the other is told so.
    is(text.as_bytes()).map_err(|error| match read(text.as_bytes()) {
        Ok(_) => EngineError::Question("the model is of the other format: \"pnml\" and \"bpmn\" are two".to_owned()),
        Err(_) => wrong(error),
    })
}

/// How sequences of everybody are gathered.
struct Gathering<'d> {
    desk: &'d Desk<'d>,
    ways: Ways<u64>,
    steps: u64,
    taken: u64,
    collapse: bool,
    sequence: Vec<u32>,
}

impl Fold for Gathering<'_> {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        sequence(run, self.collapse, &mut self.sequence);
        if !self.sequence.is_empty() && self.sequence.len() <= super::analyses::LENGTH_MAX {
            let cell = self.ways.at(&self.sequence);
            self.steps += if *cell == 0 { self.sequence.len() as u64 } else { 0 };
            *cell += 1;
        }
        self.taken += 1;
        if self.taken.is_multiple_of(WEIGH_EVERY) {
            self.desk.watch.weigh((self.ways.len() as u64 * 100 + self.steps * 4) * self.desk.threads as u64)?;
        }
        Ok(())
    }
}

/// The codes of a run, one after the other; repetitions as one where they collapse.
pub(crate) fn sequence(run: &Run<'_>, collapse: bool, into: &mut Vec<u32>) {
    into.clear();
    for code in run.codes.iter().copied().filter(|code| *code != NONE) {
        if !(collapse && into.last() == Some(&code)) {
            into.push(code);
        }
    }
}

/// Discovers the design from everybody that the desk knows of, whatever period or segment is asked about: groups and periods can
/// only be compared if they are held against the same.
pub(crate) fn discovered(desk: &Desk<'_>, of: SequenceOf, unit: &Unit, noise: f64, collapse: bool) -> Result<Carried, EngineError> {
    let shared = Common::default();
    let lens = Lens { keep_all: *unit == Unit::Session, period: (i64::MIN, watermark(desk).saturating_add(1)), ..Lens::default() };
    let mut asked = Asked { desk, shared: &shared, lens, unit: unit.clone(), calendar: Calendar::of(&shared)? };
    let names = asked.codes(of)?;
    asked.lens.unit = By::of(unit, &mut asked.lens);
    let make = || Gathering { desk, ways: Ways::default(), steps: 0, taken: 0, collapse, sequence: Vec::new() };
    let (states, _) = scan(desk, &asked.lens, unit, make)?;
    let mut all: Ways<u64> = Ways::default();
    states.into_iter().for_each(|state| all.merge(state.ways, |mine, theirs| *mine += theirs));
    let mut order: Vec<(Way<'_>, u64)> = all.iter().map(|(way, cases)| (way, *cases)).collect();
    order.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut steps = 0;
    let frequent: Vec<(Vec<u32>, u64)> = order
        .into_iter()
        .take(LEARNT_VARIANTS_MAX)
        .map(|(way, cases)| (way.codes(), cases))
        .take_while(|(codes, _)| {
            steps += codes.len();
            steps <= LEARNT_STEPS_MAX
        })
        .collect();
    let log = Log::new(names.list().to_vec(), frequent).map_err(wrong)?;
    let tree = discover(&log, &Discovery { noise }).map_err(wrong)?;
    let net = tree.to_net(names.list()).map_err(wrong)?;
    Ok(Carried::of(&net, tree.display(names.list()).to_string()))
}
