//! Trials: one customer at one place on one day.

use serde::{Deserialize, Serialize};

/// So many trials are kept; beyond that, customers are drawn.
const TRIALS_MAX: usize = 4_000_000;

/// One customer at one place on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Trial {
    /// Where: the index of a place.
    pub place: u16,
    /// Who.
    pub who: i64,
    /// When: days since the first.
    pub day: u16,
    /// The groups that the customer belongs to here: bit i for group i.
    pub groups: u64,
    /// What could have struck: bit i for kind i.
    pub exposed: u32,
    /// What did.
    pub hit: u32,
    /// Whether it is known how the customer went on.
    pub judged: bool,
    /// Whether the customer got further, if that is known.
    pub reached: bool,
    /// What the customer spent afterwards, in hundredths of a currency unit, if it is known how they went on.
    pub spent: u32,
    /// Two measurements that can only be judged when all are known ([`Trials::judge`]); 0 is none. The first is of the way to `next`.
    pub measured: [u8; 2],
    /// Where the customer went next.
    pub next: u16,
}

/// All trials, or those of a drawn share of the customers where there are too many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trials {
    list: Vec<Trial>,
    /// How often the share of customers was halved.
    halved: u32,
}

impl Trials {
    /// Adds what one customer did. Trials at the same place on the same day become one: what could strike in one of them could
    /// strike, what struck in one of them did, and the first says how the customer went on.
    pub fn add(&mut self, who: i64, of_customer: &mut Vec<Trial>) {
        if self.drawn(who) {
            of_customer.sort_by_key(|trial| (trial.place, trial.day));
            let first = self.list.len();
            for trial in of_customer.drain(..) {
                match self.list[first..].last_mut() {
                    Some(last) if (last.place, last.day) == (trial.place, trial.day) => {
                        last.exposed |= trial.exposed;
                        last.hit |= trial.hit;
                        if last.measured[0] == 0 {
                            (last.measured[0], last.next) = (trial.measured[0], trial.next);
                        }
                        last.measured[1] = last.measured[1].max(trial.measured[1]);
                    }
                    _ => self.list.push(Trial { who, ..trial }),
                }
            }
            self.thin();
        }
        of_customer.clear();
    }

    /// Adds the trials of other customers.
    pub fn merge(&mut self, other: Trials) {
        let halved = self.halved.max(other.halved);
        self.list.extend(other.list);
        if (self.halved, other.halved) != (halved, halved) {
            self.halved = halved;
            self.draw();
        }
        self.thin();
    }

    /// Which share of the customers these are.
    pub fn share(&self) -> f64 {
        0.5_f64.powi(self.halved as i32)
    }

    /// Changes what could strike and what did, now that all trials are known.
    pub fn judge(&mut self, mut how: impl FnMut(&mut Trial)) {
        self.list.iter_mut().for_each(&mut how);
    }

