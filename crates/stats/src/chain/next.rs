//! What to do next: which touchpoint raises the chance of a conversion most, and whether that can be believed.

mod backtest;

pub use backtest::{Backtest, Hits, Tested, backtest};

use std::sync::Arc;

use super::grams::{Counts, Grams, Part, START};
use super::sweep::{DRAWN, EXACT, Structure};
use crate::chance::Chance;
use crate::paths::{JourneyError, Paths, Weight};

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
    /// How many recent touches were looked at; 0 at the start of a journey, and where too few were seen to go on from the last touch, so that
    /// all journeys were looked at.
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
    shape: Arc<Shape>,
    counts: Counts,
    probability: Vec<f64>,
    value: Vec<f64>,
    /// How many were at each state.
    visits: Vec<f64>,
}

/// The states and transitions of one order, whatever they weigh.
struct Shape {
    grams: Grams,
    structure: Structure,
    /// The transitions of each state: where its list begins, and the list as target state and number of the transition.
    starts: Vec<usize>,
    ways: Vec<(u32, u32)>,
}

/// How other journeys of the same kind would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redraw {
    /// Every journey counts as often as a Poisson number of mean 1 says: takes as long as there are paths.
    Journeys,
    /// The steps of the chain that remembers most become gamma numbers with their counts as mean: takes as long as there are steps, and
    /// takes it that journeys remember no more.
    Steps,
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
        let learnt = |order: usize| {
            let shape = Arc::new(Shape::new(paths, order)?);
            let counts = shape.grams.count(paths, paths.weights());
            Learnt::new(shape, counts, EXACT)
        };
        let orders = (1..=recent + 1).map(learnt).collect::<Result<_, _>>()?;
        Ok(NextBest { orders, support_min })
    }

    /// What would have been learnt from other journeys of the same kind, so many times; `paths` are those that this was learnt from. Draws
    /// without a conversion after a touch are left out. All orders see the same draws.
    ///
    /// Errors: what Markov attribution complains of.
    pub fn redrawn(&self, paths: &Paths, how: Redraw, draws: u64, seed: u64, mut each: impl FnMut(&NextBest)) -> Result<(), JourneyError> {
        let Some((highest, lower)) = self.orders.split_last() else { return Ok(()) };
        let within = |(order, learnt): (usize, &Learnt)| highest.shape.grams.within(&learnt.shape.grams, order + 1);
        let parts: Vec<Part> = if how == Redraw::Steps { lower.iter().enumerate().map(within).collect() } else { Vec::new() };
        for draw in 0..draws {
            let mut dice = Chance::of(seed, draw);
            let counts: Vec<Counts> = match how {
                Redraw::Journeys => {
                    let weights: Vec<Weight> = paths.weights().iter().map(|weight| weight.drawn(&mut dice)).collect();
                    self.orders.iter().map(|learnt| learnt.shape.grams.count(paths, &weights)).collect()
                }
                Redraw::Steps => {
                    let drawn = highest.counts.drawn(&mut dice);
                    let mut counts: Vec<Counts> = parts.iter().zip(lower).map(|(part, lower)| part.of(&drawn, &lower.counts)).collect();
                    counts.push(drawn);
                    counts
                }
            };
            if counts.first().is_none_or(|counts| counts.conversions.iter().skip(START + 1).all(|drawn| *drawn == 0.0)) {
                continue;
            }
            let learnt = counts.into_iter().zip(&self.orders).map(|(counts, learnt)| Learnt::new(learnt.shape.clone(), counts, DRAWN));
            each(&NextBest { orders: learnt.collect::<Result<_, _>>()?, support_min: self.support_min });
        }
        Ok(())
    }

    /// The best next touchpoints after these recent ones (the last is the latest; none at the start of a journey), best first, at
    /// most `count`.
    ///
    /// As many recent touches are looked at as were learnt, or fewer where too few customers were seen after them. Where nobody was
    /// seen after the last touch alone, all touchpoints are compared with the average of all journeys. Those that are equally good
    /// are ranked by support, then number.
    pub fn suggest(&self, recent: &[u16], by: Rank, count: usize) -> Vec<Suggestion> {
        let mut found = self
            .context(recent)
            .map_or_else(|| self.anywhere(self.least()), |(looked_back, state)| self.ways(recent, looked_back, state, self.least()));
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

    /// What one next touchpoint comes to when exactly so many recent touches are looked at, however few went there: what a suggestion would
    /// have been with other journeys. `None` where nobody went there. Of 0, all journeys are looked at, as where too few went on.
    pub fn weigh(&self, recent: &[u16], touchpoint: u16, looked_back: usize) -> Option<Suggestion> {
        // What is drawn may be less than one, but not nothing.
        let somebody = f64::MIN_POSITIVE;
        let all = if looked_back == 0 {
            self.anywhere(somebody)
        } else {
            let from = recent.len().checked_sub(looked_back)?;
            // One order more is known than touches are looked at.
            let here = self.orders.get(looked_back - 1).filter(|_| looked_back < self.orders.len())?;
            self.ways(recent, looked_back, here.shape.grams.state(&recent[from..])?, somebody)
        };
        all.into_iter().find(|suggestion| suggestion.touchpoint == touchpoint)
    }

    fn least(&self) -> f64 {
        self.support_min as f64
    }

    /// How many recent touches to look at, and the state that they are; none when nobody was seen after the last one.
    fn context(&self, recent: &[u16]) -> Option<(usize, usize)> {
        if recent.is_empty() {
            return self.supported(1, START).then_some((0, START));
        }
        let orders = (1..self.orders.len().min(recent.len() + 1)).rev();
        orders.into_iter().find_map(|order| {
            let state = self.orders[order - 1].shape.grams.state(&recent[recent.len() - order..])?;
            self.supported(order, state).then_some((order, state))
        })
    }

    fn supported(&self, order: usize, state: usize) -> bool {
        self.orders[order - 1].next(state).any(|(_, count)| count >= self.least())
    }

    /// Where those went who were in a state, which the last `looked_back` touches are; at least so many of them.
    fn ways(&self, recent: &[u16], looked_back: usize, state: usize, support_min: f64) -> Vec<Suggestion> {
        let here = &self.orders[looked_back.max(1) - 1];
        let further = &self.orders[looked_back.max(1)];
        let mut run = recent[recent.len() - looked_back..].to_vec();
        let mut found = Vec::new();
        // What all who were there came to, in the chain of those who went on.
        let (mut probability, mut value) = (here.counts.conversions[state], here.counts.value[state]);
        for (to, count) in here.next(state) {
            let touchpoint = here.shape.grams.last[to as usize] as u16;
            run.push(touchpoint);
            if let Some(next) = further.shape.grams.state(&run) {
                probability += count * further.probability[next];
                value += count * further.value[next];
                if count >= support_min {
                    found.push(Suggestion {
                        touchpoint,
                        probability: further.probability[next].min(1.0),
                        uplift: 0.0,
                        value: further.value[next],
                        value_uplift: 0.0,
                        share: count / here.visits[state],
                        support: count as u64,
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

    /// All touchpoints, whoever came from wherever; those that at least so many came to.
    fn anywhere(&self, support_min: f64) -> Vec<Suggestion> {
        let learnt = &self.orders[0];
        let all: f64 = learnt.visits.iter().skip(1).sum();
        let seen = (1..learnt.visits.len()).filter(|state| learnt.visits[*state] >= support_min);
        seen.map(|state| Suggestion {
            touchpoint: learnt.shape.grams.last[state] as u16,
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

impl Shape {
    fn new(paths: &Paths, order: usize) -> Result<Shape, JourneyError> {
        let grams = Grams::index(paths, order)?;
        let mut starts = vec![0usize; grams.states() + 1];
        grams.edges.iter().for_each(|(from, _)| starts[*from as usize + 1] += 1);
        (0..grams.states()).for_each(|state| starts[state + 1] += starts[state]);
        let (mut free, mut ways) = (starts.clone(), vec![(0, 0); grams.edges.len()]);
        for (edge, (from, to)) in grams.edges.iter().enumerate() {
            let from = *from as usize;
            ways[free[from]] = (*to, edge as u32);
            free[from] += 1;
        }
        Ok(Shape { structure: grams.structure(), grams, starts, ways })
    }
}

impl Learnt {
    fn new(shape: Arc<Shape>, counts: Counts, precision: f64) -> Result<Learnt, JourneyError> {
        let mut visits = counts.ends();
        let system = shape.structure.system(&counts.edges, &visits);
        let probability = system.solve(&counts.conversions, precision)?;
        let value = system.solve(&counts.value, precision)?;
        shape.grams.edges.iter().zip(&counts.edges).for_each(|((from, _), count)| visits[*from as usize] += count);
        Ok(Learnt { shape, counts, probability, value, visits })
    }

    /// The states that a state leads to, and how many went there.
    fn next(&self, state: usize) -> impl Iterator<Item = (u32, f64)> {
        let ways = &self.shape.ways[self.shape.starts[state]..self.shape.starts[state + 1]];
        ways.iter().map(|(to, edge)| (*to, self.counts.edges[*edge as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Journeys of a chain that remembers one touch: 0 leads to 1 or 2, of which 1 converts more often.
    fn walked(journeys: u64, seed: u64) -> Paths {
        let mut dice = Chance::of(seed, 77);
        let mut paths = Paths::new(3).unwrap();
        for _ in 0..journeys {
            let mut path = vec![0u16];
            if dice.share() < 0.6 {
                path.push(if dice.share() < 0.4 { 1 } else { 2 });
            }
            let converts = [0.05, 0.3, 0.1][usize::from(path[path.len() - 1])];
            let conversions = u64::from(dice.share() < converts);
            paths.push(&path, &[], Weight { conversions, value: conversions as f64, nulls: 1 - conversions }).unwrap();
        }
        paths
    }

    /// The lift of going from 0 to 1: .3 less what all who were at 0 come to, .4 · .05 + .6 (.4 · .3 + .6 · .1).
    #[test]
    fn intervals_of_a_lift_hold_the_truth_as_often_as_they_say() {
        let truth = 0.3 - (0.4 * 0.05 + 0.6 * (0.4 * 0.3 + 0.6 * 0.1));
        let worlds = 200u64;
        for how in [Redraw::Journeys, Redraw::Steps] {
            let (mut held, mut width) = (0u32, 0.0);
            for world in 0..worlds {
                let paths = walked(400, 3_000 + world);
                let next = NextBest::learn(&paths, 1, 1).unwrap();
                let mut lifts = Vec::new();
                next.redrawn(&paths, how, 100, world, |again| lifts.extend(again.weigh(&[0], 1, 1).map(|lift| lift.uplift))).unwrap();
                lifts.sort_by(f64::total_cmp);
                held += u32::from(lifts[2] <= truth && truth <= lifts[97]);
                width += (lifts[97] - lifts[2]) / worlds as f64;
            }
            // 95 % ± 3.0, less a little for ends of a hundred draws.
            assert!((0.89 * worlds as f64) as u32 <= held && u64::from(held) < worlds, "{how:?}: {held} of {worlds}");
            assert!((0.1..0.25).contains(&width), "{how:?}: {width}");
        }
    }

    #[test]
    fn what_is_drawn_is_around_what_was_learnt() {
        let paths = paths();
        let next = NextBest::learn(&paths, 2, 5).unwrap();
        for how in [Redraw::Journeys, Redraw::Steps] {
            let (mut draws, mut sum) = (0, 0.0);
            let mut add = |again: &NextBest| {
                draws += 1;
                sum += again.weigh(&[3, 0], 2, 2).map_or(0.9, |found| found.probability);
            };
            next.redrawn(&paths, how, 400, 1, &mut add).unwrap();
            assert!(draws == 400 && (sum / 400.0 - 0.9).abs() < 0.02, "{how:?}: {draws} {sum}");
        }
        // Nobody converts in most draws of a journey that did once.
        let mut once = Paths::new(1).unwrap();
        once.push(&[0], &[], Weight { conversions: 1, value: 1.0, nulls: 1 }).unwrap();
        let mut draws = 0;
        NextBest::learn(&once, 1, 1).unwrap().redrawn(&once, Redraw::Journeys, 400, 1, |_| draws += 1).unwrap();
        assert!((200..300).contains(&draws), "{draws}");
    }

    #[test]
    fn what_cannot_be_learnt_is_told() {
        for (recent, support) in [(0, 1), (RECENT_MAX + 1, 1), (1, 0)] {
            assert!(matches!(NextBest::learn(&paths(), recent, support), Err(JourneyError::Setting { .. })));
        }
        assert_eq!(NextBest::learn(&Paths::new(1).unwrap(), 1, 1).err(), Some(JourneyError::NoJourneys));
    }
}
