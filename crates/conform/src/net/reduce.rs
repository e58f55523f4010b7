//! Smaller nets with the same runs.
//!
//! A silent transition is taken out where nothing depends on when it happens (Murata 1989, "Petri nets: properties, analysis and
//! applications", fusion of series; Berthelot 1987, pre- and post-agglomeration):
//!
//! - where it alone takes from a place, it may happen as soon as it can: whoever gives to that place gives what it gives instead;
//! - where it alone gives to a place, it may wait until it must: whoever takes from that place takes what it takes instead.
//!
//! What is seen of complete runs stays exactly the same; what nobody may see changes is the number of silent steps.

use super::{Net, Tokens, Transition};
use crate::Error;

impl Net {
    /// The net without the silent transitions that only lead from one place to one other.
    ///
    /// # Errors
    /// None for nets that keep the limits.
    pub(crate) fn reduced(self) -> Result<Net, Error> {
        self.shrunk(|takes, gives, _| takes == 1 && gives == 1)
    }

    /// The net without all silent transitions that can go without adding arcs. Made for searching.
    ///
    /// # Errors
    /// None for nets that keep the limits.
    pub(crate) fn condensed(self) -> Result<Net, Error> {
        // A transition with so many arcs goes; so many others get as many arcs each, less the one to the place that goes.
        self.shrunk(|takes, gives, others| others * (takes.max(gives)) <= takes + gives + others)
    }

    /// Takes transitions out; `worth` says of (places it takes from, places it gives to, transitions that get its arcs) whether.
    fn shrunk(self, worth: fn(usize, usize, usize) -> bool) -> Result<Net, Error> {
        let Net { places, transitions, start, end } = self;
        let mut work =
            Work { start: dense(&start, places.len()), end: dense(&end, places.len()), alive: vec![true; transitions.len()], transitions };
        while work.pass(places.len(), worth) {}
        work.drop_equals();
        // Places that nothing touches any more go, too.
        let mut used = vec![false; places.len()];
        let kept: Vec<Transition> =
            work.transitions.into_iter().zip(work.alive).filter(|(_, alive)| *alive).map(|(transition, _)| transition).collect();
        for (place, _) in kept.iter().flat_map(|t| t.takes.iter().chain(&t.gives)) {
            used[*place as usize] = true;
        }
        for (place, used) in used.iter_mut().enumerate() {
            *used |= work.start[place] > 0 || work.end[place] > 0;
        }
        let mut numbers = vec![0u32; places.len()];
        let mut names = Vec::new();
        for (place, name) in places.into_iter().enumerate() {
            if used[place] {
                numbers[place] = names.len() as u32;
                names.push(name);
            }
        }
        let moved = |tokens: Tokens| tokens.into_iter().map(|(place, count)| (numbers[place as usize], count)).collect::<Tokens>();
        let sparse = |tokens: &[u32]| {
            let held = tokens.iter().enumerate().filter(|(_, count)| **count > 0);
            moved(held.map(|(place, count)| (place as u32, *count)).collect())
        };
        let kept = kept.into_iter().map(|t| Transition { name: t.name, takes: moved(t.takes), gives: moved(t.gives) }).collect();
        Net::new(names, kept, sparse(&work.start), sparse(&work.end))
    }
}

struct Work {
    transitions: Vec<Transition>,
    alive: Vec<bool>,
    start: Vec<u32>,
    end: Vec<u32>,
}

impl Work {
    /// Takes out what can be, once through; whether anything was.
    fn pass(&mut self, places: usize, worth: fn(usize, usize, usize) -> bool) -> bool {
        let mut takers: Vec<Vec<usize>> = vec![Vec::new(); places];
        let mut givers = takers.clone();
        for (number, transition) in self.transitions.iter().enumerate().filter(|(number, _)| self.alive[*number]) {
            transition.takes.iter().for_each(|(place, _)| takers[*place as usize].push(number));
            transition.gives.iter().for_each(|(place, _)| givers[*place as usize].push(number));
        }
        // The lists above are true only until the first change near a place.
        let mut changed = vec![false; places];
        let mut any = false;
        // One visible transition must stay, or there would be no net.
        for number in 0..self.transitions.len() {
            if !self.alive[number] || self.transitions[number].name.is_some() || self.alive.iter().filter(|alive| **alive).nth(1).is_none()
            {
                continue;
            }
            let (takes, gives) = (self.transitions[number].takes.clone(), self.transitions[number].gives.clone());
            if takes == gives {
                self.alive[number] = false;
                any = true;
                continue;
            }
            if takes.iter().chain(&gives).any(|(place, _)| changed[*place as usize]) {
                continue;
            }
            let single = |tokens: &Tokens| match tokens[..] {
                [(place, 1)] => Some(place as usize),
                _ => None,
            };
            if let Some(place) = single(&takes)
                && takers[place] == [number]
                && !givers[place].contains(&number)
                && self.end[place] == 0
                && worth(takes.len(), gives.len(), givers[place].len())
            {
                let near: Vec<usize> = givers[place].clone();
                near.iter().for_each(|other| replace(&mut self.transitions[*other].gives, place as u32, &gives));
                let held = std::mem::take(&mut self.start[place]);
                gives.iter().for_each(|(to, count)| self.start[*to as usize] += held * count);
                self.gone(number, &near, &mut changed);
                any = true;
            } else if let Some(place) = single(&gives)
                && givers[place] == [number]
                && !takers[place].contains(&number)
                && self.start[place] == 0
                && worth(takes.len(), gives.len(), takers[place].len())
            {
                let near: Vec<usize> = takers[place].clone();
                near.iter().for_each(|other| replace(&mut self.transitions[*other].takes, place as u32, &takes));
                let held = std::mem::take(&mut self.end[place]);
                takes.iter().for_each(|(from, count)| self.end[*from as usize] += held * count);
                self.gone(number, &near, &mut changed);
                any = true;
            }
        }
        any
    }

    fn gone(&mut self, number: usize, near: &[usize], changed: &mut [bool]) {
        self.alive[number] = false;
        for transition in near.iter().chain([&number]).map(|near| &self.transitions[*near]) {
            transition.takes.iter().chain(&transition.gives).for_each(|(place, _)| changed[*place as usize] = true);
        }
    }

    /// Of transitions that are the same in everything, one is enough.
    fn drop_equals(&mut self) {
        let mut seen = std::collections::HashSet::new();
        for (transition, alive) in self.transitions.iter().zip(&mut self.alive) {
            *alive = *alive && seen.insert((transition.name.clone(), transition.takes.clone(), transition.gives.clone()));
        }
    }
}

/// Puts other tokens in place of those of a place, as often as it stood there.
fn replace(tokens: &mut Tokens, place: u32, with: &Tokens) {
    let times: u32 = tokens.iter().filter(|(held, _)| *held == place).map(|(_, count)| count).sum();
    tokens.retain(|(held, _)| *held != place);
    tokens.extend(with.iter().map(|(held, count)| (*held, count * times)));
    tokens.sort_unstable();
    tokens.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
}

fn dense(tokens: &Tokens, places: usize) -> Vec<u32> {
    let mut counts = vec![0; places];
    tokens.iter().for_each(|(place, count)| counts[*place as usize] = *count);
    counts
}
