//! Token replay: a sequence is played on the net, and what was missing is put there.
//!
//! The definition is that of pm4py (after Rozinat and van der Aalst 2008, "Conformance checking of processes based on monitoring real
//! behavior"): the tokens at the start count as produced, those of the end as consumed. For each activity, silent transitions may happen
//! first to enable it; tokens that it still lacks are *missing*. At the end, silent transitions may lead to the end; what the end lacks is
//! missing, too, and what lies anywhere else is *remaining*. Fitness is ½(1 − missing / consumed) + ½(1 − remaining / produced). Activities that
//! the net does not know are left out of it and counted apart.
//!
//! Which silent transitions happen is a matter of choice; here it is the fewest that enable the activity, or else those that leave the
//! fewest tokens missing. pm4py takes other ones in nets with many, so figures of sequences that do not fit may differ there.
//! Replay is cheap and only a first look: [`crate::align`](mod@crate::align) finds the least deviations.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{Error, Log, Net};

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// At most so many markings are looked at for silent transitions before one activity.
    pub states_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { states_max: 10_000 }
    }
}

/// What became of the tokens of one sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many customers have the sequence.
    pub cases: u64,
    /// Tokens that had to be put there.
    pub missing: u64,
    /// Tokens that were taken, with those of the end.
    pub consumed: u64,
    /// Tokens that were left.
    pub remaining: u64,
    /// Tokens that were given, with those of the start.
    pub produced: u64,
    /// Activities that the net does not know.
    pub unknown: u64,
    /// Whether a limit kept silent transitions from being looked for to the end.
    pub limited: bool,
}

impl Replayed {
    /// Whether every token was there and none was left. Activities that the net does not know do not matter, as in pm4py.
    pub fn fits(&self) -> bool {
        self.missing == 0 && self.remaining == 0
    }

    /// From 0 to 1.
    pub fn fitness(&self) -> f64 {
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        (1.0 - 0.5 * share(self.missing, self.consumed) - 0.5 * share(self.remaining, self.produced)).clamp(0.0, 1.0)
    }
}

/// The replay of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// By sequence, in the order of the log.
    pub variants: Vec<Replayed>,
}

impl Replay {
    /// Customers whose sequence fits.
    pub fn fitting(&self) -> u64 {
        self.variants.iter().filter(|variant| variant.fits()).map(|variant| variant.cases).sum()
    }

    /// The mean fitness of a customer; `None` when there are none.
    pub fn average(&self) -> Option<f64> {
        let cases: u64 = self.variants.iter().map(|variant| variant.cases).sum();
        (cases > 0).then(|| self.variants.iter().map(|variant| variant.fitness() * variant.cases as f64).sum::<f64>() / cases as f64)
    }

    /// The fitness of all tokens together; `None` when there are no customers.
    pub fn log(&self) -> Option<f64> {
        let sum = |of: fn(&Replayed) -> u64| self.variants.iter().map(|v| of(v) as f64 * v.cases as f64).sum::<f64>();
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let any = self.variants.iter().any(|variant| variant.cases > 0);
        any.then(|| {
            let missing = share(sum(|v| v.missing), sum(|v| v.consumed));
            1.0 - 0.5 * missing - 0.5 * share(sum(|v| v.remaining), sum(|v| v.produced))
        })
    }
}

/// Replays every sequence of a log on a net.
///
/// # Errors
/// A limit of 0.
pub fn replay(net: &Net, log: &Log, settings: &Settings) -> Result<Replay, Error> {
    if settings.states_max == 0 {
        return Err(Error::Setting("the limit on states must be at least 1"));
    }
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, transition) in net.transitions().iter().enumerate() {
        if let Some(name) = &transition.name {
            named.entry(name).or_default().push(number);
        }
    }
    let silent = (0..net.transitions().len()).filter(|number| net.transitions()[*number].name.is_none()).collect();
    let player = Player { net, silent, states_max: settings.states_max };
    let none = Vec::new();
    let variants = log
        .variants()
        .iter()
        .map(|variant| {
            let names = variant.activities.iter().map(|activity| log.activities()[*activity as usize].as_str());
            player.play(names.map(|name| named.get(name).unwrap_or(&none).as_slice()), variant.cases)
        })
        .collect();
    Ok(Replay { variants })
}

/// Tokens by place.
type Marking = Vec<u32>;

struct Player<'a> {
    net: &'a Net,
    silent: Vec<usize>,
    states_max: usize,
}

