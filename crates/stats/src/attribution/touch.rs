//! Rules that look at one path at a time.

use super::{Credits, Model, Position};
use crate::paths::{JourneyError, Path, Paths};

/// Whether a rule's settings are in their range, and the paths tell what it needs.
pub(crate) fn checked(model: &Model, paths: &Paths) -> Result<(), JourneyError> {
    match model {
        Model::Position(Position { first, last }) if !(*first >= 0.0 && *last >= 0.0 && first + last <= 1.0) => {
            Err(JourneyError::Setting { what: "the shares of the first and the last touch", range: "0 or more, and at most 1 together" })
        }
        Model::TimeDecay { half_life_seconds } if !(*half_life_seconds > 0.0 && half_life_seconds.is_finite()) => {
            Err(JourneyError::Setting { what: "the half-life", range: "above 0 seconds" })
        }
        Model::TimeDecay { .. } if !paths.timed() => Err(JourneyError::AgesNeeded),
        _ => Ok(()),
    }
}

/// Divides by a rule that was checked.
pub(crate) fn credits(paths: &Paths, model: &Model) -> Credits {
    let mut credits = Credits::none(paths);
    // Which path touched a channel last, so that each counts once in it.
    let mut seen = vec![0usize; paths.channels()];
    let mut shares = Vec::new();
    for (number, path) in paths.iter().enumerate().filter(|(_, path)| path.weight.conversions > 0) {
        let (Some(first), Some(last)) = (path.touches.first(), path.touches.last()) else { continue };
        match model {
            Model::First => credits.give(*first, 1.0, &path.weight),
            Model::Last => credits.give(*last, 1.0, &path.weight),
            Model::Participation => {
                for channel in path.touches {
                    if std::mem::replace(&mut seen[usize::from(*channel)], number + 1) != number + 1 {
                        credits.give(*channel, 1.0, &path.weight);
                    }
                }
            }
            Model::Position(position) => positions(&mut credits, &path, position),
            Model::TimeDecay { half_life_seconds } => {
                let latest = path.ages.last().copied().unwrap_or_default();
                shares.clear();
                // Counted from the last touch: however long ago all of it was, somebody is left with a share.
                shares.extend(path.ages.iter().map(|age| (-(f64::from(*age - latest.min(*age))) / half_life_seconds).exp2()));
                let sum: f64 = shares.iter().sum();
                path.touches.iter().zip(&shares).for_each(|(channel, share)| credits.give(*channel, share / sum, &path.weight));
            }
            Model::Linear | Model::Markov { .. } | Model::Shapley => {
                let share = 1.0 / path.touches.len() as f64;
                path.touches.iter().for_each(|channel| credits.give(*channel, share, &path.weight));
            }
        }
    }
    credits
}

fn positions(credits: &mut Credits, path: &Path, position: &Position) {
    let middle = 1.0 - position.first - position.last;
    match path.touches {
        [] => {}
        [only] => credits.give(*only, 1.0, &path.weight),
        [first, last] => {
            credits.give(*first, position.first + middle / 2.0, &path.weight);
            credits.give(*last, position.last + middle / 2.0, &path.weight);
        }
        [first, between @ .., last] => {
            credits.give(*first, position.first, &path.weight);
            between.iter().for_each(|channel| credits.give(*channel, middle / between.len() as f64, &path.weight));
            credits.give(*last, position.last, &path.weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::credits;
    use super::*;
    use crate::paths::Weight;

    const ONE: Weight = Weight { conversions: 1, value: 10.0, nulls: 0 };

    fn of(touches: &[u16], ages: &[u32], model: Model) -> Vec<f64> {
        let mut paths = Paths::new(3).unwrap();
        paths.push(touches, ages, ONE).unwrap();
        let found = credits(&paths, &model).unwrap();
        found.conversions.iter().zip(&found.value).for_each(|(conversions, value)| assert!((conversions * 10.0 - value).abs() < 1e-12));
        found.conversions
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15), "{found:?} is not {expected:?}");
    }

    #[test]
    fn each_rule_divides_as_its_doc_says() {
        let path = [0, 1, 1, 2];
        near(&of(&path, &[], Model::First), &[1.0, 0.0, 0.0]);
        near(&of(&path, &[], Model::Last), &[0.0, 0.0, 1.0]);
        near(&of(&path, &[], Model::Linear), &[0.25, 0.5, 0.25]);
        near(&of(&path, &[], Model::Participation), &[1.0, 1.0, 1.0]);
        near(&of(&path, &[], Model::Position(Position::default())), &[0.4, 0.2, 0.4]);
        near(&of(&path, &[], Model::Position(Position { first: 0.1, last: 0.6 })), &[0.1, 0.3, 0.6]);
        near(&of(&[2], &[], Model::Position(Position { first: 0.0, last: 0.0 })), &[0.0, 0.0, 1.0]);
        near(&of(&[2, 0], &[], Model::Position(Position { first: 0.1, last: 0.6 })), &[0.75, 0.0, 0.25]);
        near(&of(&[0, 1, 2], &[20, 10, 0], Model::TimeDecay { half_life_seconds: 10.0 }), &[1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]);
    }

    #[test]
    fn touches_of_long_ago_share_what_there_is() {
        near(&of(&[0, 1], &[4_000_000_000, 4_000_000_000], Model::TimeDecay { half_life_seconds: 1e-3 }), &[0.5, 0.5, 0.0]);
        near(&of(&[0, 1], &[4_000_000_000, 3_000_000_000], Model::TimeDecay { half_life_seconds: 1e-300 }), &[0.0, 1.0, 0.0]);
        near(&of(&[0, 1], &[4_000_000_000, 3], Model::TimeDecay { half_life_seconds: 1e300 }), &[0.5, 0.5, 0.0]);
    }

    #[test]
    fn wrong_settings_and_missing_times_are_told() {
        let mut paths = Paths::new(1).unwrap();
        assert_eq!(credits(&paths, &Model::First), Err(JourneyError::NoJourneys));
        paths.push(&[], &[], ONE).unwrap();
        assert_eq!(credits(&paths, &Model::First), Err(JourneyError::NoConversions));
        paths.push(&[0], &[], ONE).unwrap();
        assert_eq!(credits(&paths, &Model::TimeDecay { half_life_seconds: 9.0 }), Err(JourneyError::AgesNeeded));
        for half_life_seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let found = credits(&paths, &Model::TimeDecay { half_life_seconds });
            assert!(matches!(found, Err(JourneyError::Setting { .. })), "{half_life_seconds}");
        }
        for (first, last) in [(0.6, 0.6), (-0.1, 0.4), (f64::NAN, 0.4)] {
            let found = credits(&paths, &Model::Position(Position { first, last }));
            assert!(matches!(found, Err(JourneyError::Setting { .. })), "{first} {last}");
        }
    }

    #[test]
    fn conversions_without_a_touch_are_told_apart() {
        let mut paths = Paths::new(1).unwrap();
        paths.push(&[], &[], Weight { conversions: 3, value: 7.0, nulls: 1 }).unwrap();
        paths.push(&[0], &[], ONE).unwrap();
        let found = credits(&paths, &Model::Last).unwrap();
        assert_eq!((found.conversions, found.untouched_conversions, found.untouched_value), (vec![1.0], 3, 7.0));
    }
}
