//! How chains grow in order, by the rows of one time.

use std::ops::Range;

use super::places::Places;
use super::{About, Best, Entry, Funnel, FunnelRun, Group, Growth, Mode, Origin};

/// Where a chain would grow from.
#[derive(Clone, Copy)]
struct From {
    origin: Origin,
    level: usize,
    /// How many optional steps it has passed.
    optional: usize,
    start: i64,
    session: u32,
}

impl Funnel {
    /// Walks rows as long as they are the usual case: alone at their time, meeting one step (or nothing) and no exclusion.
    /// Gives the first row that was not walked, and whether the scan is over. `PLAIN` leaves out what plain rules do not
    /// need: it makes them about a third faster.
    pub(super) fn stride<const PLAIN: bool>(&mut self, run: &FunnelRun<'_>, rows: Range<usize>) -> (usize, bool) {
        let (times, masks) = (&run.times[..rows.end], &run.masks[..rows.end]);
        for row in rows {
            let mask = masks[row] & self.all;
            if self.hits != 0 && run.exclusion(row) & self.hits != 0 {
                return (row, false);
            }
            let strict = !PLAIN && matches!(self.rules.mode, Mode::StrictOrder { .. });
            if mask == 0 {
                if strict && self.highest() > 0 {
                    return (row + 1, true);
                }
                continue;
            }
            let time = times[row];
            let until = if PLAIN { time } else { time.saturating_add(self.rules.grace) };
            if mask & (mask - 1) != 0 || times.get(row + 1).is_some_and(|next| *next <= until) {
                return (row, false);
            }
            let level = mask.trailing_zeros() as usize + 1;
            let goes_on = if PLAIN {
                self.advance_one(time, level)
            } else {
                let session = run.session(row);
                if self.has_run_out(time, session) {
                    return (row, true);
                }
                !self.ends_at(level) && self.advance_alone(time, session, level)
            };
            if !goes_on {
                return (row + 1, true);
            }
        }
        (times.len(), false)
    }

    /// The highest level that has a chain.
    fn highest(&self) -> usize {
        self.held.iter().rposition(|held| *held != 0).map_or(0, |level| level + 1)
    }

    /// Whether a row that meets only this step ends the scan of a strict mode.
    fn ends_at(&self, level: usize) -> bool {
        match self.rules.mode {
            Mode::StrictDedup => level > 1 && self.held[level - 1] != 0,
            Mode::StrictOrder { skip_early: false } => {
                let now = self.highest();
                now > 0 && now < self.lowest_origin(level)
            }
            _ => false,
        }
    }

    /// The lowest level from which a chain can go to this one: only optional steps lie between.
    fn lowest_origin(&self, level: usize) -> usize {
        let mut lowest = level - 1;
        while lowest > 0 && self.rules.optional >> (lowest - 1) & 1 == 1 {
            lowest -= 1;
        }
        lowest
    }

    /// One row that meets one step, whatever the rules. False when the scan is over.
    fn advance_alone(&mut self, time: i64, session: u32, level: usize) -> bool {
        let steps = self.rules.steps as usize;
        let bit = 1u32 << (level - 1);
        let gain = usize::from(self.rules.optional & bit != 0);
        let mut grown = 0u32;
        if level == 1 && (self.rules.entry == Entry::Best || self.best.level == 0) {
            self.chains[0] = time;
            self.about[0] = About { session, passed: bit };
            grown = 1;
        }
        for origin in self.lowest_origin(level).max(1)..level {
            let mut held = self.held[origin - 1];
            while held != 0 {
                let passed = held.trailing_zeros() as usize;
                held &= held - 1;
                let from = (origin - 1) * self.width + passed;
                let start = self.chains[from * steps];
                let slot = (level - 1) * self.width + passed + gain;
                let place = 1u32 << (passed + gain);
                // Of two that started at the same time, the newer one stays, but the first of this row.
                let rival = self.chains[slot * steps];
                let beaten = (grown & place != 0 && rival >= start) || (self.held[level - 1] & place != 0 && rival > start);
                if beaten || !self.is_live(start, self.about[from].session, time, session) {
                    continue;
                }
                self.chains.copy_within(from * steps..from * steps + origin, slot * steps);
                let chain = &mut self.chains[slot * steps..][..level];
                let before = chain[origin - 1];
                chain[origin..].fill(before);
                chain[level - 1] = time;
                self.about[slot] = About { session: self.about[from].session, passed: self.about[from].passed | bit };
                grown |= place;
            }
        }
        self.held[level - 1] |= grown;
        if grown == 0 {
            return true;
        }
        self.report(level, (level - 1) * self.width + (u32::BITS - 1 - grown.leading_zeros()) as usize);
        level < steps
    }

