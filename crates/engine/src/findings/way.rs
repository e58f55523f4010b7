//! A customer's way: touchpoints in order, visit by visit, and the trials that they are.

use periplus_findings::Trial;
use periplus_kernels::SessionRules;

use super::rulebook::Rulebook;
use crate::lens::NONE;
use crate::scan::Run;

/// A pause that ends a visit, in microseconds.
pub(crate) const PAUSE: i64 = SessionRules::MICROS.gap_max;
/// Nobody looks further than so many steps: programs that pass for customers take a million.
const LOOK_MAX: usize = 256;
pub(crate) const DAY: i64 = 86_400_000_000;

/// One customer's way.
pub(crate) struct Way<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) rules: &'a Rulebook,
    pub(crate) steps: &'a [Step],
}

/// One touchpoint on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The row of the run.
    pub(crate) row: usize,
    pub(crate) time: i64,
    pub(crate) code: u32,
    /// Which visit, from 0.
    pub(crate) visit: u32,
}

impl Way<'_> {
    /// The steps after one.
    pub(crate) fn later(&self, step: usize) -> &[Step] {
        let rest = &self.steps[step + 1..];
        &rest[..rest.len().min(LOOK_MAX)]
    }

    /// The steps before one.
    pub(crate) fn earlier(&self, step: usize) -> &[Step] {
        &self.steps[step.saturating_sub(LOOK_MAX)..step]
    }

    /// The steps after one in the same visit.
    pub(crate) fn rest_of_visit(&self, step: usize) -> &[Step] {
        let visit = self.steps[step].visit;
        let rest = self.later(step);
        &rest[..rest.partition_point(|next| next.visit == visit)]
    }

    /// The last step that is at or before a row.
    pub(crate) fn step_until(&self, row: usize) -> Option<usize> {
        self.steps.partition_point(|step| step.row <= row).checked_sub(1)
    }

    /// The steps before one in the same visit.
    pub(crate) fn earlier_in_visit(&self, step: usize) -> &[Step] {
        let visit = self.steps[step].visit;
        let before = self.earlier(step);
        &before[before.partition_point(|step| step.visit < visit)..]
    }

    pub(crate) fn stage(&self, step: &Step) -> usize {
        self.rules.stage_of[step.code as usize]
    }

    pub(crate) fn rank(&self, step: &Step) -> usize {
        self.rules.rank[step.code as usize]
    }

    /// Whether a span after a moment is over, as far as the data goes.
    pub(crate) fn is_over(&self, from: i64, span: i64) -> bool {
        from.saturating_add(span) <= self.rules.known_until
    }
}

/// What an answer is about: a touchpoint, and the step at which it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) step: usize,
    pub(crate) place: usize,
}

/// What detectors say of the steps of a way.
pub(crate) struct Judged<'a> {
    pub(crate) trials: &'a mut Vec<Trial>,
    pub(crate) bit: u32,
}

impl Judged<'_> {
    /// Something could strike at a step, and did or did not.
    pub(crate) fn at(&mut self, step: usize, struck: bool) {
        if let Some(trial) = self.trials.get_mut(step) {
            trial.exposed |= self.bit;
            trial.hit |= if struck { self.bit } else { 0 };
        }
    }

    /// Something could strike what an answer is about, and did or did not.
    pub(crate) fn about(&mut self, spot: Spot, struck: bool) {
        match self.trials.get(spot.step).map(|trial| usize::from(trial.place) == spot.place) {
            Some(true) => self.at(spot.step, struck),
            Some(false) => self.elsewhere(spot.step, u32::try_from(spot.place).unwrap_or(u32::MAX), struck),
            None => {}
        }
    }

    /// At a step, something could strike at another place.
    pub(crate) fn elsewhere(&mut self, step: usize, place: u32, struck: bool) {
        if let (Some(trial), Ok(place)) = (self.trials.get(step), u16::try_from(place)) {
            let hit = if struck { self.bit } else { 0 };
            // Behind those of the steps.
            self.trials.push(Trial { place, exposed: self.bit, hit, measured: [0; 2], next: 0, ..*trial });
        }
    }
}

