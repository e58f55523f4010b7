//! What an experiment came to: treated arms against the control, whether the split was kept, and what to do.

use std::collections::BTreeMap;

use periplus_model::answer::{Column, ColumnKind};
use periplus_stats::experiment::balance::P_MIN;
use periplus_stats::experiment::{
    Balance, Correction, Direction, Evidence, Guardrail, Judgement, Steadier, Verdict, balance, correct, judge,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arms::{ALPHA, Cell, Compared, Measure, compare};
use crate::analyses::{count, p_value};

/// A metric, as it is judged.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    pub(crate) title: String,
    pub(crate) measure: Measure,
    pub(crate) better: Direction,
    /// By how much it may become worse, if it is a guardrail.
    pub(crate) guardrail: Option<f64>,
}

/// How an experiment is judged.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) control: String,
    /// The planned share of each arm; equal ones when there are none.
    pub(crate) weights: BTreeMap<String, f64>,
    pub(crate) gauges: Vec<Gauge>,
    /// Which of them decides.
    pub(crate) primary: usize,
    /// The smallest effect that would be worth it.
    pub(crate) worth: f64,
    pub(crate) planned: Option<u64>,
    /// Whether what was known before is taken out.
    pub(crate) cuped: bool,
    pub(crate) sequential: bool,
}

/// An arm, or a part of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arm {
    pub(crate) units: u64,
    /// One for each metric.
    pub(crate) cells: Vec<Cell>,
}

impl Arm {
    pub(crate) fn merge(&mut self, other: &Arm) {
        self.units += other.units;
        if self.cells.len() < other.cells.len() {
            self.cells.resize(other.cells.len(), Cell::default());
        }
        self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

/// A metric of a treated arm against the control.
pub(crate) struct Against<'t> {
    pub(crate) metric: usize,
    pub(crate) arm: &'t str,
    /// How, or why that cannot be said.
    pub(crate) compared: Result<Compared, String>,
    pub(crate) corrected: Option<f64>,
}

impl Trial {
    /// What was known before, of each metric, learnt from all arms.
    pub(crate) fn steadiers(&self, arms: &BTreeMap<&str, Arm>) -> Vec<Option<Steadier>> {
        let learn = |place: usize| {
            let cells: Vec<_> = arms.values().filter_map(|arm| arm.cells.get(place)).map(|cell| cell.measured).collect();
            Steadier::new(&cells).filter(|_| self.cuped && !self.gauges[place].measure.is_ratio())
        };
        (0..self.gauges.len()).map(learn).collect()
    }

