//! How sure credits are: what they would have been with other journeys of the same kind.

use periplus_model::answer::Estimate;

use super::{Credits, Model, Prepared};
use crate::bootstrap::Bootstrap;
use crate::chain::sweep::{DRAWN, EXACT};
use crate::chance::Chance;
use crate::paths::{JourneyError, Paths, Weight};

/// Credits with intervals. By channel; `n` is the number of conversions with a touch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    /// Credited conversions.
    pub conversions: Vec<Estimate>,
    /// Credited value, in currency units.
    pub value: Vec<Estimate>,
}

/// Credits of several models with percentile intervals of the Poisson bootstrap (Hanley and MacGibbon 2006, *Creating
/// non-parametric bootstrap samples using Poisson frequencies*): in each draw, every journey counts as often as a Poisson number of
/// mean 1 says, so a path's conversions and nulls are Poisson numbers of their means. All models see the same draws. How many
/// conversions there are varies between draws, as it would.
///
/// Values of conversions that were pushed as one path are taken as equal: intervals of value are then too narrow. Draws without a
/// conversion after a touch do not count.
///
/// Errors: those of [`credits`](super::credits), or a setting out of its range.
pub fn intervals(paths: &Paths, models: &[Model], how: &Bootstrap) -> Result<Vec<Intervals>, JourneyError> {
    how.check()?;
    let prepared: Vec<Prepared> = models.iter().map(|model| Prepared::new(paths, model)).collect::<Result<_, _>>()?;
    let figures: Vec<Credits> = prepared.iter().map(|model| model.credits(paths, EXACT)).collect::<Result<_, _>>()?;
    let n = paths.converted(true).0;
    let channels = paths.channels();
    // By model, then channel, conversions before value.
    let mut drawn: Vec<Vec<Vec<f64>>> = vec![vec![Vec::with_capacity(how.draws); 2 * channels]; models.len()];
    let mut draw = paths.clone();
    for number in 0..how.draws {
        let mut dice = Chance::of(how.seed, number as u64);
        draw.reweight(paths.weights().iter().map(|weight| drawn_weight(weight, &mut dice)).collect());
        for (model, drawn) in prepared.iter().zip(&mut drawn) {
            let credits = match model.credits(&draw, DRAWN) {
                Ok(credits) => credits,
                Err(JourneyError::NoConversions | JourneyError::NoJourneys) => continue,
                Err(error) => return Err(error),
            };
            credits.conversions.iter().chain(&credits.value).zip(drawn.iter_mut()).for_each(|(credit, drawn)| drawn.push(*credit));
        }
    }
    let mut found = Vec::with_capacity(models.len());
    for (figures, mut drawn) in figures.iter().zip(drawn) {
        let (conversions, value) = drawn.split_at_mut(channels);
        found.push(Intervals {
            conversions: figures.conversions.iter().zip(conversions).map(|(value, drawn)| how.interval(*value, drawn, n)).collect(),
            value: figures.value.iter().zip(value).map(|(value, drawn)| how.interval(*value, drawn, n)).collect(),
        });
    }
    Ok(found)
}

fn drawn_weight(weight: &Weight, dice: &mut Chance) -> Weight {
    let conversions = dice.poisson(weight.conversions as f64);
    let nulls = dice.poisson(weight.nulls as f64);
    let each = if weight.conversions > 0 { weight.value / weight.conversions as f64 } else { 0.0 };
    Weight { conversions, value: each * conversions as f64, nulls }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Model; 5] = [Model::First, Model::Linear, Model::Shapley, Model::Markov { order: 1 }, Model::Markov { order: 2 }];

    fn paths(scale: u64) -> Paths {
        let mut paths = Paths::new(3).unwrap();
        for (touches, conversions, nulls) in [(&[0u16, 1][..], 6, 30), (&[1], 10, 20), (&[0, 1, 0], 3, 9), (&[], 2, 4)] {
            let (conversions, nulls) = (conversions * scale, nulls * scale);
            paths.push(touches, &[], Weight { conversions, value: conversions as f64 * 4.0, nulls }).unwrap();
        }
        paths
    }

    #[test]
    fn intervals_repeat_and_hold_their_figure() {
        let how = Bootstrap::default();
        let found = intervals(&paths(1), &ALL, &how).unwrap();
        assert_eq!(found, intervals(&paths(1), &ALL, &how).unwrap());
        assert_ne!(found, intervals(&paths(1), &ALL, &Bootstrap { seed: 2, ..how }).unwrap());
        for intervals in &found {
            for estimate in intervals.conversions.iter().chain(&intervals.value) {
                assert!(estimate.low <= estimate.value && estimate.value <= estimate.high && estimate.n == 19);
            }
            assert_eq!((intervals.conversions[2].low, intervals.conversions[2].high), (0.0, 0.0), "nobody touched it");
        }
    }

    /// First touch is a plain count: its interval is that of a Poisson number, λ ± 1.96 √λ.
    #[test]
    fn a_count_has_the_interval_of_a_count() {
        let found = intervals(&paths(100), &[Model::First], &Bootstrap { draws: 4000, ..Bootstrap::default() }).unwrap();
        let first = found[0].conversions[0];
        assert_eq!(first.value, 900.0);
        assert!((first.low - (900.0 - 58.8)).abs() < 5.0 && (first.high - (900.0 + 58.8)).abs() < 5.0, "{first:?}");
        let value = found[0].value[0];
        assert!((value.low - 4.0 * first.low).abs() < 1e-9 && (value.high - 4.0 * first.high).abs() < 1e-9);
    }

    #[test]
    fn wrong_settings_are_told() {
        for how in [Bootstrap { draws: 5, ..Bootstrap::default() }, Bootstrap { level: 1.0, ..Bootstrap::default() }] {
            assert!(matches!(intervals(&paths(1), &ALL, &how), Err(JourneyError::Setting { .. })));
        }
        assert_eq!(intervals(&Paths::new(1).unwrap(), &ALL, &Bootstrap::default()), Err(JourneyError::NoJourneys));
    }
}