    /// One row that meets one step, other rows may lie between. False when the scan is over.
    #[inline]
    fn advance_one(&mut self, time: i64, level: usize) -> bool {
        let steps = self.rules.steps as usize;
        let to = (level - 1) * steps;
        if level > 1 {
            let from = to - steps;
            if self.held[level - 2] == 0 || time > self.chains[from].saturating_add(self.rules.window) {
                return true;
            }
            self.chains.copy_within(from..from + level - 1, to);
        }
        self.chains[to + level - 1] = time;
        self.held[level - 1] = 1;
        let best = self.best.level as usize;
        if level > best || (level == best && self.best.killed) {
            self.best = Best { level: level as u32, passed: self.all >> (steps - level), session: 0, killed: false };
            self.best_times.clear();
            self.best_times.extend_from_slice(&self.chains[to..to + level]);
        }
        level < steps
    }

    /// Lets the chains grow by the rows of one time. False when the scan is over.
    pub(super) fn advance(&mut self, masks: &[u32], group: &Group) -> bool {
        let steps = self.rules.steps as usize;
        let strict = matches!(self.rules.mode, Mode::StrictOrder { .. });
        self.find_needs(group);
        let best = self.best.level as usize;
        if self.need[best] > 0 && self.is_live(self.best_times[0], self.best.session, group.time, group.session) {
            self.best.killed = true;
        }
        if group.blank && strict && self.highest() > 0 {
            return false;
        }
        // First decide what each chain grows out of, then let them grow from the top down, so that every chain grows out of
        // one from before this time.
        self.growth.iter_mut().for_each(|growth| growth.origin = Origin::None);
        self.find_growth(&masks[group.rows.clone()], group);
        let (top, over) = self.strict_end(group);
        let grown = self.grow(top, group.time);
        if grown == steps {
            return false;
        }
        !over
    }

    /// Finds which levels the exclusions met by this group concern.
    fn find_needs(&mut self, group: &Group) {
        self.need.fill(0);
        for (bit, exclusion) in self.rules.exclusions.iter().enumerate() {
            if group.hit >> bit & 1 == 1 {
                let (after, before) = (exclusion.after as usize + 1, exclusion.before as usize + 1);
                for need in &mut self.need[after..before] {
                    *need = before.max(*need);
                }
            }
        }
    }

    /// Offers each chain, in the order of levels, what this group has for it.
    fn find_growth(&mut self, masks: &[u32], group: &Group) {
        let steps = self.rules.steps as usize;
        let increase = self.rules.mode == Mode::StrictIncrease;
        if self.rules.entry == Entry::Best || self.best.level == 0 {
            let from = From { origin: Origin::Start, level: 0, optional: 0, start: group.time, session: group.session };
            self.offer_path(from, masks, group);
        }
        for level in 1..steps {
            // Without `once`, this mode looks at the latest chain only: one that has just taken this time is no later.
            if increase && !self.rules.once && self.grows(level) {
                continue;
            }
            let mut held = self.held[level - 1];
            while held != 0 {
                let optional = held.trailing_zeros() as usize;
                held &= held - 1;
                let slot = (level - 1) * self.width + optional;
                let (start, session) = (self.chains[slot * steps], self.about[slot].session);
                if self.is_live(start, session, group.time, group.session) {
                    self.offer_path(From { origin: Origin::Chain { level, slot }, level, optional, start, session }, masks, group);
                }
            }
        }
    }

