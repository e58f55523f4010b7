//! Whether suggestions hold on journeys that they were not learnt from.

use std::collections::HashMap;

use super::{NextBest, Rank};
use crate::chance::Chance;
use crate::paths::{JourneyError, Paths, Weight};

/// How to test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// How many recent touches are looked at.
    pub recent: usize,
    /// What fewer customers did next is not suggested.
    pub support_min: u64,
    /// By what touchpoints are ranked.
    pub by: Rank,
    /// How many suggestions are looked at for a hit.
    pub count: usize,
    /// The share of journeys that is held out, above 0 and below 1.
    pub held_out: f64,
    /// Which journeys these are: the same seed holds out the same.
    pub seed: u64,
}

/// How often a ranking foresaw what converting customers touched next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hits {
    /// The share of touches that were among the first suggestions.
    pub rate: f64,
    /// The mean of 1 / rank of the touch among all suggestions; 0 where it was not suggested.
    pub reciprocal_rank: f64,
}

/// Suggestions beside what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backtest {
    /// How many touches after the first one the held-out converting journeys had.
    pub touches: u64,
    /// How the chain did.
    pub chain: Hits,
    /// How a list of the touchpoints that most journeys touch, the same for everybody, did.
    pub popular: Hits,
    /// Of the touches after the first one in all held-out journeys, those that were the best suggestion, and how many of them were
    /// followed by a conversion.
    pub followed: (u64, u64),
    /// The others, and how many of them were followed by a conversion. Where more of the followed convert, suggestions tell better
    /// from worse journeys; whether they cause conversions only an experiment tells.
    pub not_followed: (u64, u64),
}

/// Holds out a share of the journeys, learns from the others, and compares what is suggested with what the held-out customers did. A
/// hit rate counts converting journeys only: they are the ones worth repeating.
///
/// Errors: those of [`NextBest::learn`] on the journeys that were not held out, a setting out of its range, or no held-out converting
/// journey with two touches.
pub fn backtest(paths: &Paths, how: &Tested) -> Result<Backtest, JourneyError> {
    if !(how.held_out > 0.0 && how.held_out < 1.0) {
        return Err(JourneyError::Setting { what: "the share that is held out", range: "above 0 and below 1" });
    }
    if how.count == 0 {
        return Err(JourneyError::Setting { what: "the number of suggestions", range: "1 or more" });
    }
    let (learnt_from, held_out) = split(paths, how);
    let next = NextBest::learn(&learnt_from, how.recent, how.support_min)?;
    let popular = popular(&learnt_from);
    let mut sums = Sums::default();
    let mut ranks: HashMap<Vec<u16>, Vec<u16>> = HashMap::new();
    for (path, weight) in paths.iter().zip(&held_out).filter(|(_, weight)| weight.conversions + weight.nulls > 0) {
        for place in 1..path.touches.len() {
            let recent = &path.touches[place.saturating_sub(how.recent)..place];
            // Equal pasts are asked once.
            if !ranks.contains_key(recent) {
                let all = next.suggest(recent, how.by, usize::MAX);
                ranks.insert(recent.to_vec(), all.iter().map(|suggestion| suggestion.touchpoint).collect());
            }
            let suggested = ranks.get(recent).map(Vec::as_slice).unwrap_or_default();
            let touched = path.touches[place];
            sums.add(weight, position(suggested, touched), popular.get(&touched).copied(), how.count);
        }
    }
    sums.backtest()
}

fn position(list: &[u16], touched: u16) -> Option<usize> {
    list.iter().position(|touchpoint| *touchpoint == touched)
}

/// The paths without the journeys that are held out, and these as weights. Each journey is held out with the same probability.
fn split(paths: &Paths, how: &Tested) -> (Paths, Vec<Weight>) {
    let mut dice = Chance::new(how.seed);
    let mut rest = Vec::with_capacity(paths.len());
    let mut held_out = Vec::with_capacity(paths.len());
    for weight in paths.weights() {
        let conversions = dice.binomial(weight.conversions, how.held_out);
        let nulls = dice.binomial(weight.nulls, how.held_out);
        let each = if weight.conversions > 0 { weight.value / weight.conversions as f64 } else { 0.0 };
        let weigh = |conversions: u64, nulls: u64| Weight { conversions, value: each * conversions as f64, nulls };
        held_out.push(weigh(conversions, nulls));
        rest.push(weigh(weight.conversions - conversions, weight.nulls - nulls));
    }
    let mut learnt_from = paths.clone();
    learnt_from.reweight(rest);
    (learnt_from, held_out)
}

/// The rank of each touchpoint by how many touches it has, from 0 on.
fn popular(paths: &Paths) -> HashMap<u16, usize> {
    let mut touches = vec![0u64; paths.channels()];
    for path in paths.iter() {
        let journeys = path.weight.conversions + path.weight.nulls;
        path.touches.iter().for_each(|touch| touches[usize::from(*touch)] = touches[usize::from(*touch)].saturating_add(journeys));
    }
    let mut order: Vec<u16> = (0..paths.channels() as u16).filter(|touch| touches[usize::from(*touch)] > 0).collect();
    order.sort_by_key(|touch| (std::cmp::Reverse(touches[usize::from(*touch)]), *touch));
    order.into_iter().enumerate().map(|(rank, touch)| (touch, rank)).collect()
}

