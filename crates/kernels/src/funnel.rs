//! How many of a list of steps a customer reached, in order, within a window.
//!
//! Rows with the same time have no order among themselves: they count in the order of the steps. So a run is walked
//! group by group, a group being the rows of one time (nearly always one row). For every level (number of steps
//! reached) the kernel remembers one chain: the one that started latest, because it leaves the most time for the
//! steps to come. The rules equal those of ClickHouse's `windowFunnel` in all modes that it has.

use std::fmt;
use std::ops::Range;

/// The most steps that a funnel may have: as many as a mask has bits.
pub const STEPS_MAX: u32 = 32;

/// In which order, and how strictly, steps must be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In order; other rows may lie between.
    #[default]
    InOrder,
    /// In order, and after the first step 1 nothing else: a row that meets no step ends the scan, and so does a step whose turn
    /// has not come (unless `skip_early`, which passes over such a step).
    StrictOrder {
        /// Whether a step before its turn is passed over.
        skip_early: bool,
    },
    /// In order; a step (but the first) that was reached before ends the scan when it comes again.
    StrictDedup,
    /// In order, each step later than the one before, not at the same time.
    StrictIncrease,
    /// In any order: how many different steps lie within one window.
    AnyOrder,
}

/// The rules of a funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunnelRules {
    /// How many steps, 1 to [`STEPS_MAX`].
    pub steps: u32,
    /// The longest time from the first step to the last, inclusive, in the unit of the times.
    pub window: i64,
    /// Order and strictness.
    pub mode: Mode,
    /// Whether a row fills at most one step of a chain, even if it meets several.
    pub once: bool,
}

/// Rules that no funnel can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunnelError {
    /// Not 1 to 32 steps.
    Steps(u32),
    /// A window below zero.
    Window(i64),
}

impl fmt::Display for FunnelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FunnelError::Steps(steps) => write!(f, "a funnel has 1 to {STEPS_MAX} steps, not {steps}"),
            FunnelError::Window(window) => write!(f, "a funnel's window cannot be negative ({window})"),
        }
    }
}

impl std::error::Error for FunnelError {}

/// How far a customer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached<'a> {
    /// How many steps were reached.
    pub level: u32,
    /// When, one time per step reached: those of the chain that was first to come this far, and of several that came this far
    /// at the same time the one that started latest. In any order, they ascend and belong to no step in particular.
    pub step_times: &'a [i64],
}

/// A funnel, ready to be run over many customers.
#[derive(Clone, Debug)]
pub struct Funnel {
    rules: FunnelRules,
    /// The bits of the steps.
    all: u32,
    /// How many levels have a chain.
    levels: usize,
    /// In any order, the steps met so far.
    gathered: u32,
    /// The times of the chain of each level, one row of `steps` per level.
    chains: Vec<i64>,
    /// The times of the chain that is reported.
    best: Vec<i64>,
}

/// What the rows of one time meet.
#[derive(Default)]
struct Group {
    /// Steps that some row meets.
    met: u32,
    /// Steps that more than one row meets.
    met_again: u32,
    /// Whether some row meets several steps.
    several: bool,
    /// Whether some row meets no step.
    blank: bool,
}

impl Funnel {
    /// A funnel with these rules.
    ///
    /// # Errors
    /// When the number of steps or the window is out of range.
    pub fn new(rules: FunnelRules) -> Result<Funnel, FunnelError> {
        if !(1..=STEPS_MAX).contains(&rules.steps) {
            return Err(FunnelError::Steps(rules.steps));
        }
        if rules.window < 0 {
            return Err(FunnelError::Window(rules.window));
        }
        let steps = rules.steps as usize;
        let all = u32::MAX >> (STEPS_MAX - rules.steps);
        Ok(Funnel { rules, all, levels: 0, gathered: 0, chains: vec![0; steps * steps], best: Vec::with_capacity(steps) })
    }

    /// The rules.
    pub fn rules(&self) -> &FunnelRules {
        &self.rules
    }

