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