impl Judged<'_> {
    /// A measurement at a step, which is judged when all are known: of the way to the next place, or of the step itself.
    pub(crate) fn measured(&mut self, step: usize, which: Measure, seconds: f64, next: u32) {
        if let Some(trial) = self.trials.get_mut(step) {
            trial.measured[which as usize] = bucket(seconds);
            if which == Measure::Way {
                trial.next = u16::try_from(next).unwrap_or(u16::MAX);
            }
        }
    }
}

/// What is measured at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// How long it took to get to the next place.
    Way,
    /// How long the step itself took.
    Step,
}

/// Third-octaves of seconds, from 1; beyond about 200 years they are all one.
pub(crate) fn bucket(seconds: f64) -> u8 {
    if seconds.is_finite() { (1.0 + ((seconds.max(0.0) + 1.0).log2() * 3.0)).min(100.0) as u8 } else { 0 }
}

/// The seconds at the upper end of a bucket.
pub(crate) fn bucket_end(bucket: u8) -> f64 {
    (f64::from(bucket) / 3.0).exp2() - 1.0
}

/// Steps of a run, again and again in the same memory.
#[derive(Default)]
pub(crate) struct Walked {
    pub(crate) steps: Vec<Step>,
    pub(crate) trials: Vec<Trial>,
}

impl Walked {
    /// Finds the steps of a run and begins a trial for each, in which nothing has struck yet.
    pub(crate) fn walk(&mut self, run: &Run<'_>, rules: &Rulebook, day_of: impl Fn(i64) -> u16, groups: impl Fn(usize) -> u64) {
        self.steps.clear();
        self.trials.clear();
        let mut visit = 0;
        for (row, (code, time)) in run.codes.iter().zip(run.times).enumerate() {
            if *code == NONE {
                continue;
            }
            if self.steps.last().is_some_and(|last: &Step| time - last.time > PAUSE) {
                visit += 1;
            }
            self.steps.push(Step { row, time: *time, code: *code, visit });
            let place = u16::try_from(*code).unwrap_or(u16::MAX);
            self.trials.push(Trial { place, day: day_of(*time), groups: groups(row), ..Trial::default() });
        }
        self.consequences(run, rules);
    }

    /// How the customer went on after each step: further, and how much was spent.
    fn consequences(&mut self, run: &Run<'_>, rules: &Rulebook) {
        let spent = |row: usize| rules.spent(run, row);
        // Both ends of the horizon move forward together with the steps.
        let (mut sum, mut until, mut after) = (0.0, 0, 0);
        for (step, trial) in self.steps.iter().zip(&mut self.trials) {
            while until < run.times.len() && run.times[until] <= step.time.saturating_add(rules.horizon) {
                sum += spent(until);
                until += 1;
            }
            while after <= step.row {
                sum -= spent(after);
                after += 1;
            }
            trial.judged = step.time.saturating_add(rules.horizon) <= rules.known_until;
            trial.spent = if trial.judged { sum.clamp(0.0, f64::from(u32::MAX)) as u32 } else { 0 };
        }
        // Backwards: when the next event comes that enters a stage beyond.
        let mut enters_at: Vec<i64> = vec![i64::MAX; rules.stages];
        let mut row = run.times.len();
        for (step, trial) in self.steps.iter().zip(&mut self.trials).rev() {
            while row > step.row + 1 {
                row -= 1;
                if let Some(stage) = rules.enters(run.codes[row], run.mask(row)) {
                    enters_at[..=stage].iter_mut().for_each(|at| *at = run.times[row]);
                }
            }
            let beyond = enters_at.get(rules.stage_of[step.code as usize] + 1).copied().unwrap_or(i64::MAX);
            trial.reached = beyond <= step.time.saturating_add(rules.horizon);
        }
    }
}