    /// How far a customer came. `times` must ascend and `masks` be as long: bit `i` of a row's mask says that it meets step `i`.
    pub fn reach(&mut self, times: &[i64], masks: &[u32]) -> Reached<'_> {
        self.levels = 0;
        self.gathered = 0;
        self.best.clear();
        let rows = times.len().min(masks.len());
        let strict = matches!(self.rules.mode, Mode::StrictOrder { .. });
        let mut start = 0;
        while start < rows {
            let end = start + 1 + times[start + 1..rows].iter().take_while(|time| **time == times[start]).count();
            let group = self.group(&masks[start..end]);
            let rows_of_group = start..end;
            start = end;
            if group.met == 0 && !strict {
                continue;
            }
            let goes_on = match self.rules.mode {
                Mode::AnyOrder => self.gather(times, masks, rows_of_group.end, group.met),
                Mode::InOrder | Mode::StrictIncrease if rows_of_group.len() == 1 && !group.several => {
                    self.advance_one(times[rows_of_group.start], group.met.trailing_zeros() as usize + 1)
                }
                _ => self.advance(times, masks, rows_of_group, &group),
            };
            if !goes_on {
                break;
            }
        }
        Reached { level: self.best.len() as u32, step_times: &self.best }
    }

    fn group(&self, masks: &[u32]) -> Group {
        let mut group = Group::default();
        for mask in masks {
            let mask = mask & self.all;
            group.met_again |= group.met & mask;
            group.met |= mask;
            group.several |= mask & mask.wrapping_sub(1) != 0;
            group.blank |= mask == 0;
        }
        group
    }

    /// Lets the chains grow by the rows of one time. False when the scan is over.
    fn advance(&mut self, times: &[i64], masks: &[u32], rows: Range<usize>, group: &Group) -> bool {
        let steps = self.rules.steps as usize;
        let time = times[rows.start];
        let (before, mut now) = (self.levels, self.levels);
        if group.blank && before > 0 && matches!(self.rules.mode, Mode::StrictOrder { .. }) {
            return false;
        }
        // First decide which level each level grows out of, in the order of the steps, then let them grow from the top
        // down, so that every chain grows out of one from before this time.
        const NONE: usize = usize::MAX;
        let mut origins = [NONE; STEPS_MAX as usize + 1];
        self.find_origins(time, &masks[rows], group, &mut origins);
        let mut over = false;
        let mut top = steps;
        for (level, origin) in origins.iter().copied().enumerate().take(steps + 1).skip(1) {
            if group.met >> (level - 1) & 1 == 0 {
                continue;
            }
            if level > 1 {
                if self.rules.mode == Mode::StrictDedup && level <= before {
                    (over, top) = (true, level - 1);
                    break;
                }
                if let Mode::StrictOrder { skip_early } = self.rules.mode
                    && now > 0
                    && now < level - 1
                    && !skip_early
                {
                    (over, top) = (true, level - 1);
                    break;
                }
            }
            if origin != NONE {
                now = now.max(level);
                let again = group.met_again >> (level - 1) & 1 == 1;
                if level > 1 && again && self.rules.mode == Mode::StrictDedup {
                    (over, top) = (true, level);
                    break;
                }
            }
        }
        for level in (1..=top).rev() {
            let origin = origins[level];
            if origin != NONE {
                let (from, to) = ((origin.max(1) - 1) * steps, (level - 1) * steps);
                self.chains.copy_within(from..from + origin, to);
                self.chains[to + origin..to + level].fill(time);
            }
        }
        self.levels = now;
        if now > self.best.len() {
            self.best.clear();
            self.best.extend_from_slice(&self.chains[(now - 1) * steps..][..now]);
        }
        !over && now < steps
    }

    /// For each level that can be reached at this time, the level of the chain it grows out of: the lowest that will do, for
    /// the lower a level, the later its chain started. Level 0 is a chain that starts here.
    fn find_origins(&self, time: i64, masks: &[u32], group: &Group, origins: &mut [usize]) {
        let steps = self.rules.steps as usize;
        let increase = self.rules.mode == Mode::StrictIncrease;
        let in_time = |origin: usize| origin == 0 || time <= self.chains[(origin - 1) * steps].saturating_add(self.rules.window);
        // Whether one row can only ever fill one step here, so that nobody needs to keep book of who fills which.
        let book = self.rules.once && !increase && group.several && masks.len() > 1;
        let single = increase || (self.rules.once && masks.len() == 1);
        for origin in 0..=self.levels.min(steps - 1) {
            if !in_time(origin) {
                continue;
            }
            let mut places = Places::default();
            for level in origin + 1..=steps {
                if group.met >> (level - 1) & 1 == 0 || (book && !places.fill(masks, level - 1)) {
                    break;
                }
                // Without `once`, this mode looks at the latest chain only: one that has just taken this time is no later.
                let overtaken = increase && !self.rules.once && origin > 0 && origins[origin] != usize::MAX;
                if origins[level] == usize::MAX && !overtaken {
                    origins[level] = origin;
                }
                if single {
                    break;
                }
            }
        }
    }

    /// Counts how many different steps lie within the window that ends at the last row before `end`.
    fn gather(&mut self, times: &[i64], masks: &[u32], end: usize, met: u32) -> bool {
        let steps = self.rules.steps as usize;
        let time = times[end - 1];
        let since = time.saturating_sub(self.rules.window);
        // The first row of `chains` holds when each step was last met, valid for the steps in `gathered`.
        for step in (0..steps).filter(|step| met >> step & 1 == 1) {
            self.chains[step] = time;
        }
        self.gathered |= met;
        let within = (0..steps).filter(|step| self.gathered >> step & 1 == 1 && self.chains[*step] >= since);
        let count = within.clone().count();
        if count <= self.best.len() {
            return true;
        }
        if self.rules.once {
            // Each step has a row, but has each a row of its own? Seating the latest rows first leaves out the earliest.
            let start = times[..end].partition_point(|time| *time < since);
            let wanted = within.map(|step| 1 << step).sum::<u32>();
            let mut places = Places::default();
            for row in (0..end - start).rev() {
                places.seat(&masks[start..end], row, wanted, &mut 0);
                if places.filled == wanted {
                    break;
                }
            }
            if places.filled.count_ones() as usize > self.best.len() {
                self.best.clear();
                let filled = (0..steps).filter(|step| places.filled >> step & 1 == 1);
                self.best.extend(filled.map(|step| times[start + places.rows[step]]));
            }
        } else {
            let latest = within.map(|step| self.chains[step]);
            self.best.clear();
            self.best.extend(latest);
        }
        self.best.sort_unstable();
        self.best.len() < steps
    }

    /// The usual case, made short: one row that meets one step, other rows may lie between. False when the scan is over.
    fn advance_one(&mut self, time: i64, level: usize) -> bool {
        let steps = self.rules.steps as usize;
        let to = (level - 1) * steps;
        if level > 1 {
            let from = to - steps;
            if level - 1 > self.levels || time > self.chains[from].saturating_add(self.rules.window) {
                return true;
            }
            self.chains.copy_within(from..from + level - 1, to);
        }
        self.chains[to + level - 1] = time;
        if level > self.levels {
            self.levels = level;
            self.best.clear();
            self.best.extend_from_slice(&self.chains[to..to + level]);
        }
        level < steps
    }
}

/// Which row fills which step (a bipartite matching that grows by augmenting paths).
#[derive(Default)]
struct Places {
    /// By step; only valid for steps in `filled`.
    rows: [usize; STEPS_MAX as usize],
    filled: u32,
}

impl Places {
    /// Fills one more step with some row that is still free, moving others if need be.
    fn fill(&mut self, masks: &[u32], step: usize) -> bool {
        let steps = self.filled | 1 << step;
        (0..masks.len()).any(|row| !self.holds(row) && self.seat(masks, row, steps, &mut 0))
    }

    fn holds(&self, row: usize) -> bool {
        (0..STEPS_MAX as usize).any(|step| self.filled >> step & 1 == 1 && self.rows[step] == row)
    }

    /// Finds a place among these steps for one more row. Recursion is as deep as there are steps: each is tried once.
    fn seat(&mut self, masks: &[u32], row: usize, steps: u32, tried: &mut u32) -> bool {
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
