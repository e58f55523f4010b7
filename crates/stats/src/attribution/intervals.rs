//! How sure credits are: what they would have been with other journeys of the same kind.

use periplus_model::answer::Estimate;

use super::markov::Walks;
use super::{Credits, Model, Prepared};
use crate::bootstrap::Bootstrap;
use crate::chain::sweep::{DRAWN, EXACT};
use crate::chance::Chance;
use crate::paths::{JourneyError, Paths};

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
        draw.reweight(paths.weights().iter().map(|weight| weight.drawn(&mut dice)).collect());
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

/// The same of Markov attribution where there are too many different paths to draw each: the transitions of the chain are drawn instead
/// (gamma numbers with their counts as mean, so that the ways from each state are Dirichlet; as [`what_if`](crate::chain::what_if())
/// draws them). It takes as long as there are transitions. Intervals are those of journeys that remember no more than the chain does; in
/// simulated journeys that did, they were as wide as those of [`intervals`] and covered as often.
///
/// Errors: as [`intervals`].
pub fn chain_intervals(paths: &Paths, order: usize, how: &Bootstrap) -> Result<Intervals, JourneyError> {
    how.check()?;
    let walks = Walks::new(paths, order)?;
    let (counts, n, channels) = (walks.count(paths), paths.converted(true).0, paths.channels());
    if n == 0 {
        return Err(JourneyError::NoConversions);
    }
    let figures = walks.solve_counts(&counts, channels, EXACT)?.credits;
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(how.draws); 2 * channels];
    for number in 0..how.draws {
        let credits = walks.solve_counts(&counts.drawn(&mut Chance::of(how.seed, number as u64)), channels, DRAWN)?.credits;
        credits.conversions.iter().chain(&credits.value).zip(&mut drawn).for_each(|(credit, drawn)| drawn.push(*credit));
    }
    let (conversions, value) = drawn.split_at_mut(channels);
    let interval =
        |figures: &[f64], drawn: &mut [Vec<f64>]| figures.iter().zip(drawn).map(|(value, drawn)| how.interval(*value, drawn, n)).collect();
    Ok(Intervals { conversions: interval(&figures.conversions, conversions), value: interval(&figures.value, value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Weight;
    use std::collections::BTreeMap;

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

    /// Journeys through a chain of three channels, each of which leads on, to a conversion or to none by chances of its own.
    fn walked(journeys: u64, seed: u64) -> Paths {
        let mut dice = Chance::of(seed, 99);
        let mut counted: BTreeMap<Vec<u16>, (u64, u64)> = BTreeMap::new();
        for _ in 0..journeys {
            let (mut path, mut at) = (Vec::new(), [0.5, 0.3, 0.2, 0.0, 0.0]);
            let converted = loop {
                let mut lot = dice.share();
                let next = at.iter().position(|share| {
                    lot -= share;
                    lot < 0.0
                });
                match next {
                    Some(3) => break true,
                    Some(channel @ 0..3) => {
                        path.push(channel as u16);
                        at = [[0.1, 0.3, 0.1, 0.2, 0.3], [0.1, 0.1, 0.3, 0.1, 0.4], [0.2, 0.1, 0.1, 0.3, 0.3]][channel];
                    }
                    _ => break false,
                }
            };
            let ends = counted.entry(path).or_default();
            if converted { ends.0 += 1 } else { ends.1 += 1 }
        }
        let mut paths = Paths::new(3).unwrap();
        for (path, (conversions, nulls)) in counted {
            paths.push(&path, &[], Weight { conversions, value: conversions as f64 * 5.0, nulls }).unwrap();
        }
        paths
    }

    /// In 95 of 100 worlds the interval should hold what the chain that made the journeys comes to; of 200 worlds 95 % ± 3.0 are within two
    /// deviations. Both ways to draw, for a channel of many and one of few.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        // What as many journeys come to on average, told by very many.
        let truth = super::super::credits(&walked(400_000, 1), &Model::Markov { order: 1 }).unwrap();
        let (worlds, journeys) = (200u64, 400u64);
        let mut held = [[0u32; 2]; 2];
        let mut width = [0.0; 2];
        for world in 0..worlds {
            let paths = walked(journeys, 1000 + world);
            let how = Bootstrap { draws: 100, seed: world, level: 0.95 };
            let by_paths = intervals(&paths, &[Model::Markov { order: 1 }], &how).unwrap().remove(0);
            let by_steps = chain_intervals(&paths, 1, &how).unwrap();
            for (way, found) in [by_paths, by_steps].iter().enumerate() {
                for (place, channel) in [0usize, 2].into_iter().enumerate() {
                    let (found, truth) = (found.conversions[channel], truth.conversions[channel] * journeys as f64 / 400_000.0);
                    held[way][place] += u32::from(found.low <= truth && truth <= found.high);
                    width[way] += (found.high - found.low) / worlds as f64;
                }
            }
        }
        let least = (0.90 * worlds as f64) as u32;
        assert!(held.iter().flatten().all(|held| *held >= least && *held < worlds as u32), "{held:?} of {worlds}");
        assert!((width[0] / width[1] - 1.0).abs() < 0.1, "{width:?}");
    }

    #[test]
    fn many_paths_are_drawn_by_their_steps() {
        let how = Bootstrap::default();
        let paths = walked(2_000, 7);
        for order in [1, 2] {
            let found = chain_intervals(&paths, order, &how).unwrap();
            let by_paths = intervals(&paths, &[Model::Markov { order }], &how).unwrap().remove(0);
            for (one, other) in found.conversions.iter().zip(&by_paths.conversions) {
                assert!(one.value == other.value && one.n == other.n && one.low < one.value && one.value < one.high);
            }
            assert_eq!(found, chain_intervals(&paths, order, &how).unwrap());
        }
        assert!(matches!(chain_intervals(&paths, 0, &how), Err(JourneyError::Setting { .. })));
        assert!(matches!(chain_intervals(&paths, 1, &Bootstrap { draws: 5, ..how }), Err(JourneyError::Setting { .. })));
        let mut none = Paths::new(1).unwrap();
        none.push(&[0], &[], Weight { conversions: 0, value: 0.0, nulls: 4 }).unwrap();
        assert_eq!(chain_intervals(&none, 1, &how), Err(JourneyError::NoConversions));
    }

    #[test]
    fn wrong_settings_are_told() {
        for how in [Bootstrap { draws: 5, ..Bootstrap::default() }, Bootstrap { level: 1.0, ..Bootstrap::default() }] {
            assert!(matches!(intervals(&paths(1), &ALL, &how), Err(JourneyError::Setting { .. })));
        }
        assert_eq!(intervals(&Paths::new(1).unwrap(), &ALL, &Bootstrap::default()), Err(JourneyError::NoJourneys));
    }
}