#[derive(Default)]
struct Sums {
    touches: u64,
    hits: [u64; 2],
    reciprocal: [f64; 2],
    followed: (u64, u64),
    not_followed: (u64, u64),
}

impl Sums {
    fn add(&mut self, weight: &Weight, chain: Option<usize>, popular: Option<usize>, count: usize) {
        let conversions = weight.conversions;
        self.touches += conversions;
        for (which, rank) in [chain, popular].into_iter().enumerate() {
            if let Some(rank) = rank {
                self.hits[which] += if rank < count { conversions } else { 0 };
                self.reciprocal[which] += conversions as f64 / (rank + 1) as f64;
            }
        }
        let group = if chain == Some(0) { &mut self.followed } else { &mut self.not_followed };
        group.0 += conversions + weight.nulls;
        group.1 += conversions;
    }

    fn backtest(self) -> Result<Backtest, JourneyError> {
        if self.touches == 0 {
            return Err(JourneyError::NoConversions);
        }
        let all = self.touches as f64;
        let hits = |which: usize| Hits { rate: self.hits[which] as f64 / all, reciprocal_rank: self.reciprocal[which] / all };
        Ok(Backtest { touches: self.touches, chain: hits(0), popular: hits(1), followed: self.followed, not_followed: self.not_followed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: Tested = Tested { recent: 2, support_min: 5, by: Rank::Likely, count: 1, held_out: 0.3, seed: 4 };

    /// Journeys round a ring of six: nearly always from n to n + 1, which popularity cannot know.
    fn ring() -> Paths {
        let mut dice = Chance::new(3);
        let mut paths = Paths::new(6).unwrap();
        for _ in 0..3000 {
            let mut at = (dice.whole() % 6) as u16;
            let mut touches = vec![at];
            for _ in 0..4 {
                at = if dice.share() < 0.9 { (at + 1) % 6 } else { (dice.whole() % 6) as u16 };
                touches.push(at);
            }
            let sold = touches.windows(2).filter(|pair| pair[1] == (pair[0] + 1) % 6).count() == 4 && dice.share() < 0.5;
            let weight = if sold { Weight { conversions: 1, value: 9.0, nulls: 0 } } else { Weight { nulls: 1, ..Weight::default() } };
            paths.push(&touches, &[], weight).unwrap();
        }
        paths
    }

    #[test]
    fn a_planted_order_is_foreseen_and_popularity_does_not_know_it() {
        for (by, rate) in [(Rank::Likely, 0.98), (Rank::Conversions, 0.9), (Rank::Value, 0.9)] {
            let found = backtest(&ring(), &Tested { by, ..HOW }).unwrap();
            assert!(found.chain.rate > rate && found.popular.rate < 0.3, "{by:?}: {found:?}");
            assert!(found.chain.reciprocal_rank > found.popular.reciprocal_rank);
            let rate = |(all, converted): (u64, u64)| converted as f64 / all as f64;
            assert!(rate(found.followed) > 2.0 * rate(found.not_followed), "{found:?}");
        }
    }

    #[test]
    fn journeys_are_held_out_or_learnt_from_never_both() {
        let mut paths = Paths::new(2).unwrap();
        paths.push(&[0, 1], &[], Weight { conversions: 1000, value: 500.0, nulls: 2000 }).unwrap();
        paths.push(&[1, 0], &[], Weight { conversions: 3, value: 9.0, nulls: 1 }).unwrap();
        let (rest, held_out) = split(&paths, &HOW);
        for ((whole, rest), held_out) in paths.weights().iter().zip(rest.weights()).zip(&held_out) {
            assert_eq!(whole.conversions, rest.conversions + held_out.conversions);
            assert_eq!(whole.nulls, rest.nulls + held_out.nulls);
            assert!((whole.value - rest.value - held_out.value).abs() < 1e-9);
        }
        assert!((250..350).contains(&held_out[0].conversions), "{held_out:?}");
        assert_eq!(split(&paths, &HOW).1, held_out);
    }

    /// With one way to go, both lists know it.
    #[test]
    fn where_all_do_the_same_nobody_is_wrong() {
        let mut paths = Paths::new(2).unwrap();
        paths.push(&[0, 1, 1, 1], &[], Weight { conversions: 100, value: 0.0, nulls: 100 }).unwrap();
        let found = backtest(&paths, &HOW).unwrap();
        assert_eq!((found.chain, found.popular), (Hits { rate: 1.0, reciprocal_rank: 1.0 }, Hits { rate: 1.0, reciprocal_rank: 1.0 }));
        assert_eq!(found.not_followed, (0, 0));
    }

    #[test]
    fn what_cannot_be_tested_is_told() {
        let mut paths = Paths::new(2).unwrap();
        assert_eq!(backtest(&paths, &HOW), Err(JourneyError::NoJourneys));
        paths.push(&[0], &[], Weight { conversions: 100, value: 0.0, nulls: 100 }).unwrap();
        assert_eq!(backtest(&paths, &HOW), Err(JourneyError::NoConversions), "no second touch");
        for how in [Tested { held_out: 0.0, ..HOW }, Tested { held_out: f64::NAN, ..HOW }, Tested { count: 0, ..HOW }] {
            assert!(matches!(backtest(&paths, &how), Err(JourneyError::Setting { .. })));
        }
    }
}
