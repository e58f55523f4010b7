//! What a chain comes to.

use super::sweep::{EXACT, Structure};
use super::{Chain, Node, Transition};
use crate::paths::JourneyError;

/// What all journeys of a chain come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The probability that a journey converts.
    pub probability: f64,
    /// Conversions of as many journeys as were measured.
    pub conversions: f64,
    /// Their value, in currency units.
    pub value: f64,
    /// How long journeys that convert take, on average; none when none does, or waits are not known.
    pub seconds_to_conversion: Option<f64>,
}

/// What lies ahead of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ahead {
    /// The probability of a conversion.
    pub probability: f64,
    /// What the journey will bring on average, converting or not, in currency units.
    pub value: f64,
    /// How long it takes those who convert, on average, in seconds; none when nobody does, or waits are not known.
    pub seconds_to_conversion: Option<f64>,
}

/// A way to go on, with a weight in proportion to its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Way {
    pub to: Node,
    pub weight: f64,
    pub wait: f64,
    pub value: f64,
}

/// A chain in weights: rows of the start and of each state. A state comes up as a target at most once in a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weighted {
    pub rows: Vec<Vec<Way>>,
    pub timed: bool,
}

impl Chain {
    /// What the journeys come to, as they were measured.
    ///
    /// Errors: people go round in a very large chain for too long.
    pub fn outcome(&self) -> Result<Outcome, JourneyError> {
        self.weighted(|way| way.count as f64).outcome(self.journeys(), EXACT)
    }

    /// What lies ahead of customers at each state, in the order of their numbers.
    ///
    /// Errors: as of [`Chain::outcome`].
    pub fn ahead(&self) -> Result<Vec<Ahead>, JourneyError> {
        let mut all = self.weighted(|way| way.count as f64).ahead(EXACT)?;
        all.remove(0);
        Ok(all)
    }

    /// The chain with these weights of its transitions.
    pub(crate) fn weighted(&self, mut weight: impl FnMut(&Transition) -> f64) -> Weighted {
        let mut way = |way: &Transition| Way { to: way.to, weight: weight(way), wait: way.wait_seconds, value: way.value };
        let rows = self.rows.iter().map(|row| row.iter().map(&mut way).collect()).collect();
        Weighted { rows, timed: self.timed }
    }
}

impl Weighted {
    /// What so many journeys come to, to `precision` of it.
    pub fn outcome(&self, journeys: u64, precision: f64) -> Result<Outcome, JourneyError> {
        let start = self.ahead(precision)?.first().copied().unwrap_or_default();
        let journeys = journeys as f64;
        Ok(Outcome {
            probability: start.probability,
            conversions: start.probability * journeys,
            value: start.value * journeys,
            seconds_to_conversion: start.seconds_to_conversion,
        })
    }

