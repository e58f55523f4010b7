//! Which row fills which step, where a row may fill only one.

use super::STEPS_MAX;

/// Which row fills which step (a bipartite matching that grows by augmenting paths).
#[derive(Clone, Default)]
pub(super) struct Places {
    /// By step; only valid for steps in `filled`.
    pub(super) rows: [usize; STEPS_MAX as usize],
    pub(super) filled: u32,
}

impl Places {
    /// Fills one more step with some row that is still free, moving others if need be.
    pub(super) fn fill(&mut self, masks: &[u32], step: usize) -> bool {
        let steps = self.filled | 1 << step;
        (0..masks.len()).any(|row| !self.holds(row) && self.seat(masks, row, steps, &mut 0))
    }

    fn holds(&self, row: usize) -> bool {
        (0..STEPS_MAX as usize).any(|step| self.filled >> step & 1 == 1 && self.rows[step] == row)
    }

    /// Finds a place among these steps for one more row. Recursion is as deep as there are steps: each is tried once.
    pub(super) fn seat(&mut self, masks: &[u32], row: usize, steps: u32, tried: &mut u32) -> bool {
        for step in 0..STEPS_MAX as usize {
            let bit = 1 << step;
            if masks[row] & steps & !*tried & bit == 0 {
                continue;
            }
            *tried |= bit;
            if self.filled & bit == 0 || self.seat(masks, self.rows[step], steps, tried) {
                self.rows[step] = row;
                self.filled |= bit;
                return true;
            }
        }
        false
    }
}
