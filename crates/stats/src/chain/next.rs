//! What to do next: which touchpoint raises the chance of a conversion most, and whether that can be believed.

mod backtest;

pub use backtest::{Backtest, Hits, Tested, backtest};

use super::grams::{Grams, START};
use super::sweep::EXACT;
use crate::paths::{JourneyError, Paths};

/// How many touches back may be looked at.
pub const RECENT_MAX: usize = 8;

/// By what the possible next touchpoints are ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rank {
    /// How much the probability of a conversion rises.
    Conversions,
    /// How much the expected value rises.
    Value,
    /// How probable it is that a customer goes there and converts then: what converting customers did next.
    Likely,
}

/// A possible next touchpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Its number.
    pub touchpoint: u16,
    /// The probability of a conversion of those who went there next.
    pub probability: f64,
    /// That minus the probability of all who were where the customer is.
    pub uplift: f64,
    /// The expected value of a journey that goes there next, in currency units.
    pub value: f64,
    /// That minus the expected value of all who were where the customer is.
    pub value_uplift: f64,
    /// The share of those who were where the customer is that went there next.
    pub share: f64,
    /// How many went there next.
    pub support: u64,
    /// How many recent touches were looked at; 0 when nobody was seen after the last one.
    pub looked_back: usize,
}

/// What was learnt from journeys, for up to some number of recent touches.
///
/// What those come to who go somewhere next is told by the chain that remembers one touch more: where they were still counts then.
pub struct NextBest {
    /// Chains of order 1, 2 and so on, one more than touches are looked at.
    orders: Vec<Learnt>,
    support_min: u64,
}

/// A chain of one order, with what lies ahead at each state.
struct Learnt {
    grams: Grams,
    probability: Vec<f64>,
    value: Vec<f64>,
    /// The transitions of each state: where its list begins, and the list as target state and count.
    starts: Vec<usize>,
    ways: Vec<(u32, f64)>,
    /// How many were at each state, and of them, how many converted there, and their value.
    visits: Vec<f64>,
    converted: Vec<f64>,
    worth: Vec<f64>,
}

impl NextBest {
    /// Learns from paths, looking back at up to `recent` touches (1 to [`RECENT_MAX`]). What fewer than `support_min` customers (1 or
    /// more) did next is not suggested.
    ///
    /// Errors: a setting out of its range, no journeys, no conversions after a touch, or what Markov attribution complains of.
    pub fn learn(paths: &Paths, recent: usize, support_min: u64) -> Result<NextBest, JourneyError> {
        if !(1..=RECENT_MAX).contains(&recent) {
            return Err(JourneyError::Setting { what: "the number of recent touches", range: "from 1 to 8" });
        }
        if support_min == 0 {
            return Err(JourneyError::Setting { what: "the least support", range: "1 or more" });
        }
        if paths.journeys() > 0 && paths.converted(true).0 == 0 {
            return Err(JourneyError::NoConversions);
        }
        let orders = (1..=recent + 1).map(|order| Learnt::new(paths, order)).collect::<Result<_, _>>()?;
        Ok(NextBest { orders, support_min })
    }

    /// The best next touchpoints after these recent ones (the last is the latest; none at the start of a journey), best first, at
    /// most `count`.
    ///
    /// As many recent touches are looked at as were learnt, or fewer where too few customers were seen after them. Where nobody was
    /// seen after the last touch alone, all touchpoints are compared with the average of all journeys. Those that are equally good
    /// are ranked by support, then number.
    pub fn suggest(&self, recent: &[u16], by: Rank, count: usize) -> Vec<Suggestion> {
        let mut found = self.context(recent).map_or_else(|| self.anywhere(), |(looked_back, state)| self.ways(recent, looked_back, state));
        let worth = |suggestion: &Suggestion| match by {
            Rank::Conversions => suggestion.uplift,
            Rank::Value => suggestion.value_uplift,
            Rank::Likely => suggestion.share * suggestion.probability,
        };
        found.sort_by(|a, b| {
            let better = worth(b).total_cmp(&worth(a));
            better.then(b.support.cmp(&a.support)).then(a.touchpoint.cmp(&b.touchpoint))
        });
        found.truncate(count);
        found
    }

    /// How many recent touches to look at, and the state that they are; none when nobody was seen after the last one.
    fn context(&self, recent: &[u16]) -> Option<(usize, usize)> {
        if recent.is_empty() {
            return self.supported(1, START).then_some((0, START));
        }
        let orders = (1..self.orders.len().min(recent.len() + 1)).rev();
        orders.into_iter().find_map(|order| {
            let state = self.orders[order - 1].grams.state(&recent[recent.len() - order..])?;
            self.supported(order, state).then_some((order, state))
        })
    }

    fn supported(&self, order: usize, state: usize) -> bool {
        self.orders[order - 1].next(state).iter().any(|(_, count)| *count >= self.support_min as f64)
    }

    /// Where those went who were in a state, which the last `looked_back` touches are.
    fn ways(&self, recent: &[u16], looked_back: usize, state: usize) -> Vec<Suggestion> {
        let here = &self.orders[looked_back.max(1) - 1];
        let further = &self.orders[looked_back.max(1)];
        let mut run = recent[recent.len() - looked_back..].to_vec();
        let mut found = Vec::new();
        // What all who were there came to, in the chain of those who went on.
        let (mut probability, mut value) = (here.converted[state], here.worth[state]);
        for (to, count) in here.next(state) {
            let touchpoint = here.grams.last[*to as usize] as u16;
            run.push(touchpoint);
            if let Some(next) = further.grams.state(&run) {
                probability += count * further.probability[next];
                value += count * further.value[next];
                if *count >= self.support_min as f64 {
                    found.push(Suggestion {
                        touchpoint,
                        probability: further.probability[next].min(1.0),
                        uplift: 0.0,
                        value: further.value[next],
                        value_uplift: 0.0,
                        share: count / here.visits[state],
                        support: *count as u64,
                        looked_back,
                    });
                }
            }
            run.pop();
        }
        let visits = here.visits[state];
        for suggestion in &mut found {
            suggestion.uplift = suggestion.probability - probability / visits;
            suggestion.value_uplift = suggestion.value - value / visits;
        }
        found
    }

