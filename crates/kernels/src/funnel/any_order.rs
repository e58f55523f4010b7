//! Steps in any order: how many different ones lie within one window.

use super::places::Places;
use super::{Funnel, FunnelRun, Group};

/// The latest rows that meet a step, in a ring of as many places as there are steps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ring {
    /// The place of the next one.
    next: usize,
    /// How many places are taken.
    held: usize,
    /// The latest row, and when it was.
    newest: usize,
    time: i64,
    session: u32,
}

impl Funnel {
    /// Adds the rows of one time. False when all steps were met.
    pub(super) fn gather(&mut self, run: &FunnelRun<'_>, group: &Group) -> bool {
        let steps = self.rules.steps as usize;
        for row in group.rows.clone() {
            self.remember(run, row);
        }
        if group.hit != 0 {
            // What is still open at an exclusion is dead, unless this very time completes it. Rows of its time are not before it.
            if self.count(group) == steps {
                self.choose(run, group);
                if self.chosen.len() == steps {
                    self.keep_chosen(run);
                    return false;
                }
            }
            if self.best.level > 0 && self.is_live(self.best_times[0], self.best.session, group.time, group.session) {
                self.best.killed = true;
            }
            self.floor = group.rows.start;
        }
        let count = self.count(group) as u32;
        if count > self.best.level || (count == self.best.level && self.best.killed) {
            self.choose(run, group);
            self.keep_chosen(run);
        }
        (self.best.level as usize) < steps
    }

    /// Remembers a row as the latest of each step that it meets. As many as there are steps suffice: if a step took an older
    /// one, one of these would be free in its place.
    fn remember(&mut self, run: &FunnelRun<'_>, row: usize) {
        let steps = self.rules.steps as usize;
        let mut met = run.masks[row] & self.all;
        while met != 0 {
            let step = met.trailing_zeros() as usize;
            met &= met - 1;
            let ring = &mut self.rings[step];
            self.latest[step * steps + ring.next] = row;
            let next = if ring.next + 1 == steps { 0 } else { ring.next + 1 };
            *ring = Ring { next, held: steps.min(ring.held + 1), newest: row, time: run.times[row], session: run.session(row) };
        }
    }

    /// How many steps have a row in the window that ends with this group.
    fn count(&self, group: &Group) -> usize {
        self.rings.iter().filter(|ring| self.has_within(ring, group)).count()
    }

    fn has_within(&self, ring: &Ring, group: &Group) -> bool {
        ring.held > 0 && ring.newest >= self.floor && self.is_live(ring.time, ring.session, group.time, group.session)
    }

    /// Chooses the row of each step in the window that ends with this group; with `once`, that may be fewer than were counted.
    fn choose(&mut self, run: &FunnelRun<'_>, group: &Group) {
        let steps = self.rules.steps as usize;
        self.chosen.clear();
        for ring in &self.rings {
            if self.has_within(ring, group) {
                self.chosen.push(ring.newest);
            }
        }
        self.chosen.sort_unstable();
        if !self.rules.once || self.chosen.windows(2).all(|pair| pair[0] != pair[1]) {
            return;
        }
        // Each step has a row, but has each a row of its own? Seating the latest rows first leaves out the earliest.
        let mut nearest = std::mem::take(&mut self.nearest);
        nearest.clear();
        for (step, ring) in self.rings.iter().enumerate() {
            let rows = &self.latest[step * steps..][..ring.held];
            let within = |row: usize| row >= self.floor && self.is_live(run.times[row], run.session(row), group.time, group.session);
            nearest.extend(rows.iter().copied().filter(|row| within(*row)));
        }
        nearest.sort_unstable_by(|a, b| b.cmp(a));
        nearest.dedup();
        let mut places = Places::default();
        for row in &nearest {
            places.seat(run.masks, *row, self.all, &mut 0);
            if places.filled == self.all {
                break;
            }
        }
        self.nearest = nearest;
        self.chosen.clear();
        self.chosen.extend((0..steps).filter(|step| places.filled >> step & 1 == 1).map(|step| places.rows[step]));
        self.chosen.sort_unstable();
    }

    /// Makes the chosen rows the best, if they are.
    fn keep_chosen(&mut self, run: &FunnelRun<'_>) {
        let level = self.chosen.len() as u32;
        if level > self.best.level || (level == self.best.level && self.best.killed) {
            self.best_times.clear();
            self.best_times.extend(self.chosen.iter().map(|row| run.times[*row]));
            self.best.level = level;
            self.best.passed = if level == 32 { u32::MAX } else { (1 << level) - 1 };
            self.best.session = self.chosen.first().map_or(0, |row| run.session(*row));
            self.best.killed = false;
        }
    }
}