    /// What lies ahead at the start and at each state.
    ///
    /// The probability h and the value v follow from what conversions give; the time from what each transition adds for those who
    /// convert after it: g = Σ p (wait · h(to) + g(to)), and g / h is the mean time of those who do (Kemeny and Snell 1960, *Finite
    /// Markov chains*, on chains conditioned on where they end).
    pub fn ahead(&self, precision: f64) -> Result<Vec<Ahead>, JourneyError> {
        let n = self.rows.len();
        let (mut edges, mut weights) = (Vec::new(), Vec::new());
        let (mut ends, mut converted, mut values) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        for (from, row) in self.rows.iter().enumerate() {
            for way in row {
                match way.to {
                    Node::At(state) => {
                        edges.push((from as u32, state as u32 + 1));
                        weights.push(way.weight);
                    }
                    Node::Converted => {
                        ends[from] += way.weight;
                        converted[from] += way.weight;
                        values[from] += way.weight * way.value;
                    }
                    Node::Lost | Node::Start => ends[from] += way.weight,
                }
            }
        }
        let structure = Structure::new(n, &edges, &[]);
        let system = structure.system(&weights, &ends);
        let converts = system.solve(&converted, precision)?;
        let value = system.solve(&values, precision)?;
        let time = if self.timed {
            let after = |to: Node| match to {
                Node::At(state) => converts[state + 1],
                Node::Converted => 1.0,
                Node::Lost | Node::Start => 0.0,
            };
            let waits = self.rows.iter().map(|row| row.iter().map(|way| way.weight * way.wait * after(way.to)).sum::<f64>());
            system.solve(&waits.collect::<Vec<f64>>(), precision)?
        } else {
            vec![0.0; n]
        };
        let ahead = |at: usize| {
            let seconds = (self.timed && converts[at] > 0.0).then(|| time[at] / converts[at]);
            // Rounding may lift what is certain by a digit.
            let probability = converts[at].min(1.0);
            Ahead { probability, value: value[at], seconds_to_conversion: seconds.filter(|seconds| seconds.is_finite()) }
        };
        Ok((0..n).map(ahead).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::{Paths, Weight};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The twin walks: people at each state, with how many there are and how long they took together, until all have ended.
        #[test]
        fn the_outcome_is_where_walking_ends(
            list in prop::collection::vec((prop::collection::vec((0u16..4, 0u32..50), 0..7), 0u64..4, 0u64..4), 1..9),
        ) {
            let mut paths = Paths::new(4).unwrap();
            paths.push(&[0], &[5], Weight { conversions: 1, value: 3.0, nulls: 1 }).unwrap();
            for (touches, conversions, nulls) in &list {
                let mut age = touches.iter().map(|(_, wait)| *wait).sum::<u32>();
                let ages: Vec<u32> = touches.iter().map(|(_, wait)| { age -= wait; age + 1 }).collect();
                let touches: Vec<u16> = touches.iter().map(|(channel, _)| *channel).collect();
                let weight = Weight { conversions: *conversions, value: *conversions as f64 * 2.0, nulls: *nulls };
                paths.push(&touches, &ages, weight).unwrap();
            }
            let chain = Chain::measure(&paths).unwrap();
            let found = chain.outcome().unwrap();
            let rows = chain.weighted(|way| way.count as f64).rows;
            // People, and their seconds together.
            let mut people = vec![(0.0, 0.0); rows.len()];
            people[0] = (1.0, 0.0);
            let (mut converted, mut value, mut seconds) = (0.0, 0.0, 0.0);
            for _ in 0..50_000 {
                let mut next = vec![(0.0, 0.0); rows.len()];
                for (row, (many, took)) in rows.iter().zip(&people) {
                    let all: f64 = row.iter().map(|way| way.weight).sum();
                    for way in row {
                        let share = way.weight / all;
                        let (many, took) = (many * share, (took + many * way.wait) * share);
                        match way.to {
                            Node::At(state) => next[state + 1] = (next[state + 1].0 + many, next[state + 1].1 + took),
                            Node::Converted => (converted, value, seconds) = (converted + many, value + many * way.value, seconds + took),
                            Node::Lost | Node::Start => {}
                        }
                    }
                }
                people = next;
                if people.iter().all(|(many, _)| *many < 1e-20) {
                    break;
                }
            }
            let journeys = chain.journeys() as f64;
            prop_assert!((found.probability - converted).abs() < 1e-12);
            prop_assert!((found.conversions - converted * journeys).abs() < 1e-10);
            prop_assert!((found.value - value * journeys).abs() < 1e-10);
            prop_assert!((found.seconds_to_conversion.unwrap() - seconds / converted).abs() < 1e-8);
            // The base of a measured chain is what was counted.
            let sold: u64 = paths.iter().map(|path| path.weight.conversions).sum();
            prop_assert!((found.conversions - sold as f64).abs() < 1e-10);
        }
    }

    #[test]
    fn without_conversions_there_is_no_time() {
        let lost = Transition { from: Node::Start, to: Node::Lost, count: 3, wait_seconds: 9.0, value: 0.0 };
        let chain = Chain::of(1, &[lost]).unwrap();
        assert_eq!(chain.outcome().unwrap(), Outcome::default());
        assert_eq!(chain.ahead().unwrap(), [Ahead::default()]);
    }

    #[test]
    fn who_stands_further_on_is_nearer() {
        let way = |from, to, count, wait_seconds| Transition { from, to, count, wait_seconds, value: 10.0 };
        let chain = Chain::of(
            2,
            &[
                way(Node::Start, Node::At(0), 8, 0.0),
                way(Node::At(0), Node::At(1), 4, 60.0),
                way(Node::At(0), Node::Lost, 4, 0.0),
                way(Node::At(1), Node::Converted, 3, 30.0),
                way(Node::At(1), Node::Lost, 1, 0.0),
            ],
        );
        let ahead = chain.unwrap().ahead().unwrap();
        assert_eq!(ahead[0], Ahead { probability: 0.375, value: 3.75, seconds_to_conversion: Some(90.0) });
        assert_eq!(ahead[1], Ahead { probability: 0.75, value: 7.5, seconds_to_conversion: Some(30.0) });
    }
}