    /// All touchpoints, whoever came from wherever.
    fn anywhere(&self) -> Vec<Suggestion> {
        let learnt = &self.orders[0];
        let all: f64 = learnt.visits.iter().skip(1).sum();
        let seen = (1..learnt.visits.len()).filter(|state| learnt.visits[*state] >= self.support_min as f64);
        seen.map(|state| Suggestion {
            touchpoint: learnt.grams.last[state] as u16,
            probability: learnt.probability[state].min(1.0),
            uplift: learnt.probability[state] - learnt.probability[START],
            value: learnt.value[state],
            value_uplift: learnt.value[state] - learnt.value[START],
            share: learnt.visits[state] / all,
            support: learnt.visits[state] as u64,
            looked_back: 0,
        })
        .collect()
    }
}

impl Learnt {
    fn new(paths: &Paths, order: usize) -> Result<Learnt, JourneyError> {
        let grams = Grams::index(paths, order)?;
        let counts = grams.count(paths, paths.weights());
        let structure = grams.structure();
        let ends = counts.ends();
        let system = structure.system(&counts.edges, &ends);
        let probability = system.solve(&counts.conversions, EXACT)?;
        let value = system.solve(&counts.value, EXACT)?;
        let mut starts = vec![0usize; grams.states() + 1];
        grams.edges.iter().for_each(|(from, _)| starts[*from as usize + 1] += 1);
        (0..grams.states()).for_each(|state| starts[state + 1] += starts[state]);
        let (mut free, mut ways, mut visits) = (starts.clone(), vec![(0, 0.0); grams.edges.len()], ends);
        for ((from, to), count) in grams.edges.iter().zip(&counts.edges) {
            let from = *from as usize;
            ways[free[from]] = (*to, *count);
            free[from] += 1;
            visits[from] += count;
        }
        Ok(Learnt { grams, probability, value, starts, ways, visits, converted: counts.conversions, worth: counts.value })
    }

    fn next(&self, state: usize) -> &[(u32, f64)] {
        &self.ways[self.starts[state]..self.starts[state + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Weight;

    /// After 0, touchpoint 1 converts half, 2 a tenth. After 3 and 0, 2 is what converts.
    fn paths() -> Paths {
        let mut paths = Paths::new(5).unwrap();
        for (touches, conversions, nulls) in
            [(&[0u16, 1][..], 50, 50), (&[0, 2], 10, 90), (&[0], 0, 100), (&[3, 0, 2], 9, 1), (&[3, 0, 1], 1, 9), (&[4], 1, 1)]
        {
            paths.push(touches, &[], Weight { conversions, value: conversions as f64 * 20.0, nulls }).unwrap();
        }
        paths
    }

    #[test]
    fn what_converts_comes_first_and_the_past_counts() {
        let next = NextBest::learn(&paths(), 2, 5).unwrap();
        let found = next.suggest(&[0], Rank::Conversions, 9);
        assert_eq!(found.iter().map(|found| (found.touchpoint, found.support)).collect::<Vec<_>>(), [(1, 110), (2, 110)]);
        // Of 320 who were at 0, 70 converted; of 110 who went on to 1, 51.
        assert!((found[0].probability - 51.0 / 110.0).abs() < 1e-12);
        assert!((found[0].uplift - (51.0 / 110.0 - 70.0 / 320.0)).abs() < 1e-12);
        assert!((found[0].value_uplift - 20.0 * found[0].uplift).abs() < 1e-12 && (found[0].share - 110.0 / 320.0).abs() < 1e-12);
        let later = next.suggest(&[3, 0], Rank::Value, 1);
        assert_eq!((later[0].touchpoint, later[0].looked_back, later[0].support), (2, 2, 10));
        assert!((later[0].probability - 0.9).abs() < 1e-12);
    }

    #[test]
    fn with_little_support_less_is_looked_at() {
        let next = NextBest::learn(&paths(), 2, 20).unwrap();
        assert_eq!(next.suggest(&[3, 0], Rank::Conversions, 9)[0].looked_back, 1);
        assert_eq!(next.suggest(&[1, 4, 0], Rank::Conversions, 9)[0].looked_back, 1, "never seen together");
        // Nobody went on after 1: all touchpoints are compared.
        let anywhere = next.suggest(&[1], Rank::Conversions, 9);
        assert_eq!((anywhere.len(), anywhere[0].looked_back), (4, 0));
        assert_eq!(next.suggest(&[77], Rank::Conversions, 9), anywhere);
        let first = next.suggest(&[], Rank::Likely, 1);
        assert_eq!((first[0].touchpoint, first[0].support, first[0].looked_back), (0, 300, 0));
        assert!(NextBest::learn(&paths(), 2, 1000).unwrap().suggest(&[0], Rank::Likely, 9).is_empty());
    }

    #[test]
    fn what_cannot_be_learnt_is_told() {
        for (recent, support) in [(0, 1), (RECENT_MAX + 1, 1), (1, 0)] {
            assert!(matches!(NextBest::learn(&paths(), recent, support), Err(JourneyError::Setting { .. })));
        }
        assert_eq!(NextBest::learn(&Paths::new(1).unwrap(), 1, 1).err(), Some(JourneyError::NoJourneys));
    }
}