impl Player<'_> {
    /// Plays activities, each as the transitions that it may be.
    fn play<'b>(&self, activities: impl Iterator<Item = &'b [usize]>, cases: u64) -> Replayed {
        let mut told = Replayed { cases, ..Replayed::default() };
        let mut marking: Marking = vec![0; self.net.places().len()];
        for (place, count) in self.net.start() {
            marking[*place as usize] = *count;
            told.produced += u64::from(*count);
        }
        for transitions in activities {
            if transitions.is_empty() {
                told.unknown += 1;
                continue;
            }
            let lacks = |marking: &Marking, transition: usize| lack(marking, &self.net.transitions()[transition].takes);
            let best = |marking: &Marking| {
                let all = transitions.iter().map(|transition| (lacks(marking, *transition), *transition));
                all.min().unwrap_or((u64::MAX, 0))
            };
            self.unseen(&mut marking, &mut told, |marking| best(marking).0);
            let transition = best(&marking).1;
            for (place, count) in &self.net.transitions()[transition].takes {
                let held = &mut marking[*place as usize];
                told.missing += u64::from(count.saturating_sub(*held));
                *held = (*held).max(*count);
            }
            self.fire(transition, &mut marking, &mut told);
        }
        let mut end: Marking = vec![0; marking.len()];
        self.net.end().iter().for_each(|(place, count)| end[*place as usize] = *count);
        let apart = |marking: &Marking| marking.iter().zip(&end).map(|(is, should)| u64::from(is.abs_diff(*should))).sum();
        self.unseen(&mut marking, &mut told, apart);
        for (is, should) in marking.iter().zip(&end) {
            told.missing += u64::from(should.saturating_sub(*is));
            told.remaining += u64::from(is.saturating_sub(*should));
            told.consumed += u64::from(*should);
        }
        told
    }

    fn fire(&self, transition: usize, marking: &mut Marking, told: &mut Replayed) {
        let transition = &self.net.transitions()[transition];
        for (place, count) in &transition.takes {
            marking[*place as usize] -= count;
            told.consumed += u64::from(*count);
        }
        for (place, count) in &transition.gives {
            marking[*place as usize] += count;
            told.produced += u64::from(*count);
        }
    }

    /// Lets silent transitions happen, as few as possible, so that what is `wrong` becomes least.
    fn unseen(&self, marking: &mut Marking, told: &mut Replayed, wrong: impl Fn(&Marking) -> u64) {
        let mut least = wrong(marking);
        if least == 0 || self.silent.is_empty() {
            return;
        }
        // (marking, the one before it, the transition between)
        let mut reached: Vec<(Marking, usize, usize)> = vec![(marking.clone(), 0, 0)];
        let mut known: HashSet<Marking> = HashSet::from([marking.clone()]);
        let mut open = VecDeque::from([0]);
        let mut best = 0;
        'search: while let Some(at) = open.pop_front() {
            for transition in &self.silent {
                let step = &self.net.transitions()[*transition];
                let mut next = reached[at].0.clone();
                if lack(&next, &step.takes) > 0 {
                    continue;
                }
                step.takes.iter().for_each(|(place, count)| next[*place as usize] -= count);
                step.gives.iter().for_each(|(place, count)| next[*place as usize] += count);
                if known.contains(&next) {
                    continue;
                }
                if reached.len() >= self.states_max {
                    told.limited = true;
                    break 'search;
                }
                known.insert(next.clone());
                let number = reached.len();
                let now = wrong(&next);
                reached.push((next, at, *transition));
                open.push_back(number);
                if now < least {
                    (least, best) = (now, number);
                    if least == 0 {
                        break 'search;
                    }
                }
            }
        }
        let mut steps = Vec::new();
        while best > 0 {
            let (_, from, transition) = &reached[best];
            steps.push(*transition);
            best = *from;
        }
        steps.into_iter().rev().for_each(|transition| self.fire(transition, marking, told));
    }
}

/// How many tokens are lacking.
fn lack(marking: &Marking, takes: &[(u32, u32)]) -> u64 {
    takes.iter().map(|(place, count)| u64::from(count.saturating_sub(marking[*place as usize]))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Stage, Transition, from_stages};

    #[test]
    fn tokens_are_counted_as_they_should() {
        // a, then b and c in any order.
        let t = |name: &str, takes: Vec<(u32, u32)>, gives: Vec<(u32, u32)>| Transition { name: Some(name.into()), takes, gives };
        let all = vec![t("a", vec![(0, 1)], vec![(1, 1), (2, 1)]), t("b", vec![(1, 1)], vec![(3, 1)]), t("c", vec![(2, 1)], vec![(4, 1)])];
        let net = Net::new(vec![String::new(); 5], all, vec![(0, 1)], vec![(3, 1), (4, 1)]).unwrap();
        let log = Log::of_names([(vec!["a", "c", "b"], 3), (vec!["a", "b", "b"], 1), (vec!["x"], 1)]).unwrap();
        let told = replay(&net, &log, &Settings::default()).unwrap();
        let figures: Vec<_> = told.variants.iter().map(|v| (v.missing, v.consumed, v.remaining, v.produced, v.unknown)).collect();
        assert_eq!(figures, [(0, 5, 0, 5, 0), (2, 5, 2, 5, 0), (2, 2, 1, 1, 1)]);
        assert_eq!(told.fitting(), 3);
        let (m, c, r, p) = (4.0, 15.0 + 5.0 + 2.0, 3.0, 15.0 + 5.0 + 1.0);
        assert!((told.log().unwrap() - (1.0 - 0.5 * m / c - 0.5 * r / p)).abs() < 1e-12);
        assert!((told.average().unwrap() - (3.0 + 0.6 + 0.0) / 5.0).abs() < 1e-12);
    }

    #[test]
    fn silent_transitions_happen_where_they_help() {
        let stage = |name: &str, optional| Stage { name: name.into(), touchpoints: vec![name.into()], optional, repeated: false };
        let net = from_stages(&[stage("a", false), stage("b", true), stage("c", true), stage("d", false)]).unwrap();
        let log = Log::of_names([(vec!["a", "d"], 1), (vec!["a", "a", "c", "d", "d"], 1), (vec!["d"], 1)]).unwrap();
        let told = replay(&net, &log, &Settings::default()).unwrap();
        assert_eq!(told.variants.iter().map(Replayed::fits).collect::<Vec<_>>(), [true, true, false]);
        let limited = replay(&net, &log, &Settings { states_max: 1 }).unwrap();
        assert!(limited.variants.iter().all(|variant| variant.limited));
    }

    #[test]
    fn nobody_and_nothing() {
        let none = Replay { variants: Vec::new() };
        assert_eq!((none.fitting(), none.average(), none.log()), (0, None, None));
    }
}
