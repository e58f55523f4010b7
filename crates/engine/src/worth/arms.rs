//! What arms of an experiment did: sums of each arm that are exact, and from them effects, beliefs and verdicts.

use periplus_stats::experiment::sequential::TUNED_FOR;
use periplus_stats::experiment::{
    Belief, Effect, ExperimentError, Measured, Sample, Scale, Steadier, always_valid, belief, effect, share_effect,
};
use serde::{Deserialize, Serialize};

use super::amounts::UNIT;

/// How often a treatment that does nothing may look as if it did.
pub(crate) const ALPHA: f64 = 0.05;

/// What a metric measures of each customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Whether they did it.
    Share,
    /// How often.
    Count,
    /// What it brought, in millionths.
    Amount,
    /// How often they did one thing for each time that they did another.
    CountEach,
    /// What one thing brought, in millionths, for each time that they did another.
    AmountEach,
}

impl Measure {
    /// So many of what is summed make one of what is shown.
    fn unit(self) -> f64 {
        match self {
            Measure::Amount | Measure::AmountEach => UNIT,
            Measure::Share | Measure::Count | Measure::CountEach => 1.0,
        }
    }

    pub(crate) fn is_ratio(self) -> bool {
        matches!(self, Measure::CountEach | Measure::AmountEach)
    }
}

/// One metric of one arm, or of a part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// Customers who did it at least once.
    pub(crate) converted: u64,
    /// Of each customer: what is measured, and what it is divided by, or what was known before.
    pub(crate) measured: Measured,
}

impl Cell {
    pub(crate) fn merge(&mut self, other: &Cell) {
        self.converted += other.converted;
        self.measured.merge(&other.measured);
    }

    fn sample(&self, measure: Measure, steadier: Option<&Steadier>) -> Option<Sample> {
        let sample = match (measure, steadier) {
            (Measure::Share, None) => Sample::share(self.converted, self.measured.count()),
            (Measure::CountEach | Measure::AmountEach, _) => self.measured.ratio(),
            (_, Some(steadier)) => steadier.adjust(&self.measured),
            (_, None) => self.measured.mean(),
        }?;
        let unit = measure.unit();
        Some(Sample { n: sample.n, mean: sample.mean / unit, variance: sample.variance / (unit * unit), base: sample.base / unit })
    }

    /// What is shown of the arm: a share, a mean or a ratio, as it was measured; none when nothing was.
    pub(crate) fn value(&self, measure: Measure) -> Option<f64> {
        if measure == Measure::Share {
            return Sample::share(self.converted, self.measured.count()).map(|sample| sample.mean);
        }
        self.sample(measure, None).map(|sample| sample.mean)
    }
}

/// A treated arm against the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Compared {
    pub(crate) effect: Effect,
    /// As a share of what the control has; none when that is not above 0.
    pub(crate) lift: Option<f64>,
    pub(crate) belief: Belief,
}

/// Compares two arms. `steadier` takes out what was known before; `is_sequential` makes intervals that hold at every look.
pub(crate) fn compare(
    control: &Cell,
    treated: &Cell,
    measure: Measure,
    steadier: Option<&Steadier>,
    is_sequential: bool,
) -> Result<Compared, ExperimentError> {
    let steadier = steadier.filter(|_| !measure.is_ratio());
    let few = ExperimentError::TooFew;
    let samples = (control.sample(measure, steadier).ok_or(few)?, treated.sample(measure, steadier).ok_or(few)?);
    // Without any variance in either arm there is no belief, and what the other tests would say is no more than that.
    let belief = belief(&samples.0, &samples.1, Scale::Difference, ALPHA, None)?;
    let found = if is_sequential {
        always_valid(&samples.0, &samples.1, Scale::Difference, ALPHA, TUNED_FOR)?
    } else if measure == Measure::Share && steadier.is_none() {
        let share = |cell: &Cell| (cell.converted, cell.measured.count());
        share_effect(share(control), share(treated))?
    } else {
        effect(&samples.0, &samples.1, Scale::Difference, ALPHA)?
    };
    let lift = (samples.0.base > 0.0).then(|| found.value / samples.0.base).filter(|lift| lift.is_finite());
    Ok(Compared { effect: found, lift, belief })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(values: &[(i64, i64)]) -> Cell {
        let mut cell = Cell::default();
        for (y, x) in values {
            cell.converted += u64::from(*y > 0);
            cell.measured.add(*y, *x);
        }
        cell
    }

    #[test]
    fn each_measure_is_told_in_its_own_unit() {
        let one = cell(&[(2_000_000, 1), (0, 3), (4_000_000, 2), (0, 0)]);
        assert_eq!(one.value(Measure::Share), Some(0.5));
        assert_eq!(one.value(Measure::Amount), Some(1.5));
        assert_eq!(one.value(Measure::AmountEach), Some(1.0));
        assert_eq!(cell(&[(3, 1), (1, 1)]).value(Measure::Count), Some(2.0));
        assert_eq!(Cell::default().value(Measure::Share), None);
    }

    #[test]
    fn what_was_known_before_makes_it_surer_and_looking_often_less_sure() {
        let arm = |more: i64| cell(&(0..200).map(|n| (10 * (n % 20) + n % 3 + more, 10 * (n % 20))).collect::<Vec<_>>());
        let (control, treated) = (arm(0), arm(2));
        let steadier = Steadier::new(&[control.measured, treated.measured]).unwrap();
        let width = |compared: Compared| compared.effect.high - compared.effect.low;
        let plain = compare(&control, &treated, Measure::Count, None, false).unwrap();
        let steady = compare(&control, &treated, Measure::Count, Some(&steadier), false).unwrap();
        let often = compare(&control, &treated, Measure::Count, None, true).unwrap();
        assert!((plain.effect.value - 2.0).abs() < 1e-9 && (steady.effect.value - 2.0).abs() < 1e-9);
        assert!(width(steady) < 0.2 * width(plain) && width(often) > width(plain));
        assert!(steady.belief.chance_to_win > 0.999 && plain.lift.unwrap() > 0.0);
        assert_eq!(
            compare(&cell(&[(1, 0), (1, 0)]), &cell(&[(1, 0), (1, 0)]), Measure::Share, None, false),
            Err(ExperimentError::NoVariance)
        );
        assert_eq!(compare(&Cell::default(), &treated, Measure::Count, None, false), Err(ExperimentError::TooFew));
    }
}
