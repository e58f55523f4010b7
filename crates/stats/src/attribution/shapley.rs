//! Shapley values of channels.
//!
//! The game: a set of channels is worth the conversions of paths that touched no channel outside of it. The Shapley value of a
//! channel is what it adds to the worth of those before it, averaged over all orders. For this game it has a closed form: every
//! conversion is divided equally among the different channels of its path, which takes one pass (Zhao, Mahboobi and Bagheri 2018,
//! *Shapley value methods for attribution modeling in online advertising*, section 4).

use super::Credits;
use crate::paths::{JourneyError, Path, Paths};

/// The value of the set game.
pub(crate) fn credits(paths: &Paths) -> Credits {
    let mut credits = Credits::none(paths);
    each_share(paths, |path, channels| {
        let share = 1.0 / channels.len() as f64;
        channels.iter().for_each(|(channel, _)| credits.give(*channel, share, &path.weight));
    });
    credits
}

/// Shapley values by place in the path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ordered {
    /// By channel, then by place: conversions credited to the channel as the first touch, the second, and so on. The last place
    /// holds all later ones, too.
    pub conversions: Vec<Vec<f64>>,
    /// Their value, in the same shape.
    pub value: Vec<Vec<f64>>,
}

/// The ordered Shapley values (Zhao and others 2018, section 5): what a channel gets is told by the place at which it was touched.
/// A channel that a path touches several times gets its share in equal parts at each place. Over all places the sum is the value of
/// the set game. `places` is how many to tell apart, from 1 to 1,000.
///
/// Errors: no conversions after a touch, or `places` out of its range.
pub fn ordered(paths: &Paths, places: usize) -> Result<Ordered, JourneyError> {
    if !(1..=1000).contains(&places) {
        return Err(JourneyError::Setting { what: "the number of places", range: "from 1 to 1000" });
    }
    if paths.converted(true).0 == 0 {
        return Err(JourneyError::NoConversions);
    }
    let nothing = vec![vec![0.0; places]; paths.channels()];
    let mut found = Ordered { conversions: nothing.clone(), value: nothing };
    each_share(paths, |path, channels| {
        let conversions = path.weight.conversions as f64 / channels.len() as f64;
        let value = path.weight.value / channels.len() as f64;
        for (place, channel) in path.touches.iter().enumerate() {
            let Ok(at) = channels.binary_search_by_key(channel, |(channel, _)| *channel) else { continue };
            let times = f64::from(channels[at].1);
            let (channel, place) = (usize::from(*channel), place.min(places - 1));
            found.conversions[channel][place] += conversions / times;
            found.value[channel][place] += value / times;
        }
    });
    Ok(found)
}

/// Calls with every converting path and its different channels, in order, with how often each was touched.
fn each_share(paths: &Paths, mut with: impl FnMut(&Path, &[(u16, u32)])) {
    let mut channels: Vec<(u16, u32)> = Vec::new();
    for path in paths.iter().filter(|path| path.weight.conversions > 0 && !path.touches.is_empty()) {
        channels.clear();
        channels.extend(path.touches.iter().map(|channel| (*channel, 1)));
        channels.sort_unstable();
        channels.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            kept.1 += u32::from(same);
            same
        });
        with(&path, &channels);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Model, credits};
    use super::*;
    use crate::paths::Weight;
    use proptest::prelude::*;

    fn five() -> impl Strategy<Value = Paths> {
        prop::collection::vec((prop::collection::vec(0u16..5, 0..7), 0u64..5, 0u64..5), 1..15).prop_map(|list| {
            let mut paths = Paths::new(5).unwrap();
            paths.push(&[0], &[], Weight { conversions: 1, value: 1.0, nulls: 0 }).unwrap();
            for (touches, conversions, nulls) in list {
                paths.push(&touches, &[], Weight { conversions, value: conversions as f64 * 2.5, nulls }).unwrap();
            }
            paths
        })
    }

    /// What a set of channels is worth.
    fn worth(paths: &Paths, set: u32) -> f64 {
        let inside = |path: &Path| path.touches.iter().all(|channel| set >> channel & 1 == 1) && !path.touches.is_empty();
        paths.iter().filter(inside).map(|path| path.weight.conversions as f64).sum()
    }

    proptest! {
        /// The definition, over all sets: φ(c) = Σ over sets without c of |S|! (n − |S| − 1)! / n! · (v(S ∪ c) − v(S)).
        #[test]
        fn the_closed_form_is_the_shapley_value(paths in five()) {
            let found = credits(&paths, &Model::Shapley).unwrap();
            let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
            for channel in 0..5u32 {
                let phi: f64 = (0..32u32).filter(|set| set >> channel & 1 == 0).map(|set| {
                    let size = set.count_ones();
                    factorial(size) * factorial(4 - size) / factorial(5) * (worth(&paths, set | 1 << channel) - worth(&paths, set))
                }).sum();
                prop_assert!((found.conversions[channel as usize] - phi).abs() < 1e-9);
            }
            // Efficiency.
            prop_assert!((found.conversions.iter().sum::<f64>() - worth(&paths, 31)).abs() < 1e-9);
        }

        #[test]
        fn places_add_up_to_the_set_game(paths in five(), places in 1usize..9) {
            let set = credits(&paths, &Model::Shapley).unwrap();
            let by_place = ordered(&paths, places).unwrap();
            for channel in 0..5 {
                prop_assert!((by_place.conversions[channel].iter().sum::<f64>() - set.conversions[channel]).abs() < 1e-9);
                prop_assert!((by_place.value[channel].iter().sum::<f64>() - set.value[channel]).abs() < 1e-9);
            }
        }

        /// Symmetry: who swaps two channels swaps their values.
        #[test]
        fn names_do_not_matter(paths in five()) {
            let mut swapped = Paths::new(5).unwrap();
            for path in paths.iter() {
                let touches: Vec<u16> = path.touches.iter().map(|channel| match channel { 1 => 3, 3 => 1, other => *other }).collect();
                swapped.push(&touches, &[], path.weight).unwrap();
            }
            let (found, other) = (credits(&paths, &Model::Shapley).unwrap(), credits(&swapped, &Model::Shapley).unwrap());
            for (mine, theirs) in [(0, 0), (1, 3), (3, 1), (2, 2), (4, 4)] {
                prop_assert!((found.conversions[mine] - other.conversions[theirs]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn late_places_are_told_together() {
        let mut paths = Paths::new(2).unwrap();
        paths.push(&[0, 1, 0, 0], &[], Weight { conversions: 6, value: 12.0, nulls: 0 }).unwrap();
        let found = ordered(&paths, 3).unwrap();
        assert_eq!((found.conversions[0].clone(), found.value[1].clone()), (vec![1.0, 0.0, 2.0], vec![0.0, 6.0, 0.0]));
        assert!(matches!(ordered(&paths, 0), Err(JourneyError::Setting { .. })));
    }
}
