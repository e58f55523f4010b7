//! Which event came after which: directly, or ever.

use crate::occurrences::Occurrences;

/// The pairs of codes that directly follow each other in one customer's run (or one session, or one case), each with the
/// time between: one fewer than there are rows.
pub fn follows<'a>(times: &'a [i64], codes: &'a [u32]) -> impl Iterator<Item = (u32, u32, i64)> + 'a {
    let waits = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    codes.windows(2).zip(waits).map(|(pair, wait)| (pair[0], pair[1], wait))
}

/// Which code comes somewhere after which.
#[derive(Clone, Debug, Default)]
pub struct EventuallyFollows {
    occurrences: Occurrences,
    /// For each row, one more than the last row before it with the same code; 0 when there is none.
    before: Vec<usize>,
}

impl EventuallyFollows {
    /// The ordered pairs (A, B) for which the run has an A and, in a later row, a B: each once, with the time from the first
    /// A to the first B after it. A code that occurs twice follows itself. Takes as many looks as there are rows times
    /// different codes.
    pub fn pairs<'a>(&'a mut self, times: &'a [i64], codes: &'a [u32]) -> impl Iterator<Item = (u32, u32, i64)> + 'a {
        let rows = times.len().min(codes.len());
        self.before.clear();
        self.before.resize(rows, 0);
        for places in self.occurrences.of(&codes[..rows]) {
            for pair in places.windows(2) {
                self.before[pair[1].1] = pair[0].1 + 1;
            }
        }
        let before = &self.before;
        let firsts = (0..rows).filter(|row| before[*row] == 0);
        // A row is the first of its code after `first` when the one before it is not after `first`.
        firsts.flat_map(move |first| {
            let later = (first + 1..rows).filter(move |row| before[*row] <= first + 1);
            later.map(move |row| (codes[first], codes[row], times[row].saturating_sub(times[first])))
        })
    }
}

/// So many different codes at most can be counted by [`Neighbours`].
pub const NEIGHBOURS_MAX: usize = 64;

/// Which code came directly after which in many runs, with nothing known of their times.
///
/// Codes are below [`NEIGHBOURS_MAX`], so that a pair of them is a place in a table of 64 times 64, and what a run has seen
/// is one word of bits. How often a pair occurred, and in how many runs, are the two halves of one number.
#[derive(Clone, Debug)]
pub struct Neighbours {
    pairs: Box<[u64; PAIRS]>,
    /// The last run that each pair was seen in.
    last: Box<[u32; PAIRS]>,
    codes: Box<[Neighbour; NEIGHBOURS_MAX]>,
    runs: u32,
    /// In how many of the last runs each code occurred: bit `i` of the number of code `c` is bit `c` of word `i`, so that all
    /// codes of a run are added in a few steps and without a branch.
    recent: [u64; RECENT_BITS],
    /// How many runs are counted there.
    recent_runs: u32,
}

const RECENT_BITS: usize = 8;

const PAIRS: usize = NEIGHBOURS_MAX * NEIGHBOURS_MAX;

/// What [`Neighbours`] counted of one code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbour {
    /// How often it occurred.
    pub count: u64,
    /// In how many runs.
    pub runs: u64,
    /// How many runs begin with it.
    pub starts: u64,
    /// How many runs end with it.
    pub ends: u64,
}

/// What [`Neighbours`] counted: codes, and pairs of codes with how often they occurred, and in how many runs.
pub type Neighbourhood = (Vec<(u8, Neighbour)>, Vec<(u8, u8, u64, u64)>);

impl Default for Neighbours {
    fn default() -> Neighbours {
        Neighbours {
            pairs: Box::new([0; PAIRS]),
            last: Box::new([0; PAIRS]),
            codes: Box::new([Neighbour::default(); NEIGHBOURS_MAX]),
            runs: 0,
            recent: [0; RECENT_BITS],
            recent_runs: 0,
        }
    }
}

impl Neighbours {
    /// Counts runs that lie one after the other; `ends` says where each of them ends, and they begin where the one before
    /// ended. Codes count modulo [`NEIGHBOURS_MAX`]. There are fewer than 2³² rows and runs between two calls of
    /// [`Neighbours::take`].
    pub fn count(&mut self, codes: &[u8], ends: &[u32]) {
        let mut start = 0;
        for end in ends {
            let run = codes.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            let Some((first, rest)) = run.split_first() else { continue };
            self.runs += 1;
            let number = self.runs;
            let mut before = usize::from(*first) % NEIGHBOURS_MAX;
            self.codes[before].starts += 1;
            let mut seen = 1u64 << before;
            for code in rest {
                let code = usize::from(*code) % NEIGHBOURS_MAX;
                let pair = before * NEIGHBOURS_MAX + code;
                self.pairs[pair] += 1 + (u64::from(self.last[pair] != number) << u32::BITS);
                self.last[pair] = number;
                seen |= 1 << code;
                before = code;
            }
            self.codes[before].ends += 1;
            for bit in &mut self.recent {
                let carry = *bit & seen;
                *bit ^= seen;
                seen = carry;
            }
            self.recent_runs += 1;
            if self.recent_runs == (1 << RECENT_BITS) - 1 {
                self.settle();
            }
        }
    }

    /// Adds the last runs to those of each code.
    fn settle(&mut self) {
        for (place, word) in self.recent.iter_mut().enumerate() {
            while *word != 0 {
                self.codes[word.trailing_zeros() as usize].runs += 1 << place;
                *word &= *word - 1;
            }
        }
        self.recent_runs = 0;
    }

    /// What was counted of each code and each pair of codes that occurred: how often, and in how many runs. Then it is
    /// empty again.
    pub fn take(&mut self) -> Neighbourhood {
        self.settle();
        let mut codes = std::mem::replace(&mut *self.codes, [Neighbour::default(); NEIGHBOURS_MAX]);
        let mut pairs = Vec::new();
        for (place, cell) in self.pairs.iter_mut().enumerate().filter(|(_, cell)| **cell != 0) {
            let (from, to) = (place / NEIGHBOURS_MAX, place % NEIGHBOURS_MAX);
            let count = *cell & u64::from(u32::MAX);
            pairs.push((from as u8, to as u8, count, *cell >> u32::BITS));
            // Every event but the first of a run comes after another.
            codes[to].count += count;
            *cell = 0;
        }
        self.last.fill(0);
        self.runs = 0;
        codes.iter_mut().for_each(|code| code.count += code.starts);
        (codes.into_iter().enumerate().filter(|(_, code)| code.count > 0).map(|(place, code)| (place as u8, code)).collect(), pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_one_fewer_than_rows() {
        assert_eq!(follows(&[1, 4, 4], &[7, 8, 7]).collect::<Vec<_>>(), [(7, 8, 3), (8, 7, 0)]);
        assert_eq!(follows(&[1], &[7]).count(), 0);
        assert_eq!(follows(&[], &[]).count(), 0);
        assert_eq!(follows(&[i64::MIN, i64::MAX], &[1, 1]).next(), Some((1, 1, i64::MAX)));
    }

    #[test]
    fn what_ever_follows_is_told_once() {
        let mut follows = EventuallyFollows::default();
        let pairs: Vec<_> = follows.pairs(&[0, 1, 5, 9], &[7, 8, 7, 8]).collect();
        assert_eq!(pairs, [(7, 8, 1), (7, 7, 5), (8, 7, 4), (8, 8, 8)]);
        assert_eq!(follows.pairs(&[3], &[7]).count(), 0);
    }
}