    /// The trials, by place, customer and day.
    pub fn sorted(mut self) -> Vec<Trial> {
        self.list.sort_unstable();
        self.list
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> u64 {
        (self.list.len() * size_of::<Trial>()) as u64
    }

    /// The trials as they are, in no order.
    pub fn list(&self) -> &[Trial] {
        &self.list
    }

    /// The same trials with other labels: every customer gets the groups of another one, the days are moved by a number of weeks that
    /// is the customer's own, and who was at a place of a family was where another one was of it. What struck whom stays as it
    /// was, so whatever is found in it is a false alarm.
    pub fn shuffled(mut self, seed: u64, days: u16, families: &[Vec<u16>]) -> Trials {
        self.list.sort_unstable_by_key(|trial| (trial.who, trial.place, trial.day));
        for (number, family) in families.iter().enumerate() {
            self.deal(family, mix(seed ^ 0xFA41 ^ number as u64));
        }
        let weeks = u64::from(days / 7).max(1);
        let all: Vec<usize> = (0..self.list.len()).collect();
        let customers: Vec<(usize, usize)> = self.runs(&all);
        let mut others: Vec<usize> = (0..customers.len()).collect();
        others.sort_by_key(|other| mix(seed ^ mix(self.list[customers[*other].0].who as u64)));
        let labels: Vec<u64> = self.list.iter().map(|trial| trial.groups).collect();
        for ((start, end), other) in customers.iter().zip(others) {
            let (from, to) = customers[other];
            let moved = mix(seed.wrapping_add(mix(self.list[*start].who as u64 ^ 0x5EED))) % weeks * 7;
            for (number, trial) in self.list[*start..*end].iter_mut().enumerate() {
                trial.groups = labels[from + number % (to - from)];
                trial.day = ((u64::from(trial.day) + moved) % (weeks * 7).max(u64::from(days.max(1)))) as u16;
            }
        }
        self
    }

    /// Of some trials, those of one customer, one after the other: from where to where.
    fn runs(&self, some: &[usize]) -> Vec<(usize, usize)> {
        let mut start = 0;
        let of_one = some.chunk_by(|a, b| self.list[*a].who == self.list[*b].who);
        of_one
            .map(|trials| {
                start += trials.len();
                (start - trials.len(), start)
            })
            .collect()
    }

    /// Gives every customer who was at a place of a family the places of another one who was.
    fn deal(&mut self, family: &[u16], seed: u64) {
        let theirs: Vec<usize> = (0..self.list.len()).filter(|at| family.contains(&self.list[*at].place)).collect();
        let customers = self.runs(&theirs);
        let mut others: Vec<usize> = (0..customers.len()).collect();
        others.sort_by_key(|other| mix(seed ^ mix(self.list[theirs[customers[*other].0]].who as u64)));
        let labels: Vec<u16> = theirs.iter().map(|at| self.list[*at].place).collect();
        for ((start, end), other) in customers.iter().zip(others) {
            let (from, to) = customers[other];
            for (number, at) in theirs[*start..*end].iter().enumerate() {
                self.list[*at].place = labels[from + number % (to - from)];
            }
        }
    }

    fn drawn(&self, who: i64) -> bool {
        mix(who as u64).checked_shr(64 - self.halved).unwrap_or(0) == 0
    }

    fn draw(&mut self) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|trial| self.drawn(trial.who));
        self.list = list;
    }

    fn thin(&mut self) {
        while self.list.len() > TRIALS_MAX && self.halved < 32 {
            self.halved += 1;
            self.draw();
        }
    }
}

/// A hash of a number (the finalizer of SplitMix64).
pub fn mix(number: u64) -> u64 {
    let x = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_at_a_place_is_one_trial() {
        let mut trials = Trials::default();
        let trial = |place, day, exposed, hit| Trial { place, day, exposed, hit, ..Trial::default() };
        trials.add(7, &mut vec![trial(1, 3, 1, 0), trial(0, 3, 1, 1), trial(1, 3, 3, 2), trial(1, 4, 1, 0)]);
        let told: Vec<_> = trials.sorted().iter().map(|t| (t.who, t.place, t.day, t.exposed, t.hit)).collect();
        assert_eq!(told, [(7, 0, 3, 1, 1), (7, 1, 3, 3, 2), (7, 1, 4, 1, 0)]);
    }

    #[test]
    fn shuffling_keeps_what_struck_and_deals_out_labels_and_weeks() {
        let mut trials = Trials::default();
        for who in 0..500 {
            let trial = |day| Trial { day, groups: 1 << (who % 3), exposed: 1, hit: u32::from(who % 5 == 0), ..Trial::default() };
            trials.add(who, &mut vec![trial((who % 90) as u16), trial(90)]);
        }
        let shuffled = trials.clone().shuffled(1, 91, &[]);
        assert_eq!(shuffled, trials.clone().shuffled(1, 91, &[]));
        let count = |trials: &Trials, of: fn(&Trial) -> bool| trials.list().iter().filter(|t| of(t)).count();
        for of in [|t: &Trial| t.hit == 1, |t: &Trial| t.groups == 1, |t: &Trial| t.groups == 4] {
            assert_eq!(count(&shuffled, of), count(&trials, of));
        }
        let together = |trials: &Trials| count(trials, |t| t.hit == 1 && t.groups == 1 << (t.who % 3));
        assert!(together(&shuffled) < together(&trials), "groups no longer belong to whom they did");
        assert!(shuffled.list().iter().all(|t| t.day < 91));
    }

    #[test]
    fn too_many_are_thinned_to_the_same_customers_in_any_order() {
        let customers = |from: i64| {
            let mut trials = Trials::default();
            (from..from + 300_000).for_each(|who| trials.add(who, &mut (0..9).map(|day| Trial { day, ..Trial::default() }).collect()));
            trials
        };
        let (mut one, mut two) = (customers(0), customers(300_000));
        assert!((one.share() - 1.0).abs() < 1e-9);
        one.merge(customers(300_000));
        two.merge(customers(0));
        assert!((one.share() - 0.5).abs() < 1e-9);
        assert_eq!(one.sorted(), two.sorted());
    }
}
