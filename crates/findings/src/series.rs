//! Trials and hits of one kind of thing at one place, day by day, for everybody and for each group.

use crate::contrast::{Count, Square};
use crate::trial::Trial;

/// Running sums over the days.
pub(crate) struct Series {
    /// By group, everybody first, then those who have one of several; by day, one more than there are days.
    sums: Vec<Vec<(u32, u32)>>,
    /// By group, everybody first: where in `sums` those are whom it is compared with, itself among them.
    peers: Vec<usize>,
    /// By how much the trials of one customer are more alike than those of different ones (the design effect of cluster sampling, Kish
    /// 1965): the variance of the number of hits over what independent trials would have.
    pub(crate) inflation: f64,
}

impl Series {
    /// Counts the trials that `kind` could strike; `left_out` are not counted. The trials are those of one place, by customer.
    pub(crate) fn of(trials: &[Trial], left_out: &[bool], kind: u32, peers: &[u64], days: usize) -> Series {
        let groups = peers.len();
        let mut several: Vec<u64> = peers.iter().copied().filter(|mask| *mask != 0).collect();
        several.sort_unstable();
        several.dedup();
        let place = |mask: &u64| several.binary_search(mask).map_or(0, |at| groups + 1 + at);
        let peers: Vec<usize> = std::iter::once(0).chain(peers.iter().map(place)).collect();
        let mut sums = vec![vec![(0, 0); days + 1]; groups + 1 + several.len()];
        let (mut hits, mut all) = (0_u64, 0_u64);
        for trial in counted(trials, left_out, kind) {
            let hit = u32::from(trial.hit & kind != 0);
            let day = usize::from(trial.day).min(days - 1) + 1;
            (hits, all) = (hits + u64::from(hit), all + 1);
            let mut add = |group: usize| {
                let cell: &mut (u32, u32) = &mut sums[group][day];
                *cell = (cell.0 + hit, cell.1 + 1);
            };
            add(0);
            for (at, mask) in several.iter().enumerate() {
                if trial.groups & mask != 0 {
                    add(groups + 1 + at);
                }
            }
            let mut members = trial.groups;
            while members != 0 {
                let group = members.trailing_zeros() as usize;
                members &= members - 1;
                if group < groups {
                    add(group + 1);
                }
            }
        }
        for list in &mut sums {
            for day in 1..list.len() {
                list[day] = (list[day].0 + list[day - 1].0, list[day].1 + list[day - 1].1);
            }
        }
        Series { sums, peers, inflation: inflation(trials, left_out, kind, hits, all) }
    }

    pub(crate) fn days(&self) -> usize {
        self.sums[0].len() - 1
    }

    /// How many groups there are, besides everybody.
    pub(crate) fn groups(&self) -> usize {
        self.peers.len() - 1
    }

    /// What happened to a group (everybody is 0) from one day up to another.
    pub(crate) fn count(&self, group: usize, from: usize, to: usize) -> Count {
        let (before, after) = (self.sums[group][from], self.sums[group][to]);
        Count { hits: f64::from(after.0 - before.0), trials: f64::from(after.1 - before.1) }
    }

    /// What happened to those whom a group is compared with, itself among them.
    pub(crate) fn peers(&self, group: usize, from: usize, to: usize) -> Count {
        self.count(self.peers[group], from, to)
    }

    /// A group on some days, on its others, and those whom it is compared with.
    pub(crate) fn square(&self, group: usize, from: usize, to: usize) -> Square {
        let (here, mine) = (self.count(group, from, to), self.whole(group));
        let others = self.peers(group, from, to).less(here);
        Square { here, before: mine.less(here), others, others_before: self.peers(group, 0, self.days()).less(mine).less(others) }
    }

    pub(crate) fn whole(&self, group: usize) -> Count {
        self.count(group, 0, self.days())
    }
}

/// Those trials that a kind of thing could strike.
pub(crate) fn counted<'a>(trials: &'a [Trial], left_out: &'a [bool], kind: u32) -> impl Iterator<Item = &'a Trial> {
    trials.iter().zip(left_out).filter(move |(trial, out)| trial.exposed & kind != 0 && !**out).map(|(trial, _)| trial)
}

fn inflation(trials: &[Trial], left_out: &[bool], kind: u32, hits: u64, all: u64) -> f64 {
    if hits == 0 || hits == all {
        return 1.0;
    }
    let rate = hits as f64 / all as f64;
    let (mut customer, mut own, mut sum) = (i64::MIN, 0.0, 0.0);
    for trial in counted(trials, left_out, kind) {
        if trial.who != customer {
            sum += own * own;
            (customer, own) = (trial.who, 0.0);
        }
        own += f64::from(u8::from(trial.hit & kind != 0)) - rate;
    }
    ((sum + own * own) / (rate * (1.0 - rate) * all as f64)).max(1.0)
}
