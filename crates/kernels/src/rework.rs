//! What was done again: loops in a run.

use crate::occurrences::Occurrences;

/// How often one code came again in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// The code.
    pub code: u32,
    /// How many rows it has.
    pub rows: u32,
    /// How many of them come directly after another of them (self loops).
    pub repeats: u32,
    /// How many come after another of them with something else between (returns). A row is the first of its code, a repeat,
    /// or a return.
    pub returns: u32,
    /// The shortest time from a row to the return to it, and the longest. `None` when there is no return.
    pub return_times: Option<(i64, i64)>,
}

/// Finds loops in the runs of many customers.
#[derive(Clone, Debug, Default)]
pub struct Rework {
    occurrences: Occurrences,
}

impl Rework {
    /// What came again, for each code of a run, in the order of codes.
    pub fn again<'a>(&'a mut self, times: &'a [i64], codes: &[u32]) -> impl Iterator<Item = Again> + use<'a> {
        let rows = times.len().min(codes.len());
        self.occurrences.of(&codes[..rows]).map(|places| {
            let mut again = Again { code: places[0].0, rows: places.len() as u32, repeats: 0, returns: 0, return_times: None };
            for pair in places.windows(2) {
                let (from, to) = (pair[0].1, pair[1].1);
                if to == from + 1 {
                    again.repeats += 1;
                    continue;
                }
                again.returns += 1;
                let time = times[to].saturating_sub(times[from]);
                let (shortest, longest) = again.return_times.unwrap_or((time, time));
                again.return_times = Some((shortest.min(time), longest.max(time)));
            }
            again
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_and_returns_are_told_apart() {
        let mut rework = Rework::default();
        let all: Vec<Again> = rework.again(&[0, 1, 5, 7, 20], &[4, 4, 2, 4, 2]).collect();
        assert_eq!(
            all,
            [
                Again { code: 2, rows: 2, repeats: 0, returns: 1, return_times: Some((15, 15)) },
                Again { code: 4, rows: 3, repeats: 1, returns: 1, return_times: Some((6, 6)) },
            ]
        );
        assert_eq!(rework.again(&[], &[]).count(), 0);
    }
}