    /// All treated arms against the control.
    pub(crate) fn against<'t>(&self, arms: &BTreeMap<&'t str, Arm>, metrics: impl Iterator<Item = usize>) -> Vec<Against<'t>> {
        let steadiers = self.steadiers(arms);
        let nothing = Cell::default();
        let cell = |arm: &str, metric: usize| arms.get(arm).and_then(|arm| arm.cells.get(metric)).unwrap_or(&nothing);
        let treated: Vec<&'t str> = arms.keys().copied().filter(|arm| *arm != self.control).collect();
        let mut all = Vec::new();
        for metric in metrics {
            for arm in &treated {
                let (control, measure) = (cell(&self.control, metric), self.gauges[metric].measure);
                let compared = compare(control, cell(arm, metric), measure, steadiers[metric].as_ref(), self.sequential);
                all.push(Against { metric, arm, compared: compared.map_err(|error| error.to_string()), corrected: None });
            }
        }
        all
    }

    /// What to do about an arm, of so many units in all arms; a reason when nothing can be said.
    pub(crate) fn judged(&self, all: &[Against<'_>], arm: &str, units: u64, split: Option<&Balance>) -> Result<Judgement, String> {
        let own = |metric: usize| all.iter().find(|against| against.metric == metric && against.arm == arm);
        let goal = own(self.primary).ok_or("it was not measured")?;
        let compared = goal.compared.as_ref().map_err(Clone::clone)?;
        let rails = self.gauges.iter().enumerate();
        let guardrails: Vec<Guardrail> = rails
            .filter_map(|(place, metric)| {
                let effect = own(place)?.compared.as_ref().ok()?.effect;
                Some(Guardrail { effect, better: metric.better, tolerance: metric.guardrail? })
            })
            .collect();
        Ok(judge(&Evidence {
            balance: split,
            goal: compared.effect,
            corrected_p: goal.corrected,
            alpha: ALPHA,
            better: self.gauges[self.primary].better,
            worth: self.worth,
            guardrails: &guardrails,
            units,
            planned: self.planned,
            sequential: self.sequential,
        }))
    }

    /// Whether the arms are as large as they were meant to be, and the sentence that says so.
    pub(crate) fn split(&self, arms: &BTreeMap<&str, Arm>) -> (Option<Balance>, String) {
        let planned = &self.weights;
        let mut names: Vec<&str> = arms.keys().copied().collect();
        names.extend(planned.keys().map(String::as_str).filter(|name| !arms.contains_key(name)));
        let units: Vec<u64> = names.iter().map(|name| arms.get(name).map_or(0, |arm| arm.units)).collect();
        let weight = |name: &&str| if planned.is_empty() { 1.0 } else { planned.get(*name).copied().unwrap_or(0.0) };
        match balance(&units, &names.iter().map(weight).collect::<Vec<_>>()) {
            Ok(found) => {
                let sizes = names.iter().zip(&units).zip(&found.expected);
                let sizes: Vec<String> =
                    sizes.map(|((name, units), expected)| format!("{name} {} of {expected:.0}", count(*units))).collect();
                let how = if found.broken { "The split is broken" } else { "The split is as it was meant to be" };
                let text = format!("{how} ({} expected; {}, the limit is {P_MIN}).", sizes.join(", "), p_value(found.p));
                (Some(found), text)
            }
            Err(error) => (None, format!("Whether the split was kept cannot be said: {error}.")),
        }
    }

    /// The headings of [`rows`](Self::rows); `by` is that of segments.
    pub(crate) fn columns(by: Option<&String>, unit: &str) -> Vec<Column> {
        let mut columns = vec![
            Column::new("metric", ColumnKind::Text),
            Column::new("arm", ColumnKind::Text),
            Column::new(unit, ColumnKind::Count),
            Column::new("did it", ColumnKind::Count),
            Column::new("value", ColumnKind::Number),
            Column::new("difference", ColumnKind::Number),
            Column::new("low", ColumnKind::Number),
            Column::new("high", ColumnKind::Number),
            Column::new("relative", ColumnKind::Share),
            Column::new("p", ColumnKind::Number),
            Column::new("corrected p", ColumnKind::Number),
            Column::new("chance to be better", ColumnKind::Share),
            Column::new("believed low", ColumnKind::Number),
            Column::new("believed high", ColumnKind::Number),
            Column::new("loss if taken", ColumnKind::Number),
            Column::new("loss if left", ColumnKind::Number),
            Column::new("verdict", ColumnKind::Text),
        ];
        if let Some(by) = by {
            columns.insert(0, Column::new(by, ColumnKind::Text));
        }
        columns
    }

    /// The rows of some comparisons: for each metric the control, then the others.
    pub(crate) fn rows(
        &self,
        segment: Option<&str>,
        arms: &BTreeMap<&str, Arm>,
        all: &[Against<'_>],
        verdict: impl Fn(&Against<'_>) -> String,
    ) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        let mut metrics: Vec<usize> = all.iter().map(|against| against.metric).collect();
        metrics.dedup();
        for place in metrics {
            let metric = &self.gauges[place];
            let mut row = |arm: &str, against: Option<&Against<'_>>| {
                let own = arms.get(arm);
                let cell = own.and_then(|own| own.cells.get(place)).copied().unwrap_or_default();
                let found = against.and_then(|against| against.compared.as_ref().ok());
                let effect = found.map(|found| found.effect);
                let less = metric.better == Direction::Less;
                let chance = found.map(|found| if less { 1.0 - found.belief.chance_to_win } else { found.belief.chance_to_win });
                // Where less is better, more of it is what is lost.
                let losses = found.map(|found| found.belief).map(|belief| {
                    if less { (belief.loss_control, belief.loss_treated) } else { (belief.loss_treated, belief.loss_control) }
                });
                let mut cells: Vec<Value> = segment.into_iter().map(Value::from).collect();
                cells.extend([
                    metric.title.as_str().into(),
                    arm.into(),
                    own.map_or(0, |own| own.units).into(),
                    cell.converted.into(),
                    cell.value(metric.measure).into(),
                    effect.map(|effect| effect.value).into(),
                    effect.map(|effect| effect.low).into(),
                    effect.map(|effect| effect.high).into(),
                    found.and_then(|found| found.lift).into(),
                    effect.map(|effect| effect.p).into(),
                    against.and_then(|against| against.corrected).into(),
                    chance.into(),
                    found.map(|found| found.belief.low).into(),
                    found.map(|found| found.belief.high).into(),
                    losses.map(|(taken, _)| taken).into(),
                    losses.map(|(_, left)| left).into(),
                    against.map_or_else(|| "control".to_owned(), &verdict).into(),
                ]);
                rows.push(cells);
            };
            row(&self.control, None);
            all.iter().filter(|against| against.metric == place).for_each(|against| row(against.arm, Some(against)));
        }
        rows
    }

    /// In a word or two, what an effect that does not decide says.
    pub(crate) fn aside(&self, against: &Against<'_>) -> String {
        let Ok(found) = &against.compared else { return "cannot be said".to_owned() };
        let metric = &self.gauges[against.metric];
        let (low, high) =
            if metric.better == Direction::More { (found.effect.low, found.effect.high) } else { (-found.effect.high, -found.effect.low) };
        let chance = against.corrected.is_some_and(|p| p > ALPHA);
        match metric.guardrail {
            Some(margin) if high < -margin => "hurt".to_owned(),
            Some(margin) if low < -margin => "may be hurt".to_owned(),
            Some(_) => "not hurt".to_owned(),
            None if low > 0.0 && !chance => "better".to_owned(),
            None if high < 0.0 && !chance => "worse".to_owned(),
            None => "open".to_owned(),
        }
    }
}

/// Corrects p-values of those that belong together.
pub(crate) fn corrected(all: &mut [Against<'_>], how: Correction, belongs: impl Fn(&Against<'_>) -> bool) {
    let own: Vec<usize> = (0..all.len()).filter(|place| all[*place].compared.is_ok() && belongs(&all[*place])).collect();
    let p: Vec<f64> = own.iter().filter_map(|place| all[*place].compared.as_ref().ok()).map(|found| found.effect.p).collect();
    for (place, p) in own.into_iter().zip(correct(&p, how)) {
        all[place].corrected = Some(p);
    }
}

/// How good a verdict is, to find the arm that is worth the first sentence.
pub(crate) fn rank(judged: &Result<Judgement, String>) -> u8 {
    match judged.as_ref().map(|judgement| judgement.verdict) {
        Ok(Verdict::SrmBroken) => 5,
        Ok(Verdict::Ship) => 4,
        Ok(Verdict::NotYet) => 3,
        Ok(Verdict::GuardrailHurt) => 2,
        Ok(Verdict::Dont) => 1,
        Err(_) => 0,
    }
}
