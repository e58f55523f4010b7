//! The shortest way: plain rules, and rows that are alone at their time and meet one step at most. Nearly all customers have
//! no others.
//!
//! Nobody can guess which event comes next, and processors lose more time by guessing wrong than by anything else here. So a
//! row is one comparison and one choice without a branch: of each level only the beginning of its chain is remembered, and of each
//! row whether a chain went on with it. The times of the chain that came furthest are found at the end, backwards.

use super::{Best, Funnel, FunnelRun, STEPS_MAX};

/// When no chain began.
const NEVER: i64 = i64::MIN;

impl Funnel {
    /// Whether this is a way to go for these rows.
    pub(super) fn may_dash(&self, run: &FunnelRun<'_>, rows: usize) -> bool {
        let several = |mask: u32| mask & mask.wrapping_sub(1);
        self.plain
            && self.hits == 0
            && run.times.first() != Some(&NEVER)
            && run.masks[..rows].iter().fold(0, |all, mask| all | several(mask & self.all)) == 0
            && !run.times[..rows].windows(2).fold(false, |any, pair| any | (pair[0] == pair[1]))
    }

    /// Walks all rows, or as far as to the last step.
    pub(super) fn dash(&mut self, run: &FunnelRun<'_>, rows: usize) {
        let (times, masks) = (&run.times[..rows], &run.masks[..rows]);
        let steps = self.rules.steps as usize;
        // By level, when the chain began that came so far and began last. Behind the levels, a place for rows that meet nothing.
        let mut starts = [NEVER; STEPS_MAX as usize + 2];
        self.went_on.clear();
        let (mut best, mut best_row) = (0, 0);
        for (row, (time, mask)) in times.iter().zip(masks).enumerate() {
            let level = (mask & self.all).trailing_zeros() as usize + 1;
            // Every chain of one step begins here.
            starts[0] = *time;
            let start = starts[level - 1];
            let goes_on = (start != NEVER) & (*time <= start.saturating_add(self.rules.window));
            starts[level] = if goes_on { start } else { starts[level] };
            self.went_on.push(goes_on);
            if goes_on && level > best {
                (best, best_row) = (level, row);
                if level == steps {
                    break;
                }
            }
        }
        if best == 0 {
            return;
        }
        self.best = Best { level: best as u32, passed: self.all >> (steps - best), session: 0, killed: false };
        self.best_times.resize(best, 0);
        // A chain goes on from the row that was last to come as far as the level before.
        let mut before = best_row + 1;
        for level in (1..=best).rev() {
            let is_it = |row: &usize| self.went_on[*row] && masks[*row] & self.all == 1 << (level - 1);
            let Some(row) = (0..before).rev().find(is_it) else { return };
            self.best_times[level - 1] = times[row];
            before = row;
        }
    }
}