    /// Offers all that one chain can take of this group.
    fn offer_path(&mut self, from: From, masks: &[u32], group: &Group) {
        let increase = self.rules.mode == Mode::StrictIncrease;
        // Whether one row can only ever fill one step here, so that nobody needs to keep book of who fills which.
        let book = self.rules.once && !increase && group.several && masks.len() > 1;
        let single = increase || (self.rules.once && masks.len() == 1);
        let mut must = Places::default();
        let mut adds = 0;
        for level in from.level + 1..=self.rules.steps as usize {
            let (step, bit) = (level - 1, 1u32 << (level - 1));
            let optional = self.rules.optional & bit != 0;
            if group.met & bit == 0 {
                if optional {
                    continue;
                }
                return;
            }
            if single {
                self.offer(from, level, bit);
            } else if book {
                // The steps that must be, then as many optional ones as there are rows left for.
                let mut places = must.clone();
                if !places.fill(masks, step) {
                    if optional {
                        continue;
                    }
                    return;
                }
                if !optional {
                    must = places.clone();
                }
                let mut inner = adds & self.rules.optional;
                while inner != 0 {
                    places.fill(masks, inner.trailing_zeros() as usize);
                    inner &= inner - 1;
                }
                adds |= bit;
                self.offer(from, level, places.filled);
            } else {
                adds |= bit;
                self.offer(from, level, adds);
            }
            if single && !optional {
                return;
            }
        }
    }

    /// Offers a chain a place: it gets it unless an exclusion forbids it, or one that started later has it.
    fn offer(&mut self, from: From, level: usize, adds: u32) {
        let optional = from.optional + (adds & self.rules.optional).count_ones() as usize;
        let slot = (level - 1) * self.width + optional;
        let held = self.held[level - 1] >> optional & 1 == 1;
        let rival = &mut self.growth[slot];
        let later = rival.origin == Origin::None || rival.start < from.start;
        if level >= self.need[from.level] && later && !(held && self.chains[slot * self.rules.steps as usize] > from.start) {
            *rival = Growth { origin: from.origin, start: from.start, session: from.session, adds };
        }
    }

    /// Whether some chain grows to this level now.
    fn grows(&self, level: usize) -> bool {
        self.growth[(level - 1) * self.width..level * self.width].iter().any(|growth| growth.origin != Origin::None)
    }

    /// The highest level that strictness lets chains grow to, and whether the scan is over then.
    fn strict_end(&self, group: &Group) -> (usize, bool) {
        let steps = self.rules.steps as usize;
        let mut now = self.highest();
        for level in 1..=steps {
            let bit = 1u32 << (level - 1);
            if group.met & bit == 0 {
                continue;
            }
            if level > 1 {
                if self.rules.mode == Mode::StrictDedup && self.held[level - 1] != 0 {
                    return (level - 1, true);
                }
                if self.rules.mode == (Mode::StrictOrder { skip_early: false }) && now > 0 && now < self.lowest_origin(level) {
                    return (level - 1, true);
                }
            }
            if self.grows(level) {
                now = now.max(level);
                if level > 1 && group.met_again & bit != 0 && self.rules.mode == Mode::StrictDedup {
                    return (level, true);
                }
            }
        }
        (steps, false)
    }

    /// Lets chains grow up to a level, empties those that an exclusion killed, and gives the highest level that grew.
    fn grow(&mut self, top: usize, time: i64) -> usize {
        let steps = self.rules.steps as usize;
        let mut highest = 0;
        for level in (1..=steps).rev() {
            let mut grown = 0u32;
            for optional in 0..self.width {
                let slot = (level - 1) * self.width + optional;
                let Growth { origin, session, adds, .. } = self.growth[slot];
                let (from, passed) = match origin {
                    Origin::None => continue,
                    _ if level > top => continue,
                    Origin::Start => (0, 0),
                    Origin::Chain { level, slot: old } => {
                        self.chains.copy_within(old * steps..old * steps + level, slot * steps);
                        (level, self.about[old].passed)
                    }
                };
                let chain = &mut self.chains[slot * steps..][..level];
                for step in from..level {
                    // The first step is never left out.
                    chain[step] = if adds >> step & 1 == 1 { time } else { chain[step.saturating_sub(1)] };
                }
                self.about[slot] = About { session, passed: passed | adds };
                grown |= 1 << optional;
            }
            self.held[level - 1] = grown | if self.need[level] > 0 { 0 } else { self.held[level - 1] };
            if grown != 0 && highest == 0 {
                highest = level;
                let slot = (level - 1) * self.width + (u32::BITS - 1 - grown.leading_zeros()) as usize;
                self.report(level, slot);
            }
        }
        highest
    }

    /// Makes a chain the best, if it is.
    fn report(&mut self, level: usize, slot: usize) {
        let best = self.best.level as usize;
        if level > best || (level == best && self.best.killed) {
            let About { session, passed } = self.about[slot];
            self.best = Best { level: level as u32, passed, session, killed: false };
            self.best_times.clear();
            self.best_times.extend_from_slice(&self.chains[slot * self.rules.steps as usize..][..level]);
        }
    }
}
